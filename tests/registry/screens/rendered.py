"""All that a page sends to a browser: what is seen, what is only in it, and the files behind its buttons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest
from google.protobuf.message import Message  # type: ignore[import-untyped]
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.testing.v1.element_tree import Widget

from tests.registry.review.canaries import BY_CHANCE, everything

SENT = ("delta", "page_info_changed", "navigation", "page_config_changed", "parent_message", "auth_redirect")
"""Messages that carry what somebody may see; the others number sessions and runs."""
NEVER_TWICE = re.compile(r"\b[0-9a-f]{32}\b")
"""The names under which files wait to be made."""
DRAWN = ("image/png", "image/svg+xml", "application/pdf")
"""Files that take long to draw: what they show is in the spec of their chart, which is sent too."""
_MOST = {"radio": 12, "button_group": 12, "pagination": 3, "selectbox": 4, "multiselect": 2}
"""Options of a control that are tried, by its kind: views are many, what is filled in is alike."""
_SWITCHES = ("checkbox", "toggle")


@dataclass
class Recorder:
    """What the pages of a session sent since it was last asked, and which names of the address they asked for."""

    sent: list[ForwardMsg] = field(default_factory=list)
    files: list[tuple[str, Callable[[], Any]]] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    made: set[tuple[str, str]] = field(default_factory=set)

    def take(self, page: str) -> list[str]:
        """All that was sent, as texts in order, with the name, size and content of each file; each file once a page."""
        texts = [
            text for message in self.sent if message.WhichOneof("type") in SENT for text in _texts(message)
        ]
        for name, make in self.files:
            texts.append(name)
            if (page, name) not in self.made:
                self.made.add((page, name))
                texts += _content(make)
        self.sent, self.files = [], []
        return [told for text in texts if (told := NEVER_TWICE.sub("", text))]


def listen(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Listen between the pages and the browser that is not there."""
    found = Recorder()
    parse = local_script_runner.parse_tree_from_messages
    add, add_later = MediaFileManager.add, MediaFileManager.add_deferred
    get, get_all, has = QueryParamsProxy.__getitem__, QueryParamsProxy.get_all, QueryParamsProxy.__contains__

    def parsed(messages: list[ForwardMsg]) -> Any:
        found.sent += messages
        return parse(messages)

    def added(self: Any, path_or_data: bytes | str, mimetype: str, *more: Any, **named: Any) -> str:
        found.files.append((str(named.get("file_name")), lambda: path_or_data))
        return add(self, path_or_data, mimetype, *more, **named)

    def added_later(
        self: Any, make: Callable[[], Any], mimetype: str | None, *more: Any, **named: Any
    ) -> str:
        name = named.get("file_name") or (more[1] if len(more) > 1 else None)
        if mimetype not in DRAWN:
            found.files.append((str(name), make))
        return add_later(self, make, mimetype, *more, **named)

    def heard(read: Callable[..., Any]) -> Callable[..., Any]:
        def asked(self: Any, key: str) -> Any:
            found.asked.add(str(key))
            return read(self, key)

        return asked

    monkeypatch.setattr(local_script_runner, "parse_tree_from_messages", parsed)
    monkeypatch.setattr(MediaFileManager, "add", added)
    monkeypatch.setattr(MediaFileManager, "add_deferred", added_later)
    monkeypatch.setattr(QueryParamsProxy, "__getitem__", heard(get))
    monkeypatch.setattr(QueryParamsProxy, "get_all", heard(get_all))
    monkeypatch.setattr(QueryParamsProxy, "__contains__", heard(has))
    return found


def _is_told(message: ForwardMsg) -> bool:
    """Not what numbers sessions and runs, nor what is there only while one waits."""
    kind = message.WhichOneof("type")
    return kind in SENT and (kind != "delta" or message.delta.WhichOneof("type") != "new_transient")


def _texts(value: Any) -> Iterator[str]:
    """All that a message holds: words, numbers, and the cells of tables."""
    if isinstance(value, Element) and value.WhichOneof("type") == "spinner":
        return
    if isinstance(value, Message):
        for kind, one in value.ListFields():
            if kind.message_type is not None and kind.message_type.GetOptions().map_entry:
                for key in sorted(one):
                    yield str(key)
                    yield from _texts(one[key])
            elif kind.is_repeated:
                for each in one:
                    yield from _texts(each)
            elif kind.name != "metadata":
                yield from _texts(one)
    elif isinstance(value, bytes):
        yield from _cells(value)
    else:
        yield str(value)


def _cells(content: bytes) -> Iterator[str]:
    try:
        with pa.ipc.open_stream(content) as reader:
            yield from everything(reader.read_all())
    except (pa.ArrowInvalid, OSError):
        yield content.decode("utf-8", "replace")


def _content(make: Callable[[], Any]) -> Iterator[str]:
    """The size and the text of a file, without what is never twice the same in it."""
    found = make()
    content = found if isinstance(found, (bytes, str)) else found.read()
    text = BY_CHANCE.sub("", content if isinstance(content, str) else content.decode("utf-8", "replace"))
    yield f"{len(text)} in the file"
    yield text


# What a page offers to choose


def controls(at: AppTest) -> Iterator[tuple[str, str, list[Any]]]:
    """(id, name, options) of each control of a page that is chosen from; one with a key is the same on every page."""
    for node in at._tree:
        if not isinstance(node, Widget) or getattr(node, "disabled", False):
            continue
        name = node.key or f"{at._page_hash} {node.type} {getattr(node, 'label', '')}"
        if node.type in _SWITCHES:
            yield node.id, name, [True, False]
        elif node.type == "pagination":
            yield node.id, name, list(range(1, node.num_pages + 1))[: _MOST[node.type]]
        elif node.type in _MOST:
            yield node.id, name, list(node.options)[: _MOST[node.type]]


def choose(at: AppTest, widget: str, option: Any) -> bool:
    """Choose an option as a browser would say it; False if the control is not on the page any longer."""
    states = at._tree.get_widget_states()
    kinds = {node.id: node.type for node in at._tree if isinstance(node, Widget)}
    if widget not in kinds:
        return False
    for place, state in enumerate(states.widgets):
        if state.id == widget:
            del states.widgets[place]
            break
    chosen = WidgetState(id=widget)
    match kinds[widget]:
        case "button_group" | "multiselect":
            chosen.string_array_value.data[:] = [option]
        case "checkbox" | "toggle":
            chosen.bool_value = option
        case "pagination":
            chosen.int_value = option
        case _:
            chosen.string_value = option
    states.widgets.append(chosen)
    at._run(states)
    return True

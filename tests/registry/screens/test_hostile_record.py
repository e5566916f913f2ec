"""Whatever people type or import is drawn letter by letter: every page, on a registry whose every text is hostile.

All that a page sends is read: labels, options, help, cells, captions, toasts, titles of charts. What a browser draws
as it comes, cells of a grid or what stands in a field, is named here; all else must be quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from google.protobuf.message import Message  # type: ignore[import-untyped]
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.testing.v1 import AppTest

from registry.screens import session
from registry.screens.catalogue import SCREENS
from tests.registry.hostile_record import ALL_OTHERS, READERS, hostile, make
from tests.registry.review.canaries import open_again
from tests.registry.screens.conftest import APP, sign_in
from tests.registry.screens.rendered import Recorder, choose, controls, listen

LETTERS = {
    "arrow_data_frame",  # a grid draws its cells as letters; what is to be a link must be declared
    "dataframe",
    "vega_lite_chart",  # looked at by what it draws, below
    "selectbox.options",
    "selectbox.raw_value",
    "multiselect.options",
    "multiselect.raw_values",
    "multiselect.default",
    "text_input.value",
    "text_input.default",
    "text_area.value",
    "text_area.default",
}
"""What the browser shows letter by letter."""
NAMES = ("id", "key", "element_id", "form_id", "url", "query_string", "user_key", "css_class_name")
"""Names of elements, and addresses, which are not drawn."""
CODE = re.compile(r"```.*?```", re.DOTALL)
MADE = re.compile(
    r"(?<!\\)\]\((?!#)|(?<!\\)!\[|https?:/|www\.evil|(?<!\\)\*\*b|(?<!\\)`c`|(?<!\\)\$x|:red\[r|<b>"
)


def test_the_words_that_are_looked_for_are_in_every_hostile_text() -> None:
    assert len(MADE.findall(hostile("a"))) == 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    yield listen(monkeypatch)
    st.cache_data.clear()
    st.cache_resource.clear()


def texts(message: Message, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a message, and the fields that lead to it."""
    for kind, value in message.ListFields():
        name = f"{path}.{kind.name}" if path else kind.name
        if kind.name in NAMES or name in LETTERS or name.removeprefix("delta.new_element.") in LETTERS:
            continue
        for one in value if kind.is_repeated else [value]:
            if isinstance(one, Message):
                yield from texts(one, name.removeprefix("delta.new_element."))
            elif isinstance(one, str):
                yield name.removeprefix("delta.new_element."), one


def drawn(sent: list[ForwardMsg]) -> Iterator[tuple[str, str]]:
    for message in sent:
        if message.WhichOneof("type") in ("delta", "page_config_changed"):
            yield from texts(message)


def addresses(cases: dict[str, str]) -> list[dict[str, str]]:
    patients = (("PX1", "CX1"), ("PX2", "CX3"), ("PX3", "CX4"), ("PX4", "CX2"))
    own = [
        {"patient": hostile(patient), "course": hostile(course), "case": cases[hostile(course)]}
        for patient, course in patients
    ]
    views = [{"view": view} for view in ("courses", "responses")]
    return [*own, *views, {}]


@pytest.mark.parametrize("name", [ALL_OTHERS, *READERS, "nurse-of-a-site"])
def test_no_page_makes_anything_of_what_was_typed(
    folder: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    made: dict[str, str] = {}
    met = 0
    with open_again(folder) as db:
        monkeypatch.setattr(session, "open_registry", lambda: db)
        cases = dict(db.rows("SELECT course_id, case_id FROM review_case_view"))
        at = AppTest.from_file(str(APP), default_timeout=120)
        at.user = sign_in(name)
        at.run()
        tried: set[str] = set()
        for screen in SCREENS:
            for address in addresses(cases):
                recorder.asked.clear()
                at.query_params.clear()
                at.query_params.update(address)
                try:
                    at.switch_page(f"registry/screens/pages/{screen.address}.py").run()
                except ValueError:
                    break
                met += _look(recorder, at, screen.address, made)
                offered = [one for one in controls(at) if one[1] not in tried]
                tried |= {label for _, label, _ in offered}
                for widget, label, options in offered:
                    for option in options:
                        if choose(at, widget, option):
                            met += _look(recorder, at, f"{screen.address} {label[:40]}", made)
                if not recorder.asked & address.keys():
                    break
    assert sorted(made.items()) == []
    assert met > 20


def _look(recorder: Recorder, at: AppTest, where: str, made: dict[str, str]) -> int:
    """Keep what a browser would make something of; gives how many hostile texts were met."""
    assert [str(one.value) for one in at.exception] == []
    met = 0
    for field, text in drawn(recorder.sent):
        met += "evil" in text
        if where.partition(" ")[0] == "help":
            text = CODE.sub("", text)
        found = MADE.search(text)
        if found:
            made[f"{where} {field}"] = text[max(0, found.start() - 60) : found.end() + 60]
    recorder.sent, recorder.files = [], []
    return met

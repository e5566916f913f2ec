"""Texts on a page: plain unless the page marks them. Every element of every page is drawn through here.

Streamlit reads most of its texts as Markdown: labels of buttons, fields and tabs, options, captions, messages, cells of
tables. What people typed, imported or wrote into an address must never become a link, a picture, an emphasis or a
formula. So the elements themselves are guarded, once, for all pages: a text is drawn letter by letter, unless it is
`Marked`, or the body of `st.markdown`. In these two a page writes what it takes from the record through `plain`; and
even there no link leads away from the page, and there is no picture, HTML or formula.

A backslash is not enough: addresses, mail addresses and names of icons are recognised after the Markdown was read. A
word joiner, which is not seen, keeps their parts from being recognised.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from inspect import signature
from typing import Any

import streamlit as st

from registry.screens.streamlit_private import DeltaGenerator, main

_OPEN, _CLOSE = "\ue000", "\ue001"
_JOINER = "\u2060"
_QUOTED = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_QUOTES = re.compile(f"[{_OPEN}{_CLOSE}]")


class Marked(str):
    """A text that a page wrote as Markdown, with what it took from the record given through `plain`."""


def plain(text: object) -> str:
    """A text of the record for use within Markdown: the page draws it letter by letter."""
    return f"{_OPEN}{_QUOTES.sub('', str(text))}{_CLOSE}"


def letters(text: object) -> str:
    """The letters of a text, for an element that knows no Markdown."""
    return _QUOTES.sub("", str(text))


def as_markdown(text: object, *, own: bool = False) -> str:
    """Markdown that draws `text` letter by letter; where it is Marked or the page's `own`, only what it quotes."""
    marked = own or isinstance(text, Marked)
    parts = _QUOTED.split(str(text))
    made: list[str] = []
    for place, part in enumerate(parts):
        bare = _QUOTES.sub("", part)
        if place % 2:
            made.append(_quoted(bare, begins=not made or made[-1][-1:] in ("", "\n")))
        else:
            made.append(_without_ways_out(bare) if marked else _escaped(bare, begins=place == 0))
    return "".join(made)


# --- escaping

_ADDRESS = re.compile(r"(?i)(https?|ftp|mailto|xmpp)(?=:)|(www)(?=\.)")
_MAIL = re.compile(r"(?<=[-.\w+])(?=@[-\w])")
_CODE = re.compile(r":(?=[A-Za-z_+\-:]|\d+:)")
_SPACES = re.compile(r"(^|\n)[ \t]+")
_BEGINS = re.compile(r"(^|\n)([#>+=:-])")
_NUMBERED = re.compile(r"(^|\n)(\d+)([.)])(?=\s|$)")
_ALWAYS = re.compile(r"[\\`\[\]$|]")
_STAR = re.compile(r"\*(?!(?<=\s\*)(?=\s|$))")
_BESIDE = re.compile(r"(?<!\w)[_~]|[_~](?!\w)|(?<=[_~])[_~]|~")
_ENTITY = re.compile(r"&(?=#?\w+;)")


def _apart(text: str) -> str:
    """With nothing in it that would be recognised as an address, a mail address, an icon or a color."""
    text = _ADDRESS.sub(lambda match: match.group(0) + _JOINER, text)
    return _CODE.sub(f":{_JOINER}", _MAIL.sub(_JOINER, text))


def _quoted(text: str, *, begins: bool) -> str:
    between = (
        " " if not begins and text[:1] in (" ", "\t") else ""
    )  # more would begin a piece of code in a list
    text = between + _SPACES.sub(r"\1", _apart(text))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-.!|~$:>=" else sign for sign in text)


def _escaped(text: str, *, begins: bool) -> str:
    """As `_quoted`, with no more signs than are needed: most texts of pages stay as they are."""
    text = _ENTITY.sub("&amp;", text)
    text = _ALWAYS.sub(r"\\\g<0>", text)
    text = _BESIDE.sub(r"\\\g<0>", _STAR.sub(r"\\*", text)).replace("<", "&lt;")
    head = "" if begins else "\ue002"  # only the text begins a line, not each of its parts
    text = _NUMBERED.sub(
        r"\1\2\\\3", _BEGINS.sub(r"\1\\\2", head + (_SPACES.sub(r"\1", text) if begins else text))
    )
    return _apart(text.removeprefix("\ue002"))


_OUTWARD = re.compile(r"\](?=\((?!#)|:|\[)|!(?=\[)|\$|<|\[(?=\^)")
_ICON = re.compile(r":(?!material/\w+:|[a-z]+(?:-(?:badge|background))?\[|[\s\d*]|-+[:|]|$|[|])")


_CODE_SPAN = re.compile(r"((?:^|(?<=\n))```\w*\n(?:(?!```).)*\n```(?=\n|$)|(?<![\\`])`[^`\n]+`(?!`))", re.S)
"""A block of code, or code within a line; what only looks like one is no code."""


def _without_ways_out(text: str) -> str:
    """A page's own Markdown: emphasis, lists, tables, badges, icons, and links to places on the page alone.

    Code stays as it is: it is drawn letter by letter anyway, and people copy it.
    """
    return "".join(
        part if place % 2 else _kept_inside(part) for place, part in enumerate(_CODE_SPAN.split(text))
    )


def _kept_inside(text: str) -> str:
    text = _OUTWARD.sub(lambda match: "&lt;" if match.group(0) == "<" else f"\\{match.group(0)}", text)
    text = _MAIL.sub(_JOINER, _ADDRESS.sub(lambda match: match.group(0) + _JOINER, text))
    return _ICON.sub(f":{_JOINER}", text)


# --- the elements

_WORDS = ("label", "body", "help", "text")
_LETTERS = ("placeholder", "alt", "file_name")
_OPTIONS_AS_MARKDOWN = ("radio", "pills", "segmented_control", "menu_button")
_OPTIONS_AS_LETTERS = ("selectbox", "multiselect")
_ELEMENTS = (
    *("title", "header", "subheader", "caption", "markdown", "info", "warning", "error", "success", "badge"),
    *(
        "button",
        "download_button",
        "link_button",
        "page_link",
        "menu_button",
        "form_submit_button",
        "file_uploader",
    ),
    *(
        "checkbox",
        "toggle",
        "radio",
        "pills",
        "segmented_control",
        "selectbox",
        "multiselect",
        "select_slider",
    ),
    *("text_input", "text_area", "number_input", "slider", "date_input", "time_input", "chat_input"),
    *(
        "expander",
        "popover",
        "status",
        "tabs",
        "metric",
        "table",
        "dataframe",
        "data_editor",
        "progress",
        "code",
    ),
    *("camera_input", "audio_input", "color_picker", "chat_message", "image", "latex", "write"),
)
_NOT_USED = ("latex", "write", "image")
"""They would draw more than a text; no page uses them."""


def labels_of(options: Iterable[Any], format_func: Callable[[Any], Any] = str) -> list[str]:
    """How options are called, each in its own way: what a browser sends back is the label, so no two may be alike.

    Labels that are alike get the option's own name behind them. A label that is Marked stays so.
    """
    known = list(options)
    labels = [text if isinstance(text := format_func(option), str) else str(text) for option in known]
    often = Counter(map(letters, labels))
    taken: set[str] = set()
    for place, option in enumerate(known):
        label = labels[place]
        if often[letters(label)] > 1 and letters(option) != letters(label):
            label = type(label)(f"{label} ({plain(option)})")
        number, first = 1, label
        while letters(label) in taken:
            number += 1
            label = type(first)(f"{first} ({number})")
        taken.add(letters(label))
        labels[place] = label
    return labels


def _guarded(name: str, draw: Callable[..., Any]) -> Callable[..., Any]:
    parameters = signature(draw)

    @wraps(draw)
    def drawn(*args: Any, **kwargs: Any) -> Any:
        given = parameters.bind(*args, **kwargs)
        _guard(name, given.arguments)
        return draw(*given.args, **given.kwargs)

    return drawn


def _guard(name: str, given: dict[str, Any]) -> None:
    if name in _NOT_USED:
        raise TypeError(f"No page draws with st.{name}: it shows more than a text.")
    for word in _WORDS:
        if isinstance(given.get(word), str):
            # A piece of code is shown as it is, in every case.
            own = name == "markdown" and word == "body"
            given[word] = letters(given[word]) if name == "code" else as_markdown(given[word], own=own)
    for word in _LETTERS:
        if isinstance(given.get(word), str):
            given[word] = letters(given[word])
    if name == "tabs":
        given["tabs"] = [as_markdown(label) for label in given["tabs"]]
    if name == "metric":
        for word in ("value", "delta"):
            if isinstance(given.get(word), str):
                given[word] = as_markdown(given[word])
    if name == "table" and given.get("data") is not None:
        given["data"] = [
            {as_markdown(title): as_markdown(cell) for title, cell in row.items()} for row in given["data"]
        ]
    if name in (*_OPTIONS_AS_MARKDOWN, *_OPTIONS_AS_LETTERS) and "options" in given:
        _guard_options(name, given)


def _guard_options(name: str, given: dict[str, Any]) -> None:
    options = list(given["options"])
    called = given.get("format_func") or str
    names: Mapping[Any, str] = dict(zip(options, labels_of(options, called), strict=True))

    def label(option: Any) -> str:
        # A word that was typed is no option; neither is one that has left the list since.
        words = names[option] if option in names else called(option)
        return as_markdown(words) if name in _OPTIONS_AS_MARKDOWN else letters(words)

    given["options"], given["format_func"] = options, label


def guard() -> None:
    """Let every element of every page draw its texts plain. Done once, before the first page."""
    if getattr(DeltaGenerator, "nadir_guard", False):
        return
    for name in _ELEMENTS:
        method = getattr(DeltaGenerator, name, None)
        if method is not None:
            setattr(DeltaGenerator, name, _guarded(name, method))
            setattr(st, name, main(name))
    st.toast = _guarded("toast", st.toast)
    DeltaGenerator.nadir_guard = True  # type: ignore[attr-defined]


guard()

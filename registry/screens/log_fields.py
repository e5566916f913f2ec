"""One field of a form on the page: drawn by its kind, with what was understood below it, before anything is saved."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from registry.entry import words
from registry.entry.days import Typed
from registry.entry.forms import Field
from registry.fields import Kind
from registry.screens.sheet import Sheet
from registry.screens.tables import plain

# Up to so many words of a closed list are all shown; a longer list is searched by typing.
_SHOWN = 4
# A line below a field stays even if it says nothing: what follows must not jump while one types.
_NOTHING = "&nbsp;"

Choices = Mapping[str, Mapping[str, str]]


def draw_field(
    sheet: Sheet,
    field: Field,
    place: str,
    typed: Typed[str] | None,
    on_change: Callable[[], None],
    *,
    offered: Mapping[str, str] | None = None,
    label: str | None = None,
    default: str = "",
) -> None:
    """Draw a field and what was understood. `offered` are words of the record, with how they are said."""
    sheet.fill(place, default=default)
    key, label = sheet.field_key(place), label or field.full_label
    # A list says itself that something must be chosen.
    listed = offered is not None or len(field.choices) > _SHOWN
    if field.required and not listed:
        label += " *"
    if offered is not None:
        _list(
            label,
            list(offered),
            lambda word: offered.get(word, word),
            key,
            on_change,
            required=field.required,
        )
    elif field.choices:
        _words(field, label, key, on_change)
    elif field.kind is Kind.UNIT and field.units:
        _list(label, field.units, words.unit, key, on_change)
    elif field.kind is Kind.NOTE:
        st.text_area(label, key=key, on_change=on_change, height=80)
    else:
        st.text_input(label, key=key, on_change=on_change, live=True, placeholder=_hint(field))
    st.caption(_below(sheet, place, typed))


def _hint(field: Field) -> str:
    """What stands in an empty field: how to write it, or what is often written."""
    return field.hint.partition(";")[0] or ", ".join(field.suggestions[:3]) + (
        " …" if field.suggestions else ""
    )


def _words(field: Field, label: str, key: str, on_change: Callable[[], None]) -> None:
    offered = {one.word: one.label for one in field.choices}
    if field.may_be_missing:
        offered |= {word: f"({said})" for word, said in words.MISSING.items() if word not in offered}
    elif field.required and len(offered) <= _SHOWN:
        st.pills(
            label,
            list(offered),
            format_func=lambda word: offered.get(word, word),
            key=key,
            on_change=on_change,
        )
        return
    _list(label, list(offered), lambda word: offered.get(word, word), key, on_change, required=field.required)


def _list(
    label: str,
    offered: Sequence[str],
    said: Callable[[str], str],
    key: str,
    on_change: Callable[[], None],
    *,
    required: bool = False,
) -> None:
    st.selectbox(
        label,
        offered,
        index=None,
        key=key,
        format_func=said,
        placeholder="Type or choose",
        filter_mode="contains",
        # What must be chosen cannot be emptied: one place less on which the keyboard stops.
        required=required,
        on_change=on_change,
    )


def _below(sheet: Sheet, place: str, typed: Typed[str] | None) -> str:
    """What stands below a field: why it cannot be saved, what was understood, or nothing."""
    refused = sheet.problems.get(place)
    if refused is not None:
        return f":material/error: **{plain(refused)}**"
    if typed is None or not (typed.echo or typed.problem):
        return _NOTHING
    if typed.problem is not None:
        return f":material/edit: {plain(typed.problem)}"
    doubt = f" — **{plain(typed.doubt)}**" if typed.doubt else ""
    return f":material/check: {plain(typed.echo)}{doubt}"

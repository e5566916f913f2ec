"""One field of a form on the page: drawn by its kind, with what was understood below it, before anything is saved."""

from collections.abc import Callable, Mapping

import streamlit as st

from registry.entry.forms import Field
from registry.record.columns import Kind
from registry.record.text import words
from registry.record.text.days import Typed
from registry.screens.entering.form_state import Sheet
from registry.screens.tables import plain
from registry.screens.texts import Marked

# Up to so many words of which one must be chosen all stand as buttons; else one types, or opens the menu.
_SHOWN = 4
# A line below a field stays even if it says nothing: what follows must not jump while one types.
_NOTHING = "&nbsp;"

Choices = Mapping[str, str]


def draw_field(
    sheet: Sheet,
    field: Field,
    place: str,
    typed: Typed[str] | None,
    on_change: Callable[[], None],
    *,
    offered: Choices | None = None,
    label: str | None = None,
    default: str = "",
) -> None:
    """Draw a field and what was understood. `offered` are words of the record, with how they are said."""
    listed = choices_of(field, offered)
    pressed = offered is None and field.required and 0 < len(listed) <= _SHOWN
    sheet.fill(place, default=default if pressed else listed.get(default, default))
    key, label = sheet.field_key(place), label or field.full_label
    if field.required:
        label += " *"
    if field.kind is Kind.NOTE:
        st.text_area(label, key=key, on_change=on_change, height=80)
    elif pressed:
        _buttons(label, listed, key, on_change)
        listed = {}
    else:
        hint = _first_of(listed) if listed else _hint(field)
        st.text_input(label, key=key, on_change=on_change, live=True, placeholder=hint)
    if not listed:
        st.caption(_below(sheet, place, typed))
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.menu_button(
            "Choices",
            list(listed.values()),
            key=f"{key}-choices",
            type="tertiary",
            format_func=plain,
            on_click=_take,
            args=(key, on_change),
        )
        st.caption(_below(sheet, place, typed), width="stretch")


def choices_of(field: Field, offered: Choices | None) -> Choices:
    """The words of which one is to be written, with how they are said; empty where anything may be."""
    if offered is not None:
        # What is said alike is distinguished by its own name.
        told = list(offered.values())
        return {word: said if told.count(said) == 1 else word for word, said in offered.items()}
    if field.kind is Kind.UNIT and field.units:
        return {name: words.unit(name) for name in field.units}
    listed = {one.word: one.label for one in field.choices}
    if listed and field.may_be_missing:
        listed |= {word: said for word, said in words.MISSING.items() if word not in listed}
    return listed


def _first_of(listed: Choices) -> str:
    """The first words of a list, to be in its empty field."""
    first = list(listed.values())[:2]
    return ", ".join(first) + (" …" if len(listed) > len(first) else "")


def _take(key: str, on_change: Callable[[], None]) -> None:
    """Write the word that was chosen from the menu into its field, as if it had been typed."""
    word = st.session_state.get(f"{key}-choices")
    if word is not None:
        st.session_state[key] = word
        on_change()


def _hint(field: Field) -> str:
    """What is in an empty field: how to write it, or what is often written."""
    return field.hint.partition(";")[0] or ", ".join(field.suggestions[:3]) + (
        " …" if field.suggestions else ""
    )


def _buttons(label: str, listed: Choices, key: str, on_change: Callable[[], None]) -> None:
    """A few words as buttons, with what is typed or was chosen shown as pressed."""
    st.pills(
        label,
        list(listed),
        format_func=lambda word: listed.get(word, word),
        key=key,
        on_change=on_change,
    )


def _below(sheet: Sheet, place: str, typed: Typed[str] | None) -> Marked:
    """The text below a field: why it cannot be saved, what was understood, or nothing."""
    refused = sheet.problems.get(place)
    if refused is not None:
        return Marked(f":material/error: **{plain(refused)}**")
    if typed is None or not (typed.echo or typed.problem):
        return Marked(_NOTHING)
    if typed.problem is not None:
        return Marked(f":material/edit: {plain(typed.problem)}")
    doubt = f" — **{plain(typed.doubt)}**" if typed.doubt else ""
    return Marked(f":material/check: {plain(typed.echo)}{doubt}")

"""The judgment beside the packet: what is asked at which response, days typed or taken from the counts, echoed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st

from adjudication.review.workflow import CONFIDENCES
from registry import review
from registry.errors import NadirError
from registry.record.text.days import Typed, said
from registry.review import LABELS, Understood
from registry.review.packet import Content
from registry.screens.entering.form_state import at_desk
from registry.screens.review.sheet import Judging
from registry.screens.session import current_session
from registry.screens.tables import plain
from registry.screens.texts import Marked

# A line below a field stays even if it says nothing: what follows must not jump while one types.
_NOTHING = "&nbsp;"
_HINT = "14 jan 25, 2025-01-14 or d12"
# As on the pages where counts are logged, the form stays in sight while the packet is scrolled.
_STICKY = """<style>
@media (min-width: 1000px) {
  [data-testid="stColumn"]:has(.st-key-judgement) { position: sticky; top: 4rem; align-self: flex-start;
    max-height: calc(100vh - 5rem); overflow-y: auto; }
}
</style>"""


def show_form(content: Content, sheet: Judging, *, reasoned: bool) -> Understood:
    """Ask for the judgment. `reasoned`: others have judged, so a reason is compulsory. Returns what was understood."""
    st.html(_STICKY)
    found = review.understood(sheet.texts, content, reasoned=reasoned)
    on_change = _on_change(sheet)
    levels = review.levels(content)
    with st.container(gap="xsmall", key="judgement"):
        if sheet.refused:
            st.error(plain(sheet.refused))
        _choice(sheet, "level", {name: f"{name} · {words}" for name, words in levels.items()}, on_change)
        for name in review.asked(sheet.text("level")):
            _day(content, sheet, name, found.days.get(name), on_change, needed=name == "onset_on")
        _choice(sheet, "confidence", {one: one.capitalize() for one in CONFIDENCES}, on_change)
        _text(sheet, "reason", on_change, needed=reasoned)
        _text(sheet, "note", on_change)
    return found


def _choice(sheet: Judging, name: str, words: dict[str, str], on_change: Callable[[], None]) -> None:
    sheet.fill(name)
    st.pills(
        f"{LABELS[name]} *",
        list(words),
        format_func=lambda one: words[one],
        key=sheet.field_key(name),
        on_change=on_change,
    )
    _refused(sheet, name)


def _text(sheet: Judging, name: str, on_change: Callable[[], None], *, needed: bool = False) -> None:
    sheet.fill(name)
    label = f"{LABELS[name]} *" if needed else LABELS[name]
    st.text_area(label, key=sheet.field_key(name), on_change=on_change, height=68)
    _refused(sheet, name)


def _refused(sheet: Judging, name: str) -> None:
    if name in sheet.problems:
        st.caption(Marked(f":material/error: **{plain(sheet.problems[name])}**"))


def _day(
    content: Content,
    sheet: Judging,
    name: str,
    typed: Typed[date] | None,
    on_change: Callable[[], None],
    *,
    needed: bool,
) -> None:
    sheet.fill(name)
    key = sheet.field_key(name)
    label = f"{LABELS[name]} *" if needed else f"{LABELS[name]} (leave empty if it did not happen)"
    st.text_input(label, key=key, on_change=on_change, live=True, placeholder=_HINT)
    days = {one.words: one.on for one in review.count_days(content)}
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        if days:
            st.menu_button(
                "From a count",
                list(days),
                key=f"{key}-counts",
                type="tertiary",
                on_click=_take,
                args=(key, days, on_change),
            )
        st.caption(_below(sheet, name, typed), width="stretch")


def _take(key: str, days: dict[str, date], on_change: Callable[[], None]) -> None:
    """Write the day of the count that was chosen, as if it had been typed."""
    chosen = st.session_state.get(f"{key}-counts")
    if chosen in days:
        st.session_state[key] = said(days[chosen])
        on_change()


def _below(sheet: Judging, name: str, typed: Typed[date] | None) -> Marked:
    """Why it cannot be signed, what was understood, or nothing."""
    if name in sheet.problems:
        return Marked(f":material/error: **{plain(sheet.problems[name])}**")
    if typed is None or not (typed.echo or typed.problem):
        return Marked(_NOTHING)
    if typed.problem is not None:
        return Marked(f":material/edit: {plain(typed.problem)}")
    doubt = f" — **{plain(typed.doubt)}**" if typed.doubt else ""
    return Marked(f":material/check: {plain(typed.echo)}{doubt}")


def _on_change(sheet: Judging) -> Callable[[], None]:
    part, case_id = sheet.form, sheet.subject
    return lambda: _changed(part, case_id)


@at_desk
def _changed(part: str, case_id: str) -> None:
    sheet = Judging.on_desk(part, case_id)
    if sheet is None or not sheet.take():
        return
    sheet.refuse({})
    try:
        sheet.keep(current_session())
    except NadirError as error:
        sheet.refused = str(error)

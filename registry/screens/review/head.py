"""The top of a case: which course is to be judged, what is kept and until when it is held, and the ways out."""

from __future__ import annotations

import streamlit as st

from registry import review
from registry.review import MASKED, Opened
from registry.screens.clock import here
from registry.screens.review import navigation
from registry.screens.review.sheet import Judging
from registry.screens.tables import plain
from registry.wording import clock, number_of, page_weekday

# The chart wants the width of the page, as on the page of a patient.
_ROOM = """<style>
.stMainBlockContainer { padding: 3.25rem 2rem 4rem 2rem; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 3.25rem 1rem 4rem 1rem; } }
</style>"""


def show_head(opened: Opened, sheet: Judging, *, title: str = "Case") -> None:
    """Show what is judged, how it is masked, and, where the case is held, how it stands with it."""
    st.html(_ROOM)
    content = opened.content
    st.title(f"{title}: {plain(review.headline(content))}", anchor=False)
    st.markdown(f"{plain(opened.case_id)} · {plain(review.about(content))}")
    st.caption(MASKED)
    if opened.expires_at is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            "Save and close",
            key=f"{sheet.token} save",
            shortcut="Ctrl+Enter",
            on_click=navigation.leave,
            args=(sheet.form, opened.case_id),
            kwargs={"give_back": False},
            icon=":material/save:",
        )
        st.button(
            "Give back",
            key=f"{sheet.token} give back",
            on_click=navigation.leave,
            args=(sheet.form, opened.case_id),
            kwargs={"give_back": True},
            type="tertiary",
            icon=":material/undo:",
            help="The case returns to the queue. Your entries stay, visible only to you.",
        )
        st.caption(_how_it_stands(opened, sheet), width="content")


def _how_it_stands(opened: Opened, sheet: Judging) -> str:
    minutes = round((opened.seconds + sheet.attention.seconds) / 60)
    kept = f"Saved at {clock(here(sheet.kept_at))}" if sheet.kept_at else "Saved as you type"
    assert opened.expires_at is not None  # noqa: S101 -- asked only of a case that is held
    until = here(opened.expires_at)
    return f"{kept} · {number_of(minutes, 'minute')} read · held until {page_weekday(until)} {clock(until)}"

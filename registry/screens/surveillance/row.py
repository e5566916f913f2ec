"""One patient of the worklist: what was found, what to do by when and why, what was done, and what one does now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from adjudication.surveillance.protocol import Protocol
from registry.screens.links import link, offered
from registry.screens.search import day
from registry.screens.session import Session
from registry.screens.surveillance.acting import may_act, show_actions
from registry.screens.surveillance.done import show_done, show_undo
from registry.screens.surveillance.finding import counts, show_demand, show_why, when
from registry.screens.surveillance.reads import Beside
from registry.screens.tables import plain
from registry.screens.texts import Marked
from registry.surveillance.deadline import deadline
from registry.surveillance.outcomes import said

_ROOM = """<style>
.stMainBlockContainer { padding: 3.25rem 2rem 4rem 2rem; }
[class*="st-key-watched-"] p { line-height: 1.4; }
[class*="st-key-acts-"] button { min-height: 2.25rem; padding: 0.1rem 0.6rem; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 4rem 1rem; } }
</style>"""
BADGES = {
    "now": ":red-badge[:material/priority_high: Act now]",
    "overdue": ":orange-badge[:material/schedule: Overdue]",
    "due": ":orange-badge[:material/event: Due]",
    "soon": ":blue-badge[:material/event: Due soon]",
    "later": ":gray-badge[Later]",
    "settled": ":green-badge[:material/check: Settled]",
    "off": ":gray-badge[:material/person_off: Off the list]",
}


def make_room() -> None:
    """What is worked through all day wants the width of the page; Streamlit's margins are wide."""
    st.html(_ROOM)


def show_row(
    session: Session,
    protocol: Protocol,
    row: Mapping[str, Any],
    beside: Beside,
    now: datetime,
    *,
    alone: bool = False,
) -> None:
    """Draw one patient; `row` says besides in which group it stands. `alone`: on the page of that patient."""
    name = str(row["patient_id"])
    with st.container(border=True, gap="xsmall", key=f"watched {name}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if not alone:
                link(session, Marked(f"**{plain(name)}**"), "watched", {"patient": name})
            badge = BADGES["settled" if row["settled"] and row["group"] == "later" else row["group"]]
            limit = deadline(row, now)
            st.markdown(f"{badge} {when(row, limit, now.date())} · {plain(counts(row))}", width="content")
            with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
                if offered(session, "log"):
                    link(session, "Log a count", "log", {"patient": name}, icon=":material/add:")
                show_why(protocol, row, f"why {name}")
        show_demand(protocol, row, beside, now)
        if beside.doubt:
            st.warning(f"Doubted: {plain(beside.doubt)}", icon=":material/help:")
        _came_back(protocol, row, beside)
        show_done(session, beside.done, limit)
        for one in beside.signs[:1]:
            show_undo(session, name, one.seq, one.by, one.at, "Undo the signs")
        if may_act(session, row["site"]):
            show_actions(session, protocol, row)


def _came_back(protocol: Protocol, row: Mapping[str, Any], beside: Beside) -> None:
    """Whom a later finding has brought back."""
    if row["removed"] or row["removed_on"] is None:
        return
    gone = next((one for one in beside.done if one.outcome in protocol.outcomes.remove), None)
    if gone is not None:
        st.markdown(
            f":material/keyboard_return: Was taken off the list on {day(gone.done_on)} ({said(gone.outcome)}); what "
            "has become known since brought the patient back."
        )

"""What was done about a patient, who wrote it and when; one's own last step is taken back for a while."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import streamlit as st

from registry import entry
from registry.entry.undo import UNDONE_WITHIN
from registry.screens.clock import here
from registry.screens.entering.form_state import desk
from registry.screens.entering.one_click import send, slip
from registry.screens.focus import focus_on
from registry.screens.search import day
from registry.screens.session import Session
from registry.screens.tables import plain
from registry.surveillance.deadline import Deadline
from registry.surveillance.outcomes import Did
from registry.wording import clock, page_moment

SHOWN = 2


def line(one: Did) -> str:
    """`Contacted on Tue 31 Mar 2026 by nurse-north, written 31-Mar 14:05`, with the recheck, the reason, the note."""
    who = plain(one.by)
    at = here(one.at)
    written = f"at {clock(at)}" if at.date() == one.done_on else f"written {page_moment(at)}"
    recheck = f" for {day(one.recheck_on)}" if one.recheck_on else ""
    why = "".join(f": {plain(text)}" for text in (one.reason, one.note) if text)
    return f"**{one.words.capitalize()}**{recheck} on {day(one.done_on)} {written} by {who}{why}"


def show_done(session: Session, done: Sequence[Did], limit: Deadline | None = None) -> None:
    """The last things that were done, the newest first; a recheck that was arranged past the deadline says so."""
    for one in done[:SHOWN]:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            late = limit is not None and one.recheck_on is not None and limit.passed_on(one.recheck_on)
            said = f":material/check: {line(one)}" + (" · :red[**after the deadline**]" if late else "")
            st.markdown(said, width="content")
            if one is done[0]:
                show_undo(session, one.patient_id, one.seq, one.by, one.at)
    if len(done) > SHOWN:
        st.caption(f"And {len(done) - SHOWN} more before.")


def show_undo(session: Session, name: str, seq: int, by: str, at: datetime, what: str = "Undo") -> None:
    """A button that takes a change back, while its author may; an import, which nobody takes back, has none.

    One change may be of several patients, and of outcomes and signs: the button is the patient's and the kind's.
    """
    if by != session.actor.name or session.db.now() - at >= UNDONE_WITHIN:
        return
    place = f"{what} {seq} {name}"
    on = slip(place)
    if on.refused:
        st.caption(plain(on.refused), width="content")
        return
    if entry.may_undo(session.db, session.actor, seq) is None:
        return
    until = here(at + UNDONE_WITHIN)
    st.button(
        f"{what} (until {clock(until)})",
        key=place,
        on_click=send,
        args=(on, on.key, partial(_undo, name, seq)),
        icon=":material/undo:",
        type="tertiary",
    )
    if desk().acted.get(name) == seq:
        focus_on(place, place)


def _undo(name: str, seq: int, session: Session, key: str) -> None:
    acted = desk().acted
    entry.undo(session.db, session.actor, seq, key=key)
    acted.pop(name, None)

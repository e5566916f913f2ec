"""What was saved on this page: said in words, with what it did to the calls, and taken back for a while."""

import streamlit as st

from registry import entry
from registry.errors import NadirError
from registry.screens.clock import here
from registry.screens.entering.changed_calls import show_changed
from registry.screens.entering.form_state import Desk, at_desk, desk
from registry.screens.entering.saved_note import Note
from registry.screens.session import Session, current_session
from registry.screens.tables import plain
from registry.screens.texts import Marked
from registry.wording import clock

LISTED = 10


def remember(note: Note, on: Desk) -> None:
    """Let the page say what was saved."""
    on.notes.insert(0, note)


def show_saved(session: Session, patient_id: str | None) -> None:
    """Say what was saved last for this patient, with its Undo; what was saved before is below."""
    notes = [note for note in desk().notes if note.patient_id == patient_id]
    if not notes:
        return
    last, *earlier = notes
    with st.container(key="saved", gap="xsmall"):
        _show(session, last, "Alt+Z")
        show_changed(last.changed)
    if earlier:
        with st.expander(f"Saved before, for this patient ({len(earlier)})", type="compact"):
            for note in earlier[:LISTED]:
                _show(session, note)


def _show(session: Session, note: Note, shortcut: str | None = None) -> None:
    lines = [plain(line) for line in note.lines if line]
    more = f" and {len(lines) - 3} more" if len(lines) > 3 else ""
    what = f": {'; '.join(lines[:3])}{more}" if lines else ""
    if note.undone:
        st.info(Marked(f"**{plain(note.title)} undone**{what}"), icon=":material/undo:")
        return
    st.success(
        Marked(f"**{plain(note.title)} saved** at {clock(here(note.at))}{what}"), icon=":material/check:"
    )
    for said in (*note.hints, *([note.said] if note.said else [])):
        st.caption(plain(said))
    until = entry.may_undo(session.db, session.actor, note.seq)
    if until is not None:
        st.button(
            f"Undo (until {clock(here(until))})",
            key=f"undo {note.seq}",
            on_click=_undo,
            args=(note,),
            icon=":material/undo:",
            shortcut=shortcut,
        )


@at_desk
def _undo(note: Note) -> None:
    """One call of the service; then the patient is judged again."""
    try:
        session = current_session()
        if note.undone:
            return
        undone = entry.undo(session.db, session.actor, note.seq, key=note.undo_key)
        note.undone, note.said = True, None
        note.judge(session, undone)
    except NadirError as error:
        note.said = str(error)

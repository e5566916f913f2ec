"""Log: what happened to a patient is entered here, form by form, with the keyboard alone if one likes."""

import streamlit as st

from registry import entry, record
from registry.entry.forms import forms
from registry.errors import Usage
from registry.screens import finder, reads
from registry.screens.banner import show_banner
from registry.screens.clock import here
from registry.screens.entering.form import show_form
from registry.screens.entering.form_state import Sheet, go_on
from registry.screens.entering.paste import FORM as PASTE
from registry.screens.entering.paste import show_paste
from registry.screens.entering.preview import show_preview
from registry.screens.entering.saved import show_saved
from registry.screens.session import Session, current_session
from registry.screens.surveillance.patient_notice import show_surveillance
from registry.screens.tables import plain
from registry.wording import page_moment

FIRST = "cbc"
NEW = "patient"
# The frequent forms, opened with Alt and a number.
FREQUENT = (
    FIRST,
    PASTE,
    "course",
    "bleed",
    "transfusion",
    "rescue",
    "adverse_event",
    "other_cause",
    "exposure",
)
LISTED = 8
KEYS = {name: f"Alt+{number}" for number, name in enumerate(FREQUENT, 1)}


def show() -> None:
    """Show the patient and the form that the address names."""
    go_on()
    session = current_session()
    patient_id, asked = st.query_params.get("patient"), st.query_params.get("form", FIRST)
    if patient_id is None and asked != NEW:
        st.title("Log", anchor=False)
        show_saved(session, None)
        finder.show_finder(session)
        _drafts(session)
        st.button(
            "Add a patient", on_click=_open, args=(NEW,), shortcut="Alt+N", icon=":material/person_add:"
        )
        return
    one = None
    if patient_id is not None:
        try:
            one = reads.read_patient_record(session, patient_id)
        except Usage as error:
            st.title("Log", anchor=False)
            st.warning(str(error))
            finder.show_finder(session)
            return
        show_banner(session, one, here="log")
        asked = asked if asked == PASTE or (asked in forms() and asked != NEW) else FIRST
        _menu(asked)
        show_surveillance(session, one)
        if asked == PASTE:
            show_saved(session, patient_id)
            st.title("Log: pasted counts", anchor=False)
            show_paste(session, one, Sheet.open(session, PASTE, patient_id))
            return
    form = forms()[asked]
    show_saved(session, patient_id)
    st.title(f"Log: {form.title.lower()}" if one is not None else form.title, anchor=False)
    sheet = Sheet.open(session, form.name, patient_id or "new")
    if form.amends and sheet.version is None:
        sheet.version = record.version(session.db, "patient", {"patient_id": patient_id})
    if form.name != "course" or one is None:
        show_form(session, form, one, sheet)
        return
    left, right = st.columns([5, 3], gap="medium")
    with left:
        filled = show_form(session, form, one, sheet)
    with right:
        show_preview(session, one, filled)


def _drafts(session: Session) -> None:
    """What was begun and not saved, to be taken up again."""
    begun = [
        one for one in entry.drafts(session.db, session.actor) if one.form == PASTE or one.form in forms()
    ]
    if not begun:
        return
    st.subheader("Unsaved drafts", anchor=False)
    with st.container(horizontal=True, gap="xsmall"):
        for one in begun[:LISTED]:
            title = "Pasted counts" if one.form == PASTE else forms()[one.form].title
            whose = f" of {plain(one.subject)}" if one.form != NEW else ""
            st.button(
                f"{title}{whose}, {page_moment(here(one.written_at))}",
                key=f"draft {one.form} {one.subject}",
                on_click=_take_up,
                args=(one.form, one.subject),
                icon=":material/edit_note:",
            )


def _take_up(form: str, subject: str) -> None:
    st.query_params["form"] = form
    if form != NEW:
        st.query_params["patient"] = subject


def _menu(chosen: str) -> None:
    """The forms, the frequent ones with their keys; the one that is open is marked and cannot be pressed."""
    with st.container(horizontal=True, gap="xsmall", key="forms"):
        titles = {name: form.title for name, form in forms().items() if name != NEW}
        first = {FIRST: titles.pop(FIRST), PASTE: "Paste counts"}
        for name, title in (first | titles).items():
            st.button(
                title,
                key=f"form {name}",
                on_click=_open,
                args=(name,),
                shortcut=KEYS.get(name),
                icon=":material/edit_note:" if name == chosen else None,
                disabled=name == chosen,
            )


def _open(form: str) -> None:
    st.query_params["form"] = form


if __name__ == "__main__":
    show()

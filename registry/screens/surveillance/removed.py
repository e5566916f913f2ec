"""Who was taken off the list, by whom, when and why; and the way back."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from registry.roles import Permission
from registry.screens import clock
from registry.screens.entering.form_state import desk
from registry.screens.entering.one_click import PendingAction, send, slip
from registry.screens.links import link
from registry.screens.search import day
from registry.screens.session import Session
from registry.screens.surveillance.done import show_done
from registry.screens.surveillance.finding import counts
from registry.screens.surveillance.reads import Beside, read_beside
from registry.screens.tables import plain
from registry.screens.texts import Marked
from registry.surveillance.outcomes import put_back
from registry.surveillance.worklist import Worklist, protocols_of

LISTED = 50


def show_removed(session: Session, listed: Worklist) -> None:
    """The list of those taken off, folded away."""
    number = listed.removed.num_rows
    if not number:
        return
    with st.expander(f"Taken off the list ({number:,})", icon=":material/person_off:"):
        st.caption(
            "These patients are not watched. A new result or sign returns a patient automatically. To undo a mistake "
            "or to change your mind, put the patient back with a reason."
        )
        rows = listed.removed.slice(0, LISTED).to_pylist()
        besides = read_beside(session, protocols_of(rows), listed.as_of)
        for row in rows:
            if row["patient_id"] in desk().acted:
                st.caption(f"{plain(row['patient_id'])}: see above, done just now.")
            else:
                show_one(session, row, besides[row["patient_id"]])
        if number > LISTED:
            st.caption(f"The first {LISTED} of {number:,}; the others are on the page of each patient.")


def show_one(session: Session, row: Mapping[str, Any], beside: Beside) -> None:
    """One patient who was taken off, with the way back."""
    name = str(row["patient_id"])
    with st.container(border=True, gap="xsmall", key=f"off {name}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            link(session, Marked(f"**{plain(name)}**"), "watched", {"patient": name})
            gone = f"Off the list since {day(row['removed_on'])}"
            st.markdown(f":gray-badge[:material/person_off: {gone}] {plain(counts(row))}", width="content")
        show_done(session, beside.done)
        show_way_back(session, row)


def show_way_back(session: Session, row: Mapping[str, Any]) -> None:
    """A reason and a button, for whoever may log what was done."""
    name = str(row["patient_id"])
    if not session.actor.may(Permission.FOLLOW_UP, row["site"]):
        return
    on = slip(f"back {name}")
    on.show_refused()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            f"Why {plain(name)} is put back *",
            key=on.field_key("reason"),
            live=True,
            placeholder="Taken off by mistake",
            width=420,
        )
        st.button(
            "Put back on the list",
            key=on.field_key("back"),
            on_click=send,
            args=(on, on.key, partial(_put_back, name, on)),
            icon=":material/keyboard_return:",
        )


def _put_back(name: str, on: PendingAction, session: Session, key: str) -> None:
    put_back(session.db, session.actor, name, on.text("reason"), key=key, today=clock.today(session.db))

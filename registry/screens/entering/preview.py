"""Beside the course that is being typed: what the engine would call it on the counts recorded so far."""

import streamlit as st

from registry import entry
from registry.entry.filled import Filled
from registry.patients.patient_record import PatientRecord
from registry.roles import Permission
from registry.screens import explained
from registry.screens.clock import today
from registry.screens.session import Session


def show_preview(session: Session, record: PatientRecord, filled: Filled | None) -> None:
    """Show the call on the course as typed, with its explanation. Nothing is stored."""
    if not session.actor.may(Permission.READ_CALLS, record.site):
        return
    with st.container(border=True, gap="xsmall", key="preview"):
        st.markdown("**Preview of the response**")
        course = next((fact for fact in filled.facts if fact.table == "course"), None) if filled else None
        if course is None or not course.values.get("started_on"):
            st.caption("Enter the start date of the course to preview the response before saving.")
            return
        agents = [fact.values for fact in filled.facts if fact.table == "course_agent"] if filled else []
        said = entry.preview(session.db, session.actor, course.values, agents, today=today(session.db))
        if said is None:
            st.caption("There is nothing to assess yet.")
            return
        explained.show(said)
        st.caption("Not saved. The response is re-assessed whenever counts are added.")

"""Who the patient is, at the top of the page: disease, what is known of the person, exposure, and what can be done."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from registry.patients.dates import since_exposure
from registry.patients.patient_record import PatientRecord
from registry.roles import Permission
from registry.screens import links, tables
from registry.screens.patient import search
from registry.screens.session import Session
from registry.wording import number_of, page_day

# The chart wants the width of the page; Streamlit's margins beside and above it are wide.
_ROOM = """<style>
.stMainBlockContainer { padding: 3.25rem 2rem 4rem 2rem; }
.st-key-view button { padding-left: 0.6rem; padding-right: 0.6rem; }
.st-key-why p, .st-key-decision p { font-size: 0.92rem; line-height: 1.4; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 3.25rem 1rem 4rem 1rem; } }
</style>"""
# Where things are entered: label, address, the permission for it, and what the address says besides the patient.
_WAYS: tuple[tuple[str, str, Permission, dict[str, str], str], ...] = (
    ("Log a count", "log", Permission.LOG, {"form": "cbc"}, ":material/add:"),
    ("Log a course", "log", Permission.LOG, {"form": "course"}, ":material/add:"),
    ("Correct", "facts", Permission.AMEND, {}, ":material/edit:"),
)


def show(session: Session, record: PatientRecord) -> None:
    """Show the patient's name and facts, and the ways to log and to correct for an account that may."""
    st.html(_ROOM)
    disease = " + ".join(record.diseases) or "no episode recorded"
    st.title(f"{tables.plain(record.patient_id)} · {disease}{' (Evans syndrome)' if record.is_evans else ''}")
    facts = [
        record.sex or "sex not recorded",
        f"born {day(record.born_on)}",
        f"site {record.site or 'not recorded'}",
        f"{number_of(len(record.courses), 'course')}",
        f"last contact {day(record.last_contact_on)}",
    ]
    said = [tables.plain(fact) for fact in facts]
    if record.died_on is not None:
        said.append(f"**died {day(record.died_on)}**")
    since = since_exposure(record)
    if since is not None:
        said.append(f"**{tables.plain(since.words)}**")
    st.markdown(" · ".join(said))
    if record.refusal is not None:
        st.warning(str(record.refusal))
    told = [_illness(row) for row in record.episodes]
    if told:
        st.caption(" · ".join(tables.plain(part) for part in told))
    _ways(session, record)


def _ways(session: Session, record: PatientRecord) -> None:
    """What can be done with this patient, and the way to the next."""
    with st.container(horizontal=True, gap="medium", key="ways"):
        for label, address, permission, more, icon in _WAYS:
            if links.offered(session, address) and session.actor.may(permission, record.site):
                links.link(session, label, address, {"patient": record.patient_id} | more, icon=icon)
        search.show_beside(session, record.patient_id)


def show_next_step(session: Session, record: PatientRecord) -> None:
    """Where the record is thin, what is missing for a course to be judged, and where it is entered."""
    if not record.episodes:
        step = ("No diagnosis is recorded. Begin with the diagnosis.", "episode", "Log the diagnosis")
    elif not record.courses:
        step = ("No course is recorded. Log the first course, observation too.", "course", "Log a course")
    elif not record.observations:
        step = (
            "No count is recorded. Log a count. Without counts the response cannot be assessed.",
            "cbc",
            "Log a count",
        )
    else:
        return
    said, form, label = step
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(said)
        if links.offered(session, "log") and session.actor.may(Permission.LOG, record.site):
            links.link(
                session, label, "log", {"patient": record.patient_id, "form": form}, icon=":material/add:"
            )


def _illness(episode: Mapping[str, Any]) -> str:
    """An episode in words: its disease, onset, whether secondary, and the cause as recorded."""
    kind = f"{episode['primary_or_secondary']} " if episode["primary_or_secondary"] else ""
    cause = f" ({episode['cause']})" if episode["cause"] else ""
    return f"{kind}{episode['disease']} since {day(episode['onset_on'])}{cause}"


def day(on: date | None) -> str:
    """`3 Feb 2024`, or that it is not recorded."""
    return "not recorded" if on is None else f"{page_day(on)}"

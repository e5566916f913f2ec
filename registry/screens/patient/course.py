"""The chosen course: beside the chart the response that counts and why, below it the steps with the chart's numbers."""

from typing import Any

import streamlit as st

from registry import review
from registry.errors import NadirError
from registry.patients.call_facts import call_facts
from registry.patients.cited import numbered_steps
from registry.patients.final_response import provenance
from registry.patients.patient_record import PatientRecord
from registry.roles import Permission
from registry.screens import explained, reads, tables
from registry.screens.patient import challenge, criteria, decision
from registry.screens.session import Session, current_session
from registry.screens.texts import Marked
from registry.screens.wording import course_title
from registry.wording import number_of

KEY = "course of"


def seen(record: PatientRecord) -> list[str]:
    """The courses of which the reader may know how they were judged."""
    names = [row["course_id"] for row in record.courses]
    return [name for name in names if name not in record.unseen] if record.calls_are_shown else []


def choose(course_id: str | None) -> None:
    """Make a course the chosen one: it is in the address, which can then be shared."""
    if course_id is not None:
        st.query_params["course"] = course_id


def chosen(record: PatientRecord) -> str:
    """The course of the address; without one, or with another patient's, the last that has a response."""
    names = seen(record)
    asked = st.query_params.get("course")
    if asked in names:
        return str(asked)
    judged = record.finals
    return next((name for name in reversed(names) if name in judged), names[-1])


def show(session: Session, record: PatientRecord) -> str:
    """Let a course be chosen, say what its response is and why, and return its name."""
    current = chosen(record)
    key = f"{KEY} {record.patient_id}"
    st.session_state[key] = current
    st.radio(
        "Course and its response",
        seen(record),
        key=key,
        format_func=lambda name: Marked(
            f"{tables.plain(course_title(record, name))}: {_response(record, name)}"
        ),
        on_change=lambda: choose(st.session_state[key]),
    )
    decision.show(session, record, current)
    if any(call["course_id"] == current for call in record.calls):
        _why(session, record, current)
    elif current not in record.finals:
        st.info("This course is not assessed yet. A nurse or data manager can run the assessment.")
    return current


def _response(record: PatientRecord, course_id: str) -> str:
    """The response that counts, and whether people or the machine gave it."""
    final = record.finals.get(course_id)
    return "**not assessed**" if final is None else f"**{final['best_response']}**, {provenance(final)}"


def show_steps(session: Session, record: PatientRecord, course_id: str) -> None:
    """Show the steps of the course's call, if it has one, as a table with the numbers of the chart above it."""
    if any(call["course_id"] == course_id for call in record.calls):
        said = reads.read_explanation(session, course_id, _call(record, course_id)["criteria_id"])
        explained.show_steps(said, [number for number, _ in numbered_steps(record, said)])


def _call(record: PatientRecord, course_id: str) -> Any:
    return next(call for call in record.calls if call["course_id"] == course_id)


def _why(session: Session, record: PatientRecord, course_id: str) -> None:
    call = _call(record, course_id)
    said = reads.read_explanation(session, course_id, call["criteria_id"])
    with st.container(border=True, key="why"):
        explained.show_headline(said)
        explained.show_sentences(said)
        st.markdown("\n".join(f"- {tables.plain(fact)}" for fact in call_facts(call)))
        st.caption(
            tables.plain(
                f"{call['criteria_id']} ({call['criteria_hash'][:8]}), engine {call['engine_version']}"
            )
        )
    challenge.show(session, record.site, course_id, call["criteria_id"])


# --- what is not judged


def show_what_waits(session: Session, record: PatientRecord) -> None:
    """Say which courses have no call, or an old one, and offer the judging to an account that may."""
    judged = {call["course_id"] for call in record.calls}
    waits = [name for name in seen(record) if name not in judged]
    stale = [call for call in record.calls if call["to_judge"]]
    if not record.calls_are_shown or not (waits or stale):
        return
    st.warning(
        f"{number_of(len(waits), 'course')} not assessed yet, {number_of(len(stale), 'call')} out of date.",
        icon=":material/hourglass_top:",
    )
    if session.actor.may(Permission.ADJUDICATE, record.site):
        st.button(
            "Assess this patient now",
            on_click=_judge,
            args=(record.patient_id, criteria.chosen()),
        )


def _judge(patient_id: str, criteria_ids: tuple[str, ...]) -> None:
    """One call of the service, in a callback: a click elsewhere cannot cut it off."""
    try:
        session = current_session()
        report: Any = review.rejudge(session.db, session.actor, patient=patient_id, criteria_ids=criteria_ids)
        st.toast(report.text())
    except NadirError as error:
        st.toast(str(error))

"""The record behind the chart: courses with their calls, counts, doses, events; every table can be taken along."""

from typing import Any

import streamlit as st

from registry.patients.call_facts import FIXED_TIMES, call_row
from registry.patients.cited import cited
from registry.patients.final_response import provenance, reached
from registry.patients.patient_record import PatientRecord
from registry.patients.ribbon import ended
from registry.patients.rows import happenings
from registry.patients.steps import step_ends
from registry.record.headings import headings
from registry.screens import reads, tables
from registry.screens.session import Session

COURSES = headings(
    "course",
    *(
        "disease",
        "line_number",
        "regimen",
        "started_on",
        "stopped_on",
        "best_response",
        "provenance",
        "reason",
    ),
    *("onset_on", "cr_onset_on", "lost_cr_on", "relapsed_on", "duration_of_response_days", "ended"),
    *("in_response", "phase", *FIXED_TIMES, "held_until", "lost_on", "flags"),
    *("start_reason", "stop_reason", "criteria_id", "engine_version", "course_id"),
)
COUNTS = headings(
    "observation",
    *(
        "observed_on",
        "analyte",
        "comparator",
        "value_canonical",
        "not_evaluable",
        "value",
        "unit",
        "specimen",
    ),
    *("quality", "observation_id"),
)
DOSES = headings(
    "course_agent",
    *(
        "agent",
        "agent_class",
        "started_on",
        "until_on",
        "stopped_on",
        "dose",
        "dose_unit",
        "route",
        "frequency",
    ),
    "course_id",
)
ADVERSE = headings(
    "adverse_event",
    *("onset_on", "ended_on", "category", "term", "ctcae_grade", "ctcae_version", "serious", "outcome"),
    "adverse_event_id",
)
HAPPENED = {"on": "Day", "until": "Until", "what": "What", "detail": "Detail", "id": "Record"}
EVIDENCE = {
    "number": "In the chart",
    "step": "Step",
    "observed_on": "Day",
    "analyte": "What",
    "value": "Value",
    "unit": "Unit",
    "predicate": "Rule",
    "threshold": "Threshold",
    "held": "Held",
    "id": "Record",
}
# Beside the response that counts: how a decision was reached, and the machine's call. On the page where there is a
# decision, in the download always.
BESIDE = {
    "reached": "Decided",
    "call_response": "Automated call",
    "call_onset_on": "Onset of the call",
    "call_cr_onset_on": "CR onset of the call",
    "call_lost_cr_on": "Loss of CR of the call",
    "call_relapsed_on": "Relapse of the call",
    "case_id": "Case",
}
# The columns of a course that come from its response: for a reader who may not see calls they are not there at all.
OF_CALLS = frozenset(
    {
        "best_response",
        "provenance",
        "reason",
        "onset_on",
        "cr_onset_on",
        "lost_cr_on",
        "relapsed_on",
        "duration_of_response_days",
        "ended",
        "in_response",
        "phase",
        *FIXED_TIMES,
        "held_until",
        "lost_on",
        "flags",
        "criteria_id",
        "engine_version",
    }
)


def show(session: Session, record: PatientRecord, course_id: str | None) -> None:
    """Show the tables, one behind the other; `course_id` is the course whose evidence is listed."""
    titles = ["Courses", "Counts", "Doses", "Adverse events", "Bleeds, transfusions, rescue, exposure"]
    if course_id is not None:
        titles.insert(1, "Evidence of the call")
    for title, tab in zip(titles, st.tabs(titles), strict=True):
        with tab:
            _table(session, record, title, course_id)


def _table(session: Session, record: PatientRecord, title: str, course_id: str | None) -> None:
    name, site = record.patient_id, record.site
    if title == "Courses":
        columns, also = _columns(record)
        tables.table(
            session,
            f"{name} courses",
            _courses(record),
            columns,
            site=site,
            patient=name,
            empty="No course is recorded.",
            also=also,
        )
    elif title == "Counts":
        doubts = reads.read_doubts(session, name)
        tables.table(
            session,
            f"{name} counts",
            [row | {"doubt": doubts.get(row["observation_id"])} for row in record.observations],
            COUNTS | ({"doubt": "Doubted because"} if doubts else {}),
            site=site,
            patient=name,
            empty="No count is recorded.",
            height=420,
        )
    elif title == "Doses":
        ends = step_ends(record.agents)
        doses = [row | {"until_on": end.on} for row, end in zip(record.agents, ends, strict=True)]
        tables.table(
            session, f"{name} doses", doses, DOSES, site=site, patient=name, empty="No dose is recorded."
        )
    elif title == "Adverse events":
        tables.table(
            session,
            f"{name} adverse events",
            record.adverse_events,
            ADVERSE,
            site=site,
            patient=name,
            empty="No adverse event is recorded.",
        )
    elif course_id is not None and title.startswith("Evidence"):
        tables.table(
            session,
            f"{course_id} evidence",
            _evidence(session, record, course_id),
            EVIDENCE,
            site=site,
            patient=name,
            empty="No single record decided this call.",
        )
    else:
        tables.table(
            session,
            f"{name} events",
            happenings(record),
            HAPPENED,
            site=site,
            patient=name,
            empty="No such event is recorded.",
        )


def _columns(one: PatientRecord) -> tuple[dict[str, str], list[str]]:
    """The columns of the table of courses, and those that only its download has."""
    if not one.calls_are_shown:
        return {k: v for k, v in COURSES.items() if k not in OF_CALLS}, []
    if not one.decisions:
        return COURSES, list(BESIDE)
    titles = {}
    for name, title in COURSES.items():
        titles[name] = title
        if name == "provenance":
            titles |= {one: BESIDE[one] for one in ("reached", "call_response")}
        elif name == "ended":
            titles |= {one: words for one, words in BESIDE.items() if one not in titles}
    return titles, []


def _courses(record: PatientRecord) -> list[dict[str, Any]]:
    """The courses with the response that counts of each, and the machine's call beside it."""
    called = {call["course_id"]: call for call in record.calls}
    finals = record.finals
    rows = []
    for course in record.courses:
        call, final = called.get(course["course_id"], {}), finals.get(course["course_id"])
        row = call | (final or {}) | course | (call_row(call) if call else {})
        if final is not None:
            row["provenance"] = provenance(final)
            row["ended"] = ended(final)
            row["reached"] = reached(final) if provenance(final) == "decision" else None
        for name in ("response", "onset_on", "cr_onset_on", "lost_cr_on", "relapsed_on"):
            row[f"call_{name}"] = call.get("best_response" if name == "response" else name)
        rows.append(row)
    return rows


def _evidence(session: Session, record: PatientRecord, course_id: str) -> list[dict[str, Any]]:
    call = next((call for call in record.calls if call["course_id"] == course_id), None)
    if call is None:
        return []
    numbers = {row.on: row.number for row in cited(record, course_id)}
    said = reads.read_explanation(session, course_id, call["criteria_id"])
    return [vars(finding) | {"number": numbers.get(finding.observed_on)} for finding in said.evidence]

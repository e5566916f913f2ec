"""The packet of a case under review as a timeline, so that a reader sees the chart that everybody sees."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.patients.patient_record import COLUMNS, PatientRecord, Rows, days_of, place_courses
from registry.review.packet import fact_table

PARTS = (
    "episodes",
    "courses",
    "agents",
    "observations",
    "bleeds",
    "transfusions",
    "rescues",
    "adverse_events",
    "other_causes",
)
"""The parts of a timeline that a packet has; it tells of no exposure, and of no call whatever."""


def of_packet(content: Mapping[str, Any]) -> PatientRecord:
    """The timeline of a packet (see registry.review): its own names, its own days, nothing that hints at a call.

    What a packet keeps from its readers is None: the site, the day of birth, the last contact, causes in words.
    """
    parts = {name: [_row(name, row) for row in content[name]] for name in PARTS}
    courses = sorted(parts["courses"], key=lambda row: (row["started_on"], row["course_id"]))
    place_courses(courses)
    ends = [*days_of(parts["observations"], "observed_on"), *days_of(courses, "stopped_on")]
    last = max(ends, default=None)
    for course in courses:
        course["until_on"] = course["until_on"] or last
    patient = content["patient"]
    return PatientRecord(
        patient_id=patient["patient_id"],
        site=None,
        sex=patient["sex"],
        born_on=None,
        last_contact_on=None,
        died_on=_day(patient["died_on"]),
        death_cause=None,
        episodes=parts["episodes"],
        courses=courses,
        agents=parts["agents"],
        observations=parts["observations"],
        bleeds=parts["bleeds"],
        transfusions=parts["transfusions"],
        rescues=parts["rescues"],
        adverse_events=parts["adverse_events"],
        other_causes=parts["other_causes"],
        exposures=[],
        calls=[],
        decisions=[],
        evidence=[],
        calls_are_shown=False,
    )


def packet_rows(content: Mapping[str, Any], part: str) -> Rows:
    """The rows of one part of a packet, its days as days.

    `course_day` counts from the start of the judged course (which is day 0) to the first day of a row,
    `course_day_until` to its last, where the kind of row has one.
    """
    judged = next(row for row in content["courses"] if row["course_id"] == content["course_id"])
    started_on = date.fromisoformat(judged["started_on"])
    rows = [_days(row) for row in content[part]]
    described = fact_table(part)
    for row in rows:
        row["course_day"] = _since(started_on, row[described.first_day])
        if described.last_day is not None:
            row["course_day_until"] = _since(started_on, row[described.last_day])
    return rows


def _since(started_on: date, on: date | None) -> int | None:
    return None if on is None else (on - started_on).days


def _row(part: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with every name that the part has on a timeline."""
    return dict.fromkeys(COLUMNS[part]) | _days(row)


def _days(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _day(value) if name.endswith("_on") else value for name, value in row.items()}


def _day(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(value)

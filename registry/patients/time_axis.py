"""The days from which a timeline can be counted, and the part of it that is shown."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from registry.patients.patient_record import PatientRecord, days_of
from registry.record.lines import line_words


class DayZero(StrEnum):
    """Where the time axis starts counting."""

    calendar = "calendar"
    diagnosis = "diagnosis"
    course_start = "course start"
    last_alemtuzumab = "last alemtuzumab"


@dataclass(frozen=True)
class Zero:
    """A day zero and the words for it: `Days from diagnosis of ITP`."""

    on: date
    words: str


def day_zeros(record: PatientRecord) -> list[DayZero]:
    """The day zeros that this patient has: without an exposure nothing is counted from it."""
    offered = [DayZero.calendar]
    if _diagnosed(record) is not None:
        offered.append(DayZero.diagnosis)
    if days_of(record.courses, "started_on"):
        offered.append(DayZero.course_start)
    if days_of(record.exposures, "started_on"):
        offered.append(DayZero.last_alemtuzumab)
    return offered


def _diagnosed(record: PatientRecord) -> Zero | None:
    found: list[tuple[date, str]] = []
    for row in record.episodes:
        on = row["diagnosed_on"] or row["onset_on"]
        if on is not None:
            found.append((on, row["disease"]))
    if not found:
        return None
    on, disease = min(found)
    return Zero(on, f"diagnosis of {disease}")


def zero_of(record: PatientRecord, which: DayZero, course_id: str | None = None) -> Zero | None:
    """The day zero of this patient; None means calendar dates (asked for, or the day is not recorded).

    `course_id` chooses the course for `DayZero.course_start`; without it the first course counts.
    """
    if which is DayZero.diagnosis:
        return _diagnosed(record)
    if which is DayZero.course_start:
        rows = [
            row
            for row in record.courses
            if row["started_on"] is not None and course_id in (None, row["course_id"])
        ]
        if not rows:
            return None
        first = min(rows, key=lambda row: (row["started_on"], row["course_id"]))
        return Zero(first["started_on"], f"start of {first['disease']} {line_words(first['line_number'])}")
    if which is DayZero.last_alemtuzumab:
        infused = days_of(record.exposures, "started_on", "ended_on")
        return Zero(max(infused), "last alemtuzumab") if infused else None
    return None


class Stretch(StrEnum):
    """The part of the record that the chart shows first; the reader can move and zoom from there."""

    disease = "from diagnosis"
    whole = "whole record"
    opening = "first 90 days"
    recent = "last 12 months"


OPENING, RECENT = timedelta(days=90), timedelta(days=365)
"""Lengths of two views of the chart: the weeks in which a response is made or missed, and the last year."""


def extent(
    record: PatientRecord, stretch: Stretch = Stretch.disease, zero: Zero | None = None
) -> tuple[date, date] | None:
    """First and last day to show; None when nothing at all is dated.

    `disease` begins with the first count, course or onset of the illness, leaving out what was drawn in
    surveillance before it; `opening` is counted from day zero, or from the diagnosis without one.
    """
    illness = days_of(record.episodes, "onset_on", "diagnosed_on") + days_of(record.courses, "started_on")
    seen = (
        days_of(record.courses, "stopped_on")
        + days_of(record.observations, "observed_on")
        + days_of(record.bleeds, "started_on")
        + days_of(record.transfusions, "given_on")
        + days_of(record.rescues, "given_on")
        + days_of(record.adverse_events, "onset_on")
        + days_of(record.other_causes, "started_on")
    )
    exposed = days_of(record.exposures, "started_on")
    ends = [on for on in (record.last_contact_on, record.died_on) if on is not None]
    everything = illness + seen + exposed
    if not everything:
        return None
    last = max(everything + ends)
    if stretch is Stretch.recent:
        return max(last - RECENT, min(everything)), last
    if stretch is Stretch.opening:
        start = zero.on if zero is not None else min(illness or everything)
        return start, start + OPENING
    if stretch is Stretch.whole or not illness:
        return min(everything), last
    return min(illness), last

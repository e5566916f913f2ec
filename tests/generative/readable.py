"""A disagreement as somebody can read it: as few rows as still disagree, with days counted from the start."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import date
from typing import Any

from tests.reference import Course, Evidence, Patient, Verdict

FACTS = ("observations", "bleeds", "transfusions", "rescues", "other_causes")


def smaller(patient: Patient, judged: int) -> Iterator[Patient]:
    """The patient with one thing less, for each thing that can go; the judged course stays."""
    for course in patient.courses:
        if course.row != judged:
            yield replace(patient, courses=[c for c in patient.courses if c is not course])
    if patient.died_on is not None:
        yield replace(patient, died_on=None)
    for name in FACTS:
        rows = getattr(patient, name)
        for i in range(len(rows)):
            yield replace(patient, **{name: rows[:i] + rows[i + 1 :]})
    for at, course in enumerate(patient.courses):
        for i in range(len(course.dose_steps)):
            fewer = replace(course, dose_steps=course.dose_steps[:i] + course.dose_steps[i + 1 :])
            yield replace(patient, courses=[*patient.courses[:at], fewer, *patient.courses[at + 1 :]])


def shrunk(patient: Patient, judged: int, still: Callable[[Patient], bool]) -> Patient:
    """The smallest patient that can be reached by dropping rows while `still` holds."""
    while (less := next((p for p in smaller(patient, judged) if still(p)), None)) is not None:
        patient = less
    return patient


def _told(row: Any, start: date) -> str:
    """The fields of a row with every date as days from the start of the judged course."""
    told = []
    for f in fields(row):
        value = getattr(row, f.name)
        if value is None or value == "" or value == () or f.name in ("dose_steps",):
            continue
        told.append(f"{f.name}={(value - start).days if isinstance(value, date) else value}")
    return " ".join(told)


def written(patient: Patient, course: Course) -> str:
    start = course.started_on
    lines = [f"course  {_told(course, start)}"]
    lines += [f"  step  {_told(s, start)}" for s in course.dose_steps]
    for other in patient.courses:
        if other.row != course.row:
            lines.append(f"also    {_told(other, start)}")
            lines += [f"  step  {_told(s, start)}" for s in other.dose_steps]
    rows = sorted((r for name in FACTS for r in getattr(patient, name)), key=lambda r: (r.day, r.row))
    lines += [f"{type(r).__name__.lower():12}{_told(r, start)}" for r in rows]
    if patient.died_on is not None:
        lines.append(f"died    {(patient.died_on - start).days}")
    return "\n".join(lines)


def _shown(value: object, start: date) -> str:
    if isinstance(value, Evidence):
        return (
            f"{value.step} {value.source} {value.row} day {(value.day - start).days} "
            f"{value.predicate} {value.threshold} {value.value} {value.held}"
        )
    if isinstance(value, tuple):
        return "\n      ".join(["", *(_shown(v, start) for v in value)])
    if isinstance(value, frozenset):
        return ",".join(sorted(value))
    return f"day {(value - start).days}" if isinstance(value, date) else str(value)


def differences(expected: Verdict, found: Verdict, start: date) -> str:
    """The columns in which two verdicts differ, the reference first."""
    return "\n".join(
        f"{f.name}:\n    reference {_shown(a, start)}\n    engine    {_shown(b, start)}"
        for f in fields(Verdict)
        if (a := getattr(expected, f.name)) != (b := getattr(found, f.name))
    )

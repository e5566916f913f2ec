"""The oracle's random patients as a record: tables that the registry takes in like any hospital's."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal

import pyarrow as pa

from tests.generative.random_courses import random_patients
from tests.reference import Course, DoseStep, Observation, Patient, known_on, steps_of

Row = dict[str, object]
HUNDREDTH = Decimal("0.01")

MARKER = {  # unit, lower limit, upper limit, a normal value, an abnormal one
    "haptoglobin": ("g/L", "0.3", None, "1.0", "0.1"),
    "ldh": ("U/L", None, "250", "200", "600"),
    "bilirubin": ("umol/L", None, "20", "10", "50"),
    "reticulocytes": ("10*9/L", None, "100", "50", "300"),
}
PRINTED_IN = {"haptoglobin": "g/L", "ldh": "U/L", "bilirubin": "umol/L", "reticulocytes": "%"}
UNIT = {"platelets": "10*9/L", "hemoglobin": "g/L"}


def patients_of(seed: int, n: int) -> list[Patient]:
    """Random patients, less what a record cannot hold."""
    return [recordable(patient) for patient in random_patients(seed, n)]


def recordable(patient: Patient) -> Patient:
    """Nothing after death; doses under prednisolone alone; of an agent one step a day, within its course; values to a
    hundredth, for a millionth beside a round number is how the baseline of a call says that it is a limit.
    """
    last = patient.died_on or date.max
    known = known_on(patient, last)
    return replace(
        known,
        courses=[recordable_course(course, last) for course in known.courses],
        observations=[
            replace(o, value=None if o.value is None else o.value.quantize(HUNDREDTH, ROUND_DOWN))
            for o in known.observations
        ],
        bleeds=[
            replace(b, ended_on=earlier(b.ended_on, last), grade=min(b.grade, 4 if b.scale == "WHO" else 5))
            for b in known.bleeds
        ],
        other_causes=[replace(c, ended_on=earlier(c.ended_on, last)) for c in known.other_causes],
    )


def earlier(day: date | None, last: date) -> date | None:
    return None if day is None else min(day, last)


def recordable_course(course: Course, last: date) -> Course:
    ended = replace(course, stopped_on=earlier(course.stopped_on, last))
    if ended.stopped_on is None:
        ended.stop_reason = ""
    return replace(ended, dose_steps=recordable_steps(ended, last))


def recordable_steps(course: Course, last: date) -> tuple[DoseStep, ...]:
    last = min(course.stopped_on or last, last)
    first_of_day = {
        (step.agent, step.started_on): step for step in reversed(course.dose_steps) if step.started_on <= last
    }
    return tuple(
        replace(
            step,
            stopped_on=earlier(step.stopped_on, last),
            mg_per_day=step.mg_per_day if step.agent == "prednisolone" else None,
            mg_per_kg=step.mg_per_kg if step.agent == "prednisolone" else None,
        )
        for _, step in sorted(first_of_day.items())
    )


def course_id(course: Course) -> str:
    return f"C{course.row}"


def tables_of(patients: list[Patient]) -> dict[str, pa.Table]:
    rows: dict[str, list[Row]] = {
        name: []
        for name in (
            "patient", "episode", "course", "course_agent", "observation",
            "bleed", "transfusion", "rescue", "other_cause",
        )
    }  # fmt: skip
    for number, patient in enumerate(patients):
        write(rows, f"P{number}", patient)
    return {
        name: pa.table(
            {
                column: pa.array([text(row.get(column)) for row in found], pa.string())
                for column in dict.fromkeys(column for row in found for column in row)
            }
        )
        for name, found in rows.items()
        if found
    }


def text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def write(rows: dict[str, list[Row]], name: str, patient: Patient) -> None:
    rows["patient"].append({"patient_id": name, "site": "North", "died_on": patient.died_on})
    for disease, number in sorted({(course.disease, course.episode) for course in patient.courses}):
        first = min(
            course.started_on
            for course in patient.courses
            if (course.disease, course.episode) == (disease, number)
        )
        rows["episode"].append(
            {
                "patient_id": name,
                "episode_id": f"{name}-{disease}-{number}",
                "disease": disease,
                "onset_on": first - timedelta(days=30),
            }
        )
    for course in patient.courses:
        write_course(rows, f"{name}-{course.disease}-{course.episode}", course)
    rows["observation"] += [observation(name, o) for o in patient.observations]
    rows["bleed"] += [
        {
            "patient_id": name,
            "bleed_id": f"B{b.row}",
            "started_on": b.day,
            "ended_on": b.ended_on,
            "scale": b.scale,
            "grade": b.grade,
            "itp_related": b.itp_related,
        }
        for b in patient.bleeds
    ]
    rows["transfusion"] += [
        {
            "patient_id": name,
            "transfusion_id": f"T{t.row}",
            "given_on": t.day,
            "product": t.product,
            "reason": t.reason,
        }
        for t in patient.transfusions
    ]
    rows["rescue"] += [
        {
            "patient_id": name,
            "rescue_id": f"R{r.row}",
            "given_on": r.day,
            "agent": r.agent,
            "reason": r.reason,
        }
        for r in patient.rescues
    ]
    rows["other_cause"] += [
        {
            "patient_id": name,
            "started_on": c.day,
            "ended_on": c.ended_on,
            "disease": c.disease,
            "cause": f"cause {c.row}",
        }
        for c in patient.other_causes
    ]


def write_course(rows: dict[str, list[Row]], episode: str, course: Course) -> None:
    rows["course"].append(
        {
            "episode_id": episode,
            "course_id": course_id(course),
            "started_on": course.started_on,
            "stopped_on": course.stopped_on,
            "ongoing": "no" if course.stopped_on else "yes",
            "intent": course.intent,
            "start_reason": course.start_reason,
            "stop_reason": course.stop_reason,
        }
    )
    for agent in dict.fromkeys(course.agents):
        rows["course_agent"] += [
            {
                "course_id": course_id(course),
                "agent": agent,
                "started_on": s.started_on,
                "stopped_on": s.stopped_on,
                "dose": s.mg_per_day if s.mg_per_kg is None else s.mg_per_kg,
                "dose_unit": None if s.mg_per_day is None and s.mg_per_kg is None else unit_of(s),
                "weight_kg": s.weight_kg if s.mg_per_kg is not None else None,
            }
            for s in steps_of(course, agent)
        ]


def unit_of(step: DoseStep) -> str:
    return "mg/day" if step.mg_per_kg is None else "mg/kg/day"


def observation(name: str, o: Observation) -> Row:
    row: Row = {
        "patient_id": name,
        "observation_id": f"O{o.row}",
        "observed_at": o.day if o.time is None else datetime.combine(o.day, o.time),
        "analyte": o.analyte,
    }
    if o.value is not None:
        return {
            **row,
            "value": f"{o.comparator}{Decimal(o.value)}",
            "unit": UNIT.get(o.analyte) or PRINTED_IN[o.analyte],
            "specimen": o.specimen,
            "lower_limit": o.lower_limit,
            "upper_limit": o.upper_limit,
            "explained": "yes" if o.explained else None,
        }
    unit, low, high, normal, abnormal = MARKER[o.analyte]
    return {
        **row,
        "value": normal if o.state == "normal" else abnormal,
        "unit": unit,
        "lower_limit": low,
        "upper_limit": high,
        "explained": "yes" if o.state == "explained" else None,
    }

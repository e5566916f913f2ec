"""Random patients that sit on the edges: every threshold from both sides, every window to the day.

Draws are vectors over whole batches, so that a quarter of a million courses take seconds; what comes out is
the oracle's own plain patients. `columns.series_of` turns the same patients into what the engine reads.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.reference import (
    ATTRIBUTION_DAYS,
    MARKERS,
    STEROIDS,
    Bleed,
    Course,
    DoseStep,
    Observation,
    OtherCause,
    Patient,
    Rescue,
    Transfusion,
    earliest_failure,
)

Ints = NDArray[np.int64]

# Values in canonical units; decimals are those that citrate (x1.1), mmol/L (x16.114) and mg/dL leave behind.
PLATELETS = (
    ("0", "0.000001", "5", "10", "14.999999", "15", "25", "27.5", "29", "29.999999"),
    ("30", "49", "49.999999", "50", "58", "59", "60", "61.6", "98", "99", "99.6", "99.999999"),
    ("100", "100.1", "101", "150", "449.999999", "450", "450.000001", "451"),
)
HEMOGLOBIN = (
    ("58", "60", "78", "78.000001", "80", "80.1", "98.2954", "98.999999", "99", "99.999999"),
    ("100", "100.000001", "105", "114.999999", "118.999999", "119", "119.000001", "119.2436", "120"),
    ("120.0493", "121", "125", "125.1", "135", "140"),
)
COUNT_GAPS = (0, 1, 2, 5, 6, 7, 8, 13, 14, 15, 28, 40, 90, 91, 180, 365, 366)
COUNT_GAP_CHANCES = (
    *(0.04, 0.14, 0.06, 0.06, 0.1, 0.2, 0.1, 0.05, 0.05, 0.03, 0.06, 0.03),
    *(0.02, 0.02, 0.01, 0.01, 0.02),
)
FIRST_COUNT = (-20, -15, -14, -13, -8, -7, -6, -1, 0, 1, 2)
COURSE_GAPS = (0, 1, 7, 14, 21, 28, 40, 60, 90, 180, 365)
COURSE_GAP_CHANCES = (0.06, 0.04, 0.06, 0.08, 0.1, 0.12, 0.12, 0.14, 0.14, 0.08, 0.06)
LANDMARK_OFFSETS = (4, 5, 7, 9, 10, 22, 23, 30, 37, 38, 153, 154, 182, 210, 211, 322, 323, 365, 407, 408)
RESCUE_BEFORE = (-1, 0, 1, 2, 6, 7, 8, 27, 28, 29, 54, 55, 56, 57)
TRANSFUSION_BEFORE = (-1, 0, 1, 5, 6, 7, 8)
MARKER_OFFSETS = (-15, -14, -13, -7, -1, 0, 0, 0, 0, 1, 5, 7, 13, 14, 15)
DOSES = (None, "2.5", "5", "5.000001", "7.5", "10", "10", "20", "60")
DOSES_BY_WEIGHT = ("0.0625", "0.5", "1")
WEIGHTS = (None, "60", "80", "80.5")
TUBES = ("", "edta", "citrate", "heparin")
TIMES = (None, time(8), time(9, 30), time(9, 30), time(17, 45))
SECOND_VALUES = (
    "0",
    "5",
    "9",
    "10",
    "15",
    "20",
    "25",
    "27.3",
    "30",
    "49",
    "50",
    "60",
    "90.9",
    "100",
    "150",
    "300",
)
LIMITS = {
    "platelets": frozenset(map(Decimal, ("5", "10", "20", "30", "49", "60", "98", "100", "150", "300"))),
    "hemoglobin": frozenset(map(Decimal, ("60", "105", "140"))),
}
"""Limits as laboratories print them, none a millionth beside (half of) a value above: no millionth decides there."""
CITRATE_VALUES = ("9", "10", "15", "25", "27.3", "30", "50", "90.9", "91", "100", "150")
MARKER_LIMITS = {"haptoglobin": "0.3", "ldh": "250", "bilirubin": "20", "reticulocytes": "2"}

INTENTS = ("induction", "maintenance", "observation")
STOP_REASONS = ("", "inefficacy", "completed", "toxicity", "response", "other")
START_REASONS = (
    "",
    "first_line",
    "inefficacy",
    "toxicity",
    "relapse",
    "steroid_sparing",
    "intensification",
    "retreatment",
    "other",
)
OFTEN = (
    "prednisolone",
    "prednisolone",
    "prednisolone",
    "dexamethasone",
    "dexamethasone",
    "ivig",
    "ivig",
    "rituximab",
)
UNLIMITED = ("bortezomib", "sirolimus", "rhtpo")
AGENTS = {
    disease: (*limits, *OFTEN, *UNLIMITED, *extra)
    for (disease, limits), extra in zip(
        ATTRIBUTION_DAYS.items(),
        (("anti_d", "vincristine", "sutimlimab"), ("eltrombopag", "anti_d")),
        strict=True,
    )
}
RESCUE_AGENTS = ("ivig", "anti_d", "steroid_pulse", "vinca", "platelets", "other")
RESCUE_REASONS = ("low_count", "bleed", "procedure", "unknown", "")
TRANSFUSION_REASONS = ("cytopenia", "surgery", "other", "unknown", "")
RELATED = ("yes", "no", "unknown", "")
STATES = ("normal", "abnormal", "explained")

FIRST_DAY = date(2014, 3, 1).toordinal()
SPREAD = 300


@cache
def day(ordinal: int) -> date:
    return date.fromordinal(ordinal)


@cache
def number(text: str) -> Decimal:
    return Decimal(text)


class Draw:
    """A seeded source of whole columns of choices, as plain lists."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def of(self, choices: Sequence[Any], n: int, chances: Sequence[float] | None = None) -> list[Any]:
        if chances is None:
            picked = self.rng.integers(0, len(choices), n)
        else:
            picked = np.searchsorted(np.cumsum(chances), self.rng.random(n) * sum(chances), side="right")
        return [choices[i] for i in picked.tolist()]

    def chance(self, p: float, n: int) -> list[bool]:
        flags: list[bool] = (self.rng.random(n) < p).tolist()
        return flags

    def below(self, n: int) -> list[float]:
        numbers: list[float] = self.rng.random(n).tolist()
        return numbers


def random_courses(draw: Draw, n: int) -> tuple[list[Patient], list[int]]:
    """Patients with courses only: one lineage or two, same-day starts, every intent, reason and agent."""
    patients = [Patient() for _ in range(n)]
    diseases = draw.of((("ITP",), ("AIHA",), ("ITP", "AIHA")), n, (0.5, 0.3, 0.2))
    numbers = draw.of((1, 2, 3, 4), n, (0.45, 0.3, 0.15, 0.1))
    total = sum(numbers)
    begins = (FIRST_DAY + draw.rng.integers(0, SPREAD, n)).tolist()
    gap = draw.of(COURSE_GAPS, total, COURSE_GAP_CHANCES)
    which = draw.below(total)
    length = draw.of((None, None, 0, 1, 2, 4, 5, 14, 28, 59, 60, 61, 120), total)
    intent = draw.of(INTENTS, total, (0.72, 0.13, 0.15))
    reason = draw.of(START_REASONS, total)
    stop_reason = draw.of(STOP_REASONS, total, (0.4, 0.25, 0.1, 0.1, 0.1, 0.05))
    off = draw.of((None, None, None, 0, 14, 60), total)
    agents = {disease: (draw.of(names, total), draw.of(names, total)) for disease, names in AGENTS.items()}
    two, anew = draw.chance(0.3, total), draw.chance(0.1, total)
    owner = []
    i = 0
    for p, patient in enumerate(patients):
        at = begins[p]
        for k in range(numbers[p]):
            at += gap[i] if k else 0
            disease = diseases[p][int(which[i] * len(diseases[p]))]
            first, second = agents[disease]
            named = (first[i], second[i]) if two[i] else (first[i],)
            patient.courses.append(
                Course(
                    row=i,
                    disease=disease,
                    started_on=day(at),
                    stopped_on=None if length[i] is None else day(at + length[i]),
                    intent=intent[i],
                    start_reason=reason[i],
                    agents=("observation",) if intent[i] == "observation" else tuple(dict.fromkeys(named)),
                    episode=diseases[p].index(disease) + (2 if anew[i] and k else 0),
                    stop_reason=stop_reason[i],
                    off_treatment_from=None if off[i] is None else day(at + off[i]),
                )
            )
            owner.append(p)
            i += 1
    return patients, owner


def add_dose_steps(draw: Draw, courses: list[Course]) -> None:
    """Steps of every agent: tapers, re-escalations, doses by weight or unknown, infusions, pulses.

    Half of the courses are typed as people type a taper: no step has an end, the next one ends it. Some change the
    corticosteroid in between, whose steps end only each other. An agent without a step is given from the start.
    """
    treated = [c for c in courses if c.agents != ("observation",)]
    n = len(treated)
    steroids = draw.of((0, 1, 2, 3, 4, 5), n, (0.15, 0.15, 0.2, 0.2, 0.15, 0.15))
    others = draw.of((0, 1, 2), n, (0.4, 0.4, 0.2))
    total = sum(steroids) + sum(others) * 2
    gap = iter(draw.of((0, 1, 2, 3, 7, 14, 28, 29), total))
    dose = iter(draw.of(DOSES, total))
    by_weight, per_kg, weight = (
        iter(draw.chance(0.15, total)), iter(draw.of(DOSES_BY_WEIGHT, total)), iter(draw.of(WEIGHTS, total)),
    )  # fmt: skip
    end = iter(draw.of((None, 0, 3, 4, 5, 13, 27, 59, 60, 61, 90, 179, 180), total))
    from_start = iter(draw.chance(0.5, total))
    natural, changes = draw.chance(0.5, n), draw.chance(0.2, n)
    for c, course in enumerate(treated):
        start = course.started_on.toordinal()
        taken = [agent for agent in course.agents if agent in STEROIDS]
        if taken and changes[c] and "prednisolone" not in taken:
            taken = [*taken, "prednisolone"]
        given = [taken[k % len(taken)] for k in range(steroids[c])] if taken else []
        for agent in course.agents:
            given += [agent] * others[c] if agent not in STEROIDS else []
        given = given[: steroids[c] + 2 * others[c]]
        made = []
        at = dict.fromkeys(given, start)
        for agent in given:
            at[agent] += next(gap)
            last, since_start = next(end), next(from_start)
            stop = (
                None
                if last is None or natural[c]
                else max(at[agent], (start if since_start else at[agent]) + last)
            )
            mg, heavy, kg, weighed = next(dose), next(by_weight), next(per_kg), next(weight)
            known = agent in STEROIDS
            made.append(
                DoseStep(
                    agent,
                    day(at[agent]),
                    None if stop is None else day(stop),
                    number(mg) if known and mg is not None and not heavy else None,
                    number(kg) if known and heavy else None,
                    number(weighed) if known and heavy and weighed is not None else None,
                )
            )
        course.dose_steps = tuple(made)
        course.agents = tuple(dict.fromkeys((*course.agents, *given)))


def count_days(draw: Draw, courses: list[Course]) -> tuple[list[int], list[int], list[int]]:
    """Course, place in its run and ordinal day of every count: runs, attribution edges, landmarks."""
    n = len(courses)
    lengths = draw.of(range(12), n, (0.04, 0.04, 0.07, 0.1, 0.14, 0.14, 0.13, 0.12, 0.08, 0.06, 0.04, 0.04))
    total = sum(lengths)
    gap = draw.of(COUNT_GAPS, total, COUNT_GAP_CHANCES)
    first = draw.of(FIRST_COUNT, n)
    at_limit = draw.chance(0.25, n)
    limit_edge = draw.of((-1, 0, 0, 1), n)
    at_failure = draw.chance(0.3, n)
    next_gap = draw.of((1, 6, 7, 8), n)
    at_landmark = draw.chance(0.15, n)
    landmark = draw.of(LANDMARK_OFFSETS, n)
    landmark_2 = draw.of(LANDMARK_OFFSETS, n)
    owner: list[int] = []
    place: list[int] = []
    days: list[int] = []
    i = 0
    for c, course in enumerate(courses):
        start = course.started_on.toordinal()
        at = start + first[c]
        offsets = []
        for k in range(lengths[c]):
            at += gap[i] if k else 0
            offsets.append(at)
            i += 1
        if at_limit[c]:
            limits = [ATTRIBUTION_DAYS[course.disease].get(agent) for agent in course.agents]
            edge = start + (limits[0] or 28) + limit_edge[c]
            offsets += [edge, edge + next_gap[c]]
        if at_failure[c]:
            edge = start + earliest_failure(course) + limit_edge[c]
            offsets += [edge - next_gap[c], edge]
        if at_landmark[c]:
            offsets += [start + landmark[c], start + landmark_2[c]]
        offsets.sort()
        owner += [c] * len(offsets)
        place += range(len(offsets))
        days += offsets
    return owner, place, days


def add_counts(draw: Draw, patients: list[Patient], courses: list[Course], owner: list[int]) -> None:
    """Counts that tend to stay where they are: low first, then mostly better, sometimes lost again."""
    course_of, place, days = count_days(draw, courses)
    n = len(days)
    other_lineage = draw.chance(0.08, n)
    stays = draw.chance(0.85, n)
    level = draw.of((0, 1, 2), n, (0.2, 0.4, 0.4))
    low_first = draw.chance(0.6, n)
    palette = {
        "platelets": [draw.of([number(x) for x in texts], n) for texts in PLATELETS],
        "hemoglobin": [draw.of([number(x) for x in texts], n) for texts in HEMOGLOBIN],
    }
    comparator = draw.of(("", "<", ">"), n, (0.94, 0.03, 0.03))
    citrate = draw.of([number(x) for x in CITRATE_VALUES], n)
    tube, taken = draw.of(TUBES, n, (0.5, 0.3, 0.1, 0.1)), draw.of(TIMES, n)
    again = draw.of((0, 1, 2), n, (0.85, 0.1, 0.05))
    now = 0
    repeated: list[tuple[int, Observation]] = []
    for i, c in enumerate(course_of):
        if place[i] == 0:
            now = 0 if low_first[i] else level[i]
        elif place[i] == 1 or not stays[i]:
            now = level[i]
        own = "platelets" if courses[c].disease == "ITP" else "hemoglobin"
        other = "hemoglobin" if own == "platelets" else "platelets"
        analyte = other if other_lineage[i] else own
        value = citrate[i] if analyte == "platelets" and tube[i] == "citrate" else palette[analyte][now][i]
        first = Observation(
            0, day(days[i]), analyte, value, comparator[i] if value in LIMITS[analyte] else ""
        )
        if analyte == "platelets":
            first.specimen, first.time = tube[i], taken[i]
        patients[owner[c]].observations.append(first)
        repeated += [(owner[c], first)] * again[i]
    add_second_results(draw, patients, repeated)


def add_second_results(draw: Draw, patients: list[Patient], repeated: list[tuple[int, Observation]]) -> None:
    """Another result of a day: another tube, another time, another value."""
    n = len(repeated)
    value = draw.of([number(x) for x in SECOND_VALUES], n)
    tube, comparator = (
        draw.of(TUBES, n, (0.2, 0.3, 0.25, 0.25)),
        draw.of(("", "<", ">"), n, (0.9, 0.05, 0.05)),
    )
    taken = draw.of(TIMES, n, (0.1, 0.2, 0.2, 0.2, 0.3))
    for i, (p, first) in enumerate(repeated):
        more = replace(first)
        if first.analyte == "platelets":
            more.value, more.specimen, more.time = value[i], tube[i], taken[i]
        more.comparator = comparator[i] if more.value in LIMITS[more.analyte] else ""
        patients[p].observations.append(more)


def add_markers(draw: Draw, patients: list[Patient]) -> None:
    """Markers about the days of hemoglobin: none, some or nearly all; clean or hemolysing."""
    counted = [
        (p, o.day.toordinal())
        for p, patient in enumerate(patients)
        if any(c.disease == "AIHA" for c in patient.courses)
        for o in patient.observations
        if o.analyte == "hemoglobin"
    ]
    measured = draw.of((0.0, 0.4, 0.97), len(patients), (0.2, 0.35, 0.45))
    hemolysing = draw.of((0.0, 0.08, 0.4), len(patients), (0.45, 0.3, 0.25))
    for marker in MARKERS:
        n = len(counted)
        taken, abnormal, explained = draw.below(n), draw.below(n), draw.chance(0.08, n)
        offset, printed, limited = draw.of(MARKER_OFFSETS, n), draw.chance(0.3, n), draw.chance(0.8, n)
        comparator = draw.of(("", "<", ">"), n, (0.8, 0.1, 0.1))
        limit = number(MARKER_LIMITS[marker])
        below, beyond = (limit, limit / 3) if marker == "haptoglobin" else (limit, limit * 2)
        for i, (p, ordinal) in enumerate(counted):
            if taken[i] < measured[p] and printed[i]:
                patients[p].observations.append(
                    Observation(
                        0,
                        day(ordinal + offset[i]),
                        marker,
                        beyond if abnormal[i] < hemolysing[p] else below,
                        comparator[i],
                        lower_limit=limit if limited[i] and marker == "haptoglobin" else None,
                        upper_limit=limit if limited[i] and marker != "haptoglobin" else None,
                        explained=explained[i],
                    )
                )
            elif taken[i] < measured[p]:
                state = "abnormal" if abnormal[i] < hemolysing[p] else "normal"
                patients[p].observations.append(
                    Observation(
                        0,
                        day(ordinal + offset[i]),
                        marker,
                        None,
                        "",
                        "explained" if explained[i] else state,
                    )
                )


def some_days(draw: Draw, patients: list[Patient], numbers: list[int]) -> list[tuple[int, int]]:
    """For each patient so many days on which something was counted (or a course began): (patient, day)."""
    where = iter(draw.below(sum(numbers)))
    found = []
    for p, patient in enumerate(patients):
        if numbers[p]:
            days = [o.day for o in patient.observations if o.analyte in ("platelets", "hemoglobin")]
            days = days or [c.started_on for c in patient.courses]
            found += [(p, days[int(next(where) * len(days))].toordinal()) for _ in range(numbers[p])]
    return found


def add_happenings(draw: Draw, patients: list[Patient]) -> None:
    """Bleeds, rescues, transfusions, other causes and deaths at every distance that matters from a count."""
    n = len(patients)
    for p, at in (days := some_days(draw, patients, draw.of((0, 1, 2, 3), n, (0.6, 0.25, 0.1, 0.05)))):
        patients[p].bleeds.append(Bleed(0, day(at)))
    m = len(days)
    shift, length = draw.of((-2, -1, 0, 0, 1, 2), m), draw.of((None, None, 0, 1, 3, 8), m)
    grade, related = draw.of((0, 1, 2, 3, 4, 5), m), draw.of(RELATED, m, (0.4, 0.3, 0.15, 0.15))
    scale = draw.of(("WHO", "CTCAE", "ITP_BAT"), m)
    i = 0
    for patient in patients:
        for bleed in patient.bleeds:
            bleed.day = day(bleed.day.toordinal() + shift[i])
            bleed.ended_on = None if length[i] is None else day(bleed.day.toordinal() + length[i])
            bleed.grade, bleed.itp_related, bleed.scale = grade[i], related[i], scale[i]
            i += 1

    rescued = some_days(draw, patients, draw.of((0, 1, 2), n, (0.65, 0.25, 0.1)))
    before, agent = draw.of(RESCUE_BEFORE, len(rescued)), draw.of(RESCUE_AGENTS, len(rescued))
    reason = draw.of(RESCUE_REASONS, len(rescued), (0.2, 0.1, 0.35, 0.2, 0.15))
    for (p, at), b, a, r in zip(rescued, before, agent, reason, strict=True):
        patients[p].rescues.append(Rescue(0, day(at - b), a, r))

    transfused = some_days(draw, patients, draw.of((0, 1, 2), n, (0.65, 0.25, 0.1)))
    before, product = draw.of(TRANSFUSION_BEFORE, len(transfused)), draw.chance(0.8, len(transfused))
    reason = draw.of(TRANSFUSION_REASONS, len(transfused), (0.2, 0.35, 0.2, 0.15, 0.1))
    for (p, at), b, own, r in zip(transfused, before, product, reason, strict=True):
        red = (patients[p].courses[0].disease == "AIHA") == own
        patients[p].transfusions.append(Transfusion(0, day(at - b), "red_cells" if red else "platelets", r))

    explained = some_days(draw, patients, draw.of((0, 1, 2), n, (0.7, 0.2, 0.1)))
    m = len(explained)
    shift, length = draw.of((-29, -28, -27, -3, -1, 0, 0, 1), m), draw.of((None, 0, 1, 7, 60), m)
    alike = draw.chance(0.8, m)
    for (p, at), s, e, same in zip(explained, shift, length, alike, strict=True):
        begun = day(at + s)
        ended = None if e is None else day(at + s + e)
        disease = patients[p].courses[0].disease
        other = "AIHA" if disease == "ITP" else "ITP"
        patients[p].other_causes.append(OtherCause(0, begun, ended, disease if same else other))

    died = some_days(draw, patients, draw.of((0, 1), n, (0.88, 0.12)))
    for (p, at), s in zip(died, draw.of((-1, 0, 0, 1, 7, 8, 30, 180, 181, 400), len(died)), strict=True):
        patients[p].died_on = day(at + s)
    bled = [patient for patient in patients if patient.bleeds]
    for patient, dies, after in zip(
        bled, draw.chance(0.15, len(bled)), draw.of((0, 1, 7, 8), len(bled)), strict=True
    ):
        if dies:
            last = patient.bleeds[-1].ended_on or patient.bleeds[-1].day
            patient.died_on = day(last.toordinal() + after)


def number_rows(draw: Draw, patients: list[Patient]) -> None:
    """Row numbers in no order, unique over all tables: ties are decided by them alone."""
    rows: list[Observation | Bleed | Transfusion | Rescue | OtherCause | DoseStep] = []
    for p in patients:
        rows += [*p.observations, *p.bleeds, *p.transfusions]
        rows += [*p.rescues, *p.other_causes]
        rows += [step for course in p.courses for step in course.dose_steps]
    for row, at in zip(rows, draw.rng.permutation(len(rows)).tolist(), strict=True):
        row.row = at + 1


def random_patients(seed: int, n: int) -> list[Patient]:
    """`n` patients, always the same for a seed. Courses have rows 0 … in the order of the patients."""
    draw = Draw(seed)
    patients, owner = random_courses(draw, n)
    courses = [course for patient in patients for course in patient.courses]
    add_dose_steps(draw, courses)
    add_counts(draw, patients, courses, owner)
    add_markers(draw, patients)
    add_happenings(draw, patients)
    number_rows(draw, patients)
    return patients

"""A registry of any size to measure on: the real tables, filled directly, without intake.

About 2.2 courses and 40 counts a patient, with markers beside hemoglobin; 86 of 100 patients have ITP, 11 AIHA, 3 both.
Not the demo cohort: nothing here is meant to look like a patient, only to cost what patients cost. Every course has
a latent outcome (none, partial, complete), a day of onset and a day of loss, and its counts scatter around it.
"""

import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from adjudication.agents import agent_or_other
from adjudication.response.terms import MICRO
from registry.roles import Action
from registry.store.database import Database
from registry.store.transaction import Transaction

SEED = 42
AT_ONCE = 50_000
NOW = datetime(2026, 3, 31, 9, 30)
_SLOTS = 24
_STARTED, _STARTED_WITHIN = np.datetime64("2008-01-01"), 5_000
_ITP_AGENTS = (
    "prednisolone",
    "ivig",
    "rituximab",
    "eltrombopag",
    "romiplostim",
    "mycophenolate",
    "splenectomy",
)
_AIHA_AGENTS = ("prednisolone", "prednisolone", "rituximab", "azathioprine", "mycophenolate", "ciclosporin")
_START_REASONS = (None, "inefficacy", "relapse", "toxicity", "retreatment", "intensification")
_SITES = ("north", "east", "south", "west", "coast")
_OUTCOME_COUNT = np.array([14.0, 60.0, 170.0])
_OUTCOME_HEMOGLOBIN = np.array([76.0, 106.0, 131.0])
_MARKERS = {"ldh": 0.55, "haptoglobin": 0.35, "bilirubin": 0.3, "reticulocytes": 0.2}

Ints = NDArray[np.int64]


def fill(path: Path, patients: int) -> None:
    """Make a registry of so many patients at `path`, seeded, in changes of AT_ONCE patients."""
    with Database.open(path, create=True, now=lambda: NOW) as db:
        keys = _Keys()
        for first in range(0, patients, AT_ONCE):
            number = min(AT_ONCE, patients - first)
            made = _chunk(first, number, np.random.default_rng([SEED, first]), keys)
            with db.change(db.actor(None), Action.IMPORT, f"patients from {first}") as change:
                _write(change, made)


@dataclass
class _Keys:
    """The last keys given away."""

    episode: int = 0
    course: int = 0
    adverse_event: int = 0


def _write(change: Transaction, made: dict[str, dict[str, Any]]) -> None:
    for name, columns in made.items():
        change.insert(name, pa.table(columns))


def _chunk(first: int, number: int, rng: np.random.Generator, keys: _Keys) -> dict[str, dict[str, Any]]:
    """The tables of patients `first` to `first + number - 1`, anchors before facts."""
    patient = np.arange(first + 1, first + number + 1)
    which = rng.choice(3, number, p=[0.86, 0.11, 0.03])  # ITP, AIHA, both
    onset = rng.integers(0, _STARTED_WITHIN, number)
    owner = np.repeat(np.arange(number), np.where(which == 2, 2, 1))
    first_of = np.concatenate(([True], owner[1:] != owner[:-1]))
    anemia = (which[owner] == 1) | ((which[owner] == 2) & ~first_of)
    episode_key = keys.episode + 1 + np.arange(owner.size)
    keys.episode += owner.size
    made: dict[str, dict[str, Any]] = {
        "patient": {"patient_key": _i4(patient), "patient_id": _text("P", patient)},
        "episode": {
            "episode_key": _i4(episode_key),
            "episode_id": _text("E", episode_key),
            "patient_key": _i4(patient[owner]),
        },
    }
    # Courses: 1 and more an episode, each some months after the one before.
    times = np.minimum(1 + rng.poisson(1.13, owner.size), 8)
    episode = np.repeat(np.arange(owner.size), times)
    line = _within(times)
    gap = np.where(line == 0, rng.integers(0, 15, episode.size), 25 + rng.exponential(270, episode.size))
    start = onset[owner[episode]] + _running(gap.astype(np.int64), times)
    last = np.concatenate((episode[1:] != episode[:-1], [True]))
    end = np.where(last, start + 60 + rng.integers(0, 800, episode.size), np.append(start[1:], 0))
    course_key = keys.course + 1 + np.arange(episode.size)
    keys.course += episode.size
    outcome = rng.choice(3, episode.size, p=[0.35, 0.25, 0.40])
    sick = anemia[episode]
    made["course"] = {
        "course_key": _i4(course_key),
        "course_id": _text("C", course_key),
        "episode_key": _i4(episode_key[episode]),
    }
    until = np.zeros(number, np.int64)
    np.maximum.at(until, owner[episode], end)
    died = rng.random(number) < 0.04
    made["patient_fact"] = {
        "patient_key": _i4(patient),
        "site": _pick(_SITES, rng.integers(0, len(_SITES), number)),
        "sex": _pick(("female", "male"), rng.integers(0, 2, number)),
        "born_on": _date(onset - rng.integers(6_000, 30_000, number)),
        "last_contact_on": _date(until),
        "died_on": pa.array(_STARTED + until, mask=~died),
    }
    made["episode_fact"] = {
        "episode_key": _i4(episode_key),
        "disease": _pick(("ITP", "AIHA"), anemia.astype(int)),
        "onset_on": _date(onset[owner]),
        "diagnosed_on": _date(onset[owner]),
    }
    made |= _courses(rng, course_key, start, end, last, line, sick)
    made["observation"] = _observations(rng, patient[owner[episode]], start, end, outcome, sick)
    made |= _happenings(rng, patient, onset, until, which)
    events = np.flatnonzero(rng.random(number) < 0.08)
    event_key = keys.adverse_event + 1 + np.arange(events.size)
    keys.adverse_event += events.size
    made["adverse_event"] = {
        "adverse_event_key": _i4(event_key),
        "adverse_event_id": _text("A", event_key),
        "patient_key": _i4(patient[events]),
    }
    made["adverse_event_fact"] = {
        "adverse_event_key": _i4(event_key),
        "category": _pick(("infection", "thrombosis"), rng.integers(0, 2, events.size)),
        "term": _pick(("pneumonia",), np.zeros(events.size, int)),
        "onset_on": _date(onset[events] + rng.integers(0, 500, events.size)),
    }
    return made


def _courses(
    rng: np.random.Generator, key: Ints, start: Ints, end: Ints, last: Any, line: Ints, sick: Any
) -> dict[str, dict[str, Any]]:
    n = key.size
    names = sorted({*_ITP_AGENTS, *_AIHA_AGENTS})
    of_itp = np.array([names.index(name) for name in _ITP_AGENTS])
    of_aiha = np.array([names.index(name) for name in _AIHA_AGENTS])
    later = rng.integers(1, 100, n)
    agent = np.where(
        sick, of_aiha[np.where(line == 0, 0, 1 + later % 5)], of_itp[np.where(line == 0, 0, 1 + later % 6)]
    )
    steroid = agent == names.index("prednisolone")
    going_on = last & ~steroid & (rng.random(n) < 0.5)
    stop = np.where(steroid, np.minimum(start + 84, end), np.minimum(start + rng.integers(20, 300, n), end))
    reason = np.where(line == 0, 0, 1 + rng.choice(5, n, p=[0.35, 0.35, 0.1, 0.1, 0.1]))
    steps = np.where(steroid, 3, 1)
    of = np.repeat(np.arange(n), steps)
    step = _within(steps)
    step_start = start[of] + step * 28
    kept = step_start < np.where(steroid[of], stop[of], end[of] + 1)
    of, step, step_start = of[kept], step[kept], step_start[kept]
    listed = [agent_or_other(name) for name in names]
    dose = np.array([60, 20, 7])[step]
    return {
        "course_fact": {
            "course_key": _i4(key),
            "started_on": _date(start),
            "stopped_on": pa.array(_STARTED + stop, mask=going_on),
            "ongoing": _pick(("no", "yes"), going_on.astype(int)),
            "start_reason": _pick(_START_REASONS, reason),
        },
        "course_agent": {
            "course_key": _i4(key[of]),
            "agent": _pick(names, agent[of]),
            "started_on": _date(step_start),
            "stopped_on": pa.array(
                _STARTED + np.where(steroid[of], np.minimum(step_start + 28, stop[of]), stop[of]),
                mask=going_on[of],
            ),
            "dose": pa.array(dose, mask=~steroid[of]).cast(pa.string()),
            "dose_unit": _pick((None, "mg/d"), steroid[of].astype(int)),
            "agent_class": _pick([one.agent_class for one in listed], agent[of]),
            "atc": _pick([one.atc for one in listed], agent[of]),
            "prednisolone_mg_e6": pa.array(dose * MICRO, mask=~steroid[of]),
        },
    }


def _observations(
    rng: np.random.Generator, patient: Ints, start: Ints, end: Ints, outcome: Ints, sick: Any
) -> dict[str, Any]:
    """Counts of every course, dense at first, then sparser, until the next course; markers beside hemoglobin."""
    n = patient.size
    gaps = 1 + rng.exponential(1.0, (n, _SLOTS)) * (3 + 1.0 * np.arange(_SLOTS))
    offset = gaps.astype(np.int64).cumsum(axis=1) - rng.integers(1, 9, (n, 1))
    day = start[:, None] + offset
    course, slot = np.nonzero(day < end[:, None])
    day, offset = day[course, slot], offset[course, slot]
    onset = rng.exponential(14.0, n)[course]
    lost = onset + 20 + rng.exponential(500.0, n)[course]
    state = np.where((offset > onset) & (offset < lost), outcome[course], 0)
    anemia = sick[course]
    noise = rng.standard_normal(course.size)
    platelets = _OUTCOME_COUNT[state] * np.exp(noise * 0.3)
    hemoglobin = _OUTCOME_HEMOGLOBIN[state] + noise * 6
    counted = np.where(anemia, hemoglobin, platelets).round().astype(np.int64).clip(0)
    clumped = rng.random(course.size) < 0.004
    below = ~anemia & (counted < 5)
    parts = [(patient[course], day, np.where(anemia, 1, 0), counted, np.full(course.size, 3), clumped, below)]
    for place, (_, share) in enumerate(_MARKERS.items()):
        seen = np.flatnonzero(anemia & (rng.random(course.size) < share))
        normal = (state[seen] > 0) & (rng.random(seen.size) < 0.93)
        none = np.zeros(seen.size, bool)
        value = np.where(normal, 180, 520)
        parts.append(
            (
                patient[course[seen]],
                day[seen],
                np.full(seen.size, 2 + place),
                value,
                np.where(normal, 0, 1),
                none,
                none,
            )
        )
    who, when, kind, value, marker, unread, below = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    number = pa.array(np.arange(who.size))
    text = pa.array(np.where(below, 5, value)).cast(pa.string())
    return {
        "patient_key": _i4(who),
        "observation_id": pc.binary_join_element_wise("o", number.cast(pa.string()), ""),
        "observed_on": _date(when),
        "analyte": _pick(("platelets", "hemoglobin", *_MARKERS), kind),
        "value": pc.if_else(pa.array(below), pc.binary_join_element_wise("<", text, ""), text),
        "unit": _pick(("10*9/L", "g/L", "U/L", "g/L", "umol/L", "10*9/L"), kind),
        "specimen": _pick(("edta", "edta", None, None, None, "edta"), kind),
        "quality": _pick(("ok", "clumped"), unread.astype(int)),
        "comparator": _pick((None, "<"), below.astype(int)),
        "canonical_e6": pa.array(np.where(below, 5, value) * MICRO, mask=unread),
        "not_evaluable": _pick((None, "clumped"), unread.astype(int)),
        "marker_state": _pick(("normal", "abnormal", "explained", None), marker),
    }


def _happenings(
    rng: np.random.Generator, patient: Ints, onset: Ints, until: Ints, which: Ints
) -> dict[str, dict[str, Any]]:
    def some(mean: float, allowed: Any = True) -> tuple[Ints, Ints]:
        of = np.repeat(np.arange(patient.size), np.where(allowed, rng.poisson(mean, patient.size), 0))
        return of, onset[of] + (rng.random(of.size) * (until - onset)[of]).astype(np.int64)

    bled, bled_on = some(0.7, which != 1)
    rescued, rescued_on = some(0.2, which != 1)
    transfused, transfused_on = some(0.6, which != 0)
    other, other_on = some(0.05)
    infused, infused_on = some(0.02)
    return {
        "bleed": {
            "patient_key": _i4(patient[bled]),
            "bleed_id": _text("b", np.arange(bled.size)),
            "started_on": _date(bled_on),
            "ended_on": _date(bled_on + rng.integers(0, 4, bled.size)),
            "scale": _pick(("WHO",), np.zeros(bled.size, int)),
            "grade": pa.array(rng.integers(0, 4, bled.size).astype(np.int16)),
            "itp_related": _pick(("yes", "no", "unknown"), rng.choice(3, bled.size, p=[0.8, 0.1, 0.1])),
        },
        "transfusion": {
            "patient_key": _i4(patient[transfused]),
            "transfusion_id": _text("t", np.arange(transfused.size)),
            "given_on": _date(transfused_on),
            "product": _pick(("red_cells",), np.zeros(transfused.size, int)),
            "reason": _pick(("cytopenia", "surgery", None), rng.choice(3, transfused.size, p=[0.8, 0.1, 0.1])),
        },
        "rescue": {
            "patient_key": _i4(patient[rescued]),
            "rescue_id": _text("r", np.arange(rescued.size)),
            "given_on": _date(rescued_on),
            "agent": _pick(("ivig", "platelets"), rng.choice(2, rescued.size, p=[0.8, 0.2])),
            "reason": _pick(("low_count", "bleed", "procedure", None), rng.integers(0, 4, rescued.size)),
        },
        "other_cause": {
            "patient_key": _i4(patient[other]),
            "started_on": _date(other_on),
            "ended_on": _date(other_on + 14),
            "disease": _pick(("ITP", "AIHA"), (which[other] == 1).astype(int)),
            "cause": _pick(("infection",), np.zeros(other.size, int)),
        },
        "exposure": {
            "patient_key": _i4(patient[infused]),
            "exposure_id": _text("x", np.arange(infused.size)),
            "agent": _pick(("alemtuzumab",), np.zeros(infused.size, int)),
            "setting": _pick(("multiple_sclerosis",), np.zeros(infused.size, int)),
            "started_on": _date(infused_on),
        },
    }  # fmt: skip


def _within(times: Ints) -> Ints:
    """0, 1, … within each of groups of these sizes."""
    return np.arange(times.sum()) - np.repeat(times.cumsum() - times, times)


def _running(values: Ints, times: Ints) -> Ints:
    """Running sums that begin anew in each group."""
    total = values.cumsum()
    before = np.concatenate(([0], total))[times.cumsum() - times]
    return total - np.repeat(before, times)


def _i4(values: Ints) -> pa.Array:
    return pa.array(values.astype(np.int32))


def _date(days: Ints) -> pa.Array:
    return pa.array(_STARTED + days)


def _text(prefix: str, numbers: Ints) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "")


def _pick(words: Any, index: Any) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(index))


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]))

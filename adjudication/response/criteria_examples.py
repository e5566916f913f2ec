"""The worked examples of a criteria file: each is a course of one patient, judged whenever the file is loaded."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from adjudication.agents import agent_or_other
from adjudication.response.criteria_file import Criteria, CriteriaError, code_of, micro
from adjudication.response.engine import adjudicate
from adjudication.response.series import Courses, DoseSteps, Happenings, Observations, Series
from adjudication.response.terms import (
    LEVELS,
    NO_DAY,
    REASONS,
    Happening,
    HappeningReason,
    Intent,
    Kind,
    MarkerState,
    StartReason,
    StopReason,
)
from adjudication.toml_table import Fault, Lines


def example_series(criteria: Criteria, example: Mapping[str, Any]) -> Series:
    """The one-course series of a worked example: day 0 is the start of the course."""
    counted = [(0, example["baseline"])] if "baseline" in example else []
    counted += [(day, value) for day, value in example["counts"]]
    observed = [(day, int(criteria.analyte), micro(value)) for day, value in counted]
    observed += [
        (day, int(code_of(kind, Kind)), int(code_of(state, MarkerState)))
        for day, kind, state in example.get("markers", ())
    ]
    happened = [
        (day, end, int(Happening.BLEED), int(HappeningReason.UNKNOWN), grade)
        for day, end, grade in example.get("bleeds", ())
    ]
    happened += [
        (day, day, int(Happening.RED_CELLS), int(code_of(reason, HappeningReason)), 0)
        for day, reason in example.get("red_cells", ())
    ]
    happened += [
        (day, day, int(Happening.RESCUE_DRUG), int(code_of(reason, HappeningReason)), 0)
        for day, reason in example.get("rescues", ())
    ]
    agents = [agent_or_other(name) for name in example["agents"]]
    starts = [(0, int(StartReason.FIRST_LINE))]
    if "next_course" in example:
        day, reason = example["next_course"]
        starts.append((day, int(code_of(reason, StartReason))))
    happened += [
        (day, end, int(Happening[f"OTHER_CAUSE_{criteria.disease.word}"]), int(HappeningReason.UNKNOWN), 0)
        for day, end in example.get("other_causes", ())
    ]
    stopped, stop_reason = example.get("stopped", (NO_DAY, "not_recorded"))
    n = len(starts)
    intent = Intent.OBSERVATION if example["agents"] == ["observation"] else Intent.INDUCTION
    observations = np.array(observed, np.int64).reshape(-1, 3)
    happenings = np.array(happened, np.int64).reshape(-1, 5)
    none = np.zeros(0, np.int32)
    return Series(
        1,
        np.array([example.get("died", NO_DAY)], np.int32),
        Courses(
            np.zeros(n, np.int32),
            np.full(n, int(criteria.disease), np.int8),
            np.array([day for day, _ in starts], np.int32),
            np.array([stopped, *[NO_DAY] * (n - 1)], np.int32),
            np.full(n, int(intent), np.int8),
            np.array([reason for _, reason in starts], np.int8),
            np.full(n, criteria.attribution_days(a.name for a in agents), np.int32),
            np.full(n, 3, np.int8),
            np.full(n, int(any(a.is_steroid for a in agents)), np.int8),
            np.full(n, int("splenectomy" in example["agents"]), np.int8),
            np.full(n, NO_DAY, np.int32),
            np.zeros(n, np.int32),
            np.array([int(code_of(stop_reason, StopReason)), *[0] * (n - 1)], np.int8),
            np.full(n, criteria.failing_from_days(a.name for a in agents), np.int32),
            np.full(n, int(criteria.is_unlimited(a.name for a in agents)), np.int8),
            np.full(n, NO_DAY, np.int32),
            np.arange(n, dtype=np.int64),
        ),
        Observations(
            np.zeros(len(observed), np.int32),
            observations[:, 0].astype(np.int32),
            observations[:, 1].astype(np.int8),
            observations[:, 2].copy(),
            np.arange(len(observed), dtype=np.int64),
            np.zeros(len(observed), np.int8),
            np.zeros(len(observed), np.int8),
            np.full(len(observed), -1, np.int16),
        ),
        Happenings(
            np.zeros(len(happened), np.int32),
            happenings[:, 0].astype(np.int32),
            happenings[:, 1].astype(np.int32),
            happenings[:, 2].astype(np.int8),
            happenings[:, 3].astype(np.int8),
            happenings[:, 4].astype(np.int8),
            np.arange(len(happened), dtype=np.int64) + len(observed),
            np.zeros(len(happened), np.int8),
            np.full(len(happened), NO_DAY, np.int32),
        ),
        DoseSteps(none, none, none, np.zeros(0, np.int64), none, np.zeros(0, np.int64)),
    )


def check_examples(
    criteria: Criteria, examples: Iterable[Mapping[str, Any]], lines: Lines
) -> Iterator[Fault]:
    """Run worked examples through the engine: a fault for each that does not come out as its file expects."""
    for number, example in enumerate(examples, 1):
        place, line = f"example {example['name']}", lines.of("example", number)
        try:
            calls = adjudicate(example_series(criteria, example), criteria.rule).calls
        except CriteriaError as error:
            yield Fault(line, place, str(error))
            continue
        got = {
            "best_response": LEVELS[calls.level[0]].word,
            "reason": REASONS[calls.reason[0]].word,
            "onset_day": int(calls.onset_on[0]),
            "relapsed_day": int(calls.relapsed_on[0]),
        }
        for key, expected in example["expect"].items():
            if got[key] != expected:
                yield Fault(line, place, f"{key} is {got[key]}, expected {expected}")

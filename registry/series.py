"""The record as the judge's columns: current facts of a range of patients, read in five queries.

Everything clinical is decided elsewhere: words become the codes of `adjudication.terms`, agents become their
attribution limit under the criteria, and days become integers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adjudication.agents import agent_or_other
from adjudication.criteria import Criteria
from adjudication.series import Courses, DoseSteps, Happenings, Observations, Series
from adjudication.terms import NO_DAY, Disease, Happening, HappeningReason, Intent, StartReason
from registry import sql

Reader = Callable[[str, Sequence[Any]], pa.Table]
"""Runs a query with parameters and returns the whole result: `Database.arrow` or `Change.arrow`."""

_OBSERVATION = "observation"


@dataclass(frozen=True)
class Portion:
    """The series of the patients with keys `first_patient` … , and what its rows are in the record.

    `course_key` and `phase` go with the rows of `series.courses`; patient i of the series has the key
    first_patient + i.
    """

    series: Series
    first_patient: int
    course_key: NDArray[np.int32]
    phase: pa.Array


def read(reader: Reader, criteria: Criteria, first: int, last: int) -> Portion:
    """The series of the patients with keys in [first, last] as `criteria` judge them."""
    phase = criteria.sections.get("phase", {"newly_diagnosed_months": 0, "persistent_months": 0})
    months = [phase["newly_diagnosed_months"], phase["persistent_months"]]
    courses = reader(sql.text("queries/series_courses"), [first, last, *months])
    observations = reader(sql.text("queries/series_observations"), [first, last])
    happenings = reader(sql.text("queries/series_happenings"), [first, last])
    steps = reader(sql.text("queries/series_dose_steps"), [first, last])
    deaths = reader(sql.text("queries/series_deaths"), [first, last])
    died_on = np.full(last - first + 1, NO_DAY, np.int32)
    died_on[_whole(deaths, "patient_key") - first] = _days(deaths, "died_on")
    course_key = _whole(courses, "course_key")
    series = Series(
        last - first + 1,
        died_on,
        _courses(courses, criteria, first),
        Observations(
            _whole(observations, "patient_key") - np.int32(first),
            _days(observations, "observed_on"),
            _whole(observations, "kind"),
            _whole(observations, "value").astype(np.int64, copy=False),
            _whole(observations, "row_key"),
        ),
        _happenings(happenings, first),
        _dose_steps(steps, course_key),
    )
    return Portion(series, first, course_key, courses["phase"].combine_chunks())


def _courses(table: pa.Table, criteria: Criteria, first: int) -> Courses:
    agents = table["agents"].combine_chunks().fill_null("").dictionary_encode()
    given = [text.split(";") if text else [] for text in agents.dictionary.to_pylist()]
    known = [[agent_or_other(name) for name in names] for names in given]
    observed = np.array([names == [_OBSERVATION] for names in given], bool)
    asked = set(criteria.sections.get("off_treatment_remission", {}).get("agent_classes", ()))
    index = agents.indices.to_numpy(zero_copy_only=False)

    def each(values: Sequence[int], kind: type[np.generic]) -> NDArray[Any]:
        return np.array(values, kind)[index] if len(values) else np.zeros(0, kind)

    start_reason = _codes(table, "start_reason", StartReason, StartReason.NOT_RECORDED)
    intent = _codes(table, "intent", Intent, Intent.INDUCTION)
    unsaid = np.asarray(table["intent"].combine_chunks().is_null())
    intent[unsaid & (start_reason == StartReason.STEROID_SPARING)] = Intent.MAINTENANCE
    if observed.size:
        intent[observed[index]] = Intent.OBSERVATION
    watched = intent == Intent.OBSERVATION
    limit = each([criteria.attribution_days(a.name for a in agents) for agents in known], np.int32)
    acts_on = each(
        [sum(1 << Disease[d] for d in {d for a in agents for d in a.acts_on}) for agents in known], np.int8
    )
    off_asked = each([any(a.agent_class in asked for a in agents) for agents in known], np.int8)
    return Courses(
        _whole(table, "patient_key") - np.int32(first),
        _codes(table, "disease", Disease, Disease.ITP),
        _days(table, "started_on"),
        _days(table, "stopped_on"),
        intent,
        start_reason,
        np.where(watched, NO_DAY, limit).astype(np.int32),
        np.where(watched, 0, acts_on).astype(np.int8),
        each([any(a.is_steroid for a in agents) for agents in known], np.int8),
        each([any(a.name == "splenectomy" for a in agents) for agents in known], np.int8),
        np.where(off_asked == 1, _days(table, "off_from"), NO_DAY).astype(np.int32),
    )


def _happenings(table: pa.Table, first: int) -> Happenings:
    day, end_day = _days(table, "started_on"), _days(table, "ended_on")
    return Happenings(
        _whole(table, "patient_key") - np.int32(first),
        day,
        np.where(end_day == NO_DAY, day, end_day).astype(np.int32),
        _codes(table, "kind", Happening, Happening.BLEED),
        _codes(table, "reason", HappeningReason, HappeningReason.UNKNOWN),
        _whole(table, "grade").astype(np.int8),
        _whole(table, "row_key"),
    )


def _dose_steps(table: pa.Table, course_key: NDArray[np.int32]) -> DoseSteps:
    by_key = np.argsort(course_key, kind="stable")
    place = (
        by_key[np.searchsorted(course_key[by_key], _whole(table, "course_key"))] if len(table) else by_key[:0]
    )
    return DoseSteps(
        place.astype(np.int32),
        _days(table, "started_on"),
        _days(table, "stopped_on"),
        _whole(table, "prednisolone_mg_e6"),
    )


def _whole(table: pa.Table, column: str) -> NDArray[Any]:
    """A column without empty cells as a numpy array, without a copy where it is in one piece."""
    values: NDArray[Any] = table[column].combine_chunks().to_numpy(zero_copy_only=False)
    return values


def _days(table: pa.Table, column: str) -> NDArray[np.int32]:
    """A column of dates as days, NO_DAY where empty."""
    days = table[column].combine_chunks().cast(pa.int32())
    values: NDArray[np.int32] = (days.fill_null(NO_DAY) if days.null_count else days).to_numpy(
        zero_copy_only=False
    )
    return values


def _codes(table: pa.Table, column: str, words: type[IntEnum], empty: IntEnum) -> NDArray[np.int8]:
    """A column of words as their codes."""
    encoded = table[column].combine_chunks().dictionary_encode()
    codes = [int(words[word.upper()]) for word in encoded.dictionary.to_pylist()] + [int(empty)]
    index = encoded.indices.fill_null(len(codes) - 1).to_numpy(zero_copy_only=False)
    return np.array(codes, np.int8)[index]

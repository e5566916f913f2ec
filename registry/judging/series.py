"""The record as the judge's columns: current facts of a range of patients, read in four queries.

Everything clinical is decided elsewhere: words become the codes of `adjudication.response.terms`, agents become their
attribution limit under the criteria, and days become integers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adjudication.agents import agent_or_other
from adjudication.bridges import Bridges, bridges, kind_of, only_bridge_until
from adjudication.doses import last_days
from adjudication.response.criteria import Criteria
from adjudication.response.series import (
    Arranged,
    Courses,
    DoseSteps,
    Happenings,
    Observations,
    Series,
    arrange,
)
from adjudication.response.terms import (
    MISSING,
    NO_DAY,
    Disease,
    Happening,
    HappeningReason,
    Intent,
    Scale,
    StartReason,
    StopReason,
)
from registry import sql

Reader = Callable[[str, Sequence[Any]], pa.Table]
"""Runs a query with parameters and returns the whole result: `Database.arrow` or `Transaction.arrow`."""

_OBSERVATION = "observation"
_PHASES = pa.array(["newly_diagnosed", "persistent", "chronic"])


@dataclass(frozen=True)
class Portion:
    """The series of the patients with keys `first_patient` … , and what its rows are in the record.

    `course_key` and `phase` go with the rows of `series.courses`; patient i of the series has the key
    first_patient + i. `order` is the order of the rows of `series`.
    """

    series: Series
    order: Arranged
    first_patient: int
    course_key: NDArray[np.int32]
    phase: pa.Array


@dataclass
class Facts:
    """The current facts of the patients with keys in [first, last], read once whatever criteria judge them."""

    first: int
    last: int
    courses: pa.Table
    agents: pa.Table
    observations: Observations
    happenings: Happenings
    _order: dict[bool, Arranged] = field(default_factory=dict, init=False)

    @property
    def diseases(self) -> set[Disease]:
        """The diseases for which any of the patients has a course."""
        return {Disease[word] for word in self.courses["disease"].unique().to_pylist()}

    def under(self, criteria: Criteria) -> Portion:
        """The series as `criteria` judge it."""
        found = self._bridges(criteria)
        series = Series(
            self.last - self.first + 1,
            self._died_on,
            self._courses(criteria, found),
            self.observations,
            self._with(found) if found.course.size else self.happenings,
            self._dose_steps,
        )
        # Nothing that orders rows depends on the criteria but whether they know bridges, so an order is made once.
        bridged = bool(found.course.size)
        if bridged not in self._order:
            self._order[bridged] = arrange(series)
        return Portion(series, self._order[bridged], self.first, self._course_key, self._phase(criteria))

    @cached_property
    def _patient(self) -> NDArray[np.int32]:
        patient: NDArray[np.int32] = _whole(self.courses, "patient_key") - np.int32(self.first)
        return patient

    @cached_property
    def _course_key(self) -> NDArray[np.int32]:
        return _whole(self.courses, "course_key")

    @cached_property
    def _died_on(self) -> NDArray[np.int32]:
        died_on = np.full(self.last - self.first + 1, NO_DAY, np.int32)
        died_on[self._patient] = _days(self.courses, "died_on")
        return died_on

    @cached_property
    def _given_in(self) -> NDArray[np.int64]:
        """For each row of `agents` the row of its course; a step of a withdrawn course has -1."""
        by_key = np.argsort(self._course_key, kind="stable")
        key = _whole(self.agents, "course_key")
        if not by_key.size:
            return np.full(key.size, -1, np.int64)
        ordered = self._course_key[by_key]
        place = np.minimum(np.searchsorted(ordered, key), by_key.size - 1)
        return np.where(ordered[place] == key, by_key[place], -1)

    @cached_property
    def _dose_steps(self) -> DoseSteps:
        """Steps of corticosteroids; one without an end ends with its course."""
        named = self.agents["agent"].combine_chunks().dictionary_encode()
        agent = named.indices.to_numpy(zero_copy_only=False)
        steroid = np.array([agent_or_other(one).is_steroid for one in named.dictionary.to_pylist()], bool)
        given = np.flatnonzero(steroid[agent] & (self._given_in >= 0))
        wanted = ["started_on", "stopped_on", "prednisolone_mg_e6", "row_key"]
        steps = self.agents.select(wanted).take(pa.array(given))
        course = self._given_in[given]
        own, ends = _days(steps, "stopped_on"), _days(self.courses, "stopped_on")[course]
        return DoseSteps(
            course.astype(np.int32),
            _days(steps, "started_on"),
            np.where(own == NO_DAY, ends, own),
            _whole(steps, "prednisolone_mg_e6", MISSING),
            agent[given].astype(np.int32),
            _whole(steps, "row_key").astype(np.int64),
        )

    @cached_property
    def _given(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], list[str]]:
        """Of the steps of current courses: their rows, their courses, their agents as places in the list of names."""
        named = self.agents["agent"].combine_chunks().dictionary_encode()
        kept = np.flatnonzero(self._given_in >= 0)
        index = named.indices.to_numpy(zero_copy_only=False)[kept].astype(np.int64)
        return (
            kept,
            self._given_in[kept],
            index,
            [agent_or_other(one).name for one in named.dictionary.to_pylist()],
        )

    def _step_kinds(self, criteria: Criteria) -> NDArray[np.int64]:
        """What each step of a current course is as a bridge."""
        _, _, index, names = self._given
        section = criteria.sections.get("bridge", {})
        return np.array([kind_of(name, section) for name in names], np.int64)[index]

    def _bridges(self, criteria: Criteria) -> Bridges:
        """Bridges among the steps."""
        kept, course, index, _ = self._given
        return bridges(
            course,
            index,
            self._step_kinds(criteria),
            _days(self.agents, "started_on")[kept],
            _days(self.agents, "stopped_on")[kept],
            _days(self.courses, "stopped_on")[course],
            _whole(self.agents, "row_key")[kept].astype(np.int64),
            criteria.sections.get("bridge", {}).get("pulse_days", 0),
            NO_DAY,
        )

    def _with(self, found: Bridges) -> Happenings:
        """The happenings and the bridges."""
        n = found.course.size
        begun = _days(self.courses, "started_on")[found.course]
        more = Happenings(
            self._patient[found.course],
            found.first,
            found.last,
            np.full(n, int(Happening.BRIDGE), np.int8),
            np.zeros(n, np.int8),
            np.zeros(n, np.int8),
            found.row,
            np.zeros(n, np.int8),
            begun,
        )
        both = zip(vars(self.happenings).items(), vars(more).values(), strict=True)
        return Happenings(**{name: np.concatenate([one, other]) for (name, one), other in both})

    def _courses(self, criteria: Criteria, found: Bridges) -> Courses:
        named = self.agents["agent"].combine_chunks().dictionary_encode()
        agents = [agent_or_other(name) for name in named.dictionary.to_pylist()]
        kept = np.flatnonzero(self._given_in >= 0)
        course, index = self._given_in[kept], named.indices.to_numpy(zero_copy_only=False)[kept]
        n = self._course_key.size

        def highest(values: Sequence[int], none: int = 0) -> NDArray[np.int32]:
            """For each course the highest of its agents' values."""
            found = np.full(n, none, np.int32)
            if len(values):
                np.maximum.at(found, course, np.array(values, np.int32)[index])
            return found

        def marked(chosen: Sequence[bool]) -> NDArray[np.int8]:
            return highest([int(one) for one in chosen]).astype(np.int8)

        observed = [name == _OBSERVATION for name in named.dictionary.to_pylist()]
        only_observed = (marked(observed) == 1) & (marked([not one for one in observed]) == 0)
        start_reason = _codes(self.courses, "start_reason", StartReason, StartReason.NOT_RECORDED)
        intent = _codes(self.courses, "intent", Intent, Intent.INDUCTION)
        unsaid = self.courses["intent"].is_null().to_numpy()
        intent[unsaid & (start_reason == StartReason.STEROID_SPARING)] = Intent.MAINTENANCE
        intent[only_observed] = Intent.OBSERVATION
        watched = intent == Intent.OBSERVATION

        limits = [criteria.attribution_days((one.name,)) for one in agents]
        limit = highest([-1 if days == NO_DAY else days for days in limits], -1)
        failing_from = highest([criteria.failing_from_days((one.name,)) for one in agents], -1)
        unnamed = limit < 0
        limit = np.where(unnamed, criteria.attribution_days(()), limit)
        failing_from = np.where(
            watched,
            criteria.failing_from_days((_OBSERVATION,)),
            np.where(unnamed, criteria.failing_from_days(()), failing_from),
        )
        step_kinds, (_, step_course, step_agent, _) = self._step_kinds(criteria), self._given
        acts_on = sum(
            marked([disease.word in one.acts_on for one in agents]) << disease for disease in Disease
        )
        asked = set(criteria.sections.get("off_treatment_remission", {}).get("agent_classes", ()))
        off_asked = marked([one.agent_class in asked for one in agents])
        stopped = _days(self.courses, "stopped_on")
        # A step that has neither an end nor a next step of its agent may still be given: then nobody is off yet.
        last_dose = np.full(n, -NO_DAY, np.int32)
        ends = last_days(
            course.astype(np.int32),
            index.astype(np.int32),
            _days(self.agents, "started_on")[kept],
            _days(self.agents, "stopped_on")[kept],
        )
        np.maximum.at(last_dose, course, ends)
        off_from = np.where(stopped == NO_DAY, np.where(last_dose == -NO_DAY, NO_DAY, last_dose), stopped)
        return Courses(
            self._patient,
            _codes(self.courses, "disease", Disease, Disease.ITP),
            _days(self.courses, "started_on"),
            stopped,
            intent,
            start_reason,
            np.where(watched, NO_DAY, limit).astype(np.int32),
            np.where(watched, 0, acts_on).astype(np.int8),
            marked([one.is_steroid for one in agents]),
            marked([one.name == "splenectomy" for one in agents]),
            np.where(off_asked == 1, off_from, NO_DAY).astype(np.int32),
            _whole(self.courses, "episode_key").astype(np.int32),
            _codes(self.courses, "stop_reason", StopReason, StopReason.NOT_RECORDED),
            failing_from.astype(np.int32),
            (marked([criteria.is_unlimited((one.name,)) for one in agents]) | unnamed).astype(np.int8)
            * (1 - watched.astype(np.int8)),
            only_bridge_until(
                found, step_course, step_agent, step_kinds, _days(self.agents, "started_on")[kept], n, NO_DAY
            ),
            self._course_key.astype(np.int64),
        )

    def _phase(self, criteria: Criteria) -> pa.Array:
        """Phase of the disease at the start of each course, where the criteria tell phases and diagnosis is dated."""
        months = criteria.sections.get("phase")
        if months is None:
            return pa.nulls(self._course_key.size, pa.string())
        diagnosed, started = _days(self.courses, "diagnosed_on"), _days(self.courses, "started_on")
        dated = diagnosed != NO_DAY
        from_on = np.where(dated, diagnosed, 0)
        newly = started < _months_after(from_on, months["newly_diagnosed_months"])
        persistent = started <= _months_after(from_on, months["persistent_months"])
        phase = np.where(newly, 0, np.where(persistent, 1, 2)).astype(np.int8)
        return pa.DictionaryArray.from_arrays(pa.array(phase, mask=~dated), _PHASES)


def read(reader: Reader, first: int, last: int) -> Facts:
    """The current facts of the patients with keys in [first, last]."""
    asked = [first, last]
    return Facts(
        first,
        last,
        reader(sql.text("queries/series_courses"), asked),
        reader(sql.text("queries/series_agents"), asked),
        _observations(reader(sql.text("queries/series_observations"), asked), first),
        _happenings(reader(sql.text("queries/series_happenings"), asked), first),
    )


def _observations(table: pa.Table, first: int) -> Observations:
    columns = [
        _whole(table, "patient_key") - np.int32(first),
        _days(table, "observed_on"),
        _whole(table, "kind"),
        _whole(table, "value").astype(np.int64, copy=False),
        _whole(table, "row_key"),
        _whole(table, "side").astype(np.int8, copy=False),
        _whole(table, "tube").astype(np.int8, copy=False),
        _whole(table, "minute").astype(np.int16, copy=False),
    ]
    judged = columns[2] >= 0
    return Observations(*(columns if judged.all() else [column[judged] for column in columns]))


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
        _codes(table, "scale", Scale, Scale.WHO),
        np.full(day.size, NO_DAY, np.int32),
    )


def _months_after(days: NDArray[np.int32], months: int) -> NDArray[np.int64]:
    """So many calendar months after each day: the same day of that month, or its last one."""
    on = days.astype("datetime64[D]")
    month = on.astype("datetime64[M]")
    later = month + months
    last = (later + 1).astype("datetime64[D]") - 1
    found: NDArray[np.int64] = np.minimum(later.astype("datetime64[D]") + (on - month), last).astype(np.int64)
    return found


def _whole(table: pa.Table, column: str, empty: int | None = None) -> NDArray[Any]:
    """A column of whole numbers as a numpy array, `empty` in its empty cells."""
    numbers = table[column].combine_chunks()
    if empty is not None and numbers.null_count:
        numbers = numbers.fill_null(empty)
    values: NDArray[Any] = numbers.to_numpy(zero_copy_only=False)
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

"""When counts after alemtuzumab confirm a thrombocytopenia, so that an episode of ITP is proposed.

Pure, over the clean platelet counts of one patient. Nothing is opened here: a person accepts the proposal or
rejects it with a reason (READ-SURV-10, READ-SURV-11 of the protocol's file).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby, pairwise

from adjudication.day_values import Result, value_of_day
from adjudication.surveillance.protocol import Confirmation, Protocol


@dataclass(frozen=True, order=True)
class Count:
    """One clean count: its day, its value in micro units of the protocol's unit, and its name in the record.

    `seq` is the change that stored it as it stands, `result` its range, tube and time; without one it is a number.
    """

    day: date
    e6: int
    name: str
    seq: int = 0
    result: Result | None = field(default=None, compare=False)

    @property
    def reported(self) -> Result:
        """It as the rule of a day asks for it."""
        return Result(self.e6, self.e6) if self.result is None else self.result


@dataclass(frozen=True)
class Answer:
    """What a person said to a proposal and still holds: the days of its counts, stored as change `seq`."""

    first_on: date
    confirming_on: date
    seq: int


@dataclass(frozen=True)
class Proposal:
    """Two low counts that follow one another: the first dates the onset, the second confirms it."""

    first: Count
    confirming: Count

    @property
    def onset_on(self) -> date:
        return self.first.day


def counting_since(first_infusion_on: date, ends: Iterable[date | None], as_of: date) -> date | None:
    """From which day on counts can propose an episode, seen on the day `as_of`; None while one is open.

    `ends` are the last days (None: none recorded) of the episodes that began by then. Counts propose from the first
    infusion on, or from the day after the last episode ended, whichever is later.
    """
    since = first_infusion_on
    for ended_on in ends:
        if ended_on is None or ended_on >= as_of:
            return None
        since = max(since, ended_on + timedelta(1))
    return since


def proposal(
    protocol: Protocol,
    counts: Iterable[Count],
    *,
    since: date,
    answers: Iterable[Answer] = (),
    starts: Collection[date] = (),
) -> Proposal | None:
    """The earliest proposal that the `counts` (any order) make from the day `since` on; None if there is none.

    `since` is the day of `counting_since`. An answer holds for the whole fall that it is about, as it was known then:
    none of its counts proposes again; two further ones are needed. A day has one value (READ-SURV-09); `starts` are
    days on which a course of treatment starts.
    """
    asked = protocol.confirmation
    known = [count for count in counts if count.day >= since]
    answered = {count for answer in answers for count in _answered(protocol, known, answer, starts)}
    for first, second in pairwise(_days(protocol, known, starts)):
        if not answered & {first, second} and _follow(asked, first, second) and _apart(asked, first, second):
            return Proposal(first, second)
    return None


def _days(protocol: Protocol, counts: Iterable[Count], starts: Collection[date]) -> list[Count]:
    """The count of each day that holds, in order."""
    found = []
    for day, several in groupby(sorted(counts), key=lambda count: count.day):
        rows = list(several)
        results = [count.reported for count in rows]
        found.append(rows[value_of_day(results, protocol.same_day_times, day not in starts).place])
    return found


def _answered(
    protocol: Protocol, counts: Iterable[Count], answer: Answer, starts: Collection[date]
) -> Iterator[Count]:
    """The counts that an answer is about: those of its days, and of the low days that follow one another with them."""
    known = [count for count in counts if count.seq <= answer.seq]
    about = {answer.first_on, answer.confirming_on}
    steps = [
        (first.day, second.day)
        for first, second in pairwise(_days(protocol, known, starts))
        if _follow(protocol.confirmation, first, second)
    ]
    for earlier, later in steps:
        if earlier in about:
            about.add(later)
    for earlier, later in reversed(steps):
        if later in about:
            about.add(earlier)
    return (count for count in known if count.day in about)


def _follow(asked: Confirmation, first: Count, second: Count) -> bool:
    """Whether two counts of days that follow one another are both low, wherever a limit lies, and belong together."""
    near = second.day - first.day <= timedelta(asked.apart_at_most_days)
    return near and max(first.reported.high, second.reported.high) < asked.below_e6


def _apart(asked: Confirmation, first: Count, second: Count) -> bool:
    return second.day - first.day >= timedelta(asked.apart_at_least_days)

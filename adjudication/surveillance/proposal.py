"""When counts after alemtuzumab confirm a thrombocytopenia, so that an episode of ITP is proposed.

Pure, over the clean platelet counts of one patient. Nothing is opened here: a person accepts the proposal or
rejects it with a reason (READ-SURV-10, READ-SURV-11 of the programme's file).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from adjudication.surveillance.protocol import Confirmation, Programme


@dataclass(frozen=True, order=True)
class Count:
    """One clean count: its day, its value in micro units of the programme's unit, and its name in the record.

    `seq` is the change that stored it as it stands.
    """

    day: date
    e6: int
    name: str
    seq: int = 0


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
    programme: Programme,
    counts: Iterable[Count],
    *,
    since: date,
    answers: Iterable[Answer] = (),
) -> Proposal | None:
    """The earliest proposal that the `counts` (any order) make from the day `since` on; None if there is none.

    `since` is the day of `counting_since`. An answer holds for the whole fall that it is about, as it was known then:
    none of its counts proposes again; two further ones are needed. Of several counts of one day the lowest holds.
    """
    asked = programme.confirmation
    known = [count for count in counts if count.day >= since]
    answered = {count for answer in answers for count in _answered(asked, known, answer)}
    for first, second in pairwise(_days(known)):
        if not answered & {first, second} and _follow(asked, first, second) and _apart(asked, first, second):
            return Proposal(first, second)
    return None


def _days(counts: Iterable[Count]) -> list[Count]:
    """The lowest count of each day, in order."""
    lowest: dict[date, Count] = {}
    for count in counts:
        lowest[count.day] = min(count, lowest.get(count.day, count))
    return sorted(lowest.values())


def _answered(asked: Confirmation, counts: Iterable[Count], answer: Answer) -> Iterator[Count]:
    """The counts that an answer is about: those of its days, and of the low days that follow one another with them."""
    known = [count for count in counts if count.seq <= answer.seq]
    about = {answer.first_on, answer.confirming_on}
    steps = [
        (first.day, second.day) for first, second in pairwise(_days(known)) if _follow(asked, first, second)
    ]
    for earlier, later in steps:
        if earlier in about:
            about.add(later)
    for earlier, later in reversed(steps):
        if later in about:
            about.add(earlier)
    return (count for count in known if count.day in about)


def _follow(asked: Confirmation, first: Count, second: Count) -> bool:
    """Whether two counts of days that follow one another are both low, and belong together."""
    near = second.day - first.day <= timedelta(asked.apart_at_most_days)
    return near and max(first.e6, second.e6) < asked.below_e6


def _apart(asked: Confirmation, first: Count, second: Count) -> bool:
    return second.day - first.day >= timedelta(asked.apart_at_least_days)

"""When counts after alemtuzumab confirm a thrombocytopenia, so that an episode of ITP is proposed.

Pure, over the clean platelet counts of one patient. Nothing is opened here: a person accepts the proposal or
rejects it with a reason (READ-SURV-10, READ-SURV-11 of the programme's file).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from adjudication.programme import Programme


@dataclass(frozen=True, order=True)
class Count:
    """One clean count: its day, its value in micro units of the programme's unit, and its name in the record."""

    day: date
    e6: int
    name: str


@dataclass(frozen=True)
class Proposal:
    """Two low counts that follow one another: the first dates the onset, the second confirms it."""

    first: Count
    confirming: Count

    @property
    def onset_on(self) -> date:
        return self.first.day


def proposal(
    programme: Programme,
    counts: Iterable[Count],
    *,
    since: date,
    answered: Collection[str] = (),
) -> Proposal | None:
    """The earliest proposal that the `counts` (any order) make from the day `since` on; None if there is none.

    `since` is the first infusion, or the day after the last episode of ITP ended, whichever is later. Names in
    `answered` belong to proposals that a person has answered: they make none again. Of several counts of one day
    the lowest stands for the day.
    """
    lowest: dict[date, Count] = {}
    for count in counts:
        if count.day >= since and count.name not in answered:
            lowest[count.day] = min(count, lowest.get(count.day, count))
    asked = programme.confirmation
    least, most = timedelta(asked.apart_at_least_days), timedelta(asked.apart_at_most_days)
    for first, second in pairwise(sorted(lowest.values())):
        low = max(first.e6, second.e6) < asked.below_e6
        if low and least <= second.day - first.day <= most:
            return Proposal(first, second)
    return None

"""What was done about a finding of surveillance: what it answers, and whether the patient is off the list.

Pure, over the outcomes of one patient (READ-SURV-15, READ-SURV-16 of the protocol's file).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from adjudication.surveillance.counts import Column, Count, fell
from adjudication.surveillance.protocol import OF_A_SITE, Outcome, Protocol


@dataclass(frozen=True)
class Done:
    """One outcome: what was done, on which day.

    `said_in` is the number of the change that first said so, 0 where none is known. `elsewhere`: another hospital has
    come to look after the patient since.
    """

    outcome: Outcome
    on: date
    said_in: int = 0
    elsewhere: bool = False


@dataclass(frozen=True)
class Answer:
    """An outcome that answers what the step at the place `about` showed.

    `anew` is the place of the first step after it that asks anew. None: the last count asks nothing that was not
    answered.
    """

    by: Done
    about: int
    anew: int | None

    @property
    def holds(self) -> bool:
        """Whether what the last count shows was answered."""
        return self.anew is None


@dataclass(frozen=True)
class FollowUp:
    """What was done about a patient: `last` is the place of the last outcome, None if nothing was done.

    `removed` tells whether the patient is off the list, and `removed_since` since which outcome; `removed_on` is the
    day of the last outcome of that kind, whatever came after.
    """

    last: int | None
    removed: bool
    removed_on: date | None
    removed_since: date | None = None


def answer(
    protocol: Protocol, taken: Sequence[Count], outcomes: Sequence[Done], confirmed: Sequence[bool]
) -> Answer | None:
    """The last answer to what the steps `taken` (`counts.steps`) showed; None where nothing was answered.

    `outcomes` in the order in which they were recorded, those of later days left out. `confirmed` says of each step
    whether, looked at as the last, it is a confirmed finding (`counts.are_confirmed`).
    """
    words = protocol.outcomes
    last: tuple[int, date, int] | None = None
    by: Done | None = None
    for number, act in enumerate(outcomes):
        known = [
            place for place, step in enumerate(taken) if step.on <= act.on and step.stored_in <= act.said_in
        ]
        if not known:
            continue
        place = known[-1]
        answers = act.outcome in words.settle or (
            act.outcome in words.settle_confirmed
            and taken[place].e6 >= words.anew_below_e6
            and confirmed[place]
        )
        if answers and (last is None or (place, act.on, number) > last):
            last, by = (place, act.on, number), act
    if last is None or by is None:
        return None
    later = range(last[0] + 1, len(taken))
    return Answer(
        by, last[0], next((place for place in later if _asks_anew(protocol, taken, last[0], place)), None)
    )


def _asks_anew(protocol: Protocol, taken: Sequence[Count], answered: int, place: int) -> bool:
    words, before, count = protocol.outcomes, taken[answered], taken[place]
    bands = protocol.bands_e6
    return (
        count.e6 < words.anew_below_e6
        or bisect_left(bands, count.e6) < bisect_left(bands, before.e6)
        or fell(words.anew_fall_percent, before.e6, count.highest_e6)
        or any(
            taken[between].e6 > words.anew_after_above_e6
            and not _fell_steeply(protocol, taken[between - 1], taken[between])
            for between in range(answered + 1, place)
        )
    )


def _fell_steeply(protocol: Protocol, before: Count, count: Count) -> bool:
    """Whether a rule calls the fall from one count to the next steep."""
    percent = protocol.fall_percent
    return percent is not None and bool(fell(percent, before.e6, count.highest_e6))


def follow_up(
    protocol: Protocol,
    outcomes: Sequence[Done],
    *,
    as_of: date,
    found_on: date | None,
    found_in: int = 0,
    infused_on: date | None = None,
) -> FollowUp:
    """Where the finding stands after what was done by the day `as_of`; `outcomes` as they were recorded, in order.

    `found_on` is the day of the last finding (a specimen, also one that cannot be judged, or a bleeding), None where
    there is none, and `found_in` the number of the change that stored the last of what the finding consists of: a
    removal deals only with what was known. `infused_on` is the last day of the last infusion, which ends every removal
    before it.
    """
    words = protocol.outcomes
    known = [place for place, one in enumerate(outcomes) if one.on <= as_of]
    removing = [outcomes[place] for place in known if outcomes[place].outcome in words.remove]
    lasting = [
        one.on
        for one in removing
        if (found_on is None or found_on <= one.on)
        and found_in <= one.said_in
        and (infused_on is None or infused_on <= one.on)
        and not (one.elsewhere and one.outcome in OF_A_SITE)
    ]
    last = max(known, key=lambda place: (outcomes[place].on, place), default=None)
    removed_on = max((one.on for one in removing), default=None)
    return FollowUp(last, bool(lasting), removed_on, min(lasting, default=None))


def escalated(act_by: Column, removed: Column, now: datetime) -> Column:
    """Whether what is demanded comes too late at the moment `now`, so that it is escalated (READ-SURV-18).

    `act_by` are the first moments at which that is so, NaT where only the monthly schedule says when; `removed` tells
    who is off the list.
    """
    found: Column = (act_by <= np.datetime64(now, "us")) & ~removed
    return found

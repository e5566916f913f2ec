"""What was done about a finding of surveillance: whether it is settled, escalated, or the patient off the list.

Pure, over the outcomes of one patient (READ-SURV-15, READ-SURV-16 of the programme's file).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from adjudication.programme import OF_A_SITE, Outcome, Programme


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
class FollowUp:
    """How a patient stands: `last` is what was done last, None if nothing was."""

    last: Done | None
    removed: bool
    settled: bool
    escalated: bool


def follow_up(
    programme: Programme,
    outcomes: Sequence[Done],
    *,
    found_on: date | None,
    act_by: datetime | None,
    now: datetime,
    found_in: int = 0,
    infused_on: date | None = None,
) -> FollowUp:
    """Where the finding stands at the moment `now`; `outcomes` in the order in which they were recorded.

    `found_on` is the day of the last finding (a specimen or a bleeding), None where there is none, and `found_in` the
    number of the change that stored the last of what the finding consists of: an act deals only with what was known.
    `act_by` is the first moment at which what it demands comes too late, None where only the monthly schedule says
    when; `infused_on` the last day of the last infusion, which ends every removal before it.
    """
    known = sorted((one for one in outcomes if one.on <= now.date()), key=lambda one: one.on)
    words = programme.outcomes
    dealing = [one for one in known if (found_on is None or found_on <= one.on) and found_in <= one.said_in]
    removed = any(
        one.outcome in words.remove
        and (infused_on is None or infused_on <= one.on)
        and not (one.elsewhere and one.outcome in OF_A_SITE)
        for one in dealing
    )
    settled = any(one.outcome in words.settle for one in dealing)
    missed = act_by is not None and act_by <= now
    return FollowUp(
        known[-1] if known else None,
        removed,
        settled,
        escalated=missed and not settled and not removed,
    )

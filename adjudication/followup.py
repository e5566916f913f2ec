"""What was done about a finding of surveillance: whether it is settled, escalated, or the patient off the list.

Pure, over the outcomes of one patient (READ-SURV-15, READ-SURV-16 of the programme's file).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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
    deadline_on: date | None,
    as_of: date,
    found_in: int = 0,
    infused_on: date | None = None,
) -> FollowUp:
    """Where the finding stands on the day `as_of`; `outcomes` in the order in which they were recorded.

    `found_on` is the day of the last finding (a specimen or a bleeding), None where there is none, and `found_in` the
    number of the change that stored the last of what the finding consists of: an act deals only with what was known.
    `deadline_on` is the last day on which what it demands is in time, None where only the monthly schedule says when;
    `infused_on` the last day of the last infusion, which ends every removal before it.
    """
    known = sorted((one for one in outcomes if one.on <= as_of), key=lambda one: one.on)
    words = programme.outcomes
    dealing = [one for one in known if (found_on is None or found_on <= one.on) and found_in <= one.said_in]
    removed = any(
        one.outcome in words.remove
        and (infused_on is None or infused_on <= one.on)
        and not (one.elsewhere and one.outcome in OF_A_SITE)
        for one in dealing
    )
    settled = any(one.outcome in words.settle for one in dealing)
    missed = deadline_on is not None and deadline_on < as_of
    return FollowUp(
        known[-1] if known else None,
        removed,
        settled,
        escalated=missed and not settled and not removed,
    )

"""What was done about a finding of surveillance: whether it is settled, escalated, or the patient off the list.

Pure, over the outcomes of one patient (READ-SURV-15, READ-SURV-16 of the programme's file).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from adjudication.programme import Outcome, Programme


@dataclass(frozen=True)
class Done:
    """One outcome: what was done, on which day."""

    outcome: Outcome
    on: date


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
) -> FollowUp:
    """Where the finding stands on the day `as_of`; `outcomes` in the order in which they were recorded.

    `found_on` is the day of the last finding (a specimen or a bleeding), None where there is none; `deadline_on` the
    last day on which what it demands is in time, None where only the monthly schedule says when.
    """
    known = sorted((one for one in outcomes if one.on <= as_of), key=lambda one: one.on)
    words = programme.outcomes
    removing = [one.on for one in known if one.outcome in words.remove]
    removed = bool(removing) and (found_on is None or found_on <= removing[-1])
    settled = any(one.outcome in words.settle and (found_on is None or one.on >= found_on) for one in known)
    missed = deadline_on is not None and deadline_on < as_of
    return FollowUp(
        known[-1] if known else None,
        removed,
        settled,
        escalated=missed and not settled and not removed,
    )

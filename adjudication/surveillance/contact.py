"""Which results demand that somebody is contacted, and how long that took (READ-SURV-21, READ-SURV-22).

Pure, over the values of days (`counts.steps`) and the outcomes of one patient.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from adjudication.surveillance.counts import Count
from adjudication.surveillance.follow_up import Done
from adjudication.surveillance.protocol import Protocol


@dataclass(frozen=True)
class Result:
    """A result that demands contact: its day, and from which day on contact may have been made.

    That is the day of the low count that it confirms, else its own.
    """

    on: date
    low_since: date


@dataclass(frozen=True)
class Contact:
    """Days from a result to the contact or, without one, until it was waited for no longer, and why not.

    `waited_until` is `next result`, `taken off the list`, `death`, `still waiting`, None where contact was made.
    """

    days: int
    waited_until: str | None


def low_up_to_e6(protocol: Protocol) -> int:
    """The highest count, in micro units, that can demand contact; -1 where none does."""
    now, confirmed = _limits(protocol)
    return max(now, confirmed)


def _limits(protocol: Protocol) -> tuple[int, int]:
    """The highest count that demands contact by itself, and the highest that does so once it is confirmed."""
    measuring = protocol.measuring
    now = protocol.up_to_e6(measuring.contact_now)
    return now, max(now, protocol.up_to_e6(measuring.contact_once_confirmed))


def results(protocol: Protocol, taken: Sequence[Count], first_infusion_on: date) -> list[Result]:
    """The results that demand contact, in order; of those that follow one another only the first."""
    now_e6, confirmed_e6 = _limits(protocol)
    found: list[Result] = []
    demanded = False
    for before, last in zip([None, *taken], taken, strict=False):
        confirms = (
            before is not None
            and before.e6 <= confirmed_e6
            and (last.on - before.on).days <= protocol.previous_within_days
        )
        demands = last.e6 <= now_e6 or (last.e6 <= confirmed_e6 and confirms)
        if demands and not demanded and last.on >= first_infusion_on:
            found.append(Result(last.on, before.on if confirms and before is not None else last.on))
        demanded = demands
    return found


def contacts(
    protocol: Protocol,
    found: Sequence[Result],
    outcomes: Sequence[Done],
    as_of: date,
    *,
    died_on: date | None,
    taken_off_on: date | None,
) -> Iterator[Contact]:
    """How long each result waited for contact, seen on the day `as_of`.

    Who was not contacted is waited for until the next result, or the low count that it confirms, until the patient is
    taken off the list, until death or the day asked.
    """
    made = [one.on for one in outcomes if one.outcome in protocol.measuring.contact and one.on <= as_of]
    for result, following in pairwise([*found, None]):
        if result is None:
            continue
        next_on = None if following is None else following.low_since
        contact_on = min(
            (on for on in made if result.low_since <= on and (next_on is None or on < next_on)), default=None
        )
        ends = {"next result": next_on, "death": died_on, "taken off the list": taken_off_on}
        until_on = min((on for on in (*ends.values(), as_of) if on is not None), default=as_of)
        days = max(((contact_on or until_on) - result.on).days, 0)
        yield Contact(days, None if contact_on is not None else _why(ends, as_of))


def _why(ends: dict[str, date | None], as_of: date) -> str:
    """Until what a result without contact was waited for; of ends on one day the next result, then death."""
    next_on, died_on, off_on = ends.values()
    gone = [on for on in (died_on, off_on) if on is not None]
    if next_on is not None and next_on <= min(gone, default=next_on):
        return "next result"
    if died_on is not None and died_on <= min(off_on or as_of, as_of):
        return "death"
    return "still waiting" if off_on is None else "taken off the list"

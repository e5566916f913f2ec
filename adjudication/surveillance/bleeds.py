"""Which bleeds and reported signs of a patient are present on a day, and what is asked about the others (READ-SURV-07).

Pure, over the bleeds, the steps and the referrals of one patient. A count alone never ends a bleed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from adjudication.surveillance.counts import Count
from adjudication.surveillance.protocol import Bleeding, Protocol


@dataclass(frozen=True)
class Bled:
    """A bleed or a reported sign: its first day, its recorded end, how grave it is, and its name.

    `stored_in` is the number of the change that first said so, 0 where none is known. `logged_on` is the day on which a
    person logged it, where that is known: an end on that day says that it was still there. `site` is that of `site_of`.
    """

    on: date
    ended_on: date | None
    bleeding: Bleeding
    stored_in: int = 0
    name: str = ""
    logged_on: date | None = None
    site: str | None = None


@dataclass(frozen=True)
class Present:
    """What of the bleeds of a patient is present.

    `since` is the first day of those present; `asked_since` that of those whose end people are asked about;
    `uncounted_on` the day of the referral after which a count is asked for, because none was taken since the bleed
    began. None where there is none. `named` are those present or asked about, in the order of their days, `last_on` is
    the first day of the last that counts at all, referred or not. `sites` are those of the present ones at which
    patients are frequently admitted.
    """

    bleeding: Bleeding
    since: date | None
    asked_since: date | None
    uncounted_on: date | None
    named: tuple[Bled, ...] = ()
    last_on: date | None = None
    sites: tuple[str, ...] = ()


def bleeding_of(protocol: Protocol, scale: str, grade: int) -> Bleeding:
    """What a graded bleed means to the ladder (DEF-SURV-04); an unknown scale is never mild."""
    if grade < protocol.bleeding.from_grade:
        return Bleeding.NONE
    return Bleeding.MILD if grade <= protocol.bleeding.mild_up_to.get(scale, -1) else Bleeding.ACTIVE


def site_of(protocol: Protocol, text: str | None) -> str | None:
    """`mucosal` or `deep`, where the free text of a bleed's site has one of the protocol's words for it; else None."""
    words = set(re.findall(r"[^\W\d_]+", (text or "").casefold()))
    known = protocol.hospitalisation.sites
    return next((site for site, said in known.items() if words & {one.casefold() for one in said}), None)


def present(
    protocol: Protocol,
    bleeds: Sequence[Bled],
    taken: Sequence[Count],
    referrals: Sequence[tuple[date, int]],
    first_infusion_on: date,
    as_of: date,
) -> Present:
    """What is present on the day `as_of`.

    `taken` are the steps of the clean counts by then (`counts.steps`), `referrals` the days of the outcomes that
    settle a finding, with the number of the change that said so. What was over before the first infusion is left out.
    """
    days = timedelta(protocol.bleeding.present_days)
    there: list[Bled] = []
    asked: list[Bled] = []
    uncounted: list[date] = []
    counting: list[date] = []
    for bled in bleeds:
        ended_on = bled.ended_on if bled.ended_on is not None and bled.ended_on <= as_of else None
        if ended_on == bled.logged_on:
            ended_on = None
        over_by = bled.on + days if ended_on is None else ended_on
        if bled.bleeding is Bleeding.NONE or bled.on > as_of or over_by < first_infusion_on:
            continue
        counting.append(bled.on)
        referred = [on for on, said_in in referrals if bled.on <= on <= as_of and bled.stored_in <= said_in]
        if referred:
            if not any(count.on >= bled.on for count in taken):
                uncounted.append(min(referred))
            continue
        recent = as_of <= bled.on + days
        if ended_on is None:
            if not recent:
                asked.append(bled)
            if recent or bled.bleeding is Bleeding.ACTIVE:
                there.append(bled)
        elif _is_present_after_its_end(protocol, ended_on, taken, recent):
            there.append(bled)
    named = [bled for bled in bleeds if bled in there or bled in asked]
    return Present(
        max((bled.bleeding for bled in there), default=Bleeding.NONE),
        min((bled.on for bled in there), default=None),
        min((bled.on for bled in asked), default=None),
        min(uncounted, default=None),
        tuple(sorted(named, key=lambda bled: bled.on)),
        max(counting, default=None),
        tuple(sorted({bled.site for bled in there if bled.site is not None})),
    )


def _is_present_after_its_end(
    protocol: Protocol, ended_on: date, taken: Sequence[Count], recent: bool
) -> bool:
    """Until the first clean count of its last day or later; beyond it while that is the last, is low and was soon."""
    since = [count for count in taken if count.on >= ended_on]
    if not since:
        return recent
    scales = protocol.bleeding
    return (
        len(since) == 1
        and since[0].e6 <= scales.ended_count_at_most_e6
        and since[0].on - ended_on <= timedelta(scales.ended_count_within_days)
    )

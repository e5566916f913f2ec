"""The rules of surveillance for one patient in plain Python, written apart from the judge, which must say the same."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from adjudication.day_values import CITRATE, EDTA, HEPARIN
from adjudication.surveillance.bleeds import Bled
from adjudication.surveillance.counts import Count
from adjudication.surveillance.follow_up import Done
from adjudication.surveillance.ladder import Demand
from adjudication.surveillance.protocol import OF_A_SITE, Bleeding, Condition, Protocol, TreatmentAdvice
from adjudication.surveillance.schedule import Due, Mode, Standing, add_months


@dataclass(frozen=True)
class Compared:
    """What `action` is asked with, in micro units.

    The last count and the clean one before it, however old; the count that a fall is measured from, with its day; and
    the one before the last where it is recent enough to be confirmed by it.
    """

    previous_e6: int | None
    measured_from_e6: int | None
    confirms_e6: int | None
    current_e6: int | None
    measured_from_on: date | None = None
    confirms_highest_e6: int | None = None
    current_highest_e6: int | None = None


def _fell(percent: int, from_e6: int, to_e6: int) -> bool:
    return to_e6 < from_e6 and 100 * (from_e6 - to_e6) >= percent * from_e6


def _count_fits(
    when: Condition, previous_e6: int | None, count_e6: int | None, highest_e6: int | None
) -> bool:
    """A band holds if the count may lie in it, a fall only if both ends say so."""
    if when.up_to_e6 is not None and (count_e6 is None or count_e6 > when.up_to_e6):
        return False
    if when.fall_percent is None:
        return True
    return (
        previous_e6 is not None
        and highest_e6 is not None
        and _fell(when.fall_percent, previous_e6, highest_e6)
    )


def _is_asked_again(when: Condition, confirms_e6: int | None, confirms_highest_e6: int | None) -> bool:
    """Whether what is asked once was asked of the count before too, wherever it lay."""
    return (
        when.once_above_e6 is not None
        and when.up_to_e6 is not None
        and confirms_e6 is not None
        and confirms_highest_e6 is not None
        and when.once_above_e6 < confirms_e6
        and confirms_highest_e6 <= when.up_to_e6
    )


def _unjudged_fits(when: Condition, unjudged: bool, unjudged_e6: int | None) -> bool:
    if when.unjudged and not unjudged:
        return False
    limit = when.unjudged_up_to_e6
    return limit is None or (unjudged and unjudged_e6 is not None and unjudged_e6 <= limit)


def _holds(
    when: Condition,
    previous_e6: int | None,
    current_e6: int | None,
    bleeding: Bleeding,
    unjudged: bool = False,
    confirms_e6: int | None = None,
    *,
    unjudged_e6: int | None = None,
    uncounted: bool = False,
    answered: bool = False,
    in_window: bool = True,
    discordant: bool = False,
    current_highest_e6: int | None = None,
    confirms_highest_e6: int | None = None,
) -> bool:
    highest = current_e6 if current_highest_e6 is None else current_highest_e6
    confirms_highest = confirms_e6 if confirms_highest_e6 is None else confirms_highest_e6
    if when.of_count and when.answered is not answered:
        return False
    if when.confirmed and (
        confirms_e6 is None or not _count_fits(when, previous_e6, confirms_e6, confirms_highest)
    ):
        return False
    return (
        _count_fits(when, previous_e6, current_e6, highest)
        and not _is_asked_again(when, confirms_e6, confirms_highest)
        and (discordant or not when.discordant)
        and (not when.bleeding or bleeding in when.bleeding)
        and _unjudged_fits(when, unjudged, unjudged_e6)
        and (uncounted or not when.uncounted)
        and (in_window or not when.in_window)
    )


def action(
    protocol: Protocol,
    previous_e6: int | None,
    current_e6: int | None,
    bleeding: Bleeding,
    unjudged: bool = False,
    confirms_e6: int | None = None,
    **beside: Any,
) -> Demand:
    """The one action that a finding demands (Figure 3).

    `previous_e6` is the count that the last one, `current_e6`, is measured from, `confirms_e6` the one that it can
    confirm (see `compared`); None where there is none. `unjudged`: a specimen that cannot be judged came after it.
    `beside` are the others of `_holds`.
    """
    held = [
        rule
        for rule in protocol.rules
        if _holds(rule.when, previous_e6, current_e6, bleeding, unjudged, confirms_e6, **beside)
    ]
    hours = [rule.within_hours for rule in held if rule.within_hours is not None]
    return Demand(held[0], min(hours, default=None))


def advice(protocol: Protocol, current_e6: int | None, bleeding: Bleeding) -> TreatmentAdvice | None:
    """Whether to treat (Figure 4), to be discussed with the hematologist; None without count and bleeding."""
    if current_e6 is None and bleeding is Bleeding.NONE:
        return None
    return next(rule for rule in protocol.advice_rules if _holds(rule.when, None, current_e6, bleeding))


@dataclass(frozen=True)
class Day(Count):
    """The value of a day; `discordant`: it holds because another tube of that day clumped."""

    discordant: bool = False


def steps(protocol: Protocol, counts: Sequence[Count], starts: Sequence[date] = ()) -> list[Day]:
    """One value a day, the first first; `starts` are days on which a course starts."""
    days: dict[date, list[Count]] = {}
    for one in counts:
        days.setdefault(one.on, []).append(one)
    return [_day(protocol.same_day_times, days[on], on not in starts) for on in sorted(days)]


def _day(times: int, counts: Sequence[Count], timed: bool) -> Day:
    """The value of a day, sentence by sentence as the rule is written."""
    tubes: dict[int, list[Count]] = {EDTA: [], CITRATE: [], HEPARIN: []}
    for one in counts:
        tubes[getattr(one, "tube", EDTA)].append(one)

    def twice(one: Count, others: Sequence[Count]) -> bool:
        return any(one.e6 >= times * other.highest_e6 for other in others)

    # "Heparin at least twice a citrate result of that day holds likewise, over EDTA and citrate."
    over_citrate = any(twice(one, tubes[CITRATE]) for one in tubes[HEPARIN])
    holding = [one for one in tubes[HEPARIN] if twice(one, tubes[EDTA]) or twice(one, tubes[CITRATE])]
    if not over_citrate:
        # "Non-EDTA at least twice an EDTA result of that day: the non-EDTA value holds."
        holding += [one for one in tubes[CITRATE] if twice(one, tubes[EDTA])]
    left = list(counts)
    if holding:
        left = holding
    elif timed and all(one.at is not None for one in counts):
        left = _after_rechecks(times, counts)
    # "Of what is left the lowest lower end holds", of equal ones what is no limit, then the earliest time.
    held = min(left, key=lambda one: (one.e6, one.more_e6, one.at is None, one.at))
    stored_in = max(one.stored_in for one in counts)
    return Day(held.on, held.e6, held.at, stored_in, held.more_e6, discordant=bool(holding))


def _after_rechecks(times: int, counts: Sequence[Count]) -> list[Count]:
    """ "The first result that differs more than twofold from one before it is a recheck: what lies before it is set
    aside, and the rest is read again by this rule." """
    rest = sorted(counts, key=_minute)
    for one in rest:
        before = [other for other in rest if _minute(other) < _minute(one)]
        if any(one.e6 > times * other.highest_e6 or other.e6 > times * one.highest_e6 for other in before):
            return _after_rechecks(times, [each for each in rest if each not in before])
    return rest


def _minute(one: Count) -> datetime:
    assert one.at is not None
    return one.at.replace(second=0, microsecond=0)


def asks_for_a_smear(protocol: Protocol, taken: Sequence[Day]) -> bool:
    """Whether the last day is discordant, and no other one of the days before it that are recent enough."""
    return (
        bool(taken)
        and taken[-1].discordant
        and not any(one.discordant and _is_recent(protocol, one, taken[-1]) for one in taken[:-1])
    )


def compared(protocol: Protocol, taken: Sequence[Count]) -> Compared:
    """What the last of the values of days is compared with (DEF-SURV-02, READ-SURV-24)."""
    if not taken:
        return Compared(None, None, None, None)
    last, percent = taken[-1], protocol.fall_percent
    if len(taken) == 1:
        return Compared(None, None, None, last.e6, current_highest_e6=last.highest_e6)
    before = len(taken) - 2
    fallen = (
        place
        for place, step in enumerate(taken[:before])
        if percent is not None
        and _is_recent(protocol, step, last)
        and _fell(percent, step.e6, max(one.highest_e6 for one in taken[place + 1 : -1]))
    )
    start = taken[next(fallen, before)]
    previous = taken[before]
    recent = _is_recent(protocol, previous, last)
    return Compared(
        previous.e6,
        start.e6,
        previous.e6 if recent else None,
        last.e6,
        start.on,
        previous.highest_e6 if recent else None,
        last.highest_e6,
    )


def _is_recent(protocol: Protocol, before: Count, count: Count) -> bool:
    return count.on - before.on <= timedelta(protocol.previous_within_days)


def is_confirmed(protocol: Protocol, taken: Sequence[Count]) -> bool:
    """Whether the last of these values is a confirmed finding: low, or a steep fall, as the one before was."""
    found = compared(protocol, taken)
    before = (found.confirms_e6, found.confirms_highest_e6)
    last = (found.current_e6, found.current_highest_e6)
    return found.confirms_e6 is not None and any(
        rule.when.confirmed
        and _count_fits(rule.when, found.measured_from_e6, *before)
        and _count_fits(rule.when, found.measured_from_e6, *last)
        for rule in protocol.rules
    )


def fell_steeply(protocol: Protocol, before: Count, count: Count) -> bool:
    """Whether a rule calls the fall from one count to the next steep."""
    percent = protocol.fall_percent
    return percent is not None and _fell(percent, before.e6, count.highest_e6)


def confirmed_on(protocol: Protocol, when: Condition, taken: Sequence[Count], anew: int = 0) -> Count | None:
    """The first count that confirmed what `when` asks of the last one; None where it is not confirmed (READ-SURV-25).

    From there the time runs, whatever was counted later: no further recheck puts off the contact. `anew` is the place
    of the step from which on the finding asks anew after an answer.
    """
    found, run = compared(protocol, taken), [*taken[-1:]]
    measured = found.measured_from_e6
    for step in reversed(taken[:-1]):
        if not _is_recent(protocol, step, run[-1]):
            break
        if not _count_fits(when, measured, step.e6, step.highest_e6):
            break
        run.append(step)
    if len(run) < 2 or not _count_fits(when, measured, found.current_e6, found.current_highest_e6):
        return None
    return taken[max(len(taken) - len(run) + 1, anew)]


def began(protocol: Protocol, infusions: Sequence[tuple[date, date]]) -> tuple[date, date]:
    """The first infusion of those whose windows overlap up to the last one: its first and last day (READ-SURV-33).

    `infusions` are first and last days, at least one.
    """
    months = protocol.schedule.months_after_last_infusion
    first, until = min(infusions), date.min
    for infusion in sorted(infusions):
        if until is not date.min and infusion[0] > until:
            first = infusion
        until = max(until, add_months(infusion[1], months))
    return first


def schedule(
    protocol: Protocol,
    last_infusion_on: date,
    last_count_on: date | None,
    as_of: date,
    first: tuple[date, date] | None = None,
) -> Due:
    """When the next count is due, seen on the day `as_of` (DEF-SURV-03, READ-SURV-06, READ-SURV-33).

    `last_infusion_on` is the last day of the last infusion begun by then, from which the window runs; `first` the first
    and last day of the first infusion whose window overlaps (see `began`), without it the last one. `last_count_on` is
    the day of the last clean count by then: a new infusion does not start its month again. After the window nothing is
    scheduled: testing follows symptoms.
    """
    plan = protocol.schedule
    window_ends_on = add_months(last_infusion_on, plan.months_after_last_infusion)
    if as_of > window_ends_on:
        return Due(Mode.SYMPTOM_DRIVEN, Standing.NOT_DUE, window_ends_on, None, 0)
    anchor = month_from(first or (last_infusion_on, last_infusion_on), last_count_on)
    due_on = min(add_months(anchor, plan.every_months), window_ends_on)
    if anchor >= window_ends_on:
        return Due(Mode.IN_WINDOW, Standing.NOT_DUE, window_ends_on, None, 0)
    late = as_of - anchor > timedelta(plan.overdue_after_days)
    if late:
        standing = Standing.OVERDUE
    elif as_of >= due_on:
        standing = Standing.DUE
    elif due_on - as_of <= timedelta(plan.due_soon_within_days):
        standing = Standing.DUE_SOON
    else:
        standing = Standing.NOT_DUE
    if last_count_on is None:
        standing = Standing.NEVER_COUNTED
    return Due(Mode.IN_WINDOW, standing, window_ends_on, due_on, (as_of - due_on).days if late else 0)


def month_from(first: tuple[date, date], last_count_on: date | None) -> date:
    """From where the month to the next count runs: the last clean count of the protocol, else its first infusion.

    `first` are the first and last day of that infusion.
    """
    return first[1] if last_count_on is None or last_count_on < first[0] else last_count_on


@dataclass(frozen=True)
class Present:
    """What of the bleeds of a patient is present.

    `since` is the first day of those present; `asked_since` that of those whose end people are asked about;
    `uncounted_on` the day of the referral after which a count is asked for, because none was taken since the bleed
    began. None where there is none.
    """

    bleeding: Bleeding
    since: date | None
    asked_since: date | None
    uncounted_on: date | None


def present(
    protocol: Protocol,
    bleeds: Sequence[Bled],
    taken: Sequence[Count],
    referrals: Sequence[tuple[date, int]],
    first_infusion_on: date,
    as_of: date,
) -> Present:
    """What is present on the day `as_of`.

    `taken` are the steps of the clean counts by then (`surveillance.steps`), `referrals` the days of the outcomes that
    settle a finding, with the number of the change that said so. What was over before the first infusion is left out.
    """
    days = timedelta(protocol.bleeding.present_days)
    there: list[Bled] = []
    asked: list[date] = []
    uncounted: list[date] = []
    for bled in bleeds:
        ended_on = bled.ended_on if bled.ended_on is not None and bled.ended_on <= as_of else None
        over_by = bled.on + days if ended_on is None else ended_on
        if bled.bleeding is Bleeding.NONE or bled.on > as_of or over_by < first_infusion_on:
            continue
        referred = [on for on, said_in in referrals if bled.on <= on <= as_of and bled.stored_in <= said_in]
        if referred:
            if not any(count.on >= bled.on for count in taken):
                uncounted.append(min(referred))
            continue
        recent = as_of <= bled.on + days
        if ended_on is None:
            if not recent:
                asked.append(bled.on)
            if recent or bled.bleeding is Bleeding.ACTIVE:
                there.append(bled)
        elif _is_present_after_its_end(protocol, ended_on, taken, recent):
            there.append(bled)
    return Present(
        max((bled.bleeding for bled in there), default=Bleeding.NONE),
        min((bled.on for bled in there), default=None),
        min(asked, default=None),
        min(uncounted, default=None),
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


@dataclass(frozen=True)
class Answer:
    """An outcome that answers what the step at the place `about` showed; `anew` is the first that asks anew.

    None: the last count asks nothing that was not answered.
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
    """How a patient stands: `last` is what was done last, None if nothing was."""

    last: Done | None
    removed: bool
    escalated: bool


def answer(protocol: Protocol, taken: Sequence[Count], outcomes: Sequence[Done]) -> Answer | None:
    """The last answer to what the steps `taken` (`surveillance.steps`) showed; None where nothing was answered.

    `outcomes` in the order in which they were recorded, those of later days left out.
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
            and is_confirmed(protocol, taken[: place + 1])
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
        or _fell(words.anew_fall_percent, before.e6, count.highest_e6)
        or any(
            taken[between].e6 > words.anew_after_above_e6
            and not fell_steeply(protocol, taken[between - 1], taken[between])
            for between in range(answered + 1, place)
        )
    )


def follow_up(
    protocol: Protocol,
    outcomes: Sequence[Done],
    *,
    found_on: date | None,
    act_by: datetime | None,
    now: datetime,
    found_in: int = 0,
    infused_on: date | None = None,
) -> FollowUp:
    """Where the finding stands at the moment `now`; `outcomes` in the order in which they were recorded.

    `found_on` is the day of the last finding (a specimen, also one that cannot be judged, or a bleeding), None where
    there is none, and `found_in` the number of the change that stored the last of what the finding consists of: a
    removal deals only with what was known. `act_by` is the first moment at which what is demanded, and not answered,
    comes too late, None where only the monthly schedule says when; `infused_on` the last day of the last infusion,
    which ends every removal before it.
    """
    known = sorted((one for one in outcomes if one.on <= now.date()), key=lambda one: one.on)
    words = protocol.outcomes
    removed = any(
        one.outcome in words.remove
        and (found_on is None or found_on <= one.on)
        and found_in <= one.said_in
        and (infused_on is None or infused_on <= one.on)
        and not (one.elsewhere and one.outcome in OF_A_SITE)
        for one in known
    )
    missed = act_by is not None and act_by <= now
    return FollowUp(known[-1] if known else None, removed, escalated=missed and not removed)


def waits(
    protocol: Protocol,
    taken: Sequence[Count],
    outcomes: Sequence[Done],
    as_of: date,
    *,
    infused_on: date,
    died_on: date | None,
    off_on: date | None,
) -> list[tuple[int, str | None]]:
    """How many days each result that demands contact waited for it, and until what where none was made.

    Sentence by sentence as READ-SURV-21 and READ-SURV-22 say it; `taken` are the values of days.
    """
    measuring, bounds = protocol.measuring, {rule.id: rule.when.up_to_e6 for rule in protocol.rules}
    now = max((bounds[name] or 0 for name in measuring.contact_now), default=-1)
    low = max((bounds[name] or 0 for name in measuring.contact_once_confirmed), default=-1)
    demanding: list[tuple[date, date]] = []
    in_a_row = False
    for place, count in enumerate(taken):
        before = taken[place - 1] if place else None
        # "One at or below 100 when the clean count before it, at most 92 days earlier, lay at or below 100 too."
        confirms = before is not None and _is_recent(protocol, before, count) and before.e6 <= max(now, low)
        demands = count.e6 <= now or (confirms and count.e6 <= low)
        # "Of such results that follow one another only the first is looked at."
        if demands and not in_a_row and count.on >= infused_on:
            demanding.append((count.on, before.on if confirms and before is not None else count.on))
        in_a_row = demands
    made = sorted(one.on for one in outcomes if one.outcome in measuring.contact and one.on <= as_of)
    found: list[tuple[int, str | None]] = []
    for place, (on, since) in enumerate(demanding):
        following = demanding[place + 1][1] if place + 1 < len(demanding) else None
        contacted = [day for day in made if since <= day and (following is None or day < following)]
        if contacted:
            found.append((max((contacted[0] - on).days, 0), None))
            continue
        ends = [
            (day, rank, why)
            for rank, (why, day) in enumerate(
                [
                    ("next result", following),
                    ("death", died_on),
                    ("taken off the list", off_on),
                    ("still waiting", as_of),
                ]
            )
            if day is not None and day <= as_of
        ]
        day, _, why = min(ends)
        found.append((max((day - on).days, 0), why))
    return found

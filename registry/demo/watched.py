"""Synthetic patients watched after alemtuzumab for multiple sclerosis, as rows of a bundle, up to a given day.

Infusions are given as the label has them: on five days, and on three days twelve months after the last. Blood is
taken each month, with months missing. Each patient ends in a story of `registry.demo.stories`; the days and the
counts that make it true are drawn from those of which the published protocol says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache

import numpy as np

from adjudication.response.terms import MICRO
from adjudication.surveillance import ladder
from adjudication.surveillance.ladder import Demand
from adjudication.surveillance.protocol import Action, Bleeding, Outcome, Protocol
from adjudication.surveillance.schedule import Standing, add_months, schedule
from registry.demo.rows import FAILING_MARKERS, Rows, Writer
from registry.demo.series import Count
from registry.demo.sites import SITES
from registry.demo.stories import Story, story_of

Course = tuple[date, date]
"""Infusions on consecutive days: the first and the last."""
Pair = tuple[int, int, Demand]
"""A count, the one after it (10*9/L), and what the second demands."""

_STREAM = 1
"""Sets the noise of these patients apart from that of the reference cohort, which has the same seed."""
_DAYS_GIVEN, _DAYS_GIVEN_AGAIN, _MG_A_DAY = 5, 3, 12
_MONTHS_APART = 12
_MOST_COURSES = 3
_SETTLED_MONTHS = 4
"""Since the last infusion, so that there are counts to look back upon."""
_NORMAL, _LEVEL = (158, 320), (195, 255)
_HEMOGLOBIN, _ANEMIC_FROM = (124, 142), 84
_TAKEN, _TAKEN_BEFORE = 0.88, 0.9
"""Share of the monthly counts that were taken, and of the patients with one before the first infusion."""
_MONTHLY, _RECHECKED = (27, 33), (2, 3)
"""Days between two counts, both ends included."""
_AROUND_MONTH_END = (-9, 1)
_LOOKED_BACK = 75
"""Days before today among which the last count lies."""


def patient_id(number: int) -> str:
    """The pseudonym of the watched patient of that number, from 1."""
    return f"MS-{number:03d}"


def watched_rows(number: int, seed: int, today: date) -> Rows:
    """The rows of one watched patient by table. The same number, seed and day give the same rows."""
    rng = np.random.default_rng([seed, number, _STREAM])
    story, protocol = story_of(number, rng), ladder.load()
    site = list(SITES)[number % len(SITES)]
    writer = Writer(patient_id=patient_id(number), site=site, day_0=today, rng=rng)
    courses = _courses(protocol, story, today, rng)
    _write_patient(writer, courses)
    last = _last_counts(protocol, story, courses, today, rng)
    for count in (*_earlier(courses, last, today, rng), *last):
        for value, extra in writer.as_reported("platelets", count):
            _observe(writer, count.day, "platelets", value, **extra)
    if story.clumped:
        _write_clumped(writer, protocol)
    if story.unitless:
        _write_unitless(writer, protocol)
    if story.tubes_disagree:
        _write_tubes(writer, protocol)
    if last:
        _write_hemoglobin(writer, protocol, story)
    _write_reported(writer, story)
    if story.done is not None:
        _write_done(writer, protocol, story, last[-1])
    return writer.rows


def _between(rng: np.random.Generator, ends: tuple[int, int]) -> int:
    """A whole number, both ends included."""
    return int(rng.integers(ends[0], ends[1] + 1))


# --- infusions


def _courses(protocol: Protocol, story: Story, today: date, rng: np.random.Generator) -> list[Course]:
    """One to three, a year apart; the last is so long ago that the story can be true."""
    months = protocol.schedule.months_after_last_infusion
    number = _between(rng, (1, _MOST_COURSES))
    if story.stands is Standing.NEVER_COUNTED:
        number, last_on = 1, today - timedelta(_between(rng, (20, 50)))
    elif story.just_infused:
        number, last_on = max(number, 2), today - timedelta(_between(rng, (2, 9)))
    elif story.months_over:
        last_on = add_months(today, -months) - timedelta(_between(rng, (2, 27)))
    else:
        since = _between(rng, (_SETTLED_MONTHS, months - 2))
        last_on = add_months(today, -since) - timedelta(_between(rng, (0, 27)))
    days = _DAYS_GIVEN if number == 1 else _DAYS_GIVEN_AGAIN
    last_start = last_on - timedelta(days - 1)
    starts = [add_months(last_start, -_MONTHS_APART * ago) for ago in reversed(range(number))]
    return [
        (start, start + timedelta((_DAYS_GIVEN_AGAIN if place else _DAYS_GIVEN) - 1))
        for place, start in enumerate(starts)
    ]


def _write_patient(writer: Writer, courses: Sequence[Course]) -> None:
    first = courses[0][0]
    birthday = first.replace(year=first.year - _between(writer.rng, (22, 51)), day=min(first.day, 28))
    writer.add(
        "patient",
        site=writer.site,
        sex="female" if writer.rng.random() < 0.7 else "male",
        born_on=(birthday - timedelta(_between(writer.rng, (5, 340)))).isoformat(),
    )
    for cycle, (start, end) in enumerate(courses, 1):
        writer.add(
            "exposure",
            exposure_id=writer.next_id("exposure", "X"),
            agent="alemtuzumab",
            setting="multiple_sclerosis",
            started_on=start.isoformat(),
            ended_on=end.isoformat(),
            cycle=str(cycle),
            dose_mg=str(_MG_A_DAY * ((end - start).days + 1)),
        )


# --- counts


@cache
def _pairs(demands: Action, confirmed: bool) -> tuple[Pair, ...]:
    """Counts that demand this, after a normal one or (`confirmed`) both so low that they confirm each other.

    Where there are any, those whose deadline is that of the demand itself, and no shorter one.
    """
    protocol = ladder.load()
    low = protocol.confirmation.below_e6
    before = range(low // MICRO // 2, low // MICRO, 3) if confirmed else range(*_NORMAL, 10)
    found = [
        (previous, current, demand)
        for previous in before
        for current in range(6, previous)
        if not confirmed or current * MICRO < low
        for demand in (_demand(protocol, previous, current, confirmed=confirmed),)
        if demand.rule.action is demands
    ]
    own = [one for one in found if one[2].within_hours == one[2].rule.within_hours]
    return tuple(own or found)


def _demand(protocol: Protocol, previous: int, current: int, *, confirmed: bool) -> Demand:
    confirms_e6 = previous * MICRO if confirmed else None
    return ladder.action(protocol, previous * MICRO, current * MICRO, Bleeding.NONE, confirms_e6=confirms_e6)


def _last_counts(
    protocol: Protocol, story: Story, courses: Sequence[Course], today: date, rng: np.random.Generator
) -> list[Count]:
    """The last two counts, which make the story true; none where nothing was ever counted."""
    if story.stands is Standing.NEVER_COUNTED:
        return []
    if story.demands is Action.CONTINUE_MONTHLY:
        previous = _between(rng, _LEVEL)
        current = _near(previous, rng)
        ago = _days_ago(protocol, story, courses, today, rng)
    else:
        pairs = _pairs(story.demands, story.confirmed)
        previous, current, demand = pairs[int(rng.integers(len(pairs)))]
        # What is confirmed asks for contact on the day of the count that confirmed it.
        ago = 0 if story.confirmed else _within(demand, rng, late=story.late)
    before = ago + _between(rng, _RECHECKED if story.confirmed else _MONTHLY)
    return [_count(-before, previous, pivotal=True), _count(-ago, current, pivotal=True)]


def _count(day: int, value: int, *, pivotal: bool = False) -> Count:
    return Count(day, value, "complete" if value >= _NORMAL[0] else "failing", pivotal)


def _within(demand: Demand, rng: np.random.Generator, *, late: bool = False) -> int:
    """So many days ago that what is demanded can still be done, or (`late`) no longer."""
    days = (demand.within_hours or 0) // 24
    return days + _between(rng, (1, 4)) if late else int(rng.integers(max(days, 1)))


def _days_ago(
    protocol: Protocol, story: Story, courses: Sequence[Course], today: date, rng: np.random.Generator
) -> int:
    """How many days ago the last count was taken, where the schedule makes the story."""
    start, end = courses[-1]
    if story.months_over:
        window_ends_on = add_months(end, protocol.schedule.months_after_last_infusion)
        return (today - window_ends_on).days + _between(rng, (0, 3))
    if story.just_infused:
        return (today - start).days + _between(rng, (1, 6))
    if story.clumped or story.unitless or story.tubes_disagree:
        return _between(rng, _MONTHLY)
    plans = [(ago, schedule(protocol, end, today - timedelta(ago), today)) for ago in range(2, _LOOKED_BACK)]
    # What is due today is not yet past its day.
    fitting = [
        ago
        for ago, due in plans
        if due.standing is story.stands and (due.standing is not Standing.DUE or due.due_on != today)
    ]
    return fitting[int(rng.integers(len(fitting)))]


def _earlier(
    courses: Sequence[Course], last: Sequence[Count], today: date, rng: np.random.Generator
) -> Iterator[Count]:
    """One count before the first infusion and one a month after it, some missing, up to the last ones."""
    if not last:
        return
    start, ended_on = courses[0]
    before = last[0].value
    level = before if before >= _NORMAL[0] else _between(rng, _LEVEL)
    if rng.random() < _TAKEN_BEFORE:
        yield _count((start - today).days - _between(rng, (1, 20)), _near(level, rng))
    first, until = (ended_on - today).days, last[0].day - _MONTHLY[0] + 7
    month, day = 0, first
    while day < until:
        month += 1
        day = (add_months(start, month) - today).days + _between(rng, _AROUND_MONTH_END)
        if first < day < until and rng.random() < _TAKEN:
            yield _count(day, _near(level, rng))


def _near(level: int, rng: np.random.Generator) -> int:
    """A count like those of the patient before."""
    return min(max(round(level * (1 + 0.07 * rng.standard_normal())), _NORMAL[0]), _NORMAL[1])


def _observe(writer: Writer, day: int, analyte: str, canonical: float, **extra: str) -> None:
    """A result; what was taken today has no time, which might not have come yet."""
    now = {"observed_at": writer.on(day)} if day == 0 else {}
    writer.observe(day, analyte, canonical, **now, **extra)


def _write_hemoglobin(writer: Writer, protocol: Protocol, story: Story) -> None:
    """Of every specimen that arrived; where it fell, with the markers of hemolysis beside it."""
    arrived = (row for row in writer.rows["observation"] if not row.get("missing_reason"))
    counted = sorted({row["observed_at"][:10] for row in arrived})
    days = [(date.fromisoformat(on) - writer.day_0).days for on in counted]
    level = _between(writer.rng, _HEMOGLOBIN)
    values = [level + _between(writer.rng, (-4, 4)) for _ in days]
    if story.hemoglobin_fell:
        before = values[-2]
        shown = [
            value
            for value in range(_ANEMIC_FROM, before)
            if ladder.hemoglobin_is_shown(protocol, before * MICRO, value * MICRO)
        ]
        values[-1] = shown[int(writer.rng.integers(len(shown)))]
    for day, value in zip(days, values, strict=True):
        _observe(writer, day, "hemoglobin", value)
    if story.hemoglobin_fell:
        for marker, (low, high) in FAILING_MARKERS.items():
            _observe(writer, days[-1], marker, float(writer.rng.uniform(low, high)))


def _write_clumped(writer: Writer, protocol: Protocol) -> None:
    """A specimen after the last count that says nothing."""
    demand = ladder.action(protocol, None, _NORMAL[0] * MICRO, Bleeding.NONE, unjudged=True)
    day = -_within(demand, writer.rng)
    specimen = f"{writer.patient_id}-E{day}"
    # A lower one would ask for contact at once, as a number without its unit does.
    value = float(_between(writer.rng, (_means_little(protocol) + 1, 60)))
    _observe(writer, day, "platelets", value, quality="clumped", specimen_id=specimen)


def _means_little(protocol: Protocol) -> int:
    """The greatest whole number (10*9/L) at which a specimen that cannot be judged asks for contact at once."""
    limits = [rule.when.unjudged_up_to_e6 for rule in protocol.rules if rule.when.unjudged_up_to_e6]
    return min(limits) // MICRO


def _write_unitless(writer: Writer, protocol: Protocol) -> None:
    """A number of today without its unit, which means little on the ladder if it is in that of the protocol."""
    value = float(_between(writer.rng, (6, _means_little(protocol))))
    _observe(writer, 0, "platelets", value, unit="", specimen_id=f"{writer.patient_id}-U0")


def _write_tubes(writer: Writer, protocol: Protocol) -> None:
    """Two tubes of one day after the last count: platelets that clump in EDTA do not in heparin."""
    demand = ladder.action(protocol, None, _NORMAL[0] * MICRO, Bleeding.NONE, unjudged=True)
    day = -_within(demand, writer.rng)
    _observe(writer, day, "platelets", float(_between(writer.rng, (10, 40))), specimen="edta")
    _observe(writer, day, "platelets", float(_between(writer.rng, _NORMAL)), specimen="heparin")


# --- what was reported, and done


def _write_reported(writer: Writer, story: Story) -> None:
    """Bleeding of today: a sign that the patient told, or a bleed that somebody graded."""
    if story.sign:
        writer.add("sign", sign_id=writer.next_id("sign", "S"), noticed_on=writer.on(0), sign=story.sign)
    if story.bleed_grade:
        writer.add(
            "bleed",
            bleed_id=writer.next_id("bleed", "B"),
            started_on=writer.on(0),
            scale="WHO",
            grade=str(story.bleed_grade),
            site="skin",
        )


def _write_done(writer: Writer, protocol: Protocol, story: Story, last: Count) -> None:
    """What was done about the last count, or after it."""
    day = min(last.day + story.done_after_days, 0)
    recheck = ""
    if story.done is Outcome.RECHECK_ARRANGED:
        demand = ladder.action(protocol, None, last.value * MICRO, Bleeding.NONE)
        recheck = writer.on(last.day + (demand.within_hours or 0) // 24)
    writer.add(
        "outcome",
        outcome_id=writer.next_id("outcome", "O"),
        done_on=writer.on(day),
        outcome=str(story.done),
        recheck_on=recheck,
        reason=story.reason,
    )

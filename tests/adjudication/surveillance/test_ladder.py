"""Surveillance after alemtuzumab reads as the consensus: what a count demands, and when the next is due."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudication.response.terms import MICRO
from adjudication.surveillance import ladder
from adjudication.surveillance.bleeds import bleeding_of
from adjudication.surveillance.counts import Count
from adjudication.surveillance.ladder import action, advice, hemoglobin_is_shown, load
from adjudication.surveillance.protocol import Action, Advice, Bleeding
from adjudication.surveillance.protocol_file import parse
from adjudication.surveillance.schedule import Mode, Standing, add_months, coming_dates, schedule
from tests.adjudication.surveillance.one_patient import began, compared, confirmed_on, steps
from tests.house.tree import read

PROTOCOL = load()
FILE = read("adjudication/published/alemtuzumab-belgian-2018.toml")
E6 = MICRO
EDGES = [edge * E6 + off for edge in (0, 10, 30, 50, 100, 150) for off in (-1, 0, 1) if edge * E6 + off >= 0]
COUNTS = st.one_of(st.integers(0, 2_000 * E6), st.sampled_from(EDGES), st.integers(0, 10**15))
PREVIOUS = st.one_of(st.none(), COUNTS)
BLEEDING = st.sampled_from(Bleeding)


def urgency(
    previous: int | None,
    current: int | None,
    bleeding: Bleeding,
    unjudged: bool = False,
    confirms: int | None = None,
    **more: Any,
) -> tuple[float, int]:
    """Less is more urgent: first the deadline, then the place on the ladder."""
    demand = action(PROTOCOL, previous, current, bleeding, unjudged, confirms, **more)
    hours = float("inf") if demand.within_hours is None else demand.within_hours
    return hours, PROTOCOL.rules.index(demand.rule)


@given(PREVIOUS, st.one_of(st.none(), COUNTS), BLEEDING, st.booleans())
def test_every_finding_has_exactly_one_action_with_deadline_owner_and_cited_words(
    previous: int | None, current: int | None, bleeding: Bleeding, unjudged: bool
) -> None:
    demand = action(PROTOCOL, previous, current, bleeding, unjudged)
    assert demand.rule.action in Action
    assert (demand.within_hours is None) == (demand.rule.action is Action.CONTINUE_MONTHLY)
    assert demand.rule.owner
    assert demand.rule.says
    assert demand.rule.lines


@given(PREVIOUS, PREVIOUS, COUNTS, COUNTS, BLEEDING, st.booleans())
def test_a_lower_count_is_never_less_urgent(
    previous: int | None, confirms: int | None, one: int, other: int, bleeding: Bleeding, unjudged: bool
) -> None:
    low, high = sorted((one, other))
    calm = urgency(previous, high, bleeding, unjudged, confirms)
    assert urgency(previous, low, bleeding, unjudged, confirms) <= calm


@given(PREVIOUS, COUNTS, COUNTS, COUNTS, BLEEDING)
def test_confirming_a_count_or_a_lower_one_is_never_less_urgent(
    previous: int | None, current: int, one: int, other: int, bleeding: Bleeding
) -> None:
    low, high = (urgency(previous, current, bleeding, confirms=each) for each in sorted((one, other)))
    alone = urgency(previous, current, bleeding)
    if 100 * E6 < current < 150 * E6:  # asked for once: the count before was one of these
        once = (336, next(place for place, rule in enumerate(PROTOCOL.rules) if rule.id == "100-to-150"))
        low, high, alone = (max(each, once) for each in (low, high, alone))
        low, high, alone = (once if each[0] > 336 else each for each in (low, high, alone))
    assert low <= high <= alone


@given(PREVIOUS, COUNTS, BLEEDING, st.one_of(st.none(), COUNTS), st.booleans(), st.booleans(), st.booleans())
def test_a_specimen_that_cannot_be_judged_never_makes_a_demand_less_urgent(
    previous: int | None,
    current: int,
    bleeding: Bleeding,
    means: int | None,
    answered: bool,
    in_window: bool,
    uncounted: bool,
) -> None:
    more: dict[str, Any] = {"answered": answered, "in_window": in_window, "uncounted": uncounted}
    alone = urgency(previous, current, bleeding, **more)
    assert urgency(previous, current, bleeding, unjudged=True, unjudged_e6=means, **more) <= alone


@pytest.mark.parametrize(
    ("means", "demanded"),
    [
        (None, Action.RECHECK_72H),
        (30 * E6, Action.RECHECK_72H),
        (30 * E6 - 1, Action.RECHECK_AND_CONTACT_NOW),
        (0, Action.RECHECK_AND_CONTACT_NOW),
    ],
)
@pytest.mark.parametrize("in_window", [True, False])
def test_a_specimen_that_may_mean_less_than_30_asks_at_once_in_and_after_the_window(
    means: int | None, demanded: Action, in_window: bool
) -> None:
    demand = action(PROTOCOL, None, 220 * E6, Bleeding.NONE, True, unjudged_e6=means, in_window=in_window)
    assert demand.rule.action is demanded


@pytest.mark.parametrize(
    ("current", "in_window", "demanded"),
    [
        (30 * E6 - 1, True, Action.REPEAT_14D),
        (30 * E6 - 1, False, Action.CONTINUE_MONTHLY),
        (30 * E6, True, Action.CONTINUE_MONTHLY),
        (99 * E6, True, Action.CONTINUE_MONTHLY),
        (120 * E6, True, Action.CONTINUE_MONTHLY),
    ],
)
def test_what_was_answered_goes_on_monthly_and_below_30_in_14_days(
    current: int, in_window: bool, demanded: Action
) -> None:
    demand = action(PROTOCOL, None, current, Bleeding.NONE, answered=True, in_window=in_window)
    assert demand.rule.action is demanded


@pytest.mark.parametrize(
    ("before", "current", "in_window", "demanded"),
    [
        (None, 120, True, Action.REPEAT_14D),
        (150, 120, True, Action.REPEAT_14D),
        (149, 120, True, Action.CONTINUE_MONTHLY),
        (101, 120, True, Action.CONTINUE_MONTHLY),
        (100, 120, True, Action.REPEAT_14D),
        (None, 120, False, Action.CONTINUE_MONTHLY),
    ],
)
def test_a_count_from_100_to_150_is_repeated_once_and_in_the_window_alone(
    before: int | None, current: int, in_window: bool, demanded: Action
) -> None:
    confirms = None if before is None else before * E6
    demand = action(
        PROTOCOL, confirms, current * E6, Bleeding.NONE, confirms_e6=confirms, in_window=in_window
    )
    assert demand.rule.action is demanded


@given(PREVIOUS, COUNTS, BLEEDING, BLEEDING, st.booleans())
def test_more_bleeding_is_never_less_urgent(
    previous: int | None, current: int, one: Bleeding, other: Bleeding, unjudged: bool
) -> None:
    less, more = sorted((one, other))
    assert urgency(previous, current, more, unjudged) <= urgency(previous, current, less, unjudged)


@given(PREVIOUS, COUNTS, BLEEDING)
def test_a_specimen_that_cannot_be_judged_never_reassures(
    previous: int | None, current: int, bleeding: Bleeding
) -> None:
    assert urgency(previous, current, bleeding, unjudged=True) <= urgency(previous, current, bleeding)


@given(COUNTS, COUNTS, BLEEDING)
def test_knowing_the_previous_count_never_calms(previous: int, current: int, bleeding: Bleeding) -> None:
    assert urgency(previous, current, bleeding) <= urgency(None, current, bleeding)


@given(COUNTS, COUNTS, BLEEDING, BLEEDING)
def test_a_lower_count_or_more_bleeding_never_weakens_the_advice(
    one: int, other: int, mild: Bleeding, worse: Bleeding
) -> None:
    strength = [Advice.OBSERVE, Advice.CONSIDER, Advice.TREAT]

    def given_to(count: int, bleeding: Bleeding) -> int:
        advice_rule = advice(PROTOCOL, count, bleeding)
        assert advice_rule is not None
        return strength.index(advice_rule.advice)

    low, high = sorted((one, other))
    less, more = sorted((mild, worse))
    assert given_to(low, more) >= given_to(high, less)


@pytest.mark.parametrize(
    ("count", "demanded"),
    [
        (0, Action.RECHECK_AND_CONTACT_NOW),
        (30 * E6 - 1, Action.RECHECK_AND_CONTACT_NOW),
        (30 * E6, Action.RECHECK_48_72H),
        (50 * E6, Action.RECHECK_48_72H),
        (50 * E6 + 1, Action.RECHECK_72H),
        (100 * E6, Action.RECHECK_72H),
        (100 * E6 + 1, Action.REPEAT_14D),
        (150 * E6 - 1, Action.REPEAT_14D),
        (150 * E6, Action.CONTINUE_MONTHLY),
    ],
)
def test_each_edge_belongs_to_the_more_urgent_band_unless_the_text_says_below(
    count: int, demanded: Action
) -> None:
    assert action(PROTOCOL, count, count, Bleeding.NONE).rule.action is demanded


@pytest.mark.parametrize(
    ("previous", "current", "demanded"),
    [
        (400 * E6, 200 * E6 + 1, Action.CONTINUE_MONTHLY),
        (400 * E6, 200 * E6, Action.RECHECK_NOW_STEEP_FALL),
        (300 * E6, 150 * E6, Action.RECHECK_NOW_STEEP_FALL),
        (200 * E6 + 2, 100 * E6 + 1, Action.RECHECK_NOW_STEEP_FALL),
        (200 * E6 + 1, 100 * E6 + 1, Action.REPEAT_14D),
        (0, 200 * E6, Action.CONTINUE_MONTHLY),
        (None, 200 * E6, Action.CONTINUE_MONTHLY),
    ],
)
def test_half_is_a_steep_fall_and_a_millionth_less_is_not(
    previous: int | None, current: int, demanded: Action
) -> None:
    assert action(PROTOCOL, previous, current, Bleeding.NONE).rule.action is demanded


def test_a_halving_to_90_keeps_its_band_but_is_rechecked_now() -> None:
    demand = action(PROTOCOL, 300 * E6, 90 * E6, Bleeding.NONE)
    assert (demand.rule.id, demand.within_hours) == ("50-to-100", 0)


@pytest.mark.parametrize(
    ("count", "bleeding", "advised"),
    [
        (10 * E6 - 1, Bleeding.NONE, Advice.TREAT),
        (10 * E6, Bleeding.NONE, Advice.CONSIDER),
        (30 * E6, Bleeding.NONE, Advice.CONSIDER),
        (30 * E6 + 1, Bleeding.NONE, Advice.OBSERVE),
        (30 * E6 + 1, Bleeding.MILD, Advice.CONSIDER),
        (250 * E6, Bleeding.ACTIVE, Advice.TREAT),
        (None, Bleeding.ACTIVE, Advice.TREAT),
    ],
)
def test_treatment_advice_follows_figure_4(count: int | None, bleeding: Bleeding, advised: Advice) -> None:
    advice_rule = advice(PROTOCOL, count, bleeding)
    assert advice_rule is not None
    assert advice_rule.advice is advised


def test_without_count_and_bleeding_there_is_no_treatment_advice() -> None:
    assert advice(PROTOCOL, None, Bleeding.NONE) is None


@pytest.mark.parametrize(
    ("scale", "grade", "meaning"),
    [
        ("WHO", 0, Bleeding.NONE),
        ("WHO", 2, Bleeding.MILD),
        ("WHO", 3, Bleeding.ACTIVE),
        ("ITP_BAT", 1, Bleeding.MILD),
        ("ITP_BAT", 2, Bleeding.ACTIVE),
        ("CTCAE", 1, Bleeding.MILD),
        ("a scale of its own", 1, Bleeding.ACTIVE),
    ],
)
def test_a_bleed_is_mild_by_its_own_scale(scale: str, grade: int, meaning: Bleeding) -> None:
    assert bleeding_of(PROTOCOL, scale, grade) is meaning


# What a count is compared with

DAY = date(2026, 3, 31)
CONFIRMED_LOW, CONFIRMED_FALL = (rule.when for rule in PROTOCOL.rules if rule.when.confirmed)


def taken(*counts: tuple[int, int]) -> list[Count]:
    """Counts as (days ago, 10*9/L)."""
    return [Count(DAY - timedelta(ago), count * E6) for ago, count in counts]


def against(counts: list[Count]) -> tuple[int | None, ...]:
    """The count measured from, the one to confirm, and the last one, in 10*9/L."""
    found = compared(PROTOCOL, counts)
    three = (found.measured_from_e6, found.confirms_e6, found.current_e6)
    return tuple(None if one is None else one // E6 for one in three)


def test_the_previous_count_is_the_lowest_of_the_last_earlier_day_and_confirms_only_within_92_days() -> None:
    assert against(taken((0, 120), (0, 110), (92, 300), (92, 290))) == (290, 290, 110)
    assert against(taken((0, 110), (93, 300))) == (300, None, 110)
    assert against(taken((0, 110), (900, 300))) == (300, None, 110)
    assert against([]) == (None, None, None)


def test_a_later_count_of_a_day_is_a_recheck_where_it_differs_more_than_twofold_and_all_times_are_known() -> (
    None
):
    day = datetime(2026, 3, 30)
    early, late = day.replace(hour=8), day.replace(hour=13)
    assert against([Count(day.date(), 28 * E6, early), Count(day.date(), 212 * E6, late)]) == (
        None,
        None,
        212,
    )
    assert against([Count(day.date(), 400 * E6, early), Count(day.date(), 199 * E6, late)]) == (
        None,
        None,
        199,
    )
    assert against([Count(day.date(), 30 * E6, early), Count(day.date(), 60 * E6, late)]) == (None, None, 30)
    assert against([Count(day.date(), 28 * E6, early), Count(day.date(), 212 * E6)]) == (None, None, 28)
    assert against([Count(day.date(), 28 * E6, early), Count(day.date(), 212 * E6, early)]) == (
        None,
        None,
        28,
    )


def test_of_equal_counts_of_a_day_the_earliest_time_stands_whatever_their_order() -> None:
    day = datetime(2026, 3, 30)
    two = [Count(day.date(), 40 * E6), Count(day.date(), 40 * E6, day.replace(hour=8))]
    assert [one.at for one in steps(two)] == [one.at for one in steps(two[::-1])] == [day.replace(hour=8)]


@pytest.mark.parametrize(
    ("counts", "measured_from"),
    [
        ([(30, 400), (2, 200)], 400),
        ([(30, 400), (2, 200), (1, 195)], 400),
        ([(30, 400), (2, 200), (1, 195), (0, 190)], 400),
        ([(30, 400), (2, 200), (1, 201), (0, 190)], 201),
        ([(30, 400), (2, 201), (1, 195)], 201),
        ([(93, 400), (2, 200), (1, 195)], 400),
        ([(94, 400), (2, 200), (1, 195)], 200),
        ([(30, 800), (20, 400), (10, 200), (0, 195)], 800),
        ([(30, 400), (20, 150), (10, 300), (0, 290)], 300),
    ],
)
def test_the_recheck_of_a_steep_fall_is_measured_from_before_the_fall(
    counts: list[tuple[int, int]], measured_from: int
) -> None:
    # The days are counted back from the last count.
    since = counts[-1][0]
    assert against(taken(*((ago - since, count) for ago, count in counts)))[0] == measured_from


@pytest.mark.parametrize(
    ("counts", "anew", "confirmed_ago"),
    [
        ([(6, 75)], 0, None),
        ([(6, 75), (3, 75)], 0, 3),
        ([(6, 75), (3, 75), (0, 99)], 0, 3),
        ([(6, 100), (3, 100)], 0, 3),
        ([(6, 101), (3, 75)], 0, None),
        ([(6, 75), (3, 101)], 0, None),
        ([(9, 75), (6, 101), (3, 75), (0, 75)], 0, 0),
        ([(92, 75), (0, 75)], 0, 0),
        ([(93, 75), (0, 75)], 0, None),
        ([(150, 75), (80, 75), (0, 75)], 0, 80),
        ([(6, 75), (3, 75), (1, 45), (0, 44)], 2, 1),
        ([(6, 75), (3, 75), (1, 45), (0, 44)], 3, 0),
        ([(6, 75), (3, 120), (1, 45), (0, 44)], 1, 0),
    ],
)
def test_a_low_count_is_confirmed_since_the_first_that_confirmed_it_or_that_asked_anew(
    counts: list[tuple[int, int]], anew: int, confirmed_ago: int | None
) -> None:
    first = confirmed_on(PROTOCOL, CONFIRMED_LOW, taken(*counts), anew)
    assert (first and (DAY - first.on).days) == confirmed_ago


def test_a_steep_fall_is_confirmed_since_the_first_that_confirmed_it() -> None:
    fall = taken((30, 400), (6, 200), (3, 195), (0, 190))
    first = confirmed_on(PROTOCOL, CONFIRMED_FALL, fall)
    assert first is not None
    assert first.on == fall[2].on
    assert confirmed_on(PROTOCOL, CONFIRMED_FALL, fall[:2]) is None
    found = compared(PROTOCOL, fall)
    demand = action(
        PROTOCOL, found.measured_from_e6, found.current_e6, Bleeding.NONE, confirms_e6=found.confirms_e6
    )
    assert (demand.rule.id, demand.within_hours) == ("confirmed-fall", 0)


def test_the_previous_count_is_the_one_before_the_last_whatever_a_fall_is_measured_from() -> None:
    found = compared(PROTOCOL, taken((30, 400), (6, 200), (0, 195)))
    assert (found.previous_e6, found.measured_from_e6) == (200 * E6, 400 * E6)
    assert action(PROTOCOL, found.previous_e6, found.current_e6, Bleeding.NONE).rule.id == "at-least-150"


def of(previous: list[Count], current: int, bleeding: Bleeding) -> tuple[float, int]:
    """The urgency of a count after others."""
    found = compared(PROTOCOL, [*previous, Count(DAY, current)])
    return urgency(found.measured_from_e6, current, bleeding, confirms=found.confirms_e6)


PAST = st.lists(
    st.builds(
        Count,
        st.integers(1, 120).map(lambda ago: DAY - timedelta(ago)),
        st.one_of(st.sampled_from(EDGES), st.integers(0, 500).map(lambda count: count * E6)),
    ),
    max_size=6,
)


@given(PAST, COUNTS, COUNTS, BLEEDING, BLEEDING)
def test_after_any_counts_a_lower_one_or_more_bleeding_is_never_less_urgent(
    past: list[Count], one: int, other: int, mild: Bleeding, worse: Bleeding
) -> None:
    (low, high), (less, more) = sorted((one, other)), sorted((mild, worse))
    assert of(past, low, more) <= of(past, high, less)


# When the next count is due


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 1, date(2024, 3, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month(
    day: date, months: int, then: date
) -> None:
    assert add_months(day, months) == then


def test_forty_eight_counts_are_planned_and_month_ends_do_not_drift() -> None:
    planned = coming_dates(PROTOCOL, date(2024, 1, 31), None, date(2024, 1, 31))
    assert len(planned) == 48
    assert planned[:3] == [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]
    assert planned[-1] == date(2028, 1, 31)


@pytest.mark.parametrize(
    ("as_of", "standing", "overdue_days"),
    [
        (date(2026, 3, 24), Standing.NOT_DUE, 0),
        (date(2026, 3, 25), Standing.DUE_SOON, 0),
        (date(2026, 3, 31), Standing.DUE_SOON, 0),
        (date(2026, 4, 1), Standing.DUE, 0),
        (date(2026, 4, 5), Standing.DUE, 0),
        (date(2026, 4, 6), Standing.OVERDUE, 5),
        (date(2026, 5, 1), Standing.OVERDUE, 30),
    ],
)
def test_a_count_is_due_after_a_month_and_overdue_after_35_days(
    as_of: date, standing: Standing, overdue_days: int
) -> None:
    due = schedule(PROTOCOL, date(2025, 6, 1), date(2026, 3, 1), as_of)
    assert (due.due_on, due.standing, due.overdue_days) == (date(2026, 4, 1), standing, overdue_days)


def test_who_was_never_counted_is_due_a_month_after_the_infusion_and_says_so() -> None:
    due = schedule(PROTOCOL, date(2026, 1, 31), None, date(2026, 4, 1))
    assert (due.standing, due.due_on, due.overdue_days) == (
        Standing.NEVER_COUNTED,
        date(2026, 2, 28),
        32,
    )


def test_a_count_before_the_infusion_does_not_stand_for_the_first_month() -> None:
    due = schedule(PROTOCOL, date(2026, 1, 10), date(2026, 1, 10), date(2026, 1, 20))
    assert due.due_on == date(2026, 2, 10)


def test_the_last_day_of_the_48_months_is_inside_and_the_next_day_follows_symptoms() -> None:
    infused = date(2022, 3, 31)
    last_day = schedule(PROTOCOL, infused, date(2026, 3, 20), date(2026, 3, 31))
    assert (last_day.mode, last_day.due_on) == (Mode.IN_WINDOW, date(2026, 3, 31))
    after = schedule(PROTOCOL, infused, date(2026, 3, 20), date(2026, 4, 1))
    assert (after.mode, after.due_on, after.overdue_days) == (Mode.SYMPTOM_DRIVEN, None, 0)
    assert after.window_ends_on == date(2026, 3, 31)


def test_a_count_on_the_last_day_closes_the_schedule() -> None:
    due = schedule(PROTOCOL, date(2022, 3, 31), date(2026, 3, 31), date(2026, 3, 31))
    assert (due.mode, due.due_on) == (Mode.IN_WINDOW, None)


def test_a_patient_at_month_49_is_in_symptom_driven_mode_and_never_discharged() -> None:
    due = schedule(PROTOCOL, date(2022, 1, 15), None, add_months(date(2022, 1, 15), 49))
    assert due.mode is Mode.SYMPTOM_DRIVEN


@pytest.mark.parametrize(
    ("infusions", "counted_on", "due_on"),
    [
        ([date(2025, 6, 1), date(2026, 6, 15)], date(2026, 2, 20), date(2026, 3, 20)),
        ([date(2025, 6, 1), date(2026, 6, 15)], None, date(2025, 7, 1)),
        ([date(2025, 6, 1), date(2026, 6, 15)], date(2025, 5, 31), date(2025, 7, 1)),
        ([date(2025, 6, 1), date(2026, 6, 15)], date(2025, 6, 1), date(2025, 7, 1)),
        ([date(2022, 6, 15), date(2026, 6, 15)], date(2026, 2, 20), date(2026, 3, 20)),
        ([date(2022, 6, 14), date(2026, 6, 15)], date(2026, 2, 20), date(2026, 7, 15)),
        ([date(2022, 6, 14), date(2024, 1, 1), date(2026, 6, 15)], date(2026, 2, 20), date(2026, 3, 20)),
    ],
)
def test_a_new_infusion_does_not_restart_the_month_unless_the_window_before_had_ended(
    infusions: list[date], counted_on: date | None, due_on: date
) -> None:
    first = began(PROTOCOL, [(day, day) for day in infusions])
    as_of = date(2026, 6, 20)
    assert schedule(PROTOCOL, infusions[-1], counted_on, as_of, first).due_on == due_on
    dates = coming_dates(PROTOCOL, infusions[-1], counted_on, as_of, first)
    assert dates[0] == due_on
    assert dates[-1] == add_months(infusions[-1], 48)


def test_without_a_count_the_month_runs_from_the_last_day_of_the_first_infusion() -> None:
    first = began(PROTOCOL, [(date(2026, 1, 1), date(2026, 1, 5)), (date(2026, 1, 10), date(2026, 1, 12))])
    assert first == (date(2026, 1, 1), date(2026, 1, 5))
    assert schedule(PROTOCOL, date(2026, 1, 12), None, date(2026, 1, 20), first).due_on == date(2026, 2, 5)
    counted = schedule(PROTOCOL, date(2026, 1, 12), date(2026, 1, 3), date(2026, 1, 20), first)
    assert counted.due_on == date(2026, 2, 3)


def test_the_months_run_from_the_last_of_three_infusions() -> None:
    ends = [
        schedule(PROTOCOL, infused, None, date(2026, 1, 1)).window_ends_on
        for infused in (date(2022, 2, 1), date(2023, 2, 3), date(2024, 2, 29))
    ]
    assert max(ends) == ends[-1] == date(2028, 2, 29)


@given(
    st.dates(date(2010, 1, 1), date(2030, 1, 1)),
    st.one_of(st.none(), st.integers(-200, 2500)),
    st.integers(0, 2500),
)
def test_a_day_more_never_lessens_the_delay_and_no_due_date_leaves_the_window(
    infused: date, counted_after: int | None, days: int
) -> None:
    counted = None if counted_after is None else infused + timedelta(min(counted_after, days))
    today = schedule(PROTOCOL, infused, counted, infused + timedelta(days))
    assert today.due_on is None or infused < today.due_on <= today.window_ends_on
    tomorrow = schedule(PROTOCOL, infused, counted, infused + timedelta(days + 1))
    assert tomorrow.mode is Mode.SYMPTOM_DRIVEN or tomorrow.overdue_days >= today.overdue_days


# The file itself


def test_bleeding_asks_for_a_count_at_once_besides_the_contact() -> None:
    bleeding = PROTOCOL.rules[0]
    assert bleeding.what.startswith("Take a count now, and contact the hematologist")
    assert bleeding.says.startswith("In case of such a sign, the CBC must be obtained immediately")
    assert bleeding.lines == "121, 167-169"


def test_the_seven_signs_of_the_source_are_listed() -> None:
    assert len(PROTOCOL.bleeding.signs) == 7


def test_every_reading_that_a_rule_rests_on_is_declared() -> None:
    declared = {reading.id for reading in PROTOCOL.readings}
    rules = [*PROTOCOL.rules, *PROTOCOL.advice_rules, PROTOCOL.schedule.cited, PROTOCOL.bleeding.cited]
    assert {reading for rule in rules for reading in rule.readings} <= declared


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            ("within_hours = 336", "within_hours = 336\nwithin_days = 14"),
            "answered-below-30: unknown within_days",
        ),
        (('unit = "10*9/L"\n', ""), "unit is missing"),
        (("every_months = 1", 'every_months = "1"'), "every_months must be a whole number, not '1'"),
        (("when = { at_most = 50 }", "when = { at_most = 20 }"), "counts must rise"),
        (
            ("when = { below = 150, once_above = 100, in_window = true }", "when = {}"),
            "only the last, must hold for",
        ),
        (("when = { below = 150, once", "when = { below = 150, at_most = 140, once"), "exclude each other"),
        (("once_above = 100", "once_above = 150"), "once_above needs a greater below or at_most"),
        (("unjudged = true\nunjudged_means", "unjudged_means"), "unjudged_means needs unjudged = true"),
        (
            ('settle_confirmed = ["contacted"]', 'settle_confirmed = ["referred"]'),
            "may name only what stands in keep",
        ),
        (("when = { below = 30 }", "when = { below = 30.0000001 }"), "below must be a count"),
        (("fall_percent = 50, confirmed", "confirmed"), "confirmed needs below, at_most or fall_percent"),
        (('bleeding = "mild"', 'bleeding = "some"'), "bleeding must be none, mild or active"),
        (('kind = "surveillance"', 'kind = "levels"'), "kind must be surveillance"),
        (('id = "100-to-150"', 'id = "30-to-50"'), "an id stands twice"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_by_name(change: tuple[str, str], complaint: str) -> None:
    assert change[0] in FILE
    with pytest.raises(ValueError, match=complaint):
        parse("copy", FILE.replace(*change, 1))


def test_a_changed_threshold_is_caught_by_the_worked_examples_of_the_file() -> None:
    with pytest.raises(ValueError, match="example 'just below 30': recheck_and_contact_now wanted"):
        ladder.read("copy", FILE.replace("when = { below = 30 }", "when = { below = 20 }"))


def test_a_file_of_the_first_edition_whose_rules_were_rungs_reads_the_same_and_names_its_faults() -> None:
    older = FILE.replace("[[rule]]", "[[rung]]")
    assert older != FILE
    assert ladder.read("copy", older).rules == ladder.read("copy", FILE).rules
    with pytest.raises(ValueError, match=r"rung bleeding.*unknown within_days"):
        parse("copy", older.replace("within_hours = 0", "within_days = 0", 1))


def test_a_copy_without_rules_for_what_is_confirmed_stays_valid() -> None:
    older = FILE
    for rule in ("confirmed-low", "confirmed-fall"):
        start = older.index(f'[[rule]]\nid = "{rule}"')
        older = older[:start] + older[older.index("[[rule]]", start + 1) :]
    while 'action = "contact_confirmed"' in older:
        place = older.index('action = "contact_confirmed"')
        start = older.rindex("[[example]]", 0, place)
        older = older[:start] + older[older.index("[[example]]", place) :]
    found = ladder.read("older", older)
    assert action(found, 75 * E6, 75 * E6, Bleeding.NONE, confirms_e6=75 * E6).rule.id == "50-to-100"


def test_a_site_may_change_the_settings_of_its_copy() -> None:
    copy = ladder.read("copy", FILE.replace('"multiple_sclerosis"', '"renal_transplant"'))
    assert copy == replace(PROTOCOL, settings=("renal_transplant",))


@pytest.mark.parametrize(
    ("previous", "current", "shown"),
    [
        (None, 100, False),
        (None, 99.999999, True),
        (140, 120, True),
        (140, 120.000001, False),
        (120, 140, False),
        (101, 100, False),
    ],
)
def test_a_hemoglobin_is_information_from_a_fall_of_20_or_below_100(
    previous: float | None, current: float, shown: bool
) -> None:
    before = None if previous is None else round(previous * MICRO)
    assert hemoglobin_is_shown(PROTOCOL, before, round(current * MICRO)) is shown

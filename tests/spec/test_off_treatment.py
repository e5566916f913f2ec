"""Remission off treatment after a thrombopoietin receptor agonist (DEF-TFR-01)."""

from typing import Any

import pytest

from tests.spec.builder import Call, aiha, another, itp, rescue

OFF = 100


def stopped(counts: dict[int, float], **facts: Any) -> Call:
    """Romiplostim, in response, last dose on day 100; the counts are days after it."""
    before = {7: 150, 14: 150}
    return itp(
        "romiplostim", baseline=10, counts=before | {OFF + d: v for d, v in counts.items()}, off=OFF, **facts
    )


def answer(counts: dict[int, float], **facts: Any) -> tuple[bool | None, bool | None]:
    call = stopped(counts, **facts)
    return call.srot30, call.srot50


def test_half_a_year_of_counts_that_hold_is_remission() -> None:
    """At both levels when every count is at least 50."""
    call = stopped({30: 80, 90: 60, 180: 70})
    assert (call.srot30, call.srot50, call.days_off) == (True, True, 180)


@pytest.mark.parametrize(("day", "known"), [(179, False), (180, True), (181, True), (400, True)])
def test_a_count_at_180_days_or_later_is_needed_else_it_is_not_known(day: int, known: bool) -> None:
    """Not known is not failed."""
    assert answer({30: 80, day: 80}) == ((True, True) if known else (None, None))


def test_without_any_count_after_the_last_dose_nothing_is_known() -> None:
    """Zero days off are on record."""
    call = stopped({})
    assert (call.srot30, call.srot50, call.days_off) == (None, None, 0)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (29.999999, (False, False)),
        (30, (True, False)),
        (49.999999, (True, False)),
        (50, (True, True)),
    ],
)
def test_every_count_after_the_last_dose_must_hold_each_level(
    count: float, expected: tuple[bool, bool]
) -> None:
    """Both sides of 30 and of 50, early, late, and at 180 days."""
    for day in (1, 60, 179):
        assert answer({day: count, 180: 80}) == expected
    assert answer({180: count}) == expected


def test_a_count_below_the_level_is_no_remission_although_180_days_are_not_over() -> None:
    """It is known already."""
    assert answer({60: 20}) == (False, False)
    assert answer({60: 40}) == (None, False)


def test_a_low_count_on_the_day_of_the_last_dose_is_still_on_treatment() -> None:
    """Off treatment begins the day after."""
    assert answer({0: 20, 180: 80}) == (True, True)
    assert answer({1: 20, 180: 80}) == (False, False)


def test_a_low_count_after_remission_was_reached_does_not_undo_it() -> None:
    """It was held for half a year; what follows is its duration."""
    assert answer({180: 80, 200: 10}) == (True, True)
    assert answer({179: 80, 200: 10}) == (False, False)


def test_the_count_that_answers_is_the_first_at_180_days_or_later() -> None:
    """If that one is low there was no remission, whatever came next."""
    assert answer({190: 10, 200: 80}) == (False, False)


@pytest.mark.parametrize(
    ("day", "expected"), [(0, (True, True)), (1, (False, False)), (180, (False, False)), (181, (True, True))]
)
def test_a_rescue_in_the_half_year_is_no_remission(day: int, expected: tuple[bool, bool]) -> None:
    """Drug or platelets, for any reason; on the day of the last dose or after the answer it does not matter."""
    for agent in ("ivig", "platelets"):
        for reason in ("procedure", "low_count", "unknown"):
            given = [rescue(OFF + day, reason, agent)]
            assert answer({180: 80}, happened=given) == expected


def test_a_rescue_before_the_count_that_answers_is_no_remission_even_after_180_days() -> None:
    """Until that count nothing had been shown."""
    assert answer({200: 80}, happened=[rescue(OFF + 190, "procedure")]) == (False, False)
    assert answer({200: 80}, happened=[rescue(OFF + 201, "procedure")]) == (True, True)


def test_a_rescue_is_no_remission_without_any_count() -> None:
    """Within the half year; later, without a count, it is not known what was there before it."""
    assert answer({}, happened=[rescue(OFF + 100, "procedure")]) == (False, False)
    assert answer({}, happened=[rescue(OFF + 181, "procedure")]) == (None, None)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(50, (False, False)), (179, (False, False)), (180, (None, None)), (200, (None, None))],
)
def test_a_next_course_in_the_half_year_is_no_remission(
    day: int, expected: tuple[bool | None, bool | None]
) -> None:
    """Whatever its reason; begun at 180 days or later without a count before, it leaves the answer open."""
    for reason in ("relapse", "toxicity", "not_recorded"):
        assert answer({30: 80}, others=[another(OFF + day, reason)]) == expected


def test_a_count_on_the_day_of_a_next_course_at_180_days_answers() -> None:
    """It is the former course's."""
    assert answer({180: 80}, others=[another(OFF + 180, "relapse")]) == (True, True)
    assert answer({181: 80}, others=[another(OFF + 180, "relapse")]) == (None, None)


def test_a_course_for_the_other_lineage_leaves_the_answer_open() -> None:
    """It ends what can be followed, and shows no need of platelets."""
    others = [another(OFF + 50, "relapse", disease="AIHA")]
    assert answer({30: 80, 180: 80}, others=others) == (None, None)


def test_it_is_asked_whatever_the_response_was() -> None:
    """The call says nothing of the time after the last dose."""
    late = itp("romiplostim", baseline=10, counts={19: 20, 61: 60, 70: 60, 200: 60}, off=20)
    assert (late.best_response, late.reason, late.srot30) == ("NR", "late_response", True)


def test_it_is_asked_where_a_last_dose_is_known_and_of_itp_alone() -> None:
    """Without one there is neither answer nor days."""
    call = itp("romiplostim", baseline=10, counts={7: 150, 14: 150, 400: 150})
    assert (call.srot30, call.srot50, call.days_off) == (None, None, 0)
    anemia = aiha(baseline=60, counts={14: 100, 21: 100, 400: 100}, off=100)
    assert (anemia.srot30, anemia.srot50) == (None, None)


def test_days_off_run_to_the_last_count_of_the_window() -> None:
    """Remission or not."""
    assert stopped({30: 80, 400: 10}).days_off == 400
    assert stopped({-20: 80}).days_off == 0

"""The next course: where the window ends, and what its reason says of the response before it (DEF-ITP-08, -16)."""

import pytest

from tests.spec.builder import aiha, another, itp

HELD = {7: 60, 14: 60}
RISEN = {14: 100, 21: 100}
LOSS = ["relapse", "inefficacy"]
UNCLEAR = ["not_recorded", "retreatment", "intensification"]
NO_LOSS = ["first_line", "toxicity", "steroid_sparing", "other"]


@pytest.mark.parametrize("reason", LOSS)
def test_a_next_course_for_relapse_or_inefficacy_is_loss_on_its_first_day(reason: str) -> None:
    """Even though every count held."""
    call = itp(baseline=10, counts=HELD, others=[another(40, reason)])
    assert (call.relapsed, call.duration, call.status, call.censored_by) == (40, 33, "event", "")
    assert "DEF-ITP-08" in call.readings
    assert aiha(baseline=60, counts=RISEN, others=[another(40, reason)]).relapsed == 40


@pytest.mark.parametrize("reason", [*LOSS, *UNCLEAR])
def test_after_a_failing_last_count_such_a_course_dates_the_loss_at_that_count(reason: str) -> None:
    """For an unclear reason the last count decides; failing is loss."""
    call = itp(baseline=10, counts={**HELD, 30: 20}, others=[another(40, reason)])
    assert (call.relapsed, "unconfirmed_loss" in call.flags) == (30, False)
    assert aiha(baseline=60, counts={**RISEN, 30: 70}, others=[another(40, reason)]).relapsed == 30


@pytest.mark.parametrize("reason", sorted({*UNCLEAR, *NO_LOSS} - {"steroid_sparing"}))
def test_after_a_last_count_that_held_any_other_course_censors(reason: str) -> None:
    """At the last count, not at the start of the course; one to come off corticosteroids goes on with it."""
    call = itp(baseline=10, counts={**HELD, 30: 60}, others=[another(40, reason)])
    assert (call.relapsed, call.duration, call.censored_by) == (None, 23, "next_course")
    assert "DEF-ITP-08" in call.readings
    anemia = aiha(baseline=60, counts={**RISEN, 30: 100}, others=[another(40, reason)])
    assert (anemia.relapsed, anemia.censored_by) == (None, "next_course")


@pytest.mark.parametrize("reason", NO_LOSS)
def test_a_course_for_another_reason_censors_even_after_a_failing_count(reason: str) -> None:
    """The loss stays unconfirmed."""
    call = itp(baseline=10, counts={**HELD, 30: 20}, others=[another(40, reason)])
    assert (call.relapsed, call.duration, call.censored_by) == (None, 7, "next_course")
    assert "unconfirmed_loss" in call.flags


def test_of_several_courses_begun_on_one_day_a_loss_counts_before_the_unclear_and_that_before_the_rest() -> (
    None
):
    """Whichever stands first."""
    counts = {**HELD, 30: 20}
    for order in (1, -1):
        loss = [another(40, "toxicity"), another(40, "relapse")][::order]
        unclear = [another(40, "toxicity"), another(40, "retreatment")][::order]
        assert itp(baseline=10, counts=HELD, others=loss).relapsed == 40
        assert itp(baseline=10, counts=counts, others=unclear).relapsed == 30


def test_the_count_on_the_day_of_the_next_course_belongs_to_the_course_before_it() -> None:
    """It is drawn before the first dose; the count of the day after is the next course's (DEF-ITP-16)."""
    same_day = itp(baseline=10, counts=HELD, others=[another(14, "toxicity")])
    day_before = itp(baseline=10, counts=HELD, others=[another(13, "toxicity")])
    assert (same_day.best_response, day_before.best_response) == ("R", "NE")
    assert ("DEF-ITP-16" in same_day.readings, "DEF-ITP-16" in day_before.readings) == (True, False)


def test_a_failing_count_on_the_day_of_the_next_course_is_the_loss() -> None:
    """20 on day 40, the course begun for relapse that day."""
    call = itp(baseline=10, counts={**HELD, 40: 20}, others=[another(40, "relapse")])
    assert (call.relapsed, call.evidence[-2:]) == (40, (("lost", 40), ("next_course", 40)))


def test_counts_after_the_next_course_are_not_this_courses() -> None:
    """Nor are its relapses."""
    call = itp(baseline=10, counts={**HELD, 45: 20, 46: 20}, others=[another(40, "toxicity")])
    assert (call.relapsed, call.observed_days) == (None, 14)


def test_only_the_first_of_the_later_courses_matters() -> None:
    """The course of day 60 says nothing of this one."""
    later = [another(60, "relapse"), another(40, "toxicity")]
    assert itp(baseline=10, counts=HELD, others=later).censored_by == "next_course"


def test_earlier_courses_and_those_of_the_same_day_do_not_close_the_window() -> None:
    """Two courses begun on one day share their counts."""
    for day in (-30, 0):
        call = itp(baseline=10, counts=HELD, others=[another(day, "relapse")])
        assert (call.best_response, call.relapsed, call.censored_by) == ("R", None, "last_count")


def test_watching_after_an_active_course_is_no_next_course() -> None:
    """It is a note, by its agent or by its intent; the course before it goes on."""
    by_agent = another(40, "other", "observation")
    by_intent = another(40, "other", "observation", intent="observation")
    for watched in (by_agent, by_intent):
        assert itp(baseline=10, counts=HELD, others=[watched]).censored_by == "last_count"


def test_a_single_failing_count_before_a_course_for_inefficacy_is_no_response() -> None:
    """Whoever changed treatment for it confirmed it."""
    call = itp(baseline=10, counts={7: 20}, others=[another(14, "inefficacy")])
    assert (call.best_response, call.reason) == ("NR", "next_course_for_inefficacy")
    assert call.evidence[-2:] == (("failing", 7), ("next_course", 14))
    assert aiha(baseline=60, counts={7: 70}, others=[another(14, "inefficacy")]).best_response == "NR"


def test_a_single_failing_count_before_a_course_for_any_other_reason_is_unconfirmed() -> None:
    """For relapse it is no response: a clinician judged it."""
    for reason in (*UNCLEAR, *NO_LOSS):
        assert itp(baseline=10, counts={14: 20}, others=[another(20, reason)]).reason == "unconfirmed"
    call = itp(baseline=10, counts={14: 20}, others=[another(20, "relapse")])
    assert (call.best_response, call.reason) == ("NR", "next_course_for_inefficacy")


def test_before_a_course_for_inefficacy_the_last_count_must_fail() -> None:
    """A good last count, or none at all, is not made a failure by the reason."""
    assert itp(baseline=10, counts={5: 20, 7: 60}, others=[another(14, "inefficacy")]).best_response == "NE"
    assert itp(baseline=10, counts={}, others=[another(14, "inefficacy")]).reason == "no_counts"


def test_a_course_for_the_other_disease_is_no_next_course() -> None:
    """It may end follow-up, but says nothing of this response: see Evans syndrome."""
    call = itp(baseline=10, counts={14: 20}, others=[another(20, "inefficacy", disease="AIHA")])
    assert call.reason == "unconfirmed"

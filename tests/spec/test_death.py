"""Death in response is a competing end, on its day (DEF-ITP-11)."""

from tests.spec.builder import aiha, another, itp, rescue

HELD = {7: 60, 14: 60}


def test_death_in_response_ends_it_on_the_day_of_death() -> None:
    """Not at the last count."""
    call = itp(baseline=10, counts=HELD, died=60)
    assert (call.duration, call.status, call.censored_by) == (53, "death", "death")
    assert "DEF-ITP-11" in call.readings
    assert aiha(baseline=60, counts={14: 100, 21: 100}, died=60).status == "death"


def test_death_after_a_relapse_is_not_what_ended_the_response() -> None:
    """The loss came first."""
    call = itp(baseline=10, counts={**HELD, 30: 20, 31: 20}, died=60)
    assert (call.relapsed, call.status) == (30, "event")


def test_death_after_an_unconfirmed_loss_is_death_in_response() -> None:
    """One failing count is no loss."""
    call = itp(baseline=10, counts={**HELD, 30: 20}, died=31)
    assert (call.status, call.duration, "unconfirmed_loss" in call.flags) == ("death", 24, True)


def test_death_on_the_day_of_the_next_course_is_death_and_a_day_later_it_is_censored() -> None:
    """The window of the course has its last day."""
    others = [another(40, "toxicity")]
    assert itp(baseline=10, counts=HELD, others=others, died=40).status == "death"
    later = itp(baseline=10, counts=HELD, others=others, died=41)
    assert (later.status, later.censored_by, later.duration) == ("censored", "next_course", 7)


def test_death_on_the_day_of_an_unclear_rescue_is_death_and_a_day_later_it_is_censored() -> None:
    """What ended follow-up first counts; on one day it is death."""
    happened = [rescue(30)]
    assert itp(baseline=10, counts=HELD, happened=happened, died=29).status == "death"
    assert itp(baseline=10, counts=HELD, happened=happened, died=30).status == "death"
    later = itp(baseline=10, counts=HELD, happened=happened, died=31)
    assert (later.status, later.censored_by) == ("censored", "rescue")


def test_death_without_a_response_changes_nothing() -> None:
    """No response, and no time in it."""
    call = itp(baseline=10, counts={15: 12, 16: 12}, died=20)
    assert (call.best_response, call.status) == ("NR", "none")


def test_death_on_the_day_of_onset_cannot_be_told_from_a_wrong_date_and_lasts_no_day() -> None:
    """The import refuses what lies after death; here it is judged all the same."""
    call = itp(baseline=10, counts=HELD, died=7)
    assert (call.best_response, call.status, call.duration) == ("R", "death", 0)
    before = itp(baseline=10, counts=HELD, died=6)
    assert (before.status, before.duration) == ("censored", 7)

"""A response that only continued corticosteroids hold is no response (Rodeghiero 2009; DEF-ITP-12)."""

from collections.abc import Mapping

import pytest

from tests.spec.builder import Call, Dose, aiha, another, dose, itp

LOST = {0: 10, 7: 60, 14: 60, 50: 20, 51: 20}
HELD = {0: 10, 7: 60, 14: 60, 90: 60}
TAPER = (dose(0, 20, 60), dose(21, 60, 10))
RAISED = (dose(0, 20, 60), dose(21, 40, 5), dose(41, 60, 20))


def course(counts: Mapping[int, float], *doses: Dose, others: tuple[tuple[int, str], ...] = ()) -> Call:
    later = [another(day, "relapse", agent) for day, agent in others]
    return itp("prednisolone", counts=counts, doses=doses, others=later)


def dependent(counts: Mapping[int, float], *doses: Dose, others: tuple[tuple[int, str], ...] = ()) -> bool:
    return course(counts, *doses, others=others).reason == "corticosteroid_dependent"


def test_lost_on_the_taper_and_still_on_more_than_5_mg_at_60_days_is_dependent() -> None:
    """No response, with the reason, the flag and the reading, and nothing that a response has."""
    call = course(LOST, *TAPER)
    assert (call.best_response, call.reason) == ("NR", "corticosteroid_dependent")
    assert ("corticosteroid_dependent" in call.flags, "DEF-ITP-12" in call.readings) == (True, True)
    assert (call.onset, call.cr_onset, call.relapsed, call.lost_cr) == (None, None, None, None)
    assert (call.duration, call.status, call.censored_by) == (None, "none", "")


def test_the_counts_that_show_the_dependence_are_cited() -> None:
    """The response that was held, its loss, and the last assessment."""
    steps = [step for step, _ in course(LOST, *TAPER).evidence]
    assert steps == ["baseline", "onset", "confirming", "refutes_better", "lost", "lost_confirming", "dose"]


@pytest.mark.parametrize(("last", "answer"), [(59, False), (60, True), (61, True)])
def test_the_dose_must_last_to_day_60(last: int, answer: bool) -> None:
    """Both sides of two months."""
    assert dependent(LOST, dose(0, 20, 60), dose(21, last, 10)) is answer


@pytest.mark.parametrize(("mg", "answer"), [(5, False), (5.000001, True), (4, False), (7.5, True)])
def test_the_dose_must_be_above_5_mg(mg: float, answer: bool) -> None:
    """5 mg is what a graft needs, or a replacement."""
    assert dependent(LOST, dose(0, 20, 60), dose(21, 90, mg)) is answer


def test_held_without_loss_or_escalation_is_a_response_however_long_the_dose() -> None:
    """Need must be shown, not duration."""
    assert course(HELD, dose(0, 20, 60), dose(21, 200, 10)).best_response == "R"


@pytest.mark.parametrize(("last", "answer"), [(49, False), (50, True)])
def test_a_loss_counts_while_corticosteroids_are_taken_whatever_the_dose(last: int, answer: bool) -> None:
    """Lost on day 50, the last day of 2 mg or the day after it; two later courses show the need."""
    others = ((100, "prednisolone"), (200, "dexamethasone"))
    assert dependent(LOST, dose(0, 20, 60), dose(21, last, 2), others=others) is answer


def test_raised_again_on_the_taper_is_dependent_without_a_loss() -> None:
    """60, 5, then 20 mg to day 60."""
    assert dependent(HELD, *RAISED)


def test_raised_to_no_more_than_the_lowest_dose_before_is_no_escalation() -> None:
    """60, 20, 20: the dose never went up."""
    assert not dependent(HELD, dose(0, 20, 60), dose(21, 40, 20), dose(41, 90, 20))
    assert dependent(HELD, dose(0, 20, 60), dose(21, 40, 20), dose(41, 90, 20.5))


def test_raised_without_a_taper_before_is_no_escalation() -> None:
    """20, then 60: the first dose was too low, nothing was lost."""
    assert not dependent(HELD, dose(0, 20, 20), dose(21, 90, 60))


def test_raised_for_less_than_two_months_is_no_dependence() -> None:
    """Above 5 mg until day 59."""
    assert not dependent(HELD, dose(0, 20, 60), dose(21, 40, 5), dose(41, 59, 20))


def test_a_second_further_corticosteroid_course_from_day_60_on_shows_the_need_too() -> None:
    """In place of the dose at 60 days."""
    short = (dose(0, 30, 60), dose(31, 50, 5))
    assert not dependent(LOST, *short)
    assert not dependent(LOST, *short, others=((100, "prednisolone"),))
    assert dependent(LOST, *short, others=((100, "prednisolone"), (200, "dexamethasone")))
    assert not dependent(LOST, *short, others=((100, "prednisolone"), (200, "rituximab")))


@pytest.mark.parametrize(("day", "answer"), [(59, False), (60, True)])
def test_the_second_further_course_begins_on_day_60_or_later(day: int, answer: bool) -> None:
    """The first may be as early as it likes."""
    short = (dose(0, 30, 60), dose(31, 52, 5))
    counts = {0: 10, 7: 60, 14: 60, 50: 20, 51: 20}
    assert dependent(counts, *short, others=((55, "prednisolone"), (day, "prednisolone"))) is answer


def test_a_dose_without_an_end_lasts_to_the_last_count_and_no_longer() -> None:
    """Nobody knows what came after it."""
    open_end = (dose(0, 20, 60), dose(21, 40, 5), dose(41, None, 20))
    assert not dependent({0: 10, 7: 60, 59: 60}, *open_end)
    assert dependent({0: 10, 7: 60, 60: 60}, *open_end)


def test_doses_of_one_day_are_not_added_up() -> None:
    """4 mg and 4 mg are not above 5 (READ-ITP-25)."""
    assert not dependent(LOST, dose(0, 20, 60), dose(21, 90, 4), dose(21, 90, 4))


def test_doses_begun_on_one_day_are_neither_taper_nor_escalation_of_each_other() -> None:
    """60 and 10 on day 0, then 10: the dose went down once."""
    assert not dependent(HELD, dose(0, 20, 60), dose(0, 20, 10), dose(21, 90, 10))
    assert not dependent(HELD, dose(0, 20, 10), dose(0, 20, 60), dose(21, 90, 10))


def test_without_a_response_there_is_no_dependence() -> None:
    """The reason is that nothing was held at all."""
    assert course({0: 10, 14: 12, 15: 12}, *RAISED).reason == "failing_confirmed"


def test_a_course_without_corticosteroids_cannot_be_dependent() -> None:
    """There are no steps."""
    assert itp("rituximab", counts=LOST).best_response == "R"


def test_dependence_is_a_rule_of_itp() -> None:
    """No source of the anemia has it."""
    counts = {0: 60, 14: 100, 21: 100, 50: 70, 51: 70}
    assert aiha(counts=counts, doses=TAPER).best_response == "PR"


LONG_HELD = {0: 10, 14: 150, 28: 150, 90: 140, 180: 130, 217: 20, 224: 15}
"""A CR of 203 days that is lost long after the last corticosteroid."""


def test_a_taper_without_ends_is_the_taper_with_ends() -> None:
    """A new step of the same agent ends the one before, on the day before it begins."""
    for counts in (LOST, HELD, LONG_HELD):
        natural = course(counts, dose(0, None, 60), dose(18, None, 20), dose(32, None, 5), dose(46, 59, 2.5))
        ended = course(counts, dose(0, 17, 60), dose(18, 31, 20), dose(32, 45, 5), dose(46, 59, 2.5))
        assert (natural.best_response, natural.reason, natural.flags) == (
            ended.best_response,
            ended.reason,
            ended.flags,
        )


def test_a_lost_complete_response_after_a_taper_typed_without_ends_is_a_complete_response() -> None:
    call = course(LONG_HELD, dose(0, None, 60), dose(15, None, 20), dose(29, None, 5), dose(43, 56, 2.5))
    assert call.best_response == "CR"


@pytest.mark.parametrize(("next_step", "answer"), [(60, False), (61, True)])
def test_an_open_step_lasts_to_the_day_before_the_next_one(next_step: int, answer: bool) -> None:
    """With 10 mg until day 59 the dose was below the limit on day 60."""
    assert dependent(LOST, dose(0, 20, 60), dose(21, None, 10), dose(next_step, 90, 2.5)) is answer


@pytest.mark.parametrize(("next_step", "answer"), [(60, False), (61, True)])
def test_a_recorded_end_after_the_next_step_is_cut_short(next_step: int, answer: bool) -> None:
    assert dependent(LOST, dose(0, 20, 60), dose(21, 200, 10), dose(next_step, 90, 2.5)) is answer


def test_a_next_step_of_unknown_dose_ends_the_one_before_too() -> None:
    assert not dependent(LOST, dose(0, 20, 60), dose(21, 90, 10), dose(40, 90, None))


def test_a_step_of_another_corticosteroid_ends_nothing() -> None:
    """Dexamethasone was given beside prednisolone 10, which went on."""
    doses = [
        dose(0, 20, 60, "prednisolone"),
        dose(21, 90, 10, "prednisolone"),
        dose(40, 43, 2, "dexamethasone"),
    ]
    assert itp("prednisolone", "dexamethasone", counts=LOST, doses=doses).reason == "corticosteroid_dependent"
    both = [*doses[:2], dose(40, 43, 2, "prednisolone")]
    assert itp("prednisolone", "dexamethasone", counts=LOST, doses=both).reason == ""


def test_a_step_that_begins_after_the_cut_ends_nothing_yet() -> None:
    doses = [dose(0, 20, 60), dose(21, None, 10), dose(50, None, 2.5)]
    open_end = itp("prednisolone", counts=LOST, doses=doses[:2], known_until=49)
    assert itp("prednisolone", counts=LOST, doses=doses, known_until=49) == open_end

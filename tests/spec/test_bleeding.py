"""Bleeding: a good count does not make a response while the patient bleeds (DEF-ITP-05)."""

import pytest

from tests.spec.builder import CLEAN, aiha, another, bleed, itp

GOOD = {7: 150, 14: 150}


def test_bleeding_makes_a_patient_with_150_a_non_responder() -> None:
    """The published level asks for the absence of bleeding."""
    call = itp(baseline=10, counts=GOOD, happened=[bleed(6, until=15, grade=2)])
    assert (call.best_response, call.reason) == ("NR", "failing_confirmed")
    assert "DEF-ITP-05" in call.readings


@pytest.mark.parametrize(("grade", "answer"), [(0, "CR"), (1, "NR"), (2, "NR"), (4, "NR")])
def test_bleeding_counts_from_grade_1(grade: int, answer: str) -> None:
    """Grade 0 says that it was looked for and not found."""
    assert itp(baseline=10, counts=GOOD, happened=[bleed(6, 15, grade)]).best_response == answer


def test_bleeding_that_is_not_of_itp_is_ignored() -> None:
    """Trauma, surgery, anticoagulants."""
    call = itp(baseline=10, counts=GOOD, happened=[bleed(6, 15, 3, of_itp=False)])
    assert (call.best_response, "DEF-ITP-05" in call.readings) == ("CR", False)


@pytest.mark.parametrize(
    ("first", "last", "answer"), [(-3, 6, "CR"), (-3, 7, "NE"), (15, 20, "CR"), (14, 20, "NE")]
)
def test_bleeding_spoils_the_counts_of_its_own_days_the_first_and_the_last_included(
    first: int, last: int, answer: str
) -> None:
    """Counts of days 7 and 14; what ended on day 6 or began on day 15 leaves them alone."""
    call = itp(baseline=10, counts=GOOD, happened=[bleed(first, last)])
    assert call.best_response == answer


def test_a_bleed_without_an_end_is_one_of_its_first_day() -> None:
    """Nobody knows how long it lasted, and it is not taken to last for ever."""
    assert itp(baseline=10, counts=GOOD, happened=[bleed(6)]).best_response == "CR"
    assert itp(baseline=10, counts=GOOD, happened=[bleed(7)]).best_response == "NE"


def test_the_first_day_of_a_bleed_is_a_failing_assessment_without_a_count() -> None:
    """Two bleeds on consecutive days are no response; one is unconfirmed."""
    assert itp(baseline=10, happened=[bleed(15), bleed(16)]).reason == "failing_confirmed"
    assert itp(baseline=10, happened=[bleed(15)]).reason == "unconfirmed"


def test_the_later_days_of_a_bleed_are_no_assessments_of_their_own() -> None:
    """A bleed of ten days is one failing assessment."""
    assert itp(baseline=10, happened=[bleed(15, 25)]).reason == "unconfirmed"


def test_a_bleed_and_a_failing_count_of_the_next_day_confirm_each_other() -> None:
    """Either is a failing assessment; on one day they are one."""
    assert itp(baseline=10, counts={16: 20}, happened=[bleed(15)]).reason == "failing_confirmed"
    assert itp(baseline=10, counts={15: 20}, happened=[bleed(15)]).reason == "unconfirmed"


def test_a_bleed_that_began_before_the_course_spoils_counts_but_is_no_assessment_of_it() -> None:
    """Its first day lies outside the window."""
    assert itp(baseline=10, counts=GOOD, happened=[bleed(-3, 7)]).best_response == "NE"
    assert itp(baseline=10, counts={}, happened=[bleed(0, 7)]).reason == "no_counts"


def test_a_bleed_between_the_confirming_counts_breaks_the_response() -> None:
    """Days 8 to 13, with good counts around it."""
    assert itp(baseline=10, counts=GOOD, happened=[bleed(8, 13)]).best_response == "NE"


def test_a_bleed_in_response_is_its_loss() -> None:
    """At once, on its first day: no second assessment is needed."""
    call = itp(baseline=10, counts={**GOOD, 40: 150}, happened=[bleed(30)])
    assert (call.best_response, call.relapsed, call.lost_cr) == ("CR", 30, 30)


def test_bleeding_that_nobody_recorded_is_taken_as_absent_and_flagged() -> None:
    """A row of grade 0 that begins up to the last day of the window is enough of a record."""
    assert "bleeding_not_recorded" in itp(baseline=10, counts=GOOD).flags
    for recorded in (bleed(-100, grade=0), bleed(10, grade=0), bleed(900, grade=0), bleed(-50, of_itp=False)):
        assert "bleeding_not_recorded" not in itp(baseline=10, counts=GOOD, happened=[recorded]).flags
    assert "bleeding_not_recorded" not in itp(baseline=10, counts={14: 12, 15: 12}).flags
    for day, flagged in ((40, False), (41, True)):
        call = itp(baseline=10, counts=GOOD, happened=[bleed(day, grade=0)], others=[another(40, "toxicity")])
        assert ("bleeding_not_recorded" in call.flags) == flagged


def test_bleeding_plays_no_part_in_anemia() -> None:
    """The levels of hemoglobin do not ask for it."""
    call = aiha(baseline=60, counts={14: 135, 21: 135}, markers={17: CLEAN}, happened=[bleed(13, 22, 4)])
    assert (call.best_response, call.relapsed) == ("CR", None)

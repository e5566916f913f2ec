"""How long a response lasted, and what ended its follow-up (DEF-ITP-11)."""

import pytest

from tests.spec.builder import aiha, another, itp, rescue

HELD = {7: 60, 14: 60}


def test_duration_runs_from_onset_to_relapse() -> None:
    """Not from the start of the course, nor to the confirming count."""
    call = itp(baseline=10, counts={**HELD, 100: 20, 110: 20})
    assert (call.duration, call.status, call.censored_by) == (93, "event", "")
    assert "DEF-ITP-11" not in call.readings


def test_a_response_that_goes_on_is_censored_at_the_last_count_that_held() -> None:
    """A later contact without a count does not prolong it."""
    call = itp(baseline=10, counts={**HELD, 100: 60})
    assert (call.duration, call.status, call.censored_by) == (93, "censored", "last_count")
    assert "DEF-ITP-11" in call.readings
    assert call.evidence[-1] == ("censoring", 100)


def test_a_single_failing_count_at_the_end_does_not_prolong_the_response() -> None:
    """It lasts to the last count that held."""
    assert itp(baseline=10, counts={**HELD, 100: 60, 120: 20}).duration == 93


def test_a_count_that_cannot_be_told_does_not_prolong_it_either() -> None:
    """Without a baseline 60 may or may not be response."""
    assert itp(counts={7: 150, 14: 150, 100: 60}).duration == 7


def test_a_response_confirmed_by_its_last_count_has_lasted_until_then() -> None:
    """Seven days at least."""
    call = itp(baseline=10, counts=HELD)
    assert (call.duration, call.evidence[-1]) == (7, ("refutes_better", 7))


def test_without_a_response_there_is_no_duration() -> None:
    """Empty, not zero."""
    for counts in ({}, {7: 20, 8: 20}, {7: 60}, {40: 60, 50: 60}):
        call = itp(baseline=10, counts=counts)
        assert (call.duration, call.status, call.censored_by) == (None, "none", "")


@pytest.mark.parametrize(
    ("facts", "by"),
    [
        ({}, "last_count"),
        ({"others": [another(40, "toxicity")]}, "next_course"),
        ({"others": [another(40, "toxicity", disease="AIHA")]}, "other_lineage_course"),
        ({"happened": [rescue(40)]}, "rescue"),
        ({"died": 40}, "death"),
    ],
)
def test_what_ended_follow_up_is_named(facts: dict[str, object], by: str) -> None:
    """Each with the response held until day 14."""
    call = itp(baseline=10, counts=HELD, **facts)
    assert (call.censored_by, call.status) == (by, "death" if by == "death" else "censored")
    assert call.duration == (33 if by == "death" else 7)


def test_the_other_lineages_course_and_the_next_on_one_day_is_the_next() -> None:
    """The patient's own disease comes first."""
    others = [another(40, "toxicity", disease="AIHA"), another(40, "toxicity")]
    assert itp(baseline=10, counts=HELD, others=others).censored_by == "next_course"


def test_durations_of_hemoglobin_follow_the_same_rules() -> None:
    """Onset to relapse, or to the last value that held."""
    held = aiha(baseline=60, counts={14: 100, 21: 100, 50: 95})
    lost = aiha(baseline=60, counts={14: 100, 21: 100, 50: 70, 51: 70})
    assert (held.duration, held.status, lost.duration, lost.status) == (36, "censored", 36, "event")

"""What a call cites beside its counts: the course, cause, death, stop or dose that decided (second edition)."""

import pytest

from tests.spec.builder import Call, another, bleed, dose, itp, itp_courses, other_cause

GOOD = {14: 150, 21: 150, 60: 150}
COUNTLESS = {"next_course", "other_lineage_course", "other_cause", "death", "stopped", "dose"}


def facts(call: Call) -> list[tuple[str, int]]:
    """The cited facts that are no counts, with their days."""
    return [(step, day) for step, day in call.evidence if step in COUNTLESS]


@pytest.mark.parametrize(
    ("reason", "status"), [("toxicity", "censored"), ("relapse", "event"), ("other", "censored")]
)
def test_the_next_course_is_cited_where_it_ends_or_loses_the_response(reason: str, status: str) -> None:
    call = itp("rituximab", baseline=10, counts=GOOD, others=[another(61, reason, "eltrombopag")])
    assert (call.status, facts(call)) == (status, [("next_course", 61)])


def test_a_loss_by_counts_cites_no_course() -> None:
    call = itp(
        "rituximab",
        baseline=10,
        counts={**GOOD, 70: 20, 71: 18},
        others=[another(80, "relapse", "eltrombopag")],
    )
    assert (call.relapsed, facts(call)) == (70, [])


def test_a_course_for_the_other_lineage_is_cited_where_it_ends_the_follow_up() -> None:
    call = itp(
        "rituximab", baseline=10, counts=GOOD, others=[another(61, "other", "prednisolone", disease="AIHA")]
    )
    assert (call.censored_by, facts(call)) == ("other_lineage_course", [("other_lineage_course", 61)])


def test_a_next_course_for_inefficacy_is_cited_with_the_count_that_failed() -> None:
    call = itp("rituximab", baseline=10, counts={20: 12}, others=[another(30, "inefficacy", "eltrombopag")])
    assert call.reason == "next_course_for_inefficacy"
    assert call.evidence[-2:] == (("failing", 20), ("next_course", 30))


def test_a_stop_for_inefficacy_is_cited_on_its_day() -> None:
    call = itp("rituximab", baseline=10, counts={5: 12}, stopped=6, stop_reason="inefficacy")
    assert facts(call) == [("stopped", 6)]
    late = itp(
        "prednisolone", baseline=10, counts={5: 12, 40: 150, 47: 150}, stopped=6, stop_reason="inefficacy"
    )
    assert (late.reason, ("late_onset", 40) in late.evidence, facts(late)) == (
        "stopped_for_inefficacy",
        True,
        [("stopped", 6)],
    )


def test_another_cause_is_cited_with_its_first_day() -> None:
    call = itp(baseline=10, counts={15: 12, 20: 12}, happened=[other_cause(10, 30, of="ITP")])
    assert (call.reason, facts(call)) == ("other_cause", [("other_cause", 10)])


def test_death_is_cited_where_it_ends_a_response_and_with_its_bleed_where_it_shows_failure() -> None:
    in_response = itp("rituximab", baseline=10, counts=GOOD, died=70)
    assert (in_response.status, facts(in_response)) == ("death", [("death", 70)])
    failing = itp("rituximab", baseline=10, counts={2: 5}, happened=[bleed(4, grade=4)], died=5)
    assert (failing.reason, facts(failing)) == ("died_failing", [("death", 4), ("death", 5)])


def test_the_dose_that_shows_dependence_or_was_held_for_long_is_cited() -> None:
    held = dict.fromkeys(range(10, 220, 20), 60)
    long = itp(baseline=10, counts=held, doses=[dose(0, 9, 60), dose(10, 230, 10)])
    assert ("prolonged_corticosteroid" in long.flags, facts(long)) == (True, [("dose", 10)])
    counts = {7: 60, 14: 60, 40: 12, 41: 12, 70: 60}
    needed = itp(baseline=10, counts=counts, doses=[dose(0, 29, 60), dose(30, 80, 10)])
    assert (needed.reason, facts(needed)) == ("corticosteroid_dependent", [("dose", 30)])


def test_further_courses_that_show_dependence_are_cited_by_the_second() -> None:
    call = itp(
        baseline=10,
        counts={7: 60, 14: 60, 40: 12, 41: 12},
        doses=[dose(0, 50, 20)],
        others=[another(50, "relapse", "prednisolone"), another(70, "relapse", "prednisolone")],
    )
    assert (call.reason, facts(call)) == ("corticosteroid_dependent", [("dose", 70)])


def test_of_a_course_that_started_in_response_the_last_count_that_held_is_cited() -> None:
    _, second = itp_courses(
        "rituximab",
        baseline=10,
        counts={**GOOD, 90: 80, 120: 20, 121: 18},
        others=[another(61, "toxicity", "eltrombopag")],
    )
    assert second.reason == "started_in_response"
    assert second.evidence[-3:] == (("lost", 120), ("lost_confirming", 121), ("held", 90))

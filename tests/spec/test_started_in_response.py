"""A course that starts in response is followed, not judged (DEF-LINE-02, DEF-LINE-07)."""

import pytest

from tests.spec.builder import (
    CLEAN,
    HEMOLYSIS,
    aiha,
    aiha_courses,
    another,
    bleed,
    itp,
    itp_courses,
    other_cause,
    rescue,
)

HELD = {7: 60, 14: 60}


def test_a_course_begun_while_the_response_holds_is_not_judged_whatever_it_is_called() -> None:
    """A switch for toxicity, a choice, a maintenance course."""
    for reason, intent in (
        ("toxicity", "induction"),
        ("other", "induction"),
        ("steroid_sparing", "maintenance"),
    ):
        others = [another(40, reason, intent=intent)]
        former, call = itp_courses(baseline=10, counts={**HELD, 40: 60, 60: 70, 90: 80}, others=others)
        assert (former.best_response, former.relapsed) == ("R", None)
        assert (call.best_response, call.reason, call.held_until, call.lost_on) == (
            "NE",
            "started_in_response",
            90,
            None,
        )
        assert {"DEF-LINE-02", "DEF-LINE-07"} <= call.readings
        assert (call.onset, call.status, call.er_7d, call.in_response_days) == (
            None,
            "none",
            None,
            0,
        )


def test_its_loss_is_dated_and_what_held_before_it() -> None:
    """Two failing counts, as for any response; measured from the baseline of the course that brought it."""
    counts = {-1: 25, **HELD, 60: 55, 90: 45, 91: 45}
    call = itp_courses(counts=counts, others=[another(40, "toxicity")])[1]
    assert (call.held_until, call.lost_on) == (60, 90)
    assert call.evidence == (("lost", 90), ("lost_confirming", 91), ("held", 60))


@pytest.mark.parametrize(("start", "reason"), [(194, "started_in_response"), (195, "failing_confirmed")])
def test_the_last_assessment_is_at_most_180_days_old(start: int, reason: str) -> None:
    """Day 14 is the last."""
    counts = {**HELD, start + 55: 12, start + 56: 12}
    assert itp_courses(baseline=10, counts=counts, others=[another(start, "other")])[1].reason == reason


def test_a_last_count_that_fails_starts_a_course_that_is_judged() -> None:
    """Nobody waited for the second one."""
    counts = {**HELD, 39: 20, 60: 60, 67: 60}
    call = itp_courses(baseline=10, counts=counts, others=[another(40, "toxicity")])[1]
    assert (call.best_response, call.baseline) == ("R", 20)


def test_after_a_loss_the_next_course_is_judged() -> None:
    """Also where a relapse was recorded and the last count held."""
    lost = {**HELD, 30: 20, 31: 20, 60: 60, 67: 60}
    assert itp_courses(baseline=10, counts=lost, others=[another(40, "relapse")])[1].best_response == "R"
    recorded = {**HELD, 39: 50, 60: 110, 67: 110}
    former, call = itp_courses(baseline=10, counts=recorded, others=[another(40, "relapse")])
    assert (former.relapsed, call.best_response, call.baseline) == (40, "CR", 50)


@pytest.mark.parametrize(("baseline", "reason"), [(100, "started_in_response"), (99, "failing_confirmed")])
def test_a_baseline_at_the_level_of_complete_response_is_a_start_in_response(
    baseline: int, reason: str
) -> None:
    """Without any course before it; then 30 alone holds it."""
    call = itp(baseline=baseline, counts={20: 31, 30: 29, 31: 29})
    assert call.reason == reason
    if reason == "started_in_response":
        assert (call.held_until, call.lost_on) == (20, 30)


def test_who_bleeds_did_not_start_in_response() -> None:
    """A bleed of any day from that of the baseline to the start."""
    for day, reason in ((-3, "started_in_response"), (-2, "unconfirmed"), (0, "unconfirmed")):
        call = itp(counts={-2: 150, 20: 150}, happened=[bleed(day)])
        assert call.reason == reason


def test_in_anemia_every_condition_of_complete_response_must_hold() -> None:
    """Above 120 with clean markers; unknown markers are not clean; then above 100 holds it."""
    counts = {0: 125, 30: 101, 60: 100, 61: 100}
    call = aiha(counts=counts, markers={0: CLEAN})
    assert (call.reason, call.held_until, call.lost_on) == ("started_in_response", 30, 60)
    assert aiha(counts=counts).reason != "started_in_response"
    assert aiha(counts=counts, markers={0: HEMOLYSIS}).reason != "started_in_response"
    assert aiha(counts={**counts, 0: 120}, markers={0: CLEAN}).reason != "started_in_response"


@pytest.mark.parametrize(
    ("reason", "intent", "goes_on"),
    [
        ("steroid_sparing", "induction", True),
        ("not_recorded", "maintenance", True),
        ("toxicity", "induction", False),
        ("other", "induction", False),
    ],
)
def test_under_maintenance_the_follow_up_of_the_former_response_goes_on(
    reason: str, intent: str, goes_on: bool
) -> None:
    """It can be lost there; any other change censors it."""
    counts = {**HELD, 40: 60, 60: 60, 90: 20, 91: 20}
    former, call = itp_courses(baseline=10, counts=counts, others=[another(40, reason, intent=intent)])
    assert ("continued_under_maintenance" in former.flags) == goes_on
    assert (former.relapsed, former.censored_by) == ((90, "") if goes_on else (None, "next_course"))
    assert (former.duration, former.status) == ((83, "event") if goes_on else (33, "censored"))
    assert (call.held_until, call.lost_on) == (60, 90)


def test_maintenance_deepens_no_response() -> None:
    """150 under the maintenance course is not the former course's."""
    counts = {**HELD, 60: 150, 70: 150}
    former = itp_courses(baseline=10, counts=counts, others=[another(40, "steroid_sparing")])[0]
    assert (former.best_response, former.cr_onset, former.duration) == ("R", None, 63)


def test_the_follow_up_goes_on_through_one_maintenance_course_after_another() -> None:
    """Until a change for another reason."""
    others = [
        another(40, "steroid_sparing", "eltrombopag"),
        another(80, "other", "mycophenolate", intent="maintenance"),
        another(120, "toxicity", "romiplostim"),
    ]
    counts = {**HELD, 70: 60, 100: 60, 119: 60, 140: 60, 150: 5, 151: 5}
    calls = itp_courses(baseline=10, counts=counts, others=others)
    assert (calls[0].duration, calls[0].censored_by) == (112, "next_course")
    assert [call.reason for call in calls[1:]] == ["started_in_response"] * 3
    assert [(call.held_until, call.lost_on) for call in calls[1:]] == [(70, None), (119, None), (140, 150)]


def test_a_course_that_started_in_response_carries_the_response_on() -> None:
    """The third course starts in the response that the first one brought, measured from its baseline."""
    others = [another(40, "toxicity"), another(80, "other", "eltrombopag")]
    counts = {-1: 25, **HELD, 70: 55, 100: 52, 130: 45, 131: 45}
    calls = itp_courses(counts=counts, others=others)
    assert [call.reason for call in calls] == ["", "started_in_response", "started_in_response"]
    assert (calls[2].held_until, calls[2].lost_on) == (100, 130)


def test_notes_are_passed_over() -> None:
    """A note of watching between two courses changes nothing."""
    others = [another(40, "other", "observation"), another(80, "other", "eltrombopag")]
    calls = itp_courses(baseline=10, counts={**HELD, 70: 60}, others=others)
    assert [call.reason for call in calls[1:]] == ["observation_after_treatment", "started_in_response"]


def test_the_first_watching_of_an_episode_can_start_in_response_too() -> None:
    """It is a course, and 150 was there before it."""
    assert itp("observation", baseline=150, counts={30: 150, 60: 150}).reason == "started_in_response"


def test_a_course_of_the_other_lineage_closes_the_window_but_every_count_is_looked_at() -> None:
    """The response before rituximab for the anemia, the counts after it."""
    others = [another(30, "relapse", disease="AIHA"), another(60, "other", "eltrombopag")]
    held = itp_courses(baseline=10, counts={**HELD, 50: 60}, others=others)
    assert (held[0].censored_by, held[1].reason) == ("other_lineage_course", "started_in_response")
    failed = itp_courses(baseline=10, counts={**HELD, 50: 20}, others=others)
    assert failed[1].reason == "no_counts"


def test_a_rescue_for_a_low_count_loses_what_is_followed() -> None:
    """As it loses any response."""
    happened = [rescue(60, "low_count")]
    call = itp_courses(
        baseline=10, counts={**HELD, 50: 60}, others=[another(40, "other")], happened=happened
    )[1]
    assert (call.held_until, call.lost_on) == (50, 60)


def test_a_fall_from_the_peak_loses_a_followed_hemoglobin() -> None:
    """From 135 to 85, although 85 is still a rise from 60."""
    counts = {0: 60, 14: 130, 28: 135, 60: 120, 90: 85, 91: 85}
    call = aiha_courses(counts=counts, others=[another(40, "other")])[1]
    assert (call.held_until, call.lost_on) == (60, 90)


@pytest.mark.parametrize(("before", "reason"), [(120, "started_in_response"), (60, "no_counts")])
def test_of_a_splenectomy_the_count_before_the_operation_says_whether_it_started_in_response(
    before: int, reason: str
) -> None:
    """Its baseline is the count before the first treatment (DEF-LINE-02, READ-ITP-22)."""
    call = itp(
        "splenectomy",
        counts={-400: 8, -386: 9, -385: 10, -3: before},
        others=[another(-400, "first_line", "prednisolone", until=-380)],
    )
    assert (call.baseline, call.reason) == (8, reason)


@pytest.mark.parametrize(
    ("between", "reason"), [({}, "started_in_response"), ({70: 20, 71: 18}, "no_counts")]
)
def test_a_loss_after_a_course_of_the_other_lineage_is_seen_before_the_next_start(
    between: dict[int, int], reason: str
) -> None:
    """The window of the course that responded ended on day 60; every count up to the start is looked at (DEF-EV-02)."""
    calls = itp_courses(
        "rituximab",
        baseline=10,
        counts={14: 60, 21: 60, **between, 97: 60},
        others=[another(60, "other", "prednisolone", disease="AIHA"), another(100, "other", "eltrombopag")],
    )
    assert (calls[0].relapsed, calls[1].reason) == (None, reason)


@pytest.mark.parametrize(("excused", "reason"), [(True, "started_in_response"), (False, "no_counts")])
def test_a_last_count_that_another_cause_explains_is_not_the_last(excused: bool, reason: str) -> None:
    calls = itp_courses(
        "rituximab",
        baseline=10,
        counts={14: 60, 21: 60, 60: 60, 65: 20},
        happened=[other_cause(64, 66, of="ITP")] if excused else [],
        others=[another(66, "toxicity", "eltrombopag")],
    )
    assert calls[1].reason == reason


@pytest.mark.parametrize(("last", "reason"), [(30, "started_in_response"), (29, "no_counts")])
def test_a_response_without_a_baseline_is_held_by_the_value_alone(last: int, reason: str) -> None:
    calls = itp_courses(
        "rituximab",
        counts={14: 150, 21: 150, 60: last},
        others=[another(61, "toxicity", "eltrombopag")],
    )
    assert calls[1].reason == reason


def test_two_courses_of_one_day_hand_on_one_response() -> None:
    """Immunoglobulin and prednisolone entered apart: their response is not that of a bridge alone (DEF-ITP-28)."""
    for agents, reason in ((("ivig",), ""), (("ivig", "prednisolone"), "started_in_response")):
        first, *others = [another(0, "first_line", name, until=1) for name in agents]
        calls = itp_courses(
            *first.agents,
            baseline=10,
            counts={3: 60, 10: 60, 40: 60},
            stopped=1,
            others=[*others, another(20, "other", "eltrombopag")],
        )
        assert calls[-1].reason == reason or (reason == "" and calls[-1].reason != "started_in_response")


def test_in_anemia_what_immunoglobulin_brought_is_there_all_the_same() -> None:
    """K3 speaks of platelets: there the same course does not start in response (DEF-ITP-23)."""
    switch = {"stopped": 1, "others": [another(15, "other", "rituximab")]}
    anemia = aiha_courses("ivig", baseline=60, counts={3: 90, 10: 95, 14: 95}, **switch)
    platelets = itp_courses("ivig", baseline=10, counts={3: 60, 10: 60, 14: 60}, **switch)
    assert (anemia[1].reason, platelets[1].reason) == ("started_in_response", "no_counts")

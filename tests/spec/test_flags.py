"""Flags: what a reader should know of a call; none changes it. Each from both sides."""

import pytest

from tests.spec.builder import CLEAN, HEMOLYSIS, aiha, bleed, itp, red_cells, rescue

LOOKED_FOR = bleed(-1, grade=0)


def test_a_plain_call_has_no_flag() -> None:
    """Baseline, response, bleeding looked for."""
    assert itp(baseline=10, counts={7: 60, 14: 60}, happened=[LOOKED_FOR]).flags == frozenset()
    assert itp(baseline=10, counts={7: 12, 8: 12}).flags == frozenset()
    assert aiha(baseline=60, counts={14: 135, 21: 135}, markers={17: CLEAN}).flags == frozenset()


@pytest.mark.parametrize(
    ("count", "flagged"), [(450, False), (450.000001, True), ("<450", False), (900, True)]
)
def test_thrombocytosis_is_above_450_on_any_day_of_the_window(count: float | str, flagged: bool) -> None:
    """Whatever the call (READ-ITP-21)."""
    for counts in ({7: count, 14: 60}, {7: 60, 14: 60, 300: count}, {7: count}):
        assert ("thrombocytosis" in itp(baseline=10, counts=counts).flags) is flagged
    washed = itp(baseline=10, counts={7: count}, happened=[rescue(6, "procedure")])
    assert ("thrombocytosis" in washed.flags) is flagged


def test_thrombocytosis_before_the_course_is_not_this_courses() -> None:
    """Neither the baseline nor anything before it."""
    assert "thrombocytosis" not in itp(baseline=500, counts={7: 150, 14: 150}).flags


def test_a_missing_baseline_is_flagged_whatever_the_call() -> None:
    """Complete response included."""
    for counts in ({}, {7: 150, 14: 150}, {7: 12, 8: 12}, {7: 60}):
        assert "baseline_missing" in itp(counts=counts).flags
        assert "baseline_missing" not in itp(baseline=10, counts=counts).flags


def test_confounding_is_flagged_when_a_count_was_passed_over_and_only_then() -> None:
    """A failing count is not passed over; a rescue between counts may touch none."""
    given = [rescue(20, "procedure")]
    assert "rescue_confounded" in itp(baseline=10, counts={7: 60, 14: 60, 30: 60}, happened=given).flags
    assert "rescue_confounded" not in itp(baseline=10, counts={7: 60, 14: 60, 30: 20}, happened=given).flags
    assert "rescue_confounded" not in itp(baseline=10, counts={7: 60, 14: 60, 90: 60}, happened=given).flags
    red = [red_cells(30, "surgery")]
    risen = {14: 100, 21: 100}
    assert "transfusion_confounded" in aiha(baseline=60, counts={**risen, 33: 100}, happened=red).flags
    assert "transfusion_confounded" not in aiha(baseline=60, counts={**risen, 38: 100}, happened=red).flags


@pytest.mark.parametrize(
    ("hemoglobin", "markers", "flagged"),
    [
        (121, {}, True),
        (120, {}, False),  # not above 120: no complete response was there to be missed
        (121, {17: HEMOLYSIS}, False),  # it is known why not
        (121, {17: "ldh normal"}, True),
    ],
)
def test_complete_response_is_unassessable_when_only_markers_were_missing(
    hemoglobin: float, markers: dict[int, str], flagged: bool
) -> None:
    """A partial response that might have been more (DEF-AIHA-07)."""
    call = aiha(baseline=60, counts={14: hemoglobin, 21: hemoglobin}, markers=markers)
    assert (call.best_response, "cr_unassessable" in call.flags) == ("PR", flagged)


def test_a_confirmed_complete_response_is_assessable_whatever_was_not_measured_later() -> None:
    """Nothing better was missed."""
    call = aiha(baseline=60, counts={14: 135, 21: 135, 60: 135}, markers={17: CLEAN})
    assert call.flags == frozenset()


def test_a_value_after_the_relapse_does_not_make_it_unassessable() -> None:
    """It is outside the response."""
    call = aiha(baseline=60, counts={14: 100, 21: 100, 40: 70, 41: 70, 60: 130})
    assert (call.best_response, call.relapsed, "cr_unassessable" in call.flags) == ("PR", 40, False)


def test_an_unconfirmed_loss_is_flagged_until_a_count_settles_it() -> None:
    """A good count closes it, a second failing one makes it a relapse."""
    held = {7: 60, 14: 60}
    for counts, flagged in (({30: 20}, True), ({30: 20, 31: 60}, False), ({30: 20, 31: 20}, False)):
        assert ("unconfirmed_loss" in itp(baseline=10, counts={**held, **counts}).flags) is flagged

"""Late is only what was seen to be late (DEF-ITP-22, DEF-AIHA-09)."""

import pytest

from tests.spec.builder import aiha, itp, red_cells, rescue

LATE = {40: 60, 47: 60}


@pytest.mark.parametrize(
    ("day", "reason"), [(13, "onset_not_observed"), (14, "late_response"), (39, "late_response")]
)
def test_a_late_response_needs_a_failing_count_once_the_agent_can_have_worked(day: int, reason: str) -> None:
    """Prednisolone: a count of day 14 or later that fails shows that the response was not there yet."""
    call = itp(baseline=10, counts={day: 12, **LATE})
    assert (call.best_response, call.reason) == ("NR" if reason == "late_response" else "NE", reason)
    assert "DEF-ITP-22" in call.readings
    assert ("late_response" in call.flags) == (reason == "late_response")


def test_without_a_count_between_start_and_onset_nobody_saw_when_it_began() -> None:
    """It may have begun in time."""
    assert itp(baseline=10, counts=LATE).reason == "onset_not_observed"
    anemia = aiha(baseline=60, counts={50: 100, 57: 100})
    assert (anemia.reason, "DEF-AIHA-09" in anemia.readings) == ("onset_not_observed", True)
    seen = aiha(baseline=60, counts={21: 61, 50: 100, 57: 100})
    assert seen.reason == "late_response"


def test_counts_that_were_all_set_aside_by_a_wash_out_say_so() -> None:
    """IVIG on day 1 hides when the response began."""
    counts = {14: 90, 30: 120, 60: 100, 70: 100}
    call = itp(baseline=10, counts=counts, happened=[rescue(1, "low_count")])
    assert (call.best_response, call.reason) == ("NE", "rescue_confounded")
    anemia = aiha(baseline=60, counts={30: 90, 50: 100, 57: 100}, happened=[red_cells(28, "surgery")])
    assert anemia.reason == "transfusion_confounded"


def test_a_failing_count_shows_failure_inside_a_wash_out_too() -> None:
    """20 under IVIG is 20."""
    counts = {14: 20, 60: 100, 70: 100}
    assert itp(baseline=10, counts=counts, happened=[rescue(1, "procedure")]).reason == "late_response"


def test_the_day_of_a_rescue_or_a_transfusion_is_no_failing_count() -> None:
    """It says what was done, not what was measured."""
    call = itp(baseline=10, counts={80: 100, 90: 100}, happened=[rescue(20, "low_count")])
    assert call.reason == "onset_not_observed"
    good = itp(baseline=10, counts={20: 60, 80: 100, 90: 100}, happened=[rescue(20, "low_count")])
    assert good.reason == "onset_not_observed"

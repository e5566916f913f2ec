"""A bridge moves the baseline and lends no response (DEF-ITP-23)."""

import pytest

from tests.spec.builder import another, itp, itp_courses, platelets_given, rescue

IVIG = another(-3, "first_line", "ivig", until=-2)


def test_a_count_under_a_bridge_is_no_baseline_and_the_one_before_it_is() -> None:
    """8 before IVIG, 110 after it, then eltrombopag: it started from 8."""
    call = itp("eltrombopag", counts={-3: 8, -1: 110, 0: 110}, others=[IVIG])
    assert (call.baseline, "DEF-ITP-23" in call.readings) == (8, True)


def test_another_clean_count_in_the_fortnight_goes_before_it() -> None:
    """The last clean one of the 14 days, as without a bridge."""
    call = itp("eltrombopag", counts={-13: 9, -1: 110}, others=[IVIG])
    assert call.baseline == 9


@pytest.mark.parametrize(("age", "baseline"), [(14, 8), (15, None)])
def test_the_moved_baseline_lies_in_the_14_days_up_to_the_first_day_of_the_bridge(
    age: int, baseline: int | None
) -> None:
    """Its own day included."""
    bridge = another(-10, "first_line", "ivig", until=-9)
    counts = {-10 - age: 8, -1: 110}
    assert itp("eltrombopag", counts=counts, others=[bridge]).baseline == baseline


@pytest.mark.parametrize(("after", "baseline"), [(28, 9), (29, 110)])
def test_a_bridge_reaches_28_days_after_its_last_dose(after: int, baseline: int) -> None:
    """A count of the 29th day is a baseline again."""
    bridge = another(-after - 1, "first_line", "ivig", until=-after)
    call = itp("eltrombopag", counts={-after - 1: 9, 0: 110}, others=[bridge])
    assert call.baseline == baseline


@pytest.mark.parametrize(
    ("agent", "baseline"), [("ivig", 8), ("anti_d", 8), ("steroid_pulse", 8), ("vinca", 8), ("other", 60)]
)
def test_of_rescues_those_that_raise_a_count_for_weeks_are_bridges(agent: str, baseline: int) -> None:
    """Nobody knows how long another drug lasts."""
    call = itp("eltrombopag", counts={-5: 8, -1: 60}, happened=[rescue(-5, "low_count", agent)])
    assert call.baseline == baseline


def test_platelets_spoil_a_baseline_for_seven_days_only() -> None:
    """As without a bridge."""
    assert itp(counts={-10: 8, -1: 60}, happened=[platelets_given(-5)]).baseline == 8
    assert itp(counts={-10: 8, -1: 60}, happened=[platelets_given(-9)]).baseline == 60


@pytest.mark.parametrize(("last", "baseline"), [(-7, 8), (-6, 60), (None, 60)])
def test_a_pulse_of_dexamethasone_lasts_at_most_five_days(last: int | None, baseline: int) -> None:
    """First and last counted; one whose last day nobody recorded is no pulse."""
    pulse = another(-11, "first_line", "dexamethasone", until=last)
    assert itp("eltrombopag", counts={-11: 8, -1: 60}, others=[pulse]).baseline == baseline


def test_prednisolone_is_no_bridge_however_short() -> None:
    """Four days of it are no pulse."""
    course = another(-5, "first_line", "prednisolone", until=-2)
    assert itp("eltrombopag", counts={-5: 8, -1: 60}, others=[course]).baseline == 60


@pytest.mark.parametrize(("day", "answer"), [(26, "NE"), (27, "R")])
def test_a_count_within_28_days_of_another_courses_bridge_supports_no_response(day: int, answer: str) -> None:
    """Last dose on day -2: day 26 is still its own, day 27 the drug's."""
    call = itp("eltrombopag", counts={-3: 8, day: 60, day + 7: 60}, others=[IVIG])
    alone = itp("eltrombopag", counts={-3: 8, day: 60}, others=[IVIG])
    assert call.best_response == answer
    assert alone.reason == ("rescue_confounded" if answer == "NE" else "unconfirmed")


def test_it_can_show_failure() -> None:
    """Two counts of 12 under IVIG."""
    call = itp("avatrombopag", counts={-3: 8, 13: 12, 14: 12}, others=[IVIG])
    assert call.reason == "failing_confirmed"


def test_a_bridge_of_the_course_itself_is_part_of_it() -> None:
    """IVIG with prednisolone, or as a course begun on the same day."""
    assert itp("prednisolone", "ivig", baseline=10, counts={7: 60, 14: 60}).best_response == "R"
    others = [another(0, "first_line", "ivig", until=1)]
    assert itp(baseline=10, counts={7: 60, 14: 60}, others=others).best_response == "R"


def test_a_bridge_of_the_other_lineage_is_one_too() -> None:
    """IVIG for the anemia, three days before."""
    for_anemia = another(-3, "first_line", "ivig", disease="AIHA", until=-2)
    call = itp("eltrombopag", counts={-3: 8, -1: 110, 5: 60, 12: 60}, others=[for_anemia])
    assert (call.baseline, call.reason) == (8, "rescue_confounded")


def test_a_response_that_only_a_bridge_brought_is_not_there_at_the_start_of_the_next_course() -> None:
    """Rituximab at the height of IVIG is judged on its own; 29 days after the last dose it starts in response."""
    counts = {0: 8, 3: 150, 10: 150, 20: 60}
    near = itp_courses("ivig", stopped=1, counts=counts, others=[another(20, "other")])
    assert (near[0].best_response, near[1].reason, near[1].baseline) == ("CR", "no_counts", 8)
    late = itp_courses("ivig", stopped=1, counts={**counts, 30: 60}, others=[another(30, "other")])
    assert late[1].reason == "started_in_response"


def test_a_bridge_in_a_combination_does_not_last_as_long_as_the_course() -> None:
    """Nobody recorded when the immunoglobulin ended: it is a bridge of its first day."""
    for first, baseline in ((-30, 60), (-29, 60), (-28, 8)):
        call = itp(
            "rituximab",
            counts={-28 - 5: 8, first: 8, 0: 60},
            others=[another(first, "first_line", "prednisolone", "ivig", until=-1)],
        )
        assert call.baseline == baseline

"""Where a course starts from: the count that a doubling or a rise is measured against."""

from decimal import Decimal

import pytest

from tests.spec.builder import CLEAN, aiha, another, itp, platelets_given, red_cells, rescue

GOOD = {7: 60, 14: 60}


def test_the_count_on_the_day_of_the_start_is_the_baseline() -> None:
    """The sample of day 0 is drawn before the first dose."""
    call = itp(counts={-3: 25, 0: 31, **GOOD})
    assert (call.baseline, call.best_response) == (31, "NR")
    assert "DEF-ITP-01" not in call.readings


def test_the_last_count_before_the_start_is_the_baseline_not_the_lowest() -> None:
    """The newest count speaks for the state in which the course began."""
    call = itp(counts={-9: 5, -2: 31, **GOOD})
    assert (call.baseline, call.best_response) == (31, "NR")
    assert "DEF-ITP-01" in call.readings


@pytest.mark.parametrize(("day", "baseline"), [(-13, 8), (-14, 8), (-15, None), (1, None)])
def test_a_baseline_is_at_most_14_days_old_and_never_younger_than_the_start(
    day: int, baseline: int | None
) -> None:
    """Older counts are another state of the disease; a count after the first dose shows its effect."""
    assert itp(counts={day: 8, **GOOD}).baseline == baseline
    assert aiha(counts={day: 70, 14: 100, 21: 100}).baseline == (70 if baseline else None)


def test_of_several_counts_on_the_day_of_the_start_the_lowest_is_the_baseline() -> None:
    """As on any day."""
    assert itp(counts={0: [40, 22, 35]}).baseline == 22


@pytest.mark.parametrize(
    ("given_on", "baseline"),
    [
        (-9, 40),  # eight days before the count of day -1: clean
        (-8, 9),  # seven days before
        (-2, 9),  # the day before
        (-1, 40),  # the same day: drawn before the transfusion
        (0, 40),
    ],
)
def test_a_count_in_the_seven_days_after_a_transfusion_of_its_own_product_is_no_baseline(
    given_on: int, baseline: int
) -> None:
    """Transfused cells are not the patient's; the count before them stands in."""
    counts = {-12: 9, -1: 40, **GOOD}
    for given in (platelets_given(given_on, "surgery"), rescue(given_on, "procedure", "platelets")):
        call = itp(counts=counts, happened=[given])
        assert call.baseline == baseline
        assert "DEF-ITP-01" in call.readings
    assert aiha(counts=counts, happened=[red_cells(given_on, "surgery")]).baseline == baseline


def test_a_transfusion_of_the_other_product_leaves_the_baseline_alone() -> None:
    """Red cells do not raise platelets."""
    assert itp(counts={-12: 9, -1: 40}, happened=[red_cells(-3)]).baseline == 40
    assert aiha(counts={-12: 60, -1: 80}, happened=[platelets_given(-3)]).baseline == 80


def test_a_count_under_a_rescue_drug_is_no_baseline() -> None:
    """What IVIG did is not where the course started from (DEF-ITP-23)."""
    assert itp(counts={-12: 9, -1: 40}, happened=[rescue(-3, "low_count")]).baseline == 9


def test_a_transfused_count_with_nothing_clean_before_it_leaves_no_baseline() -> None:
    """Nothing is put in its place."""
    call = itp(counts={-1: 40, **GOOD}, happened=[platelets_given(-3)])
    assert (call.baseline, call.reason) == (None, "baseline_missing")
    assert {"DEF-ITP-01", "DEF-ITP-17"} <= call.readings


def test_the_baseline_of_a_splenectomy_is_the_count_before_the_first_treatment() -> None:
    """Table 2, footnote: the count before the patient was first treated."""
    before = another(-200, "first_line", "prednisolone")
    counts = {-205: 10, -1: 35, 7: 60, 14: 60}
    assert itp("splenectomy", counts=counts, others=[before]).baseline == 10
    assert itp("rituximab", counts=counts, others=[before]).baseline == 35


def test_the_count_before_a_first_treatment_is_at_most_14_days_older_than_it() -> None:
    """The age of a baseline is the same rule there, and the count before the operation does not stand in."""
    before = another(-200, "first_line", "prednisolone")
    for day, baseline in ((-200, 10), (-214, 10), (-215, None)):
        assert itp("splenectomy", counts={day: 10, -1: 35}, others=[before]).baseline == baseline


def test_watching_and_a_course_for_anemia_are_not_the_first_treatment_before_a_splenectomy() -> None:
    """Nothing was given for the platelets."""
    counts = {-205: 10, -1: 35}
    watched = another(-200, "first_line", "observation")
    anemia = another(-200, "first_line", "prednisolone", disease="AIHA")
    assert itp("splenectomy", counts=counts, others=[watched]).baseline == 35
    assert itp("splenectomy", counts=counts, others=[anemia]).baseline == 35
    assert itp("splenectomy", counts=counts).baseline == 35


def test_splenectomy_for_anemia_starts_from_the_hemoglobin_before_it() -> None:
    """The footnote is about platelets."""
    before = another(-200, "first_line", "prednisolone")
    assert aiha("splenectomy", counts={-205: 60, -1: 85}, others=[before]).baseline == 85


def test_a_baseline_of_zero_is_legal_and_doubled_by_anything() -> None:
    """30 is what then decides."""
    assert itp(baseline=0, counts={7: 30, 14: 30}).best_response == "R"
    assert itp(baseline=0, counts={7: 29.9, 14: 29.9}).best_response == "NR"


def test_without_a_baseline_complete_response_and_counts_under_30_are_decided_and_nothing_else() -> None:
    """What needs no doubling needs no baseline."""
    for count, answer in (("100", "CR"), ("99.9", "NE"), ("30", "NE"), ("29.9", "NR")):
        call = itp(counts={7: count, 14: count})
        assert call.best_response == answer
        assert call.flags >= {"baseline_missing"}
        assert "DEF-ITP-17" in call.readings
    assert itp(counts={7: 60, 14: 60}).reason == "baseline_missing"


def test_without_a_baseline_a_hemoglobin_is_decided_by_complete_response_alone() -> None:
    """Nothing under 120 can be called a response or a failure without a rise."""
    assert aiha(counts={14: 125, 21: 125}, markers={14: CLEAN}).best_response == "CR"
    for hemoglobin in (120, 60):
        call = aiha(counts={14: hemoglobin, 21: hemoglobin}, markers={14: CLEAN})
        assert (call.best_response, call.reason) == ("NE", "baseline_missing")


def test_a_baseline_with_a_comparator_is_moved_by_one_millionth_to_its_side() -> None:
    """<15 is below 15, so 30 is at least its double; >15 is above it, so 30 is not."""
    assert itp(baseline="<15", counts={7: 30, 14: 30}).baseline == Decimal("14.999999")
    assert itp(baseline="<15", counts={7: 30, 14: 30}).best_response == "R"
    assert itp(baseline=">15", counts={7: 30, 14: 30}).best_response == "NR"

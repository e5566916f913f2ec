"""What a hemoglobin must reach: the two levels of the Hammersmith cohort."""

import pytest

from tests.spec.builder import CLEAN, HEMOLYSIS, aiha, itp


@pytest.mark.parametrize(
    ("hemoglobin", "answer"),
    [("120", "PR"), ("120.000001", "CR"), (">120", "CR"), ("120.0493", "CR")],
)
def test_complete_response_is_above_120_not_at_120(hemoglobin: str, answer: str) -> None:
    """Strictly above; 7.45 mmol/L is 120.0493 g/L and is above."""
    call = aiha(baseline=60, counts={14: hemoglobin, 21: hemoglobin}, markers={17: CLEAN})
    assert call.best_response == answer


@pytest.mark.parametrize(
    ("hemoglobin", "answer"),
    [("100", "NR"), ("100.000001", "PR"), (">100", "PR"), ("<100", "NR"), ("99.999999", "NR")],
)
def test_partial_response_is_a_rise_of_more_than_20_not_of_20(hemoglobin: str, answer: str) -> None:
    """From 80 g/L, strictly above 100."""
    call = aiha(baseline=80, counts={14: hemoglobin, 21: hemoglobin})
    assert call.best_response == answer


def test_complete_response_needs_no_rise() -> None:
    """From 105 to 125 without hemolysis."""
    call = aiha(baseline=105, counts={14: 125, 21: 125}, markers={17: CLEAN})
    assert (call.best_response, call.onset, call.cr_onset) == ("CR", 14, 14)


def test_105_to_125_with_hemolysis_is_no_response() -> None:
    """Neither complete, for there is hemolysis, nor a rise of more than 20."""
    call = aiha(baseline=105, counts={14: 125, 21: 125}, markers={17: HEMOLYSIS})
    assert (call.best_response, call.reason) == ("NR", "failing_confirmed")


def test_105_to_125_without_markers_cannot_be_told() -> None:
    """It could be complete response; missing markers decide nothing (READ-AIHA-08)."""
    call = aiha(baseline=105, counts={14: 125, 21: 125})
    assert (call.best_response, call.reason) == ("NE", "hemolysis_unknown")


def test_hemolysis_caps_a_rise_of_more_than_20_at_partial_response() -> None:
    """From 80 to 135 with low haptoglobin."""
    call = aiha(baseline=80, counts={14: 135, 21: 135}, markers={17: HEMOLYSIS})
    assert (call.best_response, "cr_unassessable" in call.flags) == ("PR", False)


def test_missing_markers_cap_a_rise_of_more_than_20_at_partial_response_and_say_so() -> None:
    """Absence of data is not evidence (DEF-AIHA-07)."""
    call = aiha(baseline=80, counts={14: 135, 21: 135})
    assert (call.best_response, "cr_unassessable" in call.flags) == ("PR", True)
    assert "DEF-AIHA-07" in call.readings


def test_partial_response_asks_nothing_of_the_markers() -> None:
    """With hemolysis, without it, and not knowing."""
    for markers in ({17: HEMOLYSIS}, {17: CLEAN}, {}):
        assert aiha(baseline=60, counts={14: 100, 21: 100}, markers=markers).best_response == "PR"


def test_a_partial_response_deepens_when_hemolysis_ends() -> None:
    """Onset is that of the partial response."""
    call = aiha(baseline=60, counts={14: 125, 21: 125, 60: 125, 67: 125}, markers={14: HEMOLYSIS, 63: CLEAN})
    assert (call.best_response, call.onset, call.cr_onset) == ("CR", 14, 60)


def test_a_single_hemoglobin_of_135_is_unconfirmed() -> None:
    """Stable is two values (DEF-AIHA-01)."""
    call = aiha(baseline=60, counts={14: 135}, markers={14: CLEAN})
    assert (call.best_response, call.reason) == ("NE", "unconfirmed")


def test_platelets_do_not_speak_for_hemoglobin_nor_hemoglobin_for_platelets() -> None:
    """Each lineage has its own criteria and counts."""
    assert itp(baseline=10, counts={7: 50, 14: 50}, markers={14: HEMOLYSIS}).best_response == "R"
    assert itp(baseline=10, counts={}, markers={14: CLEAN}).reason == "no_counts"

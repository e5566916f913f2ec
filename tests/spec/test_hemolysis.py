"""Signs of hemolysis at the date of a hemoglobin (DEF-AIHA-02)."""

import pytest

from tests.spec.builder import CLEAN, aiha

TOLD = {"CR": "absent", "NR": "present", "NE": "unknown"}


def hemolysis(markers: dict[int, str]) -> str:
    """From 105 to 125 g/L the markers alone decide: complete response, failure, or neither."""
    return TOLD[aiha(baseline=105, counts={40: 125, 47: 125}, markers=markers).best_response]


@pytest.mark.parametrize(
    ("results", "answer"),
    [
        ("haptoglobin normal, ldh normal", "absent"),
        ("haptoglobin normal, bilirubin normal", "absent"),
        ("haptoglobin normal, reticulocytes normal", "absent"),
        ("ldh normal, bilirubin normal", "absent"),
        ("ldh normal, reticulocytes normal", "absent"),
        ("bilirubin normal, reticulocytes normal", "unknown"),  # neither haptoglobin nor LDH
        ("haptoglobin normal", "unknown"),  # one is too few
        ("ldh normal", "unknown"),
        ("haptoglobin normal, ldh normal, bilirubin normal, reticulocytes normal", "absent"),
        ("haptoglobin abnormal", "present"),  # one is enough
        ("reticulocytes abnormal", "present"),
        ("haptoglobin normal, ldh normal, bilirubin abnormal, reticulocytes normal", "present"),
        ("haptoglobin explained, ldh normal", "unknown"),  # an explained marker is left out
        ("haptoglobin explained, ldh normal, bilirubin normal", "absent"),
        ("haptoglobin explained, bilirubin normal, reticulocytes normal", "unknown"),
        ("haptoglobin explained, ldh explained", "unknown"),
        ("haptoglobin explained, ldh abnormal", "present"),
    ],
)
def test_two_normal_markers_one_of_them_haptoglobin_or_ldh_and_none_abnormal(
    results: str, answer: str
) -> None:
    """Absent needs two, one of them haptoglobin or LDH; a single unexplained abnormal one is hemolysis."""
    assert hemolysis({43: results}) == answer


def test_no_marker_is_unknown_never_absent() -> None:
    """Nobody looked."""
    assert hemolysis({}) == "unknown"


@pytest.mark.parametrize(
    ("days", "answer"),
    [((26, 61), "CR"), ((25, 61), "NE"), ((26, 62), "NE"), ((25, 62), "NE")],
)
def test_a_marker_speaks_for_a_hemoglobin_at_most_14_days_away_before_or_after(
    days: tuple[int, int], answer: str
) -> None:
    """For the hemoglobin of day 40 back to day 26, for that of day 47 on to day 61."""
    before, after = days
    call = aiha(baseline=105, counts={40: 125, 47: 125}, markers={before: CLEAN, after: CLEAN})
    assert call.best_response == answer


def test_the_nearest_result_of_each_marker_counts() -> None:
    """A marker that has become normal is normal; that it was abnormal a few days earlier no longer counts."""
    assert hemolysis({38: "haptoglobin abnormal", 39: CLEAN, 47: CLEAN}) == "absent"
    assert hemolysis({37: CLEAN, 40: "haptoglobin abnormal", 47: "haptoglobin abnormal"}) == "present"


def test_each_marker_has_its_own_nearest_day() -> None:
    """Haptoglobin from one day and LDH from another."""
    assert hemolysis({41: "haptoglobin normal", 45: "ldh normal"}) == "absent"


def test_of_two_results_equally_near_the_abnormal_one_counts() -> None:
    """Two days before and two days after the hemoglobin."""
    markers = {38: "haptoglobin abnormal", 42: "haptoglobin normal", 40: "ldh normal", 47: CLEAN}
    call = aiha(baseline=60, counts={40: 125, 47: 125}, markers=markers)
    assert (call.best_response, "cr_unassessable" in call.flags) == ("PR", False)


def test_of_two_results_equally_near_an_explained_one_counts_before_a_normal_one() -> None:
    """It is left out, so that one marker remains: unknown."""
    markers = {38: "haptoglobin explained", 42: "haptoglobin normal", 40: "ldh normal", 47: CLEAN}
    call = aiha(baseline=60, counts={40: 125, 47: 125}, markers=markers)
    assert (call.best_response, "cr_unassessable" in call.flags) == ("PR", True)


def test_the_markers_that_decided_are_cited() -> None:
    """Normal ones for complete response; an abnormal one against it."""
    clean = aiha(baseline=60, counts={40: 125, 47: 125}, markers={41: CLEAN})
    assert [step for step in clean.evidence if step[0] == "hemolysis"] == [("hemolysis", 41)] * 2
    marred = aiha(baseline=60, counts={40: 125, 47: 125}, markers={41: CLEAN, 46: "bilirubin abnormal"})
    assert [step for step in marred.evidence if step[0] == "hemolysis"] == [("hemolysis", 46)]

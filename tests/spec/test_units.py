"""From the laboratory's print to the value that is judged: exact, never rounded (DEF-UNIT-01 to -03)."""

import pytest

from registry.record.units import canonical
from tests.spec.builder import CLEAN, aiha, itp


def as_canonical(analyte: str, value: str, unit: str, specimen: str | None = None) -> str:
    """What is judged, as the laboratory would have printed it in the canonical unit."""
    found = canonical(analyte, value, unit, specimen)
    assert found.canonical_e6 is not None
    return f"{found.comparator or ''}{found.canonical_e6 // 1_000_000}.{found.canonical_e6 % 1_000_000:06d}"


@pytest.mark.parametrize(
    ("value", "unit", "answer"),
    [
        ("99.6", "10*9/L", "R"),
        ("99600", "/uL", "R"),
        ("99990", "/mm3", "R"),
        ("100000", "/uL", "CR"),
        ("100", "K/uL", "CR"),
        ("100", "G/L", "CR"),
        ("10", "10*4/uL", "CR"),
        ("9.99", "10*4/uL", "R"),
        ("1", "lakh/uL", "CR"),
        ("0.99", "lakh/uL", "R"),
        (">100", "10*9/L", "CR"),
    ],
)
def test_a_platelet_count_is_the_same_count_in_every_unit(value: str, unit: str, answer: str) -> None:
    """100 10*9/L is 100000 a microliter, 10 ten-thousands, one lakh."""
    count = as_canonical("platelets", value, unit)
    assert itp(baseline=12, counts={7: count, 14: count}).best_response == answer


@pytest.mark.parametrize(
    ("value", "unit", "answer"),
    [
        ("7.45", "mmol/L", "CR"),  # 120.0493 g/L
        ("7.44", "mmol/L", "PR"),  # 119.8882 g/L
        ("12", "g/dL", "PR"),  # 120 exactly
        ("12.01", "g/dL", "CR"),
        ("120.1", "g/L", "CR"),
        (">12", "g/dL", "CR"),
    ],
)
def test_a_hemoglobin_is_compared_unrounded_in_every_unit(value: str, unit: str, answer: str) -> None:
    """Above 120 g/L begins right after 120."""
    hemoglobin = as_canonical("hemoglobin", value, unit)
    call = aiha(baseline=60, counts={14: hemoglobin, 21: hemoglobin}, markers={17: CLEAN})
    assert call.best_response == answer


def test_7_45_mmol_is_120_0493_grams() -> None:
    """The monomer weighs 16 114 g/mol."""
    assert as_canonical("hemoglobin", "7.45", "mmol/L") == "120.049300"


def test_a_citrate_count_is_raised_by_a_tenth_before_it_is_judged() -> None:
    """The tube dilutes blood nine to one (DEF-ITP-13): 91 is 100.1, and 90 is 99."""
    for value, answer in (("91", "CR"), ("90", "R")):
        count = as_canonical("platelets", value, "10*9/L", "citrate")
        assert itp(baseline=12, counts={7: count, 14: count}).best_response == answer


@pytest.mark.parametrize(
    ("value", "answer"),
    [("<30", "NR"), ("<31", "NE"), (">29", "NE"), (">30", "R"), ("30", "R"), ("<100", "NE"), (">99", "R")],
)
def test_a_limit_is_judged_only_where_both_its_ends_give_the_same_answer(value: str, answer: str) -> None:
    """From 10: below 30 fails, above 30 passes; what lies below 31 or above 29 may do either (DEF-UNIT-03)."""
    call = itp(baseline=10, counts={7: value, 14: value})
    assert (call.best_response, "DEF-UNIT-03" in call.readings) == (answer, value != "30")


@pytest.mark.parametrize(("value", "answer"), [("<120", "NE"), (">120", "CR"), (">119", "PR"), ("<80", "NR")])
def test_a_limit_of_hemoglobin_is_read_the_same_way(value: str, answer: str) -> None:
    """From 60: below 80 may be 79, which is no rise above 20; below 120 may be 60 or 119."""
    call = aiha(baseline=60, counts={14: value, 21: value}, markers={17: CLEAN})
    assert call.best_response == answer


@pytest.mark.parametrize(("count", "answer"), [(40, "R"), (39.99, "NE"), (30, "NE"), (29, "NR"), (100, "CR")])
def test_a_baseline_that_is_a_limit_is_doubled_where_its_upper_end_is(count: float, answer: str) -> None:
    """From `<20`: 40 is twice whatever it was; 30 may or may not be."""
    call = itp(baseline="<20", counts={7: count, 14: count})
    assert (call.best_response, call.reason) == (
        answer,
        {"NE": "baseline_missing", "NR": "failing_confirmed"}.get(answer, ""),
    )
    assert "baseline_missing" not in call.flags


def test_a_limit_above_the_range_is_a_count_above_it() -> None:
    """`>1500` is complete response and thrombocytosis."""
    call = itp(baseline=10, counts={7: ">1500", 14: ">1500"})
    assert (call.best_response, "thrombocytosis" in call.flags) == ("CR", True)


def test_a_limit_that_may_or_may_not_fail_breaks_a_run_and_confirms_nothing() -> None:
    """It is an assessment of unknown level."""
    assert itp(baseline=10, counts={7: 60, 10: "<50", 14: 60}).best_response == "NE"
    assert itp(baseline=10, counts={14: 20, 15: "<50", 16: 20}).reason == "unconfirmed"


def test_finer_than_a_millionth_is_cut_and_never_lifts_a_value_over_a_threshold() -> None:
    """29.9999999 is not 30."""
    assert as_canonical("platelets", "29.9999999", "10*9/L") == "29.999999"


def test_clumped_unitless_and_impossible_counts_never_reach_the_judge() -> None:
    """They are kept and flagged (DEF-UNIT-02, DEF-ITP-13)."""
    for value, unit, quality in (
        ("150", "10*9/L", "clumped"),
        ("150", None, None),
        ("150000", "10*9/L", None),
    ):
        assert canonical("platelets", value, unit, None, quality).not_evaluable is not None


def test_a_baseline_above_a_limit_is_never_doubled_by_twice_that_limit() -> None:
    """More than 25 times two is more than 50: both ends say no (DEF-UNIT-03); 100 asks for no doubling."""
    call = itp("rituximab", baseline=">25", counts={60: 50, 67: 50})
    assert (call.best_response, call.reason) == ("NR", "failing_confirmed")
    assert itp("rituximab", baseline=">25", counts={60: 60, 67: 60}).reason == "baseline_missing"
    assert itp("rituximab", baseline=">25", counts={60: 100, 67: 100}).best_response == "CR"


@pytest.mark.parametrize(
    ("value", "relapsed", "flagged"), [(85, 60, False), ("<110", None, True), ("<99", 60, False)]
)
def test_a_limit_that_may_or_may_not_have_fallen_from_the_peak_is_no_loss(
    value: float | str, relapsed: int | None, flagged: bool
) -> None:
    """Below 110 may be 105, which is no loss after 135, or 95, which is one (DEF-AIHA-06, DEF-UNIT-03)."""
    call = aiha("prednisolone", baseline=58, counts={14: 130, 28: 135, 60: value, 63: 86})
    assert (call.relapsed, "unconfirmed_loss" in call.flags) == (relapsed, flagged)

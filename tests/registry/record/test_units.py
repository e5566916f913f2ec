"""Units: every spelling reaches the exact canonical value, and what is not known is never guessed."""

from decimal import Decimal

import pytest

from registry.record.numbers import (
    COMMA,
    POINT,
    UNDECIDED,
    Ambiguous,
    Contradiction,
    declared,
    marks_of,
    read_number,
    read_plain,
    readings,
)
from registry.record.units import Canonical, canonical, fold, in_micro, likely_units, measures


def evaluable(analyte: str, value: str, unit: str | None, specimen: str | None = None) -> str | None:
    """The canonical value as a plain number, if it may be judged."""
    found = canonical(analyte, value, unit, specimen)
    if found.not_evaluable or found.canonical_e6 is None:
        return found.not_evaluable
    return format((Decimal(found.canonical_e6) / 1_000_000).normalize(), "f")


# fmt: off
ONE_TO_ONE = [
    "10^9/L", "10*9/L", "x10^9/L", "×10⁹/L", "10⁹/L", "x10E9/L", "10e9/L", "1e9/L", "10**9/L", "10(9)/L", "x109/L",
    "G/L", "G/l", "Gpt/L", "giga/L", "/nL", "10*3/uL", "10^3/µL", "10^3/μL", "10³/µL", "x10^3/uL", "10E3/mcL",
    "x10(3)/mcL", "10*3/mm3", "10^3/mm³", "10^3/cumm", "K/uL", "k/ul", "K/µL", "K/mcL", "K/CMM", "K/mm3", "thou/uL",
    "THOU/UL", "thou/mcL", "th/uL", "Tsd/µl", "tys./µl", "1000/uL", "x1000/mm3", "10^6/mL",
]
# fmt: on


@pytest.mark.parametrize("unit", [*ONE_TO_ONE, "10 9/L", "x10 3/uL", "k/mm cu", "10^9 /L", " K / uL "])
def test_150_thousand_platelets_in_a_microliter_are_150_giga_in_a_liter(unit: str) -> None:
    assert evaluable("platelets", "150", unit) == "150"


@pytest.mark.parametrize(
    "unit",
    ["/uL", "/µL", "/μL", "/mcL", "/mm3", "/mm³", "/cumm", "/cu mm", "cells/uL", "cells/mm3", "per uL"],
)
def test_150000_platelets_counted_one_by_one_are_150(unit: str) -> None:
    assert evaluable("platelets", "150000", unit) == "150"


@pytest.mark.parametrize("unit", ["10*4/uL", "10^4/µL", "×10⁴/μL", "万/uL", "万/μL", "10^4/mm³"])
def test_15_ten_thousands_are_150(unit: str) -> None:
    assert evaluable("platelets", "15", unit) == "150"


@pytest.mark.parametrize("unit", ["lakh/uL", "lakhs/cumm", "Lakhs / cu mm", "lac/cumm", "10^5/uL"])
def test_one_and_a_half_lakh_are_150(unit: str) -> None:
    assert evaluable("platelets", "1.5", unit) == "150"


@pytest.mark.parametrize(
    ("analyte", "value", "unit", "expected"),
    [
        ("platelets", "0.15", "10*12/L", "150"),
        ("hemoglobin", "12", "g/dL", "120"),
        ("hemoglobin", "12", "gm/dL", "120"),
        ("hemoglobin", "12", "G/DL", "120"),
        ("hemoglobin", "12", "g/100 mL", "120"),
        ("hemoglobin", "12", "g%", "120"),
        ("hemoglobin", "120", "g/L", "120"),
        ("hemoglobin", "7.45", "mmol/L", "120.0493"),
        ("ldh", "4", "µkat/L", "240"),
        ("ldh", "4", "ukat/L", "240"),
        ("ldh", "240", "IU/L", "240"),
        ("haptoglobin", "30", "mg/dL", "0.3"),
        ("haptoglobin", "300", "mg/L", "0.3"),
        ("bilirubin", "1", "mg/dL", "17.104"),
        ("bilirubin", "17", "µmol/L", "17"),
        ("bilirubin", "17", "μmol/L", "17"),
        ("reticulocytes", "0.06", "10*12/L", "60"),
        ("reticulocytes", "60", "K/uL", "60"),
    ],
)
def test_every_analyte_has_one_canonical_unit(analyte: str, value: str, unit: str, expected: str) -> None:
    assert evaluable(analyte, value, unit) == expected


@pytest.mark.parametrize(
    "unit", ["10^9\u200b/L", "10*9\u00a0/L", "\ufeffK/uL", "10\u2079/L", "10*9{plt}/L", "{cells}10*3/uL"]
)
def test_characters_that_nobody_sees_change_no_unit(unit: str) -> None:
    assert evaluable("platelets", "150", unit) == "150"


def test_the_two_micro_signs_are_one() -> None:
    assert fold("10^3/\u00b5L") == fold("10^3/\u03bcL") == "10^3/uL"


@pytest.mark.parametrize(
    ("analyte", "unit"),
    [
        ("platelets", "g/L"),
        ("platelets", "109/L"),
        ("platelets", "m/uL"),
        ("platelets", "furlong"),
        ("platelets", "%"),
        ("hemoglobin", "10*9/L"),
        ("ldh", "mg/dL"),
        ("reticulocytes", "%"),
    ],
)
def test_a_unit_that_is_not_listed_is_kept_and_not_judged(analyte: str, unit: str) -> None:
    assert canonical(analyte, "150", unit) == Canonical(None, None, "unit_unknown")


def test_giga_is_not_gram() -> None:
    assert evaluable("platelets", "150", "G/L") == "150"
    assert evaluable("hemoglobin", "150", "g/L") == "150"
    assert evaluable("platelets", "150", "g/L") == "unit_unknown"


@pytest.mark.parametrize("unit", [None, "", "  "])
def test_150000_without_a_unit_is_not_judged_and_its_likely_unit_is_named(unit: str | None) -> None:
    assert canonical("platelets", "150000", unit) == Canonical(None, None, "unit_missing")
    assert likely_units("platelets", "150000") == ["/uL"]


@pytest.mark.parametrize(
    ("analyte", "value", "unit", "expected"),
    [
        ("platelets", "0", "10*9/L", "0"),
        ("platelets", "2000", "10*9/L", "2000"),
        ("platelets", "2000.1", "10*9/L", "implausible"),
        ("platelets", "-5", "10*9/L", "implausible"),
        ("platelets", "150000", "10*9/L", "implausible"),
        ("hemoglobin", "14.9", "g/L", "implausible"),
        ("hemoglobin", "15", "g/L", "15"),
        ("hemoglobin", "250", "g/L", "250"),
        ("hemoglobin", "250.1", "g/L", "implausible"),
    ],
)
def test_what_cannot_be_is_kept_and_not_judged(analyte: str, value: str, unit: str, expected: str) -> None:
    assert evaluable(analyte, value, unit) == expected


def test_a_hemoglobin_of_14_grams_in_a_liter_is_likely_in_a_deciliter() -> None:
    assert likely_units("hemoglobin", "14") == ["g/dL"]


@pytest.mark.parametrize("value", ["999", "9999", "99999", "-1", "-999", "9999.0"])
def test_numbers_that_stand_for_no_result_are_none(value: str) -> None:
    assert evaluable("platelets", value, "10*9/L") == "sentinel"


def test_998_is_a_count() -> None:
    assert evaluable("platelets", "998", "10*9/L") == "998"


@pytest.mark.parametrize(
    "value", ["NaN", "inf", "1e400", "１５０", "clumped", "12-14", "<", "1_000", "0x10", "++"]
)
def test_what_is_no_number_is_unreadable(value: str) -> None:
    assert evaluable("platelets", value, "10*9/L") == "unreadable"


@pytest.mark.parametrize(
    ("value", "comparator", "canonical_e6"),
    [
        ("<5", "<", 5_000_000),
        (">1000", ">", 1_000_000_000),
        ("< 5", "<", 5_000_000),
        ("<=5", None, 5_000_000),
    ],
)
def test_a_limit_keeps_its_sign_beside_it(value: str, comparator: str | None, canonical_e6: int) -> None:
    assert canonical("platelets", value, "10*9/L") == Canonical(canonical_e6, comparator, None)


def test_99_6_stays_below_100() -> None:
    assert canonical("platelets", "99.6", "10*9/L").canonical_e6 == 99_600_000


def test_what_lies_beyond_six_decimals_is_cut_never_lifted() -> None:
    assert in_micro(Decimal("99.9999999")) == 99_999_999


def test_a_citrate_platelet_count_is_a_tenth_higher() -> None:
    assert evaluable("platelets", "100", "10*9/L", "citrate") == "110"
    assert evaluable("platelets", "100", "10*9/L", "edta") == "100"
    assert evaluable("hemoglobin", "100", "g/L", "citrate") == "100"


@pytest.mark.parametrize("quality", ["clumped", "hemolyzed", "insufficient"])
def test_a_spoiled_specimen_keeps_its_value_and_is_not_judged(quality: str) -> None:
    assert canonical("platelets", "40", "10*9/L", None, quality) == Canonical(40_000_000, None, quality)
    assert canonical("platelets", None, "10*9/L", None, quality).not_evaluable == quality


def test_no_value_is_missing() -> None:
    assert canonical("platelets", None, "10*9/L").not_evaluable == "missing"


@pytest.mark.parametrize("measure", measures().values(), ids=lambda measure: str(measure.name))
def test_the_canonical_unit_of_an_analyte_has_the_factor_one(measure) -> None:  # type: ignore[no-untyped-def]
    assert measure.named(measure.unit).factor == 1


@pytest.mark.parametrize(
    ("cells", "marks"),
    [
        (["12.4", "150"], POINT),
        (["12,4", "150"], COMMA),
        (["1,234.5"], POINT),
        (["1.234,5"], COMMA),
        (["1.234.567"], COMMA),
        (["0.045", "45,000"], POINT),
        (["0,045", "45.000"], COMMA),
        (["150", "45,000"], UNDECIDED),
        (["45.000", None, ""], UNDECIDED),
        (["45 000", "45'000"], UNDECIDED),
    ],
)
def test_a_file_shows_its_marks_by_numbers_with_one_reading(cells: list[str | None], marks: object) -> None:
    assert marks_of(cells) == marks


@pytest.mark.parametrize(
    "cells",
    [["12,4", "12.4"], ["1.234,5", "12.4"], ["1,234.5", "0,5"], ["1.234.567", "12.4"], ["<5.5", ">12,4"]],
)
def test_two_cells_that_cannot_be_written_in_one_way_contradict(cells: list[str]) -> None:
    with pytest.raises(Contradiction) as error:
        marks_of(cells)
    assert {error.value.first, error.value.second} == set(cells)


def test_groups_in_a_unit_of_single_cells_say_nothing_of_other_units_but_decimals_there_do() -> None:
    assert marks_of(["11.8"], whole=["231.000", "1.234.567", "187,000"]) == POINT
    assert marks_of([], whole=["231.000"]) == UNDECIDED
    assert marks_of([], whole=["231.5"]).decimal == "."
    with pytest.raises(Contradiction):
        marks_of(["11.8"], whole=["231,5"])


@pytest.mark.parametrize("others", [[], ["11.8"], ["11,8"]])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("231.000", "231000"),
        ("187,000", "187000"),
        ("1.234.567", "1234567"),
        ("<5.000", "5000"),
        ("45 000", "45000"),
        ("45\u202f000", "45000"),
        ("45'000", "45000"),
        ("45000", "45000"),
    ],
)
def test_a_unit_of_single_cells_has_no_decimals_whatever_the_other_cells_show(
    text: str, value: str, others: list[str]
) -> None:
    number = read_number(text, marks_of(others, whole=[text]).for_whole_units())
    assert number is not None
    assert number.value == Decimal(value)


def test_decimals_in_a_unit_of_single_cells_leave_its_groups_open() -> None:
    marks = marks_of([], whole=["231.5", "231.000"]).for_whole_units()
    with pytest.raises(Ambiguous, match=r"231\.000 may be 231\.000 or 231000"):
        read_number("231.000", marks)
    grouped = read_number("187,000", marks)
    assert grouped is not None
    assert grouped.value == 187_000


@pytest.mark.parametrize(
    ("decimal", "thousands", "expected"),
    [
        (None, None, None),
        (None, " ", None),
        (".", None, "."),
        (",", ".", ","),
        (None, ".", ","),
        (None, ",", "."),
    ],
)
def test_a_mapping_declares_the_decimal_mark_or_by_the_other_mark_or_not(
    decimal: str | None, thousands: str | None, expected: str | None
) -> None:
    marks = declared(decimal, thousands)
    assert (marks.decimal if marks else None) == expected


def test_a_cell_that_shows_another_mark_than_the_mapping_contradicts_it() -> None:
    assert marks_of(["12.4"], said=declared(".", None)) == declared(".", None)
    with pytest.raises(Contradiction, match="12,4 shows another mark"):
        marks_of(["12,4"], said=declared(".", None))


def test_where_the_mapping_declares_the_mark_a_group_of_single_cells_with_it_has_two_readings() -> None:
    marks = declared(".", None)
    assert marks is not None
    with pytest.raises(Ambiguous):
        read_number("231.000", marks.for_whole_units())


@pytest.mark.parametrize(
    ("text", "marks", "value"),
    [
        ("45,000", POINT, "45000"),
        ("45,000", COMMA, "45"),
        ("45.000", POINT, "45"),
        ("45.000", COMMA, "45000"),
        ("45 000", UNDECIDED, "45000"),
        ("45'000", UNDECIDED, "45000"),
        ("1,234,567", POINT, "1234567"),
        ("0,850", UNDECIDED, "0.85"),
        ("1.5E+05", POINT, "150000"),
    ],
)
def test_a_number_is_read_with_the_marks_of_its_file(text: str, marks: object, value: str) -> None:
    number = read_number(text, marks)  # type: ignore[arg-type]
    assert number is not None
    assert number.value == Decimal(value)


@pytest.mark.parametrize("text", ["45,000", "45.000", "<1.500"])
def test_a_number_that_nothing_decides_is_refused_with_both_readings(text: str) -> None:
    with pytest.raises(Ambiguous, match="may be"):
        read_number(text, UNDECIDED)


@pytest.mark.parametrize(
    ("text", "marks", "plain"),
    [
        ("45,000", POINT.for_whole_units(), "45000"),
        ("45.000", POINT, "45"),
        ("4.123", POINT, "4.1230"),
        ("12,4", COMMA, "12.4"),
        ("< 6", UNDECIDED, "<6"),
        ("1.5E+05", POINT, "1.5E+05"),
        ("150", UNDECIDED, "150"),
    ],
)
def test_the_number_as_understood_is_written_so_that_no_other_file_changes_its_meaning(
    text: str, marks: object, plain: str
) -> None:
    number = read_number(text, marks)  # type: ignore[arg-type]
    assert number is not None
    assert number.plain == plain
    for other in (POINT, UNDECIDED):
        again = read_number(plain, other)
        assert again is not None
        assert again.value == number.value
    assert read_plain(plain) == read_plain(plain)
    assert number.value in [one.value for one in readings(text)]


@pytest.mark.parametrize("text", ["45,000", "45 000", "12,4", "about 45"])
def test_a_number_with_other_marks_is_not_written_as_understood(text: str) -> None:
    assert read_plain(text) is None

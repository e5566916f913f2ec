"""What is typed is understood as it was meant, echoed, and stored as echoed; else it is said what to write."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.entry import read_day, read_value
from registry.record.checking import check_rows
from registry.record.text.days import DOUBTED_DAYS, YEARS_BACK, said
from registry.record.text.values import Measured, number_said, split_unit
from registry.record.units import measures

TODAY = date(2026, 3, 31)
DAY = date(2026, 2, 3)
ANALYTES = st.sampled_from(sorted(measures()))
PAST = st.dates(date(1901, 1, 1), TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "3/2/26",
        "03/02/26",
        "3/2/2026",
        "3.2.26",
        "3.2.2026",
        "3.2.",
        "3-2-2026",
        "03022026",
        "20260203",
        "3 feb",
        "3 feb 26",
        "3feb26",
        "3 February 2026",
        "3rd of february 2026".replace("of ", ""),
        "3. Februar 2026",
        "3 févr 2026",
        "feb 3",
        "February 3, 2026",
        "2026-02-03",
        "2026/2/3",
        "Tue 3 Feb 2026",
        "Tuesday 3 Feb",
        "  3 / 2 / 26 ",
        "-56d",
        "-8w",
        "−8w",
    ],
)
def test_a_day_is_understood_in_many_ways(text: str) -> None:
    assert (read_day(text, TODAY).value, read_day(text, TODAY).echo) == (DAY, "Tue 3 Feb 2026")


@pytest.mark.parametrize(
    ("text", "back"), [("today", 0), ("Today", 0), ("yesterday", 1), ("-3d", 3), ("-2w", 14), ("- 2 W", 14)]
)
def test_days_ago_count_from_today(text: str, back: int) -> None:
    assert read_day(text, TODAY).value == TODAY - timedelta(days=back)


@pytest.mark.parametrize(
    ("text", "year"),
    [("31/3", 2026), ("1/4", 2025), ("29 feb", 2024), ("1 apr", 2025), ("31 mar", 2026), ("30 sept", 2025)],
)
def test_a_missing_year_is_the_most_recent_past_one(text: str, year: int) -> None:
    found = read_day(text, TODAY)
    assert found.value is not None
    assert found.value.year == year
    assert (found.doubt is not None) is ((TODAY - found.value).days > DOUBTED_DAYS)


@pytest.mark.parametrize(
    ("text", "said_of_it"),
    [
        ("2/13/26", "If 13 feb 26 is meant"),
        ("13/13/26", "no month 13"),
        ("31/4/26", "Apr 2026 has no day 31"),
        ("29/2/2026", "Feb 2026 has no day 29"),
        ("30 feb", "Feb has no day 30"),
        ("0/2/26", "no day 0"),
        ("1/4/26", "Wed 1 Apr 2026 is in the future"),
        ("1/4/2026", "is in the future"),
        ("3/2/27", "Write the year in full: 1927"),
        ("3/2/75", "Write the year in full: 1975"),
        ("030226", "may begin with the day or with the year"),
        ("03-02-26", "may begin with the day or with the year"),
        ("3 ma", "not a recognized month"),
        ("3 jum", "not a recognized month"),
        ("3 jui", "Several months begin with 'jui': write 3 jun or 3 jul"),
        ("Mon 3 Feb 2026", "Tue 3 Feb 2026 is not a Mon"),
        ("1/1/1900", "not known"),
        ("11/11/1111", "not known"),
        ("11/11/1112", "Check the year"),
        ("3", "not a recognized date"),
        ("-3", "not a recognized date"),
        ("+3d", "not a recognized date"),
        ("3/2/026", "not a recognized date"),
        ("tomorrow", "not a recognized date"),
        ("31 clumped", "not a recognized month"),
        ("3/2\\26", "not a recognized date"),
    ],
)
def test_a_day_that_is_not_clear_is_explained(text: str, said_of_it: str) -> None:
    found = read_day(text, TODAY)
    assert found.value is None
    assert found.problem is not None
    assert said_of_it in found.problem


def test_two_digits_of_a_year_are_of_the_last_fifty_or_of_a_life() -> None:
    assert read_day("3/2/76", TODAY).value == date(TODAY.year - YEARS_BACK, 2, 3)
    assert read_day("3/2/75", TODAY).value is None
    assert read_day("3/2/58", TODAY, birth=True).value == date(1958, 2, 3)
    assert read_day("3/2/15", TODAY, birth=True).value == date(2015, 2, 3)
    assert read_day("3/2/16", TODAY, birth=True).problem == "Write the year in full: 1916 or 2016."


@pytest.mark.parametrize("text", ["", " ", "\t\n"])
def test_nothing_typed_is_neither_a_value_nor_a_problem(text: str) -> None:
    for found in (read_day(text, TODAY), read_value(text, "platelets", "10*9/L")):
        assert (found.value, found.problem, found.echo, found.understood) == (None, None, "", True)


@given(PAST)
def test_every_way_to_write_a_day_gives_that_day(day: date) -> None:
    month = said(day).split()[2]
    for text in (
        day.isoformat(),
        said(day),
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day}.{day.month}.{day.year}",
        f"{day:%d%m%Y}",
        f"{day.day} {month} {day.year}",
        f"{day.day:02}-{month}-{day.year}",
        f"-{(TODAY - day).days}d",
    ):
        found = read_day(text, TODAY)
        assume(found.problem is None or "real date" not in found.problem)
        if text.startswith("-") and (TODAY - day).days > 9999:
            continue
        assert found.value == day, text
        assert read_day(found.echo, TODAY).value == day


@given(st.text("0123456789/.- fjanebmrpyulgstocvdw", max_size=12), PAST)
def test_nothing_typed_is_ever_in_the_future_or_without_an_echo(text: str, today: date) -> None:
    found = read_day(text, today)
    assert (found.value is None) == (found.echo == "")
    if found.value is not None:
        assert date(1900, 1, 2) <= found.value <= today
        assert found.echo == said(found.value)
        assert found.problem is None


@given(st.integers(1, 31), st.integers(1, 12), st.integers(0, 99))
def test_day_and_month_are_never_swapped(day: int, month: int, year: int) -> None:
    found = read_day(f"{day}/{month}/{year:02}", TODAY)
    if found.value is not None:
        assert (found.value.day, found.value.month, found.value.year % 100) == (day, month, year)


# Values


@pytest.mark.parametrize(
    ("text", "analyte", "unit", "micro", "echo"),
    [
        ("31", "platelets", "10*9/L", 31_000_000, "31 ×10⁹/L"),
        ("0", "platelets", "10*9/L", 0, "0 ×10⁹/L"),
        ("<5", "platelets", "10*9/L", 5_000_000, "<5 ×10⁹/L"),
        ("< 5", "platelets", "10*9/L", 5_000_000, "<5 ×10⁹/L (reported < 5 ×10⁹/L)"),
        ("5.4", "platelets", "10*9/L", 5_400_000, "5.4 ×10⁹/L"),
        ("5,4", "platelets", "10*9/L", 5_400_000, "5.4 ×10⁹/L (reported 5,4 ×10⁹/L)"),
        ("4,5", "platelets", "10*9/L", 4_500_000, "4.5 ×10⁹/L (reported 4,5 ×10⁹/L)"),
        ("45 K/uL", "platelets", "10*9/L", 45_000_000, "45 ×10⁹/L (reported 45 K/uL)"),
        ("45.000/ul", "platelets", "10*9/L", 45_000_000, "45 ×10⁹/L (reported 45.000 /ul)"),
        ("45,000/uL", "platelets", None, 45_000_000, "45 ×10⁹/L (reported 45,000 /µL)"),
        ("450 000 /uL", "platelets", None, 450_000_000, "450 ×10⁹/L (reported 450 000 /µL)"),
        ("45 x10^9/L", "platelets", None, 45_000_000, "45 ×10⁹/L"),
        ("45 10*9/L", "platelets", "/uL", 45_000_000, "45 ×10⁹/L"),
        ("12.4 g/dL", "hemoglobin", "g/L", 124_000_000, "124 g/L (reported 12.4 g/dL)"),
        ("12,4", "hemoglobin", "g/dL", 124_000_000, "124 g/L (reported 12,4 g/dL)"),
        ("124", "hemoglobin", "g/L", 124_000_000, "124 g/L"),
        ("1,234.5", "ldh", "U/L", 1_234_500_000, "1234.5 U/L (reported 1,234.5 U/L)"),
        ("<0,30", "haptoglobin", "g/L", 300_000, "<0.3 g/L (reported <0,30 g/L)"),
        (">2000", "ldh", "U/L", 2_000_000_000, ">2000 U/L"),
    ],
)
def test_a_value_is_understood_in_its_unit(
    text: str, analyte: str, unit: str | None, micro: int, echo: str
) -> None:
    found = read_value(text, analyte, unit)
    assert found.problem is None
    assert found.value is not None
    assert (found.value.canonical_e6, found.value.not_evaluable, found.echo) == (micro, None, echo)


@pytest.mark.parametrize(
    ("text", "analyte", "unit", "said_of_it"),
    [
        ("124", "hemoglobin", "g/dL", "Is it 124 g/L? Write it with its unit."),
        ("12.4", "hemoglobin", "g/L", "Is it 12.4 g/dL"),
        ("45000", "platelets", "10*9/L", "Is it 45000 /uL"),
        ("2001", "platelets", "10*9/L", "is implausible"),
        ("45,000", "platelets", "10*9/L", "45,000 may be 45.000 or 45000"),
        ("45,000", "hemoglobin", "g/L", "45,000 may be 45.000 or 45000"),
        ("31", "platelets", None, "Enter the unit of the platelets: 31 10*9/L"),
        ("124", "hemoglobin", None, "Enter the unit of the hemoglobin: 124 g/L."),
        ("5 g/L", "platelets", "10*9/L", "g/L is not a known unit of platelets"),
        ("2.1 %", "reticulocytes", "10*9/L", "% is not a known unit"),
        ("999", "platelets", "10*9/L", "means 'no result'"),
        ("-5", "platelets", "10*9/L", "is implausible"),
        ("4 5", "platelets", "10*9/L", "is not one number"),
        ("1.2.3", "hemoglobin", "g/dL", "is not one number"),
        ("31/45", "platelets", "10*9/L", "is not a known unit"),
        ("low", "platelets", "10*9/L", "not recognized as a number"),
        ("O", "platelets", "10*9/L", "not recognized as a number"),
    ],
)
def test_a_value_that_is_not_clear_is_asked_about(
    text: str, analyte: str, unit: str | None, said_of_it: str
) -> None:
    found = read_value(text, analyte, unit)
    assert found.value is None
    assert found.problem is not None
    assert said_of_it in found.problem


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not done", "not_done"),
        ("nd", "not_done"),
        ("N.D.", "not_done"),
        ("unknown", "unknown"),
        ("n/a", "not_applicable"),
        ("Not  applicable", "not_applicable"),
        ("not_done", "not_done"),
    ],
)
def test_missing_is_said(text: str, reason: str) -> None:
    found = read_value(text, "platelets", "10*9/L")
    assert (found.value, found.missing, found.problem) == (None, reason, None)
    assert found.echo == reason.replace("_", " ")


@pytest.mark.parametrize(
    ("text", "quality"),
    [
        ("31 clumped", "clumped"),
        ("31 (clumps)", "clumped"),
        ("31, aggregates", "clumped"),
        ("31 K/uL hemolysed", "hemolyzed"),
        ("31 QNS", "insufficient"),
    ],
)
def test_a_word_on_the_specimen_goes_with_the_value(text: str, quality: str) -> None:
    found = read_value(text, "platelets", "10*9/L")
    assert found.value is not None
    assert (found.value.quality, found.value.canonical_e6) == (quality, 31_000_000)
    assert found.value.not_evaluable == quality
    assert found.echo.endswith("stored, not evaluable")


@pytest.mark.parametrize(
    ("text", "quality"),
    [("clumped", "clumped"), ("(geklumpt)", "clumped"), ("hemolyzed", "hemolyzed"), ("QNS", "insufficient")],
)
def test_a_specimen_of_no_use_is_kept_without_a_value(text: str, quality: str) -> None:
    found = read_value(text, "platelets", "10*9/L")
    assert found.value == Measured(None, None, quality)
    assert (found.echo, found.missing, found.problem) == (f"{quality}, no value", "unknown", None)
    assert read_value(f"31 {text}", "platelets", "10*9/L").value != found.value


def test_citrate_is_reckoned_with_in_the_echo() -> None:
    found = read_value("31", "platelets", "10*9/L", specimen="citrate")
    assert found.echo == "34.1 ×10⁹/L (reported 31 ×10⁹/L)"


@pytest.mark.parametrize(
    ("text", "unit"), [("2300", "10*9/L"), ("31", None), ("2.1 %", "10*9/L"), ("+++", "U/L")]
)
def test_what_a_laboratory_did_report_can_be_kept_unjudged(text: str, unit: str | None) -> None:
    analyte = "reticulocytes" if "%" in text else "platelets"
    assert read_value(text, analyte, unit).value is None
    found = read_value(text, analyte, unit, as_reported=True)
    assert found.value is not None
    assert found.value.not_evaluable is not None
    assert found.doubt is not None
    assert found.doubt.startswith("It is stored but not evaluable")


@pytest.mark.parametrize(
    ("text", "doubted"), [("0.9", True), ("1", False), ("1500", False), ("1501", True), ("0", False)]
)
def test_a_value_that_is_usual_only_in_another_unit_is_doubted(text: str, doubted: bool) -> None:
    found = read_value(text, "platelets", "10*9/L")
    assert found.value is not None
    assert (found.doubt is not None) is doubted


def test_the_unit_in_the_text_wins_over_that_of_the_form() -> None:
    assert split_unit("45 K/uL", "platelets") == ("45", "K/uL")
    assert split_unit("45", "platelets") == ("45", None)
    assert split_unit("45 1000/uL", "platelets") == ("45", "1000/uL")
    assert split_unit("450 000/uL", "platelets") == ("450 000", "/uL")
    assert split_unit("4.5e3/uL", "platelets") == ("4.5e3", "/uL")


NUMBERS = st.decimals(0, 3000, places=2).map(lambda one: format(one.normalize(), "f"))


@given(NUMBERS, st.sampled_from(["", "<", ">"]), st.sampled_from([".", ","]), ANALYTES, st.data())
def test_what_is_echoed_is_what_is_stored(
    number: str, sign: str, mark: str, analyte: str, data: st.DataObject
) -> None:
    """The text that is given for storing comes to the echoed value in any company of other cells."""
    unit = data.draw(st.sampled_from([one.name for one in measures()[analyte].units]))
    text = sign + number.replace(".", mark)
    found = read_value(text, analyte, unit)
    assume(found.value is not None)
    assert found.value is not None
    other = data.draw(st.sampled_from(["12,4", "12.4", "7", "1.234,5", "1,234.5"]))
    rows = [
        {
            "patient_id": "P1",
            "observation_id": f"O{place}",
            "observed_at": "2026-01-01",
            "analyte": analyte,
            "value": value,
            "unit": unit,
        }
        for place, value in enumerate((found.value.value, other))
    ]
    stored = check_rows("observation", rows, today=TODAY).rows.to_pylist()[0]
    assert stored["canonical_e6"] == found.value.canonical_e6
    assert stored["comparator"] == found.value.comparator == (sign or None)
    assert stored["not_evaluable"] is None
    assert found.echo.startswith(f"{sign}{number_said(stored['canonical_e6'])} ")
    exact = Decimal(number) * next(one.factor for one in measures()[analyte].units if one.name == unit)
    assert Decimal(stored["canonical_e6"]) == (exact * 1_000_000).to_integral_value(rounding="ROUND_DOWN")


@given(st.text("0123456789.,<> '", min_size=1, max_size=9), ANALYTES)
def test_digits_are_never_lost_or_glued(text: str, analyte: str) -> None:
    """4,5 is never 45, <5 never 5, and 4 5 is nothing."""
    found = read_value(text, analyte, measures()[analyte].unit)
    if found.value is None:
        return
    kept = text.strip()
    assert (found.value.comparator or "") == next((one for one in "<>" if one in kept), "")
    digits = "".join(one for one in kept if one.isdigit())
    assert digits.strip("0") == "".join(one for one in found.value.value or "" if one.isdigit()).strip("0")
    one_mark = sum(kept.count(one) for one in ".,") == 1 and not set(" '") & set(kept.strip("<> "))
    if one_mark:
        exact = Decimal(kept.strip("<> ").replace(",", "."))
        assert found.value.canonical_e6 == int(exact * 1_000_000)

"""What one row may say: every rule from both sides, with its file, row, column, value and remedy."""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pytest

from registry.errors import Problem, Usage
from registry.record.checking import Checked, check_rows
from registry.record.fields import TABLES

TODAY = date(2026, 3, 31)
COUNT = {
    "patient_id": "P1",
    "observation_id": "O1",
    "observed_at": "2026-03-01",
    "analyte": "platelets",
    "value": "150",
    "unit": "10*9/L",
}
COURSE = {"episode_id": "E1", "course_id": "C1", "started_on": "2026-01-01"}
BLEED = {"patient_id": "P1", "bleed_id": "B1", "started_on": "2026-01-01", "scale": "WHO", "grade": "1"}


def check(table: str, *rows: Mapping[str, str | None]) -> Checked:
    return check_rows(table, rows, today=TODAY)


def problem(table: str, *rows: Mapping[str, str | None]) -> Problem:
    (found,) = check(table, *rows).findings.problems
    return found


def test_a_sound_row_has_no_problems_and_typed_columns() -> None:
    checked = check("observation", COUNT)
    assert checked.findings.problems == []
    row = checked.rows.to_pylist()[0]
    assert row["observed_on"] == date(2026, 3, 1)
    assert row["observed_at"] is None
    assert row["canonical_e6"] == 150_000_000
    assert row["not_evaluable"] is None


def test_a_problem_says_where_what_and_what_to_do() -> None:
    found = problem("observation", COUNT, {**COUNT, "observation_id": "O2", "analyte": "platelet"})
    assert (found.file, found.row, found.column, found.value) == ("observation.csv", 2, "analyte", "platelet")
    assert found.expected.startswith("one of platelets, hemoglobin")
    assert found.remedy == "Did you mean platelets?"


def test_all_problems_of_a_row_are_listed() -> None:
    row = {"patient_id": "", "observation_id": " O1", "observed_at": "tomorrow", "analyte": "x", "value": ""}
    columns = {found.column for found in check("observation", row).findings.problems}
    assert columns == {"patient_id", "observation_id", "observed_at", "analyte", "value"}


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("2026-03-31", True),
        ("2026-04-01", False),
        ("1900-01-01", False),
        ("1900-01-02", True),
        ("2024-02-29", True),
        ("2026-02-29", False),
        ("2026-02-30", False),
        ("26-03-01", False),
        ("03/04/2020", False),
        ("1.3.2026", False),
        ("2026-3-1", False),
        ("20260301", False),
        ("0001-01-01", False),
        ("9999-12-31", False),
        ("infinity", False),
        ("1000-01-01", False),
    ],
)
def test_dates_are_iso_real_and_not_in_the_future(text: str, accepted: bool) -> None:
    assert (check("patient", {"patient_id": "P1", "born_on": text}).findings.count == 0) is accepted


@pytest.mark.parametrize(
    ("text", "day", "utc", "offset"),
    [
        ("2026-03-01T08:30", "2026-03-01", "2026-03-01T08:30:00", None),
        ("2026-03-01 08:30:15", "2026-03-01", "2026-03-01T08:30:15", None),
        ("2026-03-01T08:30Z", "2026-03-01", "2026-03-01T08:30:00", 0),
        ("2026-03-01T00:30+02:00", "2026-03-01", "2026-02-28T22:30:00", 120),
        ("2026-03-01T22:00-0500", "2026-03-01", "2026-03-02T03:00:00", -300),
    ],
)
def test_the_day_is_the_one_written_and_the_time_is_utc(
    text: str, day: str, utc: str, offset: int | None
) -> None:
    row = check("observation", {**COUNT, "observed_at": text}).rows.to_pylist()[0]
    assert row["observed_on"].isoformat() == day
    assert row["observed_at"].isoformat() == utc
    assert row["utc_offset_minutes"] == offset


@pytest.mark.parametrize(
    "text", ["2026-03-01T24:00", "2026-03-01T8:30", "2026-03-01Tnoon", "2026-02-30T08:00"]
)
def test_a_time_that_is_none_is_a_problem(text: str) -> None:
    assert problem("observation", {**COUNT, "observed_at": text}).column == "observed_at"


@pytest.mark.parametrize(
    "text",
    ["P\u200b1", "P\u202e1", "P\x001", "P\x071", " P1", "P1 ", "e\u0301", "P" * 129],
    ids=["zero-width", "right-to-left", "NUL", "bell", "space before", "space after", "not NFC", "long"],
)
def test_an_id_has_nothing_hidden(text: str) -> None:
    assert problem("patient", {"patient_id": text}).column == "patient_id"


@pytest.mark.parametrize("text", ["P1", "000123", "é", "患者1", "P" * 128, "A/B-C_1.2:3"])
def test_an_id_is_any_plain_text_and_stays_as_it_is(text: str) -> None:
    checked = check("patient", {"patient_id": text})
    assert checked.findings.count == 0
    assert checked.rows["patient_id"].to_pylist() == [text]


def test_a_note_may_have_lines_and_a_term_may_not() -> None:
    event = {
        "patient_id": "P1",
        "adverse_event_id": "A1",
        "category": "other",
        "term": "rash",
        "onset_on": "2026-01-01",
    }
    assert check("adverse_event", {**event, "note": "one\ntwo"}).findings.count == 0
    assert problem("adverse_event", {**event, "term": "one\ntwo"}).column == "term"


@pytest.mark.parametrize(
    ("grade", "accepted"), [("0", True), ("4", True), ("5", False), ("-1", False), ("2.5", False)]
)
def test_a_who_grade_is_0_to_4(grade: str, accepted: bool) -> None:
    assert (check("bleed", {**BLEED, "grade": grade}).findings.count == 0) is accepted


def test_an_itp_bat_grade_may_be_5() -> None:
    assert check("bleed", {**BLEED, "scale": "ITP_BAT", "grade": "5"}).findings.count == 0


@pytest.mark.parametrize(("stop", "accepted"), [("2026-01-01", True), ("2025-12-31", False)])
def test_a_course_cannot_stop_before_it_starts(stop: str, accepted: bool) -> None:
    findings = check("course", {**COURSE, "stopped_on": stop}).findings
    assert (findings.count == 0) is accepted
    if not accepted:
        assert findings.problems[0].remedy == "started_on is 2026-01-01: correct one of them."


@pytest.mark.parametrize(("ongoing", "accepted"), [("no", True), ("yes", False)])
def test_a_course_that_has_stopped_is_not_ongoing(ongoing: str, accepted: bool) -> None:
    row = {**COURSE, "stopped_on": "2026-02-01", "ongoing": ongoing}
    assert (check("course", row).findings.count == 0) is accepted


def test_a_missing_value_needs_a_reason() -> None:
    assert problem("observation", {**COUNT, "value": ""}).expected == "a value or a missing_reason"
    checked = check("observation", {**COUNT, "value": "", "missing_reason": "lost"})
    assert checked.findings.count == 0
    assert checked.rows["not_evaluable"].to_pylist() == ["missing"]


def test_limits_stand_in_their_order() -> None:
    sound = {**COUNT, "lower_limit": "150", "upper_limit": "400"}
    assert check("observation", sound).findings.count == 0
    assert problem("observation", {**sound, "lower_limit": "401"}).column == "upper_limit"


def test_the_same_id_twice_is_a_problem_of_both_rows_if_they_differ() -> None:
    findings = check("observation", COUNT, {**COUNT, "value": "20"}).findings
    assert [(found.row, found.value) for found in findings.problems] == [(2, "O1"), (1, "O1")]
    assert list(findings.wrong) == [True, True]


def test_a_row_that_repeats_another_is_a_problem_of_the_later_one() -> None:
    findings = check("observation", COUNT, COUNT).findings
    assert findings.problems[0].remedy == "It repeats row 1: remove it."
    assert list(findings.wrong) == [False, True]


def test_two_patients_may_use_the_same_observation_id() -> None:
    assert check("observation", COUNT, {**COUNT, "patient_id": "P2"}).findings.count == 0


def test_agents_go_by_their_generic_name_whatever_was_written() -> None:
    step = {"course_id": "C1", "agent": "Nplate", "started_on": "2026-01-01"}
    row = check("course_agent", step).rows.to_pylist()[0]
    assert (row["agent"], row["agent_class"], row["atc"]) == ("romiplostim", "TPO_RA", "B02BX04")


@pytest.mark.parametrize(
    ("table", "written", "stored"),
    [("rescue", "Privigen", "ivig"), ("rescue", "J06BB01", "anti_d"), ("rescue", "prednisolone", None)],
)
def test_a_rescue_may_be_written_as_a_brand_or_a_code(table: str, written: str, stored: str | None) -> None:
    row = {"patient_id": "P1", "rescue_id": "R1", "given_on": "2026-01-01", "agent": written}
    checked = check(table, row)
    assert checked.rows["agent"].to_pylist() == [stored]
    assert (checked.findings.count == 0) is (stored is not None)


def test_an_agent_that_nobody_lists_is_kept_with_a_note() -> None:
    checked = check("course_agent", {"course_id": "C1", "agent": "Zorblax", "started_on": "2026-01-01"})
    assert checked.findings.count == 0
    assert checked.rows["agent_class"].to_pylist() == ["OTHER"]
    assert checked.rows["agent"].to_pylist() == ["zorblax"]
    assert "Zorblax" in checked.hints[0]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"analyte": "ldh", "value": "251", "unit": "U/L", "upper_limit": "250"}, "abnormal"),
        ({"analyte": "ldh", "value": "250", "unit": "U/L", "upper_limit": "250"}, "normal"),
        ({"analyte": "ldh", "value": "251", "unit": "U/L"}, None),
        ({"analyte": "ldh", "value": "251", "unit": "", "upper_limit": "250"}, None),
        (
            {"analyte": "ldh", "value": "251", "unit": "U/L", "upper_limit": "250", "explained": "yes"},
            "explained",
        ),
        (
            {"analyte": "ldh", "value": "250", "unit": "U/L", "upper_limit": "250", "explained": "yes"},
            "normal",
        ),
        ({"analyte": "ldh", "value": "<300", "unit": "U/L", "upper_limit": "250"}, None),
        ({"analyte": "ldh", "value": ">300", "unit": "U/L", "upper_limit": "250"}, "abnormal"),
        ({"analyte": "ldh", "value": "<250", "unit": "U/L", "upper_limit": "250"}, "normal"),
        ({"analyte": "haptoglobin", "value": "0.29", "unit": "g/L", "lower_limit": "0.3"}, "abnormal"),
        ({"analyte": "haptoglobin", "value": "0.3", "unit": "g/L", "lower_limit": "0.3"}, "normal"),
        ({"analyte": "haptoglobin", "value": "<0.3", "unit": "g/L", "lower_limit": "0.3"}, "abnormal"),
        ({"analyte": "haptoglobin", "value": "<0.5", "unit": "g/L", "lower_limit": "0.3"}, None),
        ({"analyte": "haptoglobin", "value": ">0.5", "unit": "g/L", "lower_limit": "0.3"}, "normal"),
        ({"analyte": "platelets", "value": "10", "unit": "10*9/L", "lower_limit": "150"}, None),
    ],
)
def test_a_marker_is_held_against_the_limit_of_its_own_laboratory(
    changes: dict[str, str | None], state: str | None
) -> None:
    assert check("observation", {**COUNT, **changes}).rows["marker_state"].to_pylist() == [state]


def test_a_decimal_comma_is_decided_by_the_whole_file() -> None:
    shown = check(
        "observation", {**COUNT, "value": "12,4"}, {**COUNT, "observation_id": "O2", "value": "45,000"}
    )
    assert shown.rows["canonical_e6"].to_pylist() == [12_400_000, 45_000_000]
    assert shown.rows["value"].to_pylist() == ["12,4", "45,000"]
    assert shown.rows["value_read"].to_pylist() == ["12.4", "45"]
    alone = problem("observation", {**COUNT, "value": "45,000"})
    assert "may be 45.000 or 45000" in alone.remedy


def test_an_unknown_column_is_refused_by_name_with_the_nearest() -> None:
    found = problem("patient", {"patient_id": "P1", "bornon": "2000-01-01"})
    assert (found.row, found.column, found.remedy) == (None, "bornon", "Did you mean born_on?")


def test_a_missing_required_column_is_named() -> None:
    columns = [found.column for found in check("bleed", {"patient_id": "P1"}).findings.problems]
    assert {"bleed_id", "started_on", "scale", "grade"} <= set(columns)


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(Usage, match="patients is not a table"):
        check_rows("patients", [])


def test_a_thousand_problems_are_counted_and_the_first_hundred_listed() -> None:
    findings = check(
        "patient", *({"patient_id": f"P{number}", "sex": "f"} for number in range(1000))
    ).findings
    assert findings.count == 1000
    assert len(findings.problems) == 100


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: str(table.name))
def test_every_column_of_the_bundle_is_described(table) -> None:  # type: ignore[no-untyped-def]
    named = {*table.identity, *table.parents, *(name for pair in table.ordered for name in pair)}
    assert named <= {*table.names}
    assert {*table.happened} <= {*table.names, "observed_on"}


def test_no_rows_are_no_problem() -> None:
    checked = check_rows("observation", [], today=TODAY)
    assert checked.rows.num_rows == 0
    assert checked.rows.schema.field("canonical_e6").type == pa.int64()

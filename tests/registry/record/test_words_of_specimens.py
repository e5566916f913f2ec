"""What a laboratory says in words of a platelet specimen reaches the record and the worklist through every door."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from registry.exchange.intake import import_path
from registry.record.cells import quality_said, read_cell
from registry.record.text.values import read_value
from registry.roles import Actor
from registry.store.database import Database
from registry.surveillance.worklist import worklist
from tests.registry.conftest import Run

TODAY = date(2026, 3, 31)
MAPPING = """
site = "North"
[columns]
patient_id = ["patient"]
observation_id = ["order"]
observed_at = "day"
code = "code"
value = "value"
unit = "unit"
comment = "comment"
[[analyte]]
code = "PLT"
is = "platelets"
[[analyte]]
code = "HB"
is = "hemoglobin"
"""
STORED = (
    "SELECT value, quality, not_evaluable FROM observation WHERE superseded_by IS NULL ORDER BY observed_on"
)
SPOILED = [
    ("clumped", "clumped"),
    ("platelet clumps 2+", "clumped"),
    ("clumped at 8:30", "clumped"),
    ("no result, clumped", "clumped"),
    ("cannot be counted: aggregates", "clumped"),
    ("clumped no count possible", "clumped"),
    ("Specimen clotted", "insufficient"),
    ("sample hemolyzed", "hemolyzed"),
    ("QNS", "insufficient"),
]
DENIED = [
    "no clumps seen",
    "No evidence of platelet clumping",
    "platelet clumps not seen",
    "Clumps: negative",
    "keine Aggregate",
    "kein Hinweis auf Thrombozytenaggregate",
    "nicht geronnen",
]


@pytest.mark.parametrize(("text", "quality"), SPOILED)
def test_words_that_spoil_a_specimen_are_found_and_denials_of_them_are_not(text: str, quality: str) -> None:
    assert quality_said(text) == quality
    assert (read_cell(text, "platelets").number, read_cell(text, "platelets").quality) == (None, quality)


@pytest.mark.parametrize("text", DENIED)
def test_a_denied_quality_is_none(text: str) -> None:
    assert quality_said(text) is None
    beside = read_cell(f"31 K/uL, {text}", "platelets")
    assert (beside.number, beside.unit, beside.quality) == ("31", "K/uL", None)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("31 clumped, see note 3", "31", None),
        ("45 K/uL with clumps seen", "45", "K/uL"),
        ("<5 (clumped)", "<5", None),
    ],
)
def test_a_number_beside_the_words_is_kept(text: str, number: str, unit: str | None) -> None:
    found = read_cell(text, "platelets")
    assert (found.number, found.unit, found.quality) == (number, unit, "clumped")


@pytest.mark.parametrize("unit", ["10*9/L", "10**9/L", "x10*9/L", "10*3/uL", "10*4/uL"])
def test_the_sign_of_a_power_in_a_unit_is_no_mark_of_the_laboratory(unit: str) -> None:
    found = read_value(f"24.5 {unit}", "platelets", None)
    assert found.value is not None
    assert (found.value.value, found.value.unit) == ("24.5", unit)
    assert read_cell("12* K/uL", "platelets").flags == ("*",)


@pytest.mark.parametrize("mark", ["'", "’", "‘", "ʼ", "´", "`"])
def test_every_apostrophe_groups_thousands(mark: str) -> None:
    found = read_value(f"12{mark}345 /uL", "platelets", None)
    assert found.value is not None
    assert (found.value.canonical_e6, found.value.value) == (12_345_000, f"12{mark}345")


Specimen = tuple[str, str, str, str]
"""Value, unit, quality and missing_reason of a platelet specimen."""


@pytest.fixture
def demanded(registry: Database, operator: Actor, tmp_path: Path) -> Callable[[list[Specimen]], list[object]]:
    """Import specimens, each of a patient whose last count was 200: stored quality and reason, action, words."""

    def take(specimens: list[Specimen]) -> list[object]:
        names = [f"P{number:02}" for number in range(len(specimens))]
        counts = [f"{name},{name}-1,2026-03-01,platelets,200,10*9/L,," for name in names]
        for name, one in zip(names, specimens, strict=True):
            cells = ",".join(f'"{cell}"' for cell in one)
            counts.append(f"{name},{name}-2,2026-03-28,platelets,{cells}")
        header = "patient_id,observation_id,observed_at,analyte,value,unit,quality,missing_reason"
        infusion = "alemtuzumab,multiple_sclerosis,2025-06-01"
        for table, rows in (
            ("patient", ["patient_id,site", *(f"{name},North" for name in names)]),
            (
                "exposure",
                [
                    "patient_id,exposure_id,agent,setting,started_on",
                    *(f"{name},{name}-X,{infusion}" for name in names),
                ],
            ),
            ("observation", [header, *counts]),
        ):
            (tmp_path / f"{table}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        import_path(registry, operator, tmp_path, today=TODAY)
        found = {row["patient_id"]: row for row in worklist(registry, operator, TODAY).rows.to_pylist()}
        stored = {
            name: (value, quality, why)
            for name, value, quality, why in registry.rows(
                "SELECT patient_id, value, quality, not_evaluable FROM observation JOIN patient USING (patient_key) "
                "WHERE observed_on = '2026-03-28'"
            )
        }
        return [(*stored[name], found[name]["action"], found[name]["unjudged"]) for name in names]

    return take


def test_a_reason_in_place_of_a_value_spoils_the_specimen_and_asks_for_another(
    demanded: Callable[[list[Specimen]], list[object]],
) -> None:
    said = [("", "", given, text) for text, _ in SPOILED for given in ("", "ok")]
    expected = [(None, quality, quality, "recheck_72h", quality) for _, quality in SPOILED for _ in range(2)]
    nothing = (None, None, "missing", "continue_monthly", None)
    found = demanded([*said, ("", "", "", "not done"), ("", "", "hemolyzed", "clumped")])
    assert found == [*expected, nothing, (None, "hemolyzed", "hemolyzed", "recheck_72h", "hemolyzed")]


def test_a_text_that_begins_with_a_number_may_mean_it(
    demanded: Callable[[list[Specimen]], list[object]],
) -> None:
    now, later = "recheck_and_contact_now", "recheck_72h"
    cases = [
        ("8, giant platelets", "10*9/L", now),
        ("5-10", "10*9/L", now),
        ("ca. 29", "10*9/L", now),
        ("ca. 30", "10*9/L", later),
        ("29000-31000", "/uL", now),
        ("30000-31000", "/uL", later),
        ("~ 2.9 - 3.1", "10*4/uL", now),
        ("see comment 3", "10*9/L", later),
        ("---", "10*9/L", later),
    ]
    found = demanded([(text, unit, "", "") for text, unit, _ in cases])
    assert found == [
        (text, None, "unreadable", action, f"{text} {unit}, unreadable") for text, unit, action in cases
    ]


@pytest.mark.parametrize(
    ("row", "stored"),
    [
        ("PLT,31,platelet clumps present", ("31", "clumped", "clumped")),
        ("PLT,,sample clotted", (None, "insufficient", "insufficient")),
        ("PLT,31,no clumps seen", ("31", None, None)),
        ("PLT,31,phoned to the ward", ("31", None, None)),
        ("HB,31,platelet clumps present", ("31", None, None)),
        ("HB,31,hemolyzed", ("31", "hemolyzed", "hemolyzed")),
    ],
)
def test_a_comment_of_a_laboratory_s_file_is_read_where_the_mapping_has_no_rule_for_it(
    registry: Database, operator: Actor, tmp_path: Path, row: str, stored: tuple[object, ...]
) -> None:
    code, value, comment = row.split(",")
    file, mapping = tmp_path / "labor.csv", tmp_path / "labor.toml"
    unit = "g/L" if code == "HB" else "10*9/L"
    file.write_text(
        f"patient,order,day,code,value,unit,comment\nP1,1,2026-03-01,{code},{value},{unit},{comment}\n",
        encoding="utf-8",
    )
    mapping.write_text(MAPPING, encoding="utf-8")
    import_path(registry, operator, file, format="lab-csv", mapping=mapping, today=TODAY)
    assert registry.rows(STORED) == [stored]


def test_a_comment_beside_an_empty_cell_is_pasted_as_a_specimen_of_no_use(judged: Run) -> None:
    days = [f"2026-01-{number:02}" for number in range(1, len(SPOILED) + 1)]
    lines = [f"{day}\t\t\t{text}" for day, (text, _) in zip(days, SPOILED, strict=True)]
    block = "\n".join(["date\tplatelets (10*9/L)\tHb (g/dL)\tcomment", *lines, "2026-01-31\t\t\tholiday"])
    told = judged("paste", "SYN-003", "--json", typed=f"{block}\n")
    assert [
        (one["values"]["observed_at"], one["values"]["analyte"], one["values"]["quality"])
        for one in json.loads(told.stdout)["facts"]
    ] == [(day, "platelets", quality) for day, (_, quality) in zip(days, SPOILED, strict=True)]


def test_a_word_typed_in_the_terminal_is_stored_as_the_quality_of_the_specimen(judged: Run) -> None:
    for text, quality in SPOILED[::3]:
        cells = ("patient_id=SYN-003", "observed_at=2020-01-31", "analyte=platelets", f"value={text}")
        (fact,) = json.loads(judged("log", "observation", *cells, "--no-judge", "--json").stdout)["facts"]
        assert (fact["values"]["value"], fact["values"]["quality"]) == (None, quality)

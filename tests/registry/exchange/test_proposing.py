"""A proposed mapping: what a file shows is written, what it does not show is asked, and it can be used as it is."""

import tomllib
from pathlib import Path

import pytest
from openpyxl import Workbook

from registry.errors import Refused
from registry.exchange.sources import foreign, lab_csv
from registry.exchange.sources.proposing import propose

LONG = """Laboratorium Nord;;;;;;
Ausdruck vom 02.04.2026;;;;;;
Patient;Auftrag;Datum;Test;Ergebnis;Einheit;Referenzbereich
P1;1;25.03.2026;PLT;45,5;G/l;150-400
P1;1;25.03.2026;HB;12,4;g/dl;12-16
P1;1;25.03.2026;NA;140;mmol/l;135-145
P1;2;01.04.2026;777-3;61;G/l;150-400
"""


def test_a_file_that_shows_everything_is_read_through_what_is_proposed(tmp_path: Path) -> None:
    file, mapping = tmp_path / "lab.csv", tmp_path / "m.toml"
    file.write_text(LONG, encoding="utf-8")
    proposal = propose(file)
    assert proposal.asks == ()
    mapping.write_text(proposal.text, encoding="utf-8")
    rows = lab_csv.read(file, lab_csv.load_mapping(mapping)).tables["observation"].texts.to_pylist()
    assert [(row["observation_id"], row["observed_at"], row["analyte"], row["value"]) for row in rows] == [
        ("1/PLT", "2026-03-25", "platelets", "45,5"),
        ("1/HB", "2026-03-25", "hemoglobin", "12,4"),
        ("2/777-3", "2026-04-01", "platelets", "61"),
    ]
    assert "# NA: 1 rows" in proposal.text


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        (("Patient;", "Fall;"), "columns.patient_id"),
        ((";Datum;", ";Zuletzt;"), "columns.observed_at"),
        (("25.03.2026", "05.03.2026"), "file.date_order"),
        (("45,5", "45.500"), None),
        (("61;G/l", "61;Tsd/xx"), 'unit_spelling."Tsd/xx"'),
        (("61;G/l", "61;"), "analyte.777-3.unit"),
    ],
)
def test_what_the_file_does_not_show_is_asked(
    tmp_path: Path, change: tuple[str, str], asked: str | None
) -> None:
    file = tmp_path / "lab.csv"
    file.write_text(LONG.replace(*change), encoding="utf-8")
    proposal = propose(file)
    assert proposal.asks == ((asked,) if asked else ())
    if asked:
        assert f"# ask: {asked} (" in proposal.text
    tomllib.loads(proposal.text)


def test_a_number_with_two_readings_is_asked_about(tmp_path: Path) -> None:
    file = tmp_path / "lab.csv"
    file.write_text('pid,order,date,test,value,unit\nP1,1,2026-03-01,PLT,"45,000",10*9/L\n')
    assert propose(file).asks == ("file.decimal",)


def test_a_row_a_visit_is_proposed_wide_with_the_units_of_its_header(tmp_path: Path) -> None:
    file = tmp_path / "visits.xlsx"
    book = Workbook()
    for row in (
        ["Study no.", "Date", "PLT (10*9/L)", "Hb (g/dL)", "Weight"],
        ["A1", "2026-03-01", 45, 12.1, 70],
    ):
        book.active.append(row)
    book.save(file)
    proposal = propose(file)
    assert proposal.asks == ()
    mapping = tmp_path / "m.toml"
    mapping.write_text(proposal.text, encoding="utf-8")
    rows = foreign.read(file, "xlsx", mapping).tables["observation"].texts.to_pylist()
    assert [(row["patient_id"], row["analyte"], row["value"], row["unit"]) for row in rows] == [
        ("A1", "platelets", "45", "10*9/L"),
        ("A1", "hemoglobin", "12.1", "g/dL"),
    ]


def test_another_encoding_is_said(tmp_path: Path) -> None:
    file = tmp_path / "lab.csv"
    file.write_bytes(
        "pid;order;date;test;value;unit;Bemerkung\nP1;1;2026-03-01;PLT;45;10*9/L;gemäß\n".encode("cp1252")
    )
    assert 'encoding = "cp1252"' in propose(file).text


def test_messages_need_no_columns_and_say_so(tmp_path: Path) -> None:
    file = tmp_path / "in.hl7"
    file.write_text("MSH|^~\\&|LAB\r")
    with pytest.raises(Refused, match="hl7v2"):
        propose(file)

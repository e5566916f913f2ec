"""The workbook of an export: every cell is what the bundle has, and no cell does anything."""

import csv
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from registry.exchange.export import DERIVED, MORE, export
from registry.exchange.outputs import About, Outgoing, workbook
from registry.record.fields import TABLES
from registry.review import rejudge
from registry.roles import Actor
from registry.store.database import Database
from tests.registry.facts_for_tests import Fact, copied, written
from tests.registry.record.test_record import LIFE

HOSTILE = '=HYPERLINK("http://example.org","open")'
MORE_FACTS: list[Fact] = [
    ("patient", {"patient_id": "007", "death_cause": HOSTILE, "site": "http://north"}),
    ("patient", {"patient_id": "008", "death_cause": "_x0041_ & <b>"}),
    ("patient", {"patient_id": "GONE"}),
    (
        "consent",
        {"patient_id": "GONE", "consent_id": "C1", "decided_on": "2024-01-01", "consent": "refused"},
    ),
    (
        "observation",
        {
            "patient_id": "007",
            "observation_id": "0012",
            "observed_at": "2020-01-01",
            "analyte": "hemoglobin",
            "value": "12.40",
            "unit": "g/dL",
        },
    ),
]


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = written(tmp_path_factory.mktemp("logged") / "registry.duckdb", [*LIFE, *MORE_FACTS])
    with Database.open(path) as db:
        rejudge(db, db.actor(None))
    return path


@pytest.fixture
def db(logged: Path, registry_path: Path) -> Iterator[Database]:
    with Database.open(copied(logged, registry_path)) as database:
        yield database


@pytest.fixture
def operator(db: Database) -> Actor:
    return db.actor(None)


def sheet(path: Path, name: str) -> list[list[object]]:
    return [list(row) for row in CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python()]


def as_text(rows: Sequence[Sequence[object]]) -> list[list[str]]:
    """As Excel shows it: `_x005F_` is how a workbook writes an underscore that begins no code of a character."""
    return [["" if cell is None else str(cell).replace("_x005F_", "_") for cell in row] for row in rows]


def test_every_cell_of_the_bundle_stands_in_the_workbook(
    db: Database, operator: Actor, tmp_path: Path
) -> None:
    export(db, operator, tmp_path / "csv", as_of=date(2018, 6, 1))
    report = export(db, operator, tmp_path / "out", "xlsx", as_of=date(2018, 6, 1))
    book = tmp_path / "out" / "nadir.xlsx"
    pages = openpyxl.load_workbook(book)
    names = pages.sheetnames
    assert names[:2] == ["About", "Dictionary"]
    assert sorted(names[2:]) == sorted(path.stem for path in (tmp_path / "csv").iterdir())
    assert list(report.files) == names[2:]
    assert {"call", "evidence", "worklist"} <= set(names)
    for name in names[2:]:
        with (tmp_path / "csv" / f"{name}.csv").open(newline="") as file:
            header, *rows = csv.reader(file)
        shown = as_text([[cell.value for cell in row] for row in pages[name].iter_rows()])
        assert report.files[name] == len(shown) - 1 == len(rows)
        assert shown[0][: len(header)] == header
        if name in TABLES:
            assert rows == shown[1:]
    assert tuple(as_text(sheet(book, "call"))[0]) == (*DERIVED["call"], *MORE["call"])


def test_text_stays_text_and_nothing_is_a_formula_or_a_link(
    db: Database, operator: Actor, tmp_path: Path
) -> None:
    export(db, operator, tmp_path / "out", "xlsx")
    book = openpyxl.load_workbook(tmp_path / "out" / "nadir.xlsx")
    kinds = {cell.data_type for page in book for row in page.iter_rows() for cell in row if cell.value}
    assert kinds == {"s", "n"}
    patients = {row[0].value: row for row in book["patient"].iter_rows(min_row=2)}
    assert patients["007"][6].value == HOSTILE
    assert patients["007"][1].value == "http://north"
    assert patients["007"][1].hyperlink is None
    assert patients["P1"][3].value == "1970-01-01"
    observations = {row[1].value: row for row in book["observation"].iter_rows(min_row=2)}
    assert observations["0012"][4].value == "12.40"
    with zipfile.ZipFile(tmp_path / "out" / "nadir.xlsx") as packed:
        parts = {name: packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml")}
    assert not [name for name, text in parts.items() if re.search("<f>|<hyperlink|externalLink", text)]
    assert any("_x005F_x0041_ &amp; &lt;b&gt;" in text for text in parts.values())


def test_about_says_what_is_shown_and_who_is_left_out(db: Database, operator: Actor, tmp_path: Path) -> None:
    [(seq,)] = db.rows("SELECT max(seq) FROM audit_event")
    [(criteria, digest)] = db.rows("SELECT DISTINCT criteria_id, criteria_hash FROM call_view")
    report = export(db, operator, tmp_path / "out", "xlsx")
    rows = sheet(tmp_path / "out" / "nadir.xlsx", "About")
    assert ["Data as of registry change", seq] in [row[:2] for row in rows]
    assert ["Synthetic", "no", ""] in rows
    [left] = [row for row in rows if row[0] == "Patients left out for consent"]
    assert left[1:] == [1, "1 patient who refused or withdrew consent is left out."]
    [made] = [row for row in rows if row[0] == "Criteria"]
    assert made[1] == criteria
    assert digest in str(made[2])
    assert {str(row[2]): row[1] for row in rows if row[0] == "Rows"} == report.files
    book = CalamineWorkbook.from_path(tmp_path / "out" / "nadir.xlsx")
    assert [
        name for name in book.sheet_names if "GONE" in str(book.get_sheet_by_name(name).to_python())
    ] == []
    [(action, after)] = db.rows("SELECT action, after FROM audit_event ORDER BY seq DESC LIMIT 1")
    assert action == "export"
    assert '"observation":2' in after
    assert '"patients left out":1' in after


def test_the_dictionary_has_every_column_of_every_sheet(
    db: Database, operator: Actor, tmp_path: Path
) -> None:
    report = export(db, operator, tmp_path / "out", "xlsx")
    book = tmp_path / "out" / "nadir.xlsx"
    rows = sheet(book, "Dictionary")[1:]
    for name in report.files:
        assert [row[1] for row in rows if row[0] == name] == sheet(book, name)[0]
    by_column = {(row[0], row[1]): row[2:] for row in rows}
    assert by_column["patient", "sex"] == ["Sex", "one of the allowed words", "female, male, other, unknown"]
    assert by_column["call", "cr_onset_on"] == ["", "day", ""]
    assert by_column["observation", "value"][1] == "value as reported"


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(tmp_path: Path) -> None:
    ids = pa.schema([("id", pa.string()), ("n", pa.int64())])
    for size, sheets in ((0, 1), (3, 1), (4, 2), (6, 2), (7, 3)):
        folder = tmp_path / str(size)
        folder.mkdir()
        texts = pa.table({"id": [f"0{n}" for n in range(size)], "n": [str(n) for n in range(size)]})
        texts = texts.cast(pa.schema([("id", pa.string()), ("n", pa.string())]))
        about = About("1", 1, datetime(2026, 1, 1), (), True, 0)
        counts = workbook.write(folder, about, [Outgoing("thing", ids, texts.to_batches())], most_rows=4)
        assert counts == {"thing": size}
        names = CalamineWorkbook.from_path(folder / "nadir.xlsx").sheet_names[2:]
        assert names == ["thing", "thing 2", "thing 3"][:sheets]
        shown = [row for name in names for row in sheet(folder / "nadir.xlsx", name)[1:]]
        assert shown == [[f"0{n}", n] for n in range(size)]
        assert [path.name for path in folder.iterdir()] == ["nadir.xlsx"]


def test_the_workbook_is_readable_by_its_owner_alone(db: Database, operator: Actor, tmp_path: Path) -> None:
    export(db, operator, tmp_path / "out", "xlsx")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["nadir.xlsx"]
    assert (tmp_path / "out" / "nadir.xlsx").stat().st_mode & 0o077 == 0

"""Files that are not what they should be: refused with the reason and the remedy, and nothing is lost."""

import zipfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from registry.errors import Problem, Refused
from registry.exchange.import_report import ImportReport
from registry.exchange.intake import import_path
from registry.exchange.sources import bundle
from registry.exchange.sources.text import read_csv
from registry.roles import Actor
from registry.store.database import Database
from tests.registry.exchange.bundles import ROWS, TABLES, write

TODAY = date(2026, 3, 31)


def problems(path: Path) -> list[Problem]:
    with pytest.raises(Refused) as refused:
        bundle.read(path)
    assert refused.value.exit_code == 3
    return refused.value.problems


def zipped(folder: Path, target: Path, *, top: str = "") -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.iterdir()):
            packed.write(file, f"{top}{file.name}")
    return target


def take_in(db: Database, actor: Actor, path: Path) -> ImportReport:
    return import_path(db, actor, path, today=TODAY)


# Folders and archives


def test_an_empty_folder_is_refused_and_told_what_to_put_there(tmp_path: Path) -> None:
    (found,) = problems(tmp_path)
    assert found.expected == "at least one table of a bundle"
    assert "patient.csv" in found.remedy


def test_a_zip_of_the_tables_or_of_their_folder_is_a_bundle(
    registry: Database, operator: Actor, tmp_path: Path
) -> None:
    folder = write(tmp_path / "bundle")
    assert take_in(registry, operator, zipped(folder, tmp_path / "flat.zip")).total("stored") == ROWS - 1
    nested = take_in(registry, operator, zipped(folder, tmp_path / "nested.zip", top="bundle/"))
    assert nested.total("identical") == ROWS


def test_a_truncated_zip_is_refused(registry: Database, operator: Actor, tmp_path: Path) -> None:
    whole = zipped(write(tmp_path / "bundle"), tmp_path / "bundle.zip")
    head = registry.revision
    for size in (0, 10, len(whole.read_bytes()) // 2, len(whole.read_bytes()) - 1):
        (tmp_path / "cut.zip").write_bytes(whole.read_bytes()[:size])
        with pytest.raises(Refused, match="Copy it again"):
            take_in(registry, operator, tmp_path / "cut.zip")
    assert registry.revision == head


def test_a_zip_with_a_changed_byte_is_refused(tmp_path: Path) -> None:
    whole = bytearray(zipped(write(tmp_path / "bundle"), tmp_path / "bundle.zip").read_bytes())
    whole[100] ^= 0xFF
    (tmp_path / "bundle.zip").write_bytes(whole)
    assert problems(tmp_path / "bundle.zip")


@pytest.mark.parametrize("name", ["../patient.csv", "/patient.csv", "a/../../patient.csv", "C:patient.csv"])
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as packed:
        packed.writestr(name, TABLES["patient"])
    (found,) = problems(tmp_path / "bundle.zip")
    assert found.value == name


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("observation.csv", b"0" * 50_000_000)
    (found,) = problems(tmp_path / "bundle.zip")
    assert "too large when unpacked" in found.remedy


def test_what_a_computer_adds_to_a_zip_is_left_aside(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as packed:
        packed.writestr("bundle/patient.csv", TABLES["patient"])
        packed.writestr("__MACOSX/bundle/._patient.csv", b"\0\0")
        packed.writestr("bundle/.DS_Store", b"\0")
    assert list(bundle.read(tmp_path / "bundle.zip").tables) == ["patient"]


def test_derived_tables_of_an_export_are_left_aside_with_a_note(tmp_path: Path) -> None:
    folder = write(tmp_path / "bundle")
    for name in ("call", "evidence", "remission", "worklist", "read", "decision"):
        (folder / f"{name}.csv").write_text("anything\n")
    (folder / "README.txt").write_text("hello")
    read = bundle.read(folder)
    assert set(read.tables) == set(TABLES)
    assert len(read.notes) == 5
    assert set(read.judgements) == {"read", "decision"}


def test_an_unknown_table_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    folder = write(tmp_path / "bundle")
    (folder / "observations.csv").write_text(TABLES["observation"])
    (found,) = problems(folder)
    assert found.remedy == "Did you mean observation.csv?"


def test_every_file_that_cannot_be_read_is_listed(tmp_path: Path) -> None:
    folder = write(tmp_path / "bundle")
    (folder / "bleed.csv").write_bytes(TABLES["bleed"].encode("utf-16"))
    (folder / "rescue.csv").write_bytes(b"")
    assert [found.file for found in problems(folder)] == ["bleed.csv", "rescue.csv"]


# Text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (TABLES["patient"].encode("utf-16"), "UTF-16"),
        (TABLES["patient"].encode("utf-16-le"), "UTF-16"),
        (TABLES["patient"].replace("sepsis", "Fièvre").encode("latin-1"), "Latin-1 or Windows-1252"),
        (TABLES["patient"].replace(",", ";").encode(), "semicolons"),
        (TABLES["patient"].replace(",", "\t").encode(), "tabs"),
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"PK\x03\x04 anything", "Excel workbook"),
        (b"\x7fELF\x00\x00", "UTF-16 or no text"),
        (TABLES["patient"].replace("sepsis", '"sepsis').encode(), "Close the quotation"),
        (b",".join(b"c%d" % number for number in range(100_000)), "100,000"),
        (b"patient_id\nP1\n" * 1000 + b"P\x002\n", "Remove them"),
    ],
    ids=[
        "utf-16",
        "utf-16 no mark",
        "latin-1",
        ";",
        "tab",
        "empty",
        "blank",
        "xlsx",
        "exe",
        "quote",
        "wide",
        "NUL",
    ],
)
def test_a_file_in_another_form_is_named_with_what_to_do(data: bytes, said: str) -> None:
    with pytest.raises(Refused) as refused:
        read_csv(data, "patient.csv")
    (found,) = refused.value.problems
    assert found.file == "patient.csv"
    assert said in found.remedy


def test_a_latin_1_file_is_refused_with_the_row_of_the_byte() -> None:
    with pytest.raises(Refused) as refused:
        read_csv("patient_id,death_cause\nP1,x\nP2,Fièvre\n".encode("latin-1"), "patient.csv")
    assert refused.value.problems[0].row == 2


def test_a_byte_order_mark_and_mixed_line_ends_are_no_matter() -> None:
    data = b"\xef\xbb\xbfpatient_id,sex\r\nP1,female\nP2,male\r\n"
    assert read_csv(data, "patient.csv").texts.to_pylist() == [
        {"patient_id": "P1", "sex": "female"},
        {"patient_id": "P2", "sex": "male"},
    ]


def test_text_stays_text() -> None:
    data = b"patient_id,death_cause\n000123,1E5\nNone,NA\nnan,null\n"
    assert read_csv(data, "patient.csv").texts.to_pylist() == [
        {"patient_id": "000123", "death_cause": "1E5"},
        {"patient_id": "None", "death_cause": "NA"},
        {"patient_id": "nan", "death_cause": "null"},
    ]


def test_a_quoted_cell_may_hold_commas_quotes_and_lines() -> None:
    data = b'patient_id,death_cause\nP1,"a, ""b""\nc"\nP2,\n'
    assert read_csv(data, "patient.csv").texts["death_cause"].to_pylist() == ['a, "b"\nc', None]


def test_rows_with_too_few_or_too_many_cells_are_listed_and_the_others_keep_their_numbers() -> None:
    table = read_csv(b"patient_id,sex\nP1,female\nP2\nP3,male,x\nP4,male\n", "patient.csv")
    assert [(found.row, found.value) for found in table.malformed] == [(2, "1 cells"), (3, "3 cells")]
    assert table.row_numbers is not None
    assert table.row_numbers.tolist() == [1, 4]


def test_a_short_row_refuses_the_import_and_counts_as_read(
    registry: Database, operator: Actor, tmp_path: Path
) -> None:
    folder = write(tmp_path / "bundle", bleed=TABLES["bleed"] + "P1,B2\n")
    with pytest.raises(Refused):
        take_in(registry, operator, folder)
    report = import_path(registry, operator, folder, today=TODAY, accept_valid_rows=True)
    assert (report.total("read"), report.total("stored"), report.total("refused")) == (ROWS + 1, ROWS - 1, 1)
    assert report.verdicts.num_rows == ROWS + 1


def test_a_repeated_column_is_refused(registry: Database, operator: Actor, tmp_path: Path) -> None:
    folder = write(tmp_path / "bundle", patient=TABLES["patient"].replace("death_cause", "sex"))
    with pytest.raises(Refused) as refused:
        take_in(registry, operator, folder)
    assert refused.value.problems[0].column == "sex"
    assert refused.value.problems[0].expected == "each column once"


# Parquet


def test_parquet_with_types_is_read_as_the_same_text(
    registry: Database, operator: Actor, tmp_path: Path
) -> None:
    take_in(registry, operator, write(tmp_path / "bundle"))
    folder = tmp_path / "parquet"
    folder.mkdir()
    bleed = pa.table(
        {
            "patient_id": pa.array(["P1"]).dictionary_encode(),
            "bleed_id": ["B1"],
            "started_on": pa.array([date(2025, 1, 1)]),
            "scale": ["WHO"],
            "grade": pa.array([1], pa.int8()),
            "itp_related": pa.array([True]),
        }
    )
    pyarrow.parquet.write_table(bleed, folder / "bleed.parquet")
    report = take_in(registry, operator, folder)
    assert (report.total("read"), report.total("identical")) == (1, 1)


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bleed.parquet").write_bytes(b"PAR1 nothing PAR1")
    (found,) = problems(tmp_path)
    assert found.expected == "a Parquet file"


def test_the_same_table_twice_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "bundle")
    pyarrow.parquet.write_table(pa.table({"bleed_id": ["B1"]}), folder / "bleed.parquet")
    (found,) = problems(folder)
    assert found.expected == "each table once"

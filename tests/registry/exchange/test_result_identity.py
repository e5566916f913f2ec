"""A number of a result belongs to its source; a result under two patients is told."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from registry.errors import Refused
from registry.exchange.import_report import ImportReport
from registry.exchange.intake import import_path, take
from registry.roles import Actor
from registry.store.database import Database

TODAY = date(2026, 3, 31)
Row = tuple[str, str, str, str, str | None]


def observations(*rows: Row) -> pa.Table:
    names = ("patient_id", "observation_id", "observed_at", "value", "source")
    columns = {name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(names)}
    size = len(rows)
    return pa.table({**columns, "analyte": ["platelets"] * size, "unit": ["10*9/L"] * size})


def bring(
    registry: Database, operator: Actor, *rows: Row, dry_run: bool = False, accept: bool = False
) -> ImportReport:
    known = {patient for (patient,) in registry.rows("SELECT patient_id FROM patient")}
    new = sorted({row[0] for row in rows} - known)
    tables = {"observation": observations(*rows)}
    if new:
        tables["patient"] = pa.table({"patient_id": new, "site": ["North"] * len(new)})
    return take(registry, operator, tables, today=TODAY, dry_run=dry_run, accept_valid_rows=accept)


def standing(registry: Database) -> list[tuple[str, str, str, str]]:
    return registry.rows(
        "SELECT patient_id, observation_id, value, source FROM observation JOIN patient USING (patient_key) "
        "WHERE superseded_by IS NULL ORDER BY ALL"
    )


A: Row = ("K1", "77", "2026-01-05", "44", "lab A")
B: Row = ("K1", "77", "2026-02-05", "151", "lab B")
KEPT = [("K1", "77", "44", "lab A"), ("K1", "lab B/77", "151", "lab B")]


def test_one_number_of_two_laboratories_is_two_results(registry: Database, operator: Actor) -> None:
    bring(registry, operator, A)
    report = bring(registry, operator, B)
    assert standing(registry) == KEPT
    assert "lab B/77" in "\n".join(report.notes)
    assert (bring(registry, operator, A).changes, bring(registry, operator, B).changes) == (0, 0)


@pytest.mark.parametrize("rows", [(A, B), (B, A)])
def test_in_one_file_too_and_in_any_order_of_rows(
    registry: Database, operator: Actor, rows: tuple[Row, ...]
) -> None:
    bring(registry, operator, *rows)
    assert standing(registry) == KEPT
    assert bring(registry, operator, *reversed(rows)).changes == 0


def test_a_correction_of_one_laboratory_changes_its_own_result(registry: Database, operator: Actor) -> None:
    bring(registry, operator, A)
    bring(registry, operator, B)
    bring(registry, operator, ("K1", "77", "2026-02-05", "150", "lab B"))
    assert standing(registry) == [KEPT[0], ("K1", "lab B/77", "150", "lab B")]


def test_a_number_with_and_without_a_source_in_one_file_is_refused(
    registry: Database, operator: Actor
) -> None:
    bring(registry, operator, A, ("K1", "77", "2026-02-05", "151", None), accept=True)
    assert standing(registry) == []


def test_a_number_of_a_source_is_not_overwritten_by_one_without_a_source(
    registry: Database, operator: Actor
) -> None:
    bring(registry, operator, A)
    for value in ("151", "44"):
        with pytest.raises(Refused):
            bring(registry, operator, ("K1", "77", "2026-01-05", value, None))
    bring(registry, operator, ("K1", "78", "2026-01-06", "60", None))
    bring(registry, operator, ("K1", "78", "2026-01-06", "61", None))
    assert standing(registry) == [KEPT[0], ("K1", "78", "61", None)]


def test_two_laboratories_whose_mappings_name_no_source_do_not_overwrite_each_other(
    registry: Database, operator: Actor, tmp_path: Path
) -> None:
    for laboratory, value in (("north", 44), ("south", 151)):
        mapping = (
            'site = "North"\n[columns]\npatient_id = ["patient"]\nobservation_id = ["order"]\n'
            'observed_at = "day"\ncode = "code"\nvalue = "value"\nunit = "unit"\n'
            '[[analyte]]\ncode = "PLT"\nis = "platelets"\n'
        )
        (tmp_path / f"{laboratory}.toml").write_text(mapping)
        file = tmp_path / f"{laboratory}.csv"
        file.write_text(f"patient,order,day,code,value,unit\nK1,77,2026-01-05,PLT,{value},10*9/L\n")
        import_path(
            registry, operator, file, format="lab-csv", mapping=tmp_path / f"{laboratory}.toml", today=TODAY
        )
    assert standing(registry) == [("K1", "77", "44", "north"), ("K1", "south/77", "151", "south")]


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_result_that_comes_in_under_another_patient_is_told_with_both(
    registry: Database, operator: Actor, dry_run: bool
) -> None:
    bring(registry, operator, A)
    report = bring(registry, operator, ("K2", *A[1:]), dry_run=dry_run)
    [note] = [note for note in report.as_json()["notes"] if "Warning" in note]
    assert "K1" in note
    assert "K2" in note
    assert note in report.text()
    kept = standing(registry)
    assert kept == [("K1", "77", "44", "lab A")] if dry_run else [KEPT[0], ("K2", "77", "44", "lab A")]


def test_two_patients_of_one_file_with_one_result_are_told(registry: Database, operator: Actor) -> None:
    report = bring(registry, operator, A, ("K2", *A[1:]))
    assert [note for note in report.notes if "K1" in note and "K2" in note]


def test_the_same_number_of_another_laboratory_is_no_move(registry: Database, operator: Actor) -> None:
    bring(registry, operator, A)
    report = bring(registry, operator, ("K2", *B[1:]))
    assert not [note for note in report.notes if "Warning" in note]


@pytest.mark.parametrize(("day", "count"), [("2026-02-05", 0), ("2026-02-06", 1)])
def test_a_result_that_moves_by_more_than_a_month_is_told(
    registry: Database, operator: Actor, day: str, count: int
) -> None:
    bring(registry, operator, A)
    report = bring(registry, operator, ("K1", "77", day, "44", "lab A"))
    assert len([note for note in report.notes if "moves from" in note]) == count


def test_a_renumbered_export_is_told(registry: Database, operator: Actor) -> None:
    bring(registry, operator, A)
    report = bring(registry, operator, ("K1", "9001", *A[2:]))
    assert [note for note in report.notes if "9001" in note and "77" in note]


def test_a_pseudonym_that_is_nearly_a_known_one_is_told(registry: Database, operator: Actor) -> None:
    bring(registry, operator, A)
    report = bring(registry, operator, ("k01", "78", "2026-01-09", "50", "lab A"))
    assert [note for note in report.notes if "k01" in note and "K1" in note]
    report = bring(registry, operator, ("K10", "79", "2026-01-10", "51", "lab A"))
    assert not [note for note in report.notes if "Warning" in note]

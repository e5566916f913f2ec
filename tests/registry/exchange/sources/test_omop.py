"""OMOP CDM 5.4: concepts are known without a mapping, names stand in any case, NULL is empty."""

import os
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from registry.errors import Refused
from registry.exchange.sources import omop
from tests.registry.exchange.sources.tables import column, filled, lines

HEADER = (
    "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_datetime,operator_concept_id,"
    "value_as_number,unit_concept_id,range_low,range_high,measurement_source_value,unit_source_value,"
    "value_source_value"
)
PERSON = "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth,person_source_value\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "cdm"
    place.mkdir()
    return place


def measured(folder: Path, *rows: str, name: str = "MEASUREMENT.csv", header: str = HEADER) -> Path:
    (folder / name).write_text("\n".join([header, *rows, ""]))
    return folder


def test_a_measurement_is_a_row_with_known_concepts(folder: Path) -> None:
    row = "1,501,3024929,2026-02-03,2026-02-03 08:10:00,4171756,6,8848,150,400,,,"
    table, persons = omop.read(measured(folder, row))
    assert filled(table) == [
        {
            "patient_id": "501",
            "observation_id": "1",
            "observed_at": "2026-02-03 08:10:00",
            "code": "3024929",
            "value": "6",
            "comparator": "<",
            "unit": "10*3/uL",
            "lower_limit": "150",
            "upper_limit": "400",
            "analyte": "platelets",
        }
    ]
    assert lines(table) == [2]
    assert persons.rows == ()


def test_null_in_any_spelling_is_empty_and_midnight_is_no_time(folder: Path) -> None:
    row = r"1,501,3024929,2026-02-03,2026-02-03 00:00:00,0,NULL,\N,null,NaN,,,"
    (found,) = filled(omop.read(measured(folder, row))[0])
    assert found == {
        "patient_id": "501",
        "observation_id": "1",
        "observed_at": "2026-02-03",
        "code": "3024929",
        "analyte": "platelets",
    }


def test_names_stand_in_any_case_and_numbers_may_have_a_decimal_of_nothing(folder: Path) -> None:
    row = "1.0,501.0,3024929.0,2026-02-03,,0.0,88.0,9444.0,,,,,"
    table, _ = omop.read(measured(folder, row, name="Measurement.CSV", header=HEADER.upper()))
    (found,) = filled(table)
    assert (found["observation_id"], found["patient_id"], found["unit"]) == ("1", "501", "10*9/L")
    assert (found["analyte"], found["value"]) == ("platelets", "88.0")


@pytest.mark.parametrize(
    ("operator", "number", "source", "cells"),
    [
        ("0", "6", "<6", ("6", "", "<")),
        ("4171754", "6", "", ("6", "", "<=")),
        ("4172703", "6", "6", ("6", "", "")),
        ("0", "31", "31 clumped", ("31 clumped", "31", "")),
        ("0", "", "clumped", ("clumped", "", "")),
        ("0", "6.2", "9.99", ("6.2", "", "")),
        ("0", "231.000", "", ("231", "", "")),
        ("99", "6", "", ("6", "", "99")),
    ],
)
def test_words_of_the_source_are_kept_beside_the_number(
    folder: Path, operator: str, number: str, source: str, cells: tuple[str, str, str]
) -> None:
    row = f"1,501,3024929,2026-02-03,,{operator},{number},8848,,,,,{source}"
    table, _ = omop.read(measured(folder, row))
    assert tuple(column(table, name)[0] for name in ("value", "value_number", "comparator")) == cells


def test_a_unit_without_a_concept_is_that_of_the_source(folder: Path) -> None:
    rows = [
        f"{unit},501,3024929,2026-02-03,,0,6,{unit},,,,{source},"
        for unit, source in (("0", "K/uL"), ("8848", "x"), ("77", "Gpt/l"), ("78", ""))
    ]
    assert column(omop.read(measured(folder, *rows))[0], "unit") == ["K/uL", "10*3/uL", "Gpt/l", "concept 78"]


def test_a_source_code_counts_where_there_is_no_concept(folder: Path) -> None:
    rows = [
        f"{number},501,{concept},2026-02-03,,0,6,8848,,,{source},,"
        for number, (concept, source) in enumerate(
            [("0", "THR"), ("3019550", "THR"), ("0", "777-3"), ("3019550", "NA"), ("0", "")]
        )
    ]
    table, _ = omop.read(measured(folder, *rows))
    assert column(table, "code") == ["THR", "3019550", "777-3", "3019550", ""]
    assert column(table, "analyte") == ["", "", "platelets", "", ""]
    mapped, _ = omop.read(folder, mapped={"THR"})
    assert column(mapped, "code") == ["THR", "THR", "777-3", "3019550", ""]


def test_concept_names_what_the_registry_does_not_know(folder: Path) -> None:
    (folder / "concept.csv").write_text(
        "concept_id,concept_name,vocabulary_id,concept_code\n"
        "42,Haptoglobin,LOINC,4542-7\n43,mg/dl,UCUM,mg/dL\n44,other,SNOMED,4542-7\n"
    )
    rows = [f"{at},501,{at},2026-02-03,,0,6,43,,,,," for at in (42, 44)]
    table, _ = omop.read(measured(folder, *rows))
    assert column(table, "analyte") == ["haptoglobin", ""]
    assert column(table, "code") == ["4542-7", "44"]
    assert column(table, "unit") == ["mg/dL", "mg/dL"]


def test_persons_and_deaths_are_patients_without_their_source_numbers(folder: Path) -> None:
    measured(folder, "1,501,3024929,2026-02-03,,0,6,8848,,,,,")
    (folder / "person.csv").write_text(
        PERSON + "501,8532,1961,7,2,MRN-1\n502,8507,1984,,,MRN-2\n503,0,NULL,\\N,,\n"
    )
    (folder / "DEATH.csv").write_text("person_id,death_date,cause_source_value\n502,2026-03-01,x\n")
    _, persons = omop.read(folder)
    assert filled(persons) == [
        {"patient_id": "501", "sex": "female", "born_on": "1961-07-02"},
        {"patient_id": "502", "sex": "male", "died_on": "2026-03-01"},
        {"patient_id": "503"},
    ]
    assert "MRN" not in str(persons)


def test_parquet_and_a_zip_give_the_same_rows(folder: Path, tmp_path: Path) -> None:
    row = "1,501,3024929,2026-02-03,,0,6,8848,,,,,"
    expected = filled(omop.read(measured(folder, row))[0])
    with zipfile.ZipFile(tmp_path / "cdm.zip", "w") as packed:
        packed.write(folder / "MEASUREMENT.csv", "cdm/MEASUREMENT.csv")
    assert filled(omop.read(tmp_path / "cdm.zip")[0]) == expected
    (folder / "MEASUREMENT.csv").unlink()
    names, cells = HEADER.split(","), row.split(",")
    typed = {name: pa.array([cell or None]) for name, cell in zip(names, cells, strict=True)}
    typed["value_as_number"], typed["person_id"] = pa.array([6.0]), pa.array([501], pa.int64())
    pq.write_table(pa.table(typed), folder / "measurement.parquet")
    (found,) = filled(omop.read(folder)[0])
    assert found.pop("value") in ("6", "6.0")
    assert found == {name: cell for name, cell in expected[0].items() if name != "value"}


def test_tables_that_are_missing_broken_or_double_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="MEASUREMENT"):
        omop.read(folder)
    measured(folder, "1,501", header="measurement_id,person_id")
    with pytest.raises(Refused, match="measurement_concept_id"):
        omop.read(folder)
    measured(folder, "1,501,3024929,2026-02-03,,0,6,8848,,,,,", "2,501")
    with pytest.raises(Refused, match="cells"):
        omop.read(folder)
    measured(folder, "1,501,3024929,2026-02-03,,0,6,8848,,,,,")
    (folder / "measurement.CSV").write_text(HEADER)
    with pytest.raises(Refused, match="each table once"):
        omop.read(folder)
    (folder / "measurement.CSV").unlink()
    (tmp_path / "outside.csv").write_text(PERSON)
    (folder / "person.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(Refused, match="link"):
        omop.read(folder)


@pytest.mark.external
def test_a_real_cdm_gives_its_counts() -> None:
    table, persons = omop.read(Path(os.environ["NADIR_EXTERNAL_DATA"]) / "omop_synthea27nj")
    known = [row for row in filled(table) if row.get("analyte") in ("platelets", "hemoglobin")]
    assert len(table.rows) == 10_040
    assert len(known) == 215
    assert {row["unit"] for row in known} == {"10*3/uL", "g/dL"}
    assert len(persons.rows) == 28

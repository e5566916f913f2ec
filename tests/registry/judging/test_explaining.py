"""Explanations of random records: every day and value is of the record, and every stated change is one."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from adjudication.response.explain import Explanation
from registry import review
from registry.entry import preview
from registry.exchange.intake import take
from registry.store.database import Database
from registry.wording import page_day
from tests.registry.record.random_record import patients_of, tables_of
from tests.templates import new_registry

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
VALUE = re.compile(r"(platelets|hemoglobin|haptoglobin|LDH|bilirubin|reticulocytes) ([<>]?[0-9.]+) ")
NEEDS = re.compile(r"(at least|above) ([0-9.]+)")
LATER = date(2200, 1, 1)
Rows = dict[str, list[dict[str, Any]]]


class Made(NamedTuple):
    """Random patients, judged, the rows that they were taken from, and every call explained with its patient."""

    db: Database
    rows: Rows
    explained: list[tuple[str, Explanation]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    tables = tables_of(patients_of(7, 16))
    with new_registry(tmp_path_factory.mktemp("explained") / "registry.duckdb") as db:
        actor = db.actor(None)
        take(db, actor, tables, today=None)
        review.rejudge(db, actor)
        rows = {name: table.to_pylist() for name, table in tables.items()}
        patient_of = {row["episode_id"]: row["patient_id"] for row in rows["episode"]}
        said = [
            (patient_of[course["episode_id"]], review.explain(db, actor, course["course_id"]))
            for course in rows["course"]
        ]
        yield Made(db, rows, said)


def of_patient(rows: Rows, patient: str) -> list[dict[str, Any]]:
    """Every row of a patient: his own, and those of his episodes and courses."""
    episodes = {row["episode_id"] for row in rows["episode"] if row["patient_id"] == patient}
    courses = {row["course_id"] for row in rows["course"] if row["episode_id"] in episodes}
    return [
        row
        for table in rows.values()
        for row in table
        if row.get("patient_id") == patient
        or row.get("episode_id") in episodes
        or row.get("course_id") in courses
    ]


def test_every_day_and_value_of_an_explanation_is_of_the_record(made: Made) -> None:
    for patient, said in made.explained:
        rows = of_patient(made.rows, patient)
        days = {cell[:10] for row in rows for cell in row.values() if cell and DAY.fullmatch(cell[:10])}
        values = {
            Decimal(row["value"].lstrip("<>")) * factor
            for row in rows
            if row.get("value")
            for factor in (Decimal(1), *([Decimal("1.1")] if row.get("specimen") == "citrate" else []))
        }
        written = [
            said.headline,
            *said.sentences,
            *(f"{row.on.isoformat()} {row.value} " for row in said.steps),
        ]
        for sentence in written:
            assert set(DAY.findall(sentence)) <= days, sentence
            recorded = sentence.partition("What would have changed it")[0]
            for _, value in VALUE.findall(recorded):
                assert Decimal(value.lstrip("<>")) in values, sentence


def test_a_line_is_met_exactly_where_its_printed_value_meets_what_it_needs(
    made: Made,
) -> None:
    compared = 0
    for _, said in made.explained:
        for row in said.steps:
            needs, value = NEEDS.match(row.needs), VALUE.search(f"{row.value} ")
            if needs is None or value is None or value[2][0] in "<>" or row.met is None:
                continue
            number, needed = Decimal(value[2]), Decimal(needs[2])
            assert row.met == (number >= needed if needs[1] == "at least" else number > needed), row
            compared += 1
    assert compared > 20


def plain(value: str) -> str:
    """A recorded value as an explanation writes it: without zeros at its end."""
    sign = value[0] if value[0] in "<>" else ""
    return f"{sign}{Decimal(value.lstrip('<>')).normalize():f}"


def test_a_stated_change_gives_the_stated_call_when_the_count_is_amended(made: Made) -> None:
    db, rows = made.db, made.rows
    counts = {
        (row["patient_id"], row["analyte"], row["observed_at"][:10], plain(row["value"])): row
        for row in rows["observation"]
        if row.get("unit") and row["value"] and row["analyte"] in ("platelets", "hemoglobin")
    }
    told = tried = 0
    for patient, said in made.explained:
        changes = said.as_json()["what_would_change"]
        told += not changes
        for change in changes[:2]:
            key = (patient, change["analyte"], change["observed_on"], change["from"])
            if key not in counts:
                continue
            amended = {**{k: v for k, v in counts[key].items() if v is not None}, "value": change["to"]}
            found = preview(db, db.actor(None), {"course_id": said.course_id}, None, [amended], today=LATER)
            assert found is not None
            assert found.best_response == change["best_response"], (said.course_id, change)
            tried += 1
    assert tried > 10
    assert told > 0


def test_that_no_count_would_have_changed_it_is_written_exactly_where_none_would(
    made: Made,
) -> None:
    for _, said in made.explained:
        none = any(sentence.startswith("Changing any one count would not") for sentence in said.sentences)
        some = any(sentence.startswith("What would have changed it") for sentence in said.sentences)
        assert some == bool(said.as_json()["what_would_change"])
        assert not (none and some)


def test_pages_write_days_as_pages_do_and_files_as_files_do(made: Made) -> None:
    for _, said in made.explained:
        written = said.with_days(page_day)
        assert not DAY.search(" ".join([written.headline, *written.sentences]))
        assert written.as_json() == said.as_json()


def test_a_call_that_is_older_than_the_record_claims_no_change(tmp_path: Path) -> None:
    tables = tables_of(patients_of(8, 1))
    with new_registry(tmp_path / "registry.duckdb") as db:
        actor = db.actor(None)
        take(db, actor, tables, today=None)
        review.rejudge(db, actor)
        course, patient = tables["course"].to_pylist()[0], tables["patient"].to_pylist()[0]
        analyte, unit = ("platelets", "10*9/L") if "ITP" in course["episode_id"] else ("hemoglobin", "g/L")
        count = {
            "patient_id": patient["patient_id"],
            "observation_id": "NEW",
            "observed_at": course["started_on"],
            "analyte": analyte,
            "value": "33",
            "unit": unit,
        }
        take(db, actor, {"observation": pa.Table.from_pylist([count])}, today=None)
        said = review.explain(db, actor, course["course_id"])
        assert said.sentences[-1].startswith("The record has changed since this assessment")
        assert said.as_json()["what_would_change"] is None

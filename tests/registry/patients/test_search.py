"""What a person types is understood word by word, and finds the patients whom every word fits."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from registry import record
from registry.errors import NotPermitted, Usage
from registry.patients.search import choices, find_patients
from registry.patients.search_words import MOST_WORDS, understood
from registry.roles import Actor, Role
from registry.store.database import Database
from tests.templates import cohort_at

NORTH = Actor("north", {"synthetic-north": frozenset({Role.NURSE})})


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The reference cohort, not judged, read only by these tests."""
    path: Path = tmp_path_factory.mktemp("search") / "registry.duckdb"
    with Database.open(cohort_at(path, judged=False)) as database:
        yield database


def names(db: Database, text: str = "", **filters: str) -> set[str]:
    page = find_patients(db, db.actor(None), text, take=100, **filters)  # type: ignore[arg-type]
    assert page.found == len(page.rows)
    return {row["patient_id"] for row in page.rows}


def given(db: Database, agent_class: str) -> set[str]:
    found = db.rows("SELECT patient_id, regimen FROM course_view")
    return {name for name, regimen in found if agent_class in (regimen or "").split("+")}


@pytest.mark.parametrize(
    ("text", "field", "meant"),
    [
        ("RTX", "agents", "rituximab"),
        ("MabThera", "agents", "rituximab"),
        ("eltrom", "agents", "eltrombopag"),
        ("tpo-ra", "classes", "TPO_RA"),
        ("steroid", "classes", "STEROID"),
        ("aiha", "diseases", "AIHA"),
        ("MS", "settings", "multiple_sclerosis"),
        ("transplant", "settings", "renal_transplant"),
    ],
)
def test_a_word_means_what_people_mean_by_it(text: str, field: str, meant: str) -> None:
    (word,) = understood(text)
    assert meant in getattr(word, field)


def test_one_or_two_letters_name_no_drug_unless_they_are_its_abbreviation() -> None:
    assert understood("el")[0].agents == ("el",)
    assert understood("st")[0].classes == ()


def test_a_pasted_letter_is_no_search() -> None:
    with pytest.raises(Usage, match=f"at most {MOST_WORDS}"):
        understood("word " * (MOST_WORDS + 1))


def test_every_word_must_fit(cohort: Database) -> None:
    rituximab, aiha = given(cohort, "RITUXIMAB"), names(cohort, disease="AIHA")
    assert names(cohort, "rituximab") == rituximab
    assert names(cohort, "aiha") == aiha
    assert names(cohort, "aiha rtx") == rituximab & aiha
    north = names(cohort, site="synthetic-north")
    assert names(cohort, "NORTH aiha") == north & aiha
    assert names(cohort, "north nothing-of-the-kind") == set()


def test_evans_is_both_diseases(cohort: Database) -> None:
    both = names(cohort, disease="ITP") & names(cohort, disease="AIHA")
    assert both
    assert names(cohort, "evans") == names(cohort, disease="evans") == both


def test_a_regimen_is_looked_for_in_one_course(cohort: Database) -> None:
    found = cohort.rows("SELECT patient_id, regimen FROM course_view")
    together = {name for name, regimen in found if {"RITUXIMAB", "TPO_RA"} <= set((regimen or "").split("+"))}
    assert together
    assert together < given(cohort, "RITUXIMAB") & given(cohort, "TPO_RA") | together
    assert names(cohort, regimen="RITUXIMAB+TPO_RA") == together


def test_a_setting_narrows(cohort: Database) -> None:
    assert len(names(cohort, setting="renal_transplant")) == 41
    assert names(cohort, setting="multiple_sclerosis") == set()


def test_who_begins_with_what_was_typed_comes_first(cohort: Database) -> None:
    rows = find_patients(cohort, cohort.actor(None), "syn-01").rows
    assert rows[0]["patient_id"] == "SYN-010"


def test_a_row_has_what_one_recognises_the_patient_by(cohort: Database) -> None:
    (row,) = find_patients(cohort, cohort.actor(None), "SYN-003").rows
    assert (row["diseases"], row["site"], row["courses"]) == ("ITP", "synthetic-north", 2)
    assert row["last_regimen"] == "RITUXIMAB"
    last = row["last_counts"][0]
    (seen,) = cohort.rows(
        "SELECT max(observed_on) FROM observation_view WHERE patient_id = 'SYN-003' AND analyte = $1",
        [last["analyte"]],
    )
    assert last["observed_on"] == seen[0]
    assert {one["analyte"] for one in row["last_counts"]} <= {"platelets", "hemoglobin"}


def test_narrowing_offers_only_sites_that_may_be_read(cohort: Database) -> None:
    assert choices(cohort, NORTH).sites == ["synthetic-north"]
    offered = choices(cohort, cohort.actor(None))
    assert "RITUXIMAB" in offered.classes
    assert offered.settings == ["renal_transplant"]
    with pytest.raises(NotPermitted):
        choices(cohort, Actor("nobody", {}))


def test_a_word_finds_nobody_at_another_site(cohort: Database) -> None:
    assert {row["site"] for row in find_patients(cohort, NORTH, "rituximab", take=100).rows} == {
        "synthetic-north"
    }
    assert find_patients(cohort, NORTH, "south").found == 0


def test_with_nothing_typed_who_was_changed_last_comes_first(registry: Database, operator: Actor) -> None:
    for name in ("P1", "P2", "P3"):
        record.log(
            registry, operator, "patient", {"patient_id": name, "site": "north"}, today=date(2026, 3, 31)
        )
    values = {"patient_id": "P2", "bleed_id": "B1", "started_on": "2026-03-01", "scale": "WHO", "grade": 1}
    record.log(registry, operator, "bleed", values, today=date(2026, 3, 31))
    rows = find_patients(registry, operator).rows
    assert [row["patient_id"] for row in rows] == ["P2", "P3", "P1"]
    assert rows[0] | {"last_counts": []} == rows[0]
    assert (rows[0]["diseases"], rows[0]["courses"], rows[0]["last_regimen"]) == (None, 0, None)

"""Lists of many patients: a page at a time, only of permitted sites, and counts that add up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.errors import NotPermitted
from registry.patients.search import Held, find_patients, held, sites_of
from registry.record.synthetic import is_synthetic
from registry.roles import EVERYWHERE, Actor, Role, readable_sites
from registry.store.database import Database
from tests.templates import cohort_at

NORTH = Actor("north", {"synthetic-north": frozenset({Role.CLINICIAN})})
BLIND = Actor("blind", {EVERYWHERE: frozenset({Role.ADJUDICATOR})})


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The reference cohort, not judged, read only by these tests."""
    path: Path = tmp_path_factory.mktemp("overview") / "registry.duckdb"
    with Database.open(cohort_at(path, judged=False)) as database:
        yield database


def test_any_part_of_the_pseudonym_finds_a_patient_whatever_the_case(cohort: Database) -> None:
    page = find_patients(cohort, cohort.actor(None), " syn-02")
    assert page.found == 10
    assert [row["patient_id"] for row in page.rows][:2] == ["SYN-020", "SYN-021"]


def test_signs_of_a_pattern_are_searched_as_they_are(cohort: Database) -> None:
    assert find_patients(cohort, cohort.actor(None), "%").found == 0
    assert find_patients(cohort, cohort.actor(None), "_").found == 0
    assert find_patients(cohort, cohort.actor(None), "'; drop table patient").found == 0


def test_pages_follow_each_other_without_a_gap(cohort: Database) -> None:
    admin = cohort.actor(None)
    first, second = (find_patients(cohort, admin, skip=skip, take=20) for skip in (0, 20))
    assert first.found == second.found == 41
    names = [row["patient_id"] for row in first.rows + second.rows]
    assert names == sorted(set(names))
    assert len(names) == 40


@pytest.mark.parametrize(("disease", "found"), [("ITP", 34), ("AIHA", 13), ("none", 0), (None, 41)])
def test_patients_are_found_by_disease_and_evans_under_both(
    cohort: Database, disease: str | None, found: int
) -> None:
    assert find_patients(cohort, cohort.actor(None), disease=disease).found == found


def test_a_reader_of_one_site_finds_only_its_patients(cohort: Database) -> None:
    assert readable_sites(NORTH) == ["synthetic-north"]
    assert sites_of(cohort, NORTH) == ["synthetic-north"]
    assert {row["site"] for row in find_patients(cohort, NORTH, take=50).rows} == {"synthetic-north"}
    assert find_patients(cohort, NORTH, site="synthetic-south").found == 0
    assert (held(cohort, NORTH).patients, held(cohort, NORTH).sites) == (
        find_patients(cohort, NORTH).found,
        1,
    )


def test_an_account_without_any_role_finds_nobody(cohort: Database) -> None:
    with pytest.raises(NotPermitted):
        find_patients(cohort, Actor("nobody", {}))


def test_what_is_held_is_counted_at_the_sites_that_may_be_read(cohort: Database) -> None:
    assert held(cohort, cohort.actor(None)) == Held(patients=41, courses=87, sites=3)
    elsewhere = [
        Actor(site, {site: frozenset({Role.NURSE})}) for site in sites_of(cohort, cohort.actor(None))
    ]
    parts = [held(cohort, one) for one in elsewhere]
    assert [sum(one.patients for one in parts), sum(one.courses for one in parts)] == [41, 87]
    with pytest.raises(NotPermitted):
        held(cohort, Actor("nobody", {}))


def test_the_registry_says_that_it_is_synthetic(cohort: Database) -> None:
    assert is_synthetic(cohort)

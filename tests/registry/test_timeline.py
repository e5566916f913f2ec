"""One patient's timeline as it is read from the registry: whole, current, permitted, and of one patient only."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from adjudication import criteria
from registry import calls, demo
from registry.database import Database
from registry.errors import NotPermitted, Usage
from registry.roles import EVERYWHERE, Actor, Role
from registry.timeline import (
    COLUMNS,
    DayZero,
    Stretch,
    Threshold,
    day_zeros,
    extent,
    thresholds_of,
    timeline,
    zero_of,
)
from tests.registry import timelines
from tests.registry.timelines import on


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The reference cohort, read only by these tests."""
    path: Path = tmp_path_factory.mktemp("timeline") / "registry.duckdb"
    with Database.open(path, create=True) as database:
        demo.load(database, database.actor(None))
        calls.refresh(database, database.actor(None))
        yield database


@pytest.fixture
def admin(cohort: Database) -> Actor:
    return cohort.actor(None)


def ids(cohort: Database) -> list[str]:
    return [name for (name,) in cohort.rows("SELECT patient_id FROM patient_view ORDER BY patient_id")]


@pytest.mark.parametrize("part", COLUMNS)
def test_every_row_has_the_names_that_its_part_promises(cohort: Database, admin: Actor, part: str) -> None:
    rows = [row for patient_id in ids(cohort) for row in getattr(timeline(cohort, admin, patient_id), part)]
    assert all(set(row) == set(COLUMNS[part]) for row in rows)
    assert rows or part == "other_causes"


def test_the_courses_of_every_patient_are_those_of_the_course_view(cohort: Database, admin: Actor) -> None:
    names = [name for name in COLUMNS["courses"] if name != "until_on"]
    for patient_id in ids(cohort):
        columns = ", ".join(names)
        seen = cohort.rows(
            f"SELECT {columns} FROM course_view WHERE patient_id = $1 ORDER BY started_on, course_id",
            [patient_id],
        )
        read = [tuple(row[name] for name in names) for row in timeline(cohort, admin, patient_id).courses]
        assert read == seen


def test_every_count_course_and_event_is_in_the_timeline_of_its_patient(
    cohort: Database, admin: Actor
) -> None:
    read = [timeline(cohort, admin, patient_id) for patient_id in ids(cohort)]
    for part, query in {
        "observations": "SELECT count(*) FROM observation_view",
        "bleeds": "SELECT count(*) FROM bleed_view WHERE grade IS DISTINCT FROM 0",
        "evidence": "SELECT count(*) FROM evidence_view",
        "courses": "SELECT count(*) FROM course_view",
        "agents": "SELECT count(*) FROM course_agent_view",
        "adverse_events": "SELECT count(*) FROM adverse_event_view",
        "exposures": "SELECT count(*) FROM exposure_view",
    }.items():
        assert sum(len(getattr(one, part)) for one in read) == cohort.rows(query)[0][0]


def test_the_evidence_of_every_patient_is_that_of_the_evidence_view(cohort: Database, admin: Actor) -> None:
    columns = "course_id, step, source, observation_id, observed_on, predicate, threshold::DOUBLE, value, unit, held"
    names = columns.replace("observation_id", "source_id").replace("::DOUBLE", "").split(", ")
    for patient_id in ids(cohort):
        seen = cohort.rows(
            f"SELECT {columns} FROM evidence_view WHERE patient_key = (SELECT patient_key FROM patient WHERE "
            "patient_id = $1) ORDER BY course_id, criteria_id, position",
            [patient_id],
        )
        assert [
            tuple(row[name] for name in names) for row in timeline(cohort, admin, patient_id).evidence
        ] == seen


def test_a_course_lasts_until_the_next_for_the_same_disease_or_the_last_day_known(
    cohort: Database, admin: Actor
) -> None:
    for patient_id in ids(cohort):
        one = timeline(cohort, admin, patient_id)
        for course in one.courses:
            later = [
                other["started_on"]
                for other in one.courses
                if other["disease"] == course["disease"] and other["started_on"] > course["started_on"]
            ]
            assert course["until_on"] == min(later) if later else course["until_on"] is not None


def test_an_unknown_patient_is_named_in_the_refusal(cohort: Database, admin: Actor) -> None:
    with pytest.raises(Usage, match="no patient NOBODY in this registry"):
        timeline(cohort, admin, "NOBODY")


def test_a_reader_of_another_site_is_refused(cohort: Database) -> None:
    stranger = Actor("stranger", {"elsewhere": frozenset({Role.CLINICIAN})})
    with pytest.raises(NotPermitted):
        timeline(cohort, stranger, ids(cohort)[0])


def test_a_blind_reader_sees_counts_but_no_call(cohort: Database) -> None:
    reader = Actor("reader", {EVERYWHERE: frozenset({Role.ADJUDICATOR})})
    one = timeline(cohort, reader, ids(cohort)[0])
    assert one.observations
    assert one.calls == one.evidence == []


# --- day zero and what is shown


def test_a_patient_without_exposure_is_not_offered_days_from_alemtuzumab() -> None:
    assert DayZero.last_alemtuzumab not in day_zeros(timelines.evans())
    assert day_zeros(timelines.itp()) == list(DayZero)
    assert day_zeros(timelines.timeline()) == [DayZero.calendar]


def test_the_last_of_several_infusions_counts() -> None:
    zero = zero_of(timelines.itp(), DayZero.last_alemtuzumab)
    assert zero is not None
    assert zero.on == on(-899)


@pytest.mark.parametrize(
    ("stretch", "first", "last"),
    [
        (Stretch.disease, on(0), on(500)),
        (Stretch.whole, on(-900), on(500)),
        (Stretch.opening, on(0), on(90)),
        (Stretch.recent, on(500) - timedelta(days=365), on(500)),
    ],
)
def test_a_stretch_is_cut_by_the_record_itself(stretch: Stretch, first: date, last: date) -> None:
    assert extent(timelines.itp(), stretch) == (first, last)


def test_nothing_dated_has_no_extent() -> None:
    assert extent(timelines.timeline()) is None


# --- thresholds


def test_the_lines_of_the_chart_are_the_levels_of_the_criteria() -> None:
    assert thresholds_of(criteria.load("itp-iwg-2009")) == [
        Threshold("platelets", 100.0, "CR ≥100"),
        Threshold("platelets", 30.0, "R ≥30"),
    ]
    assert thresholds_of(criteria.load("aiha-hammersmith-2017")) == [
        Threshold("hemoglobin", 120.0, "CR >120"),
        Threshold("hemoglobin", 100.0, "loss <100"),
    ]

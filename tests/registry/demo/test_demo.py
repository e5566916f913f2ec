"""Synthetic patients are declared, made anew alike from the same seed, and never mixed with real ones."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from registry import demo, record, review
from registry.demo import direct
from registry.demo.plan import Course, Episode
from registry.demo.reference import PATIENTS
from registry.demo.series import windows
from registry.errors import Refused, Usage
from registry.roles import Actor
from registry.store.database import Database
from tests.templates import new_registry

COURSES = [
    (patient.patient_id, episode, number, window.course)
    for patient in PATIENTS
    for episode in patient.episodes
    for number, window in enumerate(windows(episode, 0), start=1)
]


def synthetic(db: Database) -> str:
    return str(db.rows("SELECT value FROM registry WHERE key = 'synthetic'")[0][0])


def test_the_cohort_has_34_patients_with_itp_and_7_with_aiha_alone() -> None:
    first = Counter(patient.episodes[0].disease for patient in PATIENTS)
    assert first == {"ITP": 34, "AIHA": 7}
    assert sum(len(patient.episodes) == 2 for patient in PATIENTS) == 6


def test_a_registry_with_the_cohort_says_that_it_is_synthetic(cohort: Database) -> None:
    assert synthetic(cohort) == "yes"
    assert {row[0][:4] for row in cohort.rows("SELECT patient_id FROM patient")} == {"SYN-"}
    assert {row[0][:9] for row in cohort.rows("SELECT DISTINCT site FROM patient_view")} == {"synthetic"}


def test_every_row_of_the_cohort_passes_intake(registry: Database, operator: Actor) -> None:
    (tables, number), *rest = demo.tables()
    assert (number, rest) == (41, [])
    demo.load(registry, operator)
    for name, table in tables.items():
        held = registry.rows(f'SELECT count(*) FROM "{name}_view"')[0][0]
        assert held == table.num_rows, name


def test_loading_twice_changes_nothing(registry: Database, operator: Actor) -> None:
    assert demo.load(registry, operator) == 41
    before = registry.revision
    assert demo.load(registry, operator) == 41
    assert registry.revision == before


def test_loading_again_keeps_an_amended_count(registry: Database, operator: Actor) -> None:
    demo.load(registry, operator)
    identity = {"patient_id": "SYN-001", "observation_id": "SYN-001-L001"}
    record.amend(registry, operator, "observation", identity, {"value": "123"}, "misread", 1)
    demo.load(registry, operator)
    found = registry.rows(
        "SELECT value FROM observation_view WHERE observation_id = $1", [identity["observation_id"]]
    )
    assert found == [("123",)]


def test_a_registry_with_real_patients_takes_no_synthetic_ones(registry: Database, operator: Actor) -> None:
    record.log(registry, operator, "patient", {"patient_id": "P1"})
    with pytest.raises(Refused, match="not mixed"):
        demo.load(registry, operator)
    assert synthetic(registry) == "no"


def test_other_synthetic_patients_need_another_registry(registry: Database, operator: Actor) -> None:
    demo.load(registry, operator)
    with pytest.raises(Refused, match="new registry"):
        demo.load(registry, operator, patients=50)


@pytest.mark.parametrize("patients", [0, -3])
def test_fewer_than_one_patient_cannot_be_made(registry: Database, operator: Actor, patients: int) -> None:
    with pytest.raises(Usage):
        demo.load(registry, operator, patients=patients)


def test_the_same_seed_tells_the_same_story() -> None:
    (first, _), (again, _), (other, _) = (next(demo.tables(seed=seed)) for seed in (3, 3, 4))
    assert first == again
    assert first["observation"] != other["observation"]


def test_two_loads_of_the_same_seed_hold_the_same_facts(tmp_path: Path) -> None:
    held = []
    for name in ("one", "two"):
        with Database.open(tmp_path / f"{name}.duckdb", create=True) as db:
            demo.load(db, db.actor(None), patients=60)
            held.append(
                [
                    db.rows(f'SELECT * EXCLUDE (change_seq, row_key) FROM "{table}" ORDER BY ALL')
                    for table in ("patient_fact", "course_fact", "course_agent", "observation", "bleed")
                ]
            )
    assert held[0] == held[1]


@pytest.mark.parametrize("seed", [7, 8])
def test_judging_the_counts_tells_every_story_under_any_seed(tmp_path: Path, seed: int) -> None:
    with new_registry(tmp_path / "stories.duckdb") as db:
        demo.load(db, db.actor(None), seed=seed)
        review.rejudge(db, db.actor(None))
        judged = {
            row[0]: row[1:]
            for row in db.rows(
                "SELECT course_id, best_response, reason, c.onset_on - s.started_on, duration_status, "
                "duration_of_response_days, lost_cr_on FROM call_view AS c "
                "JOIN course_view AS s USING (course_id)"
            )
        }
    for patient_id, episode, number, course in COURSES:
        course_id = f"{patient_id}-{episode.disease}-{number}"
        best, _, onset, status, days, lost_cr_on = judged[course_id]
        assert best == expected(episode, course), course_id
        if best in ("NR", "NE"):
            continue
        assert onset == course.onset, course_id
        assert (status == "event") == (course.outcome == "lost"), course_id
        assert course.lasts is None or days == course.lasts, course_id
        assert course.outcome == "lost" or lost_cr_on is None, course_id


def expected(episode: Episode, course: Course) -> str:
    """The level that a story tells: dependence on corticosteroids is no response."""
    if course.outcome in ("failed", "unclear"):
        return {"failed": "NR", "unclear": "NE"}[course.outcome]
    if course.regimen == "prednisolone, slow taper":
        return "NR"
    return "CR" if course.complete is not None else {"ITP": "R", "AIHA": "PR"}[episode.disease]


def test_every_kind_of_difficulty_is_there(cohort: Database) -> None:
    reasons = {row[0] for row in cohort.rows("SELECT DISTINCT not_evaluable FROM observation_view")}
    assert reasons >= {"clumped", "missing", "unit_missing"}
    units = {row[0] for row in cohort.rows("SELECT DISTINCT unit FROM observation_view")}
    assert units >= {"10*9/L", "K/uL", "/uL", "g/L", "g/dL", "ukat/L", "mg/dL"}
    assert cohort.rows("SELECT count(*) FROM observation_view WHERE comparator = '<'")[0][0] > 0
    assert cohort.rows("SELECT count(*) FROM observation_view WHERE specimen = 'citrate'")[0][0] > 0
    rescues = {row[0] for row in cohort.rows("SELECT DISTINCT agent FROM rescue_view")}
    assert rescues == {"ivig", "vinca", "steroid_pulse", "platelets"}
    reasons = {row[0] for row in cohort.rows("SELECT DISTINCT reason FROM call_view")}
    assert {"corticosteroid_dependent", "failing_confirmed", "unconfirmed"} <= reasons
    ended = {row[0] for row in cohort.rows("SELECT DISTINCT censored_by FROM call_view")}
    assert {"last_count", "other_lineage_course", "death"} <= ended


def test_time_runs_as_it_can(cohort: Database) -> None:
    for (count,) in cohort.rows(
        "SELECT count(*) FROM exposure_view WHERE indication_on NOT BETWEEN $1 AND $2",
        [date(2005, 11, 1), date(2016, 12, 14)],
    ):
        assert count == 0
    late = "SELECT count(*) FROM course_agent_view WHERE agent_class = 'TPO_RA' AND started_on < $1"
    assert cohort.rows(late, [date(2009, 12, 1)]) == [(0,)]
    after = (
        "SELECT count(*) FROM observation_view AS o JOIN patient_view AS p USING (patient_id) "
        "WHERE o.observed_on > coalesce(p.died_on, p.last_contact_on)"
    )
    assert cohort.rows(after) == [(0,)]


def test_many_patients_are_of_the_same_kind(registry: Database, operator: Actor) -> None:
    told: list[tuple[str, int, int]] = []
    demo.load(registry, operator, patients=600, progress=lambda *step: told.append(step))
    assert told[-1] == ("making synthetic patients", 600, 600)
    assert registry.rows("SELECT count(*) FROM patient") == [(600,)]
    assert synthetic(registry) == "yes"
    observations = registry.rows("SELECT count(*) FROM observation")[0][0] / 600
    assert 30 < observations < 60
    report = review.rejudge(registry, operator)
    assert report.by_response["CR"] > report.by_response["NR"] > report.by_response["NE"] > 0


def test_many_patients_are_made_in_chunks_without_a_patient_twice() -> None:
    chunks = list(demo.tables(50, seed=3, at_once=20))
    ids = [one for chunk, _ in chunks for one in chunk["patient"]["patient_id"].to_pylist()]
    assert [number for _, number in chunks] == [20, 20, 10]
    assert len(ids) == len(set(ids)) == 50
    assert [("denominator" in chunk) for chunk, _ in chunks] == [True, False, False]


def test_an_interrupted_load_is_continued(registry: Database, operator: Actor) -> None:
    def stop(what: str, done: int, size: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.load(registry, operator, patients=20, progress=stop)
    assert demo.load(registry, operator, patients=20) == 20
    assert registry.rows("SELECT count(*) FROM patient") == [(20,)]


def test_copied_patients_are_as_if_taken_in(registry: Database, operator: Actor) -> None:
    assert direct.fill(registry, operator, 90) == 90
    assert registry.rows("SELECT count(*), count(DISTINCT patient_id) FROM patient") == [(90, 90)]
    assert registry.verify() == []
    assert synthetic(registry) == "yes"

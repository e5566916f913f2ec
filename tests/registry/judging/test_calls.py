"""Calls are made when asked for, from what changed, and stored with what decided them."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from adjudication.response.criteria import load
from adjudication.response.engine import ENGINE_VERSION
from registry import record
from registry.accounts.service import add_account
from registry.errors import NotPermitted, Usage
from registry.judging import calls
from registry.judging.calls import stale_courses
from registry.review import Rejudged, explain, rejudge
from registry.roles import EVERYWHERE, Action, Actor, Role
from registry.store.database import Database
from tests.conftest import NOW
from tests.registry.judging.courses_to_judge import (
    TABLES,
    changed,
    of_patients,
    stored_calls,
    stored_evidence,
    taken,
)
from tests.templates import new_registry

ITP = load("itp-iwg-2009")
LEVELS = {"C1": "CR", "C2": "R", "C3": "CR", "C4": "NR"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Actor]:
    """The three patients, judged, in a closed registry; made once. And who judged them."""
    folder = tmp_path_factory.mktemp("judged")
    with new_registry(folder / "registry.duckdb", now=lambda: NOW) as db:
        operator = db.actor(None)
        taken(db, operator)
        rejudge(db, operator)
    return folder, operator


@pytest.fixture
def operator(kept: tuple[Path, Actor]) -> Actor:
    return kept[1]


@pytest.fixture
def judged(kept: tuple[Path, Actor], tmp_path: Path) -> Iterator[Database]:
    """The three patients, judged, for the test to change as it likes."""
    folder = Path(shutil.copytree(kept[0], tmp_path / "judged"))
    with Database.open(folder / "registry.duckdb", now=lambda: NOW) as db:
        yield db


def levels(db: Database) -> dict[str, str]:
    return dict(db.rows("SELECT course_id, best_response FROM call_view ORDER BY course_id"))


def rows_of(db: Database) -> dict[str, tuple[object, ...]]:
    """Every stored column of every call, by course."""
    found = db.rows("SELECT course_id, c.* FROM call AS c JOIN course USING (course_key)")
    return {row[0]: row[1:] for row in found}


def changed_in(db: Database, before: dict[str, tuple[object, ...]]) -> set[str]:
    after = rows_of(db)
    return {course for course in before | after if before.get(course) != after.get(course)}


def to_judge(db: Database) -> set[str]:
    return {row[0] for row in db.rows("SELECT course_id FROM call_view WHERE to_judge")}


def somebody(db: Database, role: Role, site: str = EVERYWHERE) -> Actor:
    """Another account, with one role."""
    name = f"{role}.{'everywhere' if site == EVERYWHERE else site.lower()}"
    add_account(db, db.actor(None), name, {site: [role]}, today=date(2026, 3, 31))
    return db.actor(name)


# What is judged, and when


def test_an_import_judges_nothing_and_a_refresh_judges_everything(
    registry: Database, operator: Actor
) -> None:
    taken(registry, operator)
    assert (levels(registry), stale_courses(registry)) == ({}, 4)
    report = rejudge(registry, operator)
    assert report == Rejudged(4, 4, 0, {"CR": 2, "R": 1, "NR": 1})
    assert (levels(registry), stale_courses(registry)) == (LEVELS, 0)
    assert registry.verify() == []


def test_each_disease_is_judged_by_its_own_criteria_and_the_call_names_them(judged: Database) -> None:
    named = judged.rows("SELECT course_id, criteria_id, criteria_hash, engine_version FROM call_view")
    itp, aiha = load("itp-iwg-2009"), load("aiha-hammersmith-2017")
    assert {row[0]: row[1:] for row in named} == {
        course: (one.id, one.digest, ENGINE_VERSION)
        for course, one in (("C1", itp), ("C2", itp), ("C3", aiha), ("C4", itp))
    }


def test_a_second_refresh_changes_nothing(judged: Database, operator: Actor) -> None:
    before = rows_of(judged)
    assert rejudge(judged, operator) == Rejudged()
    assert changed_in(judged, before) == set()
    assert rejudge(judged, operator, everything=True) == Rejudged(4, 0, 0, {})
    assert changed_in(judged, before) == set()


def test_a_changed_count_makes_the_courses_of_its_patient_stale_and_no_other(
    judged: Database, operator: Actor
) -> None:
    taken(
        judged,
        operator,
        observation=changed("observation", "2025-01-22,platelets,140", "2025-01-22,platelets,90"),
    )
    assert (stale_courses(judged), to_judge(judged)) == (2, {"C1", "C2"})
    before = rows_of(judged)
    assert levels(judged) == LEVELS
    report = rejudge(judged, operator)
    assert (report.judged, report.changed, report.by_response) == (2, 1, {"R": 1})
    assert levels(judged) == {**LEVELS, "C1": "R"}
    assert (stale_courses(judged), to_judge(judged)) == (0, set())
    others = {course: row for course, row in before.items() if course in ("C3", "C4")}
    assert {course: rows_of(judged)[course] for course in others} == others


def test_only_the_call_that_came_out_different_is_written_anew(judged: Database, operator: Actor) -> None:
    before = {row[0]: row for row in stored_calls(judged)}
    taken(
        judged,
        operator,
        observation=changed("observation", "2025-07-15,platelets,70", "2025-07-15,platelets,71"),
    )
    report = rejudge(judged, operator)
    assert (report.judged, report.changed) == (2, 1)
    after = {row[0]: row for row in stored_calls(judged)}
    assert {course for course in after if after[course] != before[course]} == {"C2"}


def test_a_count_that_no_window_holds_is_looked_at_and_changes_nothing(
    judged: Database, operator: Actor
) -> None:
    before = stored_calls(judged)
    header = TABLES["observation"].splitlines()[0]
    taken(judged, operator, observation=f"{header}\nP3,O9,2024-06-01,platelets,200,10*9/L,,\n")
    assert stale_courses(judged) == 1
    assert rejudge(judged, operator) == Rejudged(1, 0, 0, {})
    assert stored_calls(judged) == before
    assert stale_courses(judged) == 0


def test_a_fact_of_another_kind_is_looked_at_too(judged: Database, operator: Actor) -> None:
    """A bleed after the response is its loss."""
    bleed = "patient_id,bleed_id,started_on,scale,grade,itp_related\nP1,B1,2025-04-01,WHO,2,yes\n"
    taken(judged, operator, bleed=bleed)
    report = rejudge(judged, operator)
    assert (report.judged, stale_courses(judged)) == (2, 0)
    ((relapsed_on,),) = judged.rows("SELECT relapsed_on FROM call_view WHERE course_id = 'C1'")
    assert relapsed_on == date(2025, 4, 1)


def test_the_first_bleed_of_a_patient_takes_a_flag_from_his_later_courses(
    judged: Database, operator: Actor
) -> None:
    def flags() -> dict[str, str]:
        return dict(judged.rows("SELECT course_id, flags FROM call_view WHERE patient_id = 'P1'"))

    assert "bleeding_not_recorded" in flags()["C1"]
    taken(
        judged,
        operator,
        bleed="patient_id,bleed_id,started_on,scale,grade,itp_related\nP1,B1,2025-06-10,WHO,0,yes\n",
    )
    rejudge(judged, operator)
    assert flags() == {"C1": "bleeding_not_recorded", "C2": None}


def test_a_new_course_is_judged_and_closes_the_window_of_the_one_before_it(
    judged: Database, operator: Actor
) -> None:
    taken(
        judged,
        operator,
        course="episode_id,course_id,started_on,ongoing,intent,start_reason\n"
        "E3,C5,2025-02-02,yes,induction,inefficacy\n",
        course_agent="course_id,agent,started_on\nC5,romiplostim,2025-02-02\n",
    )
    assert stale_courses(judged) == 2
    report = rejudge(judged, operator)
    assert (report.judged, report.changed) == (2, 2)
    assert judged.rows("SELECT best_response, reason FROM call_view WHERE course_id = 'C4'") == [
        ("NR", "next_course_for_inefficacy")
    ]


def test_a_withdrawn_course_loses_its_call_and_gives_its_window_back(
    judged: Database, operator: Actor
) -> None:
    agent = {"course_id": "C2", "agent": "rituximab", "started_on": "2025-06-02"}
    record.withdraw(judged, operator, "course_agent", agent, "entered twice", 1)
    record.withdraw(judged, operator, "course", {"course_id": "C2"}, "entered twice", 1)
    report = rejudge(judged, operator)
    assert (report.judged, report.changed, report.removed) == (1, 1, 1)
    assert set(levels(judged)) == {"C1", "C3", "C4"}
    # The relapse that the next course stood for is now the failing count before it, which nothing confirmed.
    ((relapsed_on, flags),) = judged.rows("SELECT relapsed_on, flags FROM call_view WHERE course_id = 'C1'")
    assert (relapsed_on, "unconfirmed_loss" in flags) == (None, False)
    assert judged.rows(
        "SELECT count(*) FROM call WHERE course_key NOT IN (SELECT course_key FROM course_view)"
    ) == [(0,)]


def test_an_agent_that_is_amended_changes_the_limit_of_its_course(judged: Database, operator: Actor) -> None:
    """Rituximab corrected to IVIG: what was first seen on day 29 began nobody knows when."""
    rituximab = {"course_id": "C2", "agent": "rituximab", "started_on": "2025-06-02"}
    record.withdraw(judged, operator, "course_agent", rituximab, "it was immunoglobulin", 1)
    record.log(judged, operator, "course_agent", {**rituximab, "agent": "ivig"})
    rejudge(judged, operator)
    assert judged.rows("SELECT best_response, reason FROM call_view WHERE course_id = 'C2'") == [
        ("NE", "onset_not_observed")
    ]


# Another engine, other criteria


@pytest.mark.parametrize("column", ["engine_version", "criteria_hash"])
def test_calls_of_another_engine_or_other_rules_are_all_stale_and_made_anew(
    judged: Database, operator: Actor, column: str
) -> None:
    """A registry that was judged before the program or its criteria changed."""
    with judged.change(operator, Action.ADJUDICATE, "an earlier version") as change:
        for table in ("call", "judging"):
            change.execute(f"UPDATE {table} SET {column} = 'earlier'")
    assert stale_courses(judged) == 4
    report = rejudge(judged, operator)
    assert (report.judged, report.changed, stale_courses(judged)) == (4, 4, 0)
    assert levels(judged) == LEVELS


def test_one_patient_judged_under_new_rules_leaves_the_others_stale(
    judged: Database, operator: Actor
) -> None:
    with judged.change(operator, Action.ADJUDICATE, "an earlier version") as change:
        for table in ("call", "judging"):
            change.execute(f"UPDATE {table} SET criteria_hash = 'earlier'")
    rejudge(judged, operator, patient="P1")
    assert stale_courses(judged) == 2
    assert rejudge(judged, operator).judged == 4
    assert stale_courses(judged) == 0


def test_criteria_may_be_named(registry: Database, operator: Actor) -> None:
    taken(registry, operator)
    assert rejudge(registry, operator, criteria_ids=["aiha-hammersmith-2017"]).judged == 1
    assert (set(levels(registry)), stale_courses(registry)) == ({"C3"}, 3)
    with pytest.raises(Usage, match="no criteria 'mine'; there are"):
        rejudge(registry, operator, criteria_ids=["mine"])


# One patient, one course


@pytest.mark.parametrize("asked", [{"patient": "P1"}, {"course": "C2"}])
def test_a_refresh_of_one_patient_or_course_judges_that_patient_alone(
    registry: Database, operator: Actor, asked: dict[str, str]
) -> None:
    taken(registry, operator)
    report = rejudge(registry, operator, **asked)  # type: ignore[arg-type]
    assert (report.judged, report.changed) == (2, 2)
    assert (levels(registry), stale_courses(registry)) == ({"C1": "CR", "C2": "R"}, 2)
    again = rejudge(registry, operator, **asked)  # type: ignore[arg-type]
    assert (again.judged, again.changed, again.removed) == (2, 0, 0)
    assert rejudge(registry, operator).judged == 4


def test_what_one_patient_alone_gives_is_what_all_together_give(
    judged: Database, operator: Actor, tmp_path: Path
) -> None:
    with Database.open(tmp_path / "one by one.duckdb", create=True) as other:
        taken(other, operator)
        for patient in ("P3", "P1", "P2"):
            rejudge(other, operator, patient=patient)
        assert stored_calls(other) == stored_calls(judged)
        assert stored_evidence(other) == stored_evidence(judged)


def test_one_patient_judged_alone_is_not_judged_again_with_the_rest(
    judged: Database, operator: Actor
) -> None:
    taken(
        judged,
        operator,
        observation=changed("observation", "2025-01-22,platelets,140", "2025-01-22,platelets,90"),
    )
    assert rejudge(judged, operator, patient="P1").changed == 1
    assert (stale_courses(judged), to_judge(judged)) == (0, set())
    assert rejudge(judged, operator).changed == 0


def test_the_vanished_call_of_one_patient_is_taken_away_when_he_is_judged_alone(
    judged: Database, operator: Actor
) -> None:
    agent = {"course_id": "C4", "agent": "eltrombopag", "started_on": "2025-01-02"}
    record.withdraw(judged, operator, "course_agent", agent, "wrong patient", 1)
    record.withdraw(judged, operator, "course", {"course_id": "C4"}, "wrong patient", 1)
    assert rejudge(judged, operator, patient="P3") == Rejudged(0, 0, 1, {})
    assert set(levels(judged)) == {"C1", "C2", "C3"}


def test_an_unknown_patient_or_course_is_refused_by_name(judged: Database, operator: Actor) -> None:
    head = judged.revision
    with pytest.raises(Usage, match="There is no patient P9"):
        rejudge(judged, operator, patient="P9")
    with pytest.raises(Usage, match="There is no course C9"):
        rejudge(judged, operator, course="C9")
    assert judged.revision == head


# Who may


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.ADJUDICATOR, Role.ADMIN])
def test_who_may_not_let_the_machine_judge_is_refused_and_nothing_happens(
    registry: Database, operator: Actor, role: Role
) -> None:
    taken(registry, operator)
    person = somebody(registry, role)
    head = registry.revision
    for asked in ({}, {"patient": "P1"}, {"course": "C1"}):
        with pytest.raises(NotPermitted, match="adjudicate"):
            rejudge(registry, person, **asked)  # type: ignore[arg-type]
    assert (levels(registry), registry.revision) == ({}, head)


def test_a_nurse_of_one_site_judges_the_patients_of_that_site_and_no_more(
    registry: Database, operator: Actor
) -> None:
    taken(registry, operator)
    nurse = somebody(registry, Role.NURSE, "North")
    assert rejudge(registry, nurse, patient="P1").judged == 2
    with pytest.raises(NotPermitted):
        rejudge(registry, nurse, patient="P2")
    with pytest.raises(NotPermitted):
        rejudge(registry, nurse)
    assert set(levels(registry)) == {"C1", "C2"}


def test_a_refresh_stands_in_the_audit_trail_with_what_it_did(judged: Database) -> None:
    ((action, subject, after),) = judged.rows(
        "SELECT action, subject, after FROM audit_event WHERE seq = $1", [judged.revision]
    )
    assert (action, subject) == ("adjudicate", "registry")
    assert '"judged":4' in after.replace(" ", "")


def test_progress_is_told_up_to_the_last_patient(registry: Database, operator: Actor) -> None:
    taken(registry, operator)
    told: list[tuple[int, int]] = []
    rejudge(registry, operator, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


# Why


def test_an_explanation_has_the_deciding_counts_days_clause_and_readings(
    judged: Database, operator: Actor
) -> None:
    told = explain(judged, operator, "C1")
    text = told.text()
    assert told.headline.startswith(
        "C1: CR, complete response from 2025-01-12. prednisolone, started 2025-01-02"
    )
    assert "Baseline: platelets 8 ×10⁹/L on 2025-01-02." in told.sentences
    for part in (
        "platelets 140 ×10⁹/L on 2025-01-22",
        "Rodeghiero 2009, Table 2",
    ):
        assert part in text
    assert "Relapse on 2025-06-01" in text
    assert f"DEF-ITP-08: {ITP.reading('DEF-ITP-08').asks} Rescue for a low count" in text
    assert [row.id for row in told.evidence][:3] == ["O1", "O2", "O3"]


def test_an_explanation_of_a_hemoglobin_cites_the_markers_as_reported(
    judged: Database, operator: Actor
) -> None:
    told = explain(judged, somebody(judged, Role.CLINICIAN), "C3")
    markers = [(row.analyte, row.value, row.unit) for row in told.evidence if row.step == "hemolysis"]
    assert markers == [("haptoglobin", "1", "g/L"), ("ldh", "200", "U/L")]
    lines = [(row.value, row.on.isoformat(), row.met_words) for row in told.steps if row.step == "hemolysis"]
    assert lines == [("haptoglobin 1 g/L", "2025-01-20", "yes"), ("LDH 200 U/L", "2025-01-20", "yes")]


def test_an_unknown_course_and_one_that_was_not_judged_are_told_apart(
    registry: Database, operator: Actor
) -> None:
    taken(registry, operator)
    with pytest.raises(Usage, match="There is no course C9"):
        explain(registry, operator, "C9")
    with pytest.raises(Usage, match=r"C1 has not been assessed under itp-iwg-2009. Run `nadir adjudicate`"):
        explain(registry, operator, "C1")
    rejudge(registry, operator)
    with pytest.raises(Usage, match="C1 has not been assessed under aiha-hammersmith-2017"):
        explain(registry, operator, "C1", "aiha-hammersmith-2017")
    with pytest.raises(Usage, match="no criteria 'mine'"):
        explain(registry, operator, "C1", "mine")


def test_a_blind_reader_may_not_see_why(judged: Database) -> None:
    with pytest.raises(NotPermitted, match="adjudicates"):
        explain(judged, somebody(judged, Role.ADJUDICATOR), "C1")
    with pytest.raises(NotPermitted):
        explain(judged, somebody(judged, Role.CLINICIAN, "South"), "C1")
    assert explain(judged, somebody(judged, Role.CLINICIAN, "North"), "C1").best_response == "CR"


def test_calls_of_the_reference_cohort_can_be_told(cohort: Database) -> None:
    operator = cohort.actor(None)
    found = cohort.rows("SELECT course_id, best_response, baseline FROM call_view ORDER BY course_id")
    for course_id, level, baseline in found[::5]:
        told = explain(cohort, operator, course_id)
        assert told.headline.startswith(f"{course_id}: {level}, ")
        assert (baseline is None) or f" {baseline} " in told.text()
        assert len(told.readings) == len({reading.id for reading in told.readings})
        named = cohort.rows("SELECT defaults_applied FROM call_view WHERE course_id = $1", [course_id])[0][0]
        assert [reading.id for reading in told.readings] == (named.split(";") if named else [])
        assert told.judged_again is not None


# Nothing depends on how the record came in


@pytest.mark.parametrize("order", [("P1", "P2", "P3"), ("P3", "P1", "P2"), ("P2", "P3", "P1")])
def test_the_order_in_which_patients_came_in_changes_no_call(
    judged: Database, operator: Actor, tmp_path: Path, order: tuple[str, ...]
) -> None:
    with Database.open(tmp_path / "other.duckdb", create=True) as other:
        for patient in order:
            taken(other, operator, **of_patients(patient))
            rejudge(other, operator)
        assert stored_calls(other) == stored_calls(judged)
        assert stored_evidence(other) == stored_evidence(judged)


def test_the_order_of_rows_and_tables_changes_no_call(
    judged: Database, operator: Actor, tmp_path: Path
) -> None:
    """Counts in two imports, the later ones first, each file upside down."""
    header, *counts = TABLES["observation"].splitlines()
    others = {name: text for name, text in TABLES.items() if name != "observation"}
    upside_down = {
        name: "\n".join([text.splitlines()[0], *reversed(text.splitlines()[1:]), ""])
        for name, text in others.items()
    }
    with Database.open(tmp_path / "other.duckdb", create=True) as other:
        taken(other, operator, **upside_down)
        for part in (counts[7:], counts[:7]):
            taken(other, operator, observation="\n".join([header, *reversed(part), ""]))
        rejudge(other, operator)
        assert stored_calls(other) == stored_calls(judged)
        assert stored_evidence(other) == stored_evidence(judged)


def test_a_record_that_grew_day_by_day_has_the_calls_of_one_that_came_at_once(
    judged: Database, operator: Actor, tmp_path: Path
) -> None:
    header, *counts = TABLES["observation"].splitlines()
    with Database.open(tmp_path / "other.duckdb", create=True) as other:
        taken(other, operator, **{name: text for name, text in TABLES.items() if name != "observation"})
        for row in counts:
            taken(other, operator, observation=f"{header}\n{row}\n")
            rejudge(other, operator)
        assert stored_calls(other) == stored_calls(judged)
        assert stored_evidence(other) == stored_evidence(judged)


# How a refresh is divided


def test_patients_near_one_another_are_read_together_and_far_ones_apart() -> None:
    keys = np.array([1, 2, 3, 2_003, 2_004, 9_000, 250_000, 350_000], np.int32)
    assert list(calls.runs(keys)) == [(1, 2_004), (9_000, 9_000), (250_000, 250_000), (350_000, 350_000)]
    assert list(calls.runs(keys[:0])) == []


def test_no_range_is_wider_than_may_be_judged_together() -> None:
    keys = np.arange(1, 250_001, dtype=np.int32)
    spans = list(calls.runs(keys))
    assert max(last - first + 1 for first, last in spans) <= calls.PATIENTS_AT_ONCE
    assert [first for first, _ in spans][1:] == [last + 1 for _, last in spans][:-1]
    assert (spans[0][0], spans[-1][1]) == (1, 250_000)

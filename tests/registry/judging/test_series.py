"""What the judge reads of the record: every fact in its place, so that stored calls are those of the rules."""

from datetime import date

import duckdb
import numpy as np
import pytest

from adjudication.response.criteria import load
from adjudication.response.engine import adjudicate
from adjudication.response.terms import (
    MISSING,
    NO_DAY,
    Disease,
    Happening,
    HappeningReason,
    Intent,
    Kind,
    Specimen,
    StartReason,
)
from registry.exchange.intake import take
from registry.judging.series import Portion, read
from registry.review import rejudge
from registry.roles import Actor
from registry.store.database import Database
from tests.reference import Verdict, judge
from tests.registry.judging.courses_to_judge import TABLES, taken
from tests.registry.record.random_record import course_id, patients_of, tables_of

ITP, AIHA = load("itp-iwg-2009"), load("aiha-hammersmith-2017")


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def portion_of(db: Database, criteria: object = ITP) -> Portion:
    assert criteria in (ITP, AIHA)
    first, last = db.rows("SELECT min(patient_key), max(patient_key) FROM patient")[0]
    return read(db.arrow, first, last).under(criteria)


def column(db: Database, portion: Portion, name: str) -> dict[str, int]:
    """A column of the courses by course_id."""
    names = dict(db.rows("SELECT course_key, course_id FROM course"))
    values = getattr(portion.series.courses, name)
    return {names[key]: int(value) for key, value in zip(portion.course_key.tolist(), values, strict=True)}


# The whole way: record, series, call


def told(verdict: Verdict) -> tuple[object, ...]:
    return (
        verdict.best_response,
        verdict.reason,
        None
        if verdict.baseline is None
        else f"{verdict.baseline_comparator}{verdict.baseline.normalize():f}",
        verdict.onset_on,
        verdict.cr_onset_on,
        verdict.relapsed_on,
        verdict.lost_cr_on,
        verdict.duration_of_response_days,
        verdict.duration_status,
        verdict.censored_by,
        verdict.flags,
        frozenset(verdict.defaults_applied),
        (verdict.er_7d, verdict.ir_1m, verdict.dr_6m, verdict.rem_12m),
        (verdict.in_response_days, verdict.observed_days),
        (verdict.held_until, verdict.lost_on),
    )


def stored(db: Database) -> dict[str, tuple[object, ...]]:
    rows = db.rows(
        "SELECT course_id, best_response, reason, baseline, onset_on, cr_onset_on, relapsed_on, lost_cr_on, "
        "duration_of_response_days, duration_status, censored_by, flags, defaults_applied, "
        "er_7d, ir_1m, dr_6m, rem_12m, in_response_days, observed_days, held_until, lost_on FROM call_view"
    )
    return {
        row[0]: (
            *row[1:11],
            frozenset((row[11] or "").split(";")) - {""},
            frozenset((row[12] or "").split(";")) - {""},
            row[13:17],
            row[17:19],
            row[19:21],
        )
        for row in rows
    }


@pytest.mark.parametrize("seed", [71, 72])
def test_stored_calls_are_those_of_the_reference_on_the_same_patients(
    registry: Database, operator: Actor, seed: int
) -> None:
    """Random patients written as a record, taken in, judged and stored; and the same judged by the oracle."""
    patients = patients_of(seed, 400)
    take(registry, operator, tables_of(patients))
    report = rejudge(registry, operator)
    expected = {
        course_id(course): told(judge(patient, course)) for patient in patients for course in patient.courses
    }
    assert report.judged == len(expected)
    assert stored(registry) == expected


def test_stored_calls_of_the_reference_cohort_are_those_of_direct_adjudication(cohort: Database) -> None:
    for criteria in (ITP, AIHA):
        portion = portion_of(cohort, criteria)
        calls = adjudicate(portion.series, criteria.rule).calls
        found = cohort.rows(
            "SELECT course_key, series_fingerprint, len(evidence) FROM call WHERE criteria_id = $1",
            [criteria.id],
        )
        assert {key: (fingerprint, n) for key, fingerprint, n in found} == {
            int(portion.course_key[course]): (
                int(calls.fingerprint[k]),
                int(np.diff(calls.evidence_first)[k]),
            )
            for k, course in enumerate(calls.course)
        }


# Courses


def test_a_course_has_its_dates_disease_intent_and_reason(registry: Database, operator: Actor) -> None:
    taken(registry, operator)
    portion = portion_of(registry)
    started = {name: day(text) for name, text in (("C1", "2025-01-02"), ("C2", "2025-06-02"))}
    assert {
        name: value for name, value in column(registry, portion, "started").items() if name in started
    } == started
    assert column(registry, portion, "stopped")["C1"] == day("2025-02-20")
    assert column(registry, portion, "stopped")["C2"] == NO_DAY
    assert column(registry, portion, "disease") == {"C1": 0, "C2": 0, "C3": Disease.AIHA, "C4": 0}
    assert column(registry, portion, "start_reason")["C2"] == StartReason.RELAPSE
    assert set(column(registry, portion, "intent").values()) == {Intent.INDUCTION}


def test_a_courses_agents_become_its_limit_lineages_and_class(registry: Database, operator: Actor) -> None:
    taken(registry, operator)
    itp, aiha = portion_of(registry, ITP), portion_of(registry, AIHA)
    assert column(registry, itp, "attribution") == {"C1": 28, "C2": 180, "C3": 28, "C4": 90}
    assert column(registry, aiha, "attribution") == {"C1": 42, "C2": 180, "C3": 42, "C4": 180}
    assert column(registry, itp, "failing_from") == {"C1": 14, "C2": 56, "C3": 14, "C4": 28}
    assert column(registry, aiha, "failing_from") == {"C1": 21, "C2": 56, "C3": 21, "C4": 90}
    assert column(registry, itp, "unlimited") == {"C1": 0, "C2": 0, "C3": 0, "C4": 0}
    assert column(registry, aiha, "unlimited") == {"C1": 0, "C2": 0, "C3": 0, "C4": 1}
    assert column(registry, itp, "acts_on") == {"C1": 3, "C2": 3, "C3": 3, "C4": 1}
    assert column(registry, itp, "steroid") == {"C1": 1, "C2": 0, "C3": 1, "C4": 0}
    assert set(column(registry, itp, "splenectomy").values()) == {0}


def with_courses(registry: Database, operator: Actor, courses: str, agents: str) -> Portion:
    taken(
        registry,
        operator,
        patient=TABLES["patient"],
        episode=TABLES["episode"],
        course=f"episode_id,course_id,started_on,stopped_on,ongoing,intent,start_reason\n{courses}",
        course_agent=f"course_id,agent,started_on,stopped_on\n{agents}",
    )
    return portion_of(registry)


def test_a_combination_takes_the_longest_limit_and_both_lineages(registry: Database, operator: Actor) -> None:
    portion = with_courses(
        registry,
        operator,
        "E1,C1,2025-01-02,,yes,induction,first_line\nE3,C2,2025-01-02,,yes,induction,first_line\n"
        "E3,C3,2025-03-02,,yes,induction,other\n",
        "C1,ivig,2025-01-02,2025-01-03\nC1,romiplostim,2025-01-09,\n"
        "C2,bortezomib,2025-01-02,\nC3,bortezomib,2025-03-02,\nC3,anti_d,2025-03-02,\n",
    )
    assert column(registry, portion, "attribution") == {"C1": 60, "C2": 180, "C3": 180}
    assert column(registry, portion, "failing_from") == {"C1": 14, "C2": 90, "C3": 90}
    assert column(registry, portion, "unlimited") == {"C1": 0, "C2": 1, "C3": 1}
    assert column(registry, portion, "acts_on") == {"C1": 3, "C2": 3, "C3": 3}


def test_bridges_are_happenings_with_the_start_of_their_course(registry: Database, operator: Actor) -> None:
    """Steps of a pulse that follow one another are one; longer than five days they are none (DEF-ITP-23)."""
    portion = with_courses(
        registry,
        operator,
        "E1,C1,2025-01-02,,yes,induction,first_line\nE3,C2,2025-01-02,2025-01-20,no,induction,first_line\n"
        "E3,C3,2025-03-02,,yes,induction,other\n",
        "C1,ivig,2025-01-02,2025-01-03\nC1,romiplostim,2025-01-09,\n"
        "C2,dexamethasone,2025-01-02,2025-01-03\nC2,dexamethasone,2025-01-04,2025-01-06\n"
        "C3,dexamethasone,2025-03-02,2025-03-07\nC3,anti_d,2025-03-04,\n",
    )
    found = portion.series.happenings
    rows = zip(found.day.tolist(), found.end_day.tolist(), found.begun.tolist(), strict=True)
    first = day("2025-01-01")
    assert sorted(tuple(one - first for one in row) for row in rows) == [(1, 2, 1), (1, 5, 1), (62, 62, 60)]
    assert {int(kind) for kind in found.kind} == {Happening.BRIDGE}
    assert column(registry, portion, "bridge_until") == {"C1": NO_DAY, "C2": day("2025-01-06"), "C3": NO_DAY}
    assert portion_of(registry, AIHA).series.happenings.day.size == 0


def test_a_course_without_an_intent_is_induction_unless_it_was_begun_to_spare_steroids_or_is_watching(
    registry: Database, operator: Actor
) -> None:
    """READ-LINE-07."""
    portion = with_courses(
        registry,
        operator,
        "E1,C1,2025-01-02,,yes,,first_line\nE1,C2,2025-02-02,,yes,,steroid_sparing\n"
        "E1,C3,2025-03-02,,yes,induction,steroid_sparing\nE1,C4,2025-04-02,,yes,,\n"
        "E1,C5,2025-05-02,,yes,observation,other\n",
        "C1,prednisolone,2025-01-02,\nC2,eltrombopag,2025-02-02,\nC3,eltrombopag,2025-03-02,\n"
        "C4,observation,2025-04-02,\nC5,observation,2025-05-02,\n",
    )
    assert column(registry, portion, "intent") == {
        "C1": Intent.INDUCTION,
        "C2": Intent.MAINTENANCE,
        "C3": Intent.INDUCTION,
        "C4": Intent.OBSERVATION,
        "C5": Intent.OBSERVATION,
    }
    assert column(registry, portion, "start_reason")["C4"] == StartReason.NOT_RECORDED
    watched = {name: column(registry, portion, name)["C4"] for name in ("attribution", "acts_on")}
    assert watched == {"attribution": NO_DAY, "acts_on": 0}


def test_remission_off_treatment_is_asked_of_stopped_receptor_agonists_alone(
    registry: Database, operator: Actor
) -> None:
    """From the end of the course; without one from the last dose of all its agents; not while any goes on."""
    portion = with_courses(
        registry,
        operator,
        "E1,C1,2025-01-02,2025-03-01,no,induction,first_line\nE1,C2,2025-04-02,,,induction,other\n"
        "E3,C3,2025-01-02,,,induction,first_line\nE3,C4,2025-06-02,2025-07-01,no,induction,other\n",
        "C1,eltrombopag,2025-01-02,2025-02-27\nC2,eltrombopag,2025-04-02,2025-05-01\n"
        "C2,prednisolone,2025-04-02,2025-05-09\nC3,romiplostim,2025-01-02,2025-02-01\n"
        "C3,prednisolone,2025-01-02,\nC4,rituximab,2025-06-02,2025-06-23\n",
    )
    assert column(registry, portion, "off_from") == {
        "C1": day("2025-03-01"),
        "C2": day("2025-05-09"),
        "C3": NO_DAY,
        "C4": NO_DAY,
    }
    assert set(portion_of(registry, AIHA).series.courses.off_from.tolist()) == {NO_DAY}


@pytest.mark.parametrize(
    ("started_on", "phase"),
    [
        ("2025-01-02", "newly_diagnosed"),
        ("2025-04-01", "newly_diagnosed"),
        ("2025-04-02", "persistent"),  # three calendar months to the day
        ("2026-01-02", "persistent"),  # twelve to the day
        ("2026-01-03", "chronic"),
    ],
)
def test_the_phase_is_counted_in_calendar_months_from_diagnosis(
    registry: Database, operator: Actor, started_on: str, phase: str
) -> None:
    """DEF-ITP-18."""
    portion = with_courses(
        registry, operator, f"E1,C1,{started_on},,yes,induction,first_line\n", f"C1,rituximab,{started_on},\n"
    )
    assert portion.phase.to_pylist() == [phase]


def test_the_phase_counts_from_onset_where_no_diagnosis_is_dated(registry: Database, operator: Actor) -> None:
    """E3 began on January 1st."""
    portion = with_courses(
        registry, operator, "E3,C1,2025-04-01,,yes,induction,first_line\n", "C1,rituximab,2025-04-01,\n"
    )
    assert portion.phase.to_pylist() == ["persistent"]


def test_three_months_after_the_end_of_november_is_the_end_of_february(
    registry: Database, operator: Actor
) -> None:
    """A month without that day ends on its last one."""
    for started_on, phase in (("2025-02-27", "newly_diagnosed"), ("2025-02-28", "persistent")):
        with Database.open(registry.path.with_name(f"{started_on}.duckdb"), create=True) as other:
            taken(
                other,
                operator,
                patient=TABLES["patient"],
                episode="patient_id,episode_id,disease,onset_on\nP1,E1,ITP,2024-11-30\n",
                course=f"episode_id,course_id,started_on\nE1,C1,{started_on}\n",
                course_agent=f"course_id,agent,started_on\nC1,rituximab,{started_on}\n",
            )
            assert portion_of(other).phase.to_pylist() == [phase]


# Doses, counts, happenings


def test_doses_of_steroids_are_steps_of_their_course_in_prednisolone(
    registry: Database, operator: Actor
) -> None:
    taken(registry, operator)
    portion = portion_of(registry)
    steps = portion.series.dose_steps
    names = dict(registry.rows("SELECT course_key, course_id FROM course"))
    found = {
        names[int(portion.course_key[course])]: (int(start), int(stop), int(mg))
        for course, start, stop, mg in zip(
            steps.course, steps.started, steps.stopped, steps.mg_e6, strict=True
        )
    }
    assert found == {
        "C1": (day("2025-01-02"), day("2025-02-20"), 60_000_000),
        "C3": (day("2025-01-02"), NO_DAY, 66_700_000),
    }


def test_a_step_without_an_end_ends_with_its_course_and_one_without_a_dose_has_no_milligrams(
    registry: Database, operator: Actor
) -> None:
    taken(
        registry,
        operator,
        patient=TABLES["patient"],
        episode=TABLES["episode"],
        course="episode_id,course_id,started_on,stopped_on,ongoing\nE1,C1,2025-01-02,2025-03-01,no\n",
        course_agent="course_id,agent,started_on,stopped_on,dose,dose_unit\n"
        "C1,prednisolone,2025-01-02,2025-01-20,60,mg\nC1,prednisolone,2025-01-21,,,\n"
        "C1,prednisolone,2025-02-01,,10,mg\n",
    )
    steps = portion_of(registry).series.dose_steps
    assert list(zip(steps.started.tolist(), steps.stopped.tolist(), steps.mg_e6.tolist(), strict=True)) == [
        (day("2025-01-02"), day("2025-01-20"), 60_000_000),
        (day("2025-01-21"), day("2025-03-01"), MISSING),
        (day("2025-02-01"), day("2025-03-01"), 10_000_000),
    ]


def observed(registry: Database, operator: Actor, rows: str) -> list[tuple[int, int]]:
    """Kind and value of every observation that the judge gets."""
    taken(
        registry,
        operator,
        patient=TABLES["patient"],
        observation="patient_id,observation_id,observed_at,analyte,value,unit,quality,specimen,lower_limit,"
        f"upper_limit,explained\n{rows}",
    )
    found = portion_of(registry).series.observations
    return sorted(zip(found.kind.tolist(), found.value.tolist(), strict=True))


def test_counts_are_exact_and_come_with_the_side_of_their_limit_their_tube_and_their_time(
    registry: Database, operator: Actor
) -> None:
    rows = (
        "P1,O1,2025-01-01,platelets,99.6,10*9/L,,,,,\nP1,O2,2025-01-02,platelets,<5,10*9/L,,,,,\n"
        "P1,O3,2025-01-03,platelets,>450,10*9/L,,,,,\nP1,O4,2025-01-04,hemoglobin,7.45,mmol/L,,,,,\n"
        "P1,O5,2025-01-05T08:30:00,platelets,90,10*9/L,,citrate,,,\n"
        "P1,O6,2025-01-06T23:15:00+02:00,platelets,91,10*9/L,,heparin,,,\n"
    )
    assert observed(registry, operator, rows) == [
        (Kind.PLATELETS, 5_000_000),
        (Kind.PLATELETS, 91_000_000),
        (Kind.PLATELETS, 99_000_000),
        (Kind.PLATELETS, 99_600_000),
        (Kind.PLATELETS, 450_000_000),
        (Kind.HEMOGLOBIN, 120_049_300),
    ]
    found = portion_of(registry).series.observations
    more = sorted(
        zip(*(part.tolist() for part in (found.day, found.limit, found.specimen, found.minute)), strict=True)
    )
    assert [row[1:] for row in more] == [
        (0, Specimen.EDTA, -1),
        (-1, Specimen.EDTA, -1),
        (1, Specimen.EDTA, -1),
        (0, Specimen.EDTA, -1),
        (0, Specimen.CITRATE, 510),
        (0, Specimen.HEPARIN, 1395),
    ]


def test_what_cannot_be_judged_is_not_offered_to_the_judge(registry: Database, operator: Actor) -> None:
    rows = (
        "P1,O1,2025-01-01,platelets,150,10*9/L,clumped,,,,\nP1,O2,2025-01-02,platelets,150,,,,,,\n"
        "P1,O3,2025-01-03,ldh,200,U/L,,,,,\nP1,O4,2025-01-04,platelets,12,10*9/L,,,,,\n"
    )
    assert observed(registry, operator, rows) == [(Kind.PLATELETS, 12_000_000)]


def test_markers_come_as_their_state_against_the_laboratorys_limit(
    registry: Database, operator: Actor
) -> None:
    """Normal 0, abnormal 1, explained 2; in whatever unit both are, and none without its limit (DEF-AIHA-10)."""
    rows = (
        "P1,O1,2025-01-01,ldh,250,U/L,,,,250,\nP1,O2,2025-01-02,ldh,251,U/L,,,,250,\n"
        "P1,O3,2025-01-03,haptoglobin,0.3,g/L,,,0.3,,\nP1,O4,2025-01-04,haptoglobin,0.29,g/L,,,0.3,,\n"
        "P1,O5,2025-01-05,bilirubin,40,umol/L,,,,20,yes\nP1,O6,2025-01-06,reticulocytes,50,10*9/L,,,,100,yes\n"
        "P1,O7,2025-01-07,reticulocytes,2.1,%,,,,2.0,\nP1,O8,2025-01-08,reticulocytes,2.1,,,,,2.0,\n"
        "P1,O9,2025-01-09,haptoglobin,<0.4,g/L,,,0.3,,\nP1,O10,2025-01-10,ldh,180,U/L,,,100,,\n"
    )
    assert observed(registry, operator, rows) == [
        (Kind.LDH, 0),
        (Kind.LDH, 1),
        (Kind.HAPTOGLOBIN, 0),
        (Kind.HAPTOGLOBIN, 1),
        (Kind.BILIRUBIN, 2),
        (Kind.RETICULOCYTES, 0),
        (Kind.RETICULOCYTES, 1),
    ]


def test_a_marker_stored_before_its_state_was_told_in_any_unit_is_told_from_what_was_written(
    registry: Database, operator: Actor
) -> None:
    """A registry of the first edition kept no state for a marker in a unit that it did not know (DEF-AIHA-10)."""
    rows = (
        "P1,O1,2025-01-01,reticulocytes,2.1,%,,,,2.0,\nP1,O2,2025-01-02,reticulocytes,2.0,%,,,,2.0,\n"
        "P1,O3,2025-01-03,haptoglobin,12,odd,,,30,,yes\nP1,O4,2025-01-04,haptoglobin,30,odd,,,30,,\n"
        "P1,O5,2025-01-05,ldh,300,odd,,,,,\nP1,O6,2025-01-06,reticulocytes,<2.1,%,,,,2.0,\n"
        "P1,O7,2025-01-07,reticulocytes,2.1,%,hemolyzed,,,2.0,\n"
    )
    told = observed(registry, operator, rows)
    registry.close()
    with duckdb.connect(str(registry.path)) as former:
        former.execute("UPDATE observation SET marker_state = NULL")
    with Database.open(registry.path) as reopened:
        found = portion_of(reopened).series.observations
    again = sorted(zip(found.kind.tolist(), found.value.tolist(), strict=True))
    assert (
        again
        == told
        == [
            (Kind.HAPTOGLOBIN, 0),
            (Kind.HAPTOGLOBIN, 2),
            (Kind.RETICULOCYTES, 0),
            (Kind.RETICULOCYTES, 1),
        ]
    )


def test_happenings_keep_kind_reason_grade_and_days(registry: Database, operator: Actor) -> None:
    taken(
        registry,
        operator,
        patient=TABLES["patient"],
        bleed="patient_id,bleed_id,started_on,ended_on,scale,grade,itp_related\n"
        "P1,B1,2025-01-01,2025-01-05,WHO,2,yes\nP1,B2,2025-01-02,,WHO,1,no\n",
        transfusion="patient_id,transfusion_id,given_on,product,reason\n"
        "P1,T1,2025-01-03,platelets,\nP1,T2,2025-01-04,red_cells,cytopenia\n",
        rescue="patient_id,rescue_id,given_on,agent,reason\n"
        "P1,R1,2025-01-05,ivig,low_count\nP1,R2,2025-01-06,platelets,procedure\nP1,R3,2025-01-07,other,\n",
        other_cause="patient_id,started_on,ended_on,disease,cause\nP1,2025-01-08,2025-01-09,AIHA,parvovirus\n",
    )
    found = portion_of(registry).series.happenings
    columns = (found.day, found.end_day, found.kind, found.reason, found.grade)
    first = day("2025-01-01")
    assert sorted((int(a) - first, int(b) - first, *map(int, more)) for a, b, *more in zip(*columns, strict=True)) == [
        (0, 4, Happening.BLEED, HappeningReason.UNKNOWN, 2),
        (1, 1, Happening.BLEED, HappeningReason.NOT_RELATED, 1),
        (2, 2, Happening.PLATELET_TRANSFUSION, HappeningReason.UNKNOWN, 0),
        (3, 3, Happening.RED_CELLS, HappeningReason.CYTOPENIA, 0),
        (4, 4, Happening.RESCUE_DRUG, HappeningReason.LOW_COUNT, 0),
        (5, 5, Happening.RESCUE_PLATELETS, HappeningReason.PROCEDURE, 0),
        (6, 6, Happening.OTHER_RESCUE_DRUG, HappeningReason.UNKNOWN, 0),
        (7, 8, Happening.OTHER_CAUSE_AIHA, HappeningReason.UNKNOWN, 0),
    ]  # fmt: skip


def test_nobody_at_all_is_a_series_too(registry: Database) -> None:
    portion = read(registry.arrow, 1, 10).under(ITP)
    assert (portion.series.n_patients, portion.course_key.size) == (10, 0)
    assert adjudicate(portion.series, ITP.rule).calls.course.size == 0

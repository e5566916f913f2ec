"""One patient's timeline as it is read from the registry: whole, current, permitted, and of one patient only."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from adjudication.response import criteria
from registry import review
from registry.errors import NotPermitted, Usage
from registry.patients.cited import cited, numbered_steps
from registry.patients.dates import since_exposure
from registry.patients.levels import Threshold, criteria_offered, thresholds_of
from registry.patients.neighbours import neighbours
from registry.patients.patient_record import COLUMNS, patient_record
from registry.patients.rows import as_rows
from registry.patients.time_axis import DayZero, Stretch, day_zeros, extent, zero_of
from registry.roles import EVERYWHERE, Actor, Role
from registry.store.database import Database
from tests.registry.patients import timelines
from tests.registry.patients.timelines import on
from tests.templates import cohort_at


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The reference cohort, read only by these tests."""
    path: Path = tmp_path_factory.mktemp("timeline") / "registry.duckdb"
    with Database.open(cohort_at(path)) as database:
        yield database


@pytest.fixture
def admin(cohort: Database) -> Actor:
    return cohort.actor(None)


def ids(cohort: Database) -> list[str]:
    return [name for (name,) in cohort.rows("SELECT patient_id FROM patient_view ORDER BY patient_id")]


@pytest.mark.parametrize("part", COLUMNS)
def test_every_row_has_the_names_that_its_part_promises(cohort: Database, admin: Actor, part: str) -> None:
    rows = [
        row for patient_id in ids(cohort) for row in getattr(patient_record(cohort, admin, patient_id), part)
    ]
    assert all(set(row) == set(COLUMNS[part]) for row in rows)
    assert rows or part in ("other_causes", "decisions"), "the cohort has every part but these"


def test_the_courses_of_every_patient_are_those_of_the_course_view(cohort: Database, admin: Actor) -> None:
    names = [name for name in COLUMNS["courses"] if name != "until_on"]
    for patient_id in ids(cohort):
        columns = ", ".join(names)
        seen = cohort.rows(
            f"SELECT {columns} FROM course_view WHERE patient_id = $1 ORDER BY started_on, course_id",
            [patient_id],
        )
        read = [
            tuple(row[name] for name in names) for row in patient_record(cohort, admin, patient_id).courses
        ]
        assert read == seen


def test_every_count_course_and_event_is_in_the_timeline_of_its_patient(
    cohort: Database, admin: Actor
) -> None:
    read = [patient_record(cohort, admin, patient_id) for patient_id in ids(cohort)]
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
            tuple(row[name] for name in names) for row in patient_record(cohort, admin, patient_id).evidence
        ] == seen


def test_a_course_lasts_until_the_next_for_the_same_disease_or_the_last_day_known(
    cohort: Database, admin: Actor
) -> None:
    for patient_id in ids(cohort):
        one = patient_record(cohort, admin, patient_id)
        for course in one.courses:
            later = [
                other["started_on"]
                for other in one.courses
                if other["disease"] == course["disease"] and other["started_on"] > course["started_on"]
            ]
            assert course["until_on"] == min(later) if later else course["until_on"] is not None


def test_an_unknown_patient_is_named_in_the_refusal(cohort: Database, admin: Actor) -> None:
    with pytest.raises(Usage, match="no patient NOBODY in this registry"):
        patient_record(cohort, admin, "NOBODY")


def test_a_reader_of_another_site_is_refused(cohort: Database) -> None:
    stranger = Actor("stranger", {"elsewhere": frozenset({Role.CLINICIAN})})
    with pytest.raises(NotPermitted):
        patient_record(cohort, stranger, ids(cohort)[0])


def test_a_blind_reader_sees_no_patient(cohort: Database) -> None:
    reader = Actor("reader", {EVERYWHERE: frozenset({Role.ADJUDICATOR})})
    with pytest.raises(NotPermitted, match="adjudicates"):
        patient_record(cohort, reader, ids(cohort)[0])


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


# --- what decided a call


def test_the_days_that_decided_a_call_are_numbered_as_the_steps_are(cohort: Database, admin: Actor) -> None:
    one = patient_record(cohort, admin, "SYN-021")
    for course in one.courses:
        days = cited(one, course["course_id"])
        assert [day.number for day in days] == list(range(1, len(days) + 1))
        assert [day.on for day in days] == sorted({day.on for day in days})
        said = review.explain(cohort, admin, course["course_id"])
        told = numbered_steps(one, said)
        assert [row for _, row in told] == list(said.steps)
        by_number = {day.number: day.on for day in days}
        assert all(number is not None and by_number[number] == row.on for number, row in told)
        assert {number for number, _ in told} == set(by_number)


def test_a_course_without_a_call_cites_nothing() -> None:
    assert cited(timelines.timeline(courses=[timelines.course("C1", 1, 0, 9, "STEROID")]), "C1") == []


# --- since the last alemtuzumab


@pytest.mark.parametrize(
    ("infused", "counted", "words"),
    [
        (on(0), on(59), "last alemtuzumab 4 Mar 2019, 59 days before the last count"),
        (on(0), date(2020, 5, 4), "last alemtuzumab 4 Mar 2019, 14 months before the last count"),
        (on(0), date(2020, 5, 3), "last alemtuzumab 4 Mar 2019, 13 months before the last count"),
        (on(0), date(2021, 4, 4), "last alemtuzumab 4 Mar 2019, 2 years 1 month before the last count"),
        (on(0), date(2022, 3, 4), "last alemtuzumab 4 Mar 2019, 3 years before the last count"),
        (on(0), on(0), "last alemtuzumab 4 Mar 2019, on the day of the last count"),
        (on(0), on(-3), "last alemtuzumab 4 Mar 2019, after the last count"),
        (on(0), None, "last alemtuzumab 4 Mar 2019, no count since"),
    ],
)
def test_the_time_since_the_last_alemtuzumab_is_said(infused: date, counted: date | None, words: str) -> None:
    one = timelines.timeline(
        exposures=[{"started_on": infused - timedelta(days=400)}, {"started_on": infused}],
        observations=[] if counted is None else [timelines.count((counted - on(0)).days, 90.0)],
    )
    since = since_exposure(one)
    assert since is not None
    assert since.words == words


def test_without_exposure_nothing_is_said() -> None:
    assert since_exposure(timelines.evans()) is None


# --- beside each other, and as rows


def test_neighbours_are_those_whom_the_reader_may_read(cohort: Database, admin: Actor) -> None:
    assert neighbours(cohort, admin, "SYN-003") == ("SYN-002", "SYN-004")
    assert neighbours(cohort, admin, ids(cohort)[0])[0] is None
    assert neighbours(cohort, admin, ids(cohort)[-1])[1] is None
    north = Actor("north", {"synthetic-north": frozenset({Role.CLINICIAN})})
    seen = {site for (site,) in cohort.rows("SELECT DISTINCT site FROM patient_view")}
    assert len(seen) > 1
    before, after = neighbours(cohort, north, "SYN-003")
    for name in (before, after):
        assert name is None or patient_record(cohort, north, name).site == "synthetic-north"


def test_everything_drawn_stands_in_the_rows_that_are_taken_along(cohort: Database, admin: Actor) -> None:
    one = patient_record(cohort, admin, "SYN-021")
    rows = as_rows(one)
    parts: tuple[str, ...] = ("observations", "courses", "agents", "adverse_events", "calls", "bleeds")
    parts += ("transfusions", "rescues", "exposures", "other_causes")
    assert len(rows) == sum(len(getattr(one, part)) for part in parts)
    assert [str(row["on"] or "") for row in rows] == sorted(str(row["on"] or "") for row in rows)
    assert {tuple(row) for row in rows} == {("on", "until", "what", "value", "unit", "detail", "id")}


def test_each_disease_is_offered_its_published_criteria_the_one_in_use_first() -> None:
    offered = criteria_offered(["AIHA", "ITP"])
    assert {name: sets[0].id for name, sets in offered.items()} == {
        "ITP": "itp-iwg-2009",
        "AIHA": "aiha-hammersmith-2017",
    }
    assert all(one.disease.name == name for name, sets in offered.items() for one in sets)
    assert criteria_offered([]) == {}

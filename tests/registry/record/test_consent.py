"""Who refused or withdrew consent is in no figure, export or packet; care goes on, and pages say so."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from registry import cohort, record, review, sql
from registry.errors import Refused
from registry.exchange.download import download, download_chart, may_take
from registry.exchange.export import export
from registry.exchange.intake import import_path
from registry.patients.patient_record import patient_record
from registry.record.consent import left_out_words
from registry.review.agreement import agreement
from registry.roles import Actor
from registry.stamp import Stamp
from registry.store.database import Database
from registry.surveillance.measures import measures
from registry.surveillance.worklist import worklist
from tests.registry.reviewing import House
from tests.templates import cohort_at

TODAY = date(2026, 3, 31)
WHO = "SYN-003"

PATIENT_PAGE = "one patient, as care sees it"
RECORD = "the record itself: entry, corrections, history"
TAKING_IN = "what comes in is compared with what is stored"
JUDGING = "a call is part of the patient's page; figures leave it out later"
WORKLIST = "surveillance is care"
TASKS = "what waits for the people who care for a patient"
SIGHT = "what one account may see or do, about one case that was found before"
FILE = "about the file, its accounts or its audit trail, no figure"
PACKET = "one packet of a case that was permitted before, see review.stored.permitted"
CARE: dict[str, tuple[str, ...]] = {
    PATIENT_PAGE: (
        "counts_of_patient", "calls_of_patient", "calls_of_patient_to_explain", "course_agent_of_patient",
        "course_fact_of_patient", "course_in_words", "course_key_and_site", "course_of_patient",
        "final_responses", "listed_counts", "listed_courses", "listed_episodes", "listed_patients",
        "listed_regimens", "observation_of_patient", "patient_choices", "patient_key_and_site",
        "patient_neighbours", "patient_of_course", "patient_recent", "patient_search", "patients_exposed",
        "patients_given", "patients_given_together", "patients_ill", "review_superseded", "review_values",
        "timeline_adverse_event_keys", "timeline_adverse_events", "timeline_agents", "timeline_bleeds",
        "timeline_calls", "timeline_cited", "timeline_courses", "timeline_decisions", "timeline_episodes",
        "timeline_evidence", "timeline_exposures", "timeline_keys", "timeline_observations",
        "timeline_other_causes", "timeline_patient", "timeline_rescues", "timeline_transfusions",
        "tour_patients",
    ),
    RECORD: (
        "courses_of_same_start", "dependants", "doubted_counts", "episode_judged", "held", "history",
        "latest_versions", "markers_without_limits", "missing_asked", "missing_facts", "missing_of_patient",
        "missing_settled", "patient_of_anchor", "patient_of_row", "patient_sites", "patients_touched",
        "recent_changes", "starts_of_episode", "starts_shared", "steps_overlapping", "unsaved_agents",
        "unsaved_call", "unsaved_counts", "unsaved_course_facts", "unsaved_courses", "value_queries",
        "value_query_ages", "value_query_state",
    ),
    TAKING_IN: (
        "course_patients", "evaluable_platelets", "intake_adverse_events", "intake_any", "intake_compare",
        "intake_courses", "intake_episodes", "intake_file_known", "intake_highest_key", "intake_life",
        "intake_numbers_nameless", "intake_numbers_taken", "intake_patients", "intake_patients_alike",
        "intake_results_moved", "intake_sites", "intake_sources", "intake_standing",
    ),
    JUDGING: (
        "calls_just_judged", "calls_made_by", "calls_stored", "calls_to_reproduce", "series_agents",
        "series_courses", "series_happenings", "series_observations", "stale_courses",
    ),
    WORKLIST: (
        "proposal_answers", "proposal_counts", "proposal_illness", "protocols_adopted",
        "surveillance_hemoglobin", "surveillance_outcomes", "surveillance_outside", "surveillance_signs",
        "surveillance_foreseen", "worklist_bleeds", "worklist_comedication", "worklist_counts",
        "worklist_course_starts", "worklist_done", "worklist_illness", "worklist_infusions", "worklist_tubes",
        "worklist_unjudged", "worklist_watched",
    ),
    TASKS: (
        "last_visit", "waiting_accounts", "waiting_calls", "waiting_overlaps", "waiting_reopened",
        "waiting_since", "waiting_stops", "waiting_unreadable",
    ),
    SIGHT: ("review_author", "review_sight", "review_standing"),
    FILE: (
        "account_standing", "audit_trail", "catalogue", "columns",
        "erasure_own_ids", "erasure_requests", "replace_added", "replace_delete",
        "replace_differing", "replace_gone", "replace_insert", "replace_outdated",
        "replace_update", "replace_wanted", "row_digests", "rows_typed", "sealed_digests", "table_columns",
        "table_keys",
    ),
    PACKET: (
        "packet_adverse_events", "packet_agents", "packet_courses", "packet_episodes", "packet_rows_then",
        "review_cited", "review_cited_now", "review_next_course", "review_spacing",
    ),
}  # fmt: skip
"""The queries that draw from every patient, each with the reason why."""
KEPT = ("cohort_patient", "cohort_course", "cohort_event", "infused", "plan")
"""Tables that are kept for figures, of whoever may stand in them."""


def test_every_query_of_a_figure_an_export_or_a_packet_draws_from_those_who_may_be_counted() -> None:
    queries = {name.removeprefix("queries/"): sql.text(name) for name in sql.names("queries")}
    allowed = {name: why for why, names in CARE.items() for name in names}
    assert sum(len(names) for names in CARE.values()) == len(allowed)
    assert sorted(allowed.keys() - queries.keys()) == []

    def reads(text: str) -> set[str]:
        return set(re.findall(r"\b(?:FROM|JOIN)\s+([a-z_{}]+)", re.sub(r"--[^\n]*", "", text)))

    needless = [
        name for name, text in queries.items() if name in allowed and "counted_patient_view" in reads(text)
    ]
    unguarded = [
        name
        for name, text in queries.items()
        if name not in allowed
        and not reads(text) & {"counted_patient_view", "{consent}", *KEPT}
        and name != "cohort_plan"
    ]
    assert (needless, unguarded) == ([], [])


def decide(db: Database, actor: Actor, consent: str, on: str, patient: str = WHO, name: str = "CN1") -> None:
    values = {"patient_id": patient, "consent_id": name, "decided_on": on, "consent": consent}
    record.log(db, actor, "consent", values, today=TODAY)


def figures(db: Database, actor: Actor) -> dict[str, Any]:
    """All figures of the cohort without what names the state of the registry."""
    found = {
        "summary": cohort.summary(db, actor).as_json(),
        "figures": cohort.figures(db, actor).as_json(),
        "swimmers": [
            row["patient_id"] for row in cohort.swimmers(db, actor, cohort.Filter(), take=1000).rows
        ],
        "measures": measures(db, actor, TODAY).as_json(),
    }
    text = re.sub(r'"revision": \d+', "", json.dumps(found, default=str))
    return dict(json.loads(re.sub(r",\s*,", ",", re.sub(r"{\s*,", "{", re.sub(r",\s*}", "}", text)))))


def without(found: dict[str, Any]) -> int:
    return int(found["summary"]["patients_left_out"])


@pytest.fixture
def own(tmp_path: Path) -> Any:
    with Database.open(cohort_at(tmp_path / "registry.duckdb")) as db:
        yield db


def test_who_refuses_leaves_every_figure_and_comes_back_with_consent(own: Database) -> None:
    operator = own.actor(None)
    before = figures(own, operator)
    assert WHO in before["swimmers"]
    decide(own, operator, "refused", "2024-03-12")
    refused = figures(own, operator)
    assert WHO not in refused["swimmers"]
    assert without(refused) == 1
    assert "1 patient who refused or withdrew consent is left out." in cohort.summary(own, operator).text()
    assert "is left out" in str(cohort.figures(own, operator).basis)
    by_id = {
        name: {row["id"]: row for row in found["summary"]["figures"]}
        for name, found in (("before", before), ("refused", refused))
    }
    assert by_id["refused"]["cytopenia"]["k"] == by_id["before"]["cytopenia"]["k"] - 1 == 40
    decide(own, operator, "given", "2024-03-13", name="CN2")
    assert figures(own, operator) == before


@pytest.mark.parametrize(
    ("decisions", "counts"),
    [
        ([], True),
        ([("given", "2024-01-02")], True),
        ([("given", "2024-01-02"), ("withdrawn", "2024-02-02")], False),
        ([("withdrawn", "2024-02-02"), ("given", "2024-01-02")], False),
        ([("refused", "2024-01-02"), ("given", "2024-01-02")], True),
        ([("given", "2024-01-02"), ("refused", "2024-01-02")], False),
    ],
)
def test_the_newest_day_counts_and_of_one_day_what_was_recorded_last(
    registry: Database, operator: Actor, decisions: list[tuple[str, str]], counts: bool
) -> None:
    record.log(registry, operator, "patient", {"patient_id": "P1"}, today=TODAY)
    for number, (consent, on) in enumerate(decisions):
        decide(registry, operator, consent, on, "P1", f"CN{number}")
    assert bool(registry.rows("SELECT 1 FROM counted_patient_view")) is counts


def test_a_consent_is_amended_and_withdrawn_as_a_fact_with_its_history(
    registry: Database, operator: Actor
) -> None:
    record.log(registry, operator, "patient", {"patient_id": "P1"}, today=TODAY)
    decide(registry, operator, "refused", "2024-03-12", "P1")
    identity = {"patient_id": "P1", "consent_id": "CN1"}
    record.amend(registry, operator, "consent", identity, {"consent": "given"}, "misread", 1, today=TODAY)
    assert registry.rows("SELECT count(*) FROM refusal_view") == [(0,)]
    record.withdraw(registry, operator, "consent", identity, "another patient", 2)
    assert [row["version"] for row in record.history(registry, operator, "consent", identity)] == [1, 2]
    with pytest.raises(Refused, match=r"perhaps|given"):
        decide(registry, operator, "perhaps", "2024-03-12", "P1")
    with pytest.raises(Refused):
        decide(registry, operator, "given", "2026-04-01", "P1")
    assert registry.verify() == []


def test_an_export_leaves_the_patient_out_and_says_so_and_consents_come_in_again(
    own: Database, tmp_path: Path
) -> None:
    operator = own.actor(None)
    decide(own, operator, "refused", "2024-03-12")
    decide(own, operator, "given", "2024-03-12", "SYN-004")
    for form in ("bundle", "parquet"):
        report = export(own, operator, tmp_path / form, form, as_of=TODAY)
        assert report.left_out == 1
    files = sorted((tmp_path / "bundle").iterdir())
    assert [file.name for file in files if WHO in file.read_text()] == []
    assert "consent.csv" in {file.name for file in files}
    with Database.open(tmp_path / "second.duckdb", create=True) as second:
        again = second.actor(None)
        import_path(second, again, tmp_path / "bundle", today=TODAY)
        review.rejudge(second, again)
        export(second, again, tmp_path / "again", as_of=TODAY)
    for file in files:
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name
    [(kept,)] = own.rows("SELECT after FROM audit_event WHERE action = 'export' ORDER BY seq DESC LIMIT 1")
    assert json.loads(kept)["patients left out"] == 1


def test_what_a_page_shows_of_the_patient_is_not_downloaded(own: Database) -> None:
    operator, rows = own.actor(None), [{"course_id": "C1"}]
    assert may_take(own, operator, patient=WHO)
    decide(own, operator, "refused", "2024-03-12")
    head = own.head
    assert not may_take(own, operator, patient=WHO)
    assert may_take(own, operator, patient="SYN-004")
    with pytest.raises(Refused, match="This patient refused"):
        download(own, operator, f"{WHO} courses", rows, ["course_id"], patient=WHO)
    with pytest.raises(Refused, match="This patient refused"):
        download_chart(own, operator, f"{WHO} timeline", {}, "svg", Stamp(), patient=WHO)
    assert own.head == head
    assert download(own, operator, "SYN-004 courses", rows, ["course_id"], patient="SYN-004")


def test_a_case_leaves_the_packets_and_its_decision_the_figures(house: House, cases: dict[str, str]) -> None:
    house.agree(cases["C1"], "CR", "2025-01-14")
    before = agreement(house.db, house.who("clinician"), resamples=20)
    patient, mine, reader = "P1", ("C1", "C2"), house.who("reader-3")
    review.claim(house.db, reader, cases["C2"])
    listed = {one.case_id for one in review.queue(house.db, reader)}
    decide(house.db, house.who("manager"), "withdrawn", "2025-02-01", patient)
    after = agreement(house.db, house.who("clinician"), resamples=20)
    assert before.groups[0].n == 1
    assert after.groups[0].n == 0
    gone = listed - {one.case_id for one in review.queue(house.db, reader)}
    assert gone == {cases["C2"]}
    for course in mine:
        with pytest.raises(Refused):
            review.claim(house.db, house.who("reader-4"), cases[course])
        with pytest.raises(Refused):
            review.opened(house.db, reader, cases[course])
    review.release(house.db, reader, cases["C2"])
    assert patient_record(house.db, house.who("clinician"), patient).decisions


def test_no_case_is_opened_on_a_patient_who_refused(house: House) -> None:
    patients = {patient for (patient,) in house.db.rows("SELECT patient_id FROM patient")}
    for patient in patients:
        decide(house.db, house.who("manager"), "refused", "2020-02-01", patient)
    for course in ("C1", "C2", "C3", "C4"):
        review.challenge(house.db, house.who("clinician"), course, "Is that so?")
    assert house.open().opened == 0


def test_care_goes_on_and_the_page_says_so(own: Database) -> None:
    operator = own.actor(None)
    [(watched,)] = own.rows(
        "SELECT patient_id FROM exposure_view JOIN patient_view USING (patient_key, patient_id) WHERE died_on IS NULL "
        "ORDER BY patient_id LIMIT 1"
    )
    rows = worklist(own, operator, TODAY).table.to_pylist()
    decide(own, operator, "refused", "2024-03-12", watched)
    assert worklist(own, operator, TODAY).table.to_pylist() == rows
    refusal = patient_record(own, operator, watched).refusal
    assert str(refusal) == (
        "This patient refused (12 Mar 2024): in no figure, export or packet. Surveillance goes on."
    )
    assert patient_record(own, operator, "SYN-004").refusal is None or watched == "SYN-004"
    assert left_out_words(2) == "2 patients who refused or withdrew consent are left out."

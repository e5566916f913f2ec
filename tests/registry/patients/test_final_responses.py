"""Wherever a response is shown or counted it is the decision of people if one holds, and the call stands beside it."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from registry import cohort, record, report, review
from registry.charts import timeline_spec
from registry.charts.timeline import describe
from registry.cli import main
from registry.errors import NotPermitted
from registry.patients.final_response import beside, dated, provenance_words
from registry.patients.patient_record import patient_record
from registry.patients.rows import as_rows
from registry.store.database import Database
from tests.conftest import Clock
from tests.registry.judging.courses_to_judge import TABLES, changed
from tests.registry.reviewing import READERS, House, judged, prepared


@pytest.fixture
def house(registry_path: Path, clock: Clock) -> Iterator[House]:
    """C1 called CR and lost, C2 R and going on, C3 (AIHA) CR and going on, C4 NR; every course has a case."""
    with prepared(registry_path, clock) as one:
        yield one


def decide(house: House, course: str, level: str, onset: str | None = None, **more: str | None) -> None:
    house.agree(house.cases()[course], level, onset, **more)


def final(house: House, course: str) -> dict[str, Any]:
    for patient in ("P1", "P2", "P3"):
        for row in review.final_responses(house.db, house.who("clinician"), patient):
            if row["course_id"] == course:
                return row
    raise AssertionError(course)


def lasting(house: House, course: str) -> tuple[int | None, str, str | None]:
    row = final(house, course)
    return row["duration_of_response_days"], row["duration_status"], row["censored_by"]


# --- what is told of a decision


def test_a_decision_that_says_what_the_call_says_lasts_as_long_as_the_call(house: House) -> None:
    before = {course: lasting(house, course) for course in ("C1", "C3")}
    decide(house, "C1", "CR", "2025-01-12", lost="2025-06-01", relapsed="2025-06-01")
    decide(house, "C3", "CR", "2025-01-20")
    assert {course: lasting(house, course) for course in ("C1", "C3")} == before
    assert before == {"C1": (140, "event", None), "C3": (12, "censored", "last_count")}
    assert final(house, "C1")["cr_onset_on"] == date(2025, 1, 12)


@pytest.mark.parametrize(("onset", "days"), [("2025-01-20", 12), ("2025-01-19", 13), ("2025-01-25", 7)])
def test_a_response_that_goes_on_ends_where_the_call_ends_it_whenever_it_began(
    house: House, onset: str, days: int
) -> None:
    decide(house, "C3", "CR", onset)
    assert lasting(house, "C3") == (days, "censored", "last_count")


def test_a_relapse_that_people_date_ends_the_response(house: House) -> None:
    decide(house, "C2", "R", "2025-07-01", relapsed="2025-07-15")
    assert lasting(house, "C2") == (14, "event", None)


def test_no_response_has_no_duration(house: House) -> None:
    decide(house, "C1", "NR")
    assert lasting(house, "C1") == (None, "none", None)


def test_where_the_machine_saw_a_relapse_and_people_did_not_the_last_count_before_the_next_course_ends_it(
    house: House,
) -> None:
    decide(house, "C1", "CR", "2025-01-12")
    assert lasting(house, "C1") == (140, "censored", "next_course"), "the count of 1 June, a day before C2"


def test_where_the_machine_saw_no_response_the_last_count_of_the_packet_ends_it(
    house: House, clock: Clock
) -> None:
    decide(house, "C4", "R", "2025-01-20")
    assert lasting(house, "C4") == (16, "censored", "last_count")
    operator = house.db.actor(None)
    count = {"patient_id": "P3", "analyte": "platelets", "unit": "10*9/L", "value": "14"}
    for name, on in (("O8", "2026-03-31"), ("O9", "2026-04-01")):
        record.log(house.db, operator, "observation", {**count, "observation_id": name, "observed_at": on})
    cut = (date(2026, 3, 31) - date(2025, 1, 20)).days
    assert lasting(house, "C4") == (cut, "censored", "last_count"), "nobody was shown what came after the cut"


def test_a_death_in_the_response_ends_it_and_one_under_a_later_course_does_not(house: House) -> None:
    decide(house, "C4", "R", "2025-01-20")
    decide(house, "C1", "CR", "2025-01-12")
    for patient, died_on in (("P3", "2025-02-07"), ("P1", "2025-08-01")):
        changes = {"died_on": died_on}
        record.amend(
            house.db, house.db.actor(None), "patient", {"patient_id": patient}, changes, "known now", 1
        )
    assert lasting(house, "C4") == (18, "death", "death")
    assert lasting(house, "C1") == (140, "censored", "next_course")


@pytest.mark.parametrize(
    ("onset", "lost", "kept"),
    [("2025-01-12", None, True), ("2025-01-13", None, False), ("2025-01-10", "2025-01-12", True),
     ("2025-01-10", "2025-01-11", False)],
)  # fmt: skip
def test_when_a_response_became_complete_is_the_calls_where_it_lies_in_the_decided_response(
    house: House, onset: str, lost: str | None, kept: bool
) -> None:
    decide(house, "C1", "CR", onset, lost=lost)
    assert final(house, "C1")["cr_onset_on"] == (date(2025, 1, 12) if kept else None)


def test_of_two_decisions_on_one_course_the_later_counts(house: House) -> None:
    """Two can hold only where one was taken in from elsewhere."""
    from registry.roles import Action

    decide(house, "C4", "NR")
    with house.db.change(house.db.actor(None), Action.OPEN_CASES, "from elsewhere") as change:
        for table in ("review_case", "review_step", "review_decision"):
            other = {"review_case": "'case-other' AS case_id", "review_decision": "'R' AS level"}.get(table)
            moved = "TIMESTAMP '2026-05-01' AS decided_at, DATE '2025-01-20' AS onset_on, "
            changed = f"99 AS case_key, {moved if table == 'review_decision' else ''}{other or ''}".rstrip(
                ", "
            )
            kept = "case_key = (SELECT min(d.case_key) FROM review_decision AS d)"
            change.execute(f"INSERT INTO {table} SELECT * REPLACE ({changed}) FROM {table} WHERE {kept}")
    found = house.db.rows(
        "SELECT case_id, best_response FROM final_response_view WHERE provenance = 'decision'"
    )
    assert found == [("case-other", "R")]


# --- one patient


def test_a_patient_has_the_decision_before_the_call_and_the_call_beside_it(house: House) -> None:
    decide(house, "C1", "NR")
    one = patient_record(house.db, house.who("clinician"), "P1")
    assert {name: row["best_response"] for name, row in one.finals.items()} == {"C1": "NR", "C2": "R"}
    assert [call["best_response"] for call in one.calls] == ["CR", "R"]
    [decided] = one.decisions
    assert provenance_words(decided) == "decision by agreement of two readers, 31 Mar 2026"
    assert provenance_words(one.finals["C2"]) == "call"
    assert beside(decided, one.calls[0]).startswith("The machine's call was CR, onset 12 Jan 2025")
    assert dated(decided) == "NR"
    what = {row["what"] for row in as_rows(one) if row["id"] == "C1"}
    assert {"call CR", "decision NR"} <= what


def test_the_chart_has_a_lane_of_decisions_below_the_calls_of_the_disease_that_was_decided(
    house: House,
) -> None:
    one = patient_record(house.db, house.who("clinician"), "P1")
    assert "decision" not in str(timeline_spec(one)).lower()
    decide(house, "C1", "CR", "2025-01-15", lost="2025-06-01", relapsed="2025-06-01")
    one = patient_record(house.db, house.who("clinician"), "P1")
    layers = timeline_spec(one)["datasets"]
    assert [row["label"] for row in layers["row_labels"]][:2] == ["ITP call", "ITP decision"]
    spans = [(row["kind"], row["course"]) for row in layers["spans"] if row["source"] == "decision"]
    assert spans == [("CR", "C1"), ("Relapse", "C1")]
    assert describe(one).endswith("Calls: C1 CR, C2 R. Decisions: C1 CR.")


def test_the_printed_page_names_the_decision_and_then_the_call(house: House) -> None:
    decide(house, "C1", "NR")
    for name in ("clinician", "nurse"):
        page = report.sheet(house.db, house.who(name), "P1", report.View(), printed_on=date(2026, 4, 1))
        first, second = page.courses
        assert (first.response, second.response) == ("NR, decision", "R, call")
        assert first.why.startswith(
            "Decision by agreement of two readers, 31 Mar 2026. The machine's call was CR,"
        )
        assert "1 response decided by reviewers" in page.source
    text = report.printed(
        house.db, house.who("clinician"), "P1", "html", printed_on=date(2026, 4, 1)
    ).decode()
    assert "ITP decision" in text
    assert "NR, decision" in text


@pytest.mark.parametrize("reader", [READERS[2], "reading-nurse"])
def test_who_may_still_read_a_course_sees_neither_the_call_nor_that_there_is_none(
    house: House, reader: str
) -> None:
    decide(house, "C1", "NR")
    for service in (patient_record, review.superseded, review.final_responses):
        with pytest.raises(NotPermitted, match="adjudicates"):
            service(house.db, house.who(reader), "P1")
    found = cohort.figures(house.db, house.who(reader))
    assert (found.basis.scope.calls, found.basis.decided, found.by_regimen) == (False, 0, ())


# --- on the command line


def run(path: Path, *words: str) -> str:
    found = CliRunner().invoke(main, [*words, "--db", str(path), "--as", "clinician"])
    assert found.exit_code == 0, found.output
    return found.output


def test_the_command_line_says_the_response_that_counts_and_who_gave_it(
    house: House, registry_path: Path
) -> None:
    decide(house, "C1", "NR")
    case = house.db.rows("SELECT case_id FROM decision_view")[0][0]
    house.db.close()
    told = run(registry_path, "patient", "P1")
    [line] = [line for line in told.splitlines() if "steroid" in line]
    assert "NR        decision by agreement of two readers, 31 Mar 2026  CR" in line
    [other] = [line for line in told.splitlines() if "rituximab" in line]
    assert other.split()[-3:] == ["R", "call", "C2"]
    why = run(registry_path, "explain", "C1")
    assert why.startswith(
        f"Decision: NR, by agreement of two readers, 31 Mar 2026 ({case}). It replaces the automated call.\n"
    )
    assert "The machine's call was CR" in why
    assert json.loads(run(registry_path, "explain", "C1", "--json"))["decision"]["best_response"] == "NR"
    assert json.loads(run(registry_path, "explain", "C2", "--json"))["decision"] is None
    assert [
        row["case_id"] for row in json.loads(run(registry_path, "patient", "P1", "--json"))["decisions"]
    ] == [case]
    assert "1 course decided by reviewers" in run(registry_path, "cohort")
    assert json.loads(run(registry_path, "cohort", "--json"))["basis"]["courses_decided"] == 1
    assert "1 course decided by reviewers" in run(registry_path, "summary")
    assert json.loads(run(registry_path, "summary", "--json"))["courses_decided"] == 1


# --- a cohort


def k_of_n(found: cohort.Figures) -> dict[tuple[str, str], tuple[int, int, int]]:
    return {(one.disease, one.label): (one.k, one.n, one.decided) for one in found.by_regimen}


def test_figures_count_the_decision_and_say_how_many_rest_on_one(house: House) -> None:
    db, clinician = house.db, house.who("clinician")
    before = cohort.figures(db, clinician)
    assert k_of_n(before)["ITP", "steroid"] == (1, 1, 0)
    assert "decided" not in str(before.basis)
    decide(house, "C1", "NR")
    decide(house, "C4", "R", "2025-01-20")
    after = cohort.figures(db, clinician)
    assert k_of_n(after)["ITP", "steroid"] == (0, 1, 1)
    assert k_of_n(after)["ITP", "TPO-RA"] == (1, 1, 1)
    assert k_of_n(after)["ITP", "rituximab"] == k_of_n(before)["ITP", "rituximab"]
    assert "2 courses decided by reviewers" in str(after.basis)
    assert "2 courses decided by reviewers" in after.basis.stamp.criteria
    assert after.basis.columns()["courses_decided"] == 2
    ended = {one.label: (one.n, one.events) for one in after.durations["regimen"] if one.disease == "ITP"}
    assert ended == {"rituximab": (1, 0), "TPO-RA": (1, 0)}
    told = cohort.summary(db, clinician)
    assert (told.decided, told.figure("itp_steroid_orr").values()["k"]) == (2, 0)
    assert "2 courses decided by reviewers." in told.text()


def test_courses_of_patients_carry_call_and_decision(house: House) -> None:
    decide(house, "C1", "R", "2025-01-12", relapsed="2025-03-01")
    rows = cohort.swimmers(house.db, house.who("clinician"), cohort.Filter()).rows
    row = {one["course_id"]: one for one in rows}
    assert (row["C1"]["best_response"], row["C1"]["provenance"], row["C1"]["call_response"]) == (
        "R",
        "decision",
        "CR",
    )
    assert (row["C1"]["relapsed_on"], row["C1"]["call_relapsed_on"]) == (date(2025, 3, 1), date(2025, 6, 1))
    assert (row["C2"]["provenance"], row["C2"]["reached_by"], row["C2"]["call_response"]) == (
        "call",
        None,
        "R",
    )
    from registry.charts import swimmer_spec

    bars = {bar["course"].split(",")[0]: bar["best"] for bar in swimmer_spec(rows)["datasets"]["courses"]}
    assert (bars["C1"], bars["C2"]) == ("R (decision; automated call CR)", "R")


def test_remission_off_treatment_is_not_told_where_people_date_the_relapse_otherwise(
    cohort_path: Path,
) -> None:
    """A course that was stopped in response and held: people say that it was lost a week after the last dose."""
    with Database.open(cohort_path, now=Clock(datetime(2026, 3, 31, 9, 30))) as db:
        from registry.roles import Action

        clinician = db.actor(None)
        held = {
            (one.label, one.name): (one.k, one.stopped) for one in cohort.figures(db, clinician).remissions
        }
        [(course, onset, last)] = db.rows(
            "SELECT course_id, onset_on, off_treatment_from FROM call_view WHERE srot30 ORDER BY course_id LIMIT 1"
        )
        with db.change(clinician, Action.OPEN_CASES, "a decision") as change:
            change.execute(
                "INSERT INTO review_case SELECT 1, 'case-1', course_key, patient_key, criteria_id, criteria_hash, "
                "engine_version, TIMESTAMP '2026-03-01', DATE '2026-03-01', 'flagged', false, false, 0, false, 'x', "
                "NULL, started_on, best_response, reason, onset_on, cr_onset_on, lost_cr_on, relapsed_on, "
                "series_fingerprint, '[]', NULL, 1 FROM call_view WHERE course_id = $1",
                [course],
            )
            change.execute(
                "INSERT INTO review_step VALUES (1, 1, 'agreed', 'compare', TIMESTAMP '2026-03-02', 1)"
            )
            change.execute(
                "INSERT INTO review_decision VALUES (1, 'R', $1, NULL, $2::DATE + 7, 'agreement', "
                "TIMESTAMP '2026-03-02', 1)",
                [onset, last],
            )
        now = {
            (one.label, one.name): (one.k, one.stopped) for one in cohort.figures(db, clinician).remissions
        }
        changed = {name: (held[name], now[name]) for name in held if held[name] != now[name]}
        assert changed, "the remission of that course is not counted as held"
        for before, after in changed.values():
            assert after == (before[0] - 1, before[1]), "it was stopped in response, and is not yet known"


# --- lists derived from responses


def test_a_class_has_failed_as_people_decided(house: House) -> None:
    asked = "SELECT agent_class, failed_on, failed_by, provenance FROM failed_class_view ORDER BY ALL"
    relapse = ("STEROID", date(2025, 6, 1), "relapse", "call")
    none = ("TPO_RA", date(2025, 1, 2), "no_response", "call")
    assert house.db.rows(asked) == [relapse, none]
    decide(house, "C1", "NR")
    decide(house, "C4", "R", "2025-01-20")
    assert house.db.rows(asked) == [("STEROID", date(2025, 1, 2), "no_response", "decision")]


def test_the_overall_response_of_evans_syndrome_takes_what_people_decided(
    registry_path: Path, clock: Clock
) -> None:
    evans = changed("episode", "P2,E2", "P1,E4,AIHA,2025-01-01,2025-01-02\nP2,E2")
    asked = (
        "SELECT own_response, provenance, overall_response FROM overall_response_view WHERE course_id = 'C1'"
    )
    with judged(registry_path, clock, **{**TABLES, "episode": evans}) as house:
        [(own, whose, overall)] = house.db.rows(asked)
        assert (own, whose) == ("CR", "call")
        review.challenge(house.db, house.who("clinician"), "C1", "Is that so?")
        house.open()
        decide(house, "C1", "NR")
        [(own, whose, after)] = house.db.rows(asked)
        assert (own, whose) == ("NR", "decision")
        assert (overall, after) == ("CR", "NR")

"""The command line: what is read of the record."""

import json

from tests.registry.conftest import Run


def test_the_summary_is_a_table_and_json_with_the_figures_of_the_published_cohort(judged: Run) -> None:
    assert "SYNTHETIC" in judged("summary").stdout
    figures = json.loads(judged("summary", "--json").stdout)["figures"]
    assert (12, 15) in {(one["k"], one["n"]) for one in figures if one["seed_figure"] == 19}


def test_the_worklist_prints_its_columns(judged: Run) -> None:
    csv = judged("worklist", "--as-of", "2018-01-01", "--csv").stdout
    assert csv.startswith("patient_id,mode,last_infusion_on,")
    assert json.loads(judged("worklist", "--as-of", "2018-01-01", "--json").stdout)["as_of"] == "2018-01-01"


def test_a_patient_is_shown_with_courses_calls_and_the_last_counts(judged: Run) -> None:
    told = judged("patient", "SYN-021").stdout
    assert told.startswith("SYN-021 · ITP + AIHA · ")
    (course,) = [line for line in told.splitlines() if line.endswith("SYN-021-ITP-2")]
    assert " CR " in course
    assert "the last 10 of 177" in told
    whole = json.loads(judged("patient", "SYN-021", "--json").stdout)
    assert len(whole["observations"]) == 177
    assert {call["course_id"] for call in whole["calls"]} == {row["course_id"] for row in whole["courses"]}


def test_the_facts_of_a_patient_are_listed_with_the_version_that_amend_asks_for(judged: Run) -> None:
    rows = json.loads(judged("patient", "SYN-003", "--facts", "bleed", "--json").stdout)
    assert [(row["bleed_id"], row["version"]) for row in rows] == [("SYN-003-B001", 1)]
    assert "version" in judged("patient", "SYN-003", "--facts", "course").stdout.splitlines()[0]


def test_a_patient_that_is_not_there_or_not_ones_own_is_not_shown(judged: Run) -> None:
    assert judged("patient", "SYN-999").exit_code == 2
    assert judged("patient", "SYN-003", "--facts", "bled").exit_code == 2
    judged("user", "add", "elsewhere", "--role", "clinician@Nowhere")
    assert judged("patient", "SYN-003", "--as", "elsewhere").exit_code == 5
    assert judged("patient", "SYN-003", "--facts", "bleed", "--as", "elsewhere").exit_code == 5


def test_a_blind_reader_sees_no_call(judged: Run) -> None:
    judged("user", "add", "blind", "--role", "adjudicator")
    shown = json.loads(judged("patient", "SYN-021", "--json", "--as", "blind").stdout)
    assert shown["courses"]
    assert (shown["calls"], shown["evidence"]) == ([], [])


def test_patients_are_found_by_what_one_knows_of_them(judged: Run) -> None:
    found = json.loads(judged("find", "SYN-02", "--disease", "AIHA", "--json").stdout)
    assert found["found"] == len(found["patients"]) > 0
    assert all("AIHA" in one["diseases"] for one in found["patients"])
    given = json.loads(judged("find", "--regimen", "RITUXIMAB", "--json").stdout)
    assert 0 < given["found"] < 41
    some = judged("find", "--most", 5)
    assert len(some.stdout.splitlines()) == 6
    assert "41 patients found, 5 shown" in some.stderr
    nobody = judged("find", "nobody")
    assert (nobody.exit_code, nobody.stdout) == (0, "")
    assert judged("find", "--disease", "measles").exit_code == 2
    judged("user", "add", "warden", "--role", "admin")
    assert judged("find", "--as", "warden").exit_code == 5

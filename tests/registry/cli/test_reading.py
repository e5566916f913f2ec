"""The command line: what is read of the record."""

import json
from pathlib import Path

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


def test_a_blind_reader_sees_no_patient(judged: Run) -> None:
    judged("user", "add", "blind", "--role", "adjudicator")
    shown = judged("patient", "SYN-021", "--json", "--as", "blind")
    assert (shown.exit_code, shown.stdout) == (5, "")
    assert "sees only review packets of the patients there" in shown.stderr


def test_patients_are_found_by_what_one_knows_of_them(judged: Run) -> None:
    found = json.loads(judged("find", "SYN-02", "--disease", "AIHA", "--json").stdout)
    assert found["found"] == len(found["patients"]) > 0
    assert all("AIHA" in one["diseases"] for one in found["patients"])
    evans = json.loads(judged("find", "north", "evans", "--json").stdout)
    assert {one["diseases"] for one in evans["patients"]} == {"ITP + AIHA"}
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


def test_the_figures_of_chosen_courses_are_a_table_and_json(judged: Run) -> None:
    told = judged("cohort", "--disease", "ITP", "--line", "2-").stdout
    assert "ITP, line 2 and later: 22 patients" in told
    assert "must not be ranked" in told
    figures = json.loads(judged("cohort", "--disease", "ITP", "--line", "2-", "--json").stdout)
    assert {row["disease"] for row in figures["response_by_regimen"]} == {"ITP"}
    for wrong in (["--line", "two"], ["--disease", "flu"], ["--setting", "moon"], ["--criteria", "mine"]):
        assert judged("cohort", *wrong).exit_code == 2
    judged("user", "add", "elsewhere", "--role", "clinician@Nowhere")
    assert judged("cohort", "--site", "synthetic-north", "--as", "elsewhere").exit_code == 5


def test_a_blind_reader_sees_no_figure_that_rests_on_calls(judged: Run) -> None:
    judged("user", "add", "blind", "--role", "adjudicator")
    figures = json.loads(judged("cohort", "--json", "--as", "blind").stdout)
    assert figures["calls_shown"] is False
    assert figures["response_by_regimen"] == []
    assert figures["sequences"]
    assert judged("cohort", "--line", "2", "--as", "blind").exit_code == 5


def test_what_waits_is_told_by_role(judged: Run) -> None:
    judged("user", "add", "warden", "--role", "admin")
    mine = {one["what"] for one in json.loads(judged("waiting", "--json").stdout)}
    warden = {one["what"] for one in json.loads(judged("waiting", "--json", "--as", "warden").stdout)}
    assert warden < mine
    assert "Counts that cannot be assessed" in judged("waiting").stdout
    assert judged("waiting", "--as", "nobody").exit_code == 5


def test_the_last_changes_are_told_to_whoever_may_read_them(judged: Run) -> None:
    judged("amend", "bleed", "SYN-003", "SYN-003-B001", "grade=2", "--reason", "typed wrong")
    assert "admin amended 1 bleed: SYN-003" in judged("recent").stdout.splitlines()[0]
    assert len(json.loads(judged("recent", "--most", 1, "--json").stdout)) == 1
    judged("user", "add", "warden", "--role", "admin")
    assert judged("recent", "--as", "warden").exit_code == 5
    assert judged("recent", "--most", 0).exit_code == 2


def test_the_printed_page_is_written_and_audited(judged: Run, tmp_path: Path) -> None:
    page, paper = tmp_path / "page.html", tmp_path / "page.pdf"
    assert judged("patient", "SYN-021", "--html", page, "--pdf", paper).exit_code == 0
    assert "SYN-021" in page.read_text()
    assert paper.read_bytes().startswith(b"%PDF")
    taken = json.loads(judged("audit", "--action", "download", "--json").stdout)
    assert [event["after"]["format"] for event in taken["events"]] == ["pdf", "html"]
    assert judged("patient", "SYN-021", "--pdf", tmp_path / "no" / "folder.pdf").exit_code == 2
    judged("user", "add", "elsewhere", "--role", "clinician@Nowhere")
    assert judged("patient", "SYN-021", "--pdf", tmp_path / "other.pdf", "--as", "elsewhere").exit_code == 5
    assert not (tmp_path / "other.pdf").exists()

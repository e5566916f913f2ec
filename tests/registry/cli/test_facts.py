"""The command line: single facts, logged, amended, withdrawn and looked back upon."""

import json

import pytest

from tests.registry.conftest import Run

BLEED = ("patient_id=SYN-003", "bleed_id=B1", "started_on=2020-01-31", "scale=WHO", "grade=2")
NAMED = ("bleed", "SYN-003", "B1")


def test_a_fact_is_logged_amended_and_withdrawn_and_its_history_tells_all(judged: Run) -> None:
    logged = json.loads(judged("log", "bleed", *BLEED, "--json").stdout)
    (fact,) = logged["facts"]
    assert fact["identity"] == {"patient_id": "SYN-003", "bleed_id": "B1"}
    assert (fact["version"], fact["values"]["grade"]) == (1, "2")
    amended = json.loads(judged("amend", *NAMED, "grade=3", "--reason", "typed wrong", "--json").stdout)
    assert amended["facts"][0]["version"] == 2
    assert amended["seq"] > logged["seq"]
    assert judged("withdraw", *NAMED, "--reason", "another patient", "--version", 2).exit_code == 0
    told = judged("history", *NAMED).stdout
    assert "grade: 2 → 3" in told
    assert "typed wrong" in told
    assert told.splitlines()[-1].endswith("another patient")
    versions = json.loads(judged("history", *NAMED, "--json").stdout)
    assert [one["grade"] for one in versions] == [2, 3]


def test_a_course_and_its_agents_are_logged_together_with_ids_made_for_them(judged: Run) -> None:
    course = ("course", "episode_id=SYN-003-ITP", "started_on=2020-01-31")
    ivig = ("+", "course_agent", "agent=IVIg")
    refused = judged("log", *course, *ivig, "+", "course_agent", "dose=40")
    assert refused.exit_code == 3
    assert "course_agent.2.agent: A value is needed." in refused.stderr
    told = judged("log", *course, *ivig, "+", "course_agent", "agent=dexamethasone", "started_on=2020-02-01")
    assert told.stdout.splitlines() == [
        "course SYN-003-C1: version 1",
        "course_agent SYN-003-C1 ivig 2020-01-31: version 1",
        "course_agent SYN-003-C1 dexamethasone 2020-02-01: version 1",
    ]
    assert judged("log", *course, "+").exit_code == 2


def test_a_save_tells_which_calls_it_changed_and_a_dry_run_which_call_there_would_be(judged: Run) -> None:
    course = (
        "log",
        "course",
        "episode_id=SYN-003-ITP",
        "started_on=25/6/15",
        "+",
        "course_agent",
        "agent=rtx",
    )
    tried = judged(*course, "--dry-run")
    assert "This course: " in tried.stdout
    assert "course_agent.started_on: Thu 25 Jun 2015" in tried.stderr
    assert json.loads(judged(*course, "--dry-run", "--json").stdout)["call"]["best_response"]
    saved = json.loads(judged(*course, "--json").stdout)
    new = next(one for one in saved["calls"] if one["course_id"] == "SYN-003-C1")
    assert new["before"] is None
    assert new["after"] is not None
    undone = judged("undo", saved["seq"])
    explained = "Call on SYN-003-ITP-2: NE → CR. Run `nadir explain SYN-003-ITP-2` for the reason."
    assert explained in undone.stderr
    assert json.loads(judged(*course, "--no-judge", "--json").stdout)["calls"] == []


def test_a_blind_reader_writes_nothing_and_is_shown_nothing_by_a_dry_run(judged: Run) -> None:
    judged("user", "add", "both", "--role", "nurse", "--role", "adjudicator")
    course = ("log", "course", "episode_id=SYN-003-ITP", "started_on=25/6/15")
    for more in (("--dry-run",), ("--json",)):
        refused = judged(*course, *more, "--as", "both")
        assert (refused.exit_code, refused.stdout) == (5, "")
        assert "both adjudicates" in refused.stderr


def test_a_request_that_was_sent_before_is_not_done_twice(judged: Run) -> None:
    first = json.loads(judged("log", "bleed", *BLEED[:1], *BLEED[2:], "--key", "k1", "--json").stdout)
    again = json.loads(judged("log", "bleed", *BLEED[:1], *BLEED[2:], "--key", "k1", "--json").stdout)
    assert (again["repeated"], again["seq"]) == (True, first["seq"])
    assert again["facts"] == first["facts"]


def test_days_and_values_are_typed_as_in_the_forms_and_echoed(judged: Run) -> None:
    count = (
        "observation",
        "patient_id=SYN-003",
        "observed_at=3 feb 2020",
        "analyte=platelets",
        "value=45 K/uL",
    )
    tried = judged("log", *count, "--dry-run")
    assert "observed_at: Mon 3 Feb 2020" in tried.stderr
    assert "  value: 45" in tried.stdout
    told = json.loads(judged("log", *count, "--json").stdout)
    (fact,) = told["facts"]
    assert fact["identity"]["observation_id"] == "SYN-003-CBC-2020-02-03-PLT"
    assert (fact["values"]["value"], fact["values"]["unit"]) == ("45", "K/uL")
    assert told["understood"]["observed_at"] == "Mon 3 Feb 2020"
    named = ("observation", "SYN-003", "SYN-003-CBC-2020-02-03-PLT")
    corrected = json.loads(judged("amend", *named, "value=<5", "--reason", "typed wrong", "--json").stdout)
    assert corrected["facts"][0]["values"]["value"] == "<5"
    gone = json.loads(judged("amend", *named, "value=not done", "--reason", "was another's", "--json").stdout)
    values = gone["facts"][0]["values"]
    assert (values["value"], values["missing_reason"]) == (None, "not_done")


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        (("observed_at=31/2/20", "value=31", "unit=10*9/L"), "observed_at"),
        (("observed_at=3/2/20", "value=31"), "value"),
        (("observed_at=3/2/20", "value=a few", "unit=10*9/L"), "value"),
        (("observed_at=3/2/20", "value=310000", "unit=10*9/L"), "value"),
    ],
)
def test_what_is_not_understood_is_asked_about_and_not_stored(
    judged: Run, cells: tuple[str, ...], place: str
) -> None:
    told = judged("log", "observation", "patient_id=SYN-003", "observation_id=X", "analyte=platelets", *cells)
    assert told.exit_code == 3
    assert f"  {place}: " in told.stderr
    assert judged("history", "observation", "SYN-003", "X").exit_code == 2


def test_a_value_that_cannot_be_right_is_kept_as_reported_where_that_is_said(judged: Run) -> None:
    count = ("observation", "patient_id=SYN-003", "observed_at=3/2/20", "analyte=platelets", "value=310000")
    told = json.loads(judged("log", *count, "unit=10*9/L", "--as-reported", "--json").stdout)
    assert told["facts"][0]["values"]["value"] == "310000"
    assert "not evaluable" in told["doubts"]["value"]


def test_ones_own_change_is_undone(judged: Run) -> None:
    seq = json.loads(judged("log", "bleed", *BLEED, "--json").stdout)["seq"]
    undo = json.loads(judged("undo", seq, "--json").stdout)
    assert [one["values"] for one in undo["facts"]] == [None]
    assert judged("history", *NAMED).stdout.splitlines()[-1].startswith("withdrawn by admin")
    undone = judged("undo", seq)
    assert undone.exit_code == 3
    assert "changed since" in undone.stderr
    assert judged("undo", 1).exit_code == 2
    assert judged("undo", "last").exit_code == 2
    judged("user", "add", "mira", "--role", "nurse")
    assert judged("undo", undo["seq"], "--as", "mira").exit_code == 5


def test_an_emptied_cell_is_not_recorded(judged: Run) -> None:
    judged("log", "bleed", *BLEED, "site=nose")
    assert judged("amend", *NAMED, "site=", "--reason", "was not said").exit_code == 0
    assert "site: nose → not recorded" in judged("history", *NAMED).stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["log", "bled", "grade=2"], "There are: patient"),
        (["log", "bleed", "grade"], "not column=value"),
        (["log", "bleed", "grade=1", "grade=2"], "given twice"),
        (["log", "bleed", "severity=2"], "has no column severity"),
        (["amend", "bleed", "SYN-003", "--reason", "x"], "identified by patient_id, bleed_id"),
        (["amend", *NAMED, "--reason", "x"], "Give the changes"),
        (["amend", *NAMED, "grade=3"], "--reason"),
        (["withdraw", *NAMED, "grade=3", "--reason", "x"], "only. Remove"),
        (["history", *NAMED], "No version is recorded of bleed SYN-003 B1"),
    ],
)
def test_wrong_words_exit_2_and_say_which_would_be_right(judged: Run, words: list[str], says: str) -> None:
    told = judged(*words)
    assert told.exit_code == 2
    assert says in told.stderr


def test_what_cannot_be_recorded_exits_3_with_every_problem_and_stores_nothing(judged: Run) -> None:
    told = judged("log", "bleed", "patient_id=SYN-003", "bleed_id=B1", "started_on=2020-02-31", "grade=9")
    assert told.exit_code == 3
    assert all(column in told.stderr for column in ("started_on", "scale", "grade"))
    assert judged("history", *NAMED).exit_code == 2


def test_a_fact_that_is_known_or_was_changed_meanwhile_exits_3(judged: Run) -> None:
    judged("log", "bleed", *BLEED)
    assert judged("log", "bleed", *BLEED).exit_code == 3
    judged("amend", *NAMED, "grade=3", "--reason", "typed wrong")
    late = judged("amend", *NAMED, "grade=1", "--reason", "typed wrong", "--version", 1)
    assert late.exit_code == 3
    assert "it is now version 2" in late.stderr
    assert "changed by admin" in late.stderr
    assert "grade: seen 2, now 3, wanted 1" in late.stderr
    assert judged("withdraw", *NAMED, "--reason", "x", "--version", 1).exit_code == 3


def test_who_may_only_look_writes_nothing(judged: Run) -> None:
    judged("user", "add", "reader", "--role", "clinician")
    as_reader = ("--as", "reader")
    assert judged("log", "bleed", *BLEED, *as_reader).exit_code == 5
    judged("log", "bleed", *BLEED)
    assert judged("amend", *NAMED, "grade=3", "--reason", "x", *as_reader).exit_code == 5
    assert judged("withdraw", *NAMED, "--reason", "x", *as_reader).exit_code == 5
    assert judged("history", *NAMED, *as_reader).exit_code == 0
    judged("user", "add", "elsewhere", "--role", "clinician@Nowhere")
    assert judged("history", *NAMED, "--as", "elsewhere").exit_code == 5


def test_a_second_course_of_one_start_day_is_warned_of_on_standard_error(judged: Run) -> None:
    [course] = json.loads(judged("patient", "SYN-023", "--json").stdout)["courses"]
    same = ("log", "course", f"episode_id={course['episode_id']}", f"started_on={course['started_on']}")
    agent = ("+", "course_agent", "agent=ivig")
    for more in (("--dry-run",), ()):
        told = judged(*same, *agent, *more)
        assert told.exit_code == 0
        assert "log one course with two agents" in told.stderr

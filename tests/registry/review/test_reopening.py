"""What re-opens a decision, what does not, and cases whose call is gone or lies beyond the data cut."""

from datetime import date

import pytest

from registry import record, review
from registry.errors import Refused
from registry.review.stored import found
from tests.registry.reviewing import SEED, House


def test_a_value_that_no_call_cites_reopens_nothing(house: House, cases: dict[str, str]) -> None:
    db, operator = house.db, house.db.actor(None)
    house.agree(cases["C2"], "R", "2025-07-01")
    house.agree(cases["C4"], "NR")
    late = {
        "patient_id": "P3",
        "observation_id": "O8",
        "observed_at": "2025-02-20",
        "analyte": "platelets",
        "value": "14",
        "unit": "10*9/L",
    }
    record.log(db, operator, "observation", late)
    more = {**late, "patient_id": "P1", "observation_id": "O9", "observed_at": "2025-08-20", "value": "66"}
    record.log(db, operator, "observation", more)
    assert review.rejudge(db, operator).reopened == 0
    assert {house.state(cases[one]) for one in ("C2", "C4")} == {"agreed"}


@pytest.mark.parametrize("how", ["corrected", "withdrawn", "added", "course moved"])
def test_a_change_of_what_is_cited_reopens_exactly_the_decisions_that_rest_on_it(
    house: House, cases: dict[str, str], how: str
) -> None:
    db, operator = house.db, house.db.actor(None)
    house.agree(cases["C1"], "CR", "2025-01-12")
    house.agree(cases["C2"], "R", "2025-07-01")
    house.agree(cases["C4"], "NR")
    cited = {"patient_id": "P1", "observation_id": "O3"}
    if how == "corrected":
        record.amend(db, operator, "observation", cited, {"value": "141"}, "misread", 1)
    elif how == "withdrawn":
        record.withdraw(db, operator, "observation", cited, "of another patient", 1)
    elif how == "added":
        low = {**cited, "observation_id": "O9", "observed_at": "2025-01-16", "analyte": "platelets"}
        record.log(db, operator, "observation", {**low, "value": "20", "unit": "10*9/L"})
    else:
        moved = {"started_on": "2025-01-01"}
        record.amend(db, operator, "course", {"course_id": "C1"}, moved, "the day before", 1)
    report = review.rejudge(db, operator)
    assert report.reopened == 1
    assert "1 decision re-opened" in report.text()
    assert [house.state(cases[one]) for one in ("C1", "C2", "C4")] == ["stale", "agreed", "agreed"]
    again = house.cases()["C1"]
    assert house.state(again) == "proposed"
    old = review.outcome(db, house.who("clinician"), cases["C1"])
    assert (old.decision["level"], old.superseded_by) == ("CR", again)
    final = {row["course_id"]: row for row in review.final_responses(db, house.who("clinician"), "P1")}
    assert (final["C1"]["provenance"], final["C2"]["provenance"]) == ("call", "decision")
    mine = {one.case_id: one for one in review.signed(db, house.who("reader-1"))}
    assert (mine[cases["C1"]].superseded, mine[cases["C1"]].differs) == (True, True)
    assert again in {row.case_id for row in review.queue(db, house.who("reader-3"))}
    assert review.rejudge(db, operator, everything=True).reopened == 0


@pytest.mark.parametrize("before", ["proposed", "one_read", "disputed"])
def test_a_case_whose_course_is_withdrawn_waits_for_nobody(
    house: House, cases: dict[str, str], before: str
) -> None:
    db, case, one = house.db, cases["C4"], house.who("reader-1")
    if before != "proposed":
        house.read("reader-1", case, "NR")
    if before == "disputed":
        house.read("reader-2", case, "NE")
    last = house.who("reader-3")
    review.claim(db, last, case)
    assert house.state(case) == before
    _withdraw_c4(house)
    assert review.rejudge(db, db.actor(None)).reopened == 0, "no decision was"
    assert house.state(case) == "stale"
    assert case not in {row.case_id for row in review.queue(db, last)}
    assert case not in {row.case_id for row in review.disputes(db, last)}
    with pytest.raises(Refused, match="not in your queue"):
        review.claim(db, last, case)
    with pytest.raises(Refused, match="not in your queue"):
        review.outcome(db, one, case)
    for mine in review.signed(db, one):
        assert (mine.state, mine.decision, mine.superseded) == ("stale", None, True)
    assert db.verify() == []


def _withdraw_c4(house: House, *, with_episode: bool = True) -> None:
    """Take back the only course of P3, and its episode."""
    db, operator = house.db, house.db.actor(None)
    step = {"course_id": "C4", "agent": "eltrombopag", "started_on": "2025-01-02"}
    record.withdraw(db, operator, "course_agent", step, "never given", 1)
    record.withdraw(db, operator, "course", {"course_id": "C4"}, "never given", 1)
    if with_episode:
        record.withdraw(db, operator, "episode", {"episode_id": "E3"}, "of another patient", 1)


def test_what_was_decided_and_signed_stays_readable_without_its_episode(
    house: House, cases: dict[str, str]
) -> None:
    db, case = house.db, cases["C4"]
    house.agree(case, "NR")
    _withdraw_c4(house)
    review.rejudge(db, db.actor(None))
    [mine] = review.signed(db, house.who("reader-1"))
    assert mine.state == "stale"
    assert mine.decision is not None
    assert mine.decision["level"] == "NR"
    assert review.outcome(db, house.who("clinician"), case).decision["level"] == "NR"
    assert {row.disease for row in review.queue(db, house.who("reader-1"))} == {"ITP", "AIHA"}


def test_a_case_keeps_the_disease_under_which_it_was_opened(house: House, cases: dict[str, str]) -> None:
    db, operator, case = house.db, house.db.actor(None), cases["C4"]
    review.claim(db, house.who("reader-1"), case)
    record.amend(db, operator, "episode", {"episode_id": "E3"}, {"disease": "AIHA"}, "the other one", 1)
    case_now = found(db.rows, case)
    assert case_now is not None
    assert case_now.disease.word == "ITP"
    review.rejudge(db, operator)
    assert house.state(case) == "stale"
    assert house.db.rows("SELECT count(*) FROM call_view WHERE course_id = 'C4'") == [(1,)]


@pytest.mark.parametrize(("cut", "opened"), [("2025-07-14", False), ("2025-07-15", True)])
def test_a_call_that_rests_on_something_after_the_data_cut_waits(
    house: House, cut: str, opened: bool
) -> None:
    """C2 is called R with its onset confirmed on 15 July; what only prolongs the response may come later."""
    db = house.db
    late = {
        "patient_id": "P1",
        "observation_id": "O9",
        "observed_at": "2025-09-20",
        "analyte": "platelets",
        "value": "66",
        "unit": "10*9/L",
    }
    record.log(db, db.actor(None), "observation", late)
    review.rejudge(db, db.actor(None))
    review.challenge(db, house.who("clinician"), "C2", "Is that so?")
    day = date.fromisoformat(cut)
    before = review.prospect(db, house.who("manager"), data_cut_on=day)
    found = review.open_cases(db, house.who("manager"), seed=SEED, data_cut_on=day)
    assert before.after_cut == found.after_cut == (0 if opened else 1)
    assert ("C2" in house.cases()) is opened


def test_a_withdrawn_course_leaves_its_decision_stale_and_opens_nothing(
    house: House, cases: dict[str, str]
) -> None:
    db, operator = house.db, house.db.actor(None)
    house.agree(cases["C4"], "NR")
    _withdraw_c4(house, with_episode=False)
    assert review.rejudge(db, operator).reopened == 1
    assert house.state(cases["C4"]) == "stale"
    assert "C4" not in house.cases()


def test_a_later_count_only_prolongs_but_a_corrected_last_one_reopens(house: House) -> None:
    db, operator = house.db, house.db.actor(None)
    count = {"patient_id": "P1", "analyte": "platelets", "unit": "10*9/L"}
    last = {**count, "observation_id": "O8", "observed_at": "2025-08-10", "value": "66"}
    record.log(db, operator, "observation", last)
    review.rejudge(db, operator)
    review.challenge(db, house.who("nurse"), "C2", "Is that so?")
    house.open()
    case = house.cases()["C2"]
    house.agree(case, "R", "2025-07-01")
    ends = "SELECT observation_id FROM evidence_view WHERE course_id = 'C2' AND step = 'censoring'"
    assert db.rows(ends) == [("O8",)]
    later = {**count, "observation_id": "O9", "observed_at": "2025-09-10", "value": "70"}
    record.log(db, operator, "observation", later)
    assert review.rejudge(db, operator).reopened == 0
    assert db.rows(ends) == [("O9",)]
    identity = {"patient_id": "P1", "observation_id": "O8"}
    record.amend(db, operator, "observation", identity, {"value": "67"}, "misread", 1)
    assert review.rejudge(db, operator).reopened == 1


def test_a_decision_on_a_packet_that_is_no_longer_true_never_holds(
    house: House, cases: dict[str, str]
) -> None:
    db, operator = house.db, house.db.actor(None)
    house.read("reader-1", cases["C1"], "CR", "2025-01-12")
    identity = {"patient_id": "P1", "observation_id": "O3"}
    record.withdraw(db, operator, "observation", identity, "of another patient", 1)
    assert review.rejudge(db, operator).reopened == 0
    house.read("reader-2", cases["C1"], "CR", "2025-01-12")
    assert house.state(cases["C1"]) == "stale"
    assert house.state(house.cases()["C1"]) == "proposed"
    [first, *_] = review.final_responses(db, house.who("clinician"), "P1")
    assert (first["course_id"], first["provenance"]) == ("C1", "call")

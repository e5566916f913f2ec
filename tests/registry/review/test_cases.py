"""Human review from opening to signature, through the real registry."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from adjudication.review.workflow import BY_PROGRAM, TRANSITIONS, Act, Refusal, Standing, State, refusal
from registry import accounts, record, review
from registry.errors import NadirError, NotPermitted, Refused, Usage
from registry.review.stored import found
from registry.roles import Action, Actor, Permission, Role
from registry.store.database import Database
from tests.conftest import Clock
from tests.registry.reviewing import READERS, TODAY, House, judged, proof


def test_two_who_agree_make_a_decision_that_stands_before_the_call(
    house: House, cases: dict[str, str]
) -> None:
    case = cases["C1"]
    house.read("reader-1", case, "CR", "2025-01-14")
    assert house.state(case) == "one_read"
    house.read("reader-2", case, "CR", "2025-01-12")
    assert house.state(case) == "agreed"
    final = {row["course_id"]: row for row in review.final_responses(house.db, house.who("clinician"), "P1")}
    assert (final["C1"]["provenance"], final["C1"]["reached_by"]) == ("decision", "agreement")
    assert final["C1"]["onset_on"].isoformat() == "2025-01-12"
    assert final["C2"]["provenance"] == "call"
    assert house.db.verify() == []


def test_the_decision_of_people_stands_against_the_call(house: House, cases: dict[str, str]) -> None:
    house.agree(cases["C1"], "NR")
    [final] = [
        row for row in review.final_responses(house.db, house.who("nurse"), "P1") if row["course_id"] == "C1"
    ]
    assert (final["best_response"], final["call_response"], final["onset_on"]) == ("NR", "CR", None)
    assert (final["duration_status"], final["duration_of_response_days"]) == ("none", None)
    came = review.outcome(house.db, house.who("nurse"), cases["C1"])
    assert came.machine is not None
    assert (came.decision["level"], came.machine["response"]) == ("NR", "CR")
    assert [row["reader"] for row in came.reads] == ["reader-1", "reader-2"]


def test_a_third_reader_settles_with_one_of_the_two_and_says_why(house: House, cases: dict[str, str]) -> None:
    db, case = house.db, cases["C1"]
    house.read("reader-1", case, "CR", "2025-01-12", note="first")
    house.read("reader-2", case, "R", "2025-01-12", note="second")
    third = house.who("reader-3")
    assert [one.case_id for one in review.disputes(db, third)] == [case]
    assert review.disputes(db, house.who("reader-1")) == []
    review.claim(db, third, case)
    seen = review.dispute(db, third, case)
    assert {one["level"] for one in seen.judgements} == {"CR", "R"}
    assert "reader-" not in str(seen.judgements)
    with pytest.raises(Refused, match="required to settle a dispute"):
        review.resolve(db, third, case, house.said(case, "CR", "2025-01-12"), proof)
    assert review.resolve(db, third, case, house.said(case, "CR", "2025-01-12", reason="Two counts."), proof)
    assert house.state(case) == "resolved"
    came = review.outcome(db, house.who("clinician"), case)
    assert (came.decision["level"], came.decision["reached_by"]) == ("CR", "third_reader")


def test_a_third_reading_between_the_two_settles_with_its_own_days(
    house: House, cases: dict[str, str]
) -> None:
    db, case, third = house.db, cases["C1"], house.who("reader-3")
    house.read("reader-1", case, "CR", "2025-01-12")
    house.read("reader-2", case, "CR", "2025-01-22")
    assert house.state(case) == "disputed"
    review.claim(db, third, case)
    assert review.resolve(db, third, case, house.said(case, "CR", "2025-01-17", reason="Between."), proof)
    came = review.outcome(db, house.who("clinician"), case)
    assert (came.state, came.decision["onset_on"].isoformat()) == ("resolved", "2025-01-17")


def test_where_no_two_of_three_agree_only_the_majority_of_a_committee_decides(
    house: House, cases: dict[str, str], clock: Clock
) -> None:
    db, case = house.db, cases["C1"]
    house.read("reader-1", case, "CR", "2025-01-12")
    house.read("reader-2", case, "R", "2025-01-12")
    third = house.who("reader-3")
    review.claim(db, third, case)
    assert not review.resolve(db, third, case, house.said(case, "NR", reason="Neither."), proof)
    assert house.state(case) == "disputed"
    assert review.candidates(db, third, case) == sorted([*READERS, "reading-manager", "reading-nurse"])
    with pytest.raises(Usage, match="3 to 9"):
        review.convene(db, third, case, ["reader-1", "reader-2"])
    with pytest.raises(Usage, match="clinician cannot be members"):
        review.convene(db, third, case, ["reader-1", "reader-2", "clinician"])
    members = ["reader-1", "reader-2", "reader-3", "reader-4"]
    review.convene(db, third, case, members)
    votes = {"reader-1": "CR", "reader-2": "CR", "reader-3": "NR"}
    for name, level in votes.items():
        said = house.said(case, level, "2025-01-12" if level == "CR" else None, reason="So I think.")
        with pytest.raises(Refused, match="Too few"):
            review.count(db, house.who(name), case)
        review.vote(db, house.who(name), case, said, proof)
        with pytest.raises(Refused, match="You have voted"):
            review.vote(db, house.who(name), case, said, proof)
    assert not review.count(db, house.who("reader-4"), case), "two of four is no majority"
    assert house.state(case) == "disputed"
    for name in members[:3]:
        said = house.said(case, "CR", "2025-01-12", reason="Now I agree.")
        review.vote(db, house.who(name), case, said, proof)
    assert review.count(db, house.who("reader-4"), case)
    assert house.state(case) == "resolved"
    assert review.outcome(db, house.who("clinician"), case).decision["reached_by"] == "committee"
    assert db.verify() == []


def test_a_claim_expires_and_what_was_saved_stays_with_its_reader(
    house: House, cases: dict[str, str], clock: Clock
) -> None:
    db, case, one = house.db, cases["C1"], house.who("reader-1")
    review.claim(db, one, case)
    clock.advance(minutes=10)
    review.save(db, one, case, {"level": "CR", "note": "to be continued"}, seconds=300)
    clock.advance(days=6)
    assert review.opened(db, one, case).draft == {"level": "CR", "note": "to be continued"}
    clock.advance(days=2)
    with pytest.raises(Refused, match="Claim this case first"):
        review.opened(db, one, case)
    for name in ("reader-2", "reader-3"):
        review.claim(db, house.who(name), case)
    with pytest.raises(Refused, match="Another reviewer has claimed"):
        review.claim(db, one, case)
    assert case not in {row.case_id for row in review.queue(db, one)}
    review.release(db, house.who("reader-2"), case)
    review.claim(db, one, case)
    clock.advance(minutes=5)
    with pytest.raises(Refused, match="longer than the time"):
        review.commit(db, one, case, house.said(case, "CR", "2025-01-12"), proof, seconds=301 + 1)
    review.commit(db, one, case, house.said(case, "CR", "2025-01-12"), proof, seconds=120)
    assert db.rows("SELECT seconds FROM review_read") == [(420,)]


def test_nothing_is_committed_without_proof_and_nothing_twice(house: House, cases: dict[str, str]) -> None:
    db, case, one = house.db, cases["C1"], house.who("reader-1")
    review.claim(db, one, case)
    said = house.said(case, "CR", "2025-01-12")
    revision = db.revision
    with pytest.raises(NotPermitted, match="password"):
        review.commit(db, one, case, said, lambda _: None)
    assert db.revision == revision
    review.commit(db, one, case, said, proof)
    with pytest.raises(Refused, match="already signed this case"):
        review.commit(db, one, case, said, proof)
    with pytest.raises(Refused, match="already signed this case"):
        review.claim(db, one, case)


def test_a_signature_takes_the_own_password_and_no_code_and_a_demonstration_only_invented_patients(
    house: House, cases: dict[str, str]
) -> None:
    from registry.accounts import credentials, passwords

    db, case, one = house.db, cases["C1"], house.who("reader-1")
    review.claim(db, one, case)
    said = house.said(case, "CR", "2025-01-12")
    code = accounts.reset(db, db.actor(None), "reader-1")
    secret = "four words for reading"
    for wrong in (
        review.by_password(db, code),
        review.by_password(db, secret),
        review.in_demonstration(db),
    ):
        with pytest.raises(NotPermitted):
            review.commit(db, one, case, said, wrong)
    credentials.choose(db, "reader-1", passwords.code_digest(code), secret)
    review.commit(db, one, case, said, review.by_password(db, secret))
    assert db.rows("SELECT method FROM review_read") == [("password",)]


def test_every_field_that_cannot_be_meant_is_named(house: House, cases: dict[str, str]) -> None:
    case = cases["C1"]
    review.claim(house.db, house.who("reader-1"), case)
    said = house.said(case, "PR", "2024-01-12")
    with pytest.raises(Refused) as refused:
        review.commit(house.db, house.who("reader-1"), case, said, proof)
    assert {problem.column for problem in refused.value.problems} == {"level", "onset_on"}


def test_whoever_logged_a_count_of_the_patient_does_not_read_it(house: House, cases: dict[str, str]) -> None:
    db, both = house.db, house.who("reading-nurse")
    assert cases["C1"] in {row.case_id for row in review.queue(db, both)}
    count = {
        "patient_id": "P1",
        "observation_id": "O9",
        "observed_at": "2025-08-01",
        "analyte": "platelets",
        "value": "70",
        "unit": "10*9/L",
    }
    with pytest.raises(NotPermitted, match="adjudicates"):
        record.log(db, both, "observation", count)
    house.logs("reading-nurse", count)
    assert {row.case_id for row in review.queue(db, both)} == {cases["C3"], cases["C4"]}
    with pytest.raises(NotPermitted, match="You logged this course"):
        review.claim(db, both, cases["C1"])


def test_a_name_that_is_no_case_is_answered_like_a_case_of_another_hospital(
    house: House, cases: dict[str, str]
) -> None:
    from tests.registry.reviewing import TODAY

    db = house.db
    accounts.add_account(db, db.actor(None), "south", {"South": [Role.ADJUDICATOR]}, today=TODAY)
    south = house.who("south")
    said = set()
    for name in ("case-none", cases["C1"]):
        with pytest.raises(Refused) as refused:
            review.claim(db, south, name)
        said.add(str(refused.value))
    assert len(said) == 1
    assert {row.case_id for row in review.queue(db, south)} == {cases["C3"]}


def test_a_queue_is_the_same_whether_the_other_holds_a_case_or_has_committed(
    house: House, cases: dict[str, str]
) -> None:
    db, one = house.db, house.who("reader-1")
    review.claim(db, one, cases["C2"])
    for case in cases.values():
        review.claim(db, house.who("reader-2"), case)
    before = review.queue(db, one)
    for course, case in cases.items():
        level, onset = {"C1": ("CR", "2025-01-12"), "C3": ("CR", "2025-01-20")}.get(course, ("NR", None))
        review.commit(db, house.who("reader-2"), case, house.said(case, level, onset), proof)
        assert review.queue(db, one) == before
        with pytest.raises(Refused) as refused:
            review.commit(db, house.who("reader-2"), case, house.said(case, "NE"), proof)
        assert "one_read" not in str(refused.value)


def test_the_order_of_a_queue_is_the_readers_own_and_stays(house: House, cases: dict[str, str]) -> None:
    orders = [[row.case_id for row in review.queue(house.db, house.who(name))] for name in READERS]
    assert all(sorted(order) == sorted(cases.values()) for order in orders)
    assert len({tuple(order) for order in orders}) > 1
    assert orders[0] == [row.case_id for row in review.queue(house.db, house.who(READERS[0]))]


def test_a_packet_names_nothing_of_the_record(house: House, cases: dict[str, str]) -> None:
    db = house.db
    review.claim(db, house.who("reader-1"), cases["C3"])
    text = str(review.opened(db, house.who("reader-1"), cases["C3"]).content)
    for word in ("P2", "E2", "C3", "O1", "South", "2025-01-20", "2025-02-01"):
        assert f"'{word}'" not in text
    content = review.opened(db, house.who("reader-1"), cases["C3"]).content
    assert [row["value"] for row in content["observations"]] == ["6.0", "1.0", "12.5", "200", "13.0"]
    assert content["levels"] == ["CR", "PR", "NR", "NE"]
    assert content["criteria"]["attribution_days"] == 42
    days = [row["observed_on"] for row in content["observations"]]
    assert days == sorted(days)
    assert house.shown(cases["C3"], "2025-01-02").isoformat() == days[0]  # type: ignore[union-attr]


def test_a_packet_does_not_tell_the_data_cut_from_which_the_moved_weeks_could_be_told(
    house: House, cases: dict[str, str]
) -> None:
    db = house.db
    [(cut,)] = db.rows("SELECT data_cut_on FROM review_case WHERE case_id = $1", [cases["C3"]])
    review.claim(db, house.who("reader-1"), cases["C3"])
    content = review.opened(db, house.who("reader-1"), cases["C3"]).content
    assert cut == db.now().date()
    assert str(house.shown(cases["C3"], str(cut))) not in str(content)
    assert content["last_on"] == max(row["observed_on"] for row in content["observations"])


def test_what_happened_after_the_data_cut_is_not_told_by_what_has_no_day(house: House) -> None:
    """Neither that a course was stopped, nor why, nor how an adverse event came out, nor that somebody died of it."""

    db, operator = house.db, house.db.actor(None)
    for name, said in {
        "A1": {
            "onset_on": "2025-01-10",
            "ended_on": "2025-01-20",
            "ctcae_grade": "2",
            "outcome": "recovered",
        },
        "A2": {
            "onset_on": "2025-01-10",
            "ended_on": "2025-05-20",
            "ctcae_grade": "3",
            "outcome": "recovered",
        },
        "A3": {"onset_on": "2025-01-10", "ctcae_grade": "2", "outcome": "not recovered"},
    }.items():
        row = {
            "patient_id": "P3",
            "adverse_event_id": name,
            "category": "infection",
            "term": "Infection",
            **said,
        }
        record.log(db, operator, "adverse_event", row, today=TODAY)
    over = {"ongoing": "no", "stopped_on": "2025-02-20", "stop_reason": "completed"}
    record.amend(db, operator, "course", {"course_id": "C3"}, over, "it was stopped", 1)
    review.rejudge(db, operator)
    review.challenge(db, house.who("clinician"), "C4", "Is that so?")
    review.challenge(db, house.who("clinician"), "C3", "Is that so?")
    review.open_cases(db, house.who("manager"), seed="any", data_cut_on=date(2025, 2, 10))
    reader, cases = house.who("reader-1"), house.cases()

    def told(course: str) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]]]:
        content = review.opened(db, reader, cases[course]).content
        events = [
            (row["ctcae_grade"], row["ended_on"] is not None, row["outcome"])
            for row in content["adverse_events"]
        ]
        return content["courses"], events

    for course in ("C3", "C4"):
        review.claim(db, reader, cases[course])
    [first], _ = told("C3")
    assert (first["ongoing"], first["stopped_on"], first["stop_reason"]) == ("yes", None, None), (
        "stopped later"
    )
    [ongoing], events = told("C4")
    assert ongoing["ongoing"] == "yes"
    assert sorted(events) == [(2, False, None), (2, True, "recovered"), (3, False, None)]
    review.commit(db, reader, cases["C4"], review.Said("NR"), proof)
    stopped = {"ongoing": "no", "stopped_on": "2025-03-01", "stop_reason": "inefficacy"}
    record.amend(db, operator, "course", {"course_id": "C4"}, stopped, "it was stopped", 1)
    fatal = {"ctcae_grade": "5", "outcome": "fatal"}
    record.amend(db, operator, "patient", {"patient_id": "P3"}, {"died_on": "2025-04-01"}, "is dead", 1)
    record.amend(db, operator, "adverse_event", {"adverse_event_id": "A3"}, {"outcome": "fatal"}, "x", 1)
    [signed] = review.signed(db, reader)
    assert (signed.differs, signed.changed) == (False, ())
    record.amend(db, operator, "adverse_event", {"adverse_event_id": "A3"}, fatal, "x", 2)
    [signed] = review.signed(db, reader)
    assert [(one.column, one.before, one.after) for one in signed.changed] == [("ctcae_grade", "2", None)]


def test_the_names_of_agents_can_be_masked(house: House) -> None:
    review.challenge(house.db, house.who("nurse"), "C1", "Is that so?")
    house.open(mask_agents=True)
    case = house.cases()["C1"]
    review.claim(house.db, house.who("reader-1"), case)
    content = review.opened(house.db, house.who("reader-1"), case).content
    text = str(content)
    assert "agent A" in text
    assert "weekly" not in text
    assert "daily" not in text
    assert content["criteria"]["attribution_days"] is None, "the window of a class tells the class"
    assert "agent B" in text
    assert "prednisolone" not in text.lower()
    assert "RITUXIMAB" not in text


# What was signed


def test_a_packet_that_was_altered_is_told_with_a_remedy_that_helps(
    house: House, cases: dict[str, str]
) -> None:
    db = house.db
    with db.change(db.actor(None), Action.OPEN_CASES, "an altered packet") as change:
        change.execute("UPDATE review_packet SET content = replace(content, '110', '10')")
    problems = [one for one in db.verify() if one.column == "packet_altered"]
    assert problems
    assert all("nadir restore" in one.remedy and "Amend" not in one.remedy for one in problems)


def test_a_signature_binds_what_was_seen_and_a_later_change_is_told_side_by_side(
    house: House, cases: dict[str, str], clock: Clock
) -> None:
    db, case = house.db, cases["C1"]
    house.agree(case, "CR", "2025-01-12")
    [mine] = review.signed(db, house.who("reader-1"))
    assert (mine.state, mine.differs, mine.changed) == ("agreed", False, ())
    assert (mine.said["level"], mine.said["onset_on"]) == ("CR", house.shown(case, "2025-01-12"))
    assert mine.meaning == "I read this case alone, and this is my judgement."
    assert len(mine.seen) == 64
    identity = {"patient_id": "P1", "observation_id": "O4"}
    record.amend(db, house.who("nurse"), "observation", identity, {"value": "131"}, "misread", 1)
    [mine] = review.signed(db, house.who("reader-1"))
    assert mine.differs
    assert {(one.column, one.before, one.after) for one in mine.changed} == {
        ("value", "120", "131"),
        ("value_canonical", "120.0", "131.0"),
    }
    assert "O4" not in str(mine.changed)


def test_a_signature_is_that_of_one_person_at_one_time_and_of_one_meaning(
    house: House, cases: dict[str, str], clock: Clock
) -> None:
    from registry.review.signing import MEANING, seen_digest

    db, case = house.db, cases["C1"]
    house.agree(case, "CR", "2025-01-12")
    [mine], [other] = (review.signed(db, house.who(name)) for name in READERS[:2])
    assert mine.seen != other.seen, "the same judgement of the same packet at the same time, by another"
    [(packet,)] = db.rows("SELECT fingerprint FROM review_case WHERE case_id = $1", [case])
    said = house.said(case, "CR", "2025-01-12").as_json()
    signed: dict[str, Any] = {"signer": "reader-1", "at": mine.signed_at, "meaning": mine.meaning}
    assert seen_digest(packet, said, None, **signed) == mine.seen
    for exchanged in (
        {"signer": "reader-2"},
        {"at": mine.signed_at + timedelta(seconds=1)},
        {"meaning": MEANING["third"]},
    ):
        assert seen_digest(packet, said, None, **{**signed, **exchanged}) != mine.seen


def test_of_a_draft_no_more_is_kept_than_a_form_can_hold(house: House, cases: dict[str, str]) -> None:
    from registry.review.reading import LONGEST_DRAFT

    db, one, case = house.db, house.who("reader-1"), cases["C1"]
    review.claim(db, one, case)
    fits = {"note": "x" * (LONGEST_DRAFT - len('{"note":""}'))}
    too_long = {"note": fits["note"] + "x"}
    for keep in (review.save, review.keep):
        keep(db, one, case, fits)
        with pytest.raises(Refused, match="100 kB"):
            keep(db, one, case, too_long)
        assert review.opened(db, one, case).draft == fits


def test_what_waits_for_the_other_only_says_that_it_waits(house: House, cases: dict[str, str]) -> None:
    db = house.db
    house.read("reader-1", cases["C1"], "CR", "2025-01-12")
    house.read("reader-1", cases["C2"], "R", "2025-07-01")
    house.read("reader-2", cases["C2"], "NR")
    assert {(mine.state, mine.decision) for mine in review.signed(db, house.who("reader-1"))} == {
        ("waiting", None)
    }


# Opening


def test_what_the_machine_doubts_is_opened_and_nothing_twice(house: House) -> None:
    review.challenge(house.db, house.who("nurse"), "C4", "Is that so?")
    first = house.open()
    assert first.reasons["challenged"] == 1
    assert first.opened + first.accepted == 4
    assert house.open().opened == 0


@pytest.mark.parametrize(
    ("of_call", "reasons"),
    [
        ({}, ()),
        ({"best_response": "NE"}, ("not_evaluable",)),
        ({"flags": "bleeding_not_recorded;thrombocytosis"}, ()),
        ({"flags": "bleeding_not_recorded;unconfirmed_loss"}, ("flagged",)),
        ({"flags": "steroid_dose_unknown"}, ("flagged",)),
        ({"flags": "shared_start"}, ("flagged",)),
        ({"flags": "attribution_default;long_gap;prolonged_corticosteroid"}, ()),
        ({"defaults_applied": "DEF-ITP-02;DEF-ITP-11"}, ()),
        ({"defaults_applied": "DEF-ITP-02;DEF-ITP-06"}, ("assumption",)),
        ({"near": 0.05}, ("near_threshold",)),
        ({"near": 0.051}, ()),
        ({"near": 0.04, "criteria_id": "aiha-hammersmith-2017"}, ()),
        ({"challenged": True}, ("challenged",)),
        (
            {"best_response": "NE", "near": 0.0, "challenged": True},
            ("not_evaluable", "near_threshold", "challenged"),
        ),
    ],
)
def test_a_call_is_put_before_readers_for_what_is_declared(
    of_call: dict[str, Any], reasons: tuple[str, ...]
) -> None:
    from dataclasses import replace

    from adjudication.review.rules import published_rules
    from registry.review.opening import CALL, why
    from registry.review.randomization import Secret

    call = {
        **dict.fromkeys(CALL),
        "best_response": "CR",
        "criteria_id": "itp-iwg-2009",
        "challenged": False,
        **of_call,
    }
    rules = replace(published_rules(), random_share=0.0)
    found = why(call, rules, Secret("any"), accepts=True)
    assert (found.reasons, found.accepted, found.drawn) == (reasons, not reasons, False)


def test_a_call_is_drawn_once_for_what_it_says_however_often_its_patient_is_counted() -> None:
    """The share stays what is declared over two years of visits; a call that says something else is another lot."""

    from adjudication.review.rules import published_rules
    from registry.review.opening import CALL, why
    from registry.review.randomization import Secret

    rules, secret = published_rules(), Secret("any")

    def drawn(course: int, visit: int, **says: Any) -> bool:
        call = {
            **dict.fromkeys(CALL),
            "course_id": f"C{course}",
            "best_response": "CR",
            "onset_on": date(2025, 1, 12),
            "criteria_id": "itp-iwg-2009",
            "criteria_hash": f"rules {visit}",
            "series_fingerprint": f"{course} {visit}",
            "challenged": False,
            **says,
        }
        return why(call, rules, secret, accepts=True).drawn

    courses = range(2_000)
    once = {course for course in courses if drawn(course, 1)}
    assert abs(len(once) / len(courses) - rules.random_share) < 0.02
    assert {course for course in courses for visit in range(24) if drawn(course, visit)} == once
    for says in ({"best_response": "R"}, {"onset_on": date(2025, 1, 13)}, {"relapsed_on": date(2025, 9, 1)}):
        assert {course for course in courses if drawn(course, 1, **says)} != once


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("author", [False, True])
def test_every_role_before_every_state_and_act(role: Role, author: bool) -> None:
    """What a role gives, and what it does not, whoever logged the course."""
    someone = Actor("someone", {"North": frozenset({role})})
    for holds in (False, True):
        by = Standing(reviews=someone.may(Permission.REVIEW, "North"), author=author, holds=holds)
        for state in State:
            for act in Act:
                why = refusal(state, act, by)
                if role is not Role.ADJUDICATOR and act not in BY_PROGRAM:
                    assert why is Refusal.NOT_PERMITTED
                elif author and act not in BY_PROGRAM:
                    assert why is Refusal.AUTHOR
                elif why is None:
                    assert (state, act) in TRANSITIONS


def test_a_share_of_what_the_machine_accepts_is_drawn_the_same_by_the_same_seed(
    tmp_path: Path, clock: Clock, cohort_path: Path
) -> None:
    from adjudication.review.rules import published_rules
    from registry.review.opening import candidates, why
    from registry.review.randomization import Secret

    with Database.open(cohort_path, now=clock) as db:
        found = candidates(db.rows)
    rules = published_rules()
    drawn = []
    for number in range(40):
        secret = Secret(f"seed {number}")
        because = [why(call, rules, secret, accepts=True) for call in found]
        assert because == [why(call, rules, secret, accepts=True) for call in found]
        assert all(one.accepted == (set(one.reasons) <= {"drawn"}) for one in because)
        accepted = [one for one in because if one.accepted]
        drawn.append(sum(one.drawn for one in accepted) / len(accepted))
        off = [why(call, rules, secret, accepts=False) for call in found]
        assert all(one.reasons for one in off)
        assert [one.drawn for one in off] == [one.drawn for one in because]
    assert sum(drawn) / len(drawn) == pytest.approx(rules.random_share, abs=0.02)


def test_a_reader_is_never_told_why_a_case_was_opened(house: House, cases: dict[str, str]) -> None:
    db, case = house.db, cases["C1"]
    house.agree(case, "CR", "2025-01-12")
    assert review.outcome(db, house.who("reader-1"), case).reasons == ()
    assert review.outcome(db, house.who("manager"), case).reasons == ("assumption", "challenged")
    assert all("challenged" not in str(row) for row in review.queue(db, house.who("reader-1")))


def test_a_reader_meets_the_outcome_under_the_names_and_days_of_the_packet(
    house: House, cases: dict[str, str]
) -> None:
    db, case = house.db, cases["C1"]
    house.agree(case, "CR", "2025-01-12")
    came = review.outcome(db, house.who("reader-1"), case)
    assert (came.masked, came.course_id, came.decision["onset_on"]) == (
        True,
        None,
        house.shown(case, "2025-01-12"),
    )
    assert came.machine is not None
    assert came.machine["onset_on"] == house.shown(case, "2025-01-12")
    assert [row["reader"] for row in came.reads] == ["reader-1", None]
    identity = {"patient_id": "P1", "observation_id": "O3"}
    record.amend(db, db.actor(None), "observation", identity, {"value": "141"}, "misread", 1)
    review.rejudge(db, db.actor(None))
    old = review.outcome(db, house.who("reader-1"), case)
    assert (old.state, old.superseded_by) == ("stale", None)
    assert (old.machine, [row["reader"] for row in old.reads]) == (None, ["reader-1"]), "it is read again"
    house.agree(house.cases()["C1"], "CR", "2025-01-12")
    told = review.outcome(db, house.who("reader-1"), house.cases()["C1"])
    assert told.machine is not None
    assert (told.machine["response"], len(told.reads)) == ("CR", 2)
    with pytest.raises(Refused):
        review.outcome(db, house.who("reader-3"), case)


def test_only_whoever_opens_cases_opens_them_and_only_who_sees_calls_challenges(house: House) -> None:
    for name in ("nurse", "clinician", "reader-1", "reading-nurse", "reading-manager"):
        with pytest.raises(NotPermitted):
            review.open_cases(house.db, house.who(name), at_most=1)
    for name in ("reader-1", "reading-nurse"):
        with pytest.raises(NotPermitted):
            review.challenge(house.db, house.who(name), "C1", "I wonder.")
    with pytest.raises(Usage, match="Give the reason for the challenge"):
        review.challenge(house.db, house.who("nurse"), "C1", "  ")


def test_names_of_cases_say_nothing_and_differ_between_registries(
    house: House, tmp_path: Path, clock: Clock
) -> None:
    review.challenge(house.db, house.who("nurse"), "C1", "Is that so?")
    house.open()
    with judged(tmp_path / "other.duckdb", clock) as other:
        review.challenge(other.db, other.who("nurse"), "C1", "Is that so?")
        review.open_cases(other.db, other.who("manager"))
        assert house.cases()["C1"] != other.cases()["C1"]
    assert house.cases()["C1"].startswith("case-")


# The whole of it


def test_some_hundred_random_acts_on_the_real_registry_keep_what_the_workflow_promises(
    house: House, cases: dict[str, str], clock: Clock
) -> None:
    import random

    rng, db = random.Random(11), house.db
    people = [*READERS, "nurse", "reading-nurse"]
    done = 0
    for _ in range(400):
        case, name = rng.choice(list(cases.values())), rng.choice(people)
        level = rng.choice(["CR", "CR", "NR"])
        actor = house.who(name)
        said = house.said(case, level, "2025-02-01" if level == "CR" else None, reason="So.")
        acts = {
            "claim": lambda a=actor, c=case: review.claim(db, a, c),
            "commit": lambda a=actor, c=case, s=said: review.commit(db, a, c, s, proof),
            "resolve": lambda a=actor, c=case, s=said: review.resolve(db, a, c, s, proof),
            "convene": lambda a=actor, c=case: review.convene(db, a, c, list(READERS[:3])),
            "vote": lambda a=actor, c=case, s=said: review.vote(db, a, c, s, proof),
            "count": lambda a=actor, c=case: review.count(db, a, c),
            "release": lambda a=actor, c=case: review.release(db, a, c),
        }
        revision = db.revision
        clock.advance(hours=rng.choice([0, 1, 60]))
        try:
            act: Any = rng.choice(list(acts.values()))
            act()
            done += 1
            assert db.revision == revision + 1
        except NadirError:
            assert db.revision == revision
    assert done > 40
    for case in cases.values():
        one = found(db.rows, case)
        assert one is not None
        key = one.case_key
        blind = db.rows("SELECT reader FROM review_read WHERE case_key = $1 AND part = 'blind'", [key])
        assert len(blind) == len(set(blind)) <= 2
        decided = db.rows("SELECT count(*) FROM review_decision WHERE case_key = $1", [key])
        assert (decided == [(1,)]) == (house.state(case) in ("agreed", "resolved"))
        third = set(db.rows("SELECT reader FROM review_read WHERE case_key = $1 AND part = 'third'", [key]))
        assert not third & set(blind)
    assert not db.rows("SELECT 1 FROM review_read WHERE reader = 'nurse'")
    assert db.verify() == []
    assert timedelta(0) == clock() - db.now()

"""A decision that was re-opened stays readable, says what changed under it, and waits at home until read again."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from adjudication.response import criteria
from registry import record, review
from registry.errors import NotPermitted
from registry.patients.patient_record import patient_record
from registry.review import Changed
from registry.roles import Actor, Role
from registry.tasks import Waiting, waiting_for
from tests.conftest import Clock
from tests.registry.reviewing import TODAY, House, challenged, judged, prepared

VALUE = ("platelets", "observation")


@pytest.fixture
def house(registry_path: Path, clock: Clock) -> Iterator[House]:
    """Every course is decided as the machine called it."""
    with prepared(registry_path, clock, decided) as one:
        yield one


def decided(house: House) -> None:
    challenged(house)
    cases = house.cases()
    house.agree(cases["C1"], "CR", "2025-01-12", lost="2025-06-01", relapsed="2025-06-01")
    house.agree(cases["C2"], "R", "2025-07-01")
    house.agree(cases["C3"], "CR", "2025-01-20")
    house.agree(cases["C4"], "NR")


def old(house: House, patient: str = "P1", who: str = "clinician") -> list[review.Superseded]:
    return review.superseded(house.db, house.who(who), patient)


def reopened(house: House) -> set[str]:
    """The courses whose decision holds no more."""
    return {
        course for (course,) in house.db.rows("SELECT course_id FROM review_case_view WHERE state = 'stale'")
    }


def correct(house: House, observation: str, **changes: str) -> None:
    identity = {"patient_id": "P1", "observation_id": observation}
    record.amend(house.db, house.db.actor(None), "observation", identity, changes, "misread", 1)
    review.rejudge(house.db, house.db.actor(None))


# --- what changed


def test_a_corrected_value_is_told_with_its_day_before_and_after(house: House) -> None:
    assert old(house) == []
    correct(house, "O3", value="14")
    [one] = old(house)
    assert (one.course_id, one.decision["best_response"], one.decision["reached_by"]) == (
        "C1",
        "CR",
        "agreement",
    )
    assert one.changed[0] == Changed("platelets", date(2025, 1, 22), "140", "14")
    assert Changed("the automated call", None, "CR", "NR") in one.changed
    assert sum(change.what in VALUE for change in one.changed) == 1, "what is only now cited is no change"
    assert (one.being_read, one.followed_by) == (True, house.cases()["C1"])
    shown = patient_record(house.db, house.who("clinician"), "P1").calls
    assert [row["to_judge"] for row in shown] == [False, False], "C2 was judged too, and came out the same"


def test_a_corrected_value_that_is_cited_as_before_is_told_alone(house: House) -> None:
    correct(house, "O3", value="141")
    [one] = old(house)
    assert one.changed == (Changed("platelets", date(2025, 1, 22), "140", "141"),)


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ({"observed_at": "2025-01-23"}, "140 on 2025-01-23"),
        ({"quality": "clumped"}, "not evaluable: clumped"),
    ],
)
def test_a_moved_or_spoiled_count_says_so(house: House, changes: dict[str, str], after: str) -> None:
    correct(house, "O3", **changes)
    assert old(house)[0].changed[0] == Changed("platelets", date(2025, 1, 22), "140", after)


def test_a_withdrawn_value_is_gone_and_one_recorded_since_was_not_there(house: House) -> None:
    operator = house.db.actor(None)
    cited = {"patient_id": "P1", "observation_id": "O3"}
    record.withdraw(house.db, operator, "observation", cited, "of another patient", 1)
    review.rejudge(house.db, operator)
    assert old(house)[0].changed[0] == Changed("platelets", date(2025, 1, 22), "140", None)
    low = {
        "patient_id": "P3",
        "observation_id": "O9",
        "observed_at": "2025-01-22",
        "analyte": "platelets",
        "value": "45",
        "unit": "10*9/L",
    }
    for name, on in (("O8", "2025-01-21"), ("O9", "2025-01-30")):
        record.log(house.db, operator, "observation", {**low, "observation_id": name, "observed_at": on})
    review.rejudge(house.db, operator)
    assert {change for change in old(house, "P3")[0].changed if change.what == "platelets"} >= {
        Changed("platelets", date(2025, 1, 21), None, "45")
    }


def test_a_moved_course_tells_its_start_before_and_after(house: House) -> None:
    operator = house.db.actor(None)
    record.amend(
        house.db, operator, "course", {"course_id": "C1"}, {"started_on": "2025-01-01"}, "the day before", 1
    )
    review.rejudge(house.db, operator)
    assert reopened(house) == {"C1"}
    assert Changed("start of the course", None, "2025-01-02", "2025-01-01") in old(house)[0].changed


def test_a_value_that_no_call_cites_supersedes_nothing(house: House) -> None:
    operator = house.db.actor(None)
    identity = {"patient_id": "P1", "observation_id": "O4"}
    cited = house.db.rows("SELECT 1 FROM evidence_view WHERE course_id = 'C1' AND observation_id = 'O4'")
    assert cited == []
    record.amend(house.db, operator, "observation", identity, {"value": "121"}, "misread", 1)
    assert review.rejudge(house.db, operator).reopened == 0
    assert old(house) == []


@pytest.mark.parametrize(
    ("patient", "course", "counts"),
    [
        ("P1", "C2", {"2025-08-20": "90", "2025-09-20": "95"}),
        ("P3", "C4", {"2025-02-20": "25", "2025-03-20": "28"}),
    ],
)
def test_one_more_count_that_does_not_reach_the_better_level_supersedes_nothing(
    house: House, patient: str, course: str, counts: dict[str, str]
) -> None:
    operator = house.db.actor(None)
    against = "SELECT observation_id FROM evidence_view WHERE course_id = $1 AND step = 'refutes_better' ORDER BY ALL"
    before = house.db.rows(against, [course])
    for on, value in counts.items():
        seen = {
            "patient_id": patient,
            "observation_id": f"on {on}",
            "observed_at": on,
            "analyte": "platelets",
            "value": value,
            "unit": "10*9/L",
        }
        record.log(house.db, operator, "observation", seen)
    assert review.rejudge(house.db, operator).reopened == 0
    assert house.db.rows(against, [course]) != before, "another count is cited now"
    assert reopened(house) == set()


def test_what_spoke_against_the_better_level_must_still_stand(house: House) -> None:
    [(cited, value)] = house.db.rows(
        "SELECT observation_id, value FROM evidence_view WHERE course_id = 'C2' AND step = 'refutes_better'"
    )
    correct(house, cited, value=str(int(value) + 1))
    assert "C2" in reopened(house)


def test_a_corrected_bleed_that_a_call_cites_supersedes_the_decision(
    registry_path: Path, clock: Clock
) -> None:
    bleed = {
        "patient_id": "P1",
        "bleed_id": "B1",
        "started_on": "2025-07-29",
        "ended_on": "2025-07-29",
        "scale": "WHO",
        "grade": "2",
        "itp_related": "yes",
    }
    with judged(registry_path, clock) as house:
        db, operator = house.db, house.db.actor(None)
        for number, (on, value) in enumerate(
            {"2025-07-29": "75", "2025-08-12": "80", "2025-09-12": "85"}.items()
        ):
            seen = {
                "patient_id": "P1",
                "observation_id": f"X{number}",
                "observed_at": on,
                "analyte": "platelets",
                "value": value,
                "unit": "10*9/L",
            }
            record.log(db, operator, "observation", seen)
        record.log(db, operator, "bleed", bleed)
        review.rejudge(db, operator)
        review.challenge(db, house.who("clinician"), "C2", "Is that so?")
        house.open()
        house.agree(house.cases()["C2"], "R", "2025-07-01", relapsed="2025-07-29")
        record.amend(
            db, operator, "bleed", {"patient_id": "P1", "bleed_id": "B1"}, {"grade": "4"}, "misread", 1
        )
        assert review.rejudge(db, operator).reopened == 1
        assert old(house)[0].changed == (
            Changed("bleed", date(2025, 7, 29), "WHO 2, until 2025-07-29", "WHO 4, until 2025-07-29"),
        )


def test_a_reader_is_told_what_changed_though_it_lies_after_the_packet(house: House, clock: Clock) -> None:
    db, operator = house.db, house.db.actor(None)
    clock.advance(days=40)
    for name, on in (("O8", clock().date() - timedelta(days=9)), ("O9", clock().date() - timedelta(days=1))):
        low = {
            "patient_id": "P1",
            "observation_id": name,
            "observed_at": on.isoformat(),
            "analyte": "platelets",
            "value": "12",
            "unit": "10*9/L",
        }
        record.log(db, operator, "observation", low)
    assert review.rejudge(db, operator).reopened == 1
    [mine] = [one for one in review.signed(db, house.who("reader-1")) if one.superseded]
    assert mine.differs
    added = [one for one in mine.changed if one.part == "observations" and one.before is None]
    assert len(added) == 2


# --- new criteria


def another_version(monkeypatch: pytest.MonkeyPatch, was: str, now: str) -> None:
    """The criteria of ITP in a later version, in which something is said otherwise."""
    text = criteria.source("itp-iwg-2009")
    assert was in text
    published = criteria.source
    monkeypatch.setattr(
        criteria,
        "source",
        lambda name: text.replace(was, now, 1) if name == "itp-iwg-2009" else published(name),
    )
    monkeypatch.setattr(criteria, "check_examples", lambda *_: [])
    criteria.load.cache_clear()


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    criteria.load.cache_clear()


def test_a_new_version_of_the_criteria_reopens_exactly_what_cites_the_changed_threshold(
    house: House, versions: pytest.MonkeyPatch
) -> None:
    """105 for 100 is what CR asks: C1 rests on it, C2 is not CR because of it, and C4 and AIHA know nothing of it."""
    another_version(versions, '{ at_least = "100" }', '{ at_least = "105" }')
    assert criteria.load("itp-iwg-2009").digest != house.db.rows("SELECT criteria_hash FROM call_view")[0][0]
    assert review.rejudge(house.db, house.db.actor(None)).reopened == 2
    assert reopened(house) == {"C1", "C2"}
    for one in old(house):
        [change] = [change for change in one.changed if change.what == "itp-iwg-2009"]
        assert change.before != change.after == criteria.load("itp-iwg-2009").digest[:8]
    final = {row["course_id"]: row for row in review.final_responses(house.db, house.who("nurse"), "P3")}
    assert final["C4"]["provenance"] == "decision"


def test_a_new_version_that_changes_no_call_and_no_evidence_reopens_nothing(
    house: House, versions: pytest.MonkeyPatch
) -> None:
    another_version(versions, "rescue_drug_days = 56", "rescue_drug_days = 57")
    report = review.rejudge(house.db, house.db.actor(None))
    assert (report.changed, report.reopened) == (3, 0)
    assert reopened(house) == set()
    hashes = "SELECT DISTINCT criteria_hash FROM final_response_view WHERE provenance = 'decision'"
    assert criteria.load("itp-iwg-2009").digest not in {one for (one,) in house.db.rows(hashes)}, (
        "a decision names the version that it was reached under"
    )


# --- afterwards


def test_decided_again_the_old_decision_stays_readable_and_nothing_waits(house: House) -> None:
    correct(house, "O3", value="141")
    first = old(house)[0]
    again = house.cases()["C1"]
    house.agree(again, "R", "2025-01-12", relapsed="2025-06-01")
    [one] = old(house)
    assert (one.being_read, one.followed_by) == (False, again)
    assert one.changed == first.changed, "what changed is told as it was then"
    assert review.outcome(house.db, house.who("clinician"), one.decision["case_id"]).superseded_by == again
    correct_again = {"patient_id": "P1", "observation_id": "O3"}
    record.amend(house.db, house.db.actor(None), "observation", correct_again, {"value": "142"}, "misread", 2)
    review.rejudge(house.db, house.db.actor(None))
    assert [(each.changed[0].before, each.changed[0].after) for each in old(house)] == [
        ("140", "141"),
        ("141", "142"),
    ]


def test_without_the_course_nothing_is_read_again(house: House) -> None:
    operator = house.db.actor(None)
    step = {"course_id": "C4", "agent": "eltrombopag", "started_on": "2025-01-02"}
    record.withdraw(house.db, operator, "course_agent", step, "never given", 1)
    record.withdraw(house.db, operator, "course", {"course_id": "C4"}, "never given", 1)
    review.rejudge(house.db, operator)
    [one] = old(house, "P3")
    assert (one.followed_by, one.being_read) == (None, False)
    assert waits(house, house.who("clinician")) == []


# --- who is told


def waits(house: House, actor: Actor) -> list[Waiting]:
    return [one for one in waiting_for(house.db, actor, TODAY) if one.what == "Decisions re-opened"]


def test_home_says_it_to_whoever_sees_calls_there_and_to_no_reader(house: House) -> None:
    assert waits(house, house.who("clinician")) == []
    correct(house, "O3", value="14")
    for name in ("clinician", "manager"):
        [one] = waits(house, house.who(name))
        assert (one.number, one.address) == (1, "/patient?patient=P1&course=C1")
    for name in ("reader-1", "reader-3", "reading-nurse", "reading-manager", "nurse"):
        assert waits(house, house.who(name)) == []
    south = Actor("south", {"South": frozenset({Role.CLINICIAN})})
    assert waits(house, south) == []


def test_whoever_may_read_the_course_again_is_told_nothing_by_this_door(house: House) -> None:
    correct(house, "O3", value="14")
    for name in ("reader-1", "reader-3", "reading-nurse", "reading-manager"):
        with pytest.raises(NotPermitted, match="adjudicates"):
            old(house, who=name)
    with pytest.raises(NotPermitted):
        review.superseded(house.db, Actor("south", {"South": frozenset({Role.NURSE})}), "P1")

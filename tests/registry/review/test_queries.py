"""Queries on values: from question to answer, and what is asked in a case."""

from typing import Any

import pytest

from registry import record, review
from registry.errors import NotPermitted, Refused
from registry.review.stored import found
from tests.conftest import Clock
from tests.registry.reviewing import TODAY, House, proof


def test_a_query_goes_from_question_to_answer_and_says_when_its_version_is_superseded(
    house: House, clock: Clock
) -> None:
    db, clinician, nurse = house.db, house.who("clinician"), house.who("nurse")
    identity = {"patient_id": "P1", "observation_id": "O2"}
    name = review.ask(db, clinician, "observation", identity, "value", "110 or 11?")
    clock.advance(days=3)
    [asked] = review.queries(db, nurse)
    assert (asked.state, asked.value, asked.superseded, asked.age_days) == ("open", "110", False, 3)
    assert (asked.raised_by, asked.version, asked.column) == ("clinician", 1, "value")
    [age] = review.ages(db, nurse)
    assert (age.site, age.open, age.median_days) == ("North", 1, 3.0)
    record.amend(db, nurse, "observation", identity, {"value": "111"}, "misread", 1)
    review.answer(db, nurse, name, "It was 111.")
    [answered] = review.queries(db, clinician)
    assert (answered.state, answered.value, answered.superseded) == ("answered", "110", True)
    with pytest.raises(NotPermitted):
        review.answer(db, clinician, name, "I cannot know.")
    with pytest.raises(Refused, match="Only the person who asked"):
        review.close(db, nurse, name, "done")
    review.close(db, clinician, name, "Thank you.")
    assert review.ages(db, nurse) == []
    assert [text for _, _, text in review.queries(db, nurse)[0].said] == [
        "110 or 11?",
        "It was 111.",
        "Thank you.",
    ]
    with pytest.raises(Refused, match="is closed"):
        review.ask_again(db, clinician, name, "One more.")


def test_a_query_from_a_case_names_no_reader(house: House, cases: dict[str, str]) -> None:
    db, one, case = house.db, house.who("reader-1"), cases["C1"]
    review.claim(db, one, case)
    row = review.opened(db, one, case).content["observations"][1]
    name = review.ask_in_case(db, one, case, "observations", row["observation_id"], "value", "Is it 110?")
    for other in ("nurse", "manager"):
        [seen] = review.queries(db, house.who(other))
        assert seen.raised_by is None
        assert "reader-1" not in str(seen)
        assert seen.identity == {"patient_id": "P1", "observation_id": "O2"}
    [own] = review.queries(db, one)
    assert own.raised_by == "reader-1"
    review.answer(db, house.who("nurse"), name, "Yes.")
    review.close(db, one, name, "Good.")
    assert "reader-1" not in str(review.queries(db, house.who("nurse")))


@pytest.mark.parametrize("other", ["reader-2", "reading-nurse", "reading-manager"])
def test_what_is_asked_in_a_case_is_not_told_to_whoever_may_still_read_the_patient(
    house: House, cases: dict[str, str], other: str
) -> None:
    """No list or refusal tells of it, nor of what others asked by name, also once decisions hold."""
    db, one, case = house.db, house.who("reader-1"), cases["C1"]
    review.claim(db, one, case)
    row = review.opened(db, one, case).content["observations"][1]
    name = review.ask_in_case(db, one, case, "observations", row["observation_id"], "value", "Is it 110?")
    review.ask(
        db, house.who("clinician"), "observation", {"patient_id": "P1", "observation_id": "O1"}, "value", "8?"
    )

    def listed() -> list[set[str]]:
        by: list[dict[str, Any]] = [{}, {"patient_id": "P1"}, {"state": "open"}]
        with pytest.raises(NotPermitted, match="adjudicates"):
            review.queries(db, house.who(other), site="North")
        return [{query.query_id for query in review.queries(db, house.who(other), **how)} for how in by]

    def refused(query_id: str) -> set[str]:
        said = set()
        for move in (review.answer, review.close, review.ask_again):
            with pytest.raises((Refused, NotPermitted)) as error:
                move(db, house.who(other), query_id, "So.")
            said.add(str(error.value).replace(query_id, "it"))
        return said

    assert listed() == [set()] * 3
    assert refused(name) == refused("query-0000000000")
    review.release(db, one, case)
    for course, level, onset in (("C1", "CR", "2025-01-12"), ("C2", "R", "2025-07-01")):
        assert listed() == [set()] * 3
        house.read("reader-3", cases[course], level, onset)
        house.read("reader-4", cases[course], level, onset)
    assert listed() == [set()] * 3
    assert refused(name) == refused("query-0000000000")


def test_a_query_from_a_case_is_about_the_version_that_the_packet_shows(
    house: House, cases: dict[str, str]
) -> None:
    db, one, case, operator = house.db, house.who("reader-1"), cases["C1"], house.db.actor(None)
    review.claim(db, one, case)
    content = review.opened(db, one, case).content
    shown = next(row for row in content["observations"] if row["value"] == "140")
    count = {"patient_id": "P1", "observation_id": "O3"}
    record.amend(db, operator, "observation", count, {"value": "41"}, "misread", 1)
    record.amend(db, operator, "course", {"course_id": "C1"}, {"intent": "maintenance"}, "misread", 1)
    review.ask_in_case(db, one, case, "observations", shown["observation_id"], "value", "Is it really 140?")
    review.ask_in_case(db, one, case, "courses", content["course_id"], "intent", "Induction?")
    asked = {query.table: query for query in review.queries(db, house.who("nurse"))}
    assert (asked["observation"].version, asked["observation"].value, asked["observation"].value_now) == (
        1,
        "140",
        "41",
    )
    assert (asked["course"].version, asked["course"].value, asked["course"].value_now) == (
        1,
        "induction",
        "maintenance",
    )
    assert all(query.superseded for query in asked.values())
    record.withdraw(db, operator, "observation", count, "of another patient", 2)
    review.ask_in_case(db, one, case, "observations", shown["observation_id"], "value", "Whose is it?")
    assert [query.withdrawn for query in review.queries(db, house.who("nurse"))] == [True, False, True]


def test_a_row_that_came_after_the_packet_has_no_name_in_it(house: House, cases: dict[str, str]) -> None:
    from registry.review import packet
    from registry.review.cases import frame_of
    from registry.review.queries import ASKABLE
    from registry.review.randomization import secret

    db, own = house.db, secret(house.db.rows)
    assert own is not None
    frame = frame_of(found(db.rows, cases["C1"]))  # type: ignore[arg-type]
    content = packet.stored(db.rows, found(db.rows, cases["C1"]).case_key)  # type: ignore[union-attr]
    assert content is not None
    before = {part: packet.rows_named(db.rows, own, frame, part) for part in ASKABLE}
    for part, named in before.items():
        assert set(named) == {row[packet.PARTS[part].named[0]] for row in content[part]}
    late = {"patient_id": "P1", "observation_id": "O99", "observed_at": "2025-02-01", "analyte": "platelets"}
    late |= {"value": "100", "unit": "10*9/L"}
    record.log(db, db.actor(None), "observation", late, today=TODAY)
    assert {part: packet.rows_named(db.rows, own, frame, part) for part in ASKABLE} == before


def test_what_a_reader_asked_keeps_the_pseudonym_also_once_the_case_is_decided(
    house: House, cases: dict[str, str]
) -> None:
    db, one, case = house.db, house.who("reader-1"), cases["C1"]
    review.claim(db, one, case)
    content = review.opened(db, one, case).content
    for part in ("observations", "courses"):
        review.ask_in_case(
            db, one, case, part, content[part][0][f"{part[:-1]}_id"], _day_of(part), "That day?"
        )
    for seen in (review.queries(db, one), review.queries(db, one, mine=True)):
        for own in seen:
            assert (own.patient_id, own.site, own.identity, own.value, own.masked) == (
                case,
                None,
                {},
                None,
                True,
            )
            assert not {"P1", "North", "2025"} & set(str(own.said).replace("'", " ").split())
    assert review.queries(db, one, patient_id="P1") == []
    assert review.queries(db, one, patient_id=case) == []
    record.amend(
        db,
        house.who("nurse"),
        "observation",
        {"patient_id": "P1", "observation_id": "O1"},
        {"observed_at": "2025-01-03"},
        "the wrong day",
        1,
    )
    [count] = [own for own in review.queries(db, one) if own.table == "observation"]
    assert (count.superseded, count.value_now) == (True, None)
    house.read("reader-2", case, "CR", "2025-01-12")
    review.commit(db, one, case, house.said(case, "CR", "2025-01-12"), proof)
    assert house.state(case) == "agreed"
    assert all(own.masked and own.patient_id == case for own in review.queries(db, one))
    assert {(own.value, own.value_now, own.site) for own in review.queries(db, one)} == {(None, None, None)}


def _day_of(part: str) -> str:
    return {"observations": "observed_on", "courses": "started_on"}[part]

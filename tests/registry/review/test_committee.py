"""Committees: a lost quorum, a vote of somebody who left, and the time that a member has spent."""

import pytest

from registry import accounts, record, review
from registry.errors import Refused
from registry.roles import EVERYWHERE, PERMISSIONS, Actor, Permission, Role
from registry.store.database import Database
from tests.conftest import Clock
from tests.registry.reviewing import House, proof


def _to_a_committee(house: House, case: str, members: list[str]) -> None:
    """Two readers differ, and whoever holds the dispute calls a committee."""
    house.read("reader-1", case, "CR", "2025-01-12")
    house.read("reader-2", case, "R", "2025-01-12")
    review.claim(house.db, house.who("reader-5"), case)
    review.convene(house.db, house.who("reader-5"), case, members)


def _vote(house: House, name: str, case: str, level: str = "CR", *, seconds: int = 0) -> None:
    said = house.said(case, level, "2025-01-12", reason="So I think.")
    review.vote(house.db, house.who(name), case, said, proof, seconds=seconds)


@pytest.mark.parametrize("leaves", ["disabled", "moved", "author"])
def test_a_committee_that_lost_its_quorum_gives_way_to_another(
    house: House, cases: dict[str, str], clock: Clock, leaves: str
) -> None:
    db, case, operator = house.db, cases["C1"], house.db.actor(None)
    accounts.add_account(db, operator, "reader-6", {EVERYWHERE: [Role.ADJUDICATOR]}, today=clock().date())
    _to_a_committee(house, case, ["reader-3", "reader-4", "reader-6"])
    _vote(house, "reader-3", case)
    leave = {
        "disabled": lambda name: accounts.disable_account(db, operator, name),
        "moved": lambda name: accounts.set_roles(db, operator, name, {"elsewhere": [Role.ADJUDICATOR]}),
        "author": lambda name: _logs(db, operator, name, clock),
    }[leaves]
    leave("reader-6")
    with pytest.raises(Refused, match="already has a committee"):
        review.convene(db, house.who("reader-5"), case, ["reader-1", "reader-2", "reader-5"])
    leave("reader-4")
    for act in (review.count, lambda *given: _vote(house, "reader-3", case)):
        with pytest.raises(Refused, match="This case has no committee"):
            act(db, house.who("reader-3"), case)
    assert [(one.part, one.voting) for one in review.disputes(db, house.who("reader-5"))] == [("third", 1)]
    assert review.disputes(db, house.who("reader-1")) == []
    review.claim(db, house.who("reader-5"), case)
    members = ["reader-1", "reader-2", "reader-5"]
    review.convene(db, house.who("reader-5"), case, members)
    [seat] = [one for one in review.disputes(db, house.who("reader-1")) if one.case_id == case]
    assert (seat.part, seat.voting, seat.voted) == ("committee", 2, False)
    for name in members[:2]:
        _vote(house, name, case)
    assert review.count(db, house.who("reader-1"), case)
    assert house.state(case) == "resolved"
    assert db.verify() == []


def _logs(db: Database, operator: Actor, name: str, clock: Clock) -> None:
    """Somebody was a nurse meanwhile, and became author of a fact of the patient of C1."""
    accounts.set_roles(db, operator, name, {EVERYWHERE: [Role.NURSE]})
    seen = {
        "patient_id": "P1",
        "observation_id": f"seen by {name}",
        "observed_at": "2024-06-01",
        "analyte": "platelets",
        "value": "180",
        "unit": "10*9/L",
    }
    record.log(db, db.actor(name), "observation", seen, today=clock().date())
    accounts.set_roles(db, operator, name, {EVERYWHERE: [Role.ADJUDICATOR]})


def test_a_vote_that_was_given_counts_though_its_member_has_left(house: House, cases: dict[str, str]) -> None:
    db, case = house.db, cases["C1"]
    _to_a_committee(house, case, ["reader-1", "reader-2", "reader-3"])
    for name in ("reader-1", "reader-3"):
        _vote(house, name, case)
    for name in ("reader-2", "reader-3"):
        accounts.disable_account(db, db.actor(None), name)
    assert review.count(db, house.who("reader-1"), case)
    assert house.state(case) == "resolved"


def test_a_member_has_spent_no_longer_than_since_the_committee_was_called(
    house: House, cases: dict[str, str], clock: Clock
) -> None:
    db, case = house.db, cases["C1"]
    _to_a_committee(house, case, ["reader-1", "reader-2", "reader-3"])
    clock.advance(minutes=5)
    for wrong in (302, -1):
        with pytest.raises(Refused, match="longer than the time"):
            _vote(house, "reader-1", case, seconds=wrong)
    _vote(house, "reader-1", case, seconds=301)
    assert db.rows("SELECT seconds FROM review_read WHERE part = 'committee'") == [(301,)]


def test_the_role_that_the_committee_counts_is_the_one_that_reviews() -> None:
    assert [role for role in Role if Permission.REVIEW in PERMISSIONS[role]] == [Role.ADJUDICATOR]

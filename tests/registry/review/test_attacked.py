"""What a clever reader would try, in two sessions, at the edge of a claim, with another's password or a second role."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from adjudication.review.workflow import Act, Refusal, refusal
from registry import accounts, record, review
from registry.errors import NadirError, NotPermitted, Refused, Usage
from registry.exchange import export
from registry.exchange.intake import import_path
from registry.patients.patient_record import patient_record
from registry.review.signing import Prove
from registry.review.stored import found, permitted, standing
from registry.roles import EVERYWHERE, Actor, Role
from registry.store import backup
from registry.tasks import waiting_for
from registry.tasks.recent import recent
from registry.tasks.reviews import CASES
from tests.conftest import Clock
from tests.registry.reviewing import READERS, TODAY, House, judged, prepared, proof

COUNT = {
    "patient_id": "P1",
    "observation_id": "O9",
    "observed_at": "2025-08-01",
    "analyte": "platelets",
    "value": "70",
    "unit": "10*9/L",
}


@pytest.fixture
def house(registry_path: Path, clock: Clock) -> Iterator[House]:
    with prepared(registry_path, clock) as one:
        yield one


@pytest.fixture
def case(house: House) -> str:
    return house.cases()["C1"]


def at_once(*acts: Callable[[], Any]) -> list[NadirError | None]:
    """What each of some acts was refused with, all begun together."""

    def tried(act: Callable[[], Any]) -> NadirError | None:
        try:
            act()
        except NadirError as error:
            return error
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(tried, acts))


# Several at once


def test_two_sessions_of_one_reader_commit_one_reading(house: House, case: str) -> None:
    db, one = house.db, house.who("reader-1")
    review.claim(db, one, case)
    said = house.said(case, "CR", "2025-01-12"), house.said(case, "NR")
    refused = at_once(*(partial(review.commit, db, one, case, each, proof) for each in said))
    assert sorted(str(error) for error in refused) == sorted(["None", str(Refusal.ALREADY_READ)])
    assert db.rows("SELECT count(*) FROM review_read") == [(1,)]
    assert house.state(case) == "one_read"


def test_two_readers_who_commit_at_once_are_compared_once(house: House, case: str) -> None:
    db = house.db
    for name in READERS[:2]:
        review.claim(db, house.who(name), case)
    said = house.said(case, "CR", "2025-01-12")
    acts = [partial(review.commit, db, house.who(name), case, said, proof) for name in READERS[:2]]
    assert at_once(*acts) == [None, None]
    assert house.state(case) == "agreed"
    assert db.rows("SELECT count(*) FROM review_decision") == [(1,)]
    assert db.verify() == []


def test_of_five_who_claim_at_once_two_hold_the_case(house: House, case: str) -> None:
    acts = [partial(review.claim, house.db, house.who(name), case) for name in READERS]
    refused = [str(error) for error in at_once(*acts) if error]
    assert refused == [str(Refusal.HELD)] * 3


# Time


def test_a_claim_holds_until_its_last_second_and_not_at_its_end(
    house: House, case: str, clock: Clock
) -> None:
    db, one = house.db, house.who("reader-1")
    review.claim(db, one, case)
    end = review.opened(db, one, case).expires_at
    assert end is not None
    clock.now = end - timedelta(seconds=1)
    assert review.opened(db, one, case).case_id == case
    clock.now = end
    assert not next(row.held for row in review.queue(db, one) if row.case_id == case)
    for act in (
        lambda: review.opened(db, one, case),
        lambda: review.save(db, one, case, {}),
        lambda: review.commit(db, one, case, house.said(case, "NR"), proof),
    ):
        with pytest.raises(Refused, match="Claim this case first"):
            act()


def test_a_clock_that_was_set_back_keeps_nobody_from_saving_and_committing(
    house: House, case: str, clock: Clock
) -> None:
    db, one = house.db, house.who("reader-1")
    review.claim(db, one, case)
    clock.advance(hours=-1)
    review.save(db, one, case, {"level": "CR"}, seconds=0)
    clock.advance(minutes=-5)
    with pytest.raises(Refused, match="longer than the time"):
        review.save(db, one, case, {"level": "CR"}, seconds=60)
    review.commit(db, one, case, house.said(case, "CR", "2025-01-12"), proof)
    assert db.rows("SELECT seconds FROM review_read") == [(0,)]


# People who change


def test_a_disabled_reader_commits_nothing_even_in_a_session_that_began_before(
    house: House, case: str
) -> None:
    db, one = house.db, house.who("reader-1")
    review.claim(db, one, case)
    accounts.disable_account(db, db.actor(None), "reader-1")
    with pytest.raises(NotPermitted):
        review.commit(db, one, case, house.said(case, "NR"), proof)
    assert db.rows("SELECT 1 FROM review_read") == []


def test_a_reader_who_lost_the_role_commits_nothing_and_one_who_gained_another_stays_blind(
    house: House, case: str
) -> None:
    db, one = house.db, house.who("reader-1")
    review.claim(db, one, case)
    accounts.set_roles(db, db.actor(None), "reader-1", {EVERYWHERE: [Role.ADJUDICATOR, Role.CLINICIAN]})
    with pytest.raises(NotPermitted, match="adjudicates"):
        patient_record(db, house.who("reader-1"), "P1")
    accounts.set_roles(db, db.actor(None), "reader-1", {EVERYWHERE: [Role.CLINICIAN]})
    for actor in (one, house.who("reader-1")):
        with pytest.raises(NotPermitted):
            review.commit(db, actor, case, house.said(case, "NR"), proof)


def test_whoever_logs_a_value_after_claiming_may_not_commit_and_stays_blind(house: House, case: str) -> None:
    db, both = house.db, house.who("reading-nurse")
    review.claim(db, both, case)
    house.logs("reading-nurse", COUNT)
    with pytest.raises(NotPermitted, match="You logged this course"):
        review.commit(db, both, case, house.said(case, "NR"), proof)
    with pytest.raises(NotPermitted, match="adjudicates"):
        patient_record(db, both, "P1")


def test_taking_a_value_back_does_not_make_its_author_a_reader(house: House, case: str) -> None:
    db, both = house.db, house.who("reading-nurse")
    house.logs("reading-nurse", COUNT)
    identity = {"patient_id": "P1", "observation_id": "O9"}
    record.withdraw(db, house.who("nurse"), "observation", identity, "of another patient", 1)
    with pytest.raises(NotPermitted, match="You logged this course"):
        review.claim(db, both, case)


# Ways around


def test_the_data_cut_cannot_be_told_by_trying_which_days_are_refused(house: House, case: str) -> None:
    """Every day behind the packet's last one is refused alike, and without proof none is judged at all."""
    db, one = house.db, house.who("reader-1")
    review.claim(db, one, case)
    last_on = date.fromisoformat(review.opened(db, one, case).content["last_on"])
    [(cut, shift)] = db.rows("SELECT data_cut_on, shift_days FROM review_case WHERE case_id = $1", [case])
    cut_on = cut - timedelta(days=shift)
    assert last_on < cut_on

    def tried(on: date, prove: Prove) -> str:
        said = review.Said("CR", onset_on=on)
        with pytest.raises(NadirError) as refused:
            review.commit(db, one, case, said, prove)
        return str(refused.value)

    days = (last_on + timedelta(days=1), cut_on, cut_on + timedelta(days=1), date(2999, 1, 1))
    assert len({tried(on, proof) for on in days}) == 1
    assert len({tried(on, lambda _: None) for on in (last_on, *days)}) == 1
    review.commit(db, one, case, review.Said("CR", onset_on=last_on), proof)


def test_a_reader_takes_no_decision_in_to_see_the_call(house: House, tmp_path: Path) -> None:
    house.agree(house.cases()["C4"], "NR")
    export.export(house.db, house.db.actor(None), tmp_path / "out")
    with judged(tmp_path / "other.duckdb", Clock(datetime(2026, 3, 31, 9, 30))) as other:
        both = other.who("reading-manager")
        with pytest.raises(NotPermitted, match="adjudicates"):
            import_path(other.db, both, tmp_path / "out", today=TODAY)
        told = import_path(other.db, other.who("nurse"), tmp_path / "out", today=TODAY)
        assert "only accounts that open cases" in " ".join(told.notes)
        assert other.db.rows("SELECT 1 FROM review_case") == []


def test_a_reader_with_every_other_role_takes_no_file_of_the_registry(house: House, tmp_path: Path) -> None:
    both = house.who("reading-manager")
    for act in (
        lambda: export.export(house.db, both, tmp_path / "out"),
        lambda: backup.backup(house.db, both, tmp_path / "copy.duckdb"),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "copy.duckdb").exists()


DOORS: dict[str, Callable[[House, Actor, str], Any]] = {
    "claim": lambda h, a, c: review.claim(h.db, a, c),
    "release": lambda h, a, c: review.release(h.db, a, c),
    "save": lambda h, a, c: review.save(h.db, a, c, {}),
    "opened": lambda h, a, c: review.opened(h.db, a, c),
    "commit": lambda h, a, c: review.commit(h.db, a, c, review.Said("NR"), proof),
    "dispute": lambda h, a, c: review.dispute(h.db, a, c),
    "resolve": lambda h, a, c: review.resolve(h.db, a, c, review.Said("NR", reason="So."), proof),
    "candidates": lambda h, a, c: review.candidates(h.db, a, c),
    "convene": lambda h, a, c: review.convene(h.db, a, c, list(READERS[:3])),
    "vote": lambda h, a, c: review.vote(h.db, a, c, review.Said("NR", reason="So."), proof),
    "count": lambda h, a, c: review.count(h.db, a, c),
    "outcome": lambda h, a, c: review.outcome(h.db, a, c),
    "ask": lambda h, a, c: review.ask_in_case(h.db, a, c, "observations", "observation-1", "value", "So?"),
}


def refused(house: House, actor: Actor, case_id: str) -> dict[str, tuple[str, str, int]]:
    """How each door is refused: the kind of error, its words, and how many changes were made."""
    told = {}
    for name, door in DOORS.items():
        before = house.db.revision
        with pytest.raises(NadirError) as error:
            door(house, actor, case_id)
        told[name] = type(error.value).__name__, str(error.value), house.db.revision - before
    return told


def test_a_case_of_another_hospital_is_refused_like_one_that_is_not_there(house: House, case: str) -> None:
    """In the same words, by the same error and with nothing done, whatever has become of the case."""
    db = house.db
    accounts.add_account(db, db.actor(None), "south", {"South": [Role.ADJUDICATOR]}, today=TODAY)
    south = house.who("south")
    unknown = refused(house, south, "case-000000000000")
    assert {changes for _, _, changes in unknown.values()} == {0}
    assert refused(house, south, case) == unknown
    house.read("reader-1", case, "CR", "2025-01-12")
    assert refused(house, south, case) == unknown
    house.read("reader-2", case, "NR")
    assert refused(house, south, case) == unknown
    review.claim(db, house.who("reader-3"), case)
    review.resolve(db, house.who("reader-3"), case, house.said(case, "NR", reason="So."), proof)
    assert refused(house, south, case) == unknown


def test_what_is_said_to_somebody_who_holds_no_case_does_not_move_when_another_commits(
    house: House, case: str
) -> None:
    db, one = house.db, house.who("reader-1")
    for name in ("reader-2", "reader-3"):
        review.claim(db, house.who(name), case)
    before = refused(house, one, case)
    review.commit(db, house.who("reader-2"), case, house.said(case, "CR", "2025-01-12"), proof)
    assert refused(house, one, case) == before


def test_what_waits_and_what_was_changed_lately_do_not_move_when_another_commits(house: House) -> None:
    """The card of the home page, the queue, the disputes and the list of changes, for every kind of reader."""
    db, cases = house.db, house.cases()
    people = [house.who(name) for name in ("reader-1", "reading-nurse", "reading-manager")]
    for case in cases.values():
        review.claim(db, house.who("reader-2"), case)
    for actor, course in zip(people, cases, strict=False):
        review.claim(db, actor, cases[course])

    def seen(actor: Actor) -> tuple[Any, ...]:
        with pytest.raises(NotPermitted):
            recent(db, actor, 20)
        waits = [one for one in waiting_for(db, actor, TODAY) if one.address == CASES]
        return waits, review.queue(db, actor), review.disputes(db, actor)

    before = [seen(actor) for actor in people]
    assert {waits[0].number for waits, *_ in before} == {2}
    for case in cases.values():
        review.commit(db, house.who("reader-2"), case, house.said(case, "NE"), proof)
        assert [seen(actor) for actor in people] == before


# Roles and authorship, as they make somebody's standing


@pytest.mark.parametrize("author", [False, True], ids=["reader", "author"])
def test_roles_and_authorship_make_the_standing_by_which_every_act_is_judged(
    house: House, case: str, author: bool
) -> None:
    """Every role and every pair of roles, here and at another hospital."""
    db = house.db
    name = "nurse" if author else "someone"
    if author:
        record.log(db, house.who("nurse"), "observation", COUNT, today=TODAY)
    one = found(db.rows, case)
    assert one is not None
    for roles in [*combinations(Role, 1), *combinations(Role, 2)]:
        here, elsewhere = (Actor(name, {site: frozenset(roles)}) for site in ("North", "South"))
        by = standing(db.rows, one, here, db.now())
        assert (by.reviews, by.author) == (Role.ADJUDICATOR in roles, author)
        for act in Act:
            why = refusal(one.state, act, by)
            assert (why is None) == (act is Act.CLAIM and by.reviews and not author)
            # Who reviews nowhere is told so before anything is looked up.
            nowhere = None if by.reviews else Refusal.NOT_PERMITTED
            assert said_to(house, here, case, act) == (nowhere or why)
            assert said_to(house, elsewhere, case, act) == (nowhere or Refusal.NOT_YOURS)


def said_to(house: House, actor: Actor, case_id: str, act: Act) -> str | None:
    """What somebody is refused with who would do this; None if it is allowed."""
    try:
        permitted(house.db.rows, actor, case_id, act, house.db.now())
    except (Refused, NotPermitted) as error:
        return str(error)
    return None


def test_a_committee_of_people_who_may_not_read_is_not_convened(house: House, case: str) -> None:
    db = house.db
    house.read("reader-1", case, "CR", "2025-01-12")
    house.read("reader-2", case, "NR")
    house.logs("reading-nurse", COUNT)
    third = house.who("reader-3")
    review.claim(db, third, case)
    for member in ("reading-nurse", "clinician", "nobody"):
        with pytest.raises(Usage, match=f"{member} cannot be members"):
            review.convene(db, third, case, ["reader-3", "reader-4", member])

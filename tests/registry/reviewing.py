"""A judged registry with people around it: readers, a nurse who logged nothing, a clinician, a data manager."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from registry import accounts, record, review
from registry.review import Said
from registry.roles import EVERYWHERE, Actor, Role
from registry.store.database import Database
from tests.conftest import Clock
from tests.registry.judging import courses_to_judge
from tests.templates import copied, new_registry

TODAY = date(2026, 3, 31)
SEED = "a seed for tests"
COURSES = ("C1", "C2", "C3", "C4")
READERS = ("reader-1", "reader-2", "reader-3", "reader-4", "reader-5")
PEOPLE = {
    **{name: [Role.ADJUDICATOR] for name in READERS},
    "nurse": [Role.NURSE],
    "clinician": [Role.CLINICIAN],
    "manager": [Role.DATA_MANAGER],
    "reading-nurse": [Role.ADJUDICATOR, Role.NURSE],
    "reading-manager": [Role.ADJUDICATOR, Role.DATA_MANAGER, Role.ADMIN, Role.CLINICIAN],
}


def proof(name: str) -> str | None:
    """The proof of somebody who stands before the one who asks."""
    return "password" if name else None


@dataclass
class House:
    """A registry and who uses it."""

    db: Database

    def who(self, name: str) -> Actor:
        return self.db.actor(name)

    def open(self, *, mask_agents: bool = False, at_most: int = 1_000) -> review.Opening:
        return review.open_cases(
            self.db, self.who("manager"), seed=SEED, mask_agents=mask_agents, at_most=at_most
        )

    def cases(self) -> dict[str, str]:
        """The names of all cases that are not stale, by course."""
        rows = self.db.rows("SELECT course_id, case_id FROM review_case_view WHERE state <> 'stale'")
        return dict(rows)

    def state(self, case_id: str) -> str:
        [(state,)] = self.db.rows("SELECT state FROM review_case_view WHERE case_id = $1", [case_id])
        return str(state)

    def shown(self, case_id: str, on: str | None) -> date | None:
        """A day of the record as the packet of a case shows it."""
        [(shift,)] = self.db.rows("SELECT shift_days FROM review_case WHERE case_id = $1", [case_id])
        return None if on is None else date.fromisoformat(on) - timedelta(days=shift)

    def said(
        self,
        case_id: str,
        level: str,
        onset: str | None = None,
        relapsed: str | None = None,
        lost: str | None = None,
        reason: str | None = None,
        note: str | None = None,
    ) -> Said:
        onset_on, lost_cr_on, relapsed_on = (self.shown(case_id, on) for on in (onset, lost, relapsed))
        return Said(level, onset_on, lost_cr_on, relapsed_on, "high", reason, note)

    def read(self, name: str, case_id: str, level: str, onset: str | None = None, **more: str | None) -> None:
        """Claim and commit."""
        review.claim(self.db, self.who(name), case_id)
        review.commit(self.db, self.who(name), case_id, self.said(case_id, level, onset, **more), proof)

    def logs(self, name: str, values: Mapping[str, str]) -> None:
        """A count that somebody logs while he or she is a nurse alone, and reads cases again afterwards."""
        operator = self.db.actor(None)
        accounts.set_roles(self.db, operator, name, {EVERYWHERE: [Role.NURSE]})
        record.log(self.db, self.who(name), "observation", dict(values))
        accounts.set_roles(self.db, operator, name, {EVERYWHERE: PEOPLE[name]})

    def agree(self, case_id: str, level: str, onset: str | None = None, **more: str | None) -> None:
        """Two readers say the same."""
        for name in READERS[:2]:
            self.read(name, case_id, level, onset, **more)


@contextmanager
def judged(path: Path, clock: Clock, **tables: str) -> Iterator[House]:
    """A new registry with the courses to judge, judged, and the people."""

    def make(new: Path) -> None:
        with new_registry(new, now=clock) as db:
            operator = db.actor(None)
            courses_to_judge.taken(db, operator, **tables)
            review.rejudge(db, operator)
            for name, roles in PEOPLE.items():
                accounts.add_account(db, operator, name, {EVERYWHERE: roles}, today=TODAY)

    if tables:
        make(path)
    else:
        copied(f"house {clock():%Y%m%dT%H%M%S}", make, path)
    with Database.open(path, now=clock) as db:
        yield House(db)


def challenged(house: House) -> None:
    """Every call is challenged and put before readers, so that every course has a case."""
    for course in COURSES:
        review.challenge(house.db, house.who("clinician"), course, "Is that so?")
    house.open()


@contextmanager
def prepared(path: Path, clock: Clock, prepare: Callable[[House], object] = challenged) -> Iterator[House]:
    """The same registry after `prepare`, which is done once a run and lets no time pass."""

    def make(new: Path) -> None:
        with judged(new, clock) as house:
            prepare(house)

    name = f"{prepare.__module__}.{prepare.__qualname__} {clock():%Y%m%dT%H%M%S}"
    copied(name, make, path)
    with Database.open(path, now=clock) as db:
        yield House(db)

"""Cases as they are stored: reading one, adding rows, and where somebody stands before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from adjudication.response.criteria import Criteria, load
from adjudication.response.terms import Disease
from adjudication.review.workflow import INDEPENDENT, Act, Refusal, Standing, State, refusal
from registry import sql
from registry.errors import NadirError, NotPermitted, Refused
from registry.review.randomization import Read
from registry.roles import Actor, Permission
from registry.store.transaction import Transaction

_KINDS: Mapping[str, Mapping[str, pa.DataType]] = {
    "review_case": {"case_key": pa.int32(), "shift_days": pa.int32()},
    "review_step": {"case_key": pa.int32(), "position": pa.int32()},
    "review_claim": {"case_key": pa.int32(), "seconds": pa.int32()},
    "review_read": {"case_key": pa.int32(), "round": pa.int32(), "seconds": pa.int32()},
    "review_seat": {"case_key": pa.int32(), "round": pa.int32(), "quorum": pa.int32()},
    "review_decision": {"case_key": pa.int32()},
    "review_packet": {"case_key": pa.int32()},
}


SUBJECT = "review"
"""The subject of every audit event of reading: the trail says who worked, not on what or how far."""


@dataclass(frozen=True)
class Case:
    """One case. `shift_days` is how far the dates of its packet lie before the true ones."""

    case_key: int
    case_id: str
    course_key: int
    course_id: str
    patient_key: int
    criteria_id: str
    site: str | None
    disease: Disease
    opened_at: datetime
    data_cut_on: date
    started_on: date
    shift_days: int
    agents_masked: bool
    fingerprint: str
    follower: str | None
    state: State

    @property
    def criteria(self) -> Criteria:
        """The criteria set by which it is read."""
        return load(self.criteria_id)


_COLUMNS = ", ".join(f.name for f in fields(Case))


def found(read: Read, case_id: str) -> Case | None:
    """The case of that name; None if there is none."""
    rows = read(f"SELECT {_COLUMNS} FROM review_case_view WHERE case_id = $1", [case_id])
    return _case(rows[0]) if rows else None


def of_patient(read: Read, patient_key: int) -> list[Case]:
    """Every case on the courses of a patient, oldest first."""
    rows = read(
        f"SELECT {_COLUMNS} FROM review_case_view WHERE patient_key = $1 ORDER BY case_key", [patient_key]
    )
    return [_case(row) for row in rows]


def _case(row: Sequence[Any]) -> Case:
    named = dict(zip((f.name for f in fields(Case)), row, strict=True))
    named["disease"], named["state"] = Disease[named["disease"]], State(named["state"])
    return Case(**named)


def add(change: Transaction, table: str, *rows: Mapping[str, Any]) -> None:
    """Add rows to a table of review; the number of the change is in each."""
    if not rows:
        return
    kinds = _KINDS.get(table, {})
    known = {name for name, _ in change.columns(table)}
    full = [{**row, "change_seq": change.seq} if "change_seq" in known else dict(row) for row in rows]
    names = list(full[0])
    columns = {name: pa.array([row.get(name) for row in full], kinds.get(name)) for name in names}
    change.append(table, pa.table(columns))


def step(change: Transaction, case_key: int, state: State, act: str, at: datetime) -> None:
    """Let a case reach a state."""
    [(last,)] = change.rows(
        "SELECT coalesce(max(position), 0) FROM review_step WHERE case_key = $1", [case_key]
    )
    row = {"case_key": case_key, "position": last + 1, "state": str(state), "act": act, "reached_at": at}
    add(change, "review_step", row)


def moment(now: datetime) -> datetime:
    """A time as it is stored: whole seconds, so that a bundle says the same."""
    return now.replace(microsecond=0)


# Where somebody stands


@dataclass(frozen=True)
class Claim:
    """Who holds a case, until when, and what they saved."""

    reader: str
    saved_at: datetime
    expires_at: datetime
    seconds: int
    draft: str | None


@dataclass(frozen=True)
class Involved:
    """Everybody who has to do with one case: committed readings (part, round, reader), claims, seats.

    `round` counts the votings of committees, `members` and `quorum` are those of the last one, and it `sits` while
    enough of them have voted or may still vote. `first_at` is when the first
    committee was called.
    """

    given: tuple[tuple[str, int, str], ...]
    claims: tuple[Claim, ...]
    round: int
    members: tuple[str, ...]
    quorum: int
    sits: bool
    first_at: datetime | None

    def readers(self, part: str) -> set[str]:
        """Who committed in a part."""
        return {reader for one, _, reader in self.given if one == part}

    def holders(self, now: datetime) -> set[str]:
        """Who has a claim that has not expired."""
        return {claim.reader for claim in self.claims if claim.expires_at > now}

    @property
    def voted(self) -> set[str]:
        """Who has voted in the present round."""
        return {reader for part, number, reader in self.given if part == "committee" and number == self.round}

    @property
    def countable(self) -> bool:
        """Whether enough members have voted."""
        return self.sits and len(self.voted) >= self.quorum


def involved(read: Read, case: Case) -> Involved:
    """Everybody who has to do with a case."""
    given = read("SELECT part, round, reader FROM review_read WHERE case_key = $1", [case.case_key])
    claims = read(
        "SELECT reader, saved_at, expires_at, seconds, draft FROM review_claim WHERE case_key = $1",
        [case.case_key],
    )
    seats = _seats(read, case.case_key)
    number, _, quorum, sits, first_at = seats[0] if seats else (0, None, 0, False, None)
    return Involved(
        tuple((part, int(number), reader) for part, number, reader in given),
        tuple(Claim(*row) for row in claims),
        number,
        tuple(member for _, member, *_ in seats),
        quorum,
        sits,
        first_at,
    )


def _seats(read: Read, case_key: int) -> list[tuple[Any, ...]]:
    """(round, member, quorum, sits, first_at) of the last committee; few cases have one, and whether it sits is asked
    of accounts and facts."""
    if not read("SELECT 1 FROM review_seat WHERE case_key = $1 LIMIT 1", [case_key]):
        return []
    return read(
        "SELECT round, member, quorum, sits, first_at FROM review_committee_view WHERE case_key = $1 ORDER BY member",
        [case_key],
    )


def is_author(read: Read, patient_key: int, name: str) -> bool:
    """Whether somebody logged any of the facts of a patient that readers are shown."""
    return bool(read(sql.text("queries/review_author"), [patient_key, name]))


def standing(read: Read, case: Case, actor: Actor, now: datetime) -> Standing:
    """Where somebody stands before a case."""
    who, all_of_it = actor.name, involved(read, case)
    holders, thirds = all_of_it.holders(now), all_of_it.readers("third")
    others = (holders | all_of_it.readers("blind")) - {who}
    return Standing(
        reviews=actor.may(Permission.REVIEW, case.site),
        author=is_author(read, case.patient_key, who),
        holds=who in holders,
        has_read=who in all_of_it.readers("blind"),
        place_left=len(others) < 2 if case.state in INDEPENDENT else not holders - {who},
        third=who in thirds,
        third_by_other=bool(thirds - {who}),
        sits=all_of_it.sits,
        member=who in all_of_it.members,
        voted=who in all_of_it.voted,
        quorum=all_of_it.countable,
    )


def permitted(read: Read, actor: Actor, case_id: str, act: Act, now: datetime) -> Case:
    """The case, if `actor` may do `act` to it now.

    Raises NotPermitted for an account that reviews nowhere, and Refused in words that say nothing about a case that
    is not the actor's: a name that does not exist is answered like one at a hospital where the actor has no right.
    """
    if not actor.reviews():
        raise NotPermitted(Refusal.NOT_PERMITTED)
    case = found(read, case_id)
    if case is None or not actor.may(Permission.REVIEW, case.site):
        raise Refused(Refusal.NOT_YOURS)
    why = refusal(case.state, act, standing(read, case, actor, now))
    if why is not None:
        raise _error(why)
    return case


def _error(why: Refusal) -> NadirError:
    return NotPermitted(why) if why in (Refusal.NOT_PERMITTED, Refusal.AUTHOR) else Refused(why)

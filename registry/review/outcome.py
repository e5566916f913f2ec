"""What came of a case once a decision was reached, and what each person signed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from adjudication.response.terms import Level
from adjudication.review.workflow import CLOSED, DATES, Refusal, State, Verdict
from registry.errors import Refused
from registry.review import packet
from registry.review.cases import packet_now
from registry.review.randomization import Read, secret
from registry.review.stored import Case, found, of_patient
from registry.review.verdicts import shown
from registry.roles import Actor, Permission
from registry.store.database import Database

ENDED = CLOSED | {State.STALE}
Row = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """A decided case: what people decided and how, each judgment with its name, and the machine's call of that time.

    `superseded_by` is the case that re-opened it. `reasons` is empty but for whoever opens cases. For a reader who
    sees no calls it is `masked`: dates are those of the packet, other readers have no name, and neither the course
    nor the case that followed is told. While the course is read again, `machine` is None and `reads` are only the
    reader's own, for the reader may be put before it.
    """

    case_id: str
    masked: bool
    course_id: str | None
    criteria_id: str
    state: State
    decision: Row
    reads: tuple[Row, ...]
    machine: Row | None
    superseded_by: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Signed:
    """Something that a person signed. Dates in `said` are those of the packet that was shown.

    `state` is `waiting` until a decision is reached, then agreed, resolved or stale; a case whose call was gone before
    is stale without a `decision`. `differs` = the record would now give another packet than the one that was signed,
    None for a case that came in without one; `changed` is how. Where another case followed, that is told up to its
    data cut, because what re-opened the decision may lie after that of the packet.
    """

    case_id: str
    part: str
    round: int
    said: Row
    meaning: str
    signed_at: datetime
    seen: str
    method: str
    state: str
    decision: Row | None
    superseded: bool
    differs: bool | None
    changed: tuple[packet.Difference, ...]


_READ = (
    "part",
    "round",
    "reader",
    "level",
    *DATES,
    "confidence",
    "reason",
    "note",
    "seconds",
    "committed_at",
)


def outcome(db: Database, actor: Actor, case_id: str) -> Outcome:
    """A decided case, for its own readers and for an account that may see calls of the course.

    Raises Refused in the same words for a case that is not decided, not theirs to see, or does not exist.
    """
    case = found(db.rows, case_id)
    if case is None or not _is_decided(db.rows, case) or not _may_see(db, actor, case):
        raise Refused(Refusal.NOT_YOURS)
    rows = db.rows(
        f"SELECT {', '.join(_READ)} FROM review_read WHERE case_key = $1 ORDER BY committed_at, reader",
        [case.case_key],
    )
    names = ("level", *DATES, "reached_by", "decided_at")
    [decision] = db.rows(
        f"SELECT {', '.join(names)} FROM review_decision WHERE case_key = $1", [case.case_key]
    )
    machine = ("response", "reason", "onset_on", "cr_onset_on", "lost_cr_on", "relapsed_on")
    columns = ", ".join(f"machine_{name}" for name in machine)
    [(*call, reasons)] = db.rows(
        f"SELECT {columns}, reasons FROM review_case WHERE case_key = $1", [case.case_key]
    )
    masked = not _sees_course(actor, case)
    told = not masked and actor.may(Permission.OPEN_CASES) and not actor.reviews(case.site)
    parts = [dict(zip(_READ, row, strict=True)) for row in rows]
    said = dict(zip(names, decision, strict=True))
    of_machine: Row | None = dict(zip(machine, call, strict=True))
    if masked and _is_read(db.rows, case):
        of_machine = None
        parts = [part for part in parts if part["reader"] == actor.name]
    if masked:
        for part in (*parts, said, of_machine or {}):
            _move_days(part, case)
        for part in parts:
            part["reader"] = actor.name if part["reader"] == actor.name else None
    return Outcome(
        case.case_id,
        masked,
        None if masked else case.course_id,
        case.criteria_id,
        case.state,
        said,
        tuple(parts),
        of_machine,
        None if masked or actor.reviews(case.site) else case.follower,
        tuple(reasons.split(";")) if told else (),
    )


def _is_read(read: Read, case: Case) -> bool:
    """Whether the course of a decided case may be read again: the decision holds no more, or another case is open."""
    beside = [one.state for one in of_patient(read, case.patient_key) if one.course_key == case.course_key]
    return case.state is State.STALE or any(state not in ENDED for state in beside)


def _move_days(part: Row, case: Case) -> None:
    """Show the days of a row as the packet of the case shows all days."""
    for name, value in part.items():
        if name.endswith("_on") and value is not None:
            part[name] = value - timedelta(days=case.shift_days)


def _is_decided(read: Read, case: Case) -> bool:
    """Whether a decision was ever reached: a case that became stale without one was not."""
    return case.state in CLOSED or (case.state is State.STALE and _decision(read, case) is not None)


def _sees_course(actor: Actor, case: Case) -> bool:
    """Whether the calls of the course are shown to `actor` everywhere."""
    return actor.may(Permission.READ_CALLS, case.site)


def _may_see(db: Database, actor: Actor, case: Case) -> bool:
    """An account that may see the calls of the course; and its own readers, who have no more to give to it."""
    if _sees_course(actor, case):
        return True
    if not actor.may(Permission.REVIEW, case.site):
        return False
    own = "SELECT 1 FROM review_read WHERE case_key = $1 AND reader = $2"
    return bool(db.rows(own, [case.case_key, actor.name]))


_OWN = "reader = $1 AND case_key IN (SELECT case_key FROM review_packet)"
"""Readings of one account in cases that were opened here; one that came in has no packet."""


def signatures(db: Database, actor: Actor) -> int:
    """How often `actor` has signed here."""
    [(number,)] = db.rows(f"SELECT count(*) FROM review_read WHERE {_OWN}", [actor.name])
    return int(number)


def signed(db: Database, actor: Actor, *, at_most: int | None = None) -> list[Signed]:
    """Everything that `actor` signed here, the newest first, or the last `at_most`.

    Each packet is made again to compare. What came in from another registry is left out: the account of the same name
    there may be somebody else.
    """
    rows = db.rows(
        "SELECT case_key, part, round, level, onset_on, lost_cr_on, relapsed_on, confidence, reason, note, meaning, "
        f"committed_at, seen, packet, method FROM review_read WHERE {_OWN} ORDER BY committed_at DESC, case_key "
        "LIMIT $2",
        [actor.name, at_most],
    )
    cases = {
        key: one for (key,) in dict.fromkeys((row[0],) for row in rows) if (one := _by_key(db.rows, key))
    }
    return [_signed(db, cases[row[0]], row) for row in rows if row[0] in cases]


def _by_key(read: Read, case_key: int) -> Case | None:
    [(name,)] = read("SELECT case_id FROM review_case WHERE case_key = $1", [case_key])
    return found(read, name)


def _signed(db: Database, case: Case, row: tuple[Any, ...]) -> Signed:
    (
        _,
        part,
        number,
        level,
        onset,
        lost,
        relapsed,
        confidence,
        reason,
        note,
        meaning,
        at,
        seen,
        digest,
        method,
    ) = row
    said = shown(Verdict(Level[level], onset, lost, relapsed), case)
    differs, changed = _compared(db.rows, case, digest)
    return Signed(
        case.case_id,
        part,
        number,
        {**said, "confidence": confidence, "reason": reason, "note": note},
        meaning,
        at,
        seen,
        method,
        str(case.state) if case.state in ENDED else "waiting",
        _decision(db.rows, case) if case.state in ENDED else None,
        case.state is State.STALE,
        differs,
        changed,
    )


def _decision(read: Read, case: Case) -> Row | None:
    reached = read(
        "SELECT level, onset_on, lost_cr_on, relapsed_on, reached_by FROM review_decision WHERE case_key = $1",
        [case.case_key],
    )
    if not reached:
        return None
    [(level, onset, lost, relapsed, reached_by)] = reached
    return {**shown(Verdict(Level[level], onset, lost, relapsed), case), "reached_by": reached_by}


def _compared(read: Read, case: Case, digest: str) -> tuple[bool | None, tuple[packet.Difference, ...]]:
    """Whether what was signed is what the record gives now, and in what it differs."""
    before, own = packet.stored(read, case.case_key), secret(read)
    if before is None or own is None:
        return None, ()
    follower = None if case.follower is None else found(read, case.follower)
    until = case if follower is None else replace(case, data_cut_on=follower.data_cut_on)
    now = packet_now(read, own, until)
    if packet.fingerprint(now) == digest:
        return False, ()
    return True, tuple(packet.differences(before, now))

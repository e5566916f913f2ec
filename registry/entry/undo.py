"""A save is undone by its author within minutes: a compensating change, so that the history keeps both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry import record
from registry.entry.saving import Saved
from registry.errors import AlreadyDone, Conflict, NotPermitted, Refused, Usage
from registry.record.versions import author_of, values_of
from registry.record.writing import Fact, identity_of, subject
from registry.roles import Action, Actor
from registry.store import audit
from registry.store.database import Database
from registry.store.transaction import FACTS

UNDONE_WITHIN = timedelta(minutes=10)
"""How long after a save it can be undone; later it is amended or withdrawn, with a reason."""
_UNDOABLE = (Action.LOG, Action.AMEND, Action.WITHDRAW, Action.ANSWER_PROPOSAL, Action.FOLLOW_UP)
_AS_IT_WAS = (Action.ANSWER_PROPOSAL, Action.FOLLOW_UP)
"""What is undone with the right with which it was done: an account that may answer a proposal may take the answer
back."""


@dataclass(frozen=True)
class _Row:
    """A row that the change wrote or ended."""

    table: str
    row_key: int
    version: int
    superseded_by: int | None
    values: dict[str, str | None]

    @property
    def subject(self) -> str:
        return subject(self.table, identity_of(self.table, self.values))


def undo(db: Database, actor: Actor, seq: int, *, key: str) -> Saved:
    """Take back what change `seq` did: withdraw what was logged, restore what was amended, log what was withdrawn.

    Only one's own change, and only within UNDONE_WITHIN; an undo can be undone like any save. `key` is an
    idempotency key. Raises Refused where it is too late or somebody has changed or built on it since,
    NotPermitted for the change of somebody else, Usage for a change that is none of these, as `save` besides.
    """
    done = db.rows("SELECT seq FROM audit_event WHERE idempotency_key = $1 AND actor = $2", [key, actor.name])
    if done:
        return Saved(int(done[0][0]), (), repeated=True)
    wrote, ended, acted = _undoable(db, actor, seq)
    facts = list(_compensation(db, wrote, ended))
    try:
        written = record.write(
            db,
            actor,
            facts,
            reason=f"undo of change {seq}",
            key=key,
            today=db.now().date(),
            acting=acted if acted in _AS_IT_WAS else None,
        )
    except AlreadyDone as again:
        return Saved(again.seq, (), repeated=True)
    except Conflict as clash:
        raise Refused(f"This can no longer be undone, because it was changed since: {clash}") from clash
    return Saved(written.seq, written.facts, written.hints)


def may_undo(db: Database, actor: Actor, seq: int) -> datetime | None:
    """Until when (UTC) `actor` may undo change `seq`; None if not, or not any more."""
    try:
        wrote, ended, _ = _undoable(db, actor, seq)
        list(_compensation(db, wrote, ended))
    except (Refused, NotPermitted, Usage):
        return None
    [(at,)] = db.rows("SELECT recorded_at FROM audit_event WHERE seq = $1", [seq])
    return at + UNDONE_WITHIN if isinstance(at, datetime) else None


def _undoable(db: Database, actor: Actor, seq: int) -> tuple[list[_Row], list[_Row], Action]:
    """The rows that the change wrote and those that it ended, and what it was."""
    query = "SELECT actor, action, recorded_at, subject, rows_digest FROM audit_event WHERE seq = $1"
    found = db.rows(query, [seq])
    if not found or found[0][1] not in _UNDOABLE:
        raise Usage(f"Change {seq} did not save facts, so it cannot be undone.")
    author, acted, at, named, digest = found[0]
    if author != actor.name:
        raise NotPermitted(f"Change {seq} was made by {author}: only its author can undo it.")
    if db.now() - at >= UNDONE_WITHIN:
        minutes = int(UNDONE_WITHIN.total_seconds() // 60)
        raise Refused(
            f"{named} was saved more than {minutes} minutes ago. Amend or withdraw it, with a reason."
        )
    wrote, ended = audit.read_rows_digest(digest, "wrote"), audit.read_rows_digest(digest, "superseded")
    return (
        [row for table in FACTS if table in wrote for row in _rows(db, table, "change_seq", seq)],
        [row for table in FACTS if table in ended for row in _rows(db, table, "superseded_by", seq)],
        Action(acted),
    )


def _rows(db: Database, stored: str, by: str, seq: int) -> Iterator[_Row]:
    table = stored.removesuffix("_fact")
    query = f"SELECT row_key, version, superseded_by FROM {stored} WHERE {by} = $1 ORDER BY row_key"
    for row_key, version, superseded_by in db.rows(query, [seq]):
        yield _Row(table, row_key, version, superseded_by, values_of(db.rows, table, row_key))


def _compensation(db: Database, wrote: list[_Row], ended: list[_Row]) -> Iterator[Fact]:
    before = {row.subject: row for row in ended}
    for row in wrote:
        if row.superseded_by is not None:
            author = author_of(db.rows, row.superseded_by)
            by = f" by {author.name}" if author else ""
            raise Refused(f"{row.subject} was changed since{by}, so the save can no longer be undone.")
        earlier = before.pop(row.subject, None)
        if earlier is None:
            yield Fact(row.table, identity_of(row.table, row.values), row.version, withdrawn=True)
        else:
            yield Fact(row.table, earlier.values, row.version)
    for row in before.values():
        yield Fact(row.table, row.values)

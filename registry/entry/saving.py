"""What a form holds is saved: several facts in one audited transaction, once, however often it is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry import record
from registry.entry.drafts import drop, forget_in
from registry.errors import AlreadyDone, Busy
from registry.record import naming
from registry.record.versions import text, values_of, versions
from registry.record.writing import Fact, Stored, identity_of
from registry.roles import Action, Actor
from registry.store.database import Database
from registry.store.transaction import FACTS


@dataclass(frozen=True)
class Saved:
    """What a save did: the number of the change, the facts as they are now, and hints for people.

    `repeated` says that the same request was stored before, as this change, and that nothing was done now.
    """

    seq: int
    facts: tuple[Stored, ...]
    hints: tuple[str, ...] = ()
    repeated: bool = False


def save(
    db: Database,
    actor: Actor,
    facts: Sequence[Fact],
    *,
    key: str,
    today: date | None = None,
    reason: str | None = None,
    draft: tuple[str, str] | None = None,
    acting: Action | None = None,
) -> Saved:
    """Log, amend and withdraw several facts in one audited transaction, all or none.

    `key` is the idempotency key of the form: the same request again does nothing and says so in `repeated`.
    `today` is the last day that may be recorded (None: today in UTC); `reason` is needed as soon as one fact is
    amended or withdrawn. Ids may be left out: a fact gets one made by the registry, and hangs on the only patient,
    episode, course or adverse event of the same request where it names none. `draft`, a form and its subject, is
    forgotten in the same transaction. `acting` is what all of it counts as (`record.write`).
    Raises Refused with every problem, each with the number of its fact and its field (FactProblem); Conflict with
    both versions of every fact that somebody else changed (Clash); AlreadyDone where the key was used for
    other values; Usage; NotPermitted. Then nothing is stored.
    """
    try:
        written = record.write(
            db,
            actor,
            facts,
            reason=reason,
            today=today,
            key=key,
            also=(lambda change: forget_in(change, actor, *draft)) if draft else None,
            acting=acting,
        )
    except AlreadyDone as done:
        saved = _repeated(db, facts, done)
        if draft:
            with suppress(Busy):  # it is stored, and a draft that stays harms nobody
                drop(db, actor, *draft)
        return saved
    return Saved(written.seq, written.facts, written.hints)


def next_id(
    db: Database, patient_id: str, table: str, *, day: date | None = None, analyte: str | None = None
) -> str:
    """The id that the next fact of this kind would get: SYN-003-C4, SYN-003-CBC-2026-02-03-PLT.

    For showing. Leave the id out when saving: it is then decided in the transaction, so that two people who
    save at once get two ids.
    """
    names = naming.Names(db.rows)
    if table == "observation":
        return names.observation(patient_id, day or "undated", analyte or "platelets")
    return names.numbered(table, patient_id)


def _repeated(db: Database, facts: Sequence[Fact], done: AlreadyDone) -> Saved:
    """The answer to a request that was stored before; raises `done` if it was another one."""
    [(before, after)] = db.rows("SELECT before, after FROM audit_event WHERE seq = $1", [done.seq])
    if not _same(db, facts, _noted(before), _noted(after)):
        raise AlreadyDone(
            f"This form was already saved as change {done.seq}, with other values. The current values are "
            f"not stored. Open the form again and repeat the remaining changes.",
            seq=done.seq,
        ) from done
    return Saved(done.seq, tuple(_stored(db, done.seq)), repeated=True)


def _noted(note: str | None) -> list[dict[str, Any]]:
    """The values of every fact in a note of the audit trail."""
    noted = json.loads(note) if note else {}
    several = noted and all(isinstance(value, dict) for value in noted.values())
    return list(noted.values()) if several else [noted]


def _same(
    db: Database, facts: Sequence[Fact], before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> bool:
    """Whether what was stored is what these facts say."""
    return all(_is_noted(db, fact, before, after) for fact in facts)


def _is_noted(db: Database, fact: Fact, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> bool:
    values = {name: text(value) for name, value in fact.values.items()}
    if fact.action is Action.LOG:
        said = {name: value for name, value in values.items() if value is not None}
        return any(said.items() <= noted.items() for noted in after)
    if fact.action is Action.WITHDRAW:
        return any(values.items() <= noted.items() for noted in before)
    if any(noted.items() <= values.items() for noted in after if noted):
        return True
    found = versions(db.rows, fact.table, identity_of(fact.table, values))  # an amendment of nothing
    return bool(found) and values.items() <= values_of(db.rows, fact.table, found[-1].row_key).items()


def _stored(db: Database, seq: int) -> list[Stored]:
    """The facts that a change wrote and that are still current."""
    found = []
    for stored in FACTS:
        table = stored.removesuffix("_fact")
        query = f"SELECT row_key, version FROM {stored} WHERE change_seq = $1 AND superseded_by IS NULL"
        for row_key, version in db.rows(f"{query} ORDER BY row_key", [seq]):
            values: Mapping[str, str | None] = values_of(db.rows, table, row_key)
            found.append(Stored(table, identity_of(table, values), version, values))
    return found

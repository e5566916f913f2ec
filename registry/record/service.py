"""The facts of the record: log, amend and withdraw them, one or several at once, and read their history.

A fact is named by its table and its identity in the words of the bundle, for example `bleed` and
`{"patient_id": "P1", "bleed_id": "B1"}`. It goes through the same checks as a row of an import. Nothing is ever
overwritten: amending writes a new version beside the old, withdrawing ends a fact without a new version. Both
need a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry import sql
from registry.errors import Usage
from registry.record import tables, writing
from registry.record.doubts import hints_of
from registry.record.relations import ANCHOR_OF
from registry.record.versions import Reader, condition_of, text, versions
from registry.record.writing import Fact, Stored, identity_of, subject
from registry.roles import Action, Actor, Permission
from registry.store.database import Database
from registry.store.transaction import ANCHORS, Transaction

Values = Mapping[str, Any]

FOLLOW_UP = frozenset({"outcome", "sign"})
"""What may be logged and withdrawn also with the right to follow up alone, by an account that may not log other
facts."""
_STRONGEST = (Action.WITHDRAW, Action.AMEND, Action.LOG)
"""A change of several kinds goes by the first of these that it contains."""


@dataclass(frozen=True)
class Written:
    """What a change did: its number, the facts as they are now in the order given, and hints for people."""

    seq: int
    facts: tuple[Stored, ...]
    hints: tuple[str, ...] = ()


def write(
    db: Database,
    actor: Actor,
    given: Sequence[Fact],
    *,
    reason: str | None = None,
    today: date | None = None,
    key: str | None = None,
    also: Callable[[Transaction], None] | None = None,
    acting: Action | None = None,
) -> Written:
    """Log, amend and withdraw several facts in one audited transaction, all or none.

    `today` is the last day that may be recorded (None: today in UTC), `key` an idempotency key. A fact that is
    logged without an id of its own gets one, and goes to the only patient, episode, course or adverse event of the
    same request where it names none. A withdrawn fact may be logged again. `also` writes more in the same
    transaction, to tables outside the record. `acting` is what all of it counts as, with the right that this needs,
    instead of logging, amending or withdrawing; what was done about watched patients, and their signs, count as
    following up where the person may do that and not the other.
    Raises Refused with every problem (FactProblem), Conflict with every clash, Usage where a needed reason is
    missing or nothing would change, NotPermitted unless each is allowed at its patient's site, AlreadyDone.
    """
    wanted = writing.prepared(given)
    sites = _sites(db, wanted)
    if acting is None and _follows_up(actor, wanted, sites):
        acting = Action.FOLLOW_UP
    if acting is not None:
        sites = {acting: set().union(*sites.values())}
    for action, where in sites.items():
        actor.require(action.permission, where)
    action = acting or next(one for one in _STRONGEST if one in sites)
    named = subject(wanted[0].table, identity_of(wanted[0].table, wanted[0].values))
    everywhere = set().union(*sites.values())
    with db.change(actor, action, named, site=everywhere, reason=reason, key=key) as change:
        for each, where in sites.items():  # by the roles held now
            db.actor(actor.name).require(each.permission, where)
        written, hints = writing.write(change, wanted, today)
        if also is not None:
            also(change)
        counts = [one.identity for one in written if one.table == "observation" and one.values is not None]
        return Written(change.seq, tuple(written), (*hints, *hints_of(change.rows, counts)))


def log(
    db: Database,
    actor: Actor,
    table: str,
    values: Values,
    reason: str | None = None,
    *,
    today: date | None = None,
    key: str | None = None,
) -> int:
    """Store a fact that is not yet known, and return the number of the change.

    Raises as `write`; Conflict if the fact is known already.
    """
    return write(db, actor, [Fact(table, values)], reason=reason, today=today, key=key).seq


def amend(
    db: Database,
    actor: Actor,
    table: str,
    identity: Values,
    changes: Values,
    reason: str,
    expected_version: int,
    *,
    today: date | None = None,
    key: str | None = None,
) -> int:
    """Store a new version of a fact with some columns changed, and return the number of the change.

    `expected_version` is the version that the person saw. Raises as `write`; Conflict if it is no longer current.
    """
    identity = _complete_identity(table, identity)
    _refuse_moving(table, changes)
    fact = Fact(table, {**identity, **changes}, expected_version)
    return write(db, actor, [fact], reason=reason, today=today, key=key).seq


def withdraw(
    db: Database,
    actor: Actor,
    table: str,
    identity: Values,
    reason: str,
    expected_version: int,
    *,
    key: str | None = None,
) -> int:
    """Withdraw a fact: it is ignored in calculations; its versions stay in the history. Returns the change's number.

    Raises as `write`; Refused while other current facts hang on it, Conflict if `expected_version` is no longer
    current.
    """
    fact = Fact(table, _complete_identity(table, identity), expected_version, withdrawn=True)
    return write(db, actor, [fact], reason=reason, key=key).seq


def history(db: Database, actor: Actor, table: str, identity: Values) -> list[dict[str, Any]]:
    """Every version of a fact, oldest first: its columns, and who wrote and who superseded it, when and why.

    Times are UTC. An empty list if there never was such a fact. Whoever reviews at the patient's site reads no reason
    but their own: people who see calls wrote them. Raises NotPermitted.
    """
    identity = _complete_identity(table, identity)
    site = site_of(db.rows, table, identity)
    actor.require(Permission.READ, site)
    condition = condition_of(db.rows, identity)
    if condition is None:
        return []
    where, params = condition
    query = sql.text("queries/history").format(table=tables.stored_in(table), identity=where)
    rows = db.arrow(query, params).to_pylist()
    for row in rows if actor.reviews(site) else ():
        for reason, by in (
            ("written_because", "written_by"),
            ("superseded_because", "superseded_by_actor"),
        ):
            if row[by] != actor.name:
                row[reason] = None
    return rows


def version(db: Database, table: str, identity: Values) -> int | None:
    """The current version of a fact, to be handed to `amend` and `withdraw`; None if it is not known."""
    found = versions(db.rows, table, _complete_identity(table, identity))
    return found[-1].number if found and found[-1].superseded_by is None else None


def site_of(read: Reader, table: str, named: Values) -> str | None:
    """The hospital that looks after the patient of a fact; None where there is none."""
    if table == "patient" and named.get("site") is not None:
        return str(named["site"])
    for anchor in ("patient", "adverse_event", "episode", "course"):
        found = _patient_of(read, anchor, named.get(f"{anchor}_id"))
        if found is not None:
            return found[1]
    return None


def _patient_of(read: Reader, anchor: str, name: object) -> tuple[int, str | None] | None:
    """The key and the site of the patient to whom a stored anchor belongs; None if it does not stand."""
    if name is None:
        return None
    keys = read(f"SELECT patient_key FROM {anchor}_view WHERE {anchor}_id = $1", [name])
    if not keys:
        return None
    sites = read("SELECT site FROM patient_view WHERE patient_key = $1", [keys[0][0]])
    return int(keys[0][0]), sites[0][0] if sites else None


class _Sites:
    """For every fact of a request the sites that it concerns: of all that it names, stored or brought by it."""

    def __init__(self, db: Database, given: Sequence[Fact]) -> None:
        self._read = db.rows
        self._known: dict[tuple[str, Any], tuple[int, str | None] | None] = {}
        self._brought = {
            (fact.table, fact.values.get(f"{fact.table}_id")): fact
            for fact in given
            if fact.table in ANCHORS and fact.action is Action.LOG
        }

    def of(self, fact: Fact) -> set[str | None]:
        """The sites; None stands for the whole registry, which is concerned where no patient is known."""
        found: set[str | None] = set()
        for column in tables.described(fact.table).names:
            anchor, name = ANCHOR_OF.get(column), fact.values.get(column)
            if anchor is None:
                continue
            parent = self._brought.get((anchor, name))
            if parent is not None and parent is not fact:
                found |= self.of(parent)
            elif (stored := self._stored(anchor, name)) is not None:
                found.add(stored[1])
        if fact.table == "patient" and fact.values.get("site") is not None:
            found.add(fact.values["site"])  # moving a patient needs the right at both hospitals
        return found or {None}

    def _stored(self, anchor: str, name: str | None) -> tuple[int, str | None] | None:
        if (anchor, name) not in self._known:
            self._known[anchor, name] = _patient_of(self._read, anchor, name)
        return self._known[anchor, name]


def _follows_up(actor: Actor, given: Sequence[Fact], sites: Mapping[Action, set[str | None]]) -> bool:
    """Whether these are facts of following up, written by somebody who may do just that."""
    if any(fact.table not in FOLLOW_UP or fact.action is Action.AMEND for fact in given):
        return False
    allowed = all(actor.may(action.permission, where) for action, where in sites.items())
    return not allowed and actor.may(Permission.FOLLOW_UP, set().union(*sites.values()))


def _sites(db: Database, given: Sequence[Fact]) -> dict[Action, set[str | None]]:
    """For every kind of action the sites that it concerns."""
    sites = _Sites(db, given)
    found: dict[Action, set[str | None]] = {}
    for fact in given:
        found.setdefault(fact.action, set()).update(sites.of(fact))
    return found


def _complete_identity(table: str, identity: Values) -> dict[str, Any]:
    wanted = tables.described(table).identity
    if set(identity) != set(wanted) or any(identity[name] in (None, "") for name in wanted):
        raise Usage(f"A {table} is identified by {', '.join(wanted)}.")
    return {name: text(identity[name]) for name in wanted}


def _refuse_moving(table: str, changes: Values) -> None:
    described = tables.described(table)
    moved = [name for name in changes if name in described.identity or name in described.parents]
    if moved:
        raise Usage(
            f"{', '.join(moved)} identifies the {table} and cannot be amended. Withdraw the fact and log "
            f"the correct one."
        )

"""Questions about single values: raised by anybody who may read, answered where the value was logged, closed.

A query names a table, a row, a column and the version of the row; once that version is superseded it says so. What a
reader asks about a case is asked without a name: nobody learns from it who reads what.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache, partial
from typing import Any

from adjudication.review.workflow import Act
from registry import sql
from registry.errors import Refused, Usage
from registry.record import tables
from registry.record.versions import values_of, versions
from registry.review import packet
from registry.review.blindness import is_blind
from registry.review.cases import frame_of
from registry.review.randomization import secret, secret_of
from registry.review.stored import SUBJECT, add, moment, permitted
from registry.roles import Action, Actor, Permission, readable_sites
from registry.store import audit
from registry.store.database import Database
from registry.store.transaction import Transaction

LONGEST = 2_000
ASKABLE = ("observations", "courses", "bleeds", "transfusions", "rescues", "adverse_events")
"""The lists of a packet about whose rows a reader may ask."""
_IN_RECORD = {
    "observed_on": "observed_at",
    "value_canonical": "value",
    "comparator": "value",
    "not_evaluable": "value",
    "disease": "episode_id",
    "agents": "course_id",
    "regimen": "course_id",
}
"""Columns of a packet by the column of the record that they are made from."""
_ID_DIGITS = 10


class QueryState(StrEnum):
    """Where a query stands."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


MOVES = {
    QueryState.OPEN: (QueryState.ANSWERED, QueryState.CLOSED),
    QueryState.ANSWERED: (QueryState.OPEN, QueryState.CLOSED),
    QueryState.CLOSED: (),
}
"""From where to where a query may go; an answer that does not help opens it again."""


@dataclass(frozen=True)
class Query:
    """A query as it is listed. `raised_by` is None for one raised in a case, unless it is the reader's own.

    What a reader asked in a case without a decision keeps the pseudonym for that reader: `patient_id` is the name of
    the case, and site, identity and values are empty (`masked`).
    `value` is that of the version asked about. `superseded` = another version or none stands now; `value_now` is the
    value of the present version, `withdrawn` = there is none. `age_days` runs from the first question to the closing,
    or to now. `said` has who, when (UTC) and what, the question first. `moves` are the states to which whoever asked
    for it may take it.
    """

    query_id: str
    patient_id: str
    site: str | None
    table: str
    identity: dict[str, str]
    column: str
    version: int
    value: str | None
    superseded: bool
    withdrawn: bool
    value_now: str | None
    state: QueryState
    raised_by: str | None
    raised_at: datetime
    age_days: int
    said: tuple[tuple[str, datetime, str], ...]
    moves: tuple[QueryState, ...]

    @property
    def masked(self) -> bool:
        """Whether it stands under the name of a case."""
        return not self.identity


@dataclass(frozen=True)
class Ages:
    """How old the queries of one site are that are not closed, in days."""

    site: str | None
    open: int
    answered: int
    median_days: float
    ninetieth_days: float


def ask(
    db: Database,
    actor: Actor,
    table: str,
    identity: Mapping[str, Any],
    column: str,
    question: str,
    *,
    version: int | None = None,
    key: str | None = None,
) -> str:
    """Raise a query on a value as it is now, and return its name.

    `version` is the one that the person has seen: Refused if another stands now. Raises Usage, NotPermitted.
    """
    described = tables.described(table)
    if column not in described.names:
        raise Usage(f"{table} has no column {column}. There are: {', '.join(described.names)}.")
    row = _current(db, table, identity)
    if version not in (None, row["version"]):
        raise Refused("This fact was amended by someone else. Check the current value, then ask.")
    with db.change(actor, Action.QUERY, SUBJECT, site=_site(db, row["patient_key"]), key=key) as change:
        return _raise(change, db, actor, table, row, column, question, None)


def ask_in_case(
    db: Database,
    actor: Actor,
    case_id: str,
    part: str,
    name: str,
    column: str,
    question: str,
    *,
    key: str | None = None,
) -> str:
    """Raise a query on a value of a packet, in the packet's own names, for a case that the actor holds.

    It is about the version that the packet shows, also where another is in the record by now.
    `part` is a list of the packet whose rows have names, such as `observations`. Raises Refused, NotPermitted.
    """
    case = permitted(db.rows, actor, case_id, Act.SAVE, db.now())
    own = secret(db.rows)
    known = packet.PARTS.get(part)
    if known is None or part not in ASKABLE or column not in known.columns or own is None:
        raise Usage(f"Choose a value of {', '.join(ASKABLE)}.")
    row_key = packet.rows_named(db.rows, own, frame_of(case), part).get(name)
    if row_key is None:
        raise Refused("The packet has no such row. Choose a row of the packet.")
    row = {**_by_row_key(db, known.table, row_key), "patient_key": case.patient_key}
    asked = _IN_RECORD.get(column, column)
    with db.change(actor, Action.REVIEW, SUBJECT, site=case.site, key=key) as change:
        return _raise(change, db, actor, known.table, row, asked, question, case_id)


def answer(db: Database, actor: Actor, query_id: str, said: str, *, key: str | None = None) -> None:
    """Answer an open query; the value itself is amended apart. Raises Refused, NotPermitted."""
    _move(db, actor, query_id, QueryState.ANSWERED, said, Action.ANSWER_QUERY, key)


def ask_again(db: Database, actor: Actor, query_id: str, said: str, *, key: str | None = None) -> None:
    """Open an answered query again: for whoever raised it, or who opens cases."""
    _move(db, actor, query_id, QueryState.OPEN, said, Action.QUERY, key)


def close(db: Database, actor: Actor, query_id: str, said: str, *, key: str | None = None) -> None:
    """Close a query, saying why: for whoever raised it, or who opens cases. Raises Refused, NotPermitted."""
    _move(db, actor, query_id, QueryState.CLOSED, said, Action.QUERY, key)


def queries(
    db: Database,
    actor: Actor,
    *,
    patient_id: str | None = None,
    state: QueryState | None = None,
    site: str | None = None,
    mine: bool = False,
) -> list[Query]:
    """The queries of the patients that `actor` may read, oldest first; `mine`: only those that `actor` raised.

    Where `actor` reviews, these are the actor's own questions in cases, under the name of the case.
    Others who must stay blind to a patient are not told what was asked in a case of that patient: it would say that
    somebody reads the case, and what they doubt.
    Raises NotPermitted for who neither reads nor reviews anywhere, or does not read at `site`.
    """
    if site is not None:
        actor.require(Permission.READ, site)
    elif not actor.reviews():
        readable_sites(actor)
    plan = {
        "sites": actor.sites_with(Permission.READ) if site is None else [site],
        "reviewed": actor.sites_with(Permission.REVIEW),
        "patient_id": patient_id,
        "state": state and str(state),
        "raised_by": actor.name if mine else None,
        "reader": actor.name,
        "narrowed": patient_id is not None or site is not None,
    }
    rows = db.rows(sql.text("queries/value_queries"), [plan])
    hidden = cache(partial(is_blind, db, actor))
    return [
        one
        for one in (_told(db, actor, row) for row in rows)
        if one.raised_by is not None or not hidden(one.patient_id)
    ]


def ages(db: Database, actor: Actor) -> list[Ages]:
    """How old the queries are that are not closed, by site: a figure without a patient.

    Raises NotPermitted for who sees figures nowhere.
    """
    plan = {"sites": readable_sites(actor, Permission.FIGURES), "now": db.now()}
    return [Ages(*row) for row in db.rows(sql.text("queries/value_query_ages"), [plan])]


def _raise(
    change: Transaction,
    db: Database,
    actor: Actor,
    table: str,
    row: Mapping[str, Any],
    column: str,
    question: str,
    case_id: str | None,
) -> str:
    text = _text(question)
    [(number,)] = change.rows("SELECT count(*) FROM value_query")
    query_id = f"query-{secret_of(change).code('query', number)[:_ID_DIGITS]}"
    asked = {
        "query_id": query_id,
        "table_name": table,
        "identity": audit.canonical_json(row["identity"]),
        "row_key": row["row_key"],
        "row_version": row["version"],
        "column_name": column,
        "patient_key": row["patient_key"],
        "raised_in": case_id,
    }
    add(change, "value_query", asked)
    _say(change, query_id, 1, QueryState.OPEN, actor, moment(db.now()), text)
    return query_id


def _move(
    db: Database, actor: Actor, query_id: str, to: QueryState, said: str, action: Action, key: str | None
) -> None:
    text = _text(said)
    found = db.rows(sql.text("queries/value_query_state"), [query_id])
    if not found or not _is_told(db, actor, found[0]):
        raise Refused(f"There is no query {query_id}.")
    site = found[0][0]
    if actor.reviews(site):
        action = Action.REVIEW  # a question in a case is a part of reading it
    with db.change(actor, action, SUBJECT, site=site, key=key) as change:
        [(_, state, raised_by, last, *_)] = change.rows(sql.text("queries/value_query_state"), [query_id])
        if to not in MOVES[QueryState(state)]:
            raise Refused(f"The query is {state}, so it cannot be {to}.")
        if not _may(actor, site, raised_by, to):
            raise Refused("Only the person who asked, or a data manager, can close a query or ask again.")
        _say(change, query_id, last + 1, to, actor, moment(db.now()), text)


def _is_told(db: Database, actor: Actor, row: tuple[Any, ...]) -> bool:
    """Whether somebody is told of a query (columns of queries/value_query_state), as `queries` lists it."""
    site, _, raised_by, _, patient_id, raised_in = row
    if actor.reviews(site):
        return raised_in is not None and raised_by == actor.name
    own = raised_in is None or raised_by == actor.name
    return actor.may(Permission.READ, site) and (own or not is_blind(db, actor, patient_id))


def _may(actor: Actor, site: str | None, raised_by: str, to: QueryState) -> bool:
    """Whether somebody may take a query to a state: answers are given where one logs, the rest by who raised it."""
    if to is QueryState.ANSWERED:
        return actor.may(Permission.LOG, site)
    return raised_by == actor.name or actor.given(Permission.OPEN_CASES, site)


def _say(
    change: Transaction,
    query_id: str,
    position: int,
    state: QueryState,
    actor: Actor,
    at: datetime,
    text: str,
) -> None:
    row = {
        "query_id": query_id,
        "position": position,
        "state": str(state),
        "said_by": actor.name,
        "said_at": at,
        "said": text,
    }
    add(change, "value_query_step", row)


def _text(said: str) -> str:
    text = said.strip()
    if not 0 < len(text) <= LONGEST:
        raise Usage(f"Enter a text of at most {LONGEST} characters.")
    return text


def _told(db: Database, actor: Actor, row: tuple[Any, ...]) -> Query:
    (
        query_id,
        patient_id,
        site,
        table,
        masked,
        identity,
        row_key,
        version,
        column,
        state,
        raised_in,
        raised_at,
        end,
        steps,
    ) = row
    raiser = steps[0]["said_by"]
    hidden = raised_in is not None and raiser != actor.name
    said = tuple(
        ("a reader" if hidden and one["said_by"] == raiser else one["said_by"], one["said_at"], one["said"])
        for one in steps
    )
    value, standing = _value(db, table, column, row_key)
    stored = json.loads(identity)
    named = {name: stored[name] for name in tables.described(table).identity}
    now = None if standing else _row_now(db, table, named)
    value_now = value if standing else _value(db, table, column, now)[0] if now is not None else None
    return Query(
        query_id,
        patient_id,
        site,
        table,
        {} if masked else named,
        column,
        version,
        None if masked else value,
        not standing,
        not standing and now is None,
        None if masked else value_now,
        QueryState(state),
        None if hidden else raiser,
        raised_at,
        ((end or db.now()) - raised_at).days,
        said,
        tuple(to for to in MOVES[QueryState(state)] if _may(actor, site, raiser, to)),
    )


def _value(db: Database, table: str, column: str, row_key: int) -> tuple[str | None, bool]:
    """The value that was asked about, as it would be in a file, and whether its row is still the current one."""
    query = f"SELECT superseded_by IS NULL FROM {tables.stored_in(table)} WHERE row_key = $1"
    found = db.rows(query, [row_key])
    return (values_of(db.rows, table, row_key)[column], bool(found[0][0])) if found else (None, False)


def _current(db: Database, table: str, identity: Mapping[str, Any]) -> dict[str, Any]:
    names = tables.described(table).identity
    if set(identity) != set(names):
        raise Usage(f"A {table} is identified by {', '.join(names)}.")
    found = _row_now(db, table, identity)
    if found is None:
        raise Refused(f"There is no {table} {' '.join(str(one) for one in identity.values())} now.")
    [(patient_key,)] = db.rows(sql.text("queries/patient_of_row").format(table=table), [found])
    return {**_by_row_key(db, table, found), "patient_key": patient_key}


def _row_now(db: Database, table: str, identity: Mapping[str, Any]) -> int | None:
    """The row that stands now under these names; None if it was withdrawn."""
    standing = [one for one in versions(db.rows, table, identity) if one.superseded_by is None]
    return standing[0].row_key if standing else None


def _by_row_key(db: Database, table: str, row_key: int) -> dict[str, Any]:
    """Version and identity of a row, current or not."""
    values = values_of(db.rows, table, row_key)
    [(version,)] = db.rows(f"SELECT version FROM {tables.stored_in(table)} WHERE row_key = $1", [row_key])
    identity = {name: values[name] for name in tables.described(table).identity}
    return {"row_key": row_key, "version": version, "identity": identity}


def _site(db: Database, patient_key: int) -> str | None:
    found = db.rows(
        "SELECT site FROM patient_fact WHERE patient_key = $1 AND superseded_by IS NULL", [patient_key]
    )
    return found[0][0] if found else None

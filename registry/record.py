"""Single facts: log one, amend it, withdraw it, and read its history. Nothing is ever overwritten.

A fact is named by its table and its identity in the words of the bundle, for example `bleed` and
`{"patient_id": "P1", "bleed_id": "B1"}`. It goes through the same checks as a row of an import. Amending
writes a new version beside the old; withdrawing ends a fact without a new version. Both need a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from registry import facts, sql
from registry.change import ANCHORS, Change
from registry.checking import Checked
from registry.database import Database
from registry.errors import Conflict, Refused, Usage
from registry.intake import check_rows
from registry.relations import relate
from registry.roles import Action, Actor, Permission

Values = Mapping[str, Any]
Reader = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

ANCHOR_IDS = {f"{anchor}_id": anchor for anchor in ANCHORS}
_PARENT_OF = {"episode": "patient", "course": "episode", "adverse_event": "patient"}


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

    `values` are in the words of the bundle, as text or as dates and numbers; `today` is the last day that may
    be recorded (None: today in UTC); `key` is an idempotency key. A fact that was withdrawn may be logged again.
    Raises Refused with every problem, Conflict if the fact is known already, NotPermitted.
    """
    checked = _checked(table, values, today)
    row = _row(checked)
    identity = _identity(table, row)
    site = _site(db.rows, table, row)
    with db.change(actor, Action.LOG, _subject(table, identity), site=site, reason=reason, key=key) as change:
        keys = _keys(change, checked)
        versions = _versions(change.rows, table, _condition(identity, keys))
        if versions and versions[-1][2]:
            raise Conflict(
                f"{_subject(table, identity)} is known, as version {versions[-1][1]}. Amend it instead.",
                expected_version=0,
                current_version=versions[-1][1],
            )
        _insert(change, table, row, keys, version=versions[-1][1] + 1 if versions else 1)
        change.note(None, dict(values))
        return change.seq


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

    `expected_version` is the version that the person saw. Raises Conflict if it is no longer current, Usage
    without a reason or if nothing would change, Refused with every problem, NotPermitted.
    """
    identity = _complete_identity(table, identity)
    _refuse_moving(table, identity, changes)
    sites = {_site(db.rows, table, identity)}
    if table == "patient" and "site" in changes:
        sites.add(_text(changes["site"]))  # moving a patient needs the right at both hospitals
    subject = _subject(table, identity)
    with db.change(actor, Action.AMEND, subject, site=sites, reason=reason, key=key) as change:
        row_key, before = _current(change, table, identity, expected_version)
        after = {**before, **{name: _text(value) for name, value in changes.items()}}
        if after == before:
            raise Usage(f"{subject} has these values already: nothing is amended.")
        checked = _checked(table, after, today)
        keys = _keys(change, checked)
        change.supersede(facts.stored_in(table), [row_key])
        _insert(change, table, _row(checked), keys, version=expected_version + 1)
        changed = [name for name in after if after[name] != before[name]]
        change.note({name: before[name] for name in changed}, {name: after[name] for name in changed})
        return change.seq


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
    """End a fact: its versions stay in the history, and it counts no longer. Returns the change's number.

    Raises Refused while other current facts hang on it, Conflict if `expected_version` is no longer
    current, Usage without a reason, NotPermitted.
    """
    identity = _complete_identity(table, identity)
    site = _site(db.rows, table, identity)
    subject = _subject(table, identity)
    with db.change(actor, Action.WITHDRAW, subject, site=site, reason=reason, key=key) as change:
        row_key, before = _current(change, table, identity, expected_version)
        _refuse_with_dependants(change, table, identity)
        change.supersede(facts.stored_in(table), [row_key])
        change.note(before, None)
        return change.seq


def history(db: Database, actor: Actor, table: str, identity: Values) -> list[dict[str, Any]]:
    """Every version of a fact, oldest first: its columns, and who wrote and who superseded it, when and why.

    Times are UTC. An empty list if there never was such a fact. Raises NotPermitted.
    """
    identity = _complete_identity(table, identity)
    actor.require(Permission.READ, _site(db.rows, table, identity))
    condition = _condition(identity, _known_keys(db.rows, identity))
    if condition is None:
        return []
    where, params = condition
    query = sql.text("queries/history").format(table=facts.stored_in(table), identity=where)
    return db.arrow(query, params).to_pylist()


def version(db: Database, table: str, identity: Values) -> int | None:
    """The current version of a fact, to be handed to `amend` and `withdraw`; None if it is not known."""
    identity = _complete_identity(table, identity)
    found = _versions(db.rows, table, _condition(identity, _known_keys(db.rows, identity)))
    return found[-1][1] if found and found[-1][2] else None


# Checking and naming


def _checked(table: str, values: Values, today: date | None) -> Checked:
    """One row as an import would read it: typed and derived columns. Raises Refused with every problem."""
    columns = facts.described(table).names
    unknown = [name for name in values if name not in columns]
    if unknown:
        raise Usage(f"{table} has no column {', '.join(unknown)}. There are: {', '.join(columns)}.")
    checked = check_rows(table, [{name: _text(values.get(name)) for name in columns}], today=today)
    _refuse_problems(checked)
    return checked


def _refuse_problems(checked: Checked) -> None:
    problems = checked.findings.problems
    if problems:
        several = "One problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise Refused(f"{several}, so nothing was stored: {problems[0]}", problems)


def _row(checked: Checked) -> dict[str, Any]:
    row: dict[str, Any] = checked.rows.to_pylist()[0]
    return row


def _text(value: object) -> str | None:
    """A value as it would stand in a file."""
    if value is None or value == "":
        return None
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def _identity(table: str, values: Values) -> dict[str, Any]:
    return {name: values.get(name) for name in facts.described(table).identity}


def _complete_identity(table: str, identity: Values) -> dict[str, Any]:
    wanted = facts.described(table).identity
    if set(identity) != set(wanted) or any(identity[name] in (None, "") for name in wanted):
        raise Usage(f"A {table} is named by {', '.join(wanted)}.")
    return {name: identity[name] for name in wanted}


def _refuse_moving(table: str, identity: Values, changes: Values) -> None:
    parents = facts.described(table).parents
    moved = [name for name in changes if name in identity or name in parents]
    if moved:
        raise Usage(
            f"{', '.join(moved)} names the {table} and cannot be amended. Withdraw it and log the right one."
        )


def _subject(table: str, identity: Values) -> str:
    return f"{table} {' '.join(str(value) for value in identity.values())}"


# Keys: what the bundle names by text is stored by number


def _key_of(read: Reader, anchor: str, name: object) -> int | None:
    found = read(f"SELECT {anchor}_key FROM {anchor} WHERE {anchor}_id = $1", [name])
    return int(found[0][0]) if found else None


def _known_keys(read: Reader, values: Values) -> dict[str, int | None]:
    """The keys of the anchors that `values` name, by column; None for an anchor that is not known."""
    return {
        f"{anchor}_key": _key_of(read, anchor, values[column])
        for column, anchor in ANCHOR_IDS.items()
        if values.get(column) is not None
    }


def _keys(change: Change, checked: Checked) -> dict[str, int | None]:
    """The keys that a row needs; its own is None for the first of its name.

    Raises Refused for what the row contradicts: an unknown or another parent, the patient's life.
    """
    relate(change, {checked.table.name: checked})
    _refuse_problems(checked)
    return _known_keys(change.rows, _row(checked))


def _condition(identity: Values, keys: Mapping[str, int | None]) -> tuple[str, list[Any]] | None:
    """The rows of a fact as an SQL condition with its parameters; None if an anchor is not known."""
    parts, params = [], []
    for name, value in identity.items():
        key = f"{ANCHOR_IDS[name]}_key" if name in ANCHOR_IDS else None
        if key is not None and keys[key] is None:
            return None
        params.append(value if key is None else keys[key])
        parts.append(f"f.{key or name} = ${len(params)}")
    return " AND ".join(parts), params


def _versions(
    read: Reader, table: str, condition: tuple[str, list[Any]] | None
) -> list[tuple[int, int, bool]]:
    """(row_key, version, current) of every version of a fact, oldest first."""
    if condition is None:
        return []
    where, params = condition
    stored = facts.stored_in(table)
    found = read(
        f"SELECT row_key, version, superseded_by IS NULL FROM {stored} AS f WHERE {where} ORDER BY version",
        params,
    )
    return [(int(row_key), int(number), bool(now)) for row_key, number, now in found]


def _current(
    change: Change, table: str, identity: Values, expected_version: int
) -> tuple[int, dict[str, str | None]]:
    """The row key and the values, as text, of the current version, which must be the expected one."""
    where = _condition(identity, _known_keys(change.rows, identity))
    versions = _versions(change.rows, table, where)
    if not versions or not versions[-1][2]:
        raise Refused(f"There is no {_subject(table, identity)} now.")
    row_key, number, _ = versions[-1]
    if number != expected_version:
        raise Conflict(
            f"{_subject(table, identity)} was changed meanwhile: you saw version {expected_version}, "
            f"it is now version {number}. Look at it again, then repeat what is still right.",
            expected_version=expected_version,
            current_version=number,
        )
    query = f"SELECT * FROM ({facts.current(table, as_text=True, with_row_key=True)}) WHERE row_key = $1"
    values = change.arrow(query, [row_key]).drop_columns(["row_key"]).to_pylist()
    if not values:
        raise Refused(f"What {_subject(table, identity)} belongs to was withdrawn.")
    return row_key, values[0]


def _insert(change: Change, table: str, row: Values, keys: Mapping[str, int | None], version: int) -> None:
    """Add the anchor if the fact is the first of its name, then the version."""
    keys = dict(keys)
    if table in ANCHORS and keys[f"{table}_key"] is None:
        parent = _PARENT_OF.get(table)
        anchor = {f"{table}_id": row[f"{table}_id"]}
        change.insert(table, [{**anchor, **({f"{parent}_key": keys[f"{parent}_key"]} if parent else {})}])
        keys[f"{table}_key"] = _key_of(change.rows, table, row[f"{table}_id"])
    stored = facts.stored_in(table)
    columns = {name for name, _ in change.columns(stored)}
    values = {name: value for name, value in {**row, **keys}.items() if name in columns}
    change.insert(stored, [{**values, "version": version}])


# Permission and what hangs together


def _site(read: Reader, table: str, named: Values) -> str | None:
    """The hospital that looks after the patient of a fact; None where there is none."""
    if table == "patient" and named.get("site") is not None:
        return str(named["site"])
    key = next((key for key in _patient_keys(read, named) if key is not None), None)
    found = read("SELECT site FROM patient_view WHERE patient_key = $1", [key]) if key is not None else []
    return found[0][0] if found else None


def _patient_keys(read: Reader, named: Values) -> list[int | None]:
    """The patients of the anchors that `named` names."""
    keys: list[int | None] = []
    if named.get("patient_id") is not None:
        keys.append(_key_of(read, "patient", named["patient_id"]))
    for table in ("adverse_event", "episode", "course"):
        if named.get(f"{table}_id") is not None:
            found = read(
                f"SELECT patient_key FROM {table}_view WHERE {table}_id = $1", [named[f"{table}_id"]]
            )
            keys.extend(row[0] for row in found)
    return keys


def _refuse_with_dependants(change: Change, table: str, identity: Values) -> None:
    if table not in ANCHORS:
        return
    keys = _known_keys(change.rows, identity)
    found = change.rows(sql.text("queries/dependants"), [keys.get(f"{anchor}_key") for anchor in ANCHORS])
    if found:
        hanging = ", ".join(f"{count} {name}" for name, count in found)
        raise Refused(f"{_subject(table, identity)} still has {hanging}. Withdraw these first.")

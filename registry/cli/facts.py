"""Single facts: log, amend, withdraw, history.

A fact is named by its table and what identifies it there, in order: `observation SYN-003 O-12`. What follows are
cells, `column=value`, in the words of the bundle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from registry.cli.options import db_option, example, json_option, opened, who_option
from registry.cli.printing import print_json
from registry.errors import Usage

Values = dict[str, str]

_reason = click.option("--reason", required=True, help="Why: it stays in the history.")
_version = click.option(
    "--version",
    "expected",
    type=click.IntRange(1),
    metavar="N",
    help="The version that you saw (else the current one): another one is refused.",
)


@click.command()
@click.argument("table")
@click.argument("cells", nargs=-1, required=True, metavar="COLUMN=VALUE...")
@click.option("--reason", help="Why, if it needs saying.")
@db_option
@who_option
@json_option
@example("nadir log bleed patient_id=SYN-003 bleed_id=B1 started_on=2020-01-31 scale=WHO grade=2")
def log(
    table: str,
    cells: tuple[str, ...],
    reason: str | None,
    db: Path | None,
    who: str | None,
    as_json: bool,
) -> None:
    """Store a new fact in TABLE.

    The tables and their columns are those of the bundle; a wrong name is answered with the right ones.
    """
    from registry import facts, record

    values = _cells(cells)
    with opened(db, who) as (registry, actor):
        seq = record.log(registry, actor, table, values, reason, today=_today())
        named = {name: values.get(name) for name in facts.described(table).identity}
        _tell(table, named, "is logged", seq, record.version(registry, table, named), as_json)


@click.command()
@click.argument("table")
@click.argument("words", nargs=-1, required=True, metavar="ID... COLUMN=VALUE...")
@_reason
@_version
@db_option
@who_option
@json_option
@example('nadir amend observation SYN-003 O-12 value=31 --reason "typed 3 for 31" --version 1')
def amend(
    table: str,
    words: tuple[str, ...],
    reason: str,
    expected: int | None,
    db: Path | None,
    who: str | None,
    as_json: bool,
) -> None:
    """Correct a fact: a new version stands beside the old. `column=` empties a cell."""
    from registry import record

    named, rest = _named(table, words)
    changes = _cells(rest)
    if not changes:
        raise Usage("Say what changes, as column=value.")
    with opened(db, who) as (registry, actor):
        seen = expected or record.version(registry, table, named) or 1
        seq = record.amend(registry, actor, table, named, changes, reason, seen, today=_today())
        _tell(table, named, "is amended", seq, seen + 1, as_json)


@click.command()
@click.argument("table")
@click.argument("words", nargs=-1, required=True, metavar="ID...")
@_reason
@_version
@db_option
@who_option
@json_option
@example('nadir withdraw bleed SYN-003 B1 --reason "belongs to another patient"')
def withdraw(
    table: str,
    words: tuple[str, ...],
    reason: str,
    expected: int | None,
    db: Path | None,
    who: str | None,
    as_json: bool,
) -> None:
    """End a fact: it counts no longer, and stays in the history."""
    from registry import record

    named = _only_named(table, words)
    with opened(db, who) as (registry, actor):
        seen = expected or record.version(registry, table, named) or 1
        seq = record.withdraw(registry, actor, table, named, reason, seen)
        _tell(table, named, "is withdrawn", seq, None, as_json)


@click.command()
@click.argument("table")
@click.argument("words", nargs=-1, required=True, metavar="ID...")
@db_option
@who_option
@json_option
@example("nadir history observation SYN-003 O-12")
def history(table: str, words: tuple[str, ...], db: Path | None, who: str | None, as_json: bool) -> None:
    """Every version of a fact: who wrote it, when, why, and what it changed."""
    from registry import record

    named = _only_named(table, words)
    with opened(db, who) as (registry, actor):
        versions = record.history(registry, actor, table, named)
    if not versions:
        raise Usage(f"There never was a {_subject(table, named)}.")
    if as_json:
        print_json(versions)
        return
    for line in _history_lines(table, versions):
        click.echo(line)


def _cells(words: Sequence[str]) -> Values:
    """`column=value` words as cells; a column that is given twice is a slip, not a choice."""
    cells: Values = {}
    for word in words:
        column, sign, value = word.partition("=")
        if not sign or not column:
            raise Usage(f"{word!r} is not column=value.")
        if column in cells:
            raise Usage(f"{column} is given twice.")
        cells[column] = value
    return cells


def _named(table: str, words: Sequence[str]) -> tuple[Values, Sequence[str]]:
    """What identifies the fact, from the first words, and the words after them."""
    from registry import facts

    identity = facts.described(table).identity
    if len(words) < len(identity):
        raise Usage(f"A {table} is named by {', '.join(identity)}, in this order.")
    return dict(zip(identity, words, strict=False)), words[len(identity) :]


def _only_named(table: str, words: Sequence[str]) -> Values:
    named, rest = _named(table, words)
    if rest:
        raise Usage(f"A {table} is named by {', '.join(named)} alone; {' '.join(rest)} is too much.")
    return named


def _subject(table: str, named: Mapping[str, object]) -> str:
    return f"{table} {' '.join(str(value) for value in named.values())}"


def _tell(
    table: str, named: Mapping[str, object], done: str, seq: int, version: int | None, as_json: bool
) -> None:
    if as_json:
        print_json({"table": table, "identity": dict(named), "version": version, "seq": seq})
        return
    click.echo(
        f"{_subject(table, named)} {done}{f' as version {version}' if version else ''} (change {seq})."
    )


def _history_lines(table: str, versions: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line of who, when and why for each version and each end, and under it what the version changed."""
    from registry import facts

    columns = [
        name
        for name in (*facts.described(table).names, "observed_on")
        if name in versions[0] and name not in facts.described(table).identity
    ]
    lines: list[str] = []
    before: Mapping[str, Any] = {}
    for one in versions:
        lines.append(
            f"version {one['version']}, {_told(one['written_as'])} by {one['written_by']} on "
            f"{one['written_at']:%Y-%m-%d %H:%M} UTC (change {one['written_by_change']})"
            f"{_because(one['written_because'])}"
        )
        for name in columns:
            old, new = before.get(name), one[name]
            if old != new:
                lines.append(f"  {name}: {f'{_cell(old)} → ' if before else ''}{_cell(new)}")
        before = one
        if one["superseded_as"] == "withdraw":
            lines.append(
                f"withdrawn by {one['superseded_by_actor']} on {one['superseded_at']:%Y-%m-%d %H:%M} UTC "
                f"(change {one['superseded_by_change']}){_because(one['superseded_because'])}"
            )
    return lines


def _told(action: str) -> str:
    return {"log": "logged", "amend": "amended", "import": "imported"}.get(action, action)


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _cell(value: object) -> str:
    return "not recorded" if value is None else str(value)


def _today() -> date:
    return datetime.now(UTC).date()

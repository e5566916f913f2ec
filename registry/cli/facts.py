"""Facts: log, amend, withdraw, undo, history.

A fact is named by its table and what identifies it there, in order: `observation SYN-003 O-12`. What follows are
cells, `column=value`, in the words of the bundle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from registry.cli.options import db_option, example, json_option, opened, who_option
from registry.cli.printing import cell, print_json, say
from registry.cli.typed import Understood, read_amended, read_new
from registry.errors import Refused, Usage

if TYPE_CHECKING:
    from registry.database import Database
    from registry.entry import Saved
    from registry.roles import Actor, Permission

Values = dict[str, str]

_AND = "+"

_reason = click.option("--reason", required=True, help="Why: it stays in the history.")
_version = click.option(
    "--version",
    "expected",
    type=click.IntRange(1),
    metavar="N",
    help="The version that you saw (else the current one): another one is refused.",
)
_key = click.option(
    "--key", help="A name for this request, never used before: sent again, it is not done twice."
)


@click.command()
@click.argument("table")
@click.argument("cells", nargs=-1, required=True, metavar="COLUMN=VALUE... [+ TABLE COLUMN=VALUE...]...")
@click.option("--reason", help="Why, if it needs saying.")
@click.option(
    "--as-reported", is_flag=True, help="Keep a value that cannot be right: flagged, and never judged."
)
@click.option("--dry-run", is_flag=True, help="Say how the cells are understood, and store nothing.")
@_key
@db_option
@who_option
@json_option
@example(
    "nadir log course episode_id=SYN-003-ITP started_on=2020-01-31 "
    "+ course_agent agent=ivig started_on=2020-01-31"
)
def log(
    table: str,
    cells: tuple[str, ...],
    reason: str | None,
    as_reported: bool,
    dry_run: bool,
    key: str | None,
    db: Path | None,
    who: str | None,
    as_json: bool,
) -> None:
    """Store a new fact in TABLE, or several that belong together, divided by +: all of them or none.

    The tables and their columns are those of the bundle; a wrong name is answered with the right ones. An id that
    is left out is made, and a fact that names no patient, episode, course or event belongs to the one logged with it.
    Days and values are typed as in the forms: 3/2/26, 3 feb, today, -3d; 31, <5, 45 K/uL, not done.
    """
    typed = [(name, _cells(words)) for name, words in _several([table, *cells])]
    with opened(db, who) as (registry, actor):
        understood = read_new(typed, registry.now().date(), as_reported=as_reported)
        if dry_run:
            _tell_understood(understood, as_json)
        else:
            _tell(_saved(registry, actor, understood, reason, key), understood, as_json)


@click.command()
@click.argument("table")
@click.argument("words", nargs=-1, required=True, metavar="ID... COLUMN=VALUE...")
@_reason
@_version
@_key
@db_option
@who_option
@json_option
@example('nadir amend observation SYN-003 O-12 value=31 --reason "typed 3 for 31" --version 1')
def amend(
    table: str,
    words: tuple[str, ...],
    reason: str,
    expected: int | None,
    key: str | None,
    db: Path | None,
    who: str | None,
    as_json: bool,
) -> None:
    """Correct a fact: a new version stands beside the old. `column=` empties a cell."""
    from registry.roles import Permission

    named, rest = _named(table, words)
    changes = _cells(rest)
    if not changes:
        raise Usage("Say what changes, as column=value.")
    with opened(db, who) as (registry, actor):
        version, seen = _seen(registry, actor, Permission.AMEND, table, named, expected)
        understood = read_amended(table, seen, named, changes, version, registry.now().date())
        _tell(_saved(registry, actor, understood, reason, key), understood, as_json)


@click.command()
@click.argument("table")
@click.argument("words", nargs=-1, required=True, metavar="ID...")
@_reason
@_version
@_key
@db_option
@who_option
@json_option
@example('nadir withdraw bleed SYN-003 B1 --reason "belongs to another patient"')
def withdraw(
    table: str,
    words: tuple[str, ...],
    reason: str,
    expected: int | None,
    key: str | None,
    db: Path | None,
    who: str | None,
    as_json: bool,
) -> None:
    """End a fact: it counts no longer, and stays in the history."""
    from registry.entry import Fact
    from registry.roles import Permission

    named = _only_named(table, words)
    with opened(db, who) as (registry, actor):
        version, _ = _seen(registry, actor, Permission.WITHDRAW, table, named, expected)
        understood = Understood([Fact(table, named, version, withdrawn=True)])
        _tell(_saved(registry, actor, understood, reason, key), understood, as_json)


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
        click.echo(cell(line))


@click.command()
@click.argument("seq", type=click.IntRange(1))
@_key
@db_option
@who_option
@json_option
@example("nadir undo 1207")
def undo(seq: int, key: str | None, db: Path | None, who: str | None, as_json: bool) -> None:
    """Take back your own change SEQ within minutes: a change that undoes it stands beside it in the history."""
    from registry.entry import undo as take_back

    with opened(db, who) as (registry, actor):
        _tell(take_back(registry, actor, seq, key=key or uuid4().hex), Understood(), as_json)


def _seen(
    registry: Database,
    actor: Actor,
    permission: Permission,
    table: str,
    named: Values,
    expected: int | None,
) -> tuple[int, Mapping[str, str | None]]:
    """The version that the person saw, else the current one, and what it says. Raises NotPermitted, Refused."""
    from registry import record
    from registry.versions import values_of, versions

    actor.require(permission, record.site_of(registry.rows, table, named))
    found = versions(registry.rows, table, named)
    if not found:
        raise Refused(f"There is no {_subject(table, named)}.")
    version = expected or found[-1].number
    seen = next((one for one in found if one.number == version), found[-1])
    return version, values_of(registry.rows, table, seen.row_key)


def _saved(
    registry: Database, actor: Actor, understood: Understood, reason: str | None, key: str | None
) -> Saved:
    from registry.entry import save

    today = registry.now().date()
    return save(registry, actor, understood.facts, key=key or uuid4().hex, today=today, reason=reason)


def _tell_understood(understood: Understood, as_json: bool) -> None:
    """What was understood, of what was not stored."""
    if as_json:
        facts = [
            {"table": one.table, "values": one.values, "missing": one.missing} for one in understood.facts
        ]
        print_json({"facts": facts, "understood": understood.echoes, "doubts": understood.doubts})
        return
    for one in understood.facts:
        click.echo(one.table)
        for column, value in one.values.items():
            click.echo(f"  {column}: {_recorded(value)}")
    _say_understood(understood)


def _say_understood(understood: Understood) -> None:
    for place, echo in understood.echoes.items():
        say(f"{place}: {echo}")
    for place, doubt in understood.doubts.items():
        say(f"{place}: {doubt}")


def _tell(saved: Saved, understood: Understood, as_json: bool) -> None:
    """What was stored, under which id and as which version, how it was understood, and what the change is called."""
    if as_json:
        facts = [
            {"table": one.table, "identity": one.identity, "version": one.version, "values": one.values}
            for one in saved.facts
        ]
        print_json(
            {"seq": saved.seq, "repeated": saved.repeated, "facts": facts, "hints": saved.hints}
            | {"understood": understood.echoes, "doubts": understood.doubts}
        )
        return
    for one in saved.facts:
        became = "withdrawn" if one.values is None else f"version {one.version}"
        click.echo(f"{cell(_subject(one.table, one.identity))}: {became}")
    _say_understood(understood)
    for hint in saved.hints:
        say(hint)
    done = f"Change {saved.seq} was stored"
    say(f"{done} before; nothing was done now." if saved.repeated else f"{done}.")


def _several(words: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The facts that were typed, divided by `+`: each a table and its cells."""
    facts: list[list[str]] = [[]]
    for word in words:
        if word == _AND:
            facts.append([])
        else:
            facts[-1].append(word)
    if any(len(fact) < 2 for fact in facts):
        raise Usage("Each fact is a table and at least one column=value, divided by + from the next.")
    return [(table, cells) for table, *cells in facts]


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
                lines.append(f"  {name}: {f'{_recorded(old)} → ' if before else ''}{_recorded(new)}")
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


def _recorded(value: object) -> str:
    return "not recorded" if value is None else str(value)

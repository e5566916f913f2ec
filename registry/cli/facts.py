"""Facts: log, amend, withdraw, undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from registry.cli.cells import Values, cells_of, only_identity, several, split_identity, subject
from registry.cli.options import OpenRegistry, example, json_option, judge_option, on_registry
from registry.cli.save_report import tell_saved, tell_understood
from registry.cli.typed import Understood, read_amended, read_new
from registry.errors import Refused, Usage

if TYPE_CHECKING:
    from adjudication.response.explain import Explanation
    from registry.entry import Saved
    from registry.roles import Actor, Permission
    from registry.store.database import Database

_reason = click.option("--reason", required=True, help="Reason, kept in the history.")
_version = click.option(
    "--version",
    "expected",
    type=click.IntRange(1),
    metavar="N",
    help="The version that you saw (default: the current one). The request is refused if the fact has "
    "changed since.",
)
_key = click.option(
    "--key", help="A unique key of this request, so that a repeated request is not stored twice."
)


@click.command()
@click.argument("table")
@click.argument("cells", nargs=-1, required=True, metavar="COLUMN=VALUE... [+ TABLE COLUMN=VALUE...]...")
@click.option("--reason", help="Reason (optional).")
@click.option("--as-reported", is_flag=True, help="Store an implausible value: flagged, and not evaluable.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Show how the values are read and how the course would be assessed, without storing anything.",
)
@_key
@judge_option
@on_registry
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
    no_judge: bool,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """Store a new fact in TABLE, or several related facts separated by +: either all or none.

    Tables and columns are those of the bundle; an unknown name is answered with the valid names. A missing
    id is generated. A fact without patient, episode, course or event belongs to the one logged with it.
    Days and values are typed as in the forms: 3/2/26, "3 feb", today, -3d; 31, "<5", "45 K/uL", "not done".
    Put quotes around text with a space or one of < > &.
    """
    from registry.entry.far import far_of
    from registry.entry.shared_start import shared_of

    typed = [(name, cells_of(words)) for name, words in several([table, *cells])]
    with open_registry() as (registry, actor):
        understood = read_new(typed, registry.now().date(), as_reported=as_reported)
        if dry_run:
            _require_log(registry, actor, understood)
            understood.doubt(far_of(registry, actor, understood.facts))
            understood.doubt(shared_of(registry, understood.facts), "started_on")
            tell_understood(understood, _previewed(registry, actor, understood), as_json)
        else:
            tell_saved(
                registry,
                actor,
                _saved(registry, actor, understood, reason, key),
                understood,
                as_json,
                judged=not no_judge,
            )


@click.command()
@click.argument("table")
@click.argument("words", nargs=-1, required=True, metavar="ID... COLUMN=VALUE...")
@_reason
@_version
@_key
@judge_option
@on_registry
@json_option
@example('nadir amend observation SYN-003 O-12 value=31 --reason "typed 3 for 31" --version 1')
def amend(
    table: str,
    words: tuple[str, ...],
    reason: str,
    expected: int | None,
    key: str | None,
    no_judge: bool,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """Correct a fact. The old version stays in the history. `column=` empties a cell."""
    from registry.roles import Permission

    named, rest = split_identity(table, words)
    changes = cells_of(rest)
    if not changes:
        raise Usage("Give the changes as column=value.")
    with open_registry() as (registry, actor):
        version, seen = _seen(registry, actor, Permission.AMEND, table, named, expected)
        understood = read_amended(table, seen, named, changes, version, registry.now().date())
        tell_saved(
            registry,
            actor,
            _saved(registry, actor, understood, reason, key),
            understood,
            as_json,
            judged=not no_judge,
        )


@click.command()
@click.argument("table")
@click.argument("words", nargs=-1, required=True, metavar="ID...")
@_reason
@_version
@_key
@judge_option
@on_registry
@json_option
@example('nadir withdraw bleed SYN-003 B1 --reason "belongs to another patient"')
def withdraw(
    table: str,
    words: tuple[str, ...],
    reason: str,
    expected: int | None,
    key: str | None,
    no_judge: bool,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """Withdraw a fact. It is ignored in calculations but stays in the history."""
    from registry.entry import Fact
    from registry.roles import Permission

    named = only_identity(table, words)
    with open_registry() as (registry, actor):
        version, _ = _seen(registry, actor, Permission.WITHDRAW, table, named, expected)
        understood = Understood([Fact(table, named, version, withdrawn=True)])
        tell_saved(
            registry,
            actor,
            _saved(registry, actor, understood, reason, key),
            understood,
            as_json,
            judged=not no_judge,
        )


@click.command()
@click.argument("seq", type=click.IntRange(1))
@_key
@judge_option
@on_registry
@json_option
@example("nadir undo 1207")
def undo(seq: int, key: str | None, no_judge: bool, open_registry: OpenRegistry, as_json: bool) -> None:
    """Undo your own change SEQ within minutes. The history keeps the change and the undo."""
    from registry.entry import undo as take_back

    with open_registry() as (registry, actor):
        saved = take_back(registry, actor, seq, key=key or uuid4().hex)
        tell_saved(registry, actor, saved, Understood(), as_json, judged=not no_judge)


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
    from registry.record.versions import values_of, versions

    actor.require(permission, record.site_of(registry.rows, table, named))
    found = versions(registry.rows, table, named)
    if not found:
        raise Refused(f"There is no {subject(table, named)}.")
    version = expected or found[-1].number
    seen = next((one for one in found if one.number == version), found[-1])
    return version, values_of(registry.rows, table, seen.row_key)


def _saved(
    registry: Database, actor: Actor, understood: Understood, reason: str | None, key: str | None
) -> Saved:
    from registry.entry import save

    today = registry.now().date()
    return save(registry, actor, understood.facts, key=key or uuid4().hex, today=today, reason=reason)


def _require_log(registry: Database, actor: Actor, understood: Understood) -> None:
    """A trial tells of the patients what a save would, so it needs the same right. Raises NotPermitted."""
    from registry import record
    from registry.roles import Permission

    sites = [record.site_of(registry.rows, one.table, one.values) for one in understood.facts]
    named = [site for site in sites if site is not None]
    if named or not actor.may_somewhere(Permission.LOG):
        actor.require(Permission.LOG, named or None)


def _previewed(registry: Database, actor: Actor, understood: Understood) -> Explanation | None:
    """The call that the only course of the request would get, if `actor` may see it."""
    from registry.entry import preview
    from registry.errors import NotPermitted

    by_table = {
        table: [one.values for one in understood.facts if one.table == table]
        for table in ("course", "course_agent", "observation")
    }
    if len(by_table["course"]) != 1:
        return None
    try:
        return preview(
            registry,
            actor,
            by_table["course"][0],
            by_table["course_agent"] or None,
            by_table["observation"],
            today=registry.now().date(),
        )
    except NotPermitted:
        return None

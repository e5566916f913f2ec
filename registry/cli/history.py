"""What became of a fact: history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from registry.cli.cells import only_identity, subject
from registry.cli.options import OpenRegistry, example, json_option, on_registry
from registry.cli.printing import cell, out, print_json
from registry.errors import Usage
from registry.wording import file_moment


@click.command()
@click.argument("table")
@click.argument("words", nargs=-1, required=True, metavar="ID...")
@on_registry
@json_option
@example("nadir history observation SYN-003 O-12")
def history(table: str, words: tuple[str, ...], open_registry: OpenRegistry, as_json: bool) -> None:
    """Every version of a fact: who wrote it, when, why, and what it changed."""
    from registry import record

    named = only_identity(table, words)
    with open_registry() as (registry, actor):
        versions = record.history(registry, actor, table, named)
    if not versions:
        raise Usage(f"No version is recorded of {subject(table, named)}.")
    if as_json:
        print_json(versions)
        return
    for line in _history_lines(table, versions):
        out(cell(line))


def _history_lines(table: str, versions: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line of who, when and why for each version and each end, and under it what the version changed."""
    from registry.record import tables

    columns = [
        name
        for name in (*tables.described(table).names, "observed_on")
        if name in versions[0] and name not in tables.described(table).identity
    ]
    lines: list[str] = []
    before: Mapping[str, Any] = {}
    for one in versions:
        lines.append(
            f"version {one['version']}, {_told(one['written_as'])} by {one['written_by']} on "
            f"{file_moment(one['written_at'])} (change {one['written_by_change']})"
            f"{_because(one['written_because'])}"
        )
        for name in columns:
            old, new = before.get(name), one[name]
            if old != new:
                lines.append(f"  {name}: {f'{_recorded(old)} → ' if before else ''}{_recorded(new)}")
        before = one
        if one["superseded_as"] in ("withdraw", "follow_up"):  # who follows up amends nothing
            lines.append(
                f"withdrawn by {one['superseded_by_actor']} on {file_moment(one['superseded_at'])} "
                f"(change {one['superseded_by_change']}){_because(one['superseded_because'])}"
            )
    return lines


def _told(action: str) -> str:
    return {"log": "logged", "follow_up": "logged", "amend": "amended", "import": "imported"}.get(
        action, action
    )


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _recorded(value: object) -> str:
    return "not recorded" if value is None else str(value)

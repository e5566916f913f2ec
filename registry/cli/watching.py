"""`nadir import --watch`: a folder is looked at once, or until the command is stopped."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from registry.cli.options import OpenRegistry, open_for_import
from registry.cli.printing import out, print_json, say

if TYPE_CHECKING:
    from registry.exchange.watching import Moved, Waiting, Watched


def take_once(folder: Path, how: Mapping[str, Any], open_registry: OpenRegistry, as_json: bool) -> None:
    """Take the files that are quiet now. Ends with 1 where one went to the queue."""
    from registry.exchange.watching import QUEUE, Watched

    watched = Watched(folder)
    _refuse_own(folder, open_registry.path, how["mapping"])
    moved = _take(watched, watched.quiet_since_written(time.time()), how, open_registry)
    _show(moved, as_json)
    if any(file.outcome == QUEUE for file in moved):
        click.get_current_context().exit(1)


def take_always(folder: Path, how: Mapping[str, Any], open_registry: OpenRegistry, as_json: bool) -> None:
    """Take each file when it is quiet, until the command is stopped.

    The registry is open only while files are taken. Where the app has it open, the app takes them; where another
    command has it, they wait.
    """
    from registry.errors import Busy, Usage
    from registry.exchange.watching import Watched

    if open_registry.running:
        raise Usage("The app does not watch a folder. Give --once.")
    watched = Watched(folder)
    _refuse_own(folder, open_registry.path, how["mapping"])
    say(f"Watching {folder}. Stop with Ctrl-C.")
    for ready in watched.looks():
        try:
            moved = _take(watched, ready, how, open_registry)
        except Busy:
            _have_app_take(open_registry.path)
            continue
        _show(moved, as_json)


def _refuse_own(folder: Path, database: Path, mapping: Path | str | None) -> None:
    """The registry and the mapping would be taken for files that came in."""
    from registry.errors import Usage

    for what, path in (("registry", database), ("mapping", Path(mapping or ""))):
        if path.is_file() and path.resolve().parent == folder.resolve():
            raise Usage(f"The {what} {path.name} lies in {folder}. Watch a folder of its own.")


def _have_app_take(database: Path) -> None:
    from registry.cli.running_app import ask_app

    context = click.get_current_context()
    options = {name: value for name, value in context.params.items() if name not in ("db", "who")}
    ask_app(database, context.command_path.split()[1:], {**options, "once": True}, context.params["who"])


def _take(
    watched: Watched, ready: Sequence[Waiting], how: Mapping[str, Any], open_registry: OpenRegistry
) -> list[Moved]:
    from registry.exchange.sources.mapping import load_mapping
    from registry.roles import Permission

    if not ready:
        return []
    with open_for_import(open_registry, dry_run=False) as (registry, actor):
        if not actor.may_somewhere(Permission.IMPORT):
            actor.require(Permission.IMPORT)
        if how["mapping"] is not None:  # a faulty mapping is no fault of the files
            load_mapping(how["mapping"], has_columns=False)
        taken = [watched.take(registry, actor, waiting, **how) for waiting in ready]
    return [file for file in taken if file is not None]


def _show(moved: Sequence[Moved], as_json: bool) -> None:
    if as_json:
        print_json([file.as_json() for file in moved])
        return
    for file in moved:
        out(file.text())

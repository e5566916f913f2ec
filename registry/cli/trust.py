"""Whether the registry is what was written, and its copies: verify, doctor, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.options import db_option, default_path, example, json_option, opened, who_option
from registry.cli.printing import print_json, say

if TYPE_CHECKING:
    from registry.errors import Problem


@click.command()
@db_option
@json_option
@example("nadir verify")
def verify(db: Path | None, as_json: bool) -> None:
    """Check that the registry is what was written: file, audit chain, anchor, rows, calls. Exit code 1 if not."""
    from registry.database import Database

    path = db or default_path()
    problems = Database.verify_path(path)
    if not problems:
        from registry.reproduction import altered_calls

        with opened(path, None) as (registry, _):
            problems = altered_calls(registry)
    _tell_problems(problems, as_json, "Everything is as it was written, and every call can be made again.")


def _tell_problems(problems: list[Problem], as_json: bool, sound: str) -> None:
    """Print what is wrong, or that nothing is; the exit code is 1 if something is."""
    if as_json:
        print_json({"sound": not problems, "problems": [vars(problem) for problem in problems]})
    else:
        click.echo(f"{len(problems)} problem{'' if len(problems) == 1 else 's'}:" if problems else sound)
        for problem in problems:
            click.echo(f"  {problem}")
    if problems:
        raise click.exceptions.Exit(1)


@click.command()
@db_option
@json_option
@example("nadir doctor")
def doctor(db: Path | None, as_json: bool) -> None:
    """What endangers the registry: all that `verify` finds, who can read its file, room on the disk."""
    from registry.backup import doctor as examine

    _tell_problems(examine(db or default_path()), as_json, "Nothing endangers the registry.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@db_option
@who_option
@example("nadir backup backups/2026-03-31.duckdb")
def backup(file: Path, db: Path | None, who: str | None) -> None:
    """Copy the registry to a new FILE, and verify the copy."""
    from registry.backup import backup as copy

    with opened(db, who) as (registry, actor):
        say(f"The registry was copied to {copy(registry, actor, file)}, and the copy verified.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@db_option
@example("nadir restore backups/2026-03-31.duckdb")
def restore(file: Path, db: Path | None) -> None:
    """Put the verified backup FILE in the registry's place; what stood there is moved aside, never deleted."""
    from registry.backup import restore as put_back

    aside = put_back(file, db or default_path())
    say(f"{file} was restored." + (f" What stood there is now {aside}." if aside else ""))

"""Who wrote what, whether the registry is what was written, and its copies: audit, verify, doctor, backup, restore."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.options import db_option, default_path, example, json_option, opened, who_option
from registry.cli.printing import cell, out, print_json, say
from registry.wording import file_moment, number_of

if TYPE_CHECKING:
    from registry.errors import Problem


@click.command()
@click.option("--by", "person", metavar="USER", help="Only what this account did.")
@click.option("--action", help="Only this action, such as amend.")
@click.option("--patient", metavar="ID", help="Only what concerned this patient.")
@click.option("--from", "from_on", type=click.DateTime(["%Y-%m-%d"]), help="From this day on, in UTC.")
@click.option("--to", "to_on", type=click.DateTime(["%Y-%m-%d"]), help="Before this day, in UTC.")
@click.option(
    "--most", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many."
)
@db_option
@who_option
@json_option
@example("nadir audit --by mira --action amend --from 2026-03-01")
def audit(
    person: str | None,
    action: str | None,
    patient: str | None,
    from_on: datetime | None,
    to_on: datetime | None,
    most: int,
    db: Path | None,
    who: str | None,
    as_json: bool,
) -> None:
    """Who did what, when and why, the newest first; values only where you may read them."""
    from registry.tasks.audit_trail import differences, trail

    with opened(db, who) as (registry, actor):
        page = trail(
            registry,
            actor,
            person=person,
            action=action,
            patient=patient,
            from_on=from_on.date() if from_on else None,
            to_on=to_on.date() if to_on else None,
            take=most,
        )
    if as_json:
        print_json({"found": page.found, "events": page.rows})
        return
    for row in page.rows:
        because = f": {cell(row['reason'])}" if row["reason"] else ""
        out(
            f"{row['seq']}  {file_moment(row['recorded_at'])}  {row['actor']}  {row['action']}  "
            f"{cell(row['subject'])}{because}"
        )
        for line in differences(row["before"], row["after"]):
            out(f"    {cell(line)}")
    shown = "" if len(page.rows) == page.found else f", {len(page.rows):,} shown"
    say(f"{number_of(page.found, 'event')} found{shown}.")


@click.command()
@db_option
@json_option
@example("nadir verify")
def verify(db: Path | None, as_json: bool) -> None:
    """Check that the registry is what was written: file, audit chain, anchor, rows, calls. Exit code 1 if not."""
    from registry.store.database import Database

    path = db or default_path()
    problems = Database.verify_path(path)
    sound = "Everything is as it was written, and every call can be made again."
    if not problems:
        sound, problems = _with_calls(path, sound)
    _tell_problems(problems, as_json, sound)


def _with_calls(path: Path, sound: str) -> tuple[str, list[Problem]]:
    """Make every call again, where the registry is of this edition: opening an older one would change it."""
    from registry.judging.reproduction import altered_calls
    from registry.store.database import Database

    if Database.is_older_edition(path):
        return (
            "Everything is as it was written. The registry is of an older edition: upgrade it by opening it once, "
            "for example with `nadir waiting`. Only then its calls can be made again.",
            [],
        )
    with opened(path, None) as (registry, _):
        return sound, altered_calls(registry)


def _tell_problems(problems: list[Problem], as_json: bool, sound: str) -> None:
    """Print what is wrong, or that nothing is; the exit code is 1 if something is."""
    if as_json:
        print_json({"sound": not problems, "problems": [vars(problem) for problem in problems]})
    else:
        out(f"{number_of(len(problems), 'problem')}:" if problems else sound)
        for problem in problems:
            out(f"  {problem}")
    if problems:
        raise click.exceptions.Exit(1)


@click.command()
@db_option
@json_option
@example("nadir doctor")
def doctor(db: Path | None, as_json: bool) -> None:
    """What endangers the registry: all that `verify` finds, who can read its file, room on the disk."""
    from registry.store.backup import doctor as examine

    path = db or default_path()
    problems = examine(path)
    sound = "Nothing endangers the registry."
    if not problems:
        sound, problems = _with_calls(path, sound)
    _tell_problems(problems, as_json, sound)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@db_option
@who_option
@example("nadir backup backups/2026-03-31.duckdb")
def backup(file: Path, db: Path | None, who: str | None) -> None:
    """Copy the registry to a new FILE, and verify the copy."""
    from registry.store.backup import backup as copy

    with opened(db, who) as (registry, actor):
        say(f"The registry was copied to {copy(registry, actor, file)}, and the copy verified.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@db_option
@example("nadir restore backups/2026-03-31.duckdb")
def restore(file: Path, db: Path | None) -> None:
    """Put the verified backup FILE in the registry's place; what stood there is moved aside, never deleted."""
    from registry.store.backup import restore as put_back

    aside = put_back(file, db or default_path())
    say(f"{file} was restored." + (f" What stood there is now {aside}." if aside else ""))

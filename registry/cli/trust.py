"""Who wrote what, whether the registry is what was written, and its copies: audit, verify, doctor, backup, restore."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.options import (
    OpenRegistry,
    db_option,
    default_path,
    example,
    json_option,
    on_file,
    on_registry,
)
from registry.cli.printing import cell, out, print_json, say
from registry.errors import Unavailable, Usage
from registry.wording import file_moment, number_of

if TYPE_CHECKING:
    from registry.errors import Problem
    from registry.store.repair import Repair


@click.command()
@click.option("--by", "person", metavar="USER", help="Only what this account did.")
@click.option("--action", help="Only this action, such as amend.")
@click.option("--patient", metavar="ID", help="Only what concerned this patient.")
@click.option("--from", "from_on", type=click.DateTime(["%Y-%m-%d"]), help="From this day on, in UTC.")
@click.option("--to", "to_on", type=click.DateTime(["%Y-%m-%d"]), help="Before this day, in UTC.")
@click.option(
    "--most", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Largest number to list."
)
@on_registry
@json_option
@example("nadir audit --by mira --action amend --from 2026-03-01")
def audit(
    person: str | None,
    action: str | None,
    patient: str | None,
    from_on: datetime | None,
    to_on: datetime | None,
    most: int,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """List who did what, when and why, newest first. Values are shown only where you can read them."""
    from registry.tasks.audit_trail import differences, trail

    with open_registry() as (registry, actor):
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
@on_file
@json_option
@example("nadir head")
def head(open_registry: OpenRegistry, as_json: bool) -> None:
    """Print number and hash of the newest audit event, to keep where nobody who can write the file can change it.

    A registry that is put back to an older state together with its anchor looks sound to itself. `nadir verify --head`
    compares it with a head that was kept elsewhere.
    """
    from registry.store.database import Database

    if open_registry.running:
        with open_registry() as (registry, _):
            seq, digest, at = registry.newest_event()
    else:
        seq, digest, at = Database.newest_event_of(open_registry.path)
    if as_json:
        print_json({"seq": seq, "head": digest, "at": at})
    else:
        out(f"{seq} {digest}")


@click.command()
@click.option("--head", "kept", metavar="SEQ:SHA256", help="What `nadir head` printed before.")
@on_file
@json_option
@example("nadir verify --head 1207:$(cut -d' ' -f2 kept-elsewhere.txt)")
def verify(kept: str | None, open_registry: OpenRegistry, as_json: bool) -> None:
    """Check that the registry is unaltered: file, audit chain, anchor, rows, calls. Exit code 1 if not."""
    from registry.store.database import Database

    sound, kept_head = "The registry is unaltered, and every call is reproducible.", _kept(kept)
    if open_registry.running:
        with open_registry() as (registry, _):
            problems = registry.verify(kept=kept_head)
    else:
        problems = Database.verify_path(open_registry.path, kept=kept_head)
    if not problems:
        sound, problems = _with_calls(open_registry, sound)
    _tell_problems(problems, as_json, sound)


def _kept(text: str | None) -> tuple[int, str] | None:
    """The number and the hash in a head that was kept. Raises Usage."""
    if text is None:
        return None
    seq, _, digest = text.strip().replace(" ", ":").partition(":")
    if not seq.isdecimal() or len(digest) != 64 or set(digest.lower()) - set("0123456789abcdef"):
        raise Usage("A head is SEQ:SHA256, as `nadir head` prints it.")
    return int(seq), digest.lower()


def _with_calls(open_registry: OpenRegistry, sound: str) -> tuple[str, list[Problem]]:
    """Make every call again, where the registry is of this edition: opening an older one would change it."""
    from registry.judging.reproduction import altered_calls
    from registry.store.database import Database

    if not open_registry.running and Database.is_older_edition(open_registry.path):
        return (
            "The registry is unaltered. It was written by an older edition: `nadir upgrade` brings it up "
            "to date. Its calls can be reproduced only after that.",
            [],
        )
    try:
        with open_registry() as (registry, _):
            return sound, altered_calls(registry)
    except Unavailable as error:
        return f"The registry is unaltered. Its calls were not made again: {error}", []


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
@click.option(
    "--repair",
    "repaired",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT",
    help="Mend a copy of a registry that does not open, and write it to OUT.",
)
@on_file
@json_option
@example("nadir doctor --repair mended.duckdb")
def doctor(repaired: Path | None, open_registry: OpenRegistry, as_json: bool) -> None:
    """Check for risks to the registry: all that `verify` finds, who can read its file, free disk space.

    With --repair the registry stays as it is. Exit code 0: OUT holds everything that was ever stored; 1: something is
    missing, and is listed with the newest good backup; 4: no repair helps. `nadir restore OUT` then puts it in place.
    """
    from registry.record.trial import NOTICE, TEST, is_test
    from registry.store.backup import doctor as examine
    from registry.store.backup import failing_copies, surroundings
    from registry.store.database import Database

    if repaired is not None:
        if open_registry.running:
            raise Usage("The app has the registry open, so nothing is to be repaired.")
        _repair(open_registry.path, repaired, as_json)
        return
    if open_registry.running:
        with open_registry() as (registry, _):
            problems = [*registry.verify(), *surroundings(registry.path), *failing_copies(registry)]
            for_tests = is_test(registry)
    else:
        problems = examine(open_registry.path)
        for_tests = Database.properties_of(open_registry.path).get(TEST) == "yes"
    if for_tests:
        say(NOTICE)
    sound = "No risk to the registry was found."
    if not problems:
        sound, problems = _with_calls(open_registry, sound)
    _tell_problems(problems, as_json, sound)


def _repair(path: Path, copy: Path, as_json: bool) -> None:
    """Mend a copy and print what was done and what it lacks; the exit code is 1 if it lacks anything."""
    from registry.store.repair import repair

    found = repair(path, copy)
    if as_json:
        print_json(
            {
                "repairs": found.steps,
                "problems": [vars(problem) for problem in found.problems],
                "last_seq": found.head,
                "anchor_seq": found.anchor_seq,
                "missing": [{"seq": mark.seq, "at": mark.made_at} for mark in found.missing],
                "newest_backup": found.backup and {"file": str(found.backup[0]), "last_seq": found.backup[1]},
            }
        )
    else:
        _print_repair(found)
    if not found.complete:
        raise click.exceptions.Exit(1)


def _print_repair(found: Repair) -> None:
    for step in found.steps:
        out(f"Repaired: {step}.")
    if found.complete:
        out(
            f"{found.file} holds every change that was stored, up to {found.head}, and verifies. Nothing is missing."
        )
    for mark in found.missing:
        out(f"Missing: change {mark.seq}, stored on {file_moment(mark.made_at)}.")
    for problem in found.problems:
        out(f"  {problem}")
    if not found.complete and found.backup is not None:
        file, seq = found.backup
        out(f"The newest backup that verifies is {file}; it ends at change {seq}.")
    elif not found.complete:
        out("No backup that verifies was found beside the registry.")
    say(
        f"`nadir restore {found.file}` puts the copy in the registry's place; what stands there is moved aside."
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@on_registry
@example("nadir backup backups/2026-03-31.duckdb")
def backup(file: Path, open_registry: OpenRegistry) -> None:
    """Copy the registry to a new FILE, and verify the copy."""
    from registry.store.backup import backup as copy

    with open_registry() as (registry, actor):
        say(f"The registry was copied to {copy(registry, actor, file)}, and the copy verified.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--drill", is_flag=True, help="Only try it: restore into a folder that is removed again.")
@db_option
@example("nadir restore backups/2026-03-31.duckdb")
def restore(file: Path, drill: bool, db: Path | None) -> None:
    """Replace the registry by the verified backup FILE. The previous file is renamed, never deleted.

    With --drill the registry stays as it is: FILE is restored beside itself, opened, verified, every call made again,
    and the result removed. Exit code 1 if the backup would not bring everything back.
    """
    from registry.serve import copies_of
    from registry.store.backup import restore as put_back
    from registry.store.backup import restore_drill
    from registry.store.copies import erased_since

    if drill:
        from registry.judging.reproduction import altered_calls

        problems = restore_drill(file, altered_calls)
        sound = f"The drill succeeded: {file} was restored into a folder of its own, opened and verified."
        _tell_problems(problems, as_json=False, sound=sound)
        return
    path = db or default_path()
    aside = put_back(file, path, backups=copies_of(path), announce=say)
    say(f"{file} was restored." + (f" The previous file is now {aside}." if aside else ""))
    back = erased_since(aside, file) if aside else 0
    if back:
        say(f"{number_of(back, 'patient')} erased after this backup was made can be in it. Erase them again.")

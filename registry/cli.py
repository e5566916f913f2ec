"""The command line: every command is one call of a service, printed.

Results go to standard output, everything else to standard error. Exit codes: 0 done; 1 the answer is no; 2 wrong
usage; 3 input refused and nothing stored; 4 the registry is busy or cannot be opened; 5 not permitted.
Services are imported where they are used, so that `nadir --help` answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from registry.errors import NadirError, Refused

if TYPE_CHECKING:
    from registry.database import Database
    from registry.errors import Problem
    from registry.roles import Actor

_MOST_PROBLEMS = 200


class _Commands(click.Group):
    """A group whose commands turn the registry's errors into a message and its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NadirError as error:
            _say(str(error))
            if isinstance(error, Refused):
                _list_problems(error.problems)
            ctx.exit(error.exit_code)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _list_problems(problems: list[Problem]) -> None:
    for problem in problems[:_MOST_PROBLEMS]:
        _say(f"  {problem}")
    if len(problems) > _MOST_PROBLEMS:
        _say(f"  … and {len(problems) - _MOST_PROBLEMS:,} more")


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def default_path() -> Path:
    """The registry that is meant when none is named: the one that the app would open."""
    from registry.serve import registry_path

    return registry_path()


_db = click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The registry's file (else NADIR_DB, else your data folder).",
)
_who = click.option("--as", "who", metavar="USER", help="The account to act as (else the local operator).")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print the result for programs.")


def _example(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put an example into the help of a command."""

    def attach(function: Callable[..., Any]) -> Callable[..., Any]:
        function.__doc__ = f"{function.__doc__}\n\n\b\nExample:\n  {text}"
        return function

    return attach


@contextmanager
def _open(path: Path | None, who: str | None, *, create: bool = False) -> Iterator[tuple[Database, Actor]]:
    from registry.database import Database

    with Database.open(path or default_path(), create=create) as db:
        yield db, db.actor(who)


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, only where a person is watching and only when it takes a while."""
    from tqdm import tqdm

    with tqdm(
        desc=title, unit="", delay=1, file=sys.stderr, disable=not sys.stderr.isatty(), leave=False
    ) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nadir")
def main() -> None:
    """Nadir: a treatment-course registry for ITP and AIHA that judges response from raw counts and says why."""


@main.command()
@_db
@click.option(
    "--patients",
    type=click.IntRange(1),
    help="Make so many synthetic patients instead of the reference cohort.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="The seed of the synthetic patients.")
@click.option("--no-serve", is_flag=True, help="Do not start the app.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="The app's port."
)
@_as_json
@_example("nadir demo --no-serve")
def demo(db: Path | None, patients: int | None, seed: int, no_serve: bool, port: int, as_json: bool) -> None:
    """Load synthetic patients, judge them, print the summary, and open the app on this machine.

    The patients are invented by a program. Doing it again changes nothing.
    """
    from registry import calls, cohort
    from registry import demo as synthetic

    with _open(db, None, create=True) as (registry, actor):
        with _bar("synthetic patients") as bar:
            loaded = synthetic.load(
                registry, actor, patients, seed, progress=lambda _what, done, total: bar(done, total)
            )
        _say(f"{loaded} synthetic patients in {registry.path}.")
        with _bar("judging") as bar:
            _say(
                "Judging. The first time on a machine the judge is compiled, which takes about half a minute."
            )
            report = calls.refresh(registry, actor, progress=bar)
        _say(report.text() + ".")
        summary = cohort.summary(registry, actor)
        path = registry.path
    if as_json:
        _print_json(summary.as_json())
    else:
        click.echo(summary.text())
    if not no_serve:
        _serve(path, port)


@main.command()
@_db
@_example("nadir init --db clinic.duckdb")
def init(db: Path | None) -> None:
    """Make an empty registry; it starts with one account, the local operator `admin`."""
    there = (db or default_path()).exists()
    with _open(db, None, create=True) as (registry, _):
        _say(
            f"There already is a registry at {registry.path}."
            if there
            else f"An empty registry stands at {registry.path}."
        )


@main.command()
@_db
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="The port on this machine."
)
@_example("nadir serve --port 8600")
def serve(db: Path | None, port: int) -> None:
    """Open the app on this machine alone."""
    path = db or default_path()
    with _open(path, None):
        pass
    _serve(path, port)


def _serve(path: Path, port: int) -> None:
    from registry.serve import serve as run

    _say(f"The app is at http://127.0.0.1:{port} (Ctrl+C ends it).")
    run(path, port)


@main.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["bundle", "lab-csv"]),
    default="bundle",
    show_default=True,
    help="What PATH is.",
)
@click.option(
    "--mapping", metavar="FILE", help="For lab-csv: the mapping file, or the name of a built-in one."
)
@click.option(
    "--part",
    type=click.Choice(["results", "transfusions", "prescriptions"]),
    default="results",
    show_default=True,
    help="For lab-csv: what the file holds.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen to every row, and store nothing.")
@click.option(
    "--accept-valid-rows", is_flag=True, help="Store what is right although other rows are refused."
)
@click.option(
    "--verdicts",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the verdict on every row to this CSV file.",
)
@_db
@_who
@_as_json
@_example("nadir import exports/2026-03 --dry-run")
def import_(
    path: Path,
    form: str,
    mapping: str | None,
    part: str,
    dry_run: bool,
    accept_valid_rows: bool,
    verdicts: Path | None,
    db: Path | None,
    who: str | None,
    as_json: bool,
) -> None:
    """Take data in from PATH: a bundle (folder, .zip or table) or a laboratory CSV.

    The whole import is one transaction. Every row is stored, identical, a new version or refused, and the counts
    add up to the rows read; every problem is listed with file, row, column and what to do.
    """
    from registry import intake

    with _open_for_import(db, who, dry_run) as (registry, actor):
        try:
            with _bar("import") as bar:
                report = intake.import_path(
                    registry,
                    actor,
                    path,
                    format=form,
                    mapping=mapping,
                    part=part,
                    dry_run=dry_run,
                    accept_valid_rows=accept_valid_rows,
                    progress=lambda _what, done, total: bar(done, total),
                )
        except intake.ImportRefused as refused:
            _write_verdicts(verdicts, refused.report)
            if as_json:
                _print_json(refused.report.as_json())
            raise
    _write_verdicts(verdicts, report)
    if as_json:
        _print_json(report.as_json())
    else:
        click.echo(report.text())


@contextmanager
def _open_for_import(path: Path | None, who: str | None, dry_run: bool) -> Iterator[tuple[Database, Actor]]:
    """The registry, made if there is none; a dry run without one tries on an empty one that is thrown away."""
    from tempfile import TemporaryDirectory

    there = (path or default_path()).exists()
    if there or not dry_run:
        with _open(path, who, create=not there) as opened:
            if not there:
                _say(f"A new registry was made at {opened[0].path}.")
            yield opened
        return
    with TemporaryDirectory() as folder, _open(Path(folder) / "dry-run.duckdb", who, create=True) as opened:
        yield opened


def _write_verdicts(path: Path | None, report: Any) -> None:
    if path is not None:
        from pyarrow import csv

        csv.write_csv(report.verdicts, path)
        _say(f"The verdict on every row is in {path}.")


@main.command()
@click.option("--patient", metavar="ID", help="Only this patient.")
@click.option("--course", metavar="ID", help="Only the patient of this course.")
@click.option(
    "--criteria", "criteria_id", metavar="ID", help="These criteria instead of the defaults of each disease."
)
@click.option("--all", "everything", is_flag=True, help="Judge whether anything has changed or not.")
@_db
@_who
@_as_json
@_example("nadir adjudicate --patient P-017")
def adjudicate(
    patient: str | None,
    course: str | None,
    criteria_id: str | None,
    everything: bool,
    db: Path | None,
    who: str | None,
    as_json: bool,
) -> None:
    """Judge the courses whose series has changed, or all of them."""
    from registry import calls

    with _open(db, who) as (registry, actor), _bar("judging") as bar:
        report = calls.refresh(
            registry,
            actor,
            criteria_ids=[criteria_id] if criteria_id else None,
            patient=patient,
            course=course,
            everything=everything,
            progress=bar,
        )
    if as_json:
        _print_json(report.as_json())
    else:
        click.echo(report.text() + ".")


@main.command()
@click.argument("course")
@click.option("--criteria", "criteria_id", metavar="ID", help="The call under these criteria.")
@_db
@_who
@_as_json
@_example("nadir explain SYN-003-ITP-1")
def explain(course: str, criteria_id: str | None, db: Path | None, who: str | None, as_json: bool) -> None:
    """The call on COURSE in sentences: the deciding counts, the clause, and why not the next better level."""
    from registry import calls

    with _open(db, who) as (registry, actor):
        told = calls.explain(registry, actor, course, criteria_id)
    if as_json:
        _print_json(told.as_json())
    else:
        click.echo(told.text())


@main.command()
@_db
@_who
@_as_json
@_example("nadir summary --json > summary.json")
def summary(db: Path | None, who: str | None, as_json: bool) -> None:
    """The cohort's figures: every rate as k/n with its unit and exact interval, medians with range."""
    from registry import cohort

    with _open(db, who) as (registry, actor):
        found = cohort.summary(registry, actor)
    if found.not_judged:
        _say(f"Courses not judged yet: {found.not_judged}. `nadir adjudicate` judges them.")
    if as_json:
        _print_json(found.as_json())
    else:
        click.echo(found.text())


@main.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day of the list (else today, in UTC).")
@click.option("--csv", "as_csv", is_flag=True, help="Print the columns of worklist.csv.")
@_db
@_who
@_as_json
@_example("nadir worklist --as-of 2026-03-31 --csv")
def worklist(as_of: datetime | None, as_csv: bool, db: Path | None, who: str | None, as_json: bool) -> None:
    """After alemtuzumab: who is due or overdue, and what the last count demands; most urgent first."""
    from registry.worklist import worklist as listed

    day: date = as_of.date() if as_of else datetime.now(UTC).date()
    with _open(db, who) as (registry, actor):
        found = listed(registry, actor, day)
    click.echo(found.as_json() if as_json else found.as_csv() if as_csv else found.text(), nl=not as_csv)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--format",
    "form",
    type=click.Choice(["bundle", "parquet"]),
    default="bundle",
    show_default=True,
    help="What is written.",
)
@_db
@_who
@_as_json
@_example("nadir export exports/2026-03")
def export(folder: Path, form: str, db: Path | None, who: str | None, as_json: bool) -> None:
    """Write everything current into a new FOLDER, calls and evidence included.

    What has changed is judged first, so that the calls are those of the record that leaves with them.
    """
    from registry import calls
    from registry.export import export as write

    with _open(db, who) as (registry, actor):
        if calls.stale_courses(registry):
            calls.refresh(registry, actor)
        report = write(registry, actor, folder, form, as_of=datetime.now(UTC).date())
    if as_json:
        _print_json(report.as_json())
    else:
        click.echo(f"{sum(report.files.values()):,} rows in {len(report.files)} files in {report.folder}.")


@main.command()
@_db
@_as_json
@_example("nadir verify")
def verify(db: Path | None, as_json: bool) -> None:
    """Check that the registry is what was written: file, audit chain, anchor, rows, calls. Exit code 1 if not."""
    from registry.database import Database

    path = db or default_path()
    problems = Database.verify_path(path)
    if not problems:
        from registry.reproduction import altered_calls

        with _open(path, None) as (registry, _):
            problems = altered_calls(registry)
    _tell_problems(problems, as_json, "Everything is as it was written, and every call can be made again.")


def _tell_problems(problems: list[Problem], as_json: bool, sound: str) -> None:
    """Print what is wrong, or that nothing is; the exit code is 1 if something is."""
    if as_json:
        _print_json({"sound": not problems, "problems": [vars(problem) for problem in problems]})
    else:
        click.echo(f"{len(problems)} problem{'' if len(problems) == 1 else 's'}:" if problems else sound)
        for problem in problems:
            click.echo(f"  {problem}")
    if problems:
        raise click.exceptions.Exit(1)


@main.command()
@_db
@_as_json
@_example("nadir doctor")
def doctor(db: Path | None, as_json: bool) -> None:
    """What endangers the registry: all that `verify` finds, who can read its file, room on the disk."""
    from registry.backup import doctor as examine

    _tell_problems(examine(db or default_path()), as_json, "Nothing endangers the registry.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_db
@_who
@_example("nadir backup backups/2026-03-31.duckdb")
def backup(file: Path, db: Path | None, who: str | None) -> None:
    """Copy the registry to a new FILE, and verify the copy."""
    from registry.backup import backup as copy

    with _open(db, who) as (registry, actor):
        _say(f"The registry was copied to {copy(registry, actor, file)}, and the copy verified.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_db
@_example("nadir restore backups/2026-03-31.duckdb")
def restore(file: Path, db: Path | None) -> None:
    """Put the verified backup FILE in the registry's place; what stood there is moved aside, never deleted."""
    from registry.backup import restore as put_back

    aside = put_back(file, db or default_path())
    _say(f"{file} was restored." + (f" What stood there is now {aside}." if aside else ""))


@main.group()
def user() -> None:
    """Accounts and their roles at each site."""


def _account(function: Callable[..., None]) -> Callable[..., None]:
    @click.argument("name")
    @_db
    @_who
    @wraps(function)
    def run(name: str, db: Path | None, who: str | None, **given: Any) -> None:
        with _open(db, who) as (registry, actor):
            function(registry, actor, name, **given)

    return run


def _roles(pairs: tuple[str, ...]) -> dict[str, list[str]]:
    """`nurse@north` and `clinician` (every site) as roles by site."""
    from registry.roles import EVERYWHERE

    held: dict[str, list[str]] = {}
    for pair in pairs:
        role, _, site = pair.partition("@")
        held.setdefault(site or EVERYWHERE, []).append(role)
    return held


_role = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    metavar="ROLE[@SITE]",
    help="A role, at one site or at all.",
)


@user.command("add")
@_role
@_account
@_example("nadir user add mira --role nurse@north --role clinician")
def add_user(registry: Database, actor: Actor, name: str, roles: tuple[str, ...]) -> None:
    """Add the account NAME."""
    from registry import accounts

    accounts.add_account(registry, actor, name, _roles(roles), today=datetime.now(UTC).date())
    _say(f"{name} was added.")


@user.command("role")
@_role
@_account
@_example("nadir user role mira --role data_manager")
def change_roles(registry: Database, actor: Actor, name: str, roles: tuple[str, ...]) -> None:
    """Replace all roles of NAME."""
    from registry import accounts

    accounts.set_roles(registry, actor, name, _roles(roles))
    _say(f"{name} now has the roles {', '.join(roles)}.")


@user.command("disable")
@_account
@_example("nadir user disable mira")
def disable_user(registry: Database, actor: Actor, name: str) -> None:
    """Let NAME no longer work here; what was done stays under that name."""
    from registry import accounts

    accounts.disable_account(registry, actor, name)
    _say(f"{name} is disabled.")


@user.command("enable")
@_account
@_example("nadir user enable mira")
def enable_user(registry: Database, actor: Actor, name: str) -> None:
    """Let NAME work here again."""
    from registry import accounts

    accounts.enable_account(registry, actor, name)
    _say(f"{name} is enabled.")


@user.command("list")
@_db
@_who
@_as_json
@_example("nadir user list")
def list_users(db: Path | None, who: str | None, as_json: bool) -> None:
    """All accounts with their roles."""
    from registry import accounts

    with _open(db, who) as (registry, actor):
        found = accounts.accounts(registry, actor)
    if as_json:
        _print_json([vars(account) for account in found])
        return
    for account in found:
        held = ", ".join(f"{role}@{site}" for site, role in account.roles)
        click.echo(f"{account.name}{' (disabled)' if account.disabled else ''}: {held or 'no role'}")


@main.group()
def criteria() -> None:
    """The published criteria: list, show, compare."""


@criteria.command("list")
@_as_json
@_example("nadir criteria list")
def list_criteria(as_json: bool) -> None:
    """Every criteria set with the digest that names it in a call."""
    from adjudication.criteria import load, published_ids

    found = [load(name) for name in published_ids()]
    if as_json:
        _print_json(
            [
                {"id": one.id, "disease": one.disease.word, "hash": one.digest, "title": one.title}
                for one in found
            ]
        )
        return
    for one in found:
        click.echo(f"{one.id}  {one.disease.word}  {one.digest}  {one.title}")


@criteria.command("show")
@click.argument("criteria_id")
@_example("nadir criteria show itp-iwg-2009")
def show_criteria(criteria_id: str) -> None:
    """A criteria set as it is written: levels, windows, readings and examples."""
    from adjudication.criteria import source
    from registry.calls import criteria as known

    click.echo(source(known(criteria_id).id))


@criteria.command("compare")
@click.argument("one")
@click.argument("other")
@_as_json
@_example("nadir criteria compare itp-iwg-2009 aiha-hammersmith-2017")
def compare_criteria(one: str, other: str, as_json: bool) -> None:
    """The rules in which two criteria sets differ."""
    from adjudication.criteria import differences
    from registry.calls import criteria as known

    found = differences(known(one), known(other))
    if as_json:
        _print_json([{"rule": rule, one: left, other: right} for rule, left, right in found])
        return
    for rule, left, right in found:
        click.echo(f"{rule}: {left} | {right}")

"""Making a registry and opening the app on it: demo, init, serve."""

from __future__ import annotations

from pathlib import Path

import click

from registry.cli.options import db_option, default_path, example, json_option, opened
from registry.cli.printing import judging_bar, out, print_json, progress_bar, say


@click.command()
@db_option
@click.option(
    "--patients",
    type=click.IntRange(1),
    help="Create this many synthetic patients instead of the reference cohort.",
)
@click.option(
    "--watched",
    type=click.IntRange(0, 1000),
    default=0,
    show_default=True,
    metavar="N",
    help="Add N synthetic patients watched after alemtuzumab for multiple sclerosis, as they are found today; "
    "from 19 on every state of the worklist is among them.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="The seed of the synthetic patients.")
@click.option("--no-serve", is_flag=True, help="Do not start the app.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="The app's port."
)
@json_option
@example("nadir demo --watched 40")
def demo(
    db: Path | None,
    patients: int | None,
    watched: int,
    seed: int,
    no_serve: bool,
    port: int,
    as_json: bool,
) -> None:
    """Load synthetic patients, assess them, open cases for review, print the summary, and open the app.

    A program generates the patients. Cases are opened for the reference cohort only. Surveillance applies
    to multiple sclerosis, so no patient of the cohort is watched; --watched adds such patients, also to an
    existing demonstration. Running it again changes nothing.
    """
    from registry import cohort, review
    from registry import demo as synthetic
    from registry.wording import number_of

    with opened(db, None, create=True) as (registry, actor):
        with progress_bar("synthetic patients") as bar:
            loaded = synthetic.load(
                registry, actor, patients, seed, progress=lambda _what, done, total: bar(done, total)
            )
        say(f"{loaded} synthetic patients in {registry.path}.")
        if watched:
            added = synthetic.load_watched(registry, actor, watched, seed, today=registry.now().date())
            say(
                f"Watched after alemtuzumab: {number_of(added, 'synthetic patient')} added as found today, "
                f"{watched - added} there before."
            )
        with judging_bar() as bar:
            report = review.rejudge(registry, actor, progress=bar)
        say(report.text() + ".")
        if patients is None:
            waiting = synthetic.open_cases(registry, actor, seed)
            say(f"{waiting} cases wait for adjudicators.")
        summary = cohort.summary(registry, actor)
        path = registry.path
    if as_json:
        print_json(summary.as_json())
    else:
        out(summary.text())
    if not no_serve:
        _serve(path, port, demo=True)


@click.command()
@db_option
@click.option(
    "--test", "for_tests", is_flag=True, help="Create a test registry, which says so in another color."
)
@example("nadir init --db clinic.duckdb")
def init(db: Path | None, for_tests: bool) -> None:
    """Create an empty registry with one account, the local operator `admin`.

    A test registry (--test) is for learning and for trying an upgrade: its name and color in the menu tell it from a
    real one, and it stays one.
    """
    from registry.record.trial import declare_test, is_test

    there = (db or default_path()).exists()
    with opened(db, None, create=True) as (registry, actor):
        if for_tests and not is_test(registry):
            declare_test(registry, actor)
            say(
                f"{registry.path} is a test registry now."
                if there
                else f"A test registry was created at {registry.path}."
            )
        else:
            say(
                f"There is already a registry at {registry.path}."
                if there
                else f"An empty registry was created at {registry.path}."
            )


@click.command()
@db_option
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="The port on this machine."
)
@click.option(
    "--sign-in",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="TOML file that describes the hospital's OpenID provider (default: passwords of the registry).",
)
@click.option(
    "--backups",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of the hourly copies (default: NADIR_BACKUPS, then `backups` beside the registry).",
)
@example("nadir serve --port 8600 --backups /srv/copies")
def serve(db: Path | None, port: int, sign_in: Path | None, backups: Path | None) -> None:
    """Open the app on this machine only.

    Every hour in which something changed, the app makes a verified copy of the registry. It keeps all copies of
    the last day and the newest of 7 days, 4 weeks and 12 months.

    The first start prints a one-time code with which `admin` chooses a password; there is no default
    password.
    """
    from registry.accounts.service import first_code

    path = db or default_path()
    with opened(path, None, backups=backups) as (registry, _):
        code = None if sign_in else first_code(registry)
    if code:
        say(f"The account admin has no password yet. Sign in as admin with this one-time code: {code}")
    _serve(path, port, sign_in=sign_in, backups=backups)


def _serve(
    path: Path, port: int, *, demo: bool = False, sign_in: Path | None = None, backups: Path | None = None
) -> None:
    from registry.serve import serve as run

    say(f"The app is at http://127.0.0.1:{port} (Ctrl+C ends it).")
    run(path, port, demo=demo, sign_in=sign_in, backups=backups)

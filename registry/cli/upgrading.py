"""Bringing a registry up to date with the program: copy, migrate, verify, and what changed."""

from __future__ import annotations

from importlib.metadata import version

import click

from registry.cli.options import OpenRegistry, example, json_option, on_file
from registry.cli.printing import out, print_json


@click.command()
@on_file
@json_option
@example("nadir upgrade --db clinic.duckdb")
def upgrade(open_registry: OpenRegistry, as_json: bool) -> None:
    """Bring the registry up to date with this version: copy it, change its tables, verify it, list what changed.

    Every command does so when it opens a registry of an older edition; this one does nothing else. Exit code 0: the
    registry is up to date and verifies; 1: it does not verify, restore the copy; 4: it could not be brought up to date,
    for want of room for example, and was not changed.
    """
    from registry.judging.reproduction import altered_calls

    with open_registry() as (registry, _):
        done = registry.upgrade
        problems = registry.verify() or altered_calls(registry)
        edition = registry.schema_number()
    before = done.applied[0].number - 1 if done else edition
    if as_json:
        print_json(
            {
                "version": version("nadir"),
                "backup": done and str(done.copy),
                "from": before,
                "to": edition,
                "applied": [
                    {"number": step.number, "name": step.name, "purpose": step.purpose}
                    for step in (done.applied if done else ())
                ],
                "sound": not problems,
                "problems": [vars(problem) for problem in problems],
            }
        )
    elif done is None:
        out(
            f"The registry is up to date with Nadir {version('nadir')} (schema {edition}). Nothing was changed."
        )
    else:
        out(f"The registry was brought from schema {before} to {edition}, that of Nadir {version('nadir')}:")
        for step in done.applied:
            out(f"  {step.number}  {step.purpose}.")
        out(f"The registry as it was: {done.copy}")
    if not as_json:
        out(
            "The registry verifies, and every call is reproducible."
            if not problems
            else "It does not verify:"
        )
        for problem in problems:
            out(f"  {problem}")
    if problems:
        raise click.exceptions.Exit(1)

"""Reading the record: what waits, what was changed, the figures of a cohort."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import click

from registry.cli.options import OpenRegistry, example, json_option, on_registry
from registry.cli.printing import cell, out, print_json, say
from registry.wording import file_moment

if TYPE_CHECKING:
    from registry.tasks import Waiting


@click.command()
@on_registry
@json_option
@example("nadir summary --json > summary.json")
def summary(open_registry: OpenRegistry, as_json: bool) -> None:
    """The cohort's figures: every rate as k/n with its unit and exact interval, medians with range."""
    from registry import cohort

    with open_registry() as (registry, actor):
        found = cohort.summary(registry, actor)
    if found.not_judged:
        say(f"Courses not assessed yet: {found.not_judged}. Run `nadir adjudicate`.")
    if as_json:
        print_json(found.as_json())
    else:
        out(found.text())


@click.command()
@click.option(
    "--disease", type=click.Choice(["ITP", "AIHA"], case_sensitive=False), help="Only this disease."
)
@click.option("--setting", metavar="WORD", help="Only this setting, such as renal_transplant or primary.")
@click.option("--site", "sites", multiple=True, help="Only this site; several may be given.")
@click.option(
    "--regimen",
    "regimens",
    multiple=True,
    metavar="CLASSES",
    help="Only these classes, joined by +; several may be given.",
)
@click.option("--line", default="", metavar="N", help="Only these lines: 2, 2- or 1-3.")
@click.option(
    "--from",
    "first",
    default="",
    metavar="DAY",
    help="Started in or after this year, month or day: 2019, 2019-05.",
)
@click.option("--to", "last", default="", metavar="DAY", help="Started up to this year, month or day.")
@click.option(
    "--criteria", multiple=True, metavar="ID", help="Assessed by these criteria instead of the defaults."
)
@on_registry
@json_option
@example("nadir cohort --disease ITP --line 2- --from 2019")
def cohort(
    disease: str | None,
    setting: str | None,
    sites: tuple[str, ...],
    regimens: tuple[str, ...],
    line: str,
    first: str,
    last: str,
    criteria: tuple[str, ...],
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """The chosen courses: response, duration, sequences, remission, adverse events, each with its interval.

    Regimens whose intervals overlap are named, because they must not be ranked.
    """
    from registry.cohort.chosen import figures
    from registry.cohort.filter import Filter

    chosen = Filter.read(
        {
            "disease": disease or "",
            "setting": setting or "",
            "site": sites,
            "regimen": regimens,
            "line": line,
            "from": first,
            "to": last,
            "criteria": criteria,
        }
    )
    with open_registry() as (registry, actor):
        found = figures(registry, actor, chosen)
    if as_json:
        print_json(found.as_json())
    else:
        out(found.text())


@click.command()
@on_registry
@json_option
@example("nadir waiting --as mira")
def waiting(open_registry: OpenRegistry, as_json: bool) -> None:
    """List the tasks for your roles, the most urgent first."""
    from registry.tasks import waiting_for

    with open_registry() as (registry, actor):
        now = registry.now()
        found = waiting_for(registry, actor, now.date(), now)
    if as_json:
        print_json([_as_json(one) for one in found])
        return
    for one in found:
        urgent = " (urgent)" if one.urgent and one.number else ""
        out(f"{one.number:>6,}  {cell(one.what)}{urgent}: {cell(one.why)}")
    if not found:
        say("There are no tasks for the roles of this account.")


def _as_json(one: Waiting) -> dict[str, Any]:
    item = {field.name: getattr(one, field.name) for field in fields(one) if field.name != "patients"}
    return item if one.patients is None else item | {"patients": [each.as_json() for each in one.patients]}


@click.command()
@click.option(
    "--most", type=click.IntRange(1, 500), default=10, show_default=True, help="Largest number to list."
)
@on_registry
@json_option
@example("nadir recent --most 20")
def recent(most: int, open_registry: OpenRegistry, as_json: bool) -> None:
    """List recent changes at the sites that you can read."""
    from registry.tasks.recent import recent as changed

    with open_registry() as (registry, actor):
        found = changed(registry, actor, most)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        more = one.patient_count - len(one.patients)
        named = ", ".join(one.patients) + (f" and {more:,} more" if more else "")
        out(f"{one.seq}  {file_moment(one.at)}  {one.who} {one.what}: {cell(named)}")

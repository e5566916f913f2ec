"""Reading the record: summary, worklist."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from registry.cli.options import db_option, example, json_option, opened, who_option
from registry.cli.printing import print_json, say


@click.command()
@db_option
@who_option
@json_option
@example("nadir summary --json > summary.json")
def summary(db: Path | None, who: str | None, as_json: bool) -> None:
    """The cohort's figures: every rate as k/n with its unit and exact interval, medians with range."""
    from registry import cohort

    with opened(db, who) as (registry, actor):
        found = cohort.summary(registry, actor)
    if found.not_judged:
        say(f"Courses not judged yet: {found.not_judged}. `nadir adjudicate` judges them.")
    if as_json:
        print_json(found.as_json())
    else:
        click.echo(found.text())


@click.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day of the list (else today, in UTC).")
@click.option("--csv", "as_csv", is_flag=True, help="Print the columns of worklist.csv.")
@db_option
@who_option
@json_option
@example("nadir worklist --as-of 2026-03-31 --csv")
def worklist(as_of: datetime | None, as_csv: bool, db: Path | None, who: str | None, as_json: bool) -> None:
    """After alemtuzumab: who is due or overdue, and what the last count demands; most urgent first."""
    from registry.worklist import worklist as listed

    day: date = as_of.date() if as_of else datetime.now(UTC).date()
    with opened(db, who) as (registry, actor):
        found = listed(registry, actor, day)
    click.echo(found.as_json() if as_json else found.as_csv() if as_csv else found.text(), nl=not as_csv)

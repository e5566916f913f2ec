"""The published criteria: the commands of `nadir criteria`."""

from __future__ import annotations

import click

from registry.cli.options import example, json_option
from registry.cli.printing import out, print_json


@click.group()
def criteria() -> None:
    """The published criteria: list, show, compare."""


@criteria.command("list")
@json_option
@example("nadir criteria list")
def list_criteria(as_json: bool) -> None:
    """List all criteria sets, with the digest that identifies each in a call."""
    from adjudication.response.criteria import load, published_ids

    found = [load(name) for name in published_ids()]
    if as_json:
        print_json(
            [
                {"id": one.id, "disease": one.disease.word, "hash": one.digest, "title": one.title}
                for one in found
            ]
        )
        return
    for one in found:
        out(f"{one.id}  {one.disease.word}  {one.digest}  {one.title}")


@criteria.command("show")
@click.argument("criteria_id")
@example("nadir criteria show itp-iwg-2009")
def show_criteria(criteria_id: str) -> None:
    """Print a criteria file: levels, windows, readings and examples."""
    from adjudication.response.criteria import source
    from registry.judging.calls import criteria as known

    out(source(known(criteria_id).id))


@criteria.command("compare")
@click.argument("one")
@click.argument("other")
@json_option
@example("nadir criteria compare itp-iwg-2009 aiha-hammersmith-2017")
def compare_criteria(one: str, other: str, as_json: bool) -> None:
    """Compare two criteria sets and list the rules that differ."""
    from adjudication.response.criteria import differences
    from registry.judging.calls import criteria as known

    found = differences(known(one), known(other))
    if as_json:
        print_json([{"rule": rule, one: left, other: right} for rule, left, right in found])
        return
    for rule, left, right in found:
        out(f"{rule}: {left} | {right}")

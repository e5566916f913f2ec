"""Queries on single values: the commands of `nadir query`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

import click

from registry.cli.cells import only_identity, subject
from registry.cli.options import OpenRegistry, example, json_option, on_registry
from registry.cli.printing import cell, out, print_json, print_table
from registry.wording import file_moment, number_of

if TYPE_CHECKING:
    from registry.review import Query
    from registry.roles import Actor
    from registry.store.database import Database

STATES = ("open", "answered", "closed")


@click.group()
def query() -> None:
    """Queries on single values: ask, answer, close, and see how long they wait."""


@query.command("ask")
@click.argument("table")
@click.argument("words", nargs=-1, required=True, metavar="ID...")
@click.option("--column", required=True, help="The column of the value in question.")
@click.option("--question", required=True, help="The question.")
@on_registry
@json_option
@example('nadir query ask observation SYN-003 O-12 --column value --question "110 or 11?"')
def ask(
    table: str,
    words: tuple[str, ...],
    column: str,
    question: str,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """Ask about the current value of a fact and print the name of the query.

    For accounts that can read the patient. The query stays linked to that version.
    """
    from registry import review

    named = only_identity(table, words)
    with open_registry() as (registry, actor):
        name = review.ask(registry, actor, table, named, column, question)
    if as_json:
        print_json({"query_id": name})
    else:
        out(name)


class _Move(Protocol):
    def __call__(self, db: Database, actor: Actor, query_id: str, said: str) -> None: ...


def _moved(move: _Move, query_id: str, said: str, open_registry: OpenRegistry, as_json: bool) -> None:
    """Take a query to another state, and tell where it is."""
    from registry import review

    with open_registry() as (registry, actor):
        move(registry, actor, query_id, said)
        [found] = [one for one in review.queries(registry, actor) if one.query_id == query_id]
    if as_json:
        print_json(asdict(found))
    else:
        out(f"{query_id}: {found.state}")


@query.command("answer")
@click.argument("query_id")
@click.option("--text", "said", required=True, help="The answer.")
@on_registry
@json_option
@example('nadir query answer query-1f2e3d4c5b --text "11, corrected today."')
def answer(query_id: str, said: str, open_registry: OpenRegistry, as_json: bool) -> None:
    """Answer an open query. To correct the value itself, use `nadir amend`.

    For accounts that log facts at the hospital.
    """
    from registry import review

    _moved(review.answer, query_id, said, open_registry, as_json)


@query.command("again")
@click.argument("query_id")
@click.option("--text", "said", required=True, help="What is still open.")
@on_registry
@json_option
@example('nadir query again query-1f2e3d4c5b --text "And the unit?"')
def again(query_id: str, said: str, open_registry: OpenRegistry, as_json: bool) -> None:
    """Re-open a query whose answer does not help.

    For the person who asked, or a data manager.
    """
    from registry import review

    _moved(review.ask_again, query_id, said, open_registry, as_json)


@query.command("close")
@click.argument("query_id")
@click.option("--text", "said", required=True, help="Why it is closed.")
@on_registry
@json_option
@example('nadir query close query-1f2e3d4c5b --text "Corrected."')
def close(query_id: str, said: str, open_registry: OpenRegistry, as_json: bool) -> None:
    """Close a query with a reason. For the person who asked, or a data manager."""
    from registry import review

    _moved(review.close, query_id, said, open_registry, as_json)


@query.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only queries in this state.")
@click.option("--site", metavar="NAME", help="Only queries of this hospital.")
@click.option("--patient", metavar="PSEUDONYM", help="Only queries on this patient.")
@click.option("--mine", is_flag=True, help="Only queries that you raised.")
@on_registry
@json_option
@example("nadir query list --state open --site north")
def list_queries(
    state: str | None,
    site: str | None,
    patient: str | None,
    mine: bool,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """List the queries on the patients that you can read, oldest first, with all messages."""
    from registry import review

    with open_registry() as (registry, actor):
        found = review.queries(
            registry,
            actor,
            patient_id=patient,
            state=review.QueryState(state) if state else None,
            site=site,
            mine=mine,
        )
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        for line in _lines(one):
            out(cell(line))


@query.command("ages")
@on_registry
@json_option
@example("nadir query ages")
def query_ages(open_registry: OpenRegistry, as_json: bool) -> None:
    """Show how long queries have waited without being closed, by hospital: median and 90th percentile of
    days."""
    from registry import review

    with open_registry() as (registry, actor):
        found = review.ages(registry, actor)
    rows: list[dict[str, Any]] = [asdict(one) for one in found]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row["median_days"], row["ninetieth_days"] = (
            f"{row['median_days']:.1f}",
            f"{row['ninetieth_days']:.1f}",
        )
    print_table(
        rows,
        {
            "site": "site",
            "open": "open",
            "answered": "answered",
            "median_days": "median days",
            "ninetieth_days": "90th percentile",
        },
    )


def _lines(one: Query) -> list[str]:
    """A query in lines: what it is about and where it is, then what was said."""
    days = f"{number_of(one.age_days, 'day')}"
    value = "as the packet shows it" if one.masked else one.value or "not recorded"
    now = ""
    if one.withdrawn:
        now = " (withdrawn since)"
    elif one.superseded:
        now = " (superseded)" if one.masked else f" (superseded: now {one.value_now or 'not recorded'})"
    named = f"{one.table} in {one.patient_id}" if one.masked else subject(one.table, one.identity)
    about = f"{named}, {one.column} = {value}, version {one.version}{now}"
    return [
        f"{one.query_id}  {one.state}  {days}  {about}",
        *(f"  {file_moment(at)} {by}: {text}" for by, at, text in one.said),
    ]

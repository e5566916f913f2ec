"""Doubt about calls: which are read by people, one that is challenged, how far machine and people agree."""

from __future__ import annotations

from datetime import datetime

import click

from registry.cli.options import OpenRegistry, example, json_option, on_registry
from registry.cli.printing import cell, out, print_json, say
from registry.errors import Usage


@click.command()
@on_registry
@json_option
@example("nadir agreement --json > agreement.json")
def agreement(open_registry: OpenRegistry, as_json: bool) -> None:
    """Agreement of automated calls with readers, and whether calls can be accepted without review.

    Confusion matrices of the call against the final decision, coefficients with bootstrap intervals, the two blinded
    readers, days between onsets, and the error rate of accepted calls, estimated from the random sample,
    with its exact interval.
    """
    from registry.review.agreement import agreement as figures

    with open_registry() as (registry, actor):
        found = figures(registry, actor)
    if as_json:
        print_json(found.as_json())
    else:
        out(found.text())


@click.command("open-cases")
@click.option(
    "--data-cut",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last date shown to readers (default: today, UTC).",
)
@click.option("--mask-agents", is_flag=True, help="Hide the names of the agents from readers.")
@click.option(
    "--at-most", default=200, show_default=True, metavar="N", help="Largest number of cases to open."
)
@click.option("--seed", metavar="TEXT", help="Random seed, for a registry that has no case yet.")
@click.option("--dry-run", is_flag=True, help="Show what would be opened and why, without opening anything.")
@on_registry
@json_option
@example("nadir open-cases --data-cut 2026-03-31 --dry-run")
def open_cases(
    data_cut: datetime | None,
    mask_agents: bool,
    at_most: int,
    seed: str | None,
    dry_run: bool,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """Open cases for review: all uncertain calls and a random sample of the accepted calls.

    Each reader gets the cases in a different random order and cannot tell the two kinds apart.
    """
    from registry import review
    from registry.review.opening import SAID

    cut = data_cut.date() if data_cut else None
    with open_registry() as (registry, actor):
        before = review.prospect(registry, actor, data_cut_on=cut)
        if seed is not None and before.draws_known:
            raise Usage(
                "The random sample of this registry is already drawn. Use --seed only for the first opening."
            )
        found = (
            None
            if dry_run
            else review.open_cases(
                registry, actor, data_cut_on=cut, mask_agents=mask_agents, at_most=at_most, seed=seed
            )
        )
        after = before if dry_run else review.prospect(registry, actor, data_cut_on=cut)
    if before.to_judge:
        say(f"Calls out of date, to be re-assessed first: {before.to_judge}. Run `nadir adjudicate`.")
    if before.after_cut:
        say(f"Calls that depend on data after the data cut: {before.after_cut}. They need a later data cut.")
    told = before if found is None else found
    if as_json:
        print_json({**told.as_json(), "waiting": after.waiting})
        return
    if found is None:
        out(f"Calls that need review: {before.wanted}. Calls accepted without review: {before.accepted}.")
        if not before.draws_known:
            out(f"Of the accepted calls, {before.random_share:.0%} will be sampled at random.")
    else:
        out(f"Cases opened: {found.opened}. Calls accepted without review: {found.accepted}.")
        if found.left:
            out(f"Left for the next opening: {found.left}.")
    for reason, number in told.reasons.items():
        out(f"  {number:>5}  {SAID[reason]}")
    out(f"Cases without a decision: {after.waiting}, {after.disputed} of them in dispute.")


@click.command()
@click.argument("course")
@click.option("--reason", required=True, help="Why you question the call.")
@on_registry
@json_option
@example('nadir challenge SYN-003-ITP-1 --reason "The count of 3 Feb came after platelets were given."')
def challenge(course: str, reason: str, open_registry: OpenRegistry, as_json: bool) -> None:
    """Challenge the call on COURSE. The next opening of cases sends it to two readers.

    For nurses and clinicians of the hospital. The readers see neither the call nor the reason.
    """
    from registry import review
    from registry.review.challenges import NEXT

    with open_registry() as (registry, actor):
        review.challenge(registry, actor, course, reason)
        found = review.challenged(registry, actor, course).challenges
    if as_json:
        print_json([vars(one) for one in found])
        return
    out(cell(f"The call on {course} is challenged. {NEXT}"))

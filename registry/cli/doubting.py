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
    """How far machine and readers agree, and whether the machine may accept calls by itself.

    Confusion matrices of the call against the final decision, coefficients with bootstrap intervals, the two blinded
    readers, days between onsets, and the error rate of accepted calls from the random share with its exact interval.
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
    help="The last day that readers see (else today, in UTC).",
)
@click.option("--mask-agents", is_flag=True, help="Hide the names of the agents from readers.")
@click.option("--at-most", default=200, show_default=True, metavar="N", help="So many cases at once.")
@click.option("--seed", metavar="TEXT", help="Fixes all draws of a registry that has no case yet.")
@click.option("--dry-run", is_flag=True, help="Say what would be opened, and why; open nothing.")
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
    """Put calls before readers: all that the machine doubts, and a random share of those that it does not.

    Readers meet the cases in a random order of their own and cannot tell which is which.
    """
    from registry import review
    from registry.review.opening import SAID

    cut = data_cut.date() if data_cut else None
    with open_registry() as (registry, actor):
        before = review.prospect(registry, actor, data_cut_on=cut)
        if seed is not None and before.draws_known:
            raise Usage("The draws of this registry are made already. --seed is for the first opening.")
        found = (
            None
            if dry_run
            else review.open_cases(
                registry, actor, data_cut_on=cut, mask_agents=mask_agents, at_most=at_most, seed=seed
            )
        )
        after = before if dry_run else review.prospect(registry, actor, data_cut_on=cut)
    if before.to_judge:
        say(f"Calls to be judged again first: {before.to_judge}. `nadir adjudicate` judges them.")
    if before.after_cut:
        say(
            f"Calls that rest on something after the data cut: {before.after_cut}. They wait for a later one."
        )
    told = before if found is None else found
    if as_json:
        print_json({**told.as_json(), "waiting": after.waiting})
        return
    if found is None:
        out(f"Calls that ask for a case: {before.wanted}. Calls that ask for none: {before.accepted}.")
        if not before.draws_known:
            out(f"Of the latter {before.random_share:.0%} will be drawn at random.")
    else:
        out(f"Cases opened: {found.opened}. Calls of which none was opened: {found.accepted}.")
        if found.left:
            out(f"Left for another opening: {found.left}.")
    for reason, number in told.reasons.items():
        out(f"  {number:>5}  {SAID[reason]}")
    out(f"Cases that wait for a decision: {after.waiting}, {after.disputed} of them in dispute.")


@click.command()
@click.argument("course")
@click.option("--reason", required=True, help="Why the call is doubted.")
@on_registry
@json_option
@example('nadir challenge SYN-003-ITP-1 --reason "The count of 3 Feb came after platelets were given."')
def challenge(course: str, reason: str, open_registry: OpenRegistry, as_json: bool) -> None:
    """Say that the call on COURSE is doubted: the next opening of cases puts it before two readers.

    For nurses and clinicians of the hospital. The readers are told neither the call nor the reason.
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

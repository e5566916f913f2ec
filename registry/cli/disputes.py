"""Disputes: the commands of `nadir review` for those who settle them, call a committee, or vote."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from registry.cli.judgements import (
    JUDGEMENT,
    case_argument,
    judgement,
    print_packet,
    proof,
    signs,
    tell,
    understood,
    with_registry,
)
from registry.cli.options import example
from registry.cli.printing import cell, out, print_json, print_table, say
from registry.cli.review import review
from registry.wording import number_of

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database


@review.command("disputes")
@with_registry
@example("nadir review disputes --as reader-3")
def disputes(registry: Database, actor: Actor, as_json: bool) -> None:
    """List the disputes that you can settle and your committee cases."""
    from registry import review

    found = review.disputes(registry, actor)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    print_table(
        [asdict(one) for one in found],
        {"case_id": "case", "disease": "disease", "part": "part", "held": "held", "committed": "third given",
         "voted": "voted", "countable": "enough votes", "expires_at": "held until (UTC)"},
    )  # fmt: skip
    say(f"{number_of(len(found), 'dispute')} for you.")


@review.command("dispute")
@case_argument
@with_registry
@example("nadir review dispute case-1eaf109dfdf4 --as reader-3")
def dispute(registry: Database, actor: Actor, case_id: str, as_json: bool) -> None:
    """Show the packet of CASE and the judgments so far, without names and in random order."""
    from registry import review

    found = review.dispute(registry, actor, case_id)
    if as_json:
        print_json(asdict(found) | {"differing": sorted(found.differing)})
        return
    print_packet(found.opened)
    out("\njudgments")
    print_table(found.judgements, JUDGEMENT, indent="  ")
    say(f"The readers disagree on: {', '.join(JUDGEMENT[name] for name in sorted(found.differing))}.")
    if found.round:
        out(f"\ncommittee, voting {found.round}: {cell(', '.join(found.members))}")
        say(
            "Enough members have voted. The votes can be counted."
            if found.countable
            else f"{found.quorum} members must vote before the votes are counted."
        )


@review.command("settle")
@case_argument
@judgement
@signs
@with_registry
@example(
    'nadir review settle case-1eaf109dfdf4 --response CR --onset d45 --confidence high --reason "…" --as reader-3'
)
def settle(
    registry: Database,
    actor: Actor,
    case_id: str,
    as_json: bool,
    minutes: int,
    password_stdin: bool,
    **texts: str,
) -> None:
    """Sign the third judgment of the disputed CASE, which you have claimed, with a reason.

    Exits with 1 if no two of three agree; then only a committee can settle the case.
    """
    from registry import review

    held = review.dispute(registry, actor, case_id).opened
    said = understood(held, texts, reasoned=True)
    prove = proof(registry, actor, "third", password_stdin)
    settled = review.resolve(registry, actor, case_id, said, prove, seconds=60 * minutes)
    told = (
        "Signed. The dispute is settled: two of three agree."
        if settled
        else "Signed. No two of three agree: call a committee."
    )
    tell({"case_id": case_id, "settled": settled}, told, as_json, no=not settled)


@review.command("candidates")
@case_argument
@with_registry
@example("nadir review candidates case-1eaf109dfdf4 --as reader-3")
def candidates(registry: Database, actor: Actor, case_id: str, as_json: bool) -> None:
    """List who can be a committee member for CASE."""
    from registry import review

    found = review.candidates(registry, actor, case_id)
    if as_json:
        print_json(found)
    else:
        out("\n".join(found))


@review.command("convene")
@case_argument
@click.argument("members", nargs=-1, required=True)
@with_registry
@example("nadir review convene case-1eaf109dfdf4 reader-1 reader-2 reader-3 --as reader-3")
def convene(registry: Database, actor: Actor, case_id: str, members: tuple[str, ...], as_json: bool) -> None:
    """Call a committee of MEMBERS for the disputed CASE."""
    from adjudication.review.rules import published_rules
    from registry import review

    review.convene(registry, actor, case_id, members)
    rules, number = published_rules(), len(members)
    quorum, majority = rules.votes_needed(number), rules.majority(number)
    tell(
        {"case_id": case_id, "members": sorted(members), "quorum": quorum, "majority": majority},
        f"{number} members: {quorum} must vote, {majority} must agree.",
        as_json,
    )


@review.command("vote")
@case_argument
@judgement
@signs
@with_registry
@example(
    'nadir review vote case-1eaf109dfdf4 --response CR --onset d45 --confidence high --reason "…" --as reader-1'
)
def vote(
    registry: Database,
    actor: Actor,
    case_id: str,
    as_json: bool,
    minutes: int,
    password_stdin: bool,
    **texts: str,
) -> None:
    """Sign your committee vote on CASE, with a reason. Votes are hidden until they are counted."""
    from registry import review

    said = understood(review.dispute(registry, actor, case_id).opened, texts, reasoned=True)
    prove = proof(registry, actor, "committee", password_stdin)
    review.vote(registry, actor, case_id, said, prove, seconds=60 * minutes)
    tell({"case_id": case_id, "voted": True}, "Signed. Your vote is recorded.", as_json)


@review.command("count")
@case_argument
@with_registry
@example("nadir review count case-1eaf109dfdf4 --as reader-1")
def count(registry: Database, actor: Actor, case_id: str, as_json: bool) -> None:
    """Count the votes on CASE. Exits with 1 without a majority of all members; then all members vote
    again."""
    from registry import review

    decided = review.count(registry, actor, case_id)
    told = "The committee has decided." if decided else "No majority of all members. All members vote again."
    tell({"case_id": case_id, "decided": decided}, told, as_json, no=not decided)

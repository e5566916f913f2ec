"""Human review: the commands of `nadir review`, for reviewers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from registry.cli.judgements import (
    JUDGEMENT,
    case_argument,
    held_by,
    judgement,
    print_packet,
    proof,
    refuse_contradictions,
    signs,
    so_far,
    tell,
    understood,
    with_registry,
)
from registry.cli.options import example
from registry.cli.printing import cell, out, print_json, print_table, say
from registry.wording import file_moment, number_of

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database


@click.group()
def review() -> None:
    """Blinded review: read cases, settle disputes, vote, and see the outcome."""


# Reading


@review.command("queue")
@with_registry
@example("nadir review queue --as reader-1")
def queue(registry: Database, actor: Actor, as_json: bool) -> None:
    """List the cases for you to read, claimed cases first."""
    from registry import review

    found = review.queue(registry, actor)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    print_table(
        [asdict(one) | {"minutes": round(one.seconds / 60) or None} for one in found],
        {"case_id": "case", "disease": "disease", "held": "held", "saved": "saved", "minutes": "minutes",
         "expires_at": "held until (UTC)"},
    )  # fmt: skip
    say(f"{number_of(len(found), 'case')} for you.")


@review.command("claim")
@case_argument
@with_registry
@example("nadir review claim case-1eaf109dfdf4 --as reader-1")
def claim(registry: Database, actor: Actor, case_id: str, as_json: bool) -> None:
    """Claim CASE, to read it or to settle its dispute, until the claim expires."""
    from registry import review

    review.claim(registry, actor, case_id)
    tell({"case_id": case_id, "held": True}, f"{case_id} is claimed by you.", as_json)


@review.command("show")
@case_argument
@with_registry
@example("nadir review show case-1eaf109dfdf4 --as reader-1")
def show(registry: Database, actor: Actor, case_id: str, as_json: bool) -> None:
    """Show the packet of CASE, which you have claimed, with your saved entries."""
    from registry import review

    held = review.opened(registry, actor, case_id)
    if as_json:
        print_json(asdict(held))
    else:
        print_packet(held)


@review.command("save")
@case_argument
@judgement
@with_registry
@example("nadir review save case-1eaf109dfdf4 --response CR --onset d45 --as reader-1")
def save(registry: Database, actor: Actor, case_id: str, as_json: bool, minutes: int, **texts: str) -> None:
    """Save a draft judgment of CASE, which you have claimed, without signing it. Contradictory dates are
    refused."""
    from registry import review

    held = held_by(registry, actor, case_id)
    said = so_far(held, texts)
    refuse_contradictions(held, said, texts)
    review.save(registry, actor, case_id, dict(said), seconds=60 * minutes)
    kept = cell(", ".join(JUDGEMENT[name] for name in said)) or "nothing"
    told = f"Saved as a draft that only you can see: {kept}."
    tell({"case_id": case_id, "saved": said}, told, as_json)


@review.command("release")
@case_argument
@with_registry
@example("nadir review release case-1eaf109dfdf4 --as reader-1")
def release(registry: Database, actor: Actor, case_id: str, as_json: bool) -> None:
    """Give CASE back to the queue. Your saved draft stays, visible only to you."""
    from registry import review

    review.release(registry, actor, case_id)
    tell({"case_id": case_id, "held": False}, f"{case_id} is given back.", as_json)


@review.command("commit")
@case_argument
@judgement
@signs
@with_registry
@example("nadir review commit case-1eaf109dfdf4 --response CR --onset d45 --confidence high --as reader-1")
def commit(
    registry: Database,
    actor: Actor,
    case_id: str,
    as_json: bool,
    minutes: int,
    password_stdin: bool,
    **texts: str,
) -> None:
    """Sign your blinded judgment of CASE, which you have claimed. It is final. Options that you leave out
    are taken from your draft."""
    from registry import review

    held = review.opened(registry, actor, case_id)
    said = understood(held, texts, reasoned=False)
    prove = proof(registry, actor, "blind", password_stdin)
    review.commit(registry, actor, case_id, said, prove, seconds=60 * minutes)
    tell({"case_id": case_id, "committed": True}, f"Signed. Your judgment of {case_id} is final.", as_json)


@review.command("ask")
@case_argument
@click.argument("name")
@click.argument("column")
@click.argument("question")
@with_registry
@example('nadir review ask case-1eaf109dfdf4 observation-5c1e09aa value "Is it 110?" --as reader-1')
def ask(
    registry: Database, actor: Actor, case_id: str, name: str, column: str, question: str, as_json: bool
) -> None:
    """Ask about a value in the packet of CASE, which you have claimed: COLUMN of the row NAME. Your name is
    not shown."""
    from registry import review

    content = held_by(registry, actor, case_id).content
    part = next((row.part for row in review.askable(content) if row.name == name), "")
    query_id = review.ask_in_case(registry, actor, case_id, part, name, column, question)
    tell({"query_id": query_id}, f"Asked as {query_id}.", as_json)


# What came of it


@review.command("outcome")
@case_argument
@with_registry
@example("nadir review outcome case-1eaf109dfdf4 --as reader-1")
def outcome(registry: Database, actor: Actor, case_id: str, as_json: bool) -> None:
    """Show a decided CASE: the decision, how it was reached, each judgment, and the automated call at that
    time."""
    from registry import review

    found = review.outcome(registry, actor, case_id)
    if as_json:
        print_json(asdict(found))
        return
    out(
        f"{found.case_id} · {found.state} · {found.criteria_id}"
        + (f" · {found.course_id}" if found.course_id else "")
    )
    if found.masked:
        say("Dates are those of the packet. Other readers are not named.")
    rows = [
        {"what": "decision", "reader": found.decision["reached_by"], **found.decision},
        *({"what": one["part"], **one} for one in found.reads),
    ]
    if found.machine is None:
        say("The other judgments and the automated call are shown again once the course is decided.")
    else:
        rows.append({"what": "machine", **found.machine, "level": found.machine["response"]})
    print_table(rows, {"what": "", "reader": "by"} | JUDGEMENT)
    if found.superseded_by:
        say(f"Superseded by {found.superseded_by}.")


@review.command("signed")
@click.option("--most", type=click.IntRange(1), help="Largest number to list, newest first.")
@with_registry
@example("nadir review signed --as reader-1")
def signed(registry: Database, actor: Actor, as_json: bool, most: int | None) -> None:
    """List everything you signed, newest first, and whether the record has changed since."""
    from registry import review

    found = review.signed(registry, actor, at_most=most)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        one.said
        | {
            "signed_at": file_moment(one.signed_at),
            "case_id": one.case_id,
            "part": one.part,
            "state": one.state,
            "decision": one.decision["level"] if one.decision else None,
            "differs": "signed version differs" if one.differs else None,
        }
        for one in found
    ]
    titles = {"signed_at": "signed (UTC)", "case_id": "case", "part": "part"}
    print_table(rows, titles | JUDGEMENT | {"state": "state", "decision": "decision", "differs": "record"})
    for one in found:
        for change in one.changed:
            say(
                cell(
                    f"{one.case_id}: {change.part} {change.name} {change.column}: {change.before} → {change.after}"
                )
            )

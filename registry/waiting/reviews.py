"""Human review: cases to read, disputes to settle, questions about values to answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

from registry import reviews
from registry.database import Database
from registry.overview import readable_sites
from registry.reviews import QueryState
from registry.roles import Actor, Permission
from registry.waiting.item import Waiting, counted

CASES = "/cases"


def cases(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Cases that this person may read, and disputes that wait for this person."""
    queue = reviews.queue(db, actor)
    held = sum(one.held for one in queue)
    why = "You read each without seeing another reader or the machine."
    if held:
        why = f"{counted(held, 'case')} begun by you. {why}"
    yield Waiting("Cases to read", len(queue), why if queue else "No case waits for your reading.", CASES)
    # Whoever has voted waits for others, until enough have.
    disputes = [one for one in reviews.disputes(db, actor) if not one.voted or one.countable]
    if disputes:
        yield Waiting(
            "Disputes to settle", len(disputes), "The readers do not agree, and you are asked.", CASES
        )


def questions(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Questions about values that are to be answered at the sites where one logs."""
    sites = readable_sites(actor, Permission.LOG)
    asked = [
        one for one in reviews.queries(db, actor, state=QueryState.OPEN) if sites is None or one.site in sites
    ]
    what = "Questions about values"
    if not asked:
        yield Waiting(what, 0, "No reader asks about a value.", "")
        return
    oldest = asked[0]
    query = urlencode({"patient": oldest.patient_id, "kind": oldest.table})
    days = counted(oldest.age_days, "day")
    yield Waiting(what, len(asked), f"Oldest: {oldest.patient_id}, asked {days} ago.", f"/facts?{query}")

"""Human review: cases to read, disputes to settle, queries on values to answer, answers to look at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

from registry import review, sql
from registry.review import QueryState
from registry.roles import Actor, Permission, readable_sites
from registry.store.database import Database
from registry.tasks.item import Waiting, address_of
from registry.wording import number_of, page_day

CASES = "/cases"
QUERIES = "/queries"


def cases(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Cases that this person may read, and disputes that wait for this person."""
    queue = review.queue(db, actor)
    held = sum(one.held for one in queue)
    why = "You read each case blinded to other readers and to the automated call."
    if held:
        why = f"{number_of(held, 'case')} started by you. {why}"
    yield Waiting("Cases to read", len(queue), why if queue else "There is no case for you to read.", CASES)
    # Whoever has voted waits for others, until enough have.
    disputes = [one for one in review.disputes(db, actor) if not one.voted or one.countable]
    if disputes:
        yield Waiting(
            "Disputes to settle",
            len(disputes),
            "The readers disagree, and you can settle the dispute.",
            CASES,
        )


def reopened(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Courses whose decision was re-opened by a change of the record, and that people read again."""
    plan = {"sites": readable_sites(actor, Permission.READ_CALLS)}
    [(number, patient, course, at)] = db.rows(sql.text("queries/waiting_reopened"), [plan])
    if not number:
        return
    why = (
        "The data behind a decision changed. The automated call applies until reviewers decide again. "
        f"Last: {patient}, on {page_day(at)}."
    )
    yield Waiting("Decisions re-opened", number, why, address_of("patient", patient=patient, course=course))


def questions(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Queries on values that are to be answered at the sites where one logs."""
    sites = readable_sites(actor, Permission.LOG)
    asked = [
        one for one in review.queries(db, actor, state=QueryState.OPEN) if sites is None or one.site in sites
    ]
    what = "Queries to answer"
    if not asked:
        yield Waiting(what, 0, "No query is open.", "")
        return
    oldest = asked[0]
    query = urlencode({"state": QueryState.OPEN, "query": oldest.query_id})
    asked_on = f"{number_of(oldest.age_days, 'day')} ago" if oldest.age_days else "today"
    why = f"Oldest: about {oldest.patient_id}, asked {asked_on}."
    yield Waiting(what, len(asked), why, f"{QUERIES}?{query}")


def answers(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Queries of this person that were answered: to be closed, or asked again."""
    answered = review.queries(db, actor, state=QueryState.ANSWERED, mine=True)
    if answered:
        query = urlencode({"state": QueryState.ANSWERED, "mine": "yes"})
        why = "Close each, or ask again."
        yield Waiting("Your queries that were answered", len(answered), why, f"{QUERIES}?{query}")

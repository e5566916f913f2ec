"""What waits for one reader, in an order that is theirs alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adjudication.review.workflow import Refusal
from registry import sql
from registry.errors import NotPermitted
from registry.review.randomization import secret
from registry.roles import Actor, Permission
from registry.store.database import Database


@dataclass(frozen=True)
class Waiting:
    """A case that may be read. `held` by the reader until `expires_at`, `saved` = there is a draft of theirs."""

    case_id: str
    disease: str
    held: bool
    saved: bool
    seconds: int
    expires_at: datetime | None


@dataclass(frozen=True)
class Disputed:
    """A case in dispute. `part`: third (to be settled by a third reader) or committee (the actor has a seat).

    `committed` = the third judgment is given and agrees with nobody's, so a committee is needed; `countable` =
    enough members have voted; `voting` is the number of the last voting for which a committee was called, 0 without.
    A dispute that stands as third in spite of one has lost it: too few of its members may still vote.
    """

    case_id: str
    disease: str
    part: str
    held: bool
    saved: bool
    committed: bool
    voted: bool
    countable: bool
    voting: int
    expires_at: datetime | None


def reviewing_sites(actor: Actor) -> list[str] | None:
    """The sites where `actor` reviews, sorted; None for the whole registry. Raises NotPermitted without any."""
    sites = actor.sites_with(Permission.REVIEW)
    if sites is not None and not sites:
        raise NotPermitted(Refusal.NOT_PERMITTED)
    return sites


def queue(db: Database, actor: Actor) -> list[Waiting]:
    """The cases that `actor` may read, those held first, then in a random order of this reader's own.

    Neither the list nor its length tells what another reader has committed. Raises NotPermitted.
    """
    rows = [Waiting(*row) for row in _asked(db, actor, "review_queue")]
    return sorted(rows, key=lambda row: (not row.held, _place(db, actor, row.case_id)))


def disputes(db: Database, actor: Actor) -> list[Disputed]:
    """The disputes that `actor` may settle or votes on, in a random order of their own. Raises NotPermitted."""
    rows = [Disputed(*row) for row in _asked(db, actor, "review_disputes")]
    return sorted(rows, key=lambda row: (not row.held, _place(db, actor, row.case_id)))


def _asked(db: Database, actor: Actor, query: str) -> list[tuple[Any, ...]]:
    plan = {"reader": actor.name, "sites": reviewing_sites(actor), "now": db.now()}
    return db.rows(sql.text(f"queries/{query}"), [plan])


def _place(db: Database, actor: Actor, case_id: str) -> str:
    own = secret(db.rows)
    return own.code("queue", actor.name, case_id) if own else case_id

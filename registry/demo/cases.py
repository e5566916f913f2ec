"""Cases for the adjudicators of a demonstration, so that there is something to read."""

from __future__ import annotations

from registry import review
from registry.demo.load import DEFAULT_SEED
from registry.roles import Actor
from registry.store.database import Database


def open_cases(db: Database, actor: Actor, seed: int = DEFAULT_SEED) -> int:
    """Put the calls of a judged demonstration before readers, once, and return how many cases there are.

    The draw is that of the seed. Doing it again changes nothing, whatever was read since. Raises NotPermitted
    without the right to open cases.
    """
    found = _number(db)
    if not found:
        review.open_cases(db, actor, seed=f"demonstration {seed}")
        found = _number(db)
    return found


def _number(db: Database) -> int:
    [(number,)] = db.rows("SELECT count(*) FROM review_case")
    return int(number)

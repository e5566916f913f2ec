"""A draft survives a lost connection: what somebody has typed and not saved, kept for that person alone.

Drafts are not part of the record: no audit event tells of a keystroke, and no page is read anew for one. They hold
texts as typed, and stand until they are saved, dropped, or expired.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from registry.errors import Refused
from registry.roles import Actor
from registry.store.database import Database
from registry.store.transaction import Transaction

KEPT_DAYS = 30
LARGEST_CHARACTERS = 200_000
"""A pasted block of many years fits; a mistake of the clipboard does not."""


@dataclass(frozen=True)
class Draft:
    """What was typed into `form`, opened for `subject` (empty for something new), when it was last kept (UTC)."""

    form: str
    subject: str
    values: Mapping[str, str]
    written_at: datetime


def keep(db: Database, actor: Actor, form: str, subject: str, values: Mapping[str, str]) -> datetime:
    """Keep what is typed, in place of what was kept of this form and subject, and say when.

    `values` are texts by the name of the field. Drafts of anybody that have expired go at the same time.
    Raises Refused for a draft that is too large, Busy, NotPermitted for an account that is disabled.
    """
    content = json.dumps(dict(values), ensure_ascii=False)
    if len(content) > LARGEST_CHARACTERS:
        raise Refused(f"This is too long for a draft (over {LARGEST_CHARACTERS:,} characters). Save it now.")
    now = db.now()
    with db.scratch(actor) as scratch:
        # Put first, then tidied: a key deleted and inserted in one transaction ends the process on a full disk.
        scratch.execute(
            "INSERT INTO draft (account, form, subject, written_at, content) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (account, form, subject) "
            "DO UPDATE SET written_at = excluded.written_at, content = excluded.content",
            [actor.name, form, subject, now, content],
        )
        scratch.execute("DELETE FROM draft WHERE written_at <= $1", [now - timedelta(days=KEPT_DAYS)])
    return now


def kept(db: Database, actor: Actor, form: str, subject: str) -> Draft | None:
    """One's own draft of this form and subject; None if there is none, or it has expired."""
    return next((one for one in drafts(db, actor) if (one.form, one.subject) == (form, subject)), None)


def drafts(db: Database, actor: Actor) -> list[Draft]:
    """One's own drafts, the newest first. Raises NotPermitted for an account that is disabled."""
    db.actor(actor.name)
    query = "SELECT form, subject, content, written_at FROM draft WHERE account = $1 AND written_at > $2"
    found = db.rows(
        f"{query} ORDER BY written_at DESC, form, subject",
        [actor.name, db.now() - timedelta(days=KEPT_DAYS)],
    )
    return [Draft(form, subject, json.loads(content), at) for form, subject, content, at in found]


def drop(db: Database, actor: Actor, form: str, subject: str) -> None:
    """Forget one's own draft of this form and subject; nothing happens where there is none."""
    with db.scratch(actor) as scratch:
        scratch.execute(*_forgetting(actor, form, subject))


def forget_in(change: Transaction, actor: Actor, form: str, subject: str) -> None:
    """Forget a draft in the change that saves it."""
    change.execute(*_forgetting(actor, form, subject))


def _forgetting(actor: Actor, form: str, subject: str) -> tuple[str, list[str]]:
    return "DELETE FROM draft WHERE account = $1 AND form = $2 AND subject = $3", [actor.name, form, subject]

"""Tasks of those who keep the registry: rows that an import refused, a backup to be made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

from registry.roles import Action, Actor, Permission, readable_sites, split_sites
from registry.store.database import Database
from registry.tasks.item import Waiting
from registry.wording import number_of, page_moment, page_weekday

BACKUP_EVERY_DAYS = 7
"""After how many days without a backup the registry says so."""

_LAST = (
    "SELECT subject, recorded_at, after, site FROM audit_event WHERE action = $1 ORDER BY seq DESC LIMIT 1"
)


def imports(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Rows that the last import refused or left out."""
    sites = readable_sites(actor, Permission.IMPORT)
    what = "Rows that the last import refused"
    found = db.rows(_LAST, [str(Action.IMPORT)])
    if not found or not _within(found[0][3], sites):
        return
    subject, at, after = found[0][:3]
    summary = json.loads(after) if after else {}
    reasons = {str(why): int(number) for why, number in summary.get("refused", {}).items()}
    number = max(sum(reasons.values()), sum(int(one["refused"]) for one in summary.get("files", ())))
    named = f"{subject}, on {page_weekday(at)}"
    most = max(reasons, key=lambda why: reasons[why], default="")
    remedy = f" Most often: {most}. Correct them in the file and import it again." if most else ""
    why = f"{named}.{remedy}"
    yield Waiting(what, number, why if number else f"All rows were imported: {named}.", "")


def backups(db: Database, actor: Actor, today: date) -> Iterator[Waiting]:
    """How long ago the registry was last backed up, which also verifies it; 1 where it is time again."""
    if not (actor.may(Permission.BACKUP) or actor.may(Permission.VERIFY)):
        return
    what = "Backup and verification"
    command = "`nadir backup FILE` copies the registry and verifies the copy."
    if db.copies is not None and db.copies.failure is not None and db.copies.failed_at is not None:
        at = page_moment(db.copies.failed_at)
        yield Waiting(
            what, 1, f"The hourly backup failed at {at}. {db.copies.failure} It is tried again.", ""
        )
        return
    found = db.rows(_LAST, [str(Action.BACKUP)])
    if not found:
        yield Waiting(what, 1, f"This registry was never backed up. {command}", "")
        return
    days = (today - found[0][1].date()).days
    said = f"The last backup was made and verified {_ago(days)}."
    late = days > BACKUP_EVERY_DAYS
    yield Waiting(what, int(late), f"{said} {command}" if late else said, "")


def _ago(days: int) -> str:
    return {0: "today", 1: "yesterday"}.get(days, f"{number_of(days, 'day')} ago") if days >= 0 else "today"


def _within(joined: str | None, sites: list[str] | None) -> bool:
    """Whether who sees `sites` may see an event of these, as the audit trail keeps them."""
    of = split_sites(joined)
    return sites is None or (of is not None and set(of) <= set(sites))

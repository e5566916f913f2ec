"""What was changed lately, in plain words, at the sites that a person may read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from registry import sql
from registry.record.fields import TABLES
from registry.roles import Action, Actor, readable_sites
from registry.store import audit
from registry.store.database import Database
from registry.store.transaction import ANCHORS
from registry.wording import number_of, page_day

LOOKED_AT = 500
NAMED = 3
"""Patients that are named of one change."""

_DONE = {
    Action.LOG: "logged",
    Action.AMEND: "amended",
    Action.WITHDRAW: "withdrew",
    Action.IMPORT: "imported",
}
_KINDS_NAMED = 3
"""Kinds of facts that are named of one change; an import writes more."""


@dataclass(frozen=True)
class Changed:
    """One change: who did what when (UTC). `patients` are the first of `patient_count` whom the reader may read."""

    seq: int
    at: datetime
    who: str
    what: str
    patients: tuple[str, ...]
    patient_count: int


def recent(db: Database, actor: Actor, take: int = 10) -> list[Changed]:
    """The last changes of facts at the sites that `actor` may read, newest first.

    Changes by which no patient changed whom `actor` may read are left out. Raises NotPermitted for an account that
    may read nowhere.
    """
    plan = {
        "sites": readable_sites(actor),
        "actions": [str(action) for action in _DONE],
        "among": LOOKED_AT,
        "named": NAMED,
        "take": take,
    }
    return [
        Changed(int(seq), at, str(who), _what(action, digest), tuple(named), int(patients))
        for seq, at, who, action, _, digest, patients, named in db.rows(
            sql.text("queries/recent_changes"), [plan]
        )
    ]


def _what(action: str, digest: str) -> str:
    """`logged 1 course and 3 doses`: the facts that the change wrote, or, where it wrote none, ended."""
    wrote = _counts(digest, "wrote") or _counts(digest, "superseded")
    if len(wrote) > _KINDS_NAMED:
        return f"{_DONE[Action(action)]} facts of many kinds"
    parts = [f"{number:,} {TABLES[name].noun[number != 1]}" for name, number in wrote.items()]
    listed = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts) or "nothing"
    return f"{_DONE[Action(action)]} {listed}"


def _counts(digest: str, kind: str) -> dict[str, int]:
    """The number of rows by kind of fact; anchors are written with their first fact and do not count."""
    found: dict[str, int] = {}
    for table, (number, _) in audit.read_rows_digest(digest, kind).items():
        name = table.removesuffix("_fact")
        if table not in ANCHORS and name in TABLES and number:
            found[name] = found.get(name, 0) + number
    return {name: found[name] for name in sorted(found, key=list(TABLES).index)}


def ago(at: datetime, now: datetime) -> str:
    """How long ago in words: `just now`, `5 minutes ago`, `3 hours ago`, `yesterday`, `4 days ago`, `on 3 Feb 2026`.

    Both by one clock. Days are those of the calendar.
    """
    past = max(now - at, timedelta(0))
    days = (now.date() - at.date()).days
    if past < timedelta(minutes=1):
        return "just now"
    if past < timedelta(hours=1):
        return number_of(int(past / timedelta(minutes=1)), "minute") + " ago"
    if days <= 0 or past < timedelta(hours=6):
        return number_of(int(past / timedelta(hours=1)), "hour") + " ago"
    if days == 1:
        return "yesterday"
    return f"{number_of(days, 'day')} ago" if days < 14 else f"on {page_day(at)}"

"""The audit trail as people read it: who did what, when and why, with filters, a page at a time.

An account that may verify sees that something was done. What was written is shown only with the right to read it
where it was written: an administrator checks the trail without learning a patient's values.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from registry import sql
from registry.patients.search import Page
from registry.roles import Action, Actor, Permission, Sites, escaped_site, readable_sites, split_sites
from registry.store.database import Database

_TO_SEE_VALUES = {
    Permission.READ: Permission.READ,
    Permission.LOG: Permission.READ,
    Permission.AMEND: Permission.READ,
    Permission.WITHDRAW: Permission.READ,
    Permission.IMPORT: Permission.READ,
    Permission.EXPORT: Permission.READ,
    Permission.EXPORT_AGGREGATE: Permission.READ,
    Permission.ANSWER_PROPOSALS: Permission.READ,
    Permission.FOLLOW_UP: Permission.READ,
    Permission.ADJUDICATE: Permission.READ_CALLS,
    Permission.ACCOUNTS: Permission.ACCOUNTS,
    Permission.CONFIGURE: Permission.VERIFY,
    Permission.BACKUP: Permission.VERIFY,
    Permission.ERASE: Permission.VERIFY,
}
"""What it takes to see the values and the reason of an event, by what it took to do it.

Of what is not named here, a blind read, nobody sees them.
"""

_SUBJECT_TELLS = frozenset({"course_agent", "other_cause"})
"""Tables whose facts are named by what was recorded: an agent, a cause."""


def trail(
    db: Database,
    actor: Actor,
    *,
    person: str | None = None,
    action: str | None = None,
    patient: str | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
    skip: int = 0,
    take: int = 50,
) -> Page:
    """Audit events, newest first: seq, recorded_at (UTC), actor, role, action, subject, site, reason, before, after.

    `before` and `after` are what was stored, as read from JSON; `hidden` is true where they, the reason, and what
    the subject would tell are left out because `actor` may not read them. Days are those of UTC, `to_on` is the day
    after the last. Events of the whole registry are seen by an account that may verify all of it. Raises
    NotPermitted for an account that may verify nowhere.
    """
    allowed = readable_sites(actor, Permission.VERIFY)
    plan = {
        "sites": None if allowed is None else [escaped_site(one) for one in allowed],
        "person": person,
        "action": action,
        "patient": patient,
        "from_on": from_on,
        "to_on": to_on,
        "skip": skip,
        "take": take,
    }
    rows = db.arrow(sql.text("queries/audit_trail"), [plan]).to_pylist()
    found = int(rows[0]["found"]) if rows else 0
    return Page([_seen(actor, row) for row in rows], found)


def people(db: Database, actor: Actor) -> list[str]:
    """Everyone who has done anything, sorted. Raises NotPermitted for an account that may verify nowhere."""
    readable_sites(actor, Permission.VERIFY)
    return [str(name) for (name,) in db.rows("SELECT DISTINCT actor FROM audit_event ORDER BY actor")]


def differences(before: object, after: object) -> list[str]:
    """What an event changed, in lines: `grade: 2 → 3`, `grade: 3` where it is new, `grade: 2 →` where it ended.

    Of an event that wrote several facts each line begins with the fact.
    """
    old, new = (one if isinstance(one, dict) else {} for one in (before, after))
    lines = []
    for name in {**old, **new}:
        left, right = old.get(name), new.get(name)
        if isinstance(left, dict) or isinstance(right, dict):
            lines += [f"{name}, {line}" for line in differences(left, right)]
        elif left != right:
            lines.append(f"{name}: {f'{_said(left)} → ' if left is not None else ''}{_said(right)}".rstrip())
    return lines


def _said(value: object) -> str:
    """A value in one line; a role at a site as the command line writes it, `nurse@North`."""
    if isinstance(value, list):
        pairs = [
            f"{one[1]}@{one[0]}" if isinstance(one, list) and len(one) == 2 else str(one) for one in value
        ]
        return ", ".join(pairs)
    return "" if value is None else str(value)


def _seen(actor: Actor, row: dict[str, Any]) -> dict[str, Any]:
    del row["found"]
    sites = split_sites(row["site"])
    hidden = not _may_see(actor, str(row["action"]), sites)
    if hidden:
        row |= {"reason": None, "before": None, "after": None, "subject": _bare(str(row["subject"]))}
    else:
        row |= {name: json.loads(row[name]) if row[name] else None for name in ("before", "after")}
    row["site"] = None if sites is None else ",".join(one or "" for one in sites)
    return row | {"hidden": hidden}


def _may_see(actor: Actor, action: str, site: Sites) -> bool:
    if action not in set(Action):
        return True  # what the program does by itself, and who came and went, concerns no patient
    needed = _TO_SEE_VALUES.get(Action(action).permission)
    return needed is not None and actor.may(needed, site)


def _bare(subject: str) -> str:
    """The subject without what it would tell of the patient: table and pseudonym or course stay."""
    words = subject.split(" ")
    return " ".join(words[:2]) if words[0] in _SUBJECT_TELLS else subject

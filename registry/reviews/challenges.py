"""A nurse or clinician doubts a call: it is read by people."""

from __future__ import annotations

from adjudication.criteria import DEFAULTS
from adjudication.terms import Disease
from registry import sql
from registry.database import Database
from registry.errors import Usage
from registry.reviews.reading import SUBJECT
from registry.reviews.stored import add, moment
from registry.roles import Action, Actor, Permission


def challenge(
    db: Database,
    actor: Actor,
    course_id: str,
    reason: str,
    *,
    criteria_id: str | None = None,
    key: str | None = None,
) -> None:
    """Say that the call on a course is doubted, and why: the next opening puts it before readers.

    Raises Usage for an unknown course or without a reason, NotPermitted for whoever may not see the call.
    """
    if not reason.strip():
        raise Usage("Say why the call is doubted.")
    found = db.rows(sql.text("queries/course_key_and_site"), [course_id])
    if not found:
        raise Usage(f"There is no course {course_id}.")
    course_key, disease, site = found[0]
    actor.require(Permission.READ_CALLS, site)
    with db.change(actor, Action.CHALLENGE, SUBJECT, site=site, key=key) as change:
        row = {
            "course_key": course_key,
            "criteria_id": criteria_id or DEFAULTS[Disease[disease]],
            "raised_by": actor.name,
            "raised_at": moment(db.now()),
            "reason": reason,
        }
        add(change, "review_challenge", row)

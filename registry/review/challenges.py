"""A nurse or clinician doubts a call: it is read by people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adjudication.response.criteria import DEFAULTS
from adjudication.response.terms import Disease
from registry import sql
from registry.errors import Refused, Usage
from registry.review.stored import SUBJECT, add, moment
from registry.roles import Action, Actor, Permission
from registry.store.database import Database

NEXT = "The next opening of cases sends it to two readers, who see neither the call nor this reason."
"""What becomes of a challenge."""
LONGEST = 2_000


@dataclass(frozen=True)
class Challenge:
    """A call that was doubted: by whom, when (UTC) and why."""

    course_id: str
    criteria_id: str
    raised_by: str
    raised_at: datetime
    reason: str


@dataclass(frozen=True)
class Challenged:
    """What is doubted of the call on a course, oldest first, and whether `actor` may doubt it.

    `refused` says why it may not be challenged now; None: it may.
    """

    challenges: tuple[Challenge, ...]
    refused: str | None


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

    Raises Usage for an unknown course or without a reason, Refused where people read the course already or have
    decided, NotPermitted for an account that may not see the call.
    """
    text = reason.strip()
    if not text:
        raise Usage("Give the reason for the challenge.")
    if len(text) > LONGEST:
        raise Usage(f"Give the reason for the challenge in at most {LONGEST} characters.")
    course_key, site, criteria = _course(db, actor, course_id, criteria_id)
    with db.change(actor, Action.CHALLENGE, SUBJECT, site=site, key=key) as change:
        refused = _refused(change.rows(*_standing(course_key, criteria)))
        if refused is not None:
            raise Refused(refused)
        row = {
            "course_key": course_key,
            "criteria_id": criteria,
            "raised_by": actor.name,
            "raised_at": moment(db.now()),
            "reason": text,
        }
        add(change, "review_challenge", row)


def challenged(db: Database, actor: Actor, course_id: str, *, criteria_id: str | None = None) -> Challenged:
    """What is doubted of the call on a course. Raises Usage, and NotPermitted for an account that may not see the
    call."""
    course_key, site, criteria = _course(db, actor, course_id, criteria_id)
    rows = db.rows(
        "SELECT raised_by, raised_at, reason FROM review_challenge "
        "WHERE course_key = $1 AND criteria_id = $2 ORDER BY raised_at, change_seq",
        [course_key, criteria],
    )
    refused = _refused(db.rows(*_standing(course_key, criteria)))
    if not actor.may(Permission.CHALLENGE, site):
        refused = "Only nurses and clinicians of the hospital can challenge a call."
    return Challenged(tuple(Challenge(course_id, criteria, *row) for row in rows), refused)


def _course(
    db: Database, actor: Actor, course_id: str, criteria_id: str | None
) -> tuple[int, str | None, str]:
    """Key and hospital of a course whose call may be seen, and the criteria set that is meant."""
    found = db.rows(sql.text("queries/course_key_and_site"), [course_id])
    if not found:
        raise Usage(f"There is no course {course_id}.")
    course_key, disease, site = found[0]
    actor.require(Permission.READ_CALLS, site)
    in_use = DEFAULTS[Disease[disease]]
    if criteria_id not in (None, in_use):
        raise Usage(f"Calls are reviewed under {in_use}, so only these can be challenged.")
    return int(course_key), site, in_use


def _standing(course_key: int, criteria_id: str) -> tuple[str, list[Any]]:
    return sql.text("queries/review_standing"), [course_key, criteria_id]


def _refused(states: list[tuple[Any, ...]]) -> str | None:
    """Why a call cannot be challenged, from where its cases and its judging stand."""
    [(decided, reading, judged)] = states
    if decided:
        return "Reviewers have decided on this course. Their decision re-opens if its data change."
    if reading:
        return "This course is already under review and need not be challenged."
    if not judged:
        return "This course has no call under these criteria that could be challenged."
    return None

"""Whose eyes the machine's call is hidden from, course by course.

`Actor.may(READ_CALLS)` denies every call to whoever reviews at the hospital, whatever other roles the account holds. A
reader learns of the call from the outcome of a decided case, under the name of the case: a course by its own name would
tell who the patient is.
"""

from __future__ import annotations

from adjudication.review.workflow import State, blind
from registry import sql
from registry.review.stored import is_author
from registry.roles import Actor, Permission
from registry.store.database import Database


def sight(actor: Actor, site: str | None) -> list[int] | None:
    """The courses of a patient at `site` whose calls and decisions `actor` may see: None for all of them, or none."""
    return None if actor.may(Permission.READ_CALLS, site) else []


def blind_to(db: Database, actor: Actor, patient_key: int, site: str | None) -> set[int]:
    """The courses of a patient to which `actor` must stay blind, by course_key."""
    if not actor.reviews(site):
        return set()
    author = is_author(db.rows, patient_key, actor.name)
    states: dict[int, list[State]] = {}
    engaged: set[int] = set()
    for course_key, state, has_part in db.rows(sql.text("queries/review_sight"), [patient_key, actor.name]):
        found = states.setdefault(course_key, [])
        if state is not None:
            found.append(State(state))
        if has_part:
            engaged.add(course_key)
    return {
        key
        for key, stood in states.items()
        if blind(reviews=True, author=author, engaged=key in engaged, states=stood)
    }


def is_blind(db: Database, actor: Actor, patient_id: str) -> bool:
    """Whether `actor` must not see what the machine says of this patient, under whatever assumption.

    For services that judge what is not stored, such as the preview of a form. An unknown patient has no course
    that anybody could be put before.
    """
    found = db.rows(sql.text("queries/patient_key_and_site"), [patient_id])
    return any(bool(blind_to(db, actor, key, site)) for key, site in found)

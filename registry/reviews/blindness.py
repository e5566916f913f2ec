"""Whose eyes the machine's call is hidden from, course by course.

`Actor.may(READ_CALLS)` already denies every call to whoever reviews at the hospital. What is let through again here
are the courses about which that person can judge nothing any more: a decision holds, or they logged the course
themselves. It needs a role that shows calls; an adjudicator alone learns of the call from the outcome of the case.
"""

from __future__ import annotations

from adjudication.review import State, blind
from registry import sql
from registry.database import Database
from registry.reviews.stored import is_author
from registry.roles import Actor, Permission


def sight(db: Database, actor: Actor, patient_key: int, site: str | None) -> list[int] | None:
    """The courses of a patient whose calls and decisions `actor` may see, by course_key; None for all of them."""
    if not actor.given(Permission.READ_CALLS, site):
        return []
    if actor.may(Permission.READ_CALLS, site):
        return None
    hidden = blind_to(db, actor, patient_key, site)
    courses = db.rows(sql.text("queries/patient_courses"), [patient_key])
    return [key for (key,) in courses if key not in hidden]


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

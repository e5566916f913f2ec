"""Courses that wait: for their call, or for somebody to say when they stopped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from adjudication.response.criteria import DEFAULTS
from adjudication.response.terms import Disease
from registry import sql
from registry.roles import Actor, Permission, readable_sites
from registry.store.database import Database
from registry.tasks.item import Waiting, address_of
from registry.wording import number_of

JUDGE = "/home?judge=yes"
"""The address of an item that the home page lets be done at once, by an account that may judge the whole registry."""


def calls_to_make(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Courses without a call, and calls of patients whose facts changed since."""
    sites = readable_sites(actor, Permission.READ_CALLS)
    readable_sites(actor, Permission.ADJUDICATE)
    plan = {"sites": sites, "itp": DEFAULTS[Disease.ITP], "aiha": DEFAULTS[Disease.AIHA]}
    [(unjudged, stale, last)] = db.rows(sql.text("queries/waiting_calls"), [plan])
    number = unjudged + stale
    what = "Calls out of date"
    if not number:
        yield Waiting(what, 0, "Every course is assessed, and every call is up to date.", "")
        return
    parts = [number_of(stale, "course") + " changed since the call"] if stale else []
    parts += [number_of(unjudged, "course") + " never judged"] if unjudged else []
    everywhere = actor.may(Permission.ADJUDICATE)
    how = "" if everywhere else f" Start with {last}: use the button on the patient's page."
    yield Waiting(
        what,
        number,
        f"{' and '.join(parts)}.{how}",
        JUDGE if everywhere else address_of("patient", patient=last),
    )


def without_stop(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Courses that nobody has stopped although the next one for the same disease has begun."""
    plan = {"sites": readable_sites(actor, Permission.AMEND)}
    what = "Courses without an end"
    [(number, patient, course)] = db.rows(sql.text("queries/waiting_stops"), [plan])
    if not number:
        yield Waiting(what, 0, "Every course before a later one is stopped or marked as ongoing.", "")
        return
    why = (
        f"A later course of the same disease has started: log the stop date, or mark them as ongoing. Last: "
        f"{patient}, "
        f"course {course}."
    )
    yield Waiting(what, number, why, address_of("patient", patient=patient, course=course))


def overlapping_steps(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Dose steps that are recorded beyond the day on which the next step of the same agent begins."""
    plan = {"sites": readable_sites(actor, Permission.AMEND)}
    what = "Dose steps that overlap"
    [(number, patient, course)] = db.rows(sql.text("queries/waiting_overlaps"), [plan])
    if not number:
        yield Waiting(what, 0, "No dose step overlaps the next one of the same agent.", "")
        return
    why = (
        "They end after the next step of the same agent starts, and are read until the day before it. "
        f"Correct an end or a start. Last: {patient}, course {course}."
    )
    yield Waiting(what, number, why, address_of("facts", patient=patient))

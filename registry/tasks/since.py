"""What others did since a person was last here, as the audit trail of sign-ins tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from adjudication.response.criteria import DEFAULTS
from registry import sql
from registry.roles import Actor, Permission, SecurityEvent, readable_sites
from registry.store.database import Database
from registry.tasks.item import Waiting, address_of
from registry.wording import number_of, page_weekday


@dataclass(frozen=True)
class Visit:
    """The last that is known of a person before the present sign-in: the audit event and its time (UTC)."""

    seq: int
    at: datetime


def last_visit(db: Database, actor: Actor) -> Visit | None:
    """When this person was last here before now; None on the first visit, and where sign-ins are not recorded."""
    found = db.rows(sql.text("queries/last_visit"), [actor.name, str(SecurityEvent.SIGN_IN)])
    return Visit(int(found[0][0]), found[0][1]) if found else None


def changes(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Patients whom others changed, and courses judged anew, since the last visit."""
    visit = last_visit(db, actor)
    if visit is None:
        return
    since = f"since you were last here, on {page_weekday(visit.at)}"
    plan = {
        "sites": readable_sites(actor, Permission.READ_CALLS),
        "since": visit.seq,
        "me": actor.name,
        "criteria": list(DEFAULTS.values()),
    }
    [(patients, changed, courses, judged)] = db.rows(sql.text("queries/waiting_since"), [plan])
    yield Waiting(
        "Patients changed",
        patients,
        f"By others {since}. Last: {changed}." if patients else f"No patient was changed {since}.",
        address_of("patient", patient=changed) if patients else "",
    )
    yield Waiting(
        "Updated calls",
        courses,
        f"{number_of(courses, 'course')} {since}. Last: {judged}."
        if courses
        else f"No course was assessed {since}.",
        address_of("patient", patient=judged) if courses else "",
    )

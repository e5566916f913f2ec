"""A calendar file with the days on which blood counts are owed, for a patient's own telephone.

It says nothing of a disease and nothing of the person: the pseudonym stands only in hidden identifiers, so that a
newer file replaces the days of an older one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from registry.errors import Usage
from registry.roles import Action, Permission

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database
    from registry.surveillance.watched import Watched

SUMMARY = "Blood count (CBC with differential)"
LAST = "Last planned blood count"
RECHECK = "Blood count: recheck"
SOON = "Blood count: as soon as possible"
COUNTED_FROM = datetime(2020, 1, 1, tzinfo=UTC)
BEFORE = timedelta(hours=-15)  # a reminder at nine in the morning of the day before


def calendar_file(db: Database, actor: Actor, one: Watched) -> bytes:
    """An iCalendar file (RFC 5545) with one all-day entry and a reminder for each day still owed; audited.

    A count that is overdue or demanded now is on the day asked. Raises Usage where no count is planned,
    NotPermitted without the right to read at the patient's site.
    """
    from icalendar import Alarm, Calendar, Event

    actor.require(Permission.READ, one.site)
    planned = list(_planned(one))
    if not planned:
        raise Usage(
            f"No count of {one.patient_id} is planned after {one.window_ends_on}: counts then follow "
            f"symptoms, and there is no calendar. The leaflet lists the signs to watch for."
        )
    calendar = Calendar()
    calendar.add("prodid", "-//Nadir//surveillance//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Blood counts")
    made_at = db.now().replace(tzinfo=UTC)
    number = int((made_at - COUNTED_FROM).total_seconds())  # of two files the later one holds
    for what, day, summary in planned:
        event = Event()
        event.add("sequence", number)
        event.add("uid", sha256(f"{one.patient_id} {what}".encode()).hexdigest()[:32])
        event.add("dtstamp", made_at)
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("summary", summary)
        event.add("transp", "TRANSPARENT")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", SUMMARY)
        alarm.add("trigger", BEFORE)
        event.add_component(alarm)
        calendar.add_component(event)
    with db.change(actor, Action.DOWNLOAD, f"calendar of {one.patient_id}", site=one.site) as change:
        change.note(None, {"format": "ics", "dates": len(planned)})
    made: bytes = calendar.to_ical()
    return made


def _planned(one: Watched) -> Iterator[tuple[str, date, str]]:
    """What each entry is, by which a later file replaces it, its day and its words.

    A monthly count is the one of its month, whatever protocol asks for it and on whatever day of the month.
    """
    if one.recheck is not None:
        yield "recheck", one.recheck.on or one.as_of, RECHECK if one.recheck.on else SOON
    for day in one.dates:
        if day == one.window_ends_on:
            yield "last", max(day, one.as_of), LAST
        else:
            yield f"{day:%Y-%m}", max(day, one.as_of), SUMMARY if day >= one.as_of else SOON

"""A calendar file with the days on which blood counts are owed, for a patient's own telephone.

It says nothing of a disease and nothing of the person: the pseudonym stands only in hidden identifiers, so that a
newer file replaces the days of an older one.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from registry.roles import Action

if TYPE_CHECKING:
    from registry.database import Database
    from registry.roles import Actor
    from registry.surveillance.watched import Watched

SUMMARY = "Blood count (CBC with differential)"
LAST = "Last planned blood count"
BEFORE = timedelta(hours=-15)  # a reminder at nine in the morning of the day before


def calendar_file(db: Database, actor: Actor, one: Watched) -> bytes:
    """An iCalendar file (RFC 5545) with one all-day entry and a reminder for each day still owed; audited.

    Raises NotPermitted without the right to read at the patient's site.
    """
    from icalendar import Alarm, Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Nadir//surveillance//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Blood counts")
    made_at = datetime.combine(one.as_of, time(), UTC)
    # Numbered from the last day: a file made later, with fewer days left, replaces the same days.
    for number, day in zip(range(len(one.dates), 0, -1), one.dates, strict=True):
        event = Event()
        event.add("sequence", one.as_of.toordinal())
        event.add("uid", sha256(f"{one.programme.id} {one.patient_id} {number}".encode()).hexdigest()[:32])
        event.add("dtstamp", made_at)
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("summary", LAST if day == one.window_ends_on else SUMMARY)
        event.add("transp", "TRANSPARENT")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", SUMMARY)
        alarm.add("trigger", BEFORE)
        event.add_component(alarm)
        calendar.add_component(event)
    with db.change(actor, Action.DOWNLOAD, f"calendar of {one.patient_id}", site=one.site) as change:
        change.note(None, {"format": "ics", "dates": len(one.dates)})
    made: bytes = calendar.to_ical()
    return made

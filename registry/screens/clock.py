"""What day and time it is for the person at the page: the registry keeps UTC, people write down their own day."""

from datetime import date, datetime, timedelta

import streamlit as st

from registry.store.database import Database

# No place on earth is further from UTC, in minutes: whatever a browser says beyond is not believed.
_FARTHEST = 14 * 60


def today(db: Database) -> date:
    """The day that it is where the person is, by the clock of the registry."""
    return now(db).date()


def now(db: Database) -> datetime:
    """The time that it is where the person is, by the clock of the registry."""
    return here(db.now())


def here(at: datetime) -> datetime:
    """A time of the record (UTC) as the clock of the person shows it."""
    return at - timedelta(minutes=_minutes_behind())


def _minutes_behind() -> int:
    behind = st.context.timezone_offset
    return behind if behind is not None and abs(behind) <= _FARTHEST else 0

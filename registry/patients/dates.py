"""How long ago the last alemtuzumab was, in words."""

from dataclasses import dataclass
from datetime import date

from registry.patients.patient_record import PatientRecord, days_of
from registry.wording import number_of, page_day

DAYS_BEFORE_MONTHS = 60
MONTHS_BEFORE_YEARS = 24


@dataclass(frozen=True)
class SinceExposure:
    """The last infusion, the last count (None: none is recorded), and how far they lie apart."""

    last_on: date
    last_count_on: date | None

    @property
    def words(self) -> str:
        """`last alemtuzumab 3 Feb 2024, 14 months before the last count`."""
        said = f"last alemtuzumab {page_day(self.last_on)}"
        if self.last_count_on is None:
            return f"{said}, no count since"
        if self.last_count_on < self.last_on:
            return f"{said}, after the last count"
        if self.last_count_on == self.last_on:
            return f"{said}, on the day of the last count"
        return f"{said}, {apart(self.last_on, self.last_count_on)} before the last count"


def since_exposure(record: PatientRecord) -> SinceExposure | None:
    """The last alemtuzumab of a patient against the last platelet or hemoglobin count; None without exposure."""
    infused = days_of(record.exposures, "started_on", "ended_on")
    if not infused:
        return None
    return SinceExposure(max(infused), max(days_of(record.observations, "observed_on"), default=None))


def apart(first: date, last: date) -> str:
    """The time between two days: `45 days`, `14 months`, `3 years 2 months`; full months are counted."""
    days = (last - first).days
    if days < DAYS_BEFORE_MONTHS:
        return number_of(days, "day")
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    if months < MONTHS_BEFORE_YEARS:
        return number_of(months, "month")
    years, rest = divmod(months, 12)
    return number_of(years, "year") + (f" {number_of(rest, 'month')}" if rest else "")

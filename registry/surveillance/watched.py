"""One patient under surveillance on one day: the row of the worklist, and the days on which counts are owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from adjudication.surveillance.protocol import Protocol
from adjudication.surveillance.schedule import coming_dates
from registry.errors import Usage
from registry.roles import Actor, Permission
from registry.surveillance.finding import demands
from registry.surveillance.outcomes import Did, done
from registry.surveillance.worklist import worklist

if TYPE_CHECKING:
    from registry.store.database import Database


@dataclass(frozen=True)
class Recheck:
    """A count that a finding demands before the monthly ones, or that was arranged.

    `on` is the day for which it is arranged, None where none is: then as soon as possible. `by` is the first moment
    that is too late, None where nothing is demanded.
    """

    on: date | None
    by: datetime | None

    @property
    def last_day(self) -> date | None:
        """The last day on which it is in time."""
        return None if self.by is None else (self.by - timedelta(minutes=1)).date()


@dataclass(frozen=True)
class Watched:
    """A patient of the protocol as of a day; `row` has the columns of the worklist.

    `recheck` goes before all other counts; `dates` are the days still owed after it.
    """

    as_of: date
    protocol: Protocol
    site: str | None
    row: dict[str, Any]
    dates: tuple[date, ...]
    recheck: Recheck | None = None

    @property
    def patient_id(self) -> str:
        return str(self.row["patient_id"])

    @property
    def window_ends_on(self) -> date:
        found: date = self.row["window_ends_on"]
        return found


def watched(
    db: Database,
    actor: Actor,
    patient_id: str,
    as_of: date,
    protocol: Protocol | None = None,
    *,
    now: datetime | None = None,
) -> Watched:
    """The patient as the protocol in force for him (or `protocol`, where one is given) sees him on `as_of`.

    `now` is the time of that day at which deadlines are looked at, as in `worklist`.
    Raises Usage for a patient who is not known or whom no protocol watches, NotPermitted without the right to read.
    """
    found = db.rows("SELECT site FROM patient_view WHERE patient_id = $1", [patient_id])
    if not found:
        raise Usage(f"There is no patient {patient_id} in this registry. Check the pseudonym.")
    actor.require(Permission.READ, found[0][0])
    listed = worklist(db, actor, as_of, protocol, patient_id=patient_id, now=now)
    rows = [*listed.rows.to_pylist(), *listed.removed.to_pylist()]
    if not rows:
        whom = "; ".join(
            f"{one.agent} for {' or '.join(one.settings).replace('_', ' ')} ({one.short})"
            for one in listed.protocols
        )
        raise Usage(
            f"{patient_id} is watched by no protocol on {as_of}: those in force are for living patients with {whom}. "
            "A site can copy the protocol's file for others."
        )
    row = rows[0]
    by = listed.protocol_of(row)
    month_from_on = row["month_from_on"]
    dates = coming_dates(by, row["last_infusion_on"], None, as_of, (month_from_on, month_from_on))
    recheck = _recheck(by, row, done(db, actor, [patient_id], as_of).get(patient_id, []), as_of)
    if recheck is not None:
        dates = [day for day in dates if day > (recheck.on or as_of)]
    return Watched(as_of, by, found[0][0], row, tuple(dates), recheck)


def _recheck(protocol: Protocol, row: dict[str, Any], acts: list[Did], as_of: date) -> Recheck | None:
    """What is demanded and not settled, or was arranged for a day that has not passed and has no count yet."""
    if row["removed"]:
        return None
    counted_on = row["last_count_on"] or date.min
    ahead = [one.recheck_on for one in acts if one.recheck_on is not None]
    arranged = next((day for day in ahead if day >= as_of and day > counted_on), None)
    if demands(protocol, row) and not row["settled"]:
        return Recheck(arranged, row["act_by"])
    return None if arranged is None else Recheck(arranged, None)

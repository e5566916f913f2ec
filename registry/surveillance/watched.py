"""One patient under surveillance on one day: the row of the worklist, and the days on which counts are owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from adjudication import surveillance
from adjudication.programme import Programme
from registry.errors import Usage
from registry.roles import Actor, Permission
from registry.worklist import worklist

if TYPE_CHECKING:
    from registry.database import Database


@dataclass(frozen=True)
class Watched:
    """A patient of the programme as of a day; `row` has the columns of the worklist, `dates` the days still owed."""

    as_of: date
    programme: Programme
    site: str | None
    row: dict[str, Any]
    dates: tuple[date, ...]

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
    programme: Programme | None = None,
    *,
    now: datetime | None = None,
) -> Watched:
    """The patient as the programme in force for him (or `programme`, where one is given) sees him on `as_of`.

    `now` is the time of that day at which deadlines are looked at, as in `worklist`.
    Raises Usage for a patient who is not known or whom no programme watches, NotPermitted without the right to read.
    """
    found = db.rows("SELECT site FROM patient_view WHERE patient_id = $1", [patient_id])
    if not found:
        raise Usage(f"There is no patient {patient_id} in this registry. Check the pseudonym.")
    actor.require(Permission.READ, found[0][0])
    listed = worklist(db, actor, as_of, programme, patient_id=patient_id, now=now)
    rows = [*listed.rows.to_pylist(), *listed.removed.to_pylist()]
    if not rows:
        whom = "; ".join(
            f"{one.agent} for {' or '.join(one.settings).replace('_', ' ')} ({one.short})"
            for one in listed.programmes
        )
        raise Usage(
            f"{patient_id} is watched by no programme on {as_of}: those in force are for living patients with {whom}. "
            "A site can copy the programme's file for others."
        )
    row = rows[0]
    by = listed.programme_of(row)
    dates = surveillance.coming_dates(by, row["last_infusion_on"], row["last_count_on"], as_of)
    return Watched(as_of, by, found[0][0], row, tuple(dates))

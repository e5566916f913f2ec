"""One patient under surveillance on one day: the row of the worklist, and the days on which counts are owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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
    db: Database, actor: Actor, patient_id: str, as_of: date, programme: Programme | None = None
) -> Watched:
    """The patient as the programme (the Belgian consensus of 2018, unless another is given) sees him on `as_of`.

    Raises Usage for a patient who is not known or not in the programme, NotPermitted without the right to read.
    """
    programme = programme or surveillance.load()
    found = db.rows("SELECT site FROM patient_view WHERE patient_id = $1", [patient_id])
    if not found:
        raise Usage(f"There is no patient {patient_id} in this registry. Check the pseudonym.")
    actor.require(Permission.READ, found[0][0])
    listed = worklist(db, actor, as_of, programme, patient_id=patient_id)
    rows = [*listed.rows.to_pylist(), *listed.removed.to_pylist()]
    if not rows:
        settings = " or ".join(setting.replace("_", " ") for setting in programme.settings)
        raise Usage(
            f"{patient_id} is not watched by this programme on {as_of}: it is for living patients with "
            f"{programme.agent} for {settings}. A site can copy the programme's file for others."
        )
    row = rows[0]
    dates = surveillance.coming_dates(programme, row["last_infusion_on"], row["last_count_on"], as_of)
    return Watched(as_of, programme, found[0][0], row, tuple(dates))

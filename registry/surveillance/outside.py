"""Low counts after the protocol's agent of patients who are on no list: outside every protocol, or taken off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from adjudication.surveillance import ladder
from adjudication.surveillance.counts import NOWHERE, pick
from registry import sql
from registry.roles import readable_sites
from registry.surveillance.facts import clean_counts
from registry.surveillance.in_force import infused, standing
from registry.surveillance.rows import counts_in_words, plain_count

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database


@dataclass(frozen=True)
class Outside:
    """A patient on no list whose last clean count is low; exact text in 10*9/L, with its comparator (`<50`)."""

    patient_id: str
    last_infusion_on: date
    setting: str
    last_count_on: date
    last_count: str

    def as_json(self) -> dict[str, Any]:
        """A count is a number, or text with its comparator where it is a limit."""
        return {
            "patient_id": self.patient_id,
            "last_infusion_on": self.last_infusion_on.isoformat(),
            "setting": self.setting,
            "last_count_on": self.last_count_on.isoformat(),
            "last_count": plain_count(self.last_count),
        }


def outside(db: Database, actor: Actor, as_of: date, removed: Sequence[str] = ()) -> tuple[Outside, ...]:
    """The living patients at the sites where `actor` may read who had the agent, are watched by no protocol in force,
    and whose last clean count since the first infusion lies below the published limit (DEF-SURV-10).

    `removed` are pseudonyms of those who are taken off the list, who are told too. The lowest count comes first.
    Raises NotPermitted for an actor who may read nowhere.
    """
    protocol, sites = ladder.load(), readable_sites(actor)
    plan: Mapping[str, Any] = {
        "as_of": as_of,
        "agent": protocol.agent,
        "analyte": protocol.analyte,
        "sites": None if sites is None else list(sites),
        "removed": list(removed),
    }
    with infused(db, as_of, standing(db, None), sites) as snapshot:
        snapshot.keep("watched", sql.text("queries/surveillance_outside"), [plan])
        patients = snapshot.arrow("SELECT * FROM watched ORDER BY number")
        if not patients.num_rows:
            return ()
        taken = clean_counts(snapshot, protocol, plan, patients)
    first_on = patients["first_infusion_on"].to_numpy()
    taken = taken.take(taken.on >= first_on[taken.patient])
    _, last = taken.bounds(patients.num_rows)
    low = np.flatnonzero((last != NOWHERE) & (pick(taken.e6, last, 0) < protocol.outside_below_e6))
    order = low[np.lexsort((low, taken.e6[last[low]]))]
    days, words = taken.on[last[order]].tolist(), counts_in_words(taken, last[order]).to_pylist()
    rows = patients.take(order).select(["patient_id", "last_infusion_on", "setting"]).to_pylist()
    return tuple(
        Outside(**row, last_count_on=on, last_count=count)
        for row, on, count in zip(rows, days, words, strict=True)
    )


__all__ = ["Outside", "outside"]

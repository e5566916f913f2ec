"""A small record, written through the one door."""

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from registry import record
from registry.roles import Action, Actor
from registry.store.database import Database
from tests.templates import new_registry

Fact = tuple[str, dict[str, object]]


def one_patient(
    db: Database, actor: Actor, patient_id: str = "P1", counts: int = 3, site: str = "North"
) -> int:
    """A patient with one bleed and some counts of 10, 20 … 10*9/L; returns the number of the change."""
    with db.change(actor, Action.IMPORT, patient_id) as change:
        change.insert("patient", [{"patient_id": patient_id}])
        key = change.rows("SELECT patient_key FROM patient WHERE patient_id = $1", [patient_id])[0][0]
        change.insert("patient_fact", [{"patient_key": key, "site": site, "born_on": date(1970, 1, 1)}])
        change.insert(
            "bleed",
            [
                {
                    "patient_key": key,
                    "bleed_id": "B1",
                    "started_on": date(2020, 1, 1),
                    "scale": "WHO",
                    "grade": 2,
                }
            ],
        )
        change.insert(
            "observation",
            [
                {
                    "patient_key": key,
                    "observation_id": f"O{number}",
                    "observed_on": date(2020, 1, number),
                    "analyte": "platelets",
                    "value": str(10 * number),
                    "unit": "10*9/L",
                    "canonical_e6": 10_000_000 * number,
                }
                for number in range(1, counts + 1)
            ],
        )
    return db.revision


def written(path: Path, facts: Sequence[Fact]) -> Path:
    """A new registry at `path` with these facts logged one by one, closed."""
    with new_registry(path) as db:
        for table, values in facts:
            record.log(db, db.actor(None), table, values)
    return path


def copied(source: Path, target: Path) -> Path:
    """A closed registry with its anchor, under another name."""
    for ending in ("", ".anchor"):
        shutil.copy(f"{source}{ending}", f"{target}{ending}")
    return target

"""Every edge of the ladder from both sides, in every unit in which a laboratory reports, through the record."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from registry.entry import Fact, save
from registry.record.units import Unit, measures
from registry.roles import Actor
from registry.store.database import Database
from registry.surveillance.worklist import worklist

TODAY = date(2026, 3, 31)
BEYOND = Decimal("0.01")
CASES: list[tuple[str | None, Decimal, str, str]] = [
    (None, Decimal(10) - BEYOND, "recheck_and_contact_now", "treat"),
    (None, Decimal(10), "recheck_and_contact_now", "consider"),
    (None, Decimal(30) - BEYOND, "recheck_and_contact_now", "consider"),
    (None, Decimal(30), "recheck_48_72h", "consider"),
    (None, Decimal(30) + BEYOND, "recheck_48_72h", "observe"),
    (None, Decimal(50), "recheck_48_72h", "observe"),
    (None, Decimal(50) + BEYOND, "recheck_72h", "observe"),
    (None, Decimal(100) - BEYOND, "recheck_72h", "observe"),
    (None, Decimal(100), "recheck_72h", "observe"),
    (None, Decimal(100) + BEYOND, "repeat_14d", "observe"),
    (None, Decimal(150) - BEYOND, "repeat_14d", "observe"),
    (None, Decimal(150), "continue_monthly", "observe"),
    ("400", Decimal(200), "recheck_now_steep_fall", "observe"),
    ("400", Decimal(200) + BEYOND, "continue_monthly", "observe"),
    ("200.02", Decimal(100) + BEYOND, "recheck_now_steep_fall", "observe"),
    ("200", Decimal(100) + BEYOND, "repeat_14d", "observe"),
]
"""Previous and last count in 10*9/L, what they demand, and the advice on treatment."""


@pytest.mark.parametrize("unit", measures()["platelets"].units, ids=lambda unit: unit.name)
def test_each_edge_is_the_same_from_both_sides_in_every_unit(
    registry: Database, operator: Actor, unit: Unit
) -> None:
    facts: list[Fact] = []

    def count(name: str, day: str, canonical: Decimal) -> None:
        seen: dict[str, Any] = {"observation_id": f"{name}-{day}", "observed_at": day, "analyte": "platelets"}
        # Four decimals at least: with three, a point may divide thousands.
        reported = f"{canonical / unit.factor:.5f}"
        facts.append(Fact("observation", {"patient_id": name, **seen, "value": reported, "unit": unit.name}))

    for number, (previous, current, _, _) in enumerate(CASES):
        name = f"P{number:02}"
        facts.append(Fact("patient", {"patient_id": name}))
        exposure = {"agent": "alemtuzumab", "setting": "multiple_sclerosis", "started_on": "2025-06-01"}
        facts.append(Fact("exposure", {"patient_id": name, "exposure_id": f"{name}-X", **exposure}))
        if previous is not None:
            count(name, "2026-03-01", Decimal(previous))
        count(name, "2026-03-30", current)
    save(registry, operator, facts, key="edges", today=TODAY)
    found = {row["patient_id"]: row for row in worklist(registry, operator, TODAY).rows.to_pylist()}
    told = [(row["action"], row["treatment_advice"]) for _, row in sorted(found.items())]
    assert told == [(action, advice) for *_, action, advice in CASES]
    assert Decimal(found["P01"]["last_count"]) == 10

"""Rows of a bundle while a synthetic patient is made: what a hospital would have sent, dates, units, gaps and all.

Some specimens are clumped and repeated in citrate, some were not drawn, one now and then comes without a
unit: such counts are kept and never judged. The northern site sends the time of day, the others the date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from registry.demo.series import Count
from registry.demo.sites import SITES
from registry.record.fields import TABLES

Row = dict[str, str]
Rows = dict[str, list[Row]]

FAILING_MARKERS: Mapping[str, tuple[float, float]] = {
    "ldh": (380, 900), "haptoglobin": (0.02, 0.1), "bilirubin": (32, 70), "reticulocytes": (150, 380),
}  # fmt: skip
"""Markers while red cells are destroyed, canonical units, both ends of the band."""


@dataclass(kw_only=True)
class Writer:
    """The rows of one patient while they are made; `day_0` is where the patient's time lies in the calendar."""

    patient_id: str
    site: str
    day_0: date
    rng: np.random.Generator
    rows: Rows = field(default_factory=lambda: {name: [] for name in TABLES})

    def on(self, day: int) -> str:
        return (self.day_0 + timedelta(days=day)).isoformat()

    def add(self, table: str, **values: str) -> None:
        self.rows[table].append({"patient_id": self.patient_id, **values})

    def next_id(self, table: str, mark: str) -> str:
        return f"{self.patient_id}-{mark}{len(self.rows[table]) + 1:03d}"

    def observe(self, day: int, analyte: str, canonical: float, **values: str) -> None:
        """One laboratory result in the site's own unit."""
        scale = SITES[self.site][analyte]
        clock = "T08:30" if self.site == "synthetic-north" else ""
        blood_count = analyte in ("platelets", "hemoglobin")
        self.add(
            "observation",
            **{
                "observation_id": self.next_id("observation", "L"),
                "observed_at": self.on(day) + clock,
                "analyte": analyte,
                "value": scale.text(canonical),
                "unit": scale.unit,
                "specimen": "edta" if blood_count else "",
                "quality": "ok",
                "lower_limit": scale.low,
                "upper_limit": scale.high,
                "source": "synthetic",
                **values,
            },
        )

    def as_reported(self, analyte: str, count: Count) -> list[tuple[float, dict[str, str]]]:
        """One count as its specimens: mostly one; clumped and repeated, not drawn, or without a unit."""
        chance = self.rng.random()
        if count.state == "complete" and not count.pivotal:
            if analyte == "platelets" and chance < 0.015:
                clumped = {"quality": "clumped", "specimen_id": f"{self.patient_id}-E{count.day}"}
                citrate = {"specimen": "citrate", "specimen_id": f"{self.patient_id}-C{count.day}"}
                return [(float(max(12, count.value // 5)), clumped), (round(count.value / 1.1), citrate)]
            if chance < 0.025:
                return [(count.value, {"value": "", "missing_reason": "specimen not received"})]
            if chance < 0.032:
                return [(count.value, {"unit": ""})]
        below_range = analyte == "platelets" and count.value < 5 and not count.pivotal
        if below_range and self.site == "synthetic-south" and chance < 0.4:
            return [(count.value, {"value": "<5"})]
        return [(count.value, {})]


def as_tables(rows: Rows) -> dict[str, pa.Table]:
    """Rows as the text tables that intake takes: every column of the bundle, empty = not recorded."""
    tables = {}
    for name, found in rows.items():
        columns = {column: [row.get(column) or None for row in found] for column in TABLES[name].names}
        tables[name] = pa.table({column: pa.array(cells, pa.string()) for column, cells in columns.items()})
    return tables

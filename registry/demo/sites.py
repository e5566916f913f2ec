"""Three synthetic laboratories: north reports in SI units, south in US units, west per microliter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How a site reports an analyte: `factor` times the canonical value, with its own limits."""

    unit: str
    factor: float
    digits: int
    low: str
    high: str

    def text(self, canonical: float) -> str:
        """`canonical` as this site prints it."""
        return f"{canonical * self.factor:.{self.digits}f}"


_NORTH = {
    "platelets": Scale("10*9/L", 1, 0, "150", "400"),
    "hemoglobin": Scale("g/L", 1, 0, "115", "165"),
    "ldh": Scale("U/L", 1, 0, "135", "225"),
    "haptoglobin": Scale("g/L", 1, 2, "0.30", "2.00"),
    "bilirubin": Scale("umol/L", 1, 0, "3", "21"),
    "reticulocytes": Scale("10*9/L", 1, 0, "25", "120"),
}
_SOUTH = {
    "platelets": Scale("K/uL", 1, 0, "150", "400"),
    "hemoglobin": Scale("g/dL", 0.1, 1, "11.5", "16.5"),
    "ldh": Scale("U/L", 1, 0, "135", "225"),
    "haptoglobin": Scale("mg/dL", 100, 0, "30", "200"),
    "bilirubin": Scale("mg/dL", 1 / 17.104, 1, "0.2", "1.2"),
    "reticulocytes": Scale("10*3/uL", 1, 0, "25", "120"),
}
_WEST = {
    "platelets": Scale("/uL", 1000, 0, "150000", "400000"),
    "hemoglobin": Scale("g/L", 1, 0, "115", "165"),
    "ldh": Scale("ukat/L", 1 / 60, 2, "2.25", "3.75"),
    "haptoglobin": Scale("g/L", 1, 2, "0.30", "2.00"),
    "bilirubin": Scale("umol/L", 1, 0, "3", "21"),
    "reticulocytes": Scale("/nL", 1, 0, "25", "120"),
}
SITES: Mapping[str, Mapping[str, Scale]] = {
    "synthetic-north": _NORTH,
    "synthetic-south": _SOUTH,
    "synthetic-west": _WEST,
}

"""The words in which forms and echoes speak: labels of analytes and units, and how missing is said."""

from __future__ import annotations

from registry.record.units import measures

ANALYTES = {
    "platelets": "Platelets",
    "hemoglobin": "Hemoglobin",
    "ldh": "LDH",
    "haptoglobin": "Haptoglobin",
    "bilirubin": "Bilirubin",
    "reticulocytes": "Reticulocytes",
}
UNITS = {"10*9/L": "×10⁹/L", "10*3/uL": "×10³/µL", "/uL": "/µL", "10*4/uL": "×10⁴/µL", "10*5/uL": "lakh/µL",
         "10*12/L": "×10¹²/L", "umol/L": "µmol/L", "ukat/L": "µkat/L"}  # fmt: skip
MISSING = {"not_done": "not done", "unknown": "unknown", "not_applicable": "not applicable"}
"""Why a value is missing, as stored and as said."""


def unit(name: str) -> str:
    """A unit for the eye: `×10⁹/L`."""
    return UNITS.get(name, name)


def units(analyte: str) -> list[str]:
    """The names of the units in which an analyte may be reported, the canonical one first."""
    return [one.name for one in measures()[analyte].units]

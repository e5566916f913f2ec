"""The words in which forms and echoes speak: labels of analytes and units, and how missing is said."""

from __future__ import annotations

from registry.facts.units import measures

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
_TYPED_MISSING = {
    "not_done": ("not done", "nd", "n.d.", "n/d", "not measured", "not taken"),
    "unknown": ("unknown", "not known", "unk", "uk", "?"),
    "not_applicable": ("not applicable", "n/a", "na", "n.a."),
}
_REASONS = {word: reason for reason, words in _TYPED_MISSING.items() for word in (*words, reason)}


def missing_said(text: str) -> str | None:
    """The reason for which `text` says that there is no value: `nd` is not_done. None if it says no such thing."""
    return _REASONS.get(" ".join(text.split()).casefold())


def unit(name: str) -> str:
    """A unit for the eye: `×10⁹/L`."""
    return UNITS.get(name, name)


def units(analyte: str) -> list[str]:
    """The names of the units in which an analyte may be reported, the canonical one first."""
    return [one.name for one in measures()[analyte].units]

"""Ids that the registry makes: readable, never used before, and decided where nobody else can write.

`SYN-003-C4` is the fourth course of patient SYN-003, `SYN-003-CBC-2026-02-03-PLT` the platelets of that day. A
number is one more than the highest ever used, also by facts that were withdrawn since.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from registry.errors import Usage
from registry.record.cell_reader import LONGEST
from registry.store.transaction import ANCHORS

Reader = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

LETTERS = {
    "episode": "E",
    "course": "C",
    "exposure": "X",
    "bleed": "B",
    "transfusion": "T",
    "rescue": "R",
    "adverse_event": "AE",
    "outcome": "O",
    "sign": "S",
    "comedication": "M",
    "consent": "CN",
}
ANALYTES = {
    "platelets": "PLT",
    "hemoglobin": "HB",
    "ldh": "LDH",
    "haptoglobin": "HAPTO",
    "bilirubin": "BILI",
    "reticulocytes": "RETIC",
}
_JOINED = "~"
_ROOM = 40
"""Characters that an id may need beyond the pseudonym that it begins with."""


def own_id(table: str) -> str | None:
    """The column that names a row of `table` by an id of its own; None where other columns name it."""
    return f"{table}_id" if table in LETTERS or table in ("patient", "observation") else None


class Names:
    """Makes ids within one transaction: no two alike, none that is stored, none twice from the same maker."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._given: set[tuple[str, str]] = set()
        self._known: dict[tuple[str, str], set[str]] = {}

    def take(self, table: str, name: str) -> None:
        """Count an id that somebody typed as used."""
        self._given.add((table, name))

    def patient(self, site: str | None) -> str:
        """A pseudonym: the site in capitals, or P, and the next number."""
        stem = re.sub(r"[^A-Z0-9]+", "-", (site or "P").upper()).strip("-")[: LONGEST["id"] - _ROOM] or "P"
        return self._numbered("patient", f"{stem}-", "", digits=3)

    def numbered(self, table: str, patient_id: str) -> str:
        """An id for a row of a table of LETTERS."""
        if table not in LETTERS:
            raise Usage(f"A {table} has no number.")
        return self._numbered(table, f"{_stem(patient_id)}-{LETTERS[table]}", patient_id)

    def observation(self, patient_id: str, day: str | date, analyte: str) -> str:
        """An id for one value of one day."""
        name = f"{specimen(patient_id, day)}-{ANALYTES.get(analyte, analyte.upper())}"
        known, number, found = self._stored("observation", patient_id), 1, name
        while found in known or ("observation", found) in self._given:
            number += 1
            found = f"{name}-{number}"
        self.take("observation", found)
        return found

    def _numbered(self, table: str, prefix: str, patient_id: str, digits: int = 1) -> str:
        known = self._stored(table, patient_id, prefix) | {
            name for used, name in self._given if used == table
        }
        numbers = [
            int(name.removeprefix(prefix))
            for name in known
            if re.fullmatch(re.escape(prefix) + r"[0-9]{1,9}", name)
        ]
        number = max(numbers, default=0) + 1
        found = f"{prefix}{number:0{digits}}"
        self.take(table, found)
        return found

    def _stored(self, table: str, patient_id: str, prefix: str = "") -> set[str]:
        """Every id ever stored: of the patient, or where ids belong to the registry, those with the prefix."""
        key = (table, patient_id if table not in ANCHORS else prefix)
        if key not in self._known:
            if table in ANCHORS:
                query = f"SELECT {table}_id FROM {table} WHERE starts_with({table}_id, $1)"
                found = self._read(query, [prefix])
            else:
                patient = "(SELECT patient_key FROM patient WHERE patient_id = $1)"
                query = f"SELECT DISTINCT {table}_id FROM {table} WHERE patient_key = {patient}"
                found = self._read(query, [patient_id])
            self._known[key] = {name for (name,) in found}
        return self._known[key]


def specimen(patient_id: str, day: str | date) -> str:
    """The id that the values of one day's blood share."""
    return f"{_stem(patient_id)}-CBC-{str(day)[:10]}"


def _stem(patient_id: str) -> str:
    return patient_id[: LONGEST["id"] - _ROOM]


def fact_name(identity: Mapping[str, Any]) -> str:
    """What names a fact within its patient, in one word for the address of the page Facts."""
    own = [_escaped(str(part)) for name, part in identity.items() if name != "patient_id"]
    return _JOINED.join(own) or str(identity["patient_id"])


def _escaped(part: str) -> str:
    """A part in which no sign can be taken for what joins the parts."""
    return part.replace("%", "%25").replace(_JOINED, "%7E")

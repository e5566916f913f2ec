"""Platelet specimens that cannot be judged, and tubes that disagree: what the laboratory wrote, and may mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from adjudication.surveillance.protocol import Protocol
from adjudication.surveillance.unjudged import means_e6
from registry import sql
from registry.record.cells import read_cell
from registry.record.numbers import readings
from registry.record.units import in_micro, measure, measures
from registry.surveillance.rules import number as in_words

if TYPE_CHECKING:
    from registry.store.snapshot import Snapshot

NOT_TAKEN = ("missing", "sentinel", "cancelled", "entered_in_error")
"""Why a result is not judged although there was no specimen to repeat: nothing was measured, or it was taken back."""
IN_DOUBT = ("unit_missing", "unit_unknown", "implausible")
"""Why a value in its own unit says nothing."""
_WORDS = {"unit_missing": "no unit", "unit_unknown": "unknown unit"}
_CLUMPED = "clumped"
UNREADABLE = "unreadable"
PLATELETS = "platelets"
_BEGINS = re.compile(
    r"\W*?(?:(?:ca|circa|approx|approximately|about|around|estimated|est|etwa|ungefähr|rund|geschätzt|env|environ|"
    r"ongeveer|nur|only)\b\W*?)?(?P<number>(?:<=|>=|[<>≤≥])?\s*[0-9](?:[0-9.,'’\s]*[0-9])?)",
    re.IGNORECASE,
)
"""The number with which a text begins that is none as a whole: `8, giant platelets`, `5-10`, `ca. 8`."""
MOST = Decimal(10**9)
"""Greater numbers mean no count; they need not be exact."""


class Specimen(NamedTuple):
    """What the laboratory wrote of a specimen, and why it cannot be judged, as `queries/worklist_unjudged` gives it."""

    value: str | None
    unit: str | None
    why: str
    canonical_e6: int | None
    comparator: str | None

    @property
    def words(self) -> str:
        """`8, no unit`; `insufficient`; `12 10*9/L, hemolyzed`."""
        written = " ".join(part.strip() for part in (self.value, self.unit) if part and part.strip())
        why = _WORDS.get(self.why, self.why.replace("_", " "))
        return f"{written}, {why}" if self.value and self.value.strip() else why

    @property
    def clumped(self) -> bool:
        """Whether the platelets were clumped."""
        return self.why == _CLUMPED

    def means_e6(self, protocol: Protocol) -> int | None:
        """The least that it may mean (READ-SURV-08), in micro units of 10*9/L; None without a number."""
        text = self.value or ""
        written = read_cell(text, PLATELETS).number if text else None
        if self.why == UNREADABLE and (begins := _BEGINS.match(text)):
            written = begins["number"]
        # 45,000 without a unit may be forty-five: the graver reading counts.
        number = min(readings(written or ""), key=lambda read: read.value, default=None)
        known = self.canonical_e6 if self.why not in IN_DOUBT else None
        if known is None and self.why == UNREADABLE:
            known = measure(PLATELETS, number, self.unit).canonical_e6
        if number is None or number.value < 0:
            return means_e6(protocol, None, known, self.comparator)
        return means_e6(protocol, in_micro(min(number.value, MOST)), known, number.comparator)


def tubes(snapshot: Snapshot, protocol: Protocol, asked: Iterable[tuple[int, date]]) -> dict[int, str]:
    """`EDTA 17, heparin 180 on the same day`: the results of a day in different tubes, by the number of the patient.

    `asked` are numbers and days; the snapshot has the table `watched`.
    """
    days = [{"number": number, "observed_on": on} for number, on in asked]
    if not days:
        return {}
    rows = snapshot.rows(sql.text("queries/worklist_tubes"), [{"analyte": protocol.analyte}, days])
    return {
        number: ", ".join(dict.fromkeys(_tube(*row) for _, *row in several)) + " on the same day"
        for number, several in groupby(rows, key=lambda row: row[0])
    }


def _tube(tube: str, value: str | None, unit: str | None, canonical_e6: int) -> str:
    """`EDTA 17`, `citrate 55000 /uL`: as written, with the unit where it is not that of the list."""
    if value is None:
        return f"{tube} {in_words(canonical_e6)}"
    named = measures()[PLATELETS].named(unit) if unit else None
    return f"{tube} {value.strip()}" + (
        "" if named is None or named.factor == 1 else f" {(unit or '').strip()}"
    )

"""Codes of published vocabularies, from `codes.toml`: LOINC, concepts of OMOP, additives of specimens."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from adjudication.toml_table import Table, tables_of
from registry.record.units import measures

STATUSES = ("preliminary", "final", "corrected", "cancelled", "entered_in_error", "not_done", "pending")
"""What may be said of a result, in the registry's words."""


@dataclass(frozen=True)
class Codes:
    """What is known without a mapping. Analytes are named as in `units.toml`, specimens as in the record."""

    loinc: Mapping[str, str]
    loinc_systems: frozenset[str]
    ucum_systems: frozenset[str]
    omop: Mapping[str, str]
    omop_units: Mapping[str, str]
    omop_operators: Mapping[str, str]
    omop_sexes: Mapping[str, str]
    additives: Mapping[str, str]
    statuses: Mapping[str, str]
    """The registry's word by what is written, in small letters."""


@cache
def published_codes() -> Codes:
    """The codes of the file. Raises Unfit with every fault."""
    path = Path(__file__).with_name("codes.toml")
    top = tables_of(path.name, path.read_text("utf-8"))
    top.table("source").open(str)
    systems = top.table("systems")
    found = Codes(
        _analytes(top, "loinc", "codes"),
        frozenset(word.casefold() for word in systems.texts("loinc")),
        frozenset(word.casefold() for word in systems.texts("ucum")),
        _analytes(top, "omop", "concepts"),
        top.table("omop_units").open(str),
        top.table("omop_operators").open(str),
        top.table("omop_sexes").open(str),
        top.table("additives").open(str),
        _statuses(top.table("statuses")),
    )
    top.finish()
    return found


def _analytes(top: Table, name: str, key: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in top.tables(name):
        found.update(dict.fromkeys(row.texts(key), row.one_of("is", tuple(measures()))))
    return found


def _statuses(part: Table) -> dict[str, str]:
    return {written.casefold(): word for word in STATUSES for written in part.texts(word)}


def chosen(codings: Iterable[tuple[str, str]], mapped: Collection[str]) -> tuple[str, str]:
    """The code that counts of several (code, system) of one result, and the analyte that it is known to be.

    A code that the mapping names comes first, and then the mapping says what it is: the analyte is empty. Next comes
    a known LOINC code, else the first code there is.
    """
    codings = [(code.strip(), system.strip()) for code, system in codings if code.strip()]
    known = published_codes()
    for code, _ in codings:
        if code in mapped:
            return code, ""
    for code, system in codings:
        if code in known.loinc and (not system or system.casefold() in known.loinc_systems):
            return code, known.loinc[code]
    return (codings[0][0], "") if codings else ("", "")


def additive(words: Iterable[str]) -> str:
    """`edta`, `citrate` or `heparin` where one of the words is the code or name of such an additive, else nothing."""
    known = published_codes().additives
    for word in words:
        if kind := known.get(word.strip().upper()):
            return kind
    return ""

"""Declared readings: what a source leaves open, and what this registry does. Every settings file may have some."""

from collections.abc import Collection
from dataclasses import dataclass

from adjudication.toml_table import Table


@dataclass(frozen=True)
class ReadingText:
    """One `[[reading]]`: the question, what is done, why, and what else could be chosen (empty if not given)."""

    id: str
    asks: str
    we: str
    because: str
    alternative: str


def readings_of(top: Table, *, alternative_needed: bool = False) -> tuple[ReadingText, ...]:
    """Every reading of a file, in its order. Notes a fault for what is missing, unknown or an id that is used twice."""
    found: list[ReadingText] = []
    for row in top.tables("reading", ... if alternative_needed else []):
        texts = {key: row.take(key, str) for key in ("id", "asks", "we", "because")}
        other = row.take("alternative", str, ... if alternative_needed else "")
        if texts["id"] in ids(found):
            row.wrong(f"the id {texts['id']} is used twice", "id")
        found.append(ReadingText(**texts, alternative=other))
    return tuple(found)


def ids(readings: Collection[ReadingText]) -> set[str]:
    """The ids of some readings."""
    return {reading.id for reading in readings}

"""From the table of results of HL7 v2, FHIR or OMOP to patients and observations as text, ready for intake.

Every row becomes an observation, or is counted with its reason. Of several rows with one number the newest status
stands. A result that was cancelled or entered in error is kept without its value, so that it is never judged.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np
import pyarrow as pa

from registry.errors import Problem
from registry.exchange.sources import TextTable
from registry.exchange.sources.cells import CellTable
from registry.exchange.sources.codes import published_codes
from registry.exchange.sources.mapping import CodedAnalyte
from registry.record.cells import quality_said

PLATELETS, CLUMPED = "platelets", "clumped"
CODES_NAMED = 10
_COLUMNS = (
    *("patient_id", "observation_id", "observed_at", "analyte", "value", "unit", "specimen_id", "specimen"),
    *("quality", "lower_limit", "upper_limit", "missing_reason", "source"),
)
_VOID = {"cancelled": "cancelled", "entered_in_error": "entered in error"}
_RANK = {
    "pending": 0,
    "not_done": 0,
    "preliminary": 1,
    "final": 2,
    "corrected": 3,
    "cancelled": 4,
    "entered_in_error": 5,
}
_RANGE = re.compile(r"\(?\s*([\d.,]+)\s*(?:-|–|—|to|bis)\s*([\d.,]+)\s*\)?")
_ONE_LIMIT = re.compile(r"(<=?|>=?|≤|≥)\s*([\d.,]+)")
_FRACTION = re.compile(r"(T\d{2}:\d{2}:\d{2})\.\d+")
Row = Mapping[str, str]


@dataclass(frozen=True)
class LocalWords:
    """What a mapping adds to a format with a standard: its own codes and words, its site, whose numbers they are."""

    source: str
    site: str | None = None
    analytes: Sequence[CodedAnalyte] = ()
    not_taken: Mapping[str, str] | None = None
    unit_spelling: Mapping[str, str] | None = None
    absent: Sequence[str] = ()
    absent_reason: str = "no value in the source"


def tables(
    results: CellTable, patients: CellTable | None, words: LocalWords, sha256: str | None
) -> dict[str, TextTable]:
    """`patient` and `observation` of one import. Patients are those of rows that are taken."""
    left_out: Counter[str] = Counter()
    malformed: list[Problem] = []
    taken: list[tuple[int, dict[str, str]]] = []
    by_code = {one.code: one for one in words.analytes}
    codes: Counter[str] = Counter()
    for line, cells in results.rows:
        row = dict(zip(results.header, cells, strict=True))
        local = by_code.get(row["code"])
        analyte = local.analyte if local else row["analyte"]
        status = published_codes().statuses.get(row["status"].casefold(), "" if row["status"] else "final")
        if not analyte:
            because = (words.not_taken or {}).get(row["code"])
            if because:
                left_out[f"not mapped: {row['code']}, {because}"] += 1
            else:
                codes[row["code"] or "without a code"] += 1
        elif not status:
            remedy = "Ask the source what it means."
            malformed.append(
                Problem(results.name, line, "status", row["status"][:40], "a status that is known", remedy)
            )
        else:
            taken.append((line, {**_observation(row, analyte, local, status, words), "status": status}))
    if codes:
        named = ", ".join(sorted(codes)[:CODES_NAMED]) + (" …" if len(codes) > CODES_NAMED else "")
        left_out[f"not mapped: {named}"] += sum(codes.values())
    kept = _newest(taken)
    if len(kept) < len(taken):
        left_out["replaced by a newer status of the same result in this file"] += len(taken) - len(kept)
    observation = TextTable(
        _table([row for _, row in kept], _COLUMNS),
        results.name,
        sha256,
        np.array([line for line, _ in kept], np.int64),
        tuple(malformed),
        dict(left_out),
    )
    return {"patient": _patients(kept, patients, words, results.name, sha256), "observation": observation}


def _observation(
    row: Row, analyte: str, local: CodedAnalyte | None, status: str, words: LocalWords
) -> dict[str, str]:
    value, missing = _value(row, status, words)
    unit = row["unit"]
    unit = (words.unit_spelling or {}).get(unit.strip(), unit)
    if local is not None:
        unit = local.unit or unit or local.default_unit or ""
    moment = _FRACTION.sub(r"\1", row["observed_at"])
    low, high = row["lower_limit"], row["upper_limit"]
    if not (low or high):
        low, high = limits(row["range"])
    comment = quality_said(row["comment"]) or ""
    concerned = comment if analyte == PLATELETS or comment != CLUMPED else ""
    return {
        "patient_id": row["patient_id"],
        "observation_id": row["observation_id"] or f"{row['patient_id']}/{moment}/{analyte}",
        "observed_at": moment,
        "analyte": analyte,
        "value": value,
        "unit": unit,
        "specimen_id": row["specimen_id"],
        "specimen": row["specimen"] or (local.specimen if local else None) or "",
        "quality": row["quality"] or concerned,
        "lower_limit": low,
        "upper_limit": high,
        "missing_reason": missing,
        "source": words.source,
    }


def _value(row: Row, status: str, words: LocalWords) -> tuple[str, str]:
    """The value with its sign, or why there is none."""
    value, number, sign = row["value"], row["value_number"], row["comparator"]
    value = "" if value in words.absent else value
    reason = row["missing_reason"] or row["comment"].strip()
    if status in _VOID:
        written = f"{sign}{value or number} {row['unit']}".strip()
        return "", f"{_VOID[status]}: {written}" if value or number else _VOID[status]
    if value and number and _differ(value, number):
        return "", f"two values: {value} and {number}"
    value = value or number
    if not value:
        waiting = status if status in ("pending", "not_done") else ""
        return "", reason or waiting or words.absent_reason
    return (value if not sign or value.startswith(sign) else f"{sign}{value}"), ""


def _differ(value: str, number: str) -> bool:
    """Whether a value that is a number is another one than the number beside it."""
    try:
        return Decimal(value.lstrip("<>=≤≥ ").replace(",", ".")) != Decimal(number)
    except InvalidOperation:
        return False


def limits(text: str) -> tuple[str, str]:
    """The two limits of a range as the laboratory writes it, or the one of `< 250`; empty for other text."""
    if found := _RANGE.fullmatch(text.strip()):
        return found[1], found[2]
    if found := _ONE_LIMIT.fullmatch(text.strip()):
        return ("", found[2]) if found[1][0] in "<≤" else (found[2], "")
    return "", ""


def _newest(rows: Iterable[tuple[int, dict[str, str]]]) -> list[tuple[int, dict[str, str]]]:
    """One row of each number: the one with the newest status, the last correction of several.

    Two final rows of one number that differ both stay, for intake to refuse.
    """
    kept: dict[tuple[str, ...], tuple[int, dict[str, str]]] = {}
    for line, row in rows:
        key: tuple[str, ...] = (row["patient_id"], row["observation_id"])
        before = kept.get(key)
        if before is None:
            kept[key] = (line, row)
            continue
        rank, old = _RANK[row["status"]], _RANK[before[1]["status"]]
        if rank > old or (rank == old and rank != _RANK["final"]):
            kept[key] = (line, row)
        elif rank == old and before[1] != row:
            kept[(*key, str(line))] = (line, row)
    return sorted(kept.values(), key=lambda pair: pair[0])


def _table(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> pa.Table:
    return pa.table(
        {name: pa.array([row.get(name) or None for row in rows], pa.string()) for name in columns}
    )


def _patients(
    kept: Sequence[tuple[int, Row]],
    patients: CellTable | None,
    words: LocalWords,
    name: str,
    sha256: str | None,
) -> TextTable:
    """Whose results are taken, with what the file says of them; who is in the registry stays as there."""
    known: dict[str, dict[str, str]] = {}
    if patients is not None:
        for _, cells in patients.rows:
            row = dict(zip(patients.header, cells, strict=True))
            known.setdefault(row["patient_id"], row)
    numbers = sorted({row["patient_id"] for _, row in kept if row["patient_id"]})
    rows = [{**known.get(number, {}), "patient_id": number, "site": words.site or ""} for number in numbers]
    columns = ("patient_id", "site", *(() if patients is None else ("sex", "born_on", "died_on")))
    return TextTable(_table(rows, columns), f"{name} (patients)", sha256, only_new=True, derived=True)

"""Which result a number is: unique within its source, not between two. Doubts are told, and nothing is moved.

A number that another source has given to a result of the same patient is kept as `SOURCE/NUMBER`, whatever comes
first, so that the same file again finds its own results. A result that comes in under another
patient is stored there, with a warning that the first patient still has it.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from registry import sql
from registry.record.cell_reader import LONGEST
from registry.record.checking import Checked, cell
from registry.record.row_verdict import INSERT, NEW_VERSION
from registry.record.storing import Taken
from registry.roles import Actor, Permission
from registry.store.transaction import Transaction

FAR_DAYS = 31
"""A result that moves by more days than this is told."""
TOLD = 20
"""So many doubts of a kind are told one by one."""


# Numbers of two sources


def keep_apart(change: Transaction, checked: Checked | None) -> list[str]:
    """Give results whose number another source uses for the same patient a number with the name of their source.

    Returns what to tell whoever imports.
    """
    if checked is None or not checked.rows.num_rows:
        return []
    sources = set(pc.unique(checked.rows["source"]).to_pylist())
    stored = {source for (source,) in change.rows(sql.text("queries/intake_sources"))}
    if len(sources | stored) == 1:
        return []
    if None in sources:
        _refuse_nameless(change, checked)
    rows = np.union1d(_taken_before(change, checked), _later_sources(checked))
    rows = rows[~checked.wrong[rows]]
    if not len(rows):
        return []
    names = checked.rows["observation_id"].to_pylist()
    for row in rows.tolist():
        names[row] = f"{checked.rows['source'][row].as_py()}/{names[row]}"
    place = checked.rows.schema.get_field_index("observation_id")
    checked.rows = checked.rows.set_column(place, "observation_id", pa.array(names, pa.string()))
    _refuse_unusable(change, checked, rows)
    first = names[int(rows[0])]
    return [
        f"Warning: {len(rows):,} {'number is' if len(rows) == 1 else 'numbers are'} used by another source for the "
        f"same patient. They are results of their own, kept with the name of their source: {first}."
    ]


def _numbers(checked: Checked) -> pa.Table:
    return checked.rows.select(["patient_id", "observation_id", "source"]).append_column(
        "position", pa.array(np.arange(checked.rows.num_rows))
    )


def _taken_before(change: Transaction, checked: Checked) -> NDArray[np.int64]:
    """Rows whose number stands under another source, and not under their own."""
    change.stage("intake_numbers", _numbers(checked))
    found = change.rows(sql.text("queries/intake_numbers_taken"))
    return np.array(sorted(position for (position,) in found), np.int64)


def _by_number(checked: Checked) -> Mapping[tuple[str, str], list[int]]:
    """The rows of every number that several sources of the file use, by patient and number."""
    grouped = _numbers(checked).group_by(["patient_id", "observation_id"])
    counts = grouped.aggregate(
        [("source", "count_distinct", pc.CountOptions(mode="all")), ("position", "list")]
    )
    several = counts.filter(pc.greater(counts["source_count_distinct"], 1))
    return {
        (row["patient_id"], row["observation_id"]): sorted(row["position_list"])
        for row in several.to_pylist()
    }


def _later_sources(checked: Checked) -> NDArray[np.int64]:
    """Of one number that several sources of the file use, the rows of all but the first source by name."""
    found: list[int] = []
    for rows in _by_number(checked).values():
        named = {row: checked.rows["source"][row].as_py() for row in rows}
        first = min((name for name in named.values() if name is not None), default=None)
        found += [row for row, name in named.items() if name not in (None, first)]
    return np.array(sorted(found), np.int64)


def _refuse_nameless(change: Transaction, checked: Checked) -> None:
    """One number with and without a source, in one file or in the record: whose it is cannot be told."""
    rows = [
        row
        for places in _by_number(checked).values()
        if any(not checked.rows["source"][row].is_valid for row in places)
        for row in places
    ]
    change.stage("intake_numbers", _numbers(checked))
    rows += [position for (position,) in change.rows(sql.text("queries/intake_numbers_nameless"))]
    checked.findings.add(
        np.array(sorted(set(rows)), np.int64),
        "source",
        cell(checked.rows["observation_id"]),
        "a source for every result of one number",
        "The number is recorded with and without a source. Give the source, or another number.",
    )


def _refuse_unusable(change: Transaction, checked: Checked, rows: NDArray[np.int64]) -> None:
    """A number with the name of its source that is too long, or is itself somebody else's."""
    names = checked.rows["observation_id"]
    long = rows[pc.greater(pc.utf8_length(names.take(pa.array(rows))), LONGEST["id"]).to_numpy()]
    again = np.intersect1d(_taken_before(change, checked), rows)
    among = [row for places in _by_number(checked).values() for row in places]
    twice = np.intersect1d(np.array(among, np.int64), rows)
    checked.findings.add(
        np.unique(np.concatenate([long, again, twice])),
        "observation_id",
        cell(names),
        "a number that no other source uses for the patient",
        "Give the result another number in the mapping or in the file.",
    )


# Results that move


def tell_moved(change: Transaction, actor: Actor, taken: Taken | None) -> list[str]:
    """What to tell of results that stand under another patient too, move far, or have another number already."""
    if taken is None:
        return []
    fresh = taken.verdict == INSERT
    asked = np.flatnonzero(fresh | (taken.verdict == NEW_VERSION))
    if not len(asked):
        return []
    columns = ["patient_id", "observation_id", "source", "observed_on", "analyte", "canonical_e6"]
    rows = taken.checked.rows.select(columns).append_column("position", pa.array(np.arange(len(fresh))))
    rows = rows.append_column("fresh", pa.array(fresh))
    change.stage("intake_results", rows.take(pa.array(asked)))
    findings = taken.checked.findings
    told: dict[str, list[str]] = {what: [] for what in _SENTENCES}
    for what, position, patient, number, day, site, brought in change.rows(
        sql.text("queries/intake_results_moved"), [FAR_DAYS]
    ):
        seen = brought or actor.may(Permission.READ, site)
        row = {name: rows[name][position].as_py() for name in columns}
        told[what].append(
            _SENTENCES[what].format(
                place=findings.place(position),
                other=patient if seen else "a patient of another site",
                other_number=number,
                other_day=day if seen else "another day",
                **row,
            )
        )
    return [line for what, lines in told.items() for line in _some(what, lines)]


_SENTENCES = {
    "patient": "Warning: {place}: result {observation_id} of {source}, {analyte} of {observed_on}, is imported "
    "under {patient_id} and is already recorded under {other} ({other_day}). It is used for both: withdraw the "
    "wrong one.",
    "day": "Warning: {place}: result {observation_id} of {patient_id} moves from {other_day} to {observed_on}. Is the "
    "number used twice?",
    "number": "Warning: {place}: {analyte} of {patient_id} on {observed_on} has the value that result {other_number} "
    "has already. Were the numbers generated again? If {observation_id} is the same result, withdraw one.",
}


def _some(what: str, lines: Sequence[str]) -> Iterable[str]:
    yield from lines[:TOLD]
    if len(lines) > TOLD:
        kind = {"patient": "under two patients", "day": "on a far day", "number": "under two numbers"}[what]
        yield f"Warning: {len(lines) - TOLD:,} more results are recorded {kind}."


# Patients


def tell_alike(change: Transaction, taken: Mapping[str, Taken]) -> list[str]:
    """New patients whose pseudonym is nearly that of a known one: `p1` beside `P1`, `P01` beside `P1`."""
    patients = taken.get("patient")
    if patients is None:
        return []
    new = patients.checked.rows["patient_id"].filter(pa.array(patients.verdict == INSERT))
    change.stage("intake_ids", pa.table({"id": new}))
    found = change.rows(sql.text("queries/intake_patients_alike"))
    lines = [
        f"Warning: the new patient {name} differs from {known} only in case, zeros or marks. Are they one person?"
        for name, known in found
    ]
    return lines[:TOLD]

"""As many synthetic patients as wanted, of the same kind as the reference cohort.

Each is one of the 41 stories, told with other noise, moved in time, seen at fewer visits, and with every value
varied: so responses, relapses and durations differ from patient to patient, and some cannot be evaluated.
Whole columns are made at once, one chunk of patients after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from registry.demo.bundle import denominator_row, patient_rows
from registry.demo.reference import PATIENTS
from registry.demo.rows import Row, Rows, as_tables
from registry.record.columns import Kind
from registry.record.fields import TABLES

VARIANTS = 5
"""How often each story is told before it is resampled."""
MOVED_BY_DAYS = 700
BORN_WITHIN_DAYS = 1800
DIGITS = 7
"""Of the number in a patient's id."""

_NOISE = {
    "platelets": 0.12,
    "hemoglobin": 0.02,
    "ldh": 0.10,
    "haptoglobin": 0.15,
    "bilirubin": 0.12,
    "reticulocytes": 0.12,
}
"""Standard deviation of the logarithm of a value around that of the story."""
_KEPT_EARLY, _KEPT_LATE = 0.6, 0.4
"""Share of visits kept: in the first months of a course, where a response is won, and later."""
_EARLY_DAYS = 90
_RARE = {"bilirubin": 0.25, "reticulocytes": 0.25}
_OTHER = 0.2
"""Of the visits kept, the share with a rarer marker, and with a count of the lineage that is not ill."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def tables(patients: int, seed: int, at_once: int) -> Iterator[tuple[dict[str, pa.Table], int]]:
    """Bundle tables (text) of `patients` synthetic patients, `at_once` at a time, each with its number."""
    stories = _Stories.told(seed)
    for first in range(0, patients, at_once):
        number = min(at_once, patients - first)
        chunk = _resampled(stories, first, number, np.random.default_rng([seed, first]))
        if first == 0:
            chunk["denominator"] = _denominator(patients)
        yield chunk, number


@dataclass(frozen=True)
class _Stories:
    """The rows of all stories by table; those of story i are [first[table][i], first[table][i + 1]).

    Of observations: `number` is the value (nan where it is text or missing), `decimals` how many it is printed
    with, `noise` by how much it varies, `visit` its day, `kept` how likely it is kept.
    """

    text: dict[str, pa.Table]
    first: dict[str, Ints]
    number: Floats
    decimals: Ints
    noise: Floats
    visit: Ints
    kept: Floats

    @classmethod
    def told(cls, seed: int) -> _Stories:
        """Every story as often as there are variants."""
        rows: Rows = {name: [] for name in TABLES}
        first: dict[str, list[int]] = {name: [0] for name in TABLES}
        kept: list[float] = []
        for variant in range(VARIANTS):
            for patient in PATIENTS:
                told = patient_rows(patient, seed * VARIANTS + variant)
                kept += _kept(told)
                for name in TABLES:
                    rows[name] += told[name]
                    first[name].append(len(rows[name]))
        observed = rows["observation"]
        numbers = [row["value"] if row["value"].replace(".", "").isdigit() else "nan" for row in observed]
        return cls(
            as_tables(rows),
            {name: np.array(places) for name, places in first.items()},
            np.array(numbers, np.float64),
            np.array([len(row["value"].partition(".")[2]) for row in observed]),
            np.array([_NOISE[row["analyte"]] for row in observed]),
            np.array([row["observed_at"][:10] for row in observed], "datetime64[D]").astype(np.int64),
            np.array(kept),
        )


def _kept(told: Rows) -> list[float]:
    """How likely each observation of a story is kept: its visit, and its being measured at that visit."""
    starts = [np.datetime64(row["started_on"]) for row in told["course"]]
    own = {"ITP": {"platelets"}, "AIHA": {"hemoglobin", "ldh", "haptoglobin", *_RARE}}
    mine = set().union(*(own[row["disease"]] for row in told["episode"]))
    chances = []
    for row in told["observation"]:
        day = np.datetime64(row["observed_at"][:10])
        near = any(start <= day <= start + _EARLY_DAYS for start in starts)
        measured = _RARE.get(row["analyte"], 1.0) if row["analyte"] in mine else _OTHER
        chances.append((_KEPT_EARLY if near else _KEPT_LATE) * measured)
    return chances


def _chance_of_visit(owner: Ints, visit: Ints, rng: np.random.Generator) -> Floats:
    """A number in [0, 1) that is the same for everything measured at one visit of one patient."""
    mixed = (owner.astype(np.uint64) << np.uint64(20)) ^ visit.astype(np.uint64)
    mixed = (mixed ^ rng.integers(1 << 62, dtype=np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(11)).astype(np.float64) / 2**53


def _resampled(stories: _Stories, first: int, number: int, rng: np.random.Generator) -> dict[str, pa.Table]:
    """Patients `first` to `first + number - 1`, each with a story drawn at random, moved in time."""
    story = rng.integers(0, VARIANTS * len(PATIENTS), number)
    moved = rng.integers(-MOVED_BY_DAYS, MOVED_BY_DAYS + 1, number)
    numbers = pc.cast(pa.array(np.arange(first + 1, first + number + 1)), pa.string())
    ids = pc.binary_join_element_wise("SYN-", pc.utf8_lpad(numbers, DIGITS, "0"), "")
    made = {}
    for name, text in stories.text.items():
        starts = stories.first[name]
        lengths = np.diff(starts)[story]
        owner = np.repeat(np.arange(number), lengths)
        source = np.arange(owner.size) + np.repeat(starts[:-1][story] - np.cumsum(lengths) + lengths, lengths)
        if name == "observation":
            keep = _chance_of_visit(owner, stories.visit[source], rng) < stories.kept[source]
            source, owner = source[keep], owner[keep]
        if owner.size:
            made[name] = _table(
                name, text.take(pa.array(source)), ids.take(pa.array(owner)), moved[owner], rng
            )
        if name == "observation":
            values = _varied(stories, source, made[name]["value"].combine_chunks(), rng)
            made[name] = made[name].set_column(made[name].column_names.index("value"), "value", values)
    return made


def _table(name: str, told: pa.Table, ids: pa.Array, moved: Ints, rng: np.random.Generator) -> pa.Table:
    """Rows of stories under the ids of their new patients, in the new time."""
    columns = {}
    for column in TABLES[name].columns:
        cells = told[column.name].combine_chunks()
        if column.kind is Kind.ID and column.name.endswith("_id"):
            suffix = pc.utf8_slice_codeunits(cells, start=len(PATIENTS[0].patient_id))
            cells = pc.binary_join_element_wise(ids, suffix, "")
        elif column.name == "born_on":
            cells = _moved(cells, moved + rng.integers(-BORN_WITHIN_DAYS, BORN_WITHIN_DAYS + 1, moved.size))
        elif column.kind in (Kind.DATE, Kind.MOMENT):
            cells = _moved(cells, moved)
        columns[column.name] = cells
    return pa.table(columns)


def _moved(dates: pa.Array, by: Ints) -> pa.Array:
    """ISO dates (with or without a time after them) so many days later; what is empty stays empty."""
    if dates.null_count == len(dates):
        return dates
    day = pc.cast(pc.cast(pc.utf8_slice_codeunits(dates, 0, 10), pa.date32()), pa.int32())
    later = pc.cast(pc.cast(pc.add(day, pa.array(by.astype(np.int32))), pa.date32()), pa.string())
    return pc.binary_join_element_wise(later, pc.utf8_slice_codeunits(dates, 10), "")


def _varied(stories: _Stories, source: Ints, told: pa.Array, rng: np.random.Generator) -> pa.Array:
    """Values varied around those of the story and printed alike; text such as `<5` stays as it is."""
    number, decimals = stories.number[source], stories.decimals[source]
    values = number * np.exp(rng.standard_normal(source.size) * stories.noise[source])
    printed = told
    for places in np.unique(decimals):
        mine = (decimals == places) & ~np.isnan(values)
        exact = pc.cast(pa.array(np.where(mine, values, 0.0)), pa.decimal128(18, int(places)), safe=False)
        printed = pc.if_else(pa.array(mine), pc.cast(exact, pa.string()), printed)
    return printed


def _denominator(patients: int) -> pa.Table:
    """As many exposed for each patient as in the reference cohort, over the time into which stories moved."""
    row: Row = denominator_row()
    by = np.timedelta64(MOVED_BY_DAYS, "D")
    row["from_on"] = str(np.datetime64(row["from_on"]) - by)
    row["to_on"] = str(np.datetime64(row["to_on"]) + by)
    row["n"] = str(int(row["n"]) * patients // len(PATIENTS))
    return as_tables({"denominator": [row]})["denominator"]

"""What rows say about each other and about what is stored: unknown parents, life dates, steps of a course.

Works on positions: every id that is mentioned has one, with its key if it is stored. Rows whose parent was
refused are left out with it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from registry import sql
from registry.record import tables
from registry.record.checking import Checked, cell
from registry.store.transaction import Transaction

NEVER = np.int32(2**31 - 1)
"""A day that is not known, as the latest possible one; its negative is the earliest possible."""
PLACES = 2**40
"""A place in the import is a number of a table times this, plus a row; negative: the registry."""
ANCHOR_OF = {
    "patient_id": "patient",
    "episode_id": "episode",
    "course_id": "course",
    "adverse_event_id": "adverse_event",
}
_QUERIES = {
    "patient": "queries/intake_patients",
    "episode": "queries/intake_episodes",
    "course": "queries/intake_courses",
    "adverse_event": "queries/intake_adverse_events",
}
_PARENT = {"episode": "patient_id", "course": "episode_id", "adverse_event": "patient_id"}

Days = NDArray[np.int32]
Positions = NDArray[np.int64]


@dataclass
class Anchors:
    """Everything of one kind that the import mentions, by position. `key` is -1 where it is not stored."""

    ids: pa.Array
    key: Positions
    parent: Positions
    row: Positions
    """The row of the import that brings or repeats it, -1 if none."""
    first: Days
    last: Days
    known: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Stored, or brought by a row that may pass."""
    new: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Brought by a row that may pass, and not stored yet."""

    def at(self, column: pa.ChunkedArray) -> Positions:
        """The position of every id in a column; -1 for an empty or unmentioned one."""
        found = pc.fill_null(pc.index_in(column, value_set=self.ids), -1)
        array = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
        return array.to_numpy(zero_copy_only=False).astype(np.int64)

    def key_at(self, column: pa.ChunkedArray) -> Positions:
        """The key of every id in a column; -1 where there is none."""
        return np.append(self.key, -1)[self.at(column)]


@dataclass
class Related:
    """The anchors of an import, and for every table the position of the patient of each row."""

    anchors: dict[str, Anchors]
    patient_of: dict[str, Positions]


def relate(change: Transaction, tables: Mapping[str, Checked]) -> Related:
    """Check what needs more than one table, mark the wrong rows in their findings, and say who is who."""
    anchors = _anchors(change, tables)
    patient_of = {name: _patients_of(name, checked, anchors) for name, checked in tables.items()}
    stored_first, stored_last = anchors["patient"].first.copy(), anchors["patient"].last.copy()
    _take_dates(tables.get("patient"), anchors["patient"], "born_on", "died_on")
    _check_moved(tables, anchors)
    _check_lives_of_patients(change, tables, anchors["patient"], patient_of)
    refused = _refused(tables.get("patient"), anchors["patient"])
    anchors["patient"].first[refused] = stored_first[refused]
    anchors["patient"].last[refused] = stored_last[refused]
    for kind in anchors:
        if kind == "patient" or kind not in tables:
            _know(tables, anchors, kind)
    for name, checked in tables.items():
        _check_parents(checked, anchors, tables)
        _check_life_of_rows(checked, anchors["patient"], patient_of[name])
        if name in ANCHOR_OF.values() and name != "patient":
            _know(tables, anchors, name)
        if name == "course":
            _take_dates(checked, anchors["course"], "started_on", "stopped_on")
    _check_steps(tables.get("course_agent"), anchors)
    _check_fatal_events(tables.get("adverse_event"), anchors["patient"], patient_of)
    _check_reasons(change, tables, anchors["patient"], patient_of)
    return Related(anchors, patient_of)


# Who is mentioned


def _anchors(change: Transaction, tables: Mapping[str, Checked]) -> dict[str, Anchors]:
    found: dict[str, tuple[pa.Array, pa.Table]] = {}
    more: dict[str, list[pa.Array]] = {kind: [] for kind in _QUERIES}
    for kind in ("course", "episode", "adverse_event", "patient"):
        column = f"{kind}_id"
        named = [
            checked.rows[column].combine_chunks()
            for checked in tables.values()
            if column in checked.rows.column_names
        ]
        ids = pc.drop_null(pc.unique(pa.chunked_array([*named, *more[kind]], pa.string())))
        ids = ids.take(pc.sort_indices(ids))
        stored = _stored(change, kind, ids)
        found[kind] = ids, stored
        if kind in _PARENT:
            more[_PARENT[kind].removesuffix("_id")].append(stored["parent"].combine_chunks())
    anchors: dict[str, Anchors] = {}
    for kind in ("patient", "episode", "course", "adverse_event"):
        anchors[kind] = _placed(kind, *found[kind], tables, anchors)
    return anchors


def _stored(change: Transaction, kind: str, ids: pa.Array) -> pa.Table:
    change.stage("intake_ids", pa.table({"id": ids}))
    return change.arrow(sql.text(_QUERIES[kind]))


def _placed(
    kind: str, ids: pa.Array, stored: pa.Table, tables: Mapping[str, Checked], others: dict[str, Anchors]
) -> Anchors:
    size = len(ids)
    placed = Anchors(
        ids,
        np.full(size, -1, np.int64),
        np.full(size, -1, np.int64),
        np.full(size, -1, np.int64),
        np.full(size, -NEVER, np.int32),
        np.full(size, NEVER, np.int32),
    )
    here = placed.at(stored["id"])
    placed.key[here] = stored["key"].to_numpy()
    checked = tables.get(kind)
    if checked is not None:
        at = placed.at(checked.rows[f"{kind}_id"])
        placed.row[at[at >= 0]] = np.flatnonzero(at >= 0)
    if kind in _PARENT:
        parents = others[_PARENT[kind].removesuffix("_id")]
        if checked is not None:
            placed.parent[at[at >= 0]] = parents.at(checked.rows[_PARENT[kind]])[at >= 0]
        placed.parent[here] = parents.at(stored["parent"])
    first, last = {"patient": ("born_on", "died_on"), "course": ("started_on", "stopped_on")}.get(
        kind, (None, None)
    )
    if first and last:
        placed.first[here] = days(stored[first], -NEVER)
        placed.last[here] = days(stored[last], NEVER)
    return placed


def days(column: pa.ChunkedArray, absent: np.int32) -> Days:
    """A date column as days since 1970-01-01, with `absent` where nothing is recorded."""
    filled = pc.fill_null(column.cast(pa.date32()).cast(pa.int32()), pa.scalar(int(absent), pa.int32()))
    array = filled.combine_chunks() if isinstance(filled, pa.ChunkedArray) else filled
    return array.to_numpy(zero_copy_only=False).astype(np.int32)


def as_date(day: int) -> date:
    """A day since 1970-01-01 as a date."""
    return date(1970, 1, 1) + timedelta(days=int(day))


def on_day(column: Days, sentence: str = "{}") -> Callable[[int], str]:
    """A sentence about the day that is in a given row."""

    def say(row: int) -> str:
        return sentence.format(as_date(column[row]))

    return say


def _patients_of(name: str, checked: Checked, anchors: dict[str, Anchors]) -> Positions:
    """The position of the patient of every row of a table; -1 where it cannot be told."""
    columns = checked.rows.column_names
    if "patient_id" in columns:
        return anchors["patient"].at(checked.rows["patient_id"])
    if name == "course":
        return _up(anchors["episode"].at(checked.rows["episode_id"]), anchors["episode"].parent)
    if name == "course_agent":
        course = anchors["course"].at(checked.rows["course_id"])
        return _up(_up(course, anchors["course"].parent), anchors["episode"].parent)
    if name == "attribution":
        return _up(
            anchors["adverse_event"].at(checked.rows["adverse_event_id"]), anchors["adverse_event"].parent
        )
    return np.full(checked.rows.num_rows, -1, np.int64)


def _up(positions: Positions, parent: Positions) -> Positions:
    return np.where(positions >= 0, np.append(parent, -1)[positions], -1)


def _take_dates(checked: Checked | None, anchors: Anchors, first: str, last: str) -> None:
    """Put the dates of rows that may pass in place of the stored ones."""
    if checked is None:
        return
    brought = anchors.row[anchors.row >= 0]
    passing = np.flatnonzero(anchors.row >= 0)[~checked.wrong[brought]]
    rows = anchors.row[passing]
    anchors.first[passing] = days(checked.rows[first], -NEVER)[rows]
    anchors.last[passing] = days(checked.rows[last], NEVER)[rows]


def _refused(checked: Checked | None, anchors: Anchors) -> NDArray[np.bool_]:
    """Positions that a row of this import brings, but a wrong one."""
    if checked is None:
        return np.zeros(len(anchors.ids), dtype=bool)
    return (anchors.row >= 0) & np.append(checked.wrong, False)[anchors.row]


def _know(tables: Mapping[str, Checked], anchors: dict[str, Anchors], kind: str) -> None:
    placed = anchors[kind]
    refused = _refused(tables.get(kind), placed)
    placed.new = (placed.key < 0) & (placed.row >= 0) & ~refused
    placed.known = (placed.key >= 0) | placed.new


# Parents


def _check_moved(tables: Mapping[str, Checked], anchors: dict[str, Anchors]) -> None:
    """An episode, course or adverse event that is stored stays with its patient or episode."""
    for kind, column in _PARENT.items():
        if kind not in tables:
            continue
        checked, placed = tables[kind], anchors[kind]
        parents = anchors[column.removesuffix("_id")]
        here = placed.at(checked.rows[f"{kind}_id"])
        named = parents.at(checked.rows[column])
        stored = np.append(placed.key, -1)[here] >= 0
        moved = np.flatnonzero(stored & (np.append(placed.parent, -1)[here] != named))
        owner = parents.ids.take(pa.array(placed.parent[here], mask=~stored))
        checked.findings.add(
            moved,
            column,
            cell(checked.rows[column]),
            f"the {column} under which this {kind} is stored",
            cell(owner, "It is stored under {}: use another id."),
        )


def _check_parents(checked: Checked, anchors: dict[str, Anchors], tables: Mapping[str, Checked]) -> None:
    for column in checked.table.parents:
        kind = ANCHOR_OF[column]
        placed = anchors[kind]
        at = placed.at(checked.rows[column])
        unknown = (at >= 0) & ~np.append(placed.known, True)[at]
        brought = np.append(placed.row, -1)[at] >= 0
        checked.findings.add(
            np.flatnonzero(unknown & ~brought & ~checked.wrong),
            column,
            cell(checked.rows[column]),
            f"{'an' if kind[0] in 'ae' else 'a'} {kind} of {kind}.csv or of the registry",
            f"Correct the id, or add the {kind}."
            if kind in tables
            else f"{kind}.csv is missing: add it with this {kind}, or correct the id.",
        )
        checked.findings.follow(np.flatnonzero(unknown & brought), f"{column}: its {kind} was refused")


# Lives


def _happened(checked: Checked) -> Iterable[tuple[str, Days, NDArray[np.bool_]]]:
    for column in checked.table.happened:
        dates = checked.rows[column]
        present = ~dates.is_null().to_numpy(zero_copy_only=False)
        yield column, days(dates, NEVER), present & ~checked.wrong


def _check_lives_of_patients(
    change: Transaction, tables: Mapping[str, Checked], patients: Anchors, patient_of: Mapping[str, Positions]
) -> None:
    """A patient who is born after, or dies before, what the same import or the registry records."""
    checked = tables.get("patient")
    if checked is None or not len(patients.ids):
        return
    size = len(patients.ids)
    first, last = np.full(size, NEVER, np.int32), np.full(size, -NEVER, np.int32)
    first_place, last_place = np.full(size, -1, np.int64), np.full(size, -1, np.int64)
    names = list(tables)
    for number, name in enumerate(names):
        for _, day, present in _happened(tables[name]):
            rows = np.flatnonzero(present & (patient_of[name] >= 0))
            who, when = patient_of[name][rows], day[rows]
            np.minimum.at(first, who, when)
            np.maximum.at(last, who, when)
            for bound, place in ((first, first_place), (last, last_place)):
                reached = when == bound[who]
                place[who[reached]] = number * PLACES + rows[reached]
    _stored_lives(change, patients, first, last, first_place, last_place)

    def saying(at: Positions, place: Positions, bound: Days) -> Callable[[int], str]:
        def say(row: int) -> str:
            number, there = divmod(int(place[at[row]]), PLACES)
            source = "The registry"
            if number >= 0:
                findings = tables[names[number]].findings
                source = f"{findings.file}, row {findings.row_numbers[there]},"
            return f"{source} has an entry on {as_date(bound[at[row]])}. Correct one of them."

        return say

    at = patients.at(checked.rows["patient_id"])
    safe = np.where(at >= 0, at, 0)
    passing = (at >= 0) & ~checked.wrong
    dead, unborn = patients.last[safe] < last[safe], patients.first[safe] > first[safe]
    checked.findings.add(
        np.flatnonzero(passing & dead),
        "died_on",
        cell(checked.rows["died_on"]),
        "a date on or after the last thing recorded of the patient",
        saying(at, last_place, last),
    )
    checked.findings.add(
        np.flatnonzero(passing & unborn),
        "born_on",
        cell(checked.rows["born_on"]),
        "a date on or before the first thing recorded of the patient",
        saying(at, first_place, first),
    )


def _stored_lives(
    change: Transaction,
    patients: Anchors,
    first: Days,
    last: Days,
    first_place: Positions,
    last_place: Positions,
) -> None:
    """Widen the first and last day by what is stored, for patients whose row this import brings."""
    dated = (patients.first > -NEVER) | (patients.last < NEVER)
    stored = np.flatnonzero((patients.key >= 0) & (patients.row >= 0) & dated)
    if not len(stored):
        return
    change.stage("intake_keys", pa.table({"key": patients.key[stored]}))
    lives = change.arrow(sql.text("queries/intake_life"))
    order = np.argsort(patients.key[stored])
    who = stored[order][np.searchsorted(patients.key[stored][order], lives["key"].to_numpy())]
    for bound, place, found, beyond in (
        (first, first_place, days(lives["first_on"], NEVER), np.less),
        (last, last_place, days(lives["last_on"], -NEVER), np.greater),
    ):
        wider = beyond(found, bound[who])
        bound[who[wider]], place[who[wider]] = found[wider], -1


def _check_life_of_rows(checked: Checked, patients: Anchors, patient_of: Positions) -> None:
    """Rows dated before the birth or after the death of their patient."""
    born, died = np.append(patients.first, -NEVER)[patient_of], np.append(patients.last, NEVER)[patient_of]
    for column, day, present in _happened(checked):
        for rows, expected, said, bound in (
            (np.flatnonzero(present & (day < born)), "not before the patient's birth", "was born", born),
            (np.flatnonzero(present & (day > died)), "not after the patient's death", "died", died),
        ):
            checked.findings.add(
                rows,
                "observed_at" if column == "observed_on" else column,
                on_day(day),
                f"a date {expected}",
                on_day(bound, f"The patient {said} on {{}}: correct one of them."),
            )


def _check_fatal_events(
    checked: Checked | None, patients: Anchors, patient_of: Mapping[str, Positions]
) -> None:
    if checked is None:
        return
    grade = pc.equal(checked.rows["ctcae_grade"], checked.table.column("ctcae_grade").high)
    fatal = pc.fill_null(grade, False).to_numpy()
    alive = np.append(patients.last, NEVER)[patient_of["adverse_event"]] == NEVER
    checked.findings.add(
        np.flatnonzero(fatal & alive & ~checked.wrong),
        "ctcae_grade",
        cell(checked.rows["ctcae_grade"]),
        "a grade below fatal, or a patient with died_on",
        "Record the death in patient.csv, or correct the grade.",
    )


# Steps


def _check_steps(checked: Checked | None, anchors: dict[str, Anchors]) -> None:
    """A dose step that begins before its course or after the end of it."""
    if checked is None:
        return
    courses = anchors["course"]
    at = courses.at(checked.rows["course_id"])
    started, stopped = np.append(courses.first, -NEVER)[at], np.append(courses.last, NEVER)[at]
    begun = days(checked.rows["started_on"], NEVER)
    passing = ~checked.wrong & ~checked.rows["started_on"].is_null().to_numpy()
    for rows, word, bound in (
        (np.flatnonzero(passing & (begun < started)), "started", started),
        (np.flatnonzero(passing & (begun > stopped)), "stopped", stopped),
    ):
        checked.findings.add(
            rows,
            "started_on",
            on_day(begun),
            "a date within the course",
            on_day(bound, f"The course {word} on {{}}: correct one of them."),
        )


# Reasons why values are missing


def _check_reasons(
    change: Transaction, tables: Mapping[str, Checked], patients: Anchors, patient_of: Mapping[str, Positions]
) -> None:
    """A reason belongs to an empty column of a fact that this import brings or the registry holds."""
    checked = tables.get("missing_value")
    if checked is None:
        return
    names = ["patient_id", "table_name", "fact_id", "column_name"]
    rows = list(zip(*(checked.rows[name].to_pylist() for name in names), strict=True))
    passing = np.flatnonzero(~checked.wrong)
    asked: dict[tuple[str, str], list[int]] = {}
    for row in passing.tolist():
        asked.setdefault((rows[row][1], rows[row][3]), []).append(row)
    brought = {
        table: _brought(tables[table], patients, patient_of[table]) for table, _ in asked if table in tables
    }
    for (table, column), places in asked.items():
        here = brought.get(table, {})
        left = [row for row in places if (rows[row][0], rows[row][2]) not in here]
        filled = _filled(change, table, column, [(row, rows[row][0], rows[row][2]) for row in left])
        for row in places:
            found = here.get((rows[row][0], rows[row][2]))
            if found is not None and tables[table].wrong[found]:
                checked.findings.follow(np.array([row]), f"fact_id: its {table} was refused")
            elif found is not None:
                filled[row] = tables[table].rows[column][found].is_valid
        _complain_of_reasons(checked, table, places, filled)


def _brought(checked: Checked, patients: Anchors, patient: Positions) -> dict[tuple[str, str], int]:
    """The rows of a table by what names them: patient and id."""
    identity = checked.table.identity
    texts = [checked.rows[name].cast(pa.string()).to_pylist() for name in identity]
    owners = patients.ids.take(pa.array(patient, mask=patient < 0)).to_pylist()
    return {
        (owner or "", tables.fact_id(checked.table.name, dict(zip(identity, values, strict=True)))): row
        for row, (owner, *values) in enumerate(zip(owners, *texts, strict=True))
    }


def _filled(
    change: Transaction, table: str, column: str, asked: Sequence[tuple[int, str, str]]
) -> dict[int, bool]:
    """Of stored facts whether the column is filled in, by row; without those that do not stand."""
    if not asked:
        return {}
    row, patient, name = zip(*asked, strict=True)
    change.stage(
        "missing_rows", pa.table({"position": pa.array(row), "patient_id": patient, "fact_id": name})
    )
    query = sql.text("queries/missing_facts").format(name=table, table=tables.stored_in(table), column=column)
    return {int(position): bool(filled) for position, filled in change.rows(query)}


def _complain_of_reasons(
    checked: Checked, table: str, places: Sequence[int], filled: Mapping[int, bool]
) -> None:
    unknown = [row for row in places if row not in filled and not checked.wrong[row]]
    checked.findings.add(
        np.array(unknown, np.int64),
        "fact_id",
        cell(checked.rows["fact_id"]),
        f"a {table} of this patient".replace("a a", "an a").replace("a e", "an e"),
        "Correct the name, or leave the reason out.",
    )
    checked.findings.add(
        np.array([row for row in places if filled.get(row)], np.int64),
        "column_name",
        cell(checked.rows["column_name"]),
        "a column that is empty",
        f"The {table} has a value there: leave the reason out.",
    )

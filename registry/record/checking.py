"""One table of text, checked whole: cells, rows, duplicates. All problems are listed before anything stops.

What needs other tables or the registry (unknown parents, life dates) is in `registry.record.relations`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from adjudication.agents import agent_or_other
from adjudication.surveillance import ladder
from adjudication.toml_table import nearest
from registry.errors import Usage
from registry.record.cell_reader import LONGEST, Clock, Complaint, read_clock, reader
from registry.record.columns import STORED_AS, Column, Kind, Table
from registry.record.doses import prednisolone_e6
from registry.record.fields import MAY_LACK, TABLES
from registry.record.numbers import UNDECIDED, Ambiguous, Contradiction, Marks, read_number
from registry.record.observations import UNIT, combinations, derive, marks_of_table, take_apart
from registry.record.units import marks_for, scale_grades
from registry.store.database import utc_now
from registry.store.findings import Findings

DAY_US = 86_400_000_000
MINUTE_US = 60_000_000
_TEXTS = (Kind.ID, Kind.TEXT, Kind.NOTE)


@dataclass
class Checked:
    """A table as read: typed columns, text ids, derived columns; `wrong` marks rows that may not pass."""

    table: Table
    rows: pa.Table
    findings: Findings
    hints: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> NDArray[np.bool_]:
        return self.findings.wrong


def check_table(
    name: str,
    texts: pa.Table,
    *,
    today: date | None,
    file: str | None = None,
    row_numbers: NDArray[np.int64] | None = None,
    marks: Marks | None = None,
    lines: NDArray[np.int64] | None = None,
    from_file: bool = False,
) -> Checked:
    """Read every cell of table `name` and check every row by itself and against the rows of the same file.

    `texts` has text columns named as in the bundle, None where nothing is recorded. `row_numbers` are the
    data rows of the file (1, 2, 3 … if left out); `today` is the last day that may be recorded (None: any);
    `marks` says how numbers are written (left out: the file shows it, DEF-UNIT-04).
    A file need not say why a patient was taken off the list (`from_file`); whoever writes it today must.
    """
    table = TABLES[name]
    if row_numbers is None:
        row_numbers = np.arange(1, texts.num_rows + 1)
    findings = Findings(file or table.file, row_numbers, lines)
    _check_header(table, texts, findings)
    texts = _complete(table, texts)
    columns: dict[str, pa.Array] = {}
    for column in table.columns:
        columns.update(_read_column(column, texts[column.name].combine_chunks(), findings, today))
    checked = Checked(table, pa.table(columns), findings)
    if name == "observation":
        checked.rows = take_apart(checked.rows)
        shown = _marks(checked, marks)
        _check_limits(checked, shown)
        checked.rows, checked.hints = derive(checked.rows, findings, shown)
        _check_missing(checked)
    if name == "course_agent":
        checked.rows, checked.hints = _with_agents(checked.rows, findings)
    if name == "course":
        _check_ongoing(checked)
    if name == "bleed":
        _check_grades(checked)
    if name == "missing_value":
        _check_may_lack(checked)
    if name == "outcome" and not from_file:
        removing = sorted(ladder.load().outcomes.remove)
        _check_told(
            checked, "outcome", removing, "reason", "Give the reason for taking the patient off the list."
        )
    if name == "proposal_answer":
        _check_told(checked, "answer", ["rejected"], "reason", "Give the reason for not opening an episode.")
        _check_told(checked, "answer", ["accepted"], "opened_episode_id", "Name the episode that was opened.")
    _check_order(checked)
    _check_duplicates(checked)
    return checked


def _check_header(table: Table, texts: pa.Table, findings: Findings) -> None:
    for name in dict.fromkeys(texts.column_names):
        if name not in table.names:
            meant = nearest(name, list(table.names))
            remedy = f"Did you mean {meant}?" if meant else f"Known columns: {', '.join(table.names)}."
            findings.file_problem(name, None, f"a column of {table.file}", remedy)
        elif texts.column_names.count(name) > 1:
            findings.file_problem(name, None, "each column once", "Remove or rename the repeated column.")
    given = set(texts.column_names)
    asked = [one.name for one in table.columns if one.required or (one.unless and one.unless not in given)]
    for name in asked:
        if name not in given:
            findings.file_problem(
                name, None, f"the column {name}, which is required", "Add it to the header."
            )


def _complete(table: Table, texts: pa.Table) -> pa.Table:
    """The columns of the table in its order, absent ones empty, empty text as None."""
    columns = {}
    for name in table.names:
        found = texts.schema.get_all_field_indices(name)
        if not found:
            columns[name] = pa.nulls(texts.num_rows, pa.string())
            continue
        column = texts.column(found[0]).cast(pa.string())
        columns[name] = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    return pa.table(columns)


# Cells


def _read_column(
    column: Column, texts: pa.Array, findings: Findings, today: date | None
) -> dict[str, pa.Array]:
    if column.required and texts.null_count:
        empty = np.flatnonzero(texts.is_null().to_numpy(zero_copy_only=False))
        findings.add(empty, column.name, None, "a value, which is required", "Fill it in.")
    if column.kind is Kind.MOMENT:
        return _read_moments(column, texts, findings, today)
    read = reader(column, today)
    if column.kind in _TEXTS:
        return {column.name: _read_texts(column, texts, findings, read)}
    return {column.name: _read_distinct(column.name, texts, findings, read, STORED_AS.get(column.kind))}


def _read_texts(
    column: Column, texts: pa.Array, findings: Findings, read: Callable[[str], object]
) -> pa.Array:
    """Text stays as it is; only what is not plain ASCII of ordinary length is looked at one by one."""
    longest = LONGEST["id" if column.kind is Kind.ID else "text"]
    plain = pc.and_(
        pc.match_substring_regex(texts, r"^[!-~]([ -~]*[!-~])?$"),
        pc.less_equal(pc.binary_length(texts), longest),
    )
    suspects = np.flatnonzero(pc.fill_null(pc.invert(plain), False).to_numpy(zero_copy_only=False))
    if len(suspects):
        _complain(column.name, texts.take(pa.array(suspects)), suspects, findings, read)
    return texts


def _complain(
    name: str,
    texts: pa.Array,
    positions: NDArray[np.int64],
    findings: Findings,
    read: Callable[[str], object],
) -> list[object]:
    """Read the distinct texts; report those that cannot be read; give what was read, else None."""
    encoded = texts.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    found: list[object] = []
    for code, word in enumerate(words):
        answer = read(word)
        found.append(None if isinstance(answer, Complaint) else answer)
        if isinstance(answer, Complaint):
            rows = positions[codes == code]
            findings.add(rows, name, word, answer.expected, answer.remedy)
    return found


def _read_distinct(
    name: str,
    texts: pa.Array,
    findings: Findings,
    read: Callable[[str], object],
    kind: pa.DataType | None,
) -> pa.Array:
    found = _complain(name, texts, np.arange(len(texts)), findings, read)
    return pa.array(found, kind or pa.string()).take(texts.dictionary_encode().indices)


def _read_moments(
    column: Column, texts: pa.Array, findings: Findings, today: date | None
) -> dict[str, pa.Array]:
    """The day as written, the time in UTC where the source gave an offset, and the offset (DEF-UNIT-05)."""
    timed = pc.match_substring_regex(texts, r"^.{10}[T ]")
    day_text = pc.if_else(timed, pc.utf8_slice_codeunits(texts, 0, 10), texts)
    clock_text = pc.if_else(timed, pc.utf8_slice_codeunits(texts, 11), pa.scalar(None, pa.string()))
    days = _read_distinct(
        column.name,
        day_text,
        findings,
        reader(Column(column.name, column.short, Kind.DATE), today),
        pa.date32(),
    )
    encoded = clock_text.dictionary_encode()
    found = _complain(column.name, clock_text, np.arange(len(texts)), findings, read_clock)
    clocks = [one if isinstance(one, Clock) else None for one in found]
    microseconds = pa.array([one and one.microseconds for one in clocks], pa.int64()).take(encoded.indices)
    offsets = pa.array([one and one.utc_offset_minutes for one in clocks], pa.int16()).take(encoded.indices)
    midnight = pc.multiply(days.cast(pa.int32()).cast(pa.int64()), DAY_US)
    ahead = pc.multiply(pc.fill_null(offsets, 0).cast(pa.int64()), MINUTE_US)
    at = pc.subtract(pc.add(midnight, microseconds), ahead).cast(pa.timestamp("us"))
    return {"observed_on": days, "observed_at": at, "utc_offset_minutes": offsets}


# Rows


def _mask(condition: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    if isinstance(condition, pa.ChunkedArray):
        condition = condition.combine_chunks()
    return np.flatnonzero(pc.fill_null(condition, False).to_numpy(zero_copy_only=False))


def cell(column: pa.Array | pa.ChunkedArray, sentence: str = "{}") -> Callable[[int], str | None]:
    """A sentence about what is in a given row of a column; None where nothing stands."""

    def say(row: int) -> str | None:
        value = column[row].as_py()
        return None if value is None else sentence.format(value)

    return say


def _check_order(checked: Checked) -> None:
    for first, second in checked.table.ordered:
        rows = _mask(pc.less(checked.rows[second], checked.rows[first]))
        if len(rows):
            checked.findings.add(
                rows,
                second,
                cell(checked.rows[second]),
                f"a date on or after {first}",
                cell(checked.rows[first], f"{first} is {{}}: correct one of them."),
            )


def _check_ongoing(checked: Checked) -> None:
    both = _mask(pc.and_(pc.equal(checked.rows["ongoing"], "yes"), pc.is_valid(checked.rows["stopped_on"])))
    checked.findings.add(
        both,
        "ongoing",
        cell(checked.rows["ongoing"]),
        "no, or no stopped_on",
        "A course that has stopped is not ongoing: correct one of them.",
    )


def _check_grades(checked: Checked) -> None:
    for scale, (lowest, highest) in scale_grades().items():
        grade = checked.rows["grade"]
        outside = pc.or_(pc.less(grade, lowest), pc.greater(grade, highest))
        rows = _mask(pc.and_(pc.equal(checked.rows["scale"], scale), outside))
        checked.findings.add(
            rows,
            "grade",
            cell(checked.rows["grade"]),
            f"a grade of {scale}, {lowest} to {highest}",
            "Correct the grade or the scale.",
        )


def _check_told(checked: Checked, word: str, among: Sequence[str], needed: str, remedy: str) -> None:
    """Where the column `word` says one of `among`, the column `needed` must be filled in."""
    said = pc.is_in(checked.rows[word], pa.array(among, pa.string()))
    rows = _mask(pc.and_(said, pc.is_null(checked.rows[needed])))
    checked.findings.add(rows, needed, None, f"a {needed} where {word} is {' or '.join(among)}", remedy)


def _check_may_lack(checked: Checked) -> None:
    """It is said of a column of its table that may be empty."""
    table, column = checked.rows["table_name"], checked.rows["column_name"]
    for name in MAY_LACK:
        known = TABLES[name].may_lack
        rows = _mask(pc.and_(pc.equal(table, name), pc.invert(pc.is_in(column, pa.array(known)))))
        checked.findings.add(
            rows,
            "column_name",
            cell(column),
            f"a column of {name} that may be empty",
            f"There are: {', '.join(known)}.",
        )


def _check_missing(checked: Checked) -> None:
    rows = _mask(pc.and_(pc.is_null(checked.rows["value"]), pc.is_null(checked.rows["missing_reason"])))
    checked.findings.add(
        rows, "value", None, "a value or a missing_reason", "Fill in one of them, or leave the row out."
    )


def _marks(checked: Checked, said: Marks | None) -> Marks:
    """How the numbers of the table are written; two ways in one file let nothing of it through."""
    try:
        return marks_of_table(checked.rows, said)
    except Contradiction as error:
        checked.findings.file_problem(
            "value",
            f"{error.first} and {error.second}",
            "one decimal mark in the whole file",
            f"In {checked.findings.file}, {error}: import the parts that are written in different ways one by one.",
        )
        return said or UNDECIDED


def _check_limits(checked: Checked, marks: Marks) -> None:
    columns = ("lower_limit", "upper_limit", "analyte", UNIT)
    found = combinations([_whole(checked.rows[name]) for name in columns])
    for number, (lower, upper, analyte, unit) in enumerate(found.distinct):
        under = marks_for(analyte, unit, marks)
        try:
            low = read_number(lower, under) if lower else None
            high = read_number(upper, under) if upper else None
        except Ambiguous:
            continue  # Reported where values are respelled.
        if low and high and low.value > high.value:
            checked.findings.add(
                found.rows(number),
                "upper_limit",
                upper,
                "a limit of at least lower_limit",
                f"lower_limit is {lower}: correct one of them.",
            )


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _with_agents(rows: pa.Table, findings: Findings) -> tuple[pa.Table, list[str]]:
    """Agents under their generic names, with class, ATC code and prednisolone equivalent."""
    found = combinations(
        [rows[name].combine_chunks() for name in ("agent", "dose", "dose_unit", "frequency", "weight_kg")]
    )
    names: list[str | None] = []
    classes: list[str | None] = []
    codes: list[str | None] = []
    equivalents: list[int | None] = []
    hints: dict[str, str] = {}
    for number, (text, dose, unit, frequency, weight) in enumerate(found.distinct):
        known = agent_or_other(text) if text else None
        names.append(known.name if known else None)
        classes.append(known.agent_class if known else None)
        codes.append(known.atc if known else None)
        equivalents.append(prednisolone_e6(known, dose, unit, frequency, weight) if known else None)
        if known and not known.listed:
            first = int(findings.row_numbers[found.rows(number)[0]])
            hints.setdefault(
                known.name,
                f"{findings.file}, row {first}: {text!r} is not a listed agent; kept with class "
                f"{known.agent_class}. Check the spelling.",
            )
    table = rows.set_column(rows.schema.get_field_index("agent"), "agent", found.spread(names, pa.string()))
    table = table.append_column("agent_class", found.spread(classes, pa.string()))
    table = table.append_column("atc", found.spread(codes, pa.string()))
    table = table.append_column("prednisolone_mg_e6", found.spread(equivalents, pa.int64()))
    return table, list(hints.values())


# Duplicates


def _check_duplicates(checked: Checked) -> None:
    """The same identity twice: later rows that say the same are refused, all of them if they contradict."""
    identity = [checked.rows[name].cast(pa.string()).combine_chunks() for name in checked.table.identity]
    if checked.table.name == "observation":
        # Two laboratories may use one number: results of two sources are two results.
        identity.insert(0, pc.fill_null(checked.rows["source"], "").combine_chunks())
    first, repeated = _repeats(identity)
    if not len(repeated):
        return
    members = np.flatnonzero(np.isin(first, first[repeated]))
    contents = [
        checked.rows[name].combine_chunks().cast(pa.string()).take(pa.array(members))
        for name in checked.rows.column_names
    ]
    same = combinations(contents).which
    content = dict(zip(members.tolist(), same.tolist(), strict=True))
    contradicting = {int(first[row]) for row in repeated if content[int(row)] != content[int(first[row])]}
    complete = np.logical_and.reduce(
        [column.is_valid().to_numpy(zero_copy_only=False) for column in identity]
    )
    column = checked.table.identity[-1]
    findings = checked.findings
    word, numbers = ("Row", findings.row_numbers) if findings.lines is None else ("Line", findings.lines)

    def report(rows: NDArray[np.int64], expected: str, remedy: str) -> None:
        checked.findings.add(
            rows, column, cell(checked.rows[column]), expected, lambda row: remedy.format(numbers[first[row]])
        )

    repeated = repeated[complete[repeated]]
    contradicts = np.isin(first[repeated], list(contradicting))
    report(repeated[~contradicts], "each row once", f"It repeats {word.lower()} {{}}: remove it.")
    report(
        repeated[contradicts],
        "each id once",
        f"{word} {{}} has the same id and other values. Correct one of them.",
    )
    firsts = np.unique(first[repeated[contradicts]])
    report(firsts, "an id of its own", "A later row has the same id and other values. Correct one of them.")


def _repeats(identity: list[pa.Array]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For every row the first row with the same identity, and the rows that are not that first one."""
    code = combinations(identity[:-1]).which if len(identity) > 1 else np.zeros(len(identity[0]), np.int64)
    encoded = identity[-1].dictionary_encode(null_encoding="encode")
    code = code * max(1, len(encoded.dictionary)) + encoded.indices.to_numpy(zero_copy_only=False)
    _, index, inverse = np.unique(code, return_index=True, return_inverse=True)
    first = index[inverse]
    return first, np.flatnonzero(first != np.arange(len(first)))


def check_rows(
    table: str, rows: Sequence[Mapping[str, object]], *, today: date | None = None, file: str | None = None
) -> Checked:
    """Check rows of a bundle table (names and text as in its file) by themselves, for forms and single facts.

    Returns the typed rows and, in `findings.problems`, everything that is wrong with them. `today` is the
    last day that may be recorded; left out, the day it is now in UTC.
    """
    if table not in TABLES:
        raise Usage(f"{table} is not a table of a bundle: {', '.join(TABLES)}.")
    names = list(dict.fromkeys(name for row in rows for name in row))
    texts = pa.table(
        {name: pa.array([_as_text(row.get(name)) for row in rows], pa.string()) for name in names}
    )
    return check_table(table, texts, today=today or utc_now().date(), file=file)


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)

"""A pasted block of text becomes cells: which line, which day, which analyte, and what is there. Pure.

Read are blocks of a spreadsheet (wide: a day and several analytes in a row; long: a day, an analyte, a value), with
or without a header, and the lines of a laboratory's report.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from registry.entry import headers
from registry.entry.headers import ANALYTE, COMMENT, DAY, RANGE, TIME, UNIT, VALUE, analyte_named, read_header
from registry.record.cells import quality_said
from registry.record.text.days import WEEKDAY, Typed, dated, of_weekday, read_day
from registry.record.units import measures

NUMERIC_DAY = re.compile(r"\b(\d{1,2})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})\b")
_DAY_AND_MONTH = re.compile(r"(\d{1,2})\s?(/)\s?(\d{1,2})")
_RUN_OF_DIGITS = re.compile(r"(\d{2})()(\d{2})((?:19|20)\d{2})")
_ANY_DAY = re.compile(
    r"\b\d{4}-\d{1,2}-\d{1,2}\b|" + NUMERIC_DAY.pattern + r"|\b\d{1,2}[. -]?[^\W\d_]{3,9}[. -]+\d{2,4}\b"
)
_CLOCK = re.compile(
    r"(?:\s|T|,)+([01]?\d|2[0-3])[:.h]([0-5]\d)(?::[0-5]\d)?(?:\s*(?:h|Uhr))?\s*$", re.IGNORECASE
)
_CLOCK_ALONE = re.compile(r"([01]?\d|2[0-3])[:.h]([0-5]\d)(?::[0-5]\d)?(?:\s*(?:h|Uhr))?", re.IGNORECASE)
_LIMIT = r"[<>≤≥]?\s*\d+(?:[.,]\d+)?"
_RANGE = re.compile(rf"[(\[]?\s*({_LIMIT})\s*(?:-|–|bis|to|a)\s*({_LIMIT})(?:\s*[^\s\d()\[\]]+)?\s*[)\]]|"
                    rf"(?<=\s)({_LIMIT})\s*(?:-|–)\s*({_LIMIT})(?=\s|$)")  # fmt: skip
PLATELETS = "platelets"
"""A specimen of them that was of no use is news of the patient: it asks for another."""
_EMPTY = {"", "-", "--", "—", "–", ".", "/", "\\"}
_MORE_THAN_ONE = 2
_LONGEST_DAY = 100
MOST_CHARACTERS = 1_000_000
MOST_IN_A_LINE = 20_000
"""Of a block, which is what a person copies: some thousand counts. A whole file is for `nadir import`."""


@dataclass(frozen=True)
class Column:
    """A column of the block. `key` names it when its unit or meaning is asked for: its header, or `column 2`.

    `meaning` is an analyte, one of the words of `headers`, or None for a column that was left aside.
    """

    key: str
    meaning: str | None
    unit: str | None = None


@dataclass(frozen=True)
class Cell:
    """One value of the block as it is there, with all that the block says of it. `line` counts from 1."""

    line: int
    column: str
    day: Typed[date]
    clock: str | None
    analyte: str | None
    text: str
    unit: str | None = None
    comment: str = ""
    limits: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True)
class Layout:
    """A block taken apart. `day_first` is None where the block does not show it and it was not said."""

    columns: tuple[Column, ...]
    cells: tuple[Cell, ...]
    left_aside: tuple[str, ...]
    day_first: bool | None
    asks_order: bool
    problems: tuple[str, ...]


def read_layout(
    text: str, today: date, *, day_first: bool | None = None, analytes: Mapping[str, str] | None = None
) -> Layout:
    """Take a block apart. `day_first` answers for a block that does not show it; `analytes` names columns by key.

    A block larger than `MOST_CHARACTERS`, or with a longer line than `MOST_IN_A_LINE`, is not read: its layout has no
    cell and one problem.
    """
    if problem := _too_large(text):
        return Layout((), (), (), day_first, False, (problem,))
    lines = [line.replace("\u00a0", " ").replace("\u202f", " ") for line in text.splitlines()]
    order = _Order(lines, day_first)
    mark = _delimiter(lines)
    if mark is None:
        found = _Report(lines, order, today).layout()
    else:
        rows = [
            (number, [cell.strip() for cell in row])
            for number, row in enumerate(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark), 1)
            if any(cell.strip() for cell in row)
        ]
        found = _Sheet(rows, order, today, analytes or {}).layout()
    problems = (*found.problems, *order.problems)
    return replace(
        found, day_first=order.day_first, asks_order=order.asked and bool(found.cells), problems=problems
    )


def _too_large(text: str) -> str | None:
    if len(text) > MOST_CHARACTERS:
        return (
            f"A block has at most {MOST_CHARACTERS:,} characters. Paste it in parts, or import it as a file."
        )
    longest = max((len(line) for line in text.splitlines()), default=0)
    if longest > MOST_IN_A_LINE:
        return f"A line of a block has at most {MOST_IN_A_LINE:,} characters. Paste the counts alone, or import a file."
    return None


def _delimiter(lines: Sequence[str]) -> str | None:
    """What parts the cells of a spreadsheet; None for lines of a report."""
    filled = [line for line in lines if line.strip()]
    if any("\t" in line for line in filled):
        return "\t"
    for mark in (";", "|", ","):
        counts = {line.count(mark) for line in filled}
        heads = [read_header(cell.strip())[0] for cell in filled[0].split(mark)] if filled else []
        if DAY in heads and len(counts) == 1 and counts != {0}:
            return mark
        if mark == ";" and len(filled) > 1 and len(counts) == 1 and counts != {0}:
            return mark
    return None


class _Order:
    """Whether day or month comes first: shown by a number above twelve, said, or asked."""

    def __init__(self, lines: Sequence[str], said: bool | None) -> None:
        pairs = [(int(one[1]), int(one[3])) for line in lines for one in NUMERIC_DAY.finditer(line)]
        cells = [cell.strip() for line in lines for cell in re.split(r"[\t;|,]", line)]
        alone = [found for cell in cells if (found := _DAY_AND_MONTH.fullmatch(cell))]
        pairs += [(int(one[1]), int(one[3])) for one in alone]
        shown_day = any(first > 12 >= second for first, second in pairs)
        shown_month = any(second > 12 >= first for first, second in pairs)
        self.problems: list[str] = []
        self.asked = False
        self.day_first = said
        unclear = any(first != second and max(first, second) <= 12 for first, second in pairs)
        if said is None:
            if shown_day and shown_month:
                self.problems.append(
                    "Some dates begin with the day and some with the month. Use one order, or paste in parts."
                )
            elif shown_day or shown_month:
                self.day_first = shown_day
            else:
                self.asked = unclear
        elif (shown_month and said) or (shown_day and not said):
            shows = "the month" if shown_month else "the day"
            self.problems.append(
                f"Some dates of this block begin with {shows}, but the other order was chosen. Choose the "
                f"right order, or write all dates in one order."
            )
            self.day_first = None

    def read(self, text: str, today: date) -> Typed[date]:
        """One day in the order of the block."""
        weekday = WEEKDAY.match(text.strip().casefold())
        if weekday is not None:
            return of_weekday(weekday[1], self.read(text.strip()[weekday.end() :], today))
        found = NUMERIC_DAY.fullmatch(text.strip()) or _RUN_OF_DIGITS.fullmatch(text.strip())
        if found is not None and found[2] == "-" and len(found[4]) == 2:
            return read_day(text, today)  # which asks what 03-02-26 begins with
        without_year = None if found else _DAY_AND_MONTH.fullmatch(text.strip())
        found = found or without_year
        if found is None:
            return read_day(text, today)
        first, second = found[1], found[3]
        year = None if without_year else found[4]
        if self.day_first is None and first != second and max(int(first), int(second)) <= 12:
            self.asked = not self.problems
        if self.day_first is None and first != second:
            if self.problems:
                return Typed(
                    None, problem="Day and month cannot be distinguished in this block. Write 3 feb 2026."
                )
            if self.asked:
                return Typed(None, problem="Choose whether the day or the month comes first in this block.")
        day, month = (first, second) if self.day_first is not False else (second, first)
        return dated(day, month, year, today)


class _Sheet:
    """Rows of cells."""

    def __init__(
        self,
        rows: Sequence[tuple[int, list[str]]],
        order: _Order,
        today: date,
        analytes: Mapping[str, str],
    ) -> None:
        self.rows = rows
        self.order = order
        self.today = today
        self.analytes = analytes
        self.left_aside: list[str] = []
        self.problems: list[str] = []

    def layout(self) -> Layout:
        columns: list[Column] = []
        first: tuple[Column, ...] | None = None
        cells: list[Cell] = []
        for line, row in self.rows:
            header = self._as_header(row)
            if header is not None:
                columns = header
                first = first or tuple(columns)
                continue
            if not columns:
                columns = self._without_header()
                first = tuple(columns)
            found = list(self._cells(line, row, columns))
            cells += found
        self._complain(first or ())
        return Layout(first or (), tuple(cells), tuple(self.left_aside), None, False, tuple(self.problems))

    def _as_header(self, row: Sequence[str]) -> list[Column] | None:
        """The columns if the row names them: at least one is known, and none of the cells is a value."""
        if any(_is_value(cell) for cell in row):
            return None
        read = [read_header(cell) for cell in row]
        known = [meaning for meaning, _ in read if meaning is not None]
        if not known or (len(known) == 1 and len([cell for cell in row if cell]) > _MORE_THAN_ONE):
            return None
        if known == [ANALYTE] or (DAY not in known and len(known) < _MORE_THAN_ONE):
            return None
        columns, taken = [], set()
        for number, (cell, (meaning, unit)) in enumerate(zip(row, read, strict=True), 1):
            key = cell or f"column {number}"
            meaning = self.analytes.get(key) or meaning
            if meaning in taken and meaning != COMMENT:
                self.left_aside.append(f"column {key}, which repeats another")
                meaning = None
            elif meaning is None and cell:
                self.left_aside.append(f"column {key}")
            taken.add(meaning)
            columns.append(Column(key, meaning, unit))
        return columns

    def _without_header(self) -> list[Column]:
        """Columns by what is in them: days, names of analytes, units; numbers are asked about."""
        width = max(len(row) for _, row in self.rows)
        texts = [
            [row[place] for _, row in self.rows if place < len(row) and row[place]] for place in range(width)
        ]
        columns = [
            Column(f"column {number}", self.analytes.get(f"column {number}"))
            for number in range(1, width + 1)
        ]
        is_long = False
        for place, cells in enumerate(texts):
            if columns[place].meaning or not cells:
                continue
            meaning = None
            if not any(one.meaning == DAY for one in columns) and all(_is_day(cell) for cell in cells):
                meaning = DAY
            elif all(analyte_named(cell) for cell in cells):
                meaning, is_long = ANALYTE, True
            columns[place] = replace(columns[place], meaning=meaning)
        if is_long:
            for place, cells in enumerate(texts):
                if columns[place].meaning is None and cells:
                    known = {one.meaning for one in columns}
                    if VALUE not in known and all(_is_value(cell) for cell in cells):
                        columns[place] = replace(columns[place], meaning=VALUE)
                    elif UNIT not in known and all(_is_unit(cell) for cell in cells):
                        columns[place] = replace(columns[place], meaning=UNIT)
        return columns

    def _cells(self, line: int, row: Sequence[str], columns: Sequence[Column]) -> Iterator[Cell]:
        by = {column.meaning: row[place] for place, column in enumerate(columns) if place < len(row)}
        if by.get(DAY, "") in _EMPTY and not any(
            row[place] not in _EMPTY
            for place, column in enumerate(columns)
            if place < len(row) and column.meaning
        ):
            return
        day, clock = _day_and_clock(by.get(DAY, ""), self.order, self.today)
        clock = clock or _clock(by.get(TIME, ""))
        comment = by.get(COMMENT, "")
        if VALUE in by and ANALYTE in by:
            analyte = analyte_named(by[ANALYTE])
            if analyte is None and by[ANALYTE] not in _EMPTY:
                self.left_aside.append(f"line {line}, {by[ANALYTE]}")
            elif value := _said(by[VALUE], analyte, comment):
                yield Cell(line, analyte or "", day, clock, analyte, value, by.get(UNIT) or None, comment,
                           _limits(by.get(RANGE, "")))  # fmt: skip
            return
        for place, column in enumerate(columns):
            if column.meaning in measures() and place < len(row):
                value = _said(row[place], column.meaning, comment)
                if value is not None:
                    yield Cell(line, column.key, day, clock, column.meaning, value, column.unit, comment)

    def _complain(self, columns: Sequence[Column]) -> None:
        known = {column.meaning for column in columns}
        if self.rows and DAY not in known:
            self.problems.append("No date column was found. Name it Date in the first line.")
        unnamed = [
            column.key for column in columns if column.meaning is None and column.key.startswith("column ")
        ]
        if unnamed and not known & {*measures(), VALUE}:
            self.problems.append(
                f"Choose the analyte of {', '.join(unnamed)}, or paste the block with its header."
            )


class _Report:
    """Lines of a laboratory's report: a day in a line of its own or beside each value."""

    def __init__(self, lines: Sequence[str], order: _Order, today: date) -> None:
        self.lines = lines
        self.order = order
        self.today = today

    def layout(self) -> Layout:
        day: Typed[date] = Typed(None)
        clock: str | None = None
        cells: list[Cell] = []
        left_aside: list[str] = []
        for number, line in enumerate(self.lines, 1):
            rest, found, at = self._without_day(line)
            named = headers.analyte_at_start(rest)
            if found is not None and named is None:
                day, clock = found, at
            if named is None:
                if found is None and line.strip():
                    left_aside.append(f"line {number}, {line.strip()[:40]}")
                continue
            analyte, said = named
            said, limits = _without_range(said)
            if said not in _EMPTY:
                cells.append(Cell(number, analyte, found or day, at or clock, analyte, said, limits=limits))
        problems = () if cells or not "".join(self.lines).strip() else (
            "No value was recognized in this block. Paste dates and values with a header, or lines of a "
            "report.",
        )  # fmt: skip
        columns = tuple(Column(name, name) for name in dict.fromkeys(cell.analyte for cell in cells) if name)
        return Layout(columns, tuple(cells), tuple(left_aside), None, False, problems)

    def _without_day(self, line: str) -> tuple[str, Typed[date] | None, str | None]:
        """The line without its day and time, and these."""
        for found in _ANY_DAY.finditer(line):
            read = self.order.read(found[0], self.today)
            if read.value is None and not NUMERIC_DAY.fullmatch(found[0]):
                continue
            before, after = line[: found.start()].rstrip(), line[found.end() :]
            clock = re.match(r"(?:\s|T|,)*" + _CLOCK_ALONE.pattern, after)
            if clock:
                after = after[clock.end() :]
            return f"{before} {after}".strip(), read, f"{int(clock[1]):02}:{clock[2]}" if clock else None
        return line.strip(), None, None


def _said(text: str, analyte: str | None, comment: str) -> str | None:
    """What a cell says; of platelets without a count, what the comment says of the specimen. None: nothing."""
    if text not in _EMPTY:
        return text
    return quality_said(comment) if analyte == PLATELETS else None


def _day_and_clock(text: str, order: _Order, today: date) -> tuple[Typed[date], str | None]:
    found = _CLOCK.search(text) if len(text) <= _LONGEST_DAY else None
    if found and (_is_day(text[: found.start()])):
        return order.read(text[: found.start()], today), f"{int(found[1]):02}:{found[2]}"
    return order.read(text, today), None


def _clock(text: str) -> str | None:
    found = _CLOCK_ALONE.fullmatch(text.strip())
    return f"{int(found[1]):02}:{found[2]}" if found else None


def _is_day(text: str) -> bool:
    bare = _CLOCK.sub("", text.strip())
    return bool(NUMERIC_DAY.fullmatch(bare) or read_day(bare, date.max).value)


def _is_value(text: str) -> bool:
    return bool(re.match(r"\s*[<>≤≥=]?\s*[+-]?\d", text))


def _is_unit(text: str) -> bool:
    return any(one.named(text) for one in measures().values())


def _limits(text: str) -> tuple[str | None, str | None]:
    """The limits of normal in a column of ranges: `150 - 400`, `< 250`."""
    found = re.fullmatch(rf"[(\[]?\s*({_LIMIT})\s*(?:-|–|bis|to|a)\s*({_LIMIT})\s*[)\]]?", text.strip())
    if found:
        return found[1], found[2]
    below = re.fullmatch(r"[(\[]?\s*(?:<|≤|bis|up to)\s*(\d+(?:[.,]\d+)?)\s*[)\]]?", text.strip())
    return (None, below[1]) if below else (None, None)


def _without_range(text: str) -> tuple[str, tuple[str | None, str | None]]:
    """What is said of a value without the laboratory's range, and the range."""
    found = _RANGE.search(text)
    if found is None or not _is_value(text[: found.start()] or text):
        return text, (None, None)
    low, high = found[1] or found[3], found[2] or found[4]
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    return " ".join(rest.split()), (low, high)

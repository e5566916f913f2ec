"""One walk from a table of results to patients and observations, whatever door it came through.

The columns of the table are the keys of a mapping's `[columns]`, with the analyte known. Words, numbers beside each
other, limits, status and identity are read here, in one way for all. Every row becomes an observation, or is set aside
with its line and its reason.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from registry.errors import Problem
from registry.exchange.sources import Aside, TextTable
from registry.exchange.sources.codes import published_codes
from registry.exchange.sources.days import reader, unreadable
from registry.exchange.sources.mapping import COMPARATORS, SPECIMENS, STATUSES
from registry.exchange.sources.mapping import Mapping as SiteMapping
from registry.exchange.sources.pattern import searched
from registry.exchange.sources.site_csv import cleaned
from registry.exchange.sources.text import without_rows
from registry.record.cell_reader import LONGEST
from registry.record.cells import read_cell
from registry.record.numbers import Marks, readings
from registry.visible import visible

PLATELETS, CLUMPED = "platelets", "clumped"
DAYS_NAMED = 500
WORDS_NAMED = 20
VOID = ("cancelled", "entered_in_error")
_RANK = {"preliminary": 1, "final": 2, "corrected": 3, "cancelled": 4, "entered_in_error": 5}
_NUMBER = r"\d(?:[\d.,\u00a0\u202f\u2009 '’]*\d)?"
_TAIL = r"\s*(?:[^\d\s.,].*)?"
_RANGE = re.compile(rf"[(\[]?\s*({_NUMBER})\s*(?:-|–|—|−|‐|\.\.+|to|bis|tot|à|a|until)\s*({_NUMBER}){_TAIL}")
_LIMIT = re.compile(rf"[(\[]?\s*(<=|>=|[<>≤≥]|bis|up to|tot|from|ab)\s*({_NUMBER}){_TAIL}", re.IGNORECASE)
_SIGN = re.compile(r"[<>]=?|[≤≥=]")
_SAME_SIGN = {"≤": "<=", "≥": ">="}
_UPPER = ("<", "<=", "≤", "bis", "up to", "tot")
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:[.,]0+)?)?(?:Z|[+-]\d{2}:?\d{2})?")
_UTC = re.compile(r"(.*\d)\s*[zZ]")
_NAME = re.compile(r"[^\W\d_]{2,}[\s,^]+[^\W\d_]{2,}.*|[^\W\d_]+\^[^\W\d_].*")
_NUMBER_OF_A_PERSON = re.compile(
    r"\d{2}\.\d{2}\.\d{2}[- ]\d{3}[. ]\d{2}|\d{3}-\d{2}-\d{4}|756\.\d{4}\.\d{4}\.\d{2}|"
    r"(?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-+]\d{4}|"
    r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[-+A]\d{3}[0-9A-Z]|"
    r"[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]"
)
A_PSEUDONYM = "a pseudonym, not a name or a person's number"
OF_THE_CROSSWALK = "a number of the crosswalk"
REPLACED = "replaced by a later status of the same result in this file"
_NOBODY = "\x00not in the crosswalk"


@dataclass(frozen=True)
class Laboratory:
    """What a file gives: tables of text by name, and how intake has to read them."""

    tables: dict[str, TextTable]
    notes: list[str]
    marks: Marks | None
    dates_are_shifted: bool


# Columns


def nulls(size: int) -> pa.ChunkedArray:
    """A column of text that is empty."""
    return pa.chunked_array([pa.nulls(size, pa.string())])


def joined(raw: TextTable, columns: Sequence[str] | str, mark: str = "/") -> pa.ChunkedArray:
    """One text of several columns, joined by `mark`; None where one of them is empty."""
    names = [columns] if isinstance(columns, str) else columns
    return pc.binary_join_element_wise(*(raw.texts[name] for name in names), mark)


def through(column: pa.ChunkedArray, change: Callable[[str], str | None]) -> pa.ChunkedArray:
    """A function of text, applied once to every distinct text."""
    encoded = column.combine_chunks().dictionary_encode()
    words = pa.array([change(word) for word in encoded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([words.take(encoded.indices)])


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column without what nobody sees in its cells."""
    usual = pc.fill_null(pc.match_substring_regex(column, r"^[!-~]([ -~]*[!-~])?$"), True)
    if pc.all(usual).as_py() in (True, None):
        return column
    return through(column, lambda text: cleaned(text) or None)


# Patients


def pseudonyms(
    column: pa.ChunkedArray, mapping: SiteMapping, whole: pa.ChunkedArray | None = None
) -> pa.ChunkedArray:
    """Who the rows are of: through the crosswalk where the mapping has one.

    With `whole`, the pseudonyms of the rows, it stands in place of a part of a number that names the patient.
    """
    if mapping.crosswalk is None:
        return column
    known = mapping.crosswalk
    if whole is not None:
        return whole
    return through(column, lambda number: known.get(number, _NOBODY))


def _looks_personal(text: str) -> bool:
    return bool(_NAME.fullmatch(text) or _NUMBER_OF_A_PERSON.fullmatch(text))


# Days


def day_reader(raw: TextTable, columns: list[str], mapping: SiteMapping) -> Callable[[str], str | None]:
    """A function that writes a day of this file as ISO, None where no format of the mapping fits it.

    All days of the file, in all of `columns`, decide together in which order day and month stand. Raises Refused.
    """
    return _reader(raw, {name: raw.texts[name] for name in columns}, mapping)


def _reader(
    raw: TextTable, texts: Mapping[str, pa.ChunkedArray], mapping: SiteMapping
) -> Callable[[str], str | None]:
    def where(text: str) -> str:
        for name, column in texts.items():
            place = pc.index(column, pa.scalar(text, pa.string())).as_py()
            if place >= 0:
                row, line = _place(raw, place)
                return f"{Problem(raw.file, row, name, None, '', '', line).place} ({text})"
        return text

    distinct = [
        text for column in texts.values() for text in pc.unique(column).to_pylist() if text is not None
    ]
    return reader(mapping.date_formats, distinct, where, raw.file)


def _place(raw: TextTable, at: int) -> tuple[int, int | None]:
    """The row of the file at a place of the table, and its line where it is known."""
    row = at + 1 if raw.row_numbers is None else int(raw.row_numbers[at])
    return row, None if raw.lines is None or not raw.by_line else int(raw.lines[at])


def days_of(
    raw: TextTable, keys: Sequence[tuple[str, ...]], mapping: SiteMapping
) -> tuple[TextTable, dict[tuple[str, ...], pa.ChunkedArray]]:
    """The file without the rows whose day no format fits, and for each of the `keys` its days as ISO.

    A key is the columns of a day, joined by a space where they are several; the empty key is the minutes after the
    mapping's start. Raises Refused where the file shows two orders of day and month.
    """
    texts = {key: _spaced(raw, key) for key in keys if key}
    names = {" and ".join(key): text for key, text in texts.items()}
    read = _reader(raw, names, mapping)
    found: dict[tuple[str, ...], pa.ChunkedArray] = {}
    wrong = np.zeros(raw.texts.num_rows, bool)
    problems: list[Problem] = []
    for key, text in texts.items():
        days = through(text, read)
        places = np.flatnonzero(np.asarray(pc.and_(pc.is_valid(text), pc.is_null(days)), bool))
        for at in places[: DAYS_NAMED - len(problems)].tolist():
            row, line = _place(raw, at)
            written = text[at].as_py()
            expected, remedy = unreadable(written, mapping.date_formats)
            if not wrong[at]:
                problems.append(Problem(raw.file, row, " and ".join(key), written, expected, remedy, line))
            wrong[at] = True
        # What is not named here keeps its text, for intake to refuse.
        found[key] = _zoned(text, pc.coalesce(days, text), mapping)
    if () in keys:
        found[()] = _after(raw, mapping)
    _without_midnight(found)
    if not problems:
        return raw, found
    keep = pa.array(~wrong)
    kept = without_rows(_numbered(raw), keep)
    return replace(kept, malformed=(*raw.malformed, *problems)), {
        key: column.filter(keep) for key, column in found.items()
    }


def _numbered(raw: TextTable) -> TextTable:
    if raw.row_numbers is not None:
        return raw
    return replace(raw, row_numbers=np.arange(1, raw.texts.num_rows + 1))


def _spaced(raw: TextTable, key: tuple[str, ...]) -> pa.ChunkedArray:
    """The cells of a day, joined by a space; a time that is missing leaves the day."""
    first = raw.texts[key[0]]
    if len(key) == 1:
        return first
    rest = [pc.fill_null(raw.texts[name], "") for name in key[1:]]
    both = pc.utf8_trim_whitespace(pc.binary_join_element_wise(first, *rest, " "))
    return pc.if_else(pc.equal(both, ""), pa.scalar(None, pa.string()), both)


def _after(raw: TextTable, mapping: SiteMapping) -> pa.ChunkedArray:
    start = datetime.fromisoformat(str(mapping.offset_from))

    def after(minutes: str) -> str:
        try:
            return (start + timedelta(minutes=int(minutes))).isoformat()
        except (ValueError, OverflowError):
            return minutes

    return through(raw.texts[mapping.columns["offset_minutes"]], after)


def _zoned(written: pa.ChunkedArray, days: pa.ChunkedArray, mapping: SiteMapping) -> pa.ChunkedArray:
    """The days, with times in Z at the clock of the hospital. An offset that is written keeps its written day."""
    zone = mapping.zone
    if zone is None:
        return days
    both = pc.binary_join_element_wise(written, days, "\x1f")

    def put(pair: str) -> str:
        text, day = pair.split("\x1f")
        if not _UTC.fullmatch(text):
            return day
        try:
            at = datetime.fromisoformat(_UTC.sub(r"\1", day).removesuffix("+00:00"))
        except ValueError:
            return day
        return at.replace(tzinfo=UTC).astimezone(zone).isoformat()

    return through(both, put)


def _without_midnight(days: dict[tuple[str, ...], pa.ChunkedArray]) -> None:
    """A time of 00:00:00 in every row of the file is no time."""
    texts = [text for column in days.values() for text in pc.unique(column).to_pylist() if text is not None]
    if not texts or not all(_MIDNIGHT.fullmatch(text) for text in texts):
        return
    for key, column in days.items():
        days[key] = through(column, lambda text: text[:10])


# Results


def walk(results: TextTable, mapping: SiteMapping, patients: TextTable | None = None) -> Laboratory:
    """Patients and observations of a table of results.

    `patients` has what the file says of its patients (patient_id, sex, born_on, died_on); left out, they are those of
    the rows.
    """
    rows = _complete(results)
    rows, aside, malformed = _of_people(rows, mapping)
    rows, status, unknown = _statuses(rows, mapping)
    malformed = [*rows.malformed, *malformed, *unknown]
    notes: list[str] = []
    value, number_differs = _values(rows, mapping)
    reason = _reasons(rows, mapping, status)
    empty = pc.is_null(value)
    lower, upper = _limits(rows, notes)
    texts = rows.texts
    moments, analyte = texts["observed_at"], texts["analyte"]
    made = pc.binary_join_element_wise(texts["patient_id"], moments, analyte, "/")
    observation = pa.table(
        {
            "patient_id": texts["patient_id"],
            "observation_id": pc.coalesce(texts["observation_id"], made),
            "observed_at": moments,
            "analyte": analyte,
            "value": value,
            "unit": _units(texts, mapping),
            "specimen_id": texts["specimen_id"],
            "specimen": _specimens(texts, mapping, notes),
            "quality": texts["quality"],
            "lower_limit": lower,
            "upper_limit": upper,
            "missing_reason": pc.if_else(empty, reason, pa.scalar(None, pa.string())),
            "source": pa.chunked_array([pa.array([mapping.source] * len(analyte), pa.string())]),
            "status": through(status, lambda word: None if word in ("not_done", "pending") else word),
        }
    )
    if number_differs:
        notes.append(
            f"Warning: {number_differs:,} {'row has' if number_differs == 1 else 'rows have'} a text and a number that "
            "differ. They are kept and not judged: correct the file, or amend the result."
        )
    kept, replaced, repeated = _newest(replace(rows, texts=observation))
    site = texts["site"] if mapping.columns.get("site") else _constant(mapping.site, len(analyte))
    people = _patients(results.file, results.sha256, texts["patient_id"], site, patients)
    table = replace(
        kept,
        file=visible(results.file),
        malformed=tuple(malformed),
        not_taken=(*results.not_taken, *replaced),
        aside=tuple(aside),
        repeated=tuple(repeated),
    )
    notes += _asked(results.not_taken)
    return Laboratory(
        {"patient": people, "observation": table}, notes, mapping.marks, mapping.dates_are_shifted
    )


_RESULT = (
    *(
        "patient_id",
        "observation_id",
        "observed_at",
        "analyte",
        "value",
        "value_number",
        "comparator",
        "unit",
    ),
    *(
        "range",
        "lower_limit",
        "upper_limit",
        "specimen_id",
        "specimen",
        "status",
        "comment",
        "missing_reason",
    ),
    *("quality", "site", "mapped unit", "mapped default_unit", "mapped specimen"),
)


def _complete(results: TextTable) -> TextTable:
    size = results.texts.num_rows
    given = results.texts.column_names
    columns = {name: results.texts[name] if name in given else nulls(size) for name in _RESULT}
    numbers = results.row_numbers if results.row_numbers is not None else np.arange(1, size + 1)
    lines = results.lines if results.lines is not None else numbers
    return replace(results, texts=pa.table(columns), row_numbers=numbers, lines=lines)


def _of_people(rows: TextTable, mapping: SiteMapping) -> tuple[TextTable, list[Aside], list[Problem]]:
    """The rows of patients who have a pseudonym. No number of a crosswalk and no name is in what is said of others."""
    column = rows.texts["patient_id"]
    personal = {text for text in pc.unique(column).to_pylist() if text and _looks_personal(text)}
    wrong = np.asarray(pc.is_in(column, value_set=pa.array([*sorted(personal), _NOBODY], pa.string())), bool)
    if not wrong.any():
        return rows, [], []
    aside: list[Aside] = []
    problems: list[Problem] = []
    assert rows.lines is not None  # noqa: S101 -- completed
    for at in np.flatnonzero(wrong).tolist():
        row, line = _place(rows, at)
        named = column[at].as_py() in personal
        expected = A_PSEUDONYM if named else OF_THE_CROSSWALK
        if not named and mapping.known_only:
            aside.append(Aside(int(rows.lines[at]), expected))
        else:
            remedy = (
                "Bring a crosswalk: crosswalk under [patients] in the mapping."
                if named
                else "Add it to the crosswalk, or write known_only = true under [patients] to leave such rows out."
            )
            problems.append(Problem(rows.file, row, None, None, expected, remedy, line))
    return without_rows(rows, pa.array(~wrong)), aside, problems


def _spelled(spelling: Mapping[str, str], known: Mapping[str, str]) -> Callable[[str], str | None]:
    """What a word means: by the mapping as it is written, else in any case; None for a word that nobody knows."""
    folded = {word.casefold(): meant for word, meant in spelling.items()}

    def meaning(text: str) -> str | None:
        folds = text.casefold()
        return (
            spelling.get(text) or folded.get(folds) or known.get(folds) or known.get(folds.replace(" ", "_"))
        )

    return meaning


def _statuses(rows: TextTable, mapping: SiteMapping) -> tuple[TextTable, pa.ChunkedArray, list[Problem]]:
    known = {**published_codes().statuses, **{word: word for word in STATUSES}}
    meaning = _spelled(mapping.status_spelling, known)
    written = rows.texts["status"]
    status = through(written, meaning)
    wrong = np.asarray(pc.and_(pc.is_valid(written), pc.is_null(status)), bool)
    if not wrong.any():
        return rows, status, []
    problems = []
    remedy = "Write what it means under [status_spelling] in the mapping."
    for at in np.flatnonzero(wrong).tolist():
        row, line = _place(rows, at)
        shown = written[at].as_py()[:40]
        problems.append(Problem(rows.file, row, "status", shown, "a status that is known", remedy, line))
    keep = pa.array(~wrong)
    return without_rows(rows, keep), status.filter(keep), problems


def _values(rows: TextTable, mapping: SiteMapping) -> tuple[pa.ChunkedArray, int]:
    """The value with its sign, else the number beside it, else what the comment says; and how many pairs differ."""
    texts = rows.texts
    absent = pa.array(mapping.absent, pa.string())
    nothing = pa.scalar(None, pa.string())
    value = texts["value"]
    if mapping.absent:
        value = pc.if_else(pc.is_in(value, value_set=absent), nothing, value)
    if mapping.value_spelling:
        folded = {word.casefold(): meant for word, meant in mapping.value_spelling.items()}
        spelling = {**folded, **mapping.value_spelling}
        value = through(value, lambda text: spelling.get(text, spelling.get(text.casefold(), text)))
    number = texts["value_number"]
    if mapping.absent:
        number = pc.if_else(pc.is_in(number, value_set=absent), nothing, number)
    differs = 0
    if number.null_count < len(number):
        pair = pc.binary_join_element_wise(value, number, texts["analyte"], "\x1f")
        both = through(pair, _two_values)
        differs = len(both) - both.null_count
        value = pc.coalesce(both, value, number)
    sign = texts["comparator"]
    if sign.null_count < len(sign):
        known = {**published_codes().omop_operators, **{word: word for word in (*COMPARATORS, "≤", "≥")}}
        meaning = _spelled(mapping.comparator_spelling, known)
        value = pc.coalesce(
            through(pc.binary_join_element_wise(sign, value, "\x1f"), lambda pair: _with_sign(pair, meaning)),
            value,
        )
    comment = texts["comment"]
    if mapping.from_comment:
        value = pc.coalesce(value, through(comment, lambda text: _number_said(text, mapping)))
    return value, differs


def _two_values(pair: str) -> str | None:
    """A value and the number beside it where they differ, as a text that is not judged."""
    value, number, analyte = pair.split("\x1f")
    cell = read_cell(value, analyte)
    mine = {one.value for one in readings(cell.number or "")}
    other = {one.value for one in readings(number)}
    if not mine or not other or mine & other or _close(mine, other):
        return None
    return f"{value} (number {number})"


def _close(mine: set[Decimal], other: set[Decimal]) -> bool:
    """Whether one is the other with fewer digits, as a column of numbers that a program rounds."""
    return any(
        round(a, max(0, -int(b.as_tuple().exponent))) == b
        or round(b, max(0, -int(a.as_tuple().exponent))) == a
        for a in mine
        for b in other
    ) and not any(a == a.to_integral_value() and b == b.to_integral_value() for a in mine for b in other)


def _with_sign(pair: str, meaning: Callable[[str], str | None]) -> str:
    """The value with the sign beside it; where it has another sign itself, both, which nobody can judge."""
    written, value = pair.split("\x1f")
    sign = meaning(written)
    if sign is None:
        return f"{written} {value}"
    if value[:1].isdigit():
        return value if sign == "=" else f"{sign}{value}"
    own = _SIGN.match(value)
    same = own is None or sign == "=" or _SAME_SIGN.get(own[0], own[0]) == sign
    return value if same else f"{written} {value}"


def _number_said(comment: str, mapping: SiteMapping) -> str | None:
    for pattern, reads in mapping.from_comment:
        found = searched(pattern, comment)
        if found:
            return found.expand(reads)
    return None


def _reasons(rows: TextTable, mapping: SiteMapping, status: pa.ChunkedArray) -> pa.ChunkedArray:
    """Why there is no value: what the file says, else the status, else what the mapping says."""
    texts = rows.texts
    absent = pa.array(mapping.absent, pa.string())
    comment = texts["comment"]
    if mapping.absent:
        comment = pc.if_else(pc.is_in(comment, value_set=absent), pa.scalar(None, pa.string()), comment)
    waiting = through(status, lambda word: word if word in ("not_done", "pending", *VOID) else None)
    said = pc.coalesce(
        texts["missing_reason"], comment, waiting, pa.scalar(mapping.absent_reason, pa.string())
    )
    return pc.utf8_slice_codeunits(said, 0, LONGEST["text"])


def limits(text: str) -> tuple[str | None, str | None] | None:
    """The lower and the upper limit of a range as a laboratory writes it; None for a text that is none."""
    text = text.strip()
    if found := _RANGE.fullmatch(text):
        return found[1].strip(), found[2].strip()
    if found := _LIMIT.fullmatch(text):
        upper = found[1].casefold() in _UPPER
        return (None, found[2].strip()) if upper else (found[2].strip(), None)
    return None


def _limits(rows: TextTable, notes: list[str]) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    texts = rows.texts
    lower, upper, both = texts["lower_limit"], texts["upper_limit"], texts["range"]
    if both.null_count == len(both):
        return lower, upper
    read = {text: limits(text) for text in pc.unique(both).to_pylist() if text}
    unread = [text for text, pair in read.items() if pair is None]
    if unread:
        notes.append(f"Ranges that are not read as limits: {', '.join(sorted(unread)[:WORDS_NAMED])}.")
    low = through(both, lambda text: (read[text] or (None, None))[0])
    high = through(both, lambda text: (read[text] or (None, None))[1])
    return pc.coalesce(lower, low), pc.coalesce(upper, high)


def _units(texts: pa.Table, mapping: SiteMapping) -> pa.ChunkedArray:
    written = texts["unit"]
    if mapping.unit_spelling:
        spelling = {word.strip(): meant for word, meant in mapping.unit_spelling.items()}
        written = through(written, lambda unit: spelling.get(unit.strip(), unit))
    return pc.coalesce(texts["mapped unit"], written, texts["mapped default_unit"])


def _specimens(texts: pa.Table, mapping: SiteMapping, notes: list[str]) -> pa.ChunkedArray:
    """What the specimen is; a word that nobody knows is told once and kept as unknown."""
    known = {word.casefold(): meant for word, meant in published_codes().additives.items()}
    meaning = _spelled(mapping.specimen_spelling, {**known, **{word: word for word in SPECIMENS}})
    written = texts["specimen"]
    unknown = {
        one["values"]: one["counts"]
        for one in pc.value_counts(written).to_pylist()
        if one["values"] and meaning(one["values"]) is None
    }
    if unknown:
        named = ", ".join(f"{word} ({count:,})" for word, count in sorted(unknown.items())[:WORDS_NAMED])
        notes.append(
            f"Specimens that nobody knows are kept as unknown: {named}. Write what they mean under "
            "[specimen_spelling]."
        )
    return pc.coalesce(through(written, lambda word: meaning(word) or "unknown"), texts["mapped specimen"])


def _newest(rows: TextTable) -> tuple[TextTable, list[Aside], list[Aside]]:
    """One row of each number with the newest status, those that were replaced, and those that repeat another.

    Two rows of one number and one status that differ both stay, for intake to refuse, unless they are preliminary or
    corrected: then the later one stands.
    """
    texts = rows.texts
    key = pc.binary_join_element_wise(texts["patient_id"], texts["observation_id"], "\x1f")
    codes = key.combine_chunks().dictionary_encode().indices
    counts = np.bincount(np.asarray(pc.fill_null(codes, -1), np.int64) + 1)
    several = np.asarray(pc.is_valid(codes), bool) & (
        counts[np.asarray(pc.fill_null(codes, -1), np.int64) + 1] > 1
    )
    places = np.flatnonzero(several)
    if not len(places):
        return rows, [], []
    few = texts.take(pa.array(places)).to_pylist()
    groups: dict[tuple[str, str], list[tuple[int, dict[str, str | None]]]] = {}
    for at, row in zip(places.tolist(), few, strict=True):
        groups.setdefault((str(row["patient_id"]), str(row["observation_id"])), []).append((at, row))
    replaced: list[Aside] = []
    repeated: list[Aside] = []
    gone = np.zeros(texts.num_rows, bool)
    assert rows.lines is not None  # noqa: S101 -- completed
    for (patient, number), group in groups.items():
        standing: list[tuple[int, dict[str, str | None]]] = []
        for at, row in group:
            if any(row == other for _, other in standing):
                gone[at] = True
                repeated.append(Aside(int(rows.lines[at]), "it repeats an earlier row", patient, number))
            else:
                standing.append((at, row))
        ranks = [_RANK.get(row["status"] or "final", 2) for _, row in standing]
        best = max(ranks)
        newest = [pair for pair, rank in zip(standing, ranks, strict=True) if rank == best]
        if best != _RANK["final"]:
            newest = newest[-1:]
        stays = {at for at, _ in newest}
        for at, _ in standing:
            if at not in stays:
                gone[at] = True
                replaced.append(Aside(int(rows.lines[at]), REPLACED, patient, number))
    return without_rows(rows, pa.array(~gone)), replaced, repeated


def _asked(not_taken: Sequence[Aside]) -> list[str]:
    """Codes that are nearly mapped ones, each once, with its count and its first line."""
    asked = Counter(one.reason for one in not_taken if "did you mean" in one.reason)
    first: dict[str, int] = {}
    for one in not_taken:
        first.setdefault(one.reason, one.line)
    return [
        f"{count:,} {'row' if count == 1 else 'rows'} from line {first[reason]} on: "
        f"{reason.removeprefix('not mapped: ')}"
        for reason, count in asked.items()
    ]


def _patients(
    file: str, digest: str | None, ids: pa.ChunkedArray, site: pa.ChunkedArray, patients: TextTable | None
) -> TextTable:
    """The patients of the rows that are taken, for those who are not in the registry yet."""
    table = pa.table({"patient_id": ids, "site": site})
    first = (
        table.append_column("row", pa.array(range(len(ids))))
        .group_by(["patient_id"])
        .aggregate([("row", "min")])
    )
    order = pc.drop_null(
        pc.if_else(pc.is_valid(first["patient_id"]), first["row_min"], pa.scalar(None, pa.int64()))
    )
    found = table.take(order).sort_by("patient_id")
    if patients is not None:
        more = {str(row["patient_id"]): row for row in reversed(patients.texts.to_pylist())}
        for name in ("sex", "born_on", "died_on"):
            if name in patients.texts.column_names:
                cells = [more.get(one, {}).get(name) for one in found["patient_id"].to_pylist()]
                found = found.append_column(name, pa.array(cells, pa.string()))
    return TextTable(found, f"{visible(file)} (patients)", digest, only_new=True, derived=True)


def _constant(text: str | None, size: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([text], pa.string()).take(pa.array(np.zeros(size, np.int64)))])

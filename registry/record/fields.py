"""Every table of a bundle, every column, and how one cell is read: the one place for it.

A form sends one row through here, an import four million; both get the same answer. A cell is text or None
(not recorded). Reading gives the typed value, or a complaint that says what was expected and what to do.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import Enum, auto

import pyarrow as pa

from adjudication.agents import agent
from adjudication.surveillance.protocol import SIGNS, Outcome
from registry.record.units import measures, sentinel_dates

EARLIEST = date(1900, 1, 2)
YES_NO = ("yes", "no")
LONGEST = {"id": 128, "text": 2_000, "note": 20_000}


class Kind(Enum):
    """How a cell is read and stored."""

    ID = auto()  # text that names a thing: exact, without surrounding spaces
    TEXT = auto()
    NOTE = auto()  # text of several lines
    WORD = auto()  # one of a closed list
    DATE = auto()
    MOMENT = auto()  # a date or a timestamp
    WHOLE = auto()  # a small whole number
    NUMBER = auto()  # a plain number, kept as text
    REPORTED = auto()  # a measured value or limit as reported, kept as text, read by units
    UNIT = auto()  # a unit as reported


RESCUE_AGENTS = ("ivig", "anti_d", "steroid_pulse", "vinca", "platelets", "other")
MISSING = ("not_done", "unknown", "not_applicable")
"""Why a value is missing, where it is said."""
MAY_LACK = ("patient", "exposure", "episode", "course", "course_agent", "observation", "bleed",
            "transfusion", "rescue", "other_cause", "adverse_event")  # fmt: skip
"""The tables of whose empty columns it may be said why."""
STORED_AS = {Kind.DATE: pa.date32(), Kind.WHOLE: pa.int32()}
"""Arrow types of read columns; every other kind stays text."""


@dataclass(frozen=True)
class Column:
    """One column of a table. `low` and `high` bound whole numbers, both inclusive."""

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    words: tuple[str, ...] = ()
    low: int = 0
    high: int = 1_000_000
    unless: str = ""
    """The column must stand in the file, though its cells may be empty, unless this other one does."""
    ahead: bool = False
    """The day may lie ahead: it was arranged, and has not happened."""
    names_agent: bool = False
    """A word that is an agent may also be written as a brand, an abbreviation or an ATC code."""


@dataclass(frozen=True)
class Table:
    """One file of a bundle. `identity` names a fact; `parents` are columns that name rows of other tables."""

    name: str
    columns: tuple[Column, ...]
    identity: tuple[str, ...]
    parents: tuple[str, ...] = ()
    happened: tuple[str, ...] = ()
    """Date columns on which the patient must be born and alive."""
    ordered: tuple[tuple[str, str], ...] = ()
    """Pairs of dates of which the first may not lie after the second."""
    optional: bool = False
    """The file stands in an export only where it has rows."""

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def may_lack(self) -> tuple[str, ...]:
        """The columns that may be empty, and of which it may then be said why."""
        own = (*self.identity, *self.parents, "missing_reason", "value_read")
        return tuple(one.name for one in self.columns if not (one.required or one.unless or one.name in own))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def first_day(self) -> str:
        """The column that says when a fact began, or was if it has one day alone."""
        return self.happened[0]

    @property
    def last_day(self) -> str | None:
        """The column that says when a fact ended; None where a fact has one day alone."""
        return next((last for first, last in self.ordered if first == self.first_day), None)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    @property
    def file(self) -> str:
        return f"{self.name}.csv"


def _id(name: str) -> Column:
    return Column(name, Kind.ID, required=True)


def _date(name: str, required: bool = False) -> Column:
    return Column(name, Kind.DATE, required)


def _word(name: str, *words: str, required: bool = False) -> Column:
    return Column(name, Kind.WORD, required, words)


TABLES = {
    table.name: table
    for table in (
        Table(
            "patient",
            (
                _id("patient_id"),
                Column("site", Kind.ID),
                _word("sex", "female", "male", "other", "unknown"),
                _date("born_on"),
                _date("last_contact_on"),
                _date("died_on"),
                Column("death_cause"),
            ),
            identity=("patient_id",),
            ordered=(("born_on", "last_contact_on"), ("born_on", "died_on"), ("last_contact_on", "died_on")),
        ),
        Table(
            "exposure",
            (
                _id("patient_id"),
                _id("exposure_id"),
                Column("agent", Kind.WORD, required=True, words=("alemtuzumab",), names_agent=True),
                _word("setting", "renal_transplant", "multiple_sclerosis", "other", required=True),
                _date("started_on", required=True),
                _date("ended_on"),
                Column("cycle", Kind.WHOLE, low=1, high=99),
                Column("dose_mg", Kind.NUMBER),
                _date("indication_on"),
            ),
            identity=("patient_id", "exposure_id"),
            parents=("patient_id",),
            happened=("started_on",),
            ordered=(("started_on", "ended_on"),),
        ),
        Table(
            "episode",
            (
                _id("patient_id"),
                _id("episode_id"),
                _word("disease", "ITP", "AIHA", required=True),
                _date("onset_on", required=True),
                _date("diagnosed_on"),
                _word("primary_or_secondary", "primary", "secondary", "unknown"),
                Column("cause"),
                Column("dat_result"),
                _date("ended_on"),
            ),
            identity=("episode_id",),
            parents=("patient_id",),
            happened=("onset_on", "diagnosed_on"),
            ordered=(("onset_on", "ended_on"),),
        ),
        Table(
            "course",
            (
                _id("episode_id"),
                _id("course_id"),
                _date("started_on", required=True),
                _date("stopped_on"),
                _word("ongoing", *YES_NO),
                _word("intent", "induction", "maintenance", "observation"),
                _word(
                    "start_reason",
                    "first_line",
                    "inefficacy",
                    "toxicity",
                    "relapse",
                    "steroid_sparing",
                    "intensification",
                    "retreatment",
                    "other",
                ),
                _word(
                    "stop_reason",
                    "completed",
                    "response",
                    "inefficacy",
                    "toxicity",
                    "patient_choice",
                    "death",
                    "other",
                ),
                Column("line_number", Kind.WHOLE, low=0, high=99),
            ),
            identity=("course_id",),
            parents=("episode_id",),
            happened=("started_on",),
            ordered=(("started_on", "stopped_on"),),
        ),
        Table(
            "course_agent",
            (
                _id("course_id"),
                Column("agent", Kind.TEXT, required=True),
                _date("started_on", required=True),
                _date("stopped_on"),
                Column("dose"),
                Column("dose_unit", Kind.UNIT),
                Column("route"),
                Column("frequency"),
                Column("weight_kg"),
            ),
            identity=("course_id", "agent", "started_on"),
            parents=("course_id",),
            happened=("started_on",),
            ordered=(("started_on", "stopped_on"),),
        ),
        Table(
            "observation",
            (
                _id("patient_id"),
                _id("observation_id"),
                Column("observed_at", Kind.MOMENT, required=True),
                _word("analyte", *measures(), required=True),
                Column("value", Kind.REPORTED, unless="missing_reason"),
                Column("unit", Kind.UNIT),
                Column("specimen_id", Kind.ID),
                _word("specimen", "edta", "citrate", "heparin", "unknown"),
                _word("quality", "ok", "clumped", "hemolyzed", "insufficient"),
                Column("lower_limit", Kind.REPORTED),
                Column("upper_limit", Kind.REPORTED),
                _word("explained", *YES_NO),
                Column("missing_reason"),
                Column("source"),
                Column("value_read", Kind.REPORTED),
            ),
            identity=("patient_id", "observation_id"),
            parents=("patient_id",),
            happened=("observed_on",),
        ),
        Table(
            "bleed",
            (
                _id("patient_id"),
                _id("bleed_id"),
                _date("started_on", required=True),
                _date("ended_on"),
                _word("scale", "WHO", "ITP_BAT", "CTCAE", required=True),
                Column("grade", Kind.WHOLE, required=True, high=5),
                Column("site"),
                _word("itp_related", "yes", "no", "unknown"),
            ),
            identity=("patient_id", "bleed_id"),
            parents=("patient_id",),
            happened=("started_on",),
            ordered=(("started_on", "ended_on"),),
        ),
        Table(
            "transfusion",
            (
                _id("patient_id"),
                _id("transfusion_id"),
                _date("given_on", required=True),
                _word("product", "red_cells", "platelets", required=True),
                Column("units", Kind.NUMBER),
                _word("reason", "cytopenia", "surgery", "other", "unknown"),
            ),
            identity=("patient_id", "transfusion_id"),
            parents=("patient_id",),
            happened=("given_on",),
        ),
        Table(
            "rescue",
            (
                _id("patient_id"),
                _id("rescue_id"),
                _date("given_on", required=True),
                Column("agent", Kind.WORD, required=True, words=RESCUE_AGENTS, names_agent=True),
                _word("reason", "low_count", "bleed", "procedure", "unknown"),
            ),
            identity=("patient_id", "rescue_id"),
            parents=("patient_id",),
            happened=("given_on",),
        ),
        Table(
            "other_cause",
            (
                _id("patient_id"),
                _date("started_on", required=True),
                _date("ended_on"),
                _word("disease", "ITP", "AIHA", required=True),
                Column("cause", required=True),
            ),
            identity=("patient_id", "started_on", "disease", "cause"),
            parents=("patient_id",),
            happened=("started_on",),
            ordered=(("started_on", "ended_on"),),
        ),
        Table(
            "adverse_event",
            (
                _id("patient_id"),
                _id("adverse_event_id"),
                _word(
                    "category",
                    "cardiovascular",
                    "thrombosis",
                    "infection",
                    "steroid_diabetes",
                    "graft_failure",
                    "solid_tumor",
                    "ptld",
                    "hematologic_malignancy",
                    "skin_cancer",
                    "other",
                    required=True,
                ),
                Column("term", required=True),
                _date("onset_on", required=True),
                _date("ended_on"),
                _word("ctcae_version", "4.03", "5.0", "6.0"),
                Column("ctcae_grade", Kind.WHOLE, low=1, high=5),
                _word("serious", *YES_NO, "unknown"),
                Column("seriousness_criteria"),
                Column("outcome"),
                Column("meddra_code"),
                Column("note", Kind.NOTE),
            ),
            identity=("adverse_event_id",),
            parents=("patient_id",),
            happened=("onset_on",),
            ordered=(("onset_on", "ended_on"),),
        ),
        Table(
            "attribution",
            (
                _id("adverse_event_id"),
                _id("course_id"),
                _word(
                    "relatedness", "unrelated", "unlikely", "possible", "probable", "definite", required=True
                ),
            ),
            identity=("adverse_event_id", "course_id"),
            parents=("adverse_event_id", "course_id"),
        ),
        Table(
            "denominator",
            (
                Column("cohort", required=True),
                Column("setting", required=True),
                _date("from_on", required=True),
                _date("to_on", required=True),
                Column("n", Kind.WHOLE, required=True, high=1_000_000_000),
            ),
            identity=("cohort", "setting", "from_on", "to_on"),
            ordered=(("from_on", "to_on"),),
        ),
        Table(
            "missing_value",
            (
                _id("patient_id"),
                _word("table_name", *MAY_LACK, required=True),
                Column("fact_id", required=True),
                Column("column_name", Kind.ID, required=True),
                _word("reason", *MISSING, required=True),
            ),
            identity=("patient_id", "table_name", "fact_id", "column_name"),
            parents=("patient_id",),
            optional=True,
        ),
        Table(
            "outcome",
            (
                _id("patient_id"),
                _id("outcome_id"),
                _date("done_on", required=True),
                _word("outcome", *Outcome, required=True),
                Column("recheck_on", Kind.DATE, ahead=True),
                Column("reason"),
                Column("note", Kind.NOTE),
            ),
            identity=("patient_id", "outcome_id"),
            parents=("patient_id",),
            ordered=(("done_on", "recheck_on"),),
            optional=True,
        ),
        Table(
            "sign",
            (
                _id("patient_id"),
                _id("sign_id"),
                _date("noticed_on", required=True),
                _date("ended_on"),
                _word("sign", *SIGNS, required=True),
                Column("note", Kind.NOTE),
            ),
            identity=("patient_id", "sign_id"),
            parents=("patient_id",),
            happened=("noticed_on",),
            ordered=(("noticed_on", "ended_on"),),
            optional=True,
        ),
        Table(
            "proposal_answer",
            (
                _id("patient_id"),
                _id("first_observation_id"),
                _id("confirming_observation_id"),
                _date("answered_on", required=True),
                _word("answer", "accepted", "rejected", required=True),
                Column("opened_episode_id", Kind.ID),
                Column("reason"),
            ),
            identity=("patient_id", "first_observation_id", "confirming_observation_id"),
            parents=("patient_id",),
            optional=True,
        ),
    )
}
"""The tables of a bundle by name, parents before children."""

DERIVED = ("call", "evidence", "remission", "worklist", "read", "decision")
"""Files of an export that adjudication and review write; an import leaves them aside."""


@dataclass(frozen=True)
class Complaint:
    """Why a cell cannot be read, and what to do about it."""

    expected: str
    remedy: str


def nearest(word: str, known: tuple[str, ...] | list[str]) -> str | None:
    """The known word that `word` most resembles, whatever its case, or None."""
    by_fold = {one.casefold(): one for one in known}
    found = get_close_matches(word.casefold(), list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def _unprintable(text: str, several_lines: bool) -> str | None:
    for character in text:
        if several_lines and character in "\n\r\t":
            continue
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            return f"U+{ord(character):04X}"
    return None


def _read_text(column: Column, text: str) -> str | Complaint:
    size = {Kind.ID: "id", Kind.NOTE: "note"}.get(column.kind, "text")
    if len(text) > LONGEST[size]:
        return Complaint(f"at most {LONGEST[size]:,} characters", "Shorten it.")
    if text != text.strip():
        return Complaint("text without spaces at its start or end", "Remove them.")
    hidden = _unprintable(text, column.kind is Kind.NOTE)
    if hidden:
        return Complaint(
            "text without control, invisible or direction-changing characters", f"Remove {hidden}."
        )
    if not unicodedata.is_normalized("NFC", text):
        return Complaint("composed characters (Unicode NFC)", "Save the file in normal form NFC.")
    return text


def _read_word(column: Column, text: str) -> str | Complaint:
    if text in column.words:
        return text
    known = agent(text) if column.names_agent else None
    if known and known.name in column.words:
        return known.name
    meant = nearest(text, column.words)
    remedy = f"Did you mean {meant}?" if meant else "Use one of these words, in lower case as written here."
    return Complaint(f"one of {', '.join(column.words)}", remedy)


def _read_date(text: str, today: date | None) -> date | Complaint:
    if re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}", text):
        return Complaint(
            "a date like 2026-03-31",
            "Day and month could be swapped here, or the century is missing: write year-month-day.",
        )
    if re.fullmatch(r"[1-9]\d{4}(?:\.\d+)?", text):
        return Complaint(
            "a date like 2026-03-31",
            "This is a spreadsheet's (Excel's) number of a day: format the column as a date and save again.",
        )
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return Complaint("a date like 2026-03-31", "Write year-month-day with four digits for the year.")
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return Complaint("a day that exists", "The calendar has no such day: look it up.")
    if text in sentinel_dates():
        return Complaint("a real date", "This date stands for 'not known' in some systems: leave it empty.")
    if found < EARLIEST:
        return Complaint("a date after 1900", "Check the year.")
    if today is not None and found > today:
        return Complaint(
            f"a date up to today, {today}", "Check the date: what has not happened is not recorded."
        )
    return found


_TIME = re.compile(
    r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?"
    r"(?P<offset>Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?"
)


@dataclass(frozen=True)
class Clock:
    """A time of day as written: microseconds since midnight, and minutes ahead of UTC if the source said."""

    microseconds: int
    utc_offset_minutes: int | None


def read_clock(text: str) -> Clock | Complaint:
    """One time of day, with or without an offset, or why it is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        return Complaint("a timestamp like 2026-03-31T08:30 or a date", "Write it in this form.")
    seconds = (int(found[1]) * 60 + int(found[2])) * 60 + int(found[3] or 0)
    fraction = int((found[4] or "")[:6].ljust(6, "0"))
    return Clock(seconds * 1_000_000 + fraction, _offset(found["offset"]))


def _offset(text: str | None) -> int | None:
    if text is None or text == "Z":
        return 0 if text else None
    digits = text[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if text[0] == "-" else minutes


def _read_whole(column: Column, text: str) -> int | Complaint:
    bounds = f"a whole number from {column.low} to {column.high:,}"
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        return Complaint(bounds, "Write digits only.")
    return int(text) if column.low <= int(text) <= column.high else Complaint(bounds, "Check the number.")


def _read_number(text: str) -> str | Complaint:
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text):
        return text
    return Complaint("a number like 12.5, not negative", "Write digits, and a point before decimals.")


def _read_reported(column: Column, text: str) -> str | Complaint:
    return _read_text(column, text.strip())


def _read_unit(column: Column, text: str) -> str | Complaint:
    """The unit as reported, without invisible characters, which laboratory systems put there."""
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf").strip()
    return _read_text(column, unicodedata.normalize("NFC", visible))


def reader(column: Column, today: date | None) -> Callable[[str], object]:
    """The function that reads one cell of `column`: the typed value, or a Complaint.

    `today` bounds dates from above; None leaves them unbounded (dates shifted to hide identities).
    """
    kind = column.kind
    if kind is Kind.DATE:
        latest = None if column.ahead else today
        return lambda text: _read_date(text, latest)
    if kind is Kind.WORD:
        return lambda text: _read_word(column, text)
    if kind is Kind.WHOLE:
        return lambda text: _read_whole(column, text)
    if kind is Kind.NUMBER:
        return _read_number
    if kind is Kind.UNIT:
        return lambda text: _read_unit(column, text)
    if kind is Kind.REPORTED:
        return lambda text: _read_reported(column, text)
    return lambda text: _read_text(column, text)


def read_day(text: str, today: date | None) -> date | Complaint:
    """One ISO date, or why it is none."""
    return _read_date(text, today)

"""What a column and a table of a bundle are: kind, words, limits, and how people call them."""

from dataclasses import dataclass
from enum import Enum, auto

import pyarrow as pa


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


STORED_AS = {Kind.DATE: pa.date32(), Kind.WHOLE: pa.int32()}
"""Arrow types of read columns; every other kind stays text."""


@dataclass(frozen=True)
class Column:
    """One column of a table. `low` and `high` bound whole numbers, both inclusive.

    `short` heads it in a table, `label` asks for it in a form, with `hint` where people ask how to write it.
    """

    name: str
    short: str
    kind: Kind = Kind.TEXT
    required: bool = False
    words: tuple[str, ...] = ()
    label: str = ""
    hint: str = ""
    low: int = 0
    high: int = 1_000_000
    unless: str = ""
    """The column must be in the file, though its cells may be empty, unless this other one does."""
    ahead: bool = False
    """The day may lie ahead: it was arranged, and has not happened."""
    names_agent: bool = False
    """A word that is an agent may also be written as a brand, an abbreviation or an ATC code."""

    def __post_init__(self) -> None:
        """A column without a label of its own is asked for by its short name."""
        if not self.label:
            object.__setattr__(self, "label", self.short)


@dataclass(frozen=True)
class Table:
    """One file of a bundle. `identity` names a fact; `parents` are columns that name rows of other tables.

    `noun` is what one row is and what several are; `asked` are the columns that a person may fill in, in the order of
    a form; `in_a_line` are those by which a person recognizes a row, columns of one part separated by a space.
    """

    name: str
    noun: tuple[str, str]
    columns: tuple[Column, ...]
    identity: tuple[str, ...]
    asked: tuple[str, ...] = ()
    in_a_line: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    happened: tuple[str, ...] = ()
    """Date columns on which the patient must be born and alive."""
    ordered: tuple[tuple[str, str], ...] = ()
    """Pairs of dates of which the first may not lie after the second."""
    optional: bool = False
    """The file is in an export only where it has rows."""

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
    def title(self) -> str:
        """Its rows as a page heads them: `Transfusions`."""
        return self.noun[1][:1].upper() + self.noun[1][1:]

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

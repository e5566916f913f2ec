"""A settings file in TOML, read strictly: every fault is reported, each with its line, its table and what is expected.

`tables_of` gives the top table. Its reader takes each key that it knows, with the kind that it needs; a key that
nobody took is refused with the nearest known name. A value that cannot be used is noted, and an empty one of its kind
is given, so that reading goes on to the next fault. `Table.finish` raises them all.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction
from importlib.resources import files
from typing import Any, Self, TypeVar

from adjudication.toml_text import NotToml, read_toml

Word = TypeVar("Word", bound=StrEnum)
MOST_SET_ASIDE = 20
"""Lines that are no TOML, after which the rest of a file is not tried any more."""
_KINDS = {int: "a whole number", str: "text", bool: "true or false", list: "a list", dict: "a table"}
_NAMES = ("id", "title", "name", "code")
"""By which of its keys an entry of a list is named in a fault, the first that it has."""
_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?")
_KEY = re.compile(r"""\s*(?:"([^"\\]+)"|'([^']+)'|([\w-]+))\s*[=.]""")


@dataclass(frozen=True)
class Fault:
    """One fault in a file: its line (from 1, None where it has none), its table, and what was expected there."""

    line: int | None
    place: str
    what: str

    def __str__(self) -> str:
        """`line 84, rule 50-to-100: unknown within_days`."""
        where = ", ".join(part for part in (f"line {self.line}" if self.line else "", self.place) if part)
        return f"{where}: {self.what}" if where else self.what


class Unfit(ValueError):
    """A file that cannot be used; `faults` are all faults in it, in the order of their lines."""

    def __init__(self, file: str, faults: Iterable[Fault]) -> None:
        """`file` is its name in the message."""
        self.file = file
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line or 0))
        super().__init__("\n".join(f"{file}, {fault}" for fault in self.faults))


class Lines:
    """The line of each key in a file, by its table and the number of that table among those of its name."""

    def __init__(self, text: str) -> None:
        """`text` is the file."""
        self._keys: dict[tuple[str, int, str], int] = {}
        self._at: dict[int, tuple[str, int, str]] = {}
        table, seen = "", Counter[str]()
        for number, line in enumerate(text.split("\n"), 1):
            if header := _HEADER.match(line):
                table = header[1]
                seen[table] += 1
                at = (table, seen[table], "")
            elif key := _KEY.match(line):
                at = (table, seen[table], key[1] or key[2] or key[3])
            else:
                continue
            self._keys.setdefault(at, number)
            self._at[number] = at

    def at(self, line: int) -> tuple[str, int, str] | None:
        """The table, its number and the key that begin on a line; None where none does. A header has no key."""
        return self._at.get(line)

    def table_at(self, line: int) -> str:
        """The table that a line belongs to; empty above the first."""
        heads = [table for number, (table, _, key) in self._at.items() if not key and number <= line]
        return heads[-1] if heads else ""

    def has(self, table: str, number: int) -> bool:
        """Whether the file has so many headers of that name."""
        return (table, number, "") in self._keys

    def before(self, header: str, table: str, number: int) -> int:
        """How many headers of that name come before the one of another table."""
        line = self._keys.get((table, number, ""), 0)
        return sum(1 for (name, _, key), at in self._keys.items() if name == header and not key and at < line)

    def of(self, table: str, number: int, key: str = "") -> int | None:
        """The line of the key, else of its table; None for what the file does not hold."""
        outer, _, last = table.rpartition(".")
        return (
            self._keys.get((table, number, key))
            or self._keys.get((f"{table}.{key}" if table else key, 1, ""))
            or self._keys.get((table, number, ""))
            or (self._keys.get((outer, 1 if outer else 0, last)) if table else None)
        )


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that `word` most resembles, whatever its case, or None."""
    by_fold = {one.casefold(): one for one in known}
    found = get_close_matches(word.casefold(), list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


class _File:
    """A file's name, its lines, and the faults in it so far."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = Lines(text)
        self.faults: list[Fault] = []
        self.tables: list[Table] = []
        self.unreadable: set[tuple[str, int, str]] = set()
        """Keys whose line is no TOML: they are reported once, and not as missing."""


class Table:
    """One table of a file, its values as written in `values`. It must be read whole before `finish`.

    A method that takes a key with a `default` gives that where the key is absent; without one, an absent key is a
    fault.
    """

    def __init__(
        self, file: _File, values: Mapping[str, Any], place: str = "", at: tuple[str, int, str] = ("", 0, "")
    ) -> None:
        """`place` is its name in faults; `at` its header, the header's number, and a key within that."""
        self.file, self.place, self.at = file, place, at
        self.values = dict(values)
        self.left = dict(values)
        self.absent = False
        self._known: list[str] = []
        file.tables.append(self)

    def wrong(self, what: str, key: str = "") -> None:
        """Note a fault at a key, or at the table itself."""
        if not self.absent:  # that the table is absent is a fault already
            table, number, inside = self.at
            self.file.faults.append(Fault(self.file.lines.of(table, number, inside or key), self.place, what))

    def take(self, key: str, kind: type, default: Any = ...) -> Any:
        """The value of a key, of exactly that kind."""
        return self._taken(key, kind, default)[0]

    def _taken(self, key: str, kind: type, default: Any) -> tuple[Any, bool]:
        """The value of a key, and whether the file gives one of that kind."""
        self._known.append(key)
        value = self.left.pop(key, ...)
        if type(value) is kind:
            return value, True
        if value is ... and default is not ...:
            return default, False
        if value is not ...:
            self.wrong(f"{key} must be {_KINDS.get(kind, kind.__name__)}, not {value!r}", key)
        elif (*self.at[:2], key) not in self.file.unreadable:
            self.wrong(f"{key} is missing")
        return kind(), False

    def number(self, key: str, least: int, most: int, default: Any = ...) -> Any:
        """A whole number from `least` to `most`."""
        value, given = self._taken(key, int, default)
        if given and not least <= value <= most:
            limit = f"{least} or more" if value < least else f"{most} or less"
            self.wrong(f"{key} must be {limit}, not {value}", key)
        return min(value, most) if given else value

    def decimal(self, key: str, default: Any = ...) -> Any:
        """An exact number, written as text between quotes: `"16.114"`."""
        value, given = self._taken(key, str, default)
        if given:
            return self._exact(key, value)
        return Decimal(0) if default is ... else default

    def decimals(self, key: str, default: Any = ...) -> tuple[Decimal, ...]:
        """A list of exact numbers, each written as text."""
        return tuple(self._exact(key, one) for one in self.texts(key, default))

    def _exact(self, key: str, text: str) -> Decimal:
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            self.wrong(f"{key}: {text!r} is not a number", key)
            return Decimal(0)
        return value

    def fraction(self, key: str) -> Fraction:
        """An exact share, written as text: `"2/3"` or `"1"`."""
        value, given = self._taken(key, str, ...)
        try:
            return Fraction(value if given else 0)
        except (ValueError, ZeroDivisionError):
            self.wrong(f"{key}: {value!r} is not a number or a share such as 2/3", key)
            return Fraction(0)

    def texts(self, key: str, default: Any = ...) -> tuple[str, ...]:
        """A list of texts."""
        value = self.take(key, list, default)
        if not all(isinstance(one, str) for one in value):
            self.wrong(f"{key} must be texts, not {value!r}", key)
            return ()
        return tuple(value)

    def one_or_several(self, key: str) -> tuple[str, ...]:
        """One text, or a list of them."""
        if isinstance(self.left.get(key), str):
            return (self.take(key, str),)
        if key in self.left and not isinstance(self.left[key], list):
            self._known.append(key)
            self.wrong(f"{key} must be text or a list of texts, not {self.left.pop(key)!r}", key)
            return ()
        return self.texts(key)

    def one_of(self, key: str, words: Collection[str], default: Any = ...) -> Any:
        """One text of a closed list; the first of them where it is another."""
        value, given = self._taken(key, str, default)
        if given and value not in words:
            self.wrong(f"{key} must be one of {', '.join(words)}, not {value!r}", key)
        if value in words or (not given and default is not ...):
            return value
        return next(iter(words))

    def some_of(self, key: str, words: Collection[str], default: Any = ...) -> tuple[str, ...]:
        """Some texts of a closed list."""
        given = self.texts(key, default)
        unknown = [one for one in given if one not in words]
        if unknown:
            self.wrong(f"{key} knows {', '.join(words)}, not {', '.join(unknown)}", key)
        return tuple(one for one in given if one in words)

    def word(self, key: str, words: type[Word], default: Any = ...) -> Any:
        """One word of an enumeration."""
        value = self.one_of(key, list(words), default)
        return words(value) if isinstance(value, str) else value

    def words(self, key: str, words: type[Word], default: Any = ...) -> frozenset[Word]:
        """Some words of an enumeration."""
        return frozenset(words(one) for one in self.some_of(key, list(words), default))

    def table(self, key: str, default: Any = ...) -> Self:
        """A table within this one; `{}` as default gives an empty one where it is absent."""
        there = key in self.left
        values = self.take(key, dict, default)
        place = f"{self.place}: {key}" if self.place else key
        table, number, inside = self.at
        inner = type(self)(
            self.file, values, place, (table, number, inside or key) if table else (key, 1, "")
        )
        inner.absent = not there or not isinstance(self.values[key], dict)
        return inner

    def tables(self, key: str, default: Any = ...) -> list[Self]:
        """The entries of a list of tables, each under its `[[key]]`."""
        rows = self.take(key, list, default)
        table, number, inside = self.at
        header = f"{table}.{key}" if table else key
        if not all(isinstance(row, dict) for row in rows):
            self.wrong(f"{key} must be tables, written as [[{header}]]", key)
            return []
        # Headers of one name are numbered through the file; entries that are written inline have the key's line.
        before = self.file.lines.before(header, *self.at[:2])
        headed = not inside and self.file.lines.has(header, before + 1)
        return [
            type(self)(
                self.file,
                row,
                _place(self.place, key, row, index),
                (header, before + index, "") if headed else (table, number, inside or key),
            )
            for index, row in enumerate(rows, 1)
        ]

    def may_have(self, key: str) -> None:
        """Name a key that the table may have and has not, for the hints at unknown keys."""
        self._known.append(key)

    def open(self, kind: type) -> dict[str, Any]:
        """All keys that were not taken, whatever their names, each of one kind."""
        return {key: self.take(key, kind) for key in list(self.left)}

    def _close(self) -> None:
        for key in sorted(self.left):
            meant = nearest(key, self._known)
            hint = f"did you mean {meant}?" if meant else f"there are {', '.join(sorted(self._known))}"
            self.wrong(f"unknown {key}; {hint}", key)
        self.left = {}

    def refuse_unknown(self) -> None:
        """Note a fault for every key of the file that was not taken."""
        for table in list(self.file.tables):
            table._close()

    def finish(self) -> None:
        """Refuse what was not taken. Raises Unfit with every fault of the file."""
        self.refuse_unknown()
        if self.file.faults:
            raise Unfit(self.file.name, self.file.faults)


Kind = TypeVar("Kind", bound=Table)


def _place(outer: str, key: str, row: Mapping[str, Any], number: int) -> str:
    named = next((str(row[name]) for name in _NAMES if row.get(name)), str(number))
    return f"{outer}: {key} {named}" if outer else f"{key} {named}"


def tables_of(name: str, text: str) -> Table:
    """The top table of a TOML file; `name` is its name in faults. Raises Unfit where nothing of it can be read."""
    return tables_as(Table, name, text, float)


def tables_as(kind: type[Kind], name: str, text: str, parse_float: Callable[[str], Any]) -> Kind:
    """As `tables_of`, with tables of a kind that can read more, and decimals read by `parse_float`.

    A line with one key that is no TOML, or that gives a key again, is a fault and set aside, so that the rest is
    read too. Raises Unfit at once only where nothing more can be read.
    """
    file = _File(name, text)
    rest = text.split("\n")
    for _ in range(MOST_SET_ASIDE):
        try:
            top = kind(file, read_toml("\n".join(rest), parse_float=parse_float))
        except NotToml as error:
            at = file.lines.at(error.line) if error.line else None
            again = error.what.startswith(("Cannot", "Duplicate"))
            what = f"{at[2] or at[0]} is given twice" if at and again else f"not TOML: {error.what}"
            place = at[0] if at and at[2] else ""
            file.faults.append(Fault(error.line, place, what))
            if not error.line or not at or not at[2] or not (again or _is_broken(rest[error.line - 1])):
                break
            if not again:
                file.unreadable.add(at)
            rest[error.line - 1] = ""
        else:
            return top
    raise Unfit(name, file.faults)


def _is_broken(line: str) -> bool:
    """Whether a line is no TOML by itself, and no beginning of a value that goes on below."""
    try:
        tomllib.loads(line)
    except ValueError:
        return not re.search(r"""\"{3}|'{3}|=\s*[\[{][^\]}]*$""", line)
    return False


def published(name: str) -> Table:
    """The top table of a file in `adjudication/published`, by its name without `.toml`."""
    file = f"{name}.toml"
    return tables_of(file, (files("adjudication.published") / file).read_text("utf-8"))

"""The days of one file, read together through the formats that its mapping declares.

A format counts only if writing the day again gives the text. A file has one order of day and month: any cell with a
number above twelve decides for all; a file that shows two orders, another one than the mapping says, or none where
the mapping allows several, is refused as a whole.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from registry.errors import Problem, Refused, Usage
from registry.wording import page_day

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\S.*)?")
_ZONE = re.compile(r"\s*(?:Z|[+-]\d{2}:?\d{2}(?::?\d{2})?)$")
_SHORT = re.compile(r"(?<!\d)0(\d)(?!\d)")
_PARTS = re.compile(r"%[dmy]")
_HIDDEN_ORDER = ("%c", "%x", "%D")
_NAMED_ZONE = re.compile(r"\s*[A-Za-z/]+$")
_PROBES = (datetime(2001, 2, 3, 16, 5, 6, tzinfo=UTC), datetime(1999, 11, 22, 7, 8, 9, tzinfo=UTC))
_TIMES = ("%H", "%I", "%X", "%T", "%R", "%f", "%p")
_EARLIEST_YEAR = 1900
_ORDERS = {"day_first": "dmy", "month_first": "mdy", "year_first": "ymd"}
_CLOCKS = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S")

Place = Callable[[str], str]
"""Says where in the file a text stands: `lab.csv, row 3 (03/04/2026)`."""


def check_formats(formats: Sequence[str]) -> None:
    """Raise Usage for a format that cannot tell a day: a fault of the mapping, not of the file."""
    for pattern in formats:
        if not isinstance(pattern, str):
            raise Usage(f"date_formats: {pattern!r} is not text.")
        if any(one in pattern for one in _HIDDEN_ORDER):
            raise Usage(f"date_formats: {pattern} differs between machines: write %d, %m and %Y out.")
        try:
            whole = all(
                datetime.strptime(probe.strftime(pattern), pattern).date() == probe.date()
                for probe in _PROBES
            )
        except ValueError as error:
            raise Usage(f"date_formats: {pattern!r} is not a date format: {error}.") from error
        if not whole:
            raise Usage(f"date_formats: {pattern} does not give a day, month and year.")


def formats_of(date_order: str) -> tuple[str, ...]:
    """The formats of numbers that a declared order stands for. Raises Usage for a word that is no order."""
    if date_order not in _ORDERS:
        raise Usage(f"date_order is {date_order!r}: it is one of {', '.join(_ORDERS)}.")
    return tuple(
        mark.join(f"%{year if letter == 'y' else letter}" for letter in _ORDERS[date_order]) + clock
        for year in "Yy"
        for mark in "/.-"
        for clock in _CLOCKS
    )


def exactly(text: str, pattern: str) -> datetime | None:
    """The moment that `text` says in the format, or None where writing it again gives another text.

    A zero before a single digit may be missing where the digit stands by itself (3/4/2026), the fraction of a
    second may be as long as it likes up to six digits, the zone is written in any of its forms, and the case of
    letters does not matter.
    """
    text = " ".join(text.split())
    try:
        found = datetime.strptime(text, pattern)
    except ValueError:
        return None
    if found.year < _EARLIEST_YEAR:
        return None
    bare = _ZONE.sub("", text) if "%z" in pattern else text
    bare = _NAMED_ZONE.sub("", bare) if "%Z" in pattern else bare
    written = pattern.replace("%z", "").replace("%Z", "").strip()
    fractions = [""]
    if "%f" in written:
        digits = f"{found.microsecond:06d}"
        fractions = [digits[:size] for size in range(1, 7) if not int(digits[size:] or 0)]
    forms = {_plain(found.strftime(written.replace("%f", fraction))) for fraction in fractions}
    return found if _plain(bare) in forms else None


def _plain(text: str) -> str:
    return _SHORT.sub(r"\1", " ".join(text.split())).casefold()


@dataclass(frozen=True)
class _Format:
    """A format of numbers: `shape` is what is left without the order, `order` how day, month and short year stand."""

    pattern: str
    shape: str
    order: str

    @classmethod
    def of(cls, pattern: str) -> "_Format":
        parts = _PARTS.findall(pattern)
        return cls(pattern, _PARTS.sub("#", pattern), "".join(part[1] for part in parts))

    @property
    def has_order(self) -> bool:
        """Whether day and month are both numbers, so that they can be swapped."""
        return "d" in self.order and "m" in self.order

    @property
    def first(self) -> str:
        """`dm` or `md` where the year does not come first; else nothing: after a year nobody means them otherwise."""
        before = self.pattern[: min(self.pattern.find("%d"), self.pattern.find("%m"))].casefold()
        return "" if "%y" in before else self.order.replace("y", "")

    def swapped(self) -> "_Format":
        """The same format with day and month in the other order."""
        return _Format.of(self.pattern.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m"))


def reader(
    formats: Sequence[str], texts: Iterable[str], where: Place, file: str
) -> Callable[[str], str | None]:
    """A function that gives a text of the file as ISO, None where no format of the mapping fits it.

    `texts` are all the distinct days of the file, those of rows that are not taken too: they decide together. A
    text that is ISO already stays as it is. Raises Refused where the order of day and month is not one.
    """
    declared = [_Format.of(pattern) for pattern in formats]
    texts = list(dict.fromkeys(texts))
    chosen = _orders(declared, texts, where, file) if declared else {}

    def read(text: str) -> str | None:
        for one in declared:
            if one.has_order and chosen.get(one.shape) not in (None, one.order):
                continue
            found = exactly(text, one.pattern)
            if found is not None:
                timed = any(mark in one.pattern for mark in _TIMES)
                return found.isoformat() if timed else found.date().isoformat()
        return text if not declared or _ISO.fullmatch(text) else None

    return read


def _orders(declared: Sequence[_Format], texts: Sequence[str], where: Place, file: str) -> dict[str, str]:
    """The order that holds for each shape, shown by the texts and declared by the mapping."""
    shapes: dict[str, list[_Format]] = {}
    for one in declared:
        if one.has_order:
            shapes.setdefault(one.shape, []).append(one)
    families = {
        shape: _Family(mine, texts)
        for shape, mine in shapes.items()
        if len(mine) > 1 or mine[0].first  # else there is nothing to decide
    }
    used = {shape: one for shape, one in families.items() if one.fits}
    for family in used.values():
        family.settle(where, file)
    _one_order(used, where, file)
    for family in used.values():
        family.decide(where, file)
    return {shape: one.order for shape, one in used.items()}


class _Family:
    """Formats of one shape: which orders each text of the file can have, and which are left for all of them."""

    def __init__(self, declared: Sequence[_Format], texts: Sequence[str]) -> None:
        self.declared = {one.order: one for one in reversed(declared)}
        asked = dict(self.declared)
        for one in declared:
            if one.first:
                asked.setdefault(one.swapped().order, one.swapped())
        self.asked = asked
        self.fits: dict[str, frozenset[str]] = {}
        for text in texts:
            orders = frozenset(
                order for order, one in asked.items() if exactly(text, one.pattern) is not None
            )
            if orders:
                self.fits[text] = orders
        self.left = list(self.declared)
        self.order = self.left[0]

    def first_of(self, order: str) -> str:
        return self.asked[order].first

    def shown(self) -> dict[str, str]:
        """For each first place that some text shows for certain (`dm`, `md`), such a text."""
        found: dict[str, str] = {}
        for text, orders in self.fits.items():
            firsts = {self.first_of(order) for order in orders}
            if len(firsts) == 1:
                found.setdefault(firsts.pop(), text)
        return found

    def settle(self, where: Place, file: str) -> None:
        """Keep the declared orders that every text allows. Raises Refused where the texts contradict each other."""
        common = frozenset(self.asked)
        for text, orders in self.fits.items():
            if not common & orders:
                apart = [one for one, had in self.fits.items() if not had & orders]
                raise _two_orders(file, where, [*apart, next(iter(self.fits))][0], text)
            common &= orders
        self.left = [order for order in self.declared if order in common]
        if not self.left:
            text = next(text for text, orders in self.fits.items() if not orders & set(self.declared))
            mapping = " or ".join(one.pattern for one in self.declared.values())
            fitting = next((one for one, orders in self.fits.items() if orders & set(self.declared)), None)
            others = (
                f" {where(fitting)} would be read in the mapping's order, and may be swapped."
                if fitting
                else ""
            )
            raise _refused(
                file,
                f"days as the mapping writes them, {mapping}",
                f"{where(text)} shows the other order of day and month.{others} Correct date_formats in the "
                "mapping, or the file.",
                text,
            )

    def decide(self, where: Place, file: str) -> None:
        """Take the one order that is left. Raises Refused where several are and a text reads differently in them."""
        self.order = self.left[0]
        if len(self.left) == 1:
            return
        for text in self.fits:
            readings = {exactly(text, self.declared[order].pattern) for order in self.left} - {None}
            if len(readings) > 1:
                said = " or ".join(page_day(one) for one in sorted(one for one in readings if one))
                raise _refused(
                    file,
                    "one order of day and month",
                    f"{where(text)} is {said}: no day of the file shows which, and the mapping allows both. Keep "
                    "one of the formats in date_formats.",
                    text,
                )


def _one_order(used: dict[str, _Family], where: Place, file: str) -> None:
    """Over all shapes of a file day and month have one order: what one shape shows holds for the others."""
    certain: dict[str, str] = {}
    for family in used.values():
        firsts = {family.first_of(order) for order in family.left}
        if len(firsts) == 1:
            certain.setdefault(firsts.pop(), next(iter(family.fits)))
        for first, text in family.shown().items():
            certain[first] = text
    certain.pop("", None)
    if len(certain) > 1:
        raise _two_orders(file, where, *list(certain.values())[:2])
    if certain:
        [first] = certain
        for family in used.values():
            kept = [order for order in family.left if family.first_of(order) in ("", first)]
            family.left = kept or family.left


def _two_orders(file: str, where: Place, one: str, other: str) -> Refused:
    return _refused(
        file,
        "one order of day and month in the whole file",
        f"{where(one)} and {where(other)} cannot both be read in one order: write the days in one way.",
        other,
    )


def _refused(file: str, expected: str, remedy: str, value: str | None) -> Refused:
    problem = Problem(file, None, None, value, expected, remedy)
    return Refused(f"{file}: nothing was stored. Expected was {expected}. {remedy}", [problem])


def unreadable(text: str, formats: Sequence[str]) -> tuple[str, str]:
    """What was expected in place of a day that no format fits, and what to do about it."""
    expected = f"a day as the mapping writes it: {', '.join(formats)}"
    if re.fullmatch(r"[1-9]\d{4}(?:\.\d+)?", text):
        return (
            expected,
            "This is a spreadsheet's (Excel's) number of a day: format the column as a date and save again.",
        )
    if re.search(r"(?<!\d)24:?00", text):
        return expected, "24:00 is 00:00 of the next day: write that."
    return expected, "Correct the day, or add its format to date_formats in the mapping."

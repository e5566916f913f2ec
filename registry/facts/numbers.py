"""How the numbers of a file are written: which mark is the decimal, which groups thousands.

One file decides for all its cells (DEF-UNIT-04): 12,4 shows a decimal comma, 12.4 a decimal point; 45,000
alone shows nothing, because it may be forty-five or forty-five thousand. The other mark before exactly three
digits groups thousands only in units that count single cells; elsewhere it is asked about, never guessed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from registry.errors import NadirError

SPACES = " \u00a0\u202f\u2009'’"
"""Marks that can only group thousands: spaces and apostrophes."""
MAX_DIGITS = 15
_COMPARATORS = {"<": "<", ">": ">", "<=": None, ">=": None, "≤": None, "≥": None, "=": None, "": None}
_NUMBER = re.compile(
    r"^(?P<comparator><=|>=|[<>≤≥=])?\s*(?P<sign>[+-])?(?P<body>[0-9](?:[0-9.,\u00a0\u202f\u2009 '’]*[0-9])?)"
    r"(?:[eE](?P<exponent>[+-]?[0-9]{1,2}))?$"
)
_GROUPED = re.compile(r"^[1-9][0-9]{0,2}(?:[\u00a0\u202f\u2009 '’][0-9]{3})+(?![0-9])")
_ONE_GROUP = re.compile(r"^[1-9][0-9]{0,2}([.,])[0-9]{3}$")
_MANY_GROUPS = re.compile(r"^[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*(?:(?!\1)[.,][0-9]+)?$")
_DECIMAL = re.compile(r"^[0-9]+([.,])[0-9]+$")


class Ambiguous(NadirError):
    """The number has two readings and the file gives no hint which is meant."""


@dataclass(frozen=True)
class Marks:
    """Marks that may be decimal, that may group thousands, and that are unclear before three digits."""

    decimal: str
    thousands: str
    unclear: str = ""

    def for_whole_units(self) -> "Marks":
        """The same marks for a unit that counts single cells, where 45.000 is hardly a decimal."""
        return _OF_WHOLE_UNITS.get(self, self)


POINT = Marks(".", ",", unclear=",")
COMMA = Marks(",", ".", unclear=".")
BOTH = Marks(".,", ".,", unclear=".,")
UNDECIDED = Marks(".,", "", unclear=",")
WHOLE_UNDECIDED = Marks(".,", "", unclear=".,")
_OF_WHOLE_UNITS = {UNDECIDED: WHOLE_UNDECIDED, POINT: Marks(".", ","), COMMA: Marks(",", ".")}


@dataclass(frozen=True)
class Number:
    """A number as read. With a comparator, '<' or '>', `value` is the limit; <= and >= are it (DEF-UNIT-06)."""

    comparator: str | None
    value: Decimal
    spelling: str
    """As written, unless that could be read in two ways in another file: then respelled with a point."""


def _without_groups(body: str) -> str | None:
    """`body` without spaces and apostrophes that group thousands; None if they stand elsewhere."""
    if not any(mark in body for mark in SPACES):
        return body
    grouped = _GROUPED.match(body)
    if grouped is None or any(mark in body[grouped.end() :] for mark in SPACES):
        return None
    return "".join(character for character in body if character not in SPACES)


def _shows(text: str) -> str | None:
    """The decimal mark that this cell proves, or None."""
    match = _NUMBER.match(text)
    body = _without_groups(match["body"]) if match else None
    if body is None or _ONE_GROUP.match(body):
        return None
    single = _DECIMAL.match(body)
    if single:
        return single[1]
    groups = _MANY_GROUPS.match(body)
    if groups:
        return "," if groups[1] == "." else "."
    return None


def marks_of(texts: Iterable[str | None]) -> Marks:
    """The marks that the cells of one file prove together."""
    seen = {_shows(text.strip()) for text in texts if text} - {None}
    if seen == {".", ","}:
        return BOTH
    if seen == {"."}:
        return POINT
    return COMMA if seen else UNDECIDED


def _plain(body: str, marks: Marks) -> str | None:
    """`body` with a decimal point and no groups; None if these marks do not allow it. Raises Ambiguous."""
    if body.isdigit():
        return body
    one_group = _ONE_GROUP.match(body)
    if one_group:
        mark = one_group[1]
        if mark in marks.unclear:
            raise Ambiguous(f"{body} may be {body.replace(mark, '.')} or {body.replace(mark, '')}")
        if mark in marks.decimal:
            return body.replace(mark, ".")
        return body.replace(mark, "") if mark in marks.thousands else None
    single = _DECIMAL.match(body)
    if single:
        return body.replace(single[1], ".") if single[1] in marks.decimal else None
    groups = _MANY_GROUPS.match(body)
    if groups is None or groups[1] not in marks.thousands:
        return None
    whole = body.replace(groups[1], "")
    mark = next((character for character in whole if not character.isdigit()), None)
    if mark is None:
        return whole
    return whole.replace(mark, ".") if mark in marks.decimal else None


def _respelled(value: Decimal) -> str:
    """`value` written so that no file reads it in two ways: never exactly three digits behind the point."""
    text = format(value.normalize(), "f")
    return f"{text}0" if _ONE_GROUP.match(text.lstrip("-")) else text


def read_number(text: str, marks: Marks = UNDECIDED) -> Number | None:
    """The number that `text` writes under `marks`, or None if it writes none. Raises Ambiguous."""
    match = _NUMBER.match(text.strip())
    body = _without_groups(match["body"]) if match else None
    if match is None or body is None:
        return None
    plain = _plain(body, marks)
    if plain is None or any(len(part) > MAX_DIGITS for part in plain.split(".")):
        return None
    value = Decimal(f"{match['sign'] or ''}{plain}").scaleb(int(match["exponent"] or 0))
    if value.adjusted() >= MAX_DIGITS:
        return None
    unclear = _ONE_GROUP.match(body) or _MANY_GROUPS.match(body)
    spelling = f"{match['comparator'] or ''}{_respelled(value)}" if unclear else text.strip()
    return Number(_COMPARATORS[match["comparator"] or ""], value, spelling)

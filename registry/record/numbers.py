"""How the numbers of a file are written: which mark is the decimal, which groups thousands.

The cells of one file or pasted block decide together (DEF-UNIT-04). 12,4 shows a decimal comma for all of them; 12.4
beside it contradicts, and the file is refused. 45,000 alone shows nothing, because it may be forty-five or forty-five
thousand: what stays undecided is refused with both readings, never guessed. A unit that counts single cells has no
decimals, so there 45.000 is forty-five thousand whatever the other cells show, unless its own cells do have decimals.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from registry.errors import NadirError

SPACES = " \u00a0\u202f\u2009'’‘ʼ´`"
"""Marks that can only group thousands: spaces and apostrophes."""
MAX_DIGITS = 15
_COMPARATORS = {"<": "<", ">": ">", "<=": None, ">=": None, "≤": None, "≥": None, "=": None, "": None}
_NUMBER = re.compile(
    r"^(?P<comparator><=|>=|[<>≤≥=])?\s*(?P<sign>[+-])?(?P<body>[0-9](?:[0-9.,\u00a0\u202f\u2009 '’‘ʼ´`]*[0-9])?)"
    r"(?:[eE](?P<exponent>[+-]?[0-9]{1,2}))?$"
)
_GROUPED = re.compile(r"^[1-9][0-9]{0,2}(?:[\u00a0\u202f\u2009 '’‘ʼ´`][0-9]{3})+(?![0-9])")
_ONE_GROUP = re.compile(r"^[1-9][0-9]{0,2}([.,])[0-9]{3}$")
_MANY_GROUPS = re.compile(r"^[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*(?:(?!\1)[.,][0-9]+)?$")
_DECIMAL = re.compile(r"^[0-9]+([.,])[0-9]+$")


class Ambiguous(NadirError):
    """The number has two readings and the file gives no hint which is meant."""


class Contradiction(NadirError):
    """Two cells of one file cannot be written in one way; `first` and `second` are these cells."""

    def __init__(self, message: str, first: str, second: str) -> None:
        super().__init__(message)
        self.first = first
        self.second = second


@dataclass(frozen=True)
class Marks:
    """Marks that may be decimal, that may group thousands, and that are unclear before exactly three digits.

    `whole_unclear` is the last of these where a unit counts single cells: there a mark before three digits groups
    (`grouped`), unless the file has shown decimals in such a unit too.
    """

    decimal: str
    thousands: str
    unclear: str = ""
    whole_unclear: str = ""
    grouped: bool = False

    def for_whole_units(self) -> "Marks":
        """The same marks for a unit that counts single cells, which has no decimals."""
        return replace(self, thousands=".,", unclear=self.whole_unclear, grouped=True)


POINT = Marks(".", ",")
COMMA = Marks(",", ".")
UNDECIDED = Marks(".,", ".,", unclear=".,")
_OTHER = {".": ",", ",": "."}
_NAMES = {".": "point", ",": "comma"}


def declared(decimal: str | None, thousands: str | None) -> Marks | None:
    """The marks that a mapping declares, each `.` or `,` (`thousands` also empty, None where it says nothing of it).

    None where it declares nothing: then the file decides.
    """
    if decimal is None:
        decimal = _OTHER.get(thousands or "")
    if decimal is None:
        return None
    return Marks(decimal, _OTHER[decimal], whole_unclear=decimal)


@dataclass(frozen=True)
class Number:
    """A number as read. With a comparator, '<' or '>', `value` is the limit; <= and >= are it (DEF-UNIT-06)."""

    comparator: str | None
    value: Decimal
    plain: str
    """As understood: with a point, without groups, and so that no other file reads it in two ways."""


def _without_groups(body: str) -> str | None:
    """`body` without spaces and apostrophes that group thousands; None if they stand elsewhere."""
    if not any(mark in body for mark in SPACES):
        return body
    grouped = _GROUPED.match(body)
    if grouped is None or any(mark in body[grouped.end() :] for mark in SPACES):
        return None
    return "".join(character for character in body if character not in SPACES)


def _shows(text: str, whole: bool) -> str | None:
    """The decimal mark that this cell proves, or None. In a `whole` unit only decimals prove one."""
    match = _NUMBER.match(text)
    body = _without_groups(match["body"]) if match else None
    if body is None or _ONE_GROUP.match(body):
        return None
    single = _DECIMAL.match(body)
    if single:
        return single[1]
    groups = _MANY_GROUPS.match(body)
    if groups and (not whole or _OTHER[groups[1]] in body):
        return _OTHER[groups[1]]
    return None


def marks_of(
    texts: Iterable[str | None], whole: Iterable[str | None] = (), said: Marks | None = None
) -> Marks:
    """The marks that the cells of one file prove together; `whole` are those in units that count single cells.

    `said` are marks that a mapping declares: the cells must agree with them. Raises Contradiction.
    """
    proofs: dict[str, str] = {}
    in_whole = set()
    for cells, is_whole in ((texts, False), (whole, True)):
        for text in cells:
            mark = _shows(text.strip(), is_whole) if text else None
            if mark is not None and text is not None:
                proofs.setdefault(mark, text.strip())
                in_whole |= {mark} if is_whole else set()
    if said is not None and (against := proofs.get(_OTHER[said.decimal])) is not None:
        meant = _NAMES[said.decimal]
        raise Contradiction(
            f"the mapping declares a decimal {meant}, and {against} shows another mark",
            f"decimal {meant}",
            against,
        )
    if len(proofs) == 2:
        point, comma = proofs["."], proofs[","]
        raise Contradiction(f"{point} shows a decimal point, {comma} a decimal comma", point, comma)
    if said is not None:
        return said
    marks = POINT if "." in proofs else COMMA if proofs else UNDECIDED
    return replace(marks, whole_unclear="".join(in_whole))


def _plain(body: str, marks: Marks) -> str | None:
    """`body` with a decimal point and no groups; None if these marks do not allow it. Raises Ambiguous."""
    if body.isdigit():
        return body
    one_group = _ONE_GROUP.match(body)
    if one_group:
        mark = one_group[1]
        if mark in marks.unclear:
            raise Ambiguous(f"{body} may be {body.replace(mark, '.')} or {body.replace(mark, '')}")
        if mark in marks.decimal and not marks.grouped:
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
    signed = f"{match['sign'] or ''}{plain}"
    value = Decimal(signed).scaleb(int(match["exponent"] or 0))
    if value.adjusted() >= MAX_DIGITS:
        return None
    sign = match["comparator"] or ""
    if _ONE_GROUP.match(body) or _MANY_GROUPS.match(body):
        spelling = f"{sign}{_respelled(value)}"
    else:
        spelling = f"{sign}{signed}{match[0][match.end('body') :]}"
    return Number(_COMPARATORS[sign], value, spelling)


def read_plain(text: str) -> Number | None:
    """A number as `Number.plain` writes it: with a point, without groups. None if it is not written so."""
    return read_number(text, _PLAIN) if not any(mark in text for mark in f",{SPACES}") else None


def readings(text: str) -> list[Number]:
    """Every way to read `text` as a number, the decimal point first."""
    read = (read_number(text, marks) for marks in (POINT, COMMA, POINT.for_whole_units()))
    return list({number.value: number for number in read if number is not None}.values())


_PLAIN = Marks(".", "")

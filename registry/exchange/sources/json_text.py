"""Strict reading of JSON whose numbers stay the text that was written: 12.40 is 12.40."""

import json
import re
from typing import Any

from registry.exchange.sources.opening import refused

_EXPONENT = re.compile(r"(-?\d+(?:\.\d+)?)[eE]([+-]?\d{1,2})")


class WrittenNumber(str):
    """A number of JSON as its text. A text between quotation marks is a plain `str`."""

    __slots__ = ()


def parsed(text: str, file: str, *, row: int | None = None) -> Any:
    """The value of a JSON text, numbers as `WrittenNumber`. Raises Refused for what is no JSON."""
    try:
        return json.loads(
            text, parse_float=WrittenNumber, parse_int=WrittenNumber, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) and row is None else ""
        remedy = f"It is damaged or incomplete{where}. Export it again."
        raise refused(file, "JSON", remedy, row=row) from error


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def encoded(data: bytes, file: str) -> str:
    """JSON is UTF-8; with a byte order mark UTF-16 too. Raises Refused."""
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeError as error:
        raise refused(file, "JSON in UTF-8", "Export it again.") from error

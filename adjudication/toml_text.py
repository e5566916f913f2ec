"""TOML that somebody brings, read in bounded time: the one door for mappings, protocols, criteria and sign-in files.

The library takes a time that grows with the square of the parts of a dotted key, and ends in several kinds of
errors. Here a key has few parts, a file few characters, and whatever is wrong is one error with its line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import Any

MOST_CHARACTERS = 200_000
"""Far more than any file of settings has."""
MOST_PARTS = 8
"""Of one dotted key; no file of this registry has more than three."""
_PART = r"""(?:(?<![\w-])[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{MOST_PARTS}}}")
_PLACE = re.compile(r"(.*) \(at line (\d+), column \d+\)", re.DOTALL)


class NotToml(ValueError):
    """A text that is no TOML, or more of it than a file of settings can be; `line` is where, None if nowhere."""

    def __init__(self, what: str, line: int | None = None) -> None:
        self.what, self.line = what, line
        super().__init__(what if line is None else f"{what} (line {line})")


def read_toml(text: str, *, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The values of a TOML text. Raises NotToml, and nothing else, whatever the text."""
    if len(text) > MOST_CHARACTERS:
        raise NotToml(f"{len(text):,} characters are too many: at most {MOST_CHARACTERS:,}")
    long = _LONG_KEY.search(text)
    if long:
        line = text.count("\n", 0, long.start()) + 1
        raise NotToml(f"A key has at most {MOST_PARTS} parts between dots", line)
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except RecursionError as error:
        raise NotToml("Values are nested too deeply") from error
    except (ValueError, ArithmeticError) as error:  # of the syntax, or a number that no computer holds
        found = _PLACE.fullmatch(str(error))
        if isinstance(error, tomllib.TOMLDecodeError) and found:
            raise NotToml(found[1], int(found[2])) from error
        raise NotToml(str(error) if isinstance(error, ValueError) else "A number is too large") from error

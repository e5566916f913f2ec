"""Patterns that a site writes in its mapping, tried on what a laboratory wrote: both may be hostile, or a slip.

A pattern with repetitions within repetitions can take years for forty characters. Such patterns are refused when the
mapping is read, and no single text is tried for more than a moment.
"""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from registry.errors import Usage

SECONDS = 2.0
LONGEST_PATTERN = 1_000
LONGEST_TEXT = 10_000
"""Characters of a cell in which a pattern is looked for. Comments of laboratories are far shorter."""
_NESTED = "repeats what is itself repeated, which can take years: write it without nested * or +"


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of a mapping. Raises ValueError for one that could run away, or that is none."""
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"a pattern has {len(pattern):,} characters of {LONGEST_PATTERN:,} at most")
    try:
        found = re.compile(pattern)
        tree = re._parser.parse(pattern)  # type: ignore[attr-defined]
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{pattern[:80]!r} is not a valid pattern: {error}") from error
    if _runs_away(tree, inside=False):
        raise ValueError(f"the pattern {pattern[:80]!r} {_NESTED}")
    return found


def matches(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the pattern is in the text. Raises Usage where that takes more than a moment."""
    return searched(pattern, text) is not None


def searched(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first place of the pattern in the text. Raises Usage where that takes more than a moment."""
    with _at_most(SECONDS, pattern.pattern):
        return pattern.search(text[:LONGEST_TEXT])


def _runs_away(tree: Any, *, inside: bool) -> bool:
    """Whether a part that may be repeated often, and in more than one number, holds another such part."""
    for operation, argument in tree:
        name = str(operation)
        if name == "GROUPREF" and inside:
            return True
        repeated = inside
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, _ = argument
            if inside and high != low:
                return True
            repeated = inside or int(high) > 10
        if any(_runs_away(part, inside=repeated) for part in _parts(argument)):
            return True
    return False


def _parts(argument: Any) -> Iterator[Any]:
    """The trees within the argument of an operation."""
    if isinstance(argument, re._parser.SubPattern):  # type: ignore[attr-defined]
        yield argument
    elif isinstance(argument, (tuple, list)):
        for one in argument:
            yield from _parts(one)


@contextmanager
def _at_most(seconds: float, pattern: str) -> Iterator[None]:
    """Raise Usage in the main thread once the time is over; Python looks for signals while it matches."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Usage(f"The pattern {pattern[:80]!r} takes too long: write a simpler one in the mapping.")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

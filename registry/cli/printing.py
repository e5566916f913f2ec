"""What is printed where: results on standard output for people or programs, everything else on standard error.

A command that the running app carries out for somebody has the terminal of that person (`terminal`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

import click

from registry.errors import Conflict, FaultyFile, NadirError, Refused
from registry.visible import visible
from registry.wording import file_moment

if TYPE_CHECKING:
    from registry.errors import Clash, Problem

_MOST_PROBLEMS = 200


class Terminal(Protocol):
    """Where a command prints, and whom it asks."""

    @property
    def watched(self) -> bool:
        """Whether a person sees a progress bar."""

    def write(self, content: str | bytes, *, newline: bool, error: bool) -> None:
        """Print on standard output, or with `error` on standard error."""

    def password(self, prompt: str) -> str:
        """Ask for a password, which is not shown."""

    def line(self) -> str:
        """One line of standard input, without its end."""


class OwnTerminal:
    """The terminal of this process."""

    @property
    def watched(self) -> bool:
        """Whether standard error is a terminal."""
        return sys.stderr.isatty()

    def write(self, content: str | bytes, *, newline: bool, error: bool) -> None:
        """Print it."""
        click.echo(content, nl=newline, err=error)

    def password(self, prompt: str) -> str:
        """Ask on standard error."""
        return str(click.prompt(prompt, hide_input=True, err=True))

    def line(self) -> str:
        """Read standard input."""
        return sys.stdin.readline().rstrip("\r\n")


terminal: ContextVar[Terminal] = ContextVar("terminal", default=OwnTerminal())  # noqa: B039


def out(text: str, *, newline: bool = True) -> None:
    """Print a result on standard output: what came from files and people cannot steer the terminal."""
    terminal.get().write(visible(text, lines=True), newline=newline, error=False)


def out_unchanged(content: str | bytes, *, error: bool = False) -> None:
    """Give a file out on standard output (`error`: standard error), for a program or a file: every byte as it is."""
    terminal.get().write(content, newline=False, error=error)


def say(text: str) -> None:
    """Tell the person, on standard error."""
    terminal.get().write(visible(text, lines=True), newline=True, error=True)


def tell_error(error: NadirError) -> None:
    """What the registry refuses, with all that it lists."""
    for line in error.faults if isinstance(error, FaultyFile) else [str(error)]:
        say(visible(line))
    if isinstance(error, Refused):
        list_problems([problem for problem in error.problems if str(problem) not in str(error)])
    if isinstance(error, Conflict):
        list_clashes(error.clashes)


def list_problems(problems: list[Problem]) -> None:
    """One line a problem on standard error, the first of very many."""
    for problem in problems[:_MOST_PROBLEMS]:
        say(f"  {problem}")
    if len(problems) > _MOST_PROBLEMS:
        say(f"  … and {len(problems) - _MOST_PROBLEMS:,} more")


def list_clashes(clashes: Sequence[Clash]) -> None:
    """Both versions of each fact that somebody else changed, and what was wanted, on standard error."""
    for one in clashes:
        if one.changed_by and one.changed_at:
            because = f": {one.changed_because}" if one.changed_because else ""
            say(cell(f"  changed by {one.changed_by} on {file_moment(one.changed_at)}{because}"))
        seen, current = one.seen or {}, one.current or {}
        for name, wanted in one.wanted.items():
            values = {"seen": seen.get(name), "now": current.get(name), "wanted": wanted}
            if len({value or "" for value in values.values()}) > 1:
                said = ", ".join(f"{word} {value or 'not recorded'}" for word, value in values.items())
                say(cell(f"  {name}: {said}"))


def print_json(value: object) -> None:
    """The result for programs, on standard output."""
    print_json_text(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_json_text(text: str) -> None:
    """JSON on standard output; what a terminal obeys although JSON allows it stands there as its escape."""
    out_unchanged(
        "".join(sign if sign == "\n" or visible(sign) == sign else _json_escape(sign) for sign in text) + "\n"
    )


def _json_escape(sign: str) -> str:
    """What json leaves as it is although a terminal obeys it; it stands within quotes, and means the same."""
    return json.dumps(sign)[1:-1] if ord(sign) > 0x7F else f"\\u{ord(sign):04x}"


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, only where a person is watching and only when it takes a while."""
    from tqdm import tqdm

    with tqdm(
        desc=title, unit="", delay=1, file=sys.stderr, disable=not terminal.get().watched, leave=False
    ) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


@contextmanager
def judging_bar() -> Iterator[Callable[[int, int], None]]:
    """A progress bar for judging, after a line that says what a first time on a machine waits for."""
    from adjudication.response.engine import is_compiled

    if not is_compiled():
        say("Compiling the assessment engine, once for this version: about half a minute.")
    with progress_bar("judging") as bar:
        yield bar


def print_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], indent: str = "") -> None:
    """Rows under titled columns, as wide as they need to be; nothing recorded is an empty cell.

    A column that is empty in every row is left out.
    """
    kept = {
        name: title for name, title in columns.items() if any(row.get(name) not in (None, "") for row in rows)
    }
    if not kept:
        return
    lines = [list(kept.values()), *([cell(row.get(name)) for name in kept] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(kept))]
    for line in lines:
        out(indent + "  ".join(f"{word:{width}}" for word, width in zip(line, widths, strict=True)).rstrip())


def cell(value: object) -> str:
    """One value on one line: control characters of a recorded text are shown, not obeyed."""
    return "" if value is None else visible(str(value))

"""What is printed where: results on standard output for people or programs, everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from registry.errors import Clash, Problem

_MOST_PROBLEMS = 200


def say(text: str) -> None:
    """Tell the person, on standard error."""
    click.echo(text, err=True)


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
            say(cell(f"  changed by {one.changed_by} on {one.changed_at:%Y-%m-%d %H:%M} UTC{because}"))
        seen, current = one.seen or {}, one.current or {}
        for name, wanted in one.wanted.items():
            values = {"seen": seen.get(name), "now": current.get(name), "wanted": wanted}
            if len({value or "" for value in values.values()}) > 1:
                said = ", ".join(f"{word} {value or 'not recorded'}" for word, value in values.items())
                say(cell(f"  {name}: {said}"))


def print_json(value: object) -> None:
    """The result for programs, on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, only where a person is watching and only when it takes a while."""
    from tqdm import tqdm

    with tqdm(
        desc=title, unit="", delay=1, file=sys.stderr, disable=not sys.stderr.isatty(), leave=False
    ) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


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
        click.echo(
            indent + "  ".join(f"{word:{width}}" for word, width in zip(line, widths, strict=True)).rstrip()
        )


def cell(value: object) -> str:
    """One value on one line: control characters of a recorded text cannot reach the terminal."""
    text = "" if value is None else str(value)
    return "".join(sign if sign.isprintable() else " " for sign in text)

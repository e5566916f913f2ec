"""What is printed where: results on standard output for people or programs, everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from registry.errors import Problem

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

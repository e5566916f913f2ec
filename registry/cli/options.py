"""What the commands share: the options, the example in the help, and how the registry is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial, wraps
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database

OpenRegistry = Callable[..., AbstractContextManager[tuple["Database", "Actor"]]]
"""Opens the registry of a command, as the person who gives it."""

db_option = click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The registry's file (else NADIR_DB, else your data folder).",
)
who_option = click.option(
    "--as", "who", metavar="USER", help="The account to act as (else the local operator)."
)
judge_option = click.option("--no-judge", is_flag=True, help="Do not judge the patient again now.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result for programs.")


def example(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put an example into the help of a command."""

    def attach(function: Callable[..., Any]) -> Callable[..., Any]:
        function.__doc__ = f"{cleandoc(function.__doc__ or '')}\n\n\b\nExample:\n  {text}"
        return function

    return attach


def default_path() -> Path:
    """The registry that is meant when none is named: the one that the app would open."""
    from registry.serve import registry_path

    return registry_path()


@contextmanager
def opened(path: Path | None, who: str | None, *, create: bool = False) -> Iterator[tuple[Database, Actor]]:
    """The registry at `path`, and the account that acts on it."""
    from registry.cli.printing import say
    from registry.store.database import Database

    with Database.open(path or default_path(), create=create) as db:
        if db.altered_outside:
            say(db.altered_outside)
        yield db, db.actor(who)


def on_registry(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command on the registry: it has --db and --as, and `open_registry` opens that file as that person.

    The command reads within `open_registry()` and prints after it, so that a slow reader of its output holds no lock.
    """

    @db_option
    @who_option
    @wraps(command)
    def run(*given: Any, db: Path | None, who: str | None, **named: Any) -> Any:
        return command(*given, open_registry=partial(opened, db, who), **named)

    return run

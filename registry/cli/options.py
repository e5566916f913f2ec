"""What the commands share: the options, the example in the help, and how the registry is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from inspect import cleandoc
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database

db_option = click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The registry file (default: NADIR_DB, then your data folder).",
)
who_option = click.option(
    "--as", "who", metavar="USER", help="The account to use (default: the local operator)."
)
judge_option = click.option("--no-judge", is_flag=True, help="Do not re-assess the patient now.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


class MappingName(click.ParamType):
    """A mapping: the path of its file where there is such a file, else a name. The app needs to be told which."""

    name = "mapping"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002
        ctx: click.Context | None,  # noqa: ARG002
    ) -> Path | str:
        """A path or a name."""
        return Path(value) if Path(value).is_file() else str(value)


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
def opened(
    path: Path | None, who: str | None, *, create: bool = False, backups: Path | None = None
) -> Iterator[tuple[Database, Actor]]:
    """The registry at `path`, and the account that acts on it; `backups` is for a copy before an upgrade."""
    from registry.cli.printing import say
    from registry.serve import copies_of
    from registry.store.database import Database

    file = path or default_path()
    with Database.open(file, create=create, backups=backups or copies_of(file), announce=say) as db:
        if db.altered_outside:
            say(db.altered_outside)
        yield db, db.actor(who)


class OpenRegistry(Protocol):
    """Opens the registry of a command, as the person who gives it."""

    path: Path
    running: bool
    """Whether the app has it open and carries the command out, so that its file cannot be read from outside."""

    def __call__(self, *, create: bool = False) -> AbstractContextManager[tuple[Database, Actor]]:
        """The registry and the account that acts, until the block ends."""


class _FromFile:
    running = False

    def __init__(self, path: Path, who: str | None) -> None:
        self.path, self._who = path, who

    def __call__(self, *, create: bool = False) -> AbstractContextManager[tuple[Database, Actor]]:
        return opened(self.path, self._who, create=create)


def on_registry(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command on the registry: it has --db and --as, and `open_registry` opens that file as that person.

    The command reads within `open_registry()` and prints after it, so that a slow reader of its output holds no lock.
    Where the app has the file open, the app carries the command out.
    """

    return who_option(on_file(command))


def on_file(command: Callable[..., Any]) -> Callable[..., Any]:
    """As `on_registry`, for a command of whoever owns the file: it has no --as."""

    @db_option
    @wraps(command)
    def run(*, db: Path | None, who: str | None = None, **options: Any) -> Any:
        from registry.errors import Busy

        path = db or default_path()
        options = {name: _kept(value) for name, value in options.items()}
        try:
            return command(**options, open_registry=_FromFile(path, who))
        except Busy:
            from registry.cli.running_app import ask_app

            context = click.get_current_context()
            code = ask_app(path, context.command_path.split()[1:], options, who)
            if code is None:
                raise
            context.exit(code)

    vars(run)["on_registry"] = command
    return run


def _kept(value: Any) -> Any:
    """What can be read twice: here, and by the app."""
    return BytesIO(value.read()) if hasattr(value, "read") else value


@contextmanager
def open_for_import(open_registry: OpenRegistry, dry_run: bool) -> Iterator[tuple[Database, Actor]]:
    """The registry, made if there is none; a dry run without one tries on an empty one that is thrown away."""
    from tempfile import TemporaryDirectory

    from registry.cli.printing import say

    there = open_registry.path.exists()
    if there or not dry_run:
        with open_registry(create=not there) as both:
            if not there:
                say(f"A new registry was created at {both[0].path}.")
            yield both
        return
    with TemporaryDirectory() as folder, opened(Path(folder) / "dry-run.duckdb", None, create=True) as both:
        yield both

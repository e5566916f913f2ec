"""Registries that many tests begin with: made once a run, by the real migrations and the real judge, then copied.

A registry costs a third of a second to make and a twentieth to copy. Tests of creation and migration themselves make
their own. All workers of a run share one folder; the first that needs a template makes it while the others wait.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from registry.store.database import Database, utc_now
from tests.conftest import TEMPLATES

Now = Callable[[], datetime]


@contextmanager
def alone(name: str) -> Iterator[Path]:
    """The folder of templates, while no other worker is inside a block of this name."""
    folder = Path(os.environ[TEMPLATES])
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def copied(name: str, make: Callable[[Path], None], path: Path) -> Path:
    """A closed registry at `path`: a copy of what `make` made, once a run, under this name."""
    with alone(name) as folder:
        template = folder / name / "registry.duckdb"
        if not template.parent.exists():
            making = folder / f"{name}.making"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            make(making / template.name)
            making.rename(template.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    for kept in template.parent.iterdir():
        if kept.suffix != ".lock":
            shutil.copyfile(kept, path.with_name(kept.name.replace(template.name, path.name)))
    return path


def new_registry(path: Path, *, now: Now = utc_now) -> Database:
    """An empty registry at `path`, open. It has the identity of every other copy: make a second one anew."""
    copied(f"empty {_by(now)}", lambda made: Database.open(made, create=True, now=now).close(), path)
    return Database.open(path, now=now)


def cohort_at(path: Path, *, judged: bool = True, now: Now = utc_now) -> Path:
    """The reference cohort in a closed registry at `path`."""
    from registry import demo, review

    def loaded(made: Path) -> None:
        with new_registry(made, now=now) as database:
            demo.load(database, database.actor(None))

    def refreshed(made: Path) -> None:
        copied(f"loaded {_by(now)}", loaded, made)
        with Database.open(made, now=now) as database:
            review.rejudge(database, database.actor(None))

    if judged:
        return copied(f"judged {_by(now)}", refreshed, path)
    return copied(f"loaded {_by(now)}", loaded, path)


def _by(now: Now) -> str:
    """A word for the clock: tests that have one of their own begin at its time."""
    return "now" if now is utc_now else f"{now():%Y%m%dT%H%M%S}"


def compile_once() -> None:
    """Compile the engine, which keeps its code on disk for later processes, while other workers wait."""
    from tests.spec.builder import itp

    with alone("compiling"):
        itp(counts={0: 10})

"""A watched folder: each file that has become quiet is imported, and moved to `done` or `queue` beside its report.

A file is moved after the import is stored. Whatever ends the program in between leaves the file where it was, and
importing it again changes nothing. No file is deleted, none is written over.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from registry.errors import NadirError, NotPermitted, Refused, Usage
from registry.exchange.intake import ImportRefused, import_path
from registry.exchange.sources.recognition import format_of
from registry.roles import Actor
from registry.store.database import Database
from registry.visible import visible

QUIET_SECONDS = 5.0
"""So long the size of a file must stay before it is taken."""
LOOK_SECONDS = 1.0
DONE, QUEUE = "done", "queue"
REPORT = ".report.json"
_LONGEST_NAME_BYTES = 240
"""Of a report's name, with room for a number; file systems take 255."""


@dataclass(frozen=True)
class Waiting:
    """A file of the folder, as it was when it was looked at."""

    path: Path
    size: int
    written_ns: int

    @classmethod
    def of(cls, path: Path) -> Waiting | None:
        """The file as it is now; None where it is gone."""
        try:
            state = path.stat(follow_symlinks=False)
        except OSError:
            return None
        return cls(path, state.st_size, state.st_mtime_ns)


@dataclass(frozen=True)
class Moved:
    """What became of a file: `outcome` is done or queue, `error` why nothing of it was stored."""

    name: str
    outcome: str
    path: Path
    report: Path
    error: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """The same for `--json`."""
        return {
            "name": self.name,
            "outcome": self.outcome,
            "path": str(self.path),
            "report": str(self.report),
            "error": self.error,
        }

    def text(self) -> str:
        """One line for a person."""
        why = "" if self.error is None else f" {self.error}"
        return visible(f"{self.name} is in {self.path.parent.name}/{self.path.name}.{why}")


class Watched:
    """A folder whose files are taken when they are quiet. Raises Usage where it cannot be watched."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise Usage(f"{folder} is not a folder.")
        for name in (DONE, QUEUE):
            target = folder / name
            if target.is_symlink() or (target.exists() and not target.is_dir()):
                raise Usage(f"{target} is not a folder, so no file can be moved there.")
        self.folder = folder
        self._seen: dict[Path, tuple[Waiting, float]] = {}

    def files(self) -> list[Waiting]:
        """The files that wait, the oldest first: no dot files, no folders and nothing that only points to a file."""
        with os.scandir(self.folder) as entries:
            paths = [
                Path(entry.path)
                for entry in entries
                if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)
            ]
        waiting = [state for state in map(Waiting.of, paths) if state is not None]
        return sorted(waiting, key=lambda state: (state.written_ns, state.path.name))

    def quiet_since_written(self, now: float) -> list[Waiting]:
        """The files that were last written 5 seconds before `now` (seconds since 1970) or earlier."""
        return [state for state in self.files() if now - state.written_ns / 1e9 >= QUIET_SECONDS]

    def quiet_since_seen(self, now: float) -> list[Waiting]:
        """The files that were the same at every look of the last 5 seconds; `now` is of a clock that never jumps."""
        before = self._seen
        self._seen = {}
        for state in self.files():
            earlier, since = before.get(state.path, (state, now))
            self._seen[state.path] = (state, since if earlier == state else now)
        return [state for state, since in self._seen.values() if now - since >= QUIET_SECONDS]

    def looks(
        self, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> Iterator[list[Waiting]]:
        """Look every second, without end, and give the quiet files wherever there are some."""
        while True:
            ready = self.quiet_since_seen(clock())
            if ready:
                yield ready
            sleep(LOOK_SECONDS)

    def take(
        self,
        db: Database,
        actor: Actor,
        waiting: Waiting,
        *,
        format: str | None = None,  # noqa: A002 -- the word of the command line
        mapping: Path | str | None = None,
        part: str = "results",
        accept_valid_rows: bool = False,
    ) -> Moved | None:
        """Import a file and move it: to `done` where no row was refused, else to `queue`.

        None where it was written to meanwhile: it stays, and is imported again. Raises Busy and Unavailable, after
        which the file is where it was.
        """
        path = waiting.path
        content: Mapping[str, Any]
        try:
            form = format or format_of(path, has_mapping=mapping is not None)
            report = import_path(
                db,
                actor,
                path,
                format=form,
                mapping=mapping,
                part=part,
                accept_valid_rows=accept_valid_rows,
            )
            content, error = report.as_json(), None
            outcome = QUEUE if report.total("refused") else DONE
        except (Refused, Usage, NotPermitted) as refused:
            content, error, outcome = _refusal(path, refused), visible(str(refused), lines=True), QUEUE
        if Waiting.of(path) != waiting:
            return None
        return self._move(path, outcome, {**content, "error": error}, error)

    def _move(self, path: Path, outcome: str, content: Mapping[str, Any], error: str | None) -> Moved:
        folder = self.folder / outcome
        folder.mkdir(exist_ok=True)
        text = json.dumps(content, indent=2, default=str) + "\n"
        for target in _names(folder, path.name):
            if os.path.lexists(target):
                continue
            report = target.with_name(target.name + REPORT)
            try:
                with report.open("x", encoding="utf-8") as new:  # this name is now ours, for the file as well
                    new.write(text)
            except FileExistsError:
                continue
            path.rename(target)
            return Moved(path.name, outcome, target, report, error)
        raise Usage(f"There is no free name for {visible(path.name)} in {folder}.")


def _refusal(path: Path, error: NadirError) -> dict[str, Any]:
    if isinstance(error, ImportRefused):
        return error.report.as_json()
    problems = error.problems if isinstance(error, Refused) else []
    return {
        "subject": visible(path.name),
        "outcome": "refused",
        "problem_count": len(problems),
        "problems": [asdict(problem) for problem in problems],
    }


def _names(folder: Path, name: str) -> Iterator[Path]:
    """`lab.csv`, `lab-2.csv`, `lab-3.csv` …, cut where a report's name would be too long."""
    stem, ending = Path(name).stem, Path(name).suffix
    while stem and len(os.fsencode(stem + ending + REPORT)) > _LONGEST_NAME_BYTES:
        stem, ending = (stem[:-1], ending) if len(stem) > 1 else (stem + ending[:100], "")
    yield folder / (stem + ending)
    for number in range(2, 100_000):
        yield folder / f"{stem}-{number}{ending}"

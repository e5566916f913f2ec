"""Copying a registry while it is in use: changes wait only until the bytes are taken, not until the disk has them.

The files are read by another process, because reading them in this one would drop the lock that DuckDB holds. The
main file and its log are taken together while nobody writes, so that the registry itself needs no checkpoint: the copy
brings its own log into its own file. What is not finished has a name of its own and is renamed when it is whole.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import duckdb

from registry.errors import Damaged, Problem, Unavailable
from registry.store import disk
from registry.store.anchor import Anchor, Kind, Mark, file_digest, sync_folder

Held = TypeVar("Held")


@dataclass
class Copies:
    """How the hourly copies of an open registry fare: their folder, and why the last attempt failed, if it did."""

    folder: Path
    failure: str | None = None
    failed_at: datetime | None = None


FOLDER = "backups"
"""The folder beside a registry for its copies, unless another is named."""
BEFORE_UPGRADE = "-before-upgrade"
"""How the name of a copy ends that was made before an upgrade: it stays until somebody removes it."""
MOMENT = "%Y%m%dT%H%M%SZ"
"""The time (UTC) in the name of a copy."""
PARTIAL = ".partial"
"""How the name of a copy ends that is not whole yet."""
_COPY = """
import os, shutil, sys
os.umask(0o077)
asked_by, names = int(sys.argv[1]), sys.argv[2:]
taken = []
word = sys.stdin.readline()
for source, target in zip(names[::2], names[1::2]):
    if not word or os.getppid() != asked_by:
        sys.exit("whoever asked for the copy has ended")
    if os.path.exists(source):
        with open(source, "rb") as read, open(target, "xb") as written:  # never into what another copies by now
            try:  # within the kernel; where the file system can, without copying a byte
                while os.copy_file_range(read.fileno(), written.fileno(), 1 << 30):
                    pass
            except (AttributeError, OSError):
                read.seek(0), written.seek(0)
                shutil.copyfileobj(read, written, 1 << 20)
        taken.append(target)
print("taken", flush=True)  # whoever holds the registry may write again
for target in taken:
    handle = os.open(target, os.O_RDWR)
    os.fsync(handle)
    os.close(handle)
"""


def folder_of(registry: Path, named: Path | str | None = None) -> Path:
    """The folder for the copies of a registry: `named`, else `backups` beside it."""
    return Path(named).resolve() if named else registry.resolve().parent / FOLDER


def next_name(folder: Path, registry: Path, at: datetime, ending: str = "") -> Path:
    """Where a copy made at a time goes: `registry-20260331T093000Z.duckdb`, a second later if that is taken."""
    while (file := folder / f"{registry.stem}-{at.strftime(MOMENT)}{ending}{registry.suffix}").exists():
        at += timedelta(seconds=1)
    return file


def log_of(file: Path) -> Path:
    """The write-ahead log that DuckDB keeps beside a file."""
    return Path(f"{file}.wal")


def partial_of(file: Path) -> Path:
    """Where a copy stands until it is whole."""
    return file.with_name(file.name + PARTIAL)


def size_of(path: Path) -> int:
    """The bytes of a registry with its log."""
    return sum(part.stat().st_size for part in (path, log_of(path)) if part.exists())


def copy_files(source: Path, target: Path, while_held: AbstractContextManager[Held]) -> Held:
    """Copy a registry's file and its log to `target` and wait until the disk has them; gives what the block yields.

    Inside `while_held` nobody writes; it ends as soon as the bytes are taken.
    Raises Unavailable if the copy cannot be made.
    """
    names = [str(name) for pair in ((source, target), (log_of(source), log_of(target))) for name in pair]
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _COPY, str(os.getpid()), *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as copier:
        assert copier.stdin is not None  # noqa: S101
        assert copier.stdout is not None  # noqa: S101
        try:
            with while_held as held:
                copier.stdin.write("\n")
                copier.stdin.flush()
                copier.stdout.readline()
        except BaseException:
            copier.kill()
            raise
        _, errors = copier.communicate()
    if copier.returncode != 0:
        why = errors.strip().rpartition("\n")[2] or f"the copying ended with {copier.returncode}"
        raise Unavailable(f"{source} could not be copied to {target}: {why}. Check the disk, then try again.")
    return held


def settle(file: Path) -> None:
    """Bring the log of a copy into its file. Raises Damaged if the copy does not open, Unavailable without room."""
    if not log_of(file).exists():
        return
    try:
        connection = duckdb.connect(str(file))
        try:
            connection.execute("CHECKPOINT")
        finally:
            connection.close()
    except (duckdb.IOException, duckdb.FatalException) as error:
        raise Unavailable(
            f"The copy {file} could not be finished: {first_line(error)}. Check the disk, then try again."
        ) from error
    except duckdb.Error as error:
        raise Damaged(f"{file} is not an intact copy: {first_line(error)}") from error


def whole_copy(
    source: Path,
    file: Path,
    while_held: AbstractContextManager[tuple[int, str]] | None,
    *,
    verify: Callable[[Path], list[Problem]],
    head_of: Callable[[Path], tuple[int, str]],
    now: Callable[[], datetime],
) -> Path:
    """Make a verified copy of `source` that waits under a name of its own to be renamed to `file`; gives that name.

    `while_held` yields the head of the audit trail; None where nobody has the registry open for writing. `verify` lists
    what is wrong in a closed registry, `head_of` reads its head.
    Raises Damaged if the copy does not verify, Unavailable without room or on a failing disk. Then nothing is left.
    """
    partial = partial_of(file)
    try:
        with disk.told(f"{file} cannot be written"):
            disk.require_room(file.parent, size_of(source), "a copy of the registry")
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            remove(partial)
            if while_held is None:
                copy_files(source, partial, nullcontext())
                settle(partial)
                head = head_of(partial)
            else:
                head = copy_files(source, partial, while_held)
                settle(partial)
            Anchor(partial).start_again(Mark(Kind.CLOSED, *head, now(), file_digest(partial)))
        refuse_problems(file, verify(partial))
    except BaseException:
        remove(partial)
        raise
    return partial


def publish(partial: Path, file: Path) -> None:
    """Give a whole copy its name: the anchor first, since a registry without its anchor is not opened."""
    with disk.told(f"{file} cannot be written"):
        Path(f"{partial}.lock").unlink(missing_ok=True)
        Anchor(partial).path.rename(Anchor(file).path)
        partial.rename(file)
        sync_folder(file.parent)


def refuse_problems(file: Path, problems: list[Problem]) -> None:
    """Raise Damaged if anything is wrong in a copy."""
    if problems:
        raise Damaged(f"{file} is not an intact copy: {problems[0]} ({len(problems)} problems in all)")


def remove(partial: Path) -> None:
    """Remove a copy with all that stands beside it."""
    beside = (".anchor", f".anchor{PARTIAL}", ".lock", ".wal")
    for path in (partial, *(Path(f"{partial}{ending}") for ending in beside)):
        path.unlink(missing_ok=True)


def first_line(error: Exception) -> str:
    """What DuckDB says of an error, without its details."""
    return str(error).partition("\n")[0]

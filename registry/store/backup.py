"""Copies that can be trusted: a backup counts only once the copy itself was opened and verified.

The file of an open registry is copied by another process, because reading it in this one would drop the lock
that DuckDB holds on it. Nothing is destroyed by a restore: what stood in the place is moved aside.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from registry.errors import Damaged, Problem, Unavailable, Usage
from registry.roles import Action, Actor
from registry.store import verify
from registry.store.anchor import Anchor, Kind, Mark, file_digest, sync_folder
from registry.store.database import Database, utc_now
from registry.store.filelock import FileLock

PRIVATE = 0o077  # permissions that nobody but the owner should have
_COPY = """
import os, shutil, sys
os.umask(0o077)
shutil.copyfile(sys.argv[1], sys.argv[2])
handle = os.open(sys.argv[2], os.O_RDWR)
os.fsync(handle)
os.close(handle)
"""


def backup(db: Database, actor: Actor, file: Path | str, *, now: Callable[[], datetime] = utc_now) -> Path:
    """Copy the open registry to a new `file`, with an anchor of its own, and verify the copy.

    Changes wait meanwhile (about a second for 1 GB). The backup is an audit event, and is in the copy.
    Raises Usage if `file` exists, Damaged if the copy does not verify, Unavailable if it cannot be made,
    NotPermitted.
    """
    file = Path(file).resolve()
    if file.exists() or Anchor(file).exists():
        raise Usage(f"{file} exists. Choose another name: a backup never overwrites.")
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.partial")
    _remove(partial)
    with db.change(actor, Action.BACKUP, file.name) as change:
        change.note(None, {"file": str(file)})
    try:
        with db.paused():
            _copy(db.path, partial)
            head = db.head
        Anchor(partial).start_again(Mark(Kind.CLOSED, *head, now(), file_digest(partial)))
        _refuse_problems(partial, Database.verify_path(partial))
        _rename(partial, file)
    finally:
        _remove(partial)
    return file


def restore(file: Path | str, path: Path | str, *, now: Callable[[], datetime] = utc_now) -> Path | None:
    """Put a verified copy of the backup `file` in the place of the registry at `path`.

    What stood there is moved aside; its new name is returned, None if nothing stood there. A file without an
    anchor is taken in if everything inside agrees. The restore is an audit event of the local operator.
    Raises Usage without a file, Damaged if it does not verify, Busy while either is in use.
    """
    file, path = Path(file).resolve(), Path(path).resolve()
    problems = Database.verify_path(file)
    if not Anchor(file).exists():
        problems = [
            one
            for one in problems
            if not one.file.endswith(".anchor") and not one.expected.startswith(verify.OUTSIDE)
        ]
    _refuse_problems(file, problems)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    lock = FileLock(path)
    try:
        _remove(partial)
        _copy(file, partial)
        Anchor(partial).start_again(Mark(Kind.RESTORED, *Database.head_of(partial), now()))
        aside = _move_aside(path, now())
        _rename(partial, path)
    finally:
        _remove(partial)
        lock.release()
    with Database.open(path, now=now) as db, db.change(db.actor(None), Action.RESTORE, file.name):
        pass
    return aside


def doctor(path: Path | str) -> list[Problem]:
    """Everything that endangers the registry at `path`, closed: what `verify` finds, who may read it, room."""
    path = Path(path).resolve()
    return [*Database.verify_path(path), *surroundings(path)]


def surroundings(path: Path) -> list[Problem]:
    """What endangers the registry at `path` from outside: who may read its files, and room on the disk.

    No file is opened: that would drop the lock of a registry that this process has open.
    """
    problems = []
    for one in (path, Anchor(path).path):
        if one.exists() and one.stat().st_mode & PRIVATE:
            mode = f"{one.stat().st_mode & 0o777:o}"
            problems.append(
                Problem(str(one), None, None, mode, "a file for its owner alone (600)", "chmod 600.")
            )
    free, size = shutil.disk_usage(path.parent).free, path.stat().st_size
    if free < 2 * size:
        room = f"{2 * size} bytes free on the disk, twice the registry"
        problems.append(
            Problem(str(path), None, None, str(free), room, "Make room: a full disk stops changes.")
        )
    return problems


def _copy(source: Path, target: Path) -> None:
    """Copy a whole file in a process of its own and wait until the disk has it."""
    log = Path(f"{source}.wal")
    if log.exists() and log.stat().st_size > 0:
        raise Unavailable(f"{source} has changes outside its main file. Open and close it, then try again.")
    done = subprocess.run(
        [sys.executable, "-I", "-c", _COPY, str(source), str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        why = done.stderr.strip().rpartition("\n")[2]
        raise Unavailable(f"{source} could not be copied to {target}: {why}. Check the disk, then try again.")


def _refuse_problems(file: Path, problems: list[Problem]) -> None:
    if problems:
        raise Damaged(f"{file} is not an intact copy: {problems[0]} ({len(problems)} problems in all)")


def _move_aside(path: Path, at: datetime) -> Path | None:
    if not path.exists():
        Anchor(path).path.unlink(missing_ok=True)
        return None
    aside = path.with_name(f"{path.name}.before-{at:%Y%m%dT%H%M%S}")
    if aside.exists():
        raise Usage(f"{aside} exists. Move it away first.")
    log = Path(f"{path}.wal")
    if log.exists():
        log.rename(f"{aside}.wal")
    if Anchor(path).exists():
        Anchor(path).path.rename(Anchor(aside).path)
    path.rename(aside)
    return aside


def _rename(partial: Path, target: Path) -> None:
    """The anchor first: a registry without its anchor would not be opened, one without itself is not there."""
    Anchor(partial).path.rename(Anchor(target).path)
    partial.rename(target)
    sync_folder(target.parent)


def _remove(partial: Path) -> None:
    for path in (partial, Anchor(partial).path, Path(f"{partial}.lock"), Path(f"{partial}.wal")):
        path.unlink(missing_ok=True)

"""Copies that can be trusted: a backup counts only once the copy itself was opened and verified.

Nothing is destroyed by a restore: what stood in the place is moved aside.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from registry.errors import Problem, Usage
from registry.roles import Action, Actor
from registry.store import disk, placing
from registry.store.anchor import Anchor, Kind, Mark
from registry.store.copying import (
    copy_files,
    partial_of,
    publish,
    refuse_problems,
    remove,
    size_of,
    whole_copy,
)
from registry.store.database import Database, utc_now
from registry.store.filelock import FileLock
from registry.wording import file_moment

PRIVATE = 0o077  # permissions that nobody but the owner should have


def backup(
    db: Database,
    actor: Actor | None,
    file: Path | str,
    *,
    removing: Sequence[Path] = (),
    now: Callable[[], datetime] | None = None,
) -> Path:
    """Copy the open registry to a new `file`, with an anchor of its own, and verify the copy.

    Changes wait only while the bytes are taken. The backup is an audit event of `actor` (None: the program itself),
    stored once the copy was verified and before it gets its name; it names the older copies that the caller is
    `removing`. `now` is for the copy's anchor (default: the clock of the registry).
    Raises Usage if `file` exists, Damaged if the copy does not verify, Unavailable if it cannot be made,
    NotPermitted. Then there is no copy.
    """
    file = Path(file).resolve()
    if actor is not None:
        db.actor(actor.name).require(Action.BACKUP.permission)
    if file.exists() or Anchor(file).exists():
        raise Usage(f"{file} exists. Choose another name: a backup never overwrites.")
    partial = whole_copy(
        db.path, file, db.held(), verify=Database.verify_copy, head_of=Database.head_of, now=now or db.now
    )
    try:
        contents: dict[str, object] = {"file": str(file), "last_seq": Database.head_of(partial)[0]}
        if removing:
            contents["removed"] = [path.name for path in removing]
        db.log_backup(actor, file.name, contents)
        publish(partial, file)
    finally:
        remove(partial)
    return file


def restore(
    file: Path | str,
    path: Path | str,
    *,
    now: Callable[[], datetime] = utc_now,
    backups: Path | None = None,
    announce: Callable[[str], None] | None = None,
) -> Path | None:
    """Put a verified copy of the backup `file` in the place of the registry at `path`.

    What stood there is moved aside; its new name is returned, None if nothing stood there. A kill at any moment leaves
    the old registry, or a note with which the next opening finishes the restore. A file without an
    anchor is taken in if everything inside agrees. The restore is an audit event of the local operator. `backups` and
    `announce` as in `Database.open`, for a backup of an older edition.
    Raises Usage without a file, Damaged if it does not verify, Busy while either is in use, Unavailable without room.
    """
    file, path = Path(file).resolve(), Path(path).resolve()
    _refuse_unsound(file)
    partial = partial_of(path)
    with disk.told(f"{path} cannot be replaced"):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            placing.finish(path)
            placing.end(path)
            aside = path.with_name(f"{path.name}.before-{now():%Y%m%dT%H%M%S}")
            if aside.exists():
                raise Usage(f"{aside} exists. Move it away first.")
            stood = path.exists()
            disk.require_room(path.parent, size_of(file), "the restored registry")
            try:
                copy_files(file, partial, nullcontext())
                Anchor(partial).start_again(Mark(Kind.RESTORED, *Database.head_of(partial), now()))
            except BaseException:
                remove(partial)
                raise
            placing.begin(path, placing.Placing(str(uuid.uuid4()), file.name, aside.name))
        finally:
            lock.release()
    Database.open(path, now=now, backups=backups, announce=announce).close()  # which finishes it
    return aside if stood else None


def restore_drill(
    file: Path | str, examine: Callable[[Database], list[Problem]], *, now: Callable[[], datetime] = utc_now
) -> list[Problem]:
    """Restore a backup into a folder of its own, open it as the app would, and remove it again.

    What `verify` and `examine` find wrong in it; empty where the backup would bring everything back. The folder is
    made beside `file` and needs its room. The backup and every registry stay as they are.
    Raises as `restore` does.
    """
    file = Path(file).resolve()
    if not file.exists():
        raise Usage(f"There is no backup at {file}.")
    with (
        disk.told(f"No folder for the drill can be made beside {file}"),
        TemporaryDirectory(prefix="drill-", dir=file.parent) as folder,
    ):
        restored = Path(folder) / file.name
        restore(file, restored, now=now)
        with Database.open(restored, now=now) as db:
            problems = [*db.verify(), *examine(db)]
        return problems + Database.verify_path(restored)


def doctor(path: Path | str) -> list[Problem]:
    """Everything that endangers the registry at `path`, closed: what `verify` finds, who may read it, room."""
    path = Path(path).resolve()
    return [*Database.verify_path(path), *surroundings(path)]


def surroundings(path: Path) -> list[Problem]:
    """What endangers the registry at `path` from outside: who may read its files, and room on the disk.

    No file is opened: that would drop the lock of a registry that this process has open.
    """
    problems = []
    for part in (path, Anchor(path).path):
        if part.exists() and part.stat().st_mode & PRIVATE:
            mode = f"{part.stat().st_mode & 0o777:o}"
            problems.append(
                Problem(str(part), None, None, mode, "a file for its owner alone (600)", "chmod 600.")
            )
    for part in (path.parent, path):
        if not os.access(part, os.W_OK):
            wanted = "to be writable for the user who runs the registry"
            problems.append(
                Problem(str(part), None, None, None, wanted, "Until then nothing can be changed.")
            )
    free, size = disk.free_bytes(path.parent), path.stat().st_size
    needed = max(2 * size, size + disk.FLOOR_BYTES)
    if free < needed:
        room = f"{needed} bytes free on the disk, for a copy of the registry and its changes"
        problems.append(
            Problem(str(path), None, None, str(free), room, "Make room: a full disk stops changes.")
        )
    return problems


def failing_copies(db: Database) -> list[Problem]:
    """That the last hourly copy of an open registry failed, in the app that makes them."""
    state = db.copies
    if state is None or state.failure is None or state.failed_at is None:
        return []
    wanted = f"a backup every hour in which something changed; the attempt of {file_moment(state.failed_at)} failed"
    return [Problem(str(state.folder), None, None, None, wanted, state.failure)]


def _refuse_unsound(file: Path) -> None:
    """Raise Damaged if a backup is not what was written; one without its anchor is taken in for what it holds."""
    problems = Database.verify_copy(file)
    if not Anchor(file).exists():
        problems = [problem for problem in problems if not problem.file.endswith(".anchor")]
    refuse_problems(file, problems)

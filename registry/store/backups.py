"""Backups by the hour: when a copy is due, which older ones are kept, and where they are.

What is due and what is outdated are pure functions of (path, time) and of the clock. Times are UTC without zone, as the
names of the copies have them; a copy of another name is never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from registry.roles import Action, Actor
from registry.store import disk
from registry.store.anchor import Anchor
from registry.store.backup import backup
from registry.store.copying import MOMENT, PARTIAL, next_name, remove
from registry.store.database import Database

EVERY = timedelta(hours=1)
DAILY, WEEKLY, MONTHLY = 7, 4, 12
"""The newest copy is kept of so many days, weeks and months that have one; within a day, every copy."""


@dataclass(frozen=True)
class Copy:
    """A copy that the schedule made: where it is, and when it was made (UTC)."""

    path: Path
    made_at: datetime


def copies(folder: Path, registry: Path) -> list[Copy]:
    """The copies of a registry that the schedule made in a folder, the oldest first. Raises OSError."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        at = _made_at(path.name, registry)
        if at is not None:
            found.append(Copy(path, at))
    return sorted(found, key=lambda copy: copy.made_at)


def due(made: Iterable[Copy], now: datetime) -> bool:
    """Whether a changed registry needs a new copy: the newest is an hour old, or of a time that has not come yet."""
    newest = max((copy.made_at for copy in made), default=None)
    return newest is None or not timedelta(0) <= now - newest < EVERY


def outdated(made: Iterable[Copy], now: datetime) -> list[Copy]:
    """The copies that need not be kept, the oldest first.

    Kept are: all of the last 24 hours; the newest of each of the 7 newest days, 4 newest weeks (from Monday on) and 12
    newest months that have a copy at all. Time alone removes nothing: a registry that nobody changes keeps its last.
    """
    ordered = sorted(made, key=lambda copy: copy.made_at)
    kept = {copy.path for copy in ordered if now - copy.made_at < timedelta(days=1)}
    for period, number in (("%Y-%m-%d", DAILY), ("%G-%V", WEEKLY), ("%Y-%m", MONTHLY)):
        newest = {copy.made_at.strftime(period): copy.path for copy in ordered}
        kept |= set(list(newest.values())[-number:])
    return [copy for copy in ordered if copy.path not in kept]


def changed_since(db: Database, copy: Path | None) -> bool:
    """Whether the registry holds anything that a copy of it does not; backups themselves do not count."""
    if copy is None:
        return True
    mark = Anchor(copy).last() if Anchor(copy).exists() else None
    if mark is None or db.rows("SELECT digest FROM audit_event WHERE seq = $1", [mark.seq]) != [
        (mark.digest,)
    ]:
        return True  # a copy of another past: the registry was restored since
    later = "SELECT count(*) FROM audit_event WHERE seq > $1 AND action <> $2"
    return bool(db.rows(later, [mark.seq, str(Action.BACKUP)])[0][0])


def keep_copy(db: Database, folder: Path, *, actor: Actor | None = None) -> Path:
    """Make a verified copy of the open registry in `folder`, then remove those that need not be kept any more.

    Raises Unavailable for a folder that is full or cannot be written, Damaged if the copy does not verify,
    NotPermitted; then every older copy stays.
    """
    with disk.told(f"{folder} cannot be written"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear(folder, db.path)
        made = copies(folder, db.path)
    file = next_name(folder, db.path, db.now())
    gone = outdated([*made, Copy(file, db.now())], db.now())
    backup(db, actor, file, removing=[copy.path for copy in gone])
    with disk.told(f"An outdated copy in {folder} cannot be removed"):
        for old in gone:
            old.path.unlink(missing_ok=True)  # before its anchor: a copy with its anchor is whole
            Anchor(old.path).path.unlink(missing_ok=True)
    return file


def keep_copy_if_due(db: Database, folder: Path) -> Path | None:
    """As `keep_copy` by the program itself, if an hour has passed and something changed; None if not."""
    with disk.told(f"{folder} cannot be read"):
        made = copies(folder, db.path)
        if not due(made, db.now()) or not changed_since(db, made[-1].path if made else None):
            return None
    return keep_copy(db, folder)


def newest(folder: Path, registry: Path) -> Copy | None:
    """The newest copy that the schedule made. Raises OSError."""
    return max(copies(folder, registry), key=lambda copy: copy.made_at, default=None)


def _made_at(name: str, registry: Path) -> datetime | None:
    """When a copy of this name was made; None for a file that the schedule did not name."""
    pattern = rf"{re.escape(registry.stem)}-(\d{{8}}T\d{{6}}Z){re.escape(registry.suffix)}"
    found = re.fullmatch(pattern, name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], MOMENT)
    except ValueError:
        return None


def _clear(folder: Path, registry: Path) -> None:
    """Remove what a kill left: copies without their name, and anchors of copies that are gone."""
    for path in list(folder.glob(f"{registry.stem}-*")):
        file = _without(path, (f".anchor{PARTIAL}", ".anchor", ".lock", ".wal"))
        if file.name.endswith(PARTIAL) and _made_at(file.name.removesuffix(PARTIAL), registry):
            remove(file)
        elif path.name.endswith(".anchor") and _made_at(file.name, registry) and not file.exists():
            path.unlink(missing_ok=True)


def _without(path: Path, endings: Sequence[str]) -> Path:
    for ending in endings:
        if path.name.endswith(ending):
            return path.with_name(path.name.removesuffix(ending))
    return path

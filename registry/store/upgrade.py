"""Before a registry of an older edition is brought up to date: is there room, and a verified copy of what it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from registry.errors import Damaged, Problem
from registry.store import disk
from registry.store.copying import BEFORE_UPGRADE, next_name, publish, size_of, whole_copy
from registry.store.migrations import Migration
from registry.wording import number_of


@dataclass(frozen=True)
class Upgrade:
    """The migrations that were applied when a registry was opened, in order, and the verified copy made before."""

    copy: Path
    applied: tuple[Migration, ...]

    @property
    def announcement(self) -> str:
        """What is told before the first migration."""
        return (
            f"This registry was written by an older edition. It was copied to {self.copy}, and the copy verified. "
            f"Now it is brought up to date ({number_of(len(self.applied), 'change')} of its tables)."
        )


def prepare_upgrade(
    path: Path,
    folder: Path,
    left: Sequence[Migration],
    *,
    verify: Callable[[Path], list[Problem]],
    head_of: Callable[[Path], tuple[int, str]],
    now: Callable[[], datetime],
) -> Upgrade:
    """Copy the registry at `path`, to which nothing was written since it was opened, into `folder`.

    Raises Unavailable without room for the copy and for the migrations, which may write every table anew; Damaged if
    the copy does not verify. Then the registry was not changed.
    """
    size = size_of(path)
    same_disk = _disk_of(folder) == _disk_of(path.parent)
    disk.require_room(path.parent, size * (2 if same_disk else 1), "bringing the registry up to date")
    file = next_name(folder, path, now(), BEFORE_UPGRADE)
    try:
        partial = whole_copy(path, file, None, verify=verify, head_of=head_of, now=now)
    except Damaged as error:
        raise Damaged(
            f"{path} was written by an older edition and was not brought up to date, because it is not what was "
            f"written: {error}. Nothing was changed. Run `nadir verify`, then restore the newest backup."
        ) from error
    publish(partial, file)
    return Upgrade(file, tuple(left))


def _disk_of(folder: Path) -> int:
    """The number of the disk of a folder, or of the nearest one above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.stat().st_dev

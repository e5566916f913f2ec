"""The disk under a registry: how much room it has, and its failures in words.

No file of a registry is opened here: that would drop the lock that DuckDB holds on it.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.errors import Unavailable

FLOOR_BYTES = 16 * 2**20
"""So much stays free on the disk of a registry: a change that would begin with less is refused.

An ordinary change takes some kilobytes. The rest is what the registry needs to end well whatever else fills the disk
meanwhile: the log is brought into the file, the anchor gets its lines, and sign-ins and backups are still audited.
"""
_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of the disk is used up",
    errno.EROFS: "the disk can only be read",
    errno.EACCES: "the permissions of the folder do not allow it",
    errno.EPERM: "the permissions of the folder do not allow it",
    errno.EFBIG: "the file would be larger than the system allows",
    errno.EIO: "the disk fails",
    errno.ENOENT: "the folder is not there",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EEXIST: "a file stands where the folder should be",
}
OF_THE_DISK = frozenset(_WORDS) - {errno.ENOENT, errno.ENOTDIR, errno.EEXIST}
"""Failures of a disk or of its permissions, whatever was to be written."""


def in_words(error: OSError) -> str:
    """Why the system refused, in few words: `the disk is full`."""
    return _WORDS.get(error.errno or 0) or (error.strerror or str(error) or "the system refused it").lower()


def as_unavailable(error: OSError) -> Unavailable | None:
    """What to tell where the disk refused something of which nobody thought; None if it was not the disk."""
    if error.errno not in OF_THE_DISK or isinstance(error, BrokenPipeError):
        return None
    place = f"{error.filename} could not be used" if error.filename else "Something could not be written"
    why = in_words(error)
    return Unavailable(f"{place}: {why}. Check the disk, then try again.", cause=why)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Let a failure of the disk inside the block be told: `what` names what could not be done.

    Raises Unavailable instead of OSError.
    """
    try:
        yield
    except OSError as error:
        why = in_words(error)
        raise Unavailable(f"{what}: {why}. Check the disk, then try again.", cause=why) from error


def refuse_read_only(path: Path) -> None:
    """Raise Unavailable if this user may not write a registry's file or its folder; nothing is opened."""
    for part in (path.parent, path):
        if part.exists() and not os.access(part, os.W_OK):
            raise Unavailable(
                f"{part} can only be read, so the registry is not opened. `nadir verify` and `nadir doctor` "
                "read it as it is. Make it writable for this user, or restore a backup elsewhere.",
                cause="the disk can only be read",
            )


def identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from any other of the same name: its disk and its number there; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def free_bytes(folder: Path) -> int:
    """The bytes that this user may still write on the disk of a folder, or of the nearest one above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def require_room(folder: Path, needed_bytes: int, purpose: str) -> None:
    """Raise Unavailable unless `needed_bytes` and the floor fit on the disk of a folder; nothing is written.

    `purpose` says what they are for: `a copy of the registry`.
    """
    with told(f"{folder} cannot be looked at"):
        free = free_bytes(folder)
    if free < needed_bytes + FLOOR_BYTES:
        raise Unavailable(
            f"The disk of {folder} is almost full: {_size(free)} are free, and {purpose} needs "
            f"{_size(needed_bytes + FLOOR_BYTES)}. Nothing was stored. Make room, then try again.",
            cause="the disk is almost full",
        )


def _size(count: int) -> str:
    """`16.0 MB`, never more than there is."""
    return f"{count * 10 // 2**20 / 10:.1f} MB"

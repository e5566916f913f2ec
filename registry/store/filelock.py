"""One process, one owner: a lock beside the database.

DuckDB's own lock is lost as soon as any code in the process opens and closes the database file (that is how
POSIX locks work), after which a second process can write and erase what the first wrote. A flock on a file
beside it does not have this weakness, and a second opening in the same process is refused as well.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from registry.errors import Busy, Unavailable
from registry.store import disk


class FileLock:
    """The lock of one database, held until `release`."""

    def __init__(self, database: Path, *, reading: bool = False) -> None:
        """Take the lock at once. Raises Busy if somebody holds it, Unavailable where none can be made.

        For `reading` no lock is needed where none can be made: then nobody can write there either.
        """
        self._handle = _opened(Path(f"{database}.lock"), reading=reading)
        if self._handle is None:
            return
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._handle, 64).decode("ascii", errors="replace").strip() or "unknown"
            os.close(self._handle)
            who = "this process itself" if holder == str(os.getpid()) else f"process {holder}"
            raise Busy(
                f"{database} is in use by {who}. "
                "Close the app or the command that has it open, then try again."
            ) from error
        with suppress(OSError):  # it is only for the words above, and a full disk takes none
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others have it. The lock file stays: removing it would let two processes lock two files."""
        if self._handle is not None:
            os.close(self._handle)


def _opened(path: Path, *, reading: bool) -> int | None:
    """The lock file, open; None where it neither is nor can be made and only `reading` is wanted."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        try:
            return os.open(path, os.O_RDONLY)  # enough for a lock
        except OSError:
            if reading:
                return None
        why = disk.in_words(error)
        raise Unavailable(
            f"The lock {path} cannot be made: {why}. Check the disk, then try again.", cause=why
        ) from error

"""One process, one owner: a lock beside the database.

DuckDB's own lock is lost as soon as any code in the process opens and closes the database file (that is how
POSIX locks work), after which a second process can write and erase what the first wrote. A flock on a file
beside it does not have this weakness, and a second opening in the same process is refused as well.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from registry.errors import Busy


class FileLock:
    """The lock of one database, held until `release`."""

    def __init__(self, database: Path) -> None:
        """Take the lock at once; raises Busy if somebody holds it."""
        path = Path(f"{database}.lock")
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
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
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others have it. The lock file stays: removing it would let two processes lock two files."""
        os.close(self._handle)

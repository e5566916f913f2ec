"""The open registry of this server: owned by the process itself, so that clearing any cache loses nothing.

It is opened as the server starts and closed as it stops. Pages only borrow it.
"""

import atexit
import logging
import threading
from pathlib import Path

from registry.serve import copies_of
from registry.store.database import Database

_LOG = logging.getLogger("nadir")
_lock = threading.Lock()
_held: list[Database] = []


def held(path: Path) -> Database:
    """The registry at `path`, opened by the first who asks; another one that was open before is closed.

    Raises Usage where there is none, Busy where another program has it.
    """
    with _lock:
        if not _held or _held[0].path != path or _held[0].closed:
            _let_go()
            _held.append(Database.open(path, backups=copies_of(path), announce=_LOG.warning))
        return _held[0]


def let_go() -> None:
    """Close the registry: its log is applied, its digest anchored, and other programs can have it."""
    with _lock:
        _let_go()


def _let_go() -> None:
    while _held:
        _held.pop().close()


atexit.register(let_go)

"""In the app: a verified copy of the registry every hour in which something changed, in a thread of its own.

The app goes on whatever happens here. What failed is logged, shown to administrators on the home page and told by
`nadir doctor`, and tried again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from registry.errors import NadirError
from registry.store.backups import keep_copy_if_due
from registry.store.copying import Copies
from registry.store.database import Database

_LOG = logging.getLogger("nadir")
LOOK_SECONDS = 60.0
"""So often it is looked whether a copy is due, for the first time after the app has started."""
RETRY_LOOKS = 10
"""After a failure so many looks pass before the next attempt: verifying a large copy takes its time."""
_END_SECONDS = 5.0


@contextmanager
def hourly_copies(
    folder: Path, registry: Callable[[], Database], *, look_seconds: float = LOOK_SECONDS
) -> Iterator[None]:
    """Copy the registry into `folder` when it is due, until the block ends. `registry` gives the open one."""
    ended = threading.Event()
    thread = threading.Thread(
        target=_run, args=(folder, registry, ended, look_seconds), name="hourly copies", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_END_SECONDS)  # a copy that is being verified needs the registry no more, and is dropped


def _run(folder: Path, registry: Callable[[], Database], ended: threading.Event, look_seconds: float) -> None:
    looks_to_wait = 0
    while not ended.wait(look_seconds):
        if looks_to_wait:
            looks_to_wait -= 1
        elif not attempt(folder, registry) and not ended.is_set():
            looks_to_wait = RETRY_LOOKS


def attempt(folder: Path, registry: Callable[[], Database]) -> bool:
    """Make a copy if one is due; False if that failed. Nothing is raised: the app goes on."""
    try:
        db = registry()
    except NadirError:
        return True  # there is nothing to copy: the pages say why
    except Exception:
        _LOG.exception("The registry could not be opened for its hourly backup")
        return False
    state = db.copies or Copies(folder)
    db.copies = state
    try:
        keep_copy_if_due(db, folder)
    except NadirError as error:
        why = str(error)
    except Exception as error:
        _LOG.exception("The hourly backup ended with %s", type(error).__name__)
        why = "The server's log says why."
    else:
        state.failure, state.failed_at = None, None
        return True
    if not db.closed:
        _LOG.warning("The hourly backup failed. %s", why)
    state.failure, state.failed_at = why, db.now()
    return False

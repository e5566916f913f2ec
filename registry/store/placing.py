"""Putting a whole registry in its place, so that a kill at any moment leaves the old one or the new one.

A registry is a file, its log and its anchor: several names, which no system changes at once. So a note beside the place
says what is to be renamed, written once the new registry is whole on the disk. Whoever opens the registry next finishes
what the note says. Each step looks at what is there, so that it does not matter how many were done. Everything here is
called under the registry's lock.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from registry.errors import Damaged, Unavailable
from registry.store.anchor import Anchor, sync_folder, write_all
from registry.store.copying import log_of, partial_of, remove

_UNDONE = ".placing"


@dataclass(frozen=True)
class Placing:
    """What is put in place: the restored `backup` by name (None: a new registry), and the name under which what
    stood there is kept (None: nothing does). `key` makes the audit event of it detectable."""

    key: str
    backup: str | None = None
    aside: str | None = None


def unfinished(path: Path) -> bool:
    """Whether something was being put in the place of a registry when the program ended."""
    return _note(path).exists()


def refuse_unfinished(path: Path) -> None:
    """Raise Unavailable where a registry is neither the old nor the new one yet."""
    if unfinished(path):
        raise Unavailable(
            f"A restore of {path} was cut off. Open the registry once, for example with `nadir waiting`: "
            "that finishes it. Then try again."
        )


def begin(path: Path, placing: Placing) -> None:
    """From here on the whole copy at `partial_of(path)` is what `path` is to be. Raises OSError."""
    note = _note(path)
    draft = _draft(path)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        write_all(handle, json.dumps(asdict(placing)).encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(path.parent)  # the copy's names before the note that relies on them
    draft.replace(note)
    sync_folder(path.parent)


def finish(path: Path) -> Placing | None:
    """Do whatever of the note was not done; what was put in place, None without a note. Raises OSError, Damaged.

    The note stays until `end`.
    """
    if not unfinished(path):
        remove(partial_of(path))  # of a copy that was cut off before it was whole
        _draft(path).unlink(missing_ok=True)
        return None
    try:
        placing = Placing(**json.loads(_note(path).read_text("utf-8")))
    except (ValueError, TypeError) as error:
        raise Damaged(
            f"{_note(path)} is not readable. Move it away, then restore a backup with `nadir restore`."
        ) from error
    new, aside = partial_of(path), None if placing.aside is None else path.with_name(placing.aside)
    if new.exists():  # so what has the registry's own name is the old one
        for old, kept in ((log_of(path), aside and log_of(aside)), (path, aside)):
            if kept is not None and old.exists():
                old.rename(kept)
    if Anchor(new).exists():
        if aside is not None and Anchor(path).exists():
            Anchor(path).path.rename(Anchor(aside).path)
        Anchor(new).path.rename(Anchor(path).path)
    if new.exists():
        new.rename(path)
    Path(f"{new}.lock").unlink(missing_ok=True)
    sync_folder(path.parent)
    return placing


def end(path: Path) -> None:
    """The new registry is in its place and knows of it."""
    _note(path).unlink(missing_ok=True)
    sync_folder(path.parent)


def _note(path: Path) -> Path:
    return Path(f"{path}{_UNDONE}")


def _draft(path: Path) -> Path:
    return Path(f"{path}{_UNDONE}.draft")

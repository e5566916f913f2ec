"""A program for tests: what becomes of writing when the disk takes no more bytes, in a process of its own.

The limit on the size of files stands in for a disk: writing beyond it fails as on a full one. Prints one line for each
action: its name and what came of it. With a second argument the folder is on a file system that is really full.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from registry import accounts, review
from registry.accounts import credentials, passwords
from registry.entry.drafts import keep
from registry.errors import Unavailable
from registry.roles import Action
from registry.store import disk
from registry.store.database import Database


@contextmanager
def full(folder: Path, really: bool) -> Iterator[None]:
    """No byte more fits on the disk."""
    if really:
        filler = folder / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        yield
        filler.unlink()
        return
    log = Path(f"{folder / 'registry.duckdb'}.wal")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size if log.exists() else 0, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def main(path: Path, really: bool) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    disk.FLOOR_BYTES = 0  # as if somebody else took the room after a change has begun
    db = Database.open(path)
    admin = db.actor(None)
    today = date(2026, 3, 31)
    accounts.add_account(db, admin, "mira", {"*": ["nurse"], "North": ["clinician"]}, today=today)
    code = accounts.reset(db, admin, "mira")
    mira = db.actor("mira")
    keep(db, mira, "count", "P1", {"value": "31"})

    def declare() -> None:
        with db.change(admin, Action.CONFIGURE, "synthetic registry") as change:
            change.replace("registry", [{"key": "synthetic", "value": "yes"}], "key = $1", ["synthetic"])

    actions: dict[str, Callable[[], object]] = {
        "set_roles": lambda: accounts.set_roles(db, admin, "mira", {"*": ["nurse"], "South": ["nurse"]}),
        "same_roles": lambda: accounts.set_roles(db, admin, "mira", {"*": ["nurse"], "North": ["clinician"]}),
        "reset": lambda: accounts.reset(db, admin, "mira"),
        "choose": lambda: credentials.choose(
            db, "mira", passwords.code_digest(passwords.read_code(code) or ""), "three quiet words"
        ),
        "disable": lambda: accounts.disable_account(db, admin, "mira"),
        "judge_all": lambda: review.rejudge(db, admin, everything=True),
        "judge_patient": lambda: review.rejudge(db, admin, patient=patient),
        "draft": lambda: keep(db, mira, "count", "P1", {"value": "32"}),
        "declare": declare,
    }
    [(patient,)] = db.rows("SELECT min(patient_id) FROM patient")
    review.rejudge(db, admin)  # the engine is compiled before the disk is full
    for name, act in actions.items():
        with full(path.parent, really):
            try:
                act()
                came = "stored"
            except Unavailable as error:
                came = f"exit {error.exit_code}: {error}"
            alive = db.rows("SELECT count(*) FROM patient")[0][0]
        print(f"{name}\t{alive}\t{came}", flush=True)
    accounts.set_roles(db, admin, "mira", {"*": ["nurse"], "West": ["nurse"]})
    db.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), len(sys.argv) > 2 and bool(os.fspath(sys.argv[2])))

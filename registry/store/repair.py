"""A registry that DuckDB refuses to open, mended on a copy: what a kill or a power cut can do to a file.

Three things were seen when thousands of kills and power cuts were tried, and each has one repair:

- a metadata block was rewritten only in part: its content holds, its checksum does not, and is computed anew
- the write-ahead log ends within an entry: it is cut before that entry
- the log belongs to an older state of the file: it is moved aside

None of them is trusted. The copy must open, and all its rows, its audit chain and the anchor beside the damaged file
must agree; what the anchor knows and the copy has not is listed as missing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np

from registry.errors import Damaged, NadirError, Problem, Usage
from registry.store import verify
from registry.store.anchor import Anchor, Kind, Mark, file_digest, read, sync_folder
from registry.store.copying import folder_of, log_of, remove
from registry.store.database import Database, utc_now
from registry.store.filelock import FileLock

BLOCK_BYTES = 262_144
_CHECKSUM_BYTES = 8
_CHECKSUM_SEED, _CHECKSUM_FACTOR = 5381, 0xBF58476D1CE4E5B9
_LOG_ENTRY_HEADER_BYTES = 16
"""The position that DuckDB names is that of an entry's data; its header stands before it."""
_MOST_REPAIRS = 64
_BAD_BLOCK = re.compile(
    r"computed checksum \d+ does not match stored checksum \d+ in block at location (\d+)"
)
_BAD_ENTRY = re.compile(r"Corrupt WAL file: entry at byte position (\d+)")
_FOREIGN_LOG = re.compile(r"WAL (?:checkpoint iteration )?does not match|WAL was created for")
_TRY = """
import sys
import duckdb
try:
    connection = duckdb.connect(sys.argv[1], read_only=True)
    for (table,) in connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall():
        rows = connection.execute(f'SELECT * FROM "{table}"')
        while rows.fetchmany(100_000):
            pass
except duckdb.Error as error:
    sys.exit(str(error).partition("\\n")[0])
"""


@dataclass(frozen=True)
class Repair:
    """What was done to the copy at `file`, and what it lacks.

    `steps` are the repairs in words, in order. `head` is the last audit event of the copy, `anchor_seq` the last that
    the anchor beside the damaged file knows, `missing` those that the anchor knows and the copy has not. `problems` is
    what else `verify` finds in it. `backup` is the newest copy that verifies, with its last event.
    """

    file: Path
    steps: tuple[str, ...]
    head: int
    anchor_seq: int
    missing: tuple[Mark, ...]
    problems: tuple[Problem, ...]
    backup: tuple[Path, int] | None

    @property
    def complete(self) -> bool:
        """Whether everything that was ever stored is in the copy, as it was written."""
        return not self.missing and not self.problems


def repair(path: Path | str, out: Path | str, *, now: Callable[[], datetime] = utc_now) -> Repair:
    """Copy the closed registry at `path` to a new file `out`, and mend the copy until it opens; `path` stays as it is.

    Raises Usage if there is nothing to mend or `out` exists, Busy while the registry is open, Damaged if none of the
    known repairs opens the copy (it is removed).
    """
    path, out = Path(path).resolve(), Path(out).resolve()
    if not path.exists():
        raise Usage(f"There is no registry at {path}.")
    if out.exists() or log_of(out).exists() or Anchor(out).exists():
        raise Usage(f"{out} exists. Choose another name: a repair never overwrites.")
    out.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        marks = Anchor(path).lines()
        for source, target in ((path, out), (log_of(path), log_of(out))):
            if source.exists():
                shutil.copyfile(source, target)
                target.chmod(0o600)
        try:
            steps = _mend(out)
            head, digest = _settle(out)
        except BaseException:
            _remove(out)
            raise
    finally:
        lock.release()
    known = list(_readable(marks))
    missing = tuple(mark for mark in known if mark.seq > head and mark.kind is Kind.COMMIT)
    Anchor(out).start_again(Mark(Kind.CLOSED, head, digest, now(), file_digest(out)))
    problems = [*Database.verify_path(out), *_disagreements(out, known, head)]
    anchored = max((mark.seq for mark in known), default=0)
    return Repair(out, tuple(steps), head, anchored, missing, tuple(problems), newest_backup(path))


def newest_backup(path: Path) -> tuple[Path, int] | None:
    """The copy of the registry at `path` that holds most changes and verifies, with the number of its last one.

    Looked for in the folder of the hourly copies beside it, and beside it; a copy has an anchor of its own.
    """
    found = []
    for folder in (folder_of(path), path.parent):
        for anchor in sorted(folder.glob("*.anchor")) if folder.is_dir() else ():
            copy = anchor.with_suffix("")
            if copy == path or not copy.exists():
                continue
            last = next(_readable(reversed(Anchor(copy).lines())), None)
            if last is not None and last.kind is Kind.CLOSED:
                found.append((last.seq, copy))
    for seq, copy in sorted(found, reverse=True):
        try:
            if not Database.verify_path(copy):
                return copy, seq
        except NadirError:
            continue
    return None


def block_checksum(content: bytes) -> int:
    """DuckDB's checksum of a block's content, whose length is a multiple of eight bytes."""
    words = np.frombuffer(content, "<u8") * np.uint64(_CHECKSUM_FACTOR)
    return _CHECKSUM_SEED ^ int(np.bitwise_xor.reduce(words))


def _mend(file: Path) -> list[str]:
    """Repair the copy until it opens; what was done, in words."""
    steps: list[str] = []
    while (refusal := _refusal(file)) is not None:
        step = _step(file, refusal) if len(steps) < _MOST_REPAIRS else None
        if step is None or step in steps:
            raise Damaged(
                f"{file.name} cannot be repaired: {refusal}. Restore a backup with `nadir restore`; "
                "`nadir doctor` lists the newest that verifies."
            )
        steps.append(step)
    return steps


def _refusal(file: Path) -> str | None:
    """Why DuckDB does not open a file, which it then leaves as it is; None if every table of it can be read.

    Another process tries: what a damaged file does to a program is not known beforehand.
    """
    tried = subprocess.run(
        [sys.executable, "-c", _TRY, str(file)], capture_output=True, text=True, check=False, errors="replace"
    )
    if tried.returncode == 0:
        return None
    told = tried.stderr.strip().rpartition("\n")[2]
    return told or f"the database program ended with {tried.returncode} when it read the file"


def _step(file: Path, refusal: str) -> str | None:
    """The repair that a refusal asks for, done; None where none is known."""
    log = log_of(file)
    if (bad := _BAD_BLOCK.search(refusal)) is not None:
        place = int(bad[1])
        with file.open("r+b") as handle:
            handle.seek(place + _CHECKSUM_BYTES)
            content = handle.read(BLOCK_BYTES - _CHECKSUM_BYTES)
            handle.seek(place)
            handle.write(block_checksum(content[: len(content) // 8 * 8]).to_bytes(_CHECKSUM_BYTES, "little"))
            handle.flush()
            os.fsync(handle.fileno())
        return f"computed the checksum of the block at byte {place:,} anew"
    if (bad := _BAD_ENTRY.search(refusal)) is not None and log.exists():
        keep = max(int(bad[1]) - _LOG_ENTRY_HEADER_BYTES, 0)
        cut = log.stat().st_size - keep
        with log.open("r+b") as handle:
            handle.truncate(keep)
            handle.flush()
            os.fsync(handle.fileno())
        return f"cut the last {cut:,} bytes of the write-ahead log, from byte {keep:,} on"
    if _FOREIGN_LOG.search(refusal) is not None and log.exists():
        aside = file.with_name(f"{file.name}.wal.aside")
        log.rename(aside)
        return f"moved the write-ahead log, which belongs to another state of the file, to {aside.name}"
    return None


def _settle(file: Path) -> tuple[int, str]:
    """Bring the log of the copy into its file; the number and the digest of its last audit event."""
    connection = duckdb.connect(str(file))
    try:
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    try:
        return Database.head_of(file)
    except (duckdb.Error, ValueError) as error:
        raise Damaged(f"{file.name} opens, but it is not a registry.") from error


def _disagreements(out: Path, marks: Sequence[Mark], head: int) -> Iterator[Problem]:
    """Events of which the old anchor says something else than the copy."""
    connection = duckdb.connect(str(out), read_only=True)
    try:
        digests = dict(connection.execute("SELECT seq, digest FROM audit_event").fetchall())
    finally:
        connection.close()
    for mark in marks:
        if 0 < mark.seq <= head and digests.get(mark.seq) != mark.digest:
            yield Problem(
                str(out),
                mark.seq,
                "audit_event",
                None,
                "this event is not the one that was stored",
                f"{verify.RESTORE}.",
            )


def _readable(lines: Iterator[str] | Sequence[str]) -> Iterator[Mark]:
    for line in lines:
        try:
            yield read(line)
        except ValueError:
            continue


def _remove(file: Path) -> None:
    remove(file)
    sync_folder(file.parent)

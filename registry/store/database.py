"""The one owner of the registry's file.

Only it and registry/store import duckdb. One process holds the file (a flock beside it), every read has a cursor of its
own and is fetched whole, every write goes through `Database.change`, which checks the permission, runs one
transaction, and stores the audit event in it. An unpermitted or unaudited write cannot be expressed.

Processes are to be spawned, never forked: a forked child's writes through the inherited connection are lost.
"""

from __future__ import annotations

import os
import re
import threading
import uuid
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import duckdb
import pyarrow as pa

from registry import sql
from registry.errors import (
    AlreadyDone,
    Busy,
    Damaged,
    NadirError,
    NotPermitted,
    Problem,
    Refused,
    Unavailable,
    Usage,
)
from registry.roles import (
    CHANGES_NOTHING,
    EVERYWHERE,
    OPERATOR,
    Action,
    Actor,
    Role,
    SecurityEvent,
    Sites,
    joined,
)
from registry.store import audit, migrations, verify
from registry.store.anchor import Anchor, Kind, Mark, file_digest, is_beginning
from registry.store.cursor import Cursor
from registry.store.definitions import Definition
from registry.store.filelock import FileLock
from registry.store.snapshot import Snapshot
from registry.store.statement import read_statement, reads_only
from registry.store.transaction import FACTS, SEALED, Transaction
from registry.store.writable import SCRATCH, writable
from registry.wording import file_moment

if TYPE_CHECKING:
    import pandas as pd

SCRATCH_WAITS_SECONDS = 2.0
PROGRAM = "nadir"  # the actor of what the program does by itself
HASH_LIMIT_BYTES = 2**30  # a larger file is not hashed on closing: it would take seconds
_CONFIG = {
    "storage_compatibility_version": "v1.5.0",  # every supported DuckDB can open the file
    "checkpoint_threshold": "256MB",  # a checkpoint that is cut off can cost the file, so there are few
}
_LOCK_DOWN = (
    "SET enable_external_access = false",
    "SET allow_community_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET python_enable_replacements = false",
    "SET lock_configuration = true",
)
_TABLES = "SELECT table_name FROM duckdb_tables() WHERE NOT internal"
_NEED_A_REASON = frozenset({Action.AMEND, Action.WITHDRAW})
_FATAL = (duckdb.FatalException, duckdb.InternalException)
_FAILURES = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.TransactionException)

# DuckDB 2 advises a relation instead; but a relation with parameters costs thirty times as much.
warnings.filterwarnings("ignore", message="Arrow output on a DB-API result", category=UserWarning)


def utc_now() -> datetime:
    """The time in UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


class Scratch:
    """What a `with db.scratch(...) as scratch:` block reads and writes with."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def rows(self, query: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query that sees what this block has written so far."""
        _refuse_writing(query)
        return self._cursor.execute(query, params).fetchall()

    def execute(self, query: str, params: Sequence[Any] = ()) -> None:
        """Write to a scratch table. Raises Usage for any other."""
        if read_statement(query).table not in SCRATCH:
            raise Usage(f"Only {', '.join(sorted(SCRATCH))} can be written as scratch.")
        self._cursor.execute(query, params).fetchall()


class Database:
    """An open registry. Use it as a context manager; any number of threads may share it."""

    def __init__(self, path: Path, *, now: Callable[[], datetime], memory_limit: str | None) -> None:
        """Use `Database.open`."""
        self.path = path
        self._now = now
        self._config: dict[str, str | bool | int | float | list[str]] = dict(_CONFIG)
        if memory_limit:
            self._config["memory_limit"] = memory_limit
        self._anchor = Anchor(path)
        self._write_lock = threading.RLock()
        self._changing = False
        self._process = os.getpid()
        self._cursors: set[Cursor] = set()
        self._cursors_lock = threading.Lock()
        self._closed = False
        self._wrote = False
        self.altered_outside: str | None = None
        """What was found on opening, if the file is not as this program closed it; an audit event tells of it too."""
        self._head: tuple[int, str] = (0, audit.GENESIS)
        self._head_known = False
        self._revision = 0
        self._last_row_key = 0
        self._definitions: dict[str, Definition] = {}  # only migrations change them
        self._sealed: dict[str, audit.Digest] | None = None  # as the trail says; None: to be read
        self._lock = FileLock(path)
        try:
            self._connection: duckdb.DuckDBPyConnection | None = None
            self._start()
        except BaseException:
            self._disconnect()
            self._lock.release()
            raise

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        create: bool = False,
        now: Callable[[], datetime] = utc_now,
        memory_limit: str | None = None,
    ) -> Self:
        """Open the registry at `path`, or with `create` make a new one there if there is none.

        New migrations and views are applied. `now` gives the time in UTC without zone; `memory_limit` is for
        DuckDB, such as `"2GB"`. From here on, what this process makes is readable only by its owner.
        Raises Usage if there is nothing to open, Busy if it is in use, Damaged if it is not what was written.
        """
        os.umask(0o077)
        path = Path(path).resolve()
        if path.exists():
            if path.stat().st_nlink > 1:
                raise Usage(
                    f"{path} has a second name (a hard link), so it cannot be guarded. Copy it instead."
                )
        elif not create:
            raise Usage(f"There is no registry at {path}. `nadir init` makes an empty one.")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
        return cls(path, now=now, memory_limit=memory_limit)

    # Reading

    def rows(self, query: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query, as tuples."""
        _refuse_writing(query)
        with self._cursor() as cursor:
            return cursor.execute(query, params).fetchall()

    def frame(self, query: str, params: Sequence[Any] = ()) -> pd.DataFrame:
        """All rows of a query, as a pandas frame."""
        _refuse_writing(query)
        with self._cursor() as cursor:
            return cursor.execute(query, params).df()

    def arrow(self, query: str, params: Sequence[Any] = ()) -> pa.Table:
        """All rows of a query, as one Arrow table."""
        _refuse_writing(query)
        with self._cursor() as cursor:
            return cursor.arrow(query, params)

    def batches(
        self, query: str, params: Sequence[Any] = (), rows_per_batch: int = 1_000_000
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a query in Arrow batches of about `rows_per_batch`, for results too large to hold.

        All batches show the same state of the registry. Read them to the end, or close the iterator: until
        then the registry cannot tidy its file.
        """
        _refuse_writing(query)
        with self._cursor() as cursor:
            yield from cursor.batches(query, params, rows_per_batch)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Several reads that all see the same state of the registry, with tables kept between them.

        Keep the block short: until it ends the registry cannot tidy its file.
        """
        with self._cursor() as cursor:
            cursor.execute("BEGIN TRANSACTION")
            try:
                yield Snapshot(cursor, self.revision)
            finally:
                with suppress(duckdb.Error):  # kept tables go with it
                    cursor.execute("ROLLBACK")

    @property
    def revision(self) -> int:
        """The number of the last change: whatever was read may be kept until it grows.

        What happens at the front door, and what is taken out, changes nothing that is read: it does not let it grow.
        """
        return self._revision

    @property
    def head(self) -> tuple[int, str]:
        """The number and the digest of the last audit event."""
        return self._head

    def actor(self, name: str | None) -> Actor:
        """The person behind an account; None is the local operator.

        Raises NotPermitted if there is no such account, or if it is disabled.
        """
        name = name or OPERATOR
        found = self.rows("SELECT disabled FROM account WHERE name = $1", [name])
        if not found or found[0][0]:
            state = "is disabled" if found else "does not exist"
            raise NotPermitted(f"The account {name} {state}. An administrator can change that.")
        held: dict[str, set[Role]] = {}
        for site, role in self.rows("SELECT site, role FROM account_role WHERE name = $1", [name]):
            held.setdefault(site, set()).add(Role(role))
        actor = Actor(name, {site: frozenset(roles) for site, roles in held.items()})
        if not actor.reviews() or actor.reviews(EVERYWHERE) or EVERYWHERE not in held:
            return actor
        sites = self.rows(sql.text("queries/patient_sites"))
        return replace(actor, known_sites=frozenset(str(site) for (site,) in sites))

    def now(self) -> datetime:
        """The time in UTC, without a zone, by the clock of this registry."""
        return self._now()

    # Writing

    @contextmanager
    def change(
        self,
        actor: Actor,
        action: Action,
        subject: str,
        *,
        site: Sites = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Iterator[Transaction]:
        """The only way to write: one permitted, audited transaction, stored as a whole or not at all.

        `site` is where the change applies (several: all must be allowed; None: the whole registry), `reason`
        is compulsory for amending and withdrawing, `key` makes a repeated request detectable.
        Raises NotPermitted by the roles stored now, whatever `actor` says; AlreadyDone for a `key` that this
        account has used, Refused for one that another has; Usage without a needed reason; Refused where a
        value breaks a rule. Every exception of the block is raised again, and then nothing is stored.
        """
        actor.require(action.permission, site)
        if action in _NEED_A_REASON and not (reason and reason.strip()):
            raise Usage(f"Give a reason: it is required to {action.replace('_', ' ')}.")
        with self._write_lock:
            actor = self.actor(actor.name)
            actor.require(action.permission, site)
            self._refuse_repetition(actor, key)
            role = actor.acting_as(action.permission, site)
            with self._transaction(actor.name, role, action, subject, joined(site), reason, key) as change:
                yield change

    @contextmanager
    def log_security_event(
        self, event: SecurityEvent, account: str, *, by: str = PROGRAM, role: str = PROGRAM
    ) -> Iterator[Transaction]:
        """One audited transaction about a sign-in, a sign-out or a password.

        It needs no permission, because nobody is signed in yet. `by` is the account that acted, where known.
        """
        with self._write_lock, self._transaction(by, role, event, account) as change:
            yield change

    @contextmanager
    def scratch(self, actor: Actor) -> Iterator[Scratch]:
        """One transaction on tables outside the record (`SCRATCH`), such as drafts.

        It writes no audit event and makes no revision, so cached reads stay valid. The account must be active;
        the caller checks its rights.
        Raises NotPermitted for an account that is disabled, Busy while a long change is under way.
        """
        if not self._write_lock.acquire(timeout=SCRATCH_WAITS_SECONDS):
            raise Busy("A long change is under way. Nothing was saved: try again in a moment.")
        try:
            self._refuse_nesting()
            self.actor(actor.name)
            self._mark_writing()
            with self._cursor() as cursor:
                cursor.execute("BEGIN TRANSACTION")
                try:
                    yield Scratch(cursor)
                    cursor.execute("COMMIT")
                except BaseException:
                    with suppress(duckdb.Error):
                        cursor.execute("ROLLBACK")
                    raise
        finally:
            self._write_lock.release()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No change can begin or be under way inside the block, and everything is in the main file."""
        with self._write_lock:
            self._refuse_nesting()
            self._checkpoint()
            yield

    def newest_event(self) -> tuple[int, str, datetime]:
        """Number, digest and time (UTC) of the last audit event."""
        return _newest_event(self.rows)

    def verify(self, *, kept: tuple[int, str] | None = None) -> list[Problem]:
        """Everything in the open registry that is not as it was written; the file's bytes are not read.

        `kept` as in `verify_path`.
        """
        with self._write_lock:
            try:
                return verify.record_problems(self.rows, self._anchor.lines(), str(self.path), kept=kept)
            except duckdb.Error as error:
                return [_unreadable(self.path, error)]

    @classmethod
    def verify_path(cls, path: Path | str, *, kept: tuple[int, str] | None = None) -> list[Problem]:
        """Everything in a closed registry that is not as it was written, to the byte; nothing is changed.

        `kept` are number and hash of an audit event, kept elsewhere: only they show an older state with its own anchor.
        Raises Busy while somebody has it open, Usage if there is nothing.
        """
        path = Path(path).resolve()
        if not path.exists():
            raise Usage(f"There is no registry at {path}.")
        lock = FileLock(path)
        try:
            marks = Anchor(path).lines()
            problems = verify.file_problems(path, marks)  # before connecting: see filelock
            try:
                return problems + _verify_read_only(path, marks, kept)
            except (duckdb.Error, UnicodeDecodeError, ValueError, TypeError) as error:
                return [*problems, _unreadable(path, error)]
        finally:
            lock.release()

    @classmethod
    def is_older_edition(cls, path: Path | str) -> bool:
        """Whether a closed registry was made by an edition with fewer migrations: opening it brings it up to date."""
        connection = duckdb.connect(str(Path(path).resolve()), read_only=True)
        try:
            return bool(verify.migrations_left(lambda query: connection.execute(query).fetchall()))
        finally:
            connection.close()

    @classmethod
    def head_of(cls, path: Path) -> tuple[int, str]:
        """The number and the digest of the last audit event of a registry that nobody has open."""
        return _read_newest_event(path)[:2]

    @classmethod
    def newest_event_of(cls, path: Path | str) -> tuple[int, str, datetime]:
        """Number, digest and time (UTC) of the last audit event of a closed registry; nothing is changed.

        Raises Busy while somebody has it open, Usage if there is nothing, Damaged if it cannot be read.
        """
        path = Path(path).resolve()
        if not path.exists():
            raise Usage(f"There is no registry at {path}.")
        lock = FileLock(path)
        try:
            return _read_newest_event(path)
        except (duckdb.Error, ValueError) as error:
            raise _refused(path, error) from error
        finally:
            lock.release()

    # The end

    @property
    def closed(self) -> bool:
        """Whether it was closed; then it cannot be used any more."""
        return self._closed

    def close(self) -> None:
        """Close the registry and let others have it. Closing twice does no harm."""
        with self._write_lock:
            if self._closed:
                return
            self._closed = True
            try:
                if self._wrote:  # else the file stays to the byte what it was
                    with suppress(duckdb.Error, NadirError):
                        self._checkpoint()
                self._disconnect()
                self._mark_closed()
            finally:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Inside: opening

    def _start(self) -> None:
        last = self._anchor.last()
        new = not self.path.exists()
        if new and last is not None and last.seq > 0:
            raise Damaged(
                f"{self.path} is missing, but its anchor is there. Restore a backup, "
                "or move the anchor away to begin a new registry."
            )
        if not new and last is None:
            raise Damaged(
                f"The anchor {self._anchor.path.name} is missing beside {self.path.name}, so lost changes "
                f"cannot be detected. Put the anchor back, or use `nadir restore`."
            )
        altered = [] if new else verify.file_problems(self.path, self._anchor.lines())  # before connecting
        if new:
            self._mark(Kind.WRITING)
        self._look_before_touching()
        self._connect()
        self._read_head()
        torn = self._anchor.torn()
        if torn:
            self._heal_anchor(torn)
        self._install()
        if torn:
            with self._program(verify.ANCHOR_HEALED, self._anchor.path.name) as change:
                change.note(None, [torn])
        if altered:
            self._tell_altered(altered)

    def _look_before_touching(self) -> None:
        """Read what a crash left in the log through a connection that cannot write: it is kept if it is refused.

        Opened for writing, DuckDB brings the log into the file and deletes it, before anybody has compared it with
        the anchor. Raises Damaged.
        """
        log = Path(f"{self.path}.wal")
        if not log.exists() or log.stat().st_size == 0 or not self.path.exists():
            return
        try:
            connection = duckdb.connect(str(self.path), read_only=True)
        except duckdb.Error as error:
            raise _refused(self.path, error) from error
        try:
            found = connection.execute(
                "SELECT seq, digest FROM audit_event ORDER BY seq DESC LIMIT 1"
            ).fetchall()
        except duckdb.CatalogException:
            return  # no registry, or one that was cut off while it was made: told when it is opened
        finally:
            connection.close()
        mark = self._anchor.last()
        if mark is not None and mark.seq > (found[0][0] if found else 0):
            raise self._behind(mark, found[0][0] if found else 0)

    def _heal_anchor(self, torn: str) -> None:
        """Drop what a crash left of the anchor's last line. Raises Damaged if it names a change not there."""
        last = self._anchor.last()
        known = dict(self.rows("SELECT seq, digest FROM audit_event")) if self._head[0] else {}
        candidates = [seq for seq in (last.seq if last else 0, self._head[0]) if seq <= self._head[0]]
        if not any(is_beginning(torn, seq, str(known.get(seq, ""))) for seq in candidates):
            raise Damaged(
                f"The end of {self._anchor.path.name} speaks of a change that {self.path} does not hold: {torn[:40]}. "
                "Run `nadir verify` to see more, then restore the newest backup."
            )
        self._anchor.heal()

    def _tell_altered(self, problems: Sequence[Problem]) -> None:
        """Remember for good that the file was changed outside the program; work goes on, and `verify` names it."""
        self.altered_outside = (
            f"{self.path} was changed by another program since this program closed it. It is opened anyway. "
            "Run `nadir verify` to see what differs, and restore a backup if anything does."
        )
        with self._program(verify.ALTERED_OUTSIDE, self.path.name) as change:
            change.note(None, [problem.expected for problem in problems])

    def _connect(self) -> None:
        try:
            self._connection = duckdb.connect(str(self.path), config=self._config)
        except duckdb.Error as error:
            if "lock on file" in str(error):
                raise Busy(
                    f"{self.path} is open in another program. Close it there and try again."
                ) from error
            raise _refused(self.path, error) from error
        for statement in _LOCK_DOWN:
            self._connection.execute(statement)

    def _disconnect(self) -> None:
        with self._cursors_lock:
            for cursor in list(self._cursors):
                with suppress(duckdb.Error):
                    cursor.close()
            self._cursors.clear()
        if self._connection is not None:
            with suppress(duckdb.Error):
                self._connection.close()
            self._connection = None

    def _read_head(self) -> None:
        """Take over the head of the audit trail; raises Damaged if it lies behind the anchor."""
        tables = {name for (name,) in self.rows(_TABLES)}
        if tables and "audit_event" not in tables:
            raise Damaged(f"{self.path} is a DuckDB file, but not a registry.")
        self._head, self._head_known = (0, audit.GENESIS), True
        if tables:
            found = self.rows("SELECT seq, digest FROM audit_event ORDER BY seq DESC LIMIT 1")
            self._head = found[0] if found else self._head
            self._revision = self._head[0]
            self._last_row_key = self._highest_row_key(tables)
        mark = self._anchor.last()
        if mark is None or mark.seq == 0:
            return
        stored = self.rows("SELECT digest FROM audit_event WHERE seq = $1", [mark.seq]) if tables else []
        if not stored or stored[0][0] != mark.digest:
            raise self._behind(mark, self._head[0])

    def _behind(self, mark: Mark, head: int) -> Damaged:
        return Damaged(
            f"{self.path} does not hold change {mark.seq}, stored on {file_moment(mark.made_at)} "
            f"(it ends at change {head}): it is an older copy, was altered, or has lost its "
            "write-ahead log. Run `nadir verify` to see more, then restore the newest backup."
        )

    def _highest_row_key(self, tables: Collection[str]) -> int:
        keys = " UNION ALL ".join(
            f'SELECT max(row_key) AS row_key FROM "{fact}"' for fact in FACTS if fact in tables
        )
        return int(self.rows(f"SELECT coalesce(max(row_key), 0) FROM ({keys})")[0][0])

    def _install(self) -> None:
        """Bring tables, first contents and views to what this version of the program needs."""
        applied = []
        if self._head[0]:
            applied = self.rows("SELECT number, name, digest FROM migration ORDER BY number")
        left = migrations.pending([(row[0], row[1], row[2]) for row in applied])
        before: Mapping[str, audit.Sums] | None = None  # of a new file: nothing to compare
        if left and self._head[0]:
            before = self._whole_digests()
        for one in left:
            before = self._apply(one, before, last=one is left[-1])
        self._seal_what_never_was()
        if not self.rows("SELECT 1 FROM registry WHERE key = 'registry_id'"):
            self._begin_registry()
        if left or self._property("views") != migrations.views_digest(migrations.views()):
            self._make_views()
        if left:
            self._checkpoint()
        if (self._property("catalogue") or "").split()[:1] != [verify.database_version(self.rows)]:
            self._keep_catalogue(verify.catalogue_digest(self.rows))

    def _apply(
        self, one: migrations.Migration, before: Mapping[str, audit.Sums] | None, *, last: bool
    ) -> Mapping[str, audit.Sums] | None:
        """Apply a migration; `before` and what is returned are the digests of the sealed tables around it.

        In a new file (None) the last one seals all of them.
        """
        self._definitions.clear()
        with self._program("migrate", one.name, one.text) as change:
            change._cursor.execute(
                "INSERT INTO migration VALUES ($1, $2, $3, $4)",
                [one.number, one.name, one.digest, self._now()],
            )
            if before is not None:
                after = change.whole_digests()
                change.carry_on(before, after)
                return after
            if last:
                change.carry_on({}, {table: (0, 0, 0) for table in SEALED if change.columns(table)})
        return None

    def _whole_digests(self) -> dict[str, audit.Sums]:
        with self._cursor() as cursor:
            return Transaction(cursor, 0, 0, {}, (), "", lambda _: None).whole_digests()

    def _seal_what_never_was(self) -> None:
        """A file of an edition that sealed fewer tables: from here on they are sealed as they are."""
        self._last_sealed("")
        missing = [table for table in SEALED if table not in (self._sealed or {})]
        if missing:
            there = {name for (name,) in self.rows(_TABLES)}
            missing = [table for table in missing if table in there]
        if missing:
            with self._program("seal", ", ".join(missing)) as change:
                change.carry_on({}, dict.fromkeys(missing, (0, 0, 0)))

    def _begin_registry(self) -> None:
        with self._program("create", "registry") as change:
            for name, value in (
                ("registry_id", str(uuid.uuid4())),
                ("created_at", self._now().isoformat()),
                ("synthetic", "no"),
            ):
                change.execute("INSERT INTO registry VALUES ($1, $2)", [name, value])
            change.execute("INSERT INTO account VALUES ($1, $2, false)", [OPERATOR, self._now().date()])
            for role in (Role.ADMIN, Role.DATA_MANAGER):
                change.execute("INSERT INTO account_role VALUES ($1, $2, $3)", [OPERATOR, EVERYWHERE, role])

    def _make_views(self) -> None:
        texts = migrations.views()
        with self._program("make_views", ", ".join(texts) or "none") as change:
            for (name,) in change.rows("SELECT view_name FROM duckdb_views() WHERE NOT internal"):
                change._cursor.execute(f'DROP VIEW IF EXISTS "{name}"')
            for text in texts.values():
                change._cursor.execute(text)
            _put(change, "views", migrations.views_digest(texts))
            _put(change, "catalogue", verify.catalogue_digest(change.rows))

    def _keep_catalogue(self, catalogue: str) -> None:
        """Another version of DuckDB words the same definitions differently."""
        with self._program("keep_catalogue", catalogue.split()[0]) as change:
            _put(change, "catalogue", catalogue)

    def _property(self, name: str) -> str | None:
        found = self.rows("SELECT value FROM registry WHERE key = $1", [name])
        return str(found[0][0]) if found else None

    # Inside: cursors

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        """A cursor of one's own. Its errors leave no values of patients in messages."""
        cursor = self._new_cursor()
        try:
            yield cursor
        except _FATAL as error:
            self._forget(cursor)
            self._reopen()
            raise Unavailable(
                "The database stopped, perhaps because the disk is full or failing. The current change is "
                "not stored; all earlier changes are. Check the disk, then try again.",
                cause="the disk is full or failing",
            ) from error
        except _FAILURES as error:
            raise Unavailable(
                f"The database could not do this: {_first_line(error)}. Nothing was stored. "
                "Check the disk and the memory, then try again.",
                cause=_first_line(error),
            ) from error
        except duckdb.ConstraintException as error:
            raise Refused(f"A value breaks a rule of the registry: {_without_values(error)}.") from None
        finally:
            self._forget(cursor)

    def _new_cursor(self) -> Cursor:
        if os.getpid() != self._process:
            raise Usage(
                "A registry cannot be used in a forked process. Open it there, or spawn instead of fork."
            )
        with self._cursors_lock:
            if self._closed and self._connection is None:
                raise Usage(f"{self.path} was closed. Open it again.")
            if self._connection is None:
                self._connect()
            assert self._connection is not None  # noqa: S101
            cursor = Cursor(self._connection.cursor())
            self._cursors.add(cursor)
        return cursor

    def _forget(self, cursor: Cursor) -> None:
        with self._cursors_lock:
            self._cursors.discard(cursor)
        with suppress(duckdb.Error):
            cursor.close()

    def _reopen(self) -> None:
        """After a fatal error every handle is dead: drop them all and connect anew."""
        with self._write_lock:
            self._head_known = False
            self._sealed = None
            self._disconnect()
            self._connect()
            self._read_head()

    # Inside: transactions

    @contextmanager
    def _transaction(
        self,
        actor: str,
        role: str,
        action: str,
        subject: str,
        site: str | None = None,
        reason: str | None = None,
        key: str | None = None,
        first: str | None = None,
    ) -> Iterator[Transaction]:
        """One transaction with its audit event; `first` is SQL to run before anything else."""
        self._refuse_nesting()
        if not self._head_known:
            self._read_head()
        self._mark_writing()
        self._changing = True
        try:
            with self._cursor() as cursor:
                cursor.execute("BEGIN TRANSACTION")
                try:
                    if first is not None:
                        cursor.execute(first)
                    change = Transaction(
                        cursor,
                        self._head[0] + 1,
                        self._last_row_key,
                        self._definitions,
                        writable(action),
                        action,
                        self._last_sealed,
                    )
                    yield change
                    event = self._event(change, actor, role, action, subject, site, reason, key)
                    _store(cursor, event)
                    cursor.execute("COMMIT")
                except BaseException:
                    with suppress(duckdb.Error):
                        cursor.execute("ROLLBACK")
                    raise
                finally:
                    if "change" in locals():
                        change.end()
            self._head, self._last_row_key = (event.seq, event.digest()), change.last_row_key
            if self._sealed is not None:
                self._sealed |= change.sealed
            if action not in CHANGES_NOTHING:
                self._revision = event.seq
        finally:
            self._changing = False
        self._mark(Kind.COMMIT)

    def _event(
        self,
        change: Transaction,
        actor: str,
        role: str,
        action: str,
        subject: str,
        site: str | None,
        reason: str | None,
        key: str | None,
    ) -> audit.Event:
        return audit.Event(
            seq=change.seq,
            recorded_at=self._now(),
            actor=actor,
            role=role,
            action=str(action),
            subject=change.subject or subject,
            site=site,
            reason=reason,
            before=change.before,
            after=change.after,
            rows_digest=change.finish(),
            idempotency_key=key,
            previous=self._head[1],
        )

    @contextmanager
    def _program(self, action: str, subject: str, first: str | None = None) -> Iterator[Transaction]:
        """A transaction of the program itself, which needs nobody's permission."""
        with self._write_lock, self._transaction(PROGRAM, PROGRAM, action, subject, first=first) as change:
            yield change

    def _last_sealed(self, table: str) -> audit.Digest | None:
        """The digest of a sealed table as the program last wrote it."""
        if self._sealed is None:
            self._sealed = audit.sealed_digests(self.rows) if self._head[0] else {}
        return self._sealed.get(table)

    def _refuse_nesting(self) -> None:
        if self._changing:
            raise Usage("A change is under way in this thread. Finish it before the next one begins.")

    def _refuse_repetition(self, actor: Actor, key: str | None) -> None:
        if key is None:
            return
        found = self.rows("SELECT seq, actor FROM audit_event WHERE idempotency_key = $1", [key])
        if found and found[0][1] != actor.name:  # nothing of this account was done, nor is it told whose was
            raise Refused(
                "This request was not stored: its key is already used. Send it again with a new key."
            )
        if found:
            raise AlreadyDone(
                f"This request was already stored, as change {found[0][0]}. It was not done twice.",
                seq=found[0][0],
            )

    def _checkpoint(self) -> None:
        with self._cursor() as cursor:
            cursor.execute("CHECKPOINT")

    # Inside: the anchor

    def _mark(self, kind: Kind, file: str | None = None) -> None:
        try:
            self._anchor.append(Mark(kind, *self._head, self._now(), file))
        except OSError as error:
            raise Unavailable(
                f"Change {self._head[0]} is stored, but the anchor {self._anchor.path} could not be written "
                f"({error.strerror}). Check the disk before you continue."
            ) from error

    def _mark_writing(self) -> None:
        """Before the first write since opening: the file's digest at its last closing holds no longer."""
        if not self._wrote:
            self._wrote = True
            last = self._anchor.last()
            if last is None or last.kind is not Kind.WRITING:
                self._mark(Kind.WRITING)

    def _mark_closed(self) -> None:
        """After the last write: remember the whole file, if it is really closed and not too large."""
        last = self._anchor.last()
        if not self._wrote and last is not None and last.kind is Kind.CLOSED:
            return  # nothing was written since
        log = Path(f"{self.path}.wal")
        if (log.exists() and log.stat().st_size > 0) or not self.path.exists():
            return
        small = self.path.stat().st_size <= HASH_LIMIT_BYTES
        self._mark(Kind.CLOSED, file_digest(self.path) if small else None)
        self._anchor.trim()


def _verify_read_only(path: Path, marks: Sequence[str], kept: tuple[int, str] | None) -> list[Problem]:
    """What the open record says, through a connection that cannot write."""
    connection = duckdb.connect(str(path), read_only=True)
    try:
        for statement in _LOCK_DOWN:
            connection.execute(statement)
        return verify.record_problems(
            lambda query: connection.execute(query).fetchall(), marks, str(path), kept=kept
        )
    finally:
        connection.close()


def _read_newest_event(path: Path) -> tuple[int, str, datetime]:
    connection = duckdb.connect(str(path), read_only=True)
    try:
        return _newest_event(lambda query: connection.execute(query).fetchall())
    finally:
        connection.close()


def _newest_event(rows: verify.Reader) -> tuple[int, str, datetime]:
    [(seq, digest, at)] = rows("SELECT seq, digest, recorded_at FROM audit_event ORDER BY seq DESC LIMIT 1")
    return int(seq), str(digest), at


def _store(cursor: Cursor, event: audit.Event) -> None:
    values = [getattr(event, name) for name in audit.COLUMNS[:-1]]
    marks = ", ".join(f"${number}" for number in range(1, len(audit.COLUMNS) + 1))
    cursor.execute(
        f"INSERT INTO audit_event ({', '.join(audit.COLUMNS)}) VALUES ({marks})", [*values, event.digest()]
    )


def _put(change: Transaction, name: str, value: str) -> None:
    """Set a property of the registry."""
    change.replace("registry", [{"key": name, "value": value}], "key = $1", [name])


def _refuse_writing(query: str) -> None:
    if not reads_only(query):
        raise Usage("This is no query: it would write. Only a change writes.")


def _refused(path: Path, error: Exception) -> Damaged:
    return Damaged(
        f"{path} cannot be opened: {_first_line(error)}. Run `nadir doctor --repair OUT`: it mends a copy and says "
        "what is missing, if anything. Else restore a backup with `nadir restore`."
    )


def _unreadable(path: Path, error: Exception) -> Problem:
    return Problem(
        str(path), None, None, None, f"the file cannot be read: {_first_line(error)}", f"{verify.RESTORE}."
    )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _without_values(error: Exception) -> str:
    """The kind of rule and its table, without the values of a patient that DuckDB puts in its messages."""
    text = _first_line(error)
    table = re.search(r"on table \"?(\w+)|table \"?(\w+)", text)
    kind = next(
        (word for word in ("CHECK", "NOT NULL", "foreign key", "nique", "rimary key") if word in text), ""
    )
    named = {"nique": "a name that must be unique is taken", "rimary key": "a key is taken"}.get(kind, kind)
    return " in ".join(part for part in (named or "constraint", table and (table[1] or table[2])) if part)

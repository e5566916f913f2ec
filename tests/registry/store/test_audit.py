"""Whatever is altered outside the program is found: in the file, its log, its anchor, any table, any row."""

import errno
import os
import random
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from registry.errors import Busy, Damaged, Unavailable, Usage
from registry.roles import Action
from registry.store import anchor, audit
from registry.store.anchor import Anchor, Kind, Mark
from registry.store.database import Database
from registry.store.repair import Repair, repair
from tests.registry.facts_for_tests import copied, one_patient
from tests.templates import new_registry

SEED = 20260331


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with two patients and an amendment, closed."""
    path = tmp_path_factory.mktemp("written") / "registry.duckdb"
    with new_registry(path, now=lambda: datetime(2026, 3, 31)) as db:
        actor = db.actor(None)
        one_patient(db, actor, "P1")
        one_patient(db, actor, "P2")
        with db.change(actor, Action.AMEND, "bleed P1 B1", reason="typed wrong") as change:
            change.supersede("bleed", [row[0] for row in change.rows("SELECT min(row_key) FROM bleed")])
            bleed = {"patient_key": 1, "bleed_id": "B1", "started_on": date(2020, 1, 1), "scale": "WHO"}
            change.insert("bleed", [{**bleed, "grade": 3, "version": 2}])
    return path


@pytest.fixture
def closed(written: Path, registry_path: Path) -> Path:
    """A copy of it that a test may alter."""
    return copied(written, registry_path)


def by_hand(path: Path, *statements: str) -> None:
    """Write past the program, as anyone can who has the file."""
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def found(path: Path) -> list[str]:
    """What verify says of the record itself, leaving out that the file as a whole was altered."""
    return [
        str(problem)
        for problem in Database.verify_path(path)
        if problem.expected != "the file is not as it was when it was closed"
    ]


def crash(path: Path) -> Path:
    """The registry as it lies on the disk while it is open, with its write-ahead log."""
    copy = path.parent / "crashed" / path.name
    copy.parent.mkdir()
    with Database.open(path) as db:
        one_patient(db, db.actor(None), "P3")
        for name in (path.name, f"{path.name}.wal", f"{path.name}.anchor"):
            shutil.copy(path.with_name(name), copy.with_name(name))
    return copy


def test_an_untouched_registry_has_no_problem(closed: Path) -> None:
    before = closed.read_bytes()
    assert Database.verify_path(closed) == []
    assert closed.read_bytes() == before
    with Database.open(closed) as db:
        assert db.verify() == []
    assert Database.verify_path(closed) == []


def test_a_registry_in_use_is_not_verified_from_outside(closed: Path) -> None:
    with Database.open(closed), pytest.raises(Busy):
        Database.verify_path(closed)


def test_what_is_not_there_is_not_verified(tmp_path: Path) -> None:
    with pytest.raises(Usage):
        Database.verify_path(tmp_path / "none.duckdb")


def test_a_registry_that_crashed_is_complete_and_has_no_problem(closed: Path) -> None:
    assert Database.verify_path(crash(closed)) == []


# The file


@pytest.mark.parametrize("offset", random.Random(SEED).sample(range(1_000_000), 40))
def test_one_altered_bit_anywhere_in_a_closed_file_is_found(closed: Path, offset: int) -> None:
    content = bytearray(closed.read_bytes())
    content[offset % len(content)] ^= 1 << offset % 8
    closed.write_bytes(content)
    assert Database.verify_path(closed) != []


def test_a_truncated_file_is_found(closed: Path) -> None:
    closed.write_bytes(closed.read_bytes()[:-100_000])
    assert Database.verify_path(closed) != []


def test_a_file_that_cannot_be_read_is_a_problem_and_not_a_traceback(closed: Path) -> None:
    closed.write_bytes(b"not a database at all")
    assert any("cannot be read" in one for one in found(closed))


def test_a_lost_write_ahead_log_is_found_and_the_registry_not_opened(closed: Path) -> None:
    crashed = crash(closed)
    crashed.with_name(f"{crashed.name}.wal").unlink()
    assert any("changes are lost" in one for one in found(crashed))
    with pytest.raises(Damaged, match="does not hold change"):
        Database.open(crashed)


def test_a_damaged_write_ahead_log_is_found(closed: Path) -> None:
    crashed = crash(closed)
    log = crashed.with_name(f"{crashed.name}.wal")
    for position in (0, 20, log.stat().st_size // 2):
        content = bytearray(log.read_bytes())
        content[position] ^= 1
        log.write_bytes(content)
        assert found(crashed) != [], position


def test_a_write_ahead_log_beside_a_closed_registry_is_found(closed: Path) -> None:
    closed.with_name(f"{closed.name}.wal").write_bytes(b"x")
    assert any("write-ahead log" in one for one in found(closed))


def test_an_older_copy_is_found_and_not_opened(closed: Path) -> None:
    old = closed.read_bytes()
    with Database.open(closed) as db:
        one_patient(db, db.actor(None), "P3")
    closed.write_bytes(old)
    assert any("changes are lost" in one for one in found(closed))
    with pytest.raises(Damaged, match="older copy"):
        Database.open(closed)


# The record


HEAD = "(SELECT max(seq) FROM audit_event)"
ROW = "INSERT INTO {} SELECT * REPLACE ({} AS {}) FROM {} LIMIT 1"

TAMPERS = {
    "a value": ["UPDATE observation SET value = '99' WHERE observation_id = 'O1' AND patient_key = 1"],
    "a value made empty": ["UPDATE observation SET value = NULL WHERE observation_id = 'O1'"],
    "a value of an old version": ["UPDATE bleed SET grade = 1 WHERE version = 1 AND patient_key = 1"],
    "values exchanged between columns": ["UPDATE observation SET unit = value, value = unit"],
    "values exchanged between rows": ["UPDATE observation SET value = (60 - value::INTEGER)::VARCHAR"],
    "a row taken away": ["DELETE FROM observation WHERE observation_id = 'O2'"],
    "a row added": [ROW.format("observation", "999", "row_key", "observation")],
    "a row doubled": ["INSERT INTO observation SELECT * FROM observation LIMIT 1"],
    "a fact brought back": ["UPDATE bleed SET superseded_by = NULL"],
    "a fact withdrawn": ["UPDATE observation SET superseded_by = " + HEAD],
    "an anchor added": [f"INSERT INTO patient VALUES (7, 'P7', {HEAD})"],
    "whom a change touched": ["DELETE FROM touched"],
    "who did it": [f"UPDATE audit_event SET actor = 'somebody' WHERE seq = {HEAD} - 1"],
    "when it was done": [
        f"UPDATE audit_event SET recorded_at = recorded_at + INTERVAL 1 SECOND WHERE seq = {HEAD} - 1"
    ],
    "why it was done": [f"UPDATE audit_event SET reason = 'another' WHERE seq = {HEAD}"],
    "the first event taken away": ["DELETE FROM audit_event WHERE seq = 1"],
    "an event in the middle taken away": [f"DELETE FROM audit_event WHERE seq = {HEAD} - 2"],
    "the last event taken away": [f"DELETE FROM audit_event WHERE seq = {HEAD}"],
    "all events taken away": ["DELETE FROM audit_event"],
    "a role": ["INSERT INTO account_role VALUES ('admin', 'North', 'nurse')"],
    "an account": ["INSERT INTO account VALUES ('intruder', '2026-01-01', false)"],
    "what the registry is": ["UPDATE registry SET value = 'yes' WHERE key = 'synthetic'"],
    "a migration": ["UPDATE migration SET digest = 'x'"],
    "a view": ["CREATE OR REPLACE VIEW patient_view AS SELECT 1 AS patient_id"],
    "a rule of a table": ["ALTER TABLE observation ALTER patient_key DROP NOT NULL"],
    "a table taken away": ["DROP TABLE rescue CASCADE"],
    "the whole audit trail": ["DROP TABLE audit_event"],
}


@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda name: name.replace(" ", "_"))
def test_what_is_altered_by_hand_is_found_in_the_record_itself(closed: Path, tamper: str) -> None:
    by_hand(closed, *TAMPERS[tamper])
    assert found(closed) != []
    assert len(Database.verify_path(closed)) > len(found(closed))


def test_an_event_rewritten_with_a_right_digest_is_found_by_the_next_one(closed: Path) -> None:
    with duckdb.connect(str(closed)) as connection:
        columns = ", ".join(audit.COLUMNS)
        row = connection.execute(f"SELECT {columns} FROM audit_event WHERE seq = {HEAD} - 1").fetchall()[0]
        event = audit.Event(**{**dict(zip(audit.COLUMNS[:-1], row[:-1], strict=True)), "actor": "somebody"})
        connection.execute(
            f"UPDATE audit_event SET actor = $1, digest = $2 WHERE seq = {HEAD} - 1",
            [event.actor, event.digest()],
        )
    assert any("does not follow" in one for one in found(closed))


def test_a_whole_chain_computed_anew_is_found_by_the_anchor(closed: Path) -> None:
    with duckdb.connect(str(closed)) as connection:
        columns, previous = ", ".join(audit.COLUMNS), audit.GENESIS
        for row in connection.execute(f"SELECT {columns} FROM audit_event ORDER BY seq").fetchall():
            values = dict(zip(audit.COLUMNS[:-1], row[:-1], strict=True))
            event = audit.Event(**{**values, "actor": "somebody", "previous": previous})
            previous = event.digest()
            connection.execute(
                "UPDATE audit_event SET actor = $1, previous = $2, digest = $3 WHERE seq = $4",
                [event.actor, event.previous, previous, event.seq],
            )
    assert found(closed) != []
    assert all("anchor" in one for one in found(closed))


def test_a_problem_names_the_table_and_the_event(closed: Path) -> None:
    with Database.open(closed) as db:
        first = db.rows("SELECT change_seq FROM observation WHERE patient_key = 1")[0][0]
    by_hand(closed, *TAMPERS["a value"])
    [problem] = [one for one in Database.verify_path(closed) if one.column is not None]
    assert (problem.column, problem.row) == ("observation", first)
    assert "wrote 3 rows, 3 are there, and their values differ" in problem.expected


# The anchor


def altered(lines: list[str], number: int) -> list[str]:
    position = len(lines[number]) // 2
    letter = "x" if lines[number][position] != "x" else "y"
    lines[number] = lines[number][:position] + letter + lines[number][position + 1 :]
    return lines


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(lambda lines: altered(lines, 3), id="a_line_in_the_middle"),
        pytest.param(lambda lines: altered(lines, -1), id="the_last_line"),
        pytest.param(lambda lines: [], id="all_lines"),
        pytest.param(lambda lines: lines[:2], id="the_end"),
        pytest.param(lambda lines: [line[:-1] for line in lines], id="the_ends_of_lines"),
    ],
)
def test_an_altered_anchor_is_found(closed: Path, tamper: Callable[[list[str]], list[str]]) -> None:
    path = Anchor(closed).path
    path.write_text("".join(tamper(Anchor(closed).lines())))
    assert any("anchor" in one for one in found(closed))


def test_a_missing_anchor_is_found_and_the_registry_not_opened(closed: Path) -> None:
    Anchor(closed).path.unlink()
    assert any("anchor is missing" in one for one in found(closed))
    with pytest.raises(Damaged, match="anchor"):
        Database.open(closed)


def test_every_altered_character_of_a_line_is_found() -> None:
    line = Mark(Kind.CLOSED, 7, "ab" * 32, datetime(2026, 3, 31, 9, 30), "cd" * 32).line()
    for position in range(len(line)):
        with pytest.raises(ValueError, match="altered or cut off"):
            anchor.parse(line[:position] + "~" + line[position + 1 :])


def test_a_line_says_again_what_was_marked() -> None:
    for mark in (
        Mark(Kind.WRITING, 0, "", datetime(2026, 3, 31)),
        Mark(Kind.CLOSED, 7, "ab" * 32, datetime(2026, 3, 31, 9, 30, 1, 5), "cd" * 32),
    ):
        assert anchor.parse(mark.line()) == mark


def commit_line(path: Path, seq: int) -> str:
    """The line of a change that is in the chain."""
    return next(line for line in Anchor(path).lines() if line.startswith(f"{Kind.COMMIT} {seq} "))


@pytest.mark.parametrize("length", [1, 6, 8, 20, 75, 90, -1])
def test_a_last_line_cut_off_by_a_crash_is_healed_and_noted(closed: Path, length: int) -> None:
    """The chain goes on as the line began: neither opening nor `verify` takes it for tampering."""
    path, last = Anchor(closed).path, Anchor(closed).last()
    assert last is not None
    line = commit_line(closed, last.seq)
    path.write_text("".join(Anchor(closed).lines()[:-2]) + line[:length])
    assert found(closed) == []
    with Database.open(closed) as db:
        assert db.verify() == []
        noted = db.rows("SELECT after FROM audit_event WHERE action = 'anchor_healed'")
    assert line[: min(length, 20)] in str(noted)
    assert Database.verify_path(closed) == []


def test_two_lines_that_a_short_write_glued_are_told_apart_again(closed: Path) -> None:
    path, lines = Anchor(closed).path, Anchor(closed).lines()
    path.write_text("".join(lines[:-1]) + lines[-2][:40] + lines[-1])
    assert found(closed) == []
    with Database.open(closed) as db:
        assert db.verify() == []
    assert Database.verify_path(closed) == []
    assert [line for line in Anchor(closed).lines() if line.count(f"{Kind.CLOSED} ") > 1] == []


@pytest.mark.parametrize("beginning", ["commit 999 ", "commit 2 abcd", "removed by hand"])
def test_a_cut_off_line_of_a_change_that_is_not_there_is_found_and_refused(
    closed: Path, beginning: str
) -> None:
    with Anchor(closed).path.open("a") as file:
        file.write(beginning)
    assert any("anchor" in one for one in found(closed))
    with pytest.raises(Damaged, match="speaks of a change"):
        Database.open(closed)


def test_a_line_that_cannot_be_written_whole_leaves_nothing_behind(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes ten bytes at a time, and none once forty are written."""
    kept, real, taken = Anchor(closed), os.write, [0]
    before = kept.path.read_bytes()

    def few(handle: int, content: bytes) -> int:
        if taken[0] >= 40:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken[0] += 10
        return real(handle, content[:10])

    monkeypatch.setattr(os, "write", few)
    with pytest.raises(OSError, match="space"):
        kept.append(Mark(Kind.COMMIT, 9, "ab" * 32, datetime(2026, 3, 31)))
    assert kept.path.read_bytes() == before
    monkeypatch.setattr(os, "write", lambda handle, content: real(handle, content[:7]))
    kept.append(Mark(Kind.COMMIT, 9, "ab" * 32, datetime(2026, 3, 31)))
    monkeypatch.undo()
    assert kept.last() == Mark(Kind.COMMIT, 9, "ab" * 32, datetime(2026, 3, 31))


def test_a_disk_that_takes_half_a_line_and_lets_nothing_be_taken_back_is_no_tampering(
    registry: Database, registry_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The half line stays before the next, in an open registry, in a closed one, and for a repair."""
    admin = registry.actor(None)
    one_patient(registry, admin, "P1")
    real, taken = os.write, [0]

    def half(handle: int, content: bytes) -> int:
        if taken[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken[0] += 1
        return real(handle, content[:30])

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as failing:
        failing.setattr(os, "write", half)
        failing.setattr(os, "ftruncate", refuse)
        with pytest.raises(Unavailable, match="is stored, but the anchor"):
            one_patient(registry, admin, "P2")
    assert Anchor(registry_path).lines()[-1].startswith(Kind.COMMIT)
    assert registry.verify() == []
    one_patient(registry, admin, "P3")
    assert registry.verify() == []
    registry.close()
    assert found(registry_path) == []
    with Database.open(registry_path) as db:
        assert db.rows("SELECT count(*) FROM patient") == [(3,)]
        assert db.verify() == []
    assert repair_of(registry_path).anchor_seq == Database.head_of(registry_path)[0]


def repair_of(path: Path) -> Repair:
    return repair(path, path.with_name("mended.duckdb"))


def test_an_anchor_that_cannot_be_written_anew_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, mark = Anchor(tmp_path / "r.duckdb"), Mark(Kind.COMMIT, 1, "ab", datetime(2026, 3, 31))
    kept.append(mark)

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(OSError, match="space"):
        kept.start_again(Mark(Kind.CLOSED, 2, "cd", datetime(2026, 3, 31)))
    assert kept.last() == mark
    assert [path.name for path in tmp_path.iterdir()] == ["r.duckdb.anchor"]


def test_an_anchor_grows_no_further_than_its_limit(tmp_path: Path) -> None:
    kept = Anchor(tmp_path / "r.duckdb")
    mark = Mark(Kind.COMMIT, 1, "ab", datetime(2026, 3, 31))
    kept.path.write_text(mark.line() * (2 * anchor.KEPT_LINES + 1))
    kept.trim()
    assert len(kept.lines()) == anchor.KEPT_LINES
    assert kept.last() == mark


# The digests


def test_a_rows_text_is_its_own() -> None:
    rows = [("a", "b"), ("a;y=1:b", None), ("ab", ""), ("", "ab"), (None, "ab"), (None, None), ("a", None)]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (x VARCHAR, y VARCHAR, superseded_by BIGINT)")
        connection.executemany("INSERT INTO t VALUES ($1, $2, 1)", rows)
        columns = [("x", "VARCHAR"), ("y", "VARCHAR"), ("superseded_by", "BIGINT")]
        query = f"SELECT {audit.row_text_sql(columns)} FROM t"
        texts = [row[0] for row in connection.execute(query).fetchall()]
    assert len(set(texts)) == len(rows)
    assert texts[0] == "x=1:a;y=1:b;"


def test_a_digest_does_not_depend_on_the_order_of_rows_nor_on_an_empty_new_column() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE a AS SELECT i, md5(i::VARCHAR) AS k FROM range(10000) AS t (i)")
        connection.execute("CREATE TABLE b AS SELECT *, NULL::DATE AS later FROM a ORDER BY k")
        digests = []
        for table, columns in (
            ("a", [("i", "BIGINT"), ("k", "VARCHAR")]),
            ("b", [("i", "BIGINT"), ("k", "VARCHAR"), ("later", "DATE")]),
        ):
            query = audit.digest_sql(table, audit.row_text_sql(columns))
            digests.append(audit.as_digest(*connection.execute(query).fetchall()[0][1:]))
    assert digests[0] == digests[1]
    assert digests[0][0] == 10_000


def test_the_clock_may_go_back_without_breaking_the_chain(registry_path: Path) -> None:
    times = iter(datetime(2026, 3, 31, 12 - number % 12) for number in range(100))
    with Database.open(registry_path, create=True, now=lambda: next(times)) as db:
        for number in range(3):
            one_patient(db, db.actor(None), f"P{number}")
        assert db.verify() == []

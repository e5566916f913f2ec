"""Whatever somebody alters in the file with plain DuckDB, `verify` finds it, also after the program has saved again."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from registry import accounts, review
from registry.demo import open_cases
from registry.errors import Problem, Usage
from registry.judging.reproduction import altered_calls
from registry.roles import Action
from registry.store import verify
from registry.store.database import Database
from registry.store.transaction import ANCHORS, FACTS, SEALED, UNSEALED
from registry.store.writable import WRITABLE
from tests.templates import new_registry

COURSE = "SYN-003-ITP-1"


@pytest.fixture
def filled(cohort_path: Path) -> Path:
    """A closed registry with something in most tables."""
    with Database.open(cohort_path) as db:
        admin = db.actor(None)
        accounts.add_account(db, admin, "mira", {"*": ["nurse"]}, today=date(2026, 3, 31))
        open_cases(db, admin, 7)
    return cohort_path


def save(path: Path) -> str | None:
    """An ordinary save of the program; what it said on opening."""
    with Database.open(path) as db:
        accounts.set_roles(db, db.actor(None), "mira", {"*": ["clinician"]})
        review.rejudge(db, db.actor(None), patient="SYN-001")
        return db.altered_outside


def tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    ]


def test_every_table_has_a_digest_or_a_reason_to_have_none(registry: Database) -> None:
    known = {name for (name,) in registry.rows("SELECT table_name FROM duckdb_tables()")}
    assert known == {*ANCHORS, *FACTS, "touched", *SEALED, *UNSEALED}
    assert all(UNSEALED.values())


def others(kind: str, ddl: str) -> Iterator[str]:
    """Values of a type that one could write in the place of another, as SQL."""
    if kind.startswith("VARCHAR"):
        yield from (f"'{word}'" for word in re.findall(r"'(\w+)'", ddl))
        yield "'altered'"
    yield {"BOOLEAN": "true", "DATE": "DATE '2001-02-03'", "TIMESTAMP": "TIMESTAMP '2001-02-03'"}.get(
        kind, "[]" if kind.endswith("]") else "1"
    )
    yield from {"BOOLEAN": ["false"], "DATE": ["DATE '2030-01-01'"]}.get(kind, [])
    if "INT" in kind:
        yield from ("0", "2", "77", "100000000")
    yield "NULL"


def altered(connection: duckdb.DuckDBPyConnection, table: str, column: str, kind: str, ddl: str) -> bool:
    """Alter one value; False if the database itself refuses every other value, or there is no row."""
    for value in others(kind, ddl):
        connection.execute("BEGIN")
        try:
            done = connection.execute(
                f'UPDATE "{table}" SET "{column}" = {value} WHERE rowid = (SELECT min(rowid) FROM "{table}" '
                f'WHERE "{column}" IS DISTINCT FROM {value})'
            ).fetchall()
        except duckdb.Error:
            connection.execute("ROLLBACK")
            continue
        if done and done[0][0]:
            return True
        connection.execute("ROLLBACK")
    return False


def test_one_altered_value_in_any_column_is_found(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "_check_problems", lambda *_, **__: [])  # the digests alone must find it
    connection = duckdb.connect(str(filled))
    missed, tried = [], 0

    def problems() -> list[Problem]:
        return verify.record_problems(
            lambda query: connection.execute(query).fetchall(), ["mark\n"], "registry"
        )

    whole = problems()  # the mark is none, which is told of the whole file too
    for table in tables(connection):
        [(ddl,)] = connection.execute(
            "SELECT sql FROM duckdb_tables() WHERE table_name = $1", [table]
        ).fetchall()
        columns = connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $1", [table]
        ).fetchall()
        for column, kind in columns:
            if table in ("draft", "review_claim") or not altered(connection, table, column, kind, ddl):
                continue
            tried += 1
            try:
                if problems() == whole:
                    missed.append(f"{table}.{column}")
            except (duckdb.Error, ValueError, TypeError, KeyError) as error:
                missed.append(f"{table}.{column} ended in {error!r}")
            connection.execute("ROLLBACK")
    assert tried > 150
    assert missed == []


@pytest.mark.parametrize("how", ["deleted", "doubled"])
def test_a_row_that_was_deleted_or_doubled_is_found_after_an_ordinary_save(filled: Path, how: str) -> None:
    connection = duckdb.connect(str(filled))
    done = set()
    for table in tables(connection):
        if table in ("audit_event", "account", "account_role", "migration", "registry", *UNSEALED):
            continue  # without them the program does not open it, or refuses the save
        try:
            first = f'rowid = (SELECT min(rowid) FROM "{table}")'
            if how == "deleted":
                found = connection.execute(f'DELETE FROM "{table}" WHERE {first}').fetchall()
            else:
                found = connection.execute(
                    f'INSERT INTO "{table}" SELECT * FROM "{table}" WHERE {first}'
                ).fetchall()
        except duckdb.ConstraintException:
            continue  # the database itself refuses it
        if found[0][0]:
            done.add(table)
    connection.close()
    assert {"call", "observation"} <= done
    assert save(filled) is not None
    named = {problem.column for problem in Database.verify_path(filled)}
    assert done - named == set()


def test_a_call_of_another_engine_is_found_sealed_and_named(filled: Path) -> None:
    connection = duckdb.connect(str(filled))
    connection.execute("UPDATE call SET best_response = 'CR', engine_version = 'somebody else'")
    connection.close()
    said = save(filled)
    assert said is not None
    assert "changed by another program" in said
    assert any(problem.column == "call" for problem in Database.verify_path(filled))
    with Database.open(filled) as db:
        named = [one for one in altered_calls(db) if "somebody else" in (one.value or "")]
        assert len(named) == db.rows("SELECT count(DISTINCT criteria_id) FROM call")[0][0]
    assert all("cannot repeat" in problem.expected for problem in named)


def test_judging_all_again_mends_a_call_that_was_altered_and_verify_still_tells(filled: Path) -> None:
    connection = duckdb.connect(str(filled))
    connection.execute(
        "UPDATE call SET best_response = 'CR' WHERE course_key = "
        "(SELECT course_key FROM course WHERE course_id = $1)",
        [COURSE],
    )
    connection.close()
    with Database.open(filled) as db:
        assert review.rejudge(db, db.actor(None), everything=True).changed == 1
        assert altered_calls(db) == []
    assert any("another program" in problem.expected for problem in Database.verify_path(filled))


def test_a_file_that_another_program_only_read_opens_in_silence(filled: Path) -> None:
    connection = duckdb.connect(str(filled))
    connection.execute("SELECT count(*) FROM call").fetchall()
    connection.close()
    with Database.open(filled) as db:
        assert db.altered_outside is None


def test_a_crash_does_not_look_like_tampering(filled: Path, tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import os, sys; from registry.store.database import Database; from registry.accounts import set_roles; "
        "db = Database.open(sys.argv[1]); set_roles(db, db.actor(None), 'mira', {'*': ['clinician']}); "
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(filled)], check=False)
    with Database.open(filled) as db:
        assert db.altered_outside is None
        assert db.rows("SELECT role FROM account_role WHERE name = 'mira'") == [("clinician",)]
    assert Database.verify_path(filled) == []


def test_opening_and_closing_without_a_change_leaves_every_byte(filled: Path) -> None:
    before = filled.read_bytes()
    with Database.open(filled) as db:
        db.rows("SELECT count(*) FROM call")
    assert filled.read_bytes() == before


@pytest.mark.parametrize(
    ("action", "statement"),
    [
        (Action.SET_ROLES, "UPDATE call SET best_response = 'CR'"),
        (Action.ADJUDICATE, "INSERT INTO account_role VALUES ('mira', '*', 'admin')"),
        (Action.REVIEW, "DELETE FROM call"),
        (Action.EXPORT, "DELETE FROM draft"),
        (Action.CONFIGURE, "WITH one AS (SELECT 1) INSERT INTO registry VALUES ('a', 'b')"),
        (Action.CONFIGURE, "INSERT OR REPLACE INTO registry VALUES ('a', 'b')"),
        (Action.CONFIGURE, "DELETE FROM registry; DELETE FROM call"),
        (Action.CONFIGURE, "DELETE FROM main.registry"),
        (Action.CONFIGURE, "TRUNCATE registry"),
        (
            Action.CONFIGURE,
            "MERGE INTO registry USING account ON false WHEN NOT MATCHED THEN INSERT VALUES (1, 2)",
        ),
        (Action.CONFIGURE, "CREATE TABLE mine (a INTEGER)"),
        (Action.CONFIGURE, "DROP TABLE registry"),
        (Action.CONFIGURE, "COPY registry TO 'out.csv'"),
        (Action.CONFIGURE, "CREATE TRIGGER t AFTER UPDATE ON account FOR EACH STATEMENT DELETE FROM call"),
        (Action.CONFIGURE, "EXPLAIN ANALYZE DELETE FROM call"),
        (Action.CONFIGURE, "PREPARE p AS DELETE FROM call"),
        (Action.CONFIGURE, "COMMIT"),
    ],
)
def test_an_action_writes_its_own_tables_and_nothing_that_cannot_be_told(
    registry: Database, action: Action, statement: str
) -> None:
    admin = registry.actor(None)
    before = registry.head
    rights = "adjudicator"
    if action is Action.REVIEW:
        accounts.add_account(registry, admin, "reader", {"*": [rights]}, today=date(2026, 3, 31))
        admin, before = registry.actor("reader"), registry.head
    with pytest.raises(Usage), registry.change(admin, action, "something") as change:
        change.execute(statement)
    assert registry.head == before


def test_every_action_is_in_the_list_of_what_may_be_written() -> None:
    assert set(Action) <= set(WRITABLE)


@pytest.mark.parametrize(
    "statement", ["DELETE FROM account", "EXPLAIN ANALYZE DELETE FROM account", "COMMIT"]
)
def test_what_reads_cannot_write(registry: Database, statement: str) -> None:
    with pytest.raises(Usage):
        registry.rows(statement)
    with pytest.raises(Usage), registry.change(registry.actor(None), Action.CONFIGURE, "x") as change:
        change.rows(statement)
    assert registry.rows("SELECT count(*) FROM account") == [(1,)]


DEFINED = {
    "count_star": "CREATE MACRO count_star() AS 99",
    "lower": "CREATE MACRO lower(text) AS 'x'",
    "a table function": "CREATE MACRO duckdb_functions() AS TABLE SELECT true AS internal",
    "views": "CREATE MACRO duckdb_views() AS TABLE SELECT '' AS view_name, '' AS sql, true AS internal",
    "version": "CREATE MACRO version() AS 'v99'",
    "a type": "CREATE TYPE level AS ENUM ('CR')",
    "a sequence": "CREATE SEQUENCE numbers",
    "a view": "CREATE VIEW more AS SELECT 1 AS number",
    "another view": "DROP VIEW read_view; CREATE VIEW read_view AS SELECT 1 AS number",
    "a table": "CREATE TABLE more (number INTEGER)",
    "a default": "ALTER TABLE registry ALTER COLUMN value SET DEFAULT 'x'",
}


@pytest.mark.parametrize("written", DEFINED.values(), ids=DEFINED)
def test_what_is_defined_anew_in_the_file_is_found_also_a_function_of_a_known_name(
    registry_path: Path, written: str
) -> None:
    """A macro of the name of a function replaces it in every query: each number of the registry could be another."""
    new_registry(registry_path).close()
    connection = duckdb.connect(str(registry_path))
    assert DEFINED_ANEW not in _definitions(connection)
    connection.execute(written)
    assert DEFINED_ANEW in _definitions(connection)
    connection.close()
    assert DEFINED_ANEW in {problem.expected for problem in Database.verify_path(registry_path)}


DEFINED_ANEW = "a table, view or function is not defined as it was"


def _definitions(connection: duckdb.DuckDBPyConnection) -> set[str]:
    def rows(query: str) -> list[tuple[object, ...]]:
        return connection.execute(query).fetchall()

    return {problem.expected for problem in verify._catalogue_problems(rows, "registry")}

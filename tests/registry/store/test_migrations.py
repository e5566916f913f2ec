"""A registry grows with the program, one migration at a time, and never backwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry import sql
from registry.errors import Damaged
from registry.store import migrations
from registry.store.database import Database
from registry.store.migrations import Migration
from tests.registry.facts_for_tests import one_patient


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the folder sql/ that a test may add to."""
    folder = tmp_path / "sql"
    for name in ("migrations", "views", "queries", "checks"):
        (folder / name).mkdir(parents=True)
        for path in (sql.FOLDER / name).glob("*.sql"):
            (folder / name / path.name).write_text(path.read_text())
    monkeypatch.setattr(sql, "FOLDER", folder)
    forget()
    yield folder
    monkeypatch.undo()
    forget()


def forget() -> None:
    sql.text.cache_clear()
    sql.names.cache_clear()


def add(texts: Path, name: str, text: str) -> None:
    (texts / f"{name}.sql").write_text(text)
    forget()


LATER = "migrations/9001_later"


def test_every_migration_has_a_number_of_its_own_and_a_known_name() -> None:
    known = migrations.available()
    assert [one.number for one in known] == sorted({one.number for one in known})
    assert known[0].name == "0001_record"


def test_every_table_and_column_says_what_it_is(registry: Database) -> None:
    assert (
        registry.rows("SELECT table_name FROM duckdb_tables() WHERE comment IS NULL AND NOT internal") == []
    )
    silent = (
        "SELECT table_name, column_name FROM duckdb_columns() WHERE comment IS NULL AND NOT internal "
        "AND table_name IN (SELECT table_name FROM duckdb_tables())"
    )
    assert registry.rows(silent) == []


def test_a_new_registry_has_every_migration_once_each_with_its_event(registry: Database) -> None:
    applied = registry.rows("SELECT number, name, digest FROM migration ORDER BY number")
    assert applied == [(one.number, one.name, one.digest) for one in migrations.available()]
    events = registry.rows("SELECT subject FROM audit_event WHERE action = 'migrate' ORDER BY seq")
    assert events == [(one.name,) for one in migrations.available()]


def test_an_existing_registry_takes_a_new_migration_and_keeps_its_facts(
    registry_path: Path, texts: Path
) -> None:
    with Database.open(registry_path, create=True) as db:
        one_patient(db, db.actor(None))
        before = db.rows("SELECT * FROM observation")
    add(texts, LATER, "ALTER TABLE observation ADD COLUMN later VARCHAR; CREATE TABLE extra (n INTEGER);")
    with Database.open(registry_path) as db:
        assert db.rows("SELECT * EXCLUDE (later) FROM observation") == before
        assert db.rows("SELECT count(*) FROM extra") == [(0,)]
        assert db.verify() == []
        head = db.head
    assert Database.verify_path(registry_path) == []
    with Database.open(registry_path) as db:
        assert db.head == head


def test_a_migration_that_fails_leaves_the_registry_as_it_was(registry_path: Path, texts: Path) -> None:
    Database.open(registry_path, create=True).close()
    add(texts, LATER, "CREATE TABLE extra (n INTEGER); SELECT * FROM nowhere;")
    with pytest.raises(Exception, match="nowhere"):
        Database.open(registry_path)
    (texts / f"{LATER}.sql").unlink()
    forget()
    with Database.open(registry_path) as db:
        assert db.rows("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'extra'") == [(0,)]
        assert db.verify() == []


def test_a_registry_of_a_newer_program_is_refused(registry_path: Path, texts: Path) -> None:
    add(texts, LATER, "CREATE TABLE extra (n INTEGER)")
    Database.open(registry_path, create=True).close()
    (texts / f"{LATER}.sql").unlink()
    forget()
    with pytest.raises(Damaged, match="newer version"):
        Database.open(registry_path)
    assert any("newer version" in problem.expected for problem in Database.verify_path(registry_path))


def test_a_migration_that_was_edited_after_its_release_is_refused(registry_path: Path, texts: Path) -> None:
    Database.open(registry_path, create=True).close()
    add(texts, "migrations/0001_record", sql.text("migrations/0001_record") + "\n-- edited")
    with pytest.raises(Damaged, match="never edited"):
        Database.open(registry_path)


def test_views_follow_their_text(registry_path: Path, texts: Path) -> None:
    add(texts, "views/a_later_view", "CREATE VIEW a_later_view AS SELECT patient_id FROM patient_view")
    with Database.open(registry_path, create=True) as db:
        assert db.rows("SELECT * FROM a_later_view") == []
    add(texts, "views/a_later_view", "CREATE VIEW a_later_view AS SELECT 7 AS n")
    with Database.open(registry_path) as db:
        assert db.rows("SELECT * FROM a_later_view") == [(7,)]
        assert db.verify() == []
    (texts / "views/a_later_view.sql").unlink()
    forget()
    with Database.open(registry_path) as db:
        assert db.rows("SELECT count(*) FROM duckdb_views() WHERE view_name = 'a_later_view'") == [(0,)]
    assert Database.verify_path(registry_path) == []


def test_a_view_is_made_after_the_views_it_reads_whatever_their_names(texts: Path) -> None:
    add(texts, "views/a_later_view", "-- not before b_view\nCREATE VIEW a_later_view AS SELECT * FROM z_view")
    add(texts, "views/z_view", "CREATE VIEW z_view AS SELECT 1 AS n")
    order = list(migrations.views())
    assert order.index("z_view") < order.index("a_later_view")


def test_pending_are_the_migrations_not_yet_applied_in_order() -> None:
    one, two, ten = Migration(1, "0001_a", "A"), Migration(2, "0002_b", "B"), Migration(10, "0010_c", "C")
    assert migrations.pending([(1, "0001_a", one.digest)], [ten, two, one]) == [two, ten]


@pytest.mark.parametrize("name", sql.names("checks"))
def test_no_check_finds_anything_in_a_new_registry(registry: Database, name: str) -> None:
    assert registry.rows(sql.text(name)) == []

"""Several reads of one state: what is stored meanwhile is not seen, and kept tables leave nothing behind."""

import pytest

from registry import record
from registry.errors import Usage
from registry.roles import Actor
from registry.store.database import Database


def test_a_snapshot_sees_one_state_whatever_is_stored_meanwhile(registry: Database, operator: Actor) -> None:
    record.log(registry, operator, "patient", {"patient_id": "P1"})
    with registry.snapshot() as snapshot:
        assert snapshot.rows("SELECT count(*) FROM patient_view") == [(1,)]
        record.log(registry, operator, "patient", {"patient_id": "P2"})
        assert snapshot.rows("SELECT count(*) FROM patient_view") == [(1,)]
        assert snapshot.revision < registry.revision
    with registry.snapshot() as snapshot:
        assert snapshot.rows("SELECT count(*) FROM patient_view") == [(2,)]
        assert snapshot.revision == registry.revision


def test_a_kept_table_is_there_for_later_reads_of_the_block_and_gone_after_it(
    registry: Database, operator: Actor
) -> None:
    record.log(registry, operator, "patient", {"patient_id": "P1"})
    with registry.snapshot() as snapshot:
        snapshot.keep("chosen", "SELECT patient_id, $1::INTEGER AS number FROM patient", [7])
        assert snapshot.rows("SELECT * FROM chosen") == [("P1", 7)]
        assert snapshot.arrow("SELECT number FROM chosen").to_pylist() == [{"number": 7}]
        with registry.snapshot() as other:
            assert other.rows("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'chosen'") == [(0,)]
    left = registry.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'chosen'")
    assert left == []


def test_nothing_can_be_smuggled_in_as_the_name_of_a_kept_table(registry: Database) -> None:
    with registry.snapshot() as snapshot, pytest.raises(Usage):
        snapshot.keep('x" AS SELECT 1; --', "SELECT 1")

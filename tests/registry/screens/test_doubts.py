"""A count far out of its patient's line is doubted on the pages: while it is typed, in the table, on the worklist."""

from datetime import timedelta
from pathlib import Path

import pytest

from registry import record
from registry.screens.session import open_registry
from registry.store.database import Database
from tests.registry.facts_for_tests import copied
from tests.registry.screens import watched
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_log import below, log, put, save
from tests.registry.screens.test_pages import sound


@pytest.fixture
def own_path(cohort_path: Path, tmp_path: Path) -> Path:
    """The reference cohort in a registry that the test may change."""
    return copied(cohort_path, tmp_path / "own.duckdb")


def test_a_form_doubts_a_count_a_hundredfold_out_of_the_line_and_stores_it(
    opened: Open, own_path: Path
) -> None:
    at = put(log(opened, own_path, "cbc"), {"Collection date": "3/2/26", "Platelets": "0.02"})
    assert "a jump of 100 times or more" in below(at)
    sound(save(at))
    stored = open_registry().rows(
        "SELECT canonical_e6, not_evaluable FROM observation_view "
        "WHERE patient_id = 'SYN-003' AND observed_on = '2026-02-03' AND analyte = 'platelets'"
    )
    assert stored == [(20_000, None)]


def test_the_table_of_counts_and_the_worklist_mark_it(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "watched.duckdb"
    assert watched.make(path) == path
    with Database.open(path, now=lambda: watched.NOW) as db:
        for back, value in ((2, "205"), (1, "2")):
            seen = {
                "patient_id": "SOON-1",
                "observation_id": f"far-{back}",
                "observed_at": (watched.TODAY - timedelta(back)).isoformat(),
                "analyte": "platelets",
                "value": value,
                "unit": "10*9/L",
            }
            record.log(db, db.actor(None), "observation", seen, today=watched.TODAY)
    at = sound(opened(path, "patient", as_=watched.NURSE, patient="SOON-1"))
    [counts] = [one.value for one in at.dataframe if "doubt" in one.value]
    assert counts["doubt"].notna().tolist() == [False, False, True]
    at = sound(opened(path, "worklist", as_=watched.NURSE))
    assert sum("2 is doubted" in str(one.value) for one in at.warning) == 1

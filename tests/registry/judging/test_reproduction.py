"""Every stored call can be made again, and one that was altered by hand is found."""

from pathlib import Path

import pytest

from registry import record, review
from registry.judging.reproduction import altered_calls
from registry.roles import Action
from registry.store.database import Database

COURSE = "SYN-003-ITP-1"


def test_the_calls_of_the_reference_cohort_are_what_their_record_gives(cohort: Database) -> None:
    assert altered_calls(cohort) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("best_response", "'CR'"),
        ("onset_on", "DATE '2015-04-01'"),
        ("flags", "'spontaneous'"),
        ("evidence", "[]"),
        ("series_fingerprint", "0"),
    ],
)
def test_a_call_that_was_altered_by_hand_is_named_with_its_column(
    cohort_path: Path, column: str, value: str
) -> None:
    with Database.open(cohort_path) as db:
        with db.change(db.actor(None), Action.ADJUDICATE, "by hand") as change:
            change.execute(
                f"UPDATE call SET {column} = {value} "
                "WHERE course_key = (SELECT course_key FROM course WHERE course_id = $1)",
                [COURSE],
            )
        (problem,) = altered_calls(db)
    assert (problem.file, problem.column) == (f"call of course {COURSE}", column)


def test_a_call_whose_patient_changed_since_is_stale_and_not_altered(cohort_path: Path) -> None:
    with Database.open(cohort_path) as db:
        actor = db.actor(None)
        count = {
            "patient_id": "SYN-003",
            "observation_id": "SYN-003-NEW",
            "observed_at": "2015-05-01",
            "analyte": "platelets",
            "value": "150",
            "unit": "10*9/L",
        }
        record.log(db, actor, "observation", count)
        assert altered_calls(db) == []
        review.rejudge(db, actor)
        assert altered_calls(db) == []

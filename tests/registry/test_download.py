"""A table leaves the registry only for who may take it, leaves a trace, and does no harm in a spreadsheet."""

import csv
import io
from datetime import date

import pytest

from registry.database import Database
from registry.download import csv_text, download
from registry.errors import NotPermitted
from registry.roles import EVERYWHERE, Actor, Role

ROWS = [{"course_id": "C1", "started_on": date(2019, 3, 4), "regimen": None, "value": 4.5}]
COLUMNS = ["course_id", "started_on", "regimen", "value"]


def test_dates_are_iso_and_what_is_missing_is_empty() -> None:
    assert csv_text(ROWS, COLUMNS) == "course_id,started_on,regimen,value\r\nC1,2019-03-04,,4.5\r\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum(a1)", "\tx", "\rx"])
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    (row,) = csv.DictReader(io.StringIO(csv_text([{"a": text}], ["a"]), newline=""))
    assert row["a"] == f"'{text}"


def test_numbers_below_zero_stay_numbers() -> None:
    assert csv_text([{"a": -1.5}], ["a"]) == "a\r\n-1.5\r\n"


def test_who_took_what_is_in_the_audit_trail(registry: Database, operator: Actor) -> None:
    before = registry.revision
    assert download(registry, operator, "SYN-003 courses", ROWS, COLUMNS).decode().count("\n") == 2
    ((action, subject, after),) = registry.rows(
        "SELECT action, subject, after FROM audit_event WHERE seq > $1", [before]
    )
    assert (action, subject) == ("export", "SYN-003 courses")
    assert '"rows":1' in after.replace(" ", "")


def test_a_clinician_takes_figures_but_no_rows_of_patients(registry: Database) -> None:
    before = registry.revision
    clinician = Actor("clinician", {EVERYWHERE: frozenset({Role.CLINICIAN})})
    with pytest.raises(NotPermitted):
        download(registry, clinician, "SYN-003 courses", ROWS, COLUMNS)
    assert registry.revision == before

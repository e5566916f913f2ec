"""Every recorded fact of a patient, kind by kind, as it was recorded and as it can be amended."""

import pytest

from registry import record
from registry.accounts.service import add_account
from registry.errors import NotPermitted, Usage
from registry.record import recorded, tables
from registry.roles import Actor
from registry.store.database import Database
from tests.registry.record.test_record import TODAY

ABSENT = (
    "other_cause",
    "rescue",
    "transfusion",
    "sign",
    "outcome",
    "proposal_answer",
    "comedication",
    "consent",
)
"""Kinds of which the reference cohort has no fact."""


@pytest.mark.parametrize("kind", recorded.KINDS)
def test_a_fact_is_read_in_the_columns_of_the_bundle_with_its_version(cohort: Database, kind: str) -> None:
    operator = cohort.actor(None)
    found = [recorded.recorded(cohort, operator, f"SYN-{number:03}", kind) for number in range(1, 42)]
    firsts = [rows[0] for rows in found if rows]
    assert firsts or kind in ABSENT
    for row in firsts:
        assert tuple(row) == (*tables.described(kind).names, "version")
        assert record.version(cohort, kind, recorded.identity_of(kind, row)) == row["version"]


def test_the_last_of_its_kind_comes_first(cohort: Database) -> None:
    rows = recorded.recorded(cohort, cohort.actor(None), "SYN-003", "observation")
    days = [row["observed_at"] for row in rows]
    assert days == sorted(days, reverse=True)


def test_what_was_withdrawn_is_not_there(registry: Database, operator: Actor) -> None:
    record.log(registry, operator, "patient", {"patient_id": "P1", "site": "North"}, today=TODAY)
    bleed = {"patient_id": "P1", "bleed_id": "B1", "started_on": "2026-01-05", "scale": "WHO", "grade": 1}
    record.log(registry, operator, "bleed", bleed, today=TODAY)
    [row] = recorded.recorded(registry, operator, "P1", "bleed")
    assert (row["started_on"], row["grade"], row["version"]) == ("2026-01-05", "1", 1)
    record.withdraw(registry, operator, "bleed", recorded.identity_of("bleed", row), "typed twice", 1)
    assert recorded.recorded(registry, operator, "P1", "bleed") == []


def test_only_who_may_read_at_the_site_is_told(registry: Database, operator: Actor) -> None:
    record.log(registry, operator, "patient", {"patient_id": "P1", "site": "North"}, today=TODAY)
    add_account(registry, operator, "south", {"South": ["nurse"]}, today=TODAY)
    with pytest.raises(NotPermitted):
        recorded.recorded(registry, registry.actor("south"), "P1", "bleed")
    with pytest.raises(Usage, match="There is no patient P2"):
        recorded.recorded(registry, operator, "P2", "bleed")
    with pytest.raises(Usage, match="not a kind of fact"):
        recorded.recorded(registry, operator, "P1", "denominator")

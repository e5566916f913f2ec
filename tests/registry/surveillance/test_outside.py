"""Low counts after alemtuzumab of patients who are on no list: in the list's JSON and text, and on the home page."""

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import pytest

from adjudication.response.terms import MICRO
from adjudication.surveillance.protocol import Outcome
from registry.accounts.service import add_account
from registry.roles import Actor, Role
from registry.store.database import Database
from registry.surveillance.outside import Outside, outside
from registry.surveillance.worklist import worklist
from registry.tasks import waiting_for
from tests.registry.surveillance.ward import TODAY, Ward

Told = Callable[..., list[dict[str, Any]]]
INFUSED = date(2010, 6, 1)


@pytest.fixture
def ward() -> Ward:
    return Ward()


@pytest.fixture
def told(registry: Database, operator: Actor, ward: Ward) -> Told:
    """What the list's JSON tells of patients on no list."""

    def told() -> list[dict[str, Any]]:
        ward.store(registry, operator)
        found = worklist(registry, operator, TODAY)
        beside = outside(registry, operator, TODAY, found.removed["patient_id"].to_pylist())
        rows: list[dict[str, Any]] = json.loads(found.as_json(beside))["outside"]
        return rows

    return told


@pytest.mark.parametrize(
    ("e6", "comparator", "printed"),
    [
        (49_999_999, None, 49.999999),
        (50 * MICRO, None, None),
        (28 * MICRO, None, 28),
        (50 * MICRO, "<", "<50"),
        (60 * MICRO, "<", "<60"),
        (49 * MICRO, ">", ">49"),
        (50 * MICRO, ">", None),
    ],
)
def test_a_last_count_below_50_after_a_transplant_is_told_with_its_comparator(
    ward: Ward, told: Told, e6: int, comparator: str | None, printed: object
) -> None:
    key = ward.patient(INFUSED, setting="renal_transplant")
    ward.count(key, TODAY - timedelta(1), e6, comparator=comparator)
    wanted = {
        "patient_id": "P00001",
        "last_infusion_on": "2010-06-01",
        "setting": "renal_transplant",
        "last_count_on": "2026-03-30",
        "last_count": printed,
    }
    assert told() == ([] if printed is None else [wanted])
    assert {one.name for one in fields(Outside)} == wanted.keys()


def test_the_last_clean_count_since_the_infusion_decides_by_the_value_of_its_day(
    ward: Ward, told: Told
) -> None:
    before, later, clumped, heparin, low = (
        ward.patient(INFUSED, setting="renal_transplant") for _ in range(5)
    )
    ward.count(before, INFUSED - timedelta(1), 20 * MICRO)
    ward.count(later, TODAY - timedelta(2), 20 * MICRO)
    ward.count(later, TODAY - timedelta(1), 90 * MICRO)
    ward.count(clumped, TODAY - timedelta(2), 90 * MICRO)
    ward.clump(clumped, TODAY)
    ward.count(heparin, TODAY, 17 * MICRO)
    ward.count(heparin, TODAY, 180 * MICRO, specimen="heparin")
    ward.count(low, INFUSED, 20 * MICRO)
    ward.count(low, TODAY + timedelta(1), 200 * MICRO)
    assert [one["patient_id"] for one in told()] == [f"P{low:05}"]


def test_who_is_watched_or_has_died_is_not_among_them_and_who_was_taken_off_is(
    ward: Ward, told: Told
) -> None:
    watched, removed, high, dead = (
        ward.patient(date(2025, 6, 1)),
        ward.patient(date(2025, 6, 1)),
        ward.patient(date(2025, 6, 1)),
        ward.patient(INFUSED, setting="other", died_on=TODAY),
    )
    for key, count in ((watched, 20), (removed, 30), (high, 50), (dead, 20)):
        ward.count(key, TODAY - timedelta(5), count * MICRO)
    for key in (removed, high):
        ward.outcome(key, TODAY, Outcome.DECLINED)
    assert [(one["patient_id"], one["setting"]) for one in told()] == [
        (f"P{removed:05}", "multiple_sclerosis")
    ]


@pytest.mark.parametrize("role", [Role.NURSE, Role.CLINICIAN])
def test_nurse_and_clinician_are_told_on_their_home_page_and_only_of_their_site(
    registry: Database, operator: Actor, ward: Ward, role: Role
) -> None:
    for site, count in (("north", 20), ("south", 10)):
        key = ward.patient(INFUSED, site=site, setting="renal_transplant")
        ward.count(key, TODAY, count * MICRO)
    ward.store(registry, operator)
    add_account(registry, operator, "mira", {"north": [role]}, today=TODAY)
    actor = registry.actor("mira")
    (item,) = (one for one in waiting_for(registry, actor, TODAY) if one.patients is not None)
    assert item.patients == outside(registry, actor, TODAY)
    assert [one.last_count for one in item.patients] == ["20"]
    assert (item.number, item.urgent) == (1, True)
    assert "P00001: 20" in item.why
    assert "renal transplant" in item.why
    assert "On no list: P00001  20" in worklist(registry, actor, TODAY).text(item.patients)


def test_without_one_the_home_page_says_that_it_was_looked_for(registry: Database, operator: Actor) -> None:
    (item,) = (one for one in waiting_for(registry, operator, TODAY) if one.patients is not None)
    assert (item.number, item.patients) == (0, ())

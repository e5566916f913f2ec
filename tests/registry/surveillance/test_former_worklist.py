"""The list says what SQL alone once said, on protocols and patients at random; if they differ, the judge is right."""

import random
from dataclasses import replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import pytest

from adjudication.response.terms import MICRO
from adjudication.surveillance import ladder
from adjudication.surveillance.protocol import Bleeding, Condition, Programme
from registry.roles import Actor
from registry.surveillance.worklist import worklist
from tests.registry.surveillance.former.worklist import former_rows
from tests.registry.surveillance.random_protocols import random_protocol
from tests.registry.surveillance.ward import TODAY, Ward, at_random

if TYPE_CHECKING:
    from registry.store.database import Database

UNSHOWN = ("urgency", "fallen")
"""Columns with which the former query worked, and that nobody was shown."""


def listed(
    db: "Database", actor: Actor, as_of: date, programme: Programme, now: datetime
) -> list[dict[str, Any]]:
    found = worklist(db, actor, as_of, programme, now=now)
    return [*found.rows.to_pylist(), *found.removed.to_pylist()]


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """What a row shows; the bleeds of one day have no order in the former query."""
    bled = sorted((row["bled_as"] or "").split(";"))
    return {name: value for name, value in row.items() if name not in UNSHOWN} | {"bled_as": bled}


@pytest.mark.parametrize("seed", range(4))
def test_random_patients_on_random_protocols_get_the_rows_that_the_former_query_gave(
    registry: "Database", operator: Actor, seed: int
) -> None:
    chance, ward = random.Random(seed), Ward()
    for _ in range(150):
        at_random(chance, ward)
    ward.store(registry, operator, changes=3, chance=chance)
    moments = (datetime.combine(TODAY, time(13)), datetime.combine(TODAY.replace(day=24), time()))
    for programme in (ladder.load(), *(random_protocol(chance) for _ in range(5))):
        for now in moments:
            former = former_rows(registry, operator, now.date(), programme, now)
            rows = listed(registry, operator, now.date(), programme, now)
            former.sort(key=lambda row: row["removed"])
            assert [row["patient_id"] for row in rows] == [row["patient_id"] for row in former]
            for row, wanted in zip(rows, former, strict=True):
                assert shown(row) == shown(wanted)


def test_advice_goes_by_all_that_its_condition_asks_where_the_former_query_left_a_part_out(
    registry: "Database", operator: Actor
) -> None:
    """The check of a file and the list read one condition alike; the query read only its limit and its bleeding."""
    published, ward = ladder.load(), Ward()
    key = ward.patient(date(2025, 6, 1))
    ward.count(key, TODAY, 20 * MICRO)
    ward.store(registry, operator)
    confirmed = replace(published.counsels[0], when=Condition(100 * MICRO, confirmed=True))
    programme = replace(published, counsels=(confirmed, *published.counsels[1:]))
    now = datetime.combine(TODAY, time())
    (former,) = former_rows(registry, operator, TODAY, programme, now)
    (row,) = listed(registry, operator, TODAY, programme, now)
    advice = ladder.advice(programme, 20 * MICRO, Bleeding.NONE)
    assert advice is not None
    assert (row["treatment_advice"], former["treatment_advice"]) == (advice.advice, "treat")
    assert row["treatment_advice"] == "consider"

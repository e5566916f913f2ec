"""The surveillance worklist: who is on it, in which order, and that it says the same as the pure rules."""

import csv
import io
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from adjudication.response.terms import MICRO
from adjudication.surveillance import ladder
from adjudication.surveillance.protocol import Action as Demanded
from adjudication.surveillance.protocol import Bleeding
from adjudication.surveillance.protocol_file import parse
from registry.errors import NotPermitted
from registry.record.numbers import POINT
from registry.record.units import Unit, canonical, measures
from registry.roles import Actor, Role
from registry.surveillance.finding import uncounted
from registry.surveillance.worklist import worklist
from tests.house.tree import read
from tests.registry.surveillance.ladder import stands
from tests.registry.surveillance.ward import Rows, Ward, at_random

if TYPE_CHECKING:
    from registry.store.database import Database

PROTOCOL = ladder.load()
FILE = read("adjudication/published/alemtuzumab-belgian-2018.toml")
TODAY = date(2026, 3, 31)
COLUMNS = [
    "patient_id",
    "mode",
    "last_infusion_on",
    "window_ends_on",
    "last_count_on",
    "last_count",
    "previous_count",
    "due_on",
    "overdue_days",
    "action",
    "treatment_advice",
    "rule",
    "source",
    "bleeding_since",
    "unjudged_on",
    "unjudged",
    "measured_from",
    "measured_from_on",
    "asks",
]


@pytest.fixture
def ward() -> Ward:
    return Ward()


@pytest.fixture
def listed(registry: "Database", operator: Actor, ward: Ward) -> Callable[..., Rows]:
    """The worklist of the ward on a day, as rows."""

    def listed(as_of: date = TODAY, actor: Actor | None = None) -> Rows:
        ward.store(registry, operator)
        rows: Rows = worklist(registry, actor or operator, as_of).table.to_pylist()
        return rows

    return listed


def test_an_empty_registry_has_an_empty_list_with_all_columns(registry: "Database", operator: Actor) -> None:
    found = worklist(registry, operator, TODAY)
    assert found.table.column_names == COLUMNS
    assert found.table.num_rows == 0
    assert found.as_csv() == ",".join(COLUMNS) + "\n"


def test_a_count_of_28_says_recheck_and_contact_now_with_the_cited_lines(
    ward: Ward, listed: Callable[..., Rows]
) -> None:
    key = ward.patient(date(2025, 6, 1))
    ward.count(key, date(2026, 2, 27), 210 * MICRO)
    ward.count(key, date(2026, 3, 30), 28 * MICRO)
    assert listed() == [
        {
            "patient_id": "P00001",
            "mode": "in_window",
            "last_infusion_on": date(2025, 6, 1),
            "window_ends_on": date(2029, 6, 1),
            "last_count_on": date(2026, 3, 30),
            "last_count": "28",
            "previous_count": "210",
            "due_on": date(2026, 3, 30),
            "overdue_days": 1,
            "action": "recheck_and_contact_now",
            "treatment_advice": "consider",
            "rule": "below-30",
            "source": "Lambert 2018, lines 165-166",
            "bleeding_since": None,
            "unjudged_on": None,
            "unjudged": None,
            "measured_from": "210",
            "measured_from_on": date(2026, 2, 27),
            "asks": None,
        }
    ]


def test_the_most_urgent_come_first_and_among_equals_the_latest(
    ward: Ward, listed: Callable[..., Rows]
) -> None:
    infused = date(2025, 6, 1)
    normal, late, later, low, falling = (ward.patient(infused) for _ in range(5))
    ward.count(normal, TODAY, 200 * MICRO)
    ward.count(late, TODAY - timedelta(40), 200 * MICRO)
    ward.count(later, TODAY - timedelta(80), 200 * MICRO)
    ward.count(low, TODAY, 20 * MICRO)
    ward.count(falling, TODAY - timedelta(20), 400 * MICRO)
    ward.count(falling, TODAY, 180 * MICRO)
    rows = listed()
    assert [row["patient_id"] for row in rows] == ["P00004", "P00005", "P00003", "P00002", "P00001"]
    assert [row["overdue_days"] for row in rows] == [0, 0, 49, 12, 0]


def test_a_count_before_the_first_infusion_is_told_missing_and_demands_nothing(
    registry: "Database", operator: Actor, ward: Ward
) -> None:
    infused = date(2026, 3, 20)
    none, same_day, oldest, too_old, after, clumped = (ward.patient(infused) for _ in range(6))
    ward.count(same_day, infused, 200 * MICRO)
    ward.count(oldest, infused - timedelta(92), 200 * MICRO)
    ward.count(too_old, infused - timedelta(93), 200 * MICRO)
    ward.count(after, infused + timedelta(1), 200 * MICRO)
    ward.clump(clumped, infused - timedelta(1))
    ward.store(registry, operator)
    found = worklist(registry, operator, TODAY)
    rows = {row["patient_id"]: row for row in found.rows.to_pylist()}
    before = {
        key: rows[f"P{key:05}"]["counted_before"] for key in (none, same_day, oldest, too_old, after, clumped)
    }
    assert before == {none: False, same_day: True, oldest: True, too_old: False, after: False, clumped: False}
    assert uncounted(rows[f"P{none:05}"]) == "no count before the first infusion"
    assert uncounted(rows[f"P{same_day:05}"]) is None
    assert rows[f"P{after:05}"]["action"] == "continue_monthly"
    assert found.text().count("no count before the first infusion") == 4


def test_transplant_patients_the_dead_and_those_not_yet_infused_are_not_listed(
    ward: Ward, listed: Callable[..., Rows]
) -> None:
    ward.patient(date(2025, 6, 1), setting="renal_transplant")
    ward.patient(date(2025, 6, 1), died_on=TODAY)
    ward.patient(TODAY + timedelta(1))
    ward.patient()
    still_alive = ward.patient(date(2025, 6, 1), died_on=TODAY + timedelta(1))
    assert [row["patient_id"] for row in listed()] == [f"P{still_alive:05}"]


def test_month_49_follows_symptoms_and_is_still_listed(ward: Ward, listed: Callable[..., Rows]) -> None:
    key = ward.patient(date(2022, 2, 28))
    ward.count(key, date(2026, 2, 1), 200 * MICRO)
    (row,) = listed()
    assert (row["mode"], row["due_on"], row["overdue_days"]) == ("symptom_driven", None, 0)
    assert (row["action"], row["rule"]) == (None, "symptom-driven")
    assert row["window_ends_on"] == date(2026, 2, 28)


def test_a_low_count_after_the_window_still_demands(ward: Ward, listed: Callable[..., Rows]) -> None:
    key = ward.patient(date(2020, 2, 28))
    ward.count(key, date(2026, 3, 28), 40 * MICRO)
    (row,) = listed()
    assert (row["action"], row["due_on"]) == ("recheck_48_72h", date(2026, 3, 31))


def test_who_was_never_counted_is_overdue_from_the_first_month(
    ward: Ward, listed: Callable[..., Rows]
) -> None:
    ward.patient(date(2026, 1, 31))
    (row,) = listed()
    assert (row["due_on"], row["overdue_days"]) == (date(2026, 2, 28), 31)
    assert (row["action"], row["rule"], row["treatment_advice"]) == ("continue_monthly", "schedule", None)


def test_the_months_run_from_the_last_day_of_the_last_of_three_infusions(
    ward: Ward, listed: Callable[..., Rows]
) -> None:
    ward.patient(date(2022, 2, 1), date(2024, 2, 27), date(2023, 2, 3), ended_on=date(2024, 2, 29))
    (row,) = listed()
    assert row["last_infusion_on"] == date(2024, 2, 29)
    assert row["window_ends_on"] == date(2028, 2, 29)


def test_a_clumped_12_is_repeated_at_once_and_is_no_count(ward: Ward, listed: Callable[..., Rows]) -> None:
    key = ward.patient(date(2025, 6, 1))
    ward.count(key, date(2026, 3, 1), 210 * MICRO)
    ward.clump(key, date(2026, 3, 30))
    (row,) = listed()
    assert (row["last_count"], row["last_count_on"]) == ("210", date(2026, 3, 1))
    assert (row["action"], row["rule"], row["due_on"]) == (
        "recheck_and_contact_now",
        "unjudged-below-30",
        date(2026, 3, 30),
    )


def test_a_clean_count_of_the_same_day_settles_a_clumped_one(ward: Ward, listed: Callable[..., Rows]) -> None:
    key = ward.patient(date(2025, 6, 1))
    ward.clump(key, date(2026, 3, 30))
    ward.count(key, date(2026, 3, 30), 210 * MICRO, specimen="citrate")
    (row,) = listed()
    assert row["action"] == "continue_monthly"


def test_the_day_of_a_clumped_specimen_stands_beside_whatever_was_counted_before(
    registry: "Database", operator: Actor, ward: Ward
) -> None:
    low, alone, settled, bled = (ward.patient(date(2026, 1, 1)) for _ in range(4))
    for key in (low, alone, settled):
        ward.clump(key, date(2026, 3, 30))
    ward.count(low, date(2026, 3, 29), 20 * MICRO)
    ward.count(settled, date(2026, 3, 30), 210 * MICRO, specimen="citrate")
    ward.count(bled, date(2026, 3, 29), 210 * MICRO)
    ward.bleed(bled, date(2026, 3, 30), 1)
    ward.store(registry, operator)
    lines = worklist(registry, operator, TODAY).text().splitlines()
    told = {line[:6] for line in lines if "specimen of Mon 30 Mar 2026 cannot be judged: clumped" in line}
    assert told == {f"P{low:05}", f"P{alone:05}"}


def test_a_count_that_cannot_be_judged_does_not_stand_for_the_month(
    ward: Ward, listed: Callable[..., Rows]
) -> None:
    key = ward.patient(date(2025, 6, 1))
    ward.count(key, date(2026, 2, 10), 210 * MICRO)
    ward.count(key, date(2026, 3, 31), None, value="210", not_evaluable="unit_missing")
    (row,) = listed()
    assert (row["last_count_on"], row["overdue_days"]) == (date(2026, 2, 10), 21)
    assert (row["unjudged"], row["action"], row["asks"]) == ("210, no unit", "recheck_72h", "repeat_specimen")


@pytest.mark.parametrize(
    ("days", "bleed", "action", "since"),
    [
        (1, {}, "urgent_referral", 1),
        (27, {}, "urgent_referral", 27),
        (28, {}, "continue_monthly", 28),
        (28, {"grade": 3}, "urgent_referral", 28),
        (20, {"ended": 10}, "continue_monthly", None),
        (20, {"ended": 0}, "urgent_referral", 20),
        (1, {"itp_related": "no"}, "continue_monthly", None),
        (1, {"grade": 0}, "continue_monthly", None),
        (-1, {}, "continue_monthly", None),
    ],
)
def test_a_count_never_ends_a_bleed_and_its_end_or_27_days_do(
    ward: Ward,
    listed: Callable[..., Rows],
    days: int,
    bleed: dict[str, Any],
    action: str,
    since: int | None,
) -> None:
    key = ward.patient(date(2025, 6, 1))
    ward.count(key, TODAY - timedelta(5), 210 * MICRO)
    ended = bleed.pop("ended", None) if "ended" in bleed else None
    ended_on = None if ended is None else TODAY - timedelta(ended)
    ward.bleed(key, TODAY - timedelta(days), **({"grade": 1, "ended_on": ended_on} | bleed))
    (row,) = listed()
    first = None if since is None else TODAY - timedelta(since)
    assert (row["action"], row["bleeding_since"]) == (action, first)
    assert (row["asks"] == "bleed_over") is (days == 28)


@pytest.mark.parametrize(
    ("ended", "counts", "action"),
    [
        (3, [(3, 40)], "urgent_referral"),
        (6, [(3, 100)], "urgent_referral"),
        (6, [(3, 101)], "repeat_14d"),
        (7, [(3, 40)], "recheck_48_72h"),
        (6, [(3, 40), (2, 41)], "contact_confirmed"),
        (6, [(7, 40)], "urgent_referral"),
    ],
)
def test_a_low_count_within_three_days_after_the_end_of_a_bleed_keeps_it(
    ward: Ward, listed: Callable[..., Rows], ended: int, counts: list[tuple[int, int]], action: str
) -> None:
    key = ward.patient(date(2025, 6, 1))
    for ago, count in counts:
        ward.count(key, TODAY - timedelta(ago), count * MICRO)
    ward.bleed(key, TODAY - timedelta(8), 2, ended_on=TODAY - timedelta(ended))
    assert listed()[0]["action"] == action


def test_a_comparator_is_kept_and_lies_beyond_its_limit(ward: Ward, listed: Callable[..., Rows]) -> None:
    key = ward.patient(date(2025, 6, 1))
    ward.count(key, TODAY, 30 * MICRO, comparator="<")
    (row,) = listed()
    assert (row["last_count"], row["action"]) == ("<30", "recheck_and_contact_now")


def test_a_nurse_sees_the_patients_of_her_sites_only(ward: Ward, listed: Callable[..., Rows]) -> None:
    for site in ("north", "south", None):
        ward.patient(date(2025, 6, 1), site=site)
    nurse = Actor("anna", {"south": frozenset({Role.NURSE})})
    assert [row["patient_id"] for row in listed(actor=nurse)] == ["P00002"]


def test_who_may_read_nowhere_is_refused(registry: "Database") -> None:
    with pytest.raises(NotPermitted, match="may not read"):
        worklist(registry, Actor("keeper", {"*": frozenset({Role.ADMIN})}), TODAY)


def test_later_facts_are_as_if_unknown(ward: Ward, listed: Callable[..., Rows]) -> None:
    key = ward.patient(date(2025, 6, 1), date(2026, 5, 1))
    ward.count(key, date(2026, 3, 15), 210 * MICRO)
    ward.count(key, date(2026, 4, 1), 20 * MICRO)
    ward.clump(key, date(2026, 4, 1))
    (row,) = listed()
    assert (row["last_infusion_on"], row["last_count"], row["action"]) == (
        date(2025, 6, 1),
        "210",
        "continue_monthly",
    )


def test_csv_and_json_hold_the_same_rows(registry: "Database", operator: Actor, ward: Ward) -> None:
    key = ward.patient(date(2025, 6, 1))
    ward.count(key, date(2026, 3, 1), 95_500_000)
    ward.count(key, TODAY, 5 * MICRO, comparator="<")
    ward.store(registry, operator)
    found = worklist(registry, operator, TODAY)
    (line,) = csv.DictReader(io.StringIO(found.as_csv()))
    assert (line["last_count"], line["previous_count"], line["due_on"]) == ("<5", "95.5", "2026-03-31")
    told = json.loads(found.as_json())
    assert [one["id"] for one in told["protocols"]] == ["alemtuzumab-belgian-2018"]
    row = told["worklist"][0]
    assert row.pop("says")
    written = {name: "" if value is None else str(value) for name, value in row.items()}
    assert written == line
    assert told["worklist"][0]["previous_count"] == 95.5
    assert "Recheck the count and contact the hematologist now." in found.text()


@pytest.mark.parametrize("unit", measures()["platelets"].units, ids=lambda unit: unit.name)
@pytest.mark.parametrize(
    ("edge", "at", "below"),
    [
        (30, "recheck_48_72h", "recheck_and_contact_now"),
        (50, "recheck_48_72h", "recheck_48_72h"),
        (100, "recheck_72h", "recheck_72h"),
        (150, "continue_monthly", "repeat_14d"),
    ],
)
def test_a_boundary_is_the_same_in_every_unit(unit: Unit, edge: int, at: str, below: str) -> None:
    for count, action in ((Decimal(edge), at), (edge - Decimal("0.002"), below)):
        reported = f"{(count / unit.factor).normalize():f}"
        read = canonical("platelets", reported, unit.name, marks=POINT)
        assert read.not_evaluable is None
        demand = ladder.action(PROTOCOL, None, read.canonical_e6, Bleeding.NONE)
        assert demand.rule.action == action


# The list against the plain rules


@pytest.mark.parametrize("seed", range(4))
def test_the_list_says_what_the_plain_rules_say(
    registry: "Database", operator: Actor, ward: Ward, seed: int
) -> None:
    chance = random.Random(seed)
    patients = dict(at_random(chance, ward) for _ in range(500))
    ward.store(registry, operator)
    expected = {name: stands(patient, TODAY) for name, patient in patients.items()}
    rows = worklist(registry, operator, TODAY).rows.to_pylist()
    assert {row["patient_id"] for row in rows} == patients.keys()
    for row in rows:
        wanted = expected[row["patient_id"]]
        for name in ("last_count", "previous_count"):
            row[name] = None if row[name] is None else least(row[name])
        tubes = wanted.pop("discordant")
        assert ("smear" in (row["asks"] or "")) >= tubes
        if tubes and wanted["unjudged"] is None:
            assert (row.pop("unjudged") or "").endswith("on the same day")
            wanted.pop("unjudged")
        assert {name: row[name] for name in wanted} == wanted, row["patient_id"]


def least(words: str) -> int:
    """The least that a count in words may be, in micro units."""
    limit = round(float(words.lstrip("<>")) * MICRO)
    return {"<": 0, ">": limit + 1}.get(words[0], limit)


def test_the_list_stands_in_the_order_of_the_actions_and_within_one_by_due_day(
    registry: "Database", operator: Actor, ward: Ward
) -> None:
    chance = random.Random(99)
    for _ in range(300):
        at_random(chance, ward)
    ward.store(registry, operator)
    order = [*map(str, reversed(Demanded)), None]
    places = [
        (order.index(row["action"]), row["due_on"] or date.max, row["patient_id"])
        for row in worklist(registry, operator, TODAY).rows.to_pylist()
    ]
    assert places == sorted(places)
    assert len({place for place, *_ in places}) >= 8


def ladders(chance: random.Random) -> str:
    """A site's own protocol: the published one with its rules renamed and some given further conditions."""
    text = FILE.replace(f'id = "{PROTOCOL.id}"', 'id = "our-ladder"', 1)
    text = re.sub(r"(contact_now|contact_once_confirmed) = .*", r"\1 = []", text)
    for number, rule in enumerate(PROTOCOL.rules):
        if rule.within_hours is None:
            continue
        extra = chance.choice(("", "", 'bleeding = "none", ', "bleeding = true, ", "in_window = true, "))
        head = f'id = "{rule.id}"\nwhen = {{ '
        if "bleeding" in extra and rule.when.bleeding:
            extra = ""
        if extra.startswith("in_window") and rule.when.in_window:
            extra = ""
        at = text.index(head) + len(head)
        text = text[:at] + extra + text[at:]
        hours = chance.choice((0, 24, 48, 72, 100, 336))
        start = text.index("within_hours", at)
        text = text[:start] + f"within_hours = {hours}" + text[text.index("\n", start) :]
        if number == 0:
            text = text.replace("from_hours = 48\n", "")
    return text


@pytest.mark.parametrize("seed", range(6))
def test_every_rule_of_a_valid_file_keeps_its_deadline(
    registry: "Database", operator: Actor, ward: Ward, seed: int
) -> None:
    chance = random.Random(seed)
    protocol = parse("ours", ladders(chance))
    patients = dict(at_random(chance, ward) for _ in range(250))
    ward.store(registry, operator)
    rows = worklist(registry, operator, TODAY, protocol).rows.to_pylist()
    assert len(rows) == len(patients)
    asked = [row for row in rows if row["demand"] is not None]
    assert len({row["demand"] for row in asked}) >= 6
    for row in asked:
        assert row["due_on"] is not None, row
        assert row["act_by"] is not None, row
    for row in rows:
        wanted = stands(replace(patients[row["patient_id"]], protocol=protocol), TODAY)
        compared = ("due_on", "act_by", "demand", "action", "overdue_days")
        assert {name: row[name] for name in compared} == {name: wanted[name] for name in compared}


def test_a_rule_that_asks_for_no_bleeding_has_its_deadline_with_and_without_a_count(
    registry: "Database", operator: Actor, ward: Ward
) -> None:
    text = FILE.replace("when = { at_most = 50 }", 'when = { at_most = 50, bleeding = "none" }')
    text = text.replace('contact_once_confirmed = ["30-to-50", ', "contact_once_confirmed = [")
    protocol = ladder.read("ours", text)
    key = ward.patient(date(2025, 6, 1))
    ward.count(key, date(2026, 3, 30), 40 * MICRO)
    ward.store(registry, operator)
    (row,) = worklist(registry, operator, TODAY, protocol).rows.to_pylist()
    assert (row["action"], row["due_on"]) == ("recheck_48_72h", date(2026, 4, 2))
    assert row["act_by"] == datetime(2026, 4, 3)

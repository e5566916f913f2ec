"""The surveillance worklist: who is on it, in which order, and that it says the same as the pure rules."""

import csv
import io
import json
import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from adjudication import surveillance
from adjudication.programme import Action as Demanded
from adjudication.programme import Bleeding
from adjudication.surveillance import Count
from adjudication.terms import MICRO
from registry.errors import NotPermitted
from registry.facts.numbers import POINT
from registry.facts.units import Unit, canonical, measures
from registry.roles import Action, Actor, Role
from registry.surveillance.finding import uncounted
from registry.worklist import worklist
from tests.registry.ladder import asked

if TYPE_CHECKING:
    from registry.database import Database

PROGRAMME = surveillance.load()
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
]
Rows = list[dict[str, Any]]


class Ward:
    """Facts of patients under surveillance, gathered and then stored in one change."""

    def __init__(self) -> None:
        self.tables: dict[str, Rows] = {
            name: [] for name in ("patient", "patient_fact", "exposure", "observation", "bleed")
        }

    def patient(
        self, *infusions: date, site: str | None = None, died_on: date | None = None, **exposure: Any
    ) -> int:
        """A patient with infusions of one day each; gives the key. The pseudonym is P and the key."""
        key = len(self.tables["patient"]) + 1
        self.tables["patient"].append({"patient_key": key, "patient_id": f"P{key:05}"})
        self.tables["patient_fact"].append({"patient_key": key, "site": site, "died_on": died_on})
        for number, day in enumerate(infusions, 1):
            row = {
                "patient_key": key,
                "exposure_id": f"X{number}",
                "agent": "alemtuzumab",
                "setting": "multiple_sclerosis",
                "started_on": day,
            }
            self.tables["exposure"].append(row | exposure)
        return key

    def count(self, key: int, day: date, e6: int | None, **observation: Any) -> None:
        rows = self.tables["observation"]
        row = {
            "patient_key": key,
            "observation_id": f"O{len(rows)}",
            "observed_on": day,
            "analyte": "platelets",
            "canonical_e6": e6,
            "comparator": None,
            "observed_at": None,
            "specimen": None,
            "quality": "ok",
            "not_evaluable": None,
        }
        rows.append(row | observation)

    def clump(self, key: int, day: date, e6: int = 12 * MICRO, **observation: Any) -> None:
        self.count(key, day, e6, quality="clumped", not_evaluable="clumped", **observation)

    def bleed(self, key: int, day: date, grade: int, **bleed: Any) -> None:
        rows = self.tables["bleed"]
        row = {
            "patient_key": key,
            "bleed_id": f"B{len(rows)}",
            "started_on": day,
            "ended_on": None,
            "scale": "WHO",
            "grade": grade,
            "itp_related": None,
        }
        rows.append(row | bleed)

    def store(self, registry: "Database", operator: Actor) -> None:
        with registry.change(operator, Action.IMPORT, "a ward") as change:
            for table, rows in self.tables.items():
                change.insert(table, rows)


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


def test_a_clumped_specimen_neither_alarms_nor_reassures(ward: Ward, listed: Callable[..., Rows]) -> None:
    key = ward.patient(date(2025, 6, 1))
    ward.count(key, date(2026, 3, 1), 210 * MICRO)
    ward.clump(key, date(2026, 3, 30))
    (row,) = listed()
    assert (row["last_count"], row["last_count_on"]) == ("210", date(2026, 3, 1))
    assert (row["action"], row["rule"], row["due_on"]) == ("recheck_72h", "clumped", date(2026, 4, 1))


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
    told = {line[:6] for line in lines if "clumped specimen on Mon 30-Mar-2026" in line}
    assert told == {f"P{low:05}", f"P{alone:05}"}


def test_a_count_that_cannot_be_judged_does_not_stand_for_the_month(
    ward: Ward, listed: Callable[..., Rows]
) -> None:
    key = ward.patient(date(2025, 6, 1))
    ward.count(key, date(2026, 2, 10), 210 * MICRO)
    ward.count(key, date(2026, 3, 30), None, not_evaluable="unit_missing")
    (row,) = listed()
    assert (row["last_count_on"], row["overdue_days"]) == (date(2026, 2, 10), 21)


@pytest.mark.parametrize(
    ("day", "bleed", "action"),
    [
        (date(2026, 3, 30), {}, "urgent_referral"),
        (date(2026, 3, 29), {}, "continue_monthly"),
        (date(2026, 3, 20), {"ended_on": date(2026, 3, 30)}, "urgent_referral"),
        (date(2026, 3, 30), {"itp_related": "no"}, "continue_monthly"),
        (date(2026, 3, 30), {"grade": 0}, "continue_monthly"),
        (date(2026, 4, 1), {}, "continue_monthly"),
    ],
)
def test_a_bleed_overrides_the_count_until_a_clean_count_of_a_later_day(
    ward: Ward, listed: Callable[..., Rows], day: date, bleed: dict[str, Any], action: str
) -> None:
    key = ward.patient(date(2025, 6, 1))
    ward.count(key, date(2026, 3, 30), 210 * MICRO)
    ward.bleed(key, day, **({"grade": 1} | bleed))
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
    assert [one["id"] for one in told["programmes"]] == ["alemtuzumab-belgian-2018"]
    assert told["worklist"][0] | {"previous_count": "95.5", "overdue_days": "0"} == line
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
        demand = surveillance.action(PROGRAMME, None, read.canonical_e6, Bleeding.NONE)
        assert demand.rung.action == action


# The query against the pure rules


def at_random(chance: random.Random, ward: Ward) -> dict[str, dict[str, Any]]:
    """A patient at random, and what the pure rules say, written the long way round."""
    infusions = sorted(
        TODAY - timedelta(chance.choice((30, 31, 400, 1461, 1462, chance.randint(0, 2000))))
        for _ in range(chance.randint(1, 3))
    )
    key = ward.patient(*infusions)
    clean: list[Count] = []
    clumped: list[tuple[date, datetime | None]] = []
    bleeds: list[tuple[date, date, Bleeding]] = []
    around = chance.choice((0, 0, 60, 150, 300))
    for _ in range(chance.choice((0, 1, 2, 3, 6, 9))):
        day = TODAY - timedelta(chance.choice((0, 1, 2, 3, 35, 36, 92, chance.randint(-5, 300))))
        edge = around or chance.choice((10, 30, 50, 100, 150, 200, 300, 400))
        count = max(0, edge * MICRO + chance.choice((-1, 0, 1, chance.randint(-20, 20) * MICRO)))
        count //= chance.choice((1, 1, 1, 2))
        at = datetime.combine(day, time(chance.choice((8, 8, 12)))) if chance.random() < 0.6 else None
        if chance.random() < 0.2:
            ward.clump(key, day, observed_at=at)
            clumped.append((day, at))
        elif chance.random() < 0.2:
            corrected = count * 11 // 10
            ward.count(key, day, corrected, observed_at=at, specimen="citrate")
            clean.append(Count(day, corrected, at))
        else:
            ward.count(key, day, count, observed_at=at)
            clean.append(Count(day, count, at))
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        start = TODAY - timedelta(chance.randint(-2, 60))
        end = start + timedelta(chance.choice((0, 0, 5, 40)))
        scale, grade = chance.choice(("WHO", "ITP_BAT", "CTCAE")), chance.randint(0, 4)
        ward.bleed(key, start, grade, ended_on=end if end > start else None, scale=scale)
        bleeds.append((start, end, surveillance.bleeding_of(PROGRAMME, scale, grade)))
    return {f"P{key:05}": by_the_rules(infusions, clean, clumped, bleeds)}


def by_the_rules(
    infusions: list[date],
    clean: list[Count],
    clumped: list[tuple[date, datetime | None]],
    bleeds: list[tuple[date, date, Bleeding]],
) -> dict[str, Any]:
    infused = [day for day in infusions if day <= TODAY]
    first = infused[0] - timedelta(PROGRAMME.previous_within_days)
    clean = [one for one in clean if first <= one.on <= TODAY]
    counted_on = max((one.on for one in clean), default=None)
    found = surveillance.compared(PROGRAMME, clean)
    clumps = [
        (day, at) for day, at in clumped if first <= day <= TODAY and (counted_on is None or day > counted_on)
    ]
    speaking = [
        (start, kind)
        for start, end, kind in bleeds
        if kind and start <= TODAY and end >= (counted_on or infused[0])
    ]
    bleeding = max((kind for _, kind in speaking), default=Bleeding.NONE)
    bleeding_on = min((start for start, _ in speaking), default=None)
    plain = surveillance.action(PROGRAMME, found.previous_e6, found.current_e6, bleeding, bool(clumps))
    demand = surveillance.action(
        PROGRAMME, found.measured_from_e6, found.current_e6, bleeding, bool(clumps), found.confirms_e6
    )
    counsel = surveillance.advice(PROGRAMME, found.current_e6, bleeding)
    due = surveillance.schedule(PROGRAMME, infused[-1], counted_on, TODAY)
    demanded = asked(clean, (), bleeding, bleeding_on, clumps)
    days = [day for day, _ in demanded if day is not None]
    idle = plain.rung.action is Demanded.CONTINUE_MONTHLY and due.mode == "symptom_driven"
    last = surveillance.steps(clean)[-1:]
    return {
        "mode": due.mode,
        "last_infusion_on": infused[-1],
        "window_ends_on": due.window_ends_on,
        "last_count_on": counted_on,
        "last_count": last[0].e6 if last else None,
        "previous_count": found.previous_e6,
        "due_on": min([*days, *([due.due_on] if due.due_on else [])], default=None),
        "overdue_days": max(due.overdue_days, *((TODAY - day).days for day in days), 0),
        "action": None if idle else plain.rung.action,
        "treatment_advice": counsel and counsel.advice,
        "act_by": min((act_by for _, act_by in demanded), default=None),
        "within_hours": demand.within_hours,
        "demand": demand.rung.id if demand.within_hours is not None else None,
    }


@pytest.mark.parametrize("seed", range(4))
def test_the_query_says_what_the_pure_rules_say(
    registry: "Database", operator: Actor, ward: Ward, seed: int
) -> None:
    chance = random.Random(seed)
    expected: dict[str, dict[str, Any]] = {}
    for _ in range(500):
        expected |= at_random(chance, ward)
    ward.store(registry, operator)
    asked_for = [*COLUMNS, "act_by", "within_hours", "demand"]
    rows = worklist(registry, operator, TODAY).rows.select(asked_for).to_pylist()
    found = {}
    for row in rows:
        row = {key: value for key, value in row.items() if key not in ("rule", "source")}
        for name in ("last_count", "previous_count"):
            row[name] = None if row[name] is None else round(float(row[name]) * MICRO)
        found[row.pop("patient_id")] = row
    assert found.keys() == expected.keys()
    for name, row in found.items():
        assert row == expected[name], name

"""What was done about findings, as the worklist tells it: against the pure rules, and through the record."""

import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from adjudication.followup import Done, follow_up
from adjudication.programme import SIGNS, Outcome
from adjudication.surveillance import load
from registry import record
from registry.database import Database
from registry.roles import Actor
from registry.worklist import Worklist, worklist

TODAY = date(2026, 3, 31)
INFUSED = date(2025, 6, 1)
Log = Callable[..., None]


@pytest.fixture
def log(registry: Database, operator: Actor) -> Log:
    """Log a fact of the one patient P."""
    numbers = iter(range(1000))

    def log_fact(table: str, **values: Any) -> None:
        name = {"patient": {}, "observation": {"observation_id": f"C{next(numbers)}"}}.get(
            table, {f"{table}_id": f"{table}{next(numbers)}"}
        )
        record.log(registry, operator, table, {"patient_id": "P", **name, **values}, today=TODAY)

    log_fact("patient", site="north")
    log_fact("exposure", agent="alemtuzumab", setting="multiple_sclerosis", started_on=INFUSED.isoformat())
    return log_fact


def count(log: Log, day: date, value: str) -> None:
    log("observation", observed_at=day.isoformat(), analyte="platelets", value=value, unit="10*9/L")


@pytest.fixture
def listed(registry: Database, operator: Actor) -> Callable[..., Worklist]:
    return lambda day=TODAY: worklist(registry, operator, day)


def row(found: Worklist) -> dict[str, Any]:
    rows = everyone(found)
    assert len(rows) == 1
    return rows[0]


def everyone(found: Worklist) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = found.rows.to_pylist() + found.removed.to_pylist()
    return rows


def test_what_was_done_stands_beside_the_finding_with_who_and_when(
    log: Log, listed: Callable[..., Worklist]
) -> None:
    count(log, date(2026, 3, 30), "28")
    log("outcome", done_on="2026-03-30", outcome="no_answer")
    log("outcome", done_on="2026-03-31", outcome="contacted", note="spoke to the hematologist on call")
    found = row(listed())
    assert (found["outcome"], found["done_on"], found["done_by"]) == ("contacted", TODAY, "admin")
    assert found["escalated"]
    assert not found["settled"]
    assert "contacted 2026-03-31 by admin" in listed().text()
    assert "DEADLINE MISSED" in listed().text()


def test_a_settled_finding_stands_below_an_open_one_of_less_urgency(
    registry: Database, operator: Actor, log: Log, listed: Callable[..., Worklist]
) -> None:
    count(log, date(2026, 3, 30), "8")
    log("outcome", done_on="2026-03-30", outcome="sent_to_emergency")
    record.log(registry, operator, "patient", {"patient_id": "Q"}, today=TODAY)
    exposure = {"agent": "alemtuzumab", "setting": "multiple_sclerosis", "started_on": "2025-06-01"}
    record.log(
        registry, operator, "exposure", {"patient_id": "Q", "exposure_id": "X", **exposure}, today=TODAY
    )
    low = {"observed_at": "2026-03-30", "analyte": "platelets", "value": "90", "unit": "10*9/L"}
    record.log(
        registry, operator, "observation", {"patient_id": "Q", "observation_id": "C", **low}, today=TODAY
    )
    assert listed().rows["patient_id"].to_pylist() == ["Q", "P"]


def test_a_removed_patient_stands_apart_and_a_later_result_brings_him_back(
    log: Log, listed: Callable[..., Worklist]
) -> None:
    count(log, date(2026, 2, 1), "200")
    log("outcome", done_on="2026-03-01", outcome="transferred", reason="moved to another hospital")
    assert listed().rows.num_rows == 0
    assert row(listed())["done_why"] == "moved to another hospital"
    assert listed().as_csv().count("\n") == 1
    told = json.loads(listed().as_json())
    assert (told["worklist"], told["removed"][0]["outcome"]) == ([], "transferred")
    count(log, date(2026, 3, 2), "180")
    assert listed().rows.num_rows == 1
    assert listed(date(2026, 3, 1)).rows.num_rows == 0


def test_withdrawing_a_removal_brings_the_patient_back(
    registry: Database, operator: Actor, log: Log, listed: Callable[..., Worklist]
) -> None:
    log("outcome", outcome_id="gone", done_on="2026-03-01", outcome="moved", reason="by mistake")
    assert listed().rows.num_rows == 0
    identity = {"patient_id": "P", "outcome_id": "gone"}
    record.withdraw(registry, operator, "outcome", identity, "another patient was meant", 1)
    assert listed().rows.num_rows == 1
    assert row(listed())["outcome"] is None


@pytest.mark.parametrize("sign", SIGNS)
def test_each_reported_sign_overrides_a_normal_count_until_the_next_clean_one(
    log: Log, listed: Callable[..., Worklist], sign: str
) -> None:
    count(log, date(2026, 3, 20), "250")
    log("sign", noticed_on="2026-03-29", sign=sign)
    found = row(listed())
    assert (found["action"], found["rule"], found["treatment_advice"]) == (
        "urgent_referral",
        "bleeding",
        "consider",
    )
    assert found["due_on"] == date(2026, 3, 29)
    count(log, date(2026, 3, 30), "245")
    assert row(listed())["action"] == "continue_monthly"


def test_a_sign_after_a_removal_brings_the_patient_back(log: Log, listed: Callable[..., Worklist]) -> None:
    log("outcome", done_on="2026-03-01", outcome="declined", reason="no more blood samples")
    log("sign", noticed_on="2026-03-02", sign="coughing_blood")
    assert listed().rows.num_rows == 1


def test_an_episode_of_itp_stands_beside_and_its_end_too(
    registry: Database, operator: Actor, log: Log, listed: Callable[..., Worklist]
) -> None:
    log("episode", episode_id="E", disease="ITP", onset_on="2025-12-01")
    assert (row(listed())["itp_onset_on"], row(listed())["itp_ended_on"]) == (date(2025, 12, 1), None)
    record.amend(
        registry,
        operator,
        "episode",
        {"episode_id": "E"},
        {"ended_on": "2026-02-01"},
        "remission",
        1,
        today=TODAY,
    )
    assert row(listed())["itp_ended_on"] == date(2026, 2, 1)


@pytest.mark.parametrize("seed", range(3))
def test_the_query_says_what_the_pure_rules_say(registry: Database, operator: Actor, seed: int) -> None:
    """Random findings and outcomes of 300 patients, on the last day and on one before."""
    from registry.roles import Action

    chance = random.Random(seed)
    tables: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("patient", "patient_fact", "exposure", "observation", "outcome")
    }
    known: dict[str, tuple[list[date], list[tuple[date, int]], list[Done]]] = {}
    for key in range(1, 301):
        tables["patient"].append({"patient_key": key, "patient_id": f"P{key:03}"})
        tables["patient_fact"].append({"patient_key": key})
        tables["exposure"].append(
            {
                "patient_key": key,
                "exposure_id": "X",
                "agent": "alemtuzumab",
                "setting": "multiple_sclerosis",
                "started_on": INFUSED,
            }
        )
        days = sorted({TODAY - timedelta(chance.randrange(20)) for _ in range(chance.randrange(3))})
        counts = [(day, chance.choice([20, 40, 90, 120, 200]) * 1_000_000) for day in days]
        for day, e6 in counts:
            tables["observation"].append(
                {
                    "patient_key": key,
                    "observation_id": f"{day}",
                    "observed_on": day,
                    "analyte": "platelets",
                    "canonical_e6": e6,
                    "quality": "ok",
                }
            )
        done = [
            Done(chance.choice(list(Outcome)), TODAY - timedelta(chance.randrange(20)))
            for _ in range(chance.randrange(4))
        ]
        for number, one in enumerate(done):
            tables["outcome"].append(
                {
                    "patient_key": key,
                    "outcome_id": f"{number}",
                    "done_on": one.on,
                    "outcome": str(one.outcome),
                    "reason": "because",
                }
            )
        known[f"P{key:03}"] = (days, counts, done)
    with registry.change(operator, Action.IMPORT, "a ward") as change:
        for table, rows in tables.items():
            change.insert(table, rows)
    for as_of in (TODAY, TODAY - timedelta(7)):
        found = worklist(registry, operator, as_of)
        listed = {one["patient_id"]: one for one in everyone(found)}
        assert listed.keys() == known.keys()
        for name, (_, counts, done) in known.items():
            seen = [(day, e6) for day, e6 in counts if day <= as_of]
            expected = follow_up(
                load(),
                done,
                found_on=max((day for day, _ in seen), default=None),
                deadline_on=_deadline(seen),
                as_of=as_of,
            )
            stood = listed[name]
            assert (stood["removed"], stood["settled"], stood["escalated"]) == (
                expected.removed,
                expected.settled,
                expected.escalated,
            ), name
            last = expected.last
            assert (stood["outcome"], stood["done_on"]) == (
                (str(last.outcome), last.on) if last else (None, None)
            ), name


def _deadline(counts: list[tuple[date, int]]) -> date | None:
    """The last day on which what the last count demands is in time."""
    from adjudication import surveillance
    from adjudication.programme import Bleeding

    if not counts:
        return None
    previous, current = surveillance.previous_count(load(), counts)
    demand = surveillance.action(load(), previous, current, Bleeding.NONE)
    if demand.within_hours is None:
        return None
    return counts[-1][0] + timedelta(hours=demand.within_hours)

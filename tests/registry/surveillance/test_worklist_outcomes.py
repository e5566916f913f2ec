"""What was done about findings, as the worklist tells it: against the pure rules, and through the record."""

import json
import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from adjudication.surveillance.counts import Count
from adjudication.surveillance.follow_up import Done
from adjudication.surveillance.ladder import load
from adjudication.surveillance.protocol import SIGNS, Outcome
from registry import record
from registry.errors import Refused
from registry.roles import Action, Actor
from registry.store.database import Database
from registry.surveillance.signs import report
from registry.surveillance.worklist import Worklist, worklist
from registry.tasks.counts import escalated, split
from tests.adjudication.surveillance.plain import follow_up
from tests.registry.surveillance.ladder import Patient, stands

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


KNOWN_LATER: dict[str, tuple[str, dict[str, str]]] = {
    "a result of the day before": ("observation", {"observed_at": "2026-03-29", "value": "12"}),
    "a result of the same day": ("observation", {"observed_at": "2026-03-30", "value": "9"}),
    "a sign of the same day": ("sign", {"noticed_on": "2026-03-30", "sign": "petechiae"}),
    "a bleed of the same day": ("bleed", {"started_on": "2026-03-30", "scale": "WHO", "grade": "1"}),
    "a clumped specimen of the same day": (
        "observation",
        {"observed_at": "2026-03-30", "value": "90", "quality": "clumped"},
    ),
}


@pytest.mark.parametrize(("table", "values"), KNOWN_LATER.values(), ids=KNOWN_LATER)
@pytest.mark.parametrize("outcome", ["declined", "referred"])
def test_what_is_stored_after_a_removal_or_a_referral_is_open(
    log: Log, listed: Callable[..., Worklist], outcome: str, table: str, values: dict[str, str]
) -> None:
    count(log, date(2026, 3, 28), "95")
    log("outcome", done_on="2026-03-30", outcome=outcome, reason="because")
    assert row(listed())["removed" if outcome == "declined" else "settled"]
    unit = {"analyte": "platelets", "unit": "10*9/L"} if table == "observation" else {}
    log(table, **values, **unit)
    assert (row(listed())["removed"], row(listed())["settled"]) == (False, False)


@pytest.mark.parametrize("outcome", ["declined", "referred"])
def test_a_count_that_is_amended_after_a_removal_or_a_referral_is_open(
    registry: Database, operator: Actor, log: Log, listed: Callable[..., Worklist], outcome: str
) -> None:
    low = {"observed_at": "2026-03-28", "analyte": "platelets", "value": "95", "unit": "10*9/L"}
    log("observation", observation_id="C", **low)
    log("outcome", done_on="2026-03-30", outcome=outcome, reason="because")
    identity = {"patient_id": "P", "observation_id": "C"}
    record.amend(
        registry, operator, "observation", identity, {"value": "9.5"}, "typed wrongly", 1, today=TODAY
    )
    assert (row(listed())["removed"], row(listed())["settled"]) == (False, False)


@pytest.mark.parametrize("outcome", ["declined", "referred"])
def test_what_was_known_before_stays_dealt_with_when_the_outcome_gets_a_note(
    registry: Database, operator: Actor, log: Log, listed: Callable[..., Worklist], outcome: str
) -> None:
    log("outcome", outcome_id="O", done_on="2026-03-30", outcome=outcome, reason="because")
    count(log, date(2026, 3, 30), "95")
    identity = {"patient_id": "P", "outcome_id": "O"}
    record.amend(registry, operator, "outcome", identity, {"note": "by phone"}, "more", 1, today=TODAY)
    # The count came after the act, and the note does not make the act later.
    assert (row(listed())["removed"], row(listed())["settled"]) == (False, False)
    log("outcome", done_on="2026-03-30", outcome=outcome, reason="again")
    stood = row(listed())
    assert stood["removed"] is (outcome == "declined")
    assert stood["settled"] is (outcome == "referred")


def test_an_old_count_that_is_stored_late_leaves_what_was_answered_and_brings_back_who_was_removed(
    log: Log, listed: Callable[..., Worklist]
) -> None:
    count(log, date(2026, 3, 28), "95")
    log("outcome", done_on="2026-03-30", outcome="referred")
    log("outcome", done_on="2026-03-30", outcome="declined", reason="because")
    count(log, date(2025, 12, 25), "210")
    assert (row(listed())["settled"], row(listed())["removed"]) == (True, True)
    count(log, date(2025, 12, 26), "210")
    assert (row(listed())["settled"], row(listed())["removed"]) == (True, False)


def test_a_confirmed_finding_that_was_contacted_goes_on_monthly_and_says_what_was_done(
    log: Log, listed: Callable[..., Worklist]
) -> None:
    count(log, date(2026, 1, 10), "75")
    count(log, date(2026, 1, 13), "72")
    assert (row(listed())["action"], row(listed())["due_on"]) == ("contact_confirmed", date(2026, 1, 13))
    log("outcome", done_on="2026-01-14", outcome="contacted")
    stood = row(listed())
    assert (stood["action"], stood["due_on"], stood["overdue_days"]) == (
        "continue_monthly",
        date(2026, 2, 13),
        46,
    )
    assert "the finding of 72 was answered: contacted on Wed 14 Jan 2026" in listed().text()
    assert "due since 2026-02-13" in listed().text()
    assert "DEADLINE MISSED" not in listed().text()
    count(log, date(2026, 3, 20), "71")
    told = "what an earlier count showed was answered: contacted on Wed 14 Jan 2026; 71 asks nothing new"
    assert told in listed().text()
    count(log, date(2026, 3, 30), "45")
    assert (row(listed())["action"], row(listed())["due_on"]) == ("contact_confirmed", date(2026, 3, 30))


def test_a_count_below_30_that_was_referred_is_repeated_in_14_days(
    log: Log, listed: Callable[..., Worklist]
) -> None:
    count(log, date(2026, 3, 28), "20")
    log("outcome", done_on="2026-03-28", outcome="contacted")
    assert row(listed())["action"] == "recheck_and_contact_now"
    log("outcome", done_on="2026-03-28", outcome="sent_to_emergency")
    assert (row(listed())["action"], row(listed())["due_on"]) == ("repeat_14d", date(2026, 4, 11))


def test_a_bleed_that_was_referred_asks_for_a_count_and_its_end_reopens_nothing(
    registry: Database, operator: Actor, log: Log, listed: Callable[..., Worklist]
) -> None:
    count(log, date(2026, 3, 1), "220")
    bleed = {"started_on": "2026-03-29", "scale": "WHO", "grade": "2"}
    log("bleed", bleed_id="B", **bleed)
    assert row(listed())["action"] == "urgent_referral"
    assert "bleeding since Sun 29 Mar 2026: WHO grade 2" in listed().text()
    log("outcome", done_on="2026-03-30", outcome="referred")
    stood = row(listed())
    assert (stood["action"], stood["due_on"], stood["bleeding_since"], stood["treatment_advice"]) == (
        "recheck_72h",
        date(2026, 4, 1),
        None,
        "observe",
    )
    identity = {"patient_id": "P", "bleed_id": "B"}
    record.amend(registry, operator, "bleed", identity, {"ended_on": "2026-03-31"}, "over", 1, today=TODAY)
    assert row(listed())["action"] == "recheck_72h"
    record.amend(registry, operator, "bleed", identity, {"grade": "3"}, "graver", 2, today=TODAY)
    assert row(listed())["action"] == "urgent_referral"


UNJUDGED = {
    "8 without a unit": ({"value": "8"}, "recheck_and_contact_now", "8, no unit"),
    "30 without a unit": ({"value": "30"}, "recheck_72h", "30, no unit"),
    "8000 of an unknown unit": (
        {"value": "8000", "unit": "bottles"},
        "recheck_and_contact_now",
        "8000 bottles, unknown unit",
    ),
    "a hemolyzed 12": (
        {"value": "12", "unit": "10*9/L", "quality": "hemolyzed"},
        "recheck_and_contact_now",
        "12 10*9/L, hemolyzed",
    ),
    "a clumped 12 000 per microliter": (
        {"value": "12000", "unit": "/uL", "quality": "clumped"},
        "recheck_and_contact_now",
        "12000 /uL, clumped",
    ),
    "a clumped 120": (
        {"value": "120", "unit": "10*9/L", "quality": "clumped"},
        "recheck_72h",
        "120 10*9/L, clumped",
    ),
    "insufficient": ({"quality": "insufficient", "missing_reason": "unknown"}, "recheck_72h", "insufficient"),
    "unreadable": ({"value": "see note", "unit": "10*9/L"}, "recheck_72h", "see note 10*9/L, unreadable"),
}


@pytest.mark.parametrize(("values", "action", "words"), UNJUDGED.values(), ids=UNJUDGED)
@pytest.mark.parametrize("infused_on", ["2025-06-01", "2020-01-01"])
def test_a_specimen_that_cannot_be_judged_asks_for_a_repeat_is_named_and_brings_back(
    log: Log,
    listed: Callable[..., Worklist],
    values: dict[str, str],
    action: str,
    words: str,
    infused_on: str,
) -> None:
    log("patient", patient_id="Q")
    exposure = {"agent": "alemtuzumab", "setting": "multiple_sclerosis", "started_on": infused_on}
    log("exposure", patient_id="Q", **exposure)
    platelets = {"patient_id": "Q", "analyte": "platelets"}
    log("observation", observed_at="2026-02-20", value="220", unit="10*9/L", **platelets)
    log("outcome", patient_id="Q", done_on="2026-02-25", outcome="declined", reason="because")
    assert listed().removed["patient_id"].to_pylist() == ["Q"]
    log("observation", observed_at="2026-03-30", **platelets, **values)
    stood = next(one for one in listed().rows.to_pylist() if one["patient_id"] == "Q")
    assert (stood["action"], stood["unjudged"], stood["unjudged_on"]) == (action, words, date(2026, 3, 30))
    assert stood["last_count"] == "220"
    log("observation", observed_at="2026-03-31", value="215", unit="10*9/L", **platelets)
    assert not any(one["unjudged"] for one in listed().rows.to_pylist())


def test_a_sign_that_is_still_there_has_no_end_and_an_end_of_the_day_of_logging_is_none(
    registry: Database, operator: Actor, log: Log, listed: Callable[..., Worklist]
) -> None:
    today = registry.now().date()
    count(log, today - timedelta(3), "220")
    report(
        registry,
        operator,
        "P",
        ["easy_bruising"],
        key="k",
        today=today,
        noticed_on=today - timedelta(2),
    )
    (sign,) = registry.rows("SELECT ended_on FROM sign")
    assert sign == (None,)
    with pytest.raises(Refused, match="The day of the report is no end"):
        report(registry, operator, "P", ["petechiae"], key="l", today=today, ended_on=today)
    noticed = {"noticed_on": (today - timedelta(2)).isoformat(), "sign": "petechiae"}
    record.log(
        registry,
        operator,
        "sign",
        {"patient_id": "P", "sign_id": "still", **noticed, "ended_on": today.isoformat()},
        today=today,
    )
    count(log, today, "221")
    assert row(listed(today))["action"] == "urgent_referral"
    assert "easy bruising; small scattered red" in listed(today).text()


@pytest.mark.parametrize(("started_on", "removed"), [("2026-03-10", True), ("2026-03-11", False)])
def test_an_infusion_after_a_removal_brings_the_patient_back(
    log: Log, listed: Callable[..., Worklist], started_on: str, removed: bool
) -> None:
    log("outcome", done_on="2026-03-10", outcome="moved", reason="abroad")
    log("exposure", agent="alemtuzumab", setting="multiple_sclerosis", started_on=started_on)
    assert row(listed())["removed"] is removed


@pytest.mark.parametrize(
    ("outcome", "removed"), [("transferred", False), ("moved", False), ("declined", True), ("died", True)]
)
def test_who_was_transferred_is_listed_where_he_came(
    registry: Database,
    operator: Actor,
    log: Log,
    listed: Callable[..., Worklist],
    outcome: str,
    removed: bool,
) -> None:
    log("outcome", done_on="2026-03-10", outcome=outcome, reason="to the south")
    identity = {"patient_id": "P"}
    record.amend(registry, operator, "patient", identity, {"sex": "female"}, "completed", 1, today=TODAY)
    assert row(listed())["removed"]
    record.amend(registry, operator, "patient", identity, {"site": "south"}, "transferred", 2, today=TODAY)
    assert row(listed())["removed"] is removed


def test_who_was_referred_and_is_silent_since_is_overdue_by_the_schedule_alone(
    log: Log, listed: Callable[..., Worklist]
) -> None:
    count(log, date(2025, 7, 1), "40")
    log("outcome", done_on="2025-07-02", outcome="referred")
    calm = row(listed(date(2025, 7, 20)))
    assert (calm["settled"], calm["due_on"], calm["overdue_days"]) == (True, date(2025, 8, 1), 0)
    stood = row(listed())
    assert (stood["settled"], stood["due_on"], stood["overdue_days"]) == (True, date(2025, 8, 1), 242)
    assert "due since 2025-08-01, 242 days late" in listed().text()
    groups = {name: part.num_rows for name, part in split(listed(), TODAY).items()}
    assert groups == {"now": 0, "overdue": 1, "due": 0, "soon": 0, "later": 0}
    soon = listed(date(2025, 7, 25))
    assert split(soon, date(2025, 7, 25))["soon"].num_rows == 1


def test_a_deadline_is_missed_to_the_hour_wherever_it_is_told(
    registry: Database, operator: Actor, log: Log
) -> None:
    log("observation", observed_at="2026-03-28T08:00", analyte="platelets", value="40", unit="10*9/L")
    for hour, missed in ((7, False), (8, True), (14, True)):
        now = datetime.combine(TODAY, time(hour))
        found = worklist(registry, operator, TODAY, now=now)
        assert json.loads(found.as_json())["follow_up"][0]["escalated"] is missed
        assert ("DEADLINE MISSED" in found.text()) is missed
        (waits,) = escalated(registry, operator, TODAY, now)
        assert waits.number == missed
    assert not row(worklist(registry, operator, TODAY))["escalated"]


def test_a_count_in_citrate_is_told_as_corrected_and_as_reported(
    log: Log, listed: Callable[..., Worklist]
) -> None:
    seen = {"observed_at": "2026-03-30", "analyte": "platelets", "unit": "10*9/L"}
    log("observation", **seen, value="28", specimen="citrate")
    stood = row(listed())
    assert (stood["action"], stood["last_count"], stood["citrate_count"]) == ("recheck_48_72h", "30.8", "28")
    assert "[30.8 (28 in citrate × 1.1) on 2026-03-30" in listed().text()


def test_a_confirmed_steep_fall_says_so_and_what_it_is_measured_from(
    log: Log, listed: Callable[..., Worklist]
) -> None:
    for day, value in ((date(2026, 3, 1), "400"), (date(2026, 3, 29), "200"), (date(2026, 3, 30), "195")):
        count(log, day, value)
    stood = row(listed())
    assert (stood["action"], stood["rule"], stood["previous_count"]) == (
        "contact_confirmed",
        "confirmed-fall",
        "200",
    )
    assert stood["due_on"] == date(2026, 3, 30)
    assert (stood["demand"], stood["measured_from"], stood["measured_from_on"]) == (
        "confirmed-fall",
        "400",
        date(2026, 3, 1),
    )
    assert stood["act_by"] == datetime(2026, 3, 31)
    text = listed().text()
    assert "195 on 2026-03-30, before that 200, measured from 400" in text
    assert "The steep fall is confirmed: contact the hematologist." in text


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
def test_each_reported_sign_overrides_a_normal_count_and_the_next_one_too(
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
    assert row(listed())["action"] == "urgent_referral"
    log("outcome", done_on="2026-03-30", outcome="referred")
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
def test_the_list_says_what_the_plain_rules_say(registry: Database, operator: Actor, seed: int) -> None:
    """Random findings and outcomes of 300 patients, stored in three changes, on the last day and on one before."""
    chance = random.Random(seed)
    parts: list[dict[str, list[dict[str, Any]]]] = [
        {name: [] for name in ("patient", "patient_fact", "exposure", "observation", "outcome")}
        for _ in range(3)
    ]
    known: dict[str, tuple[list[tuple[date, int, int]], list[Done]]] = {}
    for key in range(1, 301):
        parts[0]["patient"].append({"patient_key": key, "patient_id": f"P{key:03}"})
        parts[0]["patient_fact"].append({"patient_key": key})
        parts[0]["exposure"].append(
            {
                "patient_key": key,
                "exposure_id": "X",
                "agent": "alemtuzumab",
                "setting": "multiple_sclerosis",
                "started_on": INFUSED,
            }
        )
        days = sorted({TODAY - timedelta(chance.randrange(20)) for _ in range(chance.randrange(6))})
        counts = [
            (day, chance.choice([20, 40, 90, 120, 200]) * 1_000_000, chance.randrange(3)) for day in days
        ]
        for day, e6, part in counts:
            parts[part]["observation"].append(
                {
                    "patient_key": key,
                    "observation_id": f"{day}",
                    "observed_on": day,
                    "analyte": "platelets",
                    "canonical_e6": e6,
                    "quality": "ok",
                }
            )
        done = sorted(
            (
                Done(
                    chance.choice(list(Outcome)), TODAY - timedelta(chance.randrange(20)), chance.randrange(3)
                )
                for _ in range(chance.randrange(4))
            ),
            key=lambda one: one.said_in,
        )
        for number, one in enumerate(done):
            parts[one.said_in]["outcome"].append(
                {
                    "patient_key": key,
                    "outcome_id": f"{number}",
                    "done_on": one.on,
                    "outcome": str(one.outcome),
                    "reason": "because",
                }
            )
        known[f"P{key:03}"] = (counts, done)
    for tables in parts:
        with registry.change(operator, Action.IMPORT, "a ward") as change:
            for table, rows in tables.items():
                change.insert(table, rows)
    for as_of in (TODAY, TODAY - timedelta(7)):
        found = worklist(registry, operator, as_of)
        listed = {one["patient_id"]: one for one in everyone(found)}
        assert listed.keys() == known.keys()
        for name, (counts, done) in known.items():
            seen = [one for one in counts if one[0] <= as_of]
            taken = [Count(day, e6, stored_in=part) for day, e6, part in seen]
            wanted = stands(Patient([(INFUSED, INFUSED)], taken, done=done), as_of)
            expected = follow_up(
                load(),
                done,
                found_on=max((day for day, _, _ in seen), default=None),
                found_in=max((part for _, _, part in seen), default=0),
                infused_on=INFUSED,
                act_by=wanted["act_by"],
                now=datetime.combine(as_of, time()),
            )
            stood = listed[name]
            assert {key: stood[key] for key in ("action", "due_on", "settled", "answered_on")} == {
                key: wanted[key] for key in ("action", "due_on", "settled", "answered_on")
            }, name
            assert (stood["removed"], stood["escalated"]) == (expected.removed, expected.escalated), name
            last = expected.last
            assert (stood["outcome"], stood["done_on"]) == (
                (str(last.outcome), last.on) if last else (None, None)
            ), name

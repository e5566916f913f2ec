"""What is done about watched patients: logged once, taken back, and signs that override the count."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from adjudication.surveillance.ladder import load
from adjudication.surveillance.protocol import SIGNS, Outcome
from registry import accounts, entry, record
from registry.errors import NotPermitted, Refused, Usage
from registry.record.recorded import steps
from registry.roles import Actor, Role
from registry.store.database import Database
from registry.surveillance.finding import (
    advised,
    demanded,
    hastened_by,
    illness,
    infused,
    treatment_advice_of,
)
from registry.surveillance.hemoglobin import informed
from registry.surveillance.outcomes import done, log_outcome, put_back
from registry.surveillance.proposals import proposals, reject
from registry.surveillance.signs import report, reported
from registry.surveillance.worklist import worklist

TODAY = date(2026, 3, 31)
Log = Callable[..., None]


@pytest.fixture
def log(registry: Database, operator: Actor) -> Log:
    numbers = iter(range(1000))

    def log_fact(table: str, **values: Any) -> None:
        name = {} if table == "patient" else {f"{table}_id": f"{table}{next(numbers)}"}
        record.log(registry, operator, table, {"patient_id": "P", **name, **values}, today=TODAY)

    log_fact("patient", site="north")
    log_fact("exposure", agent="alemtuzumab", setting="multiple_sclerosis", started_on="2025-06-01")
    return log_fact


def count(log: Log, day: str, value: str, analyte: str = "platelets", unit: str = "10*9/L") -> None:
    log("observation", observed_at=day, analyte=analyte, value=value, unit=unit)


def nurse(db: Database, operator: Actor, site: str) -> Actor:
    accounts.add_account(db, operator, f"nurse-{site}", {site: [Role.NURSE]}, today=TODAY)
    return db.actor(f"nurse-{site}")


@pytest.fixture
def row(registry: Database, operator: Actor) -> Callable[[], dict[str, Any]]:
    """How the only patient stands."""

    def look() -> dict[str, Any]:
        found = worklist(registry, operator, TODAY)
        rows: list[dict[str, Any]] = found.rows.to_pylist() + found.removed.to_pylist()
        assert len(rows) == 1
        return rows[0]

    return look


# Outcomes


def test_the_treating_physician_logs_what_was_done_and_signs_at_the_own_site_and_nothing_else(
    registry: Database, operator: Actor, log: Log, row: Callable[[], dict[str, Any]]
) -> None:
    for name, site in (("doctor", "north"), ("stranger", "south")):
        accounts.add_account(registry, operator, name, {site: [Role.CLINICIAN]}, today=TODAY)
    count(log, "2026-03-30", "28")
    doctor, stranger = registry.actor("doctor"), registry.actor("stranger")
    log_outcome(registry, doctor, "P", Outcome.REFERRED, key="a", today=TODAY)
    assert (row()["answered_by"], row()["action"]) == ("referred", "repeat_14d")
    report(registry, doctor, "P", ["petechiae"], key="b", today=TODAY)
    saved = log_outcome(registry, doctor, "P", Outcome.MOVED, key="c", today=TODAY, reason="abroad")
    put_back(registry, doctor, "P", "came home", key="d", today=TODAY)
    assert not row()["removed"]
    events = registry.rows("SELECT action, role, site FROM audit_event WHERE actor = 'doctor'")
    assert events == [("follow_up", "clinician", "north")] * 4
    with pytest.raises(NotPermitted):
        log_outcome(registry, stranger, "P", Outcome.CONTACTED, key="e", today=TODAY)
    with pytest.raises(NotPermitted):
        report(registry, stranger, "P", ["petechiae"], key="f", today=TODAY)
    given = {"patient_id": "P", "observed_at": "2026-03-31", "analyte": "platelets", "value": "9"}
    with pytest.raises(NotPermitted):
        record.log(registry, doctor, "observation", {**given, "unit": "10*9/L"}, today=TODAY)
    identity = {"patient_id": "P", "outcome_id": done(registry, doctor, ["P"], TODAY)["P"][0].outcome_id}
    with pytest.raises(NotPermitted):
        record.amend(registry, doctor, "outcome", identity, {"note": "x"}, "because", 1, today=TODAY)
    told = steps(registry, doctor, "outcome", {"patient_id": "P", "outcome_id": "P-O2"})
    assert [step.done for step in told] == ["follow_up", "withdraw"]
    assert saved.seq


def test_the_treating_physician_takes_back_what_was_just_logged(
    registry: Database, operator: Actor, log: Log
) -> None:
    accounts.add_account(registry, operator, "doctor", {"north": [Role.CLINICIAN]}, today=TODAY)
    doctor = registry.actor("doctor")
    saved = log_outcome(registry, doctor, "P", Outcome.CONTACTED, key="a", today=TODAY)
    assert done(registry, doctor, ["P"], TODAY)["P"]
    entry.undo(registry, doctor, saved.seq, key="b")
    assert done(registry, doctor, ["P"], TODAY) == {}


def test_an_unknown_patient_is_said_in_words(registry: Database, operator: Actor) -> None:
    with pytest.raises(Usage, match="There is no patient X in this registry"):
        log_outcome(registry, operator, "X", Outcome.CONTACTED, key="a", today=TODAY)


def test_an_outcome_is_kept_once_with_who_and_when_however_often_it_is_sent(
    registry: Database, operator: Actor, log: Log
) -> None:
    north = nurse(registry, operator, "north")
    for _ in range(3):
        log_outcome(registry, north, "P", Outcome.CONTACTED, key="one click", today=TODAY, note="the ward")
    (one,) = done(registry, north, ["P", "Q"], TODAY)["P"]
    assert (one.words, one.done_on, one.by, one.note) == ("contacted", TODAY, "nurse-north", "the ward")
    assert one.at == registry.rows("SELECT recorded_at FROM audit_event WHERE seq = $1", [one.seq])[0][0]


def test_a_recheck_is_arranged_for_a_day_that_lies_ahead_and_never_before_it_was_done(
    registry: Database, operator: Actor, log: Log
) -> None:
    def arrange(day: date | None) -> None:
        log_outcome(registry, operator, "P", Outcome.RECHECK_ARRANGED, key="k", today=TODAY, recheck_on=day)

    with pytest.raises(Refused, match="for which day"):
        arrange(None)
    with pytest.raises(Refused):
        arrange(date(2026, 3, 30))
    arrange(date(2026, 4, 2))
    assert done(registry, operator, ["P"], TODAY)["P"][0].recheck_on == date(2026, 4, 2)


@pytest.mark.parametrize("outcome", sorted(load().outcomes.remove))
def test_whoever_leaves_the_list_needs_a_reason_and_comes_back_with_another(
    registry: Database, operator: Actor, log: Log, row: Callable[[], dict[str, Any]], outcome: Outcome
) -> None:
    with pytest.raises(Refused, match="a reason is needed"):
        log_outcome(registry, operator, "P", outcome, key="1", today=TODAY, reason=" ")
    log_outcome(registry, operator, "P", outcome, key="2", today=TODAY, reason="said so on the phone")
    log_outcome(registry, operator, "P", Outcome.MOVED, key="3", today=TODAY, reason="twice")
    assert row()["removed"]
    with pytest.raises(Usage, match="a reason is needed"):
        put_back(registry, operator, "P", "", key="4", today=TODAY)
    put_back(registry, operator, "P", "the wrong patient", key="5", today=TODAY)
    assert not row()["removed"]
    with pytest.raises(Usage, match="nothing to put back"):
        put_back(registry, operator, "P", "again", key="6", today=TODAY)
    assert registry.verify() == []


def test_an_outcome_is_undone_by_its_author(registry: Database, operator: Actor, log: Log) -> None:
    saved = log_outcome(registry, operator, "P", Outcome.REFERRED, key="1", today=registry.now().date())
    entry.undo(registry, operator, saved.seq, key="2")
    assert done(registry, operator, ["P"], TODAY) == {}


def test_a_nurse_of_another_hospital_neither_logs_nor_reads(
    registry: Database, operator: Actor, log: Log
) -> None:
    south = nurse(registry, operator, "south")
    with pytest.raises(NotPermitted):
        log_outcome(registry, south, "P", Outcome.CONTACTED, key="1", today=TODAY)
    with pytest.raises(NotPermitted):
        report(registry, south, "P", ["petechiae"], key="2", today=TODAY)
    log_outcome(registry, operator, "P", Outcome.CONTACTED, key="3", today=TODAY)
    report(registry, operator, "P", ["petechiae"], key="4", today=TODAY)
    count(log, "2026-03-30", "80", "hemoglobin", "g/L")
    assert done(registry, south, ["P"], TODAY) == {}
    assert reported(registry, south, ["P"], TODAY) == {}
    assert informed(registry, south, {"P": load()}, TODAY) == {}


# Signs


def test_several_signs_are_one_change_and_override_the_count(
    registry: Database, operator: Actor, log: Log, row: Callable[[], dict[str, Any]]
) -> None:
    count(log, "2026-03-30", "240")
    saved = report(registry, operator, "P", [*SIGNS, SIGNS[0]], key="k", today=TODAY)
    assert len(saved.facts) == 7
    assert row()["action"] == "urgent_referral"
    assert {one.seq for one in reported(registry, operator, ["P"], TODAY)["P"]} == {saved.seq}
    entry.undo(registry, operator, saved.seq, key="back")
    assert row()["action"] == "continue_monthly"


@pytest.mark.parametrize(
    ("noticed_on", "ended_on", "kept", "action"),
    [
        (None, None, None, "urgent_referral"),
        (date(2026, 3, 24), None, None, "urgent_referral"),
        (date(2026, 3, 24), date(2026, 3, 25), date(2026, 3, 25), "continue_monthly"),
        (date(2026, 3, 23), date(2026, 3, 24), date(2026, 3, 24), "continue_monthly"),
    ],
)
def test_a_reported_sign_stays_until_its_end_is_said_and_a_count_of_its_last_day_has_come(
    registry: Database,
    operator: Actor,
    log: Log,
    row: Callable[[], dict[str, Any]],
    noticed_on: date | None,
    ended_on: date | None,
    kept: date | None,
    action: str,
) -> None:
    count(log, "2026-03-25", "210")
    report(
        registry,
        operator,
        "P",
        ["petechiae"],
        key="k",
        today=TODAY,
        noticed_on=noticed_on,
        ended_on=ended_on,
    )
    assert registry.rows("SELECT ended_on FROM sign_view") == [(kept,)]
    assert row()["action"] == action


def test_no_sign_or_an_unknown_one_is_refused(registry: Database, operator: Actor, log: Log) -> None:
    with pytest.raises(Refused, match="at least one"):
        report(registry, operator, "P", [], key="k", today=TODAY)
    with pytest.raises(Refused):
        report(registry, operator, "P", ["headache"], key="k", today=TODAY)


# What stands beside a finding


@pytest.mark.parametrize(
    ("before", "last", "told"),
    [
        (None, "99.9", "Hemoglobin 99.9 g/L on Mon 30 Mar 2026."),
        (None, "100", None),
        ("140", "120", "Hemoglobin 120 g/L on Mon 30 Mar 2026, 140 g/L on Sun 1 Mar 2026."),
        ("140", "120.1", None),
    ],
)
def test_a_hemoglobin_is_information_and_demands_nothing(
    registry: Database,
    operator: Actor,
    log: Log,
    row: Callable[[], dict[str, Any]],
    before: str | None,
    last: str,
    told: str | None,
) -> None:
    count(log, "2026-03-30", "240")
    if before is not None:
        count(log, "2026-03-01", before, "hemoglobin", "g/L")
    count(log, "2026-03-30", last, "hemoglobin", "g/L")
    assert informed(registry, operator, {"P": load()}, TODAY).get("P") == told
    assert row()["action"] == "continue_monthly"


def test_a_recent_infusion_is_told_until_the_first_count_is_due_and_lowers_nothing(
    log: Log, row: Callable[[], dict[str, Any]]
) -> None:
    count(log, "2026-03-30", "28")
    alone = row()
    assert infused(load(), alone, TODAY) is None
    log("exposure", agent="alemtuzumab", setting="multiple_sclerosis", started_on="2026-03-26")
    found = row()
    assert infused(load(), found, TODAY) == "infused 5 days ago"
    assert infused(load(), found, date(2026, 4, 25)) == "infused 30 days ago"
    assert infused(load(), found, date(2026, 4, 26)) is None
    assert (found["action"], found["act_by"]) == (alone["action"], alone["act_by"])


def test_the_sooner_of_two_rules_stands_first(log: Log, row: Callable[[], dict[str, Any]]) -> None:
    count(log, "2026-03-01", "300")
    count(log, "2026-03-30", "90")
    sooner = hastened_by(load(), row())
    assert sooner is not None
    assert sooner.id == "steep-fall"
    assert demanded(load(), row()).startswith("Recheck the count now;")
    assert "Besides: Recheck the count within 72 hours" in demanded(load(), row())


@pytest.mark.parametrize(
    ("value", "sign", "what", "reading"),
    [
        ("9", None, "Treatment is mandatory", None),
        ("20", None, "potential option", None),
        ("40", None, "No need for treatment", None),
        ("40", "petechiae", "the consensus is silent", "DEF-SURV-04"),
    ],
)
def test_the_advice_on_treatment_is_worded_as_the_consensus_says(
    log: Log,
    row: Callable[[], dict[str, Any]],
    value: str,
    sign: str | None,
    what: str,
    reading: str | None,
) -> None:
    count(log, "2026-03-30", value)
    if sign:
        log("sign", noticed_on="2026-03-30", sign=sign)
    told = str(advised(load(), row()))
    assert what in told
    assert "Lambert 2018, lines" in told
    assert (reading or "Lambert") in told


def test_a_count_that_demands_nothing_has_no_advice(log: Log, row: Callable[[], dict[str, Any]]) -> None:
    count(log, "2026-03-30", "240")
    assert treatment_advice_of(load(), row()) is None


def test_an_episode_in_remission_returns_the_patient_to_surveillance(
    registry: Database, operator: Actor, log: Log, row: Callable[[], dict[str, Any]]
) -> None:
    record.log(
        registry,
        operator,
        "episode",
        {"patient_id": "P", "episode_id": "E", "disease": "ITP", "onset_on": "2025-12-01"},
        today=TODAY,
    )
    assert illness(row()) == "ITP since Mon 1 Dec 2025"
    ended = {"ended_on": "2026-02-01"}
    record.amend(registry, operator, "episode", {"episode_id": "E"}, ended, "in remission", 1, today=TODAY)
    count(log, "2026-02-10", "190")
    assert illness(row()) == "ITP from Mon 1 Dec 2025 to Sun 1 Feb 2026: watched again"
    assert (row()["action"], row()["due_on"]) == ("continue_monthly", date(2026, 3, 10))
    count(log, "2026-03-20", "60")
    count(log, "2026-03-22", "50")
    assert [one.onset_on for one in proposals(registry, operator, TODAY)] == [date(2026, 3, 20)]


def test_an_answer_to_a_proposal_is_undone_by_whoever_may_answer(
    registry: Database, operator: Actor, log: Log
) -> None:
    today = registry.now().date()
    accounts.add_account(registry, operator, "dr", {"north": [Role.CLINICIAN]}, today=TODAY)
    doctor = registry.actor("dr")
    count(log, "2026-03-20", "60")
    count(log, "2026-03-22", "50")
    (one,) = proposals(registry, doctor, today)
    saved = reject(registry, doctor, one, "clumps on the smear", key="k", today=today)
    assert proposals(registry, doctor, today) == []
    assert entry.may_undo(registry, doctor, saved.seq)
    entry.undo(registry, doctor, saved.seq, key="back")
    assert proposals(registry, doctor, today) == [one]
    assert registry.verify() == []


def test_the_first_day_of_a_bleeding_that_overrides_the_count_is_told(
    log: Log, row: Callable[[], dict[str, Any]]
) -> None:
    count(log, "2026-03-20", "240")
    assert row()["bleeding_on"] is None
    log("bleed", scale="WHO", grade="2", started_on="2026-03-28")
    assert (row()["bleeding_on"], row()["action"]) == (date(2026, 3, 28), "urgent_referral")

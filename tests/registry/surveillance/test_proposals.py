"""Episodes that counts propose: found, accepted, rejected with a reason, and not asked again for the same counts."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from registry import record
from registry.accounts.service import add_account
from registry.entry import undo
from registry.errors import AlreadyDone, Conflict, NotPermitted, Refused, Usage
from registry.roles import Actor, Role
from registry.store.database import Database
from registry.surveillance.proposals import Proposed, accept, proposals, reject

TODAY = date(2026, 3, 31)
Count = Callable[..., None]


@pytest.fixture
def count(registry: Database, operator: Actor) -> Count:
    """Log a platelet count of the one patient P, who was infused on 1 June 2025."""

    def log_count(day: str, value: str, **other: Any) -> None:
        row = {
            "observation_id": day,
            "observed_at": day,
            "analyte": "platelets",
            "value": value,
            "unit": "10*9/L",
        }
        record.log(registry, operator, "observation", {"patient_id": "P", **row, **other}, today=TODAY)

    record.log(registry, operator, "patient", {"patient_id": "P", "site": "north"}, today=TODAY)
    exposure = {"agent": "alemtuzumab", "setting": "multiple_sclerosis", "started_on": "2025-06-01"}
    record.log(
        registry, operator, "exposure", {"patient_id": "P", "exposure_id": "X", **exposure}, today=TODAY
    )
    return log_count


@pytest.fixture
def waiting(registry: Database, operator: Actor) -> Callable[..., list[Proposed]]:
    return lambda: proposals(registry, operator, TODAY)


def test_a_second_low_count_proposes_an_episode_dated_at_the_first(
    count: Count, waiting: Callable[[], list[Proposed]]
) -> None:
    count("2026-03-01", "200")
    count("2026-03-20", "28")
    assert waiting() == []
    count("2026-03-22", "<30")
    (one,) = waiting()
    assert (one.patient_id, one.site, one.onset_on) == ("P", "north", date(2026, 3, 20))
    assert (one.first.name, one.confirming.name) == ("2026-03-20", "2026-03-22")
    assert one.confirming.e6 == 29_999_999


@pytest.mark.parametrize(
    "other", [{"quality": "clumped"}, {"unit": "bushels"}, {"analyte": "hemoglobin", "unit": "g/L"}]
)
def test_what_is_no_clean_platelet_count_confirms_nothing(
    count: Count, waiting: Callable[[], list[Proposed]], other: dict[str, Any]
) -> None:
    count("2026-03-20", "28")
    count("2026-03-22", "28", **other)
    assert waiting() == []


def test_accepting_opens_the_episode_once_and_the_proposal_is_gone(
    registry: Database, operator: Actor, count: Count, waiting: Callable[[], list[Proposed]]
) -> None:
    count("2026-03-20", "28")
    count("2026-03-22", "25")
    (one,) = waiting()
    accept(registry, operator, one, key="k", today=TODAY)
    columns = "episode_id, disease, onset_on, diagnosed_on, primary_or_secondary, cause"
    (episode,) = registry.rows(f"SELECT {columns} FROM episode_view")
    assert episode[1:] == ("ITP", date(2026, 3, 20), date(2026, 3, 22), "secondary", "alemtuzumab")
    assert registry.rows("SELECT answer, opened_episode_id FROM proposal_answer_view") == [
        ("accepted", episode[0])
    ]
    assert waiting() == []
    with pytest.raises(AlreadyDone):
        accept(registry, operator, one, key="k", today=TODAY)
    with pytest.raises(Usage, match="no longer stands"):
        accept(registry, operator, one, key="another", today=TODAY)
    assert registry.rows("SELECT count(*) FROM episode_view") == [(1,)]
    count("2026-03-24", "20")
    count("2026-03-26", "20")
    assert waiting() == []


def test_a_rejection_needs_a_reason_and_is_not_asked_again_for_the_same_counts(
    registry: Database, operator: Actor, count: Count, waiting: Callable[[], list[Proposed]]
) -> None:
    count("2026-03-20", "28")
    count("2026-03-22", "25")
    (one,) = waiting()
    with pytest.raises(Refused, match="reason"):
        reject(registry, operator, one, " ", key="a", today=TODAY)
    reject(registry, operator, one, "clumps on both smears", key="b", today=TODAY)
    assert waiting() == []
    count("2026-03-24", "20")
    assert waiting() == []
    count("2026-03-26", "18")
    (again,) = waiting()
    assert again.first.name == "2026-03-24"


def test_withdrawing_an_answer_lets_the_counts_speak_again(
    registry: Database, operator: Actor, count: Count, waiting: Callable[[], list[Proposed]]
) -> None:
    count("2026-03-20", "28")
    count("2026-03-22", "25")
    (one,) = waiting()
    reject(registry, operator, one, "wrong patient", key="a", today=TODAY)
    names = {
        "patient_id": "P",
        "first_observation_id": "2026-03-20",
        "confirming_observation_id": "2026-03-22",
    }
    record.withdraw(registry, operator, "proposal_answer", names, "it was the right one", 1)
    assert waiting() == [one]


@pytest.mark.parametrize(
    ("ended_on", "proposed"), [(None, False), ("2026-03-20", False), ("2026-03-19", True)]
)
def test_during_an_episode_nothing_is_proposed_and_after_its_end_again(
    registry: Database,
    operator: Actor,
    count: Count,
    waiting: Callable[[], list[Proposed]],
    ended_on: str | None,
    proposed: bool,
) -> None:
    episode = {"patient_id": "P", "episode_id": "E", "disease": "ITP", "onset_on": "2025-10-01"}
    record.log(registry, operator, "episode", {**episode, "ended_on": ended_on}, today=TODAY)
    count("2026-03-20", "28")
    count("2026-03-22", "25")
    assert bool(waiting()) is proposed


def test_a_changed_count_takes_the_proposal_away(
    registry: Database, operator: Actor, count: Count, waiting: Callable[[], list[Proposed]]
) -> None:
    count("2026-03-20", "28")
    count("2026-03-22", "25")
    (one,) = waiting()
    identity = {"patient_id": "P", "observation_id": "2026-03-22"}
    record.amend(
        registry, operator, "observation", identity, {"value": "250"}, "typing error", 1, today=TODAY
    )
    assert waiting() == []
    with pytest.raises(Usage):
        reject(registry, operator, one, "too late", key="z", today=TODAY)


def test_a_clinician_or_nurse_of_the_site_answers_and_nobody_else(
    registry: Database, operator: Actor, count: Count
) -> None:
    count("2026-03-20", "28")
    count("2026-03-22", "25")
    for name, site, role in (
        ("clinician-north", "north", Role.CLINICIAN),
        ("nurse-south", "south", Role.NURSE),
        ("reader-north", "north", Role.ADJUDICATOR),
    ):
        add_account(registry, operator, name, {site: [role]}, today=TODAY)
    (one,) = proposals(registry, operator, TODAY)
    assert proposals(registry, registry.actor("nurse-south"), TODAY) == []
    for name in ("nurse-south", "reader-north"):
        with pytest.raises((NotPermitted, Usage)):
            reject(registry, registry.actor(name), one, "because", key=name, today=TODAY)
    accept(registry, registry.actor("clinician-north"), one, key="n", today=TODAY)
    last = "SELECT action, actor, site FROM audit_event ORDER BY seq DESC LIMIT 1"
    assert registry.rows(last) == [("answer_proposal", "clinician-north", "north")]


def test_duplicates_of_the_answered_days_are_not_asked_about(
    registry: Database, operator: Actor, count: Count, waiting: Callable[[], list[Proposed]]
) -> None:
    for day in ("2026-03-10", "2026-03-13"):
        count(f"{day}T08:00", "80", specimen="edta")
        count(f"{day}T08:05", "84", specimen="citrate")
    reject(registry, operator, waiting()[0], "known", key="k", today=TODAY)
    assert waiting() == []


def test_one_rejection_answers_six_low_counts_of_one_fall_and_two_further_ones_ask_again(
    registry: Database, operator: Actor, count: Count, waiting: Callable[[], list[Proposed]]
) -> None:
    for day, value in enumerate((90, 80, 70, 60, 85, 88), 10):
        count(f"2026-03-{day}", str(value))
    reject(registry, operator, waiting()[0], "the laboratory had a bad week", key="k", today=TODAY)
    assert waiting() == []
    count("2026-03-20", "40")
    assert waiting() == []
    count("2026-03-21", "39")
    (again,) = waiting()
    assert again.onset_on == date(2026, 3, 20)


@pytest.mark.parametrize("amended", [["2026-03-10"], ["2026-03-10", "2026-03-13"]])
def test_an_amended_count_speaks_again_and_is_answered_anew(
    registry: Database,
    operator: Actor,
    count: Count,
    waiting: Callable[[], list[Proposed]],
    amended: list[str],
) -> None:
    count("2026-03-10", "80")
    count("2026-03-13", "84")
    reject(registry, operator, waiting()[0], "borderline", key="k", today=TODAY)
    for name in amended:
        identity = {"patient_id": "P", "observation_id": name}
        record.amend(registry, operator, "observation", identity, {"value": "8"}, "8, not 80", 1, today=TODAY)
    (again,) = waiting()
    assert again.first.e6 == 8_000_000
    reject(registry, operator, again, "clumps", key="again", today=TODAY)
    assert waiting() == []
    assert registry.rows("SELECT version, answer, reason FROM proposal_answer_view") == [
        (2, "rejected", "clumps")
    ]


def test_an_answer_whose_episode_was_withdrawn_holds_no_longer(
    registry: Database, operator: Actor, count: Count, waiting: Callable[[], list[Proposed]]
) -> None:
    count("2026-03-10", "20")
    count("2026-03-12", "22")
    (one,) = waiting()
    accept(registry, operator, one, key="k", today=TODAY)
    [(name,)] = registry.rows("SELECT episode_id FROM episode_view")
    record.withdraw(registry, operator, "episode", {"episode_id": name}, "not ITP after all", 1)
    assert waiting() == [one]
    accept(registry, operator, one, key="again", today=TODAY)
    assert waiting() == []
    [(standing,)] = registry.rows("SELECT episode_id FROM episode_view")
    assert registry.rows("SELECT version, answer, opened_episode_id FROM proposal_answer_view") == [
        (2, "accepted", standing)
    ]
    assert standing != name


def test_taking_back_a_new_answer_lets_the_amended_counts_speak_again(
    registry: Database, operator: Actor, count: Count, waiting: Callable[[], list[Proposed]]
) -> None:
    count("2026-03-10", "80")
    count("2026-03-13", "84")
    reject(registry, operator, waiting()[0], "borderline", key="k", today=TODAY)
    identity = {"patient_id": "P", "observation_id": "2026-03-13"}
    record.amend(registry, operator, "observation", identity, {"value": "8"}, "8, not 84", 1, today=TODAY)
    (one,) = waiting()
    saved = accept(registry, operator, one, key="again", today=TODAY)
    assert waiting() == []
    undo(registry, operator, saved.seq, key="undo")
    assert waiting() == [one]


def test_of_two_who_accept_at_once_one_is_refused(
    registry: Database, operator: Actor, count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other answers between the look at the list and the writing."""
    count("2026-03-10", "20")
    count("2026-03-12", "22")
    (one,) = proposals(registry, operator, TODAY)
    looked = record.version

    def meanwhile(*asked: Any) -> int | None:
        seen = looked(*asked)
        monkeypatch.undo()
        accept(registry, operator, one, key="the other", today=TODAY)
        return seen

    monkeypatch.setattr(record, "version", meanwhile)
    with pytest.raises(Conflict, match="proposal_answer"):
        accept(registry, operator, one, key="k", today=TODAY)
    assert registry.rows("SELECT count(*) FROM episode_view") == [(1,)]


def test_the_dead_get_no_proposal(
    registry: Database, operator: Actor, count: Count, waiting: Callable[[], list[Proposed]]
) -> None:
    count("2026-03-10", "9")
    count("2026-03-13", "8")
    assert len(waiting()) == 1
    record.amend(
        registry,
        operator,
        "patient",
        {"patient_id": "P"},
        {"died_on": str(TODAY)},
        "told by the family",
        1,
        today=TODAY,
    )
    assert waiting() == []

"""Several facts at once: all or none, once, with every problem at its field and both versions of a clash."""

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from registry import record
from registry.accounts.service import add_account
from registry.entry import Conflict, Fact, FactProblem, Saved, next_id, save
from registry.errors import AlreadyDone, NadirError, NotPermitted, Refused, Usage
from registry.roles import Actor
from registry.store.database import Database
from tests.registry.facts_for_tests import Fact as Logged
from tests.registry.facts_for_tests import copied, written

TODAY = date(2026, 3, 31)
EPISODE = {"patient_id": "P1", "episode_id": "P1-E1", "disease": "ITP", "onset_on": "2024-01-01"}
LIFE: list[Logged] = [
    ("patient", {"patient_id": "P1", "site": "North", "born_on": "1970-01-01"}),
    ("patient", {"patient_id": "P2", "site": "South"}),
    ("episode", dict(EPISODE)),
    ("bleed", {"patient_id": "P1", "bleed_id": "B1", "started_on": "2025-01-01", "scale": "WHO", "grade": 2}),
]
COURSE = Fact("course", {"episode_id": "P1-E1", "started_on": "2025-01-01", "ongoing": "yes"}, name="course")
AGENTS = [
    Fact(
        "course_agent",
        {
            "agent": agent,
            "started_on": f"2025-01-0{day}",
            "dose": "60",
            "dose_unit": "mg",
            "frequency": "daily",
        },
        name=f"agents.{number}",
    )
    for number, (agent, day) in enumerate([("Prednisolone", 1), ("prednisolone", 8), ("Nplate", 1)])
]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with two patients, one of them ill, closed."""
    return written(tmp_path_factory.mktemp("begun") / "registry.duckdb", LIFE)


@pytest.fixture
def db(begun: Path, registry_path: Path) -> Iterator[Database]:
    with Database.open(copied(begun, registry_path)) as database:
        yield database


@pytest.fixture
def operator(db: Database) -> Actor:
    return db.actor(None)


def count(number: int, value: str = "31", **more: Any) -> Fact:
    day = f"2025-02-{number:02}"
    return Fact(
        "observation",
        {
            "patient_id": "P1",
            "observed_at": day,
            "analyte": "platelets",
            "value": value,
            "unit": "10*9/L",
            **more,
        },
        name=f"rows.{number}",
    )


def saved(db: Database, actor: Actor, *facts: Fact, key: str = "form 1", reason: str | None = None) -> Saved:
    return save(db, actor, facts, key=key, today=TODAY, reason=reason)


def problems(error: Refused) -> list[tuple[int, str]]:
    return [(one.fact, one.field) for one in error.problems if isinstance(one, FactProblem)]


def test_a_course_with_its_agents_and_steps_is_one_change(db: Database, operator: Actor) -> None:
    before = db.revision
    done = saved(db, operator, COURSE, *AGENTS)
    assert done.seq == db.revision == before + 1
    assert [one.identity for one in done.facts] == [
        {"course_id": "P1-C1"},
        {"course_id": "P1-C1", "agent": "prednisolone", "started_on": "2025-01-01"},
        {"course_id": "P1-C1", "agent": "prednisolone", "started_on": "2025-01-08"},
        {"course_id": "P1-C1", "agent": "romiplostim", "started_on": "2025-01-01"},
    ]
    assert db.rows("SELECT regimen FROM course_view") == [("STEROID+TPO_RA",)]
    subject, after = db.rows("SELECT subject, after FROM audit_event WHERE seq = $1", [done.seq])[0]
    assert subject == "course P1-C1 and 3 more"
    assert '"course_agent P1-C1 romiplostim 2025-01-01"' in after
    assert db.verify() == []


def test_a_patient_an_episode_and_a_course_may_come_together(db: Database, operator: Actor) -> None:
    done = saved(
        db,
        operator,
        Fact("course_agent", {"agent": "ivig", "started_on": "2025-01-01"}),
        Fact("course", {"started_on": "2025-01-01"}),
        Fact("episode", {"disease": "AIHA", "onset_on": "2025-01-01"}),
        Fact("patient", {"site": "St. Elsewhere"}),
    )
    names = [next(iter(one.identity.values())) for one in done.facts]
    assert names == ["ST-ELSEWHERE-001-C1", "ST-ELSEWHERE-001-C1", "ST-ELSEWHERE-001-E1", "ST-ELSEWHERE-001"]
    assert db.rows("SELECT patient_id, agents FROM course_view") == [("ST-ELSEWHERE-001", "ivig")]


def test_an_adverse_event_comes_with_its_attributions(db: Database, operator: Actor) -> None:
    saved(db, operator, COURSE)
    saved(db, operator, Fact("course", {**COURSE.values, "started_on": "2025-06-01"}), key="form 2")
    event = {"patient_id": "P1", "category": "infection", "term": "zoster", "onset_on": "2025-07-01"}
    done = saved(
        db,
        operator,
        Fact("adverse_event", event),
        Fact("attribution", {"course_id": "P1-C1", "relatedness": "possible"}),
        Fact("attribution", {"course_id": "P1-C2", "relatedness": "unlikely"}),
        key="form 3",
    )
    assert {one.identity["adverse_event_id"] for one in done.facts} == {"P1-AE1"}


def test_an_event_is_not_attributed_to_a_course_of_somebody_else(db: Database, operator: Actor) -> None:
    saved(db, operator, COURSE)
    event = {"patient_id": "P2", "category": "infection", "term": "zoster", "onset_on": "2025-07-01"}
    with pytest.raises(Refused, match="P1-C1 is a course of P1: choose one of P2") as caught:
        saved(
            db,
            operator,
            Fact("adverse_event", event),
            Fact("attribution", {"course_id": "P1-C1", "relatedness": "possible"}, name="attributions.1"),
            key="form 2",
        )
    assert problems(caught.value) == [(1, "attributions.1.course_id")]


def test_sixty_counts_are_stored_together_and_stay_as_reported(db: Database, operator: Actor) -> None:
    before = db.revision
    counts = [count(1 + number % 28, str(number), specimen_id=f"S{number}") for number in range(60)]
    done = saved(db, operator, *counts)
    assert db.revision == before + 1
    assert len({one.identity["observation_id"] for one in done.facts}) == 60
    assert done.facts[28].identity["observation_id"] == "P1-CBC-2025-02-01-PLT-2"
    found = db.rows("SELECT value FROM observation_view WHERE patient_id = 'P1' ORDER BY value::INTEGER")
    assert [value for (value,) in found] == [str(number) for number in range(60)]


def test_every_problem_is_listed_with_its_field_and_nothing_is_stored(db: Database, operator: Actor) -> None:
    before = db.revision
    late = Fact("course_agent", {**AGENTS[0].values, "started_on": "2024-12-31"}, name="agents.9")
    wrong = Fact("course_agent", {"agent": "ivig", "started_on": "2025-02-30"}, name="agents.4")
    with pytest.raises(Refused) as caught:
        saved(db, operator, COURSE, AGENTS[0], late, wrong, count(1), count(2, quality="green"))
    assert problems(caught.value) == [
        (2, "agents.9.started_on"),
        (3, "agents.4.started_on"),
        (5, "rows.2.quality"),
    ]
    assert db.revision == before
    assert db.rows("SELECT count(*) FROM course") == [(0,)]


def test_the_same_request_is_stored_once_and_says_so(db: Database, operator: Actor) -> None:
    first = saved(db, operator, COURSE, *AGENTS)
    before = db.revision
    again = saved(db, operator, COURSE, *AGENTS)
    assert (again.seq, again.repeated, first.repeated) == (first.seq, True, False)
    assert db.revision == before
    assert {str(one) for one in again.facts} == {str(one) for one in first.facts}


def test_the_same_key_for_other_values_is_refused_not_swallowed(db: Database, operator: Actor) -> None:
    saved(db, operator, count(1))
    with pytest.raises(AlreadyDone, match="with other values"):
        saved(db, operator, count(1, "32"))
    add_account(db, operator, "north", {"North": ["nurse"]}, today=TODAY)
    with pytest.raises(Refused, match="key is already used") as refused:
        saved(db, db.actor("north"), count(1))
    assert not isinstance(refused.value, AlreadyDone)


def test_two_threads_and_three_clicks_store_one_course(db: Database, operator: Actor) -> None:
    answers: list[Saved] = []
    threads = [
        threading.Thread(target=lambda: answers.append(saved(db, operator, COURSE, *AGENTS)))
        for _ in range(3)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len({one.seq for one in answers}) == 1
    assert sorted(one.repeated for one in answers) == [False, True, True]
    assert db.rows("SELECT count(*) FROM course_view") == [(1,)]


def test_two_people_who_save_at_once_get_two_ids(db: Database, operator: Actor) -> None:
    ids: list[str | None] = []

    def work(number: int) -> None:
        done = saved(db, operator, COURSE, key=f"form {number}")
        ids.append(done.facts[0].identity["course_id"])

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(map(str, ids)) == ["P1-C1", "P1-C2", "P1-C3", "P1-C4"]


def test_an_id_is_never_used_again(db: Database, operator: Actor) -> None:
    assert next_id(db, "P1", "course") == "P1-C1"
    saved(db, operator, COURSE)
    record.withdraw(db, operator, "course", {"course_id": "P1-C1"}, "by mistake", 1)
    assert next_id(db, "P1", "course") == "P1-C2"
    saved(db, operator, COURSE, key="form 2")
    assert db.rows("SELECT course_id FROM course_view") == [("P1-C2",)]
    assert next_id(db, "P1", "bleed") == "P1-B1"
    assert next_id(db, "P1", "observation", day=date(2026, 2, 3), analyte="ldh") == "P1-CBC-2026-02-03-LDH"


def test_logs_and_amendments_go_together_with_a_reason(db: Database, operator: Actor) -> None:
    bleed = {"patient_id": "P1", "bleed_id": "B1", "grade": 3}
    with pytest.raises(Usage, match="reason"):
        saved(db, operator, Fact("bleed", bleed, 1), count(1))
    done = saved(db, operator, Fact("bleed", bleed, 1), count(1), reason="read again")
    assert [one.version for one in done.facts] == [2, 1]
    event = db.rows("SELECT action, reason, before FROM audit_event WHERE seq = $1", [done.seq])
    assert event == [("amend", "read again", '{"bleed P1 B1":{"grade":"2"}}')]
    again = saved(db, operator, Fact("bleed", bleed, 1), count(1), reason="read again")
    assert again.repeated


def test_an_amendment_of_nothing_is_left_out_of_a_save_with_more(db: Database, operator: Actor) -> None:
    same = Fact("bleed", {"patient_id": "P1", "bleed_id": "B1", "grade": 2}, 1)
    with pytest.raises(Usage, match="already"):
        saved(db, operator, same, reason="r")
    for _ in range(2):
        done = saved(db, operator, same, count(1), reason="r")
    assert done.repeated
    assert record.version(db, "bleed", {"patient_id": "P1", "bleed_id": "B1"}) == 1


def test_a_clash_shows_both_versions_and_who_wrote_the_other(db: Database, operator: Actor) -> None:
    add_account(db, operator, "north", {"North": ["nurse"]}, today=TODAY)
    name = {"patient_id": "P1", "bleed_id": "B1"}
    record.amend(db, db.actor("north"), "bleed", name, {"grade": 3}, "read again", 1, today=TODAY)
    mine = Fact("bleed", {**name, "site": "gum"}, 1, name="bleed")
    with pytest.raises(Conflict) as caught:
        saved(db, operator, count(1), mine, reason="told by the patient")
    [clash] = caught.value.clashes
    assert (clash.fact, clash.expected_version, clash.current_version) == (1, 1, 2)
    assert (clash.changed_by, clash.changed_because) == ("north", "read again")
    assert clash.seen is not None
    assert clash.current is not None
    assert (clash.seen["grade"], clash.current["grade"]) == ("2", "3")
    assert (clash.wanted["site"], clash.wanted["grade"], clash.current["site"]) == ("gum", "2", None)
    assert db.rows("SELECT count(*) FROM observation") == [(0,)]
    saved(db, operator, count(1), Fact("bleed", {**name, "site": "gum"}, 2), reason="told by the patient")


def test_what_was_withdrawn_or_logged_meanwhile_clashes_too(db: Database, operator: Actor) -> None:
    name = {"patient_id": "P1", "bleed_id": "B1"}
    logged = Fact("bleed", {**name, "started_on": "2025-01-01", "scale": "WHO", "grade": 4})
    with pytest.raises(Conflict, match="Amend it instead") as caught:
        saved(db, operator, logged)
    assert caught.value.clashes[0].current == {
        **name,
        "started_on": "2025-01-01",
        "ended_on": None,
        "scale": "WHO",
        "grade": "2",
        "site": None,
        "itp_related": None,
    }
    record.withdraw(db, operator, "bleed", name, "another patient's", 1)
    with pytest.raises(Conflict, match="There is no bleed P1 B1 now") as caught:
        saved(db, operator, Fact("bleed", {**name, "grade": 3}, 1), reason="r")
    [clash] = caught.value.clashes
    assert (clash.current, clash.current_version, clash.changed_because) == (None, None, "another patient's")
    assert saved(db, operator, logged).facts[0].version == 2


def test_a_step_is_replaced_by_withdrawing_and_logging_in_one_change(db: Database, operator: Actor) -> None:
    saved(db, operator, COURSE, *AGENTS)
    [step] = [one for one in AGENTS if one.values["started_on"] == "2025-01-08"]
    named = {"course_id": "P1-C1", "agent": "prednisolone", "started_on": "2025-01-08"}
    done = saved(
        db,
        operator,
        Fact("course_agent", named, 1, withdrawn=True),
        Fact("course_agent", {**step.values, "course_id": "P1-C1", "started_on": "2025-01-09"}),
        key="form 2",
        reason="began a day later",
    )
    assert [one.values is None for one in done.facts] == [True, False]
    found = db.rows("SELECT started_on::VARCHAR FROM course_agent_view WHERE agent = 'prednisolone'")
    assert sorted(found) == [("2025-01-01",), ("2025-01-09",)]


def test_a_course_goes_with_all_its_steps_or_not_at_all(db: Database, operator: Actor) -> None:
    done = saved(db, operator, COURSE, *AGENTS)
    gone = [Fact(one.table, one.identity, 1, withdrawn=True) for one in done.facts]
    with pytest.raises(Refused, match="still has 1 course_agent"):
        saved(db, operator, *gone[:3], key="form 2", reason="twice")
    saved(db, operator, *gone, key="form 2", reason="twice")
    assert db.rows("SELECT count(*) FROM course_view") == [(0,)]
    assert db.verify() == []


def test_nothing_hangs_on_what_was_withdrawn(db: Database, operator: Actor) -> None:
    saved(db, operator, COURSE)
    record.withdraw(db, operator, "course", {"course_id": "P1-C1"}, "by mistake", 1)
    late = Fact("course_agent", {**AGENTS[0].values, "course_id": "P1-C1"}, name="agents.0")
    with pytest.raises(Refused, match="P1-C1 was withdrawn") as caught:
        saved(db, operator, late, key="form 2")
    assert problems(caught.value) == [(0, "agents.0.course_id")]


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ([], Usage),
        ([Fact("bruise", {})], Usage),
        ([Fact("bleed", {"colour": "red"})], Usage),
        ([Fact("bleed", {"bleed_id": "B1"}, 1)], Usage),
        ([Fact("bleed", {"patient_id": "P1", "bleed_id": "B1"}, withdrawn=True)], Usage),
        ([Fact("bleed", {"patient_id": "P1", "bleed_id": "B1", "grade": n}, 1) for n in (0, 1)], Usage),
        ([Fact("episode", {"episode_id": "P1-E1", "patient_id": "P2"}, 1)], Usage),
        (
            [Fact("bleed", {"patient_id": "P9", "started_on": "2025-01-01", "scale": "WHO", "grade": 1})],
            Refused,
        ),
        ([Fact("course", {"started_on": "2025-01-01"})], Refused),
    ],
)
def test_what_cannot_be_meant_is_refused(
    db: Database, operator: Actor, facts: list[Fact], error: type[NadirError]
) -> None:
    before = db.revision
    with pytest.raises(error):
        saved(db, operator, *facts, reason="r")
    assert db.revision == before


def test_a_nurse_saves_only_at_her_own_site(db: Database, operator: Actor) -> None:
    add_account(db, operator, "south", {"South": ["nurse"]}, today=TODAY)
    add_account(db, operator, "doctor", {"North": ["clinician"]}, today=TODAY)
    south = db.actor("south")
    own = Fact("bleed", {"patient_id": "P2", "started_on": "2025-01-01", "scale": "WHO", "grade": 1})
    bleed = {"patient_id": "P1", "bleed_id": "B1"}
    for other in (
        COURSE,
        count(1),
        Fact("bleed", {**bleed, "grade": 3}, 1),
        Fact("bleed", bleed, 1, withdrawn=True),
        Fact("patient", {"patient_id": "P1", "site": "South"}),
        Fact("patient", {"patient_id": "P2", "site": "North"}, 1),
        Fact("episode", {**EPISODE, "patient_id": "P2"}),
    ):
        with pytest.raises(NotPermitted):
            saved(db, south, own, other, reason="r")
        with pytest.raises(NotPermitted):
            saved(db, db.actor("doctor"), other, reason="r")
    assert db.rows("SELECT count(*) FROM bleed_view") == [(1,)]
    saved(db, south, own)
    done = saved(
        db,
        south,
        Fact("patient", {"site": "South"}),
        Fact("episode", {"disease": "ITP", "onset_on": "2025-01-01"}),
        key="form 2",
    )
    assert done.facts[0].identity == {"patient_id": "SOUTH-001"}

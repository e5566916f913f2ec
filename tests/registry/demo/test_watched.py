"""Synthetic patients who are watched: every state of the worklist among a few, and the cohort as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from adjudication.surveillance import ladder
from adjudication.surveillance.protocol import Outcome
from adjudication.surveillance.schedule import Standing, schedule
from registry import accounts, cohort, demo, record, review
from registry.demo.stories import ESSENTIAL, STORIES, Story
from registry.demo.watched import watched_rows
from registry.errors import NotPermitted, Refused, Usage
from registry.roles import Action, Actor
from registry.store.database import Database
from registry.surveillance.deadline import deadline
from registry.surveillance.hemoglobin import informed
from registry.surveillance.proposals import proposals
from registry.surveillance.signs import reported
from registry.surveillance.worklist import Worklist, worklist
from registry.tasks.counts import split

PROTOCOL = ladder.load()
TODAY = date(2026, 3, 31)
DAYS = [TODAY, date(2026, 11, 28), date(2027, 1, 1), date(2027, 3, 1), date(2028, 2, 29)]
"""Ends and beginnings of months, and a leap day."""
Ward = Callable[..., tuple[Database, Worklist]]


def declared(db: Database) -> Actor:
    """The operator of a registry that says that its patients are invented."""
    operator = db.actor(None)
    with db.change(operator, Action.CONFIGURE, "synthetic registry") as change:
        change.execute("UPDATE registry SET value = 'yes' WHERE key = 'synthetic'")
    return operator


@pytest.fixture
def ward(registry: Database) -> Ward:
    """So many watched patients, and the worklist on the day on which they were made."""

    def ward(patients: int, seed: int = 7, today: date = TODAY) -> tuple[Database, Worklist]:
        operator = declared(registry)
        assert demo.load_watched(registry, operator, patients, seed, today=today) == patients
        return registry, worklist(registry, operator, today)

    return ward


def by_patient(listed: Worklist) -> dict[str, dict[str, Any]]:
    return {row["patient_id"]: row for row in [*listed.rows.to_pylist(), *listed.removed.to_pylist()]}


@pytest.mark.parametrize("today", DAYS)
def test_among_the_essential_stories_every_state_of_the_worklist_appears(ward: Ward, today: date) -> None:
    registry, listed = ward(len(ESSENTIAL), today=today)
    rows = by_patient(listed)
    assert {row["rule"] for row in rows.values()} == {
        "confirmed-low",
        *(rule.id for rule in PROTOCOL.rules if not rule.when.confirmed),
        PROTOCOL.schedule.cited.id,
        PROTOCOL.afterwards.id,
    }
    assert all(part.num_rows for part in split(listed, today).values())
    assert any(row["last_count"] is None for row in rows.values())
    assert any(row["settled"] for row in rows.values())
    assert {row["mode"] for row in rows.values()} == {"in_window", "symptom_driven"}
    operator = registry.actor(None)
    assert len(proposals(registry, operator, today)) == 1
    assert len(reported(registry, operator, list(rows), today)) == 1
    assert len(informed(registry, operator, dict.fromkeys(rows, PROTOCOL), today)) == 1


@pytest.mark.parametrize(("seed", "today"), [(8, DAYS[0]), (9, DAYS[1]), (10, DAYS[4])])
def test_each_is_found_as_the_story_says(ward: Ward, seed: int, today: date) -> None:
    registry, listed = ward(len(STORIES), seed, today)
    rows = by_patient(listed)
    known = informed(registry, registry.actor(None), dict.fromkeys(rows, PROTOCOL), today)
    for number, story in enumerate(STORIES, 1):
        name = f"MS-{number:03d}"
        found_as_told(story, rows[name], today)
        assert (name in known) == story.hemoglobin_fell, story.says


def found_as_told(story: Story, row: dict[str, Any], today: date) -> None:
    bleeding = story.sign or story.bleed_grade
    if story.months_over:
        assert (row["mode"], row["rule"]) == ("symptom_driven", PROTOCOL.afterwards.id)
    elif bleeding:
        referred = story.done is Outcome.REFERRED
        assert row["rule"] == ("referred-uncounted" if referred else "bleeding"), story.says
    elif story.tubes_disagree:
        assert (row["rule"], row["asks"]) == ("tubes-disagree", "smear"), story.says
    elif story.clumped or story.unitless:
        assert row["rule"] == ("unjudged" if story.clumped else "unjudged-below-30"), story.says
    else:
        assert row["action"] == (story.answered or story.demands), story.says
        assert (row["answered_by"] is not None) == (story.answered is not None), story.says
    unjudged = story.clumped or story.unitless or story.tubes_disagree
    if story.demands == "continue_monthly" and not (story.months_over or unjudged or story.just_infused):
        due = schedule(
            PROTOCOL,
            row["last_infusion_on"],
            row["last_count_on"],
            today,
            (row["month_from_on"], row["month_from_on"]),
        )
        assert due.standing is story.stands, story.says
    assert row["outcome"] == (None if story.done is None else str(story.done))
    limit = deadline(row, datetime.combine(today, time(9, 30)))
    assert limit is None or limit.missed == story.late, story.says


def test_months_are_counted_and_months_are_missing(ward: Ward) -> None:
    registry, _ = ward(40)
    times: dict[str, list[date]] = {}
    for name, day in registry.rows(
        "SELECT patient_id, observed_on FROM observation_view WHERE analyte = 'platelets' ORDER BY observed_on"
    ):
        times.setdefault(name, []).append(day)
    gaps = [(b - a).days for days in times.values() for a, b in pairwise(days)]
    monthly = sum(20 <= gap <= 40 for gap in gaps) / len(gaps)
    assert 0.6 < monthly < 0.95
    assert max(gaps) > 50


def test_infusions_are_given_on_five_days_and_on_three_days_a_year_later(ward: Ward) -> None:
    registry, _ = ward(60)
    given = registry.rows(
        "SELECT patient_id, cycle, started_on, ended_on, dose_mg FROM exposure_view ORDER BY patient_id, cycle"
    )
    assert {cycle for _, cycle, *_ in given} == {1, 2, 3}
    first = {name: start for name, cycle, start, *_ in given if cycle == 1}
    for name, cycle, start, end, dose in given:
        days = (end - start).days + 1
        assert (days, dose) == ((5, "60") if cycle == 1 else (3, "36"))
        assert abs(start - first[name] - timedelta(365.25 * (cycle - 1))) < timedelta(5)


def test_nothing_lies_ahead(ward: Ward) -> None:
    registry, _ = ward(60)
    late = registry.rows(
        "SELECT count(*) FILTER (observed_on > $1), count(*) FILTER (observed_on = $1 AND observed_at IS NOT NULL) "
        "FROM observation_view",
        [TODAY],
    )
    assert late == [(0, 0)]
    assert registry.verify() == []


def test_several_hundred_are_mostly_on_time(ward: Ward) -> None:
    _, listed = ward(300)
    groups = {name: part.num_rows for name, part in split(listed, TODAY).items()}
    assert groups["later"] > 150
    assert all(groups[name] > 5 for name in ("now", "overdue", "soon"))
    assert listed.removed.num_rows >= 1


def test_the_same_seed_and_day_make_the_same_patients() -> None:
    assert watched_rows(30, 3, TODAY) == watched_rows(30, 3, TODAY)
    assert watched_rows(30, 3, TODAY) != watched_rows(30, 4, TODAY)
    assert watched_rows(30, 3, TODAY) != watched_rows(31, 3, TODAY)


def test_a_greater_number_adds_the_others_and_leaves_who_is_there(ward: Ward, operator: Actor) -> None:
    registry, _ = ward(3)
    identity = {"patient_id": "MS-001", "observation_id": "MS-001-L002"}
    record.amend(registry, operator, "observation", identity, {"value": "199"}, "misread", 1)
    before = registry.revision
    later = TODAY + timedelta(40)
    assert demo.load_watched(registry, operator, 3, today=later) == 0
    assert registry.revision == before
    assert demo.load_watched(registry, operator, 5, today=later) == 2
    assert registry.rows("SELECT count(*) FROM patient") == [(5,)]
    value = "SELECT value FROM observation_view WHERE observation_id = $1"
    assert registry.rows(value, [identity["observation_id"]]) == [("199",)]


def test_none_changes_nothing(registry: Database) -> None:
    operator = declared(registry)
    before = registry.revision
    assert demo.load_watched(registry, operator, 0, today=TODAY) == 0
    assert registry.revision == before
    with pytest.raises(Usage):
        demo.load_watched(registry, operator, -1, today=TODAY)


def test_only_a_registry_that_says_that_it_is_synthetic_takes_them(
    registry: Database, operator: Actor
) -> None:
    with pytest.raises(Refused, match="not declared synthetic"):
        demo.load_watched(registry, operator, 12, today=TODAY)


def test_the_nurse_of_the_demonstration_sees_them_and_may_not_make_them(ward: Ward) -> None:
    registry, listed = ward(12)
    accounts.demo_users(registry, registry.actor(None), today=TODAY)
    nurse = registry.actor("demo-nurse")
    assert worklist(registry, nurse, TODAY).rows == listed.rows
    assert {row["site"][:9] for row in by_patient(listed).values()} == {"synthetic"}
    with pytest.raises(NotPermitted):
        demo.load_watched(registry, registry.actor("demo-clinician"), 13, today=TODAY)


def test_the_figures_of_the_cohort_are_the_same_beside_them(cohort_path: Path) -> None:
    with Database.open(cohort_path) as db:
        operator = db.actor(None)
        before = cohort.summary(db, operator).as_json()
        demo.load_watched(db, operator, 24, today=TODAY)
        assert review.rejudge(db, operator).judged == 0
        after = cohort.summary(db, operator).as_json()
    assert after["figures"] == before["figures"]


def test_the_essential_stories_are_nineteen() -> None:
    assert len(ESSENTIAL) == 19
    assert {story.stands for story in STORIES} == set(Standing)

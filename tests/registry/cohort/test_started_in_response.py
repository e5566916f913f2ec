"""Who stands outside a response rate, and what is a line: started in response, too early, maintenance, one day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from registry import cohort
from registry.cohort.chosen import choices, figures
from registry.patients.patient_record import patient_record
from registry.store.database import Database
from tests.registry.cohort.small import arm, judged, of_one, on, value

HELD = {1: 10} | dict.fromkeys((20, 30, 60, 100, 200, 400, 600, 800), 150)


def steroid(**more: Any) -> dict[str, Any]:
    return {"agent": "prednisolone", "started_on": on(1), "stopped_on": on(80)} | more


def group(db: Database, measure: str, name: str) -> dict[str, Any]:
    rows = figures(db, db.actor(None)).as_json()[measure]
    (found,) = (row for row in rows if row["group"] == name)
    return dict(found)


@pytest.mark.parametrize(
    "more",
    [
        {"intent": "maintenance"},
        {"intent": "maintenance", "line_number": 2},
        {"start_reason": "steroid_sparing"},
        {"intent": "induction", "start_reason": "steroid_sparing"},
    ],
)
@pytest.mark.parametrize("lost", [False, True])
def test_a_maintenance_course_is_no_line_and_its_loss_counts_for_the_course_before(
    registry: Database, tmp_path: Path, more: dict[str, Any], lost: bool
) -> None:
    counts = HELD | ({700: 12, 710: 11, 800: 9} if lost else {})
    tables = of_one(steroid(), {"agent": "eltrombopag", "started_on": on(90), **more}, counts=counts)
    judged(registry, tmp_path / "in", **tables)
    assert value(registry, "second_line")["k"] == 0
    assert value(registry, "treated")["k"] == 1
    assert value(registry, "first_line_held")["k"] == int(not lost)
    assert value(registry, "itp_in_response")["k"] == int(not lost)
    assert (value(registry, "tpo_ra_orr")["n"], value(registry, "tpo_ra_relapse")["n"]) == (0, 0)
    kept = value(registry, "maintained")
    assert (kept["k"], kept["n"]) == (int(not lost), 1)
    lasted = arm(registry, "duration_of_response", "steroid")
    assert (lasted["n"], lasted["events"]) == (1, int(lost))
    assert arm(registry, "time_to_next_course", "steroid")["events"] == 0
    assert [row["line_1"] for row in figures(registry, registry.actor(None)).as_json()["sequences"]] == [
        "steroid"
    ]
    row = group(registry, "response_by_regimen", "TPO-RA")
    assert (row["courses"], row["started_in_response"], row["maintained"]) == (0, 1, int(not lost))


def test_a_line_after_maintenance_is_the_second(registry: Database, tmp_path: Path) -> None:
    counts = HELD | {700: 12, 710: 11, 800: 9, 860: 120, 870: 130, 900: 140}
    maintenance = {
        "agent": "eltrombopag",
        "started_on": on(90),
        "stopped_on": on(805),
        "intent": "maintenance",
    }
    again = {"agent": "rituximab", "started_on": on(810), "start_reason": "relapse"}
    judged(registry, tmp_path / "in", **of_one(steroid(), maintenance, again, counts=counts))
    assert (value(registry, "second_line")["k"], value(registry, "third_line")["k"]) == (1, 0)
    assert arm(registry, "time_to_next_course", "steroid")["median_months"] == pytest.approx(
        809 / 30.4375, abs=0.1
    )
    shown = patient_record(registry, registry.actor(None), "A").courses
    assert [row["line_number"] for row in shown] == [1, None, 2]
    stored = registry.rows("SELECT line_number FROM course_view ORDER BY course_id")
    assert stored == [(1,), (None,), (2,)]
    assert choices(registry, registry.actor(None)).lines == (1, 2)


def test_a_course_changed_in_response_is_a_further_line_and_followed(
    registry: Database, tmp_path: Path
) -> None:
    switched = {"agent": "romiplostim", "started_on": on(90), "start_reason": "toxicity"}
    judged(registry, tmp_path / "in", **of_one(steroid(), switched, counts=HELD | {850: 12, 900: 9}))
    assert value(registry, "second_line")["k"] == 1
    assert (value(registry, "maintained")["k"], value(registry, "maintained")["n"]) == (0, 1)
    # Censored for the course before, and lost for the patient.
    assert arm(registry, "duration_of_response", "steroid")["events"] == 0
    assert value(registry, "itp_in_response")["k"] == 0


@pytest.mark.parametrize(
    ("counts", "more", "outside"),
    [
        ({1: 10, 5: 12}, [], 1),
        ({1: 10, 5: 12, 60: 12}, [], 0),
        ({1: 10, 5: 12}, [{"agent": "eltrombopag", "started_on": on(9)}], 0),
    ],
)
def test_a_course_too_early_to_be_judged_is_told_beside_the_rate(
    registry: Database, tmp_path: Path, counts: dict[int, int], more: list[dict[str, Any]], outside: int
) -> None:
    given = {"agent": "rituximab", "started_on": on(1), "stopped_on": on(3)}
    judged(registry, tmp_path / "in", **of_one(given, *more, counts=counts))
    found = value(registry, "rituximab_orr")
    assert (found["n"], found["not_yet_assessable"]) == (1 - outside, outside)
    assert found["not_evaluable"] == (0 if outside or 60 in counts else 1)
    assert ("1 more not yet assessable" in cohort.summary(registry, registry.actor(None)).text()) is bool(
        outside
    )
    row = group(registry, "response_by_regimen", "rituximab")
    assert (row["courses"], row["not_yet_assessable"]) == (1 - outside, outside)
    assert value(registry, "rituximab_uses")["n"] == 1


def test_a_dead_patient_is_not_too_early_for_ever(registry: Database, tmp_path: Path) -> None:
    tables = of_one({"agent": "rituximab", "started_on": on(1)}, counts={1: 10, 5: 12})
    tables["patient"][0]["died_on"] = on(8)
    judged(registry, tmp_path / "in", **tables)
    found = value(registry, "rituximab_orr")
    assert (found["n"], found["not_yet_assessable"], found["not_evaluable"]) == (1, 0, 1)


def test_courses_of_one_start_day_count_once_under_the_regimen_of_both(
    registry: Database, tmp_path: Path
) -> None:
    other = {"agent": "rituximab", "started_on": on(1), "stopped_on": on(22)}
    tables = of_one(steroid(), other, counts={1: 10, 20: 15, 30: 16, 60: 150, 70: 150, 200: 150})
    tables["adverse_event"] = [
        {"patient_id": "A", "adverse_event_id": "V", "category": "infection", "term": "x", "onset_on": on(40)}
    ]
    tables["attribution"] = [{"adverse_event_id": "V", "course_id": "C2", "relatedness": "possible"}]
    judged(registry, tmp_path / "in", **tables)
    assert (value(registry, "second_line")["k"], value(registry, "treated")["k"]) == (0, 1)
    found = figures(registry, registry.actor(None)).as_json()
    (row,) = found["response_by_regimen"]
    assert (row["group"], row["responded"], row["courses"]) == ("rituximab + steroid", 1, 1)
    (line,) = found["response_by_line"]
    assert (line["group"], line["courses"]) == ("line 1", 1)
    (harm,) = found["adverse_events_by_regimen"]
    assert (harm["group"], harm["courses"], harm["at_least_possible_events"]) == ("rituximab + steroid", 1, 1)
    assert [one["related"] for one in found["adverse_events_by_kind"]] == [1]
    assert found["basis"]["courses"] == 1
    assert [row["line_number"] for row in patient_record(registry, registry.actor(None), "A").courses] == [
        1,
        1,
    ]
    assert "RITUXIMAB+STEROID" in choices(registry, registry.actor(None)).regimens


def test_outcomes_at_fixed_times_have_the_assessable_as_denominator(
    registry: Database, tmp_path: Path
) -> None:
    judged(registry, tmp_path / "in", **of_one(steroid(), counts={1: 10, 8: 40, 31: 120, 60: 120}))
    found = {name: value(registry, f"itp_{name}") for name in ("er_7d", "ir_1m", "dr_6m", "rem_12m")}
    assert {name: (one["k"], one["n"], one["not_assessable"]) for name, one in found.items()} == {
        "er_7d": (1, 1, 0),
        "ir_1m": (1, 1, 0),
        "dr_6m": (0, 0, 1),
        "rem_12m": (0, 0, 1),
    }
    rows = figures(registry, registry.actor(None)).as_json()["response_at_fixed_times"]
    assert [(row["measure"], row["group"], row["k"], row["n"]) for row in rows] == [
        ("er_7d", "steroid", 1, 1),
        ("ir_1m", "steroid", 1, 1),
    ]

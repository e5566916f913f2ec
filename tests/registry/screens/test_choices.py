"""Facts that are alike are told apart in a list, and a choice names the fact, never its place."""

from registry.screens.links import fact_name
from registry.screens.wording import told_apart

COUNT = {
    "patient_id": "P1",
    "analyte": "platelets",
    "value": "31",
    "unit": "10*9/L",
    "observed_at": "2026-02-03T08:10",
    "specimen": "edta",
}


def test_twins_of_one_day_are_told_apart_by_tube_and_time() -> None:
    rows = [
        {**COUNT, "observation_id": "O1"},
        {**COUNT, "observation_id": "O2", "specimen": "citrate"},
        {**COUNT, "observation_id": "O3", "observed_at": "2026-02-03T16:40"},
    ]
    lines = told_apart("observation", rows)
    assert len(set(lines)) == 3
    assert "citrate" in lines[1]
    assert "16:40" in lines[2]


def test_facts_alike_in_all_but_their_name_are_told_apart_by_it() -> None:
    lines = told_apart("observation", [{**COUNT, "observation_id": name} for name in ("O1", "O2")])
    assert len(set(lines)) == 2
    assert "O1" in lines[0]
    assert "O2" in lines[1]


def test_names_of_two_facts_never_come_out_the_same() -> None:
    one, two = ({"adverse_event_id": a, "course_id": b} for a, b in (("x~y", "z"), ("x", "y~z")))
    assert fact_name(one) != fact_name(two)

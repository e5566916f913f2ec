"""Lines of therapy: each edge of the published rules from both sides."""

from datetime import date, timedelta

import pytest

from adjudication.lines import Line, Rules, Step, lines_of, published_rules

DAY = date(2025, 1, 1)


def step(agent: str, start: int, stop: int | None = None, source: int = 0) -> Step:
    return Step(
        agent, DAY + timedelta(days=start), None if stop is None else DAY + timedelta(days=stop), source
    )


def shown(lines: list[Line]) -> list[tuple[int, str, str | None]]:
    return [((line.started_on - DAY).days, "+".join(line.agents), line.start_reason) for line in lines]


def test_the_published_numbers() -> None:
    assert published_rules() == Rules(combination_days=28, interruption_days=30)


def test_agents_begun_28_days_apart_are_one_combination() -> None:
    lines = lines_of([step("prednisolone", 0, 60), step("rituximab", 28, 50)])
    assert shown(lines) == [(0, "prednisolone+rituximab", "first_line")]


def test_an_agent_added_after_29_days_begins_a_new_course_with_both() -> None:
    lines = lines_of([step("prednisolone", 0, 60), step("rituximab", 29, 50)])
    assert shown(lines) == [
        (0, "prednisolone", "first_line"),
        (29, "prednisolone+rituximab", "intensification"),
    ]
    assert lines[0].stopped_on == lines[1].started_on


def test_an_agent_begun_within_28_days_but_after_a_failure_is_a_new_course() -> None:
    steps = [step("prednisolone", 0, 10), step("rituximab", 20, 50)]
    assert len(lines_of(steps)) == 1
    assert shown(lines_of(steps, failed_on=[DAY + timedelta(days=15)]))[1] == (20, "rituximab", None)


@pytest.mark.parametrize(("gap", "courses"), [(30, 1), (31, 2)])
def test_the_same_agent_after_an_interruption(gap: int, courses: int) -> None:
    lines = lines_of([step("prednisolone", 0, 40), step("prednisolone", 40 + gap, 100 + gap)])
    assert len(lines) == courses
    assert lines[-1].start_reason == ("first_line" if courses == 1 else "retreatment")


def test_changes_of_dose_are_one_course() -> None:
    lines = lines_of(
        [step("prednisolone", 0, 9), step("prednisolone", 10, 19), step("prednisolone", 20, None)]
    )
    assert shown(lines) == [(0, "prednisolone", "first_line")]
    assert lines[0].stopped_on is None
    assert len(lines[0].steps) == 3


def test_the_order_of_prescriptions_makes_no_difference() -> None:
    steps = [step("prednisolone", 0, 60), step("rituximab", 40, 50), step("prednisolone", 100, 120)]
    assert lines_of(steps) == lines_of(steps[::-1])


def test_no_prescriptions_make_no_line() -> None:
    assert lines_of([]) == []

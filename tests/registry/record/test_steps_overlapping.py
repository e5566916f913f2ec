"""Dose steps that overlap the next one of their agent are told at every door; the next step ends an open one."""

from datetime import date

import pyarrow as pa
import pytest

from registry import record
from registry.entry.filled import Filled, fill
from registry.entry.forms import forms
from registry.exchange.import_report import ImportReport
from registry.exchange.intake import take
from registry.patients.steps import step_ends
from registry.roles import Actor
from registry.store.database import Database
from registry.tasks.courses import overlapping_steps

TODAY = date(2026, 3, 31)


def bring(registry: Database, operator: Actor, *steps: str, dry_run: bool = False) -> ImportReport:
    rows = [
        dict(zip(("course_id", "agent", "started_on", "stopped_on"), step.split(), strict=False))
        for step in steps
    ]
    tables = {
        "patient": [{"patient_id": "K1", "site": "North"}],
        "episode": [{"patient_id": "K1", "episode_id": "E1", "disease": "ITP", "onset_on": "2026-01-01"}],
        "course": [{"episode_id": "E1", "course_id": "C1", "started_on": "2026-01-01", "stopped_on": None}],
        "course_agent": [{"stopped_on": None, **row} for row in rows],
    }
    if registry.rows("SELECT 1 FROM patient LIMIT 1"):
        tables = {"course_agent": tables["course_agent"]}
    as_text = {name: pa.Table.from_pylist(given) for name, given in tables.items()}
    as_text = {
        name: pa.table({column: one[column].cast(pa.string()) for column in one.column_names})
        for name, one in as_text.items()
    }
    return take(registry, operator, as_text, today=TODAY, dry_run=dry_run)


def warnings(report: ImportReport) -> list[str]:
    return [note for note in report.notes if "Warning" in note]


@pytest.mark.parametrize(("end", "count"), [("2026-01-18", 0), ("2026-01-19", 1), ("", 0)])
@pytest.mark.parametrize("dry_run", [False, True])
def test_an_import_tells_of_a_step_that_lasts_into_the_next(
    registry: Database, operator: Actor, end: str, count: int, dry_run: bool
) -> None:
    steps = (f"C1 prednisolone 2026-01-01 {end}".strip(), "C1 prednisolone 2026-01-19")
    assert len(warnings(bring(registry, operator, *steps, dry_run=dry_run))) == count


def test_a_step_of_another_agent_overlaps_nothing(registry: Database, operator: Actor) -> None:
    assert not warnings(
        bring(registry, operator, "C1 prednisolone 2026-01-01 2026-03-01", "C1 ivig 2026-01-19")
    )


def test_what_stands_is_looked_at_too_and_a_task_lists_it(registry: Database, operator: Actor) -> None:
    bring(registry, operator, "C1 prednisolone 2026-01-01 2026-02-01")
    assert [one.number for one in overlapping_steps(registry, operator, TODAY)] == [0]
    assert warnings(bring(registry, operator, "C1 prednisolone 2026-01-19"))
    [item] = overlapping_steps(registry, operator, TODAY)
    assert (item.number, "C1" in item.why, "K1" in item.address) == (1, True, True)
    bring(registry, operator, "C1 prednisolone 2026-01-01 2026-01-18")
    assert [one.number for one in overlapping_steps(registry, operator, TODAY)] == [0]


def test_logging_a_step_tells_it(registry: Database, operator: Actor) -> None:
    bring(registry, operator, "C1 prednisolone 2026-01-01 2026-02-01")
    step = {"course_id": "C1", "agent": "prednisolone", "started_on": "2026-01-19"}
    written = record.write(registry, operator, [record.Fact("course_agent", step)])
    assert [hint for hint in written.hints if "2026-01-19" in hint]


def course(**texts: str) -> Filled:
    base = {
        "course.1.started_on": "1/1/26",
        "agents.1.agent": "prednisolone",
        "agents.2.agent": "prednisolone",
        "agents.2.started_on": "19/1/26",
    }
    more = {name.replace("_1_", ".1.").replace("_2_", ".2."): text for name, text in texts.items()}
    return fill(forms()["course"], base | more, today=TODAY, rows={"agents": [1, 2]}, of={"episode_id": "E1"})


def test_the_form_says_that_the_next_step_ends_an_open_one_and_stores_no_end() -> None:
    filled = course()
    assert filled.typed["agents.1.stopped_on"].echo == "ends Sun 18 Jan 2026, the next step follows"
    assert all("stopped_on" not in fact.values for fact in filled.facts)
    assert filled.problems == {}


def test_the_form_doubts_an_end_after_the_next_step_begins() -> None:
    assert course(agents_1_stopped_on="18/1/26").typed["agents.1.stopped_on"].doubt is None
    assert "19 Jan 2026" in (course(agents_1_stopped_on="19/1/26").typed["agents.1.stopped_on"].doubt or "")


def test_the_end_of_every_step_is_told_with_what_ended_it() -> None:
    rows = [
        {"course_id": "C1", "agent": "prednisolone", "started_on": date(2026, 1, 1), "stopped_on": None},
        {"course_id": "C1", "agent": "prednisolone", "started_on": date(2026, 1, 19), "stopped_on": None},
        {
            "course_id": "C2",
            "agent": "prednisolone",
            "started_on": date(2026, 2, 1),
            "stopped_on": date(2026, 2, 9),
        },
    ]
    found = step_ends(rows)
    assert [(one.on, one.by_next) for one in found] == [
        (date(2026, 1, 18), True),
        (None, False),
        (date(2026, 2, 9), False),
    ]


@pytest.mark.parametrize("name", [one for one in forms() if one != "exposure"])
def test_no_form_stores_an_answer_that_nobody_gave(name: str) -> None:
    """Only a unit stands in its field from the start, beside the value that is typed."""
    given = [
        f"{part.name}.{field.name}"
        for part in forms()[name].parts
        for field in part.fields
        if field.default is not None and field.name != "unit"
    ]
    assert given == []

"""The audit page: for whoever verifies, with filters, and without values for whoever may not read them."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from registry import record
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_pages import said, sound
from tests.templates import copied, new_registry


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Sixty patients logged one by one, one of them amended."""
    return copied("audited", audited, tmp_path / "audited.duckdb")


def audited(path: Path) -> None:
    with new_registry(path) as db:
        operator = db.actor(None)
        for number in range(60):
            record.log(db, operator, "patient", {"patient_id": f"P{number:02}", "site": "North"})
        record.amend(db, operator, "patient", {"patient_id": "P07"}, {"sex": "female"}, "was left out", 1)


def events(at: AppTest) -> list[dict[Hashable, Any]]:
    return list(at.dataframe[0].value.to_dict("records"))


def test_the_newest_event_stands_first_and_pages_follow(opened: Open, path: Path) -> None:
    at = sound(opened(path, "audit"))
    first, *_ = events(at)
    assert (first["actor"], first["did"], first["subject"]) == ("admin", "amend", "patient P07")
    assert (first["why"], first["changed"]) == ("was left out", "sex: female")
    assert len(events(at)) == 50
    sound(at.pagination(key="audit page").set_value(2).run())
    assert events(at)[-1]["seq"] == 1


def test_filters_leave_what_was_asked_for_and_begin_at_the_first_page(opened: Open, path: Path) -> None:
    at = sound(opened(path, "audit"))
    at.pagination(key="audit page").set_value(2).run()
    sound(at.text_input(key="audit patient").set_value("P07").run())
    assert [event["did"] for event in events(at)] == ["amend", "log"]
    sound(at.selectbox(key="audit action").set_value("log").run())
    assert [event["did"] for event in events(at)] == ["log"]
    sound(at.selectbox(key="audit person").set_value("nadir").run())
    assert "No event matches" in said(at)


def test_a_day_is_typed_as_everywhere_and_a_wrong_one_is_explained(opened: Open, path: Path) -> None:
    at = sound(opened(path, "audit"))
    sound(at.text_input(key="audit from").set_value("-1d").run())
    assert len(at.dataframe) == 1
    sound(at.text_input(key="audit to").set_value("-1w").run())
    assert "No event matches" in said(at)
    at.text_input(key="audit to").set_value("31/2").run()
    assert len(at.error) == 1
    assert len(at.dataframe) == 0


def test_an_administrator_sees_the_deed_and_not_the_values(opened: Open, path: Path) -> None:
    at = sound(opened(path, "audit", as_="demo-admin"))
    amended = next(event for event in events(at) if event["did"] == "amend")
    assert amended["subject"] == "patient P07"
    assert amended["why"] == amended["changed"] == "not shown to this account"
    assert "female" not in str(events(at))


def test_a_data_manager_reads_the_values(opened: Open, path: Path) -> None:
    at = sound(opened(path, "audit", as_="demo-data-manager"))
    assert next(event for event in events(at) if event["did"] == "amend")["changed"] == "sex: female"


@pytest.mark.parametrize("name", ["demo-nurse", "demo-clinician", "demo-adjudicator-1"])
def test_nobody_else_has_the_page(opened: Open, path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="audit"):
        opened(path, "audit", as_=name)

"""Every chart of every page, as the browser of an account without the right to export gets it.

A drawing carries its rows. Whoever gets it has them, with a developer's tool or a saved page, and nothing of that is
audited: so no row may hold more than the drawing shows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.testing.v1 import AppTest

from registry.roles import Action
from registry.screens import session
from registry.screens.catalogue import SCREENS
from registry.store.database import Database
from tests.registry.screens.conftest import APP, sign_in
from tests.registry.screens.rendered import Recorder, choose, controls, listen
from tests.registry.screens.reviewed import make as reviewed

WORDS = re.compile(r"\w+")


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    yield listen(monkeypatch)
    st.cache_data.clear()
    st.cache_resource.clear()


def charts(sent: list[ForwardMsg]) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each chart that was sent: its drawing without the rows, and the rows of all its tables."""
    for message in sent:
        if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
            continue
        element = message.delta.new_element
        if element.WhichOneof("type") != "vega_lite_chart":
            continue
        chart = element.vega_lite_chart
        rows: list[dict[str, Any]] = []
        drawing = without_rows(json.loads(chart.spec), rows)
        tables = [chart.data.data, *(one.data.data for one in chart.datasets)]
        for table in filter(None, tables):
            with pa.ipc.open_stream(table) as reader:
                rows += reader.read_all().to_pylist()
        yield drawing, rows


def without_rows(spec: Any, rows: list[dict[str, Any]]) -> Any:
    """A drawing with its rows taken out of it, into `rows`."""
    if isinstance(spec, list):
        return [without_rows(one, rows) for one in spec]
    if not isinstance(spec, dict):
        return spec
    left = dict(spec)
    for table in left.pop("datasets", {}).values():
        rows += table
    data = left.get("data")
    if isinstance(data, dict) and isinstance(data.get("values"), list):
        rows += [one for one in data["values"] if isinstance(one, dict)]
        left["data"] = {name: value for name, value in data.items() if name != "values"}
    return {name: without_rows(value, rows) for name, value in left.items()}


def words_of(drawing: Any) -> set[str]:
    return set(WORDS.findall(json.dumps(drawing, ensure_ascii=False)))


@pytest.mark.parametrize("name", ["demo-clinician", "demo-adjudicator-1"])
def test_no_chart_of_any_page_holds_more_than_it_draws(
    cohort_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with Database.open(cohort_path) as db:
        monkeypatch.setattr(session, "open_registry", lambda: db)
        monkeypatch.setenv("NADIR_DB", str(cohort_path))
        met, more = walked(db, name, recorder, {"patient": "SYN-003", "course": "SYN-003-C1"})
        assert not db.actor(name).may(Action.EXPORT.permission)
    assert more == {}
    assert met > 0


def test_no_chart_of_review_holds_more_than_it_draws(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = reviewed(tmp_path / "reviewed.duckdb")
    with Database.open(path) as db:
        monkeypatch.setattr(session, "open_registry", lambda: db)
        cases = [case for (case,) in db.rows("SELECT case_id FROM review_case_view ORDER BY case_id")]
        for name in ("reader-3", "clinician"):
            met = 0
            for case in cases[:2]:
                number, more = walked(db, name, recorder, {"case": case, "patient": "P1", "course": "C1"})
                met += number
                assert more == {}
            assert met, name


def walked(
    db: Database, name: str, recorder: Recorder, address: dict[str, str]
) -> tuple[int, dict[str, set[str]]]:
    """How many charts were met on all pages and their views, and the columns that some held without drawing them."""
    more: dict[str, set[str]] = {}
    met = 0
    at = AppTest.from_file(str(APP), default_timeout=120)
    at.user = sign_in(name)
    at.run()
    tried: set[str] = set()
    for screen in SCREENS:
        at.query_params.clear()
        at.query_params.update(address)
        try:
            at.switch_page(f"registry/screens/pages/{screen.address}.py").run()
        except ValueError:
            continue
        offered = [one for one in controls(at) if one[1] not in tried]
        tried |= {label for _, label, _ in offered}
        for widget, label, options in [("", "", [None]), *offered]:
            for option in options:
                if widget and not choose(at, widget, option):
                    continue
                for drawing, rows in charts(recorder.sent):
                    met += bool(rows)
                    columns = {column for row in rows for column in row}
                    unused = columns - words_of(drawing)
                    if unused:
                        more[f"{screen.address} {label}"] = unused
                recorder.sent, recorder.files = [], []
    return met, more

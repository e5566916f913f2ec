"""The app as a script, without a browser, on a registry of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from registry import calls, demo
from registry.database import Database

APP = Path(__file__).parents[2] / "app.py"
Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def cohort_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference cohort, judged, closed."""
    path: Path = tmp_path_factory.mktemp("screens") / "cohort.duckdb"
    with Database.open(path, create=True) as database:
        demo.load(database, database.actor(None))
        calls.refresh(database, database.actor(None))
    return path


@pytest.fixture
def empty_path(tmp_path: Path) -> Path:
    path = tmp_path / "empty.duckdb"
    Database.open(path, create=True).close()
    return path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open a page of the app on a registry: `opened(path, "patient", patient="SYN-003")`."""

    def open_page(path: Path, page: str | None = None, **query: str) -> AppTest:
        monkeypatch.setenv("NADIR_DB", str(path))
        at = AppTest.from_file(str(APP), default_timeout=120)
        for name, value in query.items():
            at.query_params[name] = value
        at.run()
        return at.switch_page(f"registry/screens/{page}.py").run() if page else at

    yield open_page
    st.cache_data.clear()
    st.cache_resource.clear()

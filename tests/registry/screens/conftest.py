"""The app as a script, without a browser, on a registry of its own, by somebody who is signed in."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from registry import accounts
from registry.accounts.sessions import sessions_of
from registry.errors import NadirError
from registry.roles import Role
from registry.screens import held, session
from registry.screens.signed_in import SESSION
from tests.templates import cohort_at, new_registry

APP = Path(__file__).parents[3] / "app.py"
Open = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def components() -> Iterator[None]:
    """Streamlit looks through all installed packages whenever an app is begun; they stay the same in a run."""
    with pytest.MonkeyPatch.context() as patched:
        found = manifest_scanner.scan_component_manifests()
        patched.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(scope="session")
def cohort_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference cohort, judged, closed."""
    path: Path = tmp_path_factory.mktemp("screens") / "cohort.duckdb"
    return cohort_at(path)


@pytest.fixture
def empty_path(tmp_path: Path) -> Path:
    path = tmp_path / "empty.duckdb"
    new_registry(path).close()
    return path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open a page of the app on a registry, signed in: `opened(path, "patient", patient="SYN-003")`.

    `as_` is whoever signed in: the local operator, or any account; one of the demonstration (`demo-nurse`,
    `demo-adjudicator-1` …) is added if the registry has it not. None: nobody is signed in.
    """

    def open_page(path: Path, page: str | None = None, as_: str | None = "admin", **query: str) -> AppTest:
        monkeypatch.setenv("NADIR_DB", str(path))
        at = AppTest.from_file(str(APP), default_timeout=120)
        at.user = {} if as_ is None else sign_in(as_)
        for name, value in query.items():
            at.query_params[name] = value
        if page is None:
            return at.run()
        file = f"registry/screens/pages/{page}.py"
        guessed = at.switch_page(file)._page_hash  # by the file's name: nobody has seen the menu yet
        at.run()
        offered = at.switch_page(
            file
        )._page_hash  # raises ValueError for a page that the account is not offered
        return at if offered == guessed else at.run()

    yield open_page
    held.let_go()
    st.cache_data.clear()
    st.cache_resource.clear()


def sign_in(name: str) -> dict[str, object]:
    """Begin a session of this account in the registry that the app shows; returns what `st.user` is then."""
    try:
        registry = session.open_registry()
    except NadirError:  # the page will say why
        return {}
    if name in accounts.DEMO_USERS and not registry.rows("SELECT 1 FROM account WHERE name = $1", [name]):
        operator = registry.actor(None)
        roles: dict[str, list[Role | str]] = {"*": [accounts.DEMO_USERS[name]]}
        accounts.add_account(registry, operator, name, roles, today=date(2026, 3, 31))
    key = f"session {next(SESSIONS)}"
    sessions_of(registry).begin(key, name)
    return {SESSION: key}


SESSIONS = count(1)

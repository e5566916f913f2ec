"""What every test may ask for: a clock that moves only when told, and a registry of its own."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from registry.database import Database
    from registry.roles import Actor

CHECKOUT = Path(__file__).parents[1]
NOW = datetime(2026, 3, 31, 9, 30)
COHORT = "cohort.duckdb"
STORE = ("database", "record", "roles", "audit", "migrations")
CHROMIUM = Path("/usr/bin/chromium")


class Clock:
    """Now, in UTC without a zone, until a test lets time pass."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> datetime:
        """Let time pass: `clock.advance(days=3, hours=2)`."""
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def registry_path(tmp_path: Path) -> Path:
    return tmp_path / "registry.duckdb"


@pytest.fixture
def registry(registry_path: Path, clock: Clock) -> "Iterator[Database]":
    """An empty registry with the test's clock."""
    from registry.database import Database

    with Database.open(registry_path, create=True, now=clock) as database:
        yield database


@pytest.fixture
def operator(registry: "Database") -> "Actor":
    """The local operator, who may do everything."""
    return registry.actor(None)


@pytest.fixture(scope="session")
def _cohort_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference cohort, judged, in a closed registry; made once."""
    from registry import calls, demo
    from registry.database import Database

    folder = tmp_path_factory.mktemp("cohort")
    with Database.open(folder / COHORT, create=True, now=Clock(NOW)) as database:
        demo.load(database, database.actor(None))
        calls.refresh(database, database.actor(None))
    return folder


@pytest.fixture
def cohort_path(_cohort_folder: Path, tmp_path: Path) -> Path:
    """A registry file with the judged reference cohort, for the test to change as it likes."""
    return Path(shutil.copytree(_cohort_folder, tmp_path / "cohort")) / COHORT


@pytest.fixture(scope="session")
def cohort(_cohort_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Database]":
    """The judged reference cohort, open for reading; shared by all tests, so none may write."""
    from registry.database import Database

    folder = shutil.copytree(_cohort_folder, tmp_path_factory.mktemp("shared") / "cohort")
    with Database.open(folder / COHORT, now=Clock(NOW)) as database:
        yield database


def _place(item: pytest.Item) -> tuple[str, ...]:
    return item.path.relative_to(CHECKOUT / "tests").parts


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by where they stand, and leave out those whose material is not on this machine."""
    for item in items:
        place = _place(item)
        if place[0] in ("browser", "bench"):
            item.add_marker(place[0])
        if place[0] == "registry" and place[-1].removeprefix("test_").startswith(STORE):
            item.add_marker("store")
        if "browser" in item.keywords and not CHROMIUM.exists():
            item.add_marker(pytest.mark.skip(reason=f"no browser: {CHROMIUM} is missing"))
    if not os.environ.get("NADIR_EXTERNAL_DATA"):
        left_out = [item for item in items if "external" in item.keywords]
        items[:] = [item for item in items if "external" not in item.keywords]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def external() -> Path:
    """The folder of real files that nobody in the project wrote."""
    return Path(os.environ["NADIR_EXTERNAL_DATA"])


def pytest_report_header() -> str:
    import duckdb

    return f"duckdb {duckdb.__version__}"

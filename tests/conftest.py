"""What every test may ask for: a clock that moves only when told, and a registry of its own."""

import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database

CHECKOUT = Path(__file__).parents[1]
NOW = datetime(2026, 3, 31, 9, 30)
COHORT = "cohort.duckdb"
TEMPLATES = "NADIR_TEST_TEMPLATES"
"""Names the folder of the run's templates (`tests/templates.py`); its workers inherit the environment."""
FIRST = ("browser", "registry/screens", "house", "registry")
"""Folders whose tests take long, the longest first."""
STORE = ("database", "record", "roles", "audit", "migrations")
JUDGING = ("adjudication", "browser", "generative", "registry", "spec")
"""Folders whose tests judge."""
CHROMIUM = next(
    (path for name in ("chromium-headless-shell", "chromium") if (path := Path("/usr/bin", name)).exists()),
    None,
)
"""The browser of the tests; its shell draws the same pages without windows around them, for an eighth less CPU."""


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
    from tests.templates import new_registry

    with new_registry(registry_path, now=clock) as database:
        yield database


@pytest.fixture
def operator(registry: "Database") -> "Actor":
    """The local operator, who may do everything."""
    return registry.actor(None)


@pytest.fixture
def cohort_path(tmp_path: Path) -> Path:
    """A registry file with the judged reference cohort, for the test to change as it likes."""
    from tests.templates import cohort_at

    return cohort_at(tmp_path / "cohort" / COHORT, now=Clock(NOW))


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Database]":
    """The judged reference cohort, open for reading; shared by all tests, so none may write."""
    from registry.store.database import Database
    from tests.templates import cohort_at

    path = cohort_at(tmp_path_factory.mktemp("shared") / "cohort" / COHORT, now=Clock(NOW))
    with Database.open(path, now=Clock(NOW)) as database:
        yield database


def _place(item: pytest.Item) -> tuple[str, ...]:
    return item.path.relative_to(CHECKOUT / "tests").parts


def _turn(item: pytest.Item) -> int:
    """When a test's file is begun where several workers share the tests."""
    place = "/".join(_place(item))
    return next((turn for turn, folder in enumerate(FIRST) if place.startswith(f"{folder}/")), len(FIRST))


def pytest_configure(config: pytest.Config) -> None:
    """One folder of templates for the whole run, made by whoever starts it; examples of Hypothesis without a clock.

    A busy machine is slow, and nothing but the bench measures time. The examples are the same in every run.
    """
    from hypothesis import settings

    settings.register_profile("nadir", deadline=None, derandomize=True)
    settings.load_profile("nadir")
    if TEMPLATES not in os.environ:
        os.environ[TEMPLATES] = tempfile.mkdtemp(prefix="nadir-templates-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(TEMPLATES), ignore_errors=True))


def pytest_collection_finish(session: pytest.Session) -> None:
    """One worker compiles the engine, or finds it compiled, while the others wait."""
    if "PYTEST_XDIST_WORKER" in os.environ and any(_place(item)[0] in JUDGING for item in session.items):
        from tests.templates import compile_once

        compile_once()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """A file's tests go to one worker, which makes what they share once.

    What takes longest is begun first, so that no worker is left with it at the end.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid.partition("::")[0]

    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by where they stand, and leave out those whose material is not on this machine."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=_turn)
    for item in items:
        place = _place(item)
        if place[0] in ("browser", "bench"):
            item.add_marker(place[0])
        if place[0] == "registry" and place[-1].removeprefix("test_").startswith(STORE):
            item.add_marker("store")
        if "browser" in item.keywords and CHROMIUM is None:
            item.add_marker(pytest.mark.skip(reason="no browser: neither chromium nor its headless shell"))
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Beside the slowest tests (`--durations`), the seconds that each folder took, in all workers together."""
    if not config.getoption("durations"):
        return
    seconds: defaultdict[str, float] = defaultdict(float)
    tests: dict[str, set[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                folder = report.nodeid.rpartition("/")[0] if "/" in report.nodeid else "."
                seconds[folder] += report.duration
                tests.setdefault(folder, set()).add(report.nodeid)
    terminalreporter.section("time by folder")
    for folder, spent in sorted(seconds.items(), key=lambda pair: -pair[1]):
        terminalreporter.write_line(f"{spent:7.0f} s  {len(tests[folder]):5} tests  {folder}")

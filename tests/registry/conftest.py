"""The command line as tests run it, on a registry of the test's own or the judged cohort; and a house that reviews."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import Clock
from tests.registry import reviewing
from tests.registry.reviewing import House

Run = Callable[..., Result]


def commands(path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    from registry.cli import main

    monkeypatch.setenv("NADIR_DB", str(path))

    def run(*words: object, typed: str | None = None) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], input=typed)

    return run


@pytest.fixture
def run(registry_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`nadir WORDS` on a registry of the test's own, which is not made yet."""
    return commands(registry_path, monkeypatch)


@pytest.fixture
def judged(cohort_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`nadir WORDS` on the judged reference cohort."""
    return commands(cohort_path, monkeypatch)


@pytest.fixture
def house(registry_path: Path, clock: Clock, request: pytest.FixtureRequest) -> Iterator[House]:
    """A judged registry with people around it; with a case for every course, if the test asks for `cases`."""
    made = reviewing.prepared if "cases" in request.fixturenames else reviewing.judged
    with made(registry_path, clock) as one:
        yield one


@pytest.fixture
def cases(house: House) -> dict[str, str]:
    """Every call is challenged, so that every course has a case."""
    return house.cases()

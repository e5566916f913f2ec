"""The command line as tests run it, on a registry of the test's own or the judged cohort; and a house that reviews."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry import review
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
def house(registry_path: Path, clock: Clock) -> Iterator[House]:
    """A judged registry with people around it."""
    with reviewing.judged(registry_path, clock) as one:
        yield one


@pytest.fixture
def cases(house: House) -> dict[str, str]:
    """Every call is challenged, so that every course has a case."""
    for course in ("C1", "C2", "C3", "C4"):
        review.challenge(house.db, house.who("clinician"), course, "Is that so?")
    house.open()
    return house.cases()

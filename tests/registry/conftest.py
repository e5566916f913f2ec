"""The command line as tests run it: on a registry of the test's own, or on the judged reference cohort."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

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

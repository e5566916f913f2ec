"""Format, lint and types: one way to write, checked where everything else is checked."""

import subprocess
import sys

import pytest

from tests.house.tree import CHECKOUT


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "--no-cache"], ["ruff", "format", "--check", "--no-cache"], ["mypy"]],
    ids=" ".join,
)
def test_nothing_to_mend(command: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", *command], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr

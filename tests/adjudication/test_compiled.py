"""Compiled code is kept between runs and never outlives the source that it was made from."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import adjudication

SAY = "from adjudication.compiled import _folder, sources_digest; print(sources_digest()); print(_folder())"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the package that a test may change."""
    ours = Path(adjudication.__file__).parent
    shutil.copytree(ours, tmp_path / "adjudication", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def told(checkout: Path, cache: Path) -> tuple[str, Path]:
    """Digest and folder, as a new process works them out."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "XDG_CACHE_HOME": str(cache)}
    run = subprocess.run(
        [sys.executable, "-c", SAY], cwd=checkout, env=environment, capture_output=True, text=True, check=True
    )
    digest, folder = run.stdout.split()
    return digest, Path(folder)


def test_another_source_is_another_folder_and_another_criteria_file_is_not(checkout: Path) -> None:
    cache = checkout / "cache"
    digest, folder = told(checkout, cache)
    assert folder == cache / "nadir" / f"engine-{digest}"
    assert folder.is_dir()

    criteria = checkout / "adjudication/published/itp-iwg-2009.toml"
    criteria.write_text(criteria.read_text("utf-8") + "\n# read anew each time\n", "utf-8")
    assert told(checkout, cache) == (digest, folder)

    source = checkout / "adjudication/response/spells.py"
    source.write_text(source.read_text("utf-8") + "\n# one more line\n", "utf-8")
    other_digest, other_folder = told(checkout, cache)
    assert other_digest != digest
    assert other_folder == cache / "nadir" / f"engine-{other_digest}"


def test_where_nothing_can_be_kept_a_folder_for_this_run_is_used(checkout: Path) -> None:
    blocked = checkout / "a file, not a folder"
    blocked.write_text("")
    _, folder = told(checkout, blocked)
    assert folder.name.startswith("nadir-engine-")
    folder.rmdir()

"""Compiled code is kept between runs and never outlives the source that it was made from."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import adjudication
from adjudication.response import engine, series
from adjudication.response.criteria import load, load_text, published_ids, source

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


WAIT = "from registry.cli.printing import judging_bar\nwith judging_bar() as show:\n    show(1, 1)\n"


def test_a_person_is_told_what_the_first_judging_on_a_machine_waits_for(tmp_path: Path) -> None:
    engine.adjudicate(series.nobody(), load("itp-iwg-2009").rule)
    assert engine.is_compiled()
    for environment, line in (
        (
            {**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
            "Compiling the assessment engine, once for this version",
        ),
        (dict(os.environ), ""),
    ):
        run = subprocess.run(
            [sys.executable, "-c", WAIT], env=environment, capture_output=True, text=True, check=True
        )
        assert run.stderr.startswith(line)
        assert bool(run.stderr) == bool(line)


def test_every_compiled_function_is_compiled_once_for_all_that_is_judged() -> None:
    """A second signature of the walk would double what a first start waits for."""
    for criteria_id in published_ids():
        load_text(source(criteria_id), criteria_id)
    assert len(engine.judge_all.signatures) == 1

"""The command line: data in and out."""

import json
from pathlib import Path

import pytest

from tests.registry.conftest import Run
from tests.registry.exchange.bundles import ROWS, TABLES, write


def test_a_bundle_goes_in_is_judged_explained_and_comes_out_again_to_the_same_bytes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = write(tmp_path / "bundle")
    assert run("init").exit_code == 0
    report = json.loads(run("import", bundle, "--json").stdout)
    assert report["read"] == ROWS == sum(report[name] for name in ("stored", "not_evaluable"))
    assert json.loads(run("adjudicate", "--json").stdout)["judged"] == TABLES["course"].count("\n") - 1
    course = TABLES["course"].splitlines()[1].split(",")[1]
    assert run("explain", course).stdout.startswith(f"{course}: ")
    assert json.loads(run("explain", course, "--json").stdout)["course_id"] == course
    assert run("export", tmp_path / "once").exit_code == 0

    monkeypatch.setenv("NADIR_DB", str(tmp_path / "other.duckdb"))
    assert run("import", tmp_path / "once").exit_code == 0
    assert run("export", tmp_path / "twice").exit_code == 0
    once = {path.name: path.read_bytes() for path in (tmp_path / "once").iterdir()}
    assert once == {path.name: path.read_bytes() for path in (tmp_path / "twice").iterdir()}


def test_a_dry_run_needs_no_registry_and_leaves_none(run: Run, registry_path: Path, tmp_path: Path) -> None:
    told = json.loads(run("import", write(tmp_path / "bundle"), "--dry-run", "--json").stdout)
    assert len(told["verdicts"]) == ROWS
    assert not registry_path.exists()


def test_refused_input_exits_3_and_lists_its_problems(run: Run, tmp_path: Path) -> None:
    bundle = write(tmp_path / "bundle", bleed=TABLES["bleed"].replace("WHO", "MILD"))
    refused = run("import", bundle)
    assert refused.exit_code == 3
    assert "MILD" in refused.stderr
    assert run("import", bundle, "--accept-valid-rows").exit_code == 0


@pytest.mark.parametrize("more", [("--dry-run",), (), ("--json",)])
def test_an_import_warns_on_standard_error(run: Run, tmp_path: Path, more: tuple[str, ...]) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "patient.csv").write_text("patient_id,site\nK1,North\n")
    (folder / "episode.csv").write_text("patient_id,episode_id,disease,onset_on\nK1,E1,ITP,2020-01-01\n")
    (folder / "course.csv").write_text(
        "episode_id,course_id,started_on\nE1,C1,2020-01-05\nE1,C2,2020-01-05\n"
    )
    told = run("import", folder, *more)
    assert told.exit_code == 0
    assert "log one course with two agents" in told.stderr

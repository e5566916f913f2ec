"""The command line: every command, what it prints where, and its exit code."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from registry.cli import main
from registry.database import Database
from tests.registry.bundles import ROWS, TABLES, write

Run = Callable[..., Result]


@pytest.fixture
def run(registry_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`nadir WORDS` on a registry of the test's own."""
    monkeypatch.setenv("NADIR_DB", str(registry_path))
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def judged(cohort_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`nadir WORDS` on the judged reference cohort."""
    monkeypatch.setenv("NADIR_DB", str(cohort_path))
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found += leaves(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("path", leaves(main), ids=" ".join)
def test_every_command_has_help_with_an_example(path: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [*path, "--help"])
    assert told.exit_code == 0
    assert f"nadir {' '.join(path)}" in told.output.partition("Example:")[2]


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


def test_wrong_usage_exits_2_and_names_what_is_there(run: Run) -> None:
    run("init")
    for words in (
        ["explain", "nobody"],
        ["adjudicate", "--criteria", "nothing"],
        ["import", "nowhere"],
        ["fly"],
    ):
        assert run(*words).exit_code == 2, words
    assert "itp-iwg-2009" in run("adjudicate", "--criteria", "nothing").stderr


def test_refused_input_exits_3_and_lists_its_problems(run: Run, tmp_path: Path) -> None:
    bundle = write(tmp_path / "bundle", bleed=TABLES["bleed"].replace("WHO", "MILD"))
    refused = run("import", bundle)
    assert refused.exit_code == 3
    assert "MILD" in refused.stderr
    assert run("import", bundle, "--accept-valid-rows").exit_code == 0


def test_a_registry_in_use_or_that_cannot_be_opened_exits_4(run: Run, registry_path: Path) -> None:
    with Database.open(registry_path, create=True):
        busy = run("summary")
    assert busy.exit_code == 4
    assert "in use" in busy.stderr
    registry_path.write_bytes(b"no registry")
    assert run("summary").exit_code == 4


def test_what_an_account_may_not_do_exits_5(run: Run, tmp_path: Path) -> None:
    run("init")
    assert run("user", "add", "reader", "--role", "clinician").exit_code == 0
    assert run("import", write(tmp_path / "bundle"), "--as", "reader").exit_code == 5
    assert run("import", tmp_path / "bundle", "--as", "stranger").exit_code == 5
    assert run("user", "role", "reader", "--role", "data_manager").exit_code == 0
    assert run("import", tmp_path / "bundle", "--as", "reader").exit_code == 0
    assert run("user", "disable", "reader").exit_code == 0
    assert run("summary", "--as", "reader").exit_code == 5
    assert run("user", "enable", "reader").exit_code == 0
    accounts = json.loads(run("user", "list", "--json").stdout)
    assert {account["name"] for account in accounts} == {"admin", "reader"}


def test_verify_and_doctor_say_yes_until_something_is_altered(judged: Run, cohort_path: Path) -> None:
    assert judged("verify").exit_code == 0
    assert judged("doctor").exit_code == 0
    altered = bytearray(cohort_path.read_bytes())
    altered[len(altered) // 2] ^= 1
    cohort_path.write_bytes(altered)
    assert judged("verify").exit_code == 1
    assert json.loads(judged("verify", "--json").stdout)["sound"] is False


def test_a_backup_comes_back(judged: Run, cohort_path: Path, tmp_path: Path) -> None:
    assert judged("backup", tmp_path / "copy.duckdb").exit_code == 0
    assert judged("restore", tmp_path / "copy.duckdb").exit_code == 0
    assert judged("verify").exit_code == 0


def test_the_summary_is_a_table_and_json_with_the_figures_of_the_published_cohort(judged: Run) -> None:
    assert "SYNTHETIC" in judged("summary").stdout
    figures = json.loads(judged("summary", "--json").stdout)["figures"]
    assert (12, 15) in {(one["k"], one["n"]) for one in figures if one["seed_figure"] == 19}


def test_the_worklist_prints_its_columns(judged: Run) -> None:
    csv = judged("worklist", "--as-of", "2018-01-01", "--csv").stdout
    assert csv.startswith("patient_id,mode,last_infusion_on,")
    assert json.loads(judged("worklist", "--as-of", "2018-01-01", "--json").stdout)["as_of"] == "2018-01-01"


def test_criteria_are_listed_shown_and_compared() -> None:
    def told(*words: str) -> str:
        return CliRunner().invoke(main, ["criteria", *words]).stdout

    assert {one["id"] for one in json.loads(told("list", "--json"))} == {
        "itp-iwg-2009",
        "aiha-hammersmith-2017",
    }
    assert 'id = "itp-iwg-2009"' in told("show", "itp-iwg-2009")
    assert "baseline.days_before_start" not in told("compare", "itp-iwg-2009", "aiha-hammersmith-2017")
    assert "attribution.days.ivig: 7 | 21" in told("compare", "itp-iwg-2009", "aiha-hammersmith-2017")


def test_the_demonstration_is_loaded_judged_and_summed_up_once(run: Run) -> None:
    first = run("demo", "--no-serve", "--json")
    assert first.exit_code == 0
    again = run("demo", "--no-serve", "--json")
    assert json.loads(again.stdout)["figures"] == json.loads(first.stdout)["figures"]

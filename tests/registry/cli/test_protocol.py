"""The command line: what a protocol achieves, and a site's own file from copy to drop."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from registry import record
from tests.registry.conftest import Run
from tests.templates import new_registry

PUBLISHED = "alemtuzumab-belgian-2018"


@pytest.fixture
def ward(registry_path: Path, run: Run) -> Run:
    """A registry with a transplant patient at north and one with sclerosis at south."""
    with new_registry(registry_path) as db:
        operator = db.actor(None)
        for name, site, setting in (
            ("T", "north", "renal_transplant"),
            ("M", "south", "multiple_sclerosis"),
        ):
            given = {
                "exposure_id": "X",
                "agent": "alemtuzumab",
                "setting": setting,
                "started_on": "2025-01-06",
            }
            record.log(db, operator, "patient", {"patient_id": name, "site": site})
            record.log(db, operator, "exposure", {"patient_id": name, **given})
    return run


@pytest.fixture
def copied(ward: Run, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the published file named `ours.toml`, with some texts changed."""

    def copied(*changes: tuple[str, str]) -> Path:
        file = tmp_path / "ours.toml"
        file.unlink(missing_ok=True)
        assert ward("protocol", "copy", PUBLISHED, file).exit_code == 0
        text = file.read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        file.write_text(text, "utf-8")
        return file

    return copied


TRANSPLANTS = ('["multiple_sclerosis"]', '["renal_transplant"]')


def test_a_copied_file_is_checked_adopted_listed_shown_and_dropped(
    ward: Run, copied: Callable[..., Path]
) -> None:
    file = copied(TRANSPLANTS)
    checked = ward("protocol", "check", file)
    assert (checked.exit_code, checked.stdout.startswith("ours can be adopted: 14 rules")) == (0, True)
    assert ward("worklist", "--as-of", "2026-03-31", "--csv").stdout.count("\n") == 2
    assert ward("protocol", "adopt", file, "--site", "north", "--reason", "protocol 4").exit_code == 0
    assert ward("worklist", "--as-of", "2026-03-31", "--csv").stdout.count("\n") == 3
    assert ward("programme", "list").stdout == ward("protocol", "list").stdout, (
        "its name in the first edition"
    )
    rows = json.loads(ward("protocol", "list", "--json").stdout)["in_force"]
    assert [(row["id"], row["sites"], row["published"]) for row in rows] == [
        ("ours", ["north"], False),
        (PUBLISHED, None, True),
    ]
    assert ward("protocol", "show", "ours").stdout == file.read_text("utf-8")
    assert ward("protocol", "drop", "ours", "--reason", "back to the consensus").exit_code == 0
    assert "dropped by admin on" in ward("protocol", "list", "--history").stdout
    assert "back to the consensus" in ward("protocol", "list", "--history").stdout
    (ended,) = json.loads(ward("protocol", "list", "--history", "--json").stdout)["ended"]
    assert (ended["id"], ended["adopted_because"]) == ("ours", "protocol 4")
    assert ward("protocol", "drop", "ours").exit_code == 2
    assert ward("verify").exit_code == 0


def test_check_lists_every_problem_with_its_line_and_says_no(ward: Run, copied: Callable[..., Path]) -> None:
    file = copied(("every_months = 1", "every_month = 1"), ("current = 149.999999", "current = 150"))
    told = ward("protocol", "check", file)
    assert told.exit_code == 1
    assert "ours.toml, line 19, schedule: unknown every_month" in told.stdout
    problems = json.loads(ward("protocol", "check", file, "--json").stdout)["problems"]
    assert {"line": 18, "place": "schedule", "problem": "every_months is missing"} in problems
    refused = ward("protocol", "adopt", file)
    assert (refused.exit_code, "every_months is missing" in refused.stderr) == (3, True)


def test_compare_tells_what_a_file_changes_and_whom_it_would_watch(
    ward: Run, copied: Callable[..., Path]
) -> None:
    file = copied(TRANSPLANTS)
    told = ward("protocol", "compare", file, "--site", "north").stdout
    assert f"Beside the published {PUBLISHED}:" in told
    assert '+settings = ["renal_transplant"]' in told
    assert told.endswith("Would watch at north: 1, watched by no protocol now\n")
    assert ward("protocol", "compare", file, "--site", "south").stdout.endswith("no patient yet.\n")
    found = json.loads(ward("protocol", "compare", file, "--json").stdout)
    assert found["would_watch"] == [{"site": "north", "now": None, "patients": 1}]
    assert [one["with"] for one in found["compared"]] == [f"the published {PUBLISHED}"]
    unfit = ward("protocol", "compare", copied(("every_months = 1", "every_month = 1")))
    assert (unfit.exit_code, "protocol check" in unfit.stderr) == (2, True)


def test_a_copy_never_overwrites_a_file_and_wants_a_published_protocol(
    ward: Run, copied: Callable[..., Path]
) -> None:
    file = copied()
    assert ward("protocol", "copy", PUBLISHED, file).exit_code == 2
    assert ward("protocol", "copy", "mine", file.with_name("other.toml")).exit_code == 2
    assert ward("protocol", "check", file.with_name("missing.toml")).exit_code == 2
    assert ward("protocol", "show", "mine").exit_code == 2
    assert f'id = "{PUBLISHED}"' in ward("protocol", "show", PUBLISHED).stdout


def test_who_may_not_configure_adopts_nothing(ward: Run, copied: Callable[..., Path]) -> None:
    ward("user", "add", "mira", "--role", "nurse")
    assert ward("protocol", "adopt", copied(), "--as", "mira").exit_code == 5
    assert ward("protocol", "list", "--as", "mira").exit_code == 0


def test_measures_are_told_in_words_and_as_json(ward: Run) -> None:
    told = ward("measures", "--as-of", "2026-03-31").stdout
    assert "Missed counts" in told
    assert "0/14 months" in told
    assert "2.6 % CARE-MS trials, six years" in told
    assert "picture whose values its text does not give" in told
    assert "1 after alemtuzumab for renal transplant" in told
    found = json.loads(ward("measures", "--as-of", "2026-03-31", "--json").stdout)
    assert (found["patients"], found["missed_counts"], found["contacts"]["results"]) == (1, 14, 0)
    assert ward("measures", "--protocol", "mine").exit_code == 2
    ward("user", "add", "warden", "--role", "admin")
    assert ward("measures", "--as", "warden").exit_code == 5

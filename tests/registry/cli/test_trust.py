"""The command line: whether the registry is what was written, and its copies."""

import json
from pathlib import Path

from tests.registry.conftest import Run


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


def test_a_drill_opens_and_verifies_a_restored_copy_and_leaves_everything_as_it_was(
    judged: Run, cohort_path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "kept" / "copy.duckdb"
    judged("backup", copy)
    before = cohort_path.read_bytes(), copy.read_bytes(), sorted(copy.parent.iterdir())
    drill = judged("restore", copy, "--drill")
    assert (drill.exit_code, "The drill succeeded" in drill.stdout) == (0, True)
    assert (cohort_path.read_bytes(), copy.read_bytes()) == before[:2]
    assert {path.name for path in copy.parent.iterdir()} <= {path.name for path in before[2]} | {
        "copy.duckdb.lock"
    }
    altered = bytearray(before[1])
    altered[len(altered) // 2] ^= 1
    copy.write_bytes(altered)
    assert judged("restore", copy, "--drill").exit_code == 4
    assert judged("restore", tmp_path / "nothing.duckdb", "--drill").exit_code == 2


def test_the_trail_says_who_did_what_and_why(judged: Run) -> None:
    amend = ("amend", "bleed", "SYN-003", "SYN-003-B001", "grade=2")
    judged(*amend, "--reason", "typed wrong", "--no-judge")
    told = judged("audit", "--by", "admin", "--patient", "SYN-003", "--action", "amend")
    assert "admin  amend  bleed SYN-003 SYN-003-B001: typed wrong" in told.stdout
    assert "    grade: 1 → 2" in told.stdout
    assert "1 event found" in told.stderr
    events = json.loads(judged("audit", "--most", 1, "--json").stdout)
    assert [event["action"] for event in events["events"]] == ["amend"]
    assert events["found"] > 1


def test_the_trail_is_for_those_who_verify_and_keeps_values_from_those_who_may_not_read(judged: Run) -> None:
    judged("amend", "bleed", "SYN-003", "SYN-003-B001", "grade=2", "--reason", "typed wrong")
    judged("user", "add", "reader", "--role", "clinician")
    judged("user", "add", "warden", "--role", "admin")
    assert judged("audit", "--as", "reader").exit_code == 5
    told = judged("audit", "--action", "amend", "--as", "warden").stdout
    assert "bleed SYN-003" in told
    assert "typed wrong" not in told
    assert "grade" not in told
    assert judged("audit", "--from", "yesterday").exit_code == 2

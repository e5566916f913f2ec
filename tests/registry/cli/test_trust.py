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


def test_two_administrators_erase_a_patient_and_the_rest_verifies(judged: Run, cohort_path: Path) -> None:
    judged("backup", cohort_path.parent / "kept.duckdb")
    for name in ("mira", "ines"):
        assert judged("user", "add", name, "--role", "admin").exit_code == 0
    erase = ("erase", "SYN-003", "--reason", "asked by letter")
    asked = judged(*erase, "--as", "mira")
    assert (asked.exit_code, "Another administrator" in asked.stdout) == (0, True)
    assert judged(*erase, "--as", "mira").exit_code == 3
    assert [one["asked_by"] for one in json.loads(judged("erase", "--json").stdout)] == ["mira"]
    assert "SYN-003" in judged("erase", "--as", "ines").stdout
    assert judged("erase", "SYN-003", "--take-back", "--as", "ines").exit_code == 0
    assert judged("erase", "SYN-003", "--take-back", "--as", "ines").exit_code == 3
    assert judged("erase", "--reason", "which?").exit_code == 2
    assert judged("erase", "SYN-003", "--as", "ines").exit_code == 2
    assert json.loads(judged(*erase, "--as", "mira", "--json").stdout)["state"] == "asked"
    done = judged(*erase, "--as", "ines")
    assert done.exit_code == 0
    assert f"{cohort_path.parent / 'kept.duckdb'} still holds the patient" in done.stdout
    assert judged("patient", "SYN-003").exit_code == 2
    assert judged("verify").exit_code == 0
    [event] = json.loads(judged("audit", "--action", "erase", "--json").stdout)["events"]
    assert (event["actor"], event["subject"], event["reason"]) == ("ines", "a patient", "asked by letter")
    assert b"SYN-003" not in cohort_path.read_bytes()
    restored = judged("restore", cohort_path.parent / "kept.duckdb")
    assert "1 patient erased after this backup was made can be in it." in restored.stderr


def test_who_refused_is_told_on_the_terminal_and_is_in_no_export(judged: Run, tmp_path: Path) -> None:
    consent = ("consent", "patient_id=SYN-003", "decided_on=2024-03-12", "consent=refused")
    assert judged("log", *consent).exit_code == 0
    assert "This patient refused (12 Mar 2024)" in judged("patient", "SYN-003").stdout
    assert "1 patient who refused or withdrew consent is left out." in judged("summary").stdout
    assert "is left out" in judged("cohort").stdout
    exported = judged("export", tmp_path / "out")
    assert "is left out" in exported.stdout
    assert "SYN-003" not in (tmp_path / "out" / "observation.csv").read_text()


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

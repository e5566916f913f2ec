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

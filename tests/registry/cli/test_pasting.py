"""The command line: a pasted block of counts, looked at and stored."""

import json
from pathlib import Path

import pytest

from tests.registry.conftest import Run

BLOCK = """\
Date\tPLT (10*9/L)\tHb (g/L)
13/01/2018\t31\t101
20/01/2018\t<5\t98
27/01/2018\tnot done\t104
"""


@pytest.fixture
def block(tmp_path: Path) -> Path:
    path = tmp_path / "block.txt"
    path.write_text(BLOCK)
    return path


def test_a_block_is_shown_first_and_then_stored_as_one_change(judged: Run, block: Path) -> None:
    tried = json.loads(judged("paste", "SYN-003", block, "--dry-run", "--json").stdout)
    assert tried["counts"] == {"new": 6, "same": 0, "conflict": 0, "refused": 0}
    assert "2018-01-20" in judged("paste", "SYN-003", block, "--dry-run").stdout
    saved = json.loads(judged("paste", "SYN-003", block, "--json").stdout)
    assert len(saved["facts"]) == 6
    again = judged("paste", "SYN-003", block)
    assert again.exit_code == 3
    assert "no row is new" in again.stderr


def test_a_block_comes_from_standard_input_too(judged: Run) -> None:
    told = judged("paste", "SYN-003", typed=BLOCK)
    assert told.exit_code == 0
    assert "observation SYN-003 SYN-003-CBC-2018-01-13-PLT: version 1" in told.stdout
    assert "6 rows: 6 new" in told.stderr


def test_units_and_the_order_of_days_are_asked_for_and_never_guessed(judged: Run) -> None:
    unclear = "Date\tPLT\n3/2/2018\t31\n4/2/2018\t45\n"
    asked = judged("paste", "SYN-003", typed=unclear)
    assert asked.exit_code == 3
    assert "--day-first" in asked.stderr
    assert '--unit "PLT=' in asked.stderr
    told = judged("paste", "SYN-003", "--day-first", "--unit", "PLT=10*9/L", "--json", typed=unclear)
    days = [fact["values"]["observed_at"] for fact in json.loads(told.stdout)["facts"]]
    assert days == ["2018-02-03", "2018-02-04"]


def test_rows_that_are_refused_or_contradict_hold_the_others_back_until_it_is_said(
    judged: Run, block: Path
) -> None:
    judged("paste", "SYN-003", block)
    other = "Date\tPLT (10*9/L)\n13/01/2018\t32\n31/02/2018\t40\n28/01/2018\t41\n"
    refused = judged("paste", "SYN-003", typed=other)
    assert refused.exit_code == 3
    assert "1 of 3 rows are refused" in refused.stderr
    assert "1 of 3 rows are in conflict" in refused.stderr
    assert judged("paste", "SYN-003", "--amend", 1, "--accept-valid-rows", typed=other).exit_code == 2
    why = ("--reason", "typed wrong", "--accept-valid-rows", "--json")
    stored = json.loads(judged("paste", "SYN-003", "--amend", 1, *why, typed=other).stdout)
    assert [(fact["version"], fact["values"]["value"]) for fact in stored["facts"]] == [(2, "32"), (1, "41")]
    assert judged("paste", "SYN-003", "--amend", 7, typed=other).exit_code == 2


def test_what_is_no_block_or_no_text_is_refused(judged: Run, tmp_path: Path) -> None:
    assert judged("paste", "SYN-003", typed="nothing of the kind").exit_code == 3
    (tmp_path / "latin").write_bytes("Datum\tThrombozyten µl\n".encode("latin-1"))
    told = judged("paste", "SYN-003", tmp_path / "latin")
    assert told.exit_code == 3
    assert "UTF-8" in told.stderr
    assert judged("paste", "SYN-003", tmp_path / "nowhere").exit_code == 2


def test_who_may_not_log_or_read_stores_nothing(judged: Run, block: Path) -> None:
    judged("user", "add", "reader", "--role", "clinician")
    judged("user", "add", "elsewhere", "--role", "nurse@Nowhere")
    assert judged("paste", "SYN-003", block, "--as", "reader").exit_code == 5
    assert judged("paste", "SYN-003", block, "--dry-run", "--as", "elsewhere").exit_code == 5
    assert json.loads(judged("paste", "SYN-003", block, "--dry-run", "--json").stdout)["counts"]["new"] == 6

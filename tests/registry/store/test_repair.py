"""What a kill or a power cut leaves is mended on a copy, and what the copy lacks is named."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from registry.cli import main
from registry.errors import Damaged, Usage
from registry.store.anchor import Anchor
from registry.store.backup import backup, restore
from registry.store.database import Database
from registry.store.repair import BLOCK_BYTES, block_checksum, repair
from tests.registry.facts_for_tests import one_patient

pytestmark = pytest.mark.store

FIRST_BLOCK = 12_288
WRITTEN = (4096, 2048, 1024, 512, 8)
"""Bytes of a block that came onto the disk: a page, sectors, or the checksum alone."""
STORM = 4
"""Kills of the short storm; NADIR_KILLS asks for more, NADIR_SEED for others."""


def now() -> datetime:
    return datetime(2026, 3, 31, 12, 0)


def patients(path: Path) -> list[str]:
    with Database.open(path) as db:
        return [name for (name,) in db.rows("SELECT patient_id FROM patient_view ORDER BY patient_id")]


@pytest.fixture
def crashed(registry_path: Path, tmp_path: Path) -> Path:
    """A copy of an open registry, as a power cut leaves it: two patients in the file, two in the log."""
    with Database.open(registry_path, create=True) as db:
        actor = db.actor(None)
        for name in ("P1", "P2"):
            one_patient(db, actor, name)
            db._checkpoint()  # each in turn uses the blocks that the one before left
        for name in ("P3", "P4"):
            one_patient(db, actor, name)
        cut = tmp_path / "cut" / "registry.duckdb"
        cut.parent.mkdir()
        for one in (registry_path, Path(f"{registry_path}.wal"), Anchor(registry_path).path):
            shutil.copy(one, cut.with_name(one.name))
    return cut


def log_of(path: Path) -> Path:
    return Path(f"{path}.wal")


def is_torn(block: bytes) -> bool:
    return block_checksum(block[8:]) != int.from_bytes(block[:8], "little")


def torn_checkpoint(path: Path) -> None:
    """Cut a checkpoint off when only the beginning of the metadata block is written, as much as still tears it."""
    whole = path.with_name("whole.duckdb")
    shutil.copy(path, whole)
    shutil.copy(log_of(path), log_of(whole))
    with duckdb.connect(str(whole)) as connection:
        connection.execute("CHECKPOINT")
    old, new = path.read_bytes(), whole.read_bytes()
    before, after = (content[FIRST_BLOCK : FIRST_BLOCK + BLOCK_BYTES] for content in (old, new))
    torn = next(block for size in WRITTEN if is_torn(block := after[:size] + before[size:]))
    path.write_bytes(old[:FIRST_BLOCK] + torn + old[FIRST_BLOCK + BLOCK_BYTES :])
    for one in (whole, log_of(whole)):
        one.unlink(missing_ok=True)


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_the_checksum_is_that_of_the_database(registry_path: Path) -> None:
    with Database.open(registry_path, create=True) as db:
        one_patient(db, db.actor(None), "P1")
    content = registry_path.read_bytes()
    for place in range(FIRST_BLOCK, len(content), BLOCK_BYTES):
        block = content[place : place + BLOCK_BYTES]
        assert block_checksum(block[8:]) == int.from_bytes(block[:8], "little")


def test_a_checkpoint_that_was_cut_off_is_mended_and_nothing_is_missing(
    crashed: Path, tmp_path: Path
) -> None:
    torn_checkpoint(crashed)
    before = {one.name: one.read_bytes() for one in crashed.parent.iterdir()}
    with pytest.raises(Damaged, match="--repair OUT"):
        Database.open(crashed)
    found = repair(crashed, tmp_path / "mended.duckdb", now=now)
    assert (found.complete, found.missing, found.problems) == (True, (), ())
    assert found.steps == ("computed the checksum of the block at byte 12,288 anew",)
    assert found.head == found.anchor_seq
    after = {one.name: one.read_bytes() for one in crashed.parent.iterdir() if not one.name.endswith(".lock")}
    assert after == before
    aside = restore(found.file, crashed, now=now)
    assert aside is not None
    assert patients(crashed) == ["P1", "P2", "P3", "P4"]


def test_an_altered_byte_in_the_log_costs_what_came_after_it_and_that_is_named(
    crashed: Path, tmp_path: Path
) -> None:
    flip(log_of(crashed), log_of(crashed).stat().st_size - 40)
    last = Anchor(crashed).last()
    assert last is not None
    with pytest.raises(Damaged):
        Database.open(crashed)
    found = repair(crashed, tmp_path / "mended.duckdb", now=now)
    assert "of the write-ahead log, from byte" in found.steps[0]
    assert not found.complete
    assert [mark.seq for mark in found.missing] == [last.seq]
    assert (found.head, found.anchor_seq) == (last.seq - 1, last.seq)
    assert Database.verify_path(found.file) == []
    assert patients(found.file) == ["P1", "P2", "P3"]


def test_a_log_of_another_state_is_moved_aside(crashed: Path, tmp_path: Path) -> None:
    old_log = log_of(crashed).read_bytes()
    with duckdb.connect(str(crashed)) as connection:
        connection.execute("CHECKPOINT")
    log_of(crashed).write_bytes(old_log)
    found = repair(crashed, tmp_path / "mended.duckdb", now=now)
    assert "moved the write-ahead log" in found.steps[0]
    assert found.complete
    assert patients(found.file) == ["P1", "P2", "P3", "P4"]


@pytest.mark.parametrize("loss", ["gone", "cut"])
def test_a_log_that_is_lost_without_a_word_is_found_by_the_anchor(
    crashed: Path, tmp_path: Path, loss: str
) -> None:
    if loss == "gone":
        log_of(crashed).unlink()
    else:
        os.truncate(log_of(crashed), log_of(crashed).stat().st_size - 3)
    before = {one.name: one.read_bytes() for one in crashed.parent.iterdir()}
    with pytest.raises(Damaged, match="does not hold change"):
        Database.open(crashed)
    kept = {one.name: one.read_bytes() for one in crashed.parent.iterdir() if not one.name.endswith(".lock")}
    if loss == "cut":
        assert kept == before  # a refused opening leaves the log where it is
    with Database.open(tmp_path / "other.duckdb", create=True) as other:
        one_patient(other, other.actor(None), "P1")
    found = repair(crashed, tmp_path / "mended.duckdb", now=now)
    assert found.steps == ()
    assert [mark.seq for mark in found.missing] == list(range(found.head + 1, found.anchor_seq + 1))


def test_the_newest_backup_that_verifies_is_offered(crashed: Path, tmp_path: Path) -> None:
    lost = tmp_path / "lost"
    with Database.open(crashed) as db:
        actor = db.actor(None)
        for name in ("older", "newer", "broken"):
            backup(db, actor, lost / "backups" / f"{name}.duckdb")
        shutil.copytree(crashed.parent, lost, dirs_exist_ok=True)
        one_patient(db, actor, "P5")
        shutil.copy(Anchor(crashed).path, lost)
    flip(lost / "backups" / "broken.duckdb", FIRST_BLOCK + 100)
    log_of(lost / crashed.name).unlink(missing_ok=True)
    run = CliRunner().invoke
    arguments = ["--db", str(lost / crashed.name)]
    result = run(main, ["doctor", "--repair", str(tmp_path / "out.duckdb"), *arguments, "--json"])
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert told["newest_backup"]["file"] == str(lost / "backups" / "newer.duckdb")
    assert [one["seq"] for one in told["missing"]] == list(
        range(told["last_seq"] + 1, told["anchor_seq"] + 1)
    )
    assert told["missing"] != []
    (lost / "backups" / "newer.duckdb").unlink()
    text = run(main, ["doctor", "--repair", str(tmp_path / "again.duckdb"), *arguments]).stdout
    assert "older.duckdb; it ends at change" in text
    assert f"Missing: change {told['anchor_seq']}, stored on" in text


def test_a_repair_overwrites_nothing_and_ends_with_its_own_exit_code(crashed: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.duckdb"
    there.write_text("mine")
    with pytest.raises(Usage, match="never overwrites"):
        repair(crashed, there)
    assert there.read_text() == "mine"
    run = CliRunner().invoke
    assert run(main, ["doctor", "--repair", str(there), "--db", str(crashed)]).exit_code == 2
    good = run(main, ["doctor", "--repair", str(tmp_path / "good.duckdb"), "--db", str(crashed)])
    assert (good.exit_code, "Nothing is missing." in good.stdout) == (0, True)
    crashed.write_bytes(b"no database at all" * 10_000)
    out = tmp_path / "none.duckdb"
    assert run(main, ["doctor", "--repair", str(out), "--db", str(crashed)]).exit_code == 4
    assert not out.exists()


def test_a_head_that_was_kept_elsewhere_shows_an_older_state_with_its_own_anchor(
    registry_path: Path, tmp_path: Path
) -> None:
    run = CliRunner().invoke
    with Database.open(registry_path, create=True) as db:
        one_patient(db, db.actor(None), "P1")
    shutil.copytree(registry_path.parent, tmp_path / "old")
    with Database.open(registry_path) as db:
        one_patient(db, db.actor(None), "P2")
    kept = run(main, ["head", "--db", str(registry_path)]).stdout.strip()
    told = json.loads(run(main, ["head", "--db", str(registry_path), "--json"]).stdout)
    assert kept == f"{told['seq']} {told['head']}"
    assert set(told) == {"seq", "head", "at"}
    head = kept.replace(" ", ":")
    assert run(main, ["verify", "--db", str(registry_path), "--head", head]).exit_code == 0
    old = tmp_path / "old" / registry_path.name
    assert run(main, ["verify", "--db", str(old)]).exit_code == 0
    rolled_back = run(main, ["verify", "--db", str(old), "--head", head])
    assert (rolled_back.exit_code, "is missing: this is an older state" in rolled_back.stdout) == (1, True)
    other = f"{told['seq'] - 1}:{told['head']}"
    assert run(main, ["verify", "--db", str(registry_path), "--head", other]).exit_code == 1
    assert run(main, ["verify", "--db", str(registry_path), "--head", "7:abc"]).exit_code == 2


WRITER = """
import sys
from pathlib import Path
from registry.store.database import Database
from tests.registry.facts_for_tests import one_patient
path, first = Path(sys.argv[1]), int(sys.argv[2])
with Database.open(path, create=True) as db:
    actor = db.actor(None)
    for number in range(first, first + 1000):
        one_patient(db, actor, f"K{number}")
        print(number, flush=True)
        db._checkpoint()
"""


def test_kills_in_the_middle_of_checkpoints_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Every kill is followed by an opening, or by a repair of which nothing is missing."""
    seed = int(os.environ.get("NADIR_SEED", "20261130"))
    chance = random.Random(seed)
    path = tmp_path / "registry.duckdb"
    with Database.open(path, create=True):
        pass
    acknowledged: list[int] = []
    repaired = 0
    for _ in range(int(os.environ.get("NADIR_KILLS", STORM))):
        run = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(len(acknowledged) and acknowledged[-1] + 100)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert run.stdout is not None
        lines = [run.stdout.readline() for _ in range(chance.randint(1, 6))]
        time.sleep(chance.uniform(0, 0.05))
        run.send_signal(signal.SIGKILL)
        lines += run.stdout.readlines()
        run.wait()
        run.stdout.close()
        acknowledged += [int(line) for line in lines if line.strip().isdecimal()]
        try:
            kept = patients(path)
        except Damaged:
            mended = repair(path, tmp_path / f"mended-{repaired}.duckdb", now=now)
            assert mended.complete, (seed, mended)
            at = datetime(2026, 3, 31, 12, 0, repaired)
            repaired += 1
            restore(mended.file, path, now=at.replace)
            kept = patients(path)
        assert {f"K{number}" for number in acknowledged} <= set(kept), f"seed {seed}"
    assert Database.verify_path(path) == []

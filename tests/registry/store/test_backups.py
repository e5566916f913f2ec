"""Copies by the hour: made when something changed, verified before they count, thinned out by age."""

import json
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from registry.errors import NotPermitted, Problem, Unavailable
from registry.roles import Action, Actor, SecurityEvent
from registry.store import backups, disk
from registry.store.anchor import Anchor
from registry.store.backup import backup, restore
from registry.store.backups import Copy
from registry.store.database import Database
from tests.conftest import Clock
from tests.registry.disks import mounted
from tests.registry.facts_for_tests import one_patient

pytestmark = pytest.mark.store
NOON = datetime(2026, 3, 31, 12, 0)
HOUR = timedelta(hours=1)


def made(*times: datetime) -> list[Copy]:
    return [Copy(Path(f"registry-{at:%Y%m%dT%H%M%SZ}.duckdb"), at) for at in times]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# When a copy is due, and which are kept: no file is looked at


def test_a_copy_is_due_after_an_hour_and_not_a_second_before() -> None:
    assert backups.due([], NOON)
    assert not backups.due(made(NOON - HOUR + timedelta(seconds=1)), NOON)
    assert backups.due(made(NOON - HOUR), NOON)
    assert not backups.due(made(NOON), NOON)
    assert backups.due(made(NOON + timedelta(seconds=1)), NOON)  # the clock was put back


def test_every_copy_of_the_last_day_is_kept_and_one_a_day_before_that() -> None:
    last, edge, older = (
        NOON - timedelta(days=1, seconds=-1),
        NOON - timedelta(days=1),
        NOON - timedelta(1, 60),
    )
    assert backups.outdated(made(older, edge, last, NOON), NOON) == made(older, edge)
    assert backups.outdated(made(older, edge), NOON) == made(older)  # the newest of its day


def test_time_alone_removes_nothing() -> None:
    only = made(datetime(2001, 1, 1))
    assert backups.outdated(only, NOON) == []
    assert backups.outdated([], NOON) == []


LAST_WEEK = [datetime(2026, 3, day, 12, 0) for day in range(24, 31)]
"""A copy on each of seven days, up to Monday the 30th."""


def gone(*times: datetime) -> list[datetime]:
    """Which of these the next thinning removes, beside a copy on each of the last seven days."""
    removed = backups.outdated(made(*times, *LAST_WEEK), LAST_WEEK[-1])
    return [copy.made_at for copy in removed]


def test_the_newest_of_seven_days_is_kept_and_of_the_eighth_none() -> None:
    same_day, eighth, week_before = (
        datetime(2026, 3, 25, 11, 59),
        datetime(2026, 3, 23, 23, 59),
        datetime(2026, 3, 22),
    )
    assert gone(same_day) == [same_day]
    assert gone(eighth, week_before) == [eighth]  # the other is the newest of its week
    assert backups.outdated(made(eighth, *LAST_WEEK[1:]), LAST_WEEK[-1]) == []  # now it is the seventh


def test_the_newest_of_four_weeks_is_kept_and_a_week_begins_on_monday() -> None:
    third, monday = datetime(2026, 3, 22), datetime(2026, 3, 16, 0, 0)
    fourth, fifth = datetime(2026, 3, 15, 23, 59), datetime(2026, 3, 8, 23, 59)
    assert gone(fifth, fourth, monday, third) == [fifth, monday]
    assert gone(fifth, fourth) == []  # two weeks without a copy: four that have one


def test_the_newest_of_twelve_months_is_kept_and_a_month_begins_on_its_first() -> None:
    lasts = [datetime(2025, month, 28, 23, 59) for month in range(3, 13)] + [
        datetime(2026, month, 28, 23, 59) for month in (1, 2)
    ]
    assert gone(*lasts) == [lasts[0]]  # with this month they are thirteen
    first, last = datetime(2025, 7, 1, 0, 0), datetime(2025, 6, 30, 23, 59)
    weeks = [datetime(2026, 3, 15), datetime(2026, 3, 22)]
    assert gone(last, first, datetime(2025, 7, 31), *weeks) == [first]


def test_four_hundred_days_of_hourly_copies_leave_days_weeks_and_months() -> None:
    kept: list[Copy] = []
    now = datetime(2026, 1, 1)
    every: list[datetime] = []
    for hour in range(400 * 24):
        now = datetime(2026, 1, 1) + hour * HOUR
        assert backups.due(kept, now)
        every.append(now)
        kept += made(now)
        outdated = set(backups.outdated(kept, now))
        kept = [copy for copy in kept if copy not in outdated]
        assert kept[-1].made_at == now
        assert len(kept) <= 24 + backups.DAILY + backups.WEEKLY + backups.MONTHLY
    times = {copy.made_at for copy in kept}
    wanted = {at for at in every if now - at < timedelta(days=1)}
    for shape, number in (("%Y-%m-%d", 7), ("%G-%V", 4), ("%Y-%m", 12)):
        newest = {at.strftime(shape): at for at in every}
        wanted |= set(list(newest.values())[-number:])
    assert times == wanted  # what was removed on the way was never needed later
    assert min(times) == datetime(2026, 3, 31, 23, 0)


def test_a_registry_that_is_used_now_and_then_keeps_as_many_days_as_one_in_daily_use() -> None:
    times = [NOON - timedelta(days=30 * back) for back in range(20)]
    kept = [at for at in times if at not in {copy.made_at for copy in backups.outdated(made(*times), NOON)}]
    assert kept == times[: len(kept)]
    assert len(kept) >= 12


# Copies of an open registry


def test_a_registry_is_copied_when_it_changed_and_an_hour_has_passed(
    registry: Database, operator: Actor, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    first = backups.keep_copy_if_due(registry, folder)
    assert first is not None
    assert first.name == "registry-20260331T093000Z.duckdb"
    clock.advance(hours=5)
    assert backups.keep_copy_if_due(registry, folder) is None  # nothing but its own backup
    one_patient(registry, operator, "P1")
    clock.advance(minutes=-241)
    assert backups.keep_copy_if_due(registry, folder) is None  # 59 minutes after the first
    clock.advance(minutes=1)
    second = backups.keep_copy_if_due(registry, folder)
    assert second is not None
    assert Database.verify_path(second) == []
    clock.advance(hours=1)
    with registry.log_security_event(SecurityEvent.SIGN_IN_FAILED, "admin"):
        pass
    assert backups.keep_copy_if_due(registry, folder) is not None  # the trail is to come back too
    assert [copy.path for copy in backups.copies(folder, registry.path)][:2] == [first, second]
    assert registry.verify() == []


def test_every_copy_is_in_the_trail_with_who_asked_for_it(
    registry: Database, operator: Actor, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    head = registry.head[0]
    backups.keep_copy(registry, folder)
    clock.advance(seconds=1)
    backups.keep_copy(registry, folder, actor=operator)
    found = registry.rows(
        "SELECT actor, subject, after FROM audit_event WHERE action = 'backup' ORDER BY seq"
    )
    first, second = "registry-20260331T093000Z.duckdb", "registry-20260331T093001Z.duckdb"
    assert [(actor, name, json.loads(after)) for actor, name, after in found] == [
        ("nadir", first, {"file": str(folder / first), "last_seq": head}),
        ("admin", second, {"file": str(folder / second), "last_seq": head + 1}),
    ]
    with pytest.raises(NotPermitted):
        backups.keep_copy(registry, folder, actor=Actor("nobody", {}))


def test_outdated_copies_are_removed_with_their_anchors_and_the_trail_names_them(
    registry: Database, operator: Actor, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    clock.now = datetime(2026, 3, 30, 8, 0)
    early = backups.keep_copy(registry, folder)
    clock.advance(hours=1)
    backups.keep_copy(registry, folder)
    own = backup(registry, operator, folder / "registry-mine.duckdb")
    clock.now = datetime(2026, 3, 31, 8, 0)
    last = backups.keep_copy(registry, folder)
    assert not early.exists()
    assert not Anchor(early).exists()
    assert own.exists()
    [(after,)] = registry.rows("SELECT after FROM audit_event WHERE subject = $1", [last.name])
    assert f'"removed":["{early.name}"]' in after


def test_after_a_restore_the_copies_of_another_past_do_not_count_as_this_one(
    registry_path: Path, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    with Database.open(registry_path, create=True, now=clock) as db:
        old = backup(db, None, tmp_path / "old.duckdb")
        one_patient(db, db.actor(None), "P1")
        one_patient(db, db.actor(None), "P2")
        backups.keep_copy(db, folder)
    restore(old, registry_path, now=clock)
    clock.advance(hours=1)
    with Database.open(registry_path, now=clock) as db:
        assert backups.keep_copy_if_due(db, folder) is not None


def test_changes_wait_only_while_the_bytes_are_taken_and_readers_do_not_hinder_a_copy(
    registry: Database, operator: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A save that comes while the copy is verified is stored at once; the copy is of the state before it."""
    one_patient(registry, operator, "P1")
    saved: list[int] = []
    verify_copy = Database.verify_copy

    def save() -> None:
        one_patient(registry, operator, "P2")
        saved.append(1)

    def verify_while_somebody_saves(path: Path) -> list[Problem]:
        worker = threading.Thread(target=save)
        worker.start()
        worker.join(60)
        return verify_copy(path)

    monkeypatch.setattr(Database, "verify_copy", verify_while_somebody_saves)
    reading: Any = registry.batches("SELECT patient_id FROM patient", rows_per_batch=1)
    next(reading)
    copy = backup(registry, operator, tmp_path / "copy.duckdb")
    reading.close()
    monkeypatch.undo()
    assert saved == [1]
    with Database.open(copy) as db:
        assert db.rows("SELECT patient_id FROM patient") == [("P1",)]
    assert registry.rows("SELECT count(*) FROM patient") == [(2,)]


# What goes wrong


COPIER = """
import sys
from pathlib import Path
from registry.store import backups
from registry.store.database import Database
with Database.open(Path(sys.argv[1])) as db:
    print("open", flush=True)
    backups.keep_copy(db, Path(sys.argv[2]))
"""


def test_a_killed_backup_leaves_no_file_under_its_name_and_is_made_again(
    registry_path: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    with Database.open(registry_path, create=True) as db:
        one_patient(db, db.actor(None), "P1")
    for number in range(8):
        run = subprocess.Popen(
            [sys.executable, "-c", COPIER, str(registry_path), str(folder)], stdout=subprocess.PIPE
        )
        assert run.stdout is not None
        run.stdout.readline()
        time.sleep(0.04 * number)
        run.send_signal(signal.SIGKILL)
        run.wait()
        run.stdout.close()
        for copy in backups.copies(folder, registry_path):
            assert Database.verify_path(copy.path) == []
    with Database.open(registry_path) as db:
        backups.keep_copy(db, folder)
        assert db.verify() == []
    left = [name for name in names(folder) if not name.endswith((".duckdb", ".duckdb.anchor", ".lock"))]
    assert left == []
    assert all(Path(f"{copy.path}.anchor").exists() for copy in backups.copies(folder, registry_path))


def test_a_folder_without_room_is_said_to_have_none_and_nothing_is_left_in_it(
    registry: Database, tmp_path: Path
) -> None:
    with mounted(tmp_path / "disk", "size=8m"):
        events = registry.head
        with pytest.raises(Unavailable, match="almost full"):
            backups.keep_copy(registry, tmp_path / "disk" / "kept")
        assert names(tmp_path / "disk" / "kept") == []
        assert registry.head == events


def test_a_disk_that_fills_up_while_it_is_copied_leaves_nothing(
    registry: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "require_room", lambda *_: None)  # as if somebody else took the room meanwhile
    with mounted(tmp_path / "disk", "size=256k"):
        with pytest.raises(Unavailable, match=r"(?i)no space|full"):
            backups.keep_copy(registry, tmp_path / "disk" / "kept")
        assert names(tmp_path / "disk" / "kept") == []
    backups.keep_copy(registry, tmp_path / "elsewhere")


def test_a_folder_that_can_only_be_read_is_said_to_be_one(registry: Database, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=64m,ro"), pytest.raises(Unavailable, match="can only be read"):
        backups.keep_copy(registry, tmp_path / "disk" / "kept")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Unavailable, match="folder"):
        backups.keep_copy(registry, tmp_path / "file" / "kept")


def test_an_administrator_can_still_copy_a_registry_whose_disk_is_full(
    registry: Database, operator: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = disk.free_bytes
    monkeypatch.setattr(
        disk, "free_bytes", lambda folder: 0 if folder == registry.path.parent else free(folder)
    )
    copy = backup(registry, operator, tmp_path / "other" / "copy.duckdb")
    assert Database.verify_path(copy) == []
    assert registry.rows("SELECT count(*) FROM audit_event WHERE action = $1", [str(Action.BACKUP)]) == [(1,)]

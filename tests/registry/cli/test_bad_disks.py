"""The command line on a disk without a free byte and on one that can only be read: true words, no traceback."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.cli import main
from registry.store.database import Database
from tests.registry.disks import fill, mounted, read_only

READING: tuple[tuple[str, ...], ...] = (
    ("head",),
    ("find",),
    ("patient", "SYN-003"),
    ("waiting",),
    ("recent",),
    ("worklist",),
    ("explain", "SYN-003-ITP-1"),
    ("summary",),
    ("verify",),
    ("audit", "--most", "1"),
    ("user", "list"),
)
WRITING: tuple[tuple[str, ...], ...] = (
    ("log", "bleed", "patient_id=SYN-003", "started_on=2019-01-05", "scale=who", "grade=2", "--no-judge"),
    ("amend", "bleed", "SYN-003", "SYN-003-B001", "grade=2", "--reason", "typed wrong"),
    ("withdraw", "bleed", "SYN-003", "SYN-003-B001", "--reason", "not hers"),
    ("adjudicate", "--all"),
    ("user", "add", "mira", "--role", "nurse"),
    ("user", "disable", "admin"),
    ("protocol", "adopt", "protocol.toml", "--reason", "ours"),
    ("import", "bundle"),
    ("export", "out", "--format", "bundle"),
    ("backup", "backups/copy.duckdb"),
    ("restore", "registry.duckdb", "--drill"),
    ("restore", "copy.duckdb"),
    ("demo", "--no-serve", "--watched", "3"),
    ("doctor", "--repair", "mended.duckdb"),
)
Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, cohort_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`nadir WORDS` in a small disk that holds a registry, a bundle, a protocol and a backup."""
    folder = tmp_path / "disk"
    monkeypatch.setenv("NADIR_DB", str(folder / "registry.duckdb"))
    monkeypatch.delenv("NADIR_BACKUPS", raising=False)

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, list(words))

    return run


def furnish(folder: Path, cohort_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("registry", "copy"):
        for ending in ("", ".anchor"):
            shutil.copy(f"{cohort_path}{ending}", folder / f"{name}.duckdb{ending}")
    monkeypatch.chdir(folder)
    assert command("export", "bundle", "--format", "bundle").exit_code == 0
    assert command("protocol", "copy", "alemtuzumab-belgian-2018", "protocol.toml").exit_code == 0


def refused_in_words(result: Result, words: tuple[str, ...]) -> str:
    """The command ended by itself and said what is wrong with the disk, or that there was nothing for it to do."""
    assert isinstance(result.exception, SystemExit | None), (words, result.exception)
    assert "Traceback" not in result.output
    return result.stderr


def test_on_a_full_disk_reading_works_and_writing_is_refused_with_the_reason(
    tmp_path: Path, cohort_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mounted(tmp_path / "disk", "size=60m") as folder:
        furnish(folder, cohort_path, command, monkeypatch)
        filler = fill(folder)
        before = (folder / "registry.duckdb").read_bytes()
        for words in READING:
            assert command(*words).exit_code == 0, words
        for words in WRITING:
            result = command(*words)
            told = refused_in_words(result, words)
            if words[:2] != ("doctor", "--repair"):  # which has nothing to mend
                assert (result.exit_code, "full" in told) == (4, True), (words, told)
        found = command("doctor")
        assert (found.exit_code, "Make room" in found.stdout) == (1, True)
        assert (folder / "registry.duckdb").read_bytes() == before
        assert not list(folder.rglob("*.partial"))
        filler.unlink()
        assert command("user", "add", "mira", "--role", "nurse").exit_code == 0
        monkeypatch.chdir(tmp_path)
        assert Database.verify_path(folder / "registry.duckdb") == []


def test_on_a_disk_that_can_only_be_read_it_is_said_and_verify_doctor_and_head_work(
    tmp_path: Path, cohort_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mounted(tmp_path / "disk", "size=60m") as folder:
        furnish(folder, cohort_path, command, monkeypatch)
        for lock in folder.glob("*.lock"):
            lock.unlink()
        read_only(folder)
        for words in (*READING, *WRITING):
            result = command(*words)
            told = refused_in_words(result, words)
            if words[0] not in ("verify", "head", "doctor"):
                assert (result.exit_code, "only be read" in told) == (4, True), (words, told)
        assert command("head").exit_code == 0
        verified = command("verify")
        assert (verified.exit_code, "The registry is unaltered" in verified.stdout) == (0, True)
        found = command("doctor")
        assert (found.exit_code, "to be writable" in found.stdout) == (1, True)
        monkeypatch.chdir(tmp_path)

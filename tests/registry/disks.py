"""Small disks for tests: full, or only to be read."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A small file system of the test's own at `folder`, unmounted whatever happens.

    The test is skipped where none can be mounted.
    """
    folder.mkdir(exist_ok=True)
    run = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if (
        os.geteuid() != 0
        or not shutil.which("mount")
        or subprocess.run(run, capture_output=True, check=False).returncode != 0
    ):
        pytest.skip("only root can mount a file system for a test")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Fill the disk of a folder to the last byte; the file that does so."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return filler


def read_only(folder: Path) -> None:
    """From here on a mounted disk can only be read."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)

"""Opening what somebody brings: a file, a folder or a .zip, in bounded time and memory, whatever it is.

Nothing is opened that is not an ordinary file, nothing is unpacked before its directory was read and found sound, and
nothing beyond what the directory promised. What cannot be opened raises Refused, naming the file and what to do.
"""

import os
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from registry.errors import Problem, Refused

MOST_MEMBERS = 1_000
MOST_ENTRIES = 10_000
"""Entries of a folder."""
LARGEST_DIRECTORY_BYTES = 4 * 2**20
"""Of a .zip: a thousand entries with the longest names that any disk allows need less."""
LARGEST_FILE_BYTES = 4 * 2**30
LARGEST_UNPACKED_BYTES = 2 * 2**30
"""Of all tables of a .zip together. More is imported as a folder."""
LARGEST_RATIO = 250
"""A table of repetitive rows packs about twenty to one; beyond this it is a bomb."""
SMALL_BYTES = 4 * 2**20
ENDINGS = (".csv", ".parquet")

_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_DAMAGED = "The file is damaged or incomplete. Copy it again."
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    MemoryError,
)


def refused(
    file: str, expected: str, remedy: str, *, row: int | None = None, value: str | None = None
) -> Refused:
    """A file that cannot be read, as an error with its one problem."""
    problem = Problem(file, row, None, value, expected, remedy)
    return Refused(f"{problem.place} cannot be read: {expected} was expected. {remedy}", [problem])


def content_of(path: Path, *, most: int = LARGEST_FILE_BYTES) -> bytes:
    """All bytes of an ordinary file of at most `most` bytes.

    A pipe or socket is never waited for. Raises Refused for what is missing, not a file, not readable or too large.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise refused(path.name, "a file that can be opened", f"{why}: look at the file.") from error
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):
        os.close(handle)
        raise refused(path.name, "a file", "It is a folder or a device: give the file itself.")
    with os.fdopen(handle, "rb") as file:
        if about.st_size > most:
            remedy = f"It has {about.st_size:,} bytes: divide it into several."
            raise refused(path.name, f"at most {most:,} bytes", remedy)
        try:
            content = file.read(most + 1)
        except (OSError, MemoryError) as error:
            raise refused(path.name, "a file that can be read", "Check the disk and the memory.") from error
    if len(content) > most:
        raise refused(path.name, f"at most {most:,} bytes", "The file grows while it is read. Copy it first.")
    return content


def files_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every file of a bundle: a folder, a .zip, or a single table.

    The content of what has not the ending of a table is left empty. Raises Refused for a trap.
    """
    if path.is_dir():
        yield from _in_folder(path)
    elif path.suffix.casefold() == ".zip":
        yield from _in_zip(path)
    else:
        yield path.name, content_of(path)


def _in_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    entries = _entries(path)
    if len(entries) == 1 and entries[0].is_dir():
        path = entries[0]
        entries = _entries(path)
    _refuse_twins([entry.name for entry in entries], path.name)
    inside = path.resolve()
    for entry in entries:
        if entry.suffix not in ENDINGS:
            if entry.is_file():
                yield entry.name, b""
        elif not entry.resolve().is_relative_to(inside):
            raise refused(entry.name, "a file of this folder", "It is a link. Copy the file itself here.")
        else:
            yield entry.name, content_of(entry)


def _entries(path: Path) -> list[Path]:
    entries: list[Path] = []
    try:
        for entry in path.iterdir():
            if not _is_junk(entry.name):
                entries.append(entry)
            if len(entries) > MOST_ENTRIES:
                raise refused(path.name, "a folder of one bundle", "It has too many files.")
    except OSError as error:
        raise refused(path.name, "a folder that can be read", f"{error.strerror}: look at it.") from error
    return sorted(entries)


def _is_junk(name: str) -> bool:
    return name.startswith(".") or name in _JUNK


def _refuse_twins(names: list[str], place: str) -> None:
    """Of two tables whose names differ in case only, or not at all, nobody knows which is meant."""
    tables = Counter(name.casefold() for name in names if name.casefold().endswith(ENDINGS))
    twins = [name for name in names if tables[name.casefold()] > 1]
    if twins:
        raise refused(
            place, "each table once", "Keep the right one.", value=", ".join(sorted(twins)[:4])[:80]
        )


def _in_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    """Unpacked in memory: nothing of a bundle is left on disk."""
    whole = "a whole .zip file without a password"
    unpacked = 0
    try:
        with _ordinary(path) as file:
            _refuse_large_directory(file, path.name)
            with zipfile.ZipFile(file) as packed:
                for name, member in _members(packed, path.name):
                    content = packed.read(member) if name.endswith(ENDINGS) else b""
                    unpacked += len(content)
                    if unpacked > LARGEST_UNPACKED_BYTES or len(content) > member.file_size:
                        raise _too_much(path.name, name)
                    yield name, content
    except _BROKEN as error:
        raise refused(path.name, whole, _DAMAGED) from error


def _ordinary(path: Path) -> BinaryIO:
    """The file, open for reading; OSError for what is no ordinary file, without waiting for a pipe."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError("not an ordinary file")
    return os.fdopen(handle, "rb")


def _refuse_large_directory(file: BinaryIO, name: str) -> None:
    """Look at the directory's size before it is read: it is held whole, entry by entry."""
    size = file.seek(0, os.SEEK_END)
    tail_size = min(size, 22 + 65_535 + 20)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    end = tail.rfind(_END)
    if end < 0:
        return  # no .zip at all, which zipfile says
    entries, directory = struct.unpack("<HL", tail[end + 10 : end + 16])
    if tail[end - 20 : end - 16] == _LOCATOR_64:
        (place,) = struct.unpack("<Q", tail[end - 12 : end - 4])
        file.seek(min(place, size))
        record = file.read(56)
        if record[:4] == _END_64:
            entries, directory = struct.unpack("<QQ", record[32:48])
    if entries > MOST_MEMBERS or directory > LARGEST_DIRECTORY_BYTES:
        raise _too_much(name, None)


def _too_much(file: str, member: str | None) -> Refused:
    remedy = "It is too large when unpacked. Pack only the tables, or unpack it and import the folder."
    return refused(file, "a .zip of one bundle", remedy, value=member and member[:80])


def _members(packed: zipfile.ZipFile, file: str) -> list[tuple[str, zipfile.ZipInfo]]:
    """The tables in the archive, at its top or in its one folder. Raises Refused for a trap."""
    infos = packed.infolist()
    if len(infos) > MOST_MEMBERS or sum(info.file_size for info in infos) > LARGEST_UNPACKED_BYTES:
        raise _too_much(file, None)
    _refuse_overlap(infos, packed.start_dir, file)
    kept: list[tuple[PurePosixPath, zipfile.ZipInfo]] = []
    for info in infos:
        _refuse_member(info, file)
        place = PurePosixPath(info.filename)
        if not info.is_dir() and place.parts and not any(_is_junk(part) for part in place.parts):
            kept.append((place, info))
    tops = {place.parts[0] for place, _ in kept}
    depth = 2 if len(tops) == 1 and all(len(place.parts) > 1 for place, _ in kept) else 1
    tables = sorted(
        ((place.name, info) for place, info in kept if len(place.parts) == depth), key=lambda one: one[0]
    )
    _refuse_twins([name for name, _ in tables], file)
    for name, info in tables:
        if name.endswith(ENDINGS):
            _refuse_unreadable(info, file)
    return tables


def _refuse_member(info: zipfile.ZipInfo, file: str) -> None:
    place, shown = PurePosixPath(info.filename), info.filename[:80]
    outside = place.is_absolute() or ".." in place.parts or "\\" in info.filename or ":" in info.filename
    if outside or "\0" in info.orig_filename:
        raise refused(file, "names inside the folder", "Pack it again.", value=shown)
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refused(file, "files", "A link or a device is packed in it: pack the file itself.", value=shown)
    if info.file_size > SMALL_BYTES and info.file_size > LARGEST_RATIO * max(1, info.compress_size):
        raise refused(file, "tables", "A file in it is too large when unpacked.", value=shown)


def _refuse_unreadable(info: zipfile.ZipInfo, file: str) -> None:
    shown = info.filename[:80]
    if info.flag_bits & _ENCRYPTED:
        raise refused(file, "a .zip without a password", "Unpack it and import the folder.", value=shown)
    if info.compress_type not in _METHODS:
        remedy = "Pack it again in the ordinary way (deflate), or unpack it and import the folder."
        raise refused(file, "a .zip packed in the ordinary way", remedy, value=shown)


def _refuse_overlap(infos: list[zipfile.ZipInfo], directory: int, file: str) -> None:
    """No byte of an archive belongs to two members: overlapping ones are how a small file unpacks to a huge one."""
    placed = sorted(infos, key=lambda info: info.header_offset)
    ends = [*(info.header_offset for info in placed[1:]), directory]
    for info, next_offset in zip(placed, ends, strict=False):
        if info.header_offset + 30 + info.compress_size > next_offset:
            raise refused(file, "members beside each other", _DAMAGED, value=info.filename[:80])

"""Files as attackers, broken disks and wrong buttons make them; made anew in a folder, each with its name."""

import bz2
import gzip
import io
import os
import socket
import stat
import struct
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

PATIENT = b"patient_id,site,sex,born_on\nP1,north,female,1970-01-01\n"
STEERING = "\x1b[2J\x1b]0;owned\x07\u202eevil\x9b31m\x7f\r\nforged: line"


@cache
def cells(content: bytes = PATIENT) -> dict[str, bytes]:
    """Contents for a file that should be a table of text."""
    return {
        "empty": b"",
        "only line ends": b"\n\r\n\n",
        "only a header": content.split(b"\n")[0] + b"\n",
        "NUL": content + b"P\x002,north,female,1970-01-01\n",
        "a cell of ten megabytes": content + b"P2," + b"x" * 10_000_000 + b",female,1970-01-01\n",
        "a name of ten megabytes": b"x" * 10_000_000 + b"," + content,
        "a million columns": b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n",
        "a million separators": content + b"," * 1_000_000 + b"\n",
        "ragged": content + b"P2\nP3,north,female,1970-01-01,more,and,more\n",
        "an open quotation": content + b'P2,"north,female,1970-01-01\n',
        "a quotation in a cell": content + b'P2,no"rt"h,female,1970-01-01\n',
        "bytes of no UTF-8": content + b"P2,\xff\xfe\xc3\x28,female,1970-01-01\n",
        "a mark": b"\xef\xbb\xbf" + content,
        "two marks": b"\xef\xbb\xbf" * 2 + content,
        "UTF-16": content.decode().encode("utf-16"),
        "UTF-32": content.decode().encode("utf-32"),
        "a header twice": content.replace(b"site", b"patient_id"),
        "old line ends": content.replace(b"\n", b"\r"),
        "steering": content + f'"{STEERING}",north,female,1970-01-01\n'.encode(),
        "a steering header": content.replace(b"site", f'"{STEERING}"'.encode()),
        "surrogates": content + b"P2,\xed\xa0\x80,female,1970-01-01\n",
        "a zip": zipped({"patient.csv": content}),
        "gzip": gzip.compress(content),
        "a program": b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)),
        "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        "random": bytes((n * 131 + 7) % 256 for n in range(5_000)),
    }


@cache
def settings() -> dict[str, bytes]:
    """Contents for a file that should be TOML."""
    return {
        "arrays in arrays": b"a = " + b"[" * 50_000 + b"]" * 50_000,
        "tables in tables": b"a = " + b"{b=" * 5_000 + b"1" + b"}" * 5_000,
        "a long dotted key": b".".join([b"a"] * 20_000) + b" = 1",
        "a number of many digits": b"a = " + b"9" * 6_000,
        "keys twice": b"a = 1\na = 2\n",
        "parts that are none": b"analyte = 5\ncolumns = 'x'\nfile = []\nid = {}\n",
        "a steering key": b'"\\u001b[2J\\u202e" = 1\n',
        "no date": b"a = 2026-02-31\n",
    }


@cache
def parquets() -> dict[str, bytes]:
    """Parquet files that are no table of a bundle, or far more than they look."""
    who = pa.array(["P1"])
    kinds = {
        "a list": pa.array([["a"]]),
        "a struct": pa.array([{"a": 1}]),
        "bytes": pa.array([b"\xff\xfe"]),
        "a decimal": pa.array([Decimal("1.50")]),
        "a zoned time": pa.array([datetime(2026, 3, 1, tzinfo=UTC)], pa.timestamp("us", "Europe/Brussels")),
        "a time of no day": pa.array([2**62], pa.timestamp("us")),
        "a dictionary": pa.array(["north"]).dictionary_encode(),
        "nothing": pa.nulls(1),
        "NUL": pa.array(["a\0b"]),
        "steering": pa.array([STEERING]),
        "text of no UTF-8": pa.Array.from_buffers(
            pa.string(), 1, [None, pa.py_buffer(struct.pack("<ii", 0, 2)), pa.py_buffer(b"\xff\xfe")]
        ),
    }
    made = {name: parquet(pa.table({"patient_id": who, "site": kind})) for name, kind in kinds.items()}
    whole = parquet(pa.table({"patient_id": who}))
    same = pa.DictionaryArray.from_arrays(pa.array(np.zeros(3_000_000, np.int32)), pa.array(["north" * 20]))
    return made | {
        "no bytes": b"",
        "half": whole[: len(whole) // 2],
        "two magic words": b"PAR1PAR1",
        "a footer larger than the file": whole[:-8] + b"\xff\xff\xff\x7fPAR1",
        "a footer of nonsense": b"PAR1" + b"\xff" * 64 + struct.pack("<I", 64) + b"PAR1",
        "encrypted": whole[:-4] + b"PARE",
        "two columns of one name": parquet(pa.Table.from_arrays([who, who], names=["patient_id"] * 2)),
        "a steering column": parquet(pa.table({"patient_id": who, STEERING: who})),
        "a thousand columns": parquet(pa.table({f"c{n}": who for n in range(1_000)})),
        "a text three million times": parquet(pa.table({"patient_id": same, "site": same}), "zstd"),
        "a cell of seventy megabytes": parquet(pa.table({"patient_id": ["x" * 70_000_000] * 2}), "zstd"),
    }


@cache
def zips(content: bytes = PATIENT) -> dict[str, bytes]:
    """Archives with a trap, or broken."""
    whole = zipped({"patient.csv": content})
    return {
        "no bytes": b"",
        "half": whole[: len(whole) // 2],
        "something else": content,
        "an empty one": zipped({}),
        "a bomb": zipped({"patient.csv": b"0" * 200_000_000}),
        "many members": zipped({f"f{n}.txt": b"" for n in range(1_500)}, zipfile.ZIP_STORED),
        "one in one in one": zipped({"a.zip": zipped({"b.zip": zipped({"patient.csv": content})})}),
        "names outside": zipped({"../patient.csv": content}),
        "an absolute name": zipped({"/etc/patient.csv": content}),
        "another system's name": zipped({"..\\patient.csv": content}),
        "names of one case": zipped({"patient.csv": content, "Patient.CSV": content}),
        "a steering name": zipped({f"{STEERING}.csv": content}),
        "bzip2": zipped({"patient.csv": content}, zipfile.ZIP_BZIP2),
        "lzma": zipped({"patient.csv": content}, zipfile.ZIP_LZMA),
        "an unknown method": _altered(whole, 8, 10, struct.pack("<H", 97)),
        "a password": _altered(whole, 6, 8, struct.pack("<H", 1)),
        "a size too small": _altered(whole, 22, 24, struct.pack("<I", 5)),
        "a size too large": _altered(whole, 22, 24, struct.pack("<I", 2**31 - 1)),
        "a changed byte": whole.replace(b"patient_id"[:4], b"p\xff\xff\xff", 1)[:-30] + whole[-30:],
        "a link": _link(),
        "the same name twice": _twice(content),
        "members over each other": _overlapping(),
        "gzip": gzip.compress(content * 1_000),
        "bzip2 alone": bz2.compress(content),
    }


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return held.getvalue()


def parquet(table: pa.Table, compression: str = "snappy") -> bytes:
    held = io.BytesIO()
    pq.write_table(table, held, compression=compression)
    return held.getvalue()


def _altered(whole: bytes, local: int, central: int, value: bytes) -> bytes:
    """The only member's header and its entry in the directory, both with another value at these places."""
    data = bytearray(whole)
    entry = whole.index(b"PK\x01\x02")
    data[local : local + len(value)] = value
    data[entry + central : entry + central + len(value)] = value
    return bytes(data)


def _link() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        member = zipfile.ZipInfo("patient.csv")
        member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        packed.writestr(member, "/etc/passwd")
    return held.getvalue()


def _twice(content: bytes) -> bytes:
    whole = zipped({"patient.csv": content, "patienx.csv": content})
    return whole.replace(b"patienx.csv", b"patient.csv")


def _overlapping() -> bytes:
    """Two entries of the directory that name the bytes of one member."""
    whole = zipped({"patient.csv": PATIENT * 50, "episode.csv": b"a,b\n"})
    data = bytearray(whole)
    second = whole.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    first = whole.index(b"PK\x01\x02")
    data[second + 16 : second + 28] = data[first + 16 : first + 28]
    return bytes(data)


def write_all(folder: Path, contents: dict[str, bytes], ending: str) -> list[Path]:
    """Every content as a file of its own."""
    made = []
    for name, content in contents.items():
        path = folder / f"{name.replace(' ', '-')}{ending}"
        path.write_bytes(content)
        made.append(path)
    return made


def bundles(folder: Path) -> list[Path]:
    """Folders with one table, each hostile in its own way."""
    made = []
    for kind, contents in (("csv", cells()), ("parquet", parquets())):
        for name, content in contents.items():
            place = folder / f"{kind}-{name.replace(' ', '-')}"
            place.mkdir()
            (place / f"patient.{kind}").write_bytes(content)
            made.append(place)
    return made + places(folder)


def places(folder: Path) -> list[Path]:
    """Folders in which the table is no ordinary file."""
    made = [
        folder / f"place-{name}"
        for name in ("folder", "socket", "pipe", "link", "nowhere", "closed", "both", "empty")
    ]
    for place in made:
        place.mkdir()
    (made[0] / "patient.csv").mkdir()
    (made[0] / "README.txt").write_text("so that the folder is not the only entry")
    with socket.socket(socket.AF_UNIX) as end:
        here = Path.cwd()
        os.chdir(made[1])  # the name of a socket is short
        try:
            end.bind("patient.csv")
        finally:
            os.chdir(here)
    os.mkfifo(made[2] / "patient.csv")
    (made[3] / "patient.csv").symlink_to("/etc/hostname")
    (made[4] / "patient.csv").symlink_to("nowhere at all")
    (made[5] / "patient.csv").write_bytes(PATIENT)
    (made[5] / "patient.csv").chmod(0)
    (made[6] / "patient.csv").write_bytes(PATIENT)
    (made[6] / "PATIENT.CSV").write_bytes(PATIENT)
    return made

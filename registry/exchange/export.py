"""What is known leaves the registry as a bundle, as Parquet with the same columns, or in a format of `outputs/`.

An export is audited, shows one state of the registry, and appears as a whole or not at all. Values are never
altered, so text that a spreadsheet takes for a formula (beginning with = + - @) stays as it was reported: a
bundle is a contract between registries, and an altered value would come back as a different fact. Open a
bundle in a spreadsheet only through its text import.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from registry import sql
from registry.errors import Usage
from registry.exchange.judgements import DECISION, READ
from registry.exchange.outputs import About, Outgoing, workbook
from registry.record import tables
from registry.record.fields import TABLES
from registry.record.synthetic import is_synthetic
from registry.roles import Action, Actor, Permission
from registry.store.anchor import sync_folder
from registry.store.database import Database
from registry.store.transaction import Transaction
from registry.surveillance.worklist import worklist

# Files that adjudication writes; each is read from the view of its name, as soon as there is one.
DERIVED = {
    "call": (
        "course_id",
        "criteria_id",
        "criteria_hash",
        "engine_version",
        "series_fingerprint",
        "best_response",
        "reason",
        "baseline",
        "onset_on",
        "cr_onset_on",
        "relapsed_on",
        "lost_cr_on",
        "duration_of_response_days",
        "duration_status",
        "censored_by",
        "flags",
        "defaults_applied",
        "held_until",
        "lost_on",
    ),
    "evidence": (
        "course_id",
        "criteria_id",
        "step",
        "observation_id",
        "observed_on",
        "predicate",
        "threshold",
        "value",
        "unit",
        "held",
    ),
    "remission": ("course_id", "off_treatment_from", "srot30", "srot50", "days_off"),
    "decision": DECISION,
    "read": READ,
}
MORE = {
    "call": (
        "phase",
        "in_response_days",
        "observed_days",
        "er_7d",
        "ir_1m",
        "dr_6m",
        "rem_12m",
        "time_to_response_days",
    )
}
"""What Parquet has beside the columns of the bundle, which are a contract."""
OPTIONAL = frozenset({"decision", "read"})
"""Files of people's judgments, written once there is one: nothing of a case that is not decided."""

_ORDER = {
    "call": "course_id, criteria_id",
    "evidence": "course_id, criteria_id, position",
    "remission": "course_id, criteria_id",
    "decision": "case_id",
    "read": "case_id, part, round, reader",
}

Whole = Callable[[Path, About, Iterator[Outgoing]], dict[str, int]]
"""Writes all tables into a folder; returns the rows of each file or sheet."""
Writer = Callable[[Path, pa.Schema, Iterator[pa.RecordBatch]], int]


@dataclass(frozen=True)
class ExportReport:
    """Where the export stands, how many rows each file has, and how many patients are left out for want of consent."""

    folder: Path
    files: dict[str, int] = field(default_factory=dict)
    left_out: int = 0

    def as_json(self) -> dict[str, object]:
        """The report as plain values."""
        return {
            "folder": str(self.folder),
            "files": dict(self.files),
            "patients_left_out": self.left_out,
        }


def export(
    db: Database,
    actor: Actor,
    folder: Path | str,
    format: str = "bundle",  # noqa: A002
    *,
    as_of: date | None = None,
) -> ExportReport:
    """Write everything current into a new or empty `folder`, as `bundle` (CSV), `parquet` or `xlsx`.

    CSV is UTF-8 with LF, rows in the order of their identifiers, dates ISO, empty where nothing is recorded:
    the same record always gives the same bytes. Whoever refused or withdrew consent is in no file. The worklist
    depends on the day, so it is written only for a day `as_of`.
    Raises Usage for an unknown format or a folder that holds something, NotPermitted without the right.
    """
    folder = Path(folder).resolve()
    if format not in FORMATS:
        raise Usage(f"{format} is not an export format. Choose one of: {', '.join(FORMATS)}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Usage(f"{folder} is not empty. Choose a new folder: an export never overwrites.")
    actor.require(Permission.READ_CALLS)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    try:
        with db.change(actor, Action.EXPORT, format) as change:
            [(left_out,)] = change.rows("SELECT count(*) FROM refusal_view")
            due = None if as_of is None else _counted(change, worklist(db, actor, as_of).table)
            if format in _WHOLE:
                about = _about(change, synthetic=is_synthetic(db), left_out=left_out)
                files = _WHOLE[format](partial, about, _outgoing(change, due))
            else:
                files = dict(_write_all(change, partial, format))
                if due is not None:
                    ending = _WRITERS[format][0]
                    files[f"worklist.{ending}"] = _write_table(partial, "worklist", due, format)
            change.note(None, files | ({"patients left out": left_out} if left_out else {}))
            _put_in_place(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return ExportReport(folder, files, left_out)


def _counted(change: Transaction, table: pa.Table) -> pa.Table:
    """The rows of a worklist without those of whoever refused or withdrew consent: a file that leaves is no care."""
    refused = [name for (name,) in change.rows("SELECT patient_id FROM refusal_view")]
    return table.filter(pc.invert(pc.is_in(table["patient_id"], pa.array(refused, pa.string()))))


def _write_all(change: Transaction, folder: Path, format: str) -> Iterator[tuple[str, int]]:  # noqa: A002
    ending, writer = _WRITERS[format]
    for name, query in _queries(as_text=format == "bundle"):
        schema = change.arrow(f"{query} LIMIT 0").schema
        file = f"{name}.{ending}"
        rows = writer(folder / file, schema, change.batches(query))
        if not rows and (name in OPTIONAL or (name in TABLES and TABLES[name].optional)):
            (folder / file).unlink()
        else:
            yield file, rows


def _about(change: Transaction, *, synthetic: bool, left_out: int) -> About:
    last = "SELECT seq, recorded_at FROM audit_event ORDER BY seq DESC LIMIT 1"
    [(seq, at)] = change.rows(last)
    criteria = change.rows(
        "SELECT DISTINCT criteria_id, criteria_hash, engine_version FROM call_view "
        f"WHERE patient_key IN ({tables.COUNTED}) ORDER BY ALL"
    )
    made_by = tuple((str(name), str(digest), str(engine)) for name, digest, engine in criteria)
    return About(version("nadir"), int(seq), at, made_by, synthetic, left_out)


def _outgoing(change: Transaction, due: pa.Table | None) -> Iterator[Outgoing]:
    """Every table as text with the types it is stored in, those of judging with all their columns."""
    typed = dict(_queries(as_text=False))
    for name, query in _queries(as_text=True, more=True):
        types = change.arrow(f"{typed[name]} LIMIT 0").schema
        optional = name in OPTIONAL or (name in TABLES and TABLES[name].optional)
        yield Outgoing(name, types, change.batches(query), optional)
    if due is not None:
        text = due.cast(pa.schema([(name, pa.string()) for name in due.column_names]))
        yield Outgoing("worklist", due.schema, text.to_batches())


def _queries(*, as_text: bool, more: bool = False) -> Iterator[tuple[str, str]]:
    """The query of each table. Text has the columns of the bundle, and with `more` those of Parquet too."""
    for name in TABLES:
        yield name, tables.exported(name, as_text=as_text)
    cast = "::VARCHAR" if as_text else ""
    for name, columns in DERIVED.items():
        if f"views/{name}_view" in sql.names("views"):
            shown = columns if as_text and not more else (*columns, *MORE.get(name, ()))
            wanted = ", ".join(f'"{column}"{cast} AS "{column}"' for column in shown)
            whose = f"v.patient_key IN ({tables.COUNTED})"
            yield name, f"SELECT {wanted} FROM {name}_view AS v WHERE {whose} ORDER BY {_order(name)}"


def _order(name: str) -> str:
    return ", ".join(f"v.{column}" for column in _ORDER[name].split(", "))


def _write_table(folder: Path, name: str, table: pa.Table, format: str) -> int:  # noqa: A002
    ending, writer = _WRITERS[format]
    return writer(folder / f"{name}.{ending}", table.schema, iter(table.to_batches()))


def _put_in_place(partial: Path, folder: Path) -> None:
    if folder.exists():
        folder.rmdir()
    partial.rename(folder)
    sync_folder(folder.parent)


def _write_csv(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(schema.names)
        for batch in batches:
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
            count += batch.num_rows
    return count


def _write_parquet(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> int:
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


_WRITERS: dict[str, tuple[str, Writer]] = {
    "bundle": ("csv", _write_csv),
    "parquet": ("parquet", _write_parquet),
}
_WHOLE: dict[str, Whole] = {"xlsx": workbook.write}
FORMATS = (*_WRITERS, *_WHOLE)
"""The formats of an export, as they are asked for."""

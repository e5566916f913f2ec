"""Copies of a registry that may still hold a patient: those that its audit trail names, and those beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from registry.roles import Action
from registry.store.anchor import Anchor
from registry.store.copying import folder_of
from registry.store.database import Database


@dataclass(frozen=True)
class Copy:
    """A file that may still hold an erased patient. `holds` is None where it could not be read or is not there."""

    file: str
    holds: bool | None

    def __str__(self) -> str:
        """`/data/backups/monday.duckdb still holds the patient`, or that it could not be looked into."""
        if self.holds:
            return f"{self.file} still holds the patient"
        return f"{self.file} was made while the patient was here, and could not be looked into"


def copies_with(db: Database, patient_id: str) -> Iterator[Copy]:
    """The copies of the registry that still hold the patient: those that the audit trail names, and those beside it."""
    [(first,)] = db.rows("SELECT added_by_change FROM patient WHERE patient_id = $1", [patient_id])
    named: dict[Path, bool] = {}
    for subject, after, seq in db.rows(
        "SELECT subject, after, seq FROM audit_event WHERE action = $1 ORDER BY seq", [str(Action.BACKUP)]
    ):
        told = json.loads(after).get("file") if after else None
        file = Path(told) if told else folder_of(db.path) / subject
        if not told and not file.exists():
            file = db.path.parent / subject
        named[file] = named.get(file, False) or seq > first
    for folder in (folder_of(db.path), db.path.parent):
        for mark in sorted(folder.glob("*.anchor")):
            named.setdefault(mark.with_suffix(""), False)
    for file, made_since in named.items():
        if file == db.path:
            continue
        holds = _holds(file, patient_id) if file.exists() and Anchor(file).exists() else None
        if holds or (holds is None and (made_since or file.exists())):
            yield Copy(str(file), holds)


def _holds(file: Path, patient_id: str) -> bool | None:
    """Whether a copy has rows of a patient; None where it cannot be read."""
    try:
        return bool(_read(file, "SELECT 1 FROM patient WHERE patient_id = $1", patient_id))
    except duckdb.Error:
        return None


def erased_since(path: Path, copy: Path) -> int:
    """How many patients were erased in the closed registry at `path` after `copy` of it was made; 0 where unknown."""
    query = "SELECT digest FROM audit_event WHERE action = $1"
    try:
        here, there = ({digest for (digest,) in _read(file, query, Action.ERASE)} for file in (path, copy))
    except duckdb.Error:
        return 0
    return len(here - there)


def _read(file: Path, query: str, value: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query, [str(value)]).fetchall()

"""Taking synthetic patients into a registry, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pyarrow as pa

from registry.demo import many
from registry.demo.bundle import denominator_row, patient_rows
from registry.demo.reference import PATIENTS
from registry.demo.rows import Rows, as_tables
from registry.demo.watched import patient_id, watched_rows
from registry.errors import Refused, Usage
from registry.exchange.intake import take
from registry.record.synthetic import REFERENCE, is_synthetic
from registry.roles import Action, Actor
from registry.store.database import Database

DEFAULT_SEED = 7
PATIENTS_AT_ONCE = 20_000
"""Patients of one import of a larger registry: a few hundred megabytes, and one audit event each."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many patients are done, and how many there are."""


def load(
    db: Database,
    actor: Actor,
    patients: int | None = None,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
) -> int:
    """Take synthetic patients into an empty registry, and return how many it now holds of them.

    `patients` None is the reference cohort of 41; a number makes so many of the same kind. Loading the same
    again changes nothing, even if facts were amended since; an interrupted load is continued. Raises Refused
    if the registry holds other patients, NotPermitted without the rights to configure and to import.
    """
    if patients is not None and patients < 1:
        raise Usage(f"{patients} patients cannot be made: give 1 or more.")
    wanted = f"{REFERENCE if patients is None else f'{patients} patients'}, seed {seed}"
    size = len(PATIENTS) if patients is None else patients
    held = _property(db, "demo")
    if held == wanted:
        return size
    if held is None and db.rows("SELECT 1 FROM patient LIMIT 1"):
        raise Refused(
            "This registry holds patients of its own, and synthetic ones are not mixed with them. "
            "Make the demonstration in a new registry."
        )
    if held not in (None, f"{wanted}, under way"):
        raise Refused(
            f"This registry already holds synthetic patients ({held}). Make the other ones in a new registry."
        )
    _declare(db, actor, f"{wanted}, under way")
    done = 0
    for chunk, number in tables(patients, seed):
        if progress:
            progress("making synthetic patients", done, size)
        take(db, actor, chunk, subject=f"synthetic patients {done + 1} to {done + number}")
        done += number
    _declare(db, actor, wanted)
    if progress:
        progress("making synthetic patients", done, size)
    return size


def load_watched(db: Database, actor: Actor, patients: int, seed: int = DEFAULT_SEED, *, today: date) -> int:
    """Take synthetic patients watched after alemtuzumab into a synthetic registry; returns how many were added.

    They are MS-001 to the number `patients`, found on the day `today` as their stories say; from 19 on every
    state of the worklist is among them. Who is there already stays as the registry holds him, so that doing it
    again, on whatever day, changes nothing, and a greater number adds the others. Raises Usage for a negative
    number, Refused where the registry is not declared synthetic, NotPermitted without the right to import.
    """
    if patients < 0:
        raise Usage(f"{patients} patients cannot be watched: give 0 or more.")
    if not is_synthetic(db):
        raise Refused(
            "This registry is not declared synthetic, and synthetic patients are not mixed with others. "
            "`nadir demo` makes a registry of its own."
        )
    there = {
        name for (name,) in db.rows("SELECT patient_id FROM patient WHERE starts_with(patient_id, 'MS-')")
    }
    wanted = [number for number in range(1, patients + 1) if patient_id(number) not in there]
    rows: Rows = {}
    for number in wanted:
        for name, found in watched_rows(number, seed, today).items():
            rows.setdefault(name, []).extend(found)
    if rows:
        take(db, actor, as_tables(rows), subject=f"{len(wanted)} synthetic watched patients", today=None)
    return len(wanted)


def tables(
    patients: int | None = None, seed: int = DEFAULT_SEED, at_once: int = PATIENTS_AT_ONCE
) -> Iterator[tuple[dict[str, pa.Table], int]]:
    """The bundle tables (text columns) of the synthetic patients, in chunks of at most `at_once`, each with
    its number of patients. The same arguments give the same rows; no patient is in two chunks."""
    if patients is not None:
        yield from many.tables(patients, seed, at_once)
        return
    rows: Rows = {"denominator": [denominator_row()]}
    for patient in PATIENTS:
        for name, found in patient_rows(patient, seed).items():
            rows.setdefault(name, []).extend(found)
    yield as_tables(rows), len(PATIENTS)


def _property(db: Database, key: str) -> str | None:
    found = db.rows("SELECT value FROM registry WHERE key = $1", [key])
    return str(found[0][0]) if found else None


def _declare(db: Database, actor: Actor, demo: str) -> None:
    """Mark the registry as synthetic, and say which patients it holds."""
    with db.change(actor, Action.CONFIGURE, "synthetic registry") as change:
        for key, value in (("synthetic", "yes"), ("demo", demo)):
            change.replace("registry", [{"key": key, "value": value}], "key = $1", [key])
        change.note(None, {"synthetic": "yes", "demo": demo})

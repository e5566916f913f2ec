"""What the worklist of a large protocol costs: measured beside a full scan of the same counts."""

import os
from collections.abc import Callable
from datetime import date
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from adjudication.response.terms import MICRO
from registry.roles import Action, Actor
from registry.surveillance.measures import measures
from registry.surveillance.worklist import worklist

if TYPE_CHECKING:
    from registry.store.database import Database

PATIENTS = int(os.environ.get("NADIR_BENCH_WATCHED", "50000"))
COUNTS_EACH = 48
REPEATS = 3
TODAY = np.datetime64("2026-03-31", "D")


def fill(registry: "Database", operator: Actor) -> None:
    chance = np.random.default_rng(7)
    keys = np.arange(1, PATIENTS + 1, dtype=np.int32)
    infused = TODAY - chance.integers(1, 1_800, PATIENTS)
    patient = np.repeat(keys, COUNTS_EACH)
    month = np.tile(np.arange(COUNTS_EACH), PATIENTS) * 30 + chance.integers(0, 12, patient.size)
    day = infused.repeat(COUNTS_EACH) + month
    patient, day = patient[day <= TODAY], day[day <= TODAY]
    count = np.maximum(chance.normal(230, 60, patient.size), 0).round().astype(np.int64) * MICRO
    texts = pa.array([f"P{key}" for key in keys])
    tables = {
        "patient": {"patient_key": keys, "patient_id": texts},
        "patient_fact": {"patient_key": keys},
        "exposure": {
            "patient_key": keys,
            "exposure_id": texts,
            "agent": pa.array(["alemtuzumab"] * PATIENTS),
            "setting": pa.array(["multiple_sclerosis"] * PATIENTS),
            "started_on": infused,
        },
        "observation": {
            "patient_key": patient,
            "observation_id": pa.array(np.arange(patient.size).astype(str)),
            "observed_on": day,
            "analyte": pa.array(["platelets"] * patient.size),
            "quality": pa.array(["ok"] * patient.size),
            "canonical_e6": count,
        },
    }
    with registry.change(operator, Action.IMPORT, "a large protocol") as change:
        for name, columns in tables.items():
            change.insert(name, pa.table(columns))


def test_fifty_thousand_patients(registry: "Database", operator: Actor) -> None:
    fill(registry, operator)
    day = date(2026, 3, 31)
    ordered = "SELECT row_number() OVER (ORDER BY patient_key, observed_on) AS place FROM observation"
    asked: dict[str, Callable[[], object]] = {
        "sorted scan of the counts": lambda: registry.rows(f"SELECT sum(place) FROM ({ordered})"),
        "worklist": lambda: worklist(registry, operator, day),
        "worklist, one patient": lambda: worklist(registry, operator, day, patient_id="P77"),
        "worklist as CSV": lambda: worklist(registry, operator, day).as_csv(),
        "measures": lambda: measures(registry, operator, day),
    }
    taken = {what: median_of(ask) for what, ask in asked.items()}
    ((counts,),) = registry.rows("SELECT count(*) FROM observation")
    print(f"\n{PATIENTS:,} patients, {counts:,} counts, load {os.getloadavg()[0]:.1f}, median of {REPEATS}")
    print(f"{'':28} {'CPU s':>7} {'wall s':>7} {'CPU, scan = 1':>14}")
    scan = taken["sorted scan of the counts"][0]
    for what, (cpu, wall) in taken.items():
        print(f"{what:28} {cpu:7.2f} {wall:7.2f} {cpu / scan:14.2f}")


def median_of(ask: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds, each the median of a few runs."""
    runs = []
    for _ in range(REPEATS):
        cpu, wall = process_time(), perf_counter()
        ask()
        runs.append((process_time() - cpu, perf_counter() - wall))
    cpus, walls = zip(*runs, strict=True)
    return median(cpus), median(walls)

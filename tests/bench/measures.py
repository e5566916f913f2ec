"""One measurement, run in a process of its own: `python -m tests.bench.measures NAME REGISTRY`.

Prints one line of JSON: CPU and wall seconds of this process from the opened registry to the last byte written,
what it did, and the most memory the process ever held. Start, imports and loading of compiled code are not counted,
nor is copying the registry that a measurement writes into.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pyarrow as pa

from registry import review, sql
from registry.judging import calls
from registry.patients.patient_record import patient_record
from registry.roles import Action
from registry.statistics import kaplan_meier
from registry.store.database import Database
from registry.surveillance.worklist import worklist
from tests.bench.population import NOW
from tests.bench.readings import SORTED_SCAN, judged_by_pandas, judged_plainly, patients_of

MEMORY = "600MB"
"""What DuckDB may hold while everything is judged; the columns of a portion come on top."""
SAMPLE = 400
AGAIN = 60
INSERTS = 200
TODAY = date(2026, 3, 31)

Result = dict[str, Any]


@contextmanager
def _opened(path: Path, memory_limit: str | None = None) -> Iterator[Database]:
    with Database.open(path, now=lambda: NOW, memory_limit=memory_limit) as db:
        yield db


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    """A copy of the registry to write into, beside it."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        for one in (path, Path(f"{path}.anchor")):
            shutil.copy(one, folder)
        yield Path(folder) / path.name


def _timed(act: Callable[[], object]) -> Result:
    wall, cpu = perf_counter(), process_time()
    act()
    return {"cpu": process_time() - cpu, "wall": perf_counter() - wall}


def _times(act: Callable[[], object], number: int) -> Result:
    """Median and 95th percentile of so many runs in milliseconds of wall, and the median of CPU."""
    walls, cpus = [], []
    for _ in range(number):
        began, spent = perf_counter(), process_time()
        act()
        walls.append((perf_counter() - began) * 1000)
        cpus.append((process_time() - spent) * 1000)
    p95 = float(np.percentile(walls, 95))
    return {
        "median_ms": float(np.median(walls)),
        "p95_ms": p95,
        "cpu_ms": float(np.median(cpus)),
        "n": number,
    }


def _peak_mb() -> float:
    """The most memory this process held; not ru_maxrss, which a process takes over from the one that started it."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def _checkpoint(db: Database) -> None:
    db._checkpoint()


def refresh(path: Path) -> Result:
    """Everything judged by the full rules of ITP and AIHA, calls and evidence written, checkpoint."""
    with _copied(path) as copy, _opened(copy, MEMORY) as db:
        for name in calls.DEFAULTS.values():
            calls.criteria(name)  # runs their examples, which loads the compiled code

        def act() -> None:
            review.rejudge(db, db.actor(None), everything=True)
            _checkpoint(db)

        found = _timed(act)
        asked = (
            "SELECT count(*), sum(len(evidence)), sum((best_response IN ('CR', 'R', 'PR'))::INT) FROM call"
        )
        return found | dict(zip(("courses", "evidence", "responses"), db.rows(asked)[0], strict=True))


def sorted_scan(path: Path) -> Result:
    """F2: one sorted scan of the observations that the rules read."""
    with _opened(path) as db:
        return _timed(lambda: db.rows(SORTED_SCAN))


def read_and_write(path: Path) -> Result:
    """F1 + F4: the observations delivered as Arrow, then the calls of a judged registry written and a checkpoint."""
    judged = path.with_name(f"judged-{path.name}")
    with _copied(judged) as copy, _opened(copy) as db:

        def act() -> None:
            for _ in db.batches(sql.text("queries/series_observations"), [1, 2**31 - 1]):
                pass
            with db.change(db.actor(None), Action.ADJUDICATE, "floor") as change:
                change.execute("CREATE TABLE written AS SELECT * FROM call")
            _checkpoint(db)

        return _timed(act)


def oracle(path: Path) -> Result:
    """The reference in plain Python on a sample of patients; reading and writing not counted."""
    with _opened(path) as db:
        ((highest,),) = db.rows("SELECT max(patient_key) FROM patient")
        keys = sorted({int(key) for key in np.linspace(1, highest, SAMPLE)})
        patients = patients_of(db, keys)
        ((all_courses,),) = db.rows("SELECT count(*) FROM course_fact WHERE superseded_by IS NULL")
        found = _timed(lambda: judged_plainly(patients))
        mine = sum(len(patient.courses) for patient in patients)
        scale = all_courses / mine
        return {
            "cpu": found["cpu"] * scale,
            "wall": found["wall"] * scale,
            "courses": mine,
            "scaled_by": scale,
        }


def pandas(path: Path) -> Result:
    """Simplified rules of ITP in vectorised pandas: read and judged, nothing written."""
    with _opened(path) as db:
        return _timed(lambda: judged_by_pandas(db))


def one_patient(path: Path) -> Result:
    """One count inserted and the patient judged again: two changes, both committed."""
    with _copied(path.with_name(f"judged-{path.name}")) as copy, _opened(copy) as db:
        operator = db.actor(None)
        ((highest,),) = db.rows("SELECT max(patient_key) FROM patient")
        keys = iter(np.random.default_rng(3).integers(1, highest + 1, 2 * AGAIN + 5).tolist())
        parts: dict[str, list[float]] = {"insert": [], "judge": []}

        def act() -> None:
            key = next(keys)
            row = {
                "patient_key": key, "observation_id": f"new-{key}", "observed_on": TODAY, "analyte": "platelets",
                "value": "42", "unit": "10*9/L", "canonical_e6": 42_000_000,
            }  # fmt: skip
            began = perf_counter()
            with db.change(operator, Action.LOG, f"P{key}") as change:
                change.insert("observation", [row])
            inserted = perf_counter()
            review.rejudge(db, operator, patient=f"P{key}")
            parts["insert"].append((inserted - began) * 1000)
            parts["judge"].append((perf_counter() - inserted) * 1000)

        for _ in range(5):
            act()
        found = _times(act, AGAIN)
        return found | {f"{name}_median_ms": float(np.median(taken[5:])) for name, taken in parts.items()}


def insert_one(path: Path) -> Result:
    """One count inserted in a change of its own."""
    with _copied(path) as copy, _opened(copy) as db:
        operator = db.actor(None)
        rows = iter(_new_rows(INSERTS + 5))

        def act() -> None:
            with db.change(operator, Action.LOG, "count") as change:
                change.insert("observation", [next(rows)])

        for _ in range(5):
            act()
        return _times(act, INSERTS)


def insert_thousand(path: Path) -> Result:
    """A thousand counts inserted in one change."""
    with _copied(path) as copy, _opened(copy) as db:
        operator = db.actor(None)
        rows = pa.Table.from_pylist(_new_rows(1000))

        def act() -> None:
            with db.change(operator, Action.IMPORT, "counts") as change:
                change.insert("observation", rows)

        act()
        return _times(act, 10)


def _new_rows(number: int) -> list[dict[str, object]]:
    return [
        {
            "patient_key": 1 + i, "observation_id": f"new-{i}", "observed_on": TODAY - timedelta(days=i % 50),
            "analyte": "platelets", "value": "77", "unit": "10*9/L", "canonical_e6": 77_000_000,
        }
        for i in range(number)
    ]  # fmt: skip


def pages(path: Path) -> dict[str, Result]:
    """What the pages ask: cohort summary, timeline, worklist, Kaplan-Meier of the duration of response."""
    from registry import cohort

    with _opened(path.with_name(f"judged-{path.name}")) as db:
        operator = db.actor(None)
        ((highest,),) = db.rows("SELECT max(patient_key) FROM patient")
        ids = iter(np.random.default_rng(4).integers(1, highest + 1, 100).tolist())

        def durations() -> object:
            held = db.frame(
                "SELECT duration_of_response_days AS days, duration_status = 'event' AS lost FROM call "
                "WHERE duration_of_response_days IS NOT NULL"
            )
            return kaplan_meier(held["days"].to_numpy(), held["lost"].to_numpy())

        asked: dict[str, tuple[Callable[[], object], int]] = {
            "cohort summary": (lambda: cohort.summary(db, operator), 5),
            "timeline": (lambda: patient_record(db, operator, f"P{next(ids)}"), 30),
            "worklist": (lambda: worklist(db, operator, TODAY), 5),
            "Kaplan-Meier": (durations, 5),
        }
        found = {}
        for name, (act, number) in asked.items():
            act()
            found[name] = _times(act, number)
        return found


MEASURES: dict[str, Callable[[Path], Any]] = {
    one.__name__: one
    for one in (
        refresh, sorted_scan, read_and_write, oracle, pandas, one_patient, insert_one, insert_thousand, pages,
    )
}  # fmt: skip

if __name__ == "__main__":
    result = MEASURES[sys.argv[1]](Path(sys.argv[2]))
    result["peak_mb"] = _peak_mb()
    print(json.dumps(result))

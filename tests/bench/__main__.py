"""Measure the registry beside what one would otherwise use: `python -m tests.bench`.

Registries of each size are generated (and kept in NADIR_BENCH_FOLDER if that is set), then every measurement runs in
a process of its own; those that are compared alternate, with medians of CPU and wall and the load of the machine.
Nothing fails by a time. The environment chooses:

    NADIR_BENCH_PATIENTS  sizes, default 10000,100000 (1000000 takes some 15 minutes to generate)
    NADIR_BENCH_REPEATS   how often the compared measurements run, default 3
    NADIR_BENCH_FOLDER    where generated registries are kept, default a temporary folder
    NADIR_BENCH_JSON      a file for everything that was measured
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from registry import review
from registry.store.database import Database
from tests.bench.population import NOW

COMPARED = {
    "refresh": "Nadir: read, judge, write, checkpoint",
    "sorted_scan": "F2: one sorted scan of what is read",
    "read_and_write": "F1 + F4: Arrow scan, then write",
    "pandas": "pandas, vectorised, simplified ITP rules, no write",
    "oracle": "plain Python, full rules, no read or write *",
}
ONCE = {
    "one_patient": "one count inserted, patient judged again",
    "insert_one": "one count inserted",
    "insert_thousand": "a thousand counts inserted",
}

Result = dict[str, Any]


def measured(name: str, path: Path) -> Result:
    """What the measurement printed, with the load of the machine before it."""
    load = os.getloadavg()[0]
    command = [sys.executable, "-m", "tests.bench.measures", name, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} on {path.name}:\n{done.stderr}")
    found: Result = json.loads(done.stdout.splitlines()[-1])
    return found | {"load": load}


def prepared(folder: Path, patients: int) -> Path:
    """A registry of so many patients, and beside it the same one judged."""
    path = folder / f"{patients}.duckdb"
    if not path.exists():
        print(f"generating {patients:,} patients …", flush=True)
        subprocess.run([sys.executable, "-m", "tests.bench.population", str(path), str(patients)], check=True)
    judged = folder / f"judged-{path.name}"
    if not judged.exists():
        shutil.copy(path, judged)
        shutil.copy(f"{path}.anchor", f"{judged}.anchor")
        with Database.open(judged, now=lambda: NOW) as db:
            review.rejudge(db, db.actor(None))
    return path


def size_of(path: Path) -> str:
    with Database.open(path, now=lambda: NOW) as db:
        counts = "SELECT count(*), sum((analyte IN ('platelets', 'hemoglobin'))::INT) FROM observation"
        (rows, counted), ((courses,),) = db.rows(counts)[0], db.rows("SELECT count(*) FROM course")
    size = path.stat().st_size / 1e6
    return f"{courses:,} courses, {counted:,} counts, {rows - counted:,} markers, {size:,.0f} MB"


def compared(path: Path, repeats: int) -> dict[str, Result]:
    """Medians of the compared measurements, which alternate; the order turns round each time."""
    runs: dict[str, list[Result]] = {name: [] for name in COMPARED}
    for turn in range(repeats):
        for name in list(COMPARED)[:: -1 if turn % 2 else 1]:
            runs[name].append(measured(name, path))
    return {
        name: {key: median(one[key] for one in found) for key in found[0]} | {"runs": found}
        for name, found in runs.items()
    }


def table(patients: int, path: Path, repeats: int) -> Result:
    """Measure one size and print it."""
    print(f"\n{patients:,} patients: {size_of(path)}\n", flush=True)
    found = compared(path, repeats)
    own = found["refresh"]
    print(
        f"{f'median of {repeats}':50} {'CPU s':>8} {'wall s':>8} {'CPU, Nadir = 1':>15} {'peak MB':>8} {'load':>5}"
    )
    for name, what in COMPARED.items():
        one = found[name]
        times = one["cpu"] / own["cpu"]
        print(
            f"{what:50} {one['cpu']:8.2f} {one['wall']:8.2f} {times:15.2f} {one['peak_mb']:8.0f} {one['load']:5.1f}"
        )
    print(f"Nadir / F2: CPU {own['cpu'] / found['sorted_scan']['cpu']:.2f}", end=", ")
    print(f"wall {own['wall'] / found['sorted_scan']['wall']:.2f}; ", end="")
    print(f"{own['courses']:,.0f} calls with {own['evidence']:,.0f} rows of evidence")
    print(f"* {found['oracle']['courses']:.0f} courses, scaled by {found['oracle']['scaled_by']:.0f}\n")
    print(f"{'milliseconds':50} {'median':>8} {'p95':>8} {'median of CPU':>15} {'n':>8} {'load':>5}")
    for name, what in ONCE.items():
        one = found[name] = measured(name, path)
        _print_times(what, one, one["load"])
    print(f"    of which {found['one_patient']['judge_median_ms']:.1f} to judge again")
    pages = found["pages"] = measured("pages", path)
    for name, one in pages.items():
        if isinstance(one, dict):
            _print_times(name, one, pages["load"])
    return found


def _print_times(what: str, one: Result, load: float) -> None:
    print(
        f"{what:50} {one['median_ms']:8.1f} {one['p95_ms']:8.1f} {one['n']:15} {'':8} {load:5.1f}", flush=True
    )


def main() -> None:
    sizes = [int(size) for size in os.environ.get("NADIR_BENCH_PATIENTS", "10000,100000").split(",")]
    repeats = int(os.environ.get("NADIR_BENCH_REPEATS", "3"))
    with tempfile.TemporaryDirectory(prefix="nadir-bench-") as temporary:
        folder = Path(os.environ.get("NADIR_BENCH_FOLDER") or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = {size: table(size, prepared(folder, size), repeats) for size in sizes}
    if kept := os.environ.get("NADIR_BENCH_JSON"):
        Path(kept).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

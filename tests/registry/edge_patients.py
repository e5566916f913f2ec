"""A bundle of patients that a page finds hard: five hundred counts, Evans with everything, and those with little."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

FIRST = date(2021, 2, 1)
AGENTS = ("prednisolone", "rituximab", "eltrombopag", "romiplostim", "mmf", "fostamatinib")
Row = dict[str, object]


def on(days: int) -> str:
    return (FIRST + timedelta(days=days)).isoformat()


def write(folder: Path) -> Path:
    """Write the bundle into a new folder: LONG-500, LITTLE-COUNTS, LITTLE-COURSES, LITTLE-EPISODE, LITTLE-NOTHING."""
    folder.mkdir()
    for name, rows in tables().items():
        names = list(dict.fromkeys(key for row in rows for key in row))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def tables() -> Mapping[str, Sequence[Row]]:
    """The rows of each table of the bundle."""
    names = ("LONG-500", "LITTLE-COUNTS", "LITTLE-COURSES", "LITTLE-EPISODE", "LITTLE-NOTHING")
    patients: list[Row] = [
        {"patient_id": name, "site": "north", "sex": "female", "born_on": "1970-01-01"} for name in names
    ]
    episodes: list[Row] = [
        {"patient_id": name, "episode_id": f"{name}-ITP", "disease": "ITP", "onset_on": on(0)}
        for name in names[:3]
    ]
    courses, agents = _courses()
    courses.append(
        {
            "episode_id": "LITTLE-COUNTS-ITP",
            "course_id": "LITTLE-COUNTS-C1",
            "started_on": on(3),
            "ongoing": "yes",
            "intent": "induction",
            "start_reason": "first_line",
        }
    )
    agents.append(
        {"course_id": "LITTLE-COUNTS-C1", "agent": "prednisolone", "started_on": on(3), "dose": "60",
         "dose_unit": "mg", "frequency": "daily"}
    )  # fmt: skip
    return {
        "patient": patients,
        "episode": episodes,
        "course": courses,
        "course_agent": agents,
        "exposure": [
            {"patient_id": "LONG-500", "exposure_id": "X1", "agent": "alemtuzumab",
             "setting": "multiple_sclerosis", "started_on": on(-800), "cycle": 1},
        ],
        "observation": _counts(),
    }  # fmt: skip


def _courses() -> tuple[list[Row], list[Row]]:
    courses: list[Row] = []
    agents: list[Row] = []
    for place, agent in enumerate(AGENTS):
        start, stop = 250 * place + 2, 250 * place + 200
        name = f"LONG-500-C{place + 1}"
        courses.append(
            {
                "episode_id": "LONG-500-ITP",
                "course_id": name,
                "started_on": on(start),
                "stopped_on": on(stop),
                "ongoing": "no",
                "intent": "induction",
                "start_reason": "relapse" if place else "first_line",
            }
        )
        agents += [
            {"course_id": name, "agent": agent, "started_on": on(start + 50 * step),
             "stopped_on": on(start + 50 * step + 49), "dose": str(dose), "dose_unit": "mg", "frequency": "daily"}
            for step, dose in enumerate((60, 40, 20, 10))
        ]  # fmt: skip
    return courses, agents


def _counts() -> list[Row]:
    """500 platelet counts, one every third day: low at each start of a course, then risen, then lost."""
    rng = np.random.default_rng(500)
    rows: list[Row] = []
    for place in range(500):
        day = 3 * place
        into = (day - 2) % 250
        level = 12 if into < 10 else 65 if into < 30 else 160 if into < 190 else 24
        quality = "clumped" if place % 97 == 50 else "ok"
        rows.append(
            {
                "patient_id": "LONG-500",
                "observation_id": f"O{place}",
                "observed_at": on(day),
                "analyte": "platelets",
                "value": str(max(1, int(level * rng.normal(1.0, 0.12)))),
                "unit": "10*9/L",
                "quality": quality,
            }
        )
    rows += [
        {"patient_id": "LITTLE-COURSES", "observation_id": f"O{day}", "observed_at": on(day),
         "analyte": "platelets", "value": str(20 + day), "unit": "10*9/L"}
        for day in (0, 7, 14)
    ]  # fmt: skip
    return rows

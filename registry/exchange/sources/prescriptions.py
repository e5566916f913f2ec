"""Transfusions and prescriptions of a hospital, through a mapping, as transfusions, courses and dose steps.

Prescriptions have no diagnosis. Episodes are made only where the mapping declares them, for patients with
a low platelet count near a prescription, and their cause says that this is no diagnosis: a technical
trial on real counts. What becomes a course is decided by `adjudication.lines` (DEF-LINE-01, DEF-LINE-04).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from adjudication.agents import agent_or_other
from adjudication.lines import Line, Step, lines_of
from registry.exchange.sources import TextTable
from registry.exchange.sources.lab_csv import day_reader, joined, read_table, through
from registry.exchange.sources.mapping import Mapping
from registry.exchange.sources.text import without_rows
from registry.record.units import in_micro

LowCounts = Table[str, Sequence[tuple[date, int]]]
"""For each patient the days and canonical values (10*9/L times one million) of evaluable platelet counts."""


@dataclass(frozen=True)
class Prescribed:
    """Tables of text by name, and the rows of the file that gave no dose step, by reason."""

    tables: dict[str, TextTable]
    left_out: dict[str, int]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, for the report."""
        return tuple(
            f"{n} prescriptions were left out: {reason}." for reason, n in sorted(self.left_out.items())
        )


def read_transfusions(path: Path, mapping: Mapping) -> dict[str, TextTable]:
    """The transfusions of a file; products that the mapping does not name are left out and counted."""
    part = mapping.section("transfusions")
    raw = read_table(path, mapping, _columns(part, "given_at", "product"), every=True)
    products = part["products"]
    day = day_reader(raw, [part["given_at"]], mapping)
    product = through(raw.texts[part["product"]], lambda label: products.get(label.strip()))
    unknown = pc.value_counts(raw.texts[part["product"]].filter(pc.is_null(product))).to_pylist()
    table = pa.table(
        {
            "patient_id": joined(raw, part["patient_id"]),
            "transfusion_id": joined(raw, part["transfusion_id"]),
            "given_on": through(raw.texts[part["given_at"]], lambda text: (day(text) or text)[:10]),
            "product": product,
            "reason": pa.array([part.get("reason")] * len(product), pa.string()),
        }
    )
    rows = without_rows(TextTable(table, path.name, raw.sha256, raw.row_numbers), pc.is_valid(product))
    left_out = {f"not mapped: {one['values']}": one["counts"] for one in unknown}
    return {
        "transfusion": TextTable(
            rows.texts, path.name, raw.sha256, rows.row_numbers, raw.malformed, left_out=left_out
        )
    }


def read_prescriptions(path: Path, mapping: Mapping, counts: LowCounts) -> Prescribed:
    """Episodes, courses and dose steps for patients with a low count near a prescription.

    `counts` are what the registry holds of the patients. The ids are made from those of the source, so that
    reading the same file again gives the same rows.
    """
    part, episode = mapping.section("prescriptions"), mapping.section("episode")
    raw = read_table(path, mapping, _columns(part, "started_at", "agent"), every=True)
    left_out: Counter[str] = Counter()
    by_patient = _steps(raw, mapping, part, left_out)
    rows: dict[str, list[dict[str, str | None]]] = defaultdict(list)
    for patient in sorted(by_patient):
        prescriptions = by_patient[patient]
        low = _first_low(counts.get(patient, ()), prescriptions, episode)
        if low is None:
            left_out["no low platelet count near"] += len(prescriptions)
            continue
        lines = lines_of([one.step for one in prescriptions])
        rows["episode"].append(
            {
                "patient_id": patient,
                "episode_id": f"{patient}/{episode['disease']}",
                "disease": episode["disease"],
                "onset_on": min(low, lines[0].started_on).isoformat(),
                "primary_or_secondary": "unknown",
                "cause": episode["cause"],
            }
        )
        for number, line in enumerate(lines, start=1):
            _add_course(rows, f"{patient}/{episode['disease']}", number, line, prescriptions)
    tables = {
        name: TextTable(
            pa.Table.from_pylist(rows[name], schema=_texts(rows[name])), f"{path.name} ({name})", raw.sha256
        )
        for name in ("episode", "course", "course_agent")
        if rows[name]
    }
    return Prescribed(tables, dict(left_out))


@dataclass(frozen=True)
class _Prescription:
    step: Step
    written: dict[str, str | None]


def _columns(part: Table[str, Any], *names: str) -> list[str]:
    ids = [
        column
        for key, value in part.items()
        if isinstance(value, tuple) and key.endswith("_id")
        for column in value
    ]
    return [*ids, *(part[name] for name in names)]


def _texts(rows: list[dict[str, str | None]]) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in rows[0]])


def _steps(
    raw: TextTable, mapping: Mapping, part: Table[str, Any], left_out: Counter[str]
) -> dict[str, list[_Prescription]]:
    """The systemic prescriptions that were given, by patient."""
    found: dict[str, list[_Prescription]] = defaultdict(list)
    patients = joined(raw, part["patient_id"]).to_pylist()
    read_day = day_reader(raw, [part["started_at"], part["stopped_at"]], mapping)
    for row, (patient, one) in enumerate(zip(patients, raw.texts.to_pylist(), strict=True)):
        begun, ended = one[part["started_at"]], one[part["stopped_at"]]
        started, stopped = ((read_day(text) or "") if text else "" for text in (begun, ended))
        if one[part["route"]] not in part["systemic_routes"]:
            left_out["not systemic"] += 1
        elif ended and not stopped:
            left_out["its last day is not a day as the mapping writes it"] += 1
        elif not patient or not started or not one[part["agent"]]:
            left_out["incomplete"] += 1
        elif stopped and stopped < started:
            left_out["cancelled: stopped before it started"] += 1
        else:
            times = one[part["doses_a_day"]]
            step = Step(
                agent_or_other(one[part["agent"]]).name,
                date.fromisoformat(started[:10]),
                date.fromisoformat(stopped[:10]) if stopped else None,
                row,
            )
            written = {
                "dose": one[part["dose"]],
                "dose_unit": one[part["dose_unit"]],
                "route": one[part["route"]],
                "frequency": f"{times} per day" if times and times.isdigit() and int(times) else None,
            }
            found[patient].append(_Prescription(step, written))
    # Steps are found again by their place in the patient's list.
    return {
        patient: [
            _Prescription(Step(one.step.agent, one.step.started_on, one.step.stopped_on, place), one.written)
            for place, one in enumerate(prescriptions)
        ]
        for patient, prescriptions in found.items()
    }


def _first_low(
    counts: Sequence[tuple[date, int]], prescriptions: Sequence[_Prescription], episode: Table[str, Any]
) -> date | None:
    """The first day with a count below the limit, within the stated days of some prescription."""
    below, near = in_micro(episode["platelets_below"]), episode["near_days"]
    days = [
        day
        for day, value in counts
        if value < below and any(abs((day - one.step.started_on).days) <= near for one in prescriptions)
    ]
    return min(days, default=None)


def _add_course(
    rows: dict[str, list[dict[str, str | None]]],
    episode_id: str,
    number: int,
    line: Line,
    prescriptions: Sequence[_Prescription],
) -> None:
    course_id = f"{episode_id}/{number}"
    rows["course"].append(
        {
            "episode_id": episode_id,
            "course_id": course_id,
            "started_on": line.started_on.isoformat(),
            "stopped_on": line.stopped_on.isoformat() if line.stopped_on else None,
            "ongoing": "no" if line.stopped_on else None,
            "intent": "induction",
            "start_reason": line.start_reason,
        }
    )
    given: dict[tuple[str, date], dict[str, str | None]] = {}
    for step in line.steps:
        # Orders of one agent on one day are one step in the record: the last one written down stands.
        given[(step.agent, step.started_on)] = {
            "course_id": course_id,
            "agent": step.agent,
            "started_on": step.started_on.isoformat(),
            "stopped_on": step.stopped_on.isoformat() if step.stopped_on else None,
            **prescriptions[step.source].written,
        }
    rows["course_agent"] += given.values()

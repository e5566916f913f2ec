"""The lanes of counts: which are where, their scales, their points, and where a line may not go."""

import math
from collections.abc import Sequence
from dataclasses import replace

from registry.charts.axis import TimeAxis, round_up, segments, ticks_125, written
from registry.charts.marks import (
    BLOCK_GAP,
    FIRST_LANE,
    LANE_GAP,
    LANE_OF,
    OTHER_LANE,
    TITLES,
    UNITS,
    Lane,
    Marks,
    Row,
    Scale,
    number,
    words,
)
from registry.charts.palette import Palette
from registry.patients.levels import Threshold
from registry.patients.patient_record import PatientRecord


def place_lanes(marks: Marks, record: PatientRecord, thresholds: Sequence[Threshold], scale: Scale) -> None:
    counted = {row["analyte"] for row in record.observations}
    own = [LANE_OF[disease] for disease in record.diseases if disease in LANE_OF]
    wanted = own + [analyte for analyte in TITLES if analyte in counted and analyte not in own]
    for place, analyte in enumerate(wanted or ["platelets"]):
        height = FIRST_LANE if place == 0 else (FIRST_LANE + OTHER_LANE) / 2 if analyte in own else OTHER_LANE
        levels = sorted({one.value for one in thresholds if one.analyte == analyte})
        values = [
            row["value_canonical"]
            for row in record.observations
            if row["analyte"] == analyte and row["value_canonical"] is not None
        ]
        top, bottom = marks.height, marks.height + height
        marks.lanes.append(_lane(analyte, top, bottom, scale, values, levels))
        marks.height = bottom + LANE_GAP
    marks.height -= LANE_GAP - BLOCK_GAP


def _lane(
    analyte: str, top: float, bottom: float, scale: Scale, values: list[float], levels: list[float]
) -> Lane:
    """Platelets span three powers of ten and take any scale; hemoglobin is linear whatever is asked."""
    biggest = max([*values, *[level * 1.5 for level in levels]], default=100.0)
    if analyte == "platelets":
        low, high = 1.0 if scale == "log" else 0.0, round_up(biggest)
    else:
        step, highest = 20.0, max([*values, *levels], default=100.0)
        low = max(0.0, math.floor(min([*values, *levels], default=0.0) / step - 0.5) * step)
        scale, high = "linear", math.ceil(highest / step + 0.25) * step
    lane = Lane(analyte, top, bottom, scale, low, high, ())
    if scale == "linear":
        step = 20.0 if high - low <= 200 else round_up(high / 6)
        offered = [low + step * k for k in range(int((high - low) / step) + 1)]
    else:
        offered = [tick for tick in [low, *ticks_125(high)] if tick >= low]
    return replace(lane, ticks=tuple(_roomy(lane, levels, offered)))


LABEL_ROOM = 13
"""Pixels between two labels of a value axis."""


def _roomy(lane: Lane, levels: list[float], offered: list[float]) -> list[float]:
    """Ticks with room for their labels: the levels of the criteria first, then the ends, then the rest."""
    kept: list[float] = []
    for tick in [*levels, *offered[:1], *reversed(offered)]:
        if lane.low <= tick <= lane.high and all(
            abs(lane.pixel(tick) - lane.pixel(other)) >= LABEL_ROOM for other in kept
        ):
            kept.append(tick)
    return sorted(kept)


def place_counts(
    marks: Marks,
    lane: Lane,
    record: PatientRecord,
    axis: TimeAxis,
    thresholds: Sequence[Threshold],
    palette: Palette,
) -> None:
    name, (left, right) = lane.analyte, axis.domain
    unit = UNITS[name]
    levels = sorted((one for one in thresholds if one.analyte == name), key=lambda one: one.value)
    edges = [lane.low, *[one.value for one in levels]]
    tints = palette.bands[: len(levels)]
    marks.layers[f"bands_{name}"] = [
        {"x": left, "x2": right, "low": low, "high": high, "fill": tint}
        for low, high, tint in zip(edges, edges[1:], tints, strict=False)
    ]
    marks.layers[f"levels_{name}"] = [{"x": right, "v": one.value, "label": one.words} for one in levels]
    rows = sorted(
        (row for row in record.observations if row["analyte"] == name and row["observed_on"]),
        key=lambda row: (row["observed_on"], row["value_canonical"] or 0.0),
    )
    roles = _roles(record, unit)
    judged, hollow = [], []
    for row in rows:
        value = row["value_canonical"]
        reported = f"{row['value'] or '(empty)'} {row['unit'] or '(no unit)'}"
        shown = f"{row['comparator'] or ''}{number(value)} {unit}" if value is not None else "not readable"
        mark = {
            "x": axis.at(row["observed_on"]),
            "day": row["observed_on"].toordinal(),
            "v": min(max(value, lane.low), lane.high) if value is not None else None,
            "value": shown,
            "when": axis.when(row["observed_on"]),
            "reported": reported,
            "id": row["observation_id"],
            "role": "; ".join(roles.get(row["observation_id"], [])),
            "tip": f"{TITLES[name]} {shown}, {written(row['observed_on'])}",
        }
        if row["not_evaluable"] is None and value is not None:
            judged.append(mark)
        else:
            why = words(row["not_evaluable"]) or "no value"
            mark |= {
                "kind": "Clumped" if row["not_evaluable"] == "clumped" else "Not evaluable",
                "why": why,
                "fill": palette.ground,
                "tip": f"{mark['tip']}, not evaluable: {why}",
            }
            hollow.append(mark)
    lowest = list({mark["day"]: mark for mark in reversed(judged)}.values())[::-1]
    pieces = segments([mark["day"] for mark in lowest])
    marks.layers[f"line_{name}"] = [
        {"x": mark["x"], "day": mark["day"], "v": mark["v"], "segment": piece}
        for mark, piece in zip(lowest, pieces, strict=True)
    ]
    marks.layers[f"counts_{name}"] = judged
    marks.layers[f"hollow_{name}"] = hollow
    marks.layers[f"deciding_{name}"] = [
        {key: mark[key] for key in ("x", "v", "role", "when", "value", "tip")}
        for mark in judged + hollow
        if mark["role"] and mark["v"] is not None
    ]
    marks.layers[f"targets_{name}"] = _targets(record, name, axis, lane)
    empty = "" if rows else f"No {TITLES[name].lower()} recorded"
    marks.layers[f"empty_{name}"] = [{"x": (left + right) / 2, "label": empty}] if empty else []


def place_unreadable(marks: Marks) -> None:
    """Counts without any value have no height in a lane; they are in a row of their own."""
    lost = [
        (lane, mark)
        for lane in marks.lanes
        for mark in marks.layers[f"hollow_{lane.analyte}"]
        if mark["v"] is None
    ]
    marks.layers["unreadable"] = []
    if not lost:
        return
    top, bottom = marks.row("No usable value")
    for lane, mark in lost:
        marks.layers[f"hollow_{lane.analyte}"].remove(mark)
        marks.layers["unreadable"].append(
            mark | {"y": (top + bottom) / 2, "value": f"{TITLES[lane.analyte]}: {mark['reported']}"}
        )


def _roles(record: PatientRecord, unit: str) -> dict[str, list[str]]:
    """What each cited observation did for which call: `onset of response`, `confirming`."""
    roles: dict[str, list[str]] = {}
    for row in record.evidence:
        if row["source_id"] is None:
            continue
        needed = f" (threshold {number(row['threshold'])} {unit})" if row["threshold"] is not None else ""
        roles.setdefault(str(row["source_id"]), []).append(
            f"{row['course_id']}: {words(row['step'])}{needed}"
        )
    return roles


RELATIVE = ("fold_of_baseline", "rise_above")


def _targets(record: PatientRecord, analyte: str, axis: TimeAxis, lane: Lane) -> list[Row]:
    """The level that a course had to reach where it depends on its own baseline, as its call cites it."""
    courses = {row["course_id"]: row for row in record.courses}
    found: dict[str, Row] = {}
    for row in record.evidence:
        course = courses.get(row["course_id"])
        if course is None or row["predicate"] not in RELATIVE or row["threshold"] is None:
            continue
        if LANE_OF.get(course["disease"]) != analyte or course["started_on"] is None:
            continue
        until = course["until_on"] or course["started_on"]
        found.setdefault(
            row["course_id"],
            {
                "x": axis.at(course["started_on"]),
                "x2": axis.at(max(until, course["started_on"] + axis.sliver)),
                "v": min(max(float(row["threshold"]), lane.low), lane.high),
                "tip": f"{row['course_id']}: {words(row['predicate'])}, "
                f"threshold {number(row['threshold'])} {UNITS[analyte]}",
            },
        )
    return list(found.values())

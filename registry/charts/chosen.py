"""The chosen course in the chart: its stretch of time, its ribbon, and the numbered records that decided its call."""

from registry.charts.axis import TimeAxis, stacked
from registry.charts.marks import ASSUMED_WIDTH, LANE_OF, Marks
from registry.patients.cited import cited
from registry.patients.patient_record import PatientRecord

BADGE, LIFT = 15, 18
"""Pixels that a numbered badge takes, and by which it stands above what it numbers."""


def place_chosen(marks: Marks, record: PatientRecord, axis: TimeAxis, chosen: str | None) -> None:
    """Rows for what is chosen; without a choice the layers are empty, and the drawing is the same."""
    for layer in ("window", "chosen_spans", "badges"):
        marks.layers[layer] = []
    course = next((row for row in record.courses if row["course_id"] == chosen), None)
    if course is None or course["started_on"] is None:
        return
    started = course["started_on"]
    until = max(course["until_on"] or started, started + axis.sliver)
    if until >= axis.first and started <= axis.last:
        marks.layers["window"].append({"x": axis.at(started), "x2": axis.at(until), "y": 0.0})
    marks.layers["chosen_spans"] += [
        {name: span[name] for name in ("x", "x2", "y", "y2")}
        for span in marks.layers["spans"]
        if span["course"] == chosen
    ]
    _badges(marks, record, axis, str(chosen), course["disease"])


def _badges(marks: Marks, record: PatientRecord, axis: TimeAxis, chosen: str, disease: str) -> None:
    """Each cited record is ringed where it is; what has no height of its own is numbered at the ribbon."""
    lanes = {lane.analyte: lane for lane in marks.lanes}
    own = lanes.get(LANE_OF.get(disease, ""))
    counts = {
        row["id"]: row | {"lane": lane.analyte}
        for lane in marks.lanes
        for name in (f"counts_{lane.analyte}", f"hollow_{lane.analyte}")
        for row in marks.layers[name]
    }
    ribbon = marks.ribbon_lanes.get(disease)
    rows = []
    for one in cited(record, chosen):
        placed = [counts[name] for _, name in one.records if name in counts and counts[name]["v"] is not None]
        if placed:
            rows += [(one, lanes[row["lane"]].pixel(row["v"]), lanes[row["lane"]].top) for row in placed]
        elif ribbon is not None:
            rows.append((one, (ribbon[0] + ribbon[1]) / 2, own.top if own else 0.0))
    shown = [row for row in rows if axis.first <= row[0].on <= axis.last]
    levels = stacked(
        [axis.share(one.on) for one, _, _ in shown], [BADGE / ASSUMED_WIDTH] * len(shown), rows=4
    )
    for (one, height, top), level in zip(shown, levels, strict=True):
        above = height - LIFT - BADGE * level
        below = height + LIFT + BADGE * level
        if ribbon is not None and height == (ribbon[0] + ribbon[1]) / 2:
            above = below = height
        marks.layers["badges"].append(
            {
                "x": axis.at(one.on),
                "y": height,
                "y_badge": above if above >= top + BADGE / 2 else below,
                "number": str(one.number),
                "steps": ", ".join(one.steps),
            }
        )

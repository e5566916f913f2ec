"""One patient's record laid out on the timeline: what is where, from top to bottom."""

from collections.abc import Sequence

from adjudication.agents import regimen_word
from registry.charts.axis import TimeAxis, stacked
from registry.charts.chosen import place_chosen
from registry.charts.counts import place_counts, place_lanes, place_unreadable
from registry.charts.marks import (
    ASSUMED_WIDTH,
    CHARACTER,
    NOT_JUDGED,
    STRIP_ROW,
    Marks,
    Scale,
    words,
)
from registry.charts.palette import Palette
from registry.charts.rows import place_agents, place_events, place_ribbons
from registry.patients.levels import Threshold
from registry.patients.patient_record import PatientRecord
from registry.patients.ribbon import Ribbon
from registry.record.lines import line_words


def marks_of(
    record: PatientRecord,
    axis: TimeAxis,
    thresholds: Sequence[Threshold],
    scale: Scale,
    palette: Palette,
    *,
    ribbons: Sequence[Ribbon] = (),
    chosen: str | None = None,
) -> Marks:
    """Lay the record out: the strip of courses, lanes of counts, the ribbons, agents, events, the chosen course."""
    marks = Marks()
    _strip(marks, record, axis)
    place_lanes(marks, record, thresholds, scale)
    for lane in marks.lanes:
        place_counts(marks, lane, record, axis, thresholds, palette)
    marks.layers["row_labels"], marks.layers["row_lines"] = [], []
    place_unreadable(marks)
    hollow = ["unreadable", *(f"hollow_{lane.analyte}" for lane in marks.lanes)]
    marks.not_judged = tuple(
        kind
        for kind in NOT_JUDGED
        if any(row["kind"] == kind for name in hollow for row in marks.layers[name])
    )
    place_ribbons(marks, record, axis, palette, ribbons)
    place_agents(marks, record, axis, palette)
    place_events(marks, record, axis, palette)
    place_chosen(marks, record, axis, chosen)
    return marks


# --- the strip above the lanes: courses, diagnoses, death


def _strip(marks: Marks, record: PatientRecord, axis: TimeAxis) -> None:
    courses, events = record.courses, []
    for course in courses:
        if course["started_on"] is None:
            continue
        line = course["line_number"]
        short = f"L{int(line)}" if line else line_words(line)
        if record.is_evans:
            short = f"{course['disease']} {short}"
        what = regimen_word(course["regimen"] or "")
        events.append(
            {
                "on": course["started_on"],
                "short": short,
                "long": f"{short} {what}" if what and what != "observation" else short,
                "tip": f"{course['course_id']}, {course['disease']} {line_words(line)}: {what or 'no agent recorded'}",
            }
        )
    if record.died_on is not None:
        events.append(
            {
                "on": record.died_on,
                "short": "† died",
                "long": "† died",
                "tip": "Died" + (f": {words(record.death_cause)}" if record.death_cause else ""),
            }
        )
    events = sorted(
        (e for e in events if axis.first <= e["on"] <= axis.last), key=lambda e: (e["on"], e["short"])
    )
    for event in events:
        event["begins"] = axis.share(event["on"])
        event["side"] = "right" if event["begins"] + _share_of(event["short"]) < 1.03 else "left"
        if event["side"] == "left":
            event["begins"] -= _share_of(event["short"])
    events.sort(key=lambda event: event["begins"])
    rows = stacked([e["begins"] for e in events], [_share_of(e["short"]) + 0.02 for e in events], rows=3)
    marks.strip = STRIP_ROW * (1 + max(rows, default=0)) + 4
    marks.layers["courses"] = []
    for place, (event, row) in enumerate(zip(events, rows, strict=True)):
        beside = [
            later["on"] for later, at in zip(events[place + 1 :], rows[place + 1 :], strict=True) if at == row
        ]
        marks.layers["courses"].append(
            {
                "x": axis.at(event["on"]),
                "next": axis.at(beside[0]) if beside else axis.domain[1],
                "y": STRIP_ROW * row + 2,
                "short": event["short"],
                "long": event["long"],
                "side": event["side"],
                "tip": f"{event['tip']}. {axis.when(event['on'])}",
            }
        )
    marks.height = marks.strip


def _share_of(label: str) -> float:
    """Width of a label as a share of the plot."""
    return len(label) * CHARACTER / ASSUMED_WIDTH

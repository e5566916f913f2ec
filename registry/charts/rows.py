"""The rows below the counts: calls, agents with their doses, events, and what was given."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from adjudication.agents import class_word
from registry.charts.axis import TimeAxis, stacked, written
from registry.charts.marks import ASSUMED_WIDTH, BLOCK_GAP, ROW_HEIGHT, Marks, Row, words
from registry.charts.palette import Palette, agent_word
from registry.patients.patient_record import PatientRecord
from registry.patients.ribbon import Ribbon, Span, Turn, lane_of, ribbon
from registry.patients.steps import StepEnd, step_ends
from registry.record.lines import line_words
from registry.wording import page_day

RESPONSE_ORDER = ("CR", "R", "PR", "Relapse", "NR", "NE")


def place_ribbons(
    marks: Marks, record: PatientRecord, axis: TimeAxis, palette: Palette, ribbons: Sequence[Ribbon]
) -> None:
    """The ribbons of each disease below each other, one lane for each source that has judged; the calls always."""
    painted = [(one.source, *ribbon(record, one)) for one in ribbons]
    kinds = {span.kind for _, spans, _ in painted for span in spans}
    marks.responses = tuple(kind for kind in RESPONSE_ORDER if kind in kinds)
    marks.layers["spans"], marks.layers["turns"], marks.layers["relapses"] = [], [], []
    for disease in record.diseases:
        for source, spans, turns in painted:
            lane = lane_of(disease, source)
            if source != ribbons[0].source and not any(one.lane == lane for one in spans):
                continue
            top, bottom = marks.row(lane, height=ROW_HEIGHT + 3, line=False)
            marks.ribbon_lanes.setdefault(disease, (top, bottom))
            _place_spans(marks, axis, palette, (top, bottom), [one for one in spans if one.lane == lane])
            _place_turns(marks, axis, (top, bottom), [one for one in turns if one.lane == lane])
    if marks.ribbon_lanes:
        marks.height += BLOCK_GAP


def _place_spans(
    marks: Marks, axis: TimeAxis, palette: Palette, room: tuple[float, float], spans: Iterable[Span]
) -> None:
    for span in spans:
        ink = palette.responses[span.kind]
        marks.layers["spans"].append(
            {
                "x": axis.at(span.from_on),
                "x2": axis.at(max(span.until_on, span.from_on + axis.sliver)),
                "y": room[0] + 3,
                "y2": room[1] - 3,
                "kind": span.kind,
                "ink": ink.text,
                "edge": ink.edge,
                "course": span.course_id,
                "source": span.source,
                "words": span.words,
                "from": axis.when(span.from_on),
                "until": axis.when(span.until_on),
                "tip": f"{span.lane}: {span.kind} from {written(span.from_on)} to {written(span.until_on)}",
            }
        )


def _place_turns(marks: Marks, axis: TimeAxis, room: tuple[float, float], turns: Iterable[Turn]) -> None:
    top, bottom = room
    for turn in turns:
        marks.layers["relapses" if turn.kind == "Relapse" else "turns"].append(
            {
                "x": axis.at(turn.on),
                "y": top + 1,
                "y2": bottom - 1,
                "middle": (top + bottom) / 2,
                "kind": turn.kind,
                "course": turn.course_id,
                "lane": turn.lane,
                "when": axis.when(turn.on),
                "tip": f"{turn.lane}: {turn.kind}, {written(turn.on)}, {turn.course_id}",
            }
        )


def _until(axis: TimeAxis, own: StepEnd, stop: date | None, ongoing: bool) -> str:
    """When a dose step ended, and that the next step ended it where nobody recorded its end."""
    if ongoing:
        return "ongoing"
    if stop is None:
        return "end not recorded"
    return f"{axis.when(stop)}, the next step follows" if own.by_next else axis.when(stop)


def place_agents(marks: Marks, record: PatientRecord, axis: TimeAxis, palette: Palette) -> None:
    courses = {row["course_id"]: row for row in record.courses}
    ends = {id(row): end for row, end in zip(record.agents, step_ends(record.agents), strict=True)}
    steps = [row for row in record.agents if row["started_on"] is not None]
    steps.sort(key=lambda row: (row["started_on"], row["agent"]))
    marks.layers["doses"], marks.layers["ongoing"] = [], []
    for agent in dict.fromkeys(row["agent"] for row in steps):
        top, bottom = marks.row(agent_word(agent))
        mine = [row for row in steps if row["agent"] == agent]
        highest = _highest_doses(mine)
        for row in mine:
            course = courses.get(row["course_id"], {})
            own = ends[id(row)]
            stop = own.on or course.get("stopped_on")
            ongoing = stop is None and course.get("ongoing") in ("yes", True)
            # A course that nobody has stopped is drawn as far as it may have lasted, without the mark of what goes on.
            open_end = course.get("until_on") if course.get("ongoing") not in ("no", False) else None
            end = axis.last if ongoing else stop or max(open_end or row["started_on"], row["started_on"])
            dose = _dose(row["dose"])
            share = dose / highest[row["dose_unit"]] if dose is not None and dose > 0 else 1.0
            tall = 5 + (bottom - top - 9) * math.sqrt(min(1.0, share))
            ink = palette.of_class(row["agent_class"] or "")
            label = f"{row['dose']} {row['dose_unit'] or ''}".strip() if row["dose"] else ""
            marks.layers["doses"].append(
                {
                    "x": axis.at(row["started_on"]),
                    "x2": axis.at(max(end, row["started_on"] + axis.sliver)),
                    "y": bottom - 3 - tall,
                    "y2": bottom - 3,
                    "fill": ink.fill,
                    "edge": ink.edge,
                    "ink": ink.text,
                    "label": label if tall >= 11 else "",
                    "agent": f"{agent_word(agent)} ({class_word(row['agent_class'] or '')})",
                    "dose": " ".join(
                        filter(None, [label or "dose not recorded", row["route"], row["frequency"]])
                    ),
                    "course": row["course_id"],
                    "line": f"{row['course_id']}, {line_words(course['line_number'])}"
                    if course
                    else row["course_id"],
                    "from": axis.when(row["started_on"]),
                    "until": _until(axis, own, stop, ongoing),
                    "tip": f"{agent_word(agent)} {label} from {written(row['started_on'])}",
                }
            )
            if ongoing:
                marks.layers["ongoing"].append(
                    {
                        "x": axis.at(axis.last),
                        "y": bottom - 3 - tall / 2,
                        "fill": ink.fill,
                        "tip": f"{agent_word(agent)} ongoing",
                    }
                )
    if steps:
        marks.height += BLOCK_GAP


def _dose(text: object) -> float | None:
    """The number in a dose as typed, for the height of its bar only."""
    try:
        return float(str(text).replace(",", "."))
    except (TypeError, ValueError):
        return None


def _highest_doses(steps: Iterable[Row]) -> Mapping[object, float]:
    highest: dict[object, float] = {}
    for row in steps:
        dose = _dose(row["dose"])
        if dose is not None:
            highest[row["dose_unit"]] = max(dose, highest.get(row["dose_unit"], 0.0))
    return highest


MARKER_SHARE = 17 / ASSUMED_WIDTH

CATEGORY_SHAPES = {
    "cardiovascular": "square",
    "thrombosis": "diamond",
    "infection": "circle",
    "steroid_diabetes": "triangle-up",
    "graft_failure": "cross",
    "solid_tumor": "triangle-right",
    "ptld": "triangle-left",
    "hematologic_malignancy": "triangle-down",
    "skin_cancer": "M-1,-0.5L0,-1L1,-0.5L1,0.5L0,1L-1,0.5Z",
    "other": "M-0.4,-1H0.4L1,-0.4V0.4L0.4,1H-0.4L-1,0.4V-0.4Z",
}
TEXT_DROP = {"triangle-up": 3.0, "triangle-down": -2.0}
"""Pixels by which a number is lowered to be in the optical centre of its shape."""

CATEGORY_WORDS = {"ptld": "PTLD", "steroid_diabetes": "Steroid diabetes"}


RESCUE_WORDS = {"ivig": "IVIG", "anti_d": "anti-D", "steroid_pulse": "steroid"}


def category_word(category: str) -> str:
    return CATEGORY_WORDS.get(category, category.replace("_", " ").capitalize())


def place_events(marks: Marks, record: PatientRecord, axis: TimeAxis, palette: Palette) -> None:
    for layer in ("adverse", "bleeds", "given", "causes", "earlier"):
        marks.layers[layer] = []
    adverse = [row for row in record.adverse_events if row["onset_on"]]
    marks.categories = tuple(dict.fromkeys(sorted(row["category"] or "other" for row in adverse)))
    _markers(
        marks,
        "adverse",
        "Adverse events",
        [
            {
                "on": row["onset_on"],
                "kind": category_word(row["category"] or "other"),
                "shape": CATEGORY_SHAPES.get(row["category"] or "other", CATEGORY_SHAPES["other"]),
                "grade": row["ctcae_grade"],
                "what": row["term"] or words(row["category"]),
                "more": " ".join(
                    filter(
                        None,
                        [
                            f"CTCAE {row['ctcae_version']}" if row["ctcae_version"] else None,
                            f"grade {int(row['ctcae_grade'])}"
                            if row["ctcae_grade"] is not None
                            else "grade not recorded",
                            "serious" if row["serious"] in ("yes", True) else None,
                        ],
                    )
                ),
            }
            for row in adverse
        ],
        axis,
        palette,
    )
    _markers(
        marks,
        "bleeds",
        "Bleeds",
        [
            {
                "on": row["started_on"],
                "kind": row["scale"] or "bleed",
                "shape": "circle",
                "grade": row["grade"],
                "what": f"Bleed, {words(row['site'])}" if row["site"] else "Bleed",
                "more": f"{words(row['scale'])} grade "
                f"{int(row['grade']) if row['grade'] is not None else 'not recorded'}, "
                f"related to ITP: {row['itp_related'] or 'not recorded'}",
            }
            for row in record.bleeds
            if row["started_on"]
        ],
        axis,
        palette,
    )
    products = {"red_cells": "Red cells", "platelets": "Platelets given"}
    for product, label in products.items():
        _given(
            marks,
            label,
            [
                (
                    row["given_on"],
                    f"{label}: {row['units'] if row['units'] is not None else '?'} units, "
                    f"for {words(row['reason']) or 'a reason not recorded'}",
                )
                for row in record.transfusions
                if row["product"] == product and row["given_on"]
            ],
            axis,
            palette.transfusion.fill,
        )
    rescues = [row for row in record.rescues if row["given_on"]]
    for agent in dict.fromkeys(row["agent"] for row in rescues):
        label = f"Rescue {RESCUE_WORDS.get(agent, words(agent))}"
        _given(
            marks,
            label,
            [
                (row["given_on"], f"{label}, for {words(row['reason']) or 'a reason not recorded'}")
                for row in rescues
                if row["agent"] == agent
            ],
            axis,
            palette.rescue.fill,
        )
    _causes(marks, record, axis, palette)
    _exposures(marks, record, axis, palette)


def _markers(
    marks: Marks, layer: str, label: str, events: list[Row], axis: TimeAxis, palette: Palette
) -> None:
    """Round or shaped markers that carry a grade; close ones are stacked in up to three rows."""
    if not events:
        return
    events.sort(key=lambda event: event["on"])
    rows = stacked([axis.share(event["on"]) for event in events], [MARKER_SHARE] * len(events), rows=3)
    top, _ = marks.row(label, height=ROW_HEIGHT * (1 + max(rows)))
    for event, row in zip(events, rows, strict=True):
        grade = int(event["grade"]) if event["grade"] is not None else None
        ink = palette.of_grade(grade)
        marks.layers[layer].append(
            {
                "x": axis.at(event["on"]),
                "y": top + ROW_HEIGHT * (row + 0.5),
                "y_text": top + ROW_HEIGHT * (row + 0.5) + TEXT_DROP.get(event["shape"], 0.5),
                "kind": event["kind"],
                "grade": "" if grade is None else str(grade),
                "fill": ink.fill,
                "ink": ink.text,
                "what": event["what"],
                "more": event["more"],
                "when": axis.when(event["on"]),
                "tip": f"{event['what']}, {event['more']}, {written(event['on'])}",
            }
        )


def _given(
    marks: Marks,
    label: str,
    given: list[tuple[date, str]],
    axis: TimeAxis,
    fill: str,
) -> None:
    if not given:
        return
    top, bottom = marks.row(label)
    for on, what in given:
        marks.layers["given"].append(
            {
                "x": axis.at(on),
                "y": (top + bottom) / 2,
                "fill": fill,
                "what": what,
                "when": axis.when(on),
                "tip": f"{what}, {written(on)}",
            }
        )


def _causes(marks: Marks, record: PatientRecord, axis: TimeAxis, palette: Palette) -> None:
    causes = [row for row in record.other_causes if row["started_on"]]
    if not causes:
        return
    top, bottom = marks.row("Other cause")
    for row in causes:
        end = row["ended_on"] or row["started_on"]
        what = f"{words(row['cause'])} (explains a low {row['disease']} count)"
        marks.layers["causes"].append(
            {
                "x": axis.at(row["started_on"]),
                "x2": axis.at(max(end, row["started_on"] + axis.sliver)),
                "y": top + 5,
                "y2": bottom - 5,
                "label": words(row["cause"]),
                "fill": palette.other_class.fill,
                "ink": palette.other_class.text,
                "what": what,
                "from": axis.when(row["started_on"]),
                "until": axis.when(row["ended_on"]) if row["ended_on"] else "end not recorded",
                "tip": f"Other cause: {what}, {written(row['started_on'])}",
            }
        )


def _exposures(marks: Marks, record: PatientRecord, axis: TimeAxis, palette: Palette) -> None:
    """Alemtuzumab infusions; those before what is shown are named at the left edge."""
    exposures = [row for row in record.exposures if row["started_on"]]
    if not exposures:
        return
    top, bottom = marks.row("Alemtuzumab")
    inside = [row for row in exposures if row["started_on"] >= axis.first]
    for row in inside:
        what = f"Alemtuzumab, {words(row['setting'])}" + (
            f", cycle {int(row['cycle'])}" if row["cycle"] is not None else ""
        )
        marks.layers["given"].append(
            {
                "x": axis.at(row["started_on"]),
                "y": (top + bottom) / 2,
                "fill": palette.exposure.fill,
                "what": what,
                "when": axis.when(row["started_on"]),
                "tip": f"{what}, {written(row['started_on'])}",
            }
        )
    before = [row["started_on"] for row in exposures if row["started_on"] < axis.first]
    if before:
        last = max(before)
        more = f", {len(before)} infusions before this" if len(before) > 1 else ", before this view"
        marks.layers["earlier"].append(
            {
                "x": axis.domain[0],
                "y": (top + bottom) / 2,
                "label": f"◀ {page_day(last)}{more}",
                "tip": f"Last alemtuzumab before this view: {written(last)}",
            }
        )

"""The patient timeline: counts, calls, agents and events on one time axis, as one Vega-Lite view.

One layered view with pixel ranges for each lane, because a concatenated view neither fits its page nor keeps
one time scale. `layout` says what is where, `drawing` how it looks.
"""

from collections import Counter
from collections.abc import Sequence

from registry.charts.axis import TimeAxis
from registry.charts.drawing import Arrangement, drawn
from registry.charts.frame import Spec, nothing
from registry.charts.layout import marks_of
from registry.charts.marks import TITLES, Row, Scale
from registry.charts.palette import PALETTES, Theme
from registry.patients.levels import Threshold
from registry.patients.patient_record import PatientRecord
from registry.patients.ribbon import Ribbon
from registry.patients.time_axis import Stretch, Zero, extent

DOT, SMALL_DOT, MANY_COUNTS = 30, 14, 150
"""Area of the mark of a count, square pixels: a smaller one where many counts would hide each other."""


def timeline_spec(
    record: PatientRecord,
    *,
    thresholds: Sequence[Threshold] = (),
    zero: Zero | None = None,
    stretch: Stretch = Stretch.disease,
    scale: Scale = "symlog",
    theme: Theme = "light",
    synthetic: bool = False,
    ribbons: Sequence[Ribbon] | None = None,
    chosen: str | None = None,
) -> Spec:
    """The Vega-Lite spec of one patient's timeline.

    `thresholds` are the fixed levels of the criteria in use; `zero` None means calendar dates. `scale` is for
    platelets, hemoglobin is always linear. `ribbons` are the judgments to paint, the machine's calls and the
    decisions beside them if left out, and none where the reader may not see calls. `chosen` is the course whose time
    and cited records are marked: it changes rows only, so that a page keeps its zoom; a click on a
    ribbon sets the selection `CHOSEN`.
    The spec is a plain dict to be cached by the caller; it fits the width of its container and has its own height.
    """
    shown = extent(record, stretch, zero)
    if shown is None:
        shown = (record.last_contact_on, record.last_contact_on) if record.last_contact_on else None
    palette = PALETTES[theme]
    title = f"{record.patient_id} · {' + '.join(record.diseases) or 'no episode recorded'}"
    if record.is_evans:
        title += " (Evans syndrome)"
    if synthetic:
        title += " · synthetic data"
    if shown is None:
        return nothing(title, "No dated entry is recorded for this patient", palette)
    axis = TimeAxis(*shown, zero)
    painted = Ribbon.all_of(record) if ribbons is None else ribbons
    marks = marks_of(record, axis, thresholds, scale, palette, ribbons=painted, chosen=chosen)
    arrangement = Arrangement(
        tuple(marks.lanes),
        axis.mode,
        axis.title,
        theme,
        marks.responses,
        marks.categories,
        marks.not_judged,
        marks.strip,
    )
    low, high = axis.domain
    most = max((len(marks.layers[f"counts_{lane.analyte}"]) for lane in marks.lanes), default=0)
    legible = [
        "ringed counts decided a call"
        if any(marks.layers[f"deciding_{lane.analyte}"] for lane in marks.lanes)
        else "",
        "hollow counts were not evaluable" if marks.not_judged else "",
        "hollow diamonds are clumped samples" if "Clumped" in marks.not_judged else "",
    ]
    spec = dict(drawn(arrangement))
    spec["height"] = marks.height
    spec["title"] = {"text": title}
    if any(legible):
        spec["title"]["subtitle"] = " · ".join(filter(None, legible)).capitalize()
    spec["description"] = describe(record)
    spec["params"] = [
        {"name": "x_low", "value": low},
        {"name": "x_high", "value": high},
        {"name": "bottom", "value": marks.height},
        {"name": "dot", "value": DOT if most <= MANY_COUNTS else SMALL_DOT},
        *spec.get("params", []),
    ]
    spec["layer"] = _with_rows(spec["layer"], marks.layers)
    spec["datasets"] = dict(marks.layers)
    return spec


def _with_rows(layers: list[Spec], rows: dict[str, list[Row]]) -> list[Spec]:
    """The layers that have something to draw: an empty one would be announced to a screen reader without a name."""
    kept = []
    for layer in layers:
        if "layer" in layer:
            layer = layer | {"layer": _with_rows(layer["layer"], rows)}
            if layer["layer"]:
                kept.append(layer)
        elif rows[layer["data"]["name"]] or layer["mark"].get("aria") is False:
            kept.append(layer)
    return kept


def describe(record: PatientRecord) -> str:
    """The timeline in a sentence, for readers who hear the page."""
    counts = Counter(row["analyte"] for row in record.observations)
    parts = [f"{counts[analyte]} {TITLES[analyte].lower()} counts" for analyte in TITLES if counts[analyte]]
    parts += [f"{len(record.courses)} courses", f"{len(record.adverse_events)} adverse events"]
    said = f"Timeline of {record.patient_id}: {', '.join(parts)}."
    if not record.calls_are_shown:
        return said
    calls = ", ".join(f"{row['course_id']} {row['best_response']}" for row in record.calls)
    decisions = ", ".join(f"{row['course_id']} {row['best_response']}" for row in record.decisions)
    return f"{said} Calls: {calls or 'none yet'}." + (f" Decisions: {decisions}." if decisions else "")

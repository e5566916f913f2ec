"""Which regimens followed each other: nodes for each line, ribbons as wide as the patients who went that way."""

from collections import Counter
from collections.abc import Sequence as Rows
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from registry.charts.frame import Chart, Spec, config, layer, nothing, says
from registry.charts.palette import PALETTES, Ink, Palette, Theme
from registry.charts.regimens import inks_of
from registry.charts.words import subtitle
from registry.cohort.sequences import LINES, UNKNOWN, Sequence, line_word

NODES = 7
"""Regimens of one line that are drawn apart; rarer ones are one node."""
OTHER, ENDED = "other", "ended"
HEIGHT, SLOT, GAP = 330.0, 15.0, 7.0
"""Pixels: all patients, the room of a small node with its name, between two nodes."""
THICK = 0.022
"""Half the width of a node, in lines."""
BENDS = 12
"""Points of a ribbon."""
Row = dict[str, Any]


def sequences_spec(
    sequences: Rows[Sequence], *, title: str, theme: Theme = "light", synthetic: bool = False, note: str = ""
) -> Spec:
    """The Vega-Lite spec of the sequences of one disease, up to LINES lines; `note` names the courses.

    Without a treated patient the chart says so.
    """
    palette = PALETTES[theme]
    patients = sum(one.patients for one in sequences)
    if not patients:
        return nothing(title, "No line of therapy among these courses", palette)
    counted: Counter[str] = Counter()
    for one in sequences:
        for regimen in filter(None, one.lines):
            counted[regimen] += one.patients
    paths = _paths(sequences)
    shown = max(sum(step != ENDED for step in path) for path in paths)
    columns = min(LINES, shown + 1) if any(ENDED in path for path in paths) else shown
    nodes = _nodes(paths, columns, patients)
    inks = inks_of(counted, palette)
    ribbons = _ribbons(paths, nodes, columns, patients, inks, palette)
    height = max(node["y2"] for node in nodes.values())
    more = sum(one.more_lines for one in sequences)
    said = subtitle(
        f"{patients:,} patients; the height of a ribbon is the number of patients"
        + (f"; {more:,} had more than {LINES} lines" if more else ""),
        note,
        synthetic=synthetic,
    )
    with debug_mode(False):
        spec = layer(*_layers(columns, palette))
    return spec | {
        "$schema": alt.SCHEMA_URL,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "background": "transparent",
        "padding": {"left": 4, "top": 4, "right": 4, "bottom": 4},
        "config": config(palette),
        "title": {"text": title, "subtitle": said, "offset": 26},
        "description": f"{title}: lines of {patients} patients.",
        "datasets": {
            "ribbons": ribbons,
            "nodes": [_drawn(place, node, inks, palette) for place, node in nodes.items()],
            "heads": [{"x": column, "label": f"Line {column + 1}"} for column in range(columns)],
        },
    }


Place = tuple[int, str]
"""A column and what is there."""


def _paths(sequences: Rows[Sequence]) -> Counter[tuple[str, ...]]:
    """Each sequence with its rare regimens as one, and its end; with its patients."""
    kept: list[set[str]] = []
    for column in range(LINES):
        used: Counter[str] = Counter()
        for one in sequences:
            if one.lines[column]:
                used[str(one.lines[column])] += one.patients
        ranked = sorted(used, key=lambda regimen: (-used[regimen], regimen))
        kept.append(set(ranked if len(ranked) <= NODES else ranked[: NODES - 1]))
    paths: Counter[tuple[str, ...]] = Counter()
    for one in sequences:
        steps: list[str] = []
        for column, regimen in enumerate(one.lines):
            if regimen is None:
                steps.append(ENDED)
                break
            steps.append(regimen if regimen in kept[column] else OTHER)
        paths[tuple(steps)] += one.patients
    return paths


def _nodes(paths: Counter[tuple[str, ...]], columns: int, patients: int) -> dict[Place, Row]:
    """Where each node stands: the largest on top, what is rare and what ended below."""
    nodes: dict[Place, Row] = {}
    for column in range(columns):
        sizes: Counter[str] = Counter()
        for path, number in paths.items():
            if column < len(path):
                sizes[path[column]] += number
        last = {OTHER: 1, ENDED: 2}
        y = 0.0
        for step in sorted(sizes, key=lambda step: (last.get(step, 0), -sizes[step], step)):
            height = sizes[step] / patients * HEIGHT
            room = max(height, SLOT)
            top = y + (room - height) / 2
            nodes[column, step] = {"n": sizes[step], "y": top, "y2": top + height}
            y += room + GAP
    return nodes


def _ribbons(
    paths: Counter[tuple[str, ...]],
    nodes: dict[Place, Row],
    columns: int,
    patients: int,
    inks: dict[str, Ink],
    palette: Palette,
) -> list[Row]:
    flows: Counter[tuple[int, str, str]] = Counter()
    for path, number in paths.items():
        for column in range(min(len(path), columns) - 1):
            flows[column, path[column], path[column + 1]] += number
    order = {place: rank for rank, place in enumerate(nodes)}
    out = {place: node["y"] for place, node in nodes.items()}
    into = dict(out)
    rows: list[Row] = []
    for column, source, target in sorted(
        flows, key=lambda flow: (flow[0], order[flow[0], flow[1]], order[flow[0] + 1, flow[2]])
    ):
        number = flows[column, source, target]
        thick = number / patients * HEIGHT
        from_y, to_y = out[column, source], into[column + 1, target]
        out[column, source] += thick
        into[column + 1, target] += thick
        tip = f"{_word(source)} then {_word(target).lower()}: {number} patients"
        for step in range(BENDS + 1):
            t = step / BENDS
            bend = t * t * (3 - 2 * t)
            y = from_y + (to_y - from_y) * bend
            rows.append(
                {
                    "ribbon": f"{column} {source} {target}",
                    "x": round(column + THICK + t * (1 - 2 * THICK), 4),
                    "y": round(y, 2),
                    "y2": round(y + thick, 2),
                    "fill": _ink(source, inks, palette).fill,
                    "tip": tip,
                }
            )
    return rows


def _word(step: str) -> str:
    return {OTHER: "other regimens", ENDED: "No further line"}.get(step) or line_word(step) or UNKNOWN


def _ink(step: str, inks: dict[str, Ink], palette: Palette) -> Ink:
    return inks.get(step, palette.other_class)


def _drawn(place: Place, node: Row, inks: dict[str, Ink], palette: Palette) -> Row:
    column, step = place
    label = f"{node['n']:,} {_word(step)}"  # the number first: it survives where a name is cut off
    ended = step == ENDED
    return {
        "x": column - THICK,
        "x2": column + THICK,
        "right": column + THICK,
        "y": node["y"],
        "y2": node["y2"],
        "middle": (node["y"] + node["y2"]) / 2,
        "fill": palette.grid if ended else _ink(step, inks, palette).fill,
        "edge": palette.rule if ended else _ink(step, inks, palette).edge,
        "label": label,
        "tip": f"Line {column + 1}: {_word(step)}, {node['n']:,} patients",
    }


def _layers(columns: int, p: Palette) -> list[alt.Chart]:
    scale = alt.Scale(domain=[-THICK, columns - 1 + 0.8], nice=False)

    def x(field: str = "x") -> alt.X:
        return alt.X(field=field, type="quantitative", scale=scale, axis=None)

    def y(field: str = "y") -> alt.Y:
        return alt.Y(field=field, type="quantitative", scale=None, axis=None)

    tip = alt.Description(field="tip", type="nominal")
    fill = alt.Fill("fill:N", scale=None, legend=None)
    labels = Chart(alt.NamedData("nodes")).encode(x=x("right"), y=y("middle"), text="label:N")
    words: dict[str, Any] = {
        "align": "left",
        "baseline": "middle",
        "dx": 5,
        "fontSize": 11,
        "limit": alt.ExprRef(f"width / {columns - 0.2:.1f} - 26"),
    }
    return [
        Chart(alt.NamedData("ribbons"))
        .mark_area(opacity=0.42, interpolate="linear")
        .encode(
            x=x(), y=y(), y2="y2", fill=fill, detail="ribbon:N", tooltip=says(tip="Went"), description=tip
        ),
        Chart(alt.NamedData("nodes"))
        .mark_rect(strokeWidth=1)
        .encode(
            x=x(),
            x2="x2",
            y=y(),
            y2="y2",
            fill=fill,
            stroke=alt.Stroke("edge:N", scale=None, legend=None),
            tooltip=says(tip="Here"),
            description=tip,
        ),
        labels.mark_text(color=p.ground, stroke=p.ground, strokeWidth=3.5, aria=False, **words),
        labels.mark_text(color=p.text, **words),
        Chart(alt.NamedData("heads"))
        .mark_text(align="left", fontWeight="bold", fontSize=12, color=p.text, clip=False)
        .encode(x=x(), y=alt.value(-12), text="label:N"),
    ]

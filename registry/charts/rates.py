"""Adverse events per 100 person-months with exact intervals: all, and those held to be due to the course."""

import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from registry.charts.frame import Chart, Spec, framed, layer, nothing, says
from registry.charts.interval import Placed
from registry.charts.palette import PALETTES, Palette, Theme
from registry.charts.words import subtitle
from registry.cohort.harms import Harm
from registry.statistics import Rate, round_half_up

ROW_HEIGHT, LEFT, COUNTS, OFFSET = 40, 150, 62, 8
"""Pixels: a regimen, the labels, the column of events, half the distance between its two intervals."""
LINE, LINE_HEIGHT = 22, 13
TICKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
KINDS = {"all events": "square", "at least possibly due to it": "diamond"}
Row = dict[str, Any]


def rates_spec(
    harms: Sequence[Harm], *, title: str, theme: Theme = "light", synthetic: bool = False, note: str = ""
) -> Spec:
    """The Vega-Lite spec of the rates of regimens, in the order in which they are given; `note` names the courses.

    Regimens without time at risk keep their name and have no mark. Without any the chart says so.
    """
    palette = PALETTES[theme]
    if not any(one.months for one in harms):
        return nothing(title, "No time at risk in these courses", palette)
    rows: list[Row] = []
    disease, several = None, len({one.disease for one in harms}) > 1
    for one in harms:
        if several and one.disease != disease:
            disease = one.disease
            rows.append({"place": len(rows), "label": disease, "kind": "section"})
        lines = textwrap.wrap(one.label, LINE, break_on_hyphens=False)
        months = f"{round_half_up(one.months):,.0f} months"
        rows.append({"place": len(rows), "label": "\n".join([*lines, months]), "kind": "name"})
        for kind, rate, shift in (
            ("all events", one.rate, -OFFSET),
            ("at least possibly due to it", one.related_rate, OFFSET),
        ):
            if rate.interval is not None:
                rows.append(_estimate(one, kind, rate, rows[-1]["place"], shift))
    placed = _placed(rows)
    top = max(row["high"] for row in rows if "high" in row)
    with debug_mode(False):
        spec = layer(*_layers(palette, [tick for tick in TICKS if tick <= top * 1.05 or tick <= 1], top))
    said = subtitle(
        "Exact Poisson 95 % intervals; the scale is linear near 0 and logarithmic beyond; overlapping intervals "
        "cannot be ranked",
        note,
        synthetic=synthetic,
    )
    return framed(
        spec,
        palette,
        title=title,
        said=said,
        described=f"{title}: rates of {len(harms)} regimens with intervals.",
        height=max(row["y"] for row in placed) + ROW_HEIGHT / 2,
        datasets={"rows": placed},
    )


def _estimate(one: Harm, kind: str, rate: Rate, place: int, shift: int) -> Row:
    assert rate.interval is not None and rate.estimate is not None  # noqa: S101, PT018
    low, high = rate.interval.low, rate.interval.high
    said = f"{_number(rate.estimate)} ({_number(low)}–{_number(high)})"
    return {
        "place": place,
        "shift": shift,
        "kind": "estimate",
        "which": kind,
        "rate": rate.estimate,
        "low": low,
        "high": high,
        "count": f"{rate.events}",
        "said": said,
        "tip": f"{one.disease} {one.label}, {kind}: {rate.events} events in {round_half_up(one.months, 1)} "
        f"person-months, {said} per 100",
    }


def _number(value: float) -> str:
    """One decimal, two below one: 0.01 is not 0."""
    digits = 2 if 0 < value < 1 else 1
    return f"{round_half_up(value, digits):.{digits}f}"


def _placed(rows: list[Row]) -> list[Row]:
    """Pixels for each row: a section takes half of what a regimen takes."""
    heights: dict[int, float] = {}
    y = 0.0
    for row in rows:
        if row["place"] not in heights:
            height = ROW_HEIGHT * (0.6 if row["kind"] == "section" else 1)
            heights[row["place"]] = y + height / 2
            y += height
    return [
        row | {"y": heights[row["place"]] + row.get("shift", 0)} | _lifted(row, heights[row["place"]])
        for row in rows
    ]


def _lifted(row: Row, middle: float) -> Row:
    return {"y_label": middle - row["label"].count("\n") / 2 * LINE_HEIGHT} if "label" in row else {}


def _layers(p: Palette, ticks: list[int], top: float) -> list[alt.Chart]:
    def rows(kind: str) -> alt.Chart:
        return Chart(alt.NamedData("rows")).transform_filter(f"datum.kind === '{kind}'")

    y = alt.Y(field="y", type="quantitative", scale=None, axis=None)
    label_y = alt.Y(field="y_label", type="quantitative", scale=None, axis=None)
    scale = alt.Scale(type="symlog", constant=2, domain=[0, max(top, 1)], nice=False)
    axis = alt.Axis(values=ticks, grid=True, gridColor=p.grid, format=",d", labelOverlap=True)

    def x(field: str) -> alt.X:
        return alt.X(
            field=field, type="quantitative", scale=scale, axis=axis, title="Events per 100 person-months"
        )

    names = list(KINDS)
    colors = [p.series["platelets"], p.series["hemoglobin"]]
    legend = alt.Legend(title=None, orient="top", columns=2, symbolSize=90, labelLimit=260)
    color = alt.Color("which:N", scale=alt.Scale(domain=names, range=colors), legend=legend)
    shape = alt.Shape("which:N", scale=alt.Scale(domain=names, range=list(KINDS.values())), legend=legend)
    words: dict[str, Any] = {"fontSize": 11, "color": p.text, "baseline": "middle", "clip": False}
    interval = Placed(x, y, p, says(which="Events", count="Number", said="Per 100 person-months"))
    return [
        rows("section")
        .mark_text(align="left", fontWeight="bold", **words)
        .encode(x=alt.value(-LEFT - COUNTS), y=label_y, text="label:N"),
        rows("name")
        .mark_text(align="left", lineBreak="\n", lineHeight=LINE_HEIGHT, limit=LEFT, **words)
        .encode(x=alt.value(8 - LEFT - COUNTS), y=label_y, text="label:N"),
        rows("estimate").mark_text(align="right", **words).encode(x=alt.value(-12), y=y, text="count:N"),
        interval.rule(rows("estimate"), 1.5),
        interval.point(rows("estimate"), "rate", {"filled": True, "size": 70}, color=color, shape=shape),
        rows("estimate")
        .mark_text(align="left", **words)
        .encode(x=alt.value(alt.ExprRef("width + 10")), y=y, text="said:N"),
    ]

"""How long something lasted: Kaplan-Meier curves with intervals, and below them who was still observed."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
from altair.utils.schemapi import debug_mode

from registry.charts.frame import Chart, Spec, framed, layer, nothing, says
from registry.charts.palette import PALETTES, Palette, Theme
from registry.charts.words import subtitle
from registry.cohort.curves import Arm
from registry.statistics import round_half_up

ARMS = 6
"""More curves than this cannot be distinguished; the largest are drawn, all are in the table."""
POINTS = 300
"""Steps of a curve that are drawn; of a longer one every so many."""
TICKS = 60
"""Marks of censoring or of death of one curve; more would be a second line, and are left to the numbers below."""
HEIGHT, LEFT, ROW = 300, 168, 15
"""Pixels: the plot, the names of arms left of it, a row of numbers."""
AXIS = 54
"""Pixels between the plot and the numbers below it: the axis and its title."""
INTERVALS = 8
DASHES: tuple[list[int], ...] = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 2], [12, 3])
COLORS: dict[Theme, tuple[str, ...]] = {
    "light": ("#0067A3", "#A84300", "#117733", "#99338A", "#332288", "#6B6B1E"),
    "dark": ("#6CBBF2", "#F2A36B", "#5FBF80", "#D68FCD", "#B9B0EE", "#DEDE93"),
}
BANDS = (0.2, 0.16, 0.14, 0.11, 0.08)
"""Opacity of an interval where one, two … five and more overlap."""
Row = dict[str, Any]


def km_spec(
    arms: Sequence[Arm],
    *,
    title: str,
    axis: str,
    share: str,
    ends: str,
    theme: Theme = "light",
    synthetic: bool = False,
    note: str = "",
) -> Spec:
    """The Vega-Lite spec of the curves of `arms`, of which the largest are drawn.

    `axis` is the title of the time axis without its unit, which is months, `share` that of the other (`Still in
    response`); `ends` says what ends the time (`Relapsed`); `note` names the courses. Without arms the chart says so.
    """
    palette = PALETTES[theme]
    drawn = [one for one in sorted(arms, key=lambda one: (-one.n, one.disease, one.label)) if one.n][:ARMS]
    if not drawn:
        return nothing(title, "No patient to follow in these courses", palette)
    names = _names(drawn)
    months = _months(max(one.last for one in drawn))
    table = _table(drawn, names, months, ends)
    left_out = len(arms) - len(drawn)
    marks = [row for one, name in zip(drawn, names, strict=True) for row in _marks(one, name)]
    used = {row["kind"] for row in marks}
    competing = any(one.deaths and not one.death_ends for one in drawn)
    said = subtitle(
        "Kaplan-Meier, 95 % intervals (log-log) as bands"
        + ("; | censored" if "censored" in used else "")
        + ("; □ died" if "died" in used else "")
        + ("; death is a competing event, censored here" if competing else "")
        + (f"; {left_out} smaller groups are in the table only" if left_out else ""),
        note,
        synthetic=synthetic,
    )
    with debug_mode(False):
        spec = layer(*_layers(names, months, axis, share, used, COLORS[theme], palette))
    return framed(
        spec,
        palette,
        title=title,
        said=said,
        described=f"{title}: Kaplan-Meier curves of {len(drawn)} groups with numbers at risk.",
        height=HEIGHT,
        datasets={
            "curves": [row for one, name in zip(drawn, names, strict=True) for row in _steps(one, name)],
            "bands": [row for one, name in zip(drawn, names, strict=True) for row in _band(one, name)],
            "marks": marks,
            "table": table,
        },
        right=12,
        bottom=8,
    )


def _names(arms: Sequence[Arm]) -> list[str]:
    several = len({one.disease for one in arms}) > 1
    return [
        f"{one.disease} {one.label}" if several and one.label != one.disease else one.label for one in arms
    ]


def _months(last: float) -> list[int]:
    """The ticks of the axis, at most INTERVALS after 0, the last at or after the longest time."""
    for step in (1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 480):
        if last <= step * INTERVALS:
            return list(range(0, step * max(1, -int(-last // step)) + 1, step))
    return [0, int(last) + 1]


def _kept(one: Arm) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The places of the steps that are drawn."""
    steps = np.flatnonzero(one.curve.events)
    return steps if steps.size <= POINTS else steps[np.linspace(0, steps.size - 1, POINTS).astype(int)]


def _steps(one: Arm, name: str) -> list[Row]:
    curve, at = one.curve, _kept(one)
    x = [0.0, *curve.time[at], one.last]
    y = [1.0, *curve.survival[at], curve.survival[-1]]
    median = one.median.estimate
    tip = (
        f"{name}: {one.n} followed, {one.events} ended, median "
        f"{'not reached' if median is None else f'{round_half_up(median, 1)} months'}"
    )
    return [
        {"arm": name, "x": round(float(month), 3), "y": round(float(share), 4), "order": place, "tip": tip}
        for place, (month, share) in enumerate(zip(x, y, strict=True))
    ]


def _band(one: Arm, name: str) -> list[Row]:
    curve, at = one.curve, _kept(one)
    known = [place for place in at if not np.isnan(curve.low[place])]
    rows = [
        {
            "arm": name,
            "x": round(float(curve.time[place]), 3),
            "low": round(float(curve.low[place]), 4),
            "high": round(float(curve.high[place]), 4),
        }
        for place in known
    ]
    if rows:
        ended = [float(curve.time[place]) for place in at if np.isnan(curve.low[place]) and place > known[-1]]
        rows.append(rows[-1] | {"x": round(min([one.last, *ended]), 3)})
    return rows


def _marks(one: Arm, name: str) -> list[Row]:
    """Where somebody was censored, or died in what is followed; too many are not drawn."""
    curve = one.curve
    rows = []
    for kind, number in (
        ("died", one.died),
        ("censored", curve.censored - (0 if one.death_ends else one.died)),
    ):
        at = np.flatnonzero(number)
        if number.sum() <= TICKS and not (kind == "died" and one.death_ends):
            rows += [
                {
                    "arm": name,
                    "x": round(float(curve.time[place]), 3),
                    "y": round(float(curve.survival[place]), 4),
                    "kind": kind,
                    "tip": f"{name}: {number[place]} {kind} at {round_half_up(float(curve.time[place]), 1)} months",
                }
                for place in at
            ]
    return rows


def _table(arms: Sequence[Arm], names: Sequence[str], months: Sequence[int], ends: str) -> list[Row]:
    """The numbers below the axis, in blocks, each number under its month."""
    blocks = [("At risk", 0), ("Censored before", 1), (f"{ends} before", 2)]
    if any(one.deaths for one in arms):
        blocks.append(("Died before", 3))
    rows: list[Row] = []
    y = HEIGHT + AXIS
    for title, place in blocks:
        rows.append({"kind": "title", "label": title, "y": y})
        for one, name in zip(arms, names, strict=True):
            y += ROW
            rows.append({"kind": "arm", "arm": name, "label": name, "y": y})
            rows += [
                {"kind": "number", "arm": name, "x": month, "y": y, "label": f"{one.before(month)[place]:,}"}
                for month in months
            ]
        y += ROW + 6
    return rows


def _layers(
    names: list[str],
    months: list[int],
    axis: str,
    share: str,
    used: set[str],
    colors: tuple[str, ...],
    p: Palette,
) -> list[alt.Chart]:
    scale = alt.Scale(domain=names, range=list(colors[: len(names)]))
    dashes = alt.Scale(domain=names, range=list(DASHES[: len(names)]))
    legend = alt.Legend(
        title=None,
        orient="top",
        columns=2,
        symbolType="stroke",
        symbolSize=500,
        symbolStrokeWidth=2.2,
        labelLimit=240,
    )
    color = alt.Color("arm:N", scale=scale, legend=legend)
    time = alt.Scale(domain=[0, months[-1]], nice=False)
    ticks = alt.Axis(values=months, grid=False, title=f"{axis}, months", labelFlush=False)
    shares = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], gridColor=p.grid, title=share)

    def x(field: str = "x") -> alt.X:
        return alt.X(field=field, type="quantitative", scale=time, axis=ticks)

    def y(field: str = "y") -> alt.Y:
        return alt.Y(field=field, type="quantitative", scale=alt.Scale(domain=[0, 1]), axis=shares)

    def rows(name: str, **where: str) -> alt.Chart:
        chart = Chart(alt.NamedData(name))
        for field, value in where.items():
            chart = chart.transform_filter(f"datum.{field} === '{value}'")
        return chart

    tip = alt.Description(field="tip", type="nominal")
    marks = says(arm="Group", tip="Here")
    pixels = alt.Y(field="y", type="quantitative", scale=None, axis=None)
    words: dict[str, Any] = {"baseline": "middle", "clip": False, "fontSize": 11}
    shapes = {  # a layer without a mark would be an image without a name
        "censored": rows("marks", kind="censored")
        .mark_tick(orient="vertical", size=11, thickness=1.6, opacity=1)
        .encode(x=x(), y=y(), color=color, tooltip=marks, description=tip),
        "died": rows("marks", kind="died")
        .mark_point(shape="square", size=46, filled=False, strokeWidth=1.8, opacity=1)
        .encode(x=x(), y=y(), color=color, tooltip=marks, description=tip),
    }
    return [
        rows("bands")
        .mark_area(interpolate="step-after", opacity=BANDS[min(len(names), 5) - 1], aria=False)
        .encode(x=x(), y=y("low"), y2="high", color=color),
        rows("curves")
        .mark_line(interpolate="step-after", strokeWidth=2.2)
        .encode(
            x=x(),
            y=y(),
            order="order:Q",
            color=color,
            strokeDash=alt.StrokeDash("arm:N", scale=dashes, legend=legend),
            description=tip,
        ),
        *(shape for kind, shape in shapes.items() if kind in used),
        rows("table", kind="title")
        .mark_text(align="left", fontWeight="bold", color=p.text, **words)
        .encode(x=alt.value(-LEFT), y=pixels, text="label:N"),
        rows("table", kind="arm")
        .mark_text(align="left", limit=LEFT - 30, dx=8, **words)
        .encode(x=alt.value(-LEFT), y=pixels, text="label:N", color=color),
        rows("table", kind="number")
        .mark_text(align="center", color=p.text, **words)
        .encode(x=x(), y=pixels, text="label:N"),
    ]

"""First cases by year since the first infusion, per 100 patient-years, with exact intervals and what they rest on."""

from collections.abc import Sequence
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from registry.charts.frame import Spec, config, layer, nothing, says
from registry.charts.palette import PALETTES, Palette, Theme
from registry.charts.words import subtitle

HEIGHT, OFFSET = 240, 0.16
"""Pixels; how far the figures of others stand beside ours, as a share of a year."""
Row = dict[str, Any]


def incidence_spec(
    years: Sequence[Row],
    others: Sequence[Row] = (),
    *,
    title: str,
    theme: Theme = "light",
    synthetic: bool = False,
    note: str = "",
) -> Spec:
    """The Vega-Lite spec of `years`: year, rate, low, high (per 100 patient-years; None without time), events, said.

    `others` are published values by year (year, value, who), drawn hollow beside ours. Without time at risk the chart
    says so.
    """
    palette = PALETTES[theme]
    known = [row for row in years if row["rate"] is not None]
    if not known:
        return nothing(title, "No time at risk yet", palette)
    rows = [row | {"tip": f"Year {row['year']}: {row['said']}", "cases": f"{row['events']}"} for row in known]
    beside = [
        row | {"x": row["year"] + OFFSET, "tip": f"{row['who']}, year {row['year']}: {row['value']:g}"}
        for row in others
    ]
    last = max(row["year"] for row in (*known, *others))
    # A year with hardly any time has an interval without end: it is cut where the others end.
    ends = [row["high"] for row in known if row["events"]] or [min(row["high"] for row in known)]
    top = max([*ends, *(row["value"] for row in others)]) * 1.05
    cut = any(row["high"] > top for row in known)
    with debug_mode(False):
        spec = layer(*_layers(palette, int(last), top, bool(beside)))
    said = subtitle(
        "Exact Poisson 95 % intervals; the number of first cases stands on the axis"
        + ("; an interval that reaches the upper edge goes on beyond it" if cut else "")
        + ("; hollow: published figures of others, not to be pooled" if beside else ""),
        note,
        synthetic=synthetic,
    )
    return spec | {
        "$schema": alt.SCHEMA_URL,
        "width": "container",
        "height": HEIGHT,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "background": "transparent",
        "padding": {"left": 4, "top": 4, "right": 12, "bottom": 4},
        "config": config(palette),
        "title": {"text": title, "subtitle": said},
        "description": f"{title}: " + "; ".join(row["tip"] for row in rows),
        "datasets": {"years": rows, "others": beside},
    }


def _layers(p: Palette, last: int, top: float, beside: bool) -> list[alt.Chart | None]:
    own, others = alt.Chart(alt.NamedData("years")), alt.Chart(alt.NamedData("others"))
    axis = alt.Axis(
        values=list(range(1, last + 1)),
        format="d",
        grid=False,
        labelPadding=22,
        tickSize=4,
        labelOverlap=True,
    )
    scale = alt.Scale(domain=[0.5, last + 0.5], nice=False)

    def x(name: str) -> alt.X:
        return alt.X(
            field=name, type="quantitative", scale=scale, axis=axis, title="Year since the first infusion"
        )

    def y(name: str) -> alt.Y:
        return alt.Y(
            field=name,
            type="quantitative",
            axis=alt.Axis(grid=True, gridColor=p.grid, tickCount=5),
            scale=alt.Scale(domain=[0, top], nice=False),
            title="First ITP per 100 patient-years",
        )

    tip = says(year="Year since the first infusion", said="First cases")
    return [
        own.mark_rule(strokeWidth=1.6, color=p.text, aria=False, clip=True).encode(
            x=x("year"), y=y("low"), y2="high", tooltip=tip
        ),
        *(
            own.mark_tick(
                orient="horizontal", size=10, thickness=1.6, color=p.text, aria=False, clip=True
            ).encode(x=x("year"), y=y(end))
            for end in ("low", "high")
        ),
        own.mark_point(shape="square", filled=True, size=90, color=p.series["platelets"], opacity=1).encode(
            x=x("year"),
            y=y("rate"),
            tooltip=tip,
            description=alt.Description(field="tip", type="nominal"),
        ),
        own.mark_text(fontSize=11, color=p.quiet, baseline="middle", clip=False, aria=False).encode(
            x=x("year"), y=alt.value(HEIGHT + 15), text="cases:N"
        ),
        others.mark_point(
            shape="diamond", filled=False, size=90, strokeWidth=2, color=p.series["hemoglobin"], opacity=1
        ).encode(
            x=x("x"),
            y=y("value"),
            tooltip=says(who="Of others", year="Year", value="Figure"),
            description=alt.Description(field="tip", type="nominal"),
        )
        if beside
        else None,
    ]

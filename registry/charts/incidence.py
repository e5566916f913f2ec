"""First cases by year since the first infusion, per 100 patient-years, with exact intervals and what they rest on."""

from collections.abc import Sequence
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from registry.charts.frame import Chart, Spec, framed, layer, nothing, says
from registry.charts.interval import Placed
from registry.charts.palette import PALETTES, Palette, Theme
from registry.charts.words import subtitle

HEIGHT, OFFSET = 240, 0.16
"""Pixels; how far the figures of others are beside ours, as a share of a year."""
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
        "Exact Poisson 95 % intervals; the number of first cases is shown on the axis"
        + ("; an interval that reaches the upper edge continues beyond it" if cut else "")
        + ("; hollow: published elsewhere, not pooled" if beside else ""),
        note,
        synthetic=synthetic,
    )
    return framed(
        spec,
        palette,
        title=title,
        said=said,
        described=f"{title}: " + "; ".join(row["tip"] for row in rows),
        height=HEIGHT,
        datasets={"years": rows, "others": beside},
        right=12,
    )


def _layers(p: Palette, last: int, top: float, beside: bool) -> list[alt.Chart | None]:
    own, others = Chart(alt.NamedData("years")), Chart(alt.NamedData("others"))
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

    interval = Placed(
        y, x("year"), p, says(year="Year since the first infusion", said="First cases"), clip=True
    )
    published = Placed(y, x("x"), p, says(who="Of others", year="Year", value="Figure"))
    return [
        interval.rule(own),
        *interval.caps(own, 10),
        interval.point(own, "rate", interval.own(90)),
        own.mark_text(fontSize=11, color=p.quiet, baseline="middle", clip=False, aria=False).encode(
            x=x("year"), y=alt.value(HEIGHT + 15), text="cases:N"
        ),
        published.point(others, "value", published.others(90)) if beside else None,
    ]

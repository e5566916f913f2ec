"""Our own share with its exact interval, and published figures drawn apart from it: never pooled, never ranked."""

import textwrap
from collections.abc import Collection, Sequence
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from registry.charts.frame import Chart, Spec, framed, layer, nothing, says
from registry.charts.interval import Placed
from registry.charts.palette import PALETTES, Palette, Theme
from registry.charts.words import subtitle

ROW_HEIGHT, GAP, LEFT, LINE, LINE_HEIGHT = 34, 14, 200, 30, 13
"""Pixels: a row, the space before the figures of others, the labels; characters and pixels of a line of a label."""
Row = dict[str, Any]


def beside_spec(
    own: Sequence[Row],
    others: Sequence[Row],
    *,
    title: str,
    axis: str,
    theme: Theme = "light",
    synthetic: bool = False,
    note: str = "",
) -> Spec:
    """The Vega-Lite spec of shares in percent: `own` (label, share, low, high, said) and `others` (label, share, said).

    `share` is None where there was nothing to count: then the row keeps its label and has no mark. Without any share
    of our own and any of others the chart says so.
    """
    palette = PALETTES[theme]
    known = [row["share"] for row in (*own, *others) if row["share"] is not None]
    if not known:
        return nothing(title, "Nothing to count yet", palette)
    rows = [_placed(row, place * ROW_HEIGHT, "own") for place, row in enumerate(own)]
    start = len(own) * ROW_HEIGHT + GAP
    rows += [_placed(row, start + place * ROW_HEIGHT, "other") for place, row in enumerate(others)]
    top = max([*known, *(row["high"] for row in own if row["share"] is not None)]) * 1.08
    kinds = {row["kind"] for row in rows}
    with debug_mode(False):
        spec = layer(
            *_layers(palette, min(top, 100.0) or 1.0, axis, start - GAP / 2 if others else None, kinds)
        )
    said = subtitle(
        "Filled: this registry, exact 95 % interval. Hollow: published figures of other populations, not to be pooled "
        "or ranked against it",
        note,
        synthetic=synthetic,
    )
    figures = "; ".join(f"{row['label']} {row['said']}" for row in (*own, *others)).replace("\n", " ")
    return framed(
        spec,
        palette,
        title=title,
        said=said,
        described=f"{title}: {figures}",
        height=start + len(others) * ROW_HEIGHT,
        datasets={"rows": rows},
    )


def _placed(row: Row, y: float, kind: str) -> Row:
    lines = textwrap.wrap(str(row["label"]), LINE, break_on_hyphens=False) or [""]
    middle = y + ROW_HEIGHT / 2
    label = "\n".join(lines)
    tip = f"{' '.join(lines)}: {row['said']}"
    placed = {"y": middle, "y_label": middle - (len(lines) - 1) / 2 * LINE_HEIGHT, "tip": tip}
    return row | placed | {"label": label, "kind": kind if row["share"] is not None else "empty"}


def _layers(
    p: Palette, top: float, title: str, divider: float | None, drawn: Collection[str]
) -> list[alt.Chart | None]:
    """The layers of the kinds of rows that are `drawn`: a layer without a mark has no name to be read aloud."""

    def rows(*kinds: str) -> alt.Chart:
        chart = Chart(alt.NamedData("rows"))
        wanted = " || ".join(f"datum.kind === '{kind}'" for kind in kinds)
        return chart.transform_filter(wanted) if kinds else chart

    y = alt.Y(field="y", type="quantitative", scale=None, axis=None)
    scale = alt.Scale(domain=[0, top], nice=False)
    axis = alt.Axis(
        grid=True, gridColor=p.grid, tickCount=5, labelExpr="datum.label + ' %'", labelOverlap="greedy"
    )

    def x(name: str) -> alt.X:
        return alt.X(field=name, type="quantitative", scale=scale, axis=axis, title=title)

    words: dict[str, Any] = {"fontSize": 12, "color": p.text, "baseline": "middle", "clip": False}
    interval = Placed(x, y, p, says(label="Figure", said="Share"))
    own = [
        interval.rule(rows("own")),
        *interval.caps(rows("own")),
        interval.point(rows("own"), "share", interval.own(110)),
    ]
    other = interval.point(rows("other"), "share", interval.others(110))
    return [
        rows()
        .mark_text(align="left", lineBreak="\n", lineHeight=LINE_HEIGHT, limit=LEFT - 10, **words)
        .encode(
            x=alt.value(-LEFT),
            y=alt.Y(field="y_label", type="quantitative", scale=None, axis=None),
            text="label:N",
        ),
        *(own if "own" in drawn else ()),
        other if "other" in drawn else None,
        rows()
        .mark_text(align="left", **words)
        .encode(x=alt.value(alt.ExprRef("width + 12")), y=y, text="said:N"),
        None
        if divider is None
        else Chart(alt.InlineData(values=[{}]))
        .mark_rule(strokeDash=[4, 3], color=p.rule, aria=False)
        .encode(x=alt.value(0), x2=alt.value(alt.ExprRef("width")), y=alt.value(divider)),
    ]

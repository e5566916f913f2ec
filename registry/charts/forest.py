"""Proportions with their exact intervals, one under the other: to be read, not to be ranked."""

import textwrap
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from registry.charts.frame import Spec, config, layer, nothing, says
from registry.charts.palette import PALETTES, Theme
from registry.charts.words import subtitle

ROW_HEIGHT, LEFT, ASIDE = 29, 230, 58
"""Pixels: a row, the widest label, the column of what could not be judged."""
LINE, LINE_HEIGHT, CHARACTER = 38, 13, 6.3
"""Characters of a line of a label, pixels of a line and of a character."""


def forest_spec(
    figures: Sequence[Mapping[str, Any]],
    *,
    title: str,
    theme: Theme = "light",
    synthetic: bool = False,
    unit: str = "courses",
    note: str = "",
    aside: str = "NE = not evaluable, part of n",
) -> Spec:
    """The Vega-Lite spec of a forest plot.

    `figures`, in the order in which they shall stand: section, label, k, n, low, high; `low` and `high` are
    the ends of the 95 % interval as shares of 1; `aside`, where given, is what could not be judged, such as `2 NE`,
    explained by the argument of that name. Rows with n = 0 keep their label and have no mark. `note` names the
    courses. Without figures the chart says so.
    """
    palette = PALETTES[theme]
    if not figures:
        return nothing(title, "No course to count among these", palette)
    rows: list[dict[str, Any]] = []
    section = None
    for figure in figures:
        if figure["section"] != section:
            section = figure["section"]
            rows.append({"y": len(rows), "label": str(section), "kind": "section"})
        k, n = int(figure["k"]), int(figure["n"])
        lines = textwrap.wrap(str(figure["label"]), LINE, break_on_hyphens=False) or [""]
        row: dict[str, Any] = {"y": len(rows), "label": "\n".join(lines), "kind": "figure"}
        row["lift"] = (len(lines) - 1) / 2 * LINE_HEIGHT
        row["fraction"] = f"{k:,}/{n:,}"
        row["aside"] = figure.get("aside", "")
        if n:
            share, low, high = k / n, float(figure["low"]), float(figure["high"])
            row |= {"share": share, "low": low, "high": high, "n": n, "kind": "estimate"}
            row["percent"] = f"{percent(share)} % ({percent(low)}–{percent(high)})"
            row["tip"] = f"{' '.join(lines)}: {row['fraction']} {unit}, {row['percent']}"
            row["tip"] += f", {row['aside']}" if row["aside"] else ""
        rows.append(row)
    fraction = max(len(row.get("fraction", "")) for row in rows) * CHARACTER + 28
    longest = max(len(line) for row in rows for line in row["label"].split("\n"))
    left = min(LEFT, longest * CHARACTER + 28) + (ASIDE if any(row.get("aside") for row in rows) else 0)
    with debug_mode(False):
        spec = layer(
            *_layers(palette.text, palette.grid, palette.series["platelets"], unit, left + fraction, fraction)
        )
    explained = f"; {aside}" if any(row.get("aside") for row in rows) else ""
    said = subtitle(
        f"95 % Clopper-Pearson intervals; area of the marker by n; overlapping intervals cannot be ranked{explained}",
        note,
        synthetic=synthetic,
    )
    return spec | {
        "$schema": alt.SCHEMA_URL,
        "width": "container",
        "height": max(1, len(rows)) * ROW_HEIGHT,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "background": "transparent",
        "padding": {"left": 4, "top": 4, "right": 4, "bottom": 4},
        "config": config(palette),
        "title": {"text": title, "subtitle": said},
        "description": f"{title}: {len(figures)} proportions with intervals.",
        "datasets": {
            "rows": [_placed(row) for row in rows],
        },
    }


def _placed(row: dict[str, Any]) -> dict[str, Any]:
    middle = (row["y"] + 0.5) * ROW_HEIGHT
    return row | {"y": middle, "y_label": middle - row.get("lift", 0.0)}


def percent(share: float) -> str:
    """A share as a whole percentage, rounded half up: 20 of 32 are 63 %."""
    return str(int(Decimal(repr(share * 100)).quantize(Decimal(1), ROUND_HALF_UP)))


def _layers(text: str, grid: str, color: str, unit: str, left: float, fraction: float) -> list[alt.Chart]:
    def rows(kind: str | None = None) -> alt.Chart:
        chart = alt.Chart(alt.NamedData("rows"))
        return chart if kind is None else chart.transform_filter(f"datum.kind === '{kind}'")

    y = alt.Y(field="y", type="quantitative", scale=None, axis=None)
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], grid=True, gridColor=grid)
    scale = alt.Scale(domain=[0, 1], nice=False)

    def x(name: str) -> alt.X:
        return alt.X(field=name, type="quantitative", scale=scale, axis=axis, title=f"Share of {unit}")

    def cap() -> alt.Chart:
        return rows("estimate").mark_tick(orient="vertical", size=9, thickness=1.6, color=text, aria=False)

    words: dict[str, Any] = {"fontSize": 12, "color": text, "baseline": "middle", "clip": False}
    says_all = says(label="Figure", fraction="k/n", percent="Share (95 % interval)")
    return [
        rows("section")
        .mark_text(align="left", fontWeight="bold", **words)
        .encode(x=alt.value(-left), y=y, text="label:N"),
        rows()
        .transform_filter("datum.kind !== 'section'")
        .mark_text(align="left", limit=LEFT - 16, lineBreak="\n", lineHeight=LINE_HEIGHT, **words)
        .encode(
            x=alt.value(12 - left),
            y=alt.Y(field="y_label", type="quantitative", scale=None, axis=None),
            text="label:N",
        ),
        rows()
        .transform_filter("datum.kind !== 'section'")
        .mark_text(align="right", **words)
        .encode(x=alt.value(-12), y=y, text="fraction:N"),
        rows()
        .transform_filter("datum.aside")
        .mark_text(align="right", **words)
        .encode(x=alt.value(-fraction), y=y, text="aside:N"),
        rows("estimate")
        .mark_rule(strokeWidth=1.6, color=text, aria=False)
        .encode(x=x("low"), x2="high", y=y, tooltip=says_all),
        cap().encode(x=x("low"), y=y),
        cap().encode(x=x("high"), y=y),
        rows("estimate")
        .mark_point(shape="square", filled=True, color=color, opacity=1)
        .encode(
            x=x("share"),
            y=y,
            size=alt.Size("n:Q", scale=alt.Scale(range=[30, 240], domainMin=0), legend=None),
            tooltip=says_all,
            description=alt.Description(field="tip", type="nominal"),
        ),
        rows("estimate")
        .mark_text(align="left", **words)
        .encode(x=alt.value(alt.ExprRef("width + 12")), y=y, text="percent:N"),
    ]

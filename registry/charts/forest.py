"""Figures with their intervals, one under the other: to be read, not to be ranked."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from registry.charts.frame import Chart, Spec, framed, layer, nothing, says
from registry.charts.interval import Placed
from registry.charts.palette import PALETTES, Palette, Theme
from registry.charts.words import subtitle

ROW_HEIGHT, LEFT, ASIDE = 29, 230, 58
"""Pixels: a row, the widest label, the column of what could not be judged."""
LINE, LINE_HEIGHT, CHARACTER = 38, 13, 6.3
"""Characters of a line of a label, pixels of a line and of a character."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Axis:
    """The axis of a forest, its title and ticks, and what tooltips call the count and the figure."""

    title: str
    low: float
    high: float
    ticks: tuple[float, ...]
    format: str
    count: str
    figure: str


def laid_out(figures: Sequence[Row]) -> list[Row]:
    """Rows in their places: a line for each new section, then label, count and mark of each figure.

    A figure has section, label, `fraction` (its count in words), aside, and where it can be drawn share, low and
    high (low and high None: no interval), n (area of the marker), percent (the figure in words), tip, kind
    (`estimate`, or `published` for a hollow marker).
    """
    rows: list[Row] = []
    section = None
    for figure in figures:
        if figure["section"] != section:
            section = figure["section"]
            rows.append({"y": len(rows), "label": str(section), "kind": "section"})
        lines = textwrap.wrap(str(figure["label"]), LINE, break_on_hyphens=False) or [""]
        rows.append(
            {"kind": "figure"}
            | {name: value for name, value in figure.items() if name != "section" and value is not None}
            | {"y": len(rows), "label": "\n".join(lines), "lift": (len(lines) - 1) / 2 * LINE_HEIGHT}
        )
    return rows


def drawn(
    figures: Sequence[Row], axis: Axis, palette: Palette, *, title: str, said: list[str], described: str
) -> Spec:
    """The Vega-Lite spec of figures as `laid_out` takes them."""
    rows = laid_out(figures)
    fraction = max(len(row.get("fraction", "")) for row in rows) * CHARACTER + 28
    longest = max(len(line) for row in rows for line in row["label"].split("\n"))
    left = min(LEFT, longest * CHARACTER + 28) + (ASIDE if any(row.get("aside") for row in rows) else 0)
    with debug_mode(False):
        hollow = any(row["kind"] == "published" for row in rows)
        spec = layer(*_layers(palette, axis, left + fraction, fraction, hollow=hollow))
    return framed(
        spec,
        palette,
        title=title,
        said=said,
        described=described,
        height=max(1, len(rows)) * ROW_HEIGHT,
        datasets={"rows": [_placed(row) for row in rows]},
    )


def forest_spec(
    figures: Sequence[Mapping[str, Any]],
    *,
    title: str,
    theme: Theme = "light",
    synthetic: bool = False,
    unit: str = "courses",
    note: str = "",
    aside: str = "NE = not evaluable, included in n",
) -> Spec:
    """The Vega-Lite spec of a forest plot.

    `figures`, in the order in which they are shown: section, label, k, n, low, high; `low` and `high` are
    the ends of the 95 % interval as shares of 1; `aside`, where given, is what could not be judged, such as `2 NE`,
    explained by the argument of that name. Rows with n = 0 keep their label and have no mark. `note` names the
    courses. Without figures the chart says so.
    """
    palette = PALETTES[theme]
    if not figures:
        return nothing(title, "No course in this selection", palette)
    rows = [_share(figure, unit) for figure in figures]
    explained = f"; {aside}" if any(row["aside"] for row in rows) else ""
    said = subtitle(
        f"95 % Clopper-Pearson intervals; area of the marker by n; overlapping intervals cannot be ranked{explained}",
        note,
        synthetic=synthetic,
    )
    axis = Axis(f"Share of {unit}", 0, 1, (0, 0.25, 0.5, 0.75, 1), "%", "k/n", "Share (95 % interval)")
    described = f"{title}: {len(figures)} proportions with intervals."
    return drawn(rows, axis, palette, title=title, said=said, described=described)


def _share(figure: Mapping[str, Any], unit: str) -> Row:
    """A proportion as a row; without a denominator it has a label and no mark."""
    k, n = int(figure["k"]), int(figure["n"])
    row: Row = {
        "section": figure["section"],
        "label": figure["label"],
        "fraction": f"{k:,}/{n:,}",
        "aside": figure.get("aside", ""),
    }
    if n:
        share, low, high = k / n, float(figure["low"]), float(figure["high"])
        row |= {"share": share, "low": low, "high": high, "n": n, "kind": "estimate"}
        row["percent"] = f"{percent(share)} % ({percent(low)}–{percent(high)})"
        row["tip"] = f"{figure['label']}: {row['fraction']} {unit}, {row['percent']}"
        row["tip"] += f", {row['aside']}" if row["aside"] else ""
    return row


def _placed(row: dict[str, Any]) -> dict[str, Any]:
    middle = (row["y"] + 0.5) * ROW_HEIGHT
    return row | {"y": middle, "y_label": middle - row.get("lift", 0.0)}


def percent(share: float) -> str:
    """A share as a whole percentage, rounded half up: 20 of 32 are 63 %."""
    return str(int(Decimal(repr(share * 100)).quantize(Decimal(1), ROUND_HALF_UP)))


def _layers(
    palette: Palette, along: Axis, left: float, fraction: float, *, hollow: bool
) -> list[alt.Chart | None]:
    text, color = palette.text, palette.series["platelets"]

    def rows(kept: str | None = None) -> alt.Chart:
        chart = Chart(alt.NamedData("rows"))
        return chart if kept is None else chart.transform_filter(kept)

    y = alt.Y(field="y", type="quantitative", scale=None, axis=None)
    axis = alt.Axis(format=along.format, values=list(along.ticks), grid=True, gridColor=palette.grid)
    scale = alt.Scale(domain=[along.low, along.high], nice=False)

    def x(name: str) -> alt.X:
        return alt.X(field=name, type="quantitative", scale=scale, axis=axis, title=along.title)

    spanned, named = "isValid(datum.low)", "datum.kind !== 'section'"

    says_all = says(label="Figure", fraction=along.count, percent=along.figure)
    interval = Placed(x, y, palette, says_all)

    def point(kind: str, *, filled: bool) -> alt.Chart:
        return interval.point(
            rows(f"datum.kind === '{kind}'"),
            "share",
            {"shape": "square", "filled": filled, "color": color},
            size=alt.Size("n:Q", scale=alt.Scale(range=[30, 240], domainMin=0), legend=None),
        )

    words: dict[str, Any] = {"fontSize": 12, "color": text, "baseline": "middle", "clip": False}
    return [
        rows("datum.kind === 'section'")
        .mark_text(align="left", fontWeight="bold", **words)
        .encode(x=alt.value(-left), y=y, text="label:N"),
        rows(named)
        .mark_text(align="left", limit=LEFT - 16, lineBreak="\n", lineHeight=LINE_HEIGHT, **words)
        .encode(
            x=alt.value(12 - left),
            y=alt.Y(field="y_label", type="quantitative", scale=None, axis=None),
            text="label:N",
        ),
        rows(named).mark_text(align="right", **words).encode(x=alt.value(-12), y=y, text="fraction:N"),
        rows(f"{named} && datum.aside")
        .mark_text(align="right", **words)
        .encode(x=alt.value(-fraction), y=y, text="aside:N"),
        interval.rule(rows(spanned)),
        *interval.caps(rows(spanned)),
        point("estimate", filled=True),
        point("published", filled=False)
        if hollow
        else None,  # a layer without marks has no name to be read out
        rows("isValid(datum.share)")
        .mark_text(align="left", **words)
        .encode(x=alt.value(alt.ExprRef("width + 12")), y=y, text="percent:N"),
    ]

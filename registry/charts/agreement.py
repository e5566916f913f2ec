"""Machine and people side by side: who said what, how far they agree, and how often an accepted call errs."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from adjudication.review.rules import Beside
from registry.charts import forest
from registry.charts.frame import Chart, Spec, framed, layer, nothing, says
from registry.charts.palette import PALETTES, Palette, Theme
from registry.charts.words import subtitle
from registry.review.agreement.coefficients import Coefficient
from registry.review.agreement.figures import Group
from registry.review.error_rate import Trust
from registry.wording import number_of

CELL, GAP = 46, 3
"""Pixels: the height of a cell, and the ground between two."""
SHADES: Mapping[Theme, tuple[str, str]] = {"light": ("#DCE8F4", "#08519C"), "dark": ("#1C2A3C", "#6CBBF2")}
"""The fill of none and of all that the machine said so."""
INKS = ("#FFFFFF", "#000000")
"""For the numbers: on every fill one of both has a contrast of at least 4.5."""
LABELS = {
    "percent_agreement": "Percent agreement",
    "cohen_kappa": "Cohen's kappa",
    "weighted_kappa": "Weighted kappa, ordered levels",
    "fleiss_kappa": "Fleiss' kappa",
    "krippendorff_alpha": "Krippendorff's alpha",
    "krippendorff_alpha_ordinal": "Krippendorff's alpha, ordered levels",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2, ordered levels",
    "response_kappa": "Response or none: Cohen's kappa",
    "response_ac1": "Response or none: Gwet's AC1",
}
"""What a page and a chart call the coefficients."""


def matrix_spec(
    group: Group, *, title: str, theme: Theme = "light", synthetic: bool = False, note: str = ""
) -> Spec:
    """How often the machine said what people decided: counts in cells, shaded by their share of the machine's row.

    Where both say the same the cell is framed. Without a case the chart says so.
    """
    palette = PALETTES[theme]
    if not group.n:
        return nothing(title, "No decided case in this selection", palette)
    rows = [
        _cell(machine, final, n, sum(counts), theme)
        for machine, counts in zip(group.matrix.rows, group.matrix.counts, strict=True)
        for final, n in zip(group.matrix.columns, counts, strict=True)
    ]
    kappa = next(one for one in group.coefficients if one.measure == "cohen_kappa")
    cases = f"{number_of(group.n, 'decided case')}"
    said = subtitle(f"κ = {in_words(kappa)}, {cases}", note, synthetic=synthetic)
    with debug_mode(False):
        spec = layer(*_cells(palette, group.matrix.rows, group.matrix.columns))
    return framed(
        spec,
        palette,
        title=title,
        said=said,
        height=CELL * len(group.matrix.rows),
        datasets={"rows": rows},
        described=f"{title}: automated call in rows, final decision in columns, {cases}.",
    )


def _cell(machine: str, final: str, n: int, of: int, theme: Theme) -> dict[str, Any]:
    share = n / of if of else 0.0
    fill = mixed(*SHADES[theme], share)
    return {
        "machine": machine,
        "final": final,
        "n": n,
        "fill": fill,
        "ink": max(INKS, key=lambda ink: contrast(ink, fill)),
        "same": machine == final,
        "tip": f"Automated call {machine}, final decision {final}: {n} of {of} calls of {machine}",
    }


def _cells(p: Palette, rows: Sequence[str], columns: Sequence[str]) -> list[alt.Chart]:
    chart = Chart(alt.NamedData("rows"))
    axis: dict[str, Any] = {
        "domain": False,
        "ticks": False,
        "labelAngle": 0,
        "labelFontSize": 12,
        "labelPadding": 6,
    }
    place = {
        "x": alt.X(
            "final:N",
            scale=alt.Scale(domain=list(columns), paddingInner=0.04, paddingOuter=0),
            axis=alt.Axis(orient="top", title="Final decision", **axis),
        ),
        "y": alt.Y(
            "machine:N",
            scale=alt.Scale(domain=list(rows), paddingInner=0.06, paddingOuter=0),
            axis=alt.Axis(title="Automated call", **axis),
        ),
    }
    tip = says(machine="Machine", final="People", n="Cases")
    return [
        chart.mark_rect(cornerRadius=2).encode(
            **place,
            fill=alt.Fill("fill:N", scale=None),
            tooltip=tip,
            description=alt.Description(field="tip", type="nominal"),
        ),
        chart.transform_filter("datum.same")
        .mark_rect(cornerRadius=2, filled=False, stroke=p.text, strokeWidth=1.4, aria=False)
        .encode(**place),
        chart.mark_text(fontSize=15, baseline="middle", aria=False).encode(
            **place, text=alt.Text("n:Q", format=",d"), color=alt.Color("ink:N", scale=None)
        ),
    ]


def coefficients_spec(
    sections: Mapping[str, Sequence[Coefficient]],
    beside: Sequence[Beside] = (),
    *,
    title: str,
    theme: Theme = "light",
    synthetic: bool = False,
    note: str = "",
) -> Spec:
    """Coefficients under their sections with their intervals; what others published is hollow at the end.

    A coefficient that is not estimable keeps its label and has no mark. Without any case the chart says so.
    """
    palette = PALETTES[theme]
    rows = [_coefficient(section, one) for section, found in sections.items() for one in found]
    if not any("share" in row for row in rows):
        return nothing(title, "No decided case in this selection", palette)
    rows += [_published(one) for one in beside]
    least = min(row.get("low", row.get("share", 0.0)) for row in rows)
    low = min(0.0, math.floor(least * 4) / 4)
    ticks = tuple(low + step / 4 for step in range(int((1 - low) * 4) + 1))
    axis = forest.Axis("Coefficient", low, 1, ticks, ".2f", "Cases", "Coefficient (95 % interval)")
    more = "; hollow: published elsewhere, not pooled with this registry" if beside else ""
    said = subtitle(
        f"95 % bootstrap intervals over cases, seeded; 1 = full agreement, 0 = chance agreement{more}",
        note,
        synthetic=synthetic,
    )
    described = f"{title}: {len(rows)} coefficients with intervals."
    return forest.drawn(rows, axis, palette, title=title, said=said, described=described)


def _coefficient(section: str, one: Coefficient) -> dict[str, Any]:
    row: dict[str, Any] = {"section": section, "label": LABELS[one.measure], "fraction": f"{one.n:,}"}
    if one.estimate is None:
        return row
    row |= {"share": one.estimate, "n": one.n, "kind": "estimate", "percent": in_words(one)}
    if one.low is not None and one.high is not None:
        row |= {"low": one.low, "high": one.high}
    return row | {"tip": f"{section}, {LABELS[one.measure]}: {row['percent']}, {one.n} cases"}


def _published(one: Beside) -> dict[str, Any]:
    words = f"{one.value:.2f}"
    row: dict[str, Any] = {"section": "Published elsewhere", "label": one.label, "fraction": ""}
    if one.low is not None and one.high is not None:
        row |= {"low": one.low, "high": one.high}
        words += f" ({one.low:.2f}–{one.high:.2f})"
    measure = LABELS[one.measure]
    tip = f"{one.label}: {measure} {words}, {one.citation}"
    return row | {"share": one.value, "n": 1, "kind": "published", "percent": words, "tip": tip}


def in_words(one: Coefficient) -> str:
    """`0.78 (95 % interval 0.68–0.88)` without its words: `0.78 (0.68–0.88)`; `not estimable` where it is not."""
    if one.estimate is None:
        return "not estimable"
    if one.low is None or one.high is None:
        return f"{one.estimate:.2f}"
    return f"{one.estimate:.2f} ({one.low:.2f}–{one.high:.2f})"


def error_spec(trust: Trust, *, title: str, theme: Theme = "light", synthetic: bool = False) -> Spec:
    """The error rate of accepted calls with its exact interval, beside the limit from which none is accepted."""
    palette = PALETTES[theme]
    if not trust.decided:
        return nothing(title, "No sampled case is decided yet", palette)
    top = min(1.0, math.ceil(max(trust.high, trust.limit) * 10 + 0.5) / 10)
    rate = trust.errors / trust.decided
    words = f"{rate:.1%} ({trust.low:.1%}–{trust.high:.1%})"
    row = {"low": trust.low, "high": trust.high, "rate": rate, "limit": trust.limit, "said": words}
    row["tip"] = f"{trust.errors} errors in {trust.decided} decided sampled calls: {words}"
    with debug_mode(False):
        spec = layer(*_error(palette, top, f"limit {trust.limit:.0%}"))
    said = subtitle(
        f"{trust.errors} of {trust.decided} decided sampled calls had another level than the final decision; "
        f"exact (Clopper-Pearson) {trust.confidence:.0%} interval",
        synthetic=synthetic,
    )
    return framed(
        spec, palette, title=title, said=said, height=54, datasets={"rows": [row]}, described=str(row["tip"])
    )


def _error(p: Palette, top: float, limit: str) -> list[alt.Chart]:
    chart = Chart(alt.NamedData("rows"))
    axis = alt.Axis(format="%", grid=True, gridColor=p.grid, tickCount=6)

    def x(name: str) -> alt.X:
        scale = alt.Scale(domain=[0, top], nice=False)
        return alt.X(field=name, type="quantitative", scale=scale, axis=axis, title="Error rate")

    y = alt.value(34)
    tip = says(tip="Accepted calls")
    words: dict[str, Any] = {"fontSize": 12, "color": p.text, "clip": False, "aria": False}
    return [
        chart.mark_rule(strokeDash=[5, 4], strokeWidth=1.5, color=p.text, aria=False).encode(x=x("limit")),
        chart.mark_text(align="left", dx=6, baseline="top", **words).encode(
            x=x("limit"), y=alt.value(2), text=alt.value(limit)
        ),
        chart.mark_rule(strokeWidth=1.8, color=p.text, aria=False).encode(x=x("low"), x2="high", y=y),
        *(
            chart.mark_tick(orient="vertical", size=11, thickness=1.8, color=p.text, aria=False).encode(
                x=x(end), y=y
            )
            for end in ("low", "high")
        ),
        chart.mark_point(
            shape="square", filled=True, size=110, opacity=1, color=p.series["platelets"]
        ).encode(x=x("rate"), y=y, tooltip=tip, description=alt.Description(field="tip", type="nominal")),
        chart.mark_text(align="left", baseline="middle", **words).encode(
            x=alt.value(alt.ExprRef("width + 12")), y=y, text="said:N"
        ),
    ]


# --- shades


def mixed(low: str, high: str, share: float) -> str:
    """A color between two, as `#RRGGBB`."""
    ends = zip(_channels(low), _channels(high), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in ends)


def contrast(one: str, other: str) -> float:
    """The contrast of two colors as WCAG measures it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in _shares(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _shares(color: str) -> list[float]:
    return [channel / 255 for channel in _channels(color)]


def _channels(color: str) -> list[int]:
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]

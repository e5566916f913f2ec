"""What every chart shares: layers put together as plain dicts, tooltips, and the look of axes and legends."""

import re
from typing import Any

import altair as alt

from registry.charts.palette import FONT, Palette

Spec = dict[str, Any]
"""A Vega-Lite specification."""


class Chart(alt.Chart):
    """A chart whose encodings are objects of Altair's own classes.

    Altair looks for the class of a column's name, and of a value, through the whole schema of Vega-Lite, which takes
    2.5 ms for each of them; a page with a patient's timeline has five hundred.
    """

    def encode(self, *args: Any, **channels: Any) -> "Chart":
        return super().encode(*args, **{name: _of_its_class(name, one) for name, one in channels.items()})


def _of_its_class(channel: str, given: Any) -> Any:
    """What Altair would make of a column's name or of `alt.value(…)` given for a channel; all else as it is."""
    of_field = "".join(part[:1].upper() + part[1:] for part in re.findall(r"[a-z]+|[A-Z][a-z]*|\d+", channel))
    if isinstance(given, str):
        return getattr(alt, of_field)(given)
    if isinstance(given, dict) and set(given) == {"value"}:
        return getattr(alt, f"{of_field}Value")(given["value"])
    return given


def layer(*parts: alt.Chart | Spec | None) -> Spec:
    """Marks drawn over each other, the last on top."""
    return {"layer": [plain(part) for part in parts if part is not None]}


def plain(part: alt.Chart | Spec) -> Spec:
    if isinstance(part, dict):
        return part
    made: Spec = part.to_dict(validate=False)
    return {name: value for name, value in made.items() if name not in ("$schema", "config")}


def says(**titles: str) -> list[alt.Tooltip]:
    """A tooltip with a titled line for each named column."""
    return [alt.Tooltip(field=name, type="nominal", title=title) for name, title in titles.items()]


def config(p: Palette) -> Spec:
    """Fonts, colors of text and rules, legends below the chart, one under the other."""
    return {
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": p.text,
            "titleColor": p.text,
            "domainColor": p.rule,
            "tickColor": p.rule,
            "labelFontSize": 11,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        "legend": {
            "labelColor": p.text,
            "titleColor": p.text,
            "labelFontSize": 11,
            "titleFontSize": 11,
            "titleLimit": 300,
            "orient": "bottom",
            "direction": "horizontal",
            "titleOrient": "left",
            "columns": 6,
            "symbolOpacity": 1,
            "symbolStrokeWidth": 1.2,
            "layout": {"bottom": {"anchor": "start", "direction": "vertical", "margin": 6}},
        },
        "title": {
            "color": p.text,
            "subtitleColor": p.quiet,
            "fontSize": 15,
            "subtitleFontSize": 11,
            "anchor": "start",
            "offset": 8,
        },
    }


def framed(
    spec: Spec,
    palette: Palette,
    *,
    title: str,
    said: list[str],
    described: str,
    height: float,
    datasets: Spec,
    right: int = 4,
    bottom: int = 4,
) -> Spec:
    """A chart as wide as its place on the page, with title, subtitle and description; sizes in pixels."""
    return spec | {
        "$schema": alt.SCHEMA_URL,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "background": "transparent",
        "padding": {"left": 4, "top": 4, "right": right, "bottom": bottom},
        "config": config(palette),
        "title": {"text": title, "subtitle": said},
        "description": described,
        "datasets": datasets,
    }


def nothing(title: str, message: str, palette: Palette) -> Spec:
    """A chart that says that there is nothing to draw."""
    return {
        "$schema": alt.SCHEMA_URL,
        "title": {"text": title, "anchor": "start", "color": palette.text},
        "background": "transparent",
        "width": "container",
        "height": 60,
        "data": {"values": [{"label": message}]},
        "mark": {"type": "text", "color": palette.quiet, "fontSize": 12},
        "encoding": {"text": {"field": "label", "type": "nominal"}},
        "config": {"view": {"stroke": None}, "font": FONT},
    }

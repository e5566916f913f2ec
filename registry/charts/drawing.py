"""How a timeline looks: its layers, made once by Altair for each arrangement of lanes, axis and theme.

A drawing reads its rows by name, so that opening another patient fills in rows and builds nothing.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import altair as alt
from altair.utils.schemapi import debug_mode

from registry.charts.frame import Chart, Spec, config, layer, plain, says
from registry.charts.marks import CHOSEN, SYMLOG_CONSTANT, TITLES, Lane
from registry.charts.palette import PALETTES, Theme
from registry.charts.rows import CATEGORY_SHAPES, category_word

LEFT, RIGHT = 124, 60
"""Pixels left of the plot, for row labels and titles of count lanes; right of it, for the words of levels."""
_SHOWN = "(domain('x')[1] - domain('x')[0])"
_STEP = f"({_SHOWN} > 144 ? 24 : {_SHOWN} > 60 ? 12 : {_SHOWN} > 24 ? 6 : {_SHOWN} > 12 ? 3 : 1)"
MONTH_TICKS = f"sequence(ceil(domain('x')[0] / {_STEP}) * {_STEP}, domain('x')[1], {_STEP})"
"""Ticks of an axis in months: whole years, halves, quarters or months, by how much is shown."""
CHOICE = {
    "name": CHOSEN,
    "select": {"type": "point", "fields": ["course"], "toggle": False, "clear": "mouseout"},
}
"""A click on a mark that belongs to a course chooses it. It is forgotten when the pointer leaves the mark, so that a
second click on it, after another course was chosen elsewhere on the page, is a choice again."""
COURSE_ROOM = "scale('x', datum.next) - scale('x', datum.x) > 6.6 * length(datum.long) + 10"
"""A course is named with its regimen where the next label leaves room, at every zoom; else by its number."""
CALENDAR_LABELS = (
    "utcdate(datum.value) !== 1 ? utcFormat(datum.value, '%-d %b %Y') : "
    "utcmonth(datum.value) !== 0 ? utcFormat(datum.value, '%b %Y') : utcFormat(datum.value, '%Y')"
)
"""Labels of a calendar axis: every one names its year, a month is never a number."""


@dataclass(frozen=True)
class Arrangement:
    """What the drawing itself depends on; everything else is rows."""

    lanes: tuple[Lane, ...]
    mode: str
    axis_title: str
    theme: Theme
    responses: tuple[str, ...]
    categories: tuple[str, ...]
    not_judged: tuple[str, ...]
    strip: float


@lru_cache(maxsize=256)
def drawn(arrangement: Arrangement) -> Spec:
    """The spec of an arrangement without its rows; not to be changed by the receiver."""
    # Checking and copying every nested layer is most of Altair's cost (over a second for this view). Altair
    # makes the single marks, unchecked; the layers are put together here, and the tests check whole specs
    # against the schema.
    with debug_mode(False):
        return _Drawing(arrangement).spec()


class _Drawing:
    """Builds the layers for one arrangement; reads rows by dataset name."""

    def __init__(self, key: Arrangement) -> None:
        self.key = key
        self.palette = PALETTES[key.theme]
        self.scale = alt.Scale(
            type="utc" if key.mode == "calendar" else "linear",
            domain=[alt.ExprRef("x_low"), alt.ExprRef("x_high")],
            nice=False,
            # Dates have no zero: to speak of it makes the browser complain.
            zero=alt.Undefined if key.mode == "calendar" else False,
        )
        self.kind: Literal["temporal", "quantitative"] = (
            "temporal" if key.mode == "calendar" else "quantitative"
        )
        self.axis = alt.Axis(
            title=key.axis_title,
            orient="bottom",
            grid=False,
            labelOverlap=True,
            labelFlush=False,
            tickCount=8,
            values=alt.ExprRef(MONTH_TICKS) if key.mode == "months" else alt.Undefined,
            labelExpr=CALENDAR_LABELS if key.mode == "calendar" else alt.Undefined,
        )

    # --- pieces of encoding

    def x(self, name: str = "x") -> alt.X:
        return alt.X(field=name, type=self.kind, scale=self.scale, axis=self.axis)

    def y(self, name: str = "y") -> alt.Y:
        """Height in pixels from the top: rows outside the count lanes know their place."""
        return alt.Y(field=name, type="quantitative", scale=None, axis=None)

    def rows(self, name: str) -> alt.Chart:
        return Chart(alt.NamedData(name=name))

    tip = alt.Description(field="tip", type="nominal")

    # --- the whole

    def spec(self) -> Spec:
        p = self.palette
        rows = [
            self.row_lines(),
            self.row_labels(),
            self.unreadable(),
            self.spans(),
            self.turns(),
            self.doses(),
            *self.events(),
        ]
        layers = layer(
            *(self.bands(lane) for lane in self.key.lanes),
            self.window(),
            *(self.lane(lane) for lane in self.key.lanes),
            self.course_rules(),
            *rows,
            self.chosen(),
        )
        return layers | {
            "$schema": alt.SCHEMA_URL,
            "width": "container",
            "autosize": {"type": "fit-x", "contains": "padding"},
            "background": "transparent",
            "padding": {"left": 4, "top": 4, "right": 4, "bottom": 4},
            "resolve": {
                "scale": {"x": "shared", "y": "independent", "fill": "independent", "shape": "independent"}
            },
            "config": config(p),
        }

    def course_rules(self) -> Spec:
        p = self.palette
        rules = (
            self.rows("courses")
            .mark_rule(color=p.quiet, opacity=0.45, clip=True, aria=False)
            .encode(x=self.x(), y=self.y(), y2=alt.value(alt.ExprRef("bottom")))
        )
        zoom = {
            "name": "zoom",
            "select": {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.shiftKey]"},
            "bind": "scales",
        }
        labels = [
            self.course_label("right", "left", 4, "long", alt.ExprRef(f"{COURSE_ROOM} ? 1 : 0")),
            self.course_label(
                "right", "left", 4, "short", alt.ExprRef(f"{COURSE_ROOM} ? 0 : 1"), heard=False
            ),
            self.course_label("left", "right", -4, "short", 1),
        ]
        return layer(plain(rules) | {"params": [zoom]}, *labels)

    def course_label(
        self,
        side: str,
        align: Literal["left", "right"],
        dx: int,
        words: str,
        opacity: Any,
        heard: bool = True,
    ) -> alt.Chart:
        return (
            self.rows("courses")
            .transform_filter(f"datum.side === '{side}'")
            .mark_text(
                align=align,
                baseline="top",
                dx=dx,
                fontSize=11,
                fontWeight="bold",
                color=self.palette.text,
                clip=True,
                opacity=opacity,
                aria=heard,
            )
            .encode(
                x=self.x(),
                y=self.y(),
                text=f"{words}:N",
                tooltip=says(long="Course", tip="What"),
                description=self.tip,
            )
        )

    # --- counts

    def scale_of(self, lane: Lane) -> alt.Scale:
        """Values to heights, as `Lane.pixel` does."""
        make = {
            "symlog": lambda **k: alt.Scale(type="symlog", constant=SYMLOG_CONSTANT, **k),
            "log": lambda **k: alt.Scale(type="log", **k),
            "linear": lambda **k: alt.Scale(zero=False, **k),
        }[lane.scale]
        return make(domain=[lane.low, lane.high], range=[lane.bottom, lane.top], nice=False, clamp=True)

    def bands(self, lane: Lane) -> alt.Chart:
        """The ground of a lane, behind everything: tinted up to each level."""
        return (
            self.rows(f"bands_{lane.analyte}")
            .mark_rect(aria=False)
            .encode(
                x=alt.value(0),
                x2=alt.value(alt.ExprRef("width")),
                y=alt.Y(field="low", type="quantitative", scale=self.scale_of(lane), axis=None),
                y2="high:Q",
                fill=alt.Fill("fill:N", scale=None),
            )
        )

    def window(self) -> alt.Chart:
        """The time of the chosen course, from its start to the next of its disease."""
        p = self.palette
        return (
            self.rows("window")
            .mark_rect(
                fill=p.text, fillOpacity=0.045, stroke=p.text, strokeOpacity=0.35, clip=True, aria=False
            )
            .encode(x=self.x(), x2="x2", y=self.y(), y2=alt.value(alt.ExprRef("bottom")))
        )

    def chosen(self) -> Spec:
        """Drawn last: the ribbon of the chosen course, and a number at each record that decided its call."""
        p = self.palette
        outline = (
            self.rows("chosen_spans")
            .mark_rect(filled=False, stroke=p.text, strokeWidth=2.2, cornerRadius=2, clip=True, aria=False)
            .encode(x=self.x(), x2="x2", y=self.y(), y2="y2")
        )
        stems = (
            self.rows("badges")
            .mark_rule(color=p.text, strokeWidth=1, clip=True, aria=False)
            .encode(x=self.x(), y=self.y(), y2="y_badge")
        )
        rings = (
            self.rows("badges")
            .mark_point(
                filled=False, size=130, opacity=1, stroke=p.text, strokeWidth=2.2, clip=True, aria=False
            )
            .encode(x=self.x(), y=self.y())
        )
        badges = (
            self.rows("badges")
            .mark_point(
                filled=True,
                size=190,
                opacity=1,
                fill=p.text,
                stroke=p.ground,
                strokeWidth=1,
                clip=True,
                aria=False,
            )
            .encode(x=self.x(), y=self.y("y_badge"))
        )
        numbers = (
            self.rows("badges")
            .mark_text(
                fontSize=10,
                fontWeight="bold",
                baseline="middle",
                dy=0.5,
                color=p.ground,
                clip=True,
                aria=False,
            )
            .encode(x=self.x(), y=self.y("y_badge"), text="number:N")
        )
        return layer(outline, stems, rings, badges, numbers)

    def lane(self, lane: Lane) -> Spec:
        p, name = self.palette, lane.analyte
        color, scale = p.series[name], self.scale_of(lane)
        axis = alt.Axis(
            title=lane.title,
            values=list(lane.ticks),
            orient="left",
            offset=0,
            grid=False,
            minExtent=LEFT,
            maxExtent=LEFT,
            titleX=-50,
            titleAnchor="middle",
            labelOverlap="greedy",
            labelExpr="datum.value <= 1 ? '≤1' : datum.label" if lane.scale == "log" else "datum.label",
        )

        def y(field: str = "v") -> alt.Y:
            return alt.Y(field=field, type="quantitative", scale=scale, axis=axis, title=lane.title)

        levels = (
            self.rows(f"levels_{name}")
            .mark_rule(strokeDash=[5, 4], color=p.quiet, aria=False)
            .encode(y=y(), x=alt.value(0), x2=alt.value(alt.ExprRef("width")))
        )
        level_words = (
            self.rows(f"levels_{name}")
            .mark_text(
                align="left", baseline="middle", dx=5, fontSize=11, color=p.text, clip=False, limit=RIGHT
            )
            .encode(y=y(), x=alt.value(alt.ExprRef("width")), text="label:N")
        )
        targets = (
            self.rows(f"targets_{name}")
            .mark_rule(strokeDash=[2, 2], strokeWidth=1.5, color=color, clip=True)
            .encode(
                x=self.x(),
                x2="x2",
                y=y(),
                tooltip=says(tip="Needed in this course"),
                description=self.tip,
            )
        )
        line = (
            self.rows(f"line_{name}")
            .mark_line(color=color, strokeWidth=1.6, clip=True, aria=False)
            .encode(x=self.x(), y=y(), detail="segment:N")
        )
        count_lines = {
            "value": TITLES[name],
            "when": "Date",
            "reported": "As reported",
            "id": "Observation",
            "role": "Decided",
        }
        points = (
            self.rows(f"counts_{name}")
            .mark_point(
                filled=True,
                size=alt.ExprRef("dot"),
                opacity=1,
                color=color,
                stroke=p.ground,
                strokeWidth=0.6,
                clip=True,
            )
            .encode(x=self.x(), y=y(), tooltip=says(**count_lines), description=self.tip)
        )
        deciding = (
            self.rows(f"deciding_{name}")
            .mark_point(filled=False, size=95, opacity=1, stroke=p.text, strokeWidth=1.1, clip=True)
            .encode(
                x=self.x(),
                y=y(),
                tooltip=says(value=TITLES[name], when="Date", role="Decided"),
                description=self.tip,
            )
        )
        layers = [levels, level_words, targets, line, points, deciding]
        hollow = (
            self.rows(f"hollow_{name}")
            .mark_point(
                filled=True, size=44, opacity=1, stroke=p.text, strokeWidth=1.5, fill=p.ground, clip=True
            )
            .encode(
                x=self.x(),
                y=y(),
                tooltip=says(
                    value=TITLES[name],
                    when="Date",
                    why="Not evaluable",
                    reported="As reported",
                    id="Observation",
                ),
                description=self.tip,
            )
        )
        if self.key.not_judged:
            hollow = hollow.encode(shape=self.not_judged())
        layers.append(hollow)
        layers.append(
            self.rows(f"empty_{name}")
            .mark_text(fontSize=12, color=p.quiet)
            .encode(
                x=alt.value(alt.ExprRef("width / 2")),
                y=alt.value((lane.top + lane.bottom) / 2),
                text="label:N",
            )
        )
        return layer(*layers)

    def not_judged(self) -> alt.Shape:
        """Hollow shapes; the subtitle says what they mean, because a legend would draw its symbols empty."""
        shapes, used = {"Not evaluable": "circle", "Clumped": "diamond"}, list(self.key.not_judged)
        scale = alt.Scale(domain=used, range=[shapes[kind] for kind in used])
        return alt.Shape("kind:N", scale=scale, legend=None)

    def unreadable(self) -> alt.Chart:
        p = self.palette
        points = (
            self.rows("unreadable")
            .mark_point(
                filled=True, size=44, opacity=1, stroke=p.text, strokeWidth=1.5, fill=p.ground, clip=True
            )
            .encode(
                x=self.x(),
                y=self.y(),
                tooltip=says(value="As reported", when="Date", why="Not evaluable", id="Observation"),
                fill=alt.Fill("fill:N", scale=None),
                description=self.tip,
            )
        )
        return points.encode(shape=self.not_judged()) if self.key.not_judged else points

    # --- rows

    def row_labels(self) -> alt.Chart:
        return (
            self.rows("row_labels")
            .mark_text(
                align="right",
                baseline="middle",
                fontSize=12,
                color=self.palette.text,
                limit=LEFT - 12,
                clip=False,
            )
            .encode(x=alt.value(-10), y=self.y(), text="label:N")
        )

    def row_lines(self) -> alt.Chart:
        return (
            self.rows("row_lines")
            .mark_rule(color=self.palette.grid, aria=False)
            .encode(x=alt.value(0), x2=alt.value(alt.ExprRef("width")), y=self.y())
        )

    def spans(self) -> Spec:
        p, used = self.palette, list(self.key.responses)
        fill = (
            alt.Fill(
                "kind:N",
                title="Response",
                scale=alt.Scale(domain=used, range=[p.responses[kind].fill for kind in used]),
                legend=alt.Legend(
                    symbolType="square", symbolSize=130, symbolStrokeColor=p.rule, symbolStrokeWidth=1
                ),
            )
            if used
            else alt.value(p.ground)
        )
        bars = (
            self.rows("spans")
            .mark_rect(cornerRadius=2, clip=True, strokeWidth=1, cursor="pointer")
            .encode(
                x=self.x(),
                x2="x2",
                y=self.y(),
                y2="y2",
                fill=fill,
                stroke=alt.Stroke("edge:N", scale=None),
                tooltip=says(
                    kind="Response", **{"from": "From", "until": "Until"}, words="Ends", course="Course"
                ),
                description=self.tip,
            )
        )
        return layer(plain(bars) | {"params": [CHOICE]}, self.inside("spans", "kind", size=11, weight="bold"))

    def inside(
        self, rows: str, label: str, size: int, weight: Literal["normal", "bold"] = "normal"
    ) -> alt.Chart:
        """A word inside its bar, shown only while the bar is wide enough, at every width and zoom."""
        room = f"abs(scale('x', datum.x2) - scale('x', datum.x)) > {size * 0.62} * length(datum.{label}) + 8"
        return (
            self.rows(rows)
            .transform_calculate(middle="(datum.x + datum.x2) / 2", height="(datum.y + datum.y2) / 2 + 0.5")
            .mark_text(
                fontSize=size,
                fontWeight=weight,
                baseline="middle",
                clip=True,
                aria=False,
                opacity=alt.ExprRef(f"{room} ? 1 : 0"),
            )
            .encode(
                x=self.x("middle"),
                y=self.y("height"),
                text=f"{label}:N",
                color=alt.Color("ink:N", scale=None),
            )
        )

    def turns(self) -> Spec:
        p = self.palette
        ticks = (
            self.rows("turns")
            .mark_rule(color=p.turn, strokeWidth=2, clip=True)
            .encode(
                x=self.x(),
                y=self.y(),
                y2="y2",
                tooltip=says(kind="Turn", lane="Of", when="Date", course="Course"),
                description=self.tip,
            )
        )
        ink = p.responses["Relapse"]
        relapse = (
            self.rows("relapses")
            .mark_point(
                shape="cross",
                filled=True,
                size=130,
                fill=ink.fill,
                stroke=p.turn,
                strokeWidth=1.2,
                opacity=1,
                clip=True,
            )
            .encode(
                x=self.x(),
                y=self.y("middle"),
                tooltip=says(kind="Turn", lane="Of", when="Date", course="Course"),
                description=self.tip,
            )
        )
        return layer(ticks, relapse)

    def doses(self) -> Spec:
        p = self.palette
        bars = (
            self.rows("doses")
            .mark_rect(cornerRadius=1, clip=True, strokeWidth=0.8)
            .encode(
                x=self.x(),
                x2="x2",
                y=self.y(),
                y2="y2",
                fill=alt.Fill("fill:N", scale=None),
                stroke=alt.Stroke("edge:N", scale=None),
                tooltip=says(agent="Agent", dose="Dose", **{"from": "From", "until": "Until"}, line="Course"),
                description=self.tip,
            )
        )
        arrows = (
            self.rows("ongoing")
            .mark_point(
                shape="triangle-right",
                filled=True,
                size=110,
                stroke=p.text,
                strokeWidth=0.8,
                opacity=1,
                clip=True,
                xOffset=6,
            )
            .encode(
                x=self.x(),
                y=self.y(),
                fill=alt.Fill("fill:N", scale=None),
                tooltip=says(tip="Ongoing"),
                description=self.tip,
            )
        )
        return layer(bars, self.inside("doses", "label", size=10), arrows)

    def events(self) -> list[alt.Chart | Spec]:
        p, used = self.palette, list(self.key.categories)
        shape = (
            alt.Shape(
                "kind:N",
                title="Adverse event, number = grade",
                scale=alt.Scale(
                    domain=[category_word(one) for one in used],
                    range=[CATEGORY_SHAPES.get(one, CATEGORY_SHAPES["other"]) for one in used],
                ),
                legend=alt.Legend(
                    symbolSize=110,
                    symbolFillColor=p.grades[1].fill,
                    symbolStrokeColor=p.text,
                    titleOrient="top",
                    columns=3,
                ),
            )
            if used
            else alt.value("circle")
        )
        adverse = self.graded("adverse", shape)
        bleeds = self.graded("bleeds", alt.value("circle"))
        given = (
            self.rows("given")
            .mark_point(
                shape="triangle-down",
                filled=True,
                size=95,
                stroke=p.text,
                strokeWidth=0.7,
                opacity=1,
                clip=True,
            )
            .encode(
                x=self.x(),
                y=self.y(),
                fill=alt.Fill("fill:N", scale=None),
                tooltip=says(what="Given", when="Date"),
                description=self.tip,
            )
        )
        causes = layer(
            self.rows("causes")
            .mark_rect(cornerRadius=1, clip=True, stroke=p.rule)
            .encode(
                x=self.x(),
                x2="x2",
                y=self.y(),
                y2="y2",
                fill=alt.Fill("fill:N", scale=None),
                tooltip=says(what="Other cause", **{"from": "From", "until": "Until"}),
                description=self.tip,
            ),
            self.inside("causes", "label", size=10),
        )
        earlier = (
            self.rows("earlier")
            .mark_text(align="left", baseline="middle", dx=4, fontSize=11, color=p.quiet)
            .encode(x=alt.value(0), y=self.y(), text="label:N", tooltip=says(tip="Alemtuzumab"))
        )
        return [adverse, bleeds, given, causes, earlier]

    def graded(self, rows: str, shape: Any) -> Spec:
        p = self.palette
        points = (
            self.rows(rows)
            .mark_point(filled=True, size=230, stroke=p.text, strokeWidth=0.9, opacity=1, clip=True)
            .encode(
                x=self.x(),
                y=self.y(),
                shape=shape,
                fill=alt.Fill("fill:N", scale=None),
                tooltip=says(what="What", more="Grade", kind="Category", when="Date"),
                description=self.tip,
            )
        )
        numbers = (
            self.rows(rows)
            .mark_text(fontSize=10, fontWeight="bold", baseline="middle", clip=True, aria=False)
            .encode(x=self.x(), y=self.y("y_text"), text="grade:N", color=alt.Color("ink:N", scale=None))
        )
        return layer(points, numbers)

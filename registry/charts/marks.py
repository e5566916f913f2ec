"""Marks of a timeline: rows of positions and words for each layer of the drawing. No drawing here."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

Row = dict[str, Any]
Scale = Literal["symlog", "log", "linear"]

STRIP_ROW, LANE_GAP, ROW_HEIGHT, BLOCK_GAP = 15, 22, 21, 9
FIRST_LANE, OTHER_LANE = 240, 130
ASSUMED_WIDTH = 640
"""Width of the plot in pixels for which labels are stacked; a narrower page crowds them, a zoom frees
them."""
CHARACTER = 6.4
"""Width of a character of a label, pixels."""

SYMLOG_CONSTANT = 8
"""Where the symlog scale turns from linear to logarithmic: counts of 0 occur, and 5 must stand clear of 0."""

CHOSEN = "chosen"
"""The name of the selection that a click on a ribbon makes; its field is `course`."""

TITLES = {"platelets": "Platelets", "hemoglobin": "Hemoglobin"}
UNITS = {"platelets": "×10⁹/L", "hemoglobin": "g/L"}
LANE_OF = {"ITP": "platelets", "AIHA": "hemoglobin"}
NOT_JUDGED = ("Not evaluable", "Clumped")


@dataclass(frozen=True)
class Lane:
    """A count lane: its analyte, where it is (pixels) and how values map to height."""

    analyte: str
    top: float
    bottom: float
    scale: Scale
    low: float
    high: float
    ticks: tuple[float, ...]

    @property
    def title(self) -> str:
        return f"{TITLES[self.analyte]}, {UNITS[self.analyte]}"

    def pixel(self, value: float) -> float:
        """Height of a value in pixels from the top of the chart, as the scale of the lane places it."""
        shape = {
            "linear": lambda v: v,
            "log": lambda v: math.log(max(v, self.low)),
            "symlog": lambda v: math.log1p(v / SYMLOG_CONSTANT),
        }[self.scale]
        share = (shape(value) - shape(self.low)) / (shape(self.high) - shape(self.low))
        return self.bottom - share * (self.bottom - self.top)


@dataclass
class Marks:
    """Everything to draw: rows per layer, lanes, the names of categories in use, the height in pixels."""

    layers: dict[str, list[Row]] = field(default_factory=dict)
    lanes: list[Lane] = field(default_factory=list)
    responses: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    not_judged: tuple[str, ...] = ()
    height: float = 0.0
    strip: float = 0.0
    ribbon_lanes: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Top and bottom of the first ribbon of each disease, pixels."""

    def row(self, label: str, height: float = ROW_HEIGHT, line: bool = True) -> tuple[float, float]:
        """Take the next row; its label stands left of the plot. Returns top and bottom in pixels."""
        top, bottom = self.height, self.height + height
        self.layers["row_labels"].append({"y": (top + bottom) / 2, "label": label})
        if line:
            self.layers["row_lines"].append({"y": bottom})
        self.height = bottom
        return top, bottom


def number(value: float) -> str:
    """A value without trailing zeros: 45, 4.5, 0.04."""
    return f"{value:.6g}"


def words(code: object) -> str:
    """A code of the record as words: `steroid_sparing` → `steroid sparing`; empty where nothing is there."""
    return "" if code is None else str(code).replace("_", " ")

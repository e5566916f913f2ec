"""An estimate with its interval: one way to draw it, lying in a row or standing at a year."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from registry.charts.palette import Palette

Along = Callable[[str], alt.X | alt.Y]
"""The channel of the values, for a column."""


@dataclass(frozen=True)
class Placed:
    """Where intervals are drawn: along which channel their values lie, and the channel that separates them."""

    along: Along
    across: alt.X | alt.Y
    palette: Palette
    tooltip: list[alt.Tooltip]
    clip: bool | None = None
    """Whether an interval ends at the edge of the plot; None leaves it to the library."""

    @property
    def standing(self) -> bool:
        return isinstance(self.across, alt.X)

    def _channels(self, column: str) -> dict[str, Any]:
        value, other = self.along(column), self.across
        return {"x": other, "y": value} if self.standing else {"x": value, "y": other}

    def _mark(self) -> dict[str, Any]:
        ink: dict[str, Any] = {"color": self.palette.text, "aria": False}
        return ink if self.clip is None else ink | {"clip": self.clip}

    def rule(self, rows: alt.Chart, width: float = 1.6) -> alt.Chart:
        """A line from `low` to `high`, in the unit of the axis."""
        end = {"y2" if self.standing else "x2": "high"}
        return rows.mark_rule(strokeWidth=width, **self._mark()).encode(
            **self._channels("low"), **end, tooltip=self.tooltip
        )

    def caps(self, rows: alt.Chart, size: int = 9) -> list[alt.Chart]:
        """A stroke at either end; `size` is its length in pixels."""
        orient: Literal["horizontal", "vertical"] = "horizontal" if self.standing else "vertical"
        return [
            rows.mark_tick(orient=orient, size=size, thickness=1.6, **self._mark()).encode(
                **self._channels(end)
            )
            for end in ("low", "high")
        ]

    def point(self, rows: alt.Chart, column: str, mark: Mapping[str, Any], **more: Any) -> alt.Chart:
        """The estimate itself; each row has a `tip`, by which it is read aloud. `more` are further channels."""
        described = alt.Description(field="tip", type="nominal")
        return rows.mark_point(opacity=1, **mark).encode(
            **self._channels(column), **{"tooltip": self.tooltip, "description": described} | more
        )

    def own(self, size: int) -> dict[str, Any]:
        """The marker of a figure of this registry."""
        return {"shape": "square", "filled": True, "size": size, "color": self.palette.series["platelets"]}

    def others(self, size: int) -> dict[str, Any]:
        """The hollow marker of a published figure of another population."""
        color = self.palette.series["hemoglobin"]
        return {"shape": "diamond", "filled": False, "size": size, "strokeWidth": 2, "color": color}

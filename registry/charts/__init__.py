"""Charts: pure functions from frames to Vega-Lite specs. The only code that imports altair."""

from registry.charts.forest import forest_spec
from registry.charts.marks import CHOSEN
from registry.charts.swimmer import PATIENTS_PER_PAGE, swimmer_spec
from registry.charts.timeline import describe, timeline_spec

__all__ = ["CHOSEN", "PATIENTS_PER_PAGE", "describe", "forest_spec", "swimmer_spec", "timeline_spec"]

"""Charts on a page: a spec is made once for each state of the registry, view and theme, and kept as a dict."""

from typing import Any

import streamlit as st

from adjudication.criteria import DEFAULTS
from registry import calls
from registry.charts import forest_spec, swimmer_spec, timeline_spec
from registry.charts.palette import Theme
from registry.screens.reads import kept, read_swimmers, read_timeline
from registry.screens.shell import Reading
from registry.timeline import Stretch, Threshold, Zero, thresholds_of


def theme() -> Theme:
    """Light or dark, as the reader's page is."""
    return "dark" if st.context.theme.type == "dark" else "light"


@kept(300)
def _timeline_chart(
    reading: Reading, patient_id: str, zero: Zero | None, stretch: Stretch, scale: Any, look: Theme
) -> dict[str, Any]:
    one = read_timeline(reading, patient_id)
    return timeline_spec(
        one,
        thresholds=[line for disease in one.diseases for line in _thresholds(disease)],
        zero=zero,
        stretch=stretch,
        scale=scale,
        theme=look,
        synthetic=reading.synthetic,
    )


def _thresholds(disease: str) -> list[Threshold]:
    return [
        line
        for known, criteria_id in DEFAULTS.items()
        if known.name == disease
        for line in thresholds_of(calls.criteria(criteria_id))
    ]


def draw_timeline(reading: Reading, patient_id: str, zero: Zero | None, stretch: Stretch, scale: Any) -> None:
    """The timeline of a patient, over the whole width."""
    spec = _timeline_chart(reading, patient_id, zero, stretch, scale, theme())
    st.vega_lite_chart(spec=spec, theme=None, width="stretch")


@kept(60)
def _swimmer_chart(
    reading: Reading, disease: str | None, skip: int, take: int, look: Theme
) -> dict[str, Any]:
    page = read_swimmers(reading, disease, skip, take)
    shown = len({row["patient_id"] for row in page.rows})
    part = f"patients {skip + 1} to {skip + shown} of {page.found}" if page.found > take else ""
    return swimmer_spec(page.rows, theme=look, synthetic=reading.synthetic, part=part)


def draw_swimmers(reading: Reading, disease: str | None, skip: int, take: int) -> None:
    """The swimmer plot of a page of patients."""
    spec = _swimmer_chart(reading, disease, skip, take, theme())
    st.vega_lite_chart(spec=spec, theme=None, width="stretch")


@kept(60)
def _forest_chart(reading: Reading, title: str, rows: list[dict[str, Any]], look: Theme) -> dict[str, Any]:
    return forest_spec(rows, title=title, theme=look, synthetic=reading.synthetic)


def draw_forest(reading: Reading, title: str, rows: list[dict[str, Any]]) -> None:
    """Shares with their intervals; rows of section, label, k, n, low, high."""
    spec = _forest_chart(reading, title, rows, theme())
    st.vega_lite_chart(spec=spec, theme=None, width="stretch")

"""The cohort: its figures with their intervals, and every course of every patient."""

from itertools import groupby
from typing import Any

import streamlit as st

from registry.charts import PATIENTS_PER_PAGE
from registry.screens import drawing, reads, shell, tables

COLUMNS = {
    "seed_figure": "No.",
    "label": "Figure",
    "figure": "Value",
    "percent": "Share",
    "spread": "95 % interval or range",
    "reading": "Reading",
    "remark": "Remark",
}


def show() -> None:
    """Show the swimmer plot and the summary."""
    st.title("Cohort")
    reading = shell.reader()
    if not reads.read_waiting(reading)["held"]["patients"]:
        st.info("This registry holds no patient yet. Take some in with `nadir import FOLDER`.")
        return
    courses, figures = st.tabs(["Courses", "Figures"])
    with courses:
        _swimmers(reading)
    with figures:
        _figures(reading)


def _swimmers(reading: shell.Reading) -> None:
    disease = st.segmented_control(
        "Disease", ["All", "ITP", "AIHA"], default="All", required=True, key="swimmer disease"
    )
    chosen = None if disease == "All" else disease
    take = PATIENTS_PER_PAGE
    found = reads.read_swimmers(reading, chosen, 0, take).found
    page = 1
    if found > take:
        page = st.pagination(-(-found // take), key="swimmer page")
    drawing.draw_swimmers(reading, chosen, (page - 1) * take, take)


def _figures(reading: shell.Reading) -> None:
    summary = reads.read_summary(reading)
    st.caption(
        f"At change {summary.revision}, judged by {' and '.join(summary.criteria)}. Exact (Clopper-Pearson) 95 % "
        "intervals. Groups whose intervals overlap must not be ranked: so few patients cannot tell them apart."
    )
    if summary.not_judged:
        st.warning(f"{summary.not_judged} courses are not judged yet and count as not responding.")
    rows = [_row(figure) for figure in summary.figures]
    shares = [row for row in rows if row["low"] is not None and "courses" in row["unit"] and row["n"]]
    if shares:
        drawing.draw_forest(reading, "Shares of courses", shares)
    for section, members in groupby(rows, key=lambda row: str(row["section"])):
        st.header(section)
        tables.table(
            reading,
            f"figures {section}",
            list(members),
            COLUMNS,
            of_patients=False,
            empty="No figure in this section.",
        )


def _row(figure: Any) -> dict[str, Any]:
    values = figure.as_json()
    value, percent, spread = figure.cells()
    return {
        "seed_figure": values["seed_figure"],
        "section": values["section"],
        "label": values["label"],
        "unit": values["unit"],
        "figure": value,
        "percent": percent,
        "spread": spread,
        "reading": values["reading"],
        "remark": values["difference"],
        "k": values.get("k"),
        "n": values.get("n"),
        "low": values.get("ci_low") if percent else None,
        "high": values.get("ci_high") if percent else None,
    }


if __name__ == "__main__":
    show()

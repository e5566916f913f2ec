"""The cohort: which courses are meant, and what became of them."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

import streamlit as st

from registry.charts import forest_spec
from registry.charts.palette import Theme
from registry.cohort import Filter
from registry.cohort.provenance import decided_words
from registry.errors import NotPermitted
from registry.record.consent import left_out_words
from registry.roles import Permission
from registry.screens import drawing, reads, tables
from registry.screens.cohort import filters, views
from registry.screens.cohort.reads import read_choices, read_figures, read_summary
from registry.screens.session import Session, current_session
from registry.screens.texts import Marked
from registry.stamp import Stamp

View = Callable[[Session, Filter], None]

COURSES = "courses"
"""The view of single patients."""
VIEWS: dict[str, tuple[str, View, bool]] = {
    "response": ("Response", views.responses, True),
    "duration": ("Duration", views.durations, True),
    "next": ("Next course", views.next_courses, False),
    "sequences": ("Sequences", views.sequences, False),
    "remission": ("Off treatment", views.remissions, True),
    "harms": ("Adverse events", views.harms, False),
    COURSES: ("Courses", views.courses, False),
}
"""The views of chosen courses by address: title, what shows it, whether it rests on calls."""
SUMMARY = "summary"
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
    """Show the filter and one view of what it chooses."""
    st.title("Cohort")
    session = current_session()
    if not reads.read_counted(session).patients:
        st.info(Marked("This registry has no patients yet. Import some with `nadir import FOLDER`."))
        return
    chosen, problems = filters.chosen()
    there = read_choices(session)
    filters.show(chosen, there, whole=not session.actor.may_somewhere(Permission.READ))
    for problem in problems:
        st.error(f"{tables.plain(problem)} This part of the address was left out.")
    try:
        found = read_figures(session, chosen)
    except NotPermitted as error:
        st.error(f"{tables.plain(error)} Choose another site, or clear the filter.")
        return
    scope = found.basis.scope
    view = _view(scope.calls, rows=session.actor.may(Permission.READ, scope.sites))
    if view == SUMMARY:
        _summary(session)
        return
    st.markdown(f"**{tables.plain(found.basis)}**")
    if not scope.calls:
        st.caption("This account cannot see calls. Responses and figures derived from them are left out.")
    VIEWS[view][1](session, chosen)


def _view(calls: bool, *, rows: bool) -> str:
    """The view that is asked for, of those that this person has; kept in the address. `rows`: single patients too."""
    titles = {name: title for name, (title, _, of_calls) in VIEWS.items() if calls or not of_calls}
    if not rows:
        del titles[COURSES]
    if calls:
        titles[SUMMARY] = "Summary"
    asked = st.query_params.get("view", "")
    if asked and asked not in titles:
        st.error(f"There is no view {tables.plain(asked)} here. Choose one below.")
    if st.session_state.get("cohort view") not in titles:
        st.session_state["cohort view"] = asked if asked in titles else next(iter(titles))
    chosen = st.segmented_control(
        "Show",
        list(titles),
        key="cohort view",
        format_func=lambda name: titles[name],
        required=True,
        on_change=_view_changed,
    )
    return str(chosen)


def _view_changed() -> None:
    filters.keep(view=st.session_state["cohort view"])


def _summary(session: Session) -> None:
    summary = read_summary(session)
    st.caption(
        f"All patients, regardless of the filter above. At change {summary.revision}. {summary.judged_by} "
        "Exact (Clopper-Pearson) 95 % intervals. Groups whose intervals overlap "
        "must not be ranked: so few patients cannot tell them apart."
    )
    if summary.left_out:
        st.caption(left_out_words(summary.left_out))
    if summary.not_judged:
        st.warning(f"{summary.not_judged} courses are not assessed yet and count as not responding.")
    rows = [_row(figure) for figure in summary.figures]
    shares = [row for row in rows if row["low"] is not None and "courses" in row["unit"] and row["n"]]
    if shares:
        by_people = (decided_words(summary.decided),) if summary.decided else ()
        stamp = Stamp((*summary.criteria, *by_people), "all patients")
        drawing.chart(
            session,
            lambda look: _shares(session, shares, look),
            "shares of courses",
            stamp=stamp,
            of_patients=False,
        )
    for section, members in groupby(rows, key=lambda row: str(row["section"])):
        st.header(section)
        tables.table(
            session,
            f"figures {section}",
            list(members),
            COLUMNS,
            of_patients=False,
            empty="No figure in this section.",
        )


@reads.kept(20)
def _shares(session: Session, rows: list[dict[str, Any]], look: Theme) -> dict[str, Any]:
    return forest_spec(rows, title="Shares of courses", theme=look, synthetic=session.synthetic)


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

"""What a reader sees of a case: the patient's own chart, the tables behind it, the criteria; never a call or a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from registry.charts import timeline_spec
from registry.charts.palette import Theme
from registry.charts.sent import as_sent
from registry.judging import calls
from registry.patients.levels import thresholds_of
from registry.patients.packet import of_packet, packet_rows
from registry.patients.patient_record import PatientRecord
from registry.patients.time_axis import DayZero, Stretch, day_zeros, zero_of
from registry.record.headings import headings
from registry.review.packet import Content, fact_table
from registry.screens import drawing, tables
from registry.screens.patient.records import ADVERSE, COUNTS, COURSES, DOSES, OF_CALLS
from registry.screens.reads import kept
from registry.screens.session import Session
from registry.screens.tables import plain

_SCALES = {"symlog": "Symlog", "linear": "Linear", "log": "Log"}
# Names of this case alone tell nothing; days and values do.
_NAMES = frozenset({"course_id", "observation_id", "adverse_event_id"})
_SHOWN = {
    "observations": (*COUNTS, "lower_limit", "upper_limit", "explained"),
    "courses": (*COURSES, "agents", "intent", "ongoing"),
    "agents": tuple(DOSES),
    "bleeds": ("started_on", "ended_on", "scale", "grade", "site", "itp_related"),
    "transfusions": ("given_on", "product", "units", "reason"),
    "rescues": ("given_on", "agent", "reason"),
    "adverse_events": tuple(ADVERSE),
    "other_causes": ("started_on", "ended_on", "disease", "cause"),
    "episodes": ("disease", "onset_on", "diagnosed_on", "primary_or_secondary", "dat_result", "ended_on"),
}
"""The parts of a packet in the order of the page, and their columns."""
_TABLES: dict[str, tuple[str, dict[str, str]]] = {
    fact_table(part).title: (part, headings(fact_table(part).name, *columns))
    for part, columns in _SHOWN.items()
}
_TALL = 420
_MANY = 12


def show_packet(session: Session, content: Content) -> None:
    """Draw the chart of the packet and, below it, the criteria and the tables."""
    one = of_packet(content)
    _chart(session, content, one)
    _criteria(content)
    _tables(content)


@kept(100)
def _spec(
    session: Session,
    case_id: str,  # noqa: ARG001 -- a case has one packet, and this is its name
    _record: PatientRecord,
    _content: Content,
    which: DayZero,
    stretch: Stretch,
    scale: Any,
    look: Theme,
) -> dict[str, Any]:
    return timeline_spec(
        _record,
        thresholds=thresholds_of(calls.criteria(_content["criteria"]["id"])),
        zero=zero_of(_record, which, _content["course_id"]),
        stretch=stretch,
        scale=scale,
        theme=look,
        synthetic=session.synthetic,
        chosen=_content["course_id"],
    )


def _chart(session: Session, content: Content, record: PatientRecord) -> None:
    """The chart of the patient page; of a packet nothing is taken along."""
    case_id = content["case"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        offered = [zero for zero in day_zeros(record) if zero is not DayZero.last_alemtuzumab]
        default = DayZero.course_start if DayZero.course_start in offered else DayZero.calendar
        which = st.segmented_control(
            "Count days from",
            offered,
            default=default,
            required=True,
            format_func=lambda value: str(value).capitalize(),
            key=f"zero {case_id}",
        )
        scale = st.selectbox(
            "Scale of counts", list(_SCALES), format_func=lambda name: _SCALES[name], key="scale", width=130
        )
        stretch = st.segmented_control(
            "Show",
            list(Stretch),
            default=Stretch.disease,
            required=True,
            format_func=lambda value: str(value).capitalize(),
            key=f"stretch {case_id}",
        )
    look = drawing.theme()
    spec = _spec(
        session,
        case_id,
        record,
        content,
        DayZero(which or default),
        Stretch(stretch or Stretch.disease),
        scale,
        look,
    )
    st.vega_lite_chart(spec=as_sent(spec), theme=None, width="stretch", key=f"packet {case_id}")
    st.caption(
        "The course to be assessed is shaded. Zoom with Shift and the mouse wheel, drag to move, "
        "double-click to reset."
    )


def _criteria(content: Content) -> None:
    """The levels in the words of the publication."""
    told = content["criteria"]
    with st.expander(f"The criteria: {plain(told['title'])}", icon=":material/rule:"):
        st.markdown("\n".join(f"- **{plain(one['name'])}:** {plain(one['words'])}" for one in told["levels"]))
        if told["attribution_days"] is not None:
            st.markdown(
                f"A response is attributed to this course for {told['attribution_days']} days from its start."
            )
        st.caption(f"{plain(told['id'])}, version {plain(told['version'])}")


def _tables(content: Content) -> None:
    """Every part of the packet that has rows; the others are named below as empty."""
    found = {title: packet_rows(content, part) for title, (part, _) in _TABLES.items()}
    filled = [title for title, rows in found.items() if rows]
    for title, tab in zip(
        filled, st.tabs([f"{title} ({len(found[title])})" for title in filled]), strict=True
    ):
        part, titles = _TABLES[title]
        columns = _with_course_days(part, titles)
        rows = found[title]
        # A column in which nothing is recorded only makes the others narrow.
        columns = {
            name: label
            for name, label in columns.items()
            if any(row.get(name) not in (None, "") for row in rows)
        }
        with tab:
            tables.shown(title, rows, columns, empty="", height=_TALL if len(rows) > _MANY else None)
    empty = [title.lower() for title, rows in found.items() if not rows]
    if empty:
        st.caption(f"Nothing is recorded of: {', '.join(empty)}.")


def _with_course_days(part: str, titles: Mapping[str, str]) -> dict[str, str]:
    """The columns of a part, with the day of the course behind each day on which a row begins or ends.

    A course has columns of its call, which no packet has; elsewhere columns of the same name are the row's own.
    """
    described = fact_table(part)
    left_out = _NAMES | OF_CALLS if part == "courses" else _NAMES
    columns: dict[str, str] = {}
    for name, title in titles.items():
        if name in left_out:
            continue
        columns[name] = title
        if name == described.first_day:
            columns["course_day"] = "Day of course"
        elif name == described.last_day:
            columns["course_day_until"] = "Until day of course"
    return columns

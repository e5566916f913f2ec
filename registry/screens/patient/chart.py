"""The timeline on the page: how it is counted and cut, and the course that a click on it chooses."""

from typing import Any

import streamlit as st

from registry.charts import CHOSEN
from registry.charts.palette import Theme
from registry.patients.levels import criteria_words
from registry.patients.patient_record import PatientRecord
from registry.patients.rows import as_rows
from registry.patients.time_axis import DayZero, Stretch, day_zeros, zero_of
from registry.report import View
from registry.screens import drawing
from registry.screens.patient import criteria, printing
from registry.screens.patient.course import choose, chosen, seen
from registry.screens.session import Session
from registry.screens.wording import course_title
from registry.stamp import Stamp

SCALES = {"symlog": "Symlog", "linear": "Linear", "log": "Log"}
ROWS = ("on", "until", "what", "value", "unit", "detail", "id")


_TURN = "zoom turn"


def ask(record: PatientRecord) -> View:
    """The controls above the chart, and what they say. Days from a course's start are those of the chosen course."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="view"):
        offered = day_zeros(record)
        default = DayZero.diagnosis if DayZero.diagnosis in offered else DayZero.calendar
        which = st.segmented_control(
            "Count days from",
            offered,
            default=default,
            required=True,
            format_func=lambda value: str(value).capitalize(),
            key=f"zero {record.patient_id}",
        )
        course = chosen(record) if seen(record) else None
        if which is DayZero.course_start and course is None and len(record.courses) > 1:
            course = st.selectbox(
                "Course",
                [row["course_id"] for row in record.courses],
                format_func=lambda name: course_title(record, name),
                key=f"zero course {record.patient_id}",
                width=260,
            )
        stretch = st.segmented_control(
            "Show",
            list(Stretch),
            default=Stretch.disease,
            required=True,
            format_func=lambda value: str(value).capitalize(),
            key="stretch",
        )
        scale = st.selectbox(
            "Platelet scale",
            list(SCALES),
            format_func=lambda name: SCALES[name],
            key="scale",
            width=130,
        )
        criteria.ask(record)
    zero = zero_of(record, DayZero(which or default), course)
    stretch = Stretch(stretch or Stretch.disease)
    if which is DayZero.last_alemtuzumab and stretch is Stretch.disease:
        stretch = Stretch.whole
    return View(zero, stretch, scale)


def _reset() -> None:
    """A chart of another name is drawn from the beginning: what was zoomed and moved is forgotten."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def show(session: Session, record: PatientRecord, view: View, course_id: str | None) -> None:
    """Draw the timeline with `course_id` marked in it; a click on a ribbon chooses another course."""
    key = f"timeline {record.patient_id} {st.session_state.get(_TURN, 0)}"
    criteria_ids = criteria.chosen()

    def spec_of(look: Theme) -> dict[str, Any]:
        return drawing.timeline_chart(
            session, record.patient_id, criteria_ids, view.zero, view.stretch, view.scale, course_id, look
        )

    selects = record.calls_are_shown and bool(record.calls)
    drawing.chart(
        session,
        spec_of,
        f"{record.patient_id} timeline",
        rows=lambda: as_rows(record),
        columns=ROWS,
        stamp=Stamp(criteria_words(criteria_ids, record.diseases), _part(view)),
        site=record.site,
        patient=record.patient_id,
        key=key,
        on_select=(lambda: _clicked(record, key)) if selects else "ignore",
        selection=CHOSEN if selects else None,
        beside=lambda: _beside(session, record, view, course_id),
    )
    told = [
        "Zoom with Shift and the mouse wheel, drag to move, double-click to reset. All lanes share one time "
        "axis."
    ]
    if selects:
        told.append("Click a response to see its deciding counts below the chart, with the same numbers.")
    st.caption(" ".join(told))


def _beside(session: Session, record: PatientRecord, view: View, course_id: str | None) -> None:
    printing.offer(session, record, view, course_id)
    st.button(
        "Reset zoom", on_click=_reset, key="reset zoom", type="tertiary", icon=":material/zoom_out_map:"
    )


def _part(view: View) -> str:
    counted = f"counted from {view.zero.words}" if view.zero is not None else "calendar dates"
    return f"{view.stretch}, {counted}"


def _clicked(record: PatientRecord, key: str) -> None:
    """A click on a mark of a course chooses it; a click elsewhere changes nothing."""
    picked = st.session_state[key]["selection"].get(CHOSEN) or []
    names = seen(record)
    picked_course = next((mark["course"] for mark in picked if mark.get("course") in names), None)
    if picked_course is not None:
        choose(picked_course)

"""One patient: found by a search, shown on one time axis, with every course, its call and why."""

import streamlit as st

from registry.errors import Usage
from registry.patients.time_axis import Stretch, extent
from registry.screens import reads
from registry.screens.patient import chart, course, criteria, header, records, search
from registry.screens.session import current_session
from registry.screens.surveillance.patient_notice import show_surveillance

_SHOWN = "patient in the address"


def show() -> None:
    """Show the search and the patient that the address names."""
    session = current_session()
    current = st.query_params.get("patient")
    if current is None:
        st.session_state[_SHOWN] = ""
        st.title("Patient")
        search.show_alone(session)
        return
    chosen_sets = criteria.chosen()
    try:
        one = reads.read_patient_record(session, current, chosen_sets)
    except Usage as error:
        st.title("Patient")
        st.warning(str(error))
        search.show_alone(session)
        return
    _address(current)
    header.show(session, one)
    watched = show_surveillance(session, one)
    search.show_folded()
    if one.episodes or not watched:
        header.show_next_step(session, one)
    course.show_what_waits(session, one)
    course_id: str | None = None
    if extent(one, Stretch.whole) is not None:
        view = chart.ask(one)
        if course.seen(one):
            left, right = st.columns([7, 3], gap="medium")
            with right:
                course_id = course.show(session, one)
            with left:
                chart.show(session, one, view, course_id)
            course.show_steps(session, one, course_id)
        else:
            chart.show(session, one, view, None)
    records.show(session, one, course_id)


def _address(current: str) -> None:
    """A link from this page to itself leaves the browser's address as it was: it is told the new one, once."""
    if st.session_state.get(_SHOWN, current) != current:
        st.query_params.from_dict(st.query_params.to_dict())
    st.session_state[_SHOWN] = current


if __name__ == "__main__":
    show()

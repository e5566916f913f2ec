"""One patient: found by a search, shown on one time axis, with every course, its call and why."""

import streamlit as st

from registry.errors import Usage
from registry.screens import (
    patient_chart,
    patient_course,
    patient_criteria,
    patient_header,
    patient_records,
    patient_search,
    reads,
    shell,
)


def show() -> None:
    """Show the search and the patient that the address names."""
    reading = shell.reader()
    current = st.query_params.get("patient")
    if not reads.read_waiting(reading)["held"]["patients"]:
        st.title("Patient")
        st.info("This registry holds no patient yet. Take some in with `nadir import FOLDER`.")
        return
    if current is None:
        st.title("Patient")
        patient_search.show_alone()
        return
    chosen_sets = patient_criteria.chosen()
    try:
        one = reads.read_timeline(reading, current, chosen_sets)
    except Usage as error:
        st.title("Patient")
        st.warning(str(error))
        patient_search.show_alone()
        return
    patient_header.show(reading, one)
    patient_search.show_folded()
    patient_header.show_next_step(reading, one)
    patient_course.show_what_waits(reading, one)
    view = patient_chart.ask(one)
    if patient_course.seen(one):
        left, right = st.columns([7, 3], gap="medium")
        with right:
            course_id: str | None = patient_course.show(reading, one)
        with left:
            patient_chart.show(reading, one, view, course_id)
    else:
        course_id = None
        patient_chart.show(reading, one, view, None)
    patient_records.show(reading, one, course_id)


if __name__ == "__main__":
    show()

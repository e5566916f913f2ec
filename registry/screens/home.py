"""Home: what the registry holds, and what waits to be done."""

import streamlit as st

from registry import calls
from registry.errors import NadirError
from registry.roles import Permission
from registry.screens import reads, shell, tables


def show() -> None:
    """Show the numbers, and the next step where there is one."""
    st.title("Nadir")
    st.caption("Courses of ITP and AIHA, their counts, and what the published criteria say of them.")
    reading = shell.reader()
    topics = reads.read_waiting(reading)
    held = topics["held"]
    if not held["patients"]:
        _empty()
        return
    waiting = topics.get("waiting", {})
    places = st.columns(4)
    places[0].metric("Patients", f"{held['patients']:,}", border=True)
    places[1].metric("Courses", f"{held['courses']:,}", border=True)
    for place, (item, number) in zip(places[2:], waiting.items(), strict=False):
        place.metric(item, f"{number:,}", border=True)
    _next_step(reading, waiting)
    left, right = st.columns(2)
    with left:
        st.header("Calls by response")
        rows = [
            {"disease": item.partition(" ")[0], "response": item.partition(" ")[2], "number": number}
            for item, number in topics.get("calls by response", {}).items()
        ]
        tables.table(
            reading,
            "calls by response",
            rows,
            {"disease": "Disease", "response": "Best response", "number": "Courses"},
            of_patients=False,
            empty="No course is recorded yet.",
        )
    with right:
        st.header("Patients by site")
        sites = [
            {"site": site, "number": number} for site, number in topics.get("patients by site", {}).items()
        ]
        tables.table(
            reading,
            "patients by site",
            sites,
            {"site": "Site", "number": "Patients"},
            of_patients=False,
            empty="No patient is recorded yet.",
        )


def _empty() -> None:
    st.header("This registry holds no patient yet")
    st.markdown(
        "Take in a folder of CSV files with `nadir import FOLDER`, or look around first with `nadir demo`, which "
        "makes 41 invented patients in a registry of their own. Then reload this page."
    )


def _next_step(reading: shell.Reading, waiting: dict[str, int]) -> None:
    left = sum(waiting.values())
    if not waiting:
        st.caption("Calls are not shown to this account.")
    elif not left:
        st.success("Every course is judged, and every call is up to date.")
    elif reading.actor.may(Permission.ADJUDICATE):
        st.button(f"Judge the {left:,} courses that wait", on_click=_judge)
    else:
        st.warning("Calls wait to be made. A data manager can do so here or with `nadir adjudicate`.")
    said = st.session_state.pop("judged", None)
    if said:
        st.toast(said)


def _judge() -> None:
    """One call of the service, in a callback: a click elsewhere cannot cut it off."""
    try:
        reading = shell.reader()
        st.session_state["judged"] = calls.refresh(reading.db, reading.actor).text()
    except NadirError as error:
        st.session_state["judged"] = str(error)


if __name__ == "__main__":
    show()

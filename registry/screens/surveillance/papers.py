"""What a watched patient and the team are given: leaflet, calendar, letter; taking one is audited."""

from collections.abc import Callable

import streamlit as st

from registry.report.calendar import calendar_file
from registry.report.leaflet import leaflet
from registry.report.letter import letter
from registry.screens import tables
from registry.screens.session import Session
from registry.surveillance.watched import Watched


def show_papers(session: Session, one: Watched) -> None:
    """Buttons that give the papers; none says more of the person than the pseudonym."""
    name = tables.file_name(one.patient_id)
    planned = bool(one.dates or one.recheck)
    papers: dict[str, tuple[Callable[[], bytes], str, str]] = {
        "Leaflet for the patient": (
            lambda: leaflet(session.db, session.actor, one).encode("utf-8"),
            f"{name}-leaflet.html",
            "text/html",
        ),
        "Calendar of the counts": (
            lambda: calendar_file(session.db, session.actor, one),
            f"{name}.ics",
            "text/calendar",
        ),
        "Referral letter": (
            lambda: letter(session.db, session.actor, one).encode("utf-8"),
            f"{name}-referral.html",
            "text/html",
        ),
    }
    with st.container(horizontal=True, gap="small"):
        for label, (make, file, mime) in papers.items():
            if mime == "text/calendar" and not planned:
                continue
            tables.take(label, make, file=file, mime=mime, primary=True)
    st.caption(
        "Leaflet and letter are one page each, to be printed from the browser; "
        + (
            "the calendar opens in a telephone. "
            if planned
            else "no count is planned, so there is no calendar. "
        )
        + "None names the patient by more than the pseudonym."
    )

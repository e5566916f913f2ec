"""One patient under surveillance: where the patient stands, what was done, what is next, and the papers to take."""

import streamlit as st

from registry.errors import Usage
from registry.patients.time_axis import Stretch, extent
from registry.roles import Permission
from registry.screens import clock, reads
from registry.screens.links import link, offered
from registry.screens.patient import chart
from registry.screens.search import day, search
from registry.screens.session import Session, current_session
from registry.screens.surveillance import history
from registry.screens.surveillance.filters import grouped
from registry.screens.surveillance.papers import show_papers
from registry.screens.surveillance.proposed import show_answered, show_proposed
from registry.screens.surveillance.reads import read_alone, read_beside, read_proposals
from registry.screens.surveillance.removed import show_one
from registry.screens.surveillance.row import make_room, show_row
from registry.screens.tables import plain
from registry.surveillance.watched import Watched, watched

DATES = 12


def show() -> None:
    """Show the patient that the address names."""
    make_room()
    session = current_session()
    name = st.query_params.get("patient")
    if name is None:
        st.title("Watched patient")
        st.info("Choose a patient on the worklist, or search.")
        search("watched")
        return
    today = clock.today(session.db)
    try:
        one = watched(session.db, session.actor, name, today)
    except Usage as error:
        st.title(f"{plain(name)} · not watched")
        st.warning(str(error))
        search("watched")
        return
    st.title(f"{plain(name)} · surveillance", anchor=False)
    _ways(session, one)
    show_answered(session)
    _stands(session, one)
    proposals = read_proposals(session, today, name)
    if proposals:
        st.header("Proposed episode", anchor=False)
        show_proposed(session, proposals)
    beside = read_beside(session, {name: one.protocol.id}, today)[name]
    known = reads.read_patient_record(session, name)
    left, right = st.columns(2, gap="large")
    with left:
        history.show_history(one.protocol, beside)
        history.show_counts(known, one)
    with right:
        _dates(one)
        st.header("To take along", anchor=False)
        show_papers(session, one)
    if extent(known, Stretch.whole) is not None:
        st.header("Timeline", anchor=False)
        chart.show(session, known, chart.ask(known), None)


def _ways(session: Session, one: Watched) -> None:
    name = one.patient_id
    with st.container(horizontal=True, gap="medium"):
        link(session, "Worklist", "worklist", icon=":material/arrow_back:")
        link(session, "Patient page", "patient", {"patient": name}, icon=":material/person:")
        if offered(session, "log") and session.actor.may(Permission.LOG, one.site):
            link(session, "Paste counts", "log", {"patient": name, "form": "paste"}, icon=":material/add:")
    settings = " or ".join(one.protocol.settings).replace("_", " ")
    infusion, end = day(one.row["last_infusion_on"]), day(one.window_ends_on)
    st.caption(
        f"{plain(one.site or 'no site')} · last infusion {infusion} · monthly counts until {end}, then by symptoms · "
        f"{plain(one.protocol.citation)}, for {plain(settings)}"
    )


def _stands(session: Session, one: Watched) -> None:
    beside = read_beside(session, {one.patient_id: one.protocol.id}, one.as_of)[one.patient_id]
    if one.row["removed"]:
        show_one(session, one.row, beside)
        return
    for row in grouped(read_alone(session, one.patient_id, one.as_of), one.as_of).to_pylist():
        show_row(session, one.protocol, row, beside, clock.now(session.db), alone=True)


def _dates(one: Watched) -> None:
    st.header("Next counts", anchor=False)
    if one.recheck is not None:
        last = one.recheck.last_day
        by = f", by {day(last)}" if last is not None and last >= one.as_of else ""
        when = (
            f"{day(one.recheck.on)}** (recheck arranged)" if one.recheck.on else f"As soon as possible**{by}"
        )
        st.markdown(f"**{when}")
    if not one.dates:
        st.markdown(
            f"No more counts are planned: the monthly counts ended on {day(one.window_ends_on)}. Since then "
            f"a count is taken when there are symptoms. Nobody is discharged: ITP can begin later than "
            f"that."
        )
        return
    first, *later = one.dates
    since = "due since " if first < one.as_of else ""
    st.markdown(f"Then {day(first)}" if one.recheck else f"**{since}{day(first)}**")
    if later:
        st.markdown("Then " + ", ".join(day(on) for on in later[: DATES - 1]))
    if len(one.dates) > DATES:
        st.caption(f"And monthly until {day(one.window_ends_on)}, the last day of the protocol.")


if __name__ == "__main__":
    show()

"""The surveillance programme: what it achieves, with exact intervals, and every rule of it with its source."""

from collections.abc import Callable

import streamlit as st

from registry.screens import clock, shell
from registry.screens.search import day
from registry.screens.surveillance import figures, rules
from registry.screens.surveillance.reads import read_measures, read_programmes
from registry.screens.surveillance.row import make_room
from registry.screens.tables import plain
from registry.surveillance.measures import Measures
from registry.surveillance.told import unwatched
from registry.waiting.item import counted

VIEWS: dict[str, tuple[str, Callable[[shell.Reading, Measures], None]]] = {
    "measures": ("Measures", figures.show),
    "rules": ("Rules", rules.show),
}
"""The views by address: title, and what shows it."""


def show() -> None:
    """Show one programme in force, its measures or its rules."""
    make_room()
    st.title("Programme")
    reading = shell.reader()
    today = clock.today(reading.db)
    there = read_programmes(reading)
    chosen = _chosen(there)
    found = read_measures(reading, today, chosen)
    programme = found.programme
    settings = " or ".join(one.replace("_", " ") for one in programme.settings)
    st.markdown(f"**{plain(programme.title)}** ({plain(programme.citation)})")
    st.caption(
        f"For {plain(programme.agent)} given for {plain(settings)}: {counted(found.patients, 'patient')} "
        f"{_at(found)} until {day(today)}. Registry at change {found.revision}."
    )
    if len(there) > 1:
        st.caption(
            "Several programmes are in force at your sites. A patient stands by one: a site's own goes before one for "
            "all sites, and both before the published ones."
        )
    left = unwatched(found)
    if left:
        st.info(
            f"{plain(left)} This programme is a rule of {plain(settings)} alone.",
            icon=":material/visibility_off:",
        )
    VIEWS[_view()][1](reading, found)


def _at(found: Measures) -> str:
    if found.sites is None:
        return "at all sites"
    return f"at {plain(', '.join(found.sites))}" if found.sites else "at none of your sites"


def _chosen(there: dict[str, str]) -> str:
    """The id of the programme asked for; kept in the address where there are several."""
    asked = st.query_params.get("programme", "")
    if len(there) == 1:
        return next(iter(there))
    if st.session_state.get("programme chosen") not in there:
        st.session_state["programme chosen"] = asked if asked in there else next(iter(there))
    chosen = st.selectbox(
        "Programme in force",
        list(there),
        key="programme chosen",
        format_func=lambda name: there[name],
        on_change=lambda: st.query_params.update(programme=st.session_state["programme chosen"]),
    )
    return str(chosen)


def _view() -> str:
    asked = st.query_params.get("view", "")
    if st.session_state.get("programme view") not in VIEWS:
        st.session_state["programme view"] = asked if asked in VIEWS else next(iter(VIEWS))
    chosen = st.segmented_control(
        "Show",
        list(VIEWS),
        key="programme view",
        format_func=lambda name: VIEWS[name][0],
        required=True,
        on_change=lambda: st.query_params.update(view=st.session_state["programme view"]),
    )
    return str(chosen)


if __name__ == "__main__":
    show()

"""The surveillance programme: what it achieves, every rule of it with its source, and a site's own file."""

from collections.abc import Callable

import streamlit as st

from adjudication.surveillance.protocol import Programme
from registry.screens import clock
from registry.screens.search import day
from registry.screens.session import Session, current_session
from registry.screens.surveillance import figures, own, rules
from registry.screens.surveillance.reads import read_measures, read_programmes, reads_patients
from registry.screens.surveillance.row import make_room
from registry.screens.tables import plain
from registry.surveillance.measures import Measures
from registry.surveillance.measures_report import unwatched
from registry.wording import number_of

VIEWS = {"measures": "Measures", "rules": "Rules", "own": "Site's own"}
"""The views by address, with their titles."""


def show() -> None:
    """Show one programme in force, its measures or its rules, or what a site brings of its own."""
    make_room()
    st.title("Programme")
    session = current_session()
    # Who administers and reads no patient sees the rules, which hold none.
    seen: dict[str, Callable[[Session], None]] = {"rules": _rules, "own": own.show}
    if reads_patients(session):
        seen = {"measures": _measures} | seen
    seen[_view([*seen])](session)


def _measures(session: Session) -> None:
    figures.show(session, _measured(session))


def _rules(session: Session) -> None:
    if reads_patients(session):
        rules.show(session, _measured(session).programme)
    else:
        chosen = _chosen(session)
        _head(chosen)
        rules.show(session, chosen)


def _measured(session: Session) -> Measures:
    """The programme that is looked at, with its measures, after saying whom it is for."""
    today = clock.today(session.db)
    found = read_measures(session, today, _chosen(session).id)
    programme = found.programme
    _head(
        programme,
        f": {number_of(found.patients, 'patient')} {_at(found)} until {day(today)}. "
        f"Registry at change {found.revision}.",
    )
    left = unwatched(found)
    if left:
        st.info(
            f"{plain(left)} This programme is a rule of {plain(_settings(programme))} alone.",
            icon=":material/visibility_off:",
        )
    return found


def _head(programme: Programme, of: str = ".") -> None:
    st.markdown(f"**{plain(programme.title)}** ({plain(programme.citation)})")
    st.caption(f"For {plain(programme.agent)} given for {plain(_settings(programme))}{of}")


def _settings(programme: Programme) -> str:
    return " or ".join(programme.settings).replace("_", " ")


def _at(found: Measures) -> str:
    if found.sites is None:
        return "at all sites"
    return f"at {plain(', '.join(found.sites))}" if found.sites else "at none of your sites"


def _chosen(session: Session) -> Programme:
    """The programme asked for; kept in the address where there are several."""
    there = {one.id: one for one in read_programmes(session)}
    if len(there) == 1:
        return next(iter(there.values()))
    asked = st.query_params.get("programme", "")
    if st.session_state.get("programme chosen") not in there:
        st.session_state["programme chosen"] = asked if asked in there else next(iter(there))
    chosen = st.selectbox(
        "Programme in force",
        list(there),
        key="programme chosen",
        format_func=lambda name: f"{name}: {', '.join(there[name].settings).replace('_', ' ')}",
        on_change=lambda: st.query_params.update(programme=st.session_state["programme chosen"]),
    )
    st.caption(
        "Several programmes are in force at your sites. Each patient follows one: a site's own first, then "
        "one for all sites, then the published ones."
    )
    return there[str(chosen)]


def _view(offered: list[str]) -> str:
    asked = st.query_params.get("view", "")
    if st.session_state.get("programme view") not in offered:
        st.session_state["programme view"] = asked if asked in offered else offered[0]
    chosen = st.segmented_control(
        "Show",
        offered,
        key="programme view",
        format_func=lambda name: VIEWS[name],
        required=True,
        on_change=lambda: st.query_params.update(view=st.session_state["programme view"]),
    )
    return str(chosen)


if __name__ == "__main__":
    show()

"""The surveillance protocol: what it achieves, every rule of it with its source, and a site's own file."""

from collections.abc import Callable

import streamlit as st

from adjudication.surveillance.protocol import Protocol
from registry.screens import clock
from registry.screens.search import day
from registry.screens.session import Session, current_session
from registry.screens.surveillance import figures, rules, site_protocol
from registry.screens.surveillance.reads import read_measures, read_protocols, reads_patients
from registry.screens.surveillance.row import make_room
from registry.screens.tables import plain
from registry.surveillance.measures import Measures
from registry.surveillance.measures_report import unwatched
from registry.wording import number_of

VIEWS = {"measures": "Measures", "rules": "Rules", "own": "Site's own"}
"""The views by address, with their titles."""


def show() -> None:
    """Show one protocol in force, its measures or its rules, or what a site brings of its own."""
    make_room()
    st.title("Protocol")
    session = current_session()
    # Who administers and reads no patient sees the rules, which hold none.
    seen: dict[str, Callable[[Session], None]] = {"rules": _rules, "own": site_protocol.show}
    if reads_patients(session):
        seen = {"measures": _measures} | seen
    seen[_view([*seen])](session)


def _measures(session: Session) -> None:
    figures.show(session, _measured(session))


def _rules(session: Session) -> None:
    if reads_patients(session):
        rules.show(session, _measured(session).protocol)
    else:
        chosen = _chosen(session)
        _head(chosen)
        rules.show(session, chosen)


def _measured(session: Session) -> Measures:
    """The protocol that is looked at, with its measures, after saying whom it is for."""
    today = clock.today(session.db)
    found = read_measures(session, today, _chosen(session).id)
    protocol = found.protocol
    _head(
        protocol,
        f": {number_of(found.patients, 'patient')} {_at(found)} until {day(today)}. "
        f"Registry at change {found.revision}.",
    )
    left = unwatched(found)
    if left:
        st.info(
            f"{plain(left)} This protocol is a rule of {plain(_settings(protocol))} alone.",
            icon=":material/visibility_off:",
        )
    return found


def _head(protocol: Protocol, of: str = ".") -> None:
    st.markdown(f"**{plain(protocol.title)}** ({plain(protocol.citation)})")
    st.caption(f"For {plain(protocol.agent)} given for {plain(_settings(protocol))}{of}")


def _settings(protocol: Protocol) -> str:
    return " or ".join(protocol.settings).replace("_", " ")


def _at(found: Measures) -> str:
    if found.sites is None:
        return "at all sites"
    return f"at {plain(', '.join(found.sites))}" if found.sites else "at none of your sites"


def _chosen(session: Session) -> Protocol:
    """The protocol asked for; kept in the address where there are several."""
    there = {one.id: one for one in read_protocols(session)}
    if len(there) == 1:
        return next(iter(there.values()))
    asked = st.query_params.get("protocol", "")
    if st.session_state.get("protocol chosen") not in there:
        st.session_state["protocol chosen"] = asked if asked in there else next(iter(there))
    chosen = st.selectbox(
        "Protocol in force",
        list(there),
        key="protocol chosen",
        format_func=lambda name: f"{name}: {', '.join(there[name].settings).replace('_', ' ')}",
        on_change=lambda: st.query_params.update(protocol=st.session_state["protocol chosen"]),
    )
    st.caption(
        "Several protocols are in force at your sites. Each patient follows one: a site's own first, then "
        "one for all sites, then the published ones."
    )
    return there[str(chosen)]


def _view(offered: list[str]) -> str:
    asked = st.query_params.get("view", "")
    if st.session_state.get("protocol view") not in offered:
        st.session_state["protocol view"] = asked if asked in offered else offered[0]
    chosen = st.segmented_control(
        "Show",
        offered,
        key="protocol view",
        format_func=lambda name: VIEWS[name],
        required=True,
        on_change=lambda: st.query_params.update(view=st.session_state["protocol view"]),
    )
    return str(chosen)


if __name__ == "__main__":
    show()

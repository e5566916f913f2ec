"""Proposed episodes: confirmed low counts after alemtuzumab, accepted as an ITP or rejected with a reason."""

import streamlit as st

from registry.screens import clock
from registry.screens.session import current_session
from registry.screens.surveillance.proposed import show_answered, show_proposed
from registry.screens.surveillance.reads import read_proposals

LISTED = 50


def show() -> None:
    """Show the proposals that wait, the latest confirmed first."""
    st.title("Proposed episodes")
    session = current_session()
    st.caption(
        "Two low platelet counts that follow one another after alemtuzumab propose an episode of ITP. A "
        "person confirms each episode. A single low count proposes nothing; answered counts are not "
        "proposed again."
    )
    show_answered(session)
    found = read_proposals(session, clock.today(session.db))
    if not found:
        st.info("No counts propose an episode now.", icon=":material/done_all:")
        return
    if len(found) > LISTED:
        st.caption(f"The first {LISTED} of {len(found):,}.")
    show_proposed(session, found[:LISTED])


if __name__ == "__main__":
    show()

"""Another patient: found by a search, or the one before and after in the order of pseudonyms."""

import streamlit as st

from registry.screens import reads
from registry.screens.links import link
from registry.screens.search import search
from registry.screens.session import Session
from registry.screens.tables import plain
from registry.screens.texts import Marked

# Patients listed where the search is alone on the page.
LISTED = 20


def show_alone(session: Session) -> None:
    """The search on a page that shows no patient yet; in an empty registry, how patients come in."""
    if reads.read_neighbours(session, "") == (None, None):
        st.info(Marked("This registry has no patients yet. Import some with `nadir import FOLDER`."))
        return
    search("patient", listed=LISTED)
    st.caption("Choose a patient. The address of the page then opens that patient.")


def show_beside(session: Session, current: str) -> None:
    """The way to the neighbors of the patient shown, and the search folded away."""
    before, after = reads.read_neighbours(session, current)
    for label, name, icon in (
        ("Previous", before, ":material/chevron_left:"),
        ("Next", after, ":material/chevron_right:"),
    ):
        if name is not None:
            link(session, f"{label}: {plain(name)}", "patient", {"patient": name}, icon=icon)


def show_folded() -> None:
    """The search, folded away while a patient is shown."""
    with st.expander("Find another patient", icon=":material/search:"):
        search("patient")

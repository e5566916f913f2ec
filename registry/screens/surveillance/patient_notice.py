"""Beside a patient on another page: what surveillance says of the patient now, and the way to it."""

import streamlit as st

from adjudication.surveillance import ladder
from registry.patients.patient_record import PatientRecord
from registry.screens import clock
from registry.screens.links import link, offered
from registry.screens.search import day
from registry.screens.session import Session
from registry.screens.surveillance.finding import when
from registry.screens.surveillance.reads import read_watched
from registry.screens.tables import plain
from registry.surveillance.deadline import deadline
from registry.surveillance.finding import context, demanded, demands
from registry.surveillance.in_force import in_force

_SETTINGS = {"renal_transplant": "a kidney transplant", "multiple_sclerosis": "multiple sclerosis"}


def show_surveillance(session: Session, record: PatientRecord) -> bool:
    """A line for whoever had the protocol's agent: what is demanded now, or why the protocol does not watch.

    Whether the patient is watched: then no diagnosis is a good sign, and none is asked for.
    """
    protocol = ladder.load()
    exposed = [row for row in record.exposures if row["agent"] == protocol.agent]
    if not exposed or not offered(session, "worklist"):
        return False
    watching = [each.protocol for each in in_force(session.db) if each.at(record.site)]
    if not any(
        row["agent"] == by.agent and row["setting"] in by.settings for by in watching for row in exposed
    ):
        named = " or ".join(_SETTINGS.get(word, word.replace("_", " ")) for word in protocol.settings)
        st.caption(
            f"Not on the surveillance worklist: its protocol ({plain(protocol.citation)}) is a rule for {named}, "
            "and it is not a rule for transplant patients. A site can copy the protocol and say otherwise."
        )
        return False
    found = read_watched(session, record.patient_id, clock.today(session.db))
    if found is None:
        return False
    row, protocol = found.row, found.protocol
    if row["removed"]:
        said = f"taken off the list on {day(row['removed_on'])}"
    else:
        today, now = clock.today(session.db), clock.now(session.db)
        told = [demanded(protocol, row), *context(protocol, row, today)]
        said = f"{when(row, deadline(row, now), today)}. {plain(' · '.join(told))}"
    urgent = demands(protocol, row) and not row["settled"] and not row["removed"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="told surveillance"):
        badge = ":red-badge[:material/priority_high: Surveillance]" if urgent else ":gray-badge[Surveillance]"
        st.markdown(f"{badge} {said}", width="content")
        link(session, "Open", "watched", {"patient": record.patient_id}, icon=":material/arrow_forward:")
    return True

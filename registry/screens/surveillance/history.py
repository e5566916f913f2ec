"""What was done about a watched patient and what was reported, and the last platelet counts."""

import streamlit as st

from adjudication.surveillance.protocol import Protocol
from registry.patients.patient_record import PatientRecord
from registry.screens.clock import here
from registry.screens.search import day
from registry.screens.surveillance.done import line
from registry.screens.surveillance.reads import Beside
from registry.screens.tables import plain
from registry.surveillance.watched import Watched
from registry.wording import page_moment

LISTED = 12


def show_history(protocol: Protocol, beside: Beside) -> None:
    """Outcomes and signs, each with who wrote it and when, the last first."""
    st.header("What was done", anchor=False)
    told = [(one.done_on, one.at, line(one)) for one in beside.done]
    for one in beside.signs:
        words = plain(protocol.bleeding.signs.get(one.sign, one.sign))
        until = f" to {day(one.ended_on)}" if one.ended_on else ""
        note = f": {plain(one.note)}" if one.note else ""
        at = f"written {page_moment(here(one.at))} by {plain(one.by)}"
        told.append(
            (
                one.noticed_on,
                one.at,
                f"**Reported: {words}**, noticed {day(one.noticed_on)}{until}, {at}{note}",
            )
        )
    if not told:
        st.caption("Nothing was logged about this patient yet.")
        return
    st.markdown("\n".join(f"- {text}" for *_, text in sorted(told, reverse=True)))


def show_counts(record: PatientRecord, one: Watched) -> None:
    """The last platelet counts, with why one is not judged."""
    st.header("Last counts", anchor=False)
    rows = [
        row
        for row in record.observations
        if row["analyte"] == "platelets" and row["observed_on"] <= one.as_of
    ]
    if not rows:
        st.caption("No platelet count is recorded.")
        return
    lines = []
    for row in reversed(rows[-LISTED:]):
        value = row["value_canonical"]
        shown = "no value" if value is None else f"**{plain(row['comparator'] or '')}{value:g}** ×10⁹/L"
        remark = f", {plain(str(row['not_evaluable']).replace('_', ' '))}" if row["not_evaluable"] else ""
        lines.append(f"- {day(row['observed_on'])}: {shown}{remark}")
    st.markdown("\n".join(lines))

"""What people decided of the chosen course, above the machine's call; and decisions that hold no more, with why."""

import streamlit as st

from registry.patients.final_response import beside, dated, lasted, reached, written
from registry.patients.patient_record import PatientRecord
from registry.review import Changed, Superseded
from registry.screens import clock, links, reads
from registry.screens.patient import criteria
from registry.screens.session import Session
from registry.screens.tables import plain
from registry.screens.texts import Marked


def show(session: Session, record: PatientRecord, course_id: str) -> None:
    """The decision that holds with the machine's call beside it, and below it those that hold no more."""
    holds = next((row for row in record.decisions if row["course_id"] == course_id), None)
    if holds is not None:
        call = next((row for row in record.calls if row["course_id"] == course_id), None)
        with st.container(border=True, key="decision", gap="xsmall"):
            at = clock.here(holds["decided_at"])
            st.markdown(f"**Decision: {plain(dated(holds))}.** {plain(_begun(reached(holds, at)))}.")
            st.markdown(plain(f"{lasted(holds)} {beside(holds, call)}".strip()))
            _open(session, "How it was reached", holds["case_id"])
    for old in reads.read_superseded(session, record.patient_id, criteria.chosen()):
        if old.course_id == course_id:
            _superseded(session, old)


def _superseded(session: Session, old: Superseded) -> None:
    """A decision that holds no more: what changed under it, and where the course stands now."""
    when = written(clock.here(old.decision["decided_at"]).date())
    title = f"Decision of {when} superseded"
    values = [_said(one) for one in old.changed]
    what = f"{title}: {'; '.join(values[:2])}" if values else title
    if old.being_read:
        st.warning(
            Marked(
                f"**{plain(what)}.** The course is under review again; until then the automated call applies."
            ),
            icon=":material/history:",
        )
    with st.expander(
        plain(title) if not old.being_read else "What was decided, and what changed",
        icon=":material/history:",
    ):
        st.markdown(plain(f"The decision was {dated(old.decision)}, {reached(old.decision)}."))
        if old.changed:
            st.markdown(
                "\n".join(
                    ["| | then | now |", "|---|---|---|"]
                    + [
                        f"| {plain(_what(one))} | {_cell(one.before)} | {_cell(one.after)} |"
                        for one in old.changed
                    ]
                )
            )
        _open(session, "How it was reached", old.decision["case_id"])


def _begun(words: str) -> str:
    """Words as the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def _open(session: Session, label: str, case_id: str) -> None:
    if links.offered(session, "outcome"):
        links.link(session, label, "outcome", {"case": case_id}, icon=":material/gavel:")


def _said(one: Changed) -> str:
    """`platelets on 3 Feb 2026: 31 became 13`."""
    if one.before is None:
        return f"{_what(one)}: {one.after} recorded since"
    return f"{_what(one)}: {one.before} {f'became {one.after}' if one.after is not None else 'withdrawn'}"


def _what(one: Changed) -> str:
    return one.what if one.on is None else f"{one.what} on {written(one.on)}"


def _cell(value: str | None) -> str:
    return "–" if value is None else plain(value)

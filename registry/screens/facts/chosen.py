"""One fact that was chosen: corrected, withdrawn, asked about, or looked back upon."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import streamlit as st

from registry import entry
from registry.errors import NadirError
from registry.patients.patient_record import PatientRecord
from registry.record.headings import heading
from registry.record.recorded import HistoryStep, identity_of, recorded, steps
from registry.record.tables import fact_id
from registry.record.text import words
from registry.roles import Permission
from registry.screens.entering.amend import show_amend
from registry.screens.entering.form_state import Desk, at_desk, desk
from registry.screens.entering.saved import Note, remember
from registry.screens.links import fact_name
from registry.screens.reads import kept
from registry.screens.review import queries
from registry.screens.session import Session, current_session
from registry.screens.tables import plain
from registry.screens.wording import one_line, said
from registry.wording import clock, page_day, page_weekday


@kept(400)
def read_recorded(session: Session, patient_id: str, kind: str) -> list[dict[str, Any]]:
    """The current facts of one kind."""
    return recorded(session.db, session.actor, patient_id, kind)


@kept(100)
def read_steps(session: Session, kind: str, identity: dict[str, Any]) -> list[HistoryStep]:
    """The history of a fact."""
    return steps(session.db, session.actor, kind, identity)


@kept(100)
def read_missing(session: Session, patient_id: str) -> list[entry.Missing]:
    """Of which values of a patient it is said why they are missing."""
    return entry.missing(session.db, session.actor, patient_id)


def show_chosen(session: Session, record: PatientRecord, kind: str, chosen: Mapping[str, Any]) -> None:
    """Show what can be done with the fact by the account at the page."""
    with (
        st.container()
    ):  # what is said here comes and goes; the tabs keep their place, and the one that is open
        _show_missing(session, record.patient_id, kind, chosen)
        queries.say_open(queries.of_fact(session, record, kind, chosen))
    ways: dict[str, Callable[[], None]] = {}
    if session.actor.may(Permission.AMEND, record.site):
        ways["Amend"] = lambda: show_amend(session, record, kind, chosen)
    ways["History"] = lambda: show_history(session, kind, chosen)
    ways["Queries"] = lambda: queries.show_at_fact(session, record, kind, chosen)
    if session.actor.may(Permission.WITHDRAW, record.site):
        ways["Withdraw"] = lambda: show_withdraw(record, kind, chosen)
    for tab, show in zip(st.tabs([*ways]), ways.values(), strict=True):
        with tab:
            show()


def _show_missing(session: Session, patient_id: str, kind: str, chosen: Mapping[str, Any]) -> None:
    """Say of which values of the fact it is known why they are missing."""
    for one in read_missing(session, patient_id):
        if (one.table, one.fact_id) == (kind, fact_id(kind, chosen)):
            reason = words.MISSING.get(one.reason, one.reason)
            st.caption(
                f"{heading(one.table, one.column)}: {reason}, given by {plain(one.said_by)} on "
                f"{page_day(one.said_at)}."
            )


def show_history(session: Session, kind: str, chosen: Mapping[str, Any]) -> None:
    """Every value of a fact: who, when, what it was, what it became, and why; the last step first."""
    for step in reversed(read_steps(session, kind, identity_of(kind, chosen))):
        with st.container(border=True, gap="xsmall"):
            why = f": {plain(step.why)}" if step.why else ""
            st.markdown(f"**{_DONE.get(step.done, plain(step.done))}** by {plain(step.by)}{why}")
            st.caption(f"{page_weekday(step.at)} {clock(step.at)} UTC, version {step.version}")
            st.markdown("\n".join(f"- {_changed(kind, name, *pair)}" for name, pair in step.changed.items()))


_DONE = {
    "log": "Logged",
    "follow_up": "Logged",
    "amend": "Amended",
    "withdraw": "Withdrawn",
    "import": "Imported",
}


def _changed(kind: str, name: str, old: str | None, new: str | None) -> str:
    """`Value: 31 → 13`; a value that is new is alone."""
    shown = [plain(said(kind, name, value)) if value else "not recorded" for value in (old, new)]
    return f"{heading(kind, name)}: {shown[1] if old is None else ' → '.join(shown)}"


def show_withdraw(record: PatientRecord, kind: str, chosen: Mapping[str, Any]) -> None:
    """Let the fact be withdrawn, with a reason."""
    st.caption(
        "Withdrawn entries are ignored in calculations but stay in the history. They can be logged again."
    )
    name = f"withdraw key {kind} {chosen['version']} {fact_name(identity_of(kind, chosen))}"
    key = st.session_state.setdefault(name, uuid4().hex)
    if key in desk().refusals:
        st.error(plain(desk().refusals[key]))
    st.text_input(
        "Reason for the withdrawal *",
        key=f"{key} reason",
        placeholder="Typed for the wrong patient",
        live=True,
    )
    st.button(
        "Withdraw this fact",
        key=f"{key} withdraw",
        on_click=_withdraw,
        args=(desk(), key, record.patient_id, kind, dict(chosen)),
        icon=":material/delete:",
    )


@at_desk
def _withdraw(on: Desk, key: str, patient_id: str, kind: str, chosen: dict[str, Any]) -> None:
    """One call of the service; then the patient is judged again."""
    try:
        session = current_session()
        gone = entry.Fact(kind, identity_of(kind, chosen), chosen["version"], withdrawn=True)
        reason = st.session_state.get(f"{key} reason") or ""
        saved = entry.save(session.db, session.actor, [gone], key=key, reason=reason)
    except NadirError as error:
        on.refusals[key] = str(error)
        return
    if saved.repeated:
        return
    on.going = {"patient": patient_id, "kind": kind}
    remember(Note.of(session, f"Withdrawal of {one_line(kind, chosen)}", saved, patient_id), on)

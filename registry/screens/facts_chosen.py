"""One fact that was chosen: corrected, withdrawn, or looked back upon."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import streamlit as st

from registry import record
from registry.errors import NadirError
from registry.recorded import HistoryStep, identity_of, recorded, steps
from registry.roles import Permission
from registry.screens import shell
from registry.screens.judged_again import ChangedCall, judge_again, show_changed
from registry.screens.reads import kept, read_timeline
from registry.screens.wording import column_title, one_line
from registry.timeline import Timeline

OUTCOME = "facts outcome"


@dataclass
class Outcome:
    """What the last correction on this page did: said once more on every run until the next one."""

    patient_id: str
    said: str
    refused: bool = False
    changed: list[ChangedCall] = field(default_factory=list)


@kept(400)
def read_recorded(reading: shell.Reading, patient_id: str, kind: str) -> list[dict[str, Any]]:
    """The current facts of one kind."""
    return recorded(reading.db, reading.actor, patient_id, kind)


@kept(100)
def read_steps(reading: shell.Reading, kind: str, identity: dict[str, Any]) -> list[HistoryStep]:
    """The history of a fact."""
    return steps(reading.db, reading.actor, kind, identity)


def show_outcome(reading: shell.Reading, patient_id: str) -> None:
    """Say what the last correction did, and which calls came out different."""
    outcome: Outcome | None = st.session_state.get(OUTCOME)
    if outcome is None or outcome.patient_id != patient_id:
        return
    if outcome.refused:
        st.error(outcome.said)
        return
    st.success(outcome.said)
    show_changed(reading, outcome.changed)


def show_history(reading: shell.Reading, kind: str, chosen: Mapping[str, Any]) -> None:
    """Every value of a fact: who, when, what it was, what it became, and why."""
    rows = [
        {
            "When (UTC)": f"{step.at:%d-%b-%Y %H:%M}",
            "Who": step.by,
            "Did": step.done,
            "Value": column_title(name),
            "Old": old,
            "New": new,
            "Why": step.why,
        }
        for step in read_steps(reading, kind, identity_of(kind, chosen))
        for name, (old, new) in step.changed.items()
    ]
    st.dataframe(rows, hide_index=True, placeholder="", alt=f"History of {one_line(kind, chosen)}")


def show_withdraw(one: Timeline, kind: str, chosen: Mapping[str, Any]) -> None:
    """Let the fact be withdrawn, with a reason."""
    st.caption("A withdrawn fact counts no longer. It stays in the history, and can be logged again.")
    key = st.session_state.setdefault(f"withdraw key {kind} {one_line(kind, chosen)}", uuid4().hex)
    st.text_input(
        "Why it is withdrawn (required)", key=f"{key} reason", placeholder="Typed for the wrong patient"
    )
    st.button(
        "Withdraw this fact",
        key=f"{key} withdraw",
        on_click=_withdraw,
        args=(key, one.patient_id, kind, dict(chosen)),
        icon=":material/delete:",
    )


def _withdraw(key: str, patient_id: str, kind: str, chosen: dict[str, Any]) -> None:
    """One call of the service; then its patient is judged again."""
    reading = shell.reader()
    before = read_timeline(reading, patient_id)
    said = f"Withdrawn: {one_line(kind, chosen)}."
    try:
        record.withdraw(
            reading.db,
            reading.actor,
            kind,
            identity_of(kind, chosen),
            st.session_state.get(f"{key} reason") or "",
            chosen["version"],
            key=key,
        )
        st.session_state[OUTCOME] = Outcome(patient_id, said, changed=judge_again(reading, before))
    except NadirError as error:
        st.session_state[OUTCOME] = Outcome(patient_id, str(error), refused=True)


def may_correct(reading: shell.Reading, one: Timeline) -> bool:
    """Whether the person may amend facts of this patient."""
    return reading.actor.may(Permission.AMEND, one.site)

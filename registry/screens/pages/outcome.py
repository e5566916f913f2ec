"""Outcome: a decided case: the decision and how it was reached, each judgment, and what the machine had called."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from adjudication.response.terms import Reason
from registry import review
from registry.errors import NadirError
from registry.record.text.days import said
from registry.review import Outcome
from registry.screens.clock import here
from registry.screens.links import link
from registry.screens.reads import kept
from registry.screens.review.judgements import show_judgements
from registry.screens.review.words import REACHED, STATES, judgement_in_words, part_said
from registry.screens.session import Session, current_session
from registry.screens.tables import plain
from registry.screens.texts import Marked

_MACHINE = {
    "response": "Response",
    "reason": "Because",
    "onset_on": "Onset",
    "cr_onset_on": "Onset of complete response",
    "lost_cr_on": "Complete response lost",
    "relapsed_on": "Relapse",
}


@kept(100)
def read_outcome(session: Session, case_id: str) -> Outcome:
    """A decided case as the reader may see it."""
    return review.outcome(session.db, session.actor, case_id)


def show() -> None:
    """Show the case that the address names, once it is decided, to its readers and to whoever sees calls."""
    session = current_session()
    case_id = st.query_params.get("case", "")
    st.title("Outcome", anchor=False)
    if not case_id:
        st.info("An outcome is opened from a signed decision or from a course.")
        return
    try:
        found = read_outcome(session, case_id)
    except NadirError:
        st.warning(
            "There is no outcome to show: the case is not decided yet, is not yours to see, or does not exist."
        )
        return
    _decision(session, found)
    _judgements(session, found)
    _machine(found)


def _decision(session: Session, found: Outcome) -> None:
    decision = found.decision
    whose = "" if found.course_id is None else f" · course {plain(found.course_id)}"
    st.markdown(f"{plain(found.case_id)} · {plain(found.criteria_id)}{whose}")
    with st.container(border=True):
        st.metric("Decision", decision["level"])
        st.markdown(
            f"{plain(judgement_in_words(decision))}. Reached {REACHED[decision['reached_by']]}, on "
            f"{plain(said(here(decision['decided_at']).date()))}."
        )
    if found.state == "stale":
        st.warning(
            Marked(
                f"**{STATES['stale'].capitalize()}.** The data behind this decision have changed. It no "
                f"longer applies."
            ),
            icon=":material/history:",
        )
        if found.superseded_by is not None:
            link(
                session,
                f"Superseded by {plain(found.superseded_by)}",
                "outcome",
                {"case": found.superseded_by},
            )
    if found.masked:
        st.caption("Dates are those of the packet. Other readers are not named.")
    if found.machine is None:
        st.caption(
            "The other judgments and the automated call are shown again once the course is decided, because "
            "you may have to read it."
        )
    if found.reasons:
        opened = ", ".join(reason.replace("_", " ") for reason in found.reasons)
        st.caption(f"Opened for review because: {plain(opened)}.")


def _judgements(session: Session, found: Outcome) -> None:
    st.header("Judgments", anchor=False)
    titled = [(_title(session, number, one), one) for number, one in enumerate(found.reads, 1)]
    show_judgements(titled)


def _title(session: Session, number: int, one: Mapping[str, Any]) -> str:
    who = "You" if one["reader"] == session.actor.name else one["reader"] or f"Reader {number}"
    return f"{who}, {part_said(one['part'], one['round'])}"


def _machine(found: Outcome) -> None:
    if found.machine is None:
        return
    st.header("The automated call at that time", anchor=False)
    for name, label in _MACHINE.items():
        value = found.machine[name]
        if value is not None:
            words = said(value) if name.endswith("_on") else _worded(name, str(value))
            st.markdown(f"{label}: **{plain(words)}**")
    if found.machine["response"] == found.decision["level"]:
        st.caption("The automated call and the decision agree on the response.")
    else:
        st.caption(
            "The automated call and the decision differ. The reviewers' decision replaces the automated "
            "call everywhere."
        )


def _worded(name: str, value: str) -> str:
    """The level as it is, the reason in plain words."""
    return Reason[value.upper()].definition if name == "reason" else value


if __name__ == "__main__":
    show()

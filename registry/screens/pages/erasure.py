"""Erasure requests: one administrator asks that a patient is erased for good, another confirms or takes it back."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from registry.errors import NadirError
from registry.screens import tables
from registry.screens.session import Session, current_session
from registry.store.erasure import Erasure, Request, ask, confirm, requests, take_back
from registry.wording import number_of, page_moment

_OUTCOME = "erasure outcome"


@dataclass
class _Outcome:
    """What became of the last click, told once."""

    said: str = ""
    refused: str = ""
    erased: Erasure | None = None


def _outcome() -> _Outcome:
    found: _Outcome = st.session_state.setdefault(_OUTCOME, _Outcome())
    return found


def show() -> None:
    """Show what waits, what can be done about it, and how an erasure is asked for."""
    st.title("Erasure requests")
    st.caption(
        "Erasing removes every row and text of a patient for good. One administrator asks, another confirms. "
        "The audit trail keeps who and why, never whom."
    )
    session = current_session()
    _show_outcome()
    waiting = requests(session.db, session.actor)
    if waiting:
        _table(waiting)
        _show_chosen(session, waiting)
    else:
        st.caption("No erasure waits to be confirmed.")
    st.header("Ask for an erasure")
    with st.form("erasure ask", clear_on_submit=False):
        st.text_input("Pseudonym", key="erasure patient")
        st.text_input("Reason", key="erasure why", help="It stays for good: leave the pseudonym out.")
        st.form_submit_button("Ask", on_click=_ask)


def _table(waiting: list[Request]) -> None:
    st.dataframe(
        pd.DataFrame([_row(one) for one in waiting]),
        hide_index=True,
        height="content",
        column_config={
            "patient": st.column_config.Column("Patient", width="medium"),
            "site": st.column_config.Column("Site", width="medium"),
            "asked_by": st.column_config.Column("Asked by", width="medium"),
            "asked_at": st.column_config.Column("Asked, UTC", width=140),
            "why": st.column_config.Column("Why", width="large"),
        },
        placeholder="",
        alt="erasure requests",
    )


def _row(one: Request) -> dict[str, object]:
    return {
        "patient": one.patient_id,
        "site": one.site,
        "asked_by": one.asked_by,
        "asked_at": page_moment(one.asked_at),
        "why": one.reason,
    }


def _show_chosen(session: Session, waiting: list[Request]) -> None:
    by_name = {one.patient_id: one for one in waiting}
    name = st.selectbox(
        "Request", list(by_name), index=None, key="erasure chosen", placeholder="Choose a request"
    )
    if name is None:
        return
    own = by_name[name].asked_by == session.actor.name
    with st.container(horizontal=True, gap="medium"):
        if own:
            st.caption("You asked. Another administrator confirms it.")
        else:
            with st.popover("Erase for good"):
                st.markdown(
                    "Nothing brings the patient back. Backups keep their copy and are listed afterwards."
                )
                st.text_input(
                    "Reason", key="erasure confirmed why", help="It stays for good: leave the pseudonym out."
                )
                st.button("Erase", key="erasure confirm", type="primary", on_click=_confirm, args=(name,))
        st.button("Take back", key="erasure take back", on_click=_take_back, args=(name,))


def _ask() -> None:
    patient, why = (str(st.session_state.get(f"erasure {name}", "")).strip() for name in ("patient", "why"))

    def asked(session: Session) -> str:
        ask(session.db, session.actor, patient, why)
        return "Asked. Another administrator confirms it; nothing is erased before."

    _do(asked)


def _confirm(patient: str) -> None:
    why, outcome = str(st.session_state.get("erasure confirmed why", "")), _outcome()

    def confirmed(session: Session) -> str:
        outcome.erased = confirm(session.db, session.actor, patient, why)
        return f"Erased. Change {outcome.erased.seq} of the audit trail says who and why."

    _do(confirmed)


def _take_back(patient: str) -> None:
    def taken(session: Session) -> str:
        take_back(session.db, session.actor, patient)
        return "Taken back. Nothing was erased."

    _do(taken)


def _do(what: Callable[[Session], str]) -> None:
    """One call of a service, in a callback, and what became of it."""
    outcome = _outcome()
    try:
        outcome.said = what(current_session())
    except NadirError as error:
        outcome.refused = str(error)


def _show_outcome() -> None:
    outcome = _outcome()
    if outcome.refused:
        st.error(tables.plain(outcome.refused))
    elif outcome.said:
        st.success(tables.plain(outcome.said))
    outcome.said = outcome.refused = ""
    done = outcome.erased
    if done is None:
        return
    outcome.erased = None
    st.markdown(
        f"{number_of(sum(done.rows.values()), 'row')} in {number_of(len(done.rows), 'table')} are gone, and texts in "
        f"{number_of(done.texts, 'other row')}."
    )
    if not done.searched:
        st.caption("The pseudonym is a short number, so texts about other patients were not searched for it.")
    if done.copies:
        st.warning(
            "\n".join(
                ["Delete these copies, or erase the patient again after one is restored:", ""]
                + [f"- {tables.plain(one)}" for one in done.copies]
            )
        )


if __name__ == "__main__":
    show()

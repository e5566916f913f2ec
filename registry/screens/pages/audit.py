"""Audit: who did what, when and why, for an account that may verify; values only for an account that may read them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from registry.entry import Typed, read_day
from registry.exchange.download import download
from registry.roles import Action, Permission, SecurityEvent
from registry.screens import tables
from registry.screens.session import Session, current_session
from registry.tasks.audit_trail import differences, people, trail
from registry.wording import number_of, page_moment

PAGE = 50
ACTIONS = sorted(str(one) for one in (*Action, *SecurityEvent))


def show() -> None:
    """Show the filters and the events that they leave, the newest first."""
    st.title("Audit")
    st.caption("All actions, with the account. Times and dates are UTC.")
    session = current_session()
    wanted = _filters(session)
    if wanted is None:
        return
    page = int(st.session_state.get("audit page", 1))
    found = trail(session.db, session.actor, **wanted, skip=(page - 1) * PAGE, take=PAGE)
    st.caption(f"{number_of(found.found, 'event')} found.")
    if not found.rows:
        st.caption("No event matches. Remove a filter.")
        return
    _table(session, [_row(row) for row in found.rows])
    pages = -(-found.found // PAGE)
    if pages > 1:
        st.pagination(pages, key="audit page")


def _table(session: Session, rows: list[dict[str, Any]]) -> None:
    """The events in columns wide enough to be read, and their download for an account that may export."""
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        column_config={
            "seq": st.column_config.Column("Change", width=70),
            "at": st.column_config.Column("When, UTC", width=140),
            "actor": st.column_config.Column("Who", width=130),
            "did": st.column_config.Column("Did", width=100),
            "subject": st.column_config.Column("What", width=230),
            "changed": st.column_config.Column("Values", width=280),
            "why": st.column_config.Column("Why", width=200),
            "role": st.column_config.Column("As", width=120),
            "site": st.column_config.Column("Site", width="medium"),
        },
        placeholder="",
        alt="audit trail",
    )
    if session.actor.may(Permission.EXPORT):
        tables.take(
            "Download audit trail as CSV",
            lambda: download(session.db, session.actor, "audit trail", rows, list(rows[0]), bulk=True),
            file="audit-trail.csv",
            mime="text/csv",
        )


def _filters(session: Session) -> dict[str, Any] | None:
    """What is asked for; None where a day was not understood, which is said beneath it."""
    places = st.columns(5)
    with places[0]:
        person = st.selectbox(
            "Person",
            people(session.db, session.actor),
            index=None,
            placeholder="Everyone",
            key="audit person",
            on_change=_first_page,
        )
    with places[1]:
        action = st.selectbox(
            "Action",
            ACTIONS,
            index=None,
            format_func=_words,
            placeholder="Any",
            key="audit action",
            on_change=_first_page,
        )
    with places[2]:
        patient = st.text_input(
            "Patient", placeholder="The whole pseudonym", key="audit patient", on_change=_first_page
        )
    today = session.db.now().date()
    with places[3]:
        first = _day("From day", "audit from", today)
    with places[4]:
        last = _day("To day", "audit to", today)
    if not (first.understood and last.understood):
        return None
    return {
        "person": person,
        "action": action,
        "patient": (patient or "").strip() or None,
        "from_on": first.value,
        "to_on": last.value + timedelta(days=1) if last.value else None,
    }


def _day(label: str, key: str, today: date) -> Typed[date]:
    """A day as it is typed anywhere, with what was understood beneath it."""
    text = st.text_input(label, placeholder="3/2/26, 3 feb, -7d", key=key, on_change=_first_page)
    typed = read_day(text or "", today)
    if typed.problem:
        st.error(typed.problem)
    elif typed.echo:
        st.caption(typed.echo)
    return typed


def _first_page() -> None:
    """Another question begins at its first answer."""
    st.session_state["audit page"] = 1


def _words(action: str) -> str:
    return action.replace("_", " ")


def _row(event: Mapping[str, Any]) -> dict[str, Any]:
    hidden = "not shown to this account"
    return {
        "seq": event["seq"],
        "at": f"{page_moment(event['recorded_at'])}",
        "actor": event["actor"],
        "did": _words(event["action"]),
        "subject": event["subject"],
        "changed": hidden if event["hidden"] else "; ".join(differences(event["before"], event["after"])),
        "why": hidden if event["hidden"] else event["reason"],
        "role": _words(event["role"]).replace("+", " + "),
        "site": event["site"],
    }


if __name__ == "__main__":
    show()

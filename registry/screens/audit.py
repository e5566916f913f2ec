"""Audit: who did what, when and why, for whoever may verify; values only for whoever may read them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import streamlit as st

from registry.entry import Typed, read_day
from registry.roles import Action, Happening
from registry.screens import shell, tables
from registry.trail import differences, people, trail

PAGE = 50
ACTIONS = sorted(str(one) for one in (*Action, *Happening))


def show() -> None:
    """Show the filters and the events that they leave, the newest first."""
    st.title("Audit")
    st.caption("Everything that was done, and by whom. Times and days are UTC.")
    reading = shell.reader()
    wanted = _filters(reading)
    if wanted is None:
        return
    page = int(st.session_state.get("audit page", 1))
    found = trail(reading.db, reading.actor, **wanted, skip=(page - 1) * PAGE, take=PAGE)
    st.caption(f"{found.found:,} event{'' if found.found == 1 else 's'} found.")
    tables.table(
        reading,
        "audit trail",
        [_row(row) for row in found.rows],
        {
            "seq": "Change",
            "at": "When, UTC",
            "actor": "Who",
            "role": "As",
            "did": "Did",
            "subject": "What",
            "site": "Site",
            "why": "Why",
            "changed": "Values",
        },
        bulk=True,
        empty="No event matches. Take a filter away.",
    )
    pages = -(-found.found // PAGE)
    if pages > 1:
        st.pagination(pages, key="audit page")


def _filters(reading: shell.Reading) -> dict[str, Any] | None:
    """What is asked for; None where a day was not understood, which is said beneath it."""
    places = st.columns(5)
    with places[0]:
        person = st.selectbox(
            "Person",
            people(reading.db, reading.actor),
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
    today = reading.db.now().date()
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
        "at": f"{event['recorded_at']:%Y-%m-%d %H:%M:%S}",
        "actor": event["actor"],
        "role": _words(event["role"]).replace("+", " + "),
        "did": _words(event["action"]),
        "subject": event["subject"],
        "site": event["site"],
        "why": hidden if event["hidden"] else event["reason"],
        "changed": hidden if event["hidden"] else "; ".join(differences(event["before"], event["after"])),
    }


if __name__ == "__main__":
    show()

"""Facts: everything recorded of a patient, to be looked back upon, corrected or withdrawn."""

from datetime import date, datetime
from typing import Any

import pandas as pd
import streamlit as st

from registry.errors import Usage
from registry.record.columns import Kind
from registry.record.headings import heading
from registry.record.recorded import KINDS as RECORDED
from registry.record.recorded import identity_of
from registry.record.tables import described
from registry.roles import Permission
from registry.screens import finder, links, reads, wording
from registry.screens.banner import show_banner
from registry.screens.entering.form_state import go_on
from registry.screens.entering.saved import show_saved
from registry.screens.facts.chosen import read_recorded, show_chosen
from registry.screens.session import Session, current_session


def show() -> None:
    """Show the patient that the address names, one kind of fact, and the fact that was chosen."""
    st.title("Facts", anchor=False)
    go_on()
    session = current_session()
    patient_id = st.query_params.get("patient")
    if patient_id is None:
        finder.show_finder(session)
        return
    try:
        one = reads.read_patient_record(session, patient_id)
    except Usage as error:
        st.warning(str(error))
        finder.show_finder(session)
        return
    show_banner(session, one, here="facts")
    show_saved(session, patient_id)
    kind = _kind(session, patient_id)
    rows = read_recorded(session, patient_id, kind)
    if not rows:
        st.caption(f"No fact of this kind is recorded for {patient_id}. It can be logged on the page Log.")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        chosen = _choose(patient_id, kind, rows)
    with right:
        if chosen is None:
            able = "correct it, withdraw it, see" if session.actor.may(Permission.AMEND, one.site) else "see"
            st.caption(f"Choose a fact, or a row of the table, to {able} its history, or ask about a value.")
            return
        show_chosen(session, one, kind, chosen)


def _kind(session: Session, patient_id: str) -> str:
    numbers = {kind: len(read_recorded(session, patient_id, kind)) for kind in RECORDED}
    offered = [kind for kind in wording.KINDS if kind in numbers]
    asked = st.query_params.get("kind")
    st.session_state["facts kind"] = asked if asked in offered else offered[0]
    chosen = st.pills(
        "Kind of fact",
        offered,
        required=True,
        format_func=lambda kind: f"{wording.KINDS[kind]} ({numbers[kind]})",
        key="facts kind",
        on_change=_open_kind,
    )
    return str(chosen)


def _open_kind() -> None:
    st.query_params["kind"] = st.session_state["facts kind"]
    st.query_params.pop("id", None)


def _choose(patient_id: str, kind: str, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Let a fact be chosen in a list that is searched by typing, or as a row of the table."""
    named = {links.fact_name(identity_of(kind, row)): row for row in rows}
    names = list(named)
    labels = dict(zip(names, wording.told_apart(kind, list(named.values())), strict=True))
    asked = st.query_params.get("id")
    st.session_state["facts id"] = asked if asked in named else (names[0] if len(names) == 1 else None)
    chosen = st.selectbox(
        "Fact",
        names,
        index=None,
        key="facts id",
        format_func=lambda name: labels.get(name, name),
        placeholder="Type a date or a word of it",
        filter_mode="contains",
        on_change=_open_fact,
    )
    names_of = [one.name for one in described(kind).columns if one.name not in ("patient_id",)]
    filled = [name for name in names_of if any(row[name] is not None for row in rows)]
    filled.sort(key=lambda name: name == f"{kind}_id")
    frame = pd.DataFrame(
        [[_worded(kind, name, row[name]) for name in filled] for row in rows], columns=filled
    )
    # Another list is another table: a row that was chosen in one means nothing in the next.
    key = f"facts table {patient_id} {kind} {hash(tuple(names))}"
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(rows) <= 12 else 460,
        column_config={name: _column(kind, name) for name in filled},
        key=key,
        on_select=lambda: _open_row(key, names),
        selection_mode="single-row",
        placeholder="",
        alt=f"{wording.KINDS[kind]} of {patient_id}",
    )
    return named.get(chosen) if chosen is not None else None


def _column(kind: str, name: str) -> Any:
    title = heading(kind, name)
    if described(kind).column(name).kind is Kind.DATE:
        return st.column_config.DateColumn(title, format="DD-MMM-YYYY")
    if described(kind).column(name).kind is Kind.MOMENT:
        return st.column_config.DatetimeColumn(title, format="DD-MMM-YYYY HH:mm")
    return st.column_config.Column(title)


def _worded(kind: str, name: str, cell: Any) -> Any:
    """Dates as dates, a word of a closed list as people say it; every other text as it was recorded."""
    if not isinstance(cell, str):
        return cell
    match described(kind).column(name).kind:
        case Kind.WORD:
            return cell.replace("_", " ")
        case Kind.DATE:
            return date.fromisoformat(cell)
        case Kind.MOMENT:
            return datetime.fromisoformat(cell).replace(tzinfo=None)
        case _:
            return cell


def _open_fact() -> None:
    chosen = st.session_state["facts id"]
    if chosen is None:
        st.query_params.pop("id", None)
    else:
        st.query_params["id"] = chosen


def _open_row(key: str, names: list[str]) -> None:
    selected = st.session_state[key]["selection"]["rows"]
    if selected:
        st.query_params["id"] = names[selected[0]]


if __name__ == "__main__":
    show()

"""Queries on values: what one is about, what was said, and saying more; and asking about a fact."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from registry import review
from registry.patients.patient_record import PatientRecord
from registry.record.headings import heading
from registry.record.recorded import KINDS, identity_of
from registry.record.tables import described
from registry.review import Query, QueryState
from registry.review.queries import LONGEST
from registry.screens import links
from registry.screens.clock import here, today
from registry.screens.entering.one_click import PendingAction, send, slip
from registry.screens.review.reads import read_queries
from registry.screens.session import Session
from registry.screens.tables import plain
from registry.screens.wording import said
from registry.wording import page_moment

BADGES = {
    QueryState.OPEN: ":orange-badge[:material/help: open]",
    QueryState.ANSWERED: ":blue-badge[:material/reply: answered]",
    QueryState.CLOSED: ":gray-badge[:material/check: closed]",
}
_MOVES = {
    QueryState.ANSWERED: ("Answer", review.answer, ":material/reply:"),
    QueryState.OPEN: ("Ask again", review.ask_again, ":material/help:"),
    QueryState.CLOSED: ("Close the query", review.close, ":material/check:"),
}


def value_of(one: Query) -> str:
    """What was asked about: `Value: 110`."""
    return f"{heading(one.table, one.column)}: {_recorded(one, one.value)}"


def _fact(one: Query) -> str:
    """`count SYN-003-L007`; a fact that only its patient names goes without a name."""
    own = " ".join(value for name, value in one.identity.items() if name != "patient_id")
    kind = "count" if one.table == "observation" else one.table.replace("_", " ")
    return f"{kind} {own}".strip()


def _recorded(one: Query, value: str | None) -> str:
    if one.masked:
        return "as the packet shows it"
    return said(one.table, one.column, value) if value else "not recorded"


def show_thread(session: Session, one: Query, *, linked: bool = True) -> None:
    """A query with its value, what became of it, all that was said, and what may be said now."""
    st.markdown(
        f"{BADGES[one.state]} **{plain(value_of(one))}**, asked about version {one.version} of "
        f"{plain(_fact(one))} of {plain(one.patient_id)}"
    )
    if one.withdrawn:
        st.warning("This fact was withdrawn since the question was asked.", icon=":material/history:")
    elif one.superseded:
        now = _recorded(one, one.value_now)
        changed = (
            "the packet shows it as it was"
            if one.masked
            else f"it is now **{plain(now)}**"
            if one.value_now != one.value
            else "this value stayed the same"
        )
        st.warning(
            f"The query is on a superseded version: the fact was amended since, and {changed}.",
            icon=":material/history:",
        )
    if linked and one.table in KINDS and not one.masked:
        query = links.fact_query(one.patient_id, one.table, one.identity)
        links.link(session, "See the fact", "facts", query, icon=":material/arrow_forward:")
    for by, at, text in one.said:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{plain(by)}**, {page_moment(here(at))}")
            st.markdown(plain(text))
    _show_moves(one)


def _show_moves(one: Query) -> None:
    on = slip(f"query {one.query_id}")
    if not one.moves:
        if one.state is not QueryState.CLOSED:
            st.caption(
                "The hospital that logged the value answers. The person who asked, or a data manager, "
                "closes the query."
            )
        return
    on.show_refused()
    st.text_area("Message *", key=on.field_key("said"), max_chars=LONGEST)
    with st.container(horizontal=True, gap="small"):
        for to in one.moves:
            label, move, icon = _MOVES[to]
            st.button(
                label,
                key=on.field_key(label),
                icon=icon,
                type="primary" if to is one.moves[0] else "secondary",
                on_click=send,
                args=(on, on.key, partial(_move, move, one.query_id, on)),
            )


def _move(move: Any, query_id: str, on: PendingAction, session: Session, key: str) -> bool:
    move(session.db, session.actor, query_id, on.text("said"), key=key)
    return True


# --- at a fact


def of_fact(session: Session, record: PatientRecord, kind: str, chosen: Mapping[str, Any]) -> list[Query]:
    """The queries on a fact, whatever its version, the newest first."""
    identity = {name: str(value) for name, value in identity_of(kind, chosen).items()}
    found = read_queries(session, today(session.db), patient_id=record.patient_id)
    return [query for query in reversed(found) if (query.table, query.identity) == (kind, identity)]


def say_open(found: Sequence[Query]) -> None:
    """Say above a fact that something is asked about it."""
    waiting = [query for query in found if query.state is not QueryState.CLOSED]
    if waiting:
        columns = ", ".join(dict.fromkeys(heading(query.table, query.column) for query in waiting))
        number = "A query is" if len(waiting) == 1 else f"{len(waiting)} queries are"
        st.info(f"{number} not closed: {columns}. See Queries below.", icon=":material/help:")


def show_at_fact(session: Session, record: PatientRecord, kind: str, chosen: Mapping[str, Any]) -> None:
    """The queries on a fact, and asking about one of its columns."""
    _show_ask(kind, chosen)
    for query in of_fact(session, record, kind, chosen):
        with st.container(border=True):
            show_thread(session, query, linked=False)


def _show_ask(kind: str, chosen: Mapping[str, Any]) -> None:
    identity = identity_of(kind, chosen)
    on = slip(f"ask {kind} {links.fact_name(identity)}")
    if on.done:
        st.success(
            "Your query was saved. It appears on the home page of those who log at this hospital.",
            icon=":material/check:",
        )
    on.show_refused()
    columns = [name for name in described(kind).names if name not in identity]
    st.selectbox(
        "About *",
        columns,
        index=columns.index("value") if "value" in columns else 0,
        key=on.field_key("column"),
        format_func=lambda name: (
            f"{heading(kind, name)}: {said(kind, name, chosen[name]) if chosen.get(name) else 'not recorded'}"
        ),
        filter_mode="contains",
    )
    st.text_area("Question *", key=on.field_key("question"), max_chars=LONGEST, placeholder="110 or 11?")
    st.button(
        "Ask",
        key=on.field_key("ask"),
        icon=":material/help:",
        on_click=send,
        args=(on, on.key, partial(_ask, kind, dict(identity), chosen["version"], on)),
    )


def _ask(
    kind: str, identity: dict[str, Any], version: int, on: PendingAction, session: Session, key: str
) -> str:
    column = on.text("column")
    return review.ask(
        session.db,
        session.actor,
        kind,
        identity,
        column,
        on.text("question"),
        version=version,
        key=key,
    )

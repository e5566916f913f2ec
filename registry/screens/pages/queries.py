"""Queries: what people ask about values, how long it waits, and what was said."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from registry.review import Query, QueryState
from registry.roles import Permission
from registry.screens import reads, tables
from registry.screens.clock import today
from registry.screens.review.queries import show_thread, value_of
from registry.screens.review.reads import read_ages, read_queries
from registry.screens.session import Session, current_session
from registry.screens.wording import KINDS

ALL = "all"
STATES = {QueryState.OPEN: "Open", QueryState.ANSWERED: "Answered", QueryState.CLOSED: "Closed", ALL: "All"}
AGES = {
    "site": "Site",
    "open": "Open",
    "answered": "Answered",
    "median_days": "Median age, days",
    "ninetieth_days": "90th percentile, days",
}
ROWS = 12
"""So many queries are shown without scrolling in the table."""


@dataclass(frozen=True)
class Wanted:
    """What the filters ask for; `state` is `all` or a state."""

    state: str
    site: str | None
    mine: bool


def show() -> None:
    """Show the ages, the filters, the queries that they leave, and the one that was chosen."""
    st.title("Queries", anchor=False)
    session = current_session()
    st.caption(
        "A query asks about one value in one version. Ask it on the page Facts or while reading a case. The "
        "hospital that logged the value answers; the person who asked closes the query."
    )
    if session.actor.reviews():
        st.caption(
            "At sites where you review cases, you see only your own questions, under the name of the case."
        )
    _ages(session)
    st.header("Each query", anchor=False)
    wanted = _filters(session)
    found = read_queries(session, today(session.db), site=wanted.site, mine=wanted.mine)
    shown = [one for one in found if wanted.state in (ALL, one.state)]
    if not shown:
        st.caption(_nothing(found, wanted))
        return
    left, right = st.columns([4, 3], gap="medium")
    with left:
        chosen = _choose(shown)
    with right:
        if chosen is None:
            st.caption("Choose a query, or a row of the table, to read its messages.")
        else:
            show_thread(session, chosen)


def _ages(session: Session) -> None:
    rows = [
        {
            "site": one.site or "no site",
            "open": one.open,
            "answered": one.answered,
            "median_days": round(one.median_days, 1),
            "ninetieth_days": round(one.ninetieth_days, 1),
        }
        for one in read_ages(session, today(session.db))
    ]
    if not rows:
        st.info("No query is open.", icon=":material/check:")
        return
    st.header("Waiting time", anchor=False)
    tables.table(session, "ages of queries", rows, AGES, of_patients=False, empty="")


def _nothing(found: list[Query], wanted: Wanted) -> str:
    if not found:
        return "You have raised no query." if wanted.mine else "No query was raised here yet."
    return f"No query is {wanted.state} here; in other states there are {len(found)}. Choose All to see them."


# --- filters, kept in the address


def _filters(session: Session) -> Wanted:
    sites = reads.read_sites(session) if session.actor.may_somewhere(Permission.READ) else []
    asked = st.query_params
    st.session_state["queries state"] = (
        asked.get("state") if asked.get("state") in STATES else QueryState.OPEN
    )
    st.session_state["queries site"] = asked.get("site") if asked.get("site") in sites else None
    st.session_state["queries mine"] = asked.get("mine") == "yes"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        state = st.segmented_control(
            "State",
            list(STATES),
            key="queries state",
            format_func=lambda one: STATES[one],
            required=True,
            on_change=_filtered,
        )
        site = None
        if len(sites) > 1:
            site = st.selectbox(
                "Site",
                sites,
                index=None,
                placeholder="All sites",
                key="queries site",
                on_change=_filtered,
                width=220,
            )
        mine = st.toggle("Raised by me", key="queries mine", on_change=_filtered)
    return Wanted(str(state), site, mine)


def _filtered() -> None:
    """Another question has no query chosen yet."""
    given = {
        "state": str(st.session_state["queries state"]),
        "site": st.session_state.get("queries site") or "",
        "mine": "yes" if st.session_state["queries mine"] else "",
    }
    st.query_params.from_dict({name: value for name, value in given.items() if value})


# --- the list


def _choose(shown: list[Query]) -> Query | None:
    """Let a query be chosen in a list that is searched by typing, or as a row of the table."""
    named = {one.query_id: one for one in shown}
    names = list(named)
    asked = st.query_params.get("query")
    st.session_state["queries one"] = asked if asked in named else (names[0] if len(names) == 1 else None)
    chosen = st.selectbox(
        "Query",
        names,
        index=None,
        key="queries one",
        format_func=lambda name: (
            f"{named[name].patient_id}, {value_of(named[name])}" if name in named else name
        ),
        placeholder="Type a patient or a word of it",
        filter_mode="contains",
        on_change=_open,
    )
    frame = pd.DataFrame(
        [
            {
                "age": one.age_days,
                "patient": one.patient_id,
                "about": f"{KINDS.get(one.table, one.table)}, {value_of(one)}",
                "asked": one.said[0][2],
                "state": str(one.state),
                "by": one.raised_by or "a reader",
                "site": one.site,
            }
            for one in shown
        ]
    )
    key = f"queries table {' '.join(names)}"
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(shown) <= ROWS else 460,
        column_config={
            "age": st.column_config.NumberColumn(
                "Days", width=45, help="Since it was asked, until it was closed."
            ),
            "patient": st.column_config.Column("Patient", width=80),
            "about": st.column_config.Column("About", width=150),
            "asked": st.column_config.Column("Question", width=190),
            "state": st.column_config.Column("State", width=80),
            "by": st.column_config.Column("By", width=110),
            "site": st.column_config.Column("Site", width=110),
        },
        key=key,
        on_select=lambda: _open_row(key, names),
        selection_mode="single-row",
        placeholder="",
        alt="queries",
    )
    return named.get(chosen) if chosen is not None else None


def _open() -> None:
    chosen = st.session_state["queries one"]
    if chosen is None:
        st.query_params.pop("query", None)
    else:
        st.query_params["query"] = chosen


def _open_row(key: str, names: list[str]) -> None:
    selected = st.session_state[key]["selection"]["rows"]
    if selected:
        st.query_params["query"] = names[selected[0]]


if __name__ == "__main__":
    show()

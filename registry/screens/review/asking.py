"""A question about a value of the packet: it goes to where the value was logged, without the name of the reader."""

from __future__ import annotations

from functools import partial

import streamlit as st

from registry import review
from registry.review.packet import Content
from registry.screens.entering.one_click import PendingAction, send, slip
from registry.screens.session import Session
from registry.screens.tables import plain


def show_asking(content: Content) -> None:
    """Let a question be asked about one value; the judgment can go on meanwhile."""
    on = slip(f"asked in {content['case']}")
    told = bool(on.refused or on.done)
    with st.expander("Ask about a value", icon=":material/help:", expanded=told):
        st.caption(
            "The question goes to the site without your name. You can sign before it is answered, because "
            "the packet does not change."
        )
        on.show_refused()
        if on.done and not on.refused:
            st.info(f"Asked: {plain(on.done)}.")
        rows = {(row.part, row.name): row for row in review.askable(content)}
        chosen = st.selectbox(
            "About",
            list(rows),
            index=None,
            format_func=lambda name: rows[name].words if name in rows else str(name),
            key=on.field_key("row"),
            placeholder="Type a day, or choose",
        )
        if chosen is None:
            return
        columns = rows[chosen].columns
        st.selectbox(
            "Which value",
            list(columns),
            format_func=lambda name: f"{name.replace('_', ' ')}: {columns[name] or 'not recorded'}",
            key=on.field_key(f"column {' '.join(chosen)}"),
        )
        st.text_area("Question", key=on.field_key("text"), height=68)
        st.button(
            "Ask",
            key=on.field_key("send"),
            on_click=send,
            args=(on, on.key, partial(_ask, content, chosen, on)),
        )


def _ask(content: Content, chosen: tuple[str, str], on: PendingAction, session: Session, key: str) -> str:
    """One call of the service; gives what was asked about."""
    row = next(row for row in review.askable(content) if (row.part, row.name) == chosen)
    column = str(st.session_state.get(on.field_key(f"column {' '.join(chosen)}")))
    review.ask_in_case(
        session.db, session.actor, content["case"], row.part, row.name, column, on.text("text"), key=key
    )
    return row.words

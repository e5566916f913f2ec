"""Help: one short guide for each task, the same as `nadir help` prints."""

import streamlit as st

from registry.help import TOPICS, Guide, guide, guides
from registry.roles import Permission
from registry.screens.session import Session, current_session
from registry.screens.texts import Marked

_FIRST = (
    (Permission.REVIEW, "read-a-case"),
    (Permission.LOG, "log-a-course"),
    (Permission.READ_CALLS, "read-a-cohort"),
)
"""The guide that is open first, by what an account may do; else how to run the server."""


def show() -> None:
    """Show the guide in the address, else the one for the reader's work, and let another be chosen."""
    session = current_session()
    st.title("Help", anchor=False)
    asked = st.query_params.get("topic", "")
    st.session_state["help topic"] = asked if asked in TOPICS else _first(session)
    titles = {one.topic: one.title for one in guides()}
    chosen = st.pills(
        "Guide",
        TOPICS,
        required=True,
        format_func=lambda topic: titles[topic],
        key="help topic",
        on_change=_open,
    )
    _show(guide(str(chosen)))


def _show(chosen: Guide) -> None:
    with st.container(width=820, key="guide"):
        st.header(chosen.title, anchor=False)
        st.markdown(Marked(chosen.text.replace("\n## ", "\n### ")))
    st.caption(f"In the terminal: nadir help {chosen.topic}")


def _first(session: Session) -> str:
    may = session.actor.may_somewhere
    return next((topic for permission, topic in _FIRST if may(permission)), "run-the-server")


def _open() -> None:
    st.query_params["topic"] = st.session_state["help topic"]


if __name__ == "__main__":
    show()

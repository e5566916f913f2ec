"""A question about a value of the packet: it goes to where the value was logged, without the name of the reader."""

from __future__ import annotations

import streamlit as st

from registry import reviews
from registry.errors import AlreadyDone, NadirError
from registry.reviews.packet import Content
from registry.screens import shell
from registry.screens.entering.desk import at_desk, desk
from registry.screens.review.sheet import Judging
from registry.screens.tables import plain

_SAID = "asked in"


def show_asking(content: Content, sheet: Judging) -> None:
    """Let a question be asked about one value; the judgement can go on meanwhile."""
    case_id = content["case"]
    said = desk().refusals.get(f"{_SAID} {case_id}")
    with st.expander("Ask about a value", icon=":material/help:", expanded=said is not None):
        st.caption(
            "The question goes to the site without your name and without saying who reads the case. You may judge "
            "before it is answered: the packet stays as it is."
        )
        if said:
            st.info(plain(said))
        rows = reviews.askable(content)
        turn = desk().refusals.setdefault(f"{_SAID} {case_id} turn", "0")
        key = f"{sheet.token} ask {turn}"
        chosen = st.selectbox(
            "About",
            range(len(rows)),
            index=None,
            format_func=lambda place: rows[place].words,
            key=f"{key} row",
            placeholder="Type a day, or choose",
        )
        if chosen is None:
            return
        columns = rows[chosen].columns
        st.selectbox(
            "Which value",
            list(columns),
            format_func=lambda name: f"{name.replace('_', ' ')}: {columns[name] or 'not recorded'}",
            key=f"{key} column {chosen}",
        )
        st.text_area("Question", key=f"{key} text", height=68)
        st.button("Ask", key=f"{key} send", on_click=_ask, args=(content, key, chosen, turn))


@at_desk
def _ask(content: Content, key: str, chosen: int, turn: str) -> None:
    """One call of the service; the next question begins with empty fields."""
    case_id = content["case"]
    row = reviews.askable(content)[chosen]
    try:
        reading = shell.reader()
        reviews.ask_in_case(
            reading.db,
            reading.actor,
            case_id,
            row.part,
            row.name,
            str(st.session_state.get(f"{key} column {chosen}")),
            str(st.session_state.get(f"{key} text") or ""),
            key=key,
        )
    except AlreadyDone:
        return
    except NadirError as error:
        desk().refusals[f"{_SAID} {case_id}"] = str(error)
        return
    desk().refusals[f"{_SAID} {case_id}"] = f"Asked: {row.words}."
    desk().refusals[f"{_SAID} {case_id} turn"] = str(int(turn) + 1)

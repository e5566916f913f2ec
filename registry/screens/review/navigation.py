"""From page to page of review: a callback does what was asked and says where to go on."""

from __future__ import annotations

import streamlit as st

from registry import review
from registry.errors import NadirError
from registry.screens import links
from registry.screens.entering.form_state import at_desk, desk
from registry.screens.review.sheet import Judging
from registry.screens.session import Session, current_session
from registry.screens.tables import plain

_REFUSED = "review"
_SIGNED = "signed"


def turn() -> None:
    """Turn to the page that the last callback chose, and say what it was refused."""
    page = desk().turning
    if page is not None:
        desk().turning = None
        st.switch_page(links.file_of(page[0]), query_params=dict(page[1]))
    said = desk().refusals.pop(_REFUSED, None)
    if said:
        st.error(plain(said))


def to(address: str, case_id: str | None = None) -> None:
    """In a callback: go on at a page, about a case."""
    desk().turning = (address, {"case": case_id} if case_id else {})


def refuse(error: NadirError | str) -> None:
    """In a callback: let the page say why something was not done."""
    desk().refusals[_REFUSED] = str(error)


@at_desk
def claim(case_id: str, address: str) -> None:
    """Hold a case and open it; where somebody else was quicker, say so."""
    try:
        session = current_session()
        review.claim(session.db, session.actor, case_id)
    except NadirError as error:
        refuse(error)
        return
    to(address, case_id)


@at_desk
def claim_next() -> None:
    """Hold the first case of the queue and open it: one that was begun before comes first."""
    session = current_session()
    try:
        waiting = review.queue(session.db, session.actor)
        for one in waiting:
            try:
                review.claim(session.db, session.actor, one.case_id)
            except NadirError:  # somebody was quicker: the next one then
                continue
            to("case", one.case_id)
            return
    except NadirError as error:
        refuse(error)
        return
    refuse("There is no case for you to read now.")
    to("cases")


@at_desk
def leave(part: str, case_id: str, *, give_back: bool) -> None:
    """Save what was typed and go back to the list; `give_back`: the case returns to the queue."""
    sheet = Judging.on_desk(part, case_id)
    try:
        session = current_session()
        if sheet is not None:
            sheet.take()
            sheet.keep(session)
            if sheet.refused:
                refuse(sheet.refused)
                return
            if sheet.filled:
                review.save(session.db, session.actor, case_id, dict(sheet.filled))
        if give_back:
            review.release(session.db, session.actor, case_id)
    except NadirError as error:
        refuse(error)
        return
    if sheet is not None:
        sheet.forget()
    to("cases")


def signed(case_id: str, said: str) -> None:
    """In a callback: let the page of the case say what was signed."""
    desk().refusals[f"{_SIGNED} {case_id}"] = said


def show_signed(session: Session, case_id: str) -> bool:
    """What was signed in this case, with the way on; whether there was anything to say."""
    said = desk().refusals.get(f"{_SIGNED} {case_id}")
    if said is None:
        return False
    st.success(plain(said), icon=":material/verified:")
    on_to_the_next(session)
    return True


def on_to_the_next(session: Session) -> None:
    """The way on with one key: the next case, or the list when none waits."""
    left = len(review.queue(session.db, session.actor))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if left:
            st.button(
                "Read the next case",
                key="next case",
                type="primary",
                shortcut="Alt+N",
                on_click=claim_next,
                icon=":material/arrow_forward:",
            )
            st.caption(f"{left:,} for you to read.", width="content")
        else:
            st.markdown("There is no other case for you to read now.", width="content")
        links.link(session, "All cases", "cases", icon=":material/list:")
        links.link(session, "My signed decisions", "signed", icon=":material/verified:")

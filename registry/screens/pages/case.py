"""Case: the packet on the left, the judgment on the right; what is signed is final, and the next case one key away."""

import streamlit as st

from registry import review
from registry.errors import NadirError
from registry.review import Refusal
from registry.screens.review import navigation
from registry.screens.review.asking import show_asking
from registry.screens.review.form import show_form
from registry.screens.review.head import show_head
from registry.screens.review.packet import show_packet
from registry.screens.review.sheet import Judging
from registry.screens.review.signing import show_signature
from registry.screens.session import Session, current_session
from registry.screens.tables import plain

PART = "blind"


def show() -> None:
    """Show the case that the address names, as its reader has it."""
    navigation.turn()
    session = current_session()
    case_id = st.query_params.get("case", "")
    try:
        opened = review.opened(session.db, session.actor, case_id)
    except NadirError as error:
        _not_open(session, case_id, error)
        return
    sheet = Judging.begin(session, PART, opened)
    show_head(opened, sheet)
    left, right = st.columns([7, 4], gap="medium")
    with right:
        found = show_form(opened.content, sheet, reasoned=False)
        show_signature(session, opened.content, sheet, found)
        show_asking(opened.content)
    with left:
        show_packet(session, opened.content)


def _not_open(session: Session, case_id: str, error: NadirError) -> None:
    """What to do with a case that is not held: claim it, go on elsewhere, or just what was signed."""
    st.title("Case", anchor=False)
    if navigation.show_signed(session, case_id):
        return
    said = str(error)
    if not case_id:
        st.info("Choose a case from the list.")
    elif said == Refusal.NOT_CLAIMED:
        st.info(f"You have not claimed {plain(case_id)}.")
        st.button(
            "Claim it",
            key="claim",
            type="primary",
            on_click=navigation.claim,
            args=(case_id, "case"),
            icon=":material/edit_note:",
        )
    elif said == Refusal.ALREADY_READ:
        st.info(plain(said), icon=":material/verified:")
    else:
        st.warning(plain(said))
    navigation.on_to_the_next(session)


if __name__ == "__main__":
    show()

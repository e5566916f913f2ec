"""Committee: members see the packet and the judgments, vote unseen with a reason, and count when enough have voted."""

import streamlit as st

from adjudication.review.rules import published_rules
from registry import review
from registry.errors import AlreadyDone, NadirError
from registry.review import VOTE, Dispute, Disputed
from registry.screens.entering.form_state import at_desk
from registry.screens.review import navigation
from registry.screens.review.form import show_form
from registry.screens.review.head import show_head
from registry.screens.review.judgements import show_judgements
from registry.screens.review.packet import show_packet
from registry.screens.review.sheet import Judging
from registry.screens.review.signing import show_signature
from registry.screens.session import Session, current_session
from registry.screens.tables import plain
from registry.screens.texts import Marked


def show() -> None:
    """Show the dispute that the address names, as a member of its committee has it."""
    navigation.turn()
    session = current_session()
    case_id = st.query_params.get("case", "")
    seats = {one.case_id: one for one in review.disputes(session.db, session.actor) if one.part == VOTE}
    seat = seats.get(case_id)
    if seat is None:
        _no_seat(session, case_id)
        return
    if seat.voted and not seat.countable:
        st.title("Committee", anchor=False)
        if not navigation.show_signed(session, case_id):
            st.info(
                "You have voted. Too few members have voted. The votes cannot be counted yet.",
                icon=":material/how_to_vote:",
            )
            navigation.on_to_the_next(session)
        return
    _show(session, review.dispute(session.db, session.actor, case_id), seat)


def _show(session: Session, found: Dispute, seat: Disputed) -> None:
    content, case_id = found.opened.content, seat.case_id
    sheet = Judging.begin(session, VOTE, found.opened)
    show_head(found.opened, sheet, title="Committee")
    _round(found)
    if seat.countable:
        _count(case_id, found)
    if seat.voted:
        navigation.show_signed(session, case_id)
    st.header("Judgments so far", anchor=False)
    titled = [(f"Judgment {number}", one) for number, one in enumerate(found.judgements, 1)]
    show_judgements(titled, found.differing)
    if seat.voted:
        show_packet(session, content)
        return
    left, right = st.columns([7, 4], gap="medium")
    with right:
        st.header("Your vote", anchor=False)
        understood = show_form(content, sheet, reasoned=True)
        show_signature(session, content, sheet, understood)
    with left:
        st.header("The packet", anchor=False)
        show_packet(session, content)


def _round(found: Dispute) -> None:
    """Who decides how, and that an earlier voting had no majority."""
    members = len(found.members)
    st.markdown(
        f"{members} members: {plain(', '.join(found.members))}. {found.quorum} must vote before the votes are "
        f"counted, and {published_rules().majority(members)} must agree."
    )
    if found.round > 1:
        st.warning(
            Marked(
                f"**Voting {found.round}.** The last vote ended without a decision, so all members vote "
                f"again."
            ),
            icon=":material/replay:",
        )


def _count(case_id: str, found: Dispute) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            "Count the votes",
            key=f"count {case_id} {found.round}",
            type="primary",
            on_click=_counted,
            args=(case_id, found.round),
            icon=":material/how_to_vote:",
        )
        st.caption(
            "Enough members have voted. A missing vote counts against every proposal.", width="content"
        )


@at_desk
def _counted(case_id: str, number: int) -> None:
    """One call of the service; a second click counts nothing again."""
    try:
        session = current_session()
        key = f"count {case_id} {number} {session.actor.name}"  # another member's click is another request
        decided = review.count(session.db, session.actor, case_id, key=key)
    except AlreadyDone:
        return
    except NadirError as error:
        navigation.refuse(error)
        return
    sheet = Judging.on_desk(VOTE, case_id)
    if sheet is not None:
        sheet.forget()
    if decided:
        navigation.signed(case_id, f"Counted: the committee decided {case_id}.")


def _no_seat(session: Session, case_id: str) -> None:
    st.title("Committee", anchor=False)
    if navigation.show_signed(session, case_id):
        return
    st.info(
        "You are not a committee member for this case."
        if case_id
        else "Choose a case of your committees from the list.",
    )
    navigation.on_to_the_next(session)


if __name__ == "__main__":
    show()

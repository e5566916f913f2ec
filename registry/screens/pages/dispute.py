"""Dispute: a third reader sees both judgments nameless beside the packet, settles it, or calls a committee."""

import streamlit as st

from adjudication.review.rules import published_rules
from registry import review
from registry.errors import AlreadyDone, NadirError
from registry.review import Dispute
from registry.screens.entering.form_state import at_desk
from registry.screens.review import navigation
from registry.screens.review.asking import show_asking
from registry.screens.review.form import show_form
from registry.screens.review.head import show_head
from registry.screens.review.judgements import show_judgements
from registry.screens.review.packet import show_packet
from registry.screens.review.sheet import Judging
from registry.screens.review.signing import show_signature
from registry.screens.session import Session, current_session
from registry.screens.tables import plain

PART = "third"


def show() -> None:
    """Show the dispute that the address names, as its third reader has it."""
    navigation.turn()
    session = current_session()
    case_id = st.query_params.get("case", "")
    mine = {one.case_id: one for one in review.disputes(session.db, session.actor)}.get(case_id)
    if mine is not None and mine.part == PART and mine.committed:
        st.title("Dispute", anchor=False)
        navigation.show_signed(session, case_id)
        _call(session, case_id, needed=True, voting=mine.voting)
        return
    try:
        found = review.dispute(session.db, session.actor, case_id)
    except NadirError as error:
        _not_open(session, case_id, error, free=mine is not None and mine.part == PART)
        return
    if found.round:
        st.title("Dispute", anchor=False)
        st.info("This case has a committee.")
        navigation.on_to_the_next(session)
        return
    sheet = Judging.begin(session, PART, found.opened)
    _show(session, found, sheet, mine.voting if mine else 0)


def _show(session: Session, found: Dispute, sheet: Judging, voting: int) -> None:
    content = found.opened.content
    show_head(found.opened, sheet, title="Dispute")
    st.header("Judgments of the two readers", anchor=False)
    titled = [(f"Judgment {number}", one) for number, one in enumerate(found.judgements, 1)]
    show_judgements(titled, found.differing)
    left, right = st.columns([7, 4], gap="medium")
    with right:
        st.header("Your judgment", anchor=False)
        understood = show_form(content, sheet, reasoned=True)
        show_signature(session, content, sheet, understood)
        with st.expander("Call a committee instead", icon=":material/groups:"):
            _call(session, found.opened.case_id, needed=False, voting=voting)
        show_asking(content)
    with left:
        st.header("The packet", anchor=False)
        show_packet(session, content)


def _not_open(session: Session, case_id: str, error: NadirError, *, free: bool) -> None:
    st.title("Dispute", anchor=False)
    if navigation.show_signed(session, case_id):
        return
    if free:
        st.info(f"{plain(case_id)} is in dispute. You have not claimed it.")
        st.button(
            "Claim it",
            key="claim",
            type="primary",
            on_click=navigation.claim,
            args=(case_id, "dispute"),
            icon=":material/balance:",
        )
    elif not case_id:
        st.info("Choose a dispute from the list of cases.")
    else:
        st.warning(plain(str(error)))
    navigation.on_to_the_next(session)


def _call(session: Session, case_id: str, *, needed: bool, voting: int) -> None:
    """Let a committee be called: whom, how many, and how it decides."""
    rules = published_rules()
    if needed:
        st.header("No two of three agree", anchor=False)
    if voting:
        st.info(
            "Too few members of the current committee can still vote. You can call another committee.",
            icon=":material/group_off:",
        )
    st.markdown(
        f"A committee has {rules.least_members} to {rules.most_members} members, who see all judgments "
        f"without names and vote in secret. More than half of all members decide; votes are counted when "
        f"{rules.quorum.numerator} of "
        f"{rules.quorum.denominator} have voted. The readers of the case and you can be members."
    )
    fit = review.candidates(session.db, session.actor, case_id)
    if len(fit) < rules.least_members:
        st.warning(f"Only {len(fit)} can be members for this case. An administrator can add adjudicators.")
        return
    key = f"members {case_id}"
    chosen = st.multiselect(
        "Members", fit, key=key, max_selections=rules.most_members, placeholder="Choose members"
    )
    if chosen:
        st.caption(
            f"{len(chosen)} members: {rules.votes_needed(len(chosen))} must vote, "
            f"{rules.majority(len(chosen))} must agree."
        )
    st.button(
        "Call the committee",
        key=f"call {case_id}",
        type="primary" if needed else "secondary",
        disabled=len(chosen) < rules.least_members,
        on_click=_convene,
        args=(case_id, key, voting),
        icon=":material/groups:",
    )


@at_desk
def _convene(case_id: str, key: str, voting: int) -> None:
    """One call of the service; a second click finds that a committee sits."""
    try:
        session = current_session()
        review.convene(
            session.db,
            session.actor,
            case_id,
            list(st.session_state.get(key) or []),
            key=f"convene {case_id} {voting}",
        )
    except AlreadyDone:
        pass
    except NadirError as error:
        navigation.refuse(error)
        return
    sheet = Judging.on_desk(PART, case_id)
    if sheet is not None:
        sheet.forget()
    navigation.to("cases")


if __name__ == "__main__":
    show()

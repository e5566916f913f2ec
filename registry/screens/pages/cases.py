"""Cases: what waits for one reader, in an order of their own; what they hold; disputes and seats in committees."""

from datetime import datetime

import streamlit as st

from registry import review
from registry.review import Disputed, Waiting
from registry.screens.clock import here
from registry.screens.links import link
from registry.screens.review import navigation
from registry.screens.session import Session, current_session
from registry.screens.texts import Marked, plain
from registry.wording import clock, number_of, page_weekday

# So many are listed: more would be scrolled past, and the order is not for choosing.
LISTED = 12


def show() -> None:
    """Show what was begun, what waits, and what is disputed."""
    navigation.turn()
    session = current_session()
    st.title("Cases", anchor=False)
    waiting = review.queue(session.db, session.actor)
    held = [one for one in waiting if one.held]
    free = [one for one in waiting if not one.held]
    disputes = review.disputes(session.db, session.actor)
    st.markdown(
        "You read each case blinded: the automated call and other judgments are hidden until a decision."
    )
    _next(waiting, held)
    if held:
        _held(session, held)
    third = [one for one in disputes if one.part == "third"]
    if third:
        _disputes(session, third)
    seats = [one for one in disputes if one.part == "committee"]
    if seats:
        _seats(session, seats)
    _free(free)
    link(session, "My signed decisions", "signed", icon=":material/verified:")


def _next(waiting: list[Waiting], held: list[Waiting]) -> None:
    if not waiting:
        st.success("There is no case for you to read.", icon=":material/done_all:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.button(
            "Continue reading" if held else "Read the next case",
            key="next case",
            type="primary",
            shortcut="Alt+N",
            on_click=navigation.claim_next,
            icon=":material/arrow_forward:",
        )
        begun = f", {number_of(len(held), 'case')} started" if held else ""
        st.caption(f"{number_of(len(waiting), 'case')} for you{begun}.", width="content")


def _held(session: Session, held: list[Waiting]) -> None:
    st.header("Started by you", anchor=False)
    for one in held:
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            link(
                session,
                Marked(f"**{plain(one.case_id)}**"),
                "case",
                {"case": one.case_id},
                icon=":material/edit_note:",
            )
            said = [one.disease, _until(one.expires_at), _spent(one)]
            said.append("something is filled in" if one.saved else "nothing is filled in yet")
            st.markdown(" · ".join(part for part in said if part), width="content")
            st.button(
                "Give back",
                key=f"give back {one.case_id}",
                on_click=navigation.leave,
                args=("blind", one.case_id),
                kwargs={"give_back": True},
                type="tertiary",
                icon=":material/undo:",
            )


def _disputes(session: Session, third: list[Disputed]) -> None:
    st.header("Disputes to settle", anchor=False)
    st.caption(
        "Two readers disagree. You see both judgments without names. If yours agrees with one of them, the "
        "dispute is settled."
    )
    for one in third:
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            if one.held or one.committed:
                link(
                    session,
                    Marked(f"**{plain(one.case_id)}**"),
                    "dispute",
                    {"case": one.case_id},
                    icon=":material/balance:",
                )
            else:
                st.button(
                    f"Claim {one.case_id}",
                    key=f"take {one.case_id}",
                    on_click=navigation.claim,
                    args=(one.case_id, "dispute"),
                    icon=":material/balance:",
                )
            said = [one.disease, _until(one.expires_at) if one.held else ""]
            said.append("no two of three agree: call a committee" if one.committed else "")
            said.append("something is filled in" if one.saved else "")
            st.markdown(" · ".join(part for part in said if part), width="content")


def _seats(session: Session, seats: list[Disputed]) -> None:
    st.header("Your seats in committees", anchor=False)
    for one in seats:
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            link(
                session,
                Marked(f"**{plain(one.case_id)}**"),
                "committee",
                {"case": one.case_id},
                icon=":material/how_to_vote:",
            )
            voted = "you have voted" if one.voted else "your vote is needed"
            enough = "enough have voted to count" if one.countable else "too few have voted to count"
            st.markdown(f"{one.disease} · {voted} · {enough}", width="content")


def _free(free: list[Waiting]) -> None:
    if not free:
        return
    st.header("Waiting", anchor=False)
    st.caption("In a random order of your own. Opening a case claims it for you.")
    with st.grid(min_column_width=240, gap="small"):
        for one in free[:LISTED]:
            begun = f" · {_spent(one)}" if one.saved and one.seconds else ""
            st.button(
                f"{one.case_id} · {one.disease}{begun}",
                key=f"open {one.case_id}",
                on_click=navigation.claim,
                args=(one.case_id, "case"),
                icon=":material/edit_note:" if one.saved else None,
                width="stretch",
            )
    if len(free) > LISTED:
        st.caption(f"and {number_of(len(free) - LISTED, 'more', 'more')}")


def _until(at: datetime | None) -> str:
    return f"held until {page_weekday(here(at))} {clock(here(at))}" if at is not None else ""


def _spent(one: Waiting) -> str:
    return f"{number_of(round(one.seconds / 60), 'minute')} spent" if one.seconds else ""


if __name__ == "__main__":
    show()

"""My signed decisions: everything a person signed, what came of it, and what has changed in it since."""

import streamlit as st

from registry import review
from registry.review import Signed
from registry.screens import tables
from registry.screens.clock import here
from registry.screens.links import link
from registry.screens.reads import kept
from registry.screens.review.words import STATES, judgement_in_words, part_said
from registry.screens.session import Session, current_session
from registry.screens.tables import plain
from registry.screens.texts import Marked
from registry.wording import clock, number_of, page_weekday

AT_ONCE = 20
_CHANGED = {"part": "In", "name": "What", "column": "Value", "before": "As you signed it", "after": "Now"}
_MORE = "signed more"


@kept(50)
def read_signed(session: Session, at_most: int) -> list[Signed]:
    """What the reader signed last, the newest first."""
    return review.signed(session.db, session.actor, at_most=at_most)


def show() -> None:
    """Show what was signed, newest first, with its state."""
    session = current_session()
    st.title("My signed decisions", anchor=False)
    listed = AT_ONCE + st.session_state.get(_MORE, 0)
    signed, number = read_signed(session, listed), review.signatures(session.db, session.actor)
    if not signed:
        st.info("You have signed nothing yet.")
        link(session, "To the cases", "cases", icon=":material/list:")
        return
    differ = sum(bool(one.differs) for one in signed)
    changed = f" In {number_of(differ, 'case')} below the record has changed since." if differ else ""
    st.markdown(f"{number_of(number, 'signature')}.{changed} The days are those of each packet.")
    for one in signed:
        _one(session, one)
    if number > len(signed):
        left = number_of(number - len(signed), "earlier one", "earlier ones")
        st.button(f"Show the next {AT_ONCE} of {left}", key="more signed", on_click=_more)


def _more() -> None:
    st.session_state[_MORE] = st.session_state.get(_MORE, 0) + AT_ONCE


def _one(session: Session, one: Signed) -> None:
    with st.container(border=True, gap="xsmall"):
        at = here(one.signed_at)
        st.markdown(
            f"**{plain(judgement_in_words(one.said))}** · {plain(one.case_id)}, {part_said(one.part, one.round)} · "
            f"signed {page_weekday(at)} {clock(at)}"
        )
        for name in ("reason", "note"):
            if one.said[name]:
                st.markdown(f"{name.capitalize()}: {plain(one.said[name])}")
        _state(session, one)
        if one.differs:
            st.warning(
                Marked("**The signed version differs** from what the record would show now."),
                icon=":material/difference:",
            )
            with st.expander(f"What changed ({len(one.changed)})"):
                tables.shown(
                    f"{one.case_id} changed", [vars(each) for each in one.changed], _CHANGED, empty="Nothing."
                )
        st.caption(f"“{plain(one.meaning)}” Proved by {one.method}, signature {one.seen[:12]}")


def _state(session: Session, one: Signed) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        badge = {"waiting": "gray", "stale": "orange"}.get(one.state, "green")
        st.markdown(f":{badge}-badge[{STATES[one.state]}]", width="content")
        if one.decision is not None:
            st.markdown(f"Decision: **{plain(judgement_in_words(one.decision))}**", width="content")
            link(session, "Outcome", "outcome", {"case": one.case_id}, icon=":material/gavel:")
        if one.superseded and one.decision is None:
            st.markdown("No decision was made: the course or its call no longer exists.", width="content")
        elif one.superseded:
            what = "the record" if one.changed else "the criteria, the engine or data outside the packet"
            st.markdown(f"It no longer applies: {what} changed.", width="content")


if __name__ == "__main__":
    show()

"""A call that somebody doubts: what was said of it, and saying it."""

import streamlit as st

from adjudication.response.criteria import DEFAULTS
from registry import review
from registry.review import Challenged
from registry.review.challenges import LONGEST, NEXT
from registry.roles import Permission
from registry.screens.clock import here
from registry.screens.entering.one_click import send, slip
from registry.screens.reads import kept
from registry.screens.session import Session
from registry.screens.tables import plain
from registry.wording import page_day


@kept(200)
def read_challenged(session: Session, course_id: str) -> Challenged:
    """What is doubted of the call on a course."""
    return review.challenged(session.db, session.actor, course_id)


def show(session: Session, site: str | None, course_id: str, criteria_id: str) -> None:
    """Let an account that may see the call doubt it, and see who did."""
    if criteria_id not in DEFAULTS.values() or not session.actor.may(Permission.READ_CALLS, site):
        return
    found = read_challenged(session, course_id)
    for one in found.challenges:
        st.caption(
            f"{plain(one.raised_by)} challenged this call on {page_day(here(one.raised_at))}: "
            f"{plain(one.reason)}"
        )
    if not session.actor.may(Permission.CHALLENGE, site):
        return
    on = slip(f"challenge {course_id}")
    if on.done:
        st.success(f"Your challenge was saved. {NEXT}", icon=":material/check:")
    with st.expander("Challenge this call", icon=":material/flag:", expanded=bool(on.refused)):
        if found.refused:
            st.caption(found.refused)
            return
        st.caption(NEXT)
        on.show_refused()
        st.text_area(
            "Reason for the challenge *",
            key=on.field_key("reason"),
            max_chars=LONGEST,
            placeholder="The count of 3 Feb came the day after platelets were given",
        )
        st.button(
            "Challenge",
            key=on.field_key("challenge"),
            on_click=send,
            args=(on, on.key, lambda now, key: _challenge(now, course_id, on.text("reason"), key)),
        )


def _challenge(session: Session, course_id: str, reason: str, key: str) -> bool:
    review.challenge(session.db, session.actor, course_id, reason, key=key)
    return True

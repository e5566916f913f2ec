"""The first-run tour on the pages: a plain panel at the top, whose links lead from page to page."""

import streamlit as st

from registry.screens import links
from registry.screens.catalogue import SCREENS
from registry.screens.reads import kept
from registry.screens.session import Session, current_session, errors_shown
from registry.screens.tables import plain
from registry.tasks import tour
from registry.tasks.since import last_visit
from registry.tasks.tour import Step

STEP = "tour"
"""The step in the address of a page, and in the session for pages that drop it."""


@kept(30)
def read_steps(session: Session) -> list[Step]:
    """The steps for the reader."""
    return tour.steps(session.db, session.actor)


def panel(session: Session) -> None:
    """Show the step that the reader is at, above any page; nothing while no tour is under way."""
    named = st.query_params.get(STEP, "")
    if named.isdecimal():
        st.session_state[STEP] = int(named)
    at = st.session_state.get(STEP)
    if at is None:
        return
    taken = _steps(session)
    if not 1 <= at <= len(taken):
        del st.session_state[STEP]
        return
    step = taken[at - 1]
    with st.container(border=True, key="tour panel", gap="xsmall"):
        st.markdown(f"**Tour, step {at} of {len(taken)}: {plain(step.title)}**")
        st.markdown(_said(step.text))
        with st.container(horizontal=True, vertical_alignment="center"):
            if at > 1:
                _to(session, taken, at - 1, "Step back", ":material/arrow_back:")
            if not _is_here(step):
                _to(session, taken, at, "To the page of this step", ":material/my_location:")
            if at < len(taken):
                _to(
                    session, taken, at + 1, f"Next step: {plain(taken[at].title)}", ":material/arrow_forward:"
                )
            st.button("End the tour", key="end tour", on_click=_end, type="tertiary", icon=":material/close:")


def offer(session: Session) -> None:
    """On the home page: an invitation on the first visit to a synthetic registry, later a link to begin again."""
    if st.session_state.get(STEP) is not None or len(_steps(session)) < 2 or not session.synthetic:
        return
    links.link(
        session,
        f"Take the tour: {len(_steps(session))} short steps through the pages",
        "home",
        {STEP: "1"},
        icon=":material/signpost:",
    )


def invite(session: Session) -> bool:
    """On the first visit to a synthetic registry: begin the tour, or say no to it. Whether this was shown."""
    new = (
        session.synthetic and st.session_state.get(STEP) is None and not tour.ended(session.db, session.actor)
    )
    taken = _steps(session) if new else []
    if len(taken) < 2 or last_visit(session.db, session.actor) is not None:
        return False
    with st.container(border=True, key="tour invitation", gap="xsmall"):
        st.markdown(
            f"**New here?** {len(taken)} short steps lead through the pages of your role. You can end them at any time."
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            _to(session, taken, 1, "Begin the tour", ":material/signpost:")
            st.button("No, thank you", key="no tour", on_click=_end, type="tertiary", icon=":material/close:")
    return True


def _steps(session: Session) -> list[Step]:
    return [step for step in read_steps(session) if links.offered(session, step.address)]


def _to(session: Session, taken: list[Step], number: int, label: str, icon: str) -> None:
    step = taken[number - 1]
    links.link(session, label, step.address, {**step.query, STEP: str(number)}, icon=icon)


def _is_here(step: Step) -> bool:
    """Whether the page in sight is that of the step, by its address and its patient."""
    path = (st.context.url or "").partition("?")[0].rstrip("/").rpartition("/")[2]
    at_home = step.address == "home" and path not in {one.address for one in SCREENS[1:]}
    same = all(st.query_params.get(name) == value for name, value in step.query.items() if name == "patient")
    return (path == step.address or at_home) and same


def _said(text: str) -> str:
    parts = text.split("`")
    return "".join(f"`{part}`" if place % 2 else plain(part) for place, part in enumerate(parts))


def _end() -> None:
    st.session_state.pop(STEP, None)
    if STEP in st.query_params:
        del st.query_params[STEP]
    with errors_shown():
        session = current_session()
        tour.end(session.db, session.actor)

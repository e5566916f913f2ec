"""The frame of every page: the menu, the banner, the tour, and the page that was asked for."""

from collections.abc import Sequence

import streamlit as st

from registry.accounts.sessions import SignedOut
from registry.errors import NadirError
from registry.record.trial import NOTICE
from registry.screens import menu, signed_in, texts, tour
from registry.screens.catalogue import SCREENS, Screen
from registry.screens.session import Session, current_session, errors_shown
from registry.screens.streamlit_private import Page
from registry.screens.texts import Marked


def show() -> None:
    """Run the page that was asked for, in the frame that all pages share."""
    texts.guard()
    # No icon of Streamlit's own on a page: as the tab's icon it would be fetched from elsewhere.
    st.set_page_config(page_title="Nadir", page_icon="📉", layout="wide")
    with errors_shown():
        try:
            session = current_session()
        except SignedOut as error:
            _navigation(SCREENS, hidden=True)
            signed_in.signed_out(error)
            return
        except NadirError:
            _navigation(SCREENS[:1], hidden=True)
            raise
        pages, chosen = _navigation([one for one in SCREENS if one.seen_by(session.actor)])
        if chosen is pages["home"] and "patient" in st.query_params and "patient" in pages:
            st.switch_page(pages["patient"], query_params=st.query_params.to_dict())
        _frame(session)
        tour.panel(session)
        refused = st.session_state.pop("not done", None)  # by a callback: `entering.desk.at_desk`
        if refused:
            st.error(refused)
        chosen.run()


def _navigation(screens: Sequence[Screen], *, hidden: bool = False) -> tuple[dict[str, Page], Page]:
    """The pages that there are for this person, by address, and the one that was asked for: of no others does
    the server know in this session, whatever address is typed or sent."""
    pages = {
        one.address: st.Page(
            one.file,
            title=one.title,
            url_path=one.address,
            default=one is screens[0],
            visibility="visible" if one.listed else "hidden",
        )
        for one in screens
    }
    sections: dict[str, list[Page]] = {}
    for one in screens:
        sections.setdefault(one.section, []).append(pages[one.address])
    return pages, st.navigation(sections, position="hidden" if hidden else "sidebar")


# Streamlit prints the keys of a button at 60 %, and what is on a button of the theme's own color in white:
# neither can be read on the light blue of the dark theme.
# Its toolbars give rows and pictures that are neither stamped nor audited; our own downloads stand below. A long menu
# opens within the window, and is scrolled. Commands in a guide are folded: what scrolls sideways needs a mouse.
_STYLE = """<style>button[kind] kbd { opacity: 1; } button[kind^='primary'] kbd { color: inherit; }
[data-testid="stElementToolbar"] { display: none !important; }
[data-testid="stMenuButtonBody"] {
  max-height: min(45vh, 24rem); overflow-y: auto; }
.st-key-guide pre { overflow: visible !important; }
.st-key-guide pre, .st-key-guide pre * { white-space: pre-wrap !important; overflow-wrap: anywhere; }
%s</style>"""
_FOR_TESTS = """<style>
[data-testid="stSidebar"] { border-inline-start: 0.9rem solid #B45309; }
[data-testid="stHeader"] { border-block-start: 0.4rem solid #B45309; }
[data-testid="stSidebarHeader"]::before {
  content: "Test registry"; padding: 0.2rem 0.6rem; background: #B45309; color: #FFFFFF; font-weight: 600; }
</style>"""
"""What tells a test registry from a real one at a glance: the color of its menu, on every page."""
_IN_THE_DARK = ' button[kind^="primary"], button[kind^="primary"] * { color: #0E1117; }'


def _frame(session: Session) -> None:
    st.html(_STYLE % (_IN_THE_DARK if st.context.theme.type == "dark" else ""))
    if session.for_tests:
        st.html(_FOR_TESTS)
        with st.sidebar:
            st.warning(Marked("**Test registry**"), icon=":material/construction:")
        st.warning(NOTICE, icon=":material/construction:")
    if session.synthetic:
        st.info(
            Marked("**Synthetic data.** Every patient in this registry is invented."),
            icon=":material/science:",
        )
    signed_in.sidebar(session.db, session.actor)
    menu.mend()

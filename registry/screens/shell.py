"""The frame of every page: the open registry, who reads it, and the pages there are.

This is the composition root: pages get a `Reading` from here and know neither files nor connections.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.navigation.page import Page

from registry.access.sessions import SignedOut
from registry.database import Database
from registry.errors import NadirError
from registry.facts.synthetic import is_synthetic
from registry.roles import Actor, Permission
from registry.screens import menu, signed_in, texts
from registry.screens.held import held
from registry.screens.texts import Marked
from registry.serve import registry_path

_LOG = logging.getLogger("nadir")

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Reading:
    """One person reading one state of one registry. `key` tells it from every other; caches hang on it."""

    db: Database
    actor: Actor
    key: Key
    synthetic: bool


@dataclass(frozen=True)
class Screen:
    """A page: its title, its address (and the file in `pages` that shows it), and who sees it.

    Whoever has one of the permissions at some site sees the page; None needed: everybody does. What a page then
    shows is up to the services that it asks. `section` heads it in the menu; a page about one thing that is opened
    from a list is not `listed` there.
    """

    title: str
    address: str
    permissions: tuple[Permission, ...] = ()
    section: str = ""
    listed: bool = True

    @property
    def file(self) -> Path:
        return Path(__file__).parent / "pages" / f"{self.address}.py"

    def seen_by(self, actor: Actor) -> bool:
        """Whether this person has the page at all."""
        return not self.permissions or any(map(actor.may_somewhere, self.permissions))


_WATCHES = (Permission.LOG, Permission.READ_CALLS)
"""Surveillance is for those who care for patients; whoever reads cases blind has no part in it."""

SCREENS = (
    Screen("Home", "home"),
    Screen("Patient", "patient", (Permission.READ,)),
    Screen("Log", "log", (Permission.LOG,)),
    Screen("Facts", "facts", (Permission.READ,)),
    Screen("Cohort", "cohort", (Permission.FIGURES,)),
    Screen("Worklist", "worklist", _WATCHES, section="Surveillance"),
    Screen("Proposed episodes", "proposals", _WATCHES, section="Surveillance"),
    Screen("Watched patient", "watched", _WATCHES, section="Surveillance", listed=False),
    Screen("Programme", "programme", (*_WATCHES, Permission.CONFIGURE), section="Surveillance"),
    Screen("Cases", "cases", (Permission.REVIEW,), section="Review"),
    Screen("Case", "case", (Permission.REVIEW,), section="Review", listed=False),
    Screen("Dispute", "dispute", (Permission.REVIEW,), section="Review", listed=False),
    Screen("Committee", "committee", (Permission.REVIEW,), section="Review", listed=False),
    Screen("Outcome", "outcome", (Permission.REVIEW, Permission.READ_CALLS), section="Review", listed=False),
    Screen("My signed decisions", "signed", (Permission.REVIEW,), section="Review"),
    Screen("Open cases", "opening", (Permission.OPEN_CASES,), section="Review"),
    Screen("Agreement", "agreement", (Permission.READ_CALLS,), section="Review"),
    Screen("Queries", "queries", (Permission.READ, Permission.REVIEW), section="Review"),
    Screen("Accounts", "accounts", (Permission.ACCOUNTS,), section="Registry"),
    Screen("Audit", "audit", (Permission.VERIFY,), section="Registry"),
)


def show() -> None:
    """Run the page that was asked for, in the frame that all pages share."""
    texts.guard()
    # No icon of Streamlit's own on a page: as the tab's icon it would be fetched from elsewhere.
    st.set_page_config(page_title="Nadir", page_icon="📉", layout="wide")
    with told():
        try:
            reading = reader()
        except SignedOut as error:
            _navigation(SCREENS, hidden=True)
            signed_in.signed_out(error)
            return
        except NadirError:
            _navigation(SCREENS[:1], hidden=True)
            raise
        pages, chosen = _navigation([one for one in SCREENS if one.seen_by(reading.actor)])
        if chosen is pages["home"] and "patient" in st.query_params and "patient" in pages:
            st.switch_page(pages["patient"], query_params=st.query_params.to_dict())
        _frame(reading)
        _tour(reading)
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


@contextmanager
def told() -> Iterator[None]:
    """Say what the registry refuses in its own words: they name the cause and what to do."""
    try:
        yield
    except NadirError as error:
        st.error(str(error))


# Streamlit prints the keys of a button at 60 %, and what stands on a button of the theme's own colour in white:
# neither can be read on the light blue of the dark theme.
# Its toolbars give rows and pictures that are neither stamped nor audited; our own downloads stand below. A long menu
# opens within the window, and is scrolled.
_STYLE = """<style>button[kind] kbd { opacity: 1; } button[kind^='primary'] kbd { color: inherit; }
[data-testid="stElementToolbar"] { display: none !important; }
[data-testid="stMenuButtonBody"] {
  max-height: min(45vh, 24rem); overflow-y: auto; }
%s</style>"""
_IN_THE_DARK = ' button[kind^="primary"], button[kind^="primary"] * { color: #0E1117; }'


def _frame(reading: Reading) -> None:
    st.html(_STYLE % (_IN_THE_DARK if st.context.theme.type == "dark" else ""))
    if reading.synthetic:
        st.info(
            Marked("**Synthetic data.** Every patient in this registry is invented."),
            icon=":material/science:",
        )
    signed_in.sidebar(reading.db, reading.actor)
    menu.mend()


def _tour(reading: Reading) -> None:
    """The step of the tour that the reader is at, above any page."""
    from registry.screens import tour  # which itself reads what stands here

    tour.panel(reading)


# --- the open registry


def registry() -> Database:
    """The registry that this server shows, open. Raises Usage where there is none, Busy where another has it."""
    return held(registry_path().resolve())


def hold() -> None:
    """Open the registry as the server starts, so that no other program takes it before the first reader comes.

    Where it cannot be opened nothing happens yet: the pages say why.
    """
    with suppress(NadirError):
        altered = registry().altered_outside
        if altered:
            _LOG.warning(altered)


def reader() -> Reading:
    """Whoever is signed in at the page, with the roles held now, and the registry as it stands now.

    Raises Usage where there is no registry, Busy where another program has it, SignedOut for a session that has
    ended, NotPermitted for an account that is disabled.
    """
    db = registry()
    actor = db.actor(signed_in.session(db).account)
    roles = tuple(sorted((site, tuple(sorted(held))) for site, held in actor.roles.items()))
    key = (str(db.path), db.revision, actor.name, roles, tuple(sorted(actor.known_sites)))
    return Reading(db, actor, key, is_synthetic(db))

"""The person at the page: who signed in, what the sidebar says of them, and what a page says when nobody is."""

import html
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import streamlit as st

from registry.accounts import settings
from registry.accounts.sessions import Session, SignedOut, sessions_of, sign_out
from registry.errors import NadirError
from registry.roles import EVERYWHERE, Actor
from registry.screens.texts import Marked, plain
from registry.store.database import Database

SESSION = "session"
"""The key of `st.user` that names the session: from the guard's header, as `.streamlit/config.toml` has it."""
SIGNED_OUT = "You were signed out. Saved entries are stored. Sign in again to continue."


def session(db: Database) -> Session:
    """The session of the account at the page. Raises SignedOut if there is none, or none any longer."""
    found = sessions_of(db).live(key_in(st.user))
    if found is None:
        raise SignedOut(SIGNED_OUT)
    return found


def key_in(user: Mapping[str, Any]) -> str | None:
    """The key of the session that a page belongs to, where `user` is its `st.user`."""
    key = user.get(SESSION)
    return key if isinstance(key, str) else None


def roles_in_words(actor: Actor) -> str:
    """`nurse at North and South, clinician everywhere`."""
    sites: dict[str, list[str]] = {}
    for site in sorted(actor.roles):
        for role in sorted(actor.roles[site]):
            sites.setdefault(role.replace("_", " "), []).append(site)
    return ", ".join(f"{role} {_where(places)}" for role, places in sorted(sites.items())) or "no role yet"


def _where(places: list[str]) -> str:
    return "everywhere" if EVERYWHERE in places else f"at {' and '.join(places)}"


def sidebar(db: Database, actor: Actor) -> None:
    """Who is signed in, and how to leave."""
    with st.sidebar:
        st.caption(Marked(f"Signed in as **{actor.name}**: {plain(roles_in_words(actor))}"))
        st.button("Sign out", key="sign out", on_click=_leave, args=(db,), width="stretch")
        if session(db).local and not settings.current().demo:
            _link(settings.PASSWORD_PAGE, "Change password")
        st.caption(f"The registry at change {db.revision}")


def signed_out(error: SignedOut) -> None:
    """What a page says to somebody whose session has ended; the link leads through sign-in and back here."""
    st.title("Signed out")
    st.info(str(error))
    _link(_here(), "Sign in again")


def prove_again(label: str) -> None:
    """A link to the hospital's provider, who asks anew who somebody is, and back to this page."""
    query = urlencode({"anew": "yes", "back": _here()}, quote_via=quote)
    _link(f"{settings.SIGN_IN_PAGE}?{query}", label)


def _here() -> str:
    """The address of this page with its query, as one of this server."""
    path = "/" + (st.context.url or "").split("://")[-1].partition("/")[2].partition("?")[0].lstrip("/\\")
    query = urlencode(st.query_params.to_dict(), quote_via=quote)
    return f"{path}{'?' + query if query else ''}"


def _link(address: str, label: str) -> None:
    """A plain link in the same tab: it loads the page anew, through the guard."""
    st.html(
        f'<a href="{html.escape(address)}" target="_self" style="color: inherit">{html.escape(label)}</a>'
    )


def _leave(db: Database) -> None:
    """End the session in all tabs, then let the browser forget it."""
    try:
        sign_out(db, key_in(st.user))
    except NadirError as error:
        st.session_state["not signed out"] = str(error)
    st.logout()

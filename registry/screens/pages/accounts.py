"""Accounts: who may use the registry, their status, and everything an administrator does about it.

The app holds the registry while it runs, so that the command line cannot: this page does all that `nadir user` does.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

import pandas as pd
import streamlit as st

from registry import accounts
from registry.accounts import settings
from registry.accounts.status import Standing, end_sessions, known_sites, standings
from registry.errors import AlreadyDone, NadirError, Usage
from registry.roles import EVERYWHERE, Actor, Role, blindness_in_words
from registry.screens import signed_in, tables
from registry.screens.session import Session, current_session
from registry.wording import number_of, page_moment

_OUTCOME = "accounts outcome"
_NEW_NAME, _NEW_ROLES = "accounts new name", "accounts new roles"
_ROWS, _HEIGHT = 12, 460
_AT, _AT_SITE, _EVERYWHERE = "@", "at ", "everywhere"


@dataclass
class _Outcome:
    """The key of the next request, and what became of the last one; a one-time code until it was passed on.

    It is fetched before a request: asking Streamlit for anything after it, the next click may cut the callback off,
    and a code that is shown once would be lost.
    """

    key: str = field(default_factory=lambda: uuid4().hex)
    said: str = ""
    refused: str = ""
    code: tuple[str, str] | None = None
    added: bool = False


def _outcome() -> _Outcome:
    found: _Outcome = st.session_state.setdefault(_OUTCOME, _Outcome())
    return found


def show() -> None:
    """Show all accounts, what can be done to one of them, and how another is added."""
    st.title("Accounts")
    session = current_session()
    found = standings(session.db, session.actor)
    _table(found)
    _show_outcome()
    offered = _offered(known_sites(session.db, session.actor))
    change, add = st.columns(2, gap="large")
    with change:
        st.header("Change an account")
        _show_change(found, offered)
    with add:
        st.header("Add an account")
        _show_add(offered)


def _table(found: list[Standing]) -> None:
    st.dataframe(
        pd.DataFrame([_row(one) for one in found]),
        hide_index=True,
        height="content" if len(found) <= _ROWS else _HEIGHT,
        column_config={
            "name": st.column_config.Column("Account", width="medium"),
            "state": st.column_config.Column("State", width=230),
            "sessions": st.column_config.Column("Signed in now", width=110),
            "last_sign_in": st.column_config.Column("Last sign-in, UTC", width=140),
            "roles": st.column_config.Column("Roles", width="large"),
        },
        placeholder="",
        alt="accounts",
    )


def _row(one: Standing) -> dict[str, object]:
    held = {
        site: frozenset(role for at, role in one.account.roles if at == site) for site, _ in one.account.roles
    }
    return {
        "name": one.account.name,
        "state": one.words or "in use",
        "sessions": one.sessions,
        "last_sign_in": f"{page_moment(one.last_sign_in_at)}" if one.last_sign_in_at else "never",
        "roles": signed_in.roles_in_words(Actor(one.account.name, held)),
    }


# --- one account


def _show_change(found: list[Standing], offered: list[str]) -> None:
    by_name = {one.account.name: one for one in found}
    name = st.selectbox(
        "Account", list(by_name), index=None, key="accounts chosen", placeholder="Choose an account"
    )
    if name is None:
        st.caption("Choose an account to change its roles, to disable it, or to give it a new one-time code.")
        return
    one, key = by_name[name], _outcome().key
    held = [f"{role}{_AT}{site}" for site, role in one.account.roles]
    # The key holds the stored roles: after a change elsewhere the field begins again from what is stored now.
    roles = f"accounts roles {name} {','.join(held)}"
    _roles_field(roles, sorted({*offered, *held}), held)
    _show_cost(name, st.session_state[roles])
    st.button(
        "Save roles", key="accounts save", type="primary", on_click=_save_roles, args=(name, roles, key)
    )
    places = st.columns(3)
    with places[0]:
        if one.account.disabled:
            st.button("Enable", key="accounts enable", on_click=_enable, args=(name, key), width="stretch")
        else:
            st.button("Disable", key="accounts disable", on_click=_disable, args=(name, key), width="stretch")
    with places[1]:
        st.button(
            f"End {one.sessions} sessions" if one.sessions != 1 else "End 1 session",
            key="accounts end",
            on_click=_end,
            args=(name,),
            disabled=one.sessions == 0,
            width="stretch",
        )
    with places[2], st.popover("New code", width="stretch"):
        st.markdown(
            "The old password stops working, every session ends, and a lock is removed. The code is used to "
            "choose a new password at the next sign-in."
        )
        st.button("Give a new code", key="accounts reset", on_click=_reset, args=(name, key))


def _cost(name: str, pairs: list[str]) -> str | None:
    """What the role of adjudicator costs beside the others that are chosen."""
    known = {str(role) for role in Role}
    held = {
        site: frozenset(Role(role) for role in roles if role in known)
        for site, roles in _by_site(pairs).items()
    }
    return blindness_in_words(Actor(name, held))


def _show_cost(name: str, pairs: list[str]) -> None:
    """Say it before the roles are given."""
    cost = _cost(name, pairs)
    if cost:
        st.warning(tables.plain(cost), icon=":material/visibility_off:")


def _save_roles(name: str, field: str, key: str) -> None:
    chosen = st.session_state[field]

    def save(session: Session) -> str:
        accounts.set_roles(session.db, session.actor, name, _by_site(chosen), key=key)
        cost = _cost(name, chosen)
        return f"The roles of {name} were changed." + (f" {cost}" if cost else "")

    _do(save)


def _disable(name: str, key: str) -> None:
    def disable(session: Session) -> str:
        accounts.disable_account(session.db, session.actor, name, key=key)
        return f"{name} is disabled. Past entries keep the name."

    _do(disable)


def _enable(name: str, key: str) -> None:
    def enable(session: Session) -> str:
        accounts.enable_account(session.db, session.actor, name, key=key)
        return f"{name} is enabled."

    _do(enable)


def _end(name: str) -> None:
    def end(session: Session) -> str:
        ended = end_sessions(session.db, session.actor, name)
        return f"{number_of(ended, 'session')} of {name} ended."

    _do(end)


def _reset(name: str, key: str) -> None:
    outcome = _outcome()

    def reset(session: Session) -> str:
        outcome.code = (name, accounts.reset(session.db, session.actor, name, key=key))
        return f"The password of {name} no longer works."

    _do(reset)


# --- a new account


def _show_add(offered: list[str]) -> None:
    outcome = _outcome()
    if outcome.added:
        outcome.added = False
        st.session_state[_NEW_NAME], st.session_state[_NEW_ROLES] = "", []
    with st.form("accounts add", border=False):
        st.text_input(
            "Name",
            key=_NEW_NAME,
            help="Lower-case letters, digits and . _ @ - ; with a hospital's provider, the name used there.",
        )
        _roles_field(_NEW_ROLES, offered, [])
        st.form_submit_button("Add", type="primary", on_click=_add, args=(outcome.key,))


def _add(key: str) -> None:
    outcome, name = _outcome(), st.session_state[_NEW_NAME].strip()
    chosen = st.session_state[_NEW_ROLES]
    roles = _by_site(chosen)

    def add(session: Session) -> str:
        if not roles:
            raise Usage("Choose at least one role. An account without a role cannot see or do anything.")
        code = accounts.add_account(
            session.db, session.actor, name, roles, today=session.db.now().date(), key=key
        )
        outcome.code, outcome.added = (name, code), True
        cost = _cost(name, chosen)
        return f"{name} was added." + (f" {cost}" if cost else "")

    _do(add)


# --- roles


def _offered(sites: list[str]) -> list[str]:
    return [f"{role}{_AT}{site}" for site in (EVERYWHERE, *sites) for role in Role]


def _roles_field(key: str, offered: list[str], held: list[str]) -> None:
    st.session_state.setdefault(key, held)
    st.multiselect(
        "Roles",
        offered,
        key=key,
        format_func=_role_words,
        accept_new_options=True,
        filter_mode="contains",  # else what is typed for another site is taken for one that resembles it
        placeholder="Type a role or a site",
        help="For a site that is not listed, type the role and the site, such as: nurse at North.",
    )


def _role_words(pair: str) -> str:
    """`nurse@North` is said `nurse at North`, `nurse@*` `nurse everywhere`."""
    role, site = _read_role(pair)
    return f"{role.replace('_', ' ')} {_EVERYWHERE if site == EVERYWHERE else f'{_AT_SITE}{site}'}"


def _read_role(text: str) -> tuple[str, str]:
    """Role and site of `nurse@North`, and of its words: what was typed comes back from the browser as it was said."""
    role, sign, site = text.partition(_AT)
    if not sign:
        role, sign, site = text.partition(f" {_AT_SITE}")
    role = role.strip().removesuffix(f" {_EVERYWHERE}").replace(" ", "_")
    return role, site.strip() or EVERYWHERE


def _by_site(pairs: list[str]) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for role, site in map(_read_role, pairs):
        held.setdefault(site, []).append(role)
    return held


# --- doing, and saying what was done


def _do(what: Callable[[Session], str]) -> None:
    """One call of a service, in a callback; the next request has another key. A request that came twice is silent.

    `what` asks Streamlit for nothing after it has written.
    """
    outcome = _outcome()
    with suppress(AlreadyDone):
        try:
            outcome.said = what(current_session())
        except AlreadyDone:
            raise
        except NadirError as error:
            outcome.refused = str(error)
        else:
            outcome.key = uuid4().hex


def _show_outcome() -> None:
    """What was done or refused, once; a one-time code until it was passed on."""
    outcome = _outcome()
    if outcome.refused:
        st.error(tables.plain(outcome.refused))
    elif outcome.said:
        st.success(tables.plain(outcome.said))
    outcome.said = outcome.refused = ""
    if outcome.code is None:
        return
    name, code = outcome.code
    if settings.current().hospital:
        st.caption(f"{tables.plain(name)} signs in at the hospital's provider.")
        outcome.code = None
        return
    with st.container(border=True):
        st.markdown(f"One-time code for **{tables.plain(name)}**. It is not stored and not shown again:")
        st.code(code, language=None)
        st.button("I have passed it on", key="accounts passed on", on_click=_forget_code)


def _forget_code() -> None:
    _outcome().code = None


if __name__ == "__main__":
    show()

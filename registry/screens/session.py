"""Who looks at which registry now, and how the pages show what the registry refuses.

Pages get a `Session` from here and know neither files nor connections.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st

from registry.errors import NadirError
from registry.record.synthetic import is_synthetic
from registry.record.trial import is_test
from registry.roles import Actor
from registry.screens import signed_in
from registry.screens.held import held
from registry.serve import registry_path
from registry.store.database import Database

_LOG = logging.getLogger("nadir")

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Session:
    """One person reading one state of one registry. `key` tells it from every other; caches hang on it."""

    db: Database
    actor: Actor
    key: Key
    synthetic: bool
    for_tests: bool = False


@contextmanager
def errors_shown() -> Iterator[None]:
    """Say what the registry refuses in its own words: they name the cause and what to do."""
    try:
        yield
    except NadirError as error:
        st.error(str(error))


def open_registry() -> Database:
    """The registry that this server shows, open. Raises Usage where there is none, Busy where another has it."""
    return held(registry_path().resolve())


def hold() -> None:
    """Open the registry as the server starts, so that no other program takes it before the first reader comes.

    Where it cannot be opened nothing happens yet: the pages say why.
    """
    with suppress(NadirError):
        altered = open_registry().altered_outside
        if altered:
            _LOG.warning(altered)


def current_session() -> Session:
    """The account that is signed in at the page, with the roles held now, and the registry as it is now.

    Raises Usage where there is no registry, Busy where another program has it, SignedOut for a session that has
    ended, NotPermitted for an account that is disabled.
    """
    db = open_registry()
    actor = db.actor(signed_in.session(db).account)
    roles = tuple(sorted((site, tuple(sorted(held))) for site, held in actor.roles.items()))
    key = (str(db.path), db.revision, actor.name, roles, tuple(sorted(actor.known_sites)))
    return Session(db, actor, key, is_synthetic(db), is_test(db))

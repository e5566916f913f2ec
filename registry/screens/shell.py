"""The frame of every page: the open registry, who reads it, and the pages there are.

This is the composition root: pages get a `Reading` from here and know neither files nor connections.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from registry import overview
from registry.database import Database
from registry.errors import NadirError
from registry.roles import Actor
from registry.serve import registry_path

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
    """A page: its title, its address, and the file beside this one that shows it."""

    title: str
    address: str

    @property
    def file(self) -> Path:
        return Path(__file__).with_name(f"{self.address}.py")


SCREENS = (Screen("Home", "home"), Screen("Patient", "patient"), Screen("Cohort", "cohort"))


def show() -> None:
    """Run the page that was asked for, in the frame that all pages share."""
    # No icon of Streamlit's own on a page: as the tab's icon it would be fetched from elsewhere.
    st.set_page_config(page_title="Nadir", page_icon="📉", layout="wide")
    pages = {
        one.address: st.Page(one.file, title=one.title, url_path=one.address, default=one is SCREENS[0])
        for one in SCREENS
    }
    chosen = st.navigation(list(pages.values()))
    if chosen is pages["home"] and "patient" in st.query_params:
        st.switch_page(pages["patient"], query_params={"patient": st.query_params["patient"]})
    with told():
        _frame(reader())
        chosen.run()


@contextmanager
def told() -> Iterator[None]:
    """Say what the registry refuses in its own words: they name the cause and what to do."""
    try:
        yield
    except NadirError as error:
        st.error(str(error))


def _frame(reading: Reading) -> None:
    if reading.synthetic:
        st.info("**Synthetic data.** Every patient in this registry is invented.", icon=":material/science:")
    with st.sidebar:
        st.caption(f"Reading as **{reading.actor.name}**, registry at change {reading.db.revision}")


# --- the open registry


@st.cache_resource(show_spinner=False, on_release=Database.close, max_entries=1)
def _database(path: str) -> Database:
    return Database.open(Path(path))


def hold() -> None:
    """Open the registry as the server starts, so that no other program takes it before the first reader comes.

    Where it cannot be opened nothing happens yet: the pages say why.
    """
    with suppress(NadirError):
        _database(str(registry_path().resolve()))


def reader() -> Reading:
    """Whoever is at the page, and the registry as it stands now.

    Raises Usage where there is no registry, Busy where another program has it, NotPermitted for an account that
    is disabled.
    """
    db = _database(str(registry_path().resolve()))
    actor = db.actor(None)
    roles = tuple(sorted((site, tuple(sorted(held))) for site, held in actor.roles.items()))
    return Reading(db, actor, (str(db.path), db.revision, actor.name, roles), overview.is_synthetic(db))

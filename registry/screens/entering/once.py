"""What is written with one click is sent once: impatient clicks find it done, and what was refused is said."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import streamlit as st

from registry.errors import AlreadyDone, NadirError
from registry.screens.entering.desk import at_desk, desk
from registry.screens.session import Session, current_session
from registry.screens.tables import plain


@dataclass
class Slip:
    """One thing that is being written: its key, why it was refused, and what became of the last one, and when (UTC)."""

    key: str = field(default_factory=lambda: uuid4().hex)
    refused: str = ""
    done: Any = None
    at: datetime | None = None

    def field_key(self, name: str) -> str:
        """The key of a field: a new slip has empty fields."""
        return f"{self.key} {name}"

    def text(self, name: str) -> str:
        """What stands in a field."""
        return str(st.session_state.get(self.field_key(name)) or "")

    def show_refused(self) -> None:
        """Say why it was refused."""
        if self.refused:
            st.error(plain(self.refused))


def slip(name: str) -> Slip:
    """The slip of that name on the desk of this session."""
    return desk().slips.setdefault(name, Slip())


@at_desk
def send(on: Slip, key: str, act: Callable[[Session, str], Any]) -> None:
    """For a click: one call of a service, with the key of the slip. A second click finds another and does nothing.

    `act` gives what became of it, and raises a NadirError where it is refused.
    """
    if key != on.key:
        return
    try:
        session = current_session()
        on.done, on.at = act(session, key), session.db.now()
    except AlreadyDone:
        pass  # an earlier click was cut off after it had stored
    except NadirError as error:
        on.refused = str(error)
        return
    on.refused, on.key = "", uuid4().hex

"""What is written with one click is sent once: impatient clicks find it done, and what was refused is said."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from registry.errors import AlreadyDone, NadirError
from registry.screens.entering.form_state import at_desk, desk
from registry.screens.entering.pending_action import PendingAction
from registry.screens.session import Session, current_session


def slip(name: str) -> PendingAction:
    """The slip of that name on the desk of this session."""
    return desk().slips.setdefault(name, PendingAction())


@at_desk
def send(on: PendingAction, key: str, act: Callable[[Session, str], Any]) -> None:
    """For a click: one call of a service, with the key of the slip. A second click finds another and does nothing.

    `act` gives what became of it, and raises a NadirError where it is refused. It asks Streamlit for nothing after it
    has written: there the next click may cut it off, and nobody would be told what was stored.
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

"""What lies on the desk of one person in one tab: the forms being filled in, and what was saved.

A click that comes while a callback still writes makes Streamlit run the page anew beside it, and whatever the first
callback then says to the session's state is lost. So all of it stands in one object that is changed in place, and one
callback at a time may work at the desk: the next waits, and finds the form saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from threading import RLock
from typing import TYPE_CHECKING, ParamSpec

import streamlit as st

from registry.errors import NadirError

if TYPE_CHECKING:
    from registry.screens.entering.once import Slip
    from registry.screens.entering.saved import Note
    from registry.screens.entering.sheet import Sheet

P = ParamSpec("P")
_PLACE = "desk"
REFUSED = "not done"
"""What the last callback was refused, in the session until the next page says it."""


@dataclass
class Desk:
    """Sheets by form and subject, notes of what was saved (the last first), refusals by key, and where to go next.

    `slips` are what is done with one click, by name; `opened` are the panels that are unfolded, by the subject they
    belong to; `acted` maps whom something was done about to the change, the last at the end; `answered` says by change
    what was answered to a proposal. `going` is the query of the page that comes next, `turning` another page with its
    query.
    """

    sheets: dict[tuple[str, str], Sheet] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    going: Mapping[str, str] | None = None
    slips: dict[str, Slip] = field(default_factory=dict)
    opened: dict[str, str] = field(default_factory=dict)
    acted: dict[str, int] = field(default_factory=dict)
    answered: dict[int, str] = field(default_factory=dict)
    turning: tuple[str, Mapping[str, str]] | None = None
    lock: RLock = field(default_factory=RLock, repr=False)


def desk() -> Desk:
    """The desk of this session."""
    found: Desk = st.session_state.setdefault(_PLACE, Desk())
    return found


def at_desk(callback: Callable[P, None]) -> Callable[P, None]:
    """A callback that has the desk for itself. What the registry refuses is said on the page; it breaks none."""

    @wraps(callback)
    def alone(*args: P.args, **kwargs: P.kwargs) -> None:
        with desk().lock:
            try:
                callback(*args, **kwargs)
            except NadirError as error:
                # Nobody else says it: the page that is drawn next does.
                st.session_state[REFUSED] = str(error)

    return alone


def go_on() -> None:
    """Turn to the page that the last callback chose."""
    chosen = desk().going
    if chosen is not None:
        desk().going = None
        st.query_params.from_dict(dict(chosen))

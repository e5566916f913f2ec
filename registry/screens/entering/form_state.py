"""What lies on the desk of one person in one tab: the forms being filled in, and what was saved.

A click that comes while a callback still writes makes Streamlit run the page anew beside it, and whatever the first
callback then says to the session's state is lost. So all of it is in one object that is changed in place, and one
callback at a time may work at the desk: the next waits, and finds the form saved.

A sheet outlives reruns, other forms, and F5: Streamlit forgets the text of a field that is not drawn, and everything on
F5. So the texts are kept here, written down as a draft on each change, and put back into the fields when they are drawn
again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from threading import RLock
from typing import ParamSpec
from uuid import uuid4

import streamlit as st

from registry.entry.drafts import drop, keep, kept
from registry.errors import Clash, NadirError
from registry.screens.entering.pending_action import PendingAction
from registry.screens.entering.saved_note import Note
from registry.screens.session import Session

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
    slips: dict[str, PendingAction] = field(default_factory=dict)
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


Texts = dict[str, str]

# A draft keeps the key of its sheet: what was stored just before the connection broke is recognised, and not stored
# again. It keeps which rows there are.
KEY, ROWS = "idempotency key", "rows"


@dataclass
class Sheet:
    """A form being filled in for a subject (a patient, or a fact that is corrected).

    `token` is the idempotency key and begins the keys of all fields: a field of a sheet that was saved is another
    field than that of the next, so that a click that came late finds nothing to save. `texts` maps the place of a
    field (`agents.2.dose`) to what was typed, `defaults` to what was there from the start; `rows` are the numbers
    of the rows of each repeated part. Where a fact is corrected, `seen` is that fact and `version` its version as the
    person saw it; `clash` says who changed it meanwhile.
    """

    form: str
    subject: str
    token: str = field(default_factory=lambda: uuid4().hex)
    texts: Texts = field(default_factory=dict)
    defaults: Texts = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=dict)
    version: int | None = None
    seen: dict[str, str | None] = field(default_factory=dict)
    clash: Clash | None = None
    problems: dict[str, str] = field(default_factory=dict)
    refused: str | None = None
    attempts: int = 0
    restored_at: datetime | None = None
    kept_at: datetime | None = None
    on: Desk = field(default_factory=desk, repr=False)

    @classmethod
    def opened(cls, form: str, subject: str) -> Sheet | None:
        """The sheet that is on the page, or None."""
        return desk().sheets.get((form, subject))

    @classmethod
    def open(cls, session: Session, form: str, subject: str) -> Sheet:
        """The sheet that is on the page; else what was typed before the connection broke; else a new one."""
        found = cls.opened(form, subject)
        if found is None:
            found = desk().sheets[form, subject] = cls(form, subject)
            found._restore(session)
        return found

    def renew(self) -> Sheet:
        """Begin with an empty sheet, under another key."""
        new = self.on.sheets[self.form, self.subject] = Sheet(self.form, self.subject, on=self.on)
        return new

    def field_key(self, place: str) -> str:
        """The key of the widget at a place."""
        return f"{self.token}-{place.replace('.', '-')}"

    def text(self, place: str) -> str:
        """What was typed at a place."""
        return self.texts.get(place, "")

    def take(self) -> bool:
        """Take over what is in the fields now; whether anything is different."""
        before = self.filled
        for place in self.texts:
            if self.field_key(place) in st.session_state:
                value = st.session_state[self.field_key(place)]
                self.texts[place] = "" if value is None else str(value)
        return before != self.filled

    def fill(self, place: str, default: str = "") -> None:
        """Let a field be drawn at a place, with what was typed there before, else with `default`."""
        self.defaults.setdefault(place, default)
        self.texts.setdefault(place, default)
        st.session_state.setdefault(self.field_key(place), self.texts[place] or None)

    def refuse(self, problems: Mapping[str, str], said: str | None = None) -> None:
        """Keep what is wrong beside the fields, and what is wrong with the whole."""
        self.problems, self.refused = dict(problems), said
        self.attempts += 1

    @property
    def filled(self) -> Texts:
        """What was typed beyond what was there from the start, without empty fields."""
        return {
            place: text
            for place, text in self.texts.items()
            if text.strip() and text != self.defaults.get(place)
        }

    def keep(self, session: Session) -> None:
        """Write down what was typed, so that F5 and a lost connection take nothing. A failure is told beside it."""
        try:
            if self.filled:
                written = {KEY: self.token, ROWS: json.dumps(self.rows)} | self.filled
                self.kept_at = keep(session.db, session.actor, self.form, self.subject, written)
            else:
                self.drop(session)
        except NadirError as error:
            self.refused = str(error)

    def drop(self, session: Session) -> None:
        """Forget what was written down. A failure is told beside it."""
        self.kept_at = None
        try:
            drop(session.db, session.actor, self.form, self.subject)
        except NadirError as error:
            self.refused = str(error)

    def discard(self, session: Session) -> None:
        """Empty the sheet, and forget what was written down of it."""
        self.refused = None
        self.drop(session)
        self.renew().refused = self.refused

    def _restore(self, session: Session) -> None:
        """Take up what was written down, under the key that it had."""
        draft = kept(session.db, session.actor, self.form, self.subject)
        if draft is None:
            return
        texts = dict(draft.values)
        self.token, rows = texts.pop(KEY), json.loads(texts.pop(ROWS))
        self.rows = {part: [int(row) for row in numbers] for part, numbers in rows.items()}
        self.texts, self.restored_at = texts, draft.written_at

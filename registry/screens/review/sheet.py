"""A judgment that is being filled in: what is typed, how long it took, and where it is kept meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from registry import review
from registry.entry.drafts import keep, kept
from registry.errors import NadirError
from registry.review import LABELS, VOTE, Attention, Opened
from registry.screens.entering.form_state import Sheet, desk
from registry.screens.session import Session


@dataclass
class Judging(Sheet):
    """The judgment of one person on one case. What is typed is kept with the claim, a vote as a draft of its own."""

    attention: Attention = field(default_factory=Attention)

    @classmethod
    def on_desk(cls, part: str, case_id: str) -> Judging | None:
        """The judgment that is on the page, or None. `part` is blind, third or committee."""
        found = desk().sheets.get((part, case_id))
        return found if isinstance(found, cls) else None

    @classmethod
    def begin(cls, session: Session, part: str, held: Opened) -> Judging:
        """The judgment that is on the page; else with what was kept before."""
        found = cls.on_desk(part, held.case_id)
        if found is None:
            found = cls(part, held.case_id)
            own = kept(session.db, session.actor, VOTE, held.case_id) if part == VOTE else None
            before: Mapping[str, object] = (own.values if own else held.draft) or {}
            found.texts = {name: str(text) for name, text in before.items() if name in LABELS and text}
            desk().sheets[part, held.case_id] = found
        found.attention.act(session.db.now())
        return found

    def forget(self) -> None:
        """The judgment was given, or given back: it is on the desk no longer."""
        self.on.sheets.pop((self.form, self.subject), None)

    def keep(self, session: Session) -> None:
        """Keep what was typed, so that F5 and a lost connection take nothing. A failure is told beside it."""
        self.attention.act(session.db.now())
        try:
            if self.form == VOTE:
                self.kept_at = keep(session.db, session.actor, VOTE, self.subject, self.filled)
            else:
                seconds = self.attention.take()
                review.keep(session.db, session.actor, self.subject, self.filled, seconds=seconds)
                self.kept_at = session.db.now()
        except NadirError as error:
            self.refused = str(error)

    def drop(self, session: Session) -> None:
        """Forget a vote that was kept; a claim ends with the judgment."""
        if self.form == VOTE:
            super().drop(session)

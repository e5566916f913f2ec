"""What a save did, kept for the page to show."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from registry import entry
from registry.errors import NadirError
from registry.screens.session import Session
from registry.screens.wording import one_line

_LOG = logging.getLogger("nadir")


@dataclass
class Note:
    """One save: for whom, what was stored, which calls came out different, and whether it was taken back."""

    patient_id: str
    title: str
    seq: int
    at: datetime
    lines: list[str]
    hints: tuple[str, ...] = ()
    changed: list[entry.ChangedCall] = field(default_factory=list)
    said: str | None = None
    undone: bool = False
    undo_key: str = field(default_factory=lambda: uuid4().hex)

    @classmethod
    def of(
        cls,
        session: Session,
        title: str,
        saved: entry.Saved,
        patient_id: str | None,
    ) -> "Note":
        """Judge the patient again, and note what was done."""
        lines = [one_line(one.table, one.values or one.identity) for one in saved.facts]
        named = patient_id or next((str(one.identity["patient_id"]) for one in saved.facts), "")
        note = cls(named, title, saved.seq, session.db.now(), lines, saved.hints)
        note.judge(session, saved)
        return note

    def judge(self, session: Session, saved: entry.Saved) -> None:
        """Judge the patient again. What was stored is stored: whatever fails here is told beside it."""
        try:
            self.changed = entry.judge(session.db, session.actor, saved)
        except NadirError as error:
            self.said = str(error)
        except Exception as error:
            _LOG.error("A call could not be made after a save: %s", type(error).__name__)
            self.said = (
                "The response could not be re-assessed now. The call is out of date until it is re-assessed "
                "from the home page."
            )

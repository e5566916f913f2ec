"""Episodes that counts after alemtuzumab propose, to be accepted or rejected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from registry.roles import Actor, Permission
from registry.store.database import Database
from registry.surveillance.proposals import proposals
from registry.tasks.item import Waiting
from registry.wording import page_weekday


def episodes(db: Database, actor: Actor, today: date) -> Iterator[Waiting]:
    """Confirmed thrombocytopenias of which nobody has said yet whether they are an ITP."""
    found = [one for one in proposals(db, actor, today) if actor.may(Permission.ANSWER_PROPOSALS, one.site)]
    if not found:
        yield Waiting("Proposed episodes", 0, "No counts propose an episode of ITP.", "")
        return
    last = found[0]
    why = (
        f"Two low counts propose an episode of ITP. Last: {last.patient_id}, confirmed on "
        f"{page_weekday(last.confirming.day)}. Accept it, or reject it with a reason."
    )
    yield Waiting("Proposed episodes", len(found), why, "/proposals")

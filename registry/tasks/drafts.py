"""What a person has typed and not saved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

from registry import sql
from registry.entry import drafts
from registry.entry.forms import forms
from registry.review import VOTE
from registry.roles import Actor, Permission
from registry.store.database import Database
from registry.tasks.item import Waiting

NEW = "new"
"""The subject of a form for a patient who is not in the registry yet."""


def _may_finish(db: Database, actor: Actor, subject: str) -> bool:
    """Whether the form can still be saved: a draft of a patient whose cases one reads by now is not named."""
    found = db.rows(sql.text("queries/patient_key_and_site"), [subject])
    return actor.may(Permission.LOG, found[0][1]) if found else actor.may_somewhere(Permission.LOG)


def unfinished(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """One's own drafts, with the way to the newest; a vote that was begun waits with its dispute."""
    kept = [one for one in drafts(db, actor) if one.form != VOTE and _may_finish(db, actor, one.subject)]
    what = "Drafts to finish"
    if not kept:
        yield Waiting(what, 0, "You have no unsaved drafts.", "")
        return
    newest = kept[0]
    form = forms().get(newest.form)
    named = form.title if form else newest.form.replace("_", " ")
    whose = "a new patient" if newest.subject == NEW else newest.subject
    query = (
        {"form": newest.form} if newest.subject == NEW else {"patient": newest.subject, "form": newest.form}
    )
    address = f"/log?{urlencode(query)}" if form else f"/facts?{urlencode({'patient': newest.subject})}"
    yield Waiting(what, len(kept), f"Not saved yet. Newest: {named} for {whose}.", address)

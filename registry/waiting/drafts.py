"""What a person has typed and not saved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

from registry.database import Database
from registry.entry import drafts
from registry.entry.forms import forms
from registry.reviews import VOTE
from registry.roles import Actor
from registry.waiting.item import Waiting

NEW = "new"
"""The subject of a form for a patient who is not in the registry yet."""


def unfinished(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """One's own drafts, with the way to the newest; a vote that was begun waits with its dispute."""
    kept = [one for one in drafts(db, actor) if one.form != VOTE]
    what = "Drafts to finish"
    if not kept:
        yield Waiting(what, 0, "Everything that you typed is saved.", "")
        return
    newest = kept[0]
    form = forms().get(newest.form)
    named = form.title if form else newest.form.replace("_", " ")
    whose = "a new patient" if newest.subject == NEW else newest.subject
    query = (
        {"form": newest.form} if newest.subject == NEW else {"patient": newest.subject, "form": newest.form}
    )
    address = f"/log?{urlencode(query)}" if form else f"/facts?{urlencode({'patient': newest.subject})}"
    yield Waiting(what, len(kept), f"Typed and not saved. Newest: {named} for {whose}.", address)

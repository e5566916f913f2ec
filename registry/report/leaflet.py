"""Printed pages for the patient and the team, each from a template: one sheet, no identity beyond the pseudonym.

Every page is complete HTML that loads nothing; the browser prints it or saves it as PDF. Taking one is audited.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from registry.record.synthetic import is_synthetic
from registry.roles import Action, Permission

if TYPE_CHECKING:
    from jinja2 import Environment

    from registry.roles import Actor
    from registry.store.database import Database
    from registry.surveillance.watched import Watched

DATES_ON_A_LEAFLET = 12


def leaflet(db: Database, actor: Actor, one: Watched) -> str:
    """The warning signs and the patient's own next dates, to be handed out.

    Raises NotPermitted without the right to read at the patient's site.
    """
    return printed(
        db,
        actor,
        one,
        "leaflet",
        signs=list(one.protocol.bleeding.signs.values()),
        months=one.protocol.schedule.months_after_last_infusion,
        shown=DATES_ON_A_LEAFLET,
    )


def printed(db: Database, actor: Actor, one: Watched, paper: str, **words: Any) -> str:
    """The page of the template `paper` with these words, audited as a download. Raises NotPermitted."""
    actor.require(Permission.READ, one.site)
    page = _templates().get_template(f"{paper}.html")
    html = page.render(
        one=one, as_of=one.as_of, revision=db.revision, synthetic=is_synthetic(db), said=said, **words
    )
    with db.change(actor, Action.DOWNLOAD, f"{paper} of {one.patient_id}", site=one.site) as change:
        change.note(None, {"format": "html", "paper": paper, "as_of": one.as_of.isoformat()})
    return html


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(loader=PackageLoader("registry.report"), autoescape=True, undefined=StrictUndefined)


def said(day: date) -> str:
    """A day as people write it: `3 February 2026`."""
    return f"{day.day} {day:%B %Y}"

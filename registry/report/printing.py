"""Giving the printed page out: permitted, and audited as a download."""

from datetime import date

from registry.errors import Usage
from registry.report.content import View, sheet
from registry.report.page import as_html
from registry.report.paper import as_pdf
from registry.roles import Action, Actor
from registry.store.database import Database

KINDS = {"pdf": "application/pdf", "html": "text/html"}
"""The forms of the page, and what a browser is told of them."""


def printed(
    db: Database, actor: Actor, patient_id: str, kind: str, view: View | None = None, *, printed_on: date
) -> bytes:
    """One page of a patient as `pdf` or `html`, with an audit event that says who took it.

    It holds what `actor` may see of the patient and no more. Raises Usage for an unknown patient or kind,
    NotPermitted where the actor may not read.
    """
    if kind not in KINDS:
        raise Usage(f"{kind} is not a form of the printed page. There are: {', '.join(KINDS)}.")
    made = sheet(db, actor, patient_id, view or View(), printed_on=printed_on)
    page = as_pdf(made) if kind == "pdf" else as_html(made).encode("utf-8")
    site = _site(db, patient_id)
    with db.change(actor, Action.DOWNLOAD, f"{patient_id} printed page", site=site) as change:
        change.note(None, {"format": kind, "calls": made.calls_are_shown})
    return page


def _site(db: Database, patient_id: str) -> str | None:
    from registry import sql

    return db.rows(sql.text("queries/timeline_patient"), [patient_id])[0][2]

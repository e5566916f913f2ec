"""A table or a picture that leaves the registry: permitted, audited, and harmless when a spreadsheet opens it.

An account that may read a patient may take what the page shows of that patient, which is audited as its own action.
Rows of many patients are an export, figures without patients an export of figures.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from registry.errors import Refused, Usage
from registry.record.consent import refusal_of
from registry.record.synthetic import is_synthetic
from registry.roles import Action, Actor, Sites
from registry.stamp import Stamp
from registry.store.database import Database

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Picture(StrEnum):
    """A format of a downloaded chart."""

    SVG = "svg"
    PNG = "png"
    PDF = "pdf"


def action_of(*, of_patients: bool = True, bulk: bool = False) -> Action:
    """The action that a download is: of one patient, of many (`bulk`), or of figures without patients."""
    if not of_patients:
        return Action.EXPORT_AGGREGATE
    return Action.EXPORT if bulk else Action.DOWNLOAD


def may_take(
    db: Database,
    actor: Actor,
    *,
    site: Sites = None,
    of_patients: bool = True,
    bulk: bool = False,
    patient: str | None = None,
) -> bool:
    """Whether `actor` may take a download; never that of a `patient` who refused or withdrew consent."""
    if not actor.may(action_of(of_patients=of_patients, bulk=bulk).permission, site):
        return False
    return patient is None or refusal_of(db.rows, patient) is None


def _refuse_without_consent(db: Database, patient: str | None) -> None:
    found = None if patient is None else refusal_of(db.rows, patient)
    if found is not None:
        raise Refused(str(found))


def csv_text(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """The rows as CSV with a header; what is missing is empty, dates are ISO.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    text = io.StringIO()
    writer = csv.writer(text)  # CRLF, as RFC 4180 has it: then a bare CR in a cell is quoted too
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return str(value)


def download(
    db: Database,
    actor: Actor,
    subject: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    site: Sites = None,
    of_patients: bool = True,
    bulk: bool = False,
    patient: str | None = None,
) -> bytes:
    """The rows as CSV in UTF-8, with an audit event that says who took what.

    Rows of one patient need the right to read at `site`; rows of many patients (`bulk`) the right to export
    there; figures (`of_patients` False) the right to export figures. Raises NotPermitted, Refused for a `patient` who
    refused or withdrew consent.
    """
    _refuse_without_consent(db, patient)
    with db.change(actor, action_of(of_patients=of_patients, bulk=bulk), subject, site=site) as change:
        change.note(None, {"format": "csv", "rows": len(rows), "columns": list(columns)})
    return csv_text(rows, columns).encode("utf-8")


def download_chart(
    db: Database,
    actor: Actor,
    subject: str,
    spec: Mapping[str, Any],
    picture: Picture | str,
    stamp: Stamp,
    *,
    site: Sites = None,
    of_patients: bool = True,
    bulk: bool = False,
    patient: str | None = None,
) -> bytes:
    """A chart as SVG, PNG or PDF on white, stamped with the registry's change, with an audit event.

    `spec` is the chart in its light theme. The rights are those of `download`. Raises NotPermitted, and Usage for
    a format that there is not.
    """
    _refuse_without_consent(db, patient)
    from registry.charts import picture as pictures

    try:
        wanted = Picture(picture)
    except ValueError:
        raise Usage(f"{picture} is not a format of a chart. There are: {', '.join(Picture)}.") from None
    action = action_of(of_patients=of_patients, bulk=bulk)
    actor.require(action.permission, site)
    lines = stamp.lines(db.revision, is_synthetic(db))
    drawn = pictures.stamped(pictures.svg(spec), lines)
    made = {
        Picture.SVG: lambda: drawn.encode("utf-8"),
        Picture.PNG: lambda: pictures.png(drawn),
        Picture.PDF: lambda: pictures.pdf(drawn),
    }[wanted]()
    with db.change(actor, action, subject, site=site) as change:
        change.note(None, {"format": str(wanted), "stamp": lines})
    return made

"""A line about the last hemoglobin of a patient, where the protocol shows one; it demands nothing (READ-SURV-17)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from adjudication.response.terms import MICRO
from adjudication.surveillance import ladder
from adjudication.surveillance.protocol import Protocol
from registry import sql
from registry.roles import readable_sites
from registry.wording import page_weekday

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database


def informed(db: Database, actor: Actor, protocols: Mapping[str, Protocol], as_of: date) -> dict[str, str]:
    """`Hemoglobin 95 g/L on …, 120 g/L on ….` for each patient for whom it is worth a line.

    `protocols` gives each patient the protocol by which he is watched. Only of those whom `actor` may read. Raises
    NotPermitted for an actor who may read nowhere.
    """
    found: dict[str, str] = {}
    query = sql.text("queries/surveillance_hemoglobin")
    for name, day, e6, day_before, e6_before in db.rows(
        query, [list(protocols), as_of, readable_sites(actor)]
    ):
        if ladder.hemoglobin_is_shown(protocols[name], e6_before, e6):
            before = "" if e6_before is None else f", {_number(e6_before)} g/L on {page_weekday(day_before)}"
            found[name] = f"Hemoglobin {_number(e6)} g/L on {page_weekday(day)}{before}."
    return found


def _number(e6: int) -> str:
    return f"{e6 / MICRO:g}"

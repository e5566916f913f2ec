"""The signs of bleeding that patients report between counts: several in one change, and looked back upon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from registry import sql
from registry.entry import Fact, Saved, save
from registry.errors import Refused
from registry.roles import readable_sites

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database


@dataclass(frozen=True)
class Noticed:
    """One sign that was reported: which, from when to when, who wrote it and when (UTC), as change `seq`."""

    patient_id: str
    sign_id: str
    sign: str
    noticed_on: date
    ended_on: date | None
    note: str | None
    by: str
    at: datetime
    seq: int


def reported(db: Database, actor: Actor, patients: Sequence[str], as_of: date) -> dict[str, list[Noticed]]:
    """The signs that each of the `patients` had reported by the day `as_of`, the last first.

    Only of those whom `actor` may read. Raises NotPermitted for an actor who may read nowhere.
    """
    found: dict[str, list[Noticed]] = {}
    query = sql.text("queries/surveillance_signs")
    for row in db.rows(query, [list(patients), as_of, readable_sites(actor)]):
        found.setdefault(row[0], []).append(Noticed(*row))
    return found


def report(
    db: Database,
    actor: Actor,
    patient_id: str,
    signs: Sequence[str],
    *,
    key: str,
    today: date,
    noticed_on: date | None = None,
    ended_on: date | None = None,
    note: str | None = None,
) -> Saved:
    """Keep the signs that a patient reports, each as a fact, in one change; they override the last count.

    `noticed_on` is the first day of all of them, `today` unless another is said. `ended_on` is the day on which a
    person said that they were over; without it they stay (READ-SURV-07). `key` is an idempotency key. Raises Refused
    without a sign, with one that the protocol does not ask for, or with the day of the report as the end;
    NotPermitted, AlreadyDone.
    """
    if not signs:
        raise Refused("Choose at least one of the signs.")
    if ended_on == today:
        raise Refused(
            "The day of the report is no end: leave the last day empty. From tomorrow on, record the end under Facts, "
            "or log a referral."
        )
    first = noticed_on or today
    facts = [
        Fact(
            "sign",
            {
                "patient_id": patient_id,
                "noticed_on": first,
                "ended_on": ended_on,
                "sign": sign,
                "note": (note or "").strip() or None,
            },
            name=f"sign.{number}",
        )
        for number, sign in enumerate(dict.fromkeys(signs), 1)
    ]
    return save(db, actor, facts, key=key, today=today)

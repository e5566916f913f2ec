"""Counts far out of a patient's line that wait for somebody to look: to be corrected, or confirmed by a query."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from registry.record.doubts import Count, Jump, jumps
from registry.record.naming import fact_name
from registry.roles import Actor, Permission, readable_sites
from registry.store.database import Database
from registry.tasks.item import Waiting, address_of
from registry.wording import number_of

LISTED = 10
"""So many doubted counts are listed one by one, the newest first."""
WHAT = "Doubted counts"


def doubted(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """All doubted counts (DEF-UNIT-08), and behind them the newest one by one, each with the way to the fact."""
    open_jumps = jumps(db.rows, sites=readable_sites(actor, Permission.AMEND))
    listed = {
        (jump.patient_id, count.observation_id): (jump, count)
        for jump in open_jumps
        for count in reversed(jump.doubted)
    }
    if not listed:
        yield Waiting(WHAT, 0, "No count differs a hundredfold from its neighbor.", "")
        return
    patients = len({patient for patient, _ in listed})
    first, *more = list(listed.values())[:LISTED]
    why = (
        f"Of {number_of(patients, 'patient')}, each a hundredfold from the count next to it. "
        f"Newest: {first[0].patient_id}, "
        f"{first[0].text} Amend it, or ask about its value and close the query with what was found."
    )
    yield Waiting(WHAT, len(listed), why, _address(*first))
    for jump, count in more:
        what = f"Doubted: {jump.patient_id} {count.observation_id}"
        yield Waiting(what, 1, jump.text, _address(jump, count))


def _address(jump: Jump, count: Count) -> str:
    identity = {"patient_id": jump.patient_id, "observation_id": count.observation_id}
    return address_of("facts", patient=jump.patient_id, kind="observation", id=fact_name(identity))

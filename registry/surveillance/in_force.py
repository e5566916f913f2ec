"""Which surveillance protocol watches whom: a site's own before the published one, each patient by one.

In this order, the first that covers an infusion of the patient: protocols adopted for the patient's site, protocols
adopted for all sites, the published protocols; within each in the order of adoption. A site's own protocol of the
same setting thus stands in the published one's place, one of another setting beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from adjudication.surveillance import ladder
from adjudication.surveillance.protocol import Protocol
from registry import sql

if TYPE_CHECKING:
    from registry.store.database import Database
    from registry.store.snapshot import Snapshot

_STANDING = (
    "SELECT programme_id, site, content FROM programme WHERE ended_seq IS NULL "
    "ORDER BY site IS NULL, adoption_key"
)


@dataclass(frozen=True)
class InForce:
    """A protocol and the sites where it is in force; None: at all."""

    protocol: Protocol
    sites: tuple[str, ...] | None
    published: bool = False

    def at(self, site: str | None) -> bool:
        """Whether it is in force at a site; None: for patients without one."""
        return self.sites is None or site in self.sites


def in_force(db: Database) -> tuple[InForce, ...]:
    """Every protocol in force, those first that go before others; the published ones are the last."""
    sites: dict[str, list[str | None]] = {}
    texts: dict[str, str] = {}
    for name, site, content in db.rows(_STANDING):
        sites.setdefault(name, []).append(site)
        texts[name] = content
    adopted = [
        InForce(ladder.read(name, texts[name]), None if None in at else tuple(filter(None, at)))
        for name, at in sites.items()
    ]
    published = [InForce(ladder.load(name), None, published=True) for name in ladder.published_ids()]
    return (*adopted, *published)


def standing(db: Database, protocol: Protocol | None) -> tuple[InForce, ...]:
    """The protocols in force, or `protocol` alone, as if it were in force everywhere."""
    return in_force(db) if protocol is None else (InForce(protocol, None),)


def concerning(found: Sequence[InForce], sites: Sequence[str] | None) -> tuple[Protocol, ...]:
    """The protocols that can watch a patient at one of these sites (None: at any); not those that others replace."""
    if sites is None:
        return tuple(one.protocol for one in found)
    return tuple(
        one.protocol
        for place, one in enumerate(found)
        if any(one.at(site) and _left(found[:place], one, site) for site in sites)
    )


def _left(before: Sequence[InForce], one: InForce, site: str) -> bool:
    """Whether those that go before leave any setting of `one` at this site to it."""
    taken = {
        (other.protocol.agent, setting)
        for other in before
        if other.at(site)
        for setting in other.protocol.settings
    }
    return any((one.protocol.agent, setting) not in taken for setting in one.protocol.settings)


@contextmanager
def infused(
    db: Database,
    as_of: date,
    found: Sequence[InForce],
    sites: Sequence[str] | None,
    patient_id: str | None = None,
    *,
    counted: bool = False,
) -> Iterator[Snapshot]:
    """One state of the registry with the table `infused`: whom each of the protocols `found` watches on a day.

    It holds patients at `sites` (None: all), or one of them, who have begun an infusion by then; `place` is the number
    of their protocol in `found`. `counted` leaves out who refused or withdrew consent, for figures.
    """
    with db.snapshot() as snapshot:
        keep_infused(snapshot, "infused", as_of, found, sites, patient_id, counted=counted)
        yield snapshot


def keep_infused(
    snapshot: Snapshot,
    name: str,
    as_of: date,
    found: Sequence[InForce],
    sites: Sequence[str] | None,
    patient_id: str | None = None,
    *,
    counted: bool = False,
) -> None:
    """Keep in a snapshot, as the table `name`, whom each of the protocols `found` watches on a day.

    `counted` leaves out who refused or withdrew consent: figures need it, care goes on without it.
    """
    plan = {
        "as_of": as_of,
        "sites": None if sites is None else list(sites),
        "patient_id": patient_id,
        "counted": counted,
    }
    snapshot.keep(name, sql.text("queries/surveillance_infused"), [plan, [*_places(found)]])


def _places(found: Sequence[InForce]) -> Iterator[dict[str, Any]]:
    for place, one in enumerate(found):
        yield {
            "place": place,
            "sites": None if one.sites is None else list(one.sites),
            "agent": one.protocol.agent,
            "settings": list(one.protocol.settings),
        }

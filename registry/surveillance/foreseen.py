"""Whom a site's own file would watch if it were adopted, before it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from adjudication.surveillance.protocol import Protocol
from registry import sql
from registry.roles import readable_sites
from registry.surveillance.in_force import InForce, in_force, infused, keep_infused

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database


@dataclass(frozen=True)
class Foreseen:
    """Living patients of one site (None: without one) whom a file would watch; `now` is who watches them, or None."""

    site: str | None
    now: str | None
    patients: int

    def as_json(self) -> dict[str, Any]:
        return {"site": self.site, "now": self.now, "patients": self.patients}


def foreseen(
    db: Database, actor: Actor, protocol: Protocol, sites: Sequence[str], as_of: date
) -> list[Foreseen]:
    """Whom `protocol` would watch on a day, were it adopted at `sites` (none named: at all); by site.

    Those at other sites than `actor` may read are left out. Raises NotPermitted for who may read nowhere.
    """
    now = in_force(db)
    then = with_adopted(now, protocol, sites)
    place = next(number for number, one in enumerate(then) if one.protocol is protocol)
    readable = readable_sites(actor)
    with infused(db, as_of, then, readable) as snapshot:
        keep_infused(snapshot, "infused_now", as_of, now, readable)
        rows = snapshot.rows(sql.text("queries/surveillance_foreseen"), [place, as_of])
    return [
        Foreseen(site, None if at is None else now[at].protocol.id, patients) for site, at, patients in rows
    ]


def with_adopted(found: Sequence[InForce], protocol: Protocol, sites: Sequence[str]) -> tuple[InForce, ...]:
    """The protocols in force, in their order, once `protocol` is adopted at `sites` (none named: at all)."""
    left, still = list[InForce](), list[str]()
    for one in found:
        if one.published or one.protocol.id != protocol.id:
            left.append(one)
        elif one.sites is not None and sites:
            still += [site for site in one.sites if site not in sites]
    new = InForce(protocol, tuple(sorted({*sites, *still})) if sites else None)
    after = next(
        number for number, one in enumerate(left) if one.published or (bool(sites) and one.sites is None)
    )
    return (*left[:after], new, *left[after:])


__all__ = ["Foreseen", "foreseen", "with_adopted"]

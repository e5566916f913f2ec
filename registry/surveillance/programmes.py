"""A site's own surveillance programme: a file that is checked like a published one, adopted, and dropped again.

The file stays in the registry as it was adopted, with its hash; what was replaced or dropped stays in the history.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from adjudication import surveillance
from adjudication.programme import Programme
from adjudication.programme_file import Fault, Lines, Unfit
from registry import sql
from registry.errors import Problem, Refused, Usage
from registry.facts import fields, units
from registry.roles import Action

if TYPE_CHECKING:
    from registry.database import Database
    from registry.roles import Actor
    from registry.store.change import Change

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Adopted:
    """One adoption of a programme's file at a site (None: at all sites); `ended_*` are None while it is in force."""

    programme_id: str
    site: str | None
    content: str
    hash: str
    adopted_at: datetime
    adopted_by: str
    adopted_because: str | None
    ended_at: datetime | None
    ended_by: str | None
    ended_because: str | None

    def as_json(self) -> dict[str, Any]:
        """For programs, without the file itself."""
        return {
            "id": self.programme_id,
            "site": self.site,
            "hash": self.hash,
            "adopted_at": self.adopted_at.isoformat(),
            "adopted_by": self.adopted_by,
            "adopted_because": self.adopted_because,
            "ended_at": self.ended_at and self.ended_at.isoformat(),
            "ended_by": self.ended_by,
            "ended_because": self.ended_because,
        }


def hash_of(text: str) -> str:
    """SHA-256 of a programme's file, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def adopted(db: Database) -> list[Adopted]:
    """Every adoption there was, in order; a programme holds rules and no patients, so whoever asks may read it."""
    return [Adopted(*row) for row in db.rows(sql.text("queries/programmes_adopted"))]


def source(db: Database, programme_id: str) -> str:
    """The file of a programme that is in force, else of the last one dropped, else of a published one.

    Raises Usage for an id that nothing here has.
    """
    mine = [one for one in adopted(db) if one.programme_id == programme_id]
    if mine:
        return max(mine, key=lambda one: (one.ended_at is None, one.adopted_at)).content
    return published_source(programme_id)


def published_source(programme_id: str) -> str:
    """The file of a published programme. Raises Usage for an id that is not published."""
    if programme_id not in surveillance.published_ids():
        there = ", ".join(surveillance.published_ids())
        raise Usage(
            f"There is no programme {programme_id}. Published: {there}. `nadir programme list` shows all."
        )
    return surveillance.source(programme_id)


def copy_of(programme_id: str, name: str) -> str:
    """A published programme's file under the id `name`, to be changed. Raises Usage for an id that is not published."""
    text = published_source(programme_id)
    line = f'id = "{programme_id}"'
    return text.replace(line, f'id = "{name}"', 1)


def read(name: str, text: str) -> Programme:
    """The programme in a site's file, which may be adopted; `name` is the file's name in errors.

    Raises Unfit with everything that is wrong: what a published file would be refused for, words that the record does
    not know, the id of a published programme, and outcomes that would take a patient off the list without a reason.
    """
    programme = surveillance.read(name, text)
    found = [*_foreign(programme, Lines(text))]
    if found:
        raise Unfit(name, found)
    return programme


def _foreign(programme: Programme, lines: Lines) -> Iterator[Fault]:
    """What the file asks of the record that the record cannot give."""
    if programme.id in surveillance.published_ids():
        what = f"{programme.id} is the id of a published programme: give the copy another"
        yield Fault(lines.of("", 0, "id"), "", what)
    if not _ID.fullmatch(programme.id):
        what = f"id takes up to 64 small letters, digits and -, not {programme.id!r}"
        yield Fault(lines.of("", 0, "id"), "", what)
    exposure = fields.TABLES["exposure"]
    for key, given in (("agent", [programme.agent]), ("settings", programme.settings)):
        known = exposure.column(key.removesuffix("s")).words
        for word in given:
            if word not in known:
                yield Fault(lines.of("", 0, key), "", f"{key} knows {', '.join(known)}, not {word!r}")
    platelets = units.measures()["platelets"]
    for key, said, wanted in (
        ("analyte", programme.analyte, platelets.name),
        ("unit", programme.unit, platelets.unit),
    ):
        if said != wanted:
            yield Fault(lines.of("", 0, key), "", f"{key} must be {wanted}, not {said!r}")
    scales = fields.TABLES["bleed"].column("scale").words
    for scale in sorted(set(programme.bleeding.mild_up_to) - set(scales)):
        what = f"mild_up_to knows {', '.join(scales)}, not {scale!r}"
        yield Fault(lines.of("bleeding", 1, "mild_up_to"), "bleeding", what)
    extra = programme.outcomes.remove - surveillance.load().outcomes.remove
    if extra:
        allowed = ", ".join(sorted(surveillance.load().outcomes.remove))
        what = f"only {allowed} may take a patient off the list: those need a reason, not {', '.join(sorted(extra))}"
        yield Fault(lines.of("outcomes", 1, "remove"), "outcomes", what)


def adopt(
    db: Database,
    actor: Actor,
    name: str,
    text: str,
    sites: Sequence[str] = (),
    *,
    reason: str | None = None,
    key: str | None = None,
) -> Programme:
    """Put a site's own file in force at `sites` (none named: at all), in the place of what has its id there.

    `name` is the file's name in errors, `key` an idempotency key. Raises Refused with every problem of the file, Usage
    for a site without patients and where another programme in force already watches one of its settings, NotPermitted.
    """
    try:
        programme = read(name, text)
    except Unfit as error:
        raise Refused(
            f"{name} was not adopted.",
            [Problem(name, None, None, None, str(fault), "") for fault in error.faults],
        ) from error
    at: list[str | None] = [*sorted(set(sites))] or [None]
    with db.change(
        actor, Action.CONFIGURE, f"programme {programme.id}", site=sites or None, reason=reason, key=key
    ) as change:
        _refuse_unknown_sites(change, sites)
        before = _end(change, programme.id, at)
        _refuse_beside(change, programme, hash_of(text), at)
        last = change.rows("SELECT coalesce(max(adoption_key), 0) FROM programme")[0][0]
        for number, site in enumerate(at, last + 1):
            change.execute(
                "INSERT INTO programme VALUES ($1, $2, $3, $4, $5, $6, NULL)",
                [number, programme.id, site, text, hash_of(text), change.seq],
            )
        change.note(
            {"replaced": before} if before else None,
            {"id": programme.id, "sites": at, "settings": programme.settings, "hash": hash_of(text)},
        )
    return programme


def drop(
    db: Database,
    actor: Actor,
    programme_id: str,
    sites: Sequence[str] = (),
    *,
    reason: str | None = None,
    key: str | None = None,
) -> None:
    """End a programme at `sites` (none named: everywhere); its patients return to what else is in force there.

    Raises Usage where it is not in force, NotPermitted.
    """
    at: list[str | None] | None = [*sorted(set(sites))] or None
    with db.change(
        actor, Action.CONFIGURE, f"programme {programme_id}", site=sites or None, reason=reason, key=key
    ) as change:
        ended = _end(change, programme_id, at)
        if not ended or (at and len(ended) < len(at)):
            where = f" at {', '.join(sites)}" if sites else ""
            raise Usage(f"{programme_id} is not in force{where}. `nadir programme list` says what is.")
        change.note({"id": programme_id, "ended": ended}, None)


def _end(change: Change, programme_id: str, at: Sequence[str | None] | None) -> list[dict[str, Any]]:
    """End what is in force under this id at these sites (None: everywhere, [None]: where it is for all)."""
    standing = change.rows(
        "SELECT adoption_key, site, hash FROM programme WHERE programme_id = $1 AND ended_seq IS NULL "
        "ORDER BY adoption_key",
        [programme_id],
    )
    ended = [row for row in standing if at is None or row[1] in at or at == [None]]
    for number, _, _ in ended:
        change.execute("UPDATE programme SET ended_seq = $1 WHERE adoption_key = $2", [change.seq, number])
    return [{"site": site, "hash": digest} for _, site, digest in ended]


def _refuse_unknown_sites(change: Change, sites: Sequence[str]) -> None:
    there = {site for (site,) in change.rows(sql.text("queries/patient_sites"))}
    unknown = sorted(set(sites) - there)
    if unknown:
        known = f"There are {', '.join(sorted(there))}" if there else "There is none yet"
        raise Usage(f"No patient has the site {', '.join(unknown)}. {known}.")


def _refuse_beside(change: Change, programme: Programme, digest: str, at: Sequence[str | None]) -> None:
    """One id names one file, and at one site one programme watches a setting."""
    rows = change.rows(
        "SELECT programme_id, site, content, hash FROM programme WHERE ended_seq IS NULL ORDER BY adoption_key"
    )
    for name, site, content, other in rows:
        where = f"at {site}" if site else "at all sites"
        if name == programme.id and other != digest:
            raise Usage(
                f"Another file is in force as {name} {where}. Give yours another id, or adopt it there too."
            )
        if name == programme.id and site is None:
            raise Usage(f"{name} is in force {where} already. Drop it there first.")
        shared = set(surveillance.read(name, content).settings) & set(programme.settings)
        if site in at and shared:
            raise Usage(
                f"{name} already watches {', '.join(sorted(shared)).replace('_', ' ')} {where}. Drop it there first."
            )


__all__ = ["Adopted", "adopt", "adopted", "copy_of", "drop", "hash_of", "published_source", "read", "source"]

"""A site's own surveillance protocol: a file that is checked like a published one, adopted, and dropped again.

The file stays in the registry as it was adopted, with its hash; what was replaced or dropped stays in the history.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from adjudication.surveillance import ladder
from adjudication.surveillance.protocol import Protocol
from adjudication.surveillance.protocol_file import Fault, Lines, Unfit
from registry import sql
from registry.errors import Problem, Refused, Usage
from registry.record import fields, units
from registry.roles import Action, Permission, readable_sites

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database
    from registry.store.transaction import Transaction

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
MOST_BYTES = 200_000
"""The size of a file that is read: ten times that of the published one."""


@dataclass(frozen=True)
class Adopted:
    """One adoption of a protocol's file at a site (None: at all sites); `ended_*` are None while it is in force.

    `replaced` tells whether another file was adopted in its place, else it was dropped.
    """

    protocol_id: str
    site: str | None
    content: str
    hash: str
    adopted_at: datetime
    adopted_by: str
    adopted_because: str | None
    ended_at: datetime | None
    ended_by: str | None
    ended_because: str | None
    replaced: bool

    def as_json(self) -> dict[str, Any]:
        """For programs, without the file itself."""
        return {
            "id": self.protocol_id,
            "site": self.site,
            "hash": self.hash,
            "adopted_at": self.adopted_at.isoformat(),
            "adopted_by": self.adopted_by,
            "adopted_because": self.adopted_because,
            "ended_at": self.ended_at and self.ended_at.isoformat(),
            "ended_by": self.ended_by,
            "ended_because": self.ended_because,
            "replaced": self.replaced,
        }


def hash_of(text: str) -> str:
    """SHA-256 of a protocol's file, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def adopted(db: Database) -> list[Adopted]:
    """Every adoption there was, in order; a protocol holds rules and no patients, so whoever asks may read it."""
    return [Adopted(*row) for row in db.rows(sql.text("queries/protocols_adopted"))]


def source(db: Database, protocol_id: str) -> str:
    """The file of a protocol that is in force, else of the last one dropped, else of a published one.

    Raises Usage for an id that nothing here has.
    """
    mine = [one for one in adopted(db) if one.protocol_id == protocol_id]
    if mine:
        return max(mine, key=lambda one: (one.ended_at is None, one.adopted_at)).content
    return published_source(protocol_id)


def published_source(protocol_id: str) -> str:
    """The file of a published protocol. Raises Usage for an id that is not published."""
    if protocol_id not in ladder.published_ids():
        there = ", ".join(ladder.published_ids())
        raise Usage(
            f"There is no protocol {protocol_id}. Published: {there}. `nadir protocol list` shows all."
        )
    return ladder.source(protocol_id)


def copy_of(protocol_id: str, name: str) -> str:
    """A published protocol's file under the id `name`, to be changed.

    Raises Usage for an id that is not published, and for a name that no copy can have.
    """
    text = published_source(protocol_id)
    wrong = _wrong_id(name)
    if wrong:
        raise Usage(f"{wrong}.")
    return text.replace(f'id = "{protocol_id}"', f'id = "{name}"', 1)


def _wrong_id(name: str) -> str:
    """Why a site's own protocol cannot have this id; empty where it can."""
    if name in ladder.published_ids():
        return f"{name} is the id of a published protocol: give the copy another"
    if not _ID.fullmatch(name):
        return f"id takes up to 64 small letters, digits and -, not {name!r}"
    return ""


def text_of(name: str, content: bytes) -> str:
    """The text of a file as it was brought: UTF-8, with or without the mark that some editors put first.

    Lines end in one way, so that the same file has the same hash from every computer. Raises Usage for what cannot be
    read; `name` is the file's name.
    """
    if len(content) > MOST_BYTES:
        raise Usage(f"{name} is too large for a protocol: {len(content):,} bytes of {MOST_BYTES:,} at most.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Usage(f"{name} cannot be read: {error}. Save it as text in UTF-8.") from error
    return text.replace("\r\n", "\n")


def read(name: str, text: str) -> Protocol:
    """The protocol in a site's file, which may be adopted; `name` is the file's name in errors.

    Raises Unfit with everything that is wrong: what a published file would be refused for, words that the record does
    not know, the id of a published protocol, and outcomes that would take a patient off the list without a reason.
    """
    protocol = ladder.read(name, text)
    found = [*_foreign(protocol, Lines(text))]
    if found:
        raise Unfit(name, found)
    return protocol


def _foreign(protocol: Protocol, lines: Lines) -> Iterator[Fault]:
    """What the file asks of the record that the record cannot give."""
    wrong = _wrong_id(protocol.id)
    if wrong:
        yield Fault(lines.of("", 0, "id"), "", wrong)
    exposure = fields.TABLES["exposure"]
    for key, given in (("agent", [protocol.agent]), ("settings", protocol.settings)):
        known = exposure.column(key.removesuffix("s")).words
        for word in given:
            if word not in known:
                yield Fault(lines.of("", 0, key), "", f"{key} knows {', '.join(known)}, not {word!r}")
    platelets = units.measures()["platelets"]
    for key, said, wanted in (
        ("analyte", protocol.analyte, platelets.name),
        ("unit", protocol.unit, platelets.unit),
    ):
        if said != wanted:
            yield Fault(lines.of("", 0, key), "", f"{key} must be {wanted}, not {said!r}")
    scales = fields.TABLES["bleed"].column("scale").words
    for scale in sorted(set(protocol.bleeding.mild_up_to) - set(scales)):
        what = f"mild_up_to knows {', '.join(scales)}, not {scale!r}"
        yield Fault(lines.of("bleeding", 1, "mild_up_to"), "bleeding", what)
    extra = protocol.outcomes.remove - ladder.load().outcomes.remove
    if extra:
        allowed = ", ".join(sorted(ladder.load().outcomes.remove))
        what = f"only {allowed} may take a patient off the list: those need a reason, not {', '.join(sorted(extra))}"
        yield Fault(lines.of("outcomes", 1, "remove"), "outcomes", what)


def differences(before: str, after: str) -> list[str]:
    """What one file changes of another, as lines for reading: ` ` for what stands around, `-` for out, `+` for in.

    Before each place stands `@@ schedule, line 20 @@`: its table, and its line in the file that came after. Empty where
    nothing differs.
    """
    old, new = before.splitlines(), after.splitlines()
    lines, found = Lines(after), list[str]()
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(2):
        first = next(start for kind, _, _, start, _ in group if kind != "equal")
        table = lines.table_at(first + 1)
        found.append(f"@@ {f'{table}, ' if table else ''}line {first + 1} @@")
        for kind, i, until, j, to in group:
            if kind == "equal":
                found += [f" {line}" for line in old[i:until]]
            else:
                found += [f"-{line}" for line in old[i:until]] + [f"+{line}" for line in new[j:to]]
    return found


@dataclass(frozen=True)
class Compared:
    """What a file changes of another: `what` names that other, `lines` are those of `differences`."""

    what: str
    lines: list[str]


def compared(db: Database, protocol: Protocol, text: str) -> list[Compared]:
    """What a site's file changes of the published protocol for its agent, and of what is in force under its id."""
    published = next(
        (one for one in ladder.published_ids() if ladder.load(one).agent == protocol.agent),
        ladder.BELGIAN_2018,
    )
    found = [Compared(f"the published {published}", differences(ladder.source(published), text))]
    standing = [one for one in adopted(db) if one.protocol_id == protocol.id and one.ended_at is None]
    if standing:
        found.append(Compared(f"{protocol.id} in force", differences(standing[-1].content, text)))
    return found


def sites_to_adopt(db: Database, actor: Actor) -> list[str]:
    """The sites with patients for which `actor` may adopt a file, sorted. Raises NotPermitted without any right."""
    allowed = readable_sites(actor, Permission.CONFIGURE)
    found = [str(site) for (site,) in db.rows(sql.text("queries/patient_sites"))]
    return found if allowed is None else [site for site in found if site in allowed]


def adopt(
    db: Database,
    actor: Actor,
    name: str,
    text: str,
    sites: Sequence[str] = (),
    *,
    reason: str | None = None,
    key: str | None = None,
) -> Protocol:
    """Put a site's own file in force at `sites` (none named: at all), in the place of what has its id there.

    `name` is the file's name in errors, `key` an idempotency key. Raises Refused with every problem of the file, Usage
    for a site without patients and where another protocol in force already watches one of its settings, NotPermitted.
    """
    try:
        protocol = read(name, text)
    except Unfit as error:
        raise Refused(
            f"{name} was not adopted.",
            [Problem(name, None, None, None, str(fault), "") for fault in error.faults],
        ) from error
    at: list[str | None] = [*sorted(set(sites))] or [None]
    with db.change(
        actor, Action.CONFIGURE, f"protocol {protocol.id}", site=sites or None, reason=reason, key=key
    ) as change:
        _refuse_unknown_sites(change, sites)
        before = _end(change, protocol.id, at)
        _refuse_beside(change, protocol, hash_of(text), at)
        last = change.rows("SELECT coalesce(max(adoption_key), 0) FROM programme")[0][0]
        for number, site in enumerate(at, last + 1):
            change.execute(
                "INSERT INTO programme VALUES ($1, $2, $3, $4, $5, $6, NULL)",
                [number, protocol.id, site, text, hash_of(text), change.seq],
            )
        change.note(
            {"replaced": before} if before else None,
            {"id": protocol.id, "sites": at, "settings": protocol.settings, "hash": hash_of(text)},
        )
    return protocol


def drop(
    db: Database,
    actor: Actor,
    protocol_id: str,
    sites: Sequence[str] = (),
    *,
    reason: str | None = None,
    key: str | None = None,
    seen: str | None = None,
) -> None:
    """End a protocol at `sites` (none named: everywhere); its patients return to what else is in force there.

    `seen` is the hash of the file that the person had before them. Raises Usage where the protocol is not in force, or
    another file meanwhile, NotPermitted.
    """
    at: list[str | None] | None = [*sorted(set(sites))] or None
    with db.change(
        actor, Action.CONFIGURE, f"protocol {protocol_id}", site=sites or None, reason=reason, key=key
    ) as change:
        ended = _end(change, protocol_id, at)
        if not ended or (at and len(ended) < len(at)):
            where = f" at {', '.join(sites)}" if sites else ""
            raise Usage(f"{protocol_id} is not in force{where}. `nadir protocol list` says what is.")
        if seen is not None and any(one["hash"] != seen for one in ended):
            raise Usage(f"Another file is in force as {protocol_id} meanwhile. Look at it, then drop it.")
        change.note({"id": protocol_id, "ended": ended}, None)


def _end(change: Transaction, protocol_id: str, at: Sequence[str | None] | None) -> list[dict[str, Any]]:
    """End what is in force under this id at these sites (None: everywhere, [None]: where it is for all)."""
    standing = change.rows(
        "SELECT adoption_key, site, hash FROM programme WHERE programme_id = $1 AND ended_seq IS NULL "
        "ORDER BY adoption_key",
        [protocol_id],
    )
    ended = [row for row in standing if at is None or row[1] in at or at == [None]]
    for number, _, _ in ended:
        change.execute("UPDATE programme SET ended_seq = $1 WHERE adoption_key = $2", [change.seq, number])
    return [{"site": site, "hash": digest} for _, site, digest in ended]


def _refuse_unknown_sites(change: Transaction, sites: Sequence[str]) -> None:
    there = {site for (site,) in change.rows(sql.text("queries/patient_sites"))}
    unknown = sorted(set(sites) - there)
    if unknown:
        known = f"There are {', '.join(sorted(there))}" if there else "There is none yet"
        raise Usage(f"No patient has the site {', '.join(unknown)}. {known}.")


def _refuse_beside(change: Transaction, protocol: Protocol, digest: str, at: Sequence[str | None]) -> None:
    """One id names one file, and at one site one protocol watches a setting."""
    rows = change.rows(
        "SELECT programme_id, site, content, hash FROM programme WHERE ended_seq IS NULL ORDER BY adoption_key"
    )
    for name, site, content, other in rows:
        where = f"at {site}" if site else "at all sites"
        if name == protocol.id and other != digest:
            raise Usage(
                f"Another file is in force as {name} {where}. Give yours another id, or adopt it there too."
            )
        if name == protocol.id and site is None:
            raise Usage(f"{name} is in force {where} already. Drop it there first.")
        shared = set(ladder.read(name, content).settings) & set(protocol.settings)
        if site in at and shared:
            raise Usage(
                f"{name} already watches {', '.join(sorted(shared)).replace('_', ' ')} {where}. Drop it there first."
            )


__all__ = [
    "Adopted",
    "Compared",
    "adopt",
    "adopted",
    "compared",
    "copy_of",
    "differences",
    "drop",
    "hash_of",
    "published_source",
    "read",
    "sites_to_adopt",
    "source",
    "text_of",
]

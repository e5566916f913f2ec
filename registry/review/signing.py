"""Signing: a person proves again to be who they are, and the signature is bound to exactly what they saw and said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from registry.errors import NotPermitted
from registry.record.synthetic import is_synthetic
from registry.roles import Actor
from registry.store import audit
from registry.store.database import Database

Prove = Callable[[str], str | None]
"""Asked with the name of the account; tells how the person proved to be it (`password`), None if they did not."""

MEANING = {
    "blind": "I read this case alone, and this is my judgement.",
    "third": "I read this case and both judgements, and this is mine.",
    "committee": "This is my vote in the committee on this case.",
}


@dataclass(frozen=True)
class Signature:
    """What a signature binds, as its columns in `review_read`."""

    meaning: str
    seen: str
    packet: str
    method: str


def by_password(db: Database, password: str) -> Prove:
    """The proof of a person who knows the password of the account; a one-time code, which others have seen, is none."""

    def prove(name: str) -> str | None:
        from registry.accounts import credentials

        found = credentials.check(db, name, password)
        return "password" if found is not None and not found.by_code else None

    return prove


def in_demonstration(db: Database) -> Prove:
    """The proof of a demonstration, whose people have no password: good only where every patient is invented."""

    def prove(_: str) -> str | None:
        return "demonstration" if is_synthetic(db) else None

    return prove


FRESH = timedelta(minutes=5)
"""For how long a sign-in at a hospital's provider, asked for anew, proves who signs."""


def is_fresh(db: Database, proved_at: datetime | None) -> bool:
    """Whether somebody who proved to be themselves at that time (UTC) may sign by it now."""
    return proved_at is not None and timedelta() <= db.now() - proved_at <= FRESH


def at_the_provider(db: Database, proved_at: datetime | None) -> Prove:
    """The proof of an account without a password here: their hospital was asked anew who they are, just before
    (UTC)."""

    def prove(_: str) -> str | None:
        return "provider" if is_fresh(db, proved_at) else None

    return prove


def proved(actor: Actor, prove: Prove) -> str:
    """How `actor` proved who they are; asked before a change begins. Raises NotPermitted without proof."""
    method = prove(actor.name)
    if not method:
        raise NotPermitted(
            "The signature was not accepted: enter your own password again, or confirm your identity at "
            "your hospital's sign-in. Nothing was signed."
        )
    return method


def sign(
    actor: Actor,
    part: str,
    packet: str,
    said: Mapping[str, Any],
    method: str,
    at: datetime,
    reads: object = None,
) -> Signature:
    """The signature of `actor` in a part of a case, given at a time (UTC).

    `packet` is its fingerprint, `reads` are the readings that were shown with it, `said` is what is signed, and
    `method` is what `proved` told.
    """
    seen = seen_digest(packet, said, reads, signer=actor.name, at=at, meaning=MEANING[part])
    return Signature(MEANING[part], seen, packet, method)


def seen_digest(
    packet: str, said: Mapping[str, Any], reads: object, *, signer: str, at: datetime, meaning: str
) -> str:
    """SHA-256 over the packet's fingerprint, the readings that were shown with it, what was said, by whom, when, and
    what the signature means: none of it can be exchanged, nor the whole be given to another.

    Signatures given before it held the last three keep their digest, which is over the first three alone.
    """
    signed = {"signer": signer, "at": at.isoformat(), "meaning": meaning}
    shown = audit.canonical_json({"packet": packet, "reads": reads, "said": dict(said), **signed})
    return sha256(shown.encode()).hexdigest()

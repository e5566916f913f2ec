"""Tickets: what a form carries from one page to the next, sealed so that only this server can have written it.

Nothing is kept in the server for a form that somebody opens, so nobody can fill its memory with forms.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime


def write(secret: str, kind: str, says: Mapping[str, str], until: datetime) -> str:
    """A ticket of a kind that says something, good until a time in UTC without zone."""
    body = json.dumps({**says, "": str(_seconds(until))}, sort_keys=True).encode()
    return f"{_text(body)}.{_text(_seal(secret, kind, body))}"


def read(secret: str, kind: str, text: str, now: datetime) -> dict[str, str] | None:
    """What a ticket of this kind says; None if it is forged, of another kind, or no longer good."""
    body_text, _, seal_text = text.partition(".")
    try:
        body, seal = _bytes(body_text), _bytes(seal_text)
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(seal, _seal(secret, kind, body)):
        return None
    says: dict[str, str] = json.loads(body)
    return says if _seconds(now) < int(says.pop("")) else None


def digest(text: str) -> str:
    """What a ticket says of something that it must not show."""
    return hashlib.sha256(text.encode()).hexdigest()


def _seal(secret: str, kind: str, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), kind.encode() + b"\0" + body, "sha256")


def _seconds(time: datetime) -> int:
    return int(time.replace(tzinfo=UTC).timestamp())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)

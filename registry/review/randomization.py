"""What nobody may foresee: names of cases, the order of a queue, the random share, pseudonyms, shifts of dates.

All of it is made from one random text that stays in the registry, so that an auditor with the file can make every
draw again, and a reader who knows the identifiers cannot.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from registry.store.transaction import Transaction

Read = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""Runs a query with parameters and returns all rows: `Database.rows` or `Transaction.rows`."""

_DIGITS = 13  # 52 bits: a share is exact in a float


@dataclass(frozen=True)
class Secret:
    """The random text of this registry; it never shows itself."""

    seed: str = field(repr=False)

    def code(self, purpose: str, *about: object) -> str:
        """64 hexadecimal digits that only the seed tells: the same for the same purpose and subject."""
        said = "\0".join([purpose, *(str(one) for one in about)])
        return hmac.new(self.seed.encode(), said.encode(), sha256).hexdigest()

    def share(self, purpose: str, *about: object) -> float:
        """A number in [0, 1), evenly spread over subjects."""
        return int(self.code(purpose, *about)[:_DIGITS], 16) / 16**_DIGITS


def secret(read: Read) -> Secret | None:
    """The secret of the registry; None before the first case."""
    found = read("SELECT seed FROM review_secret", [])
    return Secret(str(found[0][0])) if found else None


def secret_of(change: Transaction, seed: str | None = None) -> Secret:
    """The secret of the registry, made now if there is none; `seed` repeats a draw in a registry without one."""
    found = secret(change.rows)
    if found is None:
        found = Secret(seed or secrets.token_hex(32))
        change.execute("INSERT INTO review_secret VALUES ($1)", [found.seed])
    return found

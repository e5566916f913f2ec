"""Signing out: the session ends at once, in every tab, and the audit trail says so."""

from __future__ import annotations

from registry.accounts.sessions import sessions_of
from registry.roles import Happening
from registry.store.database import Database


def sign_out(db: Database, key: str | None) -> bool:
    """End the session of this key; False if it had ended before, which is not written again."""
    ended = sessions_of(db).end(key)
    if ended is None:
        return False
    with db.witness(Happening.SIGN_OUT, ended.account, by=ended.account):
        pass
    return True

"""Who is signed in: sessions in the memory of the server, each of which can be ended at once.

The browser's cookie is a random id of 256 bits; the server holds the session under the digest of it, its key. A cookie
proves nothing by itself: there is a session behind it, or not. A restart of the server ends all of them.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from registry.accounts.credentials import forgive
from registry.accounts.limits import LIMITS, Limits
from registry.errors import NotPermitted
from registry.roles import SecurityEvent
from registry.store.database import Database

BY_PASSWORD, BY_CLICK, BY_HOSPITAL = "pwd", "demo", "hospital"
"""How somebody proved who they are, as the audit trail names it."""
_ID = re.compile(r"[A-Za-z0-9_-]{43}")


class SignedOut(NotPermitted):
    """Nobody is signed in here, or no longer."""


def key_of(session_id: str | None) -> str | None:
    """The key of the session with this id, as the cookie holds it; None for what is no id."""
    if session_id is None or not _ID.fullmatch(session_id):
        return None
    return hashlib.sha256(session_id.encode()).hexdigest()


def sign_in(db: Database, account: str, by: str, *, instead_of: str | None = None, anew: bool = False) -> str:
    """Begin a session of somebody who proved to be `account`, write it to the audit trail, and return its new id.

    The id is for the browser's cookie alone. `instead_of` and `anew` as for `Sessions.begin`. Raises NotPermitted if
    there is no such account, or it is disabled.
    """
    name = db.actor(account).name
    local = by == BY_PASSWORD
    with db.log_security_event(SecurityEvent.SIGN_IN, name, by=name) as change:
        if local:
            forgive(change, name)
        change.note(None, {"by": [by]} | ({"anew": True} if anew else {}))
    session_id = secrets.token_urlsafe(32)
    sessions_of(db).begin(str(key_of(session_id)), name, local=local, instead_of=instead_of, anew=anew)
    return session_id


def sign_out(db: Database, key: str | None) -> bool:
    """End the session of this key, in every tab; False if it had ended before, which is not written again."""
    ended = sessions_of(db).end(key)
    if ended is None:
        return False
    with db.log_security_event(SecurityEvent.SIGN_OUT, ended.account, by=ended.account):
        pass
    return True


@dataclass
class Session:
    """One person signed in at one browser. Times are UTC without zone."""

    account: str
    began_at: datetime
    used_at: datetime
    local: bool
    """Signed in with a password of this registry; not at a hospital's provider, or with a click in a demonstration."""
    keys: set[str] = field(default_factory=set)
    proved_at: datetime | None = None
    """When a provider was last asked to let them prove anew who they are, and did so; None if never."""


class Sessions:
    """All sessions of one open registry; any number of threads may share it."""

    def __init__(self, db: Database, limits: Limits = LIMITS) -> None:
        """Sessions by the clock of `db`."""
        self._now = db.now
        self._limits = limits
        self._lock = threading.Lock()
        self._held: dict[str, Session] = {}

    def begin(
        self,
        key: str,
        account: str,
        *,
        local: bool = True,
        instead_of: str | None = None,
        anew: bool = False,
    ) -> Session:
        """Begin a session of `account`, known by `key`.

        `instead_of` is the key of the session that the same browser had: of the same person it goes on as this
        one, so that pages that are open keep working; of somebody else it ends. `anew`: they were asked to prove
        who they are, although they were signed in.
        """
        with self._lock:
            now = self._now()
            self._forget_expired(now)
            begun = Session(account, now, now, local, {key}, now if anew else None)
            before = self._held.get(instead_of) if instead_of else None
            if before is not None and before.account == account:
                begun.keys |= before.keys
            elif before is not None:
                self._drop(before)
            for one in begun.keys:
                self._held[one] = begun
            return begun

    def live(self, key: str | None) -> Session | None:
        """The session of this key, if it has not ended and not run out."""
        with self._lock:
            return self._live(key, self._now())

    def use(self, key: str | None) -> Session | None:
        """Like `live`, for something that a person did: the time without a click begins anew."""
        with self._lock:
            now = self._now()
            found = self._live(key, now)
            if found is not None:
                found.used_at = now
            return found

    def end(self, key: str | None) -> Session | None:
        """End the session of this key, with every other key it has; None if there was none to end."""
        with self._lock:
            found = self._live(key, self._now())
            if found is not None:
                self._drop(found)
            return found

    def end_all(self, account: str, *, but: str | None = None) -> int:
        """End every session of an account, except that of the key `but`; returns how many ended."""
        with self._lock:
            spared = self._held.get(but) if but else None
            ending = {id(one): one for one in self._held.values() if one.account == account}
            several = [one for one in ending.values() if one is not spared]
            for one in several:
                self._drop(one)
            return len(several)

    def number(self, account: str) -> int:
        """How many live sessions an account has."""
        with self._lock:
            self._forget_expired(self._now())
            return len({id(one) for one in self._held.values() if one.account == account})

    def _live(self, key: str | None, now: datetime) -> Session | None:
        found = self._held.get(key) if key else None
        if found is None:
            return None
        if self._expired(found, now):
            self._drop(found)
            return None
        return found

    def _expired(self, one: Session, now: datetime) -> bool:
        return now - one.used_at >= self._limits.idle or now - one.began_at >= self._limits.absolute

    def _forget_expired(self, now: datetime) -> None:
        for one in [one for one in self._held.values() if self._expired(one, now)]:
            self._drop(one)

    def _drop(self, one: Session) -> None:
        for key in one.keys:
            self._held.pop(key, None)


_of: WeakKeyDictionary[Database, Sessions] = WeakKeyDictionary()
_of_lock = threading.Lock()


def sessions_of(db: Database) -> Sessions:
    """The sessions of an open registry, the same for everyone in this process; they go when it is closed."""
    with _of_lock:
        found = _of.get(db)
        if found is None:
            found = _of[db] = Sessions(db)
        return found

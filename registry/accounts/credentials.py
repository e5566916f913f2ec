"""What is stored to prove who somebody is: checked at sign-in, issued by an administrator, chosen by the person.

Every answer to a wrong sign-in is the same, and for unknown names, disabled accounts and locked ones the same work
is done. Tries are counted in the registry, so that a restart does not forgive them; while an account is locked, and
for names that are nobody's, nothing is written, so that nobody can fill the disk from outside.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registry.accounts import passwords
from registry.accounts.limits import LIMITS, Limits
from registry.errors import Refused
from registry.roles import OPERATOR, SecurityEvent
from registry.store.database import PROGRAM, Database
from registry.store.transaction import Transaction

NOT_RIGHT = (
    "The name or password is wrong, or the account is locked after too many attempts. Wait and try again, "
    "or ask an administrator for a one-time code."
)
_deciding = threading.Lock()


@dataclass(frozen=True)
class Proof:
    """Somebody showed the secret of `account`; `by_code` if it was a one-time code, to be replaced now."""

    account: str
    by_code: bool


@dataclass(frozen=True)
class _Stored:
    password_hash: str | None
    code_hash: str | None
    code_expires_at: datetime | None
    locked_until: datetime | None


def check(db: Database, name: str, secret: str, limits: Limits = LIMITS) -> Proof | None:
    """Whose account this is, if the password or the one-time code is right; None, whatever the cause, if not."""
    stored = _stored(db, name)
    code = passwords.read_code(secret)
    if code:
        right = stored is not None and _good_code(stored, code, db.now())
    else:
        right = passwords.matches(stored.password_hash if stored else None, secret, limits)
    if stored is None:
        return None
    with _deciding:  # what other tries did meanwhile counts
        stored = _stored(db, name)
        if stored is None or (stored.locked_until is not None and db.now() < stored.locked_until):
            return None
        if right:
            return Proof(name, code is not None)
        _count_failure(db, name, limits)
        return None


def choose(db: Database, name: str, code_digest: str, password: str, limits: Limits = LIMITS) -> None:
    """Replace the one-time code of this digest by a password of one's own.

    Raises Refused for an easy password, and for a code that was used, replaced or has expired meanwhile.
    """
    passwords.refuse_easy(name, password, limits)
    new = passwords.hashed(password)
    with _deciding:
        stored = _stored(db, name)
        if stored is None or stored.code_hash != code_digest or not _in_time(stored, db.now()):
            raise Refused(
                "This one-time code has been used or has expired. Ask an administrator for a new one."
            )
        _store_password(db, name, new)


def replace(db: Database, name: str, old: str, password: str, limits: Limits = LIMITS) -> None:
    """Replace one's password, knowing the old one. Raises Refused if it is wrong, or the new one too easy."""
    passwords.refuse_easy(name, password, limits)
    if old == password:
        raise Refused("The new password must differ from the old one.")
    proof = check(db, name, old, limits)
    if proof is None or proof.by_code:
        raise Refused("The old password is wrong. After too many attempts the account is locked for a while.")
    _store_password(db, name, passwords.hashed(password))


def issue_code(change: Transaction, name: str, now: datetime, limits: Limits = LIMITS) -> str:
    """A new one-time code for an account, inside a change; a password that it had is good no longer."""
    code = passwords.new_code()
    _put(change, name, {"code_hash": passwords.code_digest(code), "code_expires_at": now + limits.code})
    return code


def first_code(db: Database, limits: Limits = LIMITS) -> str | None:
    """A one-time code for the operator's account, as long as nobody has chosen a password for it; else None.

    For the person who starts the server: an earlier code that was never used is replaced.
    """
    stored = _stored(db, OPERATOR)
    if stored is not None and stored.password_hash is not None:
        return None
    with db.log_security_event(SecurityEvent.ISSUE_CODE, OPERATOR, by=PROGRAM) as change:
        return issue_code(change, OPERATOR, db.now(), limits)


def forgive(change: Transaction, name: str) -> None:
    """Forget failed tries, inside a change: the person has signed in."""
    change.execute("UPDATE credential SET failed_tries = 0, locked_until = NULL WHERE name = $1", [name])


def _good_code(stored: _Stored, code: str, now: datetime) -> bool:
    return passwords.same_code(stored.code_hash, code) and _in_time(stored, now)


def _in_time(stored: _Stored, now: datetime) -> bool:
    return stored.code_expires_at is not None and now < stored.code_expires_at


def _stored(db: Database, name: str) -> _Stored | None:
    """What an account can sign in with; None for unknown and disabled ones, and those that sign in elsewhere."""
    query = "SELECT password_hash, code_hash, code_expires_at, locked_until FROM credential WHERE name = $1"
    found: list[tuple[Any, ...]] = db.rows(query, [name])
    usable = db.rows("SELECT 1 FROM account WHERE name = $1 AND NOT disabled", [name])
    return _Stored(*found[0]) if found and usable else None


def _count_failure(db: Database, name: str, limits: Limits) -> None:
    tries = int(db.rows("SELECT failed_tries FROM credential WHERE name = $1", [name])[0][0]) + 1
    full = tries >= limits.tries
    with db.log_security_event(
        SecurityEvent.SIGN_IN_LOCKED if full else SecurityEvent.SIGN_IN_FAILED, name
    ) as change:
        until = db.now() + limits.lock if full else None
        change.execute(
            "UPDATE credential SET failed_tries = $2, locked_until = $3 WHERE name = $1",
            [name, 0 if full else tries, until],
        )
        change.note(None, {"tries": tries} | ({"locked_until": until} if full else {}))


def _store_password(db: Database, name: str, password_hash: str) -> None:
    with db.log_security_event(SecurityEvent.SET_PASSWORD, name, by=name) as change:
        _put(change, name, {"password_hash": password_hash, "set_at": db.now()})


def _put(change: Transaction, name: str, proof: dict[str, Any]) -> None:
    """Store what an account proves itself with now, in place of all that stood there: no tries, no lock."""
    change.replace("credential", [{"name": name, "failed_tries": 0, **proof}], "name = $1", [name])

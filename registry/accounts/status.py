"""Status of accounts, for administrators: roles, sign-ins, locks and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from registry import sql
from registry.accounts.service import Account, accounts
from registry.accounts.sessions import sessions_of
from registry.errors import Usage
from registry.roles import EVERYWHERE, Actor, Permission, SecurityEvent
from registry.store.database import Database
from registry.wording import clock, page_moment


@dataclass(frozen=True)
class Standing:
    """An account and its status. Times are UTC without zone.

    `code_until` is until when a one-time code that was not used yet is good, `locked_until` until when no password
    is accepted: both None where there is no such thing now. `sessions` are those of the server that holds the registry.
    """

    account: Account
    has_password: bool
    code_until: datetime | None
    locked_until: datetime | None
    last_sign_in_at: datetime | None
    sessions: int

    @property
    def words(self) -> str:
        """`disabled`, `locked until 13:29 UTC`, `code until 24 Nov 2026 13:20 UTC`; else empty."""
        if self.account.disabled:
            return "disabled"
        if self.locked_until is not None:
            return f"locked until {clock(self.locked_until)} UTC"
        if self.code_until is not None:
            return f"code until {page_moment(self.code_until)} UTC"
        return ""


def standings(db: Database, actor: Actor) -> list[Standing]:
    """All accounts with their status, by name. Raises NotPermitted without the right to manage accounts."""
    known = {one.name: one for one in accounts(db, actor)}
    now = db.now()

    def ahead(at: datetime | None) -> datetime | None:
        return at if at is not None and at > now else None

    return [
        Standing(known[name], has_password, ahead(code), ahead(locked), last, sessions_of(db).number(name))
        for name, has_password, code, locked, last in db.rows(sql.text("queries/account_standing"))
        if name in known
    ]


def known_sites(db: Database, actor: Actor) -> list[str]:
    """The sites that patients or roles name, sorted. Raises NotPermitted without the right to manage accounts."""
    held = {site for one in accounts(db, actor) for site, _ in one.roles if site != EVERYWHERE}
    return sorted(held | {str(site) for (site,) in db.rows(sql.text("queries/patient_sites"))})


def end_sessions(db: Database, actor: Actor, name: str) -> int:
    """End every session of an account at once, and return how many there were.

    Raises NotPermitted without the right to manage accounts, Usage for an account that there is not.
    """
    actor.require(Permission.ACCOUNTS)
    if not db.rows("SELECT 1 FROM account WHERE name = $1", [name]):
        raise Usage(f"There is no account {name}.")
    ended = sessions_of(db).end_all(name)
    if ended:
        role = actor.acting_as(Permission.ACCOUNTS)
        with db.log_security_event(SecurityEvent.SIGN_OUT, name, by=actor.name, role=role) as change:
            change.note({"sessions": ended}, {"sessions": 0})
    return ended

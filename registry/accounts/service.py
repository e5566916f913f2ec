"""Who may use the registry: accounts and the roles they hold, each change audited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.accounts import credentials
from registry.accounts.sessions import sessions_of
from registry.errors import Refused, Usage
from registry.record.synthetic import is_synthetic
from registry.roles import EVERYWHERE, Action, Actor, Permission, Role
from registry.store.database import PROGRAM, Database
from registry.store.transaction import Transaction

Roles = Mapping[str, Iterable[Role | str]]

DEMO_USERS: Mapping[str, Role] = {
    "demo-nurse": Role.NURSE,
    "demo-clinician": Role.CLINICIAN,
    "demo-adjudicator-1": Role.ADJUDICATOR,
    "demo-adjudicator-2": Role.ADJUDICATOR,
    "demo-adjudicator-3": Role.ADJUDICATOR,
    "demo-data-manager": Role.DATA_MANAGER,
    "demo-admin": Role.ADMIN,
}
"""The accounts of the demonstration, in the order in which the sign-in page offers them. None has a password."""
_NAME = re.compile(r"[a-z][a-z0-9._@-]{0,63}")


@dataclass(frozen=True)
class Account:
    """An account as stored; `roles` are (site, role), `*` for every site."""

    name: str
    added_on: date
    disabled: bool
    roles: tuple[tuple[str, Role], ...]


def accounts(db: Database, actor: Actor) -> list[Account]:
    """All accounts, by name. Raises NotPermitted without the right to see them."""
    actor.require(Permission.ACCOUNTS)
    held: dict[str, list[tuple[str, Role]]] = {}
    for name, site, role in db.rows("SELECT name, site, role FROM account_role ORDER BY name, site, role"):
        held.setdefault(name, []).append((site, Role(role)))
    found = db.rows("SELECT name, added_on, disabled FROM account ORDER BY name")
    return [
        Account(name, added_on, disabled, tuple(held.get(name, ()))) for name, added_on, disabled in found
    ]


def add_account(
    db: Database, actor: Actor, name: str, roles: Roles, *, today: date, key: str | None = None
) -> str:
    """Add an account with the roles it holds at each site, and return a one-time code for its first sign-in.

    The code is shown to the person who adds the account, and kept nowhere. It lets the person choose a password; where
    people sign in at a hospital's provider it is not needed. `key` is an idempotency key, here and below.
    Raises Usage for a taken or unfit name, AlreadyDone for a known key.
    """
    if not _NAME.fullmatch(name) or name == PROGRAM:
        raise Usage(
            f"{name!r} is not a valid account name. Use up to 64 lower-case letters, digits and . _ @ -"
        )
    wanted = _pairs(roles)
    with db.change(actor, Action.ADD_ACCOUNT, name, key=key) as change:
        if _stored(change, name) is not None:
            raise Usage(f"The account {name} already exists. Change its roles, or choose another name.")
        change.execute("INSERT INTO account VALUES ($1, $2, false)", [name, today])
        _give(change, name, wanted)
        change.note(None, {"roles": wanted})
        return credentials.issue_code(change, name, db.now())


def demo_users(db: Database, actor: Actor, *, today: date) -> list[str]:
    """Make sure that the accounts of the demonstration exist, and return their names.

    They have no password: only a server that demonstrates lets them in. Raises Refused where the registry is not
    declared synthetic, NotPermitted without the right to manage accounts.
    """
    actor.require(Permission.ACCOUNTS)
    if not is_synthetic(db):
        raise Refused(
            "Sign-in without a password works only in a synthetic registry. `nadir demo` creates one."
        )
    there = {name for (name,) in db.rows("SELECT name FROM account")}
    for name, role in DEMO_USERS.items():
        if name not in there:
            with db.change(actor, Action.ADD_ACCOUNT, name) as change:
                change.execute("INSERT INTO account VALUES ($1, $2, false)", [name, today])
                _give(change, name, [(EVERYWHERE, role)])
                change.note(None, {"roles": [(EVERYWHERE, role)]})
    return list(DEMO_USERS)


def set_roles(db: Database, actor: Actor, name: str, roles: Roles, *, key: str | None = None) -> None:
    """Replace all roles of an account. Raises Usage if nobody would be left to administer the registry."""
    wanted = _pairs(roles)
    with db.change(actor, Action.SET_ROLES, name, key=key) as change:
        before = _existing(change, name)
        held = [{"name": name, "site": site, "role": role} for site, role in wanted]
        change.replace("account_role", held, "name = $1", [name])
        _refuse_without_admin(change)
        change.note({"roles": before["roles"]}, {"roles": wanted})


def reset(db: Database, actor: Actor, name: str, *, key: str | None = None) -> str:
    """Return a new one-time code for an account: its password is good no longer, its sessions end, a lock is gone."""
    with db.change(actor, Action.RESET_PASSWORD, name, key=key) as change:
        _existing(change, name)
        code = credentials.issue_code(change, name, db.now())
    sessions_of(db).end_all(name)
    return code


def set_password(db: Database, actor: Actor, old: str, new: str, *, session: str | None = None) -> None:
    """Replace the actor's own password; all their sessions end except the one with the key `session`.

    Raises Refused if `old` is wrong (which counts as a try) or `new` too easy.
    """
    credentials.replace(db, actor.name, old, new)
    sessions_of(db).end_all(actor.name, but=session)


def first_code(db: Database) -> str | None:
    """A one-time code for the operator's account `admin` while it has no password, for the person who starts the
    server.

    None once it has one. There is no default password.
    """
    return credentials.first_code(db)


def disable_account(db: Database, actor: Actor, name: str, *, key: str | None = None) -> None:
    """Let an account no longer be used; what it did stays under its name, and its sessions end."""
    _set_disabled(db, actor, Action.DISABLE_ACCOUNT, name, disabled=True, key=key)
    sessions_of(db).end_all(name)


def enable_account(db: Database, actor: Actor, name: str, *, key: str | None = None) -> None:
    """Let a disabled account be used again, with the roles it had."""
    _set_disabled(db, actor, Action.ENABLE_ACCOUNT, name, disabled=False, key=key)


def _set_disabled(
    db: Database, actor: Actor, action: Action, name: str, *, disabled: bool, key: str | None
) -> None:
    with db.change(actor, action, name, key=key) as change:
        before = _existing(change, name)
        change.execute("UPDATE account SET disabled = $2 WHERE name = $1", [name, disabled])
        _refuse_without_admin(change)
        change.note({"disabled": before["disabled"]}, {"disabled": disabled})


def _pairs(roles: Roles) -> list[tuple[str, str]]:
    try:
        return sorted({(site, str(Role(role))) for site, several in roles.items() for role in several})
    except ValueError as error:
        raise Usage(f"{error}. There are: {', '.join(Role)}.") from error


def _give(change: Transaction, name: str, pairs: Iterable[tuple[str, str]]) -> None:
    for site, role in pairs:
        change.execute("INSERT INTO account_role VALUES ($1, $2, $3)", [name, site, role])


def _stored(change: Transaction, name: str) -> dict[str, Any] | None:
    found = change.rows("SELECT disabled FROM account WHERE name = $1", [name])
    if not found:
        return None
    roles = change.rows("SELECT site, role FROM account_role WHERE name = $1 ORDER BY site, role", [name])
    return {"disabled": found[0][0], "roles": roles}


def _existing(change: Transaction, name: str) -> dict[str, Any]:
    found = _stored(change, name)
    if found is None:
        raise Usage(f"There is no account {name}.")
    return found


def _refuse_without_admin(change: Transaction) -> None:
    """Somebody must always be able to administer the whole registry."""
    able = {name for (name,) in change.rows("SELECT name FROM account WHERE NOT disabled")}
    held = change.rows(
        "SELECT name FROM account_role WHERE role = $1 AND site = $2", [Role.ADMIN, EVERYWHERE]
    )
    if not able & {name for (name,) in held}:
        raise Usage("The registry needs at least one administrator. Give another account the role first.")

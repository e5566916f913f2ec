"""Tasks of administrators: people who cannot sign in, and erasures that wait for a second administrator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from registry import sql
from registry.roles import Actor, Permission
from registry.store.database import Database
from registry.store.erasure import requests
from registry.tasks.item import Waiting

ACCOUNTS = "/accounts"
_NAMED = 3


def accounts(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Accounts locked after too many wrong passwords, and accounts whose person has not chosen a password yet."""
    actor.require(Permission.ACCOUNTS)
    stuck = db.rows(sql.text("queries/waiting_accounts"), [db.now()])
    locked = [str(name) for name, kind in stuck if kind == "locked"]
    without = [str(name) for name, kind in stuck if kind == "no password"]
    yield Waiting(
        "Accounts locked",
        len(locked),
        f"Too many wrong passwords: {_named(locked)}. Wait, or issue a one-time code."
        if locked
        else "No account is locked.",
        ACCOUNTS if locked else "",
    )
    yield Waiting(
        "Accounts without a password",
        len(without),
        f"They cannot sign in before they have used a one-time code: {_named(without)}."
        if without
        else "Everyone has chosen a password.",
        ACCOUNTS if without else "",
    )


def erasures(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Patients whom another administrator wants to erase; nothing where there is none."""
    asked = [one for one in requests(db, actor) if one.asked_by != actor.name]
    if asked:
        yield Waiting(
            "Erasures to confirm",
            len(asked),
            f"Asked by {_named(sorted({one.asked_by for one in asked}))}. Confirm, or take back.",
            "/erasure",
        )


def _named(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")

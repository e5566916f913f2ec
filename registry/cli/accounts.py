"""Accounts and their roles: the commands of `nadir user`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from registry.cli.options import db_option, example, json_option, opened, who_option
from registry.cli.printing import print_json, say

if TYPE_CHECKING:
    from registry.database import Database
    from registry.roles import Actor


@click.group()
def user() -> None:
    """Accounts and their roles at each site."""


def _account(function: Callable[..., None]) -> Callable[..., None]:
    @click.argument("name")
    @db_option
    @who_option
    @wraps(function)
    def run(name: str, db: Path | None, who: str | None, **given: Any) -> None:
        with opened(db, who) as (registry, actor):
            function(registry, actor, name, **given)

    return run


def _roles(pairs: tuple[str, ...]) -> dict[str, list[str]]:
    """`nurse@north` and `clinician` (every site) as roles by site."""
    from registry.roles import EVERYWHERE

    held: dict[str, list[str]] = {}
    for pair in pairs:
        role, _, site = pair.partition("@")
        held.setdefault(site or EVERYWHERE, []).append(role)
    return held


_role = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    metavar="ROLE[@SITE]",
    help="A role, at one site or at all.",
)


@user.command("add")
@_role
@_account
@example("nadir user add mira --role nurse@north --role clinician")
def add_user(registry: Database, actor: Actor, name: str, roles: tuple[str, ...]) -> None:
    """Add the account NAME."""
    from registry import accounts

    accounts.add_account(registry, actor, name, _roles(roles), today=datetime.now(UTC).date())
    say(f"{name} was added.")


@user.command("role")
@_role
@_account
@example("nadir user role mira --role data_manager")
def change_roles(registry: Database, actor: Actor, name: str, roles: tuple[str, ...]) -> None:
    """Replace all roles of NAME."""
    from registry import accounts

    accounts.set_roles(registry, actor, name, _roles(roles))
    say(f"{name} now has the roles {', '.join(roles)}.")


@user.command("disable")
@_account
@example("nadir user disable mira")
def disable_user(registry: Database, actor: Actor, name: str) -> None:
    """Let NAME no longer work here; what was done stays under that name."""
    from registry import accounts

    accounts.disable_account(registry, actor, name)
    say(f"{name} is disabled.")


@user.command("enable")
@_account
@example("nadir user enable mira")
def enable_user(registry: Database, actor: Actor, name: str) -> None:
    """Let NAME work here again."""
    from registry import accounts

    accounts.enable_account(registry, actor, name)
    say(f"{name} is enabled.")


@user.command("list")
@db_option
@who_option
@json_option
@example("nadir user list")
def list_users(db: Path | None, who: str | None, as_json: bool) -> None:
    """All accounts with their roles."""
    from registry import accounts

    with opened(db, who) as (registry, actor):
        found = accounts.accounts(registry, actor)
    if as_json:
        print_json([vars(account) for account in found])
        return
    for account in found:
        held = ", ".join(f"{role}@{site}" for site, role in account.roles)
        click.echo(f"{account.name}{' (disabled)' if account.disabled else ''}: {held or 'no role'}")

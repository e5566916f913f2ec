"""Accounts and their roles: the commands of `nadir user`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from registry.cli.options import OpenRegistry, example, json_option, on_registry
from registry.cli.printing import out, print_json, say

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database


_ONCE = "This one-time code is shown only once. Use it at the first sign-in to choose a password:"


@click.group()
def user() -> None:
    """Accounts and their roles at each site."""


def _account(function: Callable[..., dict[str, Any]]) -> Callable[..., None]:
    """A command on one account; what the function returns is the result for programs."""

    @click.argument("name")
    @on_registry
    @json_option
    @wraps(function)
    def run(name: str, open_registry: OpenRegistry, as_json: bool, **given: Any) -> None:
        with open_registry() as (registry, actor):
            result = {"name": name, **function(registry, actor, name, **given)}
        if as_json:
            print_json(result)
        elif "code" in result:
            out(result["code"])

    return run


def _roles(pairs: tuple[str, ...]) -> dict[str, list[str]]:
    """`nurse@north` and `clinician` (every site) as roles by site."""
    from registry.roles import EVERYWHERE

    held: dict[str, list[str]] = {}
    for pair in pairs:
        role, _, site = pair.partition("@")
        held.setdefault(site or EVERYWHERE, []).append(role)
    return held


def _say_cost(name: str, held: Mapping[str, Sequence[str]]) -> None:
    """Say what the role of adjudicator costs beside others."""
    from registry.roles import Actor, Role, blindness_in_words

    cost = blindness_in_words(
        Actor(name, {site: frozenset(map(Role, roles)) for site, roles in held.items()})
    )
    if cost:
        say(cost)


_role = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    metavar="ROLE[@SITE]",
    help="A role, at one site or at all sites.",
)


@user.command("add")
@_role
@_account
@example("nadir user add mira --role nurse@north --role clinician")
def add_user(registry: Database, actor: Actor, name: str, roles: tuple[str, ...]) -> dict[str, Any]:
    """Add the account NAME and print its one-time code for choosing a password.

    The code is shown only once. It is not needed if people sign in at a hospital's provider.
    """
    from registry import accounts

    code = accounts.add_account(registry, actor, name, _roles(roles), today=registry.now().date())
    _say_cost(name, _roles(roles))
    say(f"{name} was added. {_ONCE}")
    return {"code": code}


@user.command("reset")
@_account
@example("nadir user reset mira")
def reset_user(registry: Database, actor: Actor, name: str) -> dict[str, Any]:
    """Print a new one-time code for NAME. The old password stops working and a locked account is unlocked."""
    from registry import accounts

    code = accounts.reset(registry, actor, name)
    say(f"The password of {name} no longer works. {_ONCE}")
    return {"code": code}


@user.command("role")
@_role
@_account
@example("nadir user role mira --role data_manager")
def change_roles(registry: Database, actor: Actor, name: str, roles: tuple[str, ...]) -> dict[str, Any]:
    """Replace all roles of NAME."""
    from registry import accounts

    accounts.set_roles(registry, actor, name, _roles(roles))
    say(f"{name} now has the roles {', '.join(roles)}.")
    _say_cost(name, _roles(roles))
    return {"roles": roles}


@user.command("disable")
@_account
@example("nadir user disable mira")
def disable_user(registry: Database, actor: Actor, name: str) -> dict[str, Any]:
    """Disable the account NAME. Its past entries keep the name."""
    from registry import accounts

    accounts.disable_account(registry, actor, name)
    say(f"{name} is disabled.")
    return {"disabled": True}


@user.command("enable")
@_account
@example("nadir user enable mira")
def enable_user(registry: Database, actor: Actor, name: str) -> dict[str, Any]:
    """Enable the account NAME again."""
    from registry import accounts

    accounts.enable_account(registry, actor, name)
    say(f"{name} is enabled.")
    return {"disabled": False}


@user.command("list")
@on_registry
@json_option
@example("nadir user list")
def list_users(open_registry: OpenRegistry, as_json: bool) -> None:
    """All accounts with their roles."""
    from registry import accounts

    with open_registry() as (registry, actor):
        found = accounts.accounts(registry, actor)
    if as_json:
        print_json([vars(account) for account in found])
        return
    for account in found:
        held = ", ".join(f"{role}@{site}" for site, role in account.roles)
        out(f"{account.name}{' (disabled)' if account.disabled else ''}: {held or 'no role'}")

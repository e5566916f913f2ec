"""Who may use the registry: accounts and their roles, passwords, sessions, and the door in front of the pages."""

from registry.accounts.service import (
    DEMO_USERS,
    Account,
    accounts,
    add_account,
    demo_users,
    disable_account,
    enable_account,
    first_code,
    reset,
    set_password,
    set_roles,
)

__all__ = [
    "DEMO_USERS",
    "Account",
    "accounts",
    "add_account",
    "demo_users",
    "disable_account",
    "enable_account",
    "first_code",
    "reset",
    "set_password",
    "set_roles",
]

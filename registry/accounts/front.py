"""What the server knows of its front door: its address, its keys, how people sign in, and who has a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from registry.accounts.keys import Keys
from registry.accounts.limits import LIMITS, Limits
from registry.accounts.sessions import Session, key_of, sessions_of
from registry.accounts.settings import CALLBACK, PROVIDER, Settings
from registry.errors import NotPermitted
from registry.store.database import Database

CLIENT = "nadir-app"
"""The name of the app at the registry's own provider, its only client."""
Claims = Mapping[str, Any]


@dataclass(frozen=True)
class Front:
    """One server's front door. `registry` gives the open registry, or raises what keeps it from being opened."""

    address: str
    """Scheme, host and port under which browsers reach the server; the only origin that may talk to it."""
    hosts: frozenset[str]
    """The names of hosts under which a request may come; a page of another name could be rebound to this one."""
    keys: Keys
    settings: Settings
    registry: Callable[[], Database]
    claims_in: Callable[[Mapping[str, str]], Claims | None]
    """The claims that the identity cookie among these cookies holds, if the server signed it."""
    limits: Limits = LIMITS

    @property
    def issuer(self) -> str:
        """What identity tokens of the registry's own provider name as their issuer."""
        return f"{self.address}{PROVIDER}"

    @property
    def callback(self) -> str:
        """The one address to which a provider may send somebody back."""
        return f"{self.address}{CALLBACK}"

    def allows(self, host: str) -> bool:
        """Whether a request for this `Host` is one for this server."""
        try:
            parts = urlsplit(f"//{host}")
            whole = parts.netloc == host and "@" not in host and (parts.port or 1) > 0
        except ValueError:  # a port that is none
            return False
        return whole and (parts.hostname or "") in self.hosts

    def key(self, cookies: Mapping[str, str]) -> str | None:
        """The key of the session that these cookies name, live or not."""
        return key_of(self.claims_in(cookies))

    def session(self, cookies: Mapping[str, str]) -> Session | None:
        """The live session that these cookies name."""
        key = self.key(cookies)
        return sessions_of(self.registry()).live(key) if key else None

    def account(self, claims: Claims) -> str:
        """The name of the account that these claims are about. Raises NotPermitted if they name none.

        Nothing else is taken from them: roles come from the registry's own table.
        """
        hospital = self.settings.hospital
        if hospital is None:
            named = claims.get("sub") if claims.get("iss") == self.issuer else None
        elif hospital.account_claim == "email" and claims.get("email_verified") is not True:
            named = None  # anybody can claim somebody else's address
        else:
            named = claims.get(hospital.account_claim)
        if not isinstance(named, str) or not named:
            raise NotPermitted("The sign-in names no account.")
        return named.strip().lower()

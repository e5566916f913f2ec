"""What the server knows of its front door: its address, how people sign in, its cookie, and who has a session."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response

from registry.accounts.limits import LIMITS, Limits
from registry.accounts.sessions import Session, key_of, sessions_of
from registry.accounts.settings import CALLBACK, Settings
from registry.errors import NotPermitted
from registry.store.database import Database

Claims = Mapping[str, Any]
_OWN = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]*")


@dataclass(frozen=True)
class Front:
    """One server's front door. `registry` gives the open registry, or raises what keeps it from being opened."""

    address: str
    """Scheme, host and port under which browsers reach the server; the only origin that may talk to it."""
    hosts: frozenset[str]
    """The names of hosts under which a request may come; a page of another name could be rebound to this one."""
    settings: Settings
    registry: Callable[[], Database]
    limits: Limits = LIMITS
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    """Seals what a form carries from one page to the next. It is kept nowhere: a restart makes another one."""

    @property
    def encrypted(self) -> bool:
        """Whether nobody on the way can read what browsers send."""
        return self.address.startswith("https:")

    @property
    def cookie(self) -> str:
        """The name of the cookie with the id of the session. A browser takes `__Host-` only from this very host."""
        return "__Host-nadir_session" if self.encrypted else "nadir_session"

    @property
    def callback(self) -> str:
        """The one address to which a hospital's provider may send somebody back."""
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
        return key_of(cookies.get(self.cookie))

    def session(self, cookies: Mapping[str, str]) -> Session | None:
        """The live session that these cookies name."""
        return sessions_of(self.registry()).live(self.key(cookies))

    def let_in(self, response: Response, session_id: str) -> None:
        """Give the browser the id of its session, out of reach of any script and of forms on other sites.

        Lax, not Strict: a link in a colleague's mail opens the page of the account that is signed in.
        """
        response.set_cookie(
            self.cookie, session_id, path="/", httponly=True, samesite="lax", secure=self.encrypted
        )

    def let_out(self, response: Response) -> None:
        """Let the browser forget the id of its session."""
        response.delete_cookie(self.cookie, path="/", httponly=True, samesite="lax", secure=self.encrypted)

    def account(self, claims: Claims) -> str:
        """The name of the account that a hospital's claims are about. Raises NotPermitted if they name none.

        Nothing else is taken from them: roles come from the registry's own table.
        """
        hospital = self.settings.hospital
        named = claims.get(hospital.account_claim) if hospital is not None else None
        if (
            hospital is not None
            and hospital.account_claim == "email"
            and claims.get("email_verified") is not True
        ):
            named = None  # anybody can claim somebody else's address
        if not isinstance(named, str) or not named:
            raise NotPermitted("The sign-in provider sent no account name.")
        return named.strip().lower()


def way_back(address: str) -> str:
    """The address that somebody asked for, if it is one of this server; else the first page."""
    return address if _OWN.fullmatch(address) else "/"

"""Signing in at a hospital's OpenID provider: there and back, through the sign-in of the app's library.

The library sends people to the provider, checks what they bring back, and keeps it in a cookie of its own. That cookie
opens nothing here. What it holds is read once, as somebody comes back, to begin a session like any other.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from registry.accounts import form
from registry.accounts.front import Claims, Front, way_back
from registry.accounts.headers import Application, Message, Receive, Scope
from registry.accounts.sessions import BY_HOSPITAL, sign_in
from registry.accounts.settings import SIGNED_OUT_PAGE
from registry.errors import NotPermitted

LOGOUT = "/auth/logout"
_MOST_BEGUN = 1_000


@dataclass(frozen=True)
class Login:
    """What is known of the library's own sign-in."""

    begins: Callable[[bool], str]
    """The address (path and query) that begins a sign-in; True: the provider asks for a new sign-in."""
    claims_in: Callable[[Mapping[str, str]], Claims | None]
    """The claims that the library's cookie among these cookies holds, if this server signed it."""


@dataclass(frozen=True)
class _Begun:
    """A sign-in that somebody is away for."""

    back: str
    anew: bool


class AtHospital:
    """The way to the provider and back. `app` is the library's application."""

    def __init__(self, app: Application, front: Front, login: Login) -> None:
        """Sign people in to the server of `front`."""
        self._app = app
        self._front = front
        self._login = login
        self._begun: OrderedDict[str, _Begun] = OrderedDict()

    async def begin(self, scope: Scope, receive: Receive) -> Response:
        """Send somebody to the provider, and remember where they wanted to go."""
        asked = Request(scope).query_params
        anew = asked.get("anew") == "yes"
        parts = urlsplit(self._login.begins(anew))
        inner = {
            **scope,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
        }
        response = await _whole(self._app, inner, receive)
        if response.status_code >= 400:
            return form.notice(
                "The sign-in service does not respond",
                "The sign-in service cannot be reached. Please try again in a few minutes.",
                link=("/", "Try again"),
                status=503,
            )
        state = parse_qs(urlsplit(response.headers.get("location", "")).query).get("state", [""])[0]
        if state:
            self._begun[state] = _Begun(way_back(asked.get("back", "")), anew)
            while len(self._begun) > _MOST_BEGUN:
                self._begun.popitem(last=False)
        return response

    async def come_back(self, scope: Scope, receive: Receive, before: str | None) -> Response:
        """Somebody comes back from the provider: begin the session, if there is an account of that name here.

        `before` is the key of the session that the same browser had.
        """
        asked = Request(scope).query_params
        if not asked:  # after signing out at the provider
            return RedirectResponse(SIGNED_OUT_PAGE, 303)
        response = await _whole(self._app, scope, receive)
        claims = self._login.claims_in(_cookies_set(response))
        if claims is None:
            return form.notice(
                "This did not work",
                "The sign-in was not completed, or this page was opened a second time. Please try again.",
                link=("/", "Sign in"),
                status=400,
            )
        begun = self._begun.pop(asked.get("state", ""), _Begun("/", False))
        try:
            session_id = await asyncio.to_thread(
                sign_in,
                self._front.registry(),
                self._front.account(claims),
                BY_HOSPITAL,
                instead_of=before,
                anew=begun.anew,
            )
        except NotPermitted as error:
            return form.notice(
                "No account in this registry",
                f"You signed in, but this name has no account in this registry. {error} "
                "Ask an administrator of the registry.",
                link=(LOGOUT, "Sign out"),
                status=403,
            )
        response.headers["location"] = begun.back
        self._front.let_in(response, session_id)
        return response

    async def leave(self, scope: Scope, receive: Receive) -> Response:
        """Sign out at the provider too, where it takes that."""
        response = await _whole(self._app, scope, receive)
        if not urlsplit(response.headers.get("location", "")).netloc:
            response.headers["location"] = SIGNED_OUT_PAGE
        return response


async def _whole(app: Application, scope: Scope, receive: Receive) -> Response:
    """The whole response of the app, before it is sent on."""
    started: list[Message] = []
    body: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        elif message["type"] == "http.response.body":
            body.append(message.get("body", b""))

    await app(scope, receive, keep)
    response = Response(b"".join(body), started[0]["status"])
    response.raw_headers = [(name.lower(), value) for name, value in started[0].get("headers", ())]
    return response


def _cookies_set(response: Response) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in response.headers.getlist("set-cookie"):
        found.update({name: one.value for name, one in SimpleCookie(line).items()})
    return found

"""The guard before every page: without a live session nothing of the app answers, by any way in.

A page leads to sign-in and back to exactly the address that was asked for; everything else is refused. A live
connection is watched: as soon as its session ends, by whatever, it is asked to draw its page anew, which then shows
nothing but that nobody is signed in, and nothing that it sends is passed on.

The session of a live connection is named to the app in a header that only the guard writes. The app's library keeps it
with the page and gives a page back only to a connection of the same session, so that the id of a page opens nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from registry.accounts import form
from registry.accounts.front import Front
from registry.accounts.headers import SESSION, Application, Message, Receive, Scope, Send, with_headers
from registry.accounts.hospital import LOGOUT, AtHospital, Login
from registry.accounts.sessions import sessions_of, sign_out
from registry.accounts.settings import CALLBACK, CHOOSE_PAGE, PASSWORD_PAGE, SIGN_IN_PAGE, SIGNED_OUT_PAGE
from registry.errors import NadirError

_ANYWHERE = re.compile(r"/_stcore/health|/static/.*")
"""What anybody can read under any name of this server: whether it is up, and the parts of the app itself."""
_FORMS = frozenset({SIGN_IN_PAGE, CHOOSE_PAGE, PASSWORD_PAGE})
_NO_PAGE = re.compile(
    r"/(_stcore|media|component|auth|vendor|oauth2callback)(/|$)|\.[a-z0-9]+$", re.IGNORECASE
)
_EVERY = 2.0
"""Seconds between two looks at whether the session of an open page has ended."""


@dataclass(frozen=True)
class Frames:
    """What the guard must know of the messages that a page sends."""

    allowed: Callable[[bytes], bytes | None]
    """The message as it is passed on: without anything unknown in it; None for one that no page of ours sends."""
    is_used: Callable[[bytes], bool]
    """Whether a person did something, not only a clock in the page."""
    redraw: Callable[[bytes | None], bytes]
    """The message that draws the page anew and does nothing else; the argument is the last one that drew it."""
    draws: Callable[[bytes], bool]
    """Whether it asks for the page to be drawn."""
    key_of_page: Callable[[str], str | None]
    """The key of the session in which the page of this id is open."""


class Guard:
    """ASGI middleware around the whole app."""

    def __init__(
        self,
        app: Application,
        *,
        front: Front,
        login: Login,
        frames: Frames,
        every: float = _EVERY,
    ) -> None:
        """Guard `app` at the door `front`; `login` is the way to a hospital's provider, if people sign in there."""
        self._app = app
        self._front = front
        self._hospital = AtHospital(app, front, login) if front.settings.hospital is not None else None
        self._open = frozenset({SIGNED_OUT_PAGE}) if self._hospital else _FORMS | {SIGNED_OUT_PAGE}
        self._frames = frames
        self._every = every

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] in ("http", "websocket"):
            scope = _naming(scope, None)
        if scope["type"] == "http":
            await self._http(scope, receive, self._sending(scope, send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _sending(self, scope: Scope, send: Send) -> Send:
        async def with_all_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = with_headers(
                    message.get("headers", ()), scope["path"], encrypted=self._front.encrypted
                )
            await send(message)

        return with_all_headers

    # Requests

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, reads = scope["path"], scope["method"] in ("GET", "HEAD")
        host = _header(scope, b"host")
        if not self._front.allows(host):
            await _answer(_refused("This address does not belong to this server."), scope, receive, send)
        elif reads and _ANYWHERE.fullmatch(path):
            await self._app(scope, receive, send)
        elif host != urlsplit(self._front.address).netloc:
            elsewhere = _refused("Please use the address of the server itself.")
            if reads:
                elsewhere = RedirectResponse(self._front.address + _asked_for(scope), 307)
            await _answer(elsewhere, scope, receive, send)
        elif path in self._open:
            await self._app(scope, receive, send)
        else:
            await self._guarded(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, gets = scope["path"], scope["method"] == "GET"
        try:
            key = self._front.key(HTTPConnection(scope).cookies)
            sessions = sessions_of(self._front.registry())
        except NadirError as error:
            notice = form.notice("The registry cannot be opened", str(error), status=503)
            await _answer(notice, scope, receive, send)
            return
        if gets and path == LOGOUT:
            await asyncio.to_thread(sign_out, self._front.registry(), key)
            await _answer(await self._leave(scope, receive), scope, receive, send)
        elif gets and self._hospital and path == SIGN_IN_PAGE:
            await _answer(await self._hospital.begin(scope, receive), scope, receive, send)
        elif gets and self._hospital and path == CALLBACK:
            await _answer(await self._hospital.come_back(scope, receive, key), scope, receive, send)
        elif sessions.live(key) is None:
            await _answer(self._without_session(scope), scope, receive, send)
        elif not self._is_own_upload(path, key):
            await _answer(_refused("This belongs to another session."), scope, receive, send)
        else:
            if not _NO_PAGE.search(path):
                sessions.use(key)
            await self._app(scope, receive, send)

    def _without_session(self, scope: Scope) -> Response:
        fetched_for = _header(scope, b"sec-fetch-dest")
        is_page = not _NO_PAGE.search(scope["path"]) and fetched_for in ("", "document")
        if scope["method"] not in ("GET", "HEAD") or not is_page:
            return _refused("Sign in first.")
        query = urlencode({"back": _asked_for(scope)}, quote_via=quote)
        return RedirectResponse(f"{SIGN_IN_PAGE}?{query}", 303)

    async def _leave(self, scope: Scope, receive: Receive) -> Response:
        response: Response = RedirectResponse(SIGNED_OUT_PAGE, 303)
        if self._hospital is not None:
            response = await self._hospital.leave(scope, receive)
        self._front.let_out(response)
        return response

    def _is_own_upload(self, path: str, key: str | None) -> bool:
        """Files go to the pages of the same session only, whatever id of a page the address names."""
        found = re.match(r"/_stcore/upload_file/([^/]+)/", path)
        if found is None:
            return True
        sessions = sessions_of(self._front.registry())
        return sessions.live(self._frames.key_of_page(found[1])) is sessions.live(key)

    # Live connections

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = self._admitted(scope)
        if key is None:
            with suppress(OSError):
                await receive()  # the request to connect
            await send({"type": "websocket.close", "code": 1008, "reason": "sign in first"})
            return
        watch = _Watch(self._front, self._frames, key, receive, self._every)
        try:
            await self._app(_naming(scope, key), watch.receive, send)
        finally:
            watch.stop()

    def _admitted(self, scope: Scope) -> str | None:
        """The key of the live session behind a connection from our own pages; None for any other."""
        if (
            not self._front.allows(_header(scope, b"host"))
            or _header(scope, b"origin") != self._front.address
        ):
            return None
        try:
            key = self._front.key(HTTPConnection(scope).cookies)
            return key if sessions_of(self._front.registry()).live(key) else None
        except NadirError:
            return None


class _Watch:
    """Passes on what a page sends while its session lives; afterwards, only the wish to be drawn anew."""

    def __init__(self, front: Front, frames: Frames, key: str, receive: Receive, every: float) -> None:
        self._sessions = sessions_of(front.registry())
        self._frames = frames
        self._key = key
        self._receive = receive
        self._every = every
        self._told = False
        self._last: bytes | None = None
        self._waiting: asyncio.Future[Message] | None = None

    async def receive(self) -> Message:
        """The next message for the app."""
        while True:
            if self._waiting is None:
                self._waiting = asyncio.ensure_future(self._receive())
            await asyncio.wait({self._waiting}, timeout=None if self._told else self._every)
            if self._waiting.done():
                message, self._waiting = self._waiting.result(), None
                checked = self._checked(message)
                if checked is not None:
                    return checked
                continue
            if not self._told and self._sessions.live(self._key) is None:
                return self._redraw()

    def stop(self) -> None:
        """Nobody listens any more."""
        if self._waiting is not None:
            self._waiting.cancel()

    def _checked(self, message: Message) -> Message | None:
        """What is passed on of a message; None if nothing is: a page of ours never sends it."""
        if message["type"] != "websocket.receive":
            return message
        frame = self._frames.allowed(message.get("bytes") or b"")
        if frame is None:
            return None
        message = {"type": "websocket.receive", "bytes": frame, "text": None}
        used = self._frames.is_used(frame)
        live = self._sessions.use(self._key) if used else self._sessions.live(self._key)
        if live is None:
            return self._redraw()
        if self._frames.draws(frame):
            self._last = frame
        return message

    def _redraw(self) -> Message:
        self._told = True
        return {"type": "websocket.receive", "bytes": self._frames.redraw(self._last), "text": None}


async def _answer(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    await response(scope, receive, send)


def _refused(text: str) -> Response:
    return PlainTextResponse(text, 403)


def _header(scope: Scope, name: bytes) -> str:
    """A header that came exactly once; else nothing."""
    found = [value for held, value in scope["headers"] if held == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def _naming(scope: Scope, key: str | None) -> Scope:
    """The request with the key of its session in the guard's own header, whatever came under that name."""
    others = [pair for pair in scope["headers"] if pair[0] != SESSION]
    return {**scope, "headers": [*others, (SESSION, key.encode())] if key else others}


def _asked_for(scope: Scope) -> str:
    """The path and query that were asked for, as an address of this server."""
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    path = "/" + raw.decode("latin-1").partition("?")[0].lstrip("/\\")
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path

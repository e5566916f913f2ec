"""The guard before every page: without a live session nothing of the app answers, by any way in.

A page leads to sign-in and back to exactly the address that was asked for; everything else is refused. A live
connection is watched: as soon as its session ends, by whatever, it is asked to draw its page anew, which then shows
nothing but that nobody is signed in, and nothing that it sends is passed on.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from registry.accounts import form
from registry.accounts.credentials import forgive
from registry.accounts.front import Front
from registry.accounts.headers import Application, Header, Message, Receive, Scope, Send, with_headers
from registry.accounts.leaving import sign_out
from registry.accounts.sessions import key_of, sessions_of
from registry.accounts.settings import CALLBACK, PROVIDER, SIGNED_OUT_PAGE
from registry.errors import NadirError, NotPermitted
from registry.roles import Happening

_LOGIN, _LOGOUT = "/auth/login", "/auth/logout"
_OPEN = re.compile(rf"/_stcore/health|/static/.*|{PROVIDER}/.*")
"""What answers without a session: whether the server is up, the parts of the app itself, the forms."""
_NO_PAGE = re.compile(r"/(_stcore|media|component|auth|vendor)(/|$)|\.[a-z0-9]+$", re.IGNORECASE)
_WAYS_BACK = 1_000
_EVERY = 2.0
"""Seconds between two looks at whether the session of an open page has ended."""
_SHARED = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]*")


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
    session_of_upload: Callable[[str], Mapping[str, object] | None]
    """The claims of whoever has the page of this id open."""


class Guard:
    """ASGI middleware around the whole app."""

    def __init__(
        self,
        app: Application,
        *,
        front: Front,
        login: Callable[[], str],
        frames: Frames,
        every: float = _EVERY,
    ) -> None:
        """Guard `app` at the door `front`; `login` gives the address (path) that begins a sign-in."""
        self._app = app
        self._front = front
        self._login = login
        self._frames = frames
        self._every = every
        self._ways_back: OrderedDict[str, str] = OrderedDict()
        self._anew: OrderedDict[str, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "http":
            await self._http(scope, receive, self._sending(scope, send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _sending(self, scope: Scope, send: Send) -> Send:
        encrypted = self._front.address.startswith("https:")

        async def with_all_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = with_headers(
                    message.get("headers", ()), scope["path"], encrypted=encrypted
                )
            await send(message)

        return with_all_headers

    # Requests

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, reads = scope["path"], scope["method"] in ("GET", "HEAD")
        host = _header(scope, b"host")
        if not self._front.allows(host):
            await _answer(_refused("This address is not one of this server."), scope, receive, send)
        elif reads and _OPEN.fullmatch(path) and not path.startswith(PROVIDER):
            await self._app(scope, receive, send)
        elif host != urlsplit(self._front.address).netloc:
            elsewhere = _refused("Please use the address of the server itself.")
            if reads:
                elsewhere = RedirectResponse(self._front.address + _asked_for(scope), 307)
            await _answer(elsewhere, scope, receive, send)
        elif _OPEN.fullmatch(path):
            await self._app(scope, receive, send)
        else:
            await self._guarded(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        try:
            cookies = _cookies(scope)
            key = self._front.key(cookies)
            sessions = sessions_of(self._front.registry())
        except NadirError as error:
            notice = form.notice("The registry cannot be opened", str(error), status=503)
            await _answer(notice, scope, receive, send)
            return
        if path == _LOGIN and scope["method"] == "GET":
            await self._begin(scope, receive, send)
        elif path == CALLBACK and scope["method"] == "GET":
            await self._come_back(scope, receive, send, key)
        elif path == _LOGOUT and scope["method"] == "GET":
            await asyncio.to_thread(sign_out, self._front.registry(), key)
            await self._leave(scope, receive, send)
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
        return RedirectResponse(f"{self._login()}&{query}", 303)

    def _is_own_upload(self, path: str, key: str | None) -> bool:
        """Files go to the pages of the same session only, whatever id of a page the address names."""
        found = re.match(r"/_stcore/upload_file/([^/]+)/", path)
        if found is None:
            return True
        sessions = sessions_of(self._front.registry())
        return sessions.live(key_of(self._frames.session_of_upload(found[1]))) is sessions.live(key)

    # Coming and going

    async def _begin(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send somebody to the provider, and remember where they wanted to go."""
        response = await _whole(self._app, scope, receive)
        if response.status >= 400:
            notice = form.notice(
                "Sign-in does not answer",
                "The place where you sign in cannot be reached just now. Please try again in a while.",
                link=("/", "Try again"),
                status=503,
            )
            await _answer(notice, scope, receive, send)
            return
        asks = parse_qs(urlsplit(response.location).query)
        state = asks.get("state", [""])[0]
        back = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("back", "")
        if state and _SHARED.fullmatch(back):
            self._ways_back[state] = back
            while len(self._ways_back) > _WAYS_BACK:
                self._ways_back.popitem(last=False)
        if state and asks.get("prompt") == ["login"]:
            self._anew[state] = None
            while len(self._anew) > _WAYS_BACK:
                self._anew.popitem(last=False)
        await response.send(send)

    async def _come_back(self, scope: Scope, receive: Receive, send: Send, key: str | None) -> None:
        """Somebody comes back from the provider: begin the session, if there is an account of that name here."""
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if not query:  # after signing out at a hospital's provider
            await _answer(RedirectResponse(SIGNED_OUT_PAGE, 303), scope, receive, send)
            return
        response = await _whole(self._app, scope, receive)
        claims = self._front.claims_in(response.cookies_set())
        begun = key_of(claims)
        if claims is None or begun is None:
            notice = form.notice(
                "This did not work",
                "The sign-in was not completed, or this page was opened a second time. Please try again.",
                link=("/", "Sign in"),
                status=400,
            )
            await _answer(notice, scope, receive, send)
            return
        try:
            anew = query.get("state", "") in self._anew
            self._anew.pop(query.get("state", ""), None)
            await asyncio.to_thread(self._begin_session, claims, begun, key, anew)
        except NotPermitted as error:
            notice = form.notice(
                "No account here",
                f"You signed in, but nobody of that name may use this registry. {error} "
                "Ask an administrator of the registry.",
                link=(_LOGOUT, "Sign out"),
                status=403,
            )
            await _answer(notice, scope, receive, send)
            return
        response.location = self._ways_back.pop(query.get("state", ""), "/")
        await response.send(send)

    def _begin_session(
        self, claims: Mapping[str, object], begun: str, before: str | None, anew: bool
    ) -> None:
        db = self._front.registry()
        account = db.actor(self._front.account(claims)).name
        how = claims.get("amr") if self._front.settings.hospital is None else ["hospital"]
        local = how == ["pwd"]
        sessions = sessions_of(db)
        with db.witness(Happening.SIGN_IN, account, by=account) as change:
            if local:
                forgive(change, account)
            change.note(None, {"by": how} | ({"anew": True} if anew else {}))
        sessions.begin(begun, account, local=local, instead_of=before, anew=anew)

    async def _leave(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app forget the cookies; of our own provider there is nothing to sign out from."""
        response = await _whole(self._app, scope, receive)
        if self._front.settings.hospital is None or not urlsplit(response.location).netloc:
            response.location = SIGNED_OUT_PAGE
        await response.send(send)

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
            await self._app(scope, watch.receive, send)
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
            key = self._front.key(_cookies(scope))
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


class _Whole:
    """A whole response of the app, before it is sent on."""

    def __init__(self, status: int, headers: list[Header], body: bytes) -> None:
        self.status = status
        self._headers = headers
        self._body = body

    @property
    def location(self) -> str:
        """Where it leads."""
        return next((value.decode("latin-1") for name, value in self._headers if name == b"location"), "")

    @location.setter
    def location(self, address: str) -> None:
        kept = [pair for pair in self._headers if pair[0] != b"location"]
        self._headers = [*kept, (b"location", address.encode("latin-1", "ignore"))]

    def cookies_set(self) -> dict[str, str]:
        """The cookies that it sets."""
        return _read_cookies(value for name, value in self._headers if name == b"set-cookie")

    async def send(self, send: Send) -> None:
        """Send it on."""
        await send({"type": "http.response.start", "status": self.status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body})


async def _whole(app: Application, scope: Scope, receive: Receive) -> _Whole:
    started: list[Message] = []
    body: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        elif message["type"] == "http.response.body":
            body.append(message.get("body", b""))

    await app(scope, receive, keep)
    headers = [(name.lower(), value) for name, value in started[0].get("headers", ())]
    return _Whole(started[0]["status"], headers, b"".join(body))


async def _answer(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    await response(scope, receive, send)


def _refused(text: str) -> Response:
    return PlainTextResponse(text, 403)


def _header(scope: Scope, name: bytes) -> str:
    """A header that came exactly once; else nothing."""
    found = [value for held, value in scope["headers"] if held == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def _cookies(scope: Scope) -> dict[str, str]:
    return _read_cookies(value for name, value in scope["headers"] if name == b"cookie")


def _read_cookies(lines: Iterable[bytes]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        with suppress(CookieError):
            found.update({name: one.value for name, one in SimpleCookie(line.decode("latin-1")).items()})
    return found


def _asked_for(scope: Scope) -> str:
    """The path and query that were asked for, as an address of this server."""
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    path = "/" + raw.decode("latin-1").partition("?")[0].lstrip("/\\")
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path

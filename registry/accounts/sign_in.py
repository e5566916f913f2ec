"""The forms at the door: signing in, choosing a password of one's own, changing it, and the page after leaving.

A form is taken only from this server's own pages, and with the ticket that this server sealed for the browser it gave
the form to. Nothing is kept in the server for a form that somebody opens, so nobody can fill its memory with forms. A
refusal says the same, after the same time, whatever its cause.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import parse_qsl

from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from registry import accounts
from registry.accounts import credentials, form, passwords
from registry.accounts.form import Field, Person
from registry.accounts.front import Front, way_back
from registry.accounts.sessions import BY_CLICK, BY_PASSWORD, sign_in
from registry.accounts.settings import CHOOSE_PAGE, FORMS, PASSWORD_PAGE, SIGN_IN_PAGE, SIGNED_OUT_PAGE
from registry.errors import NadirError, NotPermitted, Refused
from registry.record.synthetic import is_synthetic
from registry.roles import Role
from registry.store.database import Database

COOKIE = "nadir_form"
LARGEST = 16_384
"""Bytes that are read of a form at most."""
_OLD = "This form has expired or belongs to another browser. Please try again."
_DOES = {
    Role.NURSE: ("Research nurse", "logs courses, counts and events"),
    Role.CLINICIAN: ("Clinician", "reads patients and cohorts"),
    Role.ADJUDICATOR: ("Adjudicator", "reviews courses, blinded"),
    Role.DATA_MANAGER: ("Data manager", "imports, assesses, exports, verifies"),
    Role.ADMIN: ("Administrator", "manages accounts, no clinical data"),
}


class Doorkeeper:
    """The routes that people see before they are signed in."""

    def __init__(self, front: Front) -> None:
        """Forms at the address of `front`; a person who passes gets a session."""
        self._front = front
        self._checking = ThreadPoolExecutor(passwords.AT_ONCE, "password")
        # The first unknown name after a start would be answered later than a known one.
        self._checking.submit(passwords.matches, None, "")

    def routes(self) -> list[Route]:
        """The sign-in form, what becomes of it, and the password page."""
        return [
            Route(SIGN_IN_PAGE, self._ask, methods=["GET"]),
            Route(SIGN_IN_PAGE, self._sign_in, methods=["POST"]),
            Route(CHOOSE_PAGE, self._choose, methods=["POST"]),
            Route(PASSWORD_PAGE, self._ask_password, methods=["GET"]),
            Route(PASSWORD_PAGE, self._change_password, methods=["POST"]),
        ]

    # Signing in

    async def _ask(self, request: Request) -> Response:
        browser = _browser(request)
        says = {"back": way_back(request.query_params.get("back", ""))}
        return self._known_to(browser, self._sign_in_form(self._seal("sign-in", says, browser)))

    async def _sign_in(self, request: Request) -> Response:
        began = time.monotonic()
        given, says = await self._taken(request, "sign-in")
        if says is None:
            return _wrong(_OLD)
        if "demo" in given:
            return await self._by_click(request, given["demo"], says["back"])
        name = given.get("name", "").strip().lower()[:64]
        secret = given.get("password", "")
        proof = await self._checked(name, secret)
        if proof is None:
            # Checking takes longer for some causes than for others: nobody shall learn which it was.
            await asyncio.sleep(
                max(0.0, began + self._front.limits.refusal.total_seconds() - time.monotonic())
            )
            return self._sign_in_form(given["ticket"], wrong=credentials.NOT_RIGHT, name=name)
        if proof.by_code:
            says |= {"account": proof.account, "code": passwords.code_digest(secret)}
            return self._choose_form(self._seal("choose", says, _browser(request)))
        return await self._let_in(request, proof.account, BY_PASSWORD, says["back"])

    async def _checked(self, name: str, secret: str) -> credentials.Proof | None:
        """Check in threads of its own, so that a crowd at the door holds up nobody who is in."""
        check = partial(credentials.check, self._front.registry(), name, secret, self._front.limits)
        return await asyncio.get_running_loop().run_in_executor(self._checking, check)

    async def _by_click(self, request: Request, name: str, back: str) -> Response:
        if name not in self._demo_users(request):
            return _wrong("Nobody is one click away here.")
        return await self._let_in(request, name, BY_CLICK, back)

    async def _let_in(self, request: Request, account: str, by: str, back: str) -> Response:
        """Begin a session with an id of its own, whatever the browser had before, and show what was asked for."""
        before = self._front.key(request.cookies)
        try:
            session_id = await asyncio.to_thread(
                sign_in, self._front.registry(), account, by, instead_of=before
            )
        except NotPermitted as error:  # disabled since the form was checked
            return _wrong(str(error))
        response = RedirectResponse(back, 303)
        self._front.let_in(response, session_id)
        return response

    async def _choose(self, request: Request) -> Response:
        given, says = await self._taken(request, "choose")
        if says is None:
            return _wrong(_OLD)
        db = self._front.registry()
        try:
            if given.get("new", "") != given.get("again", ""):
                raise Refused("The two passwords differ.")
            await asyncio.to_thread(
                credentials.choose,
                db,
                says["account"],
                says["code"],
                given.get("new", ""),
                self._front.limits,
            )
        except NadirError as error:
            return self._choose_form(given["ticket"], wrong=str(error))
        return await self._let_in(request, says["account"], BY_PASSWORD, says["back"])

    # The demonstration

    def _demo_users(self, request: Request | None) -> list[str]:
        """Who is one click away: nobody, except in a demonstration, of synthetic data, from this computer."""
        if not self._front.settings.demo or self._front.settings.hospital is not None:
            return []
        if request is not None and (
            request.client is None or request.client.host not in ("127.0.0.1", "::1")
        ):
            return []
        db = self._front.registry()
        if not is_synthetic(db):
            return []
        usable = {name for (name,) in db.rows("SELECT name FROM account WHERE NOT disabled")}
        return [name for name in accounts.DEMO_USERS if name in usable]

    def _people(self) -> list[Person]:
        people = []
        for name in self._demo_users(None):
            title, does = _DOES[accounts.DEMO_USERS[name]]
            number = name.rpartition("-")[2]
            people.append(Person(name, f"{title} {number}" if number.isdigit() else title, does))
        return people

    # One's own password

    async def _ask_password(self, request: Request) -> Response:
        return self._password_form(request)

    async def _change_password(self, request: Request) -> Response:
        session = self._front.session(request.cookies)
        if session is None:
            return RedirectResponse(PASSWORD_PAGE, 303)
        given, says = await self._taken(request, "password")
        if says is None or says.get("account") != session.account:
            return _wrong(_OLD)
        db = self._front.registry()
        try:
            if given.get("new", "") != given.get("again", ""):
                raise Refused("The two new passwords differ.")
            await asyncio.to_thread(self._set_password, db, session.account, given, request)
        except NadirError as error:
            return self._password_form(request, wrong=str(error))
        return form.notice(
            "Password changed",
            "Your new password is active. All your other sessions were signed out.",
            link=("/", "Back to the registry"),
        )

    def _set_password(self, db: Database, account: str, given: dict[str, str], request: Request) -> None:
        accounts.set_password(
            db,
            db.actor(account),
            given.get("old", ""),
            given.get("new", ""),
            session=self._front.key(request.cookies),
        )

    def _password_form(self, request: Request, wrong: str | None = None) -> Response:
        session = self._front.session(request.cookies)
        if session is None:
            return form.notice("Signed out", "You are not signed in.", link=("/", "Sign in"), status=403)
        if not session.local:
            return form.notice(
                "No password needed", f"{session.account} signs in without one.", link=("/", "Back")
            )
        browser = _browser(request)
        response = form.form(
            "Change password",
            [Field("old", "Old password", "current-password"), *_new_password(self._front)],
            action=PASSWORD_PAGE,
            ticket=self._seal("password", {"account": session.account}, browser),
            send="Change password",
            intro=f"For the account {session.account}.",
            wrong=wrong,
        )
        return self._known_to(browser, response)

    # Forms and their tickets

    def _sign_in_form(self, sealed: str, wrong: str | None = None, name: str = "") -> Response:
        return form.form(
            "Sign in",
            [
                Field("name", "Account name", "username", value=name, shown=True),
                Field(
                    "password",
                    "Password",
                    "current-password",
                    hint="At your first sign-in, enter the one-time code you received.",
                ),
            ],
            action=SIGN_IN_PAGE,
            ticket=sealed,
            send="Sign in",
            wrong=wrong,
            people=self._people(),
            foot="No account or forgotten password? Ask an administrator of the registry.",
        )

    def _choose_form(self, sealed: str, wrong: str | None = None) -> Response:
        return form.form(
            "Choose a password",
            _new_password(self._front),
            action=CHOOSE_PAGE,
            ticket=sealed,
            send="Save and continue",
            intro="The one-time code was accepted. Choose a password for your next sign-ins.",
            wrong=wrong,
        )

    def _known_to(self, browser: str, response: Response) -> Response:
        """The form, with the cookie without which its ticket is worth nothing."""
        response.set_cookie(
            COOKIE,
            browser,
            path=FORMS,
            httponly=True,
            samesite="lax",
            secure=self._front.encrypted,
            max_age=int(self._front.limits.form.total_seconds()),
        )
        return response

    def _sealing(self, kind: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._front.secret, kind, signer_kwargs={"digest_method": hashlib.sha256})

    def _seal(self, kind: str, says: dict[str, str], browser: str) -> str:
        """A ticket that says something, for a form of this kind at this browser, until the form is too old."""
        limits = self._front.limits
        until = self._front.registry().now() + (limits.choosing if kind == "choose" else limits.form)
        ticket = {**says, "browser": _digest(browser), "until": until.isoformat()}
        return str(self._sealing(kind).dumps(ticket))

    async def _taken(self, request: Request, kind: str) -> tuple[dict[str, str], dict[str, str] | None]:
        """The fields of a sent form, and what its ticket says; None if it was not sent from our page."""
        given = await fields(request)
        if request.headers.get("origin") != self._front.address:
            return given, None
        try:
            says: dict[str, str] = self._sealing(kind).loads(given.get("ticket", ""))
        except BadData:
            return given, None
        known = hmac.compare_digest(says["browser"], _digest(request.cookies.get(COOKIE, "")))
        in_time = self._front.registry().now() < datetime.fromisoformat(says["until"])
        return given, says if known and in_time else None


@dataclass(frozen=True)
class Words:
    """Pages that say what happened at the door, wherever people sign in."""

    front: Front

    def routes(self) -> list[Route]:
        """The page after leaving."""
        return [Route(SIGNED_OUT_PAGE, self._signed_out)]

    async def _signed_out(self, _: Request) -> Response:
        return form.notice("Signed out", "You are signed out in every tab.", link=("/", "Sign in"))


async def fields(request: Request) -> dict[str, str]:
    """The fields of a sent form, each once; nothing of a form that is larger than any of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return {}
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=20
        )
    except ValueError:
        return {}
    return dict(pairs) if len(dict(pairs)) == len(pairs) else {}


def _browser(request: Request) -> str:
    """What the forms know this browser by; made up where it is new here."""
    return request.cookies.get(COOKIE) or secrets.token_urlsafe(24)


def _digest(text: str) -> str:
    """What a ticket says of something that it must not show."""
    return hashlib.sha256(text.encode()).hexdigest()


def _new_password(front: Front) -> list[Field]:
    hint = f"At least {front.limits.shortest} characters. Three or four words are easy to remember."
    return [
        Field("new", "New password", "new-password", hint=hint),
        Field("again", "New password again", "new-password"),
    ]


def _wrong(text: str) -> Response:
    return form.notice("This did not work", text, link=("/", "Start again"), status=400)

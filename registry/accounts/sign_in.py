"""The forms at the door: signing in, choosing a password of one's own, changing it, and the page after leaving.

A form carries a ticket that this server sealed, bound to a cookie of the browser it was given to, and is taken only
from this server's own pages. A refusal says the same, after the same time, whatever its cause.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from registry import accounts
from registry.accounts import credentials, form, passwords, ticket
from registry.accounts.form import Field, Person
from registry.accounts.front import Front
from registry.accounts.provider import Asked, Provider, Wrong, asked, fields
from registry.accounts.settings import PASSWORD_PAGE, PROVIDER, SIGNED_OUT_PAGE
from registry.errors import NadirError, Refused
from registry.record.synthetic import is_synthetic
from registry.roles import Role
from registry.store.database import Database

COOKIE = "nadir_form"
BY_PASSWORD, BY_CLICK = "pwd", "demo"
"""How somebody signed in, as the identity token says it."""
_SIGN_IN, _CHOOSE = f"{PROVIDER}/sign-in", f"{PROVIDER}/choose"
_OLD = "This form is too old, or was not made for this browser. Please try again."
_DOES = {
    Role.NURSE: ("Research nurse", "logs courses, counts and events"),
    Role.CLINICIAN: ("Clinician", "reads patients and cohorts"),
    Role.ADJUDICATOR: ("Adjudicator", "judges courses, blind to others"),
    Role.DATA_MANAGER: ("Data manager", "imports, judges, exports, verifies"),
    Role.ADMIN: ("Administrator", "manages accounts, nothing clinical"),
}


class Doorkeeper:
    """The routes that people see before they are signed in."""

    def __init__(self, front: Front, provider: Provider) -> None:
        """Forms at the address of `front`; whoever passes gets a code of `provider`."""
        self._front = front
        self._provider = provider
        self._checking = ThreadPoolExecutor(passwords.AT_ONCE, "password")

    def routes(self) -> list[Route]:
        """The sign-in form, what becomes of it, and the password page."""
        return [
            Route(f"{PROVIDER}/authorize", self._ask),
            Route(_SIGN_IN, self._sign_in, methods=["POST"]),
            Route(_CHOOSE, self._choose, methods=["POST"]),
            Route(PASSWORD_PAGE, self._ask_password, methods=["GET"]),
            Route(PASSWORD_PAGE, self._change_password, methods=["POST"]),
        ]

    # Signing in

    async def _ask(self, request: Request) -> Response:
        try:
            wanted = asked(self._front, request.query_params)
        except Wrong as wrong:
            return _wrong(f"This request to sign in is not one of the app: {wrong}.")
        browser = request.cookies.get(COOKIE) or secrets.token_urlsafe(24)
        says = {"state": wanted.state, "nonce": wanted.nonce, "challenge": wanted.challenge}
        response = self._sign_in_form(self._write("sign-in", says, browser))
        response.set_cookie(
            COOKIE,
            browser,
            path=PROVIDER,
            httponly=True,
            samesite="lax",
            max_age=int(self._front.limits.form.total_seconds()),
        )
        return response

    async def _sign_in(self, request: Request) -> Response:
        began = time.monotonic()
        given, says = await self._taken(request, "sign-in")
        if says is None:
            return _wrong(_OLD)
        wanted = Asked(says["state"], says["nonce"], says["challenge"])
        if "demo" in given:
            return self._by_click(request, wanted, given["demo"])
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
            more = {"account": proof.account, "code": passwords.code_digest(secret)}
            return self._choose_form(self._write("choose", {**says, **more}, request.cookies[COOKIE]))
        return self._provider.grant(wanted, proof.account, BY_PASSWORD)

    async def _checked(self, name: str, secret: str) -> credentials.Proof | None:
        """Check in threads of its own, so that a crowd at the door holds up nobody who is in."""
        check = partial(credentials.check, self._front.registry(), name, secret, self._front.limits)
        return await asyncio.get_running_loop().run_in_executor(self._checking, check)

    def _by_click(self, request: Request, wanted: Asked, name: str) -> Response:
        if name not in self._demo_users(request):
            return _wrong("Nobody is one click away here.")
        return self._provider.grant(wanted, name, BY_CLICK)

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
        return self._provider.grant(
            Asked(says["state"], says["nonce"], says["challenge"]), says["account"], BY_PASSWORD
        )

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
            "From now on the new one counts. Wherever else you were signed in, you no longer are.",
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
                "No password here", f"{session.account} signs in without one.", link=("/", "Back")
            )
        browser = request.cookies.get(COOKIE) or secrets.token_urlsafe(24)
        response = form.form(
            "Change password",
            [Field("old", "Old password", "current-password"), *_new_password(self._front)],
            action=PASSWORD_PAGE,
            ticket=self._write("password", {"account": session.account}, browser),
            send="Change password",
            intro=f"For the account {session.account}.",
            wrong=wrong,
        )
        response.set_cookie(COOKIE, browser, path=PROVIDER, httponly=True, samesite="lax")
        return response

    # Forms and their tickets

    def _sign_in_form(self, sealed: str, wrong: str | None = None, name: str = "") -> Response:
        return form.form(
            "Sign in",
            [
                Field("name", "Name of your account", "username", value=name, shown=True),
                Field(
                    "password",
                    "Password",
                    "current-password",
                    hint="The first time: the one-time code that you were given.",
                ),
            ],
            action=_SIGN_IN,
            ticket=sealed,
            send="Sign in",
            wrong=wrong,
            people=self._people(),
            foot="No account, or password forgotten? An administrator of the registry can help.",
        )

    def _choose_form(self, sealed: str, wrong: str | None = None) -> Response:
        return form.form(
            "Choose a password",
            _new_password(self._front),
            action=_CHOOSE,
            ticket=sealed,
            send="Save and go on",
            intro="The one-time code was right. From now on you sign in with a password of your own.",
            wrong=wrong,
        )

    def _write(self, kind: str, says: dict[str, str], browser: str) -> str:
        until = self._front.registry().now() + (
            self._front.limits.choosing if kind == "choose" else self._front.limits.form
        )
        return ticket.write(self._front.keys.form, kind, {**says, "browser": ticket.digest(browser)}, until)

    async def _taken(self, request: Request, kind: str) -> tuple[dict[str, str], dict[str, str] | None]:
        """The fields of a sent form, and what its ticket says; None if it was not sent from our page."""
        given = await fields(request)
        if request.headers.get("origin") != self._front.address:
            return given, None
        browser = ticket.digest(request.cookies.get(COOKIE, ""))
        says = ticket.read(self._front.keys.form, kind, given.get("ticket", ""), self._front.registry().now())
        if says is None or not hmac.compare_digest(says.get("browser", ""), browser):
            return given, None
        return given, says


@dataclass(frozen=True)
class Words:
    """Pages that say what happened at the door, wherever people sign in."""

    front: Front

    def routes(self) -> list[Route]:
        """The page after leaving."""
        return [Route(SIGNED_OUT_PAGE, self._signed_out)]

    async def _signed_out(self, _: Request) -> Response:
        return form.notice("Signed out", "You are signed out in every tab.", link=("/", "Sign in"))


def _new_password(front: Front) -> list[Field]:
    hint = f"At least {front.limits.shortest} characters. Three or four words are easy to remember."
    return [
        Field("new", "New password", "new-password", hint=hint),
        Field("again", "New password again", "new-password"),
    ]


def _wrong(text: str) -> Response:
    return form.notice("This did not work", text, link=("/", "Start again"), status=400)

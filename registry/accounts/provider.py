"""The registry's own OpenID provider, for a place that has none: it tells the app who has signed in.

It has one client, the app in the same server, and one address to send people back to. What it hands over is a code
that is good once, for a minute, and only together with the verifier of the request (PKCE); for it the app gets an
identity token that names the account, and no role.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from registry.accounts.front import CLIENT, Front
from registry.accounts.settings import PROVIDER

LARGEST = 16_384
"""Bytes that are read of a form at most."""
_ONCE = ("client_id", "redirect_uri", "response_type", "scope", "state", "nonce")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_NO_STORE = {"cache-control": "no-store"}


@dataclass(frozen=True)
class Asked:
    """What the app asked for when it sent somebody here to sign in."""

    state: str
    nonce: str
    challenge: str


@dataclass(frozen=True)
class Grant:
    """What a code stands for until it is taken."""

    account: str
    how: str
    nonce: str
    challenge: str
    until: datetime


class Wrong(Exception):
    """A request that the app does not make."""


def asked(front: Front, query: QueryParams) -> Asked:
    """What an authorization request asks for. Raises Wrong, in words, for anything that the app does not send."""
    for name in (*_ONCE, "code_challenge", "code_challenge_method"):
        if len(query.getlist(name)) != 1 or not 0 < len(query[name]) <= 1024:
            raise Wrong(f"{name} must be given once")
    if not hmac.compare_digest(query["client_id"].encode(), CLIENT.encode()):
        raise Wrong("the client is not known")
    if query["redirect_uri"] != front.callback:
        raise Wrong("the address to go back to is not the app's")
    if query["response_type"] != "code" or "openid" not in query["scope"].split():
        raise Wrong("only an openid code is given")
    if query["code_challenge_method"] != "S256" or not _CHALLENGE.fullmatch(query["code_challenge"]):
        raise Wrong("a code challenge with S256 is needed")
    return Asked(query["state"], query["nonce"], query["code_challenge"])


class Provider:
    """Codes and tokens. The forms are in `registry.accounts.sign_in`, which calls `grant`."""

    def __init__(self, front: Front) -> None:
        """A provider at the address of `front`, signing with its key."""
        self._front = front
        self._grants: dict[str, Grant] = {}
        self._lock = threading.Lock()

    def grant(self, asked_for: Asked, account: str, how: str) -> Response:
        """Send whoever has proved to be `account` back to the app, with a code that is good once."""
        code = secrets.token_urlsafe(32)
        now = self._now()
        with self._lock:
            self._grants = {key: one for key, one in self._grants.items() if now < one.until}
            self._grants[code] = Grant(
                account, how, asked_for.nonce, asked_for.challenge, now + self._front.limits.grant
            )
        query = urlencode({"code": code, "state": asked_for.state})
        return RedirectResponse(f"{self._front.callback}?{query}", 303, _NO_STORE)

    def routes(self) -> list[Route]:
        """Discovery, the public key, and codes for tokens."""
        return [
            Route(f"{PROVIDER}/.well-known/openid-configuration", self._discovery),
            Route(f"{PROVIDER}/keys", self._keys),
            Route(f"{PROVIDER}/token", self._token, methods=["POST"]),
        ]

    async def _discovery(self, _: Request) -> Response:
        issuer = self._front.issuer
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "scopes_supported": ["openid"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
            },
            headers=_NO_STORE,
        )

    async def _keys(self, _: Request) -> Response:
        key = self._signing_key()
        public = {**key.as_dict(private=False), "use": "sig", "alg": "ES256", "kid": key.thumbprint()}
        return JSONResponse({"keys": [public]}, headers=_NO_STORE)

    async def _token(self, request: Request) -> Response:
        if not self._is_app(request.headers.get("authorization", "")):
            return JSONResponse(
                {"error": "invalid_client"}, 401, {**_NO_STORE, "www-authenticate": 'Basic realm="nadir"'}
            )
        given = await fields(request)
        with self._lock:  # taken by whoever asks first, right or wrong
            grant = self._grants.pop(given.get("code", ""), None)
        if given.get("grant_type") != "authorization_code":
            return JSONResponse({"error": "unsupported_grant_type"}, 400, _NO_STORE)
        if (
            grant is None
            or self._now() >= grant.until
            or given.get("redirect_uri") != self._front.callback
            or not _verifies(given.get("code_verifier", ""), grant.challenge)
        ):
            return JSONResponse({"error": "invalid_grant"}, 400, _NO_STORE)
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(32),  # opens nothing: there is nothing more to ask for
                "token_type": "Bearer",
                "expires_in": int(self._front.limits.token.total_seconds()),
                "id_token": self._id_token(grant),
            },
            headers=_NO_STORE,
        )

    def _id_token(self, grant: Grant) -> str:
        from joserfc import jwt

        key = self._signing_key()
        # The app checks these against the clock of the machine, not against that of the registry.
        now = int(datetime.now(UTC).timestamp())
        claims: dict[str, Any] = {
            "iss": self._front.issuer,
            "sub": grant.account,
            "aud": CLIENT,
            "iat": now,
            "exp": now + int(self._front.limits.token.total_seconds()),
            "nonce": grant.nonce,
            "amr": [grant.how],
        }
        return jwt.encode({"alg": "ES256", "kid": key.thumbprint()}, claims, key)

    def _is_app(self, authorization: str) -> bool:
        kind, _, text = authorization.partition(" ")
        try:
            name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        known = hmac.compare_digest(unquote(secret).encode(), self._front.keys.client.encode())
        return kind.lower() == "basic" and unquote(name) == CLIENT and known

    def _signing_key(self) -> Any:
        from joserfc.jwk import ECKey

        return ECKey.import_key(self._front.keys.signing)

    def _now(self) -> datetime:
        now: Callable[[], datetime] = self._front.registry().now
        return now()


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


def _verifies(verifier: str, challenge: str) -> bool:
    if not _VERIFIER.fullmatch(verifier):
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(made, challenge.encode())

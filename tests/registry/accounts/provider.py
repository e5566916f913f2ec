"""A hospital's OpenID provider, as a hospital would run one: authorization code with PKCE, tokens signed with ES256.

Whoever gives a name there is that person: how a hospital checks it is none of the app's affair.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from registry.accounts.sign_in import fields

CLIENT, SECRET = "nadir", "what-the-hospital-gave"


@dataclass
class Asked:
    """What the app asked for, and who signed in for it."""

    query: dict[str, str]
    name: str = ""


class Provider:
    """One provider with one client, the app at `callback`."""

    def __init__(self, base: str, callback: str) -> None:
        self.base = base
        self._callback = callback
        self._key = ECKey.generate_key("P-256")
        self._asked: dict[str, Asked] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/sign-in", self._sign_in, methods=["POST"]),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _discovery(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.base,
                "authorization_endpoint": f"{self.base}/authorize",
                "token_endpoint": f"{self.base}/token",
                "jwks_uri": f"{self.base}/keys",
                "id_token_signing_alg_values_supported": ["ES256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _keys(self, _: Request) -> Response:
        public = {**self._key.as_dict(private=False), "kid": self._key.thumbprint(), "alg": "ES256"}
        return JSONResponse({"keys": [public]})

    async def _authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        assert (query["client_id"], query["redirect_uri"]) == (CLIENT, self._callback)
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert query["state"]
        assert query["nonce"]
        ticket = secrets.token_urlsafe(16)
        self._asked[ticket] = Asked(query)
        return HTMLResponse(f'<form><input name="ticket" value="{ticket}"></form>')

    async def _sign_in(self, request: Request) -> Response:
        given = await fields(request)
        asked = self._asked.pop(given["ticket"])
        asked.name = given["name"]
        code = secrets.token_urlsafe(16)
        self._asked[code] = asked
        query = urlencode({"code": code, "state": asked.query["state"]})
        return RedirectResponse(f"{self._callback}?{query}", 303)

    async def _token(self, request: Request) -> Response:
        given = await fields(request)
        asked = self._asked.pop(given["code"])
        client = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        assert request.headers["authorization"] == f"Basic {client}"
        made = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest())
        assert made.rstrip(b"=").decode() == asked.query["code_challenge"]
        now = int(time.time())
        claims = {
            "iss": self.base,
            "sub": asked.name,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked.query["nonce"],
            "roles": ["admin", "data_manager"],  # of no account here, whatever a hospital means by it
        }
        token = jwt.encode({"alg": "ES256", "kid": self._key.thumbprint()}, claims, self._key)
        return JSONResponse({"access_token": "opens nothing", "token_type": "Bearer", "id_token": token})


@contextmanager
def provider(port: int, callback: str) -> Iterator[Provider]:
    """Serve a provider on this port, in a thread of its own."""
    served = Provider(f"http://127.0.0.1:{port}", callback)
    server = uvicorn.Server(
        uvicorn.Config(served.app, host="127.0.0.1", port=port, log_level="warning", ws="none")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the provider did not start"
            time.sleep(0.01)
        yield served
    finally:
        server.should_exit = True
        thread.join(20)

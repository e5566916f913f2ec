"""Headers that keep a page to itself: nothing is loaded from elsewhere, nobody frames it, nothing is stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

SESSION = b"x-nadir-session"
"""In this header the guard names the session of a live connection to the app; `.streamlit/config.toml` trusts it."""

POLICY = "; ".join(
    (
        "default-src 'self'",
        # The charts compile their expressions, and the app styles itself, in the page.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS: tuple[Header, ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_ENCRYPTED: Header = (b"strict-transport-security", b"max-age=31536000")
_KEPT = "/static/"
"""The parts of the app itself, named by their content, are the only things that a browser may keep."""


def with_headers(held: Iterable[Header], path: str, *, encrypted: bool) -> list[Header]:
    """The headers of a response for `path`, with those that it lacks; nothing of a patient is left in a cache."""
    found = [(name.lower(), value) for name, value in held]
    if not path.startswith(_KEPT):
        found = [pair for pair in found if pair[0] not in (b"cache-control", b"expires", b"etag")]
        found.append((b"cache-control", b"no-store"))
    names = {name for name, _ in found}
    found += [pair for pair in (*HEADERS, *((_ENCRYPTED,) if encrypted else ())) if pair[0] not in names]
    if encrypted:
        found = [
            (name, value + b"; Secure" if name == b"set-cookie" and b"secure" not in value.lower() else value)
            for name, value in found
        ]
    return found

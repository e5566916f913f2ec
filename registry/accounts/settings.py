"""How people sign in to this server: here, at a hospital's provider, or, in a demonstration, with one click.

`nadir serve` and `nadir demo` say so in the environment of the server that they start.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from adjudication.toml_table import Table, Unfit, tables_of
from registry.errors import FaultyFile, Usage

SIGN_IN = "NADIR_SIGN_IN"
DEMO = "NADIR_DEMO"
FORMS = "/identity"
"""Under this address are the pages that people see before they are signed in."""
SIGN_IN_PAGE = f"{FORMS}/sign-in"
CHOOSE_PAGE = f"{FORMS}/choose"
PASSWORD_PAGE = f"{FORMS}/password"
SIGNED_OUT_PAGE = f"{FORMS}/signed-out"
CALLBACK = "/oauth2callback"
"""Where a hospital's provider sends people back to."""

_MOST_BYTES = 2**16


@dataclass(frozen=True)
class Hospital:
    """A hospital's OpenID provider, and the claim of its tokens that names an account of this registry."""

    server_metadata_url: str
    client_id: str
    client_secret: str
    account_claim: str = "preferred_username"
    address: str | None = None
    """The address at which browsers reach this server, such as https://nadir.hospital.example."""


@dataclass(frozen=True)
class Settings:
    """How people sign in to this server."""

    demo: bool = False
    hospital: Hospital | None = None


def current() -> Settings:
    """As the environment says. Raises Usage for a sign-in file that is missing or wrong."""
    named = os.environ.get(SIGN_IN)
    return Settings(os.environ.get(DEMO) == "yes", read(Path(named)) if named else None)


def read(path: Path) -> Hospital:
    """The hospital's provider as a TOML file describes it. Raises Usage with every fault, each with its line."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise Usage(f"The sign-in file {path} is too large: at most {_MOST_BYTES:,} bytes.")
        return _hospital(tables_of(f"The sign-in file {path}", content.decode("utf-8-sig")))
    except OSError as error:
        raise Usage(f"The sign-in file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Usage(f"The sign-in file {path} is not text in UTF-8: {error}.") from error
    except Unfit as error:
        raise FaultyFile([f"{error.file}, {fault}" for fault in error.faults]) from error


def _hospital(top: Table) -> Hospital:
    """Raises Unfit with every fault."""
    given = {key: _text(top, key) for key in ("server_metadata_url", "client_id", "client_secret")}
    given |= {key: _text(top, key) for key in ("account_claim", "address") if key in top.values}
    for key in ("account_claim", "address"):
        top.may_have(key)
    for key in ("server_metadata_url", "address"):
        if given.get(key):
            scheme, host = _encrypted(top, key, given[key])
            if key == "address":
                given[key] = f"{scheme}://{host}"
    top.finish()
    return Hospital(**given)


def _text(top: Table, key: str) -> str:
    text: str = top.take(key, str)
    if not text and top.values.get(key) == "":
        top.wrong(f"{key} is empty", key)
    return text


def _encrypted(top: Table, key: str, address: str) -> tuple[str, str]:
    """Scheme and host of an address that nobody on the way can read: https, or this computer itself."""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        top.wrong(f"{key} is not a valid address: {error}", key)
        return "", ""
    here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.netloc or parts.scheme not in ("http", "https") or (parts.scheme == "http" and not here):
        top.wrong(f"{key} must be an https:// address, not {address!r}", key)
    return parts.scheme, parts.netloc

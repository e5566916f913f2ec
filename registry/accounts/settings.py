"""How people sign in to this server: here, at a hospital's provider, or, in a demonstration, with one click.

`nadir serve` and `nadir demo` say so in the environment of the server that they start.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from adjudication.toml_text import read_toml
from registry.errors import Usage

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

_KNOWN = {"server_metadata_url", "client_id", "client_secret", "account_claim", "address"}

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
    """The hospital's provider as a TOML file describes it. Raises Usage, naming what is wrong."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise Usage(f"The sign-in file {path} is too large: at most {_MOST_BYTES:,} bytes.")
        given = read_toml(content.decode("utf-8-sig"))
    except OSError as error:
        raise Usage(f"The sign-in file {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # NotToml, or of UTF-8
        raise Usage(f"The sign-in file {path} is not TOML: {error}.") from error
    wrong = sorted(given.keys() - _KNOWN)
    if wrong:
        raise Usage(f"{path} takes no {', '.join(wrong)}. It takes {', '.join(sorted(_KNOWN))}.")
    lacking = [name for name in ("server_metadata_url", "client_id", "client_secret") if not given.get(name)]
    if lacking:
        raise Usage(f"{path} lacks {', '.join(lacking)}.")
    if not all(isinstance(value, str) and value for value in given.values()):
        raise Usage(f"Every entry of {path} is text between quotes.")
    _encrypted(path, "server_metadata_url", given["server_metadata_url"])
    if "address" in given:
        parts = _encrypted(path, "address", given["address"])
        given["address"] = f"{parts[0]}://{parts[1]}"
    return Hospital(**given)


def _encrypted(path: Path, name: str, address: str) -> tuple[str, str]:
    """Scheme and host of an address that nobody on the way can read: https, or this computer itself."""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise Usage(f"{name} in {path} is no address: {error}.") from error
    here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.netloc or parts.scheme not in ("http", "https") or (parts.scheme == "http" and not here):
        raise Usage(f"{name} in {path} must be an https:// address, not {address!r}.")
    return parts.scheme, parts.netloc

"""What the server signs and seals with: made on the first start, kept beside the registry, readable by its owner."""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from registry.errors import NadirError, Usage

_COOKIE, _CLIENT, _FORM, _SIGNING = "cookie-secret", "client-secret", "form-secret", "signing-key.pem"


@dataclass(frozen=True)
class Keys:
    """The secrets of one server. None of them is a person's."""

    cookie: str
    """Signs the cookie in which the browser keeps a sign-in."""
    client: str
    """Known to the app and to the registry's own provider alone."""
    form: str
    """Seals what the sign-in form carries from one page to the next."""
    signing: bytes
    """The private key, as PEM, with which the provider signs identity tokens (P-256)."""

    def __repr__(self) -> str:
        """Without the secrets: a traceback or a log may show it."""
        return "Keys(…)"

    @classmethod
    def beside(cls, registry: Path) -> Keys:
        """The keys of the registry at this path, made if there are none.

        They stand in a folder of their own, `<registry>.keys`, so that a copy of the registry does not hold them.
        Raises Usage if others can read one of them, NadirError if the folder cannot be written.
        """
        folder = Path(f"{registry}.keys")
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            return cls(
                _kept(folder / _COOKIE).decode(),
                _kept(folder / _CLIENT).decode(),
                _kept(folder / _FORM).decode(),
                _kept(folder / _SIGNING),
            )
        except OSError as error:
            raise NadirError(f"The keys in {folder} cannot be read or made: {error.strerror}.") from error

    @classmethod
    def passing(cls) -> Keys:
        """Keys that are kept nowhere, for a server without a registry."""
        return cls(_made(_COOKIE).decode(), _made(_CLIENT).decode(), _made(_FORM).decode(), _made(_SIGNING))


def _kept(path: Path) -> bytes:
    """The key in this file, made if it is not there: written aside and linked, so that it is whole or absent."""
    if not path.exists():
        aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_made(path.name))
                file.flush()
                os.fsync(file.fileno())
            os.link(aside, path)
        except FileExistsError:
            pass  # another start was faster: both use what it made
        finally:
            aside.unlink()
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Usage(
            f"Others can read {path}. Remove it, so that a new one is made (everybody signs in anew), "
            "or take their right away with `chmod 600`."
        )
    return path.read_bytes()


def _made(name: str) -> bytes:
    if name != _SIGNING:
        return secrets.token_urlsafe(48).encode()
    from joserfc.jwk import ECKey

    return ECKey.generate_key("P-256").as_pem(private=True)

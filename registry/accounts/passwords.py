"""Passwords and one-time codes: how they are hashed, compared, made up, and when one is too easy."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from registry.accounts.limits import LIMITS, Limits
from registry.errors import Refused

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that reads like something else on paper
_CODE = re.compile(rf"[{_ALPHABET}]{{16}}")
AT_ONCE = 2
"""Passwords that are hashed at the same time: each takes 64 MB, and a crowd at the door must not take them all."""
_HASHING = threading.BoundedSemaphore(AT_ONCE)

_COMMON_WORDS = Path(__file__).with_name("common_words.txt")
_ROWS = ("01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "abcdefghijklmnopqrstuvwxyzabc")
_LEET = str.maketrans("013457@$!", "oieastasi")


def hashed(password: str) -> str:
    """The Argon2id hash of a password, with a salt of its own."""
    with _HASHING:
        return _hasher().hash(_canonical(password))


def matches(password_hash: str | None, password: str, limits: Limits = LIMITS) -> bool:
    """Whether this is the password of the hash. Without a hash the answer is no, after the same work."""
    from argon2.exceptions import InvalidHashError, VerificationError

    known = password_hash or _nobodys_hash()
    with _HASHING:
        try:
            same = _hasher().verify(known, _canonical(password)[: limits.longest])
        except (VerificationError, InvalidHashError):
            return False
    return same and password_hash is not None


def new_code() -> str:
    """A one-time code such as `7KQM-2XWD-PR94-HJ6T`: 79 random bits, to be read out or written down."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def read_code(text: str) -> str | None:
    """A one-time code as typed, without spaces and dashes; None if it is not one."""
    plain = re.sub(r"[\s-]", "", text).upper()
    return plain if _CODE.fullmatch(plain) else None


def code_digest(code: str) -> str:
    """What is stored of a one-time code: with so many random bits a plain digest gives nothing away."""
    return hashlib.sha256((read_code(code) or "").encode()).hexdigest()


def same_code(digest: str | None, code: str) -> bool:
    """Whether this is the code of the digest; takes the same time wherever they differ."""
    return hmac.compare_digest(digest or "", code_digest(code))


def refuse_easy(account: str, password: str, limits: Limits = LIMITS) -> None:
    """Raise Refused, saying what to do, for a password that others would try first."""
    text = _canonical(password)
    folded = text.casefold()
    if len(text) < limits.shortest:
        raise Refused(
            f"A password needs at least {limits.shortest} characters. Three or four words are easy to remember."
        )
    if len(text) > limits.longest:
        raise Refused(f"A password may have {limits.longest} characters at most.")
    if account.casefold() in folded:
        raise Refused("The password must not contain the name of the account.")
    if read_code(text):
        raise Refused("This looks like a one-time code. Choose a password of your own.")
    if _is_common(folded):
        raise Refused("This password is too easy to guess. Choose another one.")


def _is_common(folded: str) -> bool:
    """Common words with digits and signs around them, rows of keys, and short things said again and again."""
    if any(
        folded == folded[:size] * (len(folded) // size) for size in range(1, 9) if len(folded) % size == 0
    ):
        return True
    if any(folded in row or folded in row[::-1] for row in _ROWS):
        return True
    bare = re.sub(r"[\W\d_]+", "", folded)
    plain = re.sub(r"[\W\d_]+", "", folded.rstrip("0123456789!?.*").translate(_LEET))
    return len(set(folded)) < 5 or not {bare, plain}.isdisjoint(_common_words())


@cache
def _common_words() -> frozenset[str]:
    return frozenset(_COMMON_WORDS.read_text("utf-8").split())


def _canonical(password: str) -> str:
    """The same characters however the keyboard composed them."""
    return unicodedata.normalize("NFKC", password)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    """What a password is compared with where there is none."""
    return _hasher().hash(secrets.token_urlsafe(32))

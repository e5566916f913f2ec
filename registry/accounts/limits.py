"""The declared limits of signing in: how often, how long, how short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Limits:
    """What is allowed at the door. The defaults are those of the registry; tests declare their own."""

    tries: int = 5
    """Wrong passwords in a row before an account is locked."""
    lock: timedelta = timedelta(minutes=15)
    """How long it is locked; the right password is refused as well."""
    idle: timedelta = timedelta(minutes=30)
    """How long a session lasts without a click."""
    absolute: timedelta = timedelta(hours=10)
    """How long a session lasts whatever is done in it: a shift."""
    code: timedelta = timedelta(hours=72)
    """How long a one-time code from an administrator can be used: over a weekend."""
    choosing: timedelta = timedelta(minutes=10)
    """How long the page that asks for a password of one's own can be used."""
    form: timedelta = timedelta(hours=1)
    """How long an open sign-in form can be used."""
    shortest: int = 12
    """Characters that a password needs at least."""
    longest: int = 256
    """Characters that are read of a password at most: hashing more would only cost time."""
    refusal: timedelta = timedelta(milliseconds=800)
    """After how long a refused sign-in is answered, whatever the cause: the time must not tell it."""


LIMITS = Limits()

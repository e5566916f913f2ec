"""The schema of a registry: numbered migrations, each applied once, and views made from their text.

Nothing here opens a transaction: the caller does, so that a migration, its record and its audit event are
stored together or not at all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import takewhile

from registry import sql
from registry.errors import Damaged

_COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True)
class Migration:
    """A numbered file in sql/migrations."""

    number: int
    name: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def purpose(self) -> str:
        """The first sentence of the comment at its top: what it is for, in plain words."""
        lines = list(takewhile(lambda line: line.startswith("-- "), self.text.splitlines()))
        sentence, _, _ = " ".join(line.removeprefix("-- ").strip() for line in lines).partition(". ")
        return sentence.rstrip(".") or self.name


def available() -> tuple[Migration, ...]:
    """All migrations of this version of the program, in order."""
    found = []
    for path in sql.names("migrations"):
        name = path.removeprefix("migrations/")
        found.append(Migration(int(name.partition("_")[0]), name, sql.text(path)))
    return tuple(sorted(found, key=lambda one: one.number))


def pending(
    applied: Sequence[tuple[int, str, str]], known: Sequence[Migration] | None = None
) -> list[Migration]:
    """The migrations still to apply, given (number, name, digest) of those that were.

    Raises Damaged if the file is newer than the program, or was made by migrations that have since changed.
    """
    ours = {one.number: one for one in (available() if known is None else known)}
    for number, name, digest in applied:
        if number not in ours:
            raise Damaged(
                f"This registry was changed by a newer version of Nadir (migration {name}). "
                "Open it with that version; an older one could misread it."
            )
        if ours[number].digest != digest:
            raise Damaged(
                f"Migration {name} is not the one that made this registry. "
                "Install the released version of Nadir; a released migration is never edited."
            )
    done = {number for number, _, _ in applied}
    return [one for number, one in sorted(ours.items()) if number not in done]


def views() -> dict[str, str]:
    """The text of every view by name, each after the views that its text mentions."""
    texts = {path.removeprefix("views/"): sql.text(path) for path in sql.names("views")}
    return {name: texts[name] for name in TopologicalSorter(_needs(texts)).static_order()}


def views_digest(texts: Mapping[str, str]) -> str:
    """SHA-256 over the names and texts of the views."""
    return hashlib.sha256("\0".join(f"{name}\0{texts[name]}" for name in sorted(texts)).encode()).hexdigest()


def _needs(texts: Mapping[str, str]) -> dict[str, set[str]]:
    words = {name: set(re.findall(r"\w+", _COMMENT.sub("", text))) for name, text in texts.items()}
    return {name: (used & texts.keys()) - {name} for name, used in words.items()}

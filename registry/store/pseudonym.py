"""A patient's pseudonym in texts: found, told from longer ones that contain it, and taken out."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from registry import sql

ERASED = "[erased]"
"""What stands where a text was that named an erased patient."""
SHORTEST_NUMBER = 5
"""A pseudonym of fewer digits and nothing else is like any number: it is not looked for in texts of others."""


class Names:
    """A patient's pseudonym in texts, told from longer ones that contain it."""

    def __init__(self, read: Callable[..., list[tuple[Any, ...]]], patient_id: str) -> None:
        self.patient_id = patient_id
        self.searched = not patient_id.isdecimal() or len(patient_id) >= SHORTEST_NUMBER
        self._pattern = re.compile(rf"(?<![^\W_]){re.escape(patient_id)}(?![^\W_])", re.IGNORECASE)
        longer = read(
            "SELECT patient_id FROM patient WHERE contains(lower(patient_id), lower($1)) AND patient_id <> $1",
            [patient_id],
        )
        self._others = [str(name).casefold() for (name,) in longer]
        self.own_ids = {str(name) for (name,) in read(sql.text("queries/erasure_own_ids"), [patient_id])}
        """The identifiers of the patient's episodes, courses, adverse events, cases and queries."""

    def without(self, text: str) -> str:
        """The text with what names the patient replaced."""
        return self._pattern.sub(partial(self._replaced, text), text)

    def named_in(self, text: str | None) -> bool:
        """Whether a text names the patient."""
        return text is not None and self.without(text) != text

    def about(self, subject: str) -> bool:
        """Whether a subject is the patient, or something that belongs to him or her."""
        return self.named_in(subject) or not self.own_ids.isdisjoint(re.split(r"[\s/,:]+", subject))

    def _replaced(self, text: str, match: re.Match[str]) -> str:
        start, end = match.span()
        while start > 0 and (text[start - 1].isalnum() or text[start - 1] in "-_."):
            start -= 1
        while end < len(text) and (text[end].isalnum() or text[end] in "-_."):
            end += 1
        word = text[start:end].casefold()
        return match[0] if any(other in word for other in self._others) else ERASED

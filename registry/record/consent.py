"""Who refused or withdrew consent: in no figure, export or packet. Care goes on, and pages say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.wording import number_of, page_day

Read = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Refusal:
    """The decision of a patient that counts: `refused` or `withdrawn`, and its day."""

    consent: str
    decided_on: date

    def __str__(self) -> str:
        """`This patient refused (12 Mar 2024): in no figure, export or packet. Surveillance goes on.`"""
        what = "refused" if self.consent == "refused" else "withdrew consent"
        return (
            f"This patient {what} ({page_day(self.decided_on)}): in no figure, export or packet. "
            "Surveillance goes on."
        )


def refusal(read: Read, patient_key: int) -> Refusal | None:
    """What a patient refused or withdrew; None for who did neither. `read` runs a query."""
    found = read("SELECT consent, decided_on FROM refusal_view WHERE patient_key = $1", [patient_key])
    return Refusal(*found[0]) if found else None


def refusal_of(read: Read, patient_id: str) -> Refusal | None:
    """Like `refusal`, by pseudonym; None also for a pseudonym that is not here."""
    found = read("SELECT consent, decided_on FROM refusal_view WHERE patient_id = $1", [patient_id])
    return Refusal(*found[0]) if found else None


def left_out_words(number: int) -> str:
    """`1 patient who refused or withdrew consent is left out.`; empty for none."""
    if not number:
        return ""
    return f"{number_of(number, 'patient')} who refused or withdrew consent {'is' if number == 1 else 'are'} left out."

"""The response that counts, in words: who gave it, when, and what the machine said where that is something else."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from registry.wording import number_of, page_day

_REACHED = {
    "agreement": "by agreement of two readers",
    "third_reader": "by a third reader",
    "committee": "by a committee",
}
_TURNS = {
    "onset_on": "onset",
    "cr_onset_on": "CR onset",
    "lost_cr_on": "loss of CR",
    "relapsed_on": "relapse",
}
_DECIDED = ("best_response", "onset_on", "lost_cr_on", "relapsed_on")
"""What a decision says of its own."""


def written(on: date | None) -> str:
    """`3 Feb 2026`."""
    return "not recorded" if on is None else f"{page_day(on)}"


def provenance(final: Mapping[str, Any]) -> str:
    """`decision` or `call`: what a row of the calls or of the decisions is."""
    return "decision" if final.get("case_id") else "call"


def reached(decision: Mapping[str, Any], at: datetime | None = None) -> str:
    """`by agreement of two readers, 3 Feb 2026`; `at` is when, on the clock of whoever reads it, else UTC."""
    when = at or decision["decided_at"]
    return f"{_REACHED[decision['reached_by']]}, {written(when.date())}"


def provenance_words(final: Mapping[str, Any]) -> str:
    """`call`, or `decision by a committee, 3 Feb 2026`."""
    return f"decision {reached(final)}" if provenance(final) == "decision" else "call"


def dated(said: Mapping[str, Any]) -> str:
    """A judgement with its dates: `CR, onset 12 Jan 2025, relapse 3 Mar 2025`."""
    days = [f"{word} {written(said[name])}" for name, word in _TURNS.items() if said.get(name) is not None]
    return ", ".join([str(said["best_response"]), *days])


def lasted(final: Mapping[str, Any]) -> str:
    """`In response for 148 days, until the relapse.`; empty without a response."""
    days, by = final["duration_of_response_days"], final["censored_by"] or final["duration_status"]
    if days is None:
        return ""
    until = {"event": "the relapse", "death": "death"}.get(by, f"the {str(by).replace('_', ' ')}")
    return f"In response for {number_of(days, 'day')}, until {until}."


def differs(decision: Mapping[str, Any], call: Mapping[str, Any] | None) -> bool:
    """Whether people said something else than the machine; True too where the machine said nothing."""
    return call is None or any(decision[name] != call[name] for name in _DECIDED)


def beside(decision: Mapping[str, Any], call: Mapping[str, Any] | None) -> str:
    """The machine's call beside a decision, as a sentence."""
    if call is None:
        return "The machine has made no call."
    if not differs(decision, call):
        return "The machine's call says the same."
    return f"The machine's call was {dated(call)}."

"""What a case rests on: the call as it was, and the rows it cited. Two of them tell whether a decision still answers.

A later count that only prolongs the follow-up, is one more that does not reach the better level, or shows a failure
once more (the last failing pair is the one cited) is no difference (DEF-REV-15): what was cited for these is compared
by whether it still stands, not by whether it is still what is cited.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry import sql
from registry.review.randomization import Read
from registry.store import audit

_ONCE_MORE = frozenset({"refutes_better", "failing", "failing_confirming"})
"""Steps that one more count of the same kind moves: of them only what was asked is compared."""
_MOVED = _ONCE_MORE | {"censoring", "held"}
"""Steps for which a later count may be cited although nothing that decided has changed."""
_ASKED = ("predicate", "threshold")
SAYS = ("best_response", "reason", "onset_on", "cr_onset_on", "lost_cr_on", "relapsed_on", "started_on")
"""What a call says that a decision answers to."""
_CITES = ("step", "source", "id", "observed_on", "predicate", "threshold", "value", "held")


@dataclass(frozen=True)
class Basis:
    """A call and its evidence. `says` by the names of SAYS, dates ISO; `cited` rows with the names of _CITES."""

    says: Mapping[str, str | None]
    cited: tuple[Mapping[str, Any], ...]

    @property
    def evidence(self) -> str:
        """The evidence as it is stored."""
        return audit.canonical_json([dict(row) for row in self.cited])

    def answers(self, other: Basis) -> bool:
        """Whether a decision on `other` still answers to this one, the record as it is now.

        What only has to stand (`standing`) is looked up by the caller, see `still_stands`.
        """
        return dict(self.says) == dict(other.says) and self._deciding == other._deciding

    @property
    def _deciding(self) -> list[str]:
        """What decides, and of what a later count may show once more only what was asked there."""
        deciding = [row for row in self.cited if row["step"] not in _MOVED]
        asked = {tuple(row[name] for name in _ASKED) for row in self.cited if row["step"] in _ONCE_MORE}
        return sorted(audit.canonical_json(dict(row)) for row in deciding) + sorted(map(str, asked))

    @property
    def standing(self) -> tuple[Mapping[str, Any], ...]:
        """The rows that only have to be in the record as they were cited."""
        return tuple(row for row in self.cited if row["step"] in _MOVED)


def says_of(call: Mapping[str, Any]) -> dict[str, str | None]:
    """What a row of the calls says, as plain text."""
    return {name: _text(call[name]) for name in SAYS}


def cited_by(read: Read, course_key: int, criteria_id: str) -> tuple[dict[str, Any], ...]:
    """The evidence of a stored call, rows in the order of its reasoning."""
    rows = read(sql.text("queries/review_cited"), [course_key, criteria_id])
    return tuple({name: _text(value) for name, value in zip(_CITES, row, strict=True)} for row in rows)


def of_case(row: Mapping[str, Any]) -> Basis:
    """The basis of a case from its row."""
    says = {name: _text(row["started_on" if name == "started_on" else _stored(name)]) for name in SAYS}
    return Basis(says, tuple(json.loads(row["evidence"])))


def _stored(name: str) -> str:
    return "machine_response" if name == "best_response" else f"machine_{name}"


def columns(says: Mapping[str, Any]) -> dict[str, Any]:
    """What a call says, as the columns of a case."""
    return {name if name == "started_on" else _stored(name): says[name] for name in SAYS}


def still_stands(read: Read, patient_key: int, cited: Sequence[Mapping[str, Any]]) -> bool:
    """Whether records that were cited are in the record as they were cited."""
    for row in cited:
        if row["id"] is None:
            continue
        found = read(sql.text("queries/review_cited_now"), [patient_key, row["source"], row["id"]])
        if [(_text(on), _text(value)) for on, value in found] != [(row["observed_on"], row["value"])]:
            return False
    return True


def _text(value: Any) -> str | None:
    if value is None or value != value:
        return None
    if hasattr(value, "date"):
        value = value.date()
    return value.isoformat() if isinstance(value, date) else str(value)

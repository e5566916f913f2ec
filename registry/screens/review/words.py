"""How review is spoken of on its pages: states, parts of a case, how a decision was reached, a judgment in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adjudication.review.workflow import DATES
from registry.record.text.days import said
from registry.review import LABELS

STATES = {
    "waiting": "not decided yet",
    "agreed": "decided: two readers agree",
    "resolved": "decided after a dispute",
    "stale": "superseded",
}
REACHED = {
    "agreement": "by two readers who agree",
    "third_reader": "by a third reader who agrees with one of two",
    "committee": "by the majority of a committee",
}
_PARTS = {"blind": "read alone", "third": "third reader", "committee": "vote"}


def part_said(part: str, number: int) -> str:
    """`read alone`, `third reader`, `vote 2`."""
    return f"{_PARTS[part]} {number}" if part == "committee" and number > 1 else _PARTS[part]


def judgement_in_words(said_so: Mapping[str, Any]) -> str:
    """`CR, response began on Tue 14 Jan 2025, confidence high`: a judgment in a line."""
    days = [
        f"{LABELS[name].lower()} {said(said_so[name])}" for name in DATES if said_so.get(name) is not None
    ]
    sure = [f"confidence {said_so['confidence']}"] if said_so.get("confidence") else []
    return ", ".join([str(said_so["level"]), *days, *sure])

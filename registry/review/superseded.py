"""Decisions that hold no more: what each said, and what changed under it, side by side.

What re-opened a decision is told from its case and the case that followed: each keeps the call and the evidence that it
rests on, so that the comparison is the one that was made then, whatever was recorded since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from adjudication.response.criteria import DEFAULTS
from adjudication.review.workflow import CLOSED, State
from registry import sql
from registry.errors import Usage
from registry.review import case_evidence
from registry.review.blindness import sight
from registry.review.case_evidence import Basis
from registry.review.randomization import Read
from registry.roles import Actor, Permission
from registry.store.database import Database

_DECISION = (
    "case_id",
    "course_id",
    "criteria_id",
    "best_response",
    "onset_on",
    "lost_cr_on",
    "relapsed_on",
    "reached_by",
    "decided_at",
)
_RESTS_ON = (
    "criteria_hash",
    "engine_version",
    "started_on",
    "machine_response",
    "machine_reason",
    "machine_onset_on",
    "machine_cr_onset_on",
    "machine_lost_cr_on",
    "machine_relapsed_on",
    "evidence",
)
_CALL = {
    "best_response": "the automated call",
    "reason": "its reason",
    "onset_on": "its onset",
    "cr_onset_on": "its CR onset",
    "lost_cr_on": "its loss of CR",
    "relapsed_on": "its relapse",
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Changed:
    """One thing that a decision rested on and that is no longer so. None = was not there, or is gone."""

    what: str
    on: date | None
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Superseded:
    """A decision that holds no more; `decision` by the names that a call has, with case_id, reached_by, decided_at.

    `changed` has the values first, then what the machine makes of them. `followed_by` is the case in which the course
    is read again, in `state`; None where the call is gone, or where the decision came in without it: then nothing is
    known of what changed.
    """

    course_id: str
    criteria_id: str
    decision: Row
    changed: tuple[Changed, ...]
    followed_by: str | None
    state: State | None

    @property
    def being_read(self) -> bool:
        """Whether people are asked again and have not decided yet."""
        return self.state is not None and self.state not in CLOSED and self.state is not State.STALE


def superseded(
    db: Database, actor: Actor, patient_id: str, criteria_ids: Sequence[str] = tuple(DEFAULTS.values())
) -> list[Superseded]:
    """The decisions on a patient's courses that hold no more, oldest first, as far as `actor` may see the calls.

    Raises Usage for an unknown patient, NotPermitted for an account that may not read there.
    """
    found = db.rows(sql.text("queries/patient_key_and_site"), [patient_id])
    if not found:
        raise Usage(f"There is no patient {patient_id}.")
    [(key, site)] = found
    actor.require(Permission.READ, site)
    if not db.rows("SELECT 1 FROM review_case WHERE patient_key = $1 LIMIT 1", [key]):
        return []
    params = [key, list(criteria_ids), sight(actor, site)]
    return [_told(db.rows, key, row) for row in db.rows(sql.text("queries/review_superseded"), params)]


def _told(read: Read, patient_key: int, row: Sequence[Any]) -> Superseded:
    ends = len(_DECISION) + 1, len(_DECISION) + 1 + len(_RESTS_ON)
    *said, opened_seq = row[: ends[0]]
    decision = dict(zip(_DECISION, said, strict=True))
    before = dict(zip(_RESTS_ON, row[ends[0] : ends[1]], strict=True))
    case_id, state, *rest = row[ends[1] :]
    after = dict(zip(_RESTS_ON, rest, strict=True)) if case_id is not None else None
    return Superseded(
        decision["course_id"],
        decision["criteria_id"],
        decision,
        tuple(_changes(read, (patient_key, opened_seq), decision["criteria_id"], before, after)),
        case_id,
        None if state is None else State(state),
    )


def _changes(
    read: Read, case: tuple[int, int], criteria_id: str, before: Row, after: Row | None
) -> Iterator[Changed]:
    """`case` is its patient, and the change that opened it."""
    if after is None:
        return
    then, now = case_evidence.of_case(before), case_evidence.of_case(after)
    yield from _values(read, case, then, now)
    if then.says["started_on"] != now.says["started_on"]:
        yield Changed("start of the course", None, then.says["started_on"], now.says["started_on"])
    for name, words in (("criteria_hash", criteria_id), ("engine_version", "engine")):
        if before[name] != after[name]:
            yield Changed(words, None, before[name][:8], after[name][:8])
    for name, words in _CALL.items():
        if then.says[name] != now.says[name]:
            yield Changed(words, None, _plain(then.says[name]), _plain(now.says[name]))


def _values(read: Read, case: tuple[int, int], then: Basis, now: Basis) -> Iterator[Changed]:
    """Cited records whose value or day is another now, that are gone, or that were recorded since and decide now.

    A count that was there before and is only now cited is a consequence, no change.
    """
    patient_key, opened_seq = case
    was, became = _cited(then), _cited(now)
    records = sorted({*was, *became}, key=lambda one: str((was.get(one) or became[one])["observed_on"]))
    names = [name for source, name in records if source == "observation"]
    counts = {row[0]: row[1:] for row in _counts(read, patient_key, names)}
    for source, name in records:
        old, new = was.get((source, name)), became.get((source, name))
        if old is not None and new is not None:
            if (old["value"], old["observed_on"]) != (new["value"], new["observed_on"]):
                yield _pair(source, counts.get(name), old, new["value"], new["observed_on"])
            continue
        if new is not None:
            if source != "observation":
                yield Changed(source, _day(new["observed_on"]), None, "decides now")
            elif counts[name][-1] > opened_seq:
                yield Changed(counts[name][0], _day(new["observed_on"]), None, new["value"])
            continue
        assert old is not None  # noqa: S101 -- it is in one of the two
        if source != "observation" or name not in counts:
            yield Changed(source, _day(old["observed_on"]), old["value"] or "decided", None)
            continue
        _, on, value, why, withdrawn, _ = counts[name]
        stands = None if withdrawn else value if why is None else f"not evaluable: {_plain(why)}"
        if stands != old["value"] or str(on) != old["observed_on"]:
            yield _pair(source, counts[name], old, stands, str(on))


def _pair(
    source: str, count: Sequence[Any] | None, old: Mapping[str, Any], value: str | None, on: str
) -> Changed:
    moved = on != old["observed_on"] and value is not None
    after = f"{value} on {on}" if moved else value
    return Changed(_named(source, count), _day(old["observed_on"]), old["value"], after)


def _cited(one: Basis) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(row["source"], row["id"]): row for row in one.cited if row["id"] is not None}


def _counts(read: Read, patient_key: int, names: Sequence[str]) -> list[tuple[Any, ...]]:
    return read(sql.text("queries/review_values"), [patient_key, list(names)]) if names else []


def _named(source: str, count: Sequence[Any] | None) -> str:
    return str(count[0]) if count is not None else source


def _day(on: str | None) -> date | None:
    return None if on is None else date.fromisoformat(on)


def _plain(code: str | None) -> str | None:
    return None if code is None else code.replace("_", " ")

"""Everything recorded of one patient, as it was recorded, in the words of the bundle: each fact with its version.

The timeline shows what facts mean; this shows the facts themselves, to be amended or withdrawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registry import record
from registry.errors import Usage
from registry.record import tables
from registry.roles import Actor, Permission
from registry.store.database import Database

KINDS = (
    "patient",
    "exposure",
    "episode",
    "course",
    "course_agent",
    "observation",
    "bleed",
    "transfusion",
    "rescue",
    "other_cause",
    "adverse_event",
    "attribution",
    "comedication",
    "consent",
    "sign",
    "outcome",
    "proposal_answer",
)
"""The tables of the bundle that hold what a person logs of a patient, parents before children."""
_OF_PATIENT = {
    "course_agent": "v.course_key IN (SELECT c.course_key FROM course_view AS c WHERE c.patient_key = $1)"
}


def recorded(db: Database, actor: Actor, patient_id: str, kind: str) -> list[dict[str, Any]]:
    """The current facts of one kind: the columns of the bundle as text (None: not recorded) and `version`.

    Rows are in the order of their days, the last first. Raises Usage for an unknown patient or kind, NotPermitted.
    """
    if kind not in KINDS:
        raise Usage(f"{kind} is not a kind of fact. Choose one of: {', '.join(KINDS)}.")
    key = _read_key(db, actor, patient_id)
    table = tables.described(kind)
    columns = ", ".join(f'v."{tables.shown(kind, one)}"::VARCHAR AS "{one}"' for one in table.names)
    where = _OF_PATIENT.get(kind, "v.patient_key = $1")
    rows: list[dict[str, Any]] = db.arrow(
        f"SELECT {columns}, v.version FROM {kind}_view AS v WHERE {where}", [key]
    ).to_pylist()
    happened = _days(kind)
    return sorted(
        rows,
        key=lambda row: ([row[one] or "" for one in happened], [row[one] for one in table.identity]),
        reverse=True,
    )


def identity_of(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """What names a fact: the columns of its identity out of a row."""
    return {name: row[name] for name in tables.described(kind).identity}


_HAPPENED = (
    "observed_at",
    "started_on",
    "given_on",
    "onset_on",
    "noticed_on",
    "done_on",
    "answered_on",
    "decided_on",
)


def _days(kind: str) -> tuple[str, ...]:
    """The columns that say when a fact of this kind was: of the table, in its order."""
    names = tables.described(kind).names
    return tuple(name for name in _HAPPENED if name in names)


def _read_key(db: Database, actor: Actor, patient_id: str) -> int:
    found = db.rows("SELECT patient_key, site FROM patient_view WHERE patient_id = $1", [patient_id])
    if not found:
        raise Usage(
            f"There is no patient {patient_id} in this registry. Check the pseudonym, or search for it."
        )
    actor.require(Permission.READ, found[0][1])
    return int(found[0][0])


@dataclass(frozen=True)
class HistoryStep:
    """One step in the history of a fact: who did what when (UTC) and why, and each value that it changed.

    `changed` maps a column to its value before and after, as text; None: not recorded, or there was no fact.
    """

    version: int
    at: datetime
    by: str
    done: str
    why: str | None
    changed: dict[str, tuple[str | None, str | None]]


def steps(db: Database, actor: Actor, kind: str, identity: Mapping[str, Any]) -> list[HistoryStep]:
    """The history of a fact in steps, oldest first; each value that a step changed, with old and new.

    Raises Usage for an incomplete identity, NotPermitted.
    """
    found: list[HistoryStep] = []
    before: dict[str, str | None] = {}
    for row in record.history(db, actor, kind, identity):
        after = {name: _text(row.get(_STORED.get(name, name))) for name in tables.described(kind).names}
        after = {name: value for name, value in after.items() if name not in identity}
        done, why = row["written_as"], row["written_because"]
        found.append(
            HistoryStep(
                row["version"], row["written_at"], row["written_by"], done, why, _changed(before, after)
            )
        )
        before = after
        if row["superseded_as"] in ("withdraw", "follow_up"):  # who follows up amends nothing
            found.append(
                HistoryStep(
                    row["version"],
                    row["superseded_at"],
                    row["superseded_by_actor"],
                    "withdraw",
                    row["superseded_because"],
                    _changed(after, {}),
                )
            )
            before = {}
    return found


_STORED = {"observed_at": "observed_on"}


def _changed(
    before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> dict[str, tuple[str | None, str | None]]:
    names = dict.fromkeys([*before, *after])
    pairs = {name: (before.get(name), after.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _text(value: object) -> str | None:
    return None if value is None else str(value)

"""What was done about patients under surveillance: logged at once, looked back upon, and a removal taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from adjudication.surveillance import ladder
from adjudication.surveillance.protocol import Outcome, Protocol
from registry import sql
from registry.entry import Fact, Saved, save
from registry.errors import Refused, Usage
from registry.roles import readable_sites

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database

MEANT = {
    Outcome.CONTACTED: (
        "The patient or the hematologist was reached: a note can say who. It settles a finding that is confirmed, "
        "at 30 or above, and no other."
    ),
    Outcome.NO_ANSWER: "Nobody was reached.",
    Outcome.REFERRED: "Referred to the hematologist: it settles the finding.",
    Outcome.SENT_TO_EMERGENCY: "Sent to the emergency unit: it settles the finding.",
}
"""What outcomes mean whose names leave it open."""


@dataclass(frozen=True)
class Did:
    """One thing that was done: what and on which day, who wrote it and when (UTC), as change `seq`."""

    patient_id: str
    outcome_id: str
    version: int
    outcome: Outcome
    done_on: date
    recheck_on: date | None
    reason: str | None
    note: str | None
    by: str
    at: datetime
    seq: int

    @property
    def words(self) -> str:
        """`no answer`."""
        return said(self.outcome)


def said(outcome: str) -> str:
    """An outcome as people say it."""
    return outcome.replace("_", " ")


def done(db: Database, actor: Actor, patients: Sequence[str], as_of: date) -> dict[str, list[Did]]:
    """What was done by the day `as_of` about each of the `patients`, the last first; patients without are left out.

    Only of those whom `actor` may read. Raises NotPermitted for an actor who may read nowhere.
    """
    query = sql.text("queries/surveillance_outcomes")
    found: dict[str, list[Did]] = {}
    for row in db.rows(query, [list(patients), as_of, readable_sites(actor)]):
        found.setdefault(row[0], []).append(Did(*(*row[:3], Outcome(row[3]), *row[4:])))
    return found


def refuse_unknown(db: Database, patient_id: str) -> None:
    """Raise Usage for a pseudonym that this registry does not hold."""
    if not db.rows("SELECT 1 FROM patient_view WHERE patient_id = $1", [patient_id]):
        raise Usage(f"There is no patient {patient_id} in this registry. Check the pseudonym.")


def log_outcome(
    db: Database,
    actor: Actor,
    patient_id: str,
    outcome: Outcome,
    *,
    key: str,
    today: date,
    done_on: date | None = None,
    recheck_on: date | None = None,
    reason: str | None = None,
    note: str | None = None,
) -> Saved:
    """Keep what was done about a patient, on `today` unless another day is said. `key` is an idempotency key.

    `recheck_on` is the day for which a recheck was arranged. What takes the patient off the list needs a reason.
    Raises Usage for a patient who is not known, Refused, NotPermitted, and AlreadyDone for a key that was used for
    something else.
    """
    refuse_unknown(db, patient_id)
    if outcome is Outcome.RECHECK_ARRANGED and recheck_on is None:
        raise Refused("Say for which day the recheck is arranged.")
    values = {
        "patient_id": patient_id,
        "done_on": done_on or today,
        "outcome": str(outcome),
        "recheck_on": recheck_on,
        "reason": (reason or "").strip() or None,
        "note": (note or "").strip() or None,
    }
    if outcome in ladder.load().outcomes.remove and values["reason"] is None:
        raise Refused(f"Say why {patient_id} is taken off the list: a reason is needed.")
    return save(db, actor, [Fact("outcome", values)], key=key, today=today)


def put_back(
    db: Database,
    actor: Actor,
    patient_id: str,
    reason: str,
    *,
    key: str,
    today: date,
    protocol: Protocol | None = None,
) -> Saved:
    """Put a patient back on the list: everything that takes him off is withdrawn, with the reason, in one change.

    Raises Usage where nothing keeps the patient off the list or the reason is empty, NotPermitted, Conflict.
    """
    removing = (protocol or ladder.load()).outcomes.remove
    stand = [
        one for one in done(db, actor, [patient_id], today).get(patient_id, []) if one.outcome in removing
    ]
    if not stand:
        raise Usage(f"Nothing takes {patient_id} off the list, so there is nothing to put back.")
    if not reason.strip():
        raise Usage(f"Say why {patient_id} is put back on the list: a reason is needed.")
    facts = [
        Fact(
            "outcome",
            {"patient_id": patient_id, "outcome_id": one.outcome_id},
            one.version,
            withdrawn=True,
        )
        for one in stand
    ]
    return save(db, actor, facts, key=key, today=today, reason=reason.strip())

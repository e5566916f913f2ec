"""Episodes that counts propose after alemtuzumab: shown with the counts that made them, accepted or rejected.

Nothing is opened without a person. An answer names the two counts; they, and the low counts beside them that were
known then, propose nothing again. They speak again when the answer or the episode that it opened is withdrawn, or one
of the two is amended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from adjudication.day_values import Result
from adjudication.response.terms import Disease
from adjudication.surveillance import proposal as rules
from adjudication.surveillance.counts import UNBOUNDED
from adjudication.surveillance.protocol import Protocol
from registry import record, sql
from registry.entry import Fact, Saved, save
from registry.errors import AlreadyDone, Usage
from registry.roles import Action, readable_sites
from registry.surveillance.in_force import infused, standing

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database

CAUSE = "alemtuzumab"


@dataclass(frozen=True)
class Proposed:
    """A proposed episode: whose, and the counts (10*9/L x 10^6) that made it."""

    patient_id: str
    site: str | None
    first: rules.Count
    confirming: rules.Count

    @property
    def onset_on(self) -> date:
        return self.first.day


def proposals(
    db: Database,
    actor: Actor,
    as_of: date,
    protocol: Protocol | None = None,
    *,
    patient_id: str | None = None,
) -> list[Proposed]:
    """The episodes that wait for an answer on the day `as_of`, the latest confirmed first.

    At the sites where `actor` may read, each patient by the protocol in force for him, or by `protocol` where one is
    given; `patient_id` asks for one patient only. Raises NotPermitted for an actor who may read nowhere.
    """
    standing_now = standing(db, protocol)
    with infused(db, as_of, standing_now, readable_sites(actor), patient_id) as snapshot:
        asked = [
            (
                one.protocol,
                snapshot.rows(sql.text("queries/proposal_counts"), [plan]),
                _each(snapshot.rows(sql.text("queries/proposal_illness"), [plan])),
                _each(snapshot.rows(sql.text("queries/proposal_answers"), [plan])),
            )
            for place, one in enumerate(standing_now)
            for plan in [_plan(one.protocol, place, as_of)]
        ]
    found = [
        one
        for by, rows, illness, answers in asked
        for name, several in groupby(rows, key=lambda row: row[0])
        if (one := _proposed(by, list(several), illness.get(name, []), answers.get(name, []), as_of))
        is not None
    ]
    return sorted(found, key=lambda one: (-one.confirming.day.toordinal(), one.patient_id))


def _plan(protocol: Protocol, place: int, as_of: date) -> dict[str, Any]:
    return {
        "as_of": as_of,
        "place": place,
        "analyte": protocol.analyte,
        "disease": Disease.ITP.word,
        "below_e6": protocol.confirmation.below_e6,
    }


def _each(rows: list[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each patient, without the pseudonym, which comes first."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for patient_id, *row in rows:
        found.setdefault(patient_id, []).append(tuple(row))
    return found


def _proposed(
    protocol: Protocol,
    rows: list[tuple[Any, ...]],
    illness: list[tuple[Any, ...]],
    answers: list[tuple[Any, ...]],
    as_of: date,
) -> Proposed | None:
    patient_id, site, first_infusion_on = rows[0][:3]
    since = rules.counting_since(first_infusion_on, (ended_on for (ended_on,) in illness), as_of)
    if since is None:
        return None
    counts, starts = [], set()
    for _, _, _, name, day, e6, seq, over, tube, minute, starts_course in rows:
        high = UNBOUNDED if over > 0 else e6
        result = Result(0 if over < 0 else e6, high, tube, minute)
        counts.append(rules.Count(day, e6, name, seq, result))
        starts |= {day} if starts_course else set()
    said = [rules.Answer(*one) for one in answers]
    found = rules.proposal(protocol, counts, since=since, answers=said, starts=starts)
    return None if found is None else Proposed(patient_id, site, found.first, found.confirming)


def accept(db: Database, actor: Actor, one: Proposed, *, key: str, today: date) -> Saved:
    """Open the proposed episode, secondary to alemtuzumab, and keep the answer, in one change.

    `key` is the idempotency key of the form. Raises Usage if the proposal no longer stands, Conflict if somebody
    answered it at this moment, NotPermitted, Refused.
    """
    _refuse_gone(db, actor, one, key, today)
    episode = {
        "patient_id": one.patient_id,
        "disease": Disease.ITP.word,
        "onset_on": one.onset_on,
        "diagnosed_on": one.confirming.day,
        "primary_or_secondary": "secondary",
        "cause": CAUSE,
    }
    # The episode gets its id where it is stored, and the answer the same one.
    answer = {"answer": "accepted", "opened_episode_id": None, "reason": None}
    return _save(db, actor, one, [Fact("episode", episode)], answer, key=key, today=today)


def reject(db: Database, actor: Actor, one: Proposed, reason: str, *, key: str, today: date) -> Saved:
    """Keep that no episode is opened from these counts, and why; they propose none again.

    Raises Refused without a reason, Usage if the proposal no longer stands, Conflict if somebody answered it at this
    moment, NotPermitted.
    """
    _refuse_gone(db, actor, one, key, today)
    answer = {"answer": "rejected", "opened_episode_id": None, "reason": reason.strip()}
    return _save(db, actor, one, [], answer, key=key, today=today)


def _save(
    db: Database,
    actor: Actor,
    one: Proposed,
    opened: list[Fact],
    said: dict[str, Any],
    *,
    key: str,
    today: date,
) -> Saved:
    """Keep the answer, in the place of an earlier one to the same counts that holds no longer."""
    identity = {
        "patient_id": one.patient_id,
        "first_observation_id": one.first.name,
        "confirming_observation_id": one.confirming.name,
    }
    earlier = record.version(db, "proposal_answer", identity)
    answer = Fact("proposal_answer", {**identity, "answered_on": today, **said}, earlier)
    why = None if earlier is None else "answered anew: the earlier answer held no longer"
    return save(db, actor, [*opened, answer], key=key, today=today, reason=why, acting=Action.ANSWER_PROPOSAL)


def _refuse_gone(db: Database, actor: Actor, one: Proposed, key: str, today: date) -> None:
    if one in proposals(db, actor, today, patient_id=one.patient_id):
        return
    done = db.rows("SELECT seq FROM audit_event WHERE idempotency_key = $1 AND actor = $2", [key, actor.name])
    if done:
        raise AlreadyDone(f"This answer was already stored, as change {done[0][0]}.", seq=done[0][0])
    raise Usage(
        f"This proposal for {one.patient_id} no longer stands: it was answered, an episode was recorded, or one of "
        "its counts was changed. Look at the list again."
    )

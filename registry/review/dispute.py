"""Settling what two readers differ about: a third reader sees both judgments, nameless and shuffled."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from adjudication.review.rules import published_rules
from adjudication.review.workflow import Act, State, after, decided, differing
from registry.errors import Refused
from registry.review import packet
from registry.review.randomization import Read, secret
from registry.review.reading import Opened, decide, give, held, verdicts
from registry.review.signing import Prove, proved, sign
from registry.review.stored import SUBJECT, Case, involved, moment, permitted, step
from registry.review.verdicts import Said, refuse_without_reason, shown, true_verdict
from registry.roles import Action, Actor
from registry.store import audit
from registry.store.database import Database


@dataclass(frozen=True)
class Dispute:
    """A disputed case as the third reader, or a member of the committee, has it.

    `judgements` are nameless, in an order drawn for this person; dates are those of the packet. `opened` has the
    packet, and a draft for the third reader. `differing` names what the judgments do not agree on within the
    tolerance: `level` and days. `round` counts the votings of the committee (0: none sits); `quorum` members must
    have voted before the votes may be counted.
    """

    opened: Opened
    judgements: tuple[dict[str, Any], ...]
    differing: frozenset[str]
    members: tuple[str, ...]
    round: int
    quorum: int
    voted: bool
    countable: bool


def dispute(db: Database, actor: Actor, case_id: str) -> Dispute:
    """A dispute that the actor holds as third reader, or has a seat on. Raises Refused, NotPermitted."""
    now = db.now()
    try:
        case = permitted(db.rows, actor, case_id, Act.SAVE, now)
        opened = held(db.rows, case, actor)
    except Refused as refused:
        member = _as_member(db, actor, case_id)
        if member is None:
            raise refused from None
        case = member
        opened = Opened(case_id, packet.stored(db.rows, case.case_key) or {})
    if case.state is not State.DISPUTED:
        raise Refused("This case is not in dispute.")
    own = involved(db.rows, case)
    return Dispute(
        opened,
        judgements(db.rows, case, actor),
        _differing(db.rows, case),
        own.members if own.sits else (),
        own.round if own.sits else 0,
        own.quorum,
        actor.name in own.voted,
        own.countable,
    )


def _as_member(db: Database, actor: Actor, case_id: str) -> Case | None:
    """The case, for a member who may still vote, or may have the votes counted."""
    for act in (Act.VOTE, Act.COUNT):
        with suppress(Refused):
            return permitted(db.rows, actor, case_id, act, db.now())
    return None


def _differing(read: Read, case: Case) -> frozenset[str]:
    given = [verdict for _, verdict in verdicts(read, case, ("blind", "third"))]
    rules = published_rules()
    return frozenset(name for one, other in combinations(given, 2) for name in differing(one, other, rules))


def judgements(read: Read, case: Case, actor: Actor) -> tuple[dict[str, Any], ...]:
    """What the readers of a dispute said, without names and times, in an order drawn for this person."""
    rows = read(
        "SELECT reader, confidence, reason, note FROM review_read WHERE case_key = $1 AND round = 1 "
        "AND part IN ('blind', 'third') ORDER BY committed_at, reader",
        [case.case_key],
    )
    said = verdicts(read, case, ("blind", "third"))
    own = secret(read)
    assert own is not None  # noqa: S101 -- a case cannot be without it
    together = [
        (
            own.code("shuffle", case.case_id, actor.name, reader),
            {**shown(verdict, case), "confidence": confidence, "reason": reason, "note": note},
        )
        for (reader, confidence, reason, note), (_, verdict) in zip(rows, said, strict=True)
    ]
    return tuple(judgement for _, judgement in sorted(together, key=lambda one: one[0]))


def resolve(
    db: Database,
    actor: Actor,
    case_id: str,
    said: Said,
    prove: Prove,
    *,
    seconds: int = 0,
    key: str | None = None,
) -> bool:
    """Give the third judgment, signed, with its reason. True if two of three agree and the case is resolved.

    False means that no two agree: then only a committee can settle it. Raises Refused, NotPermitted.
    """
    now = db.now()
    case = permitted(db.rows, actor, case_id, Act.RESOLVE, now)
    method = proved(actor, prove)
    refuse_without_reason(said)
    verdict = true_verdict(db.rows, said, case)
    with db.change(actor, Action.REVIEW, SUBJECT, site=case.site, key=key) as change:
        case = permitted(change.rows, actor, case_id, Act.RESOLVE, now)
        beside = plain(judgements(change.rows, case, actor))
        signature = sign(actor, "third", case.fingerprint, said.as_json(), method, moment(now), beside)
        give(change, case, actor, "third", 1, said, verdict, signature, seconds, moment(now))
        three = [one for _, one in verdicts(change.rows, case, ("blind", "third"))]
        agreed = decided(three, 3, published_rules())
        reached = after(State.DISPUTED, Act.RESOLVE, settled=agreed is not None)
        if agreed is not None:
            decide(change, case, agreed, "third_reader", reached, Act.RESOLVE, moment(now))
        else:
            step(change, case.case_key, reached, Act.RESOLVE, moment(now))
    return agreed is not None


def plain(judgements: tuple[dict[str, Any], ...]) -> list[str]:
    """Judgments as they enter the digest of what was seen."""
    return [audit.canonical_json(one) for one in judgements]

"""A committee on a dispute: three or more who vote unseen, and a majority of all of them, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adjudication.review.rules import published_rules
from adjudication.review.workflow import Act, State, after, decided
from registry.errors import NotPermitted, Refused, Usage
from registry.review.dispute import judgements, plain
from registry.review.reading import decide, give, verdicts
from registry.review.signing import Prove, proved, sign
from registry.review.stored import SUBJECT, Case, add, involved, is_author, moment, permitted, step
from registry.review.verdicts import Said, refuse_without_reason, true_verdict
from registry.roles import Action, Actor, Permission
from registry.store.database import Database
from registry.store.transaction import Transaction

VOTE = "committee"
"""The part of a case in which votes are given."""


def candidates(db: Database, actor: Actor, case_id: str) -> list[str]:
    """The accounts that may sit in a committee on the case, by name. For an account that may convene it."""
    case = permitted(db.rows, actor, case_id, Act.CONVENE, db.now())
    names = [name for (name,) in db.rows("SELECT name FROM account WHERE NOT disabled ORDER BY name")]
    return [name for name in names if _may_sit(db, case, name)]


def convene(
    db: Database, actor: Actor, case_id: str, members: Sequence[str], *, key: str | None = None
) -> None:
    """Give a dispute to a committee, also in place of one that can no longer reach its quorum.

    Raises Usage for too few or unfit members, Refused where a committee sits, NotPermitted.
    """
    now, rules = db.now(), published_rules()
    case = permitted(db.rows, actor, case_id, Act.CONVENE, now)
    named = sorted(set(members))
    if not rules.least_members <= len(named) <= rules.most_members or len(named) != len(members):
        raise Usage(
            f"A committee has {rules.least_members} to {rules.most_members} different members; {len(named)} "
            f"were given."
        )
    unfit = [name for name in named if not _may_sit(db, case, name)]
    if unfit:
        raise Usage(f"{', '.join(unfit)} cannot be members for this case. Choose others.")
    with db.change(actor, Action.REVIEW, SUBJECT, site=case.site, key=key) as change:
        case = permitted(change.rows, actor, case_id, Act.CONVENE, now)
        number = involved(change.rows, case).round + 1
        _seat(change, case, actor.name, named, number, moment(now))
        step(change, case.case_key, after(State.DISPUTED, Act.CONVENE), Act.CONVENE, moment(now))
        change.execute("DELETE FROM review_claim WHERE case_key = $1", [case.case_key])


def vote(
    db: Database,
    actor: Actor,
    case_id: str,
    said: Said,
    prove: Prove,
    *,
    seconds: int = 0,
    key: str | None = None,
) -> None:
    """Give one's vote, signed, with its reason. Nobody sees it before the count. Raises Refused, NotPermitted."""
    now = db.now()
    case = permitted(db.rows, actor, case_id, Act.VOTE, now)
    method = proved(actor, prove)
    refuse_without_reason(said)
    verdict = true_verdict(db.rows, said, case)
    with db.change(actor, Action.REVIEW, SUBJECT, site=case.site, key=key) as change:
        case = permitted(change.rows, actor, case_id, Act.VOTE, now)
        beside = plain(judgements(change.rows, case, actor))
        number = involved(change.rows, case).round
        signature = sign(actor, "committee", case.fingerprint, said.as_json(), method, moment(now), beside)
        give(change, case, actor, "committee", number, said, verdict, signature, seconds, moment(now))
        step(change, case.case_key, after(State.DISPUTED, Act.VOTE), Act.VOTE, moment(now))


def count(db: Database, actor: Actor, case_id: str, *, key: str | None = None) -> bool:
    """Count the votes. True if more than half of all members agree; else a new round begins, and all vote again."""
    now = db.now()
    case = permitted(db.rows, actor, case_id, Act.COUNT, now)
    with db.change(actor, Action.REVIEW, SUBJECT, site=case.site, key=key) as change:
        case = permitted(change.rows, actor, case_id, Act.COUNT, now)
        own = involved(change.rows, case)
        votes = [one for _, one in verdicts(change.rows, case, ("committee",), own.round)]
        agreed = decided(votes, len(own.members), published_rules())
        reached = after(State.DISPUTED, Act.COUNT, settled=agreed is not None)
        if agreed is not None:
            decide(change, case, agreed, "committee", reached, Act.COUNT, moment(now))
        else:
            _seat(change, case, actor.name, own.members, own.round + 1, moment(now))
            step(change, case.case_key, reached, Act.COUNT, moment(now))
    return agreed is not None


def _seat(
    change: Transaction, case: Case, by: str, members: Sequence[str], number: int, at: datetime
) -> None:
    quorum = published_rules().votes_needed(len(members))
    rows = [
        {
            "case_key": case.case_key,
            "round": number,
            "member": member,
            "convened_by": by,
            "convened_at": at,
            "quorum": quorum,
        }
        for member in members
    ]
    add(change, "review_seat", *rows)


def _may_sit(db: Database, case: Case, name: str) -> bool:
    try:
        member = db.actor(name)
    except (NotPermitted, Refused):
        return False
    return member.may(Permission.REVIEW, case.site) and not is_author(db.rows, case.patient_key, name)

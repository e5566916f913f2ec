"""Reading a case: claim it, save, continue later, and commit what is then final.

All of it leaves the same trace in the audit trail, and nothing that is returned or refused tells what anybody else
has done: what a reader learns of a case before a decision is its packet.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adjudication.response.terms import Level
from adjudication.review.rules import Rules, published_rules
from adjudication.review.workflow import INDEPENDENT, Act, State, Verdict, after, decided
from registry.errors import Refused, Usage
from registry.review import packet
from registry.review.randomization import Read
from registry.review.reopening import reopen
from registry.review.signing import Prove, Signature, proved, sign
from registry.review.stored import SUBJECT, Case, add, involved, moment, permitted, step
from registry.review.verdicts import Said, columns, true_verdict
from registry.roles import Action, Actor
from registry.store import audit
from registry.store.database import Database
from registry.store.transaction import Transaction

LONGEST_DRAFT = 100_000
"""Bytes of what is kept of a case before it is committed, as JSON: several times what a form can hold."""


@dataclass(frozen=True)
class Opened:
    """A case as its reader has it: the packet, and what was saved as it was saved. `seconds` spent on it so far.

    Where nothing is held, as by a member of a committee, there is neither draft nor `expires_at`.
    """

    case_id: str
    content: packet.Content
    draft: dict[str, Any] | None = None
    seconds: int = 0
    expires_at: datetime | None = None


def claim(db: Database, actor: Actor, case_id: str, *, key: str | None = None) -> None:
    """Hold a case, or hold it anew, until the claim expires. What was saved before comes back.

    Raises Refused, NotPermitted in words that tell nothing of the case.
    """
    now = db.now()
    case = permitted(db.rows, actor, case_id, Act.CLAIM, now)
    with db.change(actor, Action.REVIEW, SUBJECT, site=case.site, key=key) as change:
        case = permitted(change.rows, actor, case_id, Act.CLAIM, now)
        _hold(change, case, actor, moment(now), published_rules())


def release(db: Database, actor: Actor, case_id: str, *, key: str | None = None) -> None:
    """Give a case back; what was saved stays, for its reader alone."""
    now = db.now()
    case = permitted(db.rows, actor, case_id, Act.RELEASE, now)
    with db.change(actor, Action.REVIEW, SUBJECT, site=case.site, key=key) as change:
        case = permitted(change.rows, actor, case_id, Act.RELEASE, now)
        change.execute(
            "UPDATE review_claim SET expires_at = $3 WHERE case_key = $1 AND reader = $2",
            [case.case_key, actor.name, moment(now)],
        )


def save(
    db: Database,
    actor: Actor,
    case_id: str,
    said: dict[str, Any],
    *,
    seconds: int = 0,
    key: str | None = None,
) -> None:
    """Keep what is not committed yet: any plain values of the form. `seconds` were spent since the last saving.

    The claim begins anew. Raises Refused for a case that is not held, a time that cannot have passed, or more than
    LONGEST_DRAFT.
    """
    now = db.now()
    text = _kept(said)
    case = permitted(db.rows, actor, case_id, Act.SAVE, now)
    with db.change(actor, Action.REVIEW, SUBJECT, site=case.site, key=key) as change:
        case = permitted(change.rows, actor, case_id, Act.SAVE, now)
        spent = _spent(change.rows, case, actor, seconds, moment(now))
        _hold(change, case, actor, moment(now), published_rules())
        change.execute(
            "UPDATE review_claim SET draft = $3, seconds = $4 WHERE case_key = $1 AND reader = $2",
            [case.case_key, actor.name, text, spent],
        )


def keep(db: Database, actor: Actor, case_id: str, said: dict[str, Any], *, seconds: float = 0) -> None:
    """Keep what is typed as it is typed: like `save`, but no audit event tells of a keystroke.

    Of `seconds` no more are counted than have passed since the last saving: two pages may show one case.
    Raises Refused for a case that is not held, or more than LONGEST_DRAFT; Busy while a long change is under way.
    """
    now = moment(db.now())
    text = _kept(said) if said else None
    case = permitted(db.rows, actor, case_id, Act.SAVE, now)
    until = now + timedelta(days=published_rules().claim_days)
    with db.scratch(actor) as scratch:
        case = permitted(scratch.rows, actor, case_id, Act.SAVE, now)
        mine = next(one for one in involved(scratch.rows, case).claims if one.reader == actor.name)
        passed = max(0.0, (now - mine.saved_at).total_seconds())
        scratch.execute(
            "UPDATE review_claim SET draft = $3, seconds = $4, saved_at = $5, expires_at = $6 "
            "WHERE case_key = $1 AND reader = $2",
            [case.case_key, actor.name, text, mine.seconds + int(min(max(0, seconds), passed)), now, until],
        )


def opened(db: Database, actor: Actor, case_id: str) -> Opened:
    """A case that the actor holds, with what was saved. Nothing is written. Raises Refused, NotPermitted."""
    case = permitted(db.rows, actor, case_id, Act.SAVE, db.now())
    if case.state not in INDEPENDENT:
        raise Refused("This case is in dispute. It is read together with both judgments.")
    return held(db.rows, case, actor)


def held(read: Read, case: Case, actor: Actor) -> Opened:
    """The packet of a case with what its holder saved."""
    mine = next(one for one in involved(read, case).claims if one.reader == actor.name)
    content = packet.stored(read, case.case_key)
    if content is None:
        raise Usage(packet.WITHOUT)
    draft = json.loads(mine.draft) if mine.draft else None
    return Opened(case.case_id, content, draft, mine.seconds, mine.expires_at)


def commit(
    db: Database,
    actor: Actor,
    case_id: str,
    said: Said,
    prove: Prove,
    *,
    seconds: int = 0,
    key: str | None = None,
) -> None:
    """Give one's own blind judgment, signed and final. Returns nothing: what follows is nobody's business yet.

    `seconds` were spent since the last saving. Raises Refused with problems at the fields of the form, or where the
    case is not held; NotPermitted without proof or right.
    """
    now = db.now()
    case = permitted(db.rows, actor, case_id, Act.COMMIT, now)
    method = proved(actor, prove)
    verdict = true_verdict(db.rows, said, case)
    with db.change(actor, Action.REVIEW, SUBJECT, site=case.site, key=key) as change:
        case = permitted(change.rows, actor, case_id, Act.COMMIT, now)
        signature = sign(actor, "blind", case.fingerprint, said.as_json(), method, moment(now))
        give(change, case, actor, "blind", 1, said, verdict, signature, seconds, moment(now))
        reached = after(case.state, Act.COMMIT)
        step(change, case.case_key, reached, Act.COMMIT, moment(now))
        if reached is State.TWO_READ:
            _compare(change, case, moment(now))


def give(
    change: Transaction,
    case: Case,
    actor: Actor,
    part: str,
    number: int,
    said: Said,
    verdict: Verdict,
    signature: Signature,
    seconds: int,
    at: datetime,
) -> None:
    """Store a judgment and end the claim."""
    spent = _spent(change.rows, case, actor, seconds, at)
    row = {
        "case_key": case.case_key,
        "part": part,
        "round": number,
        "reader": actor.name,
        **columns(verdict),
        "confidence": said.confidence,
        "reason": said.reason,
        "note": said.note,
        "seconds": spent,
        "committed_at": at,
        **vars(signature),
    }
    add(change, "review_read", row)
    if part != "committee":
        change.execute(
            "DELETE FROM review_claim WHERE case_key = $1 AND reader = $2", [case.case_key, actor.name]
        )


def verdicts(read: Read, case: Case, parts: tuple[str, ...], number: int = 1) -> list[tuple[str, Verdict]]:
    """(part, verdict) of the committed judgments of a case in some parts, in the order in which they were given."""
    rows = read(
        "SELECT part, level, onset_on, lost_cr_on, relapsed_on FROM review_read "
        "WHERE case_key = $1 AND round = $2 ORDER BY committed_at, reader",
        [case.case_key, number],
    )
    return [(part, Verdict(Level[level], *dates)) for part, level, *dates in rows if part in parts]


def decide(
    change: Transaction, case: Case, verdict: Verdict, reached_by: str, state: State, act: Act, at: datetime
) -> None:
    """Store a decision and the state that it closes the case in; at once stale if the record has moved on meanwhile."""
    row = {"case_key": case.case_key, **columns(verdict), "reached_by": reached_by, "decided_at": at}
    add(change, "review_decision", row)
    step(change, case.case_key, state, act, at)
    change.execute("DELETE FROM review_claim WHERE case_key = $1", [case.case_key])
    reopen(change, at)


def _compare(change: Transaction, case: Case, at: datetime) -> None:
    both = [verdict for _, verdict in verdicts(change.rows, case, ("blind",))]
    agreed = decided(both, 2, published_rules())
    reached = after(State.TWO_READ, Act.COMPARE, settled=agreed is not None)
    if agreed is not None:
        decide(change, case, agreed, "agreement", reached, Act.COMPARE, at)
    else:
        step(change, case.case_key, reached, Act.COMPARE, at)
        change.execute("DELETE FROM review_claim WHERE case_key = $1", [case.case_key])


def _kept(said: dict[str, Any]) -> str:
    """What is not committed yet, as it is stored."""
    text = audit.canonical_json(said)
    if len(text.encode()) > LONGEST_DRAFT:
        raise Refused(
            f"This draft is too long (at most {LONGEST_DRAFT // 1000} kB). Nothing was saved. Shorten it."
        )
    return text


def _hold(change: Transaction, case: Case, actor: Actor, at: datetime, rules: Rules) -> None:
    until = at + timedelta(days=rules.claim_days)
    done = change.execute(
        "UPDATE review_claim SET saved_at = $3, expires_at = $4 WHERE case_key = $1 AND reader = $2",
        [case.case_key, actor.name, at, until],
    )
    if not done:
        row = {
            "case_key": case.case_key,
            "reader": actor.name,
            "claimed_at": at,
            "saved_at": at,
            "expires_at": until,
            "seconds": 0,
            "draft": None,
        }
        add(change, "review_claim", row)


def _spent(read: Read, case: Case, actor: Actor, seconds: int, at: datetime) -> int:
    """All seconds spent on a case; those since the last saving, or since a committee was first called, cannot be
    more than have passed.

    By a clock that was set back meanwhile nothing has passed, which keeps nobody from going on.
    """
    own = involved(read, case)
    mine = next((one for one in own.claims if one.reader == actor.name), None)
    since = mine.saved_at if mine else own.first_at
    if since is None:
        return 0
    passed = max(0.0, (at - since).total_seconds())
    if seconds < 0 or seconds > passed + 1:
        raise Refused("The time spent on a case cannot be longer than the time that has passed.")
    return (mine.seconds if mine else 0) + seconds

"""Re-opening: a decision whose call or evidence is no longer what it was becomes stale, and its course is read anew.

A case that nobody has decided becomes stale where the call is gone: the course was withdrawn, or its disease amended.

Called in the transaction that stores new calls, so no decision stands a moment longer than what it rests on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from adjudication.review.rules import published_rules
from adjudication.review.workflow import CLOSED, Act, State, after
from registry import sql
from registry.review import case_evidence
from registry.review.cases import Why, open_case
from registry.review.opening import CALL, REOPENED
from registry.review.randomization import secret_of
from registry.review.stored import moment, step
from registry.store.transaction import Transaction

_CASE = (
    "case_key",
    "case_id",
    "state",
    "agents_masked",
    "evidence",
    "machine_response",
    "machine_reason",
    "machine_onset_on",
    "machine_cr_onset_on",
    "machine_lost_cr_on",
    "machine_relapsed_on",
    "started_on",
    "patient_key",
)


def reopen(change: Transaction, now: datetime) -> int:
    """Make stale every decision that no longer answers to its call, open its course again, and return how many."""
    rows = change.rows(sql.text("queries/review_changed"))
    reopened = 0
    for row in rows:
        case = dict(zip(_CASE, row, strict=False))
        state = State(case["state"])
        call = dict(zip(CALL, row[len(_CASE) :], strict=True))
        if call["course_key"] is not None and _answers(change, case, call):
            continue
        act = Act.REOPEN if state in CLOSED else Act.VOID
        step(change, case["case_key"], after(state, act), act, moment(now))
        reopened += act is Act.REOPEN
        if call["course_key"] is not None:
            open_case(
                change,
                secret_of(change),
                call,
                Why((REOPENED,), accepted=False, drawn=False),
                rules=published_rules(),
                now=now,
                data_cut_on=now.date(),
                agents_masked=case["agents_masked"],
                follows=case["case_id"],
            )
    return reopened


def _answers(change: Transaction, case: dict[str, Any], call: dict[str, Any]) -> bool:
    """Whether the decision on a case still answers to the call as it is now."""
    then = case_evidence.of_case(case)
    cited = case_evidence.cited_by(change.rows, call["course_key"], call["criteria_id"])
    now = case_evidence.Basis(case_evidence.says_of(call), cited)
    return now.answers(then) and case_evidence.still_stands(change.rows, case["patient_key"], then.standing)

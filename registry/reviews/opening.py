"""Opening cases: every call that the machine doubts, and a random share of those it does not, mixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from adjudication.criteria import DEFAULTS, load
from adjudication.review_rules import Rules, published_rules
from registry import sql
from registry.database import Database
from registry.reviews.cases import Why, open_case
from registry.reviews.reading import SUBJECT
from registry.reviews.secret import Read, Secret, secret_of
from registry.reviews.trust import trust
from registry.roles import Action, Actor, Permission

NOT_EVALUABLE, FLAGGED, ASSUMPTION = "not_evaluable", "flagged", "assumption"
NEAR, CHALLENGED, DRAWN = "near_threshold", "challenged", "drawn"
NOT_ACCEPTED, REOPENED = "not_accepted", "reopened"


@dataclass(frozen=True)
class Opening:
    """What an opening did: cases opened, calls of which none was opened, and cases by reason (a case may have several).

    `left` = cases that would have been opened beyond the number asked for. Not for readers.
    """

    opened: int
    accepted: int
    left: int
    reasons: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return vars(self)


def why(call: Mapping[str, Any], rules: Rules, secret: Secret, *, accepts: bool) -> Why:
    """Why a call is put before readers; without reasons it is accepted.

    `accepts` says whether the machine may accept calls by itself. The draw hangs on the course and on what was
    judged, so that a call is drawn or not however often it is asked.
    """
    reasons = []
    if call["best_response"] == "NE":
        reasons.append(NOT_EVALUABLE)
    if rules.flags & set((call["flags"] or "").split(";")):
        reasons.append(FLAGGED)
    if rules.assumptions & set((call["defaults_applied"] or "").split(";")):
        reasons.append(ASSUMPTION)
    margin = rules.near_threshold.get(load(call["criteria_id"]).analyte.word, 0.0)
    if call["near"] is not None and call["near"] <= margin:
        reasons.append(NEAR)
    if call["challenged"]:
        reasons.append(CHALLENGED)
    if reasons:
        return Why(tuple(reasons), accepted=False, drawn=False)
    about = (call["course_id"], call["criteria_id"], call["criteria_hash"], call["series_fingerprint"])
    drawn = secret.share("draw", *about) < rules.random_share
    if drawn:
        return Why((DRAWN,), accepted=True, drawn=True)
    return Why(() if accepts else (NOT_ACCEPTED,), accepted=True, drawn=False)


def open_cases(
    db: Database,
    actor: Actor,
    *,
    data_cut_on: date | None = None,
    mask_agents: bool = False,
    at_most: int = 200,
    seed: str | None = None,
    key: str | None = None,
) -> Opening:
    """Open a case for every call that asks for one and has none, in random order, `at_most` so many at once.

    `data_cut_on` is the last day that readers see (today if left out); `seed` fixes all draws of a registry that has
    no case yet. Calls that are to be judged again wait. Raises NotPermitted.
    """
    rules = published_rules()
    actor.require(Permission.OPEN_CASES)
    with db.change(actor, Action.OPEN_CASES, SUBJECT, key=key) as change:
        own = secret_of(change, seed)
        accepts = trust(change.rows).accepts
        wanted, accepted = [], 0
        for call in candidates(change.rows):
            because = why(call, rules, own, accepts=accepts)
            accepted += not because.reasons
            if because.reasons:
                wanted.append((own.code("order", call["course_id"], call["criteria_id"]), call, because))
        wanted.sort(key=lambda one: one[0])
        for _, call, because in wanted[:at_most]:
            open_case(
                change,
                own,
                call,
                because,
                rules=rules,
                now=db.now(),
                data_cut_on=data_cut_on or db.now().date(),
                agents_masked=mask_agents,
            )
        change.note(None, {"opened": len(wanted[:at_most])})
    reasons = Counter(reason for _, _, because in wanted[:at_most] for reason in because.reasons)
    return Opening(len(wanted[:at_most]), accepted, len(wanted[at_most:]), dict(sorted(reasons.items())))


def candidates(read: Read) -> list[dict[str, Any]]:
    """The calls that nobody has read, as the columns of queries/review_candidates."""
    rows = read(sql.text("queries/review_candidates"), [list(DEFAULTS.values())])
    return [dict(zip(CALL, row, strict=True)) for row in rows]


CALL = (
    "course_key",
    "course_id",
    "patient_key",
    "disease",
    "criteria_id",
    "criteria_hash",
    "engine_version",
    "series_fingerprint",
    "best_response",
    "reason",
    "onset_on",
    "cr_onset_on",
    "lost_cr_on",
    "relapsed_on",
    "started_on",
    "flags",
    "defaults_applied",
    "near",
    "challenged",
)
"""The columns of queries/review_candidates."""

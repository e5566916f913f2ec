"""Opening cases: every call that the machine doubts, and a random share of those it does not, mixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from adjudication.response.criteria import DEFAULTS, load
from adjudication.review.rules import Rules, published_rules
from registry import sql
from registry.errors import Usage
from registry.review.cases import Why, open_case
from registry.review.error_rate import trust
from registry.review.randomization import Read, Secret, secret, secret_of
from registry.review.stored import SUBJECT
from registry.roles import Action, Actor, Permission
from registry.store.database import Database

NOT_EVALUABLE, FLAGGED, ASSUMPTION = "not_evaluable", "flagged", "assumption"
NEAR, CHALLENGED, DRAWN = "near_threshold", "challenged", "drawn"
NOT_ACCEPTED, REOPENED = "not_accepted", "reopened"
_LOT = ("best_response", "onset_on", "cr_onset_on", "lost_cr_on", "relapsed_on")
"""What a call says: another of these is another call, and is drawn anew."""
SAID = {
    CHALLENGED: "A nurse or clinician challenged the call",
    NOT_EVALUABLE: "The course is not evaluable",
    FLAGGED: "A flag affects the level",
    ASSUMPTION: "The call depends on an assumption",
    NEAR: "A deciding count is close to its threshold",
    NOT_ACCEPTED: "No call is accepted without review at present",
    DRAWN: "Random sample of the accepted calls",
}
"""Why a call may be put before readers when cases are opened, in words, in the order in which they are told."""


@dataclass(frozen=True)
class Opening:
    """What an opening did: cases opened, calls of which none was opened, and cases by reason (a case may have several).

    `left` = cases that would have been opened beyond the number asked for; `after_cut` calls rest on something after
    the data cut, which readers would not see, and wait. Not for readers.
    """

    opened: int
    accepted: int
    left: int
    after_cut: int
    reasons: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return vars(self)


@dataclass(frozen=True)
class Prospect:
    """What an opening would do now, and what waits. Not for readers.

    `wanted` calls ask for a case, `reasons` counts why (a call may have several); of the `accepted` ones none would
    be opened. `draws_known` is False before the first case: the random share is drawn with it, so that nobody can
    try draws until one pleases, and `accepted` still holds those that will be drawn. `to_judge` calls wait for the
    machine first, `after_cut` calls rest on something after the data cut. `waiting` cases have no decision, `disputed`
    of them wait for a third reader or a committee, the oldest since `oldest_days`.
    """

    wanted: int
    accepted: int
    reasons: dict[str, int]
    draws_known: bool
    random_share: float
    accepts: bool
    to_judge: int
    after_cut: int
    waiting: int
    disputed: int
    oldest_days: int | None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return vars(self)


def why(call: Mapping[str, Any], rules: Rules, secret: Secret | None, *, accepts: bool) -> Why:
    """Why a call is put before readers; without reasons it is accepted.

    `accepts` says whether the machine may accept calls by itself. The draw hangs on the course and on what its call
    says, level and days: a new count that changes neither draws no new lot, or with every visit more calls than the
    declared share would be drawn. Without a secret nothing is drawn.
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
    about = ("course_id", "criteria_id", *_LOT)
    drawn = secret is not None and secret.share("draw", *(call[name] for name in about)) < rules.random_share
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

    `data_cut_on` is the last day that readers see (today if left out): courses that began later wait, and calls that
    name or cite a later day, for nobody could find by the packet what the machine found without it. `seed` fixes
    all draws of a registry that has no case yet. Calls that are to be judged again wait. Raises NotPermitted, and
    Usage for a data cut that is still to come.
    """
    rules = published_rules()
    actor.require(Permission.OPEN_CASES)
    cut = _cut(db, data_cut_on)
    if at_most < 1:
        raise Usage("Open at least one case.")
    with db.change(actor, Action.OPEN_CASES, SUBJECT, key=key) as change:
        own = secret_of(change, seed)
        wanted, accepted, after_cut = _wanted(change.rows, own, rules, cut)
        wanted.sort(key=lambda one: own.code("order", one[0]["course_id"], one[0]["criteria_id"]))
        for call, because in wanted[:at_most]:
            open_case(
                change,
                own,
                call,
                because,
                rules=rules,
                now=db.now(),
                data_cut_on=cut,
                agents_masked=mask_agents,
            )
        change.note(None, {"opened": len(wanted[:at_most])})
    left = len(wanted[at_most:])
    return Opening(len(wanted[:at_most]), accepted, left, after_cut, _counted(wanted[:at_most]))


def prospect(db: Database, actor: Actor, *, data_cut_on: date | None = None) -> Prospect:
    """What an opening would do now; stores nothing. Raises as `open_cases`."""
    actor.require(Permission.OPEN_CASES)
    rules, own = published_rules(), secret(db.rows)
    wanted, accepted, after_cut = _wanted(db.rows, own, rules, _cut(db, data_cut_on))
    [(waiting, disputed, oldest)] = db.rows(sql.text("queries/review_progress"))
    [(to_judge,)] = db.rows(sql.text("queries/review_to_judge"), [list(DEFAULTS.values())])
    return Prospect(
        wanted=len(wanted),
        accepted=accepted,
        reasons=_counted(wanted),
        draws_known=own is not None,
        random_share=rules.random_share,
        accepts=trust(db.rows).accepts,
        to_judge=int(to_judge),
        after_cut=after_cut,
        waiting=int(waiting),
        disputed=int(disputed),
        oldest_days=None if oldest is None else (db.now() - oldest).days,
    )


_Wanted = list[tuple[dict[str, Any], Why]]


def _wanted(read: Read, own: Secret | None, rules: Rules, cut: date) -> tuple[_Wanted, int, int]:
    """The calls on courses begun by the data cut that ask for a case, each with why; how many do not; and how many
    rest on something after the data cut."""
    accepts = trust(read).accepts
    begun = [call for call in candidates(read) if call["started_on"] <= cut]
    seen = [call for call in begun if call["rests_until"] <= cut]
    asked = [(call, why(call, rules, own, accepts=accepts)) for call in seen]
    wanted = [(call, because) for call, because in asked if because.reasons]
    return wanted, len(asked) - len(wanted), len(begun) - len(seen)


def _cut(db: Database, wanted: date | None) -> date:
    today = db.now().date()
    if wanted is not None and wanted > today:
        raise Usage(f"The data cut {wanted} is in the future. Enter a date up to today.")
    return wanted or today


def _counted(wanted: _Wanted) -> dict[str, int]:
    """How many have each reason; only reasons that occur."""
    found = Counter(reason for _, because in wanted for reason in because.reasons)
    return {reason: found[reason] for reason in SAID if found[reason]}


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
    "rests_until",
)
"""The columns of queries/review_candidates."""

"""The response that counts, for pages and reports: the decision if one holds, else the call, with its provenance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adjudication.response.criteria import DEFAULTS
from registry import sql
from registry.errors import Usage
from registry.review.blindness import sight
from registry.roles import Actor, Permission
from registry.store.database import Database

COLUMNS = (
    "course_id",
    "criteria_id",
    "provenance",
    "best_response",
    "onset_on",
    "cr_onset_on",
    "lost_cr_on",
    "relapsed_on",
    "duration_of_response_days",
    "duration_status",
    "censored_by",
    "reason",
    "reached_by",
    "decided_at",
    "case_id",
    "call_response",
    "call_onset_on",
    "call_lost_cr_on",
    "call_relapsed_on",
    "to_judge",
)


def final_responses(
    db: Database, actor: Actor, patient_id: str, criteria_ids: Sequence[str] = tuple(DEFAULTS.values())
) -> list[dict[str, Any]]:
    """The final response of each of a patient's courses that `actor` may see, in order of start.

    Rows by the names of COLUMNS; `provenance` is `decision` or `call`. Courses to which the actor must stay blind are
    not among them. Raises Usage for an unknown patient, NotPermitted for an account that may not read there.
    """
    found = db.rows(sql.text("queries/patient_key_and_site"), [patient_id])
    if not found:
        raise Usage(f"There is no patient {patient_id}.")
    [(key, site)] = found
    actor.require(Permission.READ, site)
    rows = db.rows(sql.text("queries/final_responses"), [key, list(criteria_ids), sight(actor, site)])
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def decision_on(db: Database, actor: Actor, course_id: str, criteria_id: str) -> dict[str, Any] | None:
    """The decision that holds on a course, by the names of COLUMNS; None without one, or where `actor` may see none.

    Raises Usage for an unknown course, NotPermitted for an account that may not read there.
    """
    found = db.rows(sql.text("queries/patient_of_course"), [course_id])
    if not found:
        raise Usage(f"There is no course {course_id}.")
    rows = final_responses(db, actor, found[0][1], [criteria_id])
    return next(
        (row for row in rows if row["course_id"] == course_id and row["provenance"] == "decision"), None
    )

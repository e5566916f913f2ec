"""The public way to judge again: calls are refreshed, and decisions whose basis changed are re-opened.

Both happen in one transaction, so no decision outlives the call and the evidence that it answers to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adjudication.response.criteria import DEFAULTS
from adjudication.response.explain import Explanation
from registry.judging import calls, explaining
from registry.judging.calls import Progress, RefreshReport
from registry.review.reopening import reopen
from registry.roles import Action, Actor, Permission
from registry.store.database import Database
from registry.wording import number_of


@dataclass
class Rejudged(RefreshReport):
    """What was judged, and how many decisions of people were re-opened because they no longer answer to their call."""

    reopened: int = 0

    def text(self) -> str:
        text = super().text()
        return text + (f"; {number_of(self.reopened, 'decision')} re-opened" if self.reopened else "")


def rejudge(
    db: Database,
    actor: Actor,
    *,
    criteria_ids: Sequence[str] | None = None,
    patient: str | None = None,
    course: str | None = None,
    everything: bool = False,
    progress: Progress | None = None,
) -> Rejudged:
    """Judge what has changed since it was last judged, and store the calls that came out different.

    By default under the default criteria of each disease; `criteria_ids` asks for others. `patient` or `course`
    restricts it to one patient; `everything` judges whether changed or not. One transaction.
    Raises Usage for an unknown id, NotPermitted where the actor may not let the machine judge.
    """
    sets = [calls.criteria(name) for name in criteria_ids or DEFAULTS.values()]
    only = calls.patient_key_of(db, patient=patient, course=course)
    site = calls.site_of_patient(db, only) if only is not None else None
    report = Rejudged()
    with db.change(actor, Action.ADJUDICATE, patient or course or "registry", site=site) as change:
        calls.refresh(change, sets, report, patient_key=only, everything=everything, progress=progress)
        if change.rows("SELECT 1 FROM review_case LIMIT 1"):
            report.reopened = reopen(change, db.now())
        # The trail names what was judged, and of one patient alone not the result: readers may see it.
        change.note(None, report.as_json() if only is None else {**report.as_json(), "by_response": None})
    if not actor.may(Permission.READ_CALLS, site):
        report.by_response = {}
    return report


def explain(db: Database, actor: Actor, course_id: str, criteria_id: str | None = None) -> Explanation:
    """The stored call of a course in sentences, with its evidence, for an account that may see calls.

    Under `criteria_id`, else under the default criteria of the disease. Raises Usage for an unknown course or one
    that has not been judged, NotPermitted where the actor may not see calls.
    """
    key = calls.patient_key_of(db, course=course_id)
    actor.require(Permission.READ_CALLS, calls.site_of_patient(db, key) if key is not None else None)
    return explaining.explain(db, course_id, criteria_id)

"""After a save: judge the patients anew, and say which calls changed and why.

Facts come first, in their own transaction; judging is another, so that a value is never lost because it could not be
judged, and an account that may log but not let the machine judge still saves. Until somebody refreshes, the call is
stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from adjudication.response.explain import Explanation
from registry import review, sql
from registry.entry.saving import Saved
from registry.judging import calls
from registry.judging.explaining import Course, calls_of_patient, explained, keep_patient
from registry.roles import Actor, Permission
from registry.store.database import Database

Calls = Mapping[tuple[str, str], Explanation]
"""The calls of some patients with their explanations, by course and criteria set."""


@dataclass(frozen=True)
class ChangedCall:
    """A call that came out different: before (None: there was none) and after (None: it was taken away)."""

    course_id: str
    criteria_id: str
    before: Explanation | None
    after: Explanation | None

    @property
    def headline(self) -> str:
        """`C1: R → CR`, or what changed where the level did not."""
        was = self.before.best_response if self.before else "not assessed"
        now = self.after.best_response if self.after else "no longer assessed"
        return (
            f"{self.course_id}: {was} → {now}"
            if was != now
            else f"{self.course_id}: still {now}, for other reasons"
        )


def calls_of(db: Database, actor: Actor, patient_id: str) -> dict[tuple[str, str], Explanation]:
    """The stored calls of a patient with their explanations, without what would have changed them.

    Raises NotPermitted without the right to see calls.
    """
    found = db.rows("SELECT patient_key, site FROM patient_view WHERE patient_id = $1", [patient_id])
    key, site = found[0] if found else (None, None)
    actor.require(Permission.READ_CALLS, site)
    explanations: dict[tuple[str, str], Explanation] = {}
    with db.snapshot() as snapshot:
        keep_patient(snapshot, key)
        for call in calls_of_patient(snapshot, key):
            course = Course(call["course_key"], call["course_id"], call["started_on"])
            one = calls.criteria(call["criteria_id"])
            explanations[course.course_id, one.id] = explained(
                snapshot, call["patient_key"], course, call, one
            )
    return explanations


def changed_calls(before: Calls, after: Calls) -> list[ChangedCall]:
    """The calls that differ, in the order of courses. The wording of a headline alone is no difference."""
    return [
        ChangedCall(*name, before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if _said(before.get(name)) != _said(after.get(name))
    ]


def judge(db: Database, actor: Actor, saved: Saved | Iterable[str]) -> list[ChangedCall]:
    """Judge the patients of a save (or these patients) anew, and give the calls that changed.

    One transaction for each patient. Nothing happens, and nothing is returned, for a patient of whom the actor may
    not let the machine judge or not see calls.
    """
    patients = patients_of(db, saved) if isinstance(saved, Saved) else list(saved)
    changed: list[ChangedCall] = []
    for patient, site in patients_with_sites(db, patients):
        if not (actor.may(Permission.ADJUDICATE, site) and actor.may(Permission.READ_CALLS, site)):
            continue
        before = calls_of(db, actor, patient)
        review.rejudge(db, actor, patient=patient)
        changed += changed_calls(before, calls_of(db, actor, patient))
    return changed


def patients_of(db: Database, saved: Saved) -> list[str]:
    """The patients whose facts a change wrote, as far as they bear on calls."""
    return [name for (name,) in db.rows(sql.text("queries/patients_touched"), [saved.seq])]


def patients_with_sites(db: Database, patients: Iterable[str]) -> list[tuple[str, str | None]]:
    """The patients that stand, with their sites."""
    query = "SELECT patient_id, site FROM patient_view WHERE list_contains($1::TEXT[], patient_id)"
    return sorted(db.rows(query, [list(patients)]))


def _said(one: Explanation | None) -> object:
    return None if one is None else (one.best_response, one.sentences, one.evidence)

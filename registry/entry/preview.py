"""The engine's call on what is stored together with what is not saved yet, while the form is being filled in.

Tables of one patient stand in for those of the registry inside a snapshot, and the judge reads them with the very
queries of `reviews.rejudge`. Nothing is stored, no lock is taken, and nobody else sees it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from adjudication.response.criteria import DEFAULTS
from adjudication.response.engine import adjudicate
from adjudication.response.explain import Explanation
from adjudication.response.terms import Disease
from registry import sql
from registry.judging.calls import call_rows, criteria
from registry.judging.explaining import Course, explained
from registry.judging.series import read
from registry.record.checking import Checked, check_rows
from registry.record.versions import key_of, text, values_of, versions
from registry.roles import Actor, Permission
from registry.store.database import Database
from registry.store.snapshot import Snapshot

Values = Mapping[str, Any]

UNSAVED = "This course"
"""What a course without an id is called in the sentences."""
_UNSAVED_COURSE = 2**31 - 1
_UNSAVED_ROWS = 2**62
"""Keys above all that are stored: what is saved last comes last."""


@dataclass(frozen=True)
class _Place:
    """Where the course is, or would be."""

    patient_key: int
    site: str | None
    disease: Disease
    episode_key: int
    course_key: int


def preview(
    db: Database,
    actor: Actor,
    course_values: Values,
    agents_values: Sequence[Values] | None = None,
    observations: Sequence[Values] = (),
    criteria_id: str | None = None,
    *,
    today: date | None = None,
) -> Explanation | None:
    """The call that the course would get if all this were saved now, with its explanation.

    `course_values` are those of a new course with its `episode_id`, or a stored `course_id` with what is to be
    amended. `agents_values` are all its steps (None: as stored), `observations` counts that are not saved; one with
    the id of a stored count of the patient is in its place. Rows that could not be saved are left out.
    None while the course itself could not be saved, or is of an unknown episode. Under `criteria_id`, else the
    default criteria of the disease. Raises Usage for unknown criteria, NotPermitted without the right to see calls.
    """
    values = _whole_course(db, course_values)
    place = _place(db, values)
    if place is None:
        return None
    actor.require(Permission.READ_CALLS, place.site)
    one = criteria(criteria_id or DEFAULTS[place.disease])
    name = values.get("course_id") or UNSAVED
    course = check_rows("course", [{**values, "course_id": name}], today=today)
    if course.wrong.any() or one.disease != place.disease:
        return None
    with db.snapshot() as snapshot:
        _stand_in(snapshot, place, name, course, _agents(agents_values, name, today))
        if observations:
            _stand_in_counts(snapshot, place.patient_key, _counts(observations, today))
        facts = read(snapshot.arrow, place.patient_key, place.patient_key)
        portion = facts.under(one)
        judged = adjudicate(portion.series, one.rule, portion.order)
        rows = call_rows(portion, judged, one, snapshot.revision)
        at = np.flatnonzero(rows["course_key"].to_numpy() == place.course_key)
        if not len(at):
            return None
        call = rows.slice(int(at[0]), 1).to_pylist()[0]
        judged_course = Course(place.course_key, name, course.rows["started_on"][0].as_py())
        return explained(snapshot, place.patient_key, judged_course, call, one, portion)


def _whole_course(db: Database, values: Values) -> dict[str, str | None]:
    """The values of the course as text, those of the stored one beneath what is to be amended."""
    given = {column: text(value) for column, value in values.items()}
    if not given.get("course_id"):
        return given
    found = versions(db.rows, "course", {"course_id": given["course_id"]})
    if not found or found[-1].superseded_by is not None:
        return given
    return {**values_of(db.rows, "course", found[-1].row_key), **given}


def _place(db: Database, values: Mapping[str, str | None]) -> _Place | None:
    found = db.rows(sql.text("queries/episode_judged"), [values.get("episode_id")])
    if not found:
        return None
    patient_key, site, disease, episode_key = found[0]
    key = key_of(db.rows, "course", values["course_id"]) if values.get("course_id") else None
    return _Place(patient_key, site, Disease[disease], episode_key, _UNSAVED_COURSE if key is None else key)


def _agents(values: Sequence[Values] | None, course_id: str, today: date | None) -> Checked | None:
    if values is None:
        return None
    return check_rows(
        "course_agent", [{**_texts(row), "course_id": course_id} for row in values], today=today
    )


def _counts(values: Sequence[Values], today: date | None) -> Checked:
    named = [
        {
            "patient_id": "unsaved",
            **_texts(row),
            "observation_id": row.get("observation_id") or f"unsaved {number}",
        }
        for number, row in enumerate(values, 1)
    ]
    return check_rows("observation", named, today=today)


def _texts(row: Values) -> dict[str, str | None]:
    return {column: text(value) for column, value in row.items()}


def _sound(checked: Checked) -> pa.Table:
    return checked.rows.filter(pa.array(~checked.wrong))


# Tables that stand in


def _stand_in(snapshot: Snapshot, place: _Place, name: str, course: Checked, agents: Checked | None) -> None:
    """The courses and steps of the patient, with the unsaved ones in their place."""
    key = place.course_key
    snapshot.keep(
        "course", sql.text("queries/unsaved_courses"), [place.patient_key, key, name, place.episode_key]
    )
    columns = ["started_on", "stopped_on", "intent", "start_reason", "stop_reason"]
    [values] = course.rows.select(columns).to_pylist()
    fact = [{"course_key": key, **values}]
    snapshot.keep("course_fact", sql.text("queries/unsaved_course_facts"), [key, fact])
    steps = []
    if agents is not None:
        asked = ["agent", "started_on", "stopped_on", "prednisolone_mg_e6"]
        steps = [{"course_key": key, **row} for row in _sound(agents).select(asked).to_pylist()]
    snapshot.keep("course_agent", sql.text("queries/unsaved_agents"), [key, agents is None, steps])


def _stand_in_counts(snapshot: Snapshot, patient_key: int, counts: Checked) -> None:
    """The counts of the patient, with the unsaved ones last, in the order in which they would be stored."""
    asked = ["observation_id", "observed_on", "observed_at", "utc_offset_minutes", "analyte", "specimen",
             "comparator", "canonical_e6", "not_evaluable", "marker_state"]  # fmt: skip
    order = [("observed_on", "ascending"), ("analyte", "ascending"), ("observation_id", "ascending")]
    rows = _sound(counts).select(asked).sort_by(order).to_pylist()
    unsaved = [
        {"row_key": _UNSAVED_ROWS + number, "patient_key": patient_key, **row}
        for number, row in enumerate(rows)
    ]
    ids = [row["observation_id"] for row in rows]
    snapshot.keep("observation", sql.text("queries/unsaved_counts"), [patient_key, ids, unsaved])

"""A stored call can be made again: the record and the criteria that it names give the same call, evidence included.

The audit trail holds a digest of all calls; this finds what a digest cannot: a call that the judge would not make.
"""

import pyarrow as pa
import pyarrow.compute as pc

from adjudication.response.criteria import Criteria, CriteriaError, load
from adjudication.response.engine import ENGINE_VERSION, adjudicate
from registry import sql
from registry.errors import Problem
from registry.judging.calls import call_rows, runs
from registry.judging.series import read
from registry.store.database import Database

_REMEDY = "Run `nadir adjudicate --all`, and find out who changed it."
_MADE_BY = ("course_key", "patient_key", "judged_seq")


def altered_calls(db: Database) -> list[Problem]:
    """Every stored call that its record does not give, unless its patient has changed since.

    Calls of another engine, or under criteria that this program does not have to the letter, cannot be made again
    here: they are named by how many there are. Judges everything else again, in portions; writes nothing.
    """
    problems: list[Problem] = []
    for criteria_id, digest, engine, count in db.rows(sql.text("queries/calls_made_by")):
        own = _own(criteria_id, digest) if engine == ENGINE_VERSION else None
        problems += _altered(db, own) if own else [_not_reproducible(criteria_id, digest, engine, count)]
    return problems


def _own(criteria_id: str, digest: str) -> Criteria | None:
    """The published criteria of this name, if they are those of this digest."""
    try:
        criteria = load(criteria_id)
    except CriteriaError:
        return None
    return criteria if criteria.digest == digest else None


def _not_reproducible(criteria_id: str, digest: str, engine: str, count: int) -> Problem:
    return Problem(
        "call",
        None,
        "engine_version",
        f"{engine}, {criteria_id} {digest[:12]}",
        f"{count} calls by an engine or under criteria that this program (engine {ENGINE_VERSION}) cannot repeat",
        _REMEDY,
    )


def _altered(db: Database, one: Criteria) -> list[Problem]:
    text = sql.text("queries/calls_to_reproduce")
    keys = db.arrow("SELECT DISTINCT patient_key FROM call ORDER BY patient_key")["patient_key"].to_numpy()
    problems: list[Problem] = []
    for first, last in runs(keys):
        stored = db.arrow(text, [one.id, one.digest, ENGINE_VERSION, first, last])
        if stored.num_rows == 0:
            continue
        portion = read(db.arrow, first, last).under(one)
        again = call_rows(portion, adjudicate(portion.series, one.rule, portion.order), one, 0)
        again = again.filter(pc.is_in(again["course_key"], stored["course_key"].combine_chunks()))
        problems += _compared(stored.sort_by("course_key"), again.sort_by("course_key"), one.id)
    return problems


def _compared(stored: pa.Table, again: pa.Table, criteria_id: str) -> list[Problem]:
    if stored["course_key"].to_pylist() != again["course_key"].to_pylist():
        return [_problem(None, None, criteria_id, "a call of a course that is not in the record")]
    problems = []
    for name in again.column_names:
        if name in _MADE_BY:
            continue
        now = again[name].cast(stored[name].type).combine_chunks()
        if not stored[name].combine_chunks().equals(now):
            pairs = zip(
                stored["course_id"].to_pylist(), stored[name].to_pylist(), now.to_pylist(), strict=True
            )
            problems += [
                _problem(course, name, str(held), f"the record gives {given}")
                for course, held, given in pairs
                if held != given
            ]
    return problems


def _problem(course: str | None, column: str | None, value: str | None, expected: str) -> Problem:
    return Problem(f"call of course {course}" if course else "call", None, column, value, expected, _REMEDY)

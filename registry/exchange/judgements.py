"""Decisions and judgments as a bundle carries them: `decision.csv` and `read.csv`, out and in again.

Only decided cases leave. What comes in is stored as it was decided elsewhere, without the packet that was seen there:
its fingerprint stays, so that a packet kept by the other registry can be told to be the one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from adjudication.response.terms import Disease, Level
from adjudication.review.workflow import CONFIDENCES, DATES, LEVELS, State, Verdict, verdict_problems
from registry import sql
from registry.errors import Problem, Refused
from registry.review.stored import SUBJECT, add
from registry.roles import Action, Actor, Permission
from registry.store.database import Database
from registry.store.transaction import Transaction

DECISION = (
    "case_id",
    "course_id",
    "criteria_id",
    "criteria_hash",
    "engine_version",
    "opened_at",
    "data_cut_on",
    "reasons",
    "accepted",
    "drawn",
    "agents_masked",
    "sparse",
    "packet",
    "follows",
    "started_on",
    "machine_response",
    "machine_reason",
    "machine_onset_on",
    "machine_cr_onset_on",
    "machine_lost_cr_on",
    "machine_relapsed_on",
    "series_fingerprint",
    "evidence",
    "best_response",
    "onset_on",
    "lost_cr_on",
    "relapsed_on",
    "reached_by",
    "decided_at",
    "state",
    "superseded_by",
)
"""The columns of decision.csv."""
READ = (
    "case_id",
    "course_id",
    "criteria_id",
    "part",
    "round",
    "reader",
    "level",
    "onset_on",
    "lost_cr_on",
    "relapsed_on",
    "confidence",
    "reason",
    "note",
    "seconds",
    "committed_at",
    "meaning",
    "seen",
    "packet",
    "method",
)
"""The columns of read.csv."""

_MAY_BE_EMPTY = {
    "sparse",
    "follows",
    "machine_reason",
    "machine_onset_on",
    "machine_cr_onset_on",
    "machine_lost_cr_on",
    "machine_relapsed_on",
    "onset_on",
    "lost_cr_on",
    "relapsed_on",
    "superseded_by",
    "reason",
    "note",
}
_YES_NO = {"accepted", "drawn", "agents_masked", "sparse"}
_WORDS: Mapping[str, tuple[str, ...]] = {
    "reached_by": ("agreement", "third_reader", "committee"),
    "state": (State.AGREED, State.RESOLVED, State.STALE),
    "part": ("blind", "third", "committee"),
    "confidence": CONFIDENCES,
}
_FILES = {"decision": DECISION, "read": READ}

Row = dict[str, Any]


def take_judgements(
    db: Database,
    actor: Actor,
    tables: Mapping[str, pa.Table],
    *,
    dry_run: bool = False,
    coming: Collection[str] = (),
) -> str:
    """Take decided cases that are not known yet, with their judgments, and say in a sentence what was done.

    A case that is known stays as it is. `coming` are courses that will be known once the facts are stored; with
    `dry_run` everything else is checked before they are. Raises Refused with every problem. For accounts that open
    cases; from others the files are left aside.
    """
    if not actor.may(Permission.OPEN_CASES):
        return "decision and read were ignored: only accounts that open cases can import decisions."
    courses: dict[str, tuple[int, int, Disease | None]] = {
        course_id: (key, patient_key, Disease[disease])
        for course_id, key, patient_key, disease in db.rows(sql.text("queries/course_patients"))
    }
    for course_id in coming:
        courses.setdefault(course_id, (0, 0, None))
    problems: list[Problem] = []
    rows = {name: list(_rows(name, tables.get(name), courses, problems)) for name in _FILES}
    decided = {row["case_id"] for row in rows["decision"]}
    problems += [
        _problem("read", number, "case_id", row["case_id"], "a case of decision", "Give both files.")
        for number, row in enumerate(rows["read"], 1)
        if row["case_id"] not in decided
    ]
    if not problems:
        problems += _contradictions(rows["decision"], rows["read"])
    if problems:
        raise Refused(f"No decision was imported: {problems[0]}", problems)
    known = {case for (case,) in db.rows("SELECT case_id FROM review_case")}
    new = [row for row in rows["decision"] if row["case_id"] not in known]
    if new and not dry_run:
        with db.change(actor, Action.OPEN_CASES, SUBJECT) as change:
            _store(change, new, rows["read"], courses)
            change.note(None, {"taken": len(new)})
    done = "would be imported" if dry_run else "imported"
    return f"{len(new)} decisions {done}, {len(rows['decision']) - len(new)} already known."


def _rows(
    name: str, table: pa.Table | None, courses: Mapping[str, Any], problems: list[Problem]
) -> Iterator[Row]:
    if table is None:
        return
    columns = _FILES[name]
    wrong = sorted(set(table.column_names) ^ set(columns))
    if wrong:
        problems.append(
            _problem(name, None, None, ", ".join(wrong), "the columns of an export", "Export again.")
        )
        return
    for number, texts in enumerate(table.to_pylist(), 1):
        row: Row = {}
        for column in columns:
            try:
                row[column] = _cell(column, texts[column])
            except ValueError as error:
                problems.append(_problem(name, number, column, texts[column], str(error), "Export again."))
                row[column] = None
        course = courses.get(row["course_id"])
        if course is None:
            problems.append(
                _problem(
                    name, number, "course_id", row["course_id"], "a course that is known", "Import it first."
                )
            )
        else:
            level = "best_response" if name == "decision" else "level"
            said = {one.word for one in (LEVELS[course[2]] if course[2] is not None else Level)}
            if row[level] not in said:
                problems.append(
                    _problem(name, number, level, row[level], "a level of its disease", "Export again.")
                )
        yield row


def _contradictions(decisions: list[Row], reads: list[Row]) -> Iterator[Problem]:
    """What cannot be meant in a decision or a judgment, by the same rule as where it is typed."""
    of = {row["case_id"]: row for row in decisions}
    for name, rows, column in (("decision", decisions, "best_response"), ("read", reads, "level")):
        for number, row in enumerate(rows, 1):
            level, case = Level[row[column]], of[row["case_id"]]
            verdict = Verdict(level, *(row[day] for day in DATES))
            disease = next(one for one in Disease if level in LEVELS[one])  # that it fits was looked at above
            for field, remedy in verdict_problems(verdict, disease, case["started_on"], case["data_cut_on"]):
                yield _problem(
                    name,
                    number,
                    column if field == "level" else field,
                    row[column if field == "level" else field],
                    f"a consistent entry for {level.word}: {remedy}",
                    "Leave read.csv and decision.csv out and let the case be read here.",
                )


def _cell(column: str, text: str | None) -> Any:
    """A cell as it is stored; ValueError says what was expected."""
    if text is None:
        if column not in _MAY_BE_EMPTY:
            raise ValueError("a value")
        return None
    if column in _YES_NO:
        if text not in ("yes", "no"):
            raise ValueError("yes or no")
        return text == "yes"
    if column in _WORDS and text not in _WORDS[column]:
        raise ValueError(" or ".join(_WORDS[column]))
    if column in ("round", "seconds"):
        return int(text)
    if column.endswith("_on"):
        return date.fromisoformat(text)
    return datetime.fromisoformat(text) if column.endswith("_at") else text


def _store(change: Transaction, new: list[Row], reads: list[Row], courses: Mapping[str, Any]) -> None:
    [(last,)] = change.rows("SELECT coalesce(max(case_key), 0) FROM review_case")
    keys = {row["case_id"]: last + number for number, row in enumerate(new, 1)}
    cases, steps, decisions = [], [], []
    for row in new:
        course_key, patient_key, _ = courses[row["course_id"]]
        key = {"case_key": keys[row["case_id"]]}
        own = {
            name: row[name]
            for name in DECISION
            if name.startswith("machine_")
            or name
            in (
                "case_id",
                "criteria_id",
                "criteria_hash",
                "engine_version",
                "opened_at",
                "data_cut_on",
                "reasons",
                "accepted",
                "drawn",
                "agents_masked",
                "sparse",
                "follows",
                "started_on",
                "series_fingerprint",
                "evidence",
            )
        }
        place = {"course_key": course_key, "patient_key": patient_key, "shift_days": 0}
        cases.append({**key, **own, **place, "fingerprint": row["packet"]})
        steps.append(
            {**key, "position": 1, "state": row["state"], "act": "import", "reached_at": row["decided_at"]}
        )
        verdict = {
            name: row[name] for name in ("onset_on", "lost_cr_on", "relapsed_on", "reached_by", "decided_at")
        }
        decisions.append({**key, "level": row["best_response"], **verdict})
    given = [
        {"case_key": keys[row["case_id"]], **{name: row[name] for name in READ[3:]}}
        for row in reads
        if row["case_id"] in keys
    ]
    for table, rows in (
        ("review_case", cases),
        ("review_step", steps),
        ("review_decision", decisions),
        ("review_read", given),
    ):
        add(change, table, *rows)


def _problem(
    name: str, row: int | None, column: str | None, value: object, expected: str, remedy: str
) -> Problem:
    return Problem(f"{name}.csv", row, column, None if value is None else str(value), expected, remedy)

"""Calls: judging what has changed, storing it, and saying why.

Nothing else judges stored courses. A change of the record makes calls stale and never judges; only `refresh` looks
for what is stale, and it rewrites only the calls that came out different. Reviewers and their decisions are unknown
here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adjudication.response.criteria import DEFAULTS, Criteria, CriteriaError, load
from adjudication.response.engine import ENGINE_VERSION, Judged, adjudicate
from adjudication.response.evans import other_lineage
from adjudication.response.terms import (
    MISSING,
    NO_DAY,
    CensoredBy,
    Disease,
    DurationStatus,
    Level,
    Reason,
    flag_words,
    reading_words,
)
from registry import sql
from registry.errors import Usage
from registry.judging.series import Facts, Portion, read
from registry.store.database import Database
from registry.store.memory import give_back_large_blocks
from registry.store.transaction import Transaction
from registry.wording import number_of

PATIENTS_AT_ONCE = 50_000
"""Patients that are judged together: it bounds the memory, about 2 million counts."""
_NEAR = 2_000
"""Patients whose keys lie this near are read in one range: a range costs five queries, a patient almost nothing."""

_RANGE = "criteria_id = $1 AND patient_key BETWEEN $2 AND $3"
_TELLING = [
    "criteria_id",
    "course_key",
    "best_response",
    "series_fingerprint",
    "criteria_hash",
    "engine_version",
    "phase",
    "evidence",
]
"""The columns in which two calls of a course differ if they differ at all, as in queries/calls_of_patient."""

Progress = Callable[[int, int], None]
"""Told (patients done, patients in all)."""


@dataclass
class RefreshReport:
    """What a refresh did: courses judged, calls that came out new or different, calls taken away.

    `by_response` is empty for an account that may not see calls.
    """

    judged: int = 0
    changed: int = 0
    removed: int = 0
    by_response: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def text(self) -> str:
        levels = ", ".join(f"{level} {n}" for level, n in sorted(self.by_response.items()))
        return (
            f"{number_of(self.judged, 'course')} assessed, {number_of(self.changed, 'call')} new or changed"
            + (f": {levels}" if levels else "")
        )


def refresh(
    change: Transaction,
    sets: Sequence[Criteria],
    report: RefreshReport,
    *,
    patient_key: int | None = None,
    everything: bool = False,
    progress: Progress | None = None,
) -> None:
    """Judge what has changed since it was last judged, store the calls that came out different, and count in `report`.

    Within the transaction of `change`. `patient_key` restricts it to one patient; `everything` judges whether changed
    or not. `registry.review.rejudge` is the way in for pages and commands: it also re-opens decisions.
    """
    if patient_key is not None:
        _refresh_patient(change, sets, patient_key, report)
    else:
        _refresh_ranges(change, sets, everything, report, progress)


def stale_courses(db: Database) -> int:
    """How many current courses have no call, or belong to a patient who changed since it was made."""
    digests = [criteria(name).digest for name in DEFAULTS.values()]
    return int(db.rows(sql.text("queries/stale_courses"), [ENGINE_VERSION, digests])[0][0])


def criteria(criteria_id: str) -> Criteria:
    """The published criteria, examples run; Usage if there are none of that name."""
    try:
        return load(criteria_id)
    except CriteriaError as error:
        raise Usage(str(error)) from error


def patient_key_of(db: Database, *, patient: str | None = None, course: str | None = None) -> int | None:
    """The key of a patient, or of the patient of a course; None if neither is named. Usage for an unknown one."""
    if patient is None and course is None:
        return None
    if course is not None:
        found = db.rows(sql.text("queries/patient_of_course"), [course])
    else:
        found = db.rows("SELECT patient_key FROM patient WHERE patient_id = $1", [patient])
    if not found:
        raise Usage(f"There is no {'course' if course else 'patient'} {course or patient}.")
    return int(found[0][0])


def site_of_patient(db: Database, patient_key: int) -> str | None:
    """The site of a patient as it is."""
    found = db.rows(
        "SELECT site FROM patient_fact WHERE patient_key = $1 AND superseded_by IS NULL", [patient_key]
    )
    return found[0][0] if found else None


def _refresh_ranges(
    change: Transaction,
    sets: Sequence[Criteria],
    everything: bool,
    report: RefreshReport,
    progress: Progress | None,
) -> None:
    """Judge range after range of patients; what several criteria judge is read once."""
    give_back_large_blocks()
    head = change.seq - 1
    asked: dict[tuple[int, int], list[Criteria]] = {}
    for one in sets:
        for span in _ranges(change, one, everything):
            asked.setdefault(span, []).append(one)
    total, done = sum(last - first + 1 for first, last in asked), 0
    for first, last in sorted(asked):
        facts = read(change.arrow, first, last)
        for one in asked[first, last]:
            portion, rows = _judged(facts, one, head)
            _store(change, rows, one, first, last, report)
            _store_other_lineage(change, portion, one, first, last)
        done += last - first + 1
        if progress is not None:
            progress(done, total)
    for one in sets:
        judged = {"criteria_id": one.id, "criteria_hash": one.digest}
        judging = {**judged, "engine_version": ENGINE_VERSION, "until_seq": head}
        change.replace("judging", [judging], "criteria_id = $1", [one.id])


def _refresh_patient(change: Transaction, sets: Sequence[Criteria], key: int, report: RefreshReport) -> None:
    """Judge one patient in few statements; his calls are rewritten together, for each says when it was judged."""
    facts = read(change.arrow, key, key)
    known = [one for one in sets if one.disease in facts.diseases]
    judged = [_judged(facts, one, change.seq - 1) for one in known]
    ids = [one.id for one in sets]
    stored = change.arrow(sql.text("queries/calls_of_patient"), [key, ids]).to_pylist()
    before = {(row["criteria_id"], row["course_key"]): row for row in stored}
    held = {row["criteria_id"] for row in stored}
    several = len({one.id for one in known} | held) > 1
    for gone in [one for one in sets if one not in known]:
        if gone.id in held:
            change.replace("call", [], _RANGE, [gone.id, key, key])
        if several:
            change.replace("other_lineage_call", [], _RANGE, [gone.id, key, key])
    for one, (portion, rows) in zip(known, judged, strict=True):
        if one.id in held:
            change.replace("call", rows, _RANGE, [one.id, key, key])
        else:
            change.append("call", rows)
        if several:
            _store_other_lineage(change, portion, one, key, key)
        report.judged += rows.num_rows
        for row in rows.select(_TELLING).to_pylist():
            if before.pop((row["criteria_id"], row["course_key"]), None) != row:
                report.changed += 1
                level = row["best_response"]
                report.by_response[level] = report.by_response.get(level, 0) + 1
    report.removed += len(before)


def _judged(facts: Facts, one: Criteria, head: int) -> tuple[Portion, pa.Table]:
    portion = facts.under(one)
    return portion, call_rows(portion, adjudicate(portion.series, one.rule, portion.order), one, head)


def _ranges(change: Transaction, one: Criteria, everything: bool) -> list[tuple[int, int]]:
    """Ranges of patient keys to judge: those touched since the last refresh, or all."""
    known = change.rows(
        "SELECT until_seq FROM judging WHERE criteria_id = $1 AND criteria_hash = $2 AND engine_version = $3",
        [one.id, one.digest, ENGINE_VERSION],
    )
    if everything or not known:
        keys = change.arrow("SELECT patient_key FROM patient ORDER BY patient_key")
    else:
        keys = change.arrow(
            "SELECT DISTINCT patient_key FROM touched WHERE change_seq > $1 ORDER BY patient_key",
            [known[0][0]],
        )
    return list(runs(keys["patient_key"].to_numpy()))


def runs(keys: NDArray[np.int32]) -> Iterator[tuple[int, int]]:
    """Sorted keys as few ranges, none wider than PATIENTS_AT_ONCE."""
    ends = np.append(np.flatnonzero(np.diff(keys) > _NEAR) + 1, keys.size)
    at = 0
    while at < keys.size:
        full = np.searchsorted(keys, keys[at] + PATIENTS_AT_ONCE)
        until = min(int(full), int(ends[np.searchsorted(ends, at, side="right")]))
        yield int(keys[at]), int(keys[until - 1])
        at = until


def _store(
    change: Transaction, rows: pa.Table, one: Criteria, first: int, last: int, report: RefreshReport
) -> None:
    """Write the calls of the patients in [first, last] that differ from what is stored, and take away the others."""
    report.judged += rows.num_rows
    held = [one.id, first, last]
    (stored,) = change.rows(sql.text("queries/calls_stored"), held)[0]
    if stored == 0:
        _count_levels(report, rows["best_response"])
        report.changed += change.append("call", rows)
        return
    done = change.replace("call", rows, _RANGE, held, ignoring=["judged_seq"])
    report.removed += done.gone
    if done.added + done.changed:
        report.changed += done.added + done.changed
        _count_levels(
            report, change.arrow(sql.text("queries/calls_just_judged"), [*held, change.seq - 1])["level"]
        )


def _store_other_lineage(change: Transaction, portion: Portion, one: Criteria, first: int, last: int) -> None:
    """In Evans syndrome: how the lineage of `one` fared under the courses that were given for the other one."""
    scope = [one.id, first, last]
    narrowed = other_lineage(portion.series, one.disease)
    if narrowed is None:
        if change.rows(f"SELECT 1 FROM other_lineage_call WHERE {_RANGE} LIMIT 1", scope):
            change.replace("other_lineage_call", [], _RANGE, scope)
        return
    series, rows = narrowed
    calls = adjudicate(series, one.rule).calls
    asked = rows[calls.course] >= 0
    row = rows[calls.course][asked]
    patients = portion.series.courses.patient[row] + np.int32(portion.first_patient)
    fared = {
        "course_key": pa.array(portion.course_key[row]),
        "patient_key": pa.array(patients),
        "criteria_id": _same(one.id, row.size),
        "best_response": _words(calls.level[asked], [level.word for level in Level]),
        "active_at_start": pa.array(calls.at_start[asked] == 0, mask=calls.at_start[asked] < 0),
    }
    change.replace("other_lineage_call", pa.table(fared), _RANGE, scope)


def _count_levels(report: RefreshReport, levels: pa.ChunkedArray) -> None:
    for entry in levels.value_counts().to_pylist():
        report.by_response[entry["values"]] = report.by_response.get(entry["values"], 0) + entry["counts"]


def call_rows(portion: Portion, judged: Judged, one: Criteria, head: int) -> pa.Table:
    """The judge's columns as rows of the table `call`."""
    calls = judged.calls
    n = calls.course.size
    patients = portion.series.courses.patient[calls.course] + np.int32(portion.first_patient)
    evidence = judged.evidence
    cited = pa.StructArray.from_arrays(
        [
            pa.array(evidence.step.view(np.uint8)),
            pa.array(evidence.source.view(np.uint8)),
            pa.array(evidence.row),
            pa.array(evidence.day).cast(pa.date32()),
            pa.array(evidence.predicate.view(np.uint8)),
            _number(evidence.threshold),
            _number(evidence.value),
            pa.array(evidence.held.astype(bool)),
        ],
        names=["step", "source", "row_key", "observed_on", "predicate", "threshold_e6", "value_e6", "held"],
    )
    responded = calls.duration_status != DurationStatus.NONE
    return pa.table(
        {
            "course_key": pa.array(portion.course_key[calls.course]),
            "patient_key": pa.array(patients),
            "criteria_id": _same(one.id, n),
            "criteria_hash": _same(one.digest, n),
            "engine_version": _same(ENGINE_VERSION, n),
            "series_fingerprint": pa.array(calls.fingerprint),
            "best_response": _words(calls.level, [level.word for level in Level]),
            "reason": _words(calls.reason, [reason.word if reason else None for reason in Reason]),
            "baseline_e6": _number(calls.baseline),
            "onset_on": _date(calls.onset_on),
            "cr_onset_on": _date(calls.cr_onset_on),
            "relapsed_on": _date(calls.relapsed_on),
            "lost_cr_on": _date(calls.lost_cr_on),
            "duration_of_response_days": pa.array(calls.duration_days, mask=~responded),
            "duration_status": _words(calls.duration_status, [status.word for status in DurationStatus]),
            "censored_by": _words(calls.censored_by, [by.word if by else None for by in CensoredBy]),
            "flags": _masks(calls.flags, _flag_words),
            "defaults_applied": _masks(calls.readings, _reading_words),
            "held_until": _date(calls.held_until),
            "lost_on": _date(calls.lost_on),
            "er_7d": _known(calls.er_7d),
            "ir_1m": _known(calls.ir_1m),
            "dr_6m": _known(calls.dr_6m),
            "rem_12m": _known(calls.rem_12m),
            "in_response_days": pa.array(calls.in_response_days),
            "observed_days": pa.array(calls.observed_days),
            "phase": portion.phase.take(pa.array(calls.course))
            if one.disease == Disease.ITP
            else pa.nulls(n, pa.string()),
            "off_treatment_from": _date(calls.off_from),
            "srot30": _known(calls.srot30),
            "srot50": _known(calls.srot50),
            "days_off": pa.array(calls.days_off, mask=calls.off_from == NO_DAY),
            "judged_seq": pa.array(np.full(n, head, np.int64)),
            "evidence": pa.ListArray.from_arrays(pa.array(calls.evidence_first.astype(np.int32)), cited),
        }
    )


def _same(word: str, n: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([word]))


def _words(codes: NDArray[np.int8], words: Sequence[str | None]) -> pa.Array:
    """Codes as words; a code whose word is None becomes empty."""
    empty = np.isin(codes, [code for code, word in enumerate(words) if word is None])
    index = pa.array(codes.astype(np.int32), mask=empty)
    return pa.DictionaryArray.from_arrays(index, pa.array([word or "" for word in words]))


_flag_words, _reading_words = cache(flag_words), cache(reading_words)


def _masks(masks: NDArray[Any], said: Callable[[int], str]) -> pa.Array:
    found, index = np.unique(masks, return_inverse=True)
    words = pa.array([said(int(mask)) or None for mask in found], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), words).cast(pa.string())


def _number(values: NDArray[np.int64]) -> pa.Array:
    return pa.array(values, mask=values == MISSING)


def _date(days: NDArray[np.int32]) -> pa.Array:
    return pa.array(days, mask=days == NO_DAY).cast(pa.date32())


def _known(answers: NDArray[np.int8]) -> pa.Array:
    return pa.array(answers == 1, mask=answers < 0)

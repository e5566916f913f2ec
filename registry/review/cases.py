"""Putting one call before readers: its case, its frozen packet, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from adjudication.response.criteria import load
from adjudication.response.terms import Disease
from adjudication.review.rules import Rules
from adjudication.review.workflow import State
from registry import sql
from registry.review import case_evidence, packet
from registry.review.randomization import Read, Secret
from registry.review.stored import Case, add, moment, step
from registry.store.transaction import Transaction

_WEEK = 7
_ID_DIGITS = 12


@dataclass(frozen=True)
class Why:
    """Why a case is opened: its reasons, whether the machine would have accepted the call, and was it drawn."""

    reasons: tuple[str, ...]
    accepted: bool
    drawn: bool


def open_case(
    change: Transaction,
    secret: Secret,
    call: Mapping[str, Any],
    why: Why,
    *,
    rules: Rules,
    now: datetime,
    data_cut_on: date,
    agents_masked: bool,
    follows: str | None = None,
) -> str:
    """Store a case for a row of the calls (columns of queries/review_candidates), and return its name."""
    [(key,)] = change.rows("SELECT coalesce(max(case_key), 0) + 1 FROM review_case")
    case_id = f"case-{secret.code('case', key)[:_ID_DIGITS]}"
    shift = _WEEK * (1 + int(secret.share("shift", case_id) * rules.shift_weeks))
    one = load(call["criteria_id"])
    frame = packet.Frame(
        case_id,
        call["course_key"],
        call["patient_key"],
        Disease[call["disease"]],
        one,
        data_cut_on,
        shift,
        agents_masked,
    )
    content = packet.build(change.rows, secret, frame)
    says = {name: call[name] for name in case_evidence.SAYS}
    rests_on = case_evidence.Basis(
        case_evidence.says_of(call),
        case_evidence.cited_by(change.rows, call["course_key"], call["criteria_id"]),
    )
    row = {
        "case_key": key,
        "case_id": case_id,
        "course_key": call["course_key"],
        "patient_key": call["patient_key"],
        "criteria_id": call["criteria_id"],
        "criteria_hash": call["criteria_hash"],
        "engine_version": call["engine_version"],
        "opened_at": moment(now),
        "data_cut_on": data_cut_on,
        "reasons": ";".join(why.reasons),
        "accepted": why.accepted,
        "drawn": why.drawn,
        "shift_days": shift,
        "agents_masked": agents_masked,
        "fingerprint": packet.fingerprint(content),
        "follows": follows,
        **case_evidence.columns(says),
        "series_fingerprint": call["series_fingerprint"],
        "evidence": rests_on.evidence,
        "sparse": _sparse(change, call, one.analyte.word, data_cut_on, rules),
    }
    add(change, "review_case", row)
    add(change, "review_packet", {"case_key": key, "content": packet.text(content)})
    step(change, key, State.PROPOSED, "open", moment(now))
    return case_id


def frame_of(case: Case) -> packet.Frame:
    """What the packet of a stored case was made for."""
    return packet.Frame(
        case.case_id,
        case.course_key,
        case.patient_key,
        case.disease,
        case.criteria,
        case.data_cut_on,
        case.shift_days,
        case.agents_masked,
    )


def packet_now(read: Read, secret: Secret, case: Case) -> packet.Content:
    """The packet of a case as the record would give it now."""
    return packet.build(read, secret, frame_of(case))


def _sparse(
    change: Transaction, call: Mapping[str, Any], analyte: str, data_cut_on: date, rules: Rules
) -> bool | None:
    """Whether the counts of the course are sparse; None with fewer than two."""
    started: Sequence[tuple[Any, ...]] = change.rows(
        sql.text("queries/review_next_course"), [call["patient_key"], call["disease"], call["started_on"]]
    )
    until = min([on for (on,) in started if on is not None] + [data_cut_on])
    [(days,)] = change.rows(
        sql.text("queries/review_spacing"), [call["patient_key"], analyte, call["started_on"], until]
    )
    return None if days is None else bool(days > rules.sparse_days)

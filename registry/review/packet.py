"""The packet of a case: what its readers are shown, frozen, under names and dates that are this case's alone.

The rows have the names of `registry.patients`, so that a page draws a packet as it draws a patient. It can be made
again from the record as it is now: what then differs is what changed since it was signed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from adjudication.agents import agent_or_other
from adjudication.response.criteria import Criteria
from adjudication.response.terms import NO_DAY, Disease
from adjudication.review.workflow import LEVELS
from registry import sql
from registry.record import tables
from registry.record.lines import number_lines
from registry.record.tables import Table
from registry.review.randomization import Read, Secret
from registry.store import audit

Content = dict[str, Any]
Row = dict[str, Any]

_FATAL = 5
"""The CTCAE grade that means death."""
WITHOUT = "This case was imported from another registry, without its packet."


@dataclass(frozen=True)
class Frame:
    """What a packet is made for, and how it is masked."""

    case_id: str
    course_key: int
    patient_key: int
    disease: Disease
    criteria: Criteria
    data_cut_on: date
    shift_days: int
    agents_masked: bool


@dataclass(frozen=True)
class _Part:
    """One list of the packet: its query, its columns after row_key, and which of them are named anew."""

    query: str
    columns: tuple[str, ...]
    named: tuple[str, ...]
    table: str

    @property
    def text(self) -> str:
        return sql.text(self.query.removeprefix("sql:")) if self.query.startswith("sql:") else self.query


_CURRENT = "WHERE patient_key = $1 AND superseded_by IS NULL AND"
PARTS: Mapping[str, _Part] = {
    "episodes": _Part(
        "sql:queries/packet_episodes",
        (
            "episode_id",
            "disease",
            "onset_on",
            "diagnosed_on",
            "primary_or_secondary",
            "dat_result",
            "ended_on",
        ),
        ("episode_id",),
        "episode",
    ),
    "courses": _Part(
        "sql:queries/packet_courses",
        (
            "course_id",
            "episode_id",
            "disease",
            "line_number",
            "started_on",
            "stopped_on",
            "ongoing",
            "intent",
            "start_reason",
            "stop_reason",
            "course_key",
        ),
        ("course_id", "episode_id"),
        "course",
    ),
    "agents": _Part(
        "sql:queries/packet_agents",
        (
            "course_id",
            "agent",
            "agent_class",
            "started_on",
            "stopped_on",
            "dose",
            "dose_unit",
            "route",
            "frequency",
        ),
        ("course_id",),
        "course_agent",
    ),
    "observations": _Part(
        "SELECT row_key, observation_id, observed_on, analyte, canonical_e6::DOUBLE / 1000000, comparator, "
        "not_evaluable, value, unit, specimen, quality, lower_limit, upper_limit, explained FROM observation "
        f"{_CURRENT} observed_on <= $2 ORDER BY observed_on, analyte, observation_id",
        (
            "observation_id",
            "observed_on",
            "analyte",
            "value_canonical",
            "comparator",
            "not_evaluable",
            "value",
            "unit",
            "specimen",
            "quality",
            "lower_limit",
            "upper_limit",
            "explained",
        ),
        ("observation_id",),
        "observation",
    ),
    "bleeds": _Part(
        "SELECT row_key, bleed_id, started_on, ended_on, scale, grade, site, itp_related FROM bleed "
        f"{_CURRENT} started_on <= $2 ORDER BY started_on, bleed_id",
        ("bleed_id", "started_on", "ended_on", "scale", "grade", "site", "itp_related"),
        ("bleed_id",),
        "bleed",
    ),
    "transfusions": _Part(
        "SELECT row_key, transfusion_id, given_on, product, units, reason FROM transfusion "
        f"{_CURRENT} given_on <= $2 ORDER BY given_on, transfusion_id",
        ("transfusion_id", "given_on", "product", "units", "reason"),
        ("transfusion_id",),
        "transfusion",
    ),
    "rescues": _Part(
        "SELECT row_key, rescue_id, given_on, agent, reason FROM rescue "
        f"{_CURRENT} given_on <= $2 ORDER BY given_on, rescue_id",
        ("rescue_id", "given_on", "agent", "reason"),
        ("rescue_id",),
        "rescue",
    ),
    "adverse_events": _Part(
        "sql:queries/packet_adverse_events",
        (
            "adverse_event_id",
            "category",
            "term",
            "onset_on",
            "ended_on",
            "ctcae_version",
            "ctcae_grade",
            "serious",
            "outcome",
        ),
        ("adverse_event_id",),
        "adverse_event",
    ),
    "other_causes": _Part(
        "SELECT row_key, started_on, ended_on, disease, cause FROM other_cause "
        f"{_CURRENT} started_on <= $2 ORDER BY started_on, disease, cause",
        ("started_on", "ended_on", "disease", "cause"),
        (),
        "other_cause",
    ),
}


def fact_table(part: str) -> Table:
    """The table of the record that the rows of a part come from: it says which columns are their first and last day."""
    return tables.described(PARTS[part].table)


def build(read: Read, secret: Secret, frame: Frame) -> Content:
    """The packet from the record as it is now. Dates are ISO text, moved back by the shift of the case."""
    life = _life(read, frame)
    rows = {name: _rows(read, part, frame, life) for name, part in PARTS.items()}
    _complete_courses(rows["courses"], rows["agents"])
    course = next((row for row in rows["courses"] if row["course_key"] == frame.course_key), None)
    agents = [row["agent"] for row in rows["agents"] if course and row["course_id"] == course["course_id"]]
    limit: int | None = frame.criteria.attribution_days([agent_or_other(name).name for name in agents])
    if frame.agents_masked:
        _mask_agents(rows)
        limit = None  # each class has its own
    for name, part in PARTS.items():
        for row in rows[name]:
            _rename(row, part, secret, frame.case_id)
            row.pop("row_key")
            row.pop("course_key", None)
    return {
        "case": frame.case_id,
        "criteria": _criteria(frame.criteria, limit),
        "levels": [level.word for level in LEVELS[frame.disease]],
        "disease": frame.disease.word,
        "course_id": course["course_id"] if course else None,
        "last_on": _last_on(rows),
        "patient": _patient(secret, frame, course, life),
        **rows,
    }


@dataclass(frozen=True)
class _Life:
    """Of the patient what is in no part."""

    sex: str | None = None
    born_on: date | None = None
    died_on: date | None = None


def _life(read: Read, frame: Frame) -> _Life:
    query = "SELECT sex, born_on, died_on FROM patient_fact WHERE patient_key = $1 AND superseded_by IS NULL"
    found = read(query, [frame.patient_key])
    return _Life(*found[0]) if found else _Life()


def _rows(read: Read, part: _Part, frame: Frame, life: _Life) -> list[Row]:
    found = read(part.text, [frame.patient_key, frame.data_cut_on])
    rows = [dict(zip(("row_key", *part.columns), row, strict=True)) for row in found]
    for row in rows:
        _tell_as_of_the_cut(row, frame, life)
        for name, value in row.items():
            if isinstance(value, date):
                row[name] = _shifted(value, frame) if _by_the_cut(value, frame) else None
    return rows


def _by_the_cut(on: date | None, frame: Frame) -> bool:
    return on is not None and on <= frame.data_cut_on


def _tell_as_of_the_cut(row: Row, frame: Frame, life: _Life) -> None:
    """Take from a row what has no day of its own, unless a day says that it was so by the data cut.

    A course that stopped later is ongoing in its packet. How it stopped, or how an adverse event came out, is told
    with a day of the end that lies in the packet, and that somebody died of it with the day of death.
    """
    if "stop_reason" in row and not _by_the_cut(row["stopped_on"], frame):
        still = row["stopped_on"] is not None or row["ongoing"] == "yes"
        row.update(ongoing="yes" if still else None, stop_reason=None)
    if "outcome" in row:
        died = _by_the_cut(life.died_on, frame)
        fatal = row["outcome"] == "fatal" or row["ctcae_grade"] == _FATAL
        if not died and not (_by_the_cut(row["ended_on"], frame) and not fatal):
            row["outcome"] = None
        if not died and row["ctcae_grade"] == _FATAL:
            row["ctcae_grade"] = None


def _shifted(on: date, frame: Frame) -> str:
    return (on - timedelta(days=frame.shift_days)).isoformat()


def _last_on(rows: Mapping[str, list[Row]]) -> str | None:
    """The last day of which the packet tells. The data cut is not told: who knows when cases were opened could tell
    from it by how much all days are moved."""
    days = (
        value for part in rows.values() for row in part for name, value in row.items() if name.endswith("_on")
    )
    return max((day for day in days if day is not None), default=None)


def _patient(secret: Secret, frame: Frame, course: Row | None, life: _Life) -> Row:
    age = None
    if life.born_on is not None and course is not None:
        started = date.fromisoformat(course["started_on"]) + timedelta(days=frame.shift_days)
        age = age_on(life.born_on, started)
    died_on = life.died_on if _by_the_cut(life.died_on, frame) else None
    return {
        "patient_id": _name(secret, frame.case_id, "patient_id", frame.patient_key),
        "sex": life.sex,
        "age_at_start": age,
        "died_on": None if died_on is None else _shifted(died_on, frame),
    }


def age_on(born_on: date, on: date) -> int:
    """Age in completed years: birthdays, not days divided by the length of a year."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def _criteria(criteria: Criteria, limit: int | None) -> Row:
    return {
        "id": criteria.id,
        "version": criteria.version,
        "title": criteria.title,
        "levels": [{"name": one.name, "words": one.words} for one in criteria.levels],
        "attribution_days": None if limit == NO_DAY else limit,
    }


def _complete_courses(courses: Sequence[Row], agents: Sequence[Row]) -> None:
    """Give each course its agents and its line."""
    for row in courses:
        given = [one for one in agents if one["course_id"] == row["course_id"]]
        row["agents"] = "+".join(sorted({one["agent"] for one in given})) or None
        row["regimen"] = "+".join(sorted({one["agent_class"] for one in given if one["agent_class"]})) or None
    number_lines(courses)


def _mask_agents(rows: Mapping[str, list[Row]]) -> None:
    """Call the agents A, B, C … in the order in which they were first given, without class, dose and frequency."""
    names: dict[str, str] = {}
    for row in rows["agents"]:
        names.setdefault(row["agent"], f"agent {chr(ord('A') + len(names) % 26)}{len(names) // 26 or ''}")
    for row in rows["agents"]:
        row["agent"] = names[row["agent"]]
        row.update(dict.fromkeys(("agent_class", "dose", "dose_unit", "route", "frequency")))
    for row in rows["courses"]:
        given = [names[one] for one in (row["agents"] or "").split("+") if one in names]
        row["agents"], row["regimen"] = "+".join(sorted(given)) or None, None
    for row in rows["rescues"]:
        row["agent"] = row["agent"] if row["agent"] == "platelets" else "drug"


def _rename(row: Row, part: _Part, secret: Secret, case_id: str) -> None:
    for column in part.named:
        row[column] = _name(secret, case_id, column, row[column])


def _name(secret: Secret, case_id: str, column: str, real: object) -> str:
    """A name that this case alone gives to a thing, the same whenever the packet is made."""
    return f"{column.removesuffix('_id')}-{secret.code('name', case_id, column, real)[:8]}"


# What a packet is


def text(content: Content) -> str:
    """The packet as it is stored and hashed."""
    return audit.canonical_json(content)


def fingerprint(content: Content) -> str:
    """SHA-256 of the packet, in hexadecimal."""
    return sha256(text(content).encode()).hexdigest()


def stored(read: Read, case_key: int) -> Content | None:
    """The packet that was frozen; None for a case that came in with a bundle."""
    found = read("SELECT content FROM review_packet WHERE case_key = $1", [case_key])
    return dict(json.loads(found[0][0])) if found else None


def rows_named(read: Read, secret: Secret, frame: Frame, part: str) -> dict[str, int]:
    """The row keys of a part that has names, by the names the packet gives them: the rows that stood when it was
    frozen, whatever became of them since."""
    column = PARTS[part].named[0]
    [(opened,)] = read("SELECT change_seq FROM review_case WHERE case_id = $1", [frame.case_id])
    rows = read(sql.text("queries/packet_rows_then"), [frame.patient_key, part, opened])
    return {_name(secret, frame.case_id, column, real): row_key for row_key, real in rows}


# What changed


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was signed: a column of a row, or a whole row (`column` empty)."""

    part: str
    name: str
    column: str
    before: str | None
    after: str | None


def differences(before: Content, after: Content) -> list[Difference]:
    """Everything in which two packets of one case differ, side by side."""
    parts = ("criteria", "patient", *PARTS)
    return [one for part in parts for one in _of_part(part, before[part], after[part])]


def _of_part(part: str, before: Any, after: Any) -> Iterator[Difference]:
    old, new = _by_name(part, before), _by_name(part, after)
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name), new.get(name)
        if was is None or now is None:
            yield Difference(part, name, "", _words(was), _words(now))
        else:
            for column in was:
                if was[column] != now.get(column):
                    yield Difference(part, name, column, _cell(was[column]), _cell(now.get(column)))


def _by_name(part: str, rows: Any) -> dict[str, Row]:
    if part == "patient":
        return {"patient": {key: value for key, value in rows.items() if key != "patient_id"}}
    if part == "criteria":
        words = "; ".join(f"{level['name']}: {level['words']}" for level in rows["levels"])
        return {rows["id"]: {**rows, "levels": words}}
    named = PARTS[part].named
    found: dict[str, Row] = {}
    for row in rows:
        name = (
            row[named[0]]
            if named and part != "agents"
            else f"{row.get('agent', row.get('cause'))}, {row['started_on']}"
        )
        while name in found:
            name += "'"
        found[name] = row
    return found


def _words(row: Row | None) -> str | None:
    return (
        None
        if row is None
        else ", ".join(f"{key} {value}" for key, value in row.items() if value is not None)
    )


def _cell(value: object) -> str | None:
    return None if value is None else str(value)

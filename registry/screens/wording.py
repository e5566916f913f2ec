"""Facts of a patient as a page names them: a course, a kind of fact, one fact in a line."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from adjudication.agents import regimen_word
from registry.patients.patient_record import Timeline
from registry.record.fields import Kind
from registry.record.tables import described

KINDS = {
    "observation": "Counts",
    "course": "Courses",
    "course_agent": "Doses",
    "bleed": "Bleeds",
    "transfusion": "Transfusions",
    "rescue": "Rescue",
    "adverse_event": "Adverse events",
    "attribution": "Attributions",
    "exposure": "Alemtuzumab",
    "episode": "Episodes",
    "sign": "Bleeding signs",
    "outcome": "Surveillance",
    "proposal_answer": "Proposed episodes",
    "other_cause": "Other causes",
    "patient": "Patient",
}
"""The kinds of facts of a patient as a page calls them, the most frequent first."""


def course_title(one: Timeline, course_id: str) -> str:
    """`ITP line 2, rituximab`."""
    row = next(row for row in one.courses if row["course_id"] == course_id)
    line = "observation" if row["line_number"] == 0 else f"line {row['line_number']}"
    return f"{row['disease']} {line}, {regimen_word(row['regimen'] or '') or 'no agent'}"


def column_title(name: str) -> str:
    """A column of the bundle as a page heads it: `started_on` is `Started`."""
    return _COLUMNS.get(name) or name.replace("_", " ").capitalize()


_COLUMNS = {
    "born_on": "Born",
    "ctcae_grade": "CTCAE grade",
    "ctcae_version": "CTCAE version",
    "dat_result": "DAT result",
    "diagnosed_on": "Diagnosed",
    "died_on": "Died",
    "dose_mg": "Dose, mg",
    "ended_on": "Ended",
    "given_on": "Given",
    "indication_on": "Indication since",
    "itp_related": "ITP related",
    "last_contact_on": "Last contact",
    "meddra_code": "MedDRA code",
    "observed_at": "Taken",
    "noticed_on": "Noticed",
    "done_on": "Done",
    "answered_on": "Answered",
    "recheck_on": "Recheck",
    "onset_on": "Onset",
    "started_on": "Started",
    "stopped_on": "Stopped",
}


def one_line(kind: str, row: Mapping[str, Any]) -> str:
    """A fact in a line, by which a person recognises it: its recorded values without its names."""
    parts = (
        " ".join(said(kind, name, row[name]) for name in names.split() if row.get(name))
        for names in _IN_A_LINE[kind]
    )
    return " · ".join(part for part in parts if part)


def told_apart(kind: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each fact in a line; lines that are alike go on with what tells these facts apart, the least of it last."""
    lines = [one_line(kind, row) for row in rows]
    alike: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        alike.setdefault(line, []).append(place)
    own = (f"{kind}_id", "patient_id")
    names = sorted((one.name for one in described(kind).columns), key=lambda name: name in own)
    for places in alike.values():
        waiting = len(places) > 1
        for name in names:
            values = [rows[place].get(name) for place in places]
            if not waiting or len(set(values)) == 1:
                continue
            for place, value in zip(places, values, strict=True):
                lines[place] += f" · {_apart(kind, name, value)}"
            waiting = len({lines[place] for place in places}) < len(places)
    return lines


def _apart(kind: str, name: str, value: str | None) -> str:
    """What one of several alike facts says in a column, with the time of day."""
    if not value:
        return f"no {column_title(name).lower()}"
    if described(kind).column(name).kind is Kind.MOMENT:
        return f"{value[11:16]}" if len(value) > 10 else "no time"
    return said(kind, name, value)


def said(kind: str, name: str, value: str) -> str:
    """One recorded value as people say it: `03-Feb-2026`, `low count`; free text as it stands."""
    match described(kind).column(name).kind:
        case Kind.WORD:
            return value.replace("_", " ")
        case Kind.DATE | Kind.MOMENT:
            return f"{date.fromisoformat(value[:10]):%d-%b-%Y}"
        case Kind.UNIT:
            return value.replace("10*9/L", "×10⁹/L")
        case _:
            return value


_IN_A_LINE = {
    "observation": ("observed_at", "analyte value unit missing_reason"),
    "course": ("started_on", "stopped_on", "intent", "course_id"),
    "course_agent": ("agent", "started_on", "dose dose_unit", "frequency", "course_id"),
    "bleed": ("started_on", "scale grade", "site"),
    "transfusion": ("given_on", "units product", "reason"),
    "rescue": ("given_on", "agent", "reason"),
    "sign": ("noticed_on", "sign"),
    "outcome": ("done_on", "outcome", "recheck_on", "reason"),
    "proposal_answer": ("answered_on", "answer", "opened_episode_id", "reason"),
    "adverse_event": ("onset_on", "term", "category", "ctcae_grade"),
    "attribution": ("adverse_event_id", "course_id", "relatedness"),
    "exposure": ("started_on", "setting", "cycle", "dose_mg"),
    "episode": ("onset_on", "disease", "primary_or_secondary", "cause"),
    "other_cause": ("started_on", "disease", "cause"),
    "patient": ("patient_id", "site", "sex", "born_on"),
}

"""The letter that refers a watched patient to the hematologist: what was found, the counts, the timeline."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from adjudication import surveillance
from registry.report import View, sheet
from registry.surveillance.papers import printed, said
from registry.timeline import Stretch, Timeline, timeline

if TYPE_CHECKING:
    from registry.database import Database
    from registry.roles import Actor
    from registry.surveillance.watched import Watched

SPECIMENS = 12
"""Platelet specimens that the letter lists, the last ones."""
_ADVICE = {
    "treat": "By the consensus treatment is mandatory.",
    "consider": "By the consensus treatment is a potential option after evaluation of the patient.",
    "observe": "By the consensus there is no need for treatment unless special circumstances are present.",
}
_MICRO = 1_000_000


def letter(db: Database, actor: Actor, one: Watched) -> str:
    """A complete HTML page for the hematologist, with the last counts and the timeline; audited.

    What it says of the finding is the rung of the ladder with its words. Nothing of a call is in it for whoever may
    see none. Raises NotPermitted without the right to read at the patient's site.
    """
    from markupsafe import Markup

    known = timeline(db, actor, one.patient_id)
    rule = next((rung for rung in one.programme.rungs if rung.id == one.row["rule"]), None)
    cited = rule or one.programme.schedule.cited
    drawn = sheet(db, actor, one.patient_id, View(stretch=Stretch.whole), printed_on=one.as_of).chart
    return printed(
        db,
        actor,
        one,
        "letter",
        what=rule.what if rule else f"{one.programme.afterwards.says}.",
        cited=one.row["source"],
        says=cited.says,
        advice=_ADVICE.get(one.row["treatment_advice"] or ""),
        infusions=_infusions(known),
        bleeding=_bleeding(db, known, one),
        counts=_counts(known, one.as_of),
        hemoglobin=_hemoglobin(known, one),
        chart=Markup(drawn),  # noqa: S704 -- drawn by the chart library, which escapes every text of the record
    )


def _infusions(known: Timeline) -> str:
    days = sorted(row["started_on"] for row in known.exposures if row["started_on"] is not None)
    return f"Infused from {', '.join(map(said, days))}." if days else "No infusion is recorded."


def _bleeding(db: Database, known: Timeline, one: Watched) -> list[str]:
    query = "SELECT sign, noticed_on FROM sign_view WHERE patient_id = $1 AND noticed_on <= $2 ORDER BY noticed_on"
    signs = db.rows(query, [one.patient_id, one.as_of])
    graded = [
        f"{said(row['started_on'])}: {row['scale'].replace('_', '-')} grade {row['grade']}"
        + (f", {row['site']}" if row["site"] else "")
        for row in known.bleeds
        if row["started_on"] <= one.as_of
    ]
    return [
        *graded,
        *(f"{said(day)}: {one.programme.bleeding.signs[sign]} (reported)" for sign, day in signs),
    ]


def _counts(known: Timeline, as_of: date) -> list[dict[str, str]]:
    rows = [
        row for row in known.observations if row["analyte"] == "platelets" and row["observed_on"] <= as_of
    ]
    return [_count(row) for row in reversed(rows[-SPECIMENS:])]


def _count(row: dict[str, Any]) -> dict[str, str]:
    value = row["value_canonical"]
    return {
        "day": said(row["observed_on"]),
        "value": "" if value is None else f"{row['comparator'] or ''}{value:g}",
        "specimen": (row["specimen"] or "").upper() if row["specimen"] == "edta" else row["specimen"] or "",
        "remark": (row["not_evaluable"] or "").replace("_", " "),
    }


def _hemoglobin(known: Timeline, one: Watched) -> str | None:
    """A line about the last hemoglobin where the programme shows one (READ-SURV-17)."""
    values = [
        (row["observed_on"], row["value_canonical"])
        for row in known.observations
        if row["analyte"] == "hemoglobin"
        and row["value_canonical"] is not None
        and row["not_evaluable"] is None
        and row["observed_on"] <= one.as_of
    ]
    if not values:
        return None
    (day, last), before = values[-1], values[-2] if len(values) > 1 else None
    previous = None if before is None else round(before[1] * _MICRO)
    if not surveillance.hemoglobin_is_shown(one.programme, previous, round(last * _MICRO)):
        return None
    told = f"Hemoglobin {last:g} g/L on {said(day)}"
    return told + (f", {before[1]:g} g/L on {said(before[0])}." if before else ".")

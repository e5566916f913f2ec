"""The letter that refers a watched patient to the hematologist: what was found, the counts, the timeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

from adjudication.surveillance.bleeds import site_of
from adjudication.surveillance.protocol import Protocol, Rule
from registry.patients.patient_record import PatientRecord, patient_record
from registry.patients.time_axis import Stretch
from registry.record.synthetic import is_synthetic
from registry.report import View, picture
from registry.report.leaflet import printed, said
from registry.surveillance.finding import advised, bleeding, context, demanded, demands, rule_of
from registry.surveillance.hemoglobin import informed
from registry.surveillance.signs import reported
from registry.wording import page_day

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database
    from registry.surveillance.watched import Watched

SPECIMENS = 12
"""Platelet specimens that the letter lists, the last ones."""
BLEEDING = 4
"""Days with bleeds and signs that it lists, the last ones: the letter stays on one page."""


def letter(db: Database, actor: Actor, one: Watched) -> str:
    """A complete HTML page for the hematologist, with the last counts and the timeline; audited.

    What it says of the finding is the rule of the ladder with its words. Nothing of a call is in it for an account
    that may see none. Raises NotPermitted without the right to read at the patient's site.
    """
    from markupsafe import Markup

    view = View(stretch=Stretch.whole)
    known = _without_free_text(patient_record(db, actor, one.patient_id, view.criteria_ids), one.protocol)
    finding = demands(one.protocol, one.row)
    rule = rule_of(one.protocol, one.row)
    silent = isinstance(rule, Rule) and rule.silent
    drawn = picture(known, view, is_synthetic(db))
    return printed(
        db,
        actor,
        one,
        "letter",
        what=demanded(one.protocol, one.row),
        cited=one.protocol.source(rule),
        says=rule.says if finding and not silent else None,
        readings=one.protocol.rests_on(rule) if finding and silent else (),
        advice=advised(one.protocol, one.row),
        beside=_beside(one),
        infusions=_infusions(known, one),
        bleeding=_bleeding(db, actor, known, one),
        counts=_counts(known, one.as_of),
        half=SPECIMENS // 2,
        most=BLEEDING,
        hemoglobin=informed(db, actor, {one.patient_id: one.protocol}, one.as_of).get(one.patient_id),
        chart=Markup(drawn),  # noqa: S704 -- drawn by the chart library, which escapes every text of the record
    )


def _without_free_text(record: PatientRecord, protocol: Protocol) -> PatientRecord:
    """Where somebody bled is free text, which may name a person: a paper has `mucosal`, `deep` or nothing instead."""
    return replace(record, bleeds=[row | {"site": site_of(protocol, row["site"])} for row in record.bleeds])


def _beside(one: Watched) -> list[str]:
    """What the list says beside the finding, as sentences; bleeding has a heading of its own in the letter."""
    listed = bleeding(one.protocol, one.row)
    return [
        f"{each[:1].upper()}{each[1:]}."
        for each in context(one.protocol, one.row, one.as_of)
        if each != listed
    ]


def _infusions(record: PatientRecord, one: Watched) -> str:
    """The infusions that the protocol watches, as they were known on the day asked."""
    by = one.protocol
    days = sorted(
        row["started_on"]
        for row in record.exposures
        if row["agent"] == by.agent and row["setting"] in by.settings
        if row["started_on"] is not None and row["started_on"] <= one.as_of
    )
    return f"Infused from {', '.join(map(said, days))}." if days else "No infusion is recorded."


def _bleeding(db: Database, actor: Actor, record: PatientRecord, one: Watched) -> list[str]:
    """Graded bleeds and reported signs, a line for each day."""
    told: dict[date, list[str]] = {}
    for row in record.bleeds:
        if row["started_on"] <= one.as_of:
            other = " (not of ITP)" if row["itp_related"] == "no" else ""
            place = f" ({row['site']})" if row["site"] else ""
            words = f"{row['scale'].replace('_', '-')} grade {row['grade']}{place}{other}"
            told.setdefault(row["started_on"], []).append(words)
    signs = reported(db, actor, [one.patient_id], one.as_of).get(one.patient_id, [])
    for day, several in groupby(reversed(signs), key=lambda sign: sign.noticed_on):
        words = ", ".join(one.protocol.bleeding.signs.get(each.sign, each.sign) for each in several)
        told.setdefault(day, []).append(f"{words} (reported)")
    return [f"{said(day)}: {'; '.join(dict.fromkeys(told[day]))}" for day in sorted(told)]


def _counts(record: PatientRecord, as_of: date) -> list[dict[str, str]]:
    rows = [
        row for row in record.observations if row["analyte"] == "platelets" and row["observed_on"] <= as_of
    ]
    return [_count(row) for row in reversed(rows[-SPECIMENS:])]


def _count(row: dict[str, Any]) -> dict[str, str]:
    value = row["value_canonical"]
    return {
        "day": f"{page_day(row['observed_on'])}",
        "value": "" if value is None else f"{row['comparator'] or ''}{value:g}",
        "specimen": (row["specimen"] or "").upper() if row["specimen"] == "edta" else row["specimen"] or "",
        "remark": (row["not_evaluable"] or "").replace("_", " "),
    }

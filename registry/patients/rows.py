"""Everything that the chart of a patient shows, as rows with one day each: for a table, and to take along."""

from registry.patients.final_response import reached
from registry.patients.patient_record import PatientRecord, Rows
from registry.patients.ribbon import ended
from registry.patients.steps import step_ends
from registry.record.lines import line_words


def happenings(record: PatientRecord) -> Rows:
    """Bleeds, transfusions, rescue, exposures and other causes, by day: rows of on, until, what, detail, id."""
    rows = [
        _row(row["started_on"], "Bleed", row["bleed_id"], row["ended_on"],
             _said(row["scale"], "grade", row["grade"], row["site"], "related", row["itp_related"]))
        for row in record.bleeds
    ]  # fmt: skip
    rows += [
        _row(row["given_on"], "Transfusion", row["transfusion_id"], None,
             _said(row["product"], row["units"], "units for", row["reason"]))
        for row in record.transfusions
    ]  # fmt: skip
    rows += [
        _row(row["given_on"], "Rescue", row["rescue_id"], None, _said(row["agent"], "for", row["reason"]))
        for row in record.rescues
    ]
    rows += [
        _row(row["started_on"], "Alemtuzumab", row["exposure_id"], row["ended_on"],
             _said(row["setting"], "cycle", row["cycle"], "dose", row["dose_mg"], "mg"))
        for row in record.exposures
    ]  # fmt: skip
    rows += [
        _row(row["started_on"], "Other cause", None, row["ended_on"],
             _said(row["cause"], "of a low", row["disease"], "count"))
        for row in record.other_causes
    ]  # fmt: skip
    return _by_day(rows)


def as_rows(record: PatientRecord) -> Rows:
    """All that is drawn, by day: rows of on, until, what, value, unit, detail, id.

    Calls and decisions only where they are shown.
    """
    rows = happenings(record)
    rows += [
        _row(row["observed_on"], row["analyte"], row["observation_id"], None, _quality(row))
        | {"value": f"{row['comparator'] or ''}{row['value_canonical']:.6g}"
           if row["value_canonical"] is not None else None,
           "unit": "10*9/L" if row["analyte"] == "platelets" else "g/L"}
        for row in record.observations
    ]  # fmt: skip
    rows += [
        _row(row["started_on"], "course", row["course_id"], row["stopped_on"],
             _said(row["disease"], line_words(row["line_number"]), row["regimen"]))
        for row in record.courses
    ]  # fmt: skip
    rows += [
        _row(row["started_on"], row["agent"], row["course_id"], end.on,
             " ".join(str(row[name]) for name in ("route", "frequency") if row[name]))
        | {"value": row["dose"], "unit": row["dose_unit"]}
        for row, end in zip(record.agents, step_ends(record.agents), strict=True)
    ]  # fmt: skip
    rows += [
        _row(row["onset_on"], "adverse event", row["adverse_event_id"], row["ended_on"],
             _said(row["category"], row["term"], "CTCAE grade", row["ctcae_grade"]))
        for row in record.adverse_events
    ]  # fmt: skip
    rows += [
        _row(row["onset_on"], f"call {row['best_response']}", row["course_id"], row["relapsed_on"],
             "; ".join(part for part in (row["criteria_id"], row["reason"], ended(row)) if part))
        for row in record.calls
    ]  # fmt: skip
    rows += [
        _row(row["onset_on"], f"decision {row['best_response']}", row["course_id"], row["relapsed_on"],
             "; ".join(part for part in (row["criteria_id"], reached(row), ended(row), row["case_id"]) if part))
        for row in record.decisions
    ]  # fmt: skip
    return _by_day(rows)


def _row(on: object, what: str, name: object, until: object, detail: str) -> dict[str, object]:
    return {"on": on, "until": until, "what": what, "value": None, "unit": None, "detail": detail, "id": name}


def _quality(row: dict[str, object]) -> str:
    return f"not evaluable: {row['not_evaluable']}" if row["not_evaluable"] else ""


def _said(*parts: object) -> str:
    return " ".join("not recorded" if part is None else str(part).replace("_", " ") for part in parts)


def _by_day(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: (str(row["on"] or ""), str(row["what"]), str(row["id"] or "")))

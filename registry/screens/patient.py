"""One patient: found by pseudonym, shown on one time axis, with every course, its call and why."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from adjudication.agents import regimen_word
from registry import calls
from registry.errors import NadirError, Usage
from registry.roles import Permission
from registry.screens import drawing, reads, shell, tables
from registry.timeline import DayZero, Stretch, Timeline, day_zeros, ended, zero_of

# Patients of a search that are offered; a longer list is narrowed by typing. (A page is run as a script: a bare
# string in it would be printed.)
LISTED = 50
ANY = "Any"
SCALES = {"symlog": "Symlog", "linear": "Linear", "log": "Log"}


def show() -> None:
    """Show the search and the patient that the address names."""
    st.title("Patient")
    reading = shell.reader()
    if not reads.read_waiting(reading)["held"]["patients"]:
        st.info("This registry holds no patient yet. Take some in with `nadir import FOLDER`.")
        return
    current = st.query_params.get("patient")
    _search(reading, current)
    if current is None:
        st.caption("Choose a patient above. The address of the page then leads back to that patient.")
        return
    try:
        one = reads.read_timeline(reading, current)
    except Usage as error:
        st.warning(str(error))
        return
    _header(one)
    _chart(reading, one)
    _judging(reading, one)
    _parts(reading, one)


# --- finding


def _search(reading: shell.Reading, current: str | None) -> None:
    left, middle, right = st.columns([2, 1, 1])
    text = left.text_input("Find by pseudonym", type="search", placeholder="a part is enough", key="find")
    site = middle.selectbox("Site", [ANY, *reads.read_sites(reading)], key="find site")
    disease = right.selectbox("Disease", [ANY, "ITP", "AIHA", "no episode"], key="find disease")
    found = reads.read_found(
        reading,
        text or "",
        None if site == ANY else site,
        {ANY: None, "no episode": "none"}.get(disease, disease),
        LISTED,
    )
    offered = [str(row["patient_id"]) for row in found.rows]
    if not offered:
        st.info("No patient matches. Shorten the text, or choose any site and any disease.")
        return
    told = {str(row["patient_id"]): _told(row) for row in found.rows}
    place = offered.index(current) if current in offered else None
    st.session_state["pick"] = current if place is not None else None
    before, chosen, after = st.columns([1, 4, 1], vertical_alignment="bottom")
    more = f", the first {LISTED} listed" if found.found > LISTED else ""
    chosen.selectbox(
        f"Patient ({found.found:,} found{more})",
        offered,
        index=None,
        key="pick",
        format_func=lambda name: told.get(name, name),
        placeholder="Choose a patient",
        on_change=_open_chosen,
    )
    before.button(
        "Previous",
        key="previous",
        on_click=_open,
        args=(offered[place - 1] if place else None,),
        disabled=not place,
        width="stretch",
    )
    following = offered[place + 1] if place is not None and place + 1 < len(offered) else None
    after.button(
        "Next",
        key="next",
        on_click=_open,
        args=(following or offered[0],),
        disabled=place is not None and following is None,
        width="stretch",
    )


def _told(row: dict[str, Any]) -> str:
    courses = f"{row['courses']} course{'' if row['courses'] == 1 else 's'}"
    return " · ".join(
        [str(row["patient_id"]), row["diseases"] or "no episode", row["site"] or "no site", courses]
    )


def _open(patient_id: str | None) -> None:
    if patient_id is not None:
        st.query_params["patient"] = patient_id


def _open_chosen() -> None:
    _open(st.session_state["pick"])


# --- the header


def _header(one: Timeline) -> None:
    disease = " + ".join(one.diseases) or "no episode recorded"
    st.header(f"{tables.plain(one.patient_id)} · {disease}{' (Evans syndrome)' if one.is_evans else ''}")
    facts = [
        one.sex or "sex not recorded",
        f"born {_day(one.born_on)}",
        f"site {one.site or 'not recorded'}",
        f"{len(one.courses)} course{'' if len(one.courses) == 1 else 's'}",
        f"last contact {_day(one.last_contact_on)}",
    ]
    if one.died_on is not None:
        facts.append(f"**died {_day(one.died_on)}**")
    st.markdown(" · ".join(fact if fact.startswith("**") else tables.plain(fact) for fact in facts))
    told = [_illness(row) for row in one.episodes]
    if told:
        st.caption(" · ".join(tables.plain(part) for part in told))


def _illness(episode: Mapping[str, Any]) -> str:
    """An episode in words: its disease, onset, whether secondary, and the cause as recorded."""
    kind = f"{episode['primary_or_secondary']} " if episode["primary_or_secondary"] else ""
    cause = f" ({episode['cause']})" if episode["cause"] else ""
    return f"{kind}{episode['disease']} since {_day(episode['onset_on'])}{cause}"


def _day(on: date | None) -> str:
    return "not recorded" if on is None else f"{on.day} {on:%b %Y}"


# --- the chart


def _chart(reading: shell.Reading, one: Timeline) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        offered = day_zeros(one)
        default = DayZero.diagnosis if DayZero.diagnosis in offered else DayZero.calendar
        which = st.segmented_control(
            "Count days from",
            offered,
            default=default,
            required=True,
            format_func=lambda value: str(value).capitalize(),
            key=f"zero {one.patient_id}",
        )
        course = None
        if which is DayZero.course_start and len(one.courses) > 1:
            course = st.selectbox(
                "Course",
                [row["course_id"] for row in one.courses],
                format_func=lambda name: _course_title(one, name),
                key=f"zero course {one.patient_id}",
                width=260,
            )
        stretch = st.segmented_control(
            "Show",
            list(Stretch),
            default=Stretch.disease,
            required=True,
            format_func=lambda value: str(value).capitalize(),
            key="stretch",
        )
        scale = st.segmented_control(
            "Platelet scale",
            list(SCALES),
            default="symlog",
            required=True,
            format_func=lambda name: SCALES[name],
            key="scale",
        )
    zero = zero_of(one, DayZero(which or default), course)
    if which is DayZero.last_alemtuzumab and stretch is Stretch.disease:
        stretch = Stretch.whole
    drawing.draw_timeline(reading, one.patient_id, zero, Stretch(stretch or Stretch.disease), scale)
    st.caption(
        "Shift and the wheel zoom, dragging moves, a double click shows all again; every lane keeps the same time. "
        "Dotted lines: what a course had to reach from its own baseline."
    )


def _course_title(one: Timeline, course_id: str) -> str:
    row = next(row for row in one.courses if row["course_id"] == course_id)
    line = "observation" if row["line_number"] == 0 else f"line {row['line_number']}"
    return f"{row['disease']} {line}, {regimen_word(row['regimen'] or '') or 'no agent'}"


# --- courses, calls and why


def _judging(reading: shell.Reading, one: Timeline) -> None:
    judged = {call["course_id"] for call in one.calls}
    waits = [row for row in one.courses if row["course_id"] not in judged]
    stale = [call for call in one.calls if call["to_judge"]]
    if not reading.actor.may(Permission.READ_CALLS, one.site) or not (waits or stale):
        return
    st.warning(
        f"{len(waits)} courses are not judged yet, {len(stale)} calls were made before the record changed.",
        icon=":material/hourglass_top:",
    )
    if reading.actor.may(Permission.ADJUDICATE, one.site):
        st.button("Judge this patient now", on_click=_judge, args=(one.patient_id,))


def _judge(patient_id: str) -> None:
    """One call of the service, in a callback: a click elsewhere cannot cut it off."""
    try:
        reading = shell.reader()
        st.toast(calls.refresh(reading.db, reading.actor, patient=patient_id).text())
    except NadirError as error:
        st.toast(str(error))


COURSES = {
    "disease": "Disease",
    "line_number": "Line",
    "regimen": "Regimen",
    "started_on": "Started",
    "stopped_on": "Stopped",
    "best_response": "Call",
    "reason": "Reason",
    "onset_on": "Onset",
    "cr_onset_on": "CR onset",
    "relapsed_on": "Relapse",
    "duration_of_response_days": "Days of response",
    "ended": "Ended with",
    "flags": "Flags",
    "start_reason": "Started for",
    "stop_reason": "Stopped for",
    "criteria_id": "Criteria",
    "engine_version": "Engine",
    "course_id": "Course",
}
COUNTS = {
    "observed_on": "Day",
    "analyte": "Analyte",
    "comparator": "Limit",
    "value_canonical": "Value (platelets ×10⁹/L, hemoglobin g/L)",
    "not_evaluable": "Not evaluable because",
    "value": "As reported",
    "unit": "Unit reported",
    "specimen": "Specimen",
    "quality": "Quality",
    "observation_id": "Observation",
}
DOSES = {
    "agent": "Agent",
    "agent_class": "Class",
    "started_on": "From",
    "stopped_on": "Until",
    "dose": "Dose",
    "dose_unit": "Unit",
    "route": "Route",
    "frequency": "Frequency",
    "course_id": "Course",
}
ADVERSE = {
    "onset_on": "Onset",
    "ended_on": "Ended",
    "category": "Category",
    "term": "Term",
    "ctcae_grade": "CTCAE grade",
    "ctcae_version": "CTCAE version",
    "serious": "Serious",
    "outcome": "Outcome",
    "adverse_event_id": "Adverse event",
}
HAPPENED = {"on": "Day", "what": "What", "detail": "Detail", "id": "Record"}
EVIDENCE = {
    "step": "Step",
    "observed_on": "Day",
    "analyte": "What",
    "value": "Value",
    "unit": "Unit",
    "predicate": "Rule",
    "threshold": "Threshold",
    "held": "Held",
    "id": "Record",
}


def _parts(reading: shell.Reading, one: Timeline) -> None:
    courses, counts, doses, adverse, happened = st.tabs(
        ["Courses and calls", "Counts", "Doses", "Adverse events", "Bleeds, transfusions, rescue, exposure"]
    )
    name, site = one.patient_id, one.site
    with courses:
        _courses(reading, one)
    with counts:
        tables.table(
            reading,
            f"{name} counts",
            one.observations,
            COUNTS,
            site=site,
            empty="No count is recorded.",
            height=420,
        )
    with doses:
        tables.table(reading, f"{name} doses", one.agents, DOSES, site=site, empty="No dose is recorded.")
    with adverse:
        tables.table(
            reading,
            f"{name} adverse events",
            one.adverse_events,
            ADVERSE,
            site=site,
            empty="No adverse event is recorded.",
        )
    with happened:
        tables.table(
            reading,
            f"{name} events",
            _happened(one),
            HAPPENED,
            site=site,
            empty="Nothing of the kind is recorded.",
        )


def _courses(reading: shell.Reading, one: Timeline) -> None:
    called = {call["course_id"]: call for call in one.calls}
    rows = [called.get(row["course_id"], {}) | row for row in one.courses]
    for row in rows:
        row["ended"] = ended(row)
    tables.table(
        reading,
        f"{one.patient_id} courses",
        rows,
        COURSES,
        site=one.site,
        empty="No course is recorded. Courses come with `nadir import`.",
    )
    for row in rows:
        if row["course_id"] in called:
            title = f"{_course_title(one, row['course_id'])}: {row['best_response']}, why"
            with st.expander(title, icon=":material/help:"):
                _why(reading, one, row["course_id"])


def _why(reading: shell.Reading, one: Timeline, course_id: str) -> None:
    said = reads.read_explanation(reading, course_id)
    st.markdown(f"**{tables.plain(said.headline)}**")
    st.markdown("\n".join(f"- {tables.plain(sentence)}" for sentence in said.sentences))
    if said.readings:
        st.markdown("Readings it rests on, where the paper is silent:")
        st.markdown(
            "\n".join(f"- {tables.plain(name)}: {tables.plain(text)}" for name, text in said.readings)
        )
    evidence = [vars(finding) for finding in said.evidence]
    tables.table(
        reading,
        f"{course_id} evidence",
        evidence,
        EVIDENCE,
        site=one.site,
        empty="No single record decided this call.",
    )


def _happened(one: Timeline) -> list[dict[str, Any]]:
    rows = [
        {
            "on": row["started_on"],
            "what": "Bleed",
            "detail": _said(row["scale"], "grade", row["grade"], row["site"], "related", row["itp_related"]),
            "id": row["bleed_id"],
        }
        for row in one.bleeds
    ]
    rows += [
        {
            "on": row["given_on"],
            "what": "Transfusion",
            "detail": _said(row["product"], row["units"], "units for", row["reason"]),
            "id": row["transfusion_id"],
        }
        for row in one.transfusions
    ]
    rows += [
        {
            "on": row["given_on"],
            "what": "Rescue",
            "detail": _said(row["agent"], "for", row["reason"]),
            "id": row["rescue_id"],
        }
        for row in one.rescues
    ]
    rows += [
        {
            "on": row["started_on"],
            "what": "Alemtuzumab",
            "detail": _said(row["setting"], "cycle", row["cycle"], "dose", row["dose_mg"], "mg"),
            "id": row["exposure_id"],
        }
        for row in one.exposures
    ]
    rows += [
        {
            "on": row["started_on"],
            "what": "Other cause",
            "detail": _said(row["cause"], "of a low", row["disease"], "count"),
            "id": None,
        }
        for row in one.other_causes
    ]
    return sorted(rows, key=lambda row: (str(row["on"] or ""), row["what"]))


def _said(*parts: object) -> str:
    return " ".join("not recorded" if part is None else str(part).replace("_", " ") for part in parts)


if __name__ == "__main__":
    show()

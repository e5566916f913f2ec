"""A planned patient as rows of a bundle: exposure, episodes, courses, blood, bleeds and what happened besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from registry.demo.plan import Episode, Patient
from registry.demo.regimens import REGIMENS, natural_end, starts_at_diagnosis
from registry.demo.rows import FAILING_MARKERS, Row, Rows, Writer
from registry.demo.series import Count, Window, counts, follow_up, last_count_on, windows
from registry.demo.sites import SITES

FIRST_TRANSPLANT = date(2005, 11, 1)
LAST_TRANSPLANT = date(2016, 12, 14)
TRANSPLANTS = 1431
"""Patients who received an alemtuzumab-induced renal transplant in that time, as the abstract states."""
DATA_CUT = date(2019, 12, 31)
TPO_AGONISTS_FROM = date(2009, 12, 1)

# Markers of hemolysis by state, canonical units, both ends of the band.
_MARKERS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "failing": FAILING_MARKERS,
    "response": {
        "ldh": (240, 330), "haptoglobin": (0.05, 0.22), "bilirubin": (18, 34), "reticulocytes": (95, 180),
    },
    "complete": {
        "ldh": (150, 210), "haptoglobin": (0.5, 1.6), "bilirubin": (5, 15), "reticulocytes": (40, 95),
    },
}  # fmt: skip
_MARKERS_DRAWN = {"ldh": 1.0, "haptoglobin": 1.0, "bilirubin": 0.7, "reticulocytes": 0.5}
_RELATED = {
    "thrombosis": ("TPO", "possible"),
    "infection": ("rituximab", "possible"),
    "steroid_diabetes": ("prednisolone", "probable"),
}


@dataclass(kw_only=True)
class _Writer(Writer):
    """The rows of a planned patient; day 0 is the onset of the first cytopenia."""

    patient: Patient


def patient_rows(patient: Patient, seed: int) -> Rows:
    """The rows of one patient by table. The same patient and seed give the same rows."""
    rng = np.random.default_rng([seed, patient.number])
    writer = _Writer(
        patient=patient,
        patient_id=patient.patient_id,
        site=list(SITES)[patient.number % len(SITES)],
        day_0=_onset_on(patient, rng),
        rng=rng,
    )
    _write_patient(writer)
    for episode in patient.episodes:
        _write_episode(writer, episode)
    _write_blood(writer)
    _write_events(writer)
    return writer.rows


def denominator_row() -> Row:
    """The patients exposed, as a transplant service would supply them."""
    return {
        "cohort": "Synthetic renal transplants with alemtuzumab",
        "setting": "renal_transplant",
        "from_on": FIRST_TRANSPLANT.isoformat(),
        "to_on": LAST_TRANSPLANT.isoformat(),
        "n": str(TRANSPLANTS),
    }


def _onset_on(patient: Patient, rng: np.random.Generator) -> date:
    """A day that puts transplant, first TPO receptor agonist and end of follow-up in their times."""
    earliest = FIRST_TRANSPLANT
    for episode in patient.episodes:
        for window in windows(episode, 0):
            if "romiplostim" in window.course.regimen or "eltrombopag" in window.course.regimen:
                earliest = max(earliest, TPO_AGONISTS_FROM - timedelta(days=patient.gap + window.start))
    latest = min(LAST_TRANSPLANT, DATA_CUT - timedelta(days=patient.gap + follow_up(patient)))
    transplant = earliest + timedelta(days=int(rng.integers(0, (latest - earliest).days + 1)))
    return transplant + timedelta(days=patient.gap)


def _write_patient(writer: _Writer) -> None:
    patient, rng = writer.patient, writer.rng
    transplant = writer.day_0 - timedelta(days=patient.gap)
    birthday = transplant.replace(year=transplant.year - patient.age, day=min(transplant.day, 28))
    end = writer.on(follow_up(patient))
    died = patient.death_cause is not None
    writer.add(
        "patient",
        site=writer.site,
        sex=patient.sex,
        born_on=(birthday - timedelta(days=int(rng.integers(5, 340)))).isoformat(),
        last_contact_on=writer.on(last_count_on(patient)) if died else end,
        died_on=end if died else "",
        death_cause=patient.death_cause or "",
    )
    # Some had the second of two doses on the day of the transplant.
    for day in (-1, 0) if patient.number % 13 == 7 else (0,):
        given = (transplant + timedelta(days=day)).isoformat()
        writer.add(
            "exposure",
            exposure_id=writer.next_id("exposure", "X"),
            agent="alemtuzumab",
            setting="renal_transplant",
            started_on=given,
            ended_on=given,
            dose_mg="30",
            indication_on=transplant.isoformat(),
        )


def _write_episode(writer: _Writer, episode: Episode) -> None:
    episode_id = f"{writer.patient.patient_id}-{episode.disease}"
    writer.add(
        "episode",
        episode_id=episode_id,
        disease=episode.disease,
        onset_on=writer.on(episode.onset),
        diagnosed_on=writer.on(episode.onset),
        primary_or_secondary="secondary",
        cause="alemtuzumab",
        dat_result="IgG and C3d" if episode.disease == "AIHA" else "",
    )
    found = windows(episode, follow_up(writer.patient))
    for number, window in enumerate(found, start=1):
        _write_course(writer, episode_id, number, window, found[number - 2] if number > 1 else None)
    if episode.disease == "ITP":
        _write_bleeds(writer, episode, found)
    for day in episode.red_cells_given_on:
        _write_transfusion(writer, episode.onset + day, "red_cells", "2")
    if episode.platelets_given_on is not None:
        _write_transfusion(writer, episode.onset + episode.platelets_given_on, "platelets", "1")
    for first, last, cause in episode.other_causes:
        writer.add(
            "other_cause",
            started_on=writer.on(first),
            ended_on=writer.on(last),
            disease=episode.disease,
            cause=cause,
        )


def _write_course(
    writer: _Writer, episode_id: str, number: int, window: Window, before: Window | None
) -> None:
    course, course_id = window.course, f"{episode_id}-{number}"
    observed = starts_at_diagnosis(course.regimen)
    tried_to = window.end - 1 if course.outcome in ("failed", "unclear") else None
    ends = [one for one in (course.stopped, natural_end(course.regimen)) if one is not None]
    # A combination is given until its last agent is stopped; a regimen that failed stops before the next.
    stop: int | None = None if course.ongoing or observed else window.on(max(ends, default=0))
    if tried_to is not None and (stop is None or stop > tried_to or not ends):
        stop = tried_to
    if stop is None and not course.ongoing and not observed:
        raise ValueError(f"{course_id}: when was it stopped?")
    stop_reason = course.stop_reason or ("inefficacy" if tried_to is not None else "completed")
    writer.rows["course"].append(
        {
            "episode_id": episode_id,
            "course_id": course_id,
            "started_on": writer.on(window.start),
            "stopped_on": "" if stop is None else writer.on(stop),
            "ongoing": "yes" if course.ongoing else "no",
            "intent": "observation" if observed else "induction",
            "start_reason": _start_reason(before),
            "stop_reason": "" if stop is None else stop_reason,
        }
    )
    for step in REGIMENS[course.regimen]:
        last = window.on(step.last) if step.last is not None else None
        if last is None and course.stopped is not None:
            last = window.on(course.stopped)
        if stop is not None:
            last = stop if last is None else min(last, stop)
        first = window.on(step.first)
        if last is not None and first > last:
            continue
        writer.rows["course_agent"].append(
            {
                "course_id": course_id,
                "agent": step.agent,
                "started_on": writer.on(first),
                "stopped_on": "" if last is None else writer.on(last),
                "dose": step.dose,
                "dose_unit": step.unit,
                "route": step.route,
                "frequency": step.frequency,
            }
        )
    for rescue in course.rescues:
        writer.add(
            "rescue",
            rescue_id=writer.next_id("rescue", "R"),
            given_on=writer.on(window.on(rescue.day)),
            agent=rescue.agent,
            reason=rescue.reason,
        )


def _start_reason(before: Window | None) -> str:
    if before is None:
        return "first_line"
    if before.course.outcome == "lost":
        return "relapse"
    return before.course.stop_reason if before.course.stop_reason == "toxicity" else "inefficacy"


def _write_bleeds(writer: _Writer, episode: Episode, found: list[Window]) -> None:
    """A bleed at presentation when the count was very low, else a record of none; some at relapse."""
    first = found[0]
    responds = first.onset if first.course.outcome in ("held", "lost") else first.start + 6
    bled = episode.nadir < 10
    writer.add(
        "bleed",
        bleed_id=writer.next_id("bleed", "B"),
        started_on=writer.on(episode.onset),
        ended_on=writer.on(max(episode.onset, min(episode.onset + 5, responds - 1))),
        scale="WHO",
        grade=str(episode.worst_bleed if bled else 0),
        site="skin" if bled else "",
        itp_related="yes" if bled else "",
    )
    for window in found:
        if window.course.outcome == "lost" and bled and writer.patient.number % 3 == 1:
            writer.add(
                "bleed",
                bleed_id=writer.next_id("bleed", "B"),
                started_on=writer.on(window.loss),
                ended_on=writer.on(window.loss + 2),
                scale="WHO",
                grade="1",
                site="oral mucosa",
                itp_related="yes",
            )
    if writer.patient.number == 29:
        writer.add(
            "bleed",
            bleed_id=writer.next_id("bleed", "B"),
            started_on=writer.on(400),
            ended_on=writer.on(401),
            scale="WHO",
            grade="2",
            site="surgical wound",
            itp_related="no",
        )


def _write_transfusion(writer: _Writer, day: int, product: str, units: str) -> None:
    writer.add(
        "transfusion",
        transfusion_id=writer.next_id("transfusion", "T"),
        given_on=writer.on(day),
        product=product,
        units=units,
        reason="cytopenia",
    )


def _write_blood(writer: _Writer) -> None:
    """Laboratory results of all episodes, and the other lineage of the blood count now and then, by date."""
    written: list[tuple[int, str, float, dict[str, str]]] = []
    patient, rng = writer.patient, writer.rng
    both = {episode.disease for episode in patient.episodes}
    for episode in patient.episodes:
        own, other = ("platelets", "hemoglobin") if episode.disease == "ITP" else ("hemoglobin", "platelets")
        for place, count in enumerate(counts(patient, episode, rng)):
            for value, extra in writer.as_reported(own, count):
                written.append((count.day, own, value, extra))
            if episode.disease == "AIHA":
                written.extend(_markers(writer, count))
            if len(both) == 1 and place % 3 == 0:
                band = (112, 146) if other == "hemoglobin" else (160, 310)
                written.append((count.day, other, float(rng.integers(*band)), {}))
    for day, analyte, value, extra in sorted(written, key=lambda one: one[:2]):
        writer.observe(day, analyte, value, **extra)


def _markers(writer: _Writer, count: Count) -> list[tuple[int, str, float, dict[str, str]]]:
    """Markers of hemolysis drawn with a hemoglobin; none before the disease."""
    drawn = []
    for marker, (low, high) in _MARKERS.get(count.state, {}).items():
        if count.pivotal or writer.rng.random() < _MARKERS_DRAWN[marker]:
            drawn.append((count.day, marker, float(writer.rng.uniform(low, high)), dict[str, str]()))
    return drawn


def _write_events(writer: _Writer) -> None:
    patient = writer.patient
    end = follow_up(patient)
    for number, event in enumerate(patient.events, start=1):
        day = min(round(event.at * end), end)
        event_id = f"{patient.patient_id}-AE{number}"
        fatal, severe = event.at == 1.0, event.grade >= 3
        transient = event.category == "infection" and not fatal
        writer.add(
            "adverse_event",
            adverse_event_id=event_id,
            category=event.category,
            term=event.term,
            onset_on=writer.on(day),
            ended_on=writer.on(min(day + 14, end)) if transient else "",
            ctcae_version="5.0",
            ctcae_grade=str(event.grade),
            serious="yes" if severe else "no",
            seriousness_criteria="death" if fatal else "hospitalization" if severe else "",
            outcome="fatal" if fatal else "recovered" if transient else "not recovered",
        )
        _write_attribution(writer, event_id, event.category, day)


def _write_attribution(writer: _Writer, event_id: str, category: str, day: int) -> None:
    """The last course before the event that had an agent known for it."""
    if category not in _RELATED:
        return
    agent, relatedness = _RELATED[category]
    names = ("romiplostim", "eltrombopag") if agent == "TPO" else (agent,)
    on = writer.on(day)
    before = [
        row["course_id"]
        for row in writer.rows["course_agent"]
        if row["agent"] in names and row["started_on"] <= on
    ]
    if before:
        writer.rows["attribution"].append(
            {"adverse_event_id": event_id, "course_id": before[-1], "relatedness": relatedness}
        )

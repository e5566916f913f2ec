"""What is on the printed page of a patient: facts, chart, courses with their responses, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from adjudication.agents import regimen_word
from adjudication.response.criteria import DEFAULTS
from registry import review
from registry.judging import calls
from registry.patients.call_facts import call_facts, kept_or_lost
from registry.patients.dates import since_exposure
from registry.patients.final_response import beside, provenance, reached, written
from registry.patients.levels import criteria_words, thresholds_of
from registry.patients.patient_record import PatientRecord, patient_record
from registry.patients.ribbon import ended
from registry.patients.time_axis import Stretch, Zero
from registry.record.lines import line_words
from registry.record.synthetic import is_synthetic
from registry.roles import Actor
from registry.store.database import Database
from registry.wording import number_of, page_day

CHART_WIDTH = 940
"""Pixels at which the chart is drawn before it is fitted to the paper."""


@dataclass(frozen=True)
class View:
    """How the chart is asked for: its day zero (None: calendar), stretch, platelet scale, and the chosen course."""

    zero: Zero | None = None
    stretch: Stretch = Stretch.disease
    scale: Any = "symlog"
    chosen: str | None = None
    criteria_ids: tuple[str, ...] = tuple(DEFAULTS.values())


@dataclass(frozen=True)
class CourseLine:
    """One course on paper. What comes from its response is empty where calls may not be seen, or there is none.

    `response` is the level and who gave it: `CR, call`; `why` has the decision first, then the machine's call.
    """

    what: str
    given: str
    response: str
    onset: str
    end: str
    why: str


@dataclass(frozen=True)
class Sheet:
    """The page in words, and its chart as SVG; `source` says which record, criteria and engine it rests on."""

    title: str
    facts: str
    illness: str
    chart: str
    described: str
    courses: tuple[CourseLine, ...]
    calls_are_shown: bool
    source: str
    printed: str
    synthetic: bool


def sheet(db: Database, actor: Actor, patient_id: str, view: View, *, printed_on: date) -> Sheet:
    """The page of a patient as `actor` may see it: without the right to see calls, nothing of a call is in it.

    Raises Usage if there is no such patient, NotPermitted where the actor may not read.
    """
    from registry.charts.picture import svg

    one = patient_record(db, actor, patient_id, view.criteria_ids)
    synthetic = is_synthetic(db)
    spec = _spec(one, view, synthetic)
    return Sheet(
        title=f"{one.patient_id} · {' + '.join(one.diseases) or 'no episode recorded'}"
        + (" (Evans syndrome)" if one.is_evans else ""),
        facts=_facts(one),
        illness=" · ".join(_illness(row) for row in one.episodes),
        chart=svg(spec, CHART_WIDTH),
        described=str(spec.get("description", "")),
        courses=tuple(_line(db, actor, one, row) for row in one.courses),
        calls_are_shown=one.calls_are_shown,
        source=_source(db, one, view.criteria_ids),
        printed=f"Printed {written(printed_on)} for {actor.name}",
        synthetic=synthetic,
    )


def picture(record: PatientRecord, view: View, synthetic: bool) -> str:
    """The chart of the page alone, as SVG."""
    from registry.charts.picture import svg

    return svg(_spec(record, view, synthetic), CHART_WIDTH)


def _spec(record: PatientRecord, view: View, synthetic: bool) -> dict[str, Any]:
    from registry.charts import timeline_spec

    levels = [calls.criteria(name) for name in view.criteria_ids]
    spec: dict[str, Any] = timeline_spec(
        record,
        thresholds=[
            line for each in levels if each.disease.name in record.diseases for line in thresholds_of(each)
        ],
        zero=view.zero,
        stretch=view.stretch,
        scale=view.scale,
        synthetic=synthetic,
        chosen=view.chosen if record.calls_are_shown else None,
    )
    spec["title"] = spec["title"] | {"text": ""}  # the page has its own
    return spec


def _facts(record: PatientRecord) -> str:
    since = since_exposure(record)
    said = [
        record.sex or "sex not recorded",
        f"born {written(record.born_on)}",
        f"site {record.site or 'not recorded'}",
        f"last contact {written(record.last_contact_on)}",
        f"died {written(record.died_on)}" if record.died_on is not None else "",
        since.words if since is not None else "",
    ]
    return " · ".join(part for part in said if part)


def _illness(episode: Mapping[str, Any]) -> str:
    kind = f"{episode['primary_or_secondary']} " if episode["primary_or_secondary"] else ""
    cause = f" ({episode['cause']})" if episode["cause"] else ""
    return f"{kind}{episode['disease']} since {written(episode['onset_on'])}{cause}"


def _line(db: Database, actor: Actor, record: PatientRecord, course: Mapping[str, Any]) -> CourseLine:
    line = line_words(course["line_number"])
    stopped = "ongoing" if course["ongoing"] in ("yes", True) else written(course["stopped_on"])
    call = next((row for row in record.calls if row["course_id"] == course["course_id"]), None)
    final = record.finals.get(course["course_id"])
    told, onset, end, why = "", "", "", []
    if final is not None:
        told = f"{final['best_response']}, {provenance(final)}"
        onset = _onset(final)
        relapsed = final["relapsed_on"]
        end = f"relapse {written(relapsed)}" if relapsed else ended(final)
        if call is not None and not end:
            end = kept_or_lost(call)
        if provenance(final) == "decision":
            why += [f"Decision {reached(final)}.", beside(final, call)]
        if call is not None:
            said = review.explain(db, actor, course["course_id"], call["criteria_id"])
            why += [*said.with_days(page_day).deciding[:2], *call_facts(call, short=True)]
    elif record.calls_are_shown and course["course_id"] not in record.unseen:
        told = "not assessed"
    return CourseLine(
        f"{course['disease']} {line}: {regimen_word(course['regimen'] or '') or 'no agent recorded'}",
        f"{written(course['started_on'])} to {stopped}",
        told,
        onset,
        end,
        " ".join(why),
    )


def _onset(final: Mapping[str, Any]) -> str:
    """`8 Jan 2025`; of a complete response the day on which it became complete too, where that is another one."""
    onset, complete = final["onset_on"], final.get("cr_onset_on")
    if not onset:
        return ""
    if final["best_response"] != "CR" or complete == onset:
        return written(onset)
    return f"response {written(onset)}, CR {written(complete) if complete else 'on a day not known'}"


def _source(db: Database, record: PatientRecord, criteria_ids: tuple[str, ...]) -> str:
    criteria = ", ".join(criteria_words(criteria_ids, record.diseases))
    engines = sorted({row["engine_version"] for row in record.calls})
    stale = any(row["to_judge"] for row in record.calls)
    said = [
        f"Nadir, registry change {db.revision}",
        f"{'criteria' if record.calls_are_shown else 'thresholds of'} {criteria}" if criteria else "",
        f"engine {', '.join(engines)}" if engines else "",
        f"{number_of(len(record.decisions), 'response')} decided by reviewers" if record.decisions else "",
        "the calls are out of date" if stale else "",
    ]
    return " · ".join(part for part in said if part)

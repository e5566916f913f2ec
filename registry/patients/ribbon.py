"""What calls and decisions say about each stretch of time: the ribbons below the counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from registry.patients.patient_record import PatientRecord, Rows


@dataclass(frozen=True)
class Span:
    """A stretch under one response. `until_on` is the day it ended or the last day known."""

    lane: str
    source: str
    kind: str
    from_on: date
    until_on: date
    course_id: str
    words: str


@dataclass(frozen=True)
class Turn:
    """A dated turn of a judgement: `CR onset`, `R onset`, `PR onset`, `CR lost`, `Relapse`."""

    lane: str
    kind: str
    on: date
    course_id: str


RESPONSES = ("CR", "R", "PR")


@dataclass(frozen=True)
class Ribbon:
    """Judgements of one source, `judged` as the rows of `PatientRecord.calls`: the calls, or others beside them.

    `source` is the word for it, which stands at its lanes: `call`, `decision`.
    """

    source: str
    judged: Rows

    @classmethod
    def of_calls(cls, record: PatientRecord) -> "Ribbon":
        """The machine's calls."""
        return cls("call", record.calls)

    @classmethod
    def all_of(cls, record: PatientRecord) -> "list[Ribbon]":
        """The machine's calls, and below them what people decided where they did; none where calls are not shown."""
        if not record.calls_are_shown:
            return []
        decided = [cls("decision", record.decisions)] if record.decisions else []
        return [cls.of_calls(record), *decided]


def ribbon(record: PatientRecord, one: Ribbon | None = None) -> tuple[list[Span], list[Turn]]:
    """Judgements (the stored calls) as stretches of time, one lane for each disease, and their dated turns.

    A response runs from its onset to its relapse, or to the day on which its duration was censored; what lies
    before the onset is not painted, because no rule says what it was. A complete response of which nobody says when it
    became complete is painted from the onset of the response, with words that say so. A course without response is
    painted from its start to the next course of the disease.
    """
    one = one or Ribbon.of_calls(record)
    spans: list[Span] = []
    turns: list[Turn] = []
    courses = {row["course_id"]: row for row in record.courses}
    for call in one.judged:
        course = courses.get(call["course_id"])
        if course is not None and course["started_on"] is not None:
            painted, turned = _of_call(call, course, one.source)
            spans += painted
            turns += turned
    order = {disease: place for place, disease in enumerate(record.diseases)}
    spans.sort(key=lambda span: (order.get(span.lane.split()[0], 9), span.from_on, span.until_on))
    return spans, sorted(turns, key=lambda turn: (turn.on, turn.kind))


def lane_of(disease: str, source: str) -> str:
    """The name of a lane: `ITP call`."""
    return f"{disease} {source}"


def _of_call(call: dict[str, Any], course: dict[str, Any], source: str) -> tuple[list[Span], list[Turn]]:
    lane = lane_of(course["disease"], source)
    course_id, started = call["course_id"], course["started_on"]
    until = max(started, course["until_on"] or started)
    best, onset = call["best_response"], call["onset_on"]

    def span(kind: str, start: date, end: date, words: str) -> Span:
        return Span(lane, source, kind, start, max(start, end), course_id, words)

    def turn(kind: str, on: date) -> Turn:
        return Turn(lane, kind, on, course_id)

    if best not in RESPONSES or onset is None:
        return [span(best, started, until, _words(call["reason"]))], []
    relapsed, cr, lost = call["relapsed_on"], call["cr_onset_on"], call["lost_cr_on"]
    days = call["duration_of_response_days"]
    end = relapsed or (onset + timedelta(days=int(days)) if days is not None else until)
    lesser = "PR" if course["disease"] == "AIHA" else "R"
    held = "with relapse" if relapsed else _words(call["censored_by"], "censored by {}")
    spans, turns = [], []
    if cr is None:
        # People decide the level and when the response began, not always when it became complete.
        complete = "the day on which it became complete is not known" if best == "CR" else ""
        words = "; ".join(part for part in (complete, held) if part)
        if lost is not None and lost < end and best == "CR":
            spans += [span("CR", onset, lost, words), span(lesser, lost, end, held)]
            turns += [turn(f"{lesser} onset", onset), turn("CR lost", lost)]
        else:
            spans.append(span(best, onset, end, words))
            turns.append(turn(f"{lesser if best == 'CR' else best} onset", onset))
    else:
        if cr > onset:
            spans.append(span(lesser, onset, cr, "with complete response"))
            turns.append(turn(f"{lesser} onset", onset))
        turns.append(turn("CR onset", cr))
        if lost is not None and lost < end:
            spans += [span("CR", cr, lost, "with its loss"), span(lesser, lost, end, held)]
            turns.append(turn("CR lost", lost))
        else:
            spans.append(span("CR", cr, end, held))
    if relapsed is not None:
        spans.append(span("Relapse", relapsed, until, "with the next course, or what is known"))
        turns.append(turn("Relapse", relapsed))
    return spans, turns


def ended(call: Mapping[str, Any]) -> str:
    """How the response of a call or a decision ended, in words; empty without a response."""
    status = call.get("duration_status")
    by = _words(call.get("censored_by"))
    return {"event": "relapse", "death": "death", "censored": f"censored: {by}"}.get(str(status), "")


def _words(code: str | None, pattern: str = "{}") -> str:
    return pattern.format(code.replace("_", " ")) if code else ""

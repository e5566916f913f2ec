"""A call in sentences: the deciding counts with their dates, the cited clause, and why not the next better level.

The clinical words come from the criteria file; here they are only put in order. Page, export and command line
show the same sentences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from adjudication.response.criteria import Criteria
from adjudication.response.terms import NO_DAY, CensoredBy, Level, Reason


@dataclass(frozen=True)
class Finding:
    """One row of evidence in words. `value` and `threshold` are canonical, as text; None = none."""

    step: str
    source: str
    id: str | None
    observed_on: date
    predicate: str
    threshold: str | None
    value: str | None
    unit: str | None
    analyte: str | None
    held: bool


@dataclass(frozen=True)
class Told:
    """The facts of a call that its sentences need. Days of the record; None = none."""

    course_id: str
    criteria_id: str
    agents: str
    started_on: date
    best_response: str
    reason: str | None
    onset_on: date | None
    relapsed_on: date | None
    lost_cr_on: date | None
    duration_of_response_days: int | None
    duration_status: str
    censored_by: str | None
    flags: str
    defaults_applied: str
    pivot_on: date | None
    pivot_value: str | None
    pivot_best_response: str | None
    attribution_days: int
    cr_onset_on: date | None = None

    @classmethod
    def of(cls, call: Mapping[str, Any], attribution_days: int) -> "Told":
        """From a row of the calls; empty cells may be None or not-a-number, dates may carry a time."""

        def there(name: str) -> Any:
            value = call[name]
            return None if value is None or value != value else value

        def day(name: str) -> date | None:
            value = there(name)
            return value.date() if hasattr(value, "date") else value

        pivot, days = there("pivot_value_e6"), there("duration_of_response_days")
        return cls(
            call["course_id"],
            call["criteria_id"],
            str(there("agents") or "").replace("+", " + ") or "no agent recorded",
            day("started_on") or date.min,
            call["best_response"],
            there("reason"),
            day("onset_on"),
            day("relapsed_on"),
            day("lost_cr_on"),
            None if days is None else int(days),
            call["duration_status"],
            there("censored_by"),
            there("flags") or "",
            there("defaults_applied") or "",
            day("pivot_on"),
            None if pivot is None else _value(int(pivot)),
            there("pivot_best_response"),
            attribution_days,
            day("cr_onset_on"),
        )


def _value(micro_units: int) -> str:
    """A value in words: one millionth beside a round number is below or above it."""
    for beside, word in ((1, "a value below "), (-1, "a value above "), (0, "")):
        if (micro_units + beside) % 1_000 == 0:
            return word + f"{(micro_units + beside) / 1_000_000:.3f}".rstrip("0").rstrip(".")
    return f"{micro_units / 1_000_000:.6f}"


@dataclass(frozen=True)
class Explanation:
    """A call as people read it: a headline, sentences in order, the evidence, and the readings it rests on."""

    course_id: str
    criteria_id: str
    best_response: str
    headline: str
    sentences: tuple[str, ...]
    readings: tuple[tuple[str, str], ...]
    evidence: tuple[Finding, ...]

    def text(self) -> str:
        lines = [self.headline, *(f"  {sentence}" for sentence in self.sentences)]
        if self.readings:
            lines += ["  Readings it rests on:", *(f"    {name}: {said}" for name, said in self.readings)]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "course_id": self.course_id,
            "criteria_id": self.criteria_id,
            "best_response": self.best_response,
            "headline": self.headline,
            "sentences": list(self.sentences),
            "readings": [{"id": name, "we": said} for name, said in self.readings],
            "evidence": [
                {**vars(finding), "observed_on": finding.observed_on.isoformat()} for finding in self.evidence
            ],
        }


_UNIT = {"10*9/L": "×10⁹/L"}
_ANALYTE = {"platelets": "platelets", "hemoglobin": "hemoglobin", "ldh": "LDH"}
_PART = {
    "baseline": "It started from",
    "onset": "The response begins with",
    "confirming": "It is confirmed by",
    "late_onset": "A response begins with",
    "late_confirming": "It is confirmed by",
    "cr_onset": "Complete response begins with",
    "cr_confirming": "It is confirmed by",
    "hemolysis": "On hemolysis:",
    "refutes_better": "Against a better level stands",
    "failing": "It failed with",
    "failing_confirming": "That is confirmed by",
    "peak": "The peak was",
    "lost": "The response is lost with",
    "lost_confirming": "The loss is confirmed by",
    "cr_lost": "Complete response is lost with",
    "cr_lost_confirming": "That loss is confirmed by",
    "censoring": "Follow-up of the response ends with",
    "held": "The response that was there is last held by",
    "dose": "The corticosteroid dose that decides:",
    "next_course": "The next course:",
    "other_lineage_course": "The course for the other lineage:",
    "other_cause": "Another cause is recorded:",
    "death": "Death:",
    "stopped": "The course was stopped:",
}
_ASKED = {
    "at_least": "at least {} is asked for",
    "above": "above {} is asked for",
    "fold_of_baseline": "at least {}, the multiple of the baseline, is asked for",
    "rise_above": "above {}, the baseline and the rise, is asked for",
    "fall_from_peak": "under {} after a fall from the peak",
}
_WHAT_CONFOUNDED = (
    (
        "DEF-ITP-05",
        "A bleed in the course's window made the counts of its days, and its own first day, fail.",
    ),
    (
        "rescue_confounded",
        "Counts after a rescue or platelets were set aside: so soon after, they cannot show a response.",
    ),
    (
        "transfusion_confounded",
        "Values after red cells were set aside: so soon after, they cannot show a response.",
    ),
)
_HAPPENED = {
    "bleed": "a bleed",
    "transfusion": "a transfusion",
    "rescue": "a rescue",
    "course_agent": "a dose of course",
    "course": "course",
    "other_cause": "another cause",
    "patient": "patient",
}
_ENDED = {
    "last_count": "the last count",
    "next_course": "the next course",
    "other_lineage_course": "a course for the other lineage",
    "rescue": "a rescue for an unclear reason",
    "death": "death",
}


def _sentence(finding: Finding) -> str:
    part, on = _PART[finding.step], finding.observed_on.isoformat()
    if finding.step == "dose" and finding.value is not None:
        return f"{part} {finding.value} mg of prednisolone a day from {on}, above {finding.threshold}."
    if finding.source == "other_cause":
        return f"{part} from {on}."
    if finding.source != "observation":
        return f"{part} {_HAPPENED[finding.source]} on {on} ({finding.id})."
    unit = _UNIT.get(finding.unit or "", finding.unit or "")
    name = _ANALYTE.get(finding.analyte or "", finding.analyte or "")
    value = f"{name} {finding.value} {unit}".strip()
    if finding.predicate == "no_hemolysis":
        return f"{part} {value} on {on}, {'normal' if finding.held else 'not normal'} for its laboratory."
    asked = _ASKED.get(finding.predicate)
    if asked is None or finding.threshold is None:
        return f"{part} {value} on {on}."
    met = (
        ""
        if finding.predicate == "fall_from_peak"
        else (", and it is met" if finding.held else ", and it is not met")
    )
    return f"{part} {value} on {on}: {asked.format(finding.threshold)}{met}."


def _conclusion(told: Told, criteria: Criteria) -> list[str]:
    level = criteria.level(told.best_response)
    said = []
    if level is not None:
        said.append(f"{told.best_response} asks for {level.words} ({level.clause}).")
    elif told.reason:
        said.append(f"Why: {Reason[told.reason.upper()].definition}.")
    if told.best_response in ("NR", "NE"):
        lowest = criteria.levels[-1]
        said.append(f"Not {lowest.name}, which asks for {lowest.words} ({lowest.clause}).")
        if told.reason == "late_response" and told.attribution_days != NO_DAY:
            said.append(
                f"A response to {told.agents} must begin within {told.attribution_days} days "
                f"({criteria.clause('attribution')})."
            )
    elif told.best_response != criteria.levels[0].name:
        better = criteria.levels[0]
        said.append(f"Not {better.name}, which asks for {better.words} ({better.clause}).")
    if told.relapsed_on is not None:
        said.append(f"Relapse on {told.relapsed_on.isoformat()}, {told.duration_of_response_days} days after onset "
                    f"({criteria.clause('loss')}).")  # fmt: skip
    elif told.duration_status in ("censored", "death"):
        ended = _ENDED[told.censored_by or CensoredBy.LAST_COUNT.word]
        said.append(f"In response for {told.duration_of_response_days} days, until {ended}.")
    if told.lost_cr_on is not None and told.lost_cr_on != told.relapsed_on:
        then = ", before the response" if told.relapsed_on else "; the response was not"
        said.append(f"Complete response was lost on {told.lost_cr_on.isoformat()}{then}.")
    said += [
        sentence
        for sign, sentence in _WHAT_CONFOUNDED
        if sign in f"{told.flags};{told.defaults_applied}".split(";")
    ]
    if told.flags:
        said.append(f"Flags: {told.flags.replace(';', ', ').replace('_', ' ')}.")
    if told.pivot_value is not None and told.pivot_on is not None:
        said.append(
            f"What would have changed it: {told.pivot_value} {_UNIT.get(criteria.unit, criteria.unit)} on "
            f"{told.pivot_on.isoformat()} would have made it {told.pivot_best_response}."
        )
    return said


def _since(told: Told, criteria: Criteria) -> str:
    """From which day the level of the headline is held; of the best level that is not the day of the first response."""
    if told.onset_on is None:
        return ""
    first = told.onset_on.isoformat()
    if told.best_response != criteria.levels[0].name:
        return f" from {first}"
    if told.cr_onset_on is None:
        return f", in response from {first}"
    since = f" from {told.cr_onset_on.isoformat()}"
    return since if told.cr_onset_on == told.onset_on else f"{since}, in response from {first}"


def explanation(told: Told, evidence: Sequence[Finding], criteria: Criteria) -> Explanation:
    """Put a call and its evidence into sentences, in the words of the criteria."""
    words = Level[told.best_response].definition
    since = _since(told, criteria)
    headline = (
        f"{told.course_id}: {told.best_response}, {words}{since}. "
        f"{told.agents}, started {told.started_on.isoformat()}; judged by {criteria.title} ({criteria.id})."
    )
    sentences = [_sentence(finding) for finding in evidence] + _conclusion(told, criteria)
    readings = tuple(
        (name, criteria.reading(name).we)
        for name in told.defaults_applied.split(";")
        if any(reading.id == name for reading in criteria.readings)
    )
    return Explanation(
        told.course_id,
        told.criteria_id,
        told.best_response,
        headline,
        tuple(sentences),
        readings,
        tuple(evidence),
    )

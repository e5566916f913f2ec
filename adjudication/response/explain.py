"""A call explained: a headline, the steps as a small table, one sentence each for what decided, ended, is missing and
would have changed it, and the readings it rests on with their questions.

The clinical words come from the criteria file; here and in `steps` and `sentences` they are only put in order. Page,
export and command line show the same, each with its own way to write a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from adjudication.readings import ReadingText
from adjudication.response.call_facts import CallFacts, JudgedAgain, WriteDay
from adjudication.response.changes import becomes_words, day_of, was_words
from adjudication.response.criteria import Criteria
from adjudication.response.sentences import deciding, sentences
from adjudication.response.steps import Finding, StepRow, step_rows
from adjudication.response.terms import KINDS, LEVELS, Level

_CITED = ("step", "source", "id", "observed_on", "predicate", "threshold", "value", "unit", "analyte", "held")


@dataclass(frozen=True)
class Explanation:
    """A call as people read it. `judged_again` is None where nobody asked what would have changed it.

    Days are written by `write_day`: as in files, unless `with_days` says otherwise.
    """

    facts: CallFacts
    evidence: tuple[Finding, ...]
    criteria: Criteria
    judged_again: JudgedAgain | None = None
    write_day: WriteDay = field(default=date.isoformat, compare=False)

    def with_days(self, write_day: WriteDay) -> "Explanation":
        """The same with days written in another way."""
        return replace(self, write_day=write_day)

    @property
    def course_id(self) -> str:
        return self.facts.course_id

    @property
    def criteria_id(self) -> str:
        return self.facts.criteria_id

    @property
    def best_response(self) -> str:
        return self.facts.best_response

    @property
    def headline(self) -> str:
        """Course, level with its first day, agents, start, criteria."""
        facts = self.facts
        return (
            f"{facts.course_id}: {facts.best_response}, {Level[facts.best_response].definition}{self._since()}. "
            f"{facts.agents}, started {self.write_day(facts.started_on)}; "
            f"judged by {self.criteria.title} ({self.criteria.id})."
        )

    def _since(self) -> str:
        """From which day the level is held; of the best level that is not the day of the first response."""
        facts = self.facts
        if facts.onset_on is None:
            return ""
        first = self.write_day(facts.onset_on)
        if facts.best_response != self.criteria.levels[0].name:
            return f" from {first}"
        if facts.cr_onset_on is None:
            return f", in response from {first}"
        since = f" from {self.write_day(facts.cr_onset_on)}"
        return since if facts.cr_onset_on == facts.onset_on else f"{since}, in response from {first}"

    @property
    def steps(self) -> tuple[StepRow, ...]:
        """One line for each row of the evidence, in its order."""
        return step_rows(self.evidence, self.criteria)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What decided, what ended the follow-up, what is missing, what would have changed it."""
        return sentences(self.facts, self.evidence, self.criteria, self.judged_again, self.write_day)

    @property
    def deciding(self) -> tuple[str, ...]:
        """Those of the sentences that say what decided the call, why it is not better, and how it ended."""
        return deciding(self.facts, self.evidence, self.criteria, self.write_day)

    @property
    def readings(self) -> tuple[ReadingText, ...]:
        """The declared readings that the call rests on, each with its question."""
        known = {reading.id: reading for reading in self.criteria.readings}
        return tuple(known[name] for name in self.facts.defaults_applied.split(";") if name in known)

    def text(self) -> str:
        lines = [self.headline]
        if self.evidence:
            lines += ["", *(f"  {line}" for line in self._table())]
        lines += ["", *(f"  {sentence}" for sentence in self.sentences)]
        if self.readings:
            lines += ["", "  Readings it rests on:"]
            lines += [f"    {one.id}: {one.asks} {one.we}" for one in self.readings]
        return "\n".join(lines)

    def _table(self) -> list[str]:
        cells = [("Step", "Day", "Value", "Needs", "Met")]
        cells += [
            (row.name, self.write_day(row.on), row.value, row.needs, row.met_words) for row in self.steps
        ]
        widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
        return [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]

    def as_json(self) -> dict[str, Any]:
        """Days ISO, whatever the way in which they are written elsewhere."""
        written = self.with_days(date.isoformat)
        changes = self.judged_again.changes if self.judged_again is not None else None
        return {
            "course_id": self.course_id,
            "criteria_id": self.criteria_id,
            "best_response": self.best_response,
            "headline": written.headline,
            "sentences": list(written.sentences),
            "readings": [{"id": one.id, "asks": one.asks, "we": one.we} for one in self.readings],
            "evidence": [
                {name: getattr(one, name) for name in _CITED} | {"observed_on": one.observed_on.isoformat()}
                for one in self.evidence
            ],
            "steps": [
                {
                    "step": row.step,
                    "day": row.on.isoformat(),
                    "value": row.value,
                    "needs": row.needs,
                    "met": row.met_words,
                }
                for row in self.steps
            ],
            "what_would_change": None
            if changes is None
            else [
                {
                    "analyte": KINDS[one.kind].word,
                    "observed_on": day_of(one.day).isoformat(),
                    "from": was_words(one),
                    "to": becomes_words(one),
                    "best_response": LEVELS[one.level].word,
                }
                for one in changes
            ],
        }


def explanation(
    facts: CallFacts, evidence: Sequence[Finding], criteria: Criteria, judged_again: JudgedAgain | None = None
) -> Explanation:
    """Put a call and its evidence into words, in the words of the criteria."""
    return Explanation(facts, tuple(evidence), criteria, judged_again)

"""What the sentences of a call are written from: its facts, its evidence, its criteria, and how a day is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from adjudication.response.criteria import Criteria
from adjudication.response.steps import Finding, needs_words, value_words
from adjudication.response.what_would_change import Change

WriteDay = Callable[[date], str]
"""How a day is written: `2019-02-18` in files and terminals, `18 Feb 2019` on pages."""


@dataclass(frozen=True)
class CallFacts:
    """The facts of a call that its sentences need. Days of the record; None = none.

    `attribution_days` and `failing_from_days` are counted from the start, NO_DAY = no limit. `unlimited_agents` have no
    published limit; `without_limits` are markers that came without the limits of their laboratory; `shared_with` names
    the courses of the episode with the same start day; `unreadable_doses` the agents and first days of corticosteroid
    steps whose dose cannot be read. `is_stale` says that the record has changed since the call.
    """

    course_id: str
    criteria_id: str
    agents: str
    started_on: date
    best_response: str
    reason: str | None
    onset_on: date | None
    cr_onset_on: date | None
    relapsed_on: date | None
    lost_cr_on: date | None
    duration_of_response_days: int | None
    duration_status: str
    censored_by: str | None
    flags: str
    defaults_applied: str
    attribution_days: int
    failing_from_days: int
    held_until: date | None = None
    lost_on: date | None = None
    unlimited_agents: tuple[str, ...] = ()
    without_limits: tuple[Finding, ...] = ()
    shared_with: tuple[str, ...] = ()
    unreadable_doses: tuple[tuple[str, date], ...] = ()
    is_stale: bool = False


@dataclass(frozen=True)
class JudgedAgain:
    """What judging the course once more, for its explanation, has brought to light.

    `changes` as in `what_would_change`; `gap` are the two assessments too far apart of the flag `long_gap`.
    """

    changes: tuple[Change, ...]
    gap: tuple[date, date] | None


Evidence = Sequence[Finding]


@dataclass(frozen=True)
class Told:
    """All that the sentences are written from."""

    facts: CallFacts
    evidence: Evidence
    criteria: Criteria
    again: JudgedAgain | None
    day: WriteDay

    def step(self, *names: str) -> list[Finding]:
        return [finding for finding in self.evidence if finding.step in names]

    def first(self, *names: str) -> Finding | None:
        return next(iter(self.step(*names)), None)

    def count_on(self, finding: Finding) -> str:
        """`platelets 60 ×10⁹/L on 2025-01-08`."""
        return f"{value_words(finding)} on {self.day(finding.observed_on)}"

    def assessment(self, *names: str) -> str:
        """What was assessed in a step: its count, with what happened; empty without evidence."""
        return ", with ".join(self.count_on(finding) for finding in self.step(*names))

    def needs(self, finding: Finding) -> str:
        return needs_words(finding, self.criteria)

    def days_from_start(self, days: int) -> str:
        return f"day {days}"

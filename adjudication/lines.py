"""Lines of therapy from prescriptions: which of them make one course, and where a new course begins.

Pure: dates in, lines out. The numbers are in `published/lines.toml` (DEF-LINE-01, DEF-LINE-04).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from typing import TypeVar

from adjudication.readings import readings_of
from adjudication.toml_table import Table, published

Value = TypeVar("Value")


@dataclass(frozen=True)
class Rules:
    """Days within which agents make one combination, and days off that are still the same course."""

    combination_days: int
    interruption_days: int


@dataclass(frozen=True)
class Doses:
    """How a dose is written: by spelling the milligrams in a unit and whether it is a daily one, and times a day."""

    units: Mapping[str, tuple[Fraction, bool]]
    times_a_day: Mapping[str, Fraction]


def parse(top: Table) -> tuple[Rules, Doses]:
    """Both parts of `lines.toml`. Raises Unfit with every fault."""
    combination, interruption, dose = (top.table(key) for key in ("combination", "interruption", "dose"))
    rules = Rules(combination.number("days", 0, 366), interruption.number("days", 0, 366))
    units = _by_spelling(
        dose.tables("unit"), lambda row: (row.fraction("milligrams"), row.take("daily", bool))
    )
    times = _by_spelling(dose.tables("frequency"), lambda row: row.fraction("times_a_day"))
    for table in (combination, interruption, dose):
        table.take("cite", str)
    readings_of(top)
    top.finish()
    return rules, Doses(units, times)


def _by_spelling(rows: Sequence[Table], value: Callable[[Table], Value]) -> dict[str, Value]:
    read = [(row.texts("spellings"), value(row)) for row in rows]
    return {spelling: one for spellings, one in read for spelling in spellings}


@cache
def _published() -> tuple[Rules, Doses]:
    return parse(published("lines"))


def published_rules() -> Rules:
    """The rules of `published/lines.toml`."""
    return _published()[0]


def published_doses() -> Doses:
    """How doses are written, in the same file."""
    return _published()[1]


@dataclass(frozen=True)
class Step:
    """One prescription or dose step: both days inclusive, `stopped_on` None while it goes on.

    `source` is whatever the caller wants back, such as the number of a row.
    """

    agent: str
    started_on: date
    stopped_on: date | None
    source: int


@dataclass(frozen=True)
class Line:
    """One course. `steps` are clipped to it; `start_reason` is a word of the bundle, None where not told."""

    started_on: date
    stopped_on: date | None
    agents: tuple[str, ...]
    steps: tuple[Step, ...]
    start_reason: str | None


@dataclass
class _Run:
    """Steps of one agent without an interruption longer than allowed."""

    agent: str
    steps: list[Step]

    @property
    def started_on(self) -> date:
        return self.steps[0].started_on

    @property
    def last_day(self) -> date:
        return max(step.stopped_on or date.max for step in self.steps)


def lines_of(steps: Sequence[Step], failed_on: Sequence[date] = (), rules: Rules | None = None) -> list[Line]:
    """The lines that the steps of one episode make, in order; the order of `steps` makes no difference.

    An agent that is begun within the combination window, before any day of `failed_on`, joins the line. Begun
    later while another still runs, it begins a new line with both; the earlier line ends on that day.
    """
    rules = rules or published_rules()
    starts: list[tuple[date, list[_Run], str | None]] = []
    seen: set[str] = set()
    for run in _runs(steps, rules):
        if starts and _joins(run, starts[-1][0], starts[-1][1], failed_on, rules):
            starts[-1][1].append(run)
        else:
            running = [one for one in starts[-1][1] if one.last_day >= run.started_on] if starts else []
            starts.append((run.started_on, [*running, run], _reason(run, running, seen)))
        seen.add(run.agent)
    ends = [*(begun for begun, _, _ in starts[1:]), None]
    return [_line(begun, runs, reason, end) for (begun, runs, reason), end in zip(starts, ends, strict=False)]


def _runs(steps: Sequence[Step], rules: Rules) -> list[_Run]:
    runs: list[_Run] = []
    open_runs: dict[str, _Run] = {}
    for step in sorted(steps, key=lambda one: (one.started_on, one.agent, one.stopped_on or date.max)):
        current = open_runs.get(step.agent)
        if current and (
            current.last_day == date.max
            or (step.started_on - current.last_day).days <= rules.interruption_days
        ):
            current.steps.append(step)
        else:
            open_runs[step.agent] = _Run(step.agent, [step])
            runs.append(open_runs[step.agent])
    return runs


def _joins(run: _Run, begun: date, others: Sequence[_Run], failed_on: Sequence[date], rules: Rules) -> bool:
    within = (run.started_on - begun).days <= rules.combination_days
    failed = any(begun < day <= run.started_on for day in failed_on)
    # The same agent after a long interruption is retreatment, however soon the line began.
    return within and not failed and run.agent not in {one.agent for one in others}


def _reason(run: _Run, running: Sequence[_Run], seen: set[str]) -> str | None:
    if not seen:
        return "first_line"
    if run.agent in seen:
        return "retreatment"
    return "intensification" if running else None


def _line(begun: date, runs: Sequence[_Run], reason: str | None, end: date | None) -> Line:
    steps = [
        Step(
            step.agent,
            max(step.started_on, begun),
            step.stopped_on if end is None else min(step.stopped_on or end, end),
            step.source,
        )
        for run in runs
        for step in run.steps
        if (step.stopped_on or date.max) >= begun and (end is None or step.started_on < end)
    ]
    last = max(step.stopped_on or date.max for step in steps)
    return Line(
        begun,
        None if last == date.max else last,
        tuple(sorted({step.agent for step in steps})),
        tuple(sorted(steps, key=lambda step: (step.started_on, step.agent, step.source))),
        reason,
    )

"""A surveillance programme as data: schedule, ladder, advice, readings and worked examples in one TOML file.

Unknown keys are refused, and so is a ladder that could leave a count without an action.
"""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any

from adjudication.terms import MICRO


class Bleeding(IntEnum):
    """Bleeding since the last clean count (DEF-SURV-04, READ-SURV-07); a greater number is worse."""

    NONE = 0
    MILD = 1
    ACTIVE = 2


class Action(StrEnum):
    """What a count demands, from the least to the most urgent when alone (Figure 3 of the consensus)."""

    CONTINUE_MONTHLY = "continue_monthly"
    REPEAT_14D = "repeat_14d"
    RECHECK_72H = "recheck_72h"
    RECHECK_48_72H = "recheck_48_72h"
    RECHECK_NOW_STEEP_FALL = "recheck_now_steep_fall"
    RECHECK_AND_CONTACT_NOW = "recheck_and_contact_now"
    URGENT_REFERRAL = "urgent_referral"


class Advice(StrEnum):
    """Whether to treat, to be discussed with the hematologist (Figure 4 of the consensus)."""

    TREAT = "treat"
    CONSIDER = "consider"
    OBSERVE = "observe"


class Outcome(StrEnum):
    """What was done about a finding."""

    CONTACTED = "contacted"
    NO_ANSWER = "no_answer"
    RECHECK_ARRANGED = "recheck_arranged"
    REFERRED = "referred"
    SENT_TO_EMERGENCY = "sent_to_emergency"
    DECLINED = "declined"
    MOVED = "moved"
    DIED = "died"
    TRANSFERRED = "transferred"


SIGNS = (
    "petechiae",
    "easy_bruising",
    "cut_bleeding",
    "heavy_periods",
    "bleeding_between_periods",
    "gum_or_nose_bleeding",
    "coughing_blood",
)
"""The signs that may be reported between counts; a programme words those that it asks for."""


class Owner(StrEnum):
    NURSE = "nurse"
    TREATING_PHYSICIAN = "treating_physician"


@dataclass(frozen=True)
class Condition:
    """What must all hold. Counts are micro units; None and an empty set ask nothing."""

    up_to_e6: int | None = None
    fall_percent: int | None = None
    bleeding: frozenset[Bleeding] = frozenset()
    clumped: bool = False

    @property
    def asks_nothing(self) -> bool:
        return self == Condition()


@dataclass(frozen=True)
class Cited:
    """A rule with the lines and the words of its source, and the readings that it rests on."""

    id: str
    lines: str
    says: str
    readings: tuple[str, ...]


@dataclass(frozen=True)
class Rung(Cited):
    """One step of the ladder. Deadlines are hours from the finding; None leaves the monthly schedule."""

    when: Condition
    action: Action
    what: str
    owner: Owner
    from_hours: int
    within_hours: int | None


@dataclass(frozen=True)
class Counsel(Cited):
    """Whether to treat, in a word and in a sentence."""

    when: Condition
    advice: Advice
    what: str


@dataclass(frozen=True)
class Schedule:
    every_months: int
    months_after_last_infusion: int
    overdue_after_days: int
    due_soon_within_days: int
    cited: Cited


@dataclass(frozen=True)
class BleedingScales:
    """From which grade a bleed counts, up to which it is mild by scale, and the signs to ask for."""

    from_grade: int
    mild_up_to: dict[str, int]
    signs: dict[str, str]
    cited: Cited


@dataclass(frozen=True)
class Information:
    """From which fall, and below which value, a hemoglobin is shown as information; micro units of g/L."""

    fall_e6: int
    below_e6: int


@dataclass(frozen=True)
class Outcomes:
    """Which outcomes take a patient off the list, which settle the finding, and which only tell what was tried.

    `escalate_to` is told when a finding is not settled and its deadline has passed.
    """

    remove: frozenset[Outcome]
    settle: frozenset[Outcome]
    keep: frozenset[Outcome]
    escalate_to: Owner
    cited: Cited


@dataclass(frozen=True)
class Confirmation:
    """When two clean counts below a limit propose an episode: how far apart their days may and must be."""

    below_e6: int
    apart_at_least_days: int
    apart_at_most_days: int
    cited: Cited


@dataclass(frozen=True)
class Reference:
    """A published share in percent that stands beside the measure `of`, and is never pooled with it."""

    id: str
    of: str
    percent: Decimal
    who: str
    says: str
    lines: str


@dataclass(frozen=True)
class Reading:
    id: str
    asks: str
    we: str
    because: str


@dataclass(frozen=True)
class Example:
    """A worked case of the file itself; expectations that are None are not checked."""

    title: str
    previous_e6: int | None
    current_e6: int | None
    bleeding: Bleeding
    clumped: bool
    action: Action
    within_hours: int | None
    advice: Advice | None


@dataclass(frozen=True)
class Programme:
    """One surveillance programme; `rungs` and `counsels` are in order, the first that holds wins."""

    id: str
    title: str
    citation: str
    short: str
    agent: str
    settings: tuple[str, ...]
    analyte: str
    unit: str
    schedule: Schedule
    afterwards: Cited
    previous_within_days: int
    bleeding: BleedingScales
    information: Information
    outcomes: Outcomes
    confirmation: Confirmation
    symptom_within_days: int
    references: tuple[Reference, ...]
    rungs: tuple[Rung, ...]
    counsels: tuple[Counsel, ...]
    readings: tuple[Reading, ...]
    examples: tuple[Example, ...]

    def rule(self, name: str) -> Cited:
        """The rung of that id, or the schedule, or what follows its end. Raises KeyError for another id."""
        known: tuple[Cited, ...] = (*self.rungs, self.schedule.cited, self.afterwards)
        found = next((one for one in known if one.id == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def rests_on(self, rule: Cited) -> tuple[Reading, ...]:
        """The readings that a rule rests on: what the source leaves open, and what is done here."""
        return tuple(one for one in self.readings if one.id in rule.readings)

    def source(self, rule: Cited) -> str:
        """`Lambert 2018, lines 165-166`, with the readings that the rule rests on."""
        return "; ".join((f"{self.short}, lines {rule.lines}", *rule.readings))


class _Table:
    """A TOML table that must be read whole: what is left when it closes is refused by name."""

    def __init__(self, place: str, values: dict[str, Any]) -> None:
        self.place = place
        self.left = dict(values)

    def take(self, key: str, kind: type, default: Any = ...) -> Any:
        value = self.left.pop(key, default)
        if value is ...:
            raise ValueError(f"{self.place}: {key} is missing")
        if value is not default and (
            not isinstance(value, kind) or isinstance(value, bool) != (kind is bool)
        ):
            raise ValueError(f"{self.place}: {key} must be {kind.__name__}, not {value!r}")
        return value

    def table(self, key: str) -> "_Table":
        return _Table(f"{self.place}: {key}", self.take(key, dict))

    def tables(self, key: str) -> "list[_Table]":
        rows = enumerate(self.take(key, list), 1)
        return [_Table(f"{self.place}: {key} {row.get('id', number)}", row) for number, row in rows]

    def count(self, key: str) -> int | None:
        """A count in the file's unit, as micro units."""
        value = self.left.pop(key, None)
        if value is None:
            return None
        exact = Decimal(value) * MICRO if isinstance(value, int | Decimal) else Decimal("NaN")
        if not exact.is_finite() or exact != int(exact) or exact < 0:
            raise ValueError(f"{self.place}: {key} must be a count, not {value!r}")
        return int(exact)

    def close(self) -> None:
        if self.left:
            raise ValueError(f"{self.place}: unknown {', '.join(sorted(self.left))}")


def _cited(table: _Table, name: str | None = None) -> dict[str, Any]:
    return {
        "id": name or table.take("id", str),
        "lines": table.take("lines", str),
        "says": table.take("says", str),
        "readings": tuple(table.take("readings", list, [])),
    }


def _bleeding(place: str, word: object) -> Bleeding:
    found = {bleeding.name.lower(): bleeding for bleeding in Bleeding}.get(str(word))
    if found is None:
        raise ValueError(f"{place}: bleeding must be none, mild or active, not {word!r}")
    return found


def _condition(table: _Table) -> Condition:
    below, at_most = table.count("below"), table.count("at_most")
    if below is not None and at_most is not None:
        raise ValueError(f"{table.place}: below and at_most exclude each other")
    asked = table.left.pop("bleeding", None)
    if asked is True:
        bleeding = frozenset({Bleeding.MILD, Bleeding.ACTIVE})
    else:
        bleeding = frozenset() if asked is None else frozenset({_bleeding(table.place, asked)})
    condition = Condition(
        at_most if below is None else below - 1,
        table.take("fall_percent", int, None),
        bleeding,
        table.take("clumped", bool, False),
    )
    table.close()
    return condition


def _rung(table: _Table) -> Rung:
    rung = Rung(
        **_cited(table),
        when=_condition(table.table("when")),
        action=Action(table.take("action", str)),
        what=table.take("what", str),
        owner=Owner(table.take("owner", str)),
        from_hours=table.take("from_hours", int, 0),
        within_hours=table.take("within_hours", int, None),
    )
    table.close()
    return rung


def _counsel(table: _Table) -> Counsel:
    counsel = Counsel(
        **_cited(table),
        when=_condition(table.table("when")),
        advice=Advice(table.take("advice", str)),
        what=table.take("what", str),
    )
    table.close()
    return counsel


def _reading(table: _Table) -> Reading:
    reading = Reading(*(table.take(key, str) for key in ("id", "asks", "we", "because")))
    table.close()
    return reading


def _example(table: _Table) -> Example:
    advice = table.take("advice", str, None)
    example = Example(
        table.take("title", str),
        table.count("previous"),
        table.count("current"),
        _bleeding(table.place, table.take("bleeding", str, "none")),
        table.take("clumped", bool, False),
        Action(table.take("action", str)),
        table.take("within_hours", int, None),
        Advice(advice) if advice else None,
    )
    table.close()
    return example


def _schedule(table: _Table) -> Schedule:
    schedule = Schedule(
        table.take("every_months", int),
        table.take("months_after_last_infusion", int),
        table.take("overdue_after_days", int),
        table.take("due_soon_within_days", int),
        Cited(**_cited(table, "schedule")),
    )
    table.close()
    return schedule


def _scales(table: _Table) -> BleedingScales:
    unknown = set(table.left.get("signs", {})) - set(SIGNS)
    if unknown:
        raise ValueError(f"{table.place}: signs has unknown {', '.join(sorted(unknown))}")
    scales = BleedingScales(
        table.take("from_grade", int),
        table.take("mild_up_to", dict),
        table.take("signs", dict),
        Cited(**_cited(table, "bleeding")),
    )
    table.close()
    return scales


def _information(table: _Table) -> Information:
    table.take("readings", list, [])
    fall, below = table.count("hemoglobin_fall_g_per_l"), table.count("hemoglobin_below_g_per_l")
    table.close()
    if fall is None or below is None:
        raise ValueError(f"{table.place}: both hemoglobin values are needed")
    return Information(fall, below)


def _outcomes(table: _Table) -> Outcomes:
    said = {key: table.take(key, list) for key in ("remove", "settle", "keep")}
    escalate_to = Owner(table.take("escalate_to", str))
    cited = Cited(**_cited(table, "outcomes"))
    table.close()
    words = [word for several in said.values() for word in several]
    if sorted(words) != sorted(Outcome):
        raise ValueError(
            f"{table.place}: each of {', '.join(Outcome)} must stand once in remove, settle or keep"
        )
    kinds = {key: frozenset(map(Outcome, several)) for key, several in said.items()}
    return Outcomes(**kinds, escalate_to=escalate_to, cited=cited)


def _confirmation(table: _Table) -> Confirmation:
    below_e6 = table.count("below")
    if below_e6 is None:
        raise ValueError(f"{table.place}: below is missing")
    confirmation = Confirmation(
        below_e6,
        table.take("apart_at_least_days", int),
        table.take("apart_at_most_days", int),
        Cited(**_cited(table, "confirmed-thrombocytopenia")),
    )
    table.close()
    return confirmation


def _reference(table: _Table) -> Reference:
    percent = table.left.pop("percent", None)
    if not isinstance(percent, int | Decimal) or not 0 <= percent <= 100:
        raise ValueError(f"{table.place}: percent must be a share from 0 to 100, not {percent!r}")
    texts = {key: table.take(key, str) for key in ("id", "of", "who", "says", "lines")}
    table.close()
    return Reference(percent=Decimal(percent), **texts)


def _checked_ladder(place: str, ladder: tuple[Rung, ...] | tuple[Counsel, ...]) -> None:
    """Every count must have an action, and no rung may be out of reach behind a wider one."""
    if not ladder[-1].when.asks_nothing or any(rung.when.asks_nothing for rung in ladder[:-1]):
        raise ValueError(f"{place}: the last entry, and only the last, must hold for every count")
    bounds = [rung.when.up_to_e6 for rung in ladder if rung.when.up_to_e6 is not None]
    if bounds != sorted(set(bounds)):
        raise ValueError(f"{place}: counts must rise from entry to entry")
    if len({rung.id for rung in ladder}) < len(ladder):
        raise ValueError(f"{place}: an id stands twice")


def parse(place: str, text: str) -> Programme:
    """The programme in the TOML `text`. `place` is its name in errors.

    Raises ValueError that names the table and the key: missing, unknown, of another kind, or a ladder that
    leaves some count without an action. The examples are not run here; `surveillance.load` does that.
    """
    top = _Table(place, tomllib.loads(text, parse_float=Decimal))
    if top.take("kind", str) != "surveillance":
        raise ValueError(f"{place}: kind must be surveillance")
    names = {
        key: top.take(key, str) for key in ("id", "title", "citation", "short", "agent", "analyte", "unit")
    }
    comparison = top.table("comparison")
    comparison.take("readings", list, [])
    measures = top.table("measures")
    measures.take("readings", list, [])
    programme = Programme(
        **names,
        settings=tuple(top.take("settings", list)),
        schedule=_schedule(top.table("schedule")),
        afterwards=Cited(**_cited(afterwards := top.table("afterwards"))),
        previous_within_days=comparison.take("previous_within_days", int),
        bleeding=_scales(top.table("bleeding")),
        information=_information(top.table("information")),
        outcomes=_outcomes(top.table("outcomes")),
        confirmation=_confirmation(top.table("proposal")),
        symptom_within_days=measures.take("symptom_within_days", int),
        references=tuple(_reference(row) for row in top.tables("reference")),
        rungs=tuple(_rung(row) for row in top.tables("rung")),
        counsels=tuple(_counsel(row) for row in top.tables("advice")),
        readings=tuple(_reading(row) for row in top.tables("reading")),
        examples=tuple(_example(row) for row in top.tables("example")),
    )
    for table in (afterwards, comparison, measures, top):
        table.close()
    _checked_ladder(f"{place}: rung", programme.rungs)
    _checked_ladder(f"{place}: advice", programme.counsels)
    return programme

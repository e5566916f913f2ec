"""The rules of a programme in words, so that a clinician can read and dispute each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adjudication.programme import Bleeding, Cited, Condition, Programme, Rung
from adjudication.terms import MICRO


@dataclass(frozen=True)
class Rule:
    """A rule as it is shown: `when` it holds and what it says, by whom and by when, with the source and its words."""

    when: str
    says: str
    more: str
    cited: Cited


def ladder(programme: Programme) -> list[Rule]:
    """What a count demands, the most urgent first: the first rung that holds decides."""
    return [
        Rule(condition_words(rung.when), rung.what, f"{deadline_words(rung)}, {_worded(rung.owner)}", rung)
        for rung in programme.rungs
    ]


def counsels(programme: Programme) -> list[Rule]:
    """Whether to treat, to be discussed with the hematologist: the first that holds decides."""
    return [
        Rule(condition_words(one.when), f"{one.advice.capitalize()}.", "", one) for one in programme.counsels
    ]


def others(programme: Programme) -> list[Rule]:
    """Schedule, bleeding, proposal of an episode, and what the measures rest on."""
    plan, confirmed, measuring = programme.schedule, programme.confirmation, programme.measuring
    mild = ", ".join(
        f"{scale.replace('_', '-')} up to grade {grade}"
        for scale, grade in programme.bleeding.mild_up_to.items()
    )
    contact = ", ".join(_worded(one) for one in sorted(measuring.contact))
    return [
        Rule(
            "Schedule",
            f"A count every {_number(plan.every_months, 'month')} until {plan.months_after_last_infusion} calendar "
            "months after the last infusion.",
            f"due soon {plan.due_soon_within_days} days before, overdue after more than {plan.overdue_after_days} days",
            plan.cited,
        ),
        Rule("Afterwards", f"{programme.afterwards.says}.", "", programme.afterwards),
        Rule(
            "Bleeding",
            f"Counts from grade {programme.bleeding.from_grade} on; mild for the advice: {mild}; on any other scale "
            "active.",
            f"{len(programme.bleeding.signs)} signs may be reported between counts",
            programme.bleeding.cited,
        ),
        Rule(
            "Proposal of an episode",
            f"Two clean counts below {number(confirmed.below_e6)} that follow one another.",
            f"{confirmed.apart_at_least_days} to {confirmed.apart_at_most_days} days apart",
            confirmed.cited,
        ),
        Rule(
            "Measures",
            f"Contact is: {contact}. Found by symptoms: bleeding or a sign on the day of onset or in the "
            f"{measuring.symptom_within_days} days before.",
            "",
            measuring.cited,
        ),
    ]


def condition_words(when: Condition) -> str:
    """`Below 30`, `50 or less`, `Fall of 50 % or more`, `Any bleeding`, `Any other count`."""
    parts = [*_conditions(when)] or ["any other count"]
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def _conditions(when: Condition) -> Iterator[str]:
    if when.bleeding:
        kinds = [one.name.lower() for one in sorted(when.bleeding)]
        yield (
            "any bleeding"
            if set(when.bleeding) == {Bleeding.MILD, Bleeding.ACTIVE}
            else " or ".join(kinds) + " bleeding"
        )
    if when.up_to_e6 is not None:
        # A bound written as `below` lies one millionth under it.
        below = (when.up_to_e6 + 1) % 1000 == 0
        yield f"below {number(when.up_to_e6 + 1)}" if below else f"{number(when.up_to_e6)} or less"
    if when.fall_percent is not None:
        yield f"fall of {when.fall_percent} % or more"
    if when.clumped:
        yield "clumped specimen"


def deadline_words(rung: Rung) -> str:
    """`at once`, `within 72 hours`, `in 48 to 72 hours`, `by the schedule`."""
    if rung.within_hours is None:
        return "by the schedule"
    if rung.within_hours == 0:
        return "at once"
    if rung.from_hours:
        return f"in {rung.from_hours} to {rung.within_hours} hours"
    return f"within {rung.within_hours} hours"


def number(e6: int) -> str:
    """Micro units as a plain number: `30`, `29.5`."""
    return f"{e6 / MICRO:g}"


def _worded(word: str) -> str:
    return word.replace("_", " ")


def _number(n: int, unit: str) -> str:
    return unit if n == 1 else f"{n} {unit}s"

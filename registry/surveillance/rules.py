"""The rules of a protocol in words, so that a clinician can read and dispute each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from adjudication.response.terms import MICRO
from adjudication.surveillance.protocol import Bleeding, Cited, Condition, Protocol, Rule


@dataclass(frozen=True)
class RuleInWords:
    """A rule as it is shown: `when` it holds and what it says, by whom and by when, with the source and its words."""

    when: str
    says: str
    more: str
    cited: Cited


def ladder(protocol: Protocol) -> list[RuleInWords]:
    """What a count demands, the most urgent first: the first rule that holds decides."""
    return [
        RuleInWords(when, rule.what, f"{deadline_words(rule)}, {_worded(rule.owner)}", rule)
        for rule, when in zip(protocol.rules, _bands([one.when for one in protocol.rules]), strict=True)
    ]


def advice_rules(protocol: Protocol) -> list[RuleInWords]:
    """Whether to treat, to be discussed with the hematologist: the first that holds decides."""
    return [
        RuleInWords(when, f"{one.advice.capitalize()}.", "", one)
        for one, when in zip(
            protocol.advice_rules, _bands([one.when for one in protocol.advice_rules]), strict=True
        )
    ]


def others(protocol: Protocol) -> list[RuleInWords]:
    """Schedule, the count before it, bleeding, proposal of an episode, and what the measures rest on."""
    plan, confirmed, measuring = protocol.schedule, protocol.confirmation, protocol.measuring
    mild = ", ".join(
        f"{scale.replace('_', '-')} up to grade {grade}"
        for scale, grade in protocol.bleeding.mild_up_to.items()
    )
    contact = ", ".join(_worded(one) for one in sorted(measuring.contact))
    return [
        RuleInWords(
            "Schedule",
            f"A count every {_number(plan.every_months, 'month')} until {plan.months_after_last_infusion} calendar "
            "months after the last infusion.",
            f"due soon {plan.due_soon_within_days} days before, overdue after more than {plan.overdue_after_days} days",
            plan.cited,
        ),
        RuleInWords(
            "Before the first infusion",
            f"{protocol.before.says}.",
            f"not more than {protocol.previous_within_days} days old",
            protocol.before,
        ),
        RuleInWords("Afterwards", f"{protocol.afterwards.says}.", "", protocol.afterwards),
        RuleInWords(
            "Bleeding",
            f"Counts from grade {protocol.bleeding.from_grade} on; mild for the advice: {mild}; on any other scale "
            "active.",
            f"{len(protocol.bleeding.signs)} signs may be reported between counts",
            protocol.bleeding.cited,
        ),
        RuleInWords(
            "Proposal of an episode",
            f"Two clean counts below {number(confirmed.below_e6)} that follow one another.",
            f"{confirmed.apart_at_least_days} to {confirmed.apart_at_most_days} days apart",
            confirmed.cited,
        ),
        RuleInWords(
            "Measures",
            f"Contact is: {contact}. Found by symptoms: bleeding or a sign on the day of onset or in the "
            f"{measuring.symptom_within_days} days before.",
            "",
            measuring.cited,
        ),
    ]


def _bands(conditions: Iterable[Condition]) -> Iterator[str]:
    """Each condition in words; a count is a band, for what is lower was decided further up."""
    over: int | None = None
    for when in conditions:
        yield condition_words(when, None if when.answered else over)
        over = over if when.up_to_e6 is None or when.confirmed or when.answered else when.up_to_e6


def condition_words(when: Condition, over_e6: int | None = None) -> str:
    """`Below 30`, `From 30 to 50`, `Above 50 to 100`, `Fall of 50 % or more`, `Any bleeding`, `Any other count`.

    `over_e6` is the highest count (micro units) that an earlier condition has decided.
    """
    parts = [*_conditions(when, over_e6)] or ["any other count"]
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def _conditions(when: Condition, over_e6: int | None) -> Iterator[str]:
    if when.bleeding:
        kinds = " or ".join(one.name.lower() for one in sorted(when.bleeding))
        yield f"{'any' if set(when.bleeding) == {Bleeding.MILD, Bleeding.ACTIVE} else kinds} bleeding"
    if when.up_to_e6 is not None:
        yield _band(when.up_to_e6, over_e6)
    if when.fall_percent is not None:
        yield f"fall of {when.fall_percent} % or more"
    if when.once_above_e6 is not None:
        yield "unless the count before lay there too"
    if when.unjudged_up_to_e6 is not None:
        yield f"specimen that cannot be judged and may mean {_band(when.unjudged_up_to_e6, None)}"
    elif when.unjudged:
        yield "specimen that cannot be judged"
    if when.discordant:
        yield "two tubes of the last count's day disagree"
    if when.uncounted:
        yield "bleeding that was referred before a count was taken"
    if when.confirmed:
        yield "confirmed"
    if when.answered:
        yield "referred"
    if when.in_window:
        yield "within the window"


def _band(up_to_e6: int, over_e6: int | None) -> str:
    upper = f"below {number(up_to_e6 + 1)}" if _is_below(up_to_e6) else number(up_to_e6)
    if over_e6 is None:
        return upper if _is_below(up_to_e6) else f"{upper} or less"
    lower = f"from {number(over_e6 + 1)}" if _is_below(over_e6) else f"above {number(over_e6)}"
    return f"{lower} to {upper}"


def _is_below(up_to_e6: int) -> bool:
    """Whether a bound was written as `below`: it then lies one millionth under the number."""
    return (up_to_e6 + 1) % 1000 == 0


def deadline_words(rule: Rule) -> str:
    """`at once`, `within 72 hours`, `in 48 to 72 hours`, `within 14 days`, `by the schedule`."""
    if rule.within_hours is None:
        return "by the schedule"
    if rule.within_hours == 0:
        return "at once"
    days, over = divmod(rule.within_hours, 24)
    if not over and days > 7:
        return f"within {days} days"
    if rule.from_hours:
        return f"in {rule.from_hours} to {rule.within_hours} hours"
    return f"within {rule.within_hours} hours"


def number(e6: int) -> str:
    """Micro units as a plain number: `30`, `29.5`."""
    return f"{e6 / MICRO:g}"


def _worded(word: str) -> str:
    return word.replace("_", " ")


def _number(n: int, unit: str) -> str:
    return unit if n == 1 else f"{n} {unit}s"

"""Surveillance after alemtuzumab: what a finding demands and by when, and what is advised on treatment.

Pure, over columns of findings: a finding is what is known of one patient on one day, and one is judged by the same
lines as fifty thousand. Counts are exact integers in micro units of 10*9/L; one that is known only as a limit is taken
by its graver end. Every answer names its rule, whose lines and words are in the protocol's file
(`published/alemtuzumab-belgian-2018.toml`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from typing import Any

import numpy as np

from adjudication.surveillance.counts import NONE, Column, fits
from adjudication.surveillance.protocol import (
    Advice,
    Bleeding,
    Condition,
    Example,
    Protocol,
    Rule,
    TreatmentAdvice,
)
from adjudication.surveillance.protocol_file import Fault, Lines, Unfit, parse

BELGIAN_2018 = "alemtuzumab-belgian-2018"
NO_HOURS = np.iinfo(np.int32).max
"""In a column of hours: only the monthly schedule says when."""


@dataclass(frozen=True)
class Demand:
    """What one finding demands: the rule that decides, and the hours within which it must be done.

    `within_hours` is None where the monthly schedule says when. It can be earlier than the rule's own
    deadline: the earliest of all rules that hold (READ-SURV-05).
    """

    rule: Rule
    within_hours: int | None


@dataclass(frozen=True)
class Findings:
    """What the ladder is asked with, in columns of one length.

    `current_e6` is the last clean count, `measured_from_e6` the one that it is measured from, `confirms_e6` the one
    that it can confirm; NONE without one. They are the least that each may be, `current_highest_e6` and
    `confirms_highest_e6` the most. `bleeding` is the number of a Bleeding. `unjudged`: a specimen that cannot be judged
    came after the last count, which may mean no more than `unjudged_e6`: never a comfort. `uncounted`: a bleeding was
    referred before any count was taken. `answered`: what the last count showed was answered (`follow_up.answer`).
    `in_window`: counts are still scheduled. `discordant`: the tubes of the last count's day disagree.
    """

    measured_from_e6: Column
    current_e6: Column
    current_highest_e6: Column
    confirms_e6: Column
    confirms_highest_e6: Column
    bleeding: Column
    unjudged: Column
    unjudged_e6: Column
    uncounted: Column
    answered: Column
    in_window: Column
    discordant: Column


@dataclass(frozen=True)
class Demands:
    """What findings demand: `held` tells for each rule which findings it holds for, `rule` the place of the rule that
    decides, `within_hours` the hours (NO_HOURS where the schedule says when)."""

    held: Column
    rule: Column
    within_hours: Column


def finding(
    measured_from_e6: int | None,
    current_e6: int | None,
    bleeding: Bleeding,
    unjudged: bool = False,
    confirms_e6: int | None = None,
    *,
    unjudged_e6: int | None = None,
    uncounted: bool = False,
    answered: bool = False,
    in_window: bool = True,
    discordant: bool = False,
    current_highest_e6: int | None = None,
    confirms_highest_e6: int | None = None,
) -> tuple[int, ...]:
    """One finding as a row of Findings; None where there is no count, or where it is known as a number."""
    most = current_e6 if current_highest_e6 is None else current_highest_e6
    confirms_most = confirms_e6 if confirms_highest_e6 is None else confirms_highest_e6
    counts = (measured_from_e6, current_e6, most, confirms_e6, confirms_most, unjudged_e6)
    *known, means = (NONE if one is None else one for one in counts)
    return *known, int(bleeding), unjudged, means, uncounted, answered, in_window, discordant


def findings(rows: Sequence[tuple[int, ...]]) -> Findings:
    """Rows of `finding` as columns; at least one."""
    return Findings(*(np.array(column) for column in zip(*rows, strict=True)))


def holds(when: Condition, found: Findings) -> Column:
    """Which findings a condition holds for."""
    fit = fits(when, found.measured_from_e6, found.current_e6, found.current_highest_e6)
    if when.of_count:
        fit &= found.answered == when.answered
    if when.confirmed:
        confirms = found.confirms_e6, found.confirms_highest_e6
        fit &= (found.confirms_e6 != NONE) & fits(when, found.measured_from_e6, *confirms)
    if when.once_above_e6 is not None and when.up_to_e6 is not None:
        # Not where the same was asked of the count before.
        fit &= ~((when.once_above_e6 < found.confirms_e6) & (found.confirms_highest_e6 <= when.up_to_e6))
    if when.bleeding:
        fit &= np.isin(found.bleeding, [int(one) for one in when.bleeding])
    if when.of_unjudged:
        fit &= found.unjudged
    if when.unjudged_up_to_e6 is not None:
        fit &= (found.unjudged_e6 != NONE) & (found.unjudged_e6 <= when.unjudged_up_to_e6)
    if when.uncounted:
        fit &= found.uncounted
    if when.in_window:
        fit &= found.in_window
    if when.discordant:
        fit &= found.discordant
    return fit


def demanded(protocol: Protocol, found: Findings) -> Demands:
    """The one action that each finding demands (Figure 3): the first rule that holds decides.

    Lowering the count, or adding bleeding, never makes the demand less urgent.
    """
    held = np.array([holds(rule.when, found) for rule in protocol.rules])
    hours = np.full(found.current_e6.shape, NO_HOURS, dtype=np.int32)
    for rule, here in zip(protocol.rules, held, strict=True):
        if rule.within_hours is not None:
            hours[here] = np.minimum(hours[here], rule.within_hours)
    return Demands(held, held.argmax(axis=0), hours)


def advised(protocol: Protocol, found: Findings) -> Column:
    """The places of the advice on treatment (Figure 4), to be discussed with the hematologist; -1 for no advice.

    Nothing is advised without count and bleeding. Advice goes by the count and the bleeding alone.
    """
    nothing = np.full(found.current_e6.shape, NONE)
    no = np.zeros(found.current_e6.shape, dtype=bool)
    asked = replace(
        found,
        measured_from_e6=nothing,
        confirms_e6=nothing,
        confirms_highest_e6=nothing,
        unjudged=no,
        unjudged_e6=nothing,
        uncounted=no,
        answered=no,
        in_window=~no,
        discordant=no,
    )
    place = np.array([holds(advice_rule.when, asked) for advice_rule in protocol.advice_rules]).argmax(axis=0)
    nothing_known = (found.current_e6 == NONE) & (found.bleeding == int(Bleeding.NONE))
    return np.where(nothing_known, -1, place)


def action(
    protocol: Protocol,
    measured_from_e6: int | None,
    current_e6: int | None,
    bleeding: Bleeding,
    unjudged: bool = False,
    confirms_e6: int | None = None,
    **beside: Any,
) -> Demand:
    """`demanded` of one finding; the parameters are those of `finding`, None where there is no count."""
    row = finding(measured_from_e6, current_e6, bleeding, unjudged, confirms_e6, **beside)
    return _demands_of(protocol, [row])[0]


def _demands_of(protocol: Protocol, rows: Sequence[tuple[int, ...]]) -> list[Demand]:
    found = demanded(protocol, findings(rows))
    return [
        Demand(protocol.rules[place], None if hours == NO_HOURS else hours)
        for place, hours in zip(found.rule.tolist(), found.within_hours.tolist(), strict=True)
    ]


def advice(protocol: Protocol, current_e6: int | None, bleeding: Bleeding) -> TreatmentAdvice | None:
    """`advised` of one count and bleeding; None without both."""
    place = advised(protocol, findings([finding(None, current_e6, bleeding)]))[0]
    return None if place < 0 else protocol.advice_rules[place]


def hemoglobin_is_shown(protocol: Protocol, previous_e6: int | None, current_e6: int) -> bool:
    """Whether a hemoglobin is worth a line of information; it never demands anything (READ-SURV-17).

    Both in micro units of g/L; `previous_e6` is the value before, None where there is none.
    """
    fell = previous_e6 is not None and previous_e6 - current_e6 >= protocol.information.fall_e6
    return fell or current_e6 < protocol.information.below_e6


@cache
def load(name: str = BELGIAN_2018) -> Protocol:
    """A published protocol by its id; its worked examples have been run.

    Raises Unfit for a file that is refused, and FileNotFoundError for an id that is not published.
    """
    return read(name, source(name))


@cache
def published_ids() -> tuple[str, ...]:
    """The ids of the published protocols, sorted."""
    names = (path.name for path in files("adjudication.published").iterdir() if path.name.endswith(".toml"))
    ids = (name.removesuffix(".toml") for name in names)
    return tuple(sorted(one for one in ids if 'kind = "surveillance"' in source(one)))


def source(name: str) -> str:
    """The text of a published protocol's file. Raises FileNotFoundError for an id that is not published."""
    return (files("adjudication.published") / f"{name}.toml").read_text("utf-8")


@lru_cache(maxsize=64)
def read(name: str, text: str) -> Protocol:
    """The protocol in the TOML `text`, after everything that it must hold to was tried; `name` is its name in errors.

    Raises Unfit with all faults: those of `protocol_file.parse`, an example that does not come out, a rule that no
    example tries, and a ladder on which a lower count or more bleeding could be less urgent.
    """
    protocol = parse(name, text)
    lines = Lines(text)
    found = [*_untrue(protocol, lines), *_untried(protocol, lines), *_calmer(protocol)]
    if found:
        raise Unfit(name, found)
    return protocol


def _worked(one: Example) -> tuple[int, ...]:
    return finding(
        one.previous_e6,
        one.current_e6,
        one.bleeding,
        one.unjudged,
        one.confirms_e6,
        unjudged_e6=one.unjudged_e6,
        uncounted=one.uncounted,
        answered=one.answered,
        in_window=one.in_window,
        discordant=one.discordant,
    )


def _demands_of_examples(protocol: Protocol) -> list[Demand]:
    rows = [_worked(one) for one in protocol.examples]
    return _demands_of(protocol, rows) if rows else []


def _untrue(protocol: Protocol, lines: Lines) -> Iterator[Fault]:
    """Examples that do not come out as the file says."""
    demands = _demands_of_examples(protocol)
    for number, (example, demand) in enumerate(zip(protocol.examples, demands, strict=True), 1):
        advice_rule = advice(protocol, example.current_e6, example.bleeding)
        found: tuple[object, ...] = (
            demand.rule.action,
            demand.within_hours,
            advice_rule and advice_rule.advice,
        )
        wanted = (example.action, example.within_hours, example.advice)
        wrong = [
            f"{want!s} wanted, {got!s} found"
            for want, got in zip(wanted, found, strict=True)
            if want is not None and want != got
        ]
        if wrong:
            place = f"example {example.title!r}"
            yield Fault(lines.of("example", number), place, "; ".join(wrong))


def _untried(protocol: Protocol, lines: Lines) -> Iterator[Fault]:
    """Rules that decide no example: nobody has written down what they are for."""
    tried = {demand.rule.id for demand in _demands_of_examples(protocol)}
    for number, rule in enumerate(protocol.rules, 1):
        if rule.id not in tried:
            yield Fault(
                lines.of("rule", number), f"rule {rule.id}", "no example tries it: add one that it decides"
            )


def _calmer(protocol: Protocol) -> Iterator[Fault]:
    """Where a lower count, or more bleeding, would be less urgent: each edge of the ladder from both sides."""
    edges = {rule.when.up_to_e6 for rule in protocol.rules if rule.when.up_to_e6 is not None}
    counts = sorted({0, 1_000_000_000, *edges, *(edge + 1 for edge in edges)})
    # A count that confirms is lowest at 0: where the ladder asks for none, without one says all.
    confirms = (None, 0) if any(rule.when.confirmed for rule in protocol.rules) else (None,)
    asked = list(product((None, *counts), (False, True), confirms, (False, True)))
    rows = [
        finding(previous, current, bleeding, unjudged, confirm, answered=answered)
        for previous, unjudged, confirm, answered in asked
        for current, bleeding in product(counts, Bleeding)
    ]
    found = demanded(protocol, findings(rows))
    # Two numbers that tell how urgent: the place of the rule and the hours; axes: what was asked, count, bleeding.
    shape = (2, len(asked), len(counts), len(Bleeding))
    urgent: Column = np.array([found.rule, found.within_hours]).reshape(shape)
    lower: Column = np.any(urgent[:, :, :-1] > urgent[:, :, 1:], axis=0)
    bled: Column = np.any(urgent[:, :, :, 1:] > urgent[:, :, :, :-1], axis=0)
    wrong = np.flatnonzero(lower.any(axis=(1, 2)) | bled.any(axis=(1, 2)))
    for case in wrong[:1]:
        grave = urgent[0, case, :-1][lower[case]].tolist() + urgent[0, case, :, 1:][bled[case]].tolist()
        rule = protocol.rules[grave[0]].id
        yield Fault(None, f"rule {rule}", "a lower count or more bleeding would be less urgent here")


__all__ = [
    "BELGIAN_2018",
    "NO_HOURS",
    "Advice",
    "Bleeding",
    "Demand",
    "Demands",
    "Findings",
    "action",
    "advice",
    "advised",
    "demanded",
    "finding",
    "findings",
    "hemoglobin_is_shown",
    "holds",
    "load",
    "published_ids",
    "read",
    "source",
]

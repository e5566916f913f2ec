"""The sentences of a call: what decided, what ended the follow-up, what is missing, what would have changed it.

Every day and value in a sentence comes from the call, its evidence or the criteria; the clinical words of a level come
from the criteria file.
"""

from collections.abc import Callable, Sequence
from datetime import date

from adjudication.response.call_facts import CallFacts, Evidence, JudgedAgain, Told, WriteDay
from adjudication.response.changes import change_words
from adjudication.response.criteria import Criteria
from adjudication.response.reasons import baseline, decided, not_better
from adjudication.response.steps import unit_words, value_words
from adjudication.response.terms import CensoredBy, Level
from adjudication.response.what_would_change import Change


def sentences(
    facts: CallFacts, evidence: Evidence, criteria: Criteria, again: JudgedAgain | None, day: WriteDay
) -> tuple[str, ...]:
    """The sentences of a call in order; days are written by `day`."""
    told = Told(facts, evidence, criteria, again, day)
    parts = (baseline, decided, not_better, _ended, _missing, _flagged, _would_change)
    return tuple(sentence for part in parts for sentence in part(told))


def deciding(facts: CallFacts, evidence: Evidence, criteria: Criteria, day: WriteDay) -> tuple[str, ...]:
    """Of the sentences of a call those that say what decided it, why it is not better, and how it ended."""
    told = Told(facts, evidence, criteria, None, day)
    return (*decided(told), *not_better(told), *_ended(told))


# What ended the follow-up


def _ended(told: Told) -> list[str]:
    facts, written = told.facts, []
    if facts.relapsed_on is not None:
        written.append(_relapse(told, facts.relapsed_on))
    elif facts.duration_status in ("censored", "death"):
        written.append(_in_response(told))
    if facts.lost_on is not None:
        by = " and ".join(filter(None, (told.assessment("lost"), told.assessment("lost_confirming"))))
        written.append(f"The response that was there at the start was lost on {told.day(facts.lost_on)}"
                       f"{f': {by}' if by else ''}.")  # fmt: skip
    if facts.lost_cr_on is not None and facts.lost_cr_on != facts.relapsed_on:
        then = ", before the response" if facts.relapsed_on else "; the response was not"
        written.append(f"Complete response was lost on {told.day(facts.lost_cr_on)}{then}.")
    return written


def _relapse(told: Told, relapsed_on: date) -> str:
    course = told.first("next_course")
    next_one = f"{value_words(course)}, started on {told.day(course.observed_on)}" if course else ""
    by = " and ".join(filter(None, (told.assessment("lost"), told.assessment("lost_confirming"), next_one)))
    after = f"{told.facts.duration_of_response_days} days after onset ({told.criteria.clause('loss')})"
    return f"Relapse on {told.day(relapsed_on)}, {after}{f': {by}' if by else ''}."


def _in_response(told: Told) -> str:
    """How long the response was held; a duration that no death ended ends with the last count that held it."""
    facts = told.facts
    days = f"In response for {facts.duration_of_response_days} days"
    if facts.duration_status == "death":
        death = next((one for one in told.step("death") if one.source == "patient"), None)
        return f"{days}, until death{f' on {told.day(death.observed_on)}' if death else ''}."
    counts = [one for one in told.step("censoring", "confirming") if one.source == "observation"]
    last = max(counts, key=lambda one: one.observed_on, default=None)
    until = f"{days}, until the last count that held it{f', {told.count_on(last)}' if last else ''}."
    by = facts.censored_by or CensoredBy.LAST_COUNT.word
    if by not in _ENDED_BY:
        return until
    steps = ("censoring",) if by == "rescue" else (by,)
    fact = next((one for one in told.step(*steps) if one.source != "observation"), None)
    return f"{until} The follow-up ended with {_ENDED_BY[by]}{f': {told.count_on(fact)}' if fact else ''}."


_ENDED_BY = {
    "next_course": "the next course",
    "other_lineage_course": "a course for the other lineage",
    "rescue": "a rescue for an unclear reason",
}


# What is missing


def _missing(told: Told) -> list[str]:
    facts, flags, written = told.facts, told.facts.flags.split(";"), []
    if "baseline_missing" in flags:
        days = told.criteria.sections["baseline"]["days_before_start"]
        on = told.day(facts.started_on)
        written.append(f"No baseline: no count of the {days} days up to the start on {on} can serve as one.")
    elif facts.reason == "baseline_missing":
        found = told.first("baseline")
        limit = f": it is known only as {found.value}" if found is not None else ""
        written.append(f"The baseline does not tell whether a count is high enough{limit}.")
    if "cr_unassessable" in flags or facts.reason == "hemolysis_unknown":
        days = told.criteria.sections["hemolysis"]["within_days"]
        written.append(
            f"Too few hemolysis markers within {days} days of a count to tell whether there was hemolysis."
        )
    if "bleeding_not_recorded" in flags:
        written.append("Bleeding is not recorded; it is taken to be absent.")
    if "steroid_dose_unknown" in flags:
        written += _unreadable_doses(told)
    written += [f"{_upper(told.count_on(one))} came without limits." for one in facts.without_limits]
    return written


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _unreadable_doses(told: Told) -> list[str]:
    days = told.criteria.sections["corticosteroid_dependence"]["days"]
    doses = told.facts.unreadable_doses
    which = "".join(f", {agent} from {told.day(on)}" for agent, on in doses)
    return [f"A corticosteroid dose from {told.days_from_start(days)} on cannot be read{which}."]


# Flags


def _flagged(told: Told) -> list[str]:
    said = [_FLAGS[flag] for flag in told.facts.flags.split(";") if flag]
    written = [one if isinstance(one, str) else one(told) for one in said if one]
    if "DEF-ITP-05" in told.facts.defaults_applied.split(";"):
        written.append(
            "A bleed in the course's window made the counts of its days, and its own first day, fail."
        )
    return written


def _shared_start(told: Told) -> str:
    others = ", ".join(told.facts.shared_with)
    which = f": {others}" if others else ""
    on = told.day(told.facts.started_on)
    return f"Another course of the episode started on {on}{which}. Log one course with two agents."


def _attribution_default(told: Told) -> str:
    names = " and ".join(told.facts.unlimited_agents) or "An agent"
    days = told.criteria.sections["attribution"]["days_by_default"]
    return f"{_upper(names)}: no published limit for the time to a response, so {days} days are taken for it."


def _long_gap(told: Told) -> str:
    gap = told.again.gap if told.again is not None else None
    if gap is None:
        return "Two consecutive assessments lie far apart."
    failing = [one.observed_on for one in told.step("failing", "failing_confirming")]
    which = "The two failing" if set(gap) <= set(failing) else "Two consecutive"
    days = (gap[1] - gap[0]).days
    return f"{which} assessments lie {days} days apart: {told.day(gap[0])} and {told.day(gap[1])}."


def _thrombocytosis(told: Told) -> str:
    limit = told.criteria.sections["thrombocytosis"]["above"]
    return f"A count lies above {limit} {unit_words(told.criteria.unit)}."


def _prolonged(told: Told) -> str:
    section = told.criteria.sections["corticosteroid_dependence"]
    limit, days = section["prednisolone_mg_per_day_above"], section["prolonged_days"]
    return f"More than {limit} mg prednisolone a day was held unchanged for at least {days} days in response."


_FLAGS: dict[str, Callable[[Told], str] | str] = {
    "attribution_default": _attribution_default,
    "baseline_missing": "",
    "bleeding_not_recorded": "",
    "continued_under_maintenance": "The follow-up goes on through the course that was begun to maintain this response.",
    "corticosteroid_dependent": "",
    "cr_unassessable": "",
    "edta_discordant": (
        "Two tubes of one day differed at least twofold; the count of the tube less prone to clumping is used."
    ),
    "late_response": "",
    "long_gap": _long_gap,
    "prolonged_corticosteroid": _prolonged,
    "rescue_confounded": (
        "Counts after a rescue, platelets or a bridge were set aside: so soon after, they cannot show a response."
    ),
    "shared_start": _shared_start,
    "spontaneous": "The response came under observation, without treatment.",
    "steroid_dose_unknown": "",
    "thrombocytosis": _thrombocytosis,
    "transfusion_confounded": (
        "Values after red cells were set aside: so soon after, they cannot show a response."
    ),
    "unconfirmed": "",
    "unconfirmed_loss": "A failing assessment at the end was not confirmed, so it is no loss.",
}
"""What each flag says; nothing where another sentence says it already."""


# What would have changed it


def _would_change(told: Told) -> list[str]:
    if told.facts.is_stale:
        return [
            "The record has changed since this assessment; assess again to see what would have changed it."
        ]
    if told.again is None or (told.facts.reason == "no_counts" and told.first("baseline") is None):
        return []
    chosen = _chosen(told.again.changes, int(Level[told.facts.best_response]))
    if not chosen:
        return ["Changing any one count would not have changed the result."]
    return [f"What would have changed it: {'; '.join(change_words(one, told.day) for one in chosen)}."]


def _chosen(changes: Sequence[Change], level: int) -> list[Change]:
    """The smallest change to a better level, and the smallest to a worse one."""
    better = next((one for one in changes if one.level > level), None)
    worse = next((one for one in changes if one.level < level), None)
    return [one for one in (better, worse) if one is not None]

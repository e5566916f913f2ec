"""What decided a call, and why it is not the next better level, in sentences."""

from collections.abc import Callable, Sequence

from adjudication.response.call_facts import Told
from adjudication.response.steps import Finding, is_limit, is_met, value_words
from adjudication.response.terms import NO_DAY, Reason


def baseline(told: Told) -> list[str]:
    found = told.first("baseline")
    return [] if found is None else [f"Baseline: {told.count_on(found)}."]


def decided(told: Told) -> list[str]:
    facts = told.facts
    level = told.criteria.level(facts.best_response)
    if level is not None:
        best = facts.best_response == told.criteria.levels[0].name
        onset, confirming = ("cr_onset", "cr_confirming") if best else ("onset", "confirming")
        days = " and ".join(filter(None, (told.assessment(onset), told.assessment(confirming))))
        return [f"{level.name}: {days or 'as assessed'}. {level.name} needs {level.words} ({level.clause})."]
    written = _REASONS.get(facts.reason or "")
    if written is not None:
        said = written if isinstance(written, str) else written(told)
        return [f"{facts.best_response}: {said}."]
    return [f"{facts.best_response}: {Reason[facts.reason.upper()].definition}."] if facts.reason else []


def _failing(told: Told) -> str:
    both = " and ".join(filter(None, (told.assessment("failing"), told.assessment("failing_confirming"))))
    when = told.days_from_start(told.facts.failing_from_days)
    return (
        f"two consecutive failing assessments{f', {both}' if both else ''}, the second on {when} or later, "
        f"when {told.facts.agents} can have worked"
    )


def _late(told: Told) -> str:
    onset = told.assessment("late_onset")
    limit = told.facts.attribution_days
    by = (
        ""
        if limit == NO_DAY
        else f" A response to {told.facts.agents} must begin by {told.days_from_start(limit)}"
    )
    clause = f" ({told.criteria.clause('attribution')})" if by else ""
    return f"the response began too late to be attributed{f', with {onset}' if onset else ''}.{by}{clause}".rstrip(
        "."
    )


def _onset_not_observed(told: Told) -> str:
    onset = told.assessment("late_onset")
    limit = told.facts.attribution_days
    by = "" if limit == NO_DAY else f", after {told.days_from_start(limit)}"
    since = told.days_from_start(told.facts.failing_from_days)
    seen = f" with {onset}" if onset else ""
    return f"the response was first seen{seen}{by}, and no failing count from {since} on shows that it began so late"


def _next_course(told: Told) -> str:
    course = told.first("next_course")
    which = (
        f"the next course began on {told.day(course.observed_on)} ({value_words(course)})"
        if course
        else ("the next course began for inefficacy or relapse")
    )
    failing = told.assessment("failing")
    return f"{which}, and the last assessment failed{f': {failing}' if failing else ''}"


def _stopped(told: Told) -> str:
    stopped = told.first("stopped")
    on = f" on {told.day(stopped.observed_on)}" if stopped else ""
    late, failing = told.assessment("late_onset"), told.assessment("failing")
    after = told.facts.failing_from_days
    stopped_on = f"the course was stopped for inefficacy{on}"
    if late:
        return f"{stopped_on}, and the response began more than {after} days later, with {late}"
    return f"{stopped_on}{f', and the last assessment failed: {failing}' if failing else ''}"


def _died(told: Told) -> str:
    death = next((one for one in told.step("death") if one.source == "patient"), None)
    bleed = next((one for one in told.step("death") if one.source == "bleed"), None)
    on = f" on {told.day(death.observed_on)}" if death else ""
    of = f" ({told.count_on(bleed)})" if bleed else ""
    failing = told.assessment("failing")
    return f"the patient died{on} of a bleed{of}{f', and the last assessment failed: {failing}' if failing else ''}"


def _steroid(told: Told) -> str:
    dose = told.first("dose")
    section = told.criteria.sections["corticosteroid_dependence"]
    limit, days = section["prednisolone_mg_per_day_above"], section["days"]
    held = (
        f"{value_words(dose)} from {told.day(dose.observed_on)}, above the limit of {limit} mg"
        if dose is not None and dose.value is not None
        else f"corticosteroids were still needed {days} days after the start"
    )
    clause = told.criteria.clause("corticosteroid_dependence")
    return f"the response was held only by corticosteroids: {held} ({clause})"


def _washed_out(told: Told) -> str:
    by = [one for one in told.step("refutes_better") if one.source != "observation"]
    what = f" ({'; '.join(dict.fromkeys(told.count_on(one) for one in by))})" if by else ""
    kind = (
        "a transfusion"
        if told.facts.reason == "transfusion_confounded"
        else "a rescue, platelets or a bridge"
    )
    late = told.assessment("late_onset")
    if late:
        return (
            f"the response was first seen with {late}, and every count before it came too soon after {kind}"
        )
    return f"every count that could show a response came too soon after {kind}{what}"


def _cause(told: Told) -> str:
    cause = told.first("other_cause")
    which = f" ({told.count_on(cause)})" if cause else ""
    return f"another recorded cause explains every assessment{which}"


def _started(told: Told) -> str:
    facts = told.facts
    held = f"; held until {told.day(facts.held_until)}" if facts.held_until else ""
    lost = (
        f"; lost on {told.day(facts.lost_on)}"
        if facts.lost_on
        else ("; not lost" if facts.held_until else "")
    )
    return f"the course started in response, so it is followed and not judged for response{held}{lost}"


def _too_early(told: Told) -> str:
    when = told.days_from_start(told.facts.failing_from_days)
    return f"every assessment lies before {when}, the first on which {told.facts.agents} can have failed"


_REASONS: dict[str, Callable[[Told], str] | str] = {
    "failing_confirmed": _failing,
    "late_response": _late,
    "onset_not_observed": _onset_not_observed,
    "next_course_for_inefficacy": _next_course,
    "stopped_for_inefficacy": _stopped,
    "died_failing": _died,
    "corticosteroid_dependent": _steroid,
    "rescue_confounded": _washed_out,
    "transfusion_confounded": _washed_out,
    "other_cause": _cause,
    "started_in_response": _started,
    "too_early": _too_early,
    "no_counts": "no count of the course's window can be judged",
    "observation_after_treatment": "watch and wait after a treatment is a note and never judged",
}
_NOT_JUDGED_BY_COUNTS = ("started_in_response", "corticosteroid_dependent", "observation_after_treatment")
_RUN_MAY_HAVE_BEEN_CONFIRMED = (
    "late_response",
    "onset_not_observed",
    "stopped_for_inefficacy",
    "corticosteroid_dependent",
    "rescue_confounded",
    "transfusion_confounded",
)


def not_better(told: Told) -> list[str]:
    """Why the call is not the next better level: the counts that come nearest to it, and what they lack."""
    facts, levels = told.facts, told.criteria.levels
    if facts.best_response == levels[0].name or facts.reason in _NOT_JUDGED_BY_COUNTS:
        return []
    name = (levels[-1] if facts.best_response in ("NR", "NE") else levels[0]).name
    written: list[str] = []
    against = told.step("refutes_better", "hemolysis")
    for place, finding in enumerate(against):
        if finding.source != "observation" or finding.step == "hemolysis":
            continue
        beside: list[Finding] = []
        for one in against[place + 1 :]:
            if one.step == "refutes_better" and one.source == "observation":
                break
            beside.append(one)
        lacking = _lacking(told, name, finding, beside)
        if lacking:
            written.append(f"Not {name}: {told.count_on(finding)} {lacking}.")
    level = told.criteria.level(name)
    return [*written, f"{name} needs {level.words} ({level.clause})."] if level is not None else written


def _lacking(told: Told, name: str, finding: Finding, beside: Sequence[Finding]) -> str:
    """What a count lacks of the level `name`, in brackets; empty where that is told elsewhere."""
    baseline = told.first("baseline")
    met, needs = is_met(finding, baseline), told.needs(finding)
    if met is False:
        lowest = told.facts.best_response in ("NR", "NE")
        if lowest and baseline is None:
            return f"(without a baseline, {name} needs {needs} to be known)"
        if lowest and finding.threshold == str(dict(told.criteria.levels[0].all).get(finding.predicate)):
            return f"({name} needs {needs} with this baseline)"
        return f"({name} needs {needs})"
    if met is None and needs:
        of = finding if is_limit(finding.value) else baseline
        return f"(known only as a limit: {of.value if of else ''} does not tell whether {needs} was reached)"
    happened = [one for one in beside if one.source != "observation"]
    if happened:
        return f"({name} needs {told.needs(happened[0])}: {told.count_on(happened[0])})"
    if told.criteria.rule.best.no_hemolysis and (name == told.criteria.levels[0].name or baseline is None):
        abnormal = next((one for one in beside if one.step == "hemolysis" and not one.held), None)
        if abnormal is not None:
            return f"({name} needs no sign of hemolysis: {told.count_on(abnormal)} is not normal for its laboratory)"
        return f"({name} needs markers that show no hemolysis; there are too few near that day)"
    if told.facts.reason in _RUN_MAY_HAVE_BEEN_CONFIRMED or told.facts.best_response not in ("NR", "NE"):
        return ""
    days = told.criteria.sections["confirmation"]["response_days"]
    return f"(no second count at least {days} days apart confirms it)"

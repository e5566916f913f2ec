"""What a row of the worklist says, in the words of the protocol: what is demanded, why, and what is advised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from adjudication.surveillance.protocol import Cited, Protocol, Rule, TreatmentAdvice
from adjudication.surveillance.schedule import add_months
from registry.record.units import citrate_factor
from registry.wording import number_of, page_weekday

Row = Mapping[str, Any]


def rule_of(protocol: Protocol, row: Row) -> Cited:
    """The rule that decides: a rule of the ladder, the schedule, or what follows its end."""
    return protocol.rule(_decides(row))


def _decides(row: Row) -> str:
    return str(row["demand"] or row["rule"])


def demanded(protocol: Protocol, row: Row) -> str:
    """What the finding of a row demands, as a sentence; without a finding what the schedule says.

    Where another rule asks for less, but sooner, that stands first (READ-SURV-05).
    """
    said = {rule.id: rule.what for rule in protocol.rules}.get(_decides(row))
    if said is None:
        said = (protocol.schedule.cited if row["action"] else protocol.afterwards).says
    sooner = hastened_by(protocol, row)
    first = f"{sooner.what} Besides: " if sooner is not None else ""
    return f"{first}{said.rstrip('.')}."


def demands(protocol: Protocol, row: Row) -> bool:
    """Whether the last finding demands something of its own, beyond the schedule."""
    return any(rule.id == row["demand"] for rule in protocol.rules)


def treatment_advice_of(protocol: Protocol, row: Row) -> TreatmentAdvice | None:
    """What the protocol advises on treatment where a finding demands something; None where nothing does."""
    place = row["advice_place"]
    return protocol.advice_rules[place] if place is not None and demands(protocol, row) else None


def advised(protocol: Protocol, row: Row) -> str | None:
    """The advice on treatment as a sentence, with its lines, and with the reading where the source is silent."""
    advice_rule = treatment_advice_of(protocol, row)
    if advice_rule is None:
        return None
    return f"{advice_rule.what.rstrip('.')} ({protocol.source(advice_rule)})"


def hastened_by(protocol: Protocol, row: Row) -> Rule | None:
    """The other rule whose earlier deadline holds (READ-SURV-05); None where the rule's own deadline does."""
    decides = next((rule for rule in protocol.rules if rule.id == _decides(row)), None)
    hours = row["within_hours"]
    if decides is None or hours is None or hours == decides.within_hours:
        return None
    later = protocol.rules[protocol.rules.index(decides) + 1 :]
    return next((rule for rule in later if rule.within_hours == hours), None)


def counted(row: Row) -> str:
    """The last count; one in citrate with what was reported: `30.8 (28 in citrate × 1.1)`."""
    if not row["citrate_count"]:
        return str(row["last_count"])
    return f"{row['last_count']} ({row['citrate_count']} in citrate × {citrate_factor()})"


def compared(row: Row) -> str:
    """`before that 200, measured from 400 (33 days earlier)`: the count before the last, and whence a fall is measured.

    The age is told of the count that a steep fall is measured from, and of one before that is more than a month older
    (DEF-SURV-02, READ-SURV-24).
    """
    if not row["previous_count"]:
        return ""
    days = (row["last_count_on"] - row["previous_on"]).days
    fallen_on = row["measured_from_on"]
    is_old = days > _OLD or fallen_on == row["previous_on"]
    told = f"before that {row['previous_count']}" + (f" ({number_of(days, 'day')} earlier)" if is_old else "")
    if fallen_on is None or fallen_on == row["previous_on"]:
        return told
    since = number_of((row["last_count_on"] - fallen_on).days, "day")
    return f"{told}, measured from {row['measured_from']} ({since} earlier)"


_OLD = 31
"""Days from which on the age of the count before the last is told: more than a month."""


def due(row: Row, as_of: date) -> str:
    """By when something is due: `by 2026-04-12`, `today`, `due since 2026-03-12`; `no date` where nothing is."""
    day = row["due_on"]
    if day is None:
        return "no date"
    if day == as_of:
        return "due today"
    return f"due since {day}" if day < as_of else f"by {day}"


def says(protocol: Protocol, row: Row, as_of: date) -> list[str]:
    """The sentences of a row: what is demanded, what stands beside it, and the advice on treatment."""
    advice_rule = advised(protocol, row)
    before = compared(row)
    counts = (
        f"platelets {counted(row)} on {page_weekday(row['last_count_on'])}"
        if row["last_count"]
        else "never counted"
    )
    parts = [demanded(protocol, row), f"{counts}, {before}" if before else counts]
    parts += context(protocol, row, as_of)
    if advice_rule is not None:
        parts.append(f"treatment, to discuss with the hematologist: {advice_rule}")
    return [f"{part[:1].upper()}{part[1:].rstrip('.')}." for part in parts]


def context(protocol: Protocol, row: Row, as_of: date) -> list[str]:
    """What stands beside a finding: bleeding, what cannot be judged, what was answered, infusion, illness."""
    told = (
        limited(row),
        bleeding(protocol, row),
        bleeding_over(row),
        hospitalisation(protocol, row),
        unjudged(row),
        answered(row),
        infused(protocol, row, as_of),
        uncounted(row),
        illness(row),
    )
    return [part for part in told if part is not None]


def bleeding(protocol: Protocol, row: Row) -> str | None:
    """`bleeding since Tue 11 Jun 2024: easy bruising; WHO grade 2`: what is present, or asked about."""
    since = row["bleeding_since"]
    if since is None:
        return None
    words = dict.fromkeys(str(row["bled_as"]).split(";"))
    named = "; ".join(protocol.bleeding.signs.get(word, word.replace("_", "-")) for word in words)
    return f"bleeding since {page_weekday(since)}: {named}"


def limited(row: Row) -> str | None:
    """That the last count is known only as a limit, and on which side it may lie (DEF-SURV-08)."""
    side = {"<": "lower", ">": "higher"}.get(str(row["last_count"] or "")[:1])
    return f"known only as a limit: the count may be {side} than printed" if side else None


def hospitalisation(protocol: Protocol, row: Row) -> str | None:
    """What the source says of admission, with what is known of this patient; never scored (DEF-SURV-09)."""
    risk = [f"age {row['age']}"] if row["age"] is not None else []
    risk += str(row["comedication"] or "").split("; ") if row["comedication"] else []
    parts = []
    if row["bled_at"]:
        here = " and ".join(row["bled_at"].split(";"))
        parts.append(
            f"patients with signs of mucosal or deep bleeding are frequently admitted (here: {here})"
        )
    if risk:
        parts.append(f"factors influencing the bleeding risk: {', '.join(risk)}")
    if not parts or treatment_advice_of(protocol, row) is None:
        return None
    cited = protocol.source(protocol.hospitalisation.cited)
    return f"the hematologist decides on hospitalisation: {'; '.join(parts)} ({cited})"


def bleeding_over(row: Row) -> str | None:
    """The question whether a bleeding without an end is over."""
    if row["asked_on"] is None:
        return None
    return (
        f"is the bleeding of {page_weekday(row['asked_on'])} over? Record its end, or what was done about it"
    )


def unjudged(row: Row) -> str | None:
    """The newest specimen since the last clean count that cannot be judged, as the laboratory wrote it."""
    if row["unjudged"] is None:
        return None
    return f"specimen of {page_weekday(row['unjudged_on'])} cannot be judged: {row['unjudged']}"


def answered(row: Row) -> str | None:
    """`the finding of 72 was answered: contacted on Wed 14 Jan 2026`; a count that came later asks nothing new."""
    if row["answered_by"] is None or not row["last_count"]:
        return None
    act = str(row["answered_by"]).replace("_", " ")
    done = f"{act} on {page_weekday(row['answered_on'])}"
    if row["last_count_on"] > row["answered_on"]:
        return f"what an earlier count showed was answered: {done}; {counted(row)} asks nothing new"
    return f"the finding of {counted(row)} was answered: {done}"


def infused(protocol: Protocol, row: Row, as_of: date) -> str | None:
    """`infused 5 days ago`, until the first count after the infusion falls due; it never lowers what is demanded."""
    last: date = row["last_infusion_on"]
    if as_of >= add_months(last, protocol.schedule.every_months):
        return None
    days = (as_of - last).days
    return "infused today" if days <= 0 else f"infused {number_of(days, 'day')} ago"


def uncounted(row: Row) -> str | None:
    """That no count from before the first infusion is recorded; it demands nothing (READ-SURV-23)."""
    return None if row["counted_before"] else "no count before the first infusion"


def illness(row: Row) -> str | None:
    """The last ITP since the first infusion: open, or over, after which the patient is watched again."""
    onset, ended = row["itp_onset_on"], row["itp_ended_on"]
    if onset is None:
        return None
    if ended is None:
        return f"ITP since {page_weekday(onset)}"
    return f"ITP from {page_weekday(onset)} to {page_weekday(ended)}: watched again"

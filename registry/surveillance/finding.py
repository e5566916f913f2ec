"""What a row of the worklist says, in the words of the programme: what is demanded, why, and what is advised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from adjudication import surveillance
from adjudication.programme import Cited, Counsel, Programme, Rung
from registry.facts.units import citrate_factor

Row = Mapping[str, Any]


def rule_of(programme: Programme, row: Row) -> Cited:
    """The rule that decides: a rung of the ladder, the schedule, or what follows its end."""
    return programme.rule(_decides(row))


def _decides(row: Row) -> str:
    return str(row["demand"] or row["rule"])


def demanded(programme: Programme, row: Row) -> str:
    """What the finding of a row demands, as a sentence; without a finding what the schedule says.

    Where another rule asks for less, but sooner, that stands first (READ-SURV-05).
    """
    said = {rung.id: rung.what for rung in programme.rungs}.get(_decides(row))
    if said is None:
        said = (programme.schedule.cited if row["action"] else programme.afterwards).says
    sooner = hastened_by(programme, row)
    first = f"{sooner.what} Besides: " if sooner is not None else ""
    return f"{first}{said.rstrip('.')}."


def demands(programme: Programme, row: Row) -> bool:
    """Whether the last finding demands something of its own, beyond the schedule."""
    return any(rung.id == row["demand"] for rung in programme.rungs)


def counsel_of(programme: Programme, row: Row) -> Counsel | None:
    """What the programme advises on treatment where a finding demands something; None where nothing does."""
    place = row["advice_place"]
    return programme.counsels[place] if place is not None and demands(programme, row) else None


def advised(programme: Programme, row: Row) -> str | None:
    """The advice on treatment as a sentence, with its lines, and with the reading where the source is silent."""
    counsel = counsel_of(programme, row)
    if counsel is None:
        return None
    return f"{counsel.what.rstrip('.')} ({programme.source(counsel)})"


def hastened_by(programme: Programme, row: Row) -> Rung | None:
    """The other rung whose earlier deadline holds (READ-SURV-05); None where the rule's own deadline does."""
    decides = next((rung for rung in programme.rungs if rung.id == _decides(row)), None)
    hours = row["within_hours"]
    if decides is None or hours is None or hours == decides.within_hours:
        return None
    later = programme.rungs[programme.rungs.index(decides) + 1 :]
    return next((rung for rung in later if rung.within_hours == hours), None)


def counted(row: Row) -> str:
    """The last count; one in citrate with what was reported: `30.8 (28 in citrate × 1.1)`."""
    if not row["citrate_count"]:
        return str(row["last_count"])
    return f"{row['last_count']} ({row['citrate_count']} in citrate × {citrate_factor()})"


def compared(row: Row) -> str:
    """`before that 200, measured from 400`: the count before the last, and whence a fall is measured (READ-SURV-24)."""
    if not row["previous_count"]:
        return ""
    told = f"before that {row['previous_count']}"
    same = row["measured_from"] == row["previous_count"]
    return told if same else f"{told}, measured from {row['measured_from']}"


def context(programme: Programme, row: Row, as_of: date) -> list[str]:
    """What stands beside a finding and never changes what it demands."""
    told = (clumped(row), infused(programme, row, as_of), uncounted(row), illness(row))
    return [part for part in told if part is not None]


def clumped(row: Row) -> str | None:
    """The clumped specimen after the last clean count: where no bleeding overrides it, only that can be a finding."""
    found, counted = row["found_on"], row["last_count_on"]
    if found is None or row["bleeding_on"] is not None or (counted is not None and found <= counted):
        return None
    return f"clumped specimen on {said(found)}"


def infused(programme: Programme, row: Row, as_of: date) -> str | None:
    """`infused 5 days ago`, until the first count after the infusion falls due; it never lowers what is demanded."""
    last: date = row["last_infusion_on"]
    if as_of >= surveillance.add_months(last, programme.schedule.every_months):
        return None
    days = (as_of - last).days
    return "infused today" if days <= 0 else f"infused {days} day{'' if days == 1 else 's'} ago"


def uncounted(row: Row) -> str | None:
    """That no count from before the first infusion is recorded; it demands nothing (READ-SURV-23)."""
    return None if row["counted_before"] else "no count before the first infusion"


def illness(row: Row) -> str | None:
    """The last ITP since the first infusion: open, or over, after which the patient is watched again."""
    onset, ended = row["itp_onset_on"], row["itp_ended_on"]
    if onset is None:
        return None
    if ended is None:
        return f"ITP since {said(onset)}"
    return f"ITP from {said(onset)} to {said(ended)}: watched again"


def said(day: date) -> str:
    """A day with its month as a word: `Thu 02-Apr-2026`."""
    return f"{day:%a %d-%b-%Y}"

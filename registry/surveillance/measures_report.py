"""The measures of a protocol in words, the same on the page, in a download and on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from registry.statistics import Interval, Median, Rate, round_half_up
from registry.surveillance.measures import Contacts, Measures, Share, Year

Rows = list[dict[str, Any]]

FIGURES = {
    "figure": "Measure",
    "share": "Estimate",
    "interval": "95 % interval",
    "value": "Number",
    "beside": "Of others, not pooled",
}
YEARS = {
    "year": "Year since first infusion",
    "counted": "Months with a count",
    "counted_share": "Share",
    "counted_interval": "95 % interval",
    "patients": "Patients at risk",
    "patient_years": "Patient-years",
    "onsets": "First cases of ITP",
    "incidence": "Per 100 patient-years",
    "incidence_interval": "95 % interval of it",
}
AND = " · "
"""Between the figures of others in one cell."""
NO_NUMBERS = "The source shows this as a picture whose values its text does not give: none are shown here."


INTERVALS = (
    "95 % intervals: exact for shares and rates (Clopper-Pearson, Poisson), asymptotic for days (log-log)."
)
CONTACT = (
    "Contact is the patient or the hematologist reached, a referral, or the emergency unit (READ-SURV-21)."
)


def figures(found: Measures) -> Rows:
    """One row for each measure, with the columns of FIGURES, and the figures of others beside it."""
    days = found.contacts
    rows = [
        _row("Months with a count on time", found.months_counted),
        {"figure": "Missed counts", "value": f"{found.missed_counts:,} months"},
        _days("Days from result to contact, median", days, days.median),
        _days("Days from result to contact, 90th percentile", days, days.most),
        _row("First ITP among those exposed", found.itp_rate),
        _row("ITP found by a count", found.found_by_count),
        _row("ITP found by symptoms", found.found_by_symptoms),
    ]
    empty = dict.fromkeys(FIGURES, "")
    return [empty | row | found.columns() for row in rows]


def years(found: Measures) -> Rows:
    """One row for each year since the first infusion, with the columns of YEARS."""
    return [_year(one) | found.columns() for one in found.years]


def not_contacted(contacts: Contacts) -> str:
    """How many were never contacted, and until when they were waited for; empty where all were."""
    words = {
        "still waiting": "{} still waiting",
        "death": "{} until death",
        "taken off the list": "{} until taken off the list",
        "next result": "{} until the next such result",
    }
    left = [words[why].format(number) for why, number in sorted(contacts.not_contacted.items())]
    return f"{sum(contacts.not_contacted.values()):,} not contacted ({', '.join(left)})" if left else ""


def told(found: Measures) -> str:
    """The measures for the terminal."""
    lines = [
        f"{found.protocol.title} ({found.protocol.citation})",
        f"{found.selection}: {found.patients:,} patients. Registry at change {found.revision}."
        + (" Synthetic data: every patient is invented." if found.synthetic else ""),
        "",
    ]
    for row in figures(found):
        estimate = f"{row['share']} ({row['interval']})" if row["interval"] else row["share"]
        said = ", ".join(part for part in (estimate, row["value"]) if part)
        lines.append(f"{row['figure']:46}{said}")
        lines += [f"    beside, not pooled: {one}" for one in row["beside"].split(AND) if one]
    lines += ["", INTERVALS, CONTACT]
    lines += ["", "Year since first infusion: months with a count; first ITP per 100 patient-years"]
    for row in years(found):
        months = f"{row['counted']}, {row['counted_share']} ({row['counted_interval']})"
        cases = f"{row['onsets']} in {row['patient_years']} patient-years, {row['incidence']}"
        interval = f" ({row['incidence_interval']})" if row["incidence_interval"] else ""
        lines.append(
            f"{row['year']:>4}  {months if row['counted_share'] else 'no month owed'}; {cases}{interval}"
        )
    for one in found.references("incidence"):
        beside = ", ".join(f"{value} %" for value in one.by_year) or NO_NUMBERS
        lines.append(f"    beside, not pooled: {one.who}, lines {one.lines}. {beside}")
    lines += [sentence for sentence in [unwatched(found)] if sentence]
    return "\n".join(lines)


def unwatched(found: Measures) -> str:
    """Who had the agent and is watched by nobody, as a sentence; empty where there is none."""
    parts = [
        f"{number:,} after {agent} for {setting.replace('_', ' ')}"
        for (agent, setting), number in found.unwatched.items()
    ]
    if not parts:
        return ""
    return (
        f"Living patients whom no protocol in force watches: {', '.join(parts)}. A site that wants them watched "
        "copies a protocol's file, changes and adopts it."
    )


def percent(value: float) -> str:
    """A fraction as a percentage with one decimal, two where it is below one per cent."""
    digits = 2 if 0 < value < 0.01 else 1
    return f"{round_half_up(100 * value, digits):.{digits}f}"


def interval_words(interval: Interval | None) -> str:
    """`51.9–95.7 %`; empty without an interval."""
    return "" if interval is None else f"{percent(interval.low)}–{percent(interval.high)} %"


def rate_words(rate: Rate) -> tuple[str, str]:
    """A rate and its interval, two decimals; without time at risk both say so."""
    if rate.estimate is None or rate.interval is None:
        return "no time at risk", ""
    low, high = (f"{round_half_up(limit, 2):.2f}" for limit in (rate.interval.low, rate.interval.high))
    return f"{round_half_up(rate.estimate, 2):.2f}", f"{low}–{high}"


def _row(figure: str, share: Share) -> dict[str, str]:
    return {
        "figure": figure,
        "value": f"{share.k:,}/{share.n:,} {share.unit}",
        "share": f"{percent(share.k / share.n)} %" if share.n else "n/a",
        "interval": interval_words(share.interval),
        "beside": AND.join(_beside(share)),
    }


def _beside(share: Share) -> Iterable[str]:
    return (f"{one.percent} % {one.who}" for one in share.references if one.percent is not None)


def _days(figure: str, contacts: Contacts, days: Median) -> dict[str, str]:
    if not contacts.results:
        return {"figure": figure, "value": "no result that demands contact", "share": "n/a"}
    left = not_contacted(contacts)
    return {
        "figure": figure,
        "value": f"{contacts.results:,} results, {left or 'all contacted'}",
        "share": _day(days.estimate) + ("" if days.estimate is None else " days"),
        "interval": _span(days),
    }


def _span(days: Median) -> str:
    """`2 to 9 days`; without an upper limit `2 days or more`."""
    if days.low is None:
        return ""
    return f"{days.low:g} days or more" if days.high is None else f"{days.low:g} to {days.high:g} days"


def _day(value: float | None) -> str:
    return "not reached" if value is None else f"{value:g}"


def _year(one: Year) -> dict[str, Any]:
    rate, interval = rate_words(one.incidence)
    return {
        "year": one.year,
        "counted": f"{one.counted.k:,}/{one.counted.n:,}" if one.counted.n else "none owed",
        "counted_share": f"{percent(one.counted.k / one.counted.n)} %" if one.counted.n else "",
        "counted_interval": interval_words(one.counted.interval),
        "patients": one.patients,
        "patient_years": f"{round_half_up(one.incidence.exposure, 1):,.1f}",
        "onsets": one.incidence.events,
        "incidence": rate,
        "incidence_interval": interval,
    }

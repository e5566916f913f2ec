"""Rows of the cohort's tables as they are read: shares and intervals in one cell each."""

from collections.abc import Iterable, Mapping
from typing import Any

from registry.cohort.curves import LANDMARKS, Arm, median_words
from registry.cohort.groups import Group, percent
from registry.cohort.harms import Harm
from registry.cohort.provenance import Basis
from registry.cohort.remissions import Remission
from registry.cohort.sequences import Sequence
from registry.statistics import Rate, round_half_up

Rows = list[dict[str, Any]]

RESPONSES = {
    "disease": "Disease",
    "group": "Group",
    "of": "Responded",
    "share": "Share",
    "interval": "95 % interval",
    "complete": "Complete",
    "not_evaluable": "Not evaluable",
    "not_judged": "Not assessed yet",
    "decided": "Decided by reviewers",
    "not_yet_assessable": "Not yet assessable, outside the number",
    "kept": "Started in response: maintained",
}
FIXED_TIMES = {
    "outcome": "Outcome (ASH 2019)",
    "group": "Regimen",
    "of": "Met, of those assessable",
    "share": "Share",
    "interval": "95 % interval",
    "not_assessable": "Not assessable",
}
DURATIONS = {
    "disease": "Disease",
    "group": "Group",
    "n": "Number",
    "events": "Ended",
    "censored": "Censored",
    "deaths": "Died",
    "median": "Median (95 % interval)",
    **{f"kept_{month}": f"Lasts beyond {month} months" for month in LANDMARKS},
}
REMISSIONS = {
    "disease": "Disease",
    "group": "Regimen",
    "measure": "Measure",
    "n": "Stopped in response",
    "lost": "Lost",
    "kept": "Kept (95 % interval)",
    "of": "Known to hold so far",
    "not_yet_known": "Not yet known",
}
HARMS = {
    "disease": "Disease",
    "group": "Regimen",
    "courses": "Courses",
    "person_months": "Person-months",
    "events": "Events",
    "rate": "Per 100 person-months",
    "at_least_possible_events": "At least possible",
    "related_rate": "Per 100, at least possible",
    "severe_events": "Severe",
    "grades": "Grades",
    "attributed_outside_its_time": "Attributed, outside its time",
}
KINDS = {
    "category": "Kind",
    "events": "Events",
    "severe": "Severe",
    "related": "At least possible",
    "patients": "Patients",
}
SEQUENCES = {
    "disease": "Disease",
    "line_1": "Line 1",
    "line_2": "Line 2",
    "line_3": "Line 3",
    "line_4": "Line 4",
    "patients": "Patients",
}


def of_groups(groups: Iterable[Group], basis: Basis) -> Rows:
    return [
        _shared(one.as_row(), one.k, one.n)
        | {"kept": f"{one.maintained} of {one.followed}" if one.followed else ""}
        | basis.columns()
        for one in groups
    ]


def of_fixed_times(rows: Iterable[Mapping[str, Any]], basis: Basis) -> Rows:
    return [_shared(dict(row), row["k"], row["n"]) | basis.columns() for row in rows]


def of_remissions(found: Iterable[Remission], basis: Basis) -> Rows:
    return [
        _shared(one.as_row(), one.k, one.known) | {"kept": _kept_off(one)} | basis.columns() for one in found
    ]


def of_arms(arms: Iterable[Arm], basis: Basis, *, competing: bool) -> Rows:
    """With `competing` deaths, what was lost with death competing is beside what is kept."""
    rows = []
    for one in arms:
        row = one.as_row() | {"median": median_words(one.median)}
        for month in LANDMARKS:
            row[f"kept_{month}"] = _kept(row, month)
            if competing:
                lost = row[f"lost_{month}_months_aalen_johansen"]
                row[f"lost_{month}"] = "" if lost is None else f"{lost:.1f} %"
        rows.append(row | basis.columns())
    return rows


def of_harms(harms: Iterable[Harm], basis: Basis) -> Rows:
    return [
        one.as_row()
        | {"rate": _rate(one.rate), "related_rate": _rate(one.related_rate), "grades": _grades(one)}
        | basis.columns()
        for one in harms
    ]


def of_sequences(sequences: Iterable[Sequence], basis: Basis) -> Rows:
    return [one.as_row() | basis.columns() for one in sequences]


def of_kinds(kinds: Iterable[Mapping[str, Any]], basis: Basis) -> Rows:
    return [dict(one) | basis.columns() for one in kinds]


def beyond(rows: Rows, shown: Mapping[str, str]) -> list[str]:
    """The columns of the rows that a table does not show: they are in its download."""
    return [name for name in rows[0] if name not in shown] if rows else []


def _shared(row: dict[str, Any], k: int, n: int) -> dict[str, Any]:
    low, high = row["ci_low_percent"], row["ci_high_percent"]
    return row | {
        "of": f"{k:,}/{n:,}",
        "share": "n/a" if row["percent"] is None else f"{row['percent']:.1f} %",
        "interval": "" if low is None else f"{low:.1f}–{high:.1f} %",
    }


def _kept_off(one: Remission) -> str:
    """`41.7 % (1.1–84.3) at 180 days`, by Kaplan-Meier from the last dose."""
    if one.kept is None:
        return f"not observed for {one.days} days"
    share, low, high = (None if value is None else percent(value) for value in one.kept)
    interval = "" if low is None or high is None else f" ({low:.1f}–{high:.1f})"
    return f"{share:.1f} %{interval} at {one.days} days"


def _kept(row: Mapping[str, Any], month: int) -> str:
    kept, low, high = (row[f"kept_{month}_months{name}"] for name in ("", "_ci_low", "_ci_high"))
    if kept is None:
        return "not observed so long"
    return f"{kept:.1f} %" if low is None else f"{kept:.1f} % ({low:.1f}–{high:.1f})"


def _rate(rate: Rate) -> str:
    if rate.estimate is None or rate.interval is None:
        return "no time at risk"
    return (
        f"{round_half_up(rate.estimate, 2):.2f} "
        f"({round_half_up(rate.interval.low, 2):.2f}–{round_half_up(rate.interval.high, 2):.2f})"
    )


def _grades(one: Harm) -> str:
    """`G1 2, G3 4`; what has no grade is said to have none."""
    told = [f"G{grade} {one.grades[grade]}" for grade in range(1, 6) if one.grades[grade]]
    return ", ".join(told + ([f"no grade {one.grades[None]}"] if one.grades[None] else []))

"""The charts of a cohort, from its figures."""

from collections.abc import Sequence
from typing import Any

from registry.charts import forest
from registry.charts.forest import forest_spec
from registry.charts.frame import Spec, nothing
from registry.charts.km import km_spec
from registry.charts.palette import PALETTES, Theme
from registry.charts.rates import rates_spec
from registry.charts.sequences import sequences_spec
from registry.charts.words import subtitle
from registry.cohort.groups import Group
from registry.cohort.remissions import Remission

__all__ = ["km_spec", "rates_spec", "remissions_spec", "responses_spec", "sequences_spec"]

MEASURES = {"srot30": "at the lower count (srot30)", "srot50": "at the higher count (srot50)"}


def responses_spec(
    groups: Sequence[Group], *, title: str, theme: Theme = "light", synthetic: bool = False, note: str = ""
) -> Spec:
    """Response of each group as k of n with its interval, in the order given; what is not evaluable is apart."""
    rows = [
        {
            "section": one.disease,
            "label": one.label,
            "k": one.k,
            "n": one.n,
            **_limits(one.interval),
            "aside": _aside(one),
        }
        for one in groups
    ]
    aside = "NE = not evaluable or not assessed yet, included in n"
    return forest_spec(rows, title=title, theme=theme, synthetic=synthetic, note=note, aside=aside)


def remissions_spec(
    found: Sequence[Remission], *, title: str, theme: Theme = "light", synthetic: bool = False, note: str = ""
) -> Spec:
    """Remission off treatment, as the Kaplan-Meier curves from the last dose are at the day of the criteria."""
    if not found:
        return nothing(title, "No course in this selection was stopped in response", PALETTES[theme])
    days = found[0].days
    rows = [_remission(one) for one in found]
    said = subtitle(
        f"Kaplan-Meier from the last dose, {days} days after it; 95 % log-log intervals; area of the marker by n",
        note,
        synthetic=synthetic,
    )
    ticks = (0, 0.25, 0.5, 0.75, 1)
    axis = forest.Axis(
        "Share of stopped courses", 0, 1, ticks, "%", "Stopped courses", "Kept (95 % interval)"
    )
    described = f"{title}: {len(rows)} shares with intervals."
    return forest.drawn(rows, axis, PALETTES[theme], title=title, said=said, described=described)


def _remission(one: Remission) -> dict[str, Any]:
    """A row of the forest; without anybody observed so long it has a label and no mark."""
    row: dict[str, Any] = {
        "section": f"{one.disease}, {one.label}",
        "label": MEASURES[one.name],
        "fraction": f"{one.curve.n:,}",
        "aside": f"{one.lost} lost" if one.lost else "",
    }
    if one.kept is None:
        return row
    share, low, high = one.kept
    row |= {"share": share, "n": one.curve.n, "kind": "estimate", "percent": f"{forest.percent(share)} %"}
    if low is not None and high is not None:
        row |= {"low": low, "high": high}
        row["percent"] += f" ({forest.percent(low)}–{forest.percent(high)})"
    row["tip"] = (
        f"{one.label}, {row['label']}: {row['percent']}, {one.curve.n} stopped courses, {one.lost} lost"
    )
    return row


def _limits(interval: Any) -> dict[str, float | None]:
    return {"low": interval.low if interval else None, "high": interval.high if interval else None}


def _aside(one: Group) -> str:
    unknown = one.not_evaluable + one.not_judged
    told = ((unknown, "NE"), (one.not_yet_assessable, "not yet assessable"))
    return ", ".join(f"{number} {what}" for number, what in told if number)

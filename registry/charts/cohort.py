"""The charts of a cohort, from its figures."""

from collections.abc import Sequence
from typing import Any

from registry.charts.forest import forest_spec
from registry.charts.frame import Spec, nothing
from registry.charts.km import km_spec
from registry.charts.palette import PALETTES, Theme
from registry.charts.rates import rates_spec
from registry.charts.sequences import sequences_spec
from registry.cohort.groups import Group
from registry.cohort.remissions import Remission

__all__ = ["km_spec", "rates_spec", "remissions_spec", "responses_spec", "sequences_spec"]

MEASURES = {"srot30": "at the lower count (srot30)", "srot50": "at the higher count (srot50)"}


def responses_spec(
    groups: Sequence[Group], *, title: str, theme: Theme = "light", synthetic: bool = False, note: str = ""
) -> Spec:
    """Response of each group as k of n with its interval, in the order given; what is not evaluable stands apart."""
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
    aside = "NE = not evaluable or not judged yet, part of n"
    return forest_spec(rows, title=title, theme=theme, synthetic=synthetic, note=note, aside=aside)


def remissions_spec(
    found: Sequence[Remission], *, title: str, theme: Theme = "light", synthetic: bool = False, note: str = ""
) -> Spec:
    """Remission off treatment as k of those of whom it is known; the others stand apart."""
    if not found:
        return nothing(title, "No course was stopped in response among these", PALETTES[theme])
    rows = [
        {
            "section": f"{one.disease}, {one.label}",
            "label": MEASURES[one.name],
            "k": one.k,
            "n": one.known,
            **_limits(one.interval),
            "aside": f"{one.stopped - one.known} ?" if one.stopped > one.known else "",
        }
        for one in found
    ]
    return forest_spec(
        rows,
        title=title,
        theme=theme,
        synthetic=synthetic,
        unit="stopped courses",
        note=note,
        aside="? = not yet known, not part of n",
    )


def _limits(interval: Any) -> dict[str, float | None]:
    return {"low": interval.low if interval else None, "high": interval.high if interval else None}


def _aside(one: Group) -> str:
    unknown = one.not_evaluable + one.not_judged
    return f"{unknown} NE" if unknown else ""

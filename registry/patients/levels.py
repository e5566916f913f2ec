"""The levels of the criteria in use, as the chart draws them."""

from collections.abc import Iterable
from dataclasses import dataclass

from adjudication.response.criteria import DEFAULTS, Criteria, load, published_ids


@dataclass(frozen=True)
class Threshold:
    """A fixed level of a criteria set: a line across the lane of its analyte, in the canonical unit."""

    analyte: str
    value: float
    words: str


_SIGNS = {"at_least": "≥", "above": ">"}


def thresholds_of(criteria: Criteria) -> list[Threshold]:
    """The fixed levels of a criteria set; what hangs on a course's baseline is in the evidence of its call."""
    analyte = criteria.analyte.word
    found = [
        Threshold(analyte, float(value), f"{level.name} {_SIGNS[predicate]}{value}")
        for level in criteria.levels
        for predicate, value in level.all
        if predicate in _SIGNS
    ]
    below = criteria.sections["loss"].get("fall", {}).get("below")
    if below is not None:
        found.append(Threshold(analyte, float(below), f"loss <{below}"))
    return found


def criteria_offered(diseases: Iterable[str]) -> dict[str, list[Criteria]]:
    """The published criteria sets of each disease, the one in use by default first."""
    wanted = [disease for disease in DEFAULTS if disease.name in set(diseases)]
    known = [load(name) for name in published_ids()]
    return {
        disease.name: sorted(
            (one for one in known if one.disease == disease),
            key=lambda one: (one.id != DEFAULTS[disease], one.id),
        )
        for disease in wanted
    }


def criteria_words(criteria_ids: Iterable[str], diseases: Iterable[str]) -> tuple[str, ...]:
    """The sets that judge these diseases as `itp-iwg-2009 (d7ba79de)`: name and the first of its hash."""
    wanted = set(diseases)
    sets = [load(name) for name in criteria_ids]
    return tuple(f"{one.id} ({one.digest[:8]})" for one in sets if one.disease.name in wanted)

"""The charts of a surveillance protocol, from its measures."""

from typing import Any

from registry.charts.forest import forest_spec
from registry.charts.frame import Spec
from registry.charts.incidence import incidence_spec
from registry.charts.published_comparison import beside_spec
from registry.surveillance.measures import Measures, Share
from registry.surveillance.measures_report import interval_words, percent, rate_words

__all__ = ["counted_spec", "incidence_by_year_spec", "share_spec"]


def counted_spec(found: Measures, **look: Any) -> Spec:
    """The share of months with a count on time, for each year since the first infusion."""
    rows = [
        {
            "section": "Since the first infusion",
            "label": f"Year {one.year}",
            "k": one.counted.k,
            "n": one.counted.n,
            "low": one.counted.interval and one.counted.interval.low,
            "high": one.counted.interval and one.counted.interval.high,
        }
        for one in found.years
        if one.counted.n
    ]
    return forest_spec(rows, title="Months with a count on time", unit="months", note=found.selection, **look)


def incidence_by_year_spec(found: Measures, **look: Any) -> Spec:
    """First cases of ITP per 100 patient-years, for each year, and published figures by year beside them."""
    years = [
        {
            "year": one.year,
            "rate": one.incidence.estimate,
            "low": one.incidence.interval and one.incidence.interval.low,
            "high": one.incidence.interval and one.incidence.interval.high,
            "events": one.incidence.events,
            "said": f"{one.incidence.events} in {one.incidence.exposure:,.1f} patient-years, "
            + " (".join(rate_words(one.incidence))
            + ") per 100",
        }
        for one in found.years
    ]
    others = [
        {"year": year, "value": float(value), "who": one.who}
        for one in found.references("incidence")
        for year, value in enumerate(one.by_year, 1)
    ]
    return incidence_spec(
        years, others, title="First ITP by year since the first infusion", note=found.selection, **look
    )


def share_spec(share: Share, title: str, label: str, note: str, **look: Any) -> Spec:
    """A share of ours with its interval, and the published ones apart from it."""
    if share.n and share.interval:
        value = share.k / share.n
        said = f"{percent(value)} % ({interval_words(share.interval)})"
        own = {
            "label": f"{label}: {share.k:,}/{share.n:,}",
            "share": 100 * value,
            "low": 100 * share.interval.low,
            "high": 100 * share.interval.high,
            "said": said,
        }
    else:
        own = {"label": label, "share": None, "said": f"no {share.unit} yet"}
    others = [
        {"label": one.who, "share": float(one.percent), "said": f"{one.percent} %"}
        for one in share.references
        if one.percent is not None
    ]
    return beside_spec([own], others, title=title, axis=f"Share of {share.unit}", note=note, **look)

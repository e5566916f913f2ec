"""The charts of a protocol: intervals drawn, figures of others apart and hollow, and never a blank chart."""

import json
import re
from typing import Any

import pytest
import vl_convert

from registry.charts.incidence import incidence_spec
from registry.charts.palette import PALETTES, Theme
from registry.charts.published_comparison import beside_spec

Spec = dict[str, Any]
OWN = {"label": "This registry: 2/80", "share": 2.5, "low": 0.3, "high": 8.7, "said": "2.5 % (0.30–8.7 %)"}
OTHER = {"label": "CARE-MS trials, six years", "share": 2.6, "said": "2.6 %"}
YEARS = [
    {"year": 1, "rate": 1.5, "low": 0.2, "high": 5.4, "events": 2, "said": "2 in 133 patient-years"},
    {"year": 2, "rate": 0.0, "low": 0.0, "high": 900.0, "events": 0, "said": "0 in 0.4 patient-years"},
]


def drawn(spec: Spec) -> str:
    """The chart as SVG: what is not a chart raises here."""
    return str(vl_convert.vegalite_to_svg(spec | {"width": 600}))


@pytest.mark.parametrize("theme", PALETTES)
def test_our_share_is_filled_with_its_interval_and_the_others_are_hollow_below_it(theme: Theme) -> None:
    spec = beside_spec([OWN], [OTHER], title="ITP", axis="Share of patients", theme=theme, synthetic=True)
    rows = spec["datasets"]["rows"]
    assert [row["kind"] for row in rows] == ["own", "other"]
    assert rows[0]["y"] < rows[1]["y"]
    svg = drawn(spec)
    for said in ("2.5 % (0.30–8.7 %)", "2.6 %", "CARE-MS trials", "not to be pooled", "invented"):
        assert said in svg


def test_without_a_case_of_our_own_the_figures_of_others_stand_alone() -> None:
    nothing = {"label": "This registry", "share": None, "said": "no first cases of ITP yet"}
    svg = drawn(beside_spec([nothing], [OTHER], title="Found", axis="Share"))
    assert "no first cases of ITP yet" in svg
    assert "Nothing to count" in json.dumps(beside_spec([nothing], [], title="Found", axis="Share"))


def test_no_mark_is_drawn_empty_which_would_have_no_name_to_be_read_aloud() -> None:
    unknown = {"label": "This registry", "share": None, "said": "no first cases yet"}
    for own, others in ((unknown, [OTHER]), (OWN, []), (OWN, [OTHER])):
        svg = drawn(beside_spec([own], others, title="Found", axis="Share"))
        assert re.findall(r'<g class="mark-symbol[^>]*/>', svg) == []


@pytest.mark.parametrize("theme", PALETTES)
def test_an_interval_without_end_does_not_flatten_the_others(theme: Theme) -> None:
    spec = incidence_spec(YEARS, title="Incidence", theme=theme)
    assert json.dumps(spec).count('"domain": [0, 5.67') > 0
    assert "continues beyond it" in " ".join(spec["title"]["subtitle"])
    assert "Year since the first infusion" in drawn(spec)


def test_figures_of_others_by_year_are_drawn_beside_ours_where_a_file_has_them() -> None:
    others = [{"year": 1, "value": 0.9, "who": "figure 1"}]
    spec = incidence_spec(YEARS, others, title="Incidence")
    assert spec["datasets"]["others"][0]["x"] != 1
    assert "not pooled" in " ".join(spec["title"]["subtitle"])
    assert drawn(spec)


def test_without_time_at_risk_the_chart_says_so() -> None:
    empty = [YEARS[0] | {"rate": None, "low": None, "high": None}]
    assert "No time at risk yet" in json.dumps(incidence_spec(empty, title="Incidence"))
    assert "No time at risk yet" in json.dumps(incidence_spec([], title="Incidence"))

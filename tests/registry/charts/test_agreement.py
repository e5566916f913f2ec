"""The charts of agreement: numbers in every cell that can be read, intervals drawn, published figures apart."""

from typing import Any

import pytest
import vl_convert

from adjudication.review.rules import published_rules
from registry.charts import agreement as charts
from registry.charts.palette import PALETTES, Theme
from registry.review.agreement import coefficients as c
from registry.review.agreement.figures import Group, Matrix
from registry.review.error_rate import judged as trusted
from tests.registry.charts.test_cohort import INVENTED, check, units

RULES = published_rules()
RATINGS = c.codes(
    [("CR", "CR")] * 9 + [("PR", "CR")] * 3 + [("NR", "NR")] * 2 + [("CR", "NR")], ("CR", "PR", "NR")
)
FOUND = tuple(c.intervals(RATINGS, c.measures(3), resamples=100, seed=1))
MATRIX = Matrix(("CR", "PR", "NR"), ("CR", "PR", "NR"), ((9, 0, 1), (3, 0, 0), (0, 0, 2)))
GROUP = Group("all", "all", 15, MATRIX, FOUND, 9, 2.0, 2.0)
EMPTY = Group("all", "all", 0, Matrix((), (), ()), (), 0, None, None)
SECTIONS = {"Automated call and final decision": FOUND}


def rows(spec: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = spec["datasets"]["rows"]
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_is_valid_and_says_that_its_patients_are_invented(theme: Theme) -> None:
    for spec in (
        charts.matrix_spec(GROUP, title="All", theme=theme, synthetic=True),
        charts.coefficients_spec(SECTIONS, RULES.beside, title="All", theme=theme, synthetic=True),
        charts.error_spec(trusted(1, 30, RULES), title="Errors", theme=theme, synthetic=True),
    ):
        check(spec)
        text = str(vl_convert.vegalite_to_svg(spec | {"width": 600}))
        assert INVENTED in text
        assert "NaN" not in text


def test_each_cell_has_its_number_and_is_shaded_by_its_share_of_what_the_machine_said() -> None:
    spec = charts.matrix_spec(GROUP, title="All")
    cells = {(row["machine"], row["final"]): row for row in rows(spec)}
    assert {pair: row["n"] for pair, row in cells.items() if row["n"]} == {
        ("CR", "CR"): 9,
        ("CR", "NR"): 1,
        ("PR", "CR"): 3,
        ("NR", "NR"): 2,
    }
    none, most = charts.SHADES["light"]
    assert cells["NR", "NR"]["fill"] == most
    assert cells["PR", "PR"]["fill"] == none
    assert cells["CR", "CR"]["fill"] == charts.mixed(none, most, 0.9)
    assert {pair for pair, row in cells.items() if row["same"]} == {("CR", "CR"), ("PR", "PR"), ("NR", "NR")}
    axes = {unit["encoding"][channel]["axis"]["title"] for unit in units(spec) for channel in ("x", "y")}
    assert axes == {"Final decision", "Automated call"}
    assert "κ = 0." in spec["title"]["subtitle"][0]
    assert "15 decided cases" in spec["title"]["subtitle"][0]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("share", [number / 20 for number in range(21)])
def test_a_number_can_be_read_on_every_shade(theme: Theme, share: float) -> None:
    fill = charts.mixed(*charts.SHADES[theme], share)
    assert max(charts.contrast(ink, fill) for ink in charts.INKS) >= 4.5


def test_coefficients_stand_with_their_intervals_and_published_figures_apart_and_hollow() -> None:
    spec = charts.coefficients_spec(SECTIONS, RULES.beside, title="All")
    told = rows(spec)
    kappa = next(row for row in told if row["label"] == "Cohen's kappa")
    assert kappa["low"] < kappa["share"] < kappa["high"]
    assert kappa["percent"].startswith(f"{kappa['share']:.2f} (")
    published = [row for row in told if row["kind"] == "published"]
    assert [row["share"] for row in published] == [0.83, 0.56, 0.51]
    assert (published[2]["low"], published[2]["high"]) == (0.39, 0.63)
    assert "low" not in published[0]
    assert "10.1371" not in str(published)
    hollow = [unit for unit in units(spec) if unit["mark"]["type"] == "point" and not unit["mark"]["filled"]]
    assert len(hollow) == 1
    alone = units(charts.coefficients_spec(SECTIONS, title="All"))
    assert all(unit["mark"]["filled"] for unit in alone if unit["mark"]["type"] == "point")
    assert any("not pooled with this registry" in line for line in spec["title"]["subtitle"])


def test_what_is_worse_than_chance_lies_on_the_axis() -> None:
    worse = c.Coefficient("cohen_kappa", -0.3, -0.6, 0.1, 9)
    spec = charts.coefficients_spec({"x": [worse]}, title="All")
    scales = (unit["encoding"]["x"].get("scale") for unit in units(spec))
    [domain] = {tuple(scale["domain"]) for scale in scales if scale}
    assert domain == (-0.75, 1)


def test_an_undefined_coefficient_keeps_its_label_and_has_no_mark() -> None:
    some = [c.Coefficient("cohen_kappa", None, None, None, 3), c.Coefficient("gwet_ac1", 1.0, None, None, 3)]
    by_label = {row["label"]: row for row in rows(charts.coefficients_spec({"x": some}, title="All"))}
    assert "share" not in by_label["Cohen's kappa"]
    assert by_label["Gwet's AC1"]["percent"] == "1.00"


def test_the_error_rate_stands_beside_its_limit() -> None:
    spec = charts.error_spec(trusted(1, 30, RULES), title="Errors")
    [row] = rows(spec)
    assert row["low"] < row["rate"] < row["high"]
    assert row["limit"] == RULES.error_limit
    assert "limit 10%" in str(vl_convert.vegalite_to_svg(spec | {"width": 600}))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_without_a_case_a_chart_says_so(theme: Theme) -> None:
    nothing = "No decided case in this selection"
    for words, spec in (
        (nothing, charts.matrix_spec(EMPTY, title="x", theme=theme)),
        (nothing, charts.coefficients_spec({}, RULES.beside, title="x", theme=theme)),
        ("No sampled case is decided yet", charts.error_spec(trusted(0, 0, RULES), title="x", theme=theme)),
    ):
        assert words in str(vl_convert.vegalite_to_svg(spec | {"width": 400}))
        assert PALETTES[theme].text in str(spec)

"""The charts of a cohort: units on the axes, intervals drawn, numbers under their month, and never a blank chart."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import altair as alt
import pytest
import vl_convert

from registry import cohort
from registry.charts import cohort as charts
from registry.charts.palette import PALETTES, Theme
from registry.charts.rates import rates_spec
from registry.charts.sequences import sequences_spec
from registry.cohort import Figures, Filter
from registry.cohort.curves import Arm, arms
from registry.cohort.harms import Harm
from registry.cohort.sequences import Sequence
from registry.statistics import DAYS_PER_MONTH
from registry.store.database import Database

Spec = dict[str, Any]
NOTE = "ITP, line 2 and later: 22 patients, 34 courses."
INVENTED = "Synthetic data: every patient is invented"


def durations(*told: tuple[str, float, str, int], disease: str = "ITP") -> list[dict[str, Any]]:
    return [
        {
            "disease": disease,
            "regimen": regimen,
            "line_number": 1,
            "status": status,
            "days": months * DAYS_PER_MONTH,
            "number": number,
        }
        for regimen, months, status, number in told
    ]


ROWS = durations(
    ("TPO_RA", 2, "event", 1),
    ("TPO_RA", 6, "event", 2),
    ("TPO_RA", 9, "death", 1),
    ("TPO_RA", 20, "censored", 4),
    ("STEROID", 1, "event", 3),
    ("STEROID", 30, "censored", 2),
)

ARMS = arms(ROWS, "regimen", {"event"})


def km(rows: list[dict[str, Any]] | tuple[Arm, ...] = ARMS, **more: Any) -> Spec:
    found = rows if isinstance(rows, tuple) else arms(rows, "regimen", {"event"})
    words = {"title": "Duration", "axis": "Time from onset", "share": "Still in response", "ends": "Relapsed"}
    return charts.km_spec(found, **(words | more))


def check(spec: Spec) -> None:
    """Against the schema of Vega-Lite, without `legend.layout`: Vega's own, handed on unread."""
    config = spec["config"]
    legend = {name: value for name, value in config.get("legend", {}).items() if name != "layout"}
    alt.Chart.from_dict(spec | {"config": config | {"legend": legend}}, validate=True)


def drawn(spec: Spec, width: int = 600) -> str:
    return str(vl_convert.vegalite_to_svg(spec | {"width": width}))


def units(spec: Spec) -> Iterator[Spec]:
    for part in spec.get("layer", []):
        yield from units(part)
    if "mark" in spec:
        yield spec


def titles(spec: Spec, channel: str) -> set[str]:
    return {
        unit["encoding"][channel].get("title") or unit["encoding"][channel]["axis"]["title"]
        for unit in units(spec)
        if unit["encoding"].get(channel, {}).get("axis")
    }


@pytest.fixture(scope="module")
def figures(cohort: Database) -> Figures:
    return _figures(cohort)


def _figures(db: Database) -> Figures:
    return cohort.figures(db, db.actor(None), Filter(disease="ITP"))


def specs(found: Figures, theme: Theme = "light") -> dict[str, Spec]:
    more: dict[str, Any] = {"theme": theme, "synthetic": True, "note": NOTE}
    return {
        "durations": km(found.durations["regimen"], **more),
        "next": km(found.next_courses["line"], **more),
        "sequences": sequences_spec(found.sequences, title="Sequences", **more),
        "rates": rates_spec(found.harms, title="Rates", **more),
        "forest": charts.responses_spec(found.by_regimen, title="Responses", **more),
        "remissions": charts.remissions_spec(found.remissions, title="Remissions", **more),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_is_valid_says_what_it_is_of_and_that_it_is_invented(
    figures: Figures, theme: Theme
) -> None:
    for name, spec in specs(figures, theme).items():
        check(spec)
        assert NOTE in spec["title"]["subtitle"], name
        assert spec["title"]["subtitle"][-1] == INVENTED, name
        text = drawn(spec)
        assert NOTE in text, name
        assert "Infinity" not in text, name
        assert "NaN" not in text, name
        assert spec["background"] == "transparent"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chart_of_nothing_says_so_and_is_never_blank(theme: Theme) -> None:
    empty: dict[str, Spec] = {
        "No patient to follow": km((), theme=theme),
        "No line of therapy": sequences_spec((), title="x", theme=theme),
        "No time at risk": rates_spec((), title="x", theme=theme),
        "No course in this selection": charts.responses_spec((), title="x", theme=theme),
        "No course in this selection was stopped": charts.remissions_spec((), title="x", theme=theme),
    }
    for words, spec in empty.items():
        assert words in drawn(spec)
        assert "layer" not in spec


# --- Kaplan-Meier


def test_the_axes_of_a_curve_have_their_unit() -> None:
    assert titles(km(), "x") == {"Time from onset, months"}
    assert titles(km(), "y") == {"Still in response"}


def test_each_arm_has_its_own_colour_and_its_own_dash() -> None:
    (curves,) = [unit for unit in units(km()) if unit["mark"]["type"] == "line"]
    for channel in ("color", "strokeDash"):
        scale = curves["encoding"][channel]["scale"]
        assert scale["domain"] == ["TPO-RA", "steroid"]
        assert len({json.dumps(value) for value in scale["range"]}) == 2


def test_the_interval_of_a_curve_begins_with_its_first_loss_and_holds_the_curve() -> None:
    spec = km()
    steps = {(row["arm"], row["x"]): row["y"] for row in spec["datasets"]["curves"]}
    bands = spec["datasets"]["bands"]
    assert {row["arm"] for row in bands} == {"TPO-RA", "steroid"}
    for row in bands:
        assert row["low"] < row["high"]
        if (row["arm"], row["x"]) in steps:
            assert row["low"] <= steps[row["arm"], row["x"]] <= row["high"]
    assert min(row["x"] for row in bands if row["arm"] == "TPO-RA") == 2


def test_the_numbers_below_stand_under_the_ticks_of_the_axis_and_add_up() -> None:
    spec = km()
    (axis,) = {
        json.dumps(unit["encoding"]["x"]["axis"]["values"])
        for unit in units(spec)
        if unit["encoding"]["x"].get("axis")
    }
    table = spec["datasets"]["table"]
    numbers = [row for row in table if row["kind"] == "number"]
    assert sorted({row["x"] for row in numbers}) == json.loads(axis)
    assert [row["label"] for row in table if row["kind"] == "title"] == [
        "At risk",
        "Censored before",
        "Relapsed before",
        "Died before",
    ]
    for arm, n in (("TPO-RA", 8), ("steroid", 5)):
        for month in json.loads(axis):
            assert sum(int(row["label"]) for row in numbers if (row["arm"], row["x"]) == (arm, month)) == n
    names = {row["y"]: row["label"] for row in table if row["kind"] == "arm"}
    assert all(names[row["y"]] == row["arm"] for row in numbers)
    assert len({row["y"] for row in table}) == 4 * 3
    # What is drawn under a tick has the tick's place: both go through one scale.
    scales = {
        json.dumps(unit["encoding"]["x"]["scale"]) for unit in units(spec) if "scale" in unit["encoding"]["x"]
    }
    assert len(scales) == 1


def test_the_censored_and_the_dead_have_marks_of_their_own() -> None:
    marks = {(row["arm"], row["kind"], row["x"]) for row in km()["datasets"]["marks"]}
    assert marks == {("TPO-RA", "died", 9), ("TPO-RA", "censored", 20), ("steroid", "censored", 30)}
    assert "□ died; death is a competing event, censored here" in " ".join(km()["title"]["subtitle"])
    alive = km([row for row in ROWS if row["status"] != "death"])
    assert "died" not in " ".join(alive["title"]["subtitle"])
    assert "Died before" not in [row["label"] for row in alive["datasets"]["table"]]


def test_where_nobody_lost_anything_the_curve_is_level_and_has_no_interval() -> None:
    spec = km(durations(("MMF", 12, "censored", 2)))
    assert {row["y"] for row in spec["datasets"]["curves"]} == {1.0}
    assert spec["datasets"]["bands"] == []
    assert "mycophenolate" in drawn(spec)


def test_where_all_lost_it_the_interval_ends_with_the_last() -> None:
    spec = km(durations(("MMF", 3, "event", 1), ("MMF", 12, "event", 1)))
    assert spec["datasets"]["curves"][-1]["y"] == 0
    assert max(row["x"] for row in spec["datasets"]["bands"]) == 12


def test_more_groups_than_can_be_told_apart_are_left_to_the_table() -> None:
    classes = ["STEROID", "IVIG", "TPO_RA", "RITUXIMAB", "MMF", "DANAZOL", "DAPSONE", "SPLENECTOMY"]
    spec = km(durations(*((name, 5, "event", 9 - place) for place, name in enumerate(classes))))
    assert len({row["arm"] for row in spec["datasets"]["curves"]}) == 6
    assert "2 smaller groups are in the table only" in " ".join(spec["title"]["subtitle"])


def test_a_long_curve_is_drawn_with_few_points_that_lie_on_it() -> None:
    rows = durations(*(("TPO_RA", month / 40, "event", 3) for month in range(1, 4000)))
    (one,) = arms(rows, "regimen", {"event"})
    spec = km((one,))
    points = spec["datasets"]["curves"]
    assert len(points) < 310
    for row in points[1:-1]:
        assert row["y"] == pytest.approx(float(one.curve.survival_at([row["x"] + 1e-3])[0]), abs=1e-3)
    assert spec["datasets"]["marks"] == []


def test_groups_of_two_diseases_say_which() -> None:
    rows = ROWS + durations(("TPO_RA", 5, "event", 1), disease="AIHA")
    assert {row["arm"] for row in km(rows)["datasets"]["curves"]} == {
        "ITP TPO-RA",
        "ITP steroid",
        "AIHA TPO-RA",
    }


# --- sequences


def one(patients: int, *lines: str) -> Sequence:
    return Sequence("ITP", (*lines, *(None,) * (4 - len(lines))), patients, 0)


def test_ribbons_are_as_wide_as_their_patients_and_fill_their_nodes() -> None:
    spec = sequences_spec(
        [one(6, "STEROID", "TPO_RA"), one(3, "STEROID"), one(1, "IVIG", "TPO_RA")], title="x"
    )
    nodes = {row["label"]: row["y2"] - row["y"] for row in spec["datasets"]["nodes"]}
    assert list(nodes) == ["9 steroid", "1 IVIG", "7 TPO-RA", "3 No further line", "7 No further line"]
    assert nodes["9 steroid"] == pytest.approx(9 * nodes["1 IVIG"], abs=0.1)
    ends = [row for row in spec["datasets"]["ribbons"] if row["x"] < 0.1]
    assert sum(row["y2"] - row["y"] for row in ends) == pytest.approx(330, abs=0.1)
    assert any("Steroid" not in row["tip"] and "6 patients" in row["tip"] for row in ends)


def test_no_two_nodes_of_a_line_overlap() -> None:
    classes = ["STEROID", "IVIG", "TPO_RA", "RITUXIMAB", "MMF", "DANAZOL", "DAPSONE", "SPLENECTOMY", "VINCA"]
    spec = sequences_spec([one(50 if name == "STEROID" else 1, name, "MMF") for name in classes], title="x")
    nodes = [row for row in spec["datasets"]["nodes"] if row["x"] < 0.1]
    assert [row["label"] for row in nodes][-1] == "3 other regimens"
    for above, below in pairwise(nodes):
        assert above["middle"] + 12 <= below["middle"]
        assert above["y2"] < below["y"]


def test_every_patient_stands_in_the_first_line() -> None:
    spec = sequences_spec([one(2, "STEROID"), one(3, "unknown", "TPO_RA")], title="x")
    first = [row["label"] for row in spec["datasets"]["nodes"] if row["x"] < 0.1]
    assert first == ["3 not recorded", "2 steroid"]


# --- rates and shares


def test_a_rate_is_drawn_with_its_interval_for_all_events_and_for_those_due_to_the_course() -> None:
    harm = Harm("ITP", "TPO-RA", 3, 2, 250.0, 2, 5, 1, 2, 0, {None: 5}, 0)
    spec = rates_spec([harm], title="Rates")
    rows = {row["which"]: row for row in spec["datasets"]["rows"] if row["kind"] == "estimate"}
    assert rows["all events"]["rate"] == pytest.approx(2.0)
    assert (rows["all events"]["low"], rows["all events"]["high"]) == pytest.approx((0.649, 4.667), abs=1e-3)
    assert rows["at least possibly due to it"]["count"] == "2"
    assert titles(spec, "x") == {"Events per 100 person-months"}
    rules = [unit for unit in units(spec) if unit["mark"]["type"] == "rule"]
    assert [(rule["encoding"]["x"]["field"], rule["encoding"]["x2"]["field"]) for rule in rules] == [
        ("low", "high")
    ]


def test_a_rate_of_nothing_in_no_time_has_a_name_and_no_mark() -> None:
    nobody = Harm("ITP", "IVIG", 1, 1, 0.0, 0, 0, 0, 0, 0, {None: 0}, 0)
    somebody = Harm("ITP", "TPO-RA", 1, 1, 10.0, 0, 0, 0, 0, 0, {None: 0}, 0)
    rows = rates_spec([nobody, somebody], title="x")["datasets"]["rows"]
    assert [row["label"].split("\n")[0] for row in rows if row["kind"] == "name"] == ["IVIG", "TPO-RA"]
    assert sum(row["kind"] == "estimate" for row in rows) == 2


def test_what_could_not_be_judged_stands_apart_with_its_number(figures: Figures) -> None:
    spec = specs(figures)["forest"]
    (row,) = [row for row in spec["datasets"]["rows"] if row["label"] == "TPO-RA"]
    assert (row["fraction"], row["aside"], row["percent"]) == ("12/15", "1 NE", "80 % (52–96)")
    text = drawn(spec)
    assert "1 NE" in text
    assert "cannot be ranked" in text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_the_arms_are_legible_on_the_page(theme: Theme) -> None:
    from registry.charts.km import COLORS

    def luminance(color: str) -> float:
        parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    ground = luminance(PALETTES[theme].ground)
    for color in COLORS[theme]:
        high, low = max(luminance(color), ground), min(luminance(color), ground)
        assert (high + 0.05) / (low + 0.05) >= 4.5, color

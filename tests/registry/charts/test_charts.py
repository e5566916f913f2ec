"""What a chart promises to whoever reads it; the specs are checked, not the pixels."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import altair as alt
import pandas as pd
import pytest
import vl_convert

from registry.charts import CHOSEN, describe, forest_spec, swimmer_spec, timeline_spec
from registry.charts.axis import BREAK_FACTOR, SHORTEST_INTERVAL_DAYS, TimeAxis, segments, stacked
from registry.charts.palette import DARK, LIGHT, PALETTES, Ink, Palette, Theme
from registry.patients.cited import cited
from registry.patients.levels import Threshold
from registry.patients.patient_record import COLUMNS, PatientRecord
from registry.patients.ribbon import Ribbon, ribbon
from registry.patients.time_axis import DayZero, Stretch, Zero, zero_of
from tests.registry.patients import timelines
from tests.registry.patients.timelines import THRESHOLDS, call, count, course, episode, on, step, timeline

EVERY = {"ITP": timelines.itp(), "AIHA": timelines.aiha(), "Evans": timelines.evans()}
Spec = dict[str, Any]


def spec_of(record: PatientRecord, **more: Any) -> Spec:
    return timeline_spec(record, thresholds=more.pop("thresholds", THRESHOLDS), **more)


def check(spec: Spec) -> None:
    """Against the schema of Vega-Lite, without `legend.layout`: Vega's own, handed on unread."""
    config = spec["config"]
    legend = {name: value for name, value in config.get("legend", {}).items() if name != "layout"}
    alt.Chart.from_dict(spec | {"config": config | {"legend": legend}}, validate=True)


def units(spec: Spec) -> Iterator[Spec]:
    """Every single view of a layered spec."""
    for part in spec.get("layer", []):
        yield from units(part)
    if "mark" in spec:
        yield spec


def channels(spec: Spec, name: str) -> list[Spec]:
    return [unit["encoding"][name] for unit in units(spec) if name in unit["encoding"]]


def legends(spec: Spec) -> dict[str, list[str]]:
    """Title and categories of each legend that is drawn."""
    return {
        encoding["title"]: encoding["scale"]["domain"]
        for name in ("fill", "shape")
        for encoding in channels(spec, name)
        if "title" in encoding and encoding.get("legend", True) is not None
    }


def drawn(spec: Spec) -> str:
    """The chart as SVG text."""
    return str(vl_convert.vegalite_to_svg(spec | {"width": 900}))


@pytest.mark.parametrize(("name", "scale"), [*zip(EVERY, ("symlog", "log", "linear"), strict=True)])
def test_a_timeline_is_valid_vega_lite(name: str, scale: Any) -> None:
    spec = spec_of(EVERY[name], scale=scale)
    check(spec)
    assert drawn(spec).count("</text>") > 30


@pytest.mark.parametrize("name", EVERY)
def test_every_value_axis_names_its_unit(name: str) -> None:
    titles = {
        encoding["axis"]["title"] for encoding in channels(spec_of(EVERY[name]), "y") if encoding.get("axis")
    }
    assert titles == {"Platelets, ×10⁹/L", "Hemoglobin, g/L"}


@pytest.mark.parametrize("name", EVERY)
def test_all_lanes_share_one_time_scale(name: str) -> None:
    spec = spec_of(EVERY[name])
    assert spec["resolve"]["scale"]["x"] == "shared"
    scales = {
        json.dumps(encoding["scale"], sort_keys=True)
        for encoding in channels(spec, "x")
        if "field" in encoding
    }
    assert len(scales) == 1


@pytest.mark.parametrize("name", EVERY)
def test_no_two_lanes_stand_on_the_same_height(name: str) -> None:
    scaled = [encoding for encoding in channels(spec_of(EVERY[name]), "y") if encoding.get("scale")]
    ranges = {tuple(encoding["scale"]["range"]) for encoding in scaled}
    (bottom_above, top_above), (bottom_below, top_below) = sorted(ranges)
    assert top_above < bottom_above < top_below < bottom_below


# --- lines and gaps


@pytest.mark.parametrize("name", EVERY)
def test_no_line_spans_a_gap_of_more_than_four_expected_intervals(name: str) -> None:
    one = EVERY[name]
    for analyte in ("platelets", "hemoglobin"):
        points = spec_of(one)["datasets"][f"line_{analyte}"]
        days = [point["day"] for point in points]
        for place in range(1, len(points)):
            if points[place]["segment"] == points[place - 1]["segment"]:
                beside = [days[k] - days[k - 1] for k in range(max(1, place - 4), min(len(days), place + 5))]
                beside.remove(days[place] - days[place - 1])
                expected = max([SHORTEST_INTERVAL_DAYS, *beside])
                assert days[place] - days[place - 1] <= BREAK_FACTOR * expected


def test_a_year_without_counts_breaks_a_line_of_forty_day_visits() -> None:
    points = spec_of(EVERY["AIHA"])["datasets"]["line_hemoglobin"]
    assert {point["segment"] for point in points} == {0, 1}


@pytest.mark.parametrize(
    ("days", "pieces"),
    [
        ([], []),
        ([0], [0]),
        ([0, 56], [0, 0]),
        ([0, 57], [0, 1]),
        ([0, 7, 14, 70], [0, 0, 0, 0]),
        ([0, 7, 14, 71], [0, 0, 0, 1]),
        ([0, 1, 2, 3, 31, 59, 87], [0] * 7),
        ([0, 30, 60, 180, 210], [0, 0, 0, 0, 0]),
        ([0, 30, 60, 181, 211], [0, 0, 0, 1, 1]),
    ],
)
def test_a_gap_breaks_the_line_beyond_four_times_the_slower_rhythm_beside_it(
    days: list[int], pieces: list[int]
) -> None:
    assert segments(days) == pieces


def test_counts_that_were_not_evaluable_are_hollow_and_never_on_the_line() -> None:
    layers = spec_of(EVERY["ITP"])["datasets"]
    judged = {point["id"] for point in layers["counts_platelets"]}
    assert {"clump-1", "unit-1", "insuff-1"}.isdisjoint(judged)
    assert {point["id"]: point["kind"] for point in layers["hollow_platelets"]} == {
        "clump-1": "Clumped",
        "insuff-1": "Not evaluable",
    }
    line_days = {point["day"] for point in layers["line_platelets"]}
    assert line_days.isdisjoint({on(300).toordinal(), on(305).toordinal(), on(410).toordinal()})


def test_a_count_without_a_usable_value_has_a_row_of_its_own_and_never_stands_at_zero() -> None:
    layers = spec_of(EVERY["ITP"])["datasets"]
    assert [point["id"] for point in layers["unreadable"]] == ["unit-1"]
    assert "No usable value" in [row["label"] for row in layers["row_labels"]]


def test_a_count_below_the_limit_of_the_counter_says_so() -> None:
    (point,) = [p for p in spec_of(EVERY["ITP"])["datasets"]["counts_platelets"] if p["id"] == "less-1"]
    assert point["value"].startswith("<")
    assert point["reported"] == "<5 10*9/L"


def test_the_line_takes_the_lowest_of_two_counts_on_one_day() -> None:
    one = timeline(
        episodes=[episode("ITP")], observations=[count(0, 40.0), count(0, 25.0, observation_id="b")]
    )
    layers = spec_of(one)["datasets"]
    assert [point["v"] for point in layers["line_platelets"]] == [25.0]
    assert len(layers["counts_platelets"]) == 2


def test_counts_that_decided_a_call_are_ringed_and_say_what_they_decided() -> None:
    ringed = spec_of(EVERY["ITP"])["datasets"]["deciding_platelets"]
    assert len(ringed) == 3
    assert any("C1: onset (threshold 30 ×10⁹/L)" in point["role"] for point in ringed)


def test_a_threshold_that_hangs_on_the_baseline_is_drawn_for_its_course_only() -> None:
    (target,) = spec_of(EVERY["ITP"])["datasets"]["targets_platelets"]
    assert target["v"] == 44.0
    assert "C3: fold of baseline" in target["tip"]


# --- thresholds come from outside


def test_thresholds_are_drawn_as_given_and_none_is_known_to_the_code() -> None:
    odd = [Threshold("platelets", 37, "level A ≥37"), Threshold("platelets", 111, "level B ≥111")]
    spec = spec_of(EVERY["ITP"], thresholds=odd)
    assert [(row["v"], row["label"]) for row in spec["datasets"]["levels_platelets"]] == [
        (37, "level A ≥37"),
        (111, "level B ≥111"),
    ]
    assert [(row["low"], row["high"]) for row in spec["datasets"]["bands_platelets"]] == [
        (0.0, 37),
        (37, 111),
    ]
    assert spec_of(EVERY["ITP"], thresholds=())["datasets"]["levels_platelets"] == []


@pytest.mark.parametrize("scale", ["symlog", "log", "linear"])
def test_every_threshold_has_its_tick(scale: Any) -> None:
    spec = spec_of(EVERY["Evans"], scale=scale)
    ticks = {
        encoding["axis"]["title"]: encoding["axis"]["values"]
        for encoding in channels(spec, "y")
        if encoding.get("axis")
    }
    assert {30, 100} <= set(ticks["Platelets, ×10⁹/L"])
    assert {100, 120} <= set(ticks["Hemoglobin, g/L"])


# --- calls


@pytest.mark.parametrize("name", EVERY)
def test_every_dated_turn_of_a_call_has_a_mark(name: str) -> None:
    one = EVERY[name]
    spec = spec_of(one)
    drawn = {(row["course"], row["kind"]) for row in spec["datasets"]["turns"] + spec["datasets"]["relapses"]}
    for made in one.calls:
        best, course_id = made["best_response"], made["course_id"]
        if best in ("R", "PR"):
            assert (course_id, f"{best} onset") in drawn
        if made["cr_onset_on"]:
            assert (course_id, "CR onset") in drawn
        if made["relapsed_on"]:
            assert (course_id, "Relapse") in drawn


def test_a_response_that_deepens_is_painted_r_then_cr_then_r_again_until_relapse() -> None:
    one = timeline(
        episodes=[episode("ITP")],
        courses=[course("C1", 1, 0, 30, "STEROID", until=300)],
        calls=[call("C1", "CR", onset_on=10, cr_onset_on=20, lost_cr_on=100, relapsed_on=200)],
    )
    spans, turns = ribbon(one)
    assert [(span.kind, (span.from_on - on(0)).days, (span.until_on - on(0)).days) for span in spans] == [
        ("R", 10, 20),
        ("CR", 20, 100),
        ("R", 100, 200),
        ("Relapse", 200, 300),
    ]
    assert [turn.kind for turn in turns] == ["R onset", "CR onset", "CR lost", "Relapse"]


def test_a_complete_response_whose_day_nobody_says_has_no_onset_of_cr() -> None:
    one = timeline(
        episodes=[episode("ITP")],
        courses=[course("C1", 1, 0, 30, "STEROID", until=300)],
        calls=[call("C1", "CR", onset_on=10, relapsed_on=200)],
    )
    spans, turns = ribbon(one)
    assert [turn.kind for turn in turns] == ["R onset", "Relapse"]
    assert "the day on which it became complete is not known" in spans[0].words


def test_what_lies_before_the_onset_of_a_response_is_not_painted() -> None:
    spans, _ = ribbon(EVERY["ITP"])
    assert min(span.from_on for span in spans if span.course_id == "C2") == on(320)


def test_evans_syndrome_has_a_lane_of_calls_for_each_disease() -> None:
    labels = [row["label"] for row in spec_of(EVERY["Evans"])["datasets"]["row_labels"]]
    assert labels[:2] == ["ITP call", "AIHA call"]


# --- rows


def test_every_agent_has_its_row_and_every_dose_step_its_bar() -> None:
    layers = spec_of(EVERY["ITP"])["datasets"]
    labels = [row["label"] for row in layers["row_labels"]]
    assert {"Prednisolone", "Rituximab", "Eltrombopag", "Romiplostim", "Mycophenolate"} <= set(labels)
    assert len(layers["doses"]) == len(EVERY["ITP"].agents)
    taper = [bar["y2"] - bar["y"] for bar in layers["doses"] if bar["agent"].startswith("Prednisolone")]
    assert taper == sorted(taper, reverse=True)
    assert len(set(taper)) == 4


def test_an_agent_still_given_ends_in_an_arrow_on_the_last_day_known() -> None:
    spec = spec_of(EVERY["ITP"], zero=Zero(on(0), "diagnosis"))
    (arrow,) = spec["datasets"]["ongoing"]
    assert arrow["x"] == 500
    assert arrow["tip"] == "Mycophenolate ongoing"


def test_an_adverse_event_carries_its_grade_in_the_marker() -> None:
    layers = spec_of(EVERY["ITP"])["datasets"]
    assert [row["grade"] for row in layers["adverse"]] == ["3", "4", "2", ""]
    assert layers["adverse"][0]["more"] == "CTCAE 5.0 grade 3 serious"


def test_adverse_events_days_apart_do_not_hide_each_other() -> None:
    layers = spec_of(EVERY["ITP"])["datasets"]
    (thrombosis,) = [row for row in layers["adverse"] if row["kind"] == "Thrombosis"]
    (diabetes,) = [row for row in layers["adverse"] if row["kind"] == "Steroid diabetes"]
    assert thrombosis["y"] != diabetes["y"]


def test_alemtuzumab_before_the_view_is_named_at_its_edge_and_drawn_in_the_whole_record() -> None:
    near, whole = spec_of(EVERY["ITP"]), spec_of(EVERY["ITP"], stretch=Stretch.whole)
    assert near["datasets"]["earlier"][0]["label"] == "◀ 16 Sep 2016, 2 infusions before this"
    assert whole["datasets"]["earlier"] == []
    assert sum("Alemtuzumab" in row["what"] for row in whole["datasets"]["given"]) == 2


# --- only what is there


@pytest.mark.parametrize("name", EVERY)
def test_legends_name_only_categories_that_are_used(name: str) -> None:
    spec = spec_of(EVERY[name])
    shown = legends(spec)
    assert set(shown["Response"]) == {row["kind"] for row in spec["datasets"]["spans"]}
    adverse = {row["kind"] for row in spec["datasets"]["adverse"]}
    assert set(shown.get("Adverse event, number = grade", [])) == adverse


@pytest.mark.parametrize("missing", [*COLUMNS, "everything"])
def test_a_record_without_any_one_kind_of_row_is_still_drawn(missing: str) -> None:
    for one in EVERY.values():
        empty: dict[str, Any] = {name: [] for name in COLUMNS if missing in (name, "everything")}
        spec = spec_of(PatientRecord(**(vars(one) | empty)))
        assert all(domain for domain in legends(spec).values()), "an empty scale draws a blank chart"
        assert "NaN" not in drawn(spec)


def test_a_patient_with_nothing_but_a_name_gets_a_chart_that_says_so() -> None:
    spec = spec_of(timeline())
    assert "No dated entry is recorded" in json.dumps(spec)
    check(spec)


def test_a_lane_without_counts_says_so() -> None:
    layers = spec_of(timeline(episodes=[episode("ITP")]))["datasets"]
    assert layers["empty_platelets"][0]["label"] == "No platelets recorded"


def test_surveillance_alone_is_drawn_without_an_episode() -> None:
    one = timeline(
        exposures=[
            {"exposure_id": "X", "agent": "alemtuzumab", "setting": "multiple_sclerosis", "started_on": on(0)}
        ],
        observations=[count(days, 210.0) for days in range(0, 300, 30)],
    )
    spec = spec_of(one)
    assert len(spec["datasets"]["counts_platelets"]) == 10
    assert spec["title"]["text"] == "SYN-001 · no episode recorded"


# --- day zero


@pytest.mark.parametrize(
    ("which", "title", "first"),
    [
        (DayZero.calendar, "Date", None),
        (DayZero.diagnosis, "Days from diagnosis of ITP", 0),
        (DayZero.course_start, "Days from start of ITP line 1", 0),
        (DayZero.last_alemtuzumab, "Days from last alemtuzumab", 899),
    ],
)
def test_day_zero_can_be_switched(which: DayZero, title: str, first: int | None) -> None:
    one = EVERY["ITP"]
    spec = spec_of(one, zero=zero_of(one, which))
    assert {encoding["axis"]["title"] for encoding in channels(spec, "x") if encoding.get("axis")} == {title}
    at = spec["datasets"]["counts_platelets"][0]["x"]
    assert at == (first if first is not None else pd.Timestamp(on(0)).timestamp() * 1000)


def test_a_chosen_course_is_day_zero() -> None:
    assert zero_of(EVERY["ITP"], DayZero.course_start, "C2") == Zero(on(298), "start of ITP line 2")


def test_beyond_two_years_the_axis_counts_in_months() -> None:
    axis = TimeAxis(date(2019, 1, 1), date(2024, 1, 1), Zero(date(2019, 1, 1), "diagnosis of ITP"))
    assert axis.title == "Months from diagnosis of ITP"
    assert axis.at(date(2020, 1, 1)) == pytest.approx(12, abs=0.02)


# --- titles, colours


def test_the_title_says_synthetic_when_the_data_are() -> None:
    assert spec_of(EVERY["ITP"], synthetic=True)["title"]["text"] == "SYN-003 · ITP · synthetic data"
    assert "synthetic" not in json.dumps(spec_of(EVERY["ITP"])["title"])


def _luminance(color: str) -> float:
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def inks(palette: Palette) -> dict[str, Ink]:
    named = {f"response {kind}": ink for kind, ink in palette.responses.items()}
    named |= {f"grade {number + 1}": ink for number, ink in enumerate(palette.grades)}
    named |= {f"class {name}": ink for name, ink in palette.classes.items()}
    return named | {"ungraded": palette.ungraded, "other": palette.other_class}


@pytest.mark.parametrize(
    ("theme", "what"), [(theme, name) for theme in PALETTES for name in inks(PALETTES[theme])]
)
def test_text_on_a_colour_has_aa_contrast(theme: Theme, what: str) -> None:
    ink = inks(PALETTES[theme])[what]
    assert contrast(ink.fill, ink.text) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_lines_stand_out_from_the_page_and_from_every_band(palette: Palette) -> None:
    assert contrast(palette.ground, palette.text) >= 7
    assert contrast(palette.ground, palette.quiet) >= 4.5
    for band in palette.bands:
        assert min(contrast(band, color) for color in palette.series.values()) >= 3
        assert contrast(band, palette.text) >= 4.5


def test_labels_that_would_overlap_are_stacked() -> None:
    assert stacked([0.0, 0.05, 0.2], [0.1, 0.1, 0.1], rows=3) == [0, 1, 0]


# --- the swimmer plot


def swimmer_rows() -> list[dict[str, Any]]:
    found = []
    for one in (timelines.itp(), timelines.aiha(), timelines.evans()):
        facts = {"patient_id": one.patient_id, "zero_on": on(0), "last_on": one.last_contact_on}
        calls = {made["course_id"]: made for made in one.calls}
        for row in one.courses:
            found.append(calls[row["course_id"]] | row | facts | {"died_on": one.died_on})
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_swimmer_plot_has_one_bar_for_each_course(theme: Theme) -> None:
    courses = swimmer_rows()
    spec = swimmer_spec(courses, theme=theme, synthetic=True)
    check(spec)
    assert len(spec["datasets"]["courses"]) == len(courses) == 8
    assert "Synthetic data: every patient is invented" in spec["title"]["subtitle"]


def test_a_swimmer_plot_marks_every_onset_every_relapse_and_the_end_of_each_lane() -> None:
    turns = swimmer_spec(swimmer_rows())["datasets"]["turns"]
    kinds = [turn["kind"] for turn in turns]
    assert kinds.count("CR onset") == 4
    assert kinds.count("Relapse") == 3
    assert kinds.count("Died") == 1
    assert kinds.count("Followed up to") == 3


def test_a_swimmer_plot_gives_each_disease_of_an_evans_patient_its_own_lane() -> None:
    lanes = {bar["lane"] for bar in swimmer_spec(swimmer_rows())["datasets"]["courses"]}
    assert lanes == {"SYN-003", "SYN-036", "SYN-030 ITP", "SYN-030 AIHA"}


def test_a_swimmer_plot_without_calls_or_without_courses_is_still_drawn() -> None:
    nothing = dict.fromkeys(["best_response", "onset_on", "cr_onset_on", "relapsed_on"])
    for rows in ([row | nothing for row in swimmer_rows()], []):
        spec = swimmer_spec(rows)
        assert all(legends(spec).values())
        assert "NaN" not in drawn(spec)


def test_more_regimens_than_colours_share_one_and_keep_their_names() -> None:
    courses = [
        row | {"regimen": f"CLASS_{place:02d}+STEROID"} for place, row in enumerate(swimmer_rows() * 3)
    ]
    spec = swimmer_spec(courses)
    assert len(legends(spec)["Regimen"]) == 10
    assert {bar["what"] for bar in spec["datasets"]["courses"]} == {
        f"class {place:02d} + steroid" for place in range(len(courses))
    }


# --- the forest plot


def test_a_forest_plot_prints_k_of_n_with_the_interval_and_does_not_rank() -> None:
    figures = [
        {"section": "First line", "label": "steroid", "k": 20, "n": 32, "low": 0.4369, "high": 0.789},
        {"section": "Second line", "label": "splenectomy", "k": 0, "n": 0, "low": None, "high": None},
    ]
    spec = forest_spec(figures, title="Responses", synthetic=True)
    check(spec)
    rows = spec["datasets"]["rows"]
    assert [row["kind"] for row in rows] == ["section", "estimate", "section", "figure"]
    assert rows[1]["fraction"] == "20/32"
    assert rows[1]["percent"] == "63 % (44–79)"
    assert "cannot be ranked" in " ".join(spec["title"]["subtitle"])


def test_one_dose_step_is_one_bar_even_when_its_dose_cannot_be_read() -> None:
    one = timeline(
        episodes=[episode("ITP")],
        courses=[course("C1", 1, 0, 30, "STEROID")],
        agents=[
            step("C1", "prednisolone", "STEROID", 0, 14, "1 mg/kg"),
            step("C1", "prednisolone", "STEROID", 14, 30, ""),
        ],
    )
    bars = spec_of(one)["datasets"]["doses"]
    assert [bar["label"] for bar in bars] == ["1 mg/kg mg", ""]
    assert [bar["dose"] for bar in bars] == ["1 mg/kg mg oral daily", "dose not recorded oral daily"]


# --- the chosen course


def without_rows(spec: Spec) -> str:
    return json.dumps({name: part for name, part in spec.items() if name != "datasets"}, sort_keys=True)


@pytest.mark.parametrize("name", EVERY)
def test_one_click_selection_of_a_course_stands_in_the_chart(name: str) -> None:
    spec = spec_of(EVERY[name])
    (choice,) = [
        param
        for unit in units(spec)
        for param in unit.get("params", [])
        if param.get("select", {}).get("type") == "point"
    ]
    assert choice["name"] == CHOSEN
    assert choice["select"]["fields"] == ["course"]
    chosen = {row["course"] for row in spec["datasets"]["spans"]}
    assert chosen <= {row["course_id"] for row in EVERY[name].courses}


@pytest.mark.parametrize("name", EVERY)
def test_choosing_a_course_changes_rows_and_never_the_drawing_so_the_zoom_stays(name: str) -> None:
    one = EVERY[name]
    specs = [spec_of(one, chosen=chosen) for chosen in (None, *(row["course_id"] for row in one.courses))]
    assert len({without_rows(spec) for spec in specs}) == 1
    assert len({json.dumps(spec["datasets"], sort_keys=True) for spec in specs}) == len(specs)
    check(specs[1])


def test_the_counts_that_decided_the_chosen_course_carry_their_numbers() -> None:
    one = EVERY["ITP"]
    layers = spec_of(one, chosen="C1", zero=Zero(on(0), "diagnosis"))["datasets"]
    assert [(badge["number"], badge["x"]) for badge in layers["badges"]] == [("1", 4.0), ("2", 283.0)]
    by_day = {point["x"]: point["v"] for point in layers["counts_platelets"]}
    heights = [badge["y"] for badge in layers["badges"]]
    assert by_day[4.0] > by_day[283.0]
    assert heights[0] < heights[1]
    assert [one.number for one in cited(one, "C1")] == [1, 2]


def test_only_the_time_and_the_ribbon_of_the_chosen_course_stand_out() -> None:
    layers = spec_of(EVERY["ITP"], chosen="C2", zero=Zero(on(0), "diagnosis"))["datasets"]
    (window,) = layers["window"]
    assert window["x"] == 298
    mine = [row for row in layers["spans"] if row["course"] == "C2"]
    assert [(row["x"], row["x2"]) for row in layers["chosen_spans"]] == [
        (row["x"], row["x2"]) for row in mine
    ]


def test_a_course_of_somebody_else_chooses_nothing() -> None:
    layers = spec_of(EVERY["ITP"], chosen="NOT-MINE")["datasets"]
    assert layers["window"] == layers["badges"] == layers["chosen_spans"] == []


def test_badges_close_to_each_other_are_stacked() -> None:
    one = timeline(
        episodes=[episode("ITP")],
        courses=[course("C1", 1, 0, 30, "STEROID", until=700)],
        observations=[count(days, 150.0) for days in (*range(0, 30, 5), 700)],
        calls=[call("C1", "CR", onset_on=0, cr_onset_on=0)],
        evidence=[
            {"course_id": "C1", "step": name, "source": "observation", "source_id": f"pla-{days}",
             "observed_on": on(days)}
            for days, name in ((0, "onset"), (5, "confirming"), (10, "cr_onset"))
        ],
    )  # fmt: skip
    badges = spec_of(one, chosen="C1")["datasets"]["badges"]
    assert len({badge["y_badge"] for badge in badges}) == 3


def test_evidence_that_is_no_count_of_a_lane_is_numbered_at_the_ribbon() -> None:
    one = timeline(
        episodes=[episode("ITP")],
        courses=[course("C1", 1, 0, 30, "STEROID", until=100)],
        observations=[count(0, 20.0)],
        calls=[call("C1", "NR")],
        evidence=[
            {"course_id": "C1", "step": "refutes_better", "source": "bleed", "source_id": "B1",
             "observed_on": on(9)}
        ],
    )  # fmt: skip
    layers = spec_of(one, chosen="C1")["datasets"]
    (badge,) = layers["badges"]
    (span,) = layers["spans"]
    assert span["y"] < badge["y"] < span["y2"]


# --- who judges


def test_a_reader_without_the_right_to_see_calls_gets_no_ribbon_and_no_word_of_one() -> None:
    one = replace(EVERY["Evans"], calls=[], evidence=[], calls_are_shown=False)
    spec = spec_of(one, chosen=one.courses[0]["course_id"])
    assert spec["datasets"]["spans"] == spec["datasets"]["badges"] == []
    words = drawn(spec) + describe(one)
    assert "call" not in words.lower()
    assert "Response" not in words


def test_other_judgements_stand_in_lanes_of_their_own_below_with_their_source() -> None:
    one = timeline(
        episodes=[episode("ITP")],
        courses=[course("C1", 1, 0, 30, "STEROID", until=300)],
        observations=[count(0, 20.0)],
        calls=[call("C1", "CR", onset_on=10, cr_onset_on=20)],
    )
    read = Ribbon("committee", timeline(calls=[call("C1", "R", onset_on=12)]).calls)
    layers = spec_of(one, ribbons=[Ribbon.of_calls(one), read])["datasets"]
    assert [row["label"] for row in layers["row_labels"]][:2] == ["ITP call", "ITP committee"]
    lanes = {row["source"]: row["y"] for row in layers["spans"]}
    assert lanes["call"] < lanes["committee"]
    assert {row["kind"] for row in layers["spans"] if row["source"] == "committee"} == {"R"}
    assert {row["tip"].split(":")[0] for row in layers["spans"]} == {"ITP call", "ITP committee"}

"""The swimmer plot: every course of every patient as a bar, with the turns of its response."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from adjudication.agents import regimen_word
from registry.charts.axis import DAYS_PER_MONTH, written
from registry.charts.frame import Spec, config, layer, nothing, says
from registry.charts.palette import PALETTES, Ink, Palette, Theme
from registry.charts.regimens import inks_of
from registry.charts.words import subtitle
from registry.record.lines import line_words

Row = dict[str, Any]

ROW_HEIGHT = 17
PATIENTS_PER_PAGE = 60
"""More rows than this do not fit a screen or a page of paper; the caller pages through the patients."""
OTHER = "other regimen"
PICKED = "picked"
"""The selection that holds the patient whose course was clicked."""
TURNS = {
    "CR onset": "circle",
    "R onset": "diamond",
    "PR onset": "diamond",
    "Relapse": "cross",
    "Died": "square",
    "Followed up to": "triangle-right",
}


def swimmer_spec(
    courses: Sequence[Row],
    *,
    theme: Theme = "light",
    synthetic: bool = False,
    part: str = "",
    note: str = "",
    pick: bool = False,
) -> Spec:
    """The Vega-Lite spec of a swimmer plot.

    `courses`, one row each with these names, patients in the order in which they are shown: patient_id,
    disease, course_id, line_number, regimen, started_on, stopped_on, ongoing, until_on (next course of the
    disease or end of follow-up), zero_on (day 0 of the row), last_on, died_on, best_response, onset_on,
    cr_onset_on, relapsed_on, and where people decided provenance (`decision`) and call_response.
    `part` says which patients these are, such as `patients 61 to 120 of 412`, and `note` which courses. With `pick`
    a click on a course selects its patient (selection `picked`, field `patient`).
    """
    palette = PALETTES[theme]
    rows = [dict(row) for row in courses if row["started_on"] and row["zero_on"]]
    if not rows:
        return nothing("Courses and responses", "No course is recorded", palette)
    diseases: dict[str, set[str]] = {}
    for row in rows:
        diseases.setdefault(row["patient_id"], set()).add(row["disease"])
    for row in rows:
        evans = len(diseases[row["patient_id"]]) > 1
        row["lane"] = f"{row['patient_id']} {row['disease']}" if evans else row["patient_id"]
    lanes = list(dict.fromkeys(row["lane"] for row in rows))
    inks = inks_of(Counter(row["regimen"] or "" for row in rows), palette)
    with debug_mode(False):
        spec = layer(*_layers(lanes, inks, _turns_used(rows), palette, pick))
    count = len({row["patient_id"] for row in rows})
    held = f"{len(rows)} courses of {count} patients"
    shown = f"{held}, {part}" if part else held
    said = subtitle(
        f"{shown}; full color during treatment, pale until the next course",
        "Click on a course to open its patient" if pick else "",
        note,
        synthetic=synthetic,
    )
    return spec | {
        "$schema": alt.SCHEMA_URL,
        "width": "container",
        "height": max(1, len(lanes)) * ROW_HEIGHT,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "background": "transparent",
        "padding": {"left": 4, "top": 4, "right": 4, "bottom": 4},
        "resolve": {"scale": {"fill": "independent", "shape": "independent"}},
        "config": config(palette),
        "title": {"text": "Courses and responses", "subtitle": said},
        "description": f"Swimmer plot: {held}.",
        "datasets": {
            "courses": [_bar(row, inks) for row in rows],
            "given": [_given(row, inks) for row in rows],
            "turns": _turns(rows),
        },
    }


def _month(on: date, zero: date) -> float:
    return round((on - zero).days / DAYS_PER_MONTH, 3)


def _regimen(row: Row, inks: dict[str, Ink]) -> str:
    return regimen_word(row["regimen"] or "") or "not recorded" if (row["regimen"] or "") in inks else OTHER


def _bar(row: Row, inks: dict[str, Ink]) -> Row:
    until = max(row["until_on"] or row["started_on"], row["started_on"])
    line = line_words(row["line_number"])
    what = regimen_word(row["regimen"] or "") or "no agent recorded"
    return {
        "lane": row["lane"],
        "patient": row["patient_id"],
        "x": _month(row["started_on"], row["zero_on"]),
        "x2": _month(until, row["zero_on"]),
        "free": _month(max([row["started_on"], *_marked(row)]), row["zero_on"]),
        "regimen": _regimen(row, inks),
        "course": f"{row['course_id']}, {row['disease']} {line}",
        "what": what,
        "label": what,
        "best": _best(row),
        "from": written(row["started_on"]),
        "tip": f"{row['lane']}, {line}: {what}, best response {_best(row)}",
    }


def _best(row: Row) -> str:
    """`CR`; where people decided, `NR (decision, the call was CR)`."""
    best = row["best_response"] or "not assessed yet"
    if row.get("provenance") != "decision":
        return best
    call = row["call_response"] or "none"
    return f"{best} (decision)" if call == best else f"{best} (decision; automated call {call})"


def _by_people(row: Row, kind: str) -> str:
    """Who dated a turn, where it was not the machine; nobody decides a death or a contact."""
    decided = row.get("provenance") == "decision" and (kind == "Relapse" or kind.endswith("onset"))
    return ", decided by reviewers" if decided else ""


def _marked(row: Row) -> list[date]:
    """The days of a course behind which its name can stand: the last dose, the onsets."""
    days = [_stop(row), row["onset_on"], row["cr_onset_on"]]
    return [on for on in days if on is not None]


def _stop(row: Row) -> date:
    ongoing = row["ongoing"] in ("yes", True)
    stop: date | None = row["stopped_on"] or (row["last_on"] if ongoing else None)
    return stop or row["started_on"]


def _given(row: Row, inks: dict[str, Ink]) -> Row:
    """The part of a course during which its agents were given."""
    return {
        "lane": row["lane"],
        "patient": row["patient_id"],
        "x": _month(row["started_on"], row["zero_on"]),
        "x2": _month(max(_stop(row), row["started_on"]), row["zero_on"]),
        "regimen": _regimen(row, inks),
    }


def _turns(rows: list[Row]) -> list[Row]:
    found: list[Row] = []

    def add(row: Row, kind: str, on: date | None) -> None:
        if on is not None:
            found.append(
                {
                    "lane": row["lane"],
                    "x": _month(on, row["zero_on"]),
                    "kind": kind,
                    "when": f"{written(on)}, month {_month(on, row['zero_on']):.1f}",
                    "tip": f"{row['lane']}: {kind}, {written(on)}{_by_people(row, kind)}",
                }
            )

    last: dict[str, Row] = {}
    for row in rows:
        last[row["lane"]] = row
        best, onset, cr = row["best_response"], row["onset_on"], row["cr_onset_on"]
        if best == "CR":
            add(row, "CR onset", cr)
            if onset is not None and (cr is None or onset < cr):
                add(row, "PR onset" if row["disease"] == "AIHA" else "R onset", onset)
        elif best in ("R", "PR"):
            add(row, f"{best} onset", onset)
        add(row, "Relapse", row["relapsed_on"])
    for row in last.values():
        if row["died_on"] is not None:
            add(row, "Died", row["died_on"])
        else:
            add(row, "Followed up to", row["last_on"])
    return found


def _turns_used(rows: list[Row]) -> list[str]:
    used = {turn["kind"] for turn in _turns(rows)}
    return [kind for kind in TURNS if kind in used]


def _layers(
    lanes: list[str], inks: dict[str, Ink], turns: list[str], p: Palette, pick: bool
) -> list[alt.Chart]:
    domain = [regimen_word(regimen) or "not recorded" for regimen in inks] + [OTHER]
    fills = [ink.fill for ink in inks.values()] + [p.other_class.fill]
    y = alt.Y(
        "lane:N",
        title=None,
        sort=None,
        scale=alt.Scale(domain=lanes, paddingInner=0.2, paddingOuter=0.1),
        axis=alt.Axis(
            ticks=False, domain=False, labelLimit=130, labelFontSize=10, labelPadding=9, grid=False
        ),
    )
    months = alt.Scale(nice=True, zero=True)
    axis = alt.Axis(grid=True, gridColor=p.grid, tickMinStep=1)

    def x(name: str = "x") -> alt.X:
        title = "Months from the onset of the disease"
        return alt.X(field=name, type="quantitative", title=title, scale=months, axis=axis)

    regimens = alt.Scale(domain=domain, range=fills)
    fill = alt.Fill(
        "regimen:N",
        title="Regimen",
        scale=regimens,
        legend=alt.Legend(values=domain[:-1], columns=4, symbolType="square", symbolSize=120),
    )
    tip = alt.Description(field="tip", type="nominal")
    chart = alt.Chart
    bars = (
        chart(alt.NamedData("courses"))
        .mark_bar(opacity=0.38, height=alt.RelativeBandSize(band=0.86), stroke=p.ground, strokeWidth=0.6)
        .encode(
            x=x(),
            x2="x2",
            y=y,
            fill=fill,
            tooltip=says(
                lane="Patient", course="Course", what="Regimen", best="Best response", **{"from": "From"}
            ),
            description=tip,
        )
    )
    given = (
        chart(alt.NamedData("given"))
        .mark_bar(height=alt.RelativeBandSize(band=0.86), aria=False, tooltip=None)
        .encode(x=x(), x2="x2", y=y, fill=alt.Fill("regimen:N", scale=regimens, legend=None))
    )
    if pick:
        picked = alt.selection_point(name=PICKED, fields=["patient"], on="click", clear=False)
        bars = bars.add_params(picked)
    room = "scale('x', datum.x2) - scale('x', datum.free) > 5.2 * length(datum.label) + 22"
    labels = (
        chart(alt.NamedData("courses"))
        .mark_text(
            align="left", dx=10, fontSize=9, aria=False, opacity=alt.ExprRef(f"{room} ? 1 : 0"), color=p.text
        )
        .encode(x=x("free"), y=y, text="label:N")
    )
    layers = [bars, given, labels]
    if turns:
        kinds = alt.Scale(domain=turns, range=[TURNS[kind] for kind in turns])
        colors = {
            "CR onset": p.responses["CR"].fill,
            "R onset": p.responses["R"].fill,
            "PR onset": p.responses["PR"].fill,
            "Relapse": p.responses["Relapse"].fill,
            "Died": p.text,
            "Followed up to": p.other_class.fill,
        }
        legend = alt.Legend(columns=6, symbolSize=70, symbolStrokeColor=p.text)
        layers.append(
            chart(alt.NamedData("turns"))
            .mark_point(filled=True, size=62, opacity=1, stroke=p.text, strokeWidth=0.9)
            .encode(
                x=x(),
                y=y,
                shape=alt.Shape("kind:N", title="Response", scale=kinds, legend=legend),
                fill=alt.Fill(
                    "kind:N",
                    title="Response",
                    scale=alt.Scale(domain=turns, range=[colors[kind] for kind in turns]),
                    legend=legend,
                ),
                tooltip=says(lane="Patient", kind="Turn", when="When"),
                description=tip,
            )
        )
    return layers

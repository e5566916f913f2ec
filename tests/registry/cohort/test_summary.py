"""The reference cohort, judged from its counts, gives the figures of the published cohort, n and N of each.

The numbers are written here as the abstract prints them or implies them; the program has only their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from registry import cohort, record, review
from registry.cohort.abstract import of_figure
from registry.cohort.figure import CurveMedian
from registry.errors import NotPermitted
from registry.roles import Actor, Role
from registry.store.database import Database

# (number of the figure, reading, unit, k, n)
SHARES = [
    (1, None, "patients", 1431, 1431),
    (2, "printed", "patients", 41, 41),
    (2, "defensible", "patients", 41, 1431),
    (3, "printed", "patients", 34, 1431),
    (3, "defensible", "patients", 34, 1431),
    (4, "printed", "patients", 7, 1431),
    (4, "defensible", "patients", 7, 1431),
    (5, "defensible", "patients", 13, 1431),
    (6, None, "patients", 28, 41),
    (11, None, "patients", 2, 34),
    (12, None, "patients", 32, 34),
    (13, None, "patients", 29, 32),
    (14, "printed", "courses", 18, 29),
    (14, "defensible", "courses", 20, 32),
    (15, None, "patients", 10, 32),
    (16, None, "patients", 22, 32),
    (17, "printed", "patients", 11, 22),
    (17, "defensible", "patients", 11, 32),
    (18, "printed", "courses", 15, 15),
    (18, "defensible", "patients", 15, 15),
    (19, None, "courses", 12, 15),
    (20, "printed", "responses", 4, 12),
    (20, "defensible", "courses", 4, 15),
    (22, None, "responses", 10, 12),
    (24, "printed", "stopped courses", 6, 10),
    (24, "defensible", "stopped courses", 6, 10),
    (25, None, "courses", 10, 10),
    (26, None, "courses", 9, 10),
    (27, None, "responses", 2, 9),
    (29, None, "courses", 7, 7),
    (30, None, "courses", 5, 7),
    (31, None, "responses", 2, 5),
    (34, "printed", "stopped courses", 3, 5),
    (34, "defensible", "stopped courses", 2, 4),
    (36, "printed", "patients", 34, 34),
    (36, "defensible", "patients", 31, 31),
    (37, "printed", "patients", 31, 34),
    (37, "defensible", "patients", 29, 32),
    (38, "printed", "patients", 3, 34),
    (38, "defensible", "patients", 3, 32),
    (39, None, "patients", 4, 34),
    (39, None, "patients", 2, 34),
    (40, None, "patients", 6, 7),
    (40, None, "courses", 4, 6),
    (41, "printed", "patients", 4, 7),
    (41, "defensible", "patients", 4, 6),
    (41, None, "courses", 2, 4),
    (42, None, "patients", 2, 7),
    (42, None, "patients", 4, 7),
    (42, None, "patients", 3, 7),
    (42, None, "patients", 0, 7),
    (43, "printed", "patients", 6, 34),
    (43, "defensible", "patients", 6, 41),
    (44, "printed", "patients", 3, 34),
    (44, "defensible", "patients", 3, 41),
    (45, None, "patients", 33, 41),
    (46, "printed", "events", 25, 64),
    (46, "defensible", "patients", 25, 41),
    (47, "printed", "events", 14, 25),
    (48, "printed", "events", 16, 21),
    (49, "printed", "patients", 5, 41),
    (50, "printed", "patients", 3, 41),
    (51, None, "patients", 10, 41),
    (51, None, "patients", 6, 41),
    (51, None, "patients", 4, 41),
]

# (number of the figure, reading, unit, median, low, high, n)
MEDIANS = [
    (7, None, "years", 48, 20, 69, 41),
    (8, "printed", "months", 35, 6, 161, 41),
    (9, None, "10*9/L", 5.5, 0, 41, 34),
    (10, "printed", "g/L", 58, 35, 65, 7),
    (10, "defensible", "g/L", 62, 35, 78, 13),
    (21, "printed", "months", 22, 3, 48, 12),
    (23, None, "days", 64, 7, 528, 10),
    (28, "printed", "months", 27, 3, 83, 9),
    (32, "printed", "months", 5, 2, 44, 5),
    (33, "printed", "days", 49, 14, 462, 5),
    (35, "printed", "months", 38, 3, 96, 34),
    (42, "printed", "months", 68, 27, 102, 7),
]

# Clopper-Pearson limits in percent, as computed beside the figures of the abstract: (number, k, n, low, high)
INTERVALS = [
    (3, 34, 1431, 1.7, 3.3),
    (5, 13, 1431, 0.48, 1.55),
    (6, 28, 41, 51.9, 81.9),
    (13, 29, 32, 75.0, 98.0),
    (14, 18, 29, 42.3, 79.3),
    (14, 20, 32, 43.7, 78.9),
    (19, 12, 15, 51.9, 95.7),
    (27, 2, 9, 2.8, 60.0),
    (34, 3, 5, 14.7, 94.7),
    (37, 31, 34, 76.3, 98.1),
    (48, 16, 21, 52.8, 91.8),
]


@pytest.fixture(scope="module")
def figures(cohort: Database) -> list[dict[str, Any]]:
    from registry.cohort import summary

    found: list[dict[str, Any]] = summary(cohort, cohort.actor(None)).as_json()["figures"]
    return found


@pytest.fixture
def own(cohort_path: Path) -> Iterator[Database]:
    """The judged reference cohort, to be changed."""
    with Database.open(cohort_path) as database:
        yield database


def share(db: Database, figure: str) -> tuple[int, int]:
    """k and n of a figure, after judging what has changed."""
    actor = db.actor(None)
    review.rejudge(db, actor)
    values = cohort.summary(db, actor).figure(figure).values()
    return values["k"], values["n"]


@pytest.mark.parametrize(("number", "reading", "unit", "k", "n"), SHARES)
def test_the_counts_give_k_and_n(
    figures: list[dict[str, Any]], number: int, reading: str | None, unit: str, k: int, n: int
) -> None:
    found = [
        (figure["k"], figure["n"])
        for figure in figures
        if (figure["seed_figure"], figure["reading"], figure["unit"]) == (number, reading, unit)
        and "k" in figure
    ]
    assert (k, n) in found


@pytest.mark.parametrize(("number", "reading", "unit", "median", "low", "high", "n"), MEDIANS)
def test_the_counts_give_the_median_and_range(
    figures: list[dict[str, Any]],
    number: int,
    reading: str | None,
    unit: str,
    median: float,
    low: float,
    high: float,
    n: int,
) -> None:
    found = [
        (figure["median"], figure["low"], figure["high"], figure["n"])
        for figure in figures
        if (figure["seed_figure"], figure["reading"], figure["unit"]) == (number, reading, unit)
        and "low" in figure
    ]
    assert found == [(median, low, high, n)]


@pytest.mark.parametrize(("number", "k", "n", "low", "high"), INTERVALS)
def test_the_interval_is_exact(
    figures: list[dict[str, Any]], number: int, k: int, n: int, low: float, high: float
) -> None:
    figure = next(
        one for one in figures if one["seed_figure"] == number and (one.get("k"), one.get("n")) == (k, n)
    )
    assert (100 * figure["ci_low"], 100 * figure["ci_high"]) == pytest.approx((low, high), abs=0.05)


def test_every_published_figure_that_follows_from_patients_is_there(figures: list[dict[str, Any]]) -> None:
    assert sorted({figure["seed_figure"] for figure in figures} - {None}) == list(range(1, 52))


def test_a_figure_with_two_readings_says_what_lies_between_them(figures: list[dict[str, Any]]) -> None:
    ambiguous = {3, 4, 8, 10, 14, 17, 18, 20, 21, 24, 28, 32, 33, 35, 36, 37, 38, 41, 44, 46, 47, 48, 49, 50}
    for number in ambiguous:
        own = [figure for figure in figures if figure["seed_figure"] == number]
        assert {figure["reading"] for figure in own} >= {"printed", "defensible"}, number
        assert all(figure["difference"] for figure in own if figure["reading"]), number


def test_the_printed_reading_comes_before_the_defensible_one(figures: list[dict[str, Any]]) -> None:
    seen: dict[int, str] = {}
    for figure in figures:
        if figure["reading"] and figure["seed_figure"] not in (None, 5):
            seen.setdefault(figure["seed_figure"], figure["reading"])
    assert set(seen.values()) == {"printed"}


def test_who_cannot_be_judged_counts_against_and_is_shown(figures: list[dict[str, Any]]) -> None:
    tpo_ra = next(figure for figure in figures if figure["id"] == "tpo_ra_orr")
    assert (tpo_ra["k"], tpo_ra["n"], tpo_ra["not_evaluable"]) == (12, 15, 1)


def test_the_median_of_an_ongoing_response_is_not_reached(cohort: Database) -> None:
    from registry.cohort import summary

    figure = summary(cohort, cohort.actor(None)).figure("tpo_ra_duration")
    assert isinstance(figure, CurveMedian)
    assert figure.median.estimate is None
    assert (figure.events, figure.censored, figure.median.method) == (4, 8, "log-log")


def test_ids_are_given_once(figures: list[dict[str, Any]]) -> None:
    ids = [figure["id"] for figure in figures]
    assert len(ids) == len(set(ids))


def test_json_is_plain_and_every_figure_has_its_unit(figures: list[dict[str, Any]]) -> None:
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    for figure in figures:
        assert figure["unit"]
        assert {"id", "seed_figure", "label", "unit"} <= figure.keys()
        assert (
            {"k", "n", "ci_low", "ci_high"} <= figure.keys()
            or {"median", "n"} <= figure.keys()
            or ("rate" in figure)
        )


def test_the_text_says_that_it_is_synthetic_and_names_criteria_and_intervals(cohort: Database) -> None:
    from registry.cohort import summary

    text = summary(cohort, cohort.actor(None)).text()
    assert "SYNTHETIC" in text.splitlines()[0]
    assert "itp-iwg-2009" in text
    assert "Clopper-Pearson" in text
    assert "12/15 courses" in text
    assert "80.0 %  51.9–95.7 %, 1 NE" in text
    assert "0.20–1.01 %" in text
    assert "not reached" in text
    assert "nan" not in text.lower().split()


def test_a_changed_count_changes_the_figure(own: Database) -> None:
    actor = own.actor(None)
    assert share(own, "tpo_ra_relapse") == (4, 12)
    # The last two counts of a patient in remission off eltrombopag fall below 30.
    last = own.rows(
        "SELECT observation_id FROM observation_view WHERE patient_id = 'SYN-009' AND analyte = 'platelets' "
        "AND evaluable ORDER BY observed_on DESC LIMIT 2"
    )
    for (observation,) in last:
        identity = {"patient_id": "SYN-009", "observation_id": observation}
        version = record.version(own, "observation", identity)
        assert version is not None
        record.amend(own, actor, "observation", identity, {"value": "9"}, "misread", version)
    assert share(own, "tpo_ra_relapse") == (5, 12)
    assert share(own, "tpo_ra_held") == (5, 10)
    assert share(own, "itp_in_response") == (33, 34)


def test_a_lost_confirming_count_takes_the_response_away(own: Database) -> None:
    actor = own.actor(None)
    counts = own.rows(
        "SELECT observation_id FROM observation_view WHERE patient_id = 'SYN-023' AND analyte = 'platelets' "
        "AND evaluable AND value_canonical >= 30 AND observed_on > (SELECT onset_on FROM episode_view "
        "WHERE patient_id = 'SYN-023') ORDER BY observed_on"
    )
    for (observation,) in counts[1:]:
        identity = {"patient_id": "SYN-023", "observation_id": observation}
        record.withdraw(own, actor, "observation", identity, "wrong patient", 1)
    assert share(own, "first_line_orr_usual") == (17, 29)


def test_a_withdrawn_adverse_event_is_not_counted(own: Database) -> None:
    events = own.rows("SELECT adverse_event_id FROM adverse_event_view WHERE category = 'ptld' ORDER BY 1")
    for (link,) in own.rows(
        "SELECT course_id FROM attribution_view WHERE adverse_event_id = $1", [events[0][0]]
    ):
        identity = {"adverse_event_id": events[0][0], "course_id": link}
        record.withdraw(own, own.actor(None), "attribution", identity, "entered twice", 1)
    record.withdraw(
        own, own.actor(None), "adverse_event", {"adverse_event_id": events[0][0]}, "entered twice", 1
    )
    assert share(own, "malignancy") == (9, 41)


def test_an_event_before_the_first_cytopenia_is_history(own: Database) -> None:
    event = {
        "patient_id": "SYN-003",
        "adverse_event_id": "before",
        "category": "thrombosis",
        "term": "stroke",
        "onset_on": own.rows("SELECT onset_on - 1 FROM episode_view WHERE patient_id = 'SYN-003'")[0][0],
    }
    record.log(own, own.actor(None), "adverse_event", event)
    assert share(own, "thrombosis_patients") == (14, 41)


def test_an_empty_registry_has_every_figure_without_dividing_by_zero(
    registry: Database, operator: Actor
) -> None:
    found = cohort.summary(registry, operator)
    assert "SYNTHETIC" not in found.text()
    assert share(registry, "tpo_ra_orr") == (0, 0)
    assert "n/a" in found.text()
    json.dumps(found.as_json(), allow_nan=False)


def test_patients_without_courses_exposure_or_contact_are_counted_as_they_are(
    registry: Database, operator: Actor
) -> None:
    record.log(registry, operator, "patient", {"patient_id": "P1"})
    episode = {"patient_id": "P1", "episode_id": "E1", "disease": "ITP", "onset_on": "2020-01-01"}
    record.log(registry, operator, "episode", episode)
    assert share(registry, "treated") == (0, 1)
    assert share(registry, "after_alemtuzumab") == (0, 1)
    assert share(registry, "itp_in_response") == (0, 1)
    assert cohort.summary(registry, operator).figure("itp_follow_up").values()["n"] == 0


def test_a_course_that_is_not_judged_yet_is_said_to_be_so(registry: Database, operator: Actor) -> None:
    from registry import demo

    demo.load(registry, operator)
    found = cohort.summary(registry, operator)
    assert found.not_judged == 87
    assert "not assessed yet" in found.text()
    assert found.figure("tpo_ra_orr").values()["k"] == 0


def test_the_figures_of_a_site_are_those_of_its_patients(cohort: Database) -> None:
    from registry.cohort import summary

    reader = Actor("reader", {"synthetic-north": frozenset({Role.CLINICIAN})})
    figure = summary(cohort, reader).figure("cytopenia").values()
    assert figure["k"] == len(cohort.rows("SELECT 1 FROM patient_view WHERE site = $1", ["synthetic-north"]))


def test_the_summary_of_another_registry_speaks_of_no_abstract(cohort: Database) -> None:
    from registry.cohort import summary

    own = summary(cohort, cohort.actor(None))
    other = replace(own, reference=False)
    assert "abstract" in own.text()
    text = other.text()
    assert [word for word in ("abstract", "printed", "published", " p ", " d ") if word in text] == []
    assert "Response to TPO-RA  " in text
    assert "\n      ITP, with or without AIHA, rounded" in text
    assert other.as_json() == own.as_json()
    numbers = {figure["seed_figure"] for figure in other.as_json()["figures"]}
    assert numbers == {None, *range(1, 52)}


def test_only_the_reference_cohort_is_compared_with_its_abstract(
    registry: Database, operator: Actor, cohort: Database
) -> None:
    from registry.cohort import summary

    assert summary(cohort, cohort.actor(None)).reference
    assert not summary(registry, operator).reference


def test_a_second_denominator_and_a_regimen_at_the_end_have_the_number_of_their_kind() -> None:
    numbers = {
        name: one and one.number
        for name in ("exposed_2", "itp_on_mmf", "aiha_on_mmf", "new")
        for one in [of_figure(name)]
    }
    assert numbers == {"exposed_2": 1, "itp_on_mmf": 39, "aiha_on_mmf": 42, "new": None}


def test_a_blind_reader_gets_no_figures(cohort: Database) -> None:
    from registry.cohort import summary

    with pytest.raises(NotPermitted):
        summary(cohort, Actor("blind", {"*": frozenset({Role.ADJUDICATOR})}))

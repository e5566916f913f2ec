"""Every share is a part of its whole, and events and time are of the same patients, whatever a registry holds."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from adjudication.agents import listed_agents
from registry import cohort
from registry.cohort.chosen import figures
from registry.cohort.figure import About, Share
from registry.cohort.remissions import off_treatment_curve
from registry.roles import Actor, Role
from registry.store.database import Database
from tests.registry.cohort.small import arm, judged, of_one, on, value

KINDS = (
    "cardiovascular",
    "thrombosis",
    "infection",
    "steroid_diabetes",
    "graft_failure",
    "solid_tumor",
    "ptld",
    "other",
)


def random_tables(seed: int, patients: int) -> dict[str, list[dict[str, Any]]]:
    """Plausible patients with much that is missing: contacts, courses, exposures, ends."""
    rng = random.Random(seed)
    names = [agent.name for agent in listed_agents()]
    rows: dict[str, list[dict[str, Any]]] = {
        name: []
        for name in (
            "patient",
            "episode",
            "course",
            "course_agent",
            "observation",
            "adverse_event",
            "exposure",
            "rescue",
        )
    }
    for number in range(patients):
        name, end = f"P{number}", rng.randint(30, 2000)
        died = rng.random() < 0.2
        rows["patient"].append(
            {
                "patient_id": name,
                "site": rng.choice(("North", "South", "")),
                "sex": rng.choice(("male", "female", "")),
                "last_contact_on": on(rng.randint(0, end)) if rng.random() < 0.5 else None,
                "died_on": on(end) if died else None,
            }
        )
        if rng.random() < 0.5:
            rows["exposure"].append(
                {
                    "patient_id": name,
                    "exposure_id": f"X{number}",
                    "agent": "alemtuzumab",
                    "setting": rng.choice(("renal_transplant", "multiple_sclerosis")),
                    "started_on": on(-rng.randint(1, 300)),
                }
            )
        for disease in rng.choice((("ITP",), ("AIHA",), ("ITP", "AIHA"))):
            episode, begun = f"{name}-{disease}", 0
            rows["episode"].append(
                {"patient_id": name, "episode_id": episode, "disease": disease, "onset_on": on(0)}
            )
            for line in range(rng.randint(0, 4)):
                begun += rng.randint(1, 300)
                if begun > end:
                    break
                agent = rng.choice(
                    ("observation", "prednisolone", "eltrombopag", "rituximab", rng.choice(names))
                )
                stopped = begun + rng.randint(0, 200)
                stopped_on = on(stopped) if stopped <= end and rng.random() < 0.7 else None
                course = f"{episode}-{line}"
                rows["course"].append(
                    {
                        "episode_id": episode,
                        "course_id": course,
                        "started_on": on(begun),
                        "stopped_on": stopped_on,
                        "intent": "observation"
                        if agent == "observation"
                        else rng.choice(("induction", "maintenance", "")),
                        "line_number": rng.choice(("", "", line + 1)),
                    }
                )
                rows["course_agent"].append(
                    {"course_id": course, "agent": agent, "started_on": on(begun), "stopped_on": stopped_on}
                )
        for place in range(rng.randint(0, 25)):
            analyte = rng.choice(("platelets", "hemoglobin"))
            rows["observation"].append(
                {
                    "patient_id": name,
                    "observation_id": f"O{place}",
                    "observed_at": on(rng.randint(0, end)),
                    "analyte": analyte,
                    "value": rng.choice((8, 25, 45, 120, 160))
                    if analyte == "platelets"
                    else rng.choice((60, 95, 130)),
                    "unit": "10*9/L" if analyte == "platelets" else "g/L",
                }
            )
        for place in range(rng.randint(0, 3)):
            rows["adverse_event"].append(
                {
                    "patient_id": name,
                    "adverse_event_id": f"{name}-A{place}",
                    "category": rng.choice(KINDS),
                    "term": "reported",
                    "onset_on": on(rng.randint(-100, end)),
                    "ctcae_version": "5.0",
                    "ctcae_grade": rng.choice((1, 2, 3, 4)),
                }
            )
    return rows


def sound(db: Database, actor: Actor) -> None:
    """What holds of every figure of every registry."""
    for figure in cohort.summary(db, actor).as_json()["figures"]:
        if figure.get("k") is not None:
            assert 0 <= figure["k"] <= figure["n"], figure["id"]
        if figure.get("events") and "patient_years" in figure:
            assert figure["patient_years"] > 0, figure["id"]
        if figure.get("percent") is not None:
            assert 0 <= figure["percent"] <= 100, figure["id"]
    found = figures(db, actor).as_json()
    for row in found["response_by_regimen"] + found["response_by_line"]:
        assert row["complete"] <= row["responded"] <= row["courses"]
        assert row["evaluable"] >= row["responded"]
    for measure in ("duration_of_response", "time_to_next_course"):
        for rows in found[measure].values():
            for row in rows:
                assert row["n"] == row["events"] + row["censored"]
    for row in found["remission_off_treatment"]:
        assert 0 <= row["held"] <= row["known"] <= row["stopped_in_response"]
        assert row["lost"] <= row["n"]
    for row in found["adverse_events_by_regimen"]:
        assert row["patients_with_event"] <= row["patients"] <= row["courses"]


@pytest.mark.parametrize(("seed", "patients"), [(1, 1), (2, 1), (3, 1), (4, 60)])
def test_every_share_of_a_random_registry_is_a_part_of_its_whole(
    registry: Database, tmp_path: Path, seed: int, patients: int
) -> None:
    judged(registry, tmp_path / "in", **random_tables(seed, patients))
    sound(registry, registry.actor(None))
    sound(registry, Actor("north", {"North": frozenset({Role.CLINICIAN})}))


def test_every_share_of_the_reference_cohort_is_a_part_of_its_whole(cohort: Database) -> None:
    sound(cohort, cohort.actor(None))


def test_a_share_that_is_larger_than_its_whole_cannot_be_made() -> None:
    about = About("any", "Any", "patients")
    with pytest.raises(ValueError, match="below zero"):
        Share(about, 2, -1)
    rows = [{"number": 2, "ill": True}, {"number": 3, "ill": False}]
    made = Share.of(about, rows, lambda row: bool(row["ill"]))
    assert (made.k, made.n) == (2, 5)


def test_diabetes_of_a_patient_without_a_corticosteroid_is_no_share_of_those_given_it(
    registry: Database, tmp_path: Path
) -> None:
    tables = of_one({"agent": "rituximab", "started_on": on(1)}, counts={1: 10, 50: 20})
    tables["adverse_event"] = [
        {
            "patient_id": "A",
            "adverse_event_id": "D",
            "category": "steroid_diabetes",
            "term": "diabetes",
            "onset_on": on(40),
        }
    ]
    judged(registry, tmp_path / "in", **tables)
    assert (value(registry, "steroid_diabetes")["k"], value(registry, "steroid_diabetes")["n"]) == (1, 1)
    at_risk = value(registry, "steroid_diabetes_at_risk")
    assert (at_risk["k"], at_risk["n"]) == (0, 0)


@pytest.mark.parametrize("last", ["count", "bleed", "rescue", "event", "course"])
def test_without_a_last_contact_a_patient_is_followed_to_the_last_thing_recorded(
    registry: Database, tmp_path: Path, last: str
) -> None:
    tables = of_one({"agent": "prednisolone", "started_on": on(1)}, counts={1: 10})
    more: dict[str, list[dict[str, Any]]] = {
        "bleed": [{"bleed_id": "B", "started_on": on(400), "scale": "WHO", "grade": 1}],
        "rescue": [{"rescue_id": "R", "given_on": on(400), "agent": "ivig"}],
        "adverse_event": [
            {"adverse_event_id": "A1", "category": "other", "term": "rash", "onset_on": on(400)}
        ],
    }
    if last == "count":
        tables["observation"].append(
            tables["observation"][0] | {"observation_id": "L", "observed_at": on(400)}
        )
    elif last == "course":
        tables["course"][0] |= {"stopped_on": on(400), "ongoing": "no"}
    else:
        table = {"event": "adverse_event"}.get(last, last)
        tables[table] = [{"patient_id": "A"} | row for row in more[table]]
    judged(registry, tmp_path / "in", **tables)
    assert value(registry, "itp_follow_up")["n"] == 1
    assert value(registry, "event_rate")["patient_years"] == pytest.approx(400 / 365.25, abs=0.1)
    next_course = arm(registry, "time_to_next_course", "steroid")
    assert (next_course["n"], next_course["censored"], next_course["kept_12_months"]) == (1, 1, 100)


@pytest.mark.parametrize("line_number", [None, 2])
def test_watch_and_wait_after_a_course_is_a_note(
    registry: Database, tmp_path: Path, line_number: int | None
) -> None:
    counts = {1: 10} | dict.fromkeys((20, 30, 60, 100, 200, 400, 600, 800), 150)
    tables = of_one(
        {"agent": "prednisolone", "started_on": on(1), "stopped_on": on(80)},
        {"agent": "observation", "started_on": on(90), "intent": "observation", "line_number": line_number},
        counts=counts,
    )
    judged(registry, tmp_path / "in", **tables)
    assert (value(registry, "spontaneous_cr")["k"], value(registry, "second_line")["k"]) == (0, 0)
    assert (value(registry, "first_line_held")["k"], value(registry, "itp_last_cr")["k"]) == (1, 1)
    for measure in ("duration_of_response", "time_to_next_course"):
        row = arm(registry, measure, "steroid")
        assert (row["n"], row["events"], row["kept_24_months"]) == (1, 0, 100)


@pytest.mark.parametrize(("gap", "known"), [(180, True), (181, False)])
def test_a_state_is_known_at_a_count_near_the_end_of_follow_up(
    registry: Database, tmp_path: Path, gap: int, known: bool
) -> None:
    tables = of_one(
        {"agent": "prednisolone", "started_on": on(1), "stopped_on": on(80)},
        counts={1: 10, 20: 150, 30: 150},
        last_contact=30 + gap,
    )
    judged(registry, tmp_path / "in", **tables)
    for figure_id in ("itp_in_response", "itp_alive_in_response", "itp_last_cr", "itp_last_cr_treated"):
        found = value(registry, figure_id)
        assert (found["k"], found["n"], found["not_known"]) == ((1, 1, 0) if known else (0, 0, 1))
    text = cohort.summary(registry, registry.actor(None)).text()
    assert ("1 more not known" in text) is not known


def test_a_curve_that_has_fallen_to_nothing_stays_there() -> None:
    gone = off_treatment_curve([{"days": 40, "lost": True, "number": 3}])
    assert gone.kept(39) is not None
    assert gone.kept(40) == gone.kept(4000) == (0.0, None, None)
    going = off_treatment_curve(
        [{"days": 40, "lost": True, "number": 2}, {"days": 50, "lost": False, "number": 1}]
    )
    assert going.kept(51) is None
    assert off_treatment_curve([]).kept(1) is None


def test_remission_off_treatment_is_the_curve_from_the_last_dose() -> None:
    """Six stopped: lost on days 40 and 120, seen to hold until 60, 90, 100 and 400 (R 4.2, survfit, log-log)."""
    lost = dict.fromkeys((40, 120), True)
    rows = [{"days": day, "lost": lost.get(day, False), "number": 1} for day in (40, 60, 90, 100, 120, 400)]
    kept = off_treatment_curve(rows).kept(180)
    assert kept == pytest.approx((0.4167, 0.0108, 0.8434), abs=2e-3)


@pytest.mark.parametrize("setting", ["renal_transplant", "multiple_sclerosis"])
def test_time_at_risk_of_losing_a_graft_is_that_of_a_graft_and_ends_with_it(
    registry: Database, tmp_path: Path, setting: str
) -> None:
    counts = {1: 10, 2557: 150}
    tables = of_one({"agent": "prednisolone", "started_on": on(1)}, counts=counts)
    tables["patient"].append({"patient_id": "B", "site": "North"})
    tables["episode"].append(tables["episode"][0] | {"patient_id": "B", "episode_id": "F"})
    tables["observation"] += [row | {"patient_id": "B"} for row in tables["observation"]]
    tables["exposure"] = [
        {
            "patient_id": name,
            "exposure_id": f"X{name}",
            "agent": "alemtuzumab",
            "setting": setting if name == "B" else "renal_transplant",
            "started_on": on(-30),
        }
        for name in "AB"
    ]
    tables["adverse_event"] = [
        {
            "patient_id": "A",
            "adverse_event_id": "G",
            "category": "graft_failure",
            "term": "return to dialysis",
            "onset_on": on(365),
        }
    ]
    judged(registry, tmp_path / "in", **tables)
    rate = value(registry, "graft_failure_rate")
    years = 8.0 if setting == "renal_transplant" else 1.0
    assert (rate["events"], rate["patient_years"]) == (1, pytest.approx(years, abs=0.05))


@pytest.fixture
def two_sites(registry: Database, tmp_path: Path) -> Database:
    tables = of_one({"agent": "prednisolone", "started_on": on(1)}, counts={1: 10})
    tables["patient"].append({"patient_id": "B", "site": "South"})
    tables["exposure"] = [
        {
            "patient_id": name,
            "exposure_id": f"X{name}",
            "agent": "alemtuzumab",
            "setting": "renal_transplant",
            "started_on": on(-30),
        }
        for name in "AB"
    ]
    tables["denominator"] = [
        {
            "cohort": "All transplants",
            "setting": "renal_transplant",
            "from_on": on(-400),
            "to_on": on(0),
            "n": 300,
        }
    ]
    return judged(registry, tmp_path / "in", **tables)


def test_incidence_is_withheld_from_an_account_that_does_not_see_every_site_of_the_denominator(
    two_sites: Database,
) -> None:
    clinician = frozenset({Role.CLINICIAN})
    for sites, k in ((("North",), None), (("South",), None), (("North", "South"), 1)):
        summary = cohort.summary(two_sites, Actor("limited", dict.fromkeys(sites, clinician)))
        for name in (
            "any_incidence",
            "itp_incidence",
            "itp_incidence_printed",
            "aiha_incidence",
            "any_aiha_incidence",
        ):
            found = summary.figure(name).values()
            assert found["k"] == (0 if k and "aiha" in name else k)
            assert found["n"] == (300 if k else None)
        assert ("does not see every site" in summary.text()) is (k is None)
    assert value(two_sites, "itp_incidence")["n"] == 300


def test_more_cases_than_the_service_reports_are_no_incidence(two_sites: Database, tmp_path: Path) -> None:
    """Two patients fell ill of the one whom the service reports as exposed."""
    tables: dict[str, Any] = {
        "episode": [{"patient_id": "B", "episode_id": "F", "disease": "ITP", "onset_on": on(0)}],
        "denominator": [
            {
                "cohort": "One",
                "setting": "renal_transplant",
                "from_on": on(-399),
                "to_on": on(0),
                "n": 1,
            }
        ],
        "patient": [{"patient_id": "B", "site": "South"}],
    }
    judged(two_sites, tmp_path / "more", **tables)
    found = value(two_sites, "itp_incidence_2")
    assert (found["k"], found["n"]) == (None, None)
    assert found["withheld"].startswith("More patients fell ill here")
    assert value(two_sites, "itp_incidence")["k"] == 2

"""What the programme is measured by: months with a count, first cases by year, and how they were found."""

from datetime import date, timedelta
from typing import Any

import pytest

from adjudication.surveillance import add_months
from registry.database import Database
from registry.errors import NotPermitted
from registry.roles import Action, Actor, Role
from registry.surveillance.measures import Measures, measures

TODAY = date(2026, 3, 31)
MICRO = 1_000_000


class Ward:
    """Facts of watched patients, gathered and stored in one change."""

    def __init__(self, registry: Database, operator: Actor) -> None:
        self.registry, self.operator = registry, operator
        self.tables: dict[str, list[dict[str, Any]]] = {
            name: []
            for name in (
                "patient",
                "patient_fact",
                "exposure",
                "observation",
                "bleed",
                "episode",
                "episode_fact",
            )
        }

    def patient(self, *infusions: date, site: str | None = None, died_on: date | None = None) -> int:
        key = len(self.tables["patient"]) + 1
        self.tables["patient"].append({"patient_key": key, "patient_id": f"P{key}"})
        self.tables["patient_fact"].append({"patient_key": key, "site": site, "died_on": died_on})
        for number, day in enumerate(infusions):
            self.tables["exposure"].append(
                {
                    "patient_key": key,
                    "exposure_id": f"X{number}",
                    "agent": "alemtuzumab",
                    "setting": "multiple_sclerosis",
                    "started_on": day,
                }
            )
        return key

    def count(self, key: int, day: date, **other: Any) -> None:
        rows = self.tables["observation"]
        row = {
            "patient_key": key,
            "observation_id": f"O{len(rows)}",
            "observed_on": day,
            "analyte": "platelets",
            "canonical_e6": 200 * MICRO,
            "quality": "ok",
            "not_evaluable": None,
        }
        rows.append(row | other)

    def itp(self, key: int, onset_on: date) -> None:
        number = len(self.tables["episode"]) + 1
        self.tables["episode"].append({"episode_key": number, "episode_id": f"E{number}", "patient_key": key})
        self.tables["episode_fact"].append({"episode_key": number, "disease": "ITP", "onset_on": onset_on})

    def bleed(self, key: int, day: date, itp_related: str | None = None) -> None:
        rows = self.tables["bleed"]
        rows.append(
            {
                "patient_key": key,
                "bleed_id": f"B{len(rows)}",
                "started_on": day,
                "scale": "WHO",
                "grade": 1,
                "itp_related": itp_related,
            }
        )

    def measured(self, as_of: date = TODAY, actor: Actor | None = None) -> Measures:
        with self.registry.change(self.operator, Action.IMPORT, "a ward") as change:
            for table, rows in self.tables.items():
                if rows:
                    change.insert(table, rows)
        return measures(self.registry, actor or self.operator, as_of)


@pytest.fixture
def ward(registry: Database, operator: Actor) -> Ward:
    return Ward(registry, operator)


def test_nothing_is_divided_by_zero_where_nobody_is_watched(ward: Ward) -> None:
    found = ward.measured()
    assert (found.months_counted.n, found.months_counted.interval, found.years) == (0, None, ())
    assert found.missed_counts == 0


def test_a_month_has_its_count_from_the_day_after_its_first_to_its_last_day(ward: Ward) -> None:
    infused = date(2025, 10, 31)
    key = ward.patient(infused)
    ward.count(key, infused)  # on the day of the infusion: no month has begun
    ward.count(key, date(2025, 11, 30))  # the last day of month 1
    ward.count(key, date(2025, 12, 1))  # the first of month 2, which ends on 31 December
    ward.count(key, date(2026, 2, 1))  # month 4; month 3 ended on 31 January
    found = ward.measured()
    assert (found.months_counted.k, found.months_counted.n) == (3, 5)
    assert found.missed_counts == 2
    assert found.months_counted.interval is not None
    assert found.months_counted.interval.low == pytest.approx(0.1466, abs=1e-4)
    assert found.months_counted.interval.high == pytest.approx(0.9473, abs=1e-4)


@pytest.mark.parametrize(
    "other",
    [
        {"quality": "clumped"},
        {"not_evaluable": "hemolyzed"},
        {"canonical_e6": None},
        {"analyte": "hemoglobin"},
    ],
)
def test_what_is_no_clean_platelet_count_fills_no_month(ward: Ward, other: dict[str, Any]) -> None:
    key = ward.patient(date(2026, 2, 10))
    ward.count(key, date(2026, 2, 20), **other)
    found = ward.measured()
    assert (found.months_counted.k, found.months_counted.n) == (0, 1)


def test_months_run_to_48_after_the_last_infusion_death_or_the_day_asked(ward: Ward) -> None:
    ward.patient(date(2018, 1, 15))
    ward.patient(date(2018, 1, 15), date(2019, 1, 15))
    ward.patient(date(2025, 1, 15), died_on=date(2025, 4, 14))
    ward.patient(date(2026, 3, 1))
    assert ward.measured().months_counted.n == 48 + 60 + 2 + 0


@pytest.mark.parametrize("infused", [date(2024, 2, 29), date(2023, 12, 31), date(2023, 8, 30)])
def test_months_are_those_of_the_calendar_whatever_day_they_begin_on(ward: Ward, infused: date) -> None:
    """Against the plain definition, day by day."""
    key = ward.patient(infused)
    days = [infused + timedelta(step) for step in range(1, 700, 29)]
    for day in days:
        ward.count(key, day)
    ends = [add_months(infused, number) for number in range(1, 49) if add_months(infused, number) <= TODAY]
    starts = [infused, *ends]
    filled = sum(any(start < day <= end for day in days) for start, end in zip(starts, ends, strict=False))
    found = ward.measured().months_counted
    assert (found.k, found.n) == (filled, len(ends))


def test_first_cases_stand_in_the_year_since_the_first_infusion_in_which_they_began(ward: Ward) -> None:
    infused = date(2020, 1, 1)
    same_day, year_one, anniversary, third, before, none = (ward.patient(infused) for _ in range(6))
    ward.itp(same_day, infused)
    ward.itp(year_one, date(2020, 7, 1))
    ward.itp(anniversary, date(2021, 1, 1))
    ward.itp(third, date(2022, 3, 1))
    ward.itp(third, date(2023, 3, 1))  # a later episode is not a first case
    ward.itp(before, date(2019, 12, 31))  # had ITP before: not at risk
    found = ward.measured()
    onsets = {one.year: one.incidence.events for one in found.years if one.incidence.events}
    assert onsets == {1: 3, 3: 1}
    assert (found.itp_rate.k, found.itp_rate.n) == (4, 5)
    at_risk = {one.year: one.incidence.exposure * 365.25 for one in found.years}
    assert at_risk[1] == pytest.approx(0 + 182 + 366 + 366 + 366)
    assert at_risk[2] == pytest.approx(365 + 365)
    assert none


def test_found_by_symptoms_where_a_bleed_began_on_the_onset_or_up_to_14_days_before(ward: Ward) -> None:
    onset = date(2021, 6, 15)
    for days, related in ((0, None), (14, "yes"), (15, "yes"), (-1, "yes"), (3, "no")):
        key = ward.patient(date(2020, 1, 1))
        ward.itp(key, onset)
        ward.bleed(key, onset - timedelta(days), related)
    found = ward.measured().found_by_count
    assert (found.k, found.n) == (3, 5)


def test_the_figures_of_others_stand_beside_with_their_source(ward: Ward) -> None:
    told = ward.measured().as_json()
    assert [one["percent"] for one in told["itp_rate"]["references"]] == [2.6, 0.58]
    assert [one["percent"] for one in told["found_by_count"]["references"]] == [80.0]
    assert told["months_counted"]["references"] == []


def test_only_patients_of_ones_own_sites_are_measured(ward: Ward) -> None:
    ward.patient(date(2026, 1, 1), site="north")
    ward.patient(date(2026, 1, 1), site="south")
    nurse = Actor("n", {"north": frozenset({Role.NURSE})})
    assert ward.measured(actor=nurse).months_counted.n == 2
    assert measures(ward.registry, ward.operator, TODAY).months_counted.n == 4
    with pytest.raises(NotPermitted):
        measures(ward.registry, Actor("x", {}), TODAY)

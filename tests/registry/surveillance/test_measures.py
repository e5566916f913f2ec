"""What the protocol is measured by: months with a count, first cases by year, and how they were found."""

from datetime import date, timedelta
from typing import Any

import pytest

from adjudication.surveillance.schedule import add_months
from registry.errors import NotPermitted
from registry.roles import Action, Actor, Role
from registry.store.database import Database
from registry.surveillance.measures import Measures, measures
from registry.surveillance.measures_report import figures, told

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
                "sign",
                "outcome",
                "episode",
                "episode_fact",
            )
        }

    def patient(self, *infusions: date, **fact: Any) -> int:
        key = len(self.tables["patient"]) + 1
        self.tables["patient"].append({"patient_key": key, "patient_id": f"P{key}"})
        empty = {"site": None, "died_on": None, "last_contact_on": None}
        self.tables["patient_fact"].append(empty | {"patient_key": key} | fact)
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

    def sign(self, key: int, day: date) -> None:
        rows = self.tables["sign"]
        rows.append(
            {"patient_key": key, "sign_id": f"S{len(rows)}", "noticed_on": day, "sign": "easy_bruising"}
        )

    def done(self, key: int, day: date, outcome: str = "contacted") -> None:
        rows = self.tables["outcome"]
        rows.append(
            {
                "patient_key": key,
                "outcome_id": f"A{len(rows)}",
                "done_on": day,
                "outcome": outcome,
                "reason": "said so",
            }
        )

    def measured(self, as_of: date = TODAY, actor: Actor | None = None) -> Measures:
        with self.registry.change(self.operator, Action.IMPORT, "a ward") as change:
            for table, rows in self.tables.items():
                if rows:
                    change.insert(table, rows)
                rows.clear()
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
    days = {year: days for year, (_, days, _) in at_risk(found).items()}
    assert days[1] == 0 + 182 + 366 + 366 + 366
    assert days[2] == 365 + 365
    assert none


def at_risk(found: Measures) -> dict[int, tuple[int, int, int]]:
    """Patients at risk, their days at risk and first cases, by year since the first infusion."""
    return {
        one.year: (one.patients, round(one.incidence.exposure * 365.25), one.incidence.events)
        for one in found.years
        if one.patients
    }


def test_an_itp_after_the_last_contact_that_was_written_down_is_a_case_with_its_time(ward: Ward) -> None:
    key = ward.patient(date(2022, 1, 1), last_contact_on=date(2022, 6, 1))
    ward.itp(key, date(2024, 3, 1))
    found = ward.measured()
    assert (found.itp_rate.k, found.itp_rate.n) == (1, 1)
    assert at_risk(found) == {1: (1, 365, 0), 2: (1, 365, 0), 3: (1, 60, 1)}


def test_a_count_after_the_last_contact_that_was_written_down_is_a_contact(ward: Ward) -> None:
    key = ward.patient(date(2022, 1, 1), last_contact_on=date(2022, 6, 1))
    ward.count(key, date(2022, 9, 1))
    ward.count(key, date(2027, 1, 1))  # after the day asked: as if unknown
    assert at_risk(ward.measured()) == {1: (1, 243, 0)}


def test_follow_up_ends_with_death_whatever_is_written_for_a_later_day(ward: Ward) -> None:
    key = ward.patient(date(2022, 1, 1), last_contact_on=date(2022, 6, 1), died_on=date(2022, 4, 1))
    ward.count(key, date(2022, 9, 1))
    ward.itp(key, date(2022, 9, 1))
    assert at_risk(ward.measured()) == {1: (1, 90, 0)}


@pytest.mark.parametrize("outcome", ["declined", "moved", "died", "transferred"])
def test_whoever_was_taken_off_the_list_is_neither_missed_nor_at_risk_from_that_day_on(
    ward: Ward, outcome: str
) -> None:
    key = ward.patient(date(2025, 3, 31))
    ward.done(key, date(2025, 5, 1), outcome)
    ward.done(key, date(2025, 7, 1), outcome)  # said again: the first day holds
    found = ward.measured()
    assert (found.months_counted.k, found.months_counted.n) == (0, 1)
    assert at_risk(found) == {1: (1, 31, 0)}


def test_a_removal_that_a_later_count_undid_ends_nothing(ward: Ward) -> None:
    key = ward.patient(date(2025, 3, 31))
    ward.done(key, date(2025, 5, 1), "moved")
    ward.count(key, date(2025, 5, 2))
    found = ward.measured()
    assert (found.months_counted.k, found.months_counted.n) == (1, 12)
    assert at_risk(found) == {1: (1, 365, 0)}


def test_a_removal_that_a_count_stored_later_undid_ends_nothing(ward: Ward) -> None:
    key = ward.patient(date(2025, 3, 31))
    ward.done(key, date(2025, 5, 1), "moved")
    assert ward.measured().months_counted.n == 1
    ward.count(key, date(2025, 4, 30))
    assert ward.measured().months_counted.n == 12
    assert at_risk(ward.measured()) == {1: (1, 365, 0)}


def test_a_removal_before_the_last_infusion_ends_nothing(ward: Ward) -> None:
    key = ward.patient(date(2025, 1, 31), date(2025, 6, 30))
    ward.done(key, date(2025, 5, 1), "declined")
    assert at_risk(ward.measured())[1][1] == 365


def test_an_itp_after_a_removal_is_still_a_case(ward: Ward) -> None:
    key = ward.patient(date(2025, 3, 31))
    ward.done(key, date(2025, 5, 1), "moved")
    ward.itp(key, date(2025, 7, 9))
    found = ward.measured()
    assert at_risk(found) == {1: (1, 100, 1)}
    assert found.months_counted.n == 1


def test_who_has_no_day_in_a_year_is_not_at_risk_in_it(ward: Ward) -> None:
    ward.patient(date(2025, 1, 1), died_on=date(2026, 1, 1))
    ward.patient(TODAY)
    assert at_risk(ward.measured()) == {1: (2, 365, 0)}


def test_months_between_courses_that_lie_further_apart_than_the_window_are_owed_by_nobody(ward: Ward) -> None:
    ward.patient(date(2015, 1, 15), date(2021, 1, 20))
    found = ward.measured()
    # Years 5 and 6 were symptom-driven; the month in which the second course began was no whole month of its window.
    assert found.months_counted.n == 48 + 47
    assert [one.counted.n for one in found.years if one.counted.n] == [12, 12, 12, 12, 11, 12, 12, 12]


def test_a_count_in_a_month_that_was_not_owed_fills_none(ward: Ward) -> None:
    key = ward.patient(date(2015, 1, 15), date(2021, 1, 15))
    for day in (date(2015, 2, 1), date(2020, 2, 1), date(2021, 2, 1)):
        ward.count(key, day)
    found = ward.measured()
    assert (found.months_counted.k, found.months_counted.n) == (2, 96)


def test_found_by_symptoms_where_a_bleed_began_on_the_onset_or_up_to_14_days_before(ward: Ward) -> None:
    onset = date(2021, 6, 15)
    for days, related in ((0, None), (14, "yes"), (15, "yes"), (-1, "yes"), (3, "no")):
        key = ward.patient(date(2020, 1, 1))
        ward.itp(key, onset)
        ward.bleed(key, onset - timedelta(days), related)
    found = ward.measured().found_by_count
    assert (found.k, found.n) == (3, 5)


@pytest.mark.parametrize(("days", "by_symptoms"), [(0, True), (14, True), (15, False), (-1, False)])
def test_a_reported_sign_is_a_symptom_like_a_bleed(ward: Ward, days: int, by_symptoms: bool) -> None:
    key = ward.patient(date(2020, 1, 1))
    ward.itp(key, date(2021, 6, 15))
    ward.sign(key, date(2021, 6, 15) - timedelta(days))
    found = ward.measured().found_by_count
    assert (found.k, found.n) == (0 if by_symptoms else 1, 1)


# --- days from a result to contact


LOW = date(2026, 2, 10)
"""The day of the result that is followed."""


def low(ward: Ward, *counts: tuple[int, float], infused: date = date(2025, 10, 1)) -> int:
    """A patient with platelets so many days after LOW."""
    key = ward.patient(infused)
    for days, count in counts:
        ward.count(key, LOW + timedelta(days), canonical_e6=round(count * MICRO))
    return key


def waited(found: Measures) -> tuple[int, int, float | None]:
    """Results that demand contact, those with contact, and the median days."""
    return found.contacts.results, found.contacts.contacted, found.contacts.median.estimate


@pytest.mark.parametrize(
    ("counts", "demands"),
    [
        ([(0, 29.999999)], 1),
        ([(0, 30)], 0),  # rechecked first
        ([(0, 30), (3, 31)], 1),  # the recheck confirms it
        ([(0, 100), (3, 100)], 1),
        ([(0, 100), (3, 100.000001)], 0),
        ([(0, 100.000001), (3, 100)], 0),
        ([(-92, 90), (0, 90)], 1),
        ([(-93, 90), (0, 90)], 0),  # too far apart to confirm each other
        ([(0, 90), (0, 95)], 0),  # two of one day
        ([(0, 20), (2, 25), (5, 80)], 1),  # one finding, counted again and again
        ([(0, 20), (5, 120), (9, 20)], 2),
        ([(0, 200), (4, 99)], 0),
    ],
)
def test_a_result_demands_contact_below_30_and_up_to_100_once_it_is_confirmed(
    ward: Ward, counts: list[tuple[int, float]], demands: int
) -> None:
    low(ward, *counts)
    found = ward.measured()
    assert waited(found) == (demands, 0, None)
    assert sum(found.contacts.not_contacted.values()) == demands


def test_what_lay_before_the_first_infusion_demands_nothing(ward: Ward) -> None:
    low(ward, (0, 20), infused=LOW + timedelta(1))
    low(ward, (0, 20), infused=LOW)
    assert waited(ward.measured()) == (1, 0, None)


@pytest.mark.parametrize(
    ("outcome", "is_contact"),
    [
        ("contacted", True),
        ("referred", True),
        ("sent_to_emergency", True),
        ("no_answer", False),
        ("recheck_arranged", False),
        ("declined", False),
        ("moved", False),
    ],
)
def test_contact_is_what_the_protocol_says_is_contact(ward: Ward, outcome: str, is_contact: bool) -> None:
    key = low(ward, (0, 20))
    ward.done(key, LOW + timedelta(2), outcome)
    assert waited(ward.measured()) == (1, int(is_contact), 2 if is_contact else None)


@pytest.mark.parametrize(("days", "contacted"), [(-1, False), (0, True), (49, True), (50, False)])
def test_contact_counts_from_the_day_of_the_result_to_the_day_asked(
    ward: Ward, days: int, contacted: bool
) -> None:
    key = low(ward, (0, 20))
    ward.done(key, LOW + timedelta(days))
    assert timedelta(49) == TODAY - LOW
    assert waited(ward.measured()) == (1, int(contacted), days if contacted else None)


def test_a_contact_belongs_to_the_finding_it_follows(ward: Ward) -> None:
    key = low(ward, (0, 20), (10, 200), (20, 20))
    ward.done(key, LOW + timedelta(20))  # on the day of the second result: not of the first
    found = ward.measured()
    assert waited(found)[:2] == (2, 1)
    assert found.contacts.not_contacted == {"next result": 1}


def test_contact_may_come_before_the_recheck_confirms_the_first_low_count(ward: Ward) -> None:
    key = low(ward, (-2, 40), (0, 42))
    ward.done(key, LOW - timedelta(1), "referred")
    assert waited(ward.measured()) == (1, 1, 0)


@pytest.mark.parametrize("first", [100.000001, 200])
def test_contact_before_the_first_low_count_is_none(ward: Ward, first: float) -> None:
    key = low(ward, (-2, first), (0, 20))
    ward.done(key, LOW - timedelta(1), "referred")
    assert waited(ward.measured()) == (1, 0, None)


def test_contact_before_a_confirmation_belongs_to_that_finding_and_not_to_the_one_before(ward: Ward) -> None:
    key = low(ward, (0, 20), (10, 200), (20, 40), (22, 42))
    ward.done(key, LOW + timedelta(21))
    found = ward.measured()
    assert waited(found)[:2] == (2, 1)
    assert found.contacts.not_contacted == {"next result": 1}


def test_nobody_waits_for_contact_with_whoever_was_taken_off_the_list(ward: Ward) -> None:
    key = low(ward, (0, 20))
    ward.done(key, LOW + timedelta(4), "declined")
    found = ward.measured()
    assert found.contacts.not_contacted == {"taken off the list": 1}
    assert "taken off the list" in told(found)


def test_who_was_never_contacted_is_told_and_not_left_out(ward: Ward) -> None:
    """Kaplan-Meier by hand: 1 of 4 contacted on day 0, 1 of 3 on day 2; two are censored on day 5 and day 49."""
    same_day, later, waiting = (low(ward, (0, 20)) for _ in range(3))
    ward.done(same_day, LOW)
    ward.done(later, LOW + timedelta(2))
    dead = ward.patient(date(2025, 10, 1), died_on=LOW + timedelta(5))
    ward.count(dead, LOW, canonical_e6=20 * MICRO)
    found = ward.measured().contacts
    assert (found.results, found.contacted) == (4, 2)
    assert found.not_contacted == {"death": 1, "still waiting": 1}
    assert found.median.estimate == 2
    assert found.most.estimate is None  # nine of ten were never reached
    assert waiting


def test_an_interval_of_days_without_an_upper_limit_says_so(ward: Ward) -> None:
    for days in range(10):
        ward.done(low(ward, (0, 20)), LOW + timedelta(days))
    told = [row["interval"] for row in figures(ward.measured()) if row["figure"].startswith("Days")]
    assert told == ["0 to 7 days", "6 days or more"]


def test_nine_of_ten_are_contacted_by_the_90th_percentile(ward: Ward) -> None:
    for days in range(10):
        ward.done(low(ward, (0, 20)), LOW + timedelta(days))
    found = ward.measured().contacts
    assert (found.median.estimate, found.most.estimate) == (4.5, 8.5)
    json = ward.measured().as_json()["contacts"]
    assert json["percentile_90_days"]["estimate"] == 8.5


def test_the_figures_of_others_stand_beside_with_their_source(ward: Ward) -> None:
    json = ward.measured().as_json()
    assert [one["percent"] for one in json["itp_rate"]["references"]] == [2.6, 0.58]
    assert [one["percent"] for one in json["found_by_count"]["references"]] == [80.0]
    assert [one["percent"] for one in json["found_by_symptoms"]["references"]] == [20.0]
    assert json["months_counted"]["references"] == []
    # Figure 1 of the source is a picture: its place is kept, and nothing is invented for it.
    assert [(one["percent"], one["by_year"]) for one in json["incidence_references"]] == [(None, [])]


def test_80_and_20_percent_stand_each_beside_its_share(ward: Ward) -> None:
    rows = {row["figure"]: row["beside"] for row in figures(ward.measured())}
    assert rows["ITP found by a count"] == "80 % phase III trials"
    assert rows["ITP found by symptoms"] == "20 % phase III trials"


def test_patients_whom_no_protocol_watches_are_told_by_their_setting(ward: Ward) -> None:
    ward.patient(date(2026, 1, 1))
    for day, died_on in ((TODAY, None), (TODAY + timedelta(1), None), (date(2026, 1, 1), TODAY)):
        ward.patient(day, died_on=died_on)
        ward.tables["exposure"][-1]["setting"] = "renal_transplant"
    found = ward.measured()
    assert (found.patients, found.unwatched) == (1, {("alemtuzumab", "renal_transplant"): 1})


def test_only_patients_of_ones_own_sites_are_measured(ward: Ward) -> None:
    ward.patient(date(2026, 1, 1), site="north")
    ward.patient(date(2026, 1, 1), site="south")
    nurse = Actor("n", {"north": frozenset({Role.NURSE})})
    assert ward.measured(actor=nurse).months_counted.n == 2
    assert measures(ward.registry, ward.operator, TODAY).months_counted.n == 4
    with pytest.raises(NotPermitted):
        measures(ward.registry, Actor("x", {}), TODAY)

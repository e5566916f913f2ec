"""What a watched patient is given: a leaflet with the signs and the next dates, and a calendar file."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from adjudication.surveillance import load
from registry import record
from registry.database import Database
from registry.errors import NotPermitted, Usage
from registry.roles import Actor, Role
from registry.surveillance.papers import leaflet
from registry.surveillance.referral import letter
from registry.surveillance.reminders import calendar_file
from registry.surveillance.watched import Watched, watched

TODAY = date(2026, 3, 20)


@pytest.fixture
def ms_patient(registry: Database, operator: Actor) -> str:
    facts: list[tuple[str, dict[str, Any]]] = [
        ("patient", {"patient_id": "MS-<b>1", "site": "north", "born_on": "1988-04-05"}),
        ("exposure", _infusion("2022-01-31")),
        ("exposure", _infusion("2023-02-15")),
        ("observation", _count("2026-01-31", "181")),
    ]
    for table, values in facts:
        record.log(registry, operator, table, values, today=TODAY)
    return "MS-<b>1"


def _infusion(day: str, setting: str = "multiple_sclerosis") -> dict[str, Any]:
    return {
        "patient_id": "MS-<b>1",
        "exposure_id": day,
        "agent": "alemtuzumab",
        "setting": setting,
        "started_on": day,
    }


def _count(day: str, value: str) -> dict[str, Any]:
    return {
        "patient_id": "MS-<b>1",
        "observation_id": day,
        "observed_at": day,
        "analyte": "platelets",
        "value": value,
        "unit": "10*9/L",
    }


@pytest.fixture
def one(registry: Database, operator: Actor, ms_patient: str) -> Watched:
    return watched(registry, operator, ms_patient, TODAY)


def test_the_dates_run_from_the_last_count_to_48_months_after_the_last_infusion(one: Watched) -> None:
    assert one.dates[0] == date(2026, 2, 28)
    assert one.dates[-1] == one.window_ends_on == date(2027, 2, 15)


def test_a_leaflet_has_the_seven_signs_the_next_dates_and_no_identity_beyond_the_pseudonym(
    registry: Database, operator: Actor, one: Watched
) -> None:
    page = leaflet(registry, operator, one)
    assert "MS-&lt;b&gt;1" in page
    assert "<b>1" not in page
    for sign in load().bleeding.signs.values():
        assert sign[1:].replace("'", "&#39;") in page
    assert page.count("<li>") == 7 + 12
    assert "28 February 2026 <strong>(please come now)</strong>" in page
    assert "15 February 2027" in page
    assert "1988" not in page
    assert "north" not in page
    assert "Lambert C, et al." in page
    assert not re.search(r"(src|href)=", page)


def test_synthetic_data_say_so_on_paper(registry: Database, operator: Actor) -> None:
    from registry import demo

    demo.load(registry, operator)
    identity = {"patient_id": "SYN-001", "exposure_id": "MS"}
    record.log(registry, operator, "exposure", _infusion("2020-01-31") | identity, today=TODAY)
    found = watched(registry, operator, "SYN-001", date(2020, 3, 1))
    assert "this patient is invented" in leaflet(registry, operator, found)


def test_after_the_window_the_leaflet_names_no_dates_and_still_the_signs(
    registry: Database, operator: Actor, ms_patient: str
) -> None:
    page = leaflet(registry, operator, watched(registry, operator, ms_patient, date(2027, 3, 1)))
    assert "No monthly counts are planned any more" in page
    assert "Easy bruising" in page


def test_a_calendar_has_a_day_and_a_reminder_for_each_count_and_says_nothing_of_the_person(
    registry: Database, operator: Actor, one: Watched
) -> None:
    made = calendar_file(registry, operator, one)
    events = Calendar.from_ical(made).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == list(one.dates)
    assert {event.decoded("dtend") - event.decoded("dtstart") for event in events} == {timedelta(days=1)}
    assert all(len(event.walk("VALARM")) == 1 for event in events)
    assert len({event["uid"] for event in events}) == len(events)
    text = made.decode().casefold()
    assert not any(word in text for word in ("ms-", "alemtuzumab", "itp", "platelet", "sclerosis", "north"))
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))


def test_a_newer_calendar_replaces_the_days_of_an_older_one(
    registry: Database, operator: Actor, one: Watched
) -> None:
    def days(found: Watched) -> dict[str, tuple[date, int]]:
        events = Calendar.from_ical(calendar_file(registry, operator, found)).walk("VEVENT")
        return {
            str(event["uid"]): (event.decoded("dtstart"), int(str(event["sequence"]))) for event in events
        }

    before = days(one)
    record.log(registry, operator, "observation", _count("2026-03-18", "190"), today=TODAY)
    after = days(watched(registry, operator, one.patient_id, date(2026, 3, 21)))
    assert after.keys() < before.keys()
    assert all(after[uid][1] > before[uid][1] for uid in after)
    assert date(2026, 4, 18) in {day for day, _ in after.values()}


def test_taking_a_paper_is_in_the_audit_trail(registry: Database, operator: Actor, one: Watched) -> None:
    leaflet(registry, operator, one)
    calendar_file(registry, operator, one)
    taken = registry.rows("SELECT action, subject, site FROM audit_event ORDER BY seq DESC LIMIT 2")
    assert taken == [
        ("download", "calendar of MS-<b>1", "north"),
        ("download", "leaflet of MS-<b>1", "north"),
    ]


def test_nobody_of_another_site_takes_a_paper(registry: Database, one: Watched) -> None:
    stranger = Actor("stranger", {"south": frozenset({Role.NURSE})})
    with pytest.raises(NotPermitted):
        watched(registry, stranger, one.patient_id, TODAY)
    with pytest.raises(NotPermitted):
        leaflet(registry, stranger, one)
    with pytest.raises(NotPermitted):
        calendar_file(registry, stranger, one)


def test_a_transplant_patient_is_told_that_the_programme_is_one_of_multiple_sclerosis(
    registry: Database, operator: Actor
) -> None:
    record.log(registry, operator, "patient", {"patient_id": "MS-<b>1"}, today=TODAY)
    record.log(registry, operator, "exposure", _infusion("2025-01-01", "renal_transplant"), today=TODAY)
    with pytest.raises(Usage, match="alemtuzumab for multiple sclerosis"):
        watched(registry, operator, "MS-<b>1", TODAY)
    with pytest.raises(Usage, match="no patient"):
        watched(registry, operator, "nobody", TODAY)


def test_the_time_of_the_file_is_the_day_that_was_asked(
    registry: Database, operator: Actor, one: Watched
) -> None:
    (event, *_) = Calendar.from_ical(calendar_file(registry, operator, one)).walk("VEVENT")
    stamped = event.decoded("dtstamp")
    assert isinstance(stamped, datetime)
    assert stamped.date() == TODAY


def test_a_letter_says_what_was_found_with_the_words_of_the_consensus_the_counts_and_the_timeline(
    registry: Database, operator: Actor, one: Watched
) -> None:
    for day, value, other in (
        ("2026-03-17", "28", {"specimen": "heparin"}),
        ("2026-03-18", "12", {"quality": "clumped"}),
    ):
        record.log(registry, operator, "observation", _count(day, value) | other, today=TODAY)
    sign = {"patient_id": one.patient_id, "sign_id": "S", "noticed_on": "2026-03-16", "sign": "easy_bruising"}
    record.log(registry, operator, "sign", sign, today=TODAY)
    page = letter(registry, operator, watched(registry, operator, one.patient_id, TODAY))
    assert "Recheck the count and contact the hematologist now." in page
    assert "Below 30.000/μl: recheck the CBC and contact the haematologist immediately" in page
    assert "Lambert 2018, lines 165-166" in page
    assert "potential option" in page
    assert "Please discuss with the hematologist" in page
    assert "<td>17 Mar 2026</td><td>28</td><td>heparin</td><td></td>" in page
    assert "<td>18 Mar 2026</td><td>12</td><td></td><td>clumped</td>" in page
    assert "16 March 2026: easy bruising (reported)" in page
    assert "31 January 2022, 15 February 2023" in page
    assert "<svg" in page
    assert "1988" not in page
    assert "north" not in page


@pytest.mark.parametrize(
    ("values", "told"), [(["130", "111"], False), (["130", "110"], True), (["99"], True)]
)
def test_a_hemoglobin_stands_in_the_letter_as_information_only(
    registry: Database, operator: Actor, one: Watched, values: list[str], told: bool
) -> None:
    for number, value in enumerate(values):
        day = f"2026-03-{10 + number}"
        row = _count(day, value) | {"observation_id": f"H{day}", "analyte": "hemoglobin", "unit": "g/L"}
        record.log(registry, operator, "observation", row, today=TODAY)
    page = letter(registry, operator, one)
    assert (f"<p>Hemoglobin {values[-1]} g/L on " in page) is told
    assert ("no rule for hemoglobin" in page) is told

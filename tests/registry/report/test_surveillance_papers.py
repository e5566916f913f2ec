"""What a watched patient is given: a leaflet with the signs and the next dates, and a calendar file."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from adjudication.surveillance.ladder import BELGIAN_2018, load
from registry import record
from registry.errors import NotPermitted, Usage
from registry.report.calendar import calendar_file
from registry.report.leaflet import leaflet
from registry.report.letter import letter
from registry.roles import Actor, Role
from registry.store.database import Database
from registry.surveillance.protocols import copy_of, read
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
    assert [event.decoded("dtstart") for event in events] == [TODAY, *one.dates[1:]]  # the first is overdue
    assert {event.decoded("dtend") - event.decoded("dtstart") for event in events} == {timedelta(days=1)}
    assert all(len(event.walk("VALARM")) == 1 for event in events)
    assert len({event["uid"] for event in events}) == len(events)
    text = made.decode().casefold()
    assert not any(word in text for word in ("ms-", "alemtuzumab", "itp", "platelet", "sclerosis", "north"))
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))


def test_a_newer_calendar_replaces_the_days_of_an_older_one(
    registry: Database, operator: Actor, one: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def days(found: Watched) -> dict[str, tuple[date, int]]:
        events = Calendar.from_ical(calendar_file(registry, operator, found)).walk("VEVENT")
        return {
            str(event["uid"]): (event.decoded("dtstart"), int(str(event["sequence"]))) for event in events
        }

    monkeypatch.setattr(registry, "now", lambda: datetime(2026, 3, 20, 9))
    before = days(one)
    monkeypatch.setattr(registry, "now", lambda: datetime(2026, 3, 21, 9))
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


def test_a_transplant_patient_is_told_that_the_protocol_is_one_of_multiple_sclerosis(
    registry: Database, operator: Actor
) -> None:
    record.log(registry, operator, "patient", {"patient_id": "MS-<b>1"}, today=TODAY)
    record.log(registry, operator, "exposure", _infusion("2025-01-01", "renal_transplant"), today=TODAY)
    with pytest.raises(Usage, match="alemtuzumab for multiple sclerosis"):
        watched(registry, operator, "MS-<b>1", TODAY)
    with pytest.raises(Usage, match="no patient"):
        watched(registry, operator, "nobody", TODAY)


def test_a_second_file_of_the_same_day_is_newer_than_the_first(
    registry: Database, operator: Actor, one: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for second in (0, 1):
        now = datetime(2026, 3, 20, 9, 30, second)
        monkeypatch.setattr(registry, "now", lambda now=now: now)
        (event, *_) = Calendar.from_ical(calendar_file(registry, operator, one)).walk("VEVENT")
        assert event.decoded("dtstamp") == now.replace(tzinfo=UTC)
        made.append(int(str(event["sequence"])))
    assert made[1] == made[0] + 1
    assert made[1] < 2**31


def test_a_count_that_is_overdue_stands_on_the_day_asked(
    registry: Database, operator: Actor, one: Watched
) -> None:
    (first, second, *_) = Calendar.from_ical(calendar_file(registry, operator, one)).walk("VEVENT")
    assert (one.dates[0], first.decoded("dtstart")) == (date(2026, 2, 28), TODAY)
    assert str(first["summary"]) == "Blood count: as soon as possible"
    assert second.decoded("dtstart") == one.dates[1]


def test_a_calendar_of_another_protocol_replaces_the_same_months(
    registry: Database, operator: Actor, one: Watched
) -> None:
    def uids(found: Watched) -> set[str]:
        events = Calendar.from_ical(calendar_file(registry, operator, found)).walk("VEVENT")
        return {str(event["uid"]) for event in events}

    copied = read("ours.toml", copy_of(BELGIAN_2018, "ours"))
    assert uids(watched(registry, operator, one.patient_id, TODAY, copied)) == uids(one)


def test_without_a_planned_count_there_is_no_calendar(
    registry: Database, operator: Actor, ms_patient: str
) -> None:
    over = watched(registry, operator, ms_patient, date(2027, 3, 1))
    with pytest.raises(Usage, match="No count of MS-<b>1 is planned after 2027-02-15"):
        calendar_file(registry, operator, over)


@pytest.fixture
def low(registry: Database, operator: Actor, ms_patient: str) -> str:
    record.log(registry, operator, "observation", _count("2026-03-19", "28"), today=TODAY)
    return ms_patient


def test_a_demanded_recheck_goes_before_the_monthly_counts(
    registry: Database, operator: Actor, low: str
) -> None:
    found = watched(registry, operator, low, TODAY)
    assert found.recheck is not None
    assert (found.recheck.on, found.recheck.last_day) == (None, date(2026, 3, 19))
    assert found.dates[0] == date(2026, 4, 19)
    page = leaflet(registry, operator, found)
    assert "First: as soon as possible. Your last result asks for it." in page
    (first, *_) = Calendar.from_ical(calendar_file(registry, operator, found)).walk("VEVENT")
    assert (first.decoded("dtstart"), str(first["summary"])) == (TODAY, "Blood count: as soon as possible")


@pytest.mark.parametrize(
    ("day", "arranged"), [("2026-03-22", True), ("2026-03-20", True), ("2026-03-19", False)]
)
def test_an_arranged_recheck_goes_first_until_its_day_has_passed(
    registry: Database, operator: Actor, low: str, day: str, arranged: bool
) -> None:
    known = {"patient_id": low, "done_on": "2026-03-19"}
    arranging = {"outcome_id": "A", "outcome": "recheck_arranged", "recheck_on": day}
    record.log(registry, operator, "outcome", known | arranging, today=TODAY)
    record.log(
        registry, operator, "outcome", known | {"outcome_id": "B", "outcome": "contacted"}, today=TODAY
    )
    found = watched(registry, operator, low, TODAY)
    assert found.recheck is not None
    assert found.recheck.on == (date.fromisoformat(day) if arranged else None)
    page = leaflet(registry, operator, found)
    assert ("the recheck that was arranged" in page) is arranged
    (first, *_) = Calendar.from_ical(calendar_file(registry, operator, found)).walk("VEVENT")
    assert first.decoded("dtstart") == (date.fromisoformat(day) if arranged else TODAY)


def test_a_leaflet_says_until_when_a_recheck_is_in_time(
    registry: Database, operator: Actor, ms_patient: str
) -> None:
    record.log(registry, operator, "observation", _count("2026-03-19", "95"), today=TODAY)
    page = leaflet(registry, operator, watched(registry, operator, ms_patient, TODAY))
    assert "First: as soon as possible, on 22 March 2026 at the latest." in page


def test_a_finding_below_30_that_was_referred_is_counted_again_within_two_weeks(
    registry: Database, operator: Actor, low: str
) -> None:
    done = {"patient_id": low, "outcome_id": "A", "outcome": "referred", "done_on": "2026-03-20"}
    record.log(registry, operator, "outcome", done, today=TODAY)
    recheck = watched(registry, operator, low, TODAY).recheck
    assert recheck is not None
    assert (recheck.on, recheck.by) == (None, datetime(2026, 4, 3))


def test_a_letter_has_the_infusions_of_the_protocol_by_then_and_says_which_bleed_is_not_of_itp(
    registry: Database, operator: Actor, low: str
) -> None:
    for day, setting in (("2010-03-05", "renal_transplant"), ("2026-03-20", "multiple_sclerosis")):
        record.log(registry, operator, "exposure", _infusion(day, setting), today=TODAY)
    for day, related in (("2026-03-17", "no"), ("2026-03-18", "yes")):
        bleed = {"patient_id": low, "bleed_id": day, "started_on": day, "scale": "WHO", "grade": 1}
        bleed |= {"itp_related": related, "site": "nose, and a name"}
        record.log(registry, operator, "bleed", bleed, today=TODAY)
    page = letter(registry, operator, watched(registry, operator, low, date(2026, 3, 19)))
    assert "Infused from 31 January 2022, 15 February 2023." in page
    assert "17 March 2026: WHO grade 1 (not of ITP)</li>" in page
    assert "18 March 2026: WHO grade 1</li>" in page
    assert "and a name" not in page


def test_where_the_source_is_silent_a_letter_shows_the_reading_and_no_words_of_another_band(
    registry: Database, operator: Actor, ms_patient: str
) -> None:
    record.log(registry, operator, "observation", _count("2026-03-19", "120"), today=TODAY)
    page = letter(registry, operator, watched(registry, operator, ms_patient, TODAY))
    assert "Repeat the count within 14 days." in page
    assert "(Lambert 2018) is silent here. DEF-SURV-01: A tie goes to the more urgent band" in page
    assert "at least 150.000" not in page


def test_a_leaflet_has_the_signs_that_its_protocol_asks_for(
    registry: Database, operator: Actor, one: Watched
) -> None:
    fewer = copy_of(BELGIAN_2018, "ours").replace('coughing_blood = "coughing up blood"\n', "")
    page = leaflet(
        registry, operator, watched(registry, operator, one.patient_id, TODAY, read("ours.toml", fewer))
    )
    assert "seven" not in page.casefold()
    assert page.count("<li>") == 6 + 12


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
    # A sign of four days before has no end, so it goes before the count below 30.
    assert "Take a count now, and contact the hematologist for urgent referral" in page
    assert "When bleeding symptoms are present: contact the haematologist immediately" in page
    assert "Lambert 2018, lines 121, 167-169" in page
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

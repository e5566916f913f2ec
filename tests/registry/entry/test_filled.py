"""A form as it is filled in: every text understood where it stands, and the facts that come of it."""

from datetime import date

import pytest

from registry.entry.filled import amendable, amended, fill
from registry.entry.forms import forms

TODAY = date(2026, 3, 31)
PATIENT = {"patient_id": "P1"}
CBC = {"cbc.1.observed_at": "3/2/26", "cbc.1.specimen": "edta", "cbc.1.quality": "ok"}
COUNT: dict[str, str | None] = {
    "patient_id": "P1",
    "observation_id": "O1",
    "observed_at": "2026-02-03T08:30:00",
    "analyte": "hemoglobin",
    "value": "124",
    "unit": "g/L",
    "specimen": "edta",
    "quality": "ok",
    "lower_limit": None,
    "upper_limit": None,
    "explained": None,
    "missing_reason": None,
    "specimen_id": None,
    "source": None,
}


def test_a_blood_count_becomes_one_fact_for_each_analyte_that_was_typed() -> None:
    texts = CBC | {"platelets.1.value": "<5", "hemoglobin.1.value": "12,4 g/dL", "ldh.1.value": "nd"}
    filled = fill(forms()["cbc"], texts, today=TODAY, of=PATIENT)
    assert filled.problems == {}
    assert [fact.name for fact in filled.facts] == ["platelets.1", "hemoglobin.1", "ldh.1"]
    platelets, hemoglobin, ldh = (fact.values for fact in filled.facts)
    assert (platelets["value"], platelets["unit"], platelets["observed_at"]) == ("<5", "10*9/L", "2026-02-03")
    assert (hemoglobin["value"], hemoglobin["unit"], hemoglobin["quality"]) == ("12,4", "g/dL", "ok")
    assert ldh == {
        "patient_id": "P1",
        "observed_at": "2026-02-03",
        "analyte": "ldh",
        "missing_reason": "not_done",
    }
    assert filled.typed["cbc.1.observed_at"].echo == "Tue 3 Feb 2026"
    assert filled.typed["hemoglobin.1.value"].echo == "124 g/L (reported 12,4 g/dL)"


def test_a_clumped_specimen_is_one_fact_without_a_value() -> None:
    filled = fill(forms()["cbc"], CBC | {"platelets.1.value": "clumped"}, today=TODAY, of=PATIENT)
    assert filled.problems == {}
    assert filled.typed["platelets.1.value"].echo == "clumped, no value"
    (fact,) = filled.facts
    assert fact.values == PATIENT | {
        "observed_at": "2026-02-03",
        "analyte": "platelets",
        "missing_reason": "unknown",
        "quality": "clumped",
    }


def test_a_class_that_is_the_agent_is_said_once() -> None:
    texts = {"course.1.started_on": "3/2/26", "agents.1.agent": "MMF"}
    typed = fill(forms()["course"], texts, today=TODAY).typed
    assert typed["agents.1.agent"].echo == "mycophenolate"


@pytest.mark.parametrize(
    ("texts", "place", "said"),
    [
        (
            CBC | {"cbc.1.observed_at": "31/02/2026", "platelets.1.value": "31"},
            "cbc.1.observed_at",
            "no day 31",
        ),
        (CBC | {"cbc.1.observed_at": "1/4/2026", "platelets.1.value": "31"}, "cbc.1.observed_at", "future"),
        (CBC | {"cbc.1.observed_at": "", "platelets.1.value": "31"}, "cbc.1.observed_at", "is needed"),
        (CBC | {"platelets.1.value": "31 bananas"}, "platelets.1.value", "not a known unit"),
        (
            CBC | {"ldh.1.value": "300", "ldh.1.upper_limit": "4 ukat/L"},
            "ldh.1.upper_limit",
            "unit of the value",
        ),
        (CBC | {"ldh.1.upper_limit": "250"}, "ldh.1.value", "is needed"),
        (CBC, "platelets.1.value", "Nothing is filled in"),
    ],
)
def test_what_cannot_be_stored_is_said_at_its_field(texts: dict[str, str], place: str, said: str) -> None:
    filled = fill(forms()["cbc"], texts, today=TODAY, of=PATIENT)
    assert list(filled.problems) == [place]
    assert said in filled.problems[place]


def test_the_first_step_of_an_agent_begins_with_its_course_and_the_next_says_its_day() -> None:
    texts = {
        "course.1.started_on": "3 feb 26",
        "course.1.ongoing": "yes",
        "agents.1.agent": "MMF",
        "agents.2.agent": "Nplate",
        "agents.4.agent": "mycophenolate",
    }
    rows = {"agents": [1, 2, 4]}
    filled = fill(forms()["course"], texts, today=TODAY, rows=rows, of={"episode_id": "E1"})
    assert filled.problems == {"agents.4.started_on": "Enter the start date of this dose."}
    filled = fill(
        forms()["course"],
        texts | {"agents.4.started_on": "1/3/26"},
        today=TODAY,
        rows=rows,
        of={"episode_id": "E1"},
    )
    assert filled.problems == {}
    assert [(fact.values.get("agent"), fact.values["started_on"]) for fact in filled.facts] == [
        (None, "2026-02-03"),
        ("mycophenolate", "2026-02-03"),
        ("romiplostim", "2026-02-03"),
        ("mycophenolate", "2026-03-01"),
    ]
    assert filled.facts[0].values == {"episode_id": "E1", "started_on": "2026-02-03", "ongoing": "yes"}
    assert filled.typed["agents.2.started_on"].echo == "Tue 3 Feb 2026, with the course"


def test_whether_a_course_is_still_given_is_stored_only_where_it_was_said() -> None:
    texts = {"course.1.started_on": "3/2/26", "agents.1.agent": "ivig"}
    filled = fill(forms()["course"], texts, today=TODAY, of={"episode_id": "E1"})
    assert "ongoing" not in filled.facts[0].values


def test_a_row_in_which_nothing_was_typed_is_left_out_where_none_is_needed() -> None:
    texts = {
        "adverse_event.1.onset_on": "today",
        "adverse_event.1.category": "infection",
        "adverse_event.1.term": "x",
    }
    form = forms()["adverse_event"]
    assert len(fill(form, texts, today=TODAY, of=PATIENT).facts) == 1
    texts |= {"attributions.2.course_id": "C1", "attributions.2.relatedness": "possible"}
    filled = fill(form, texts, today=TODAY, of=PATIENT, rows={"attributions": [1, 2]})
    assert filled.facts[1].values == {"course_id": "C1", "relatedness": "possible"}


def test_why_a_value_is_missing_goes_with_its_fact() -> None:
    texts = {
        "bleed.1.started_on": "today",
        "bleed.1.scale": "WHO",
        "bleed.1.grade": "2",
        "bleed.1.ended_on": "unk",
    }
    filled = fill(forms()["bleed"], texts, today=TODAY, of=PATIENT)
    assert filled.problems == {}
    assert filled.facts[0].missing == {"ended_on": "unknown"}
    assert filled.missing == {"bleed.1.ended_on": "unknown"}


def test_a_correction_holds_only_what_was_changed() -> None:
    texts = {f"observation.1.{one.name}": COUNT[one.name] or "" for one in amendable("observation")}
    assert amended("observation", COUNT, texts, today=TODAY, expected_version=1).facts == ()
    texts["observation.1.value"] = "11,2 g/dL"
    filled = amended("observation", COUNT, texts, today=TODAY, expected_version=1)
    (fact,) = filled.facts
    assert fact.expected_version == 1
    assert fact.values == {
        "patient_id": "P1",
        "observation_id": "O1",
        "value": "11,2",
        "unit": "g/dL",
        "quality": "ok",
        "value_read": "11.2",
    }


def test_a_unit_that_is_corrected_is_tried_with_its_value() -> None:
    texts = {f"observation.1.{one.name}": COUNT[one.name] or "" for one in amendable("observation")}
    texts["observation.1.unit"] = "g/dL"
    filled = amended("observation", COUNT, texts, today=TODAY, expected_version=1)
    assert "is implausible" in filled.problems["observation.1.value"]


def test_an_emptied_field_is_recorded_as_empty_and_a_needed_one_is_asked_for() -> None:
    bleed: dict[str, str | None] = {
        "patient_id": "P1",
        "bleed_id": "B1",
        "started_on": "2026-01-05",
        "ended_on": "2026-01-07",
        "scale": "WHO",
        "grade": "2",
        "site": None,
        "itp_related": None,
    }
    filled = amended("bleed", bleed, {"bleed.1.ended_on": ""}, today=TODAY, expected_version=3)
    assert filled.facts[0].values == {"patient_id": "P1", "bleed_id": "B1", "ended_on": None}
    filled = amended("bleed", bleed, {"bleed.1.grade": ""}, today=TODAY, expected_version=3)
    assert filled.problems == {"bleed.1.grade": "Grade is needed."}

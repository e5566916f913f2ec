"""Every choice that a call may rest on is declared where an adjudicator meets it."""

import tomllib
from importlib.resources import files

import pytest

from adjudication.response.criteria import default
from adjudication.response.terms import Disease, Reading, reading_id

DECLARED = {
    reading["id"]
    for entry in files("adjudication.published").iterdir()
    if entry.name.endswith(".toml")
    for reading in tomllib.loads(entry.read_text("utf-8")).get("reading", [])
}
OF_RESPONSE = [
    *(f"DEF-ITP-{number:02}" for number in range(1, 21) if number != 10),  # 10 is not used
    *(f"DEF-AIHA-{number:02}" for number in range(1, 8)),
    *(f"DEF-EV-{number:02}" for number in (1, 2)),
    *(f"DEF-LINE-{number:02}" for number in range(1, 7)),
    *(f"DEF-STAT-{number:02}" for number in range(1, 5)),
    *(f"DEF-UNIT-{number:02}" for number in range(1, 4)),
    "DEF-TFR-01",
]


@pytest.mark.parametrize("name", OF_RESPONSE)
def test_a_choice_about_response_is_declared(name: str) -> None:
    assert name in DECLARED


@pytest.mark.parametrize("disease", list(Disease))
def test_what_a_call_names_its_own_criteria_declare(disease: Disease) -> None:
    """An explanation quotes readings from the criteria of the call, so those must hold all that can fire there."""
    of_the_other = {"AIHA", "ITP"} - {disease.word}
    may_fire = {reading_id(one) for one in Reading if not of_the_other & set(reading_id(one).split("-"))}
    assert may_fire - {reading.id for reading in default(disease).readings} == set()

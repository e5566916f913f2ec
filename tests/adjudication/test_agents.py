"""The table of agents: every name finds one agent, and every agent has what the judge asks of it."""

import re
import tomllib
from decimal import Decimal
from importlib.resources import files

import pytest

from adjudication.agents import OTHER, agent, agent_or_other, listed_agents, regimen

TABLE = tomllib.loads((files("adjudication.published") / "agents.toml").read_text("utf-8"))["agent"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("prednisolone", "prednisolone"),
        ("Prednisolone", "prednisolone"),
        ("  PRED ", "prednisolone"),
        ("HDD", "dexamethasone"),
        ("Nplate", "romiplostim"),
        ("MMF", "mycophenolate"),
        ("mycophenolate   mofetil", "mycophenolate"),
        ("L01FA01", "rituximab"),
        ("L01XC02", "rituximab"),  # the code it had before 2021
        ("b02bx05", "eltrombopag"),
        ("anti_d", "anti_d"),
        ("anti d", "anti_d"),
        ("watch and wait", "observation"),
    ],
)
def test_an_agent_is_found_by_generic_name_brand_abbreviation_and_code_in_any_case(
    text: str, name: str
) -> None:
    found = agent(text)
    assert found is not None
    assert (found.name, found.listed) == (name, True)


def test_no_name_belongs_to_two_agents_and_no_agent_is_listed_twice() -> None:
    names: dict[str, str] = {}
    for row in TABLE:
        for name in {row["name"], row.get("atc", row["name"]), *row["aliases"]}:
            folded = " ".join(name.replace("_", " ").casefold().split())
            assert names.setdefault(folded, row["name"]) == row["name"], name
    listed = [one.name for one in listed_agents()]
    assert listed == [row["name"] for row in TABLE]
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row["name"]))
def test_an_agent_has_a_class_the_lineages_it_acts_on_and_a_code_of_the_right_form(
    row: dict[str, object],
) -> None:
    found = agent_or_other(str(row["name"]))
    assert re.fullmatch("[A-Z0-9_]+", found.agent_class)
    assert found.acts_on <= {"ITP", "AIHA"}
    assert (found.acts_on == frozenset()) == (found.name == "observation")
    assert found.atc is None or re.fullmatch(r"[A-Z]\d\d[A-Z]{2}\d\d", found.atc)


@pytest.mark.parametrize(
    ("name", "milligrams"),
    [
        ("prednisolone", "1"),
        ("prednisone", "1"),
        ("methylprednisolone", "1.25"),
        ("dexamethasone", "6.67"),
        ("hydrocortisone", "0.25"),
    ],
)
def test_a_milligram_of_a_corticosteroid_is_so_much_prednisolone(name: str, milligrams: str) -> None:
    assert agent_or_other(name).prednisolone_equivalent == Decimal(milligrams)


def test_only_the_corticosteroids_are_corticosteroids() -> None:
    steroids = {one.name for one in listed_agents() if one.is_steroid}
    assert steroids == {one.name for one in listed_agents() if one.agent_class == "STEROID"}
    assert len(steroids) == 5


def test_a_name_that_is_not_listed_is_kept_and_taken_to_act_on_both_lineages() -> None:
    assert agent("Melphalan") is None
    kept = agent_or_other("  Melphalan  PO ")
    assert (kept.name, kept.agent_class, kept.listed) == ("melphalan po", OTHER, False)
    assert (kept.acts_on, kept.is_steroid, kept.atc) == ({"ITP", "AIHA"}, False, None)


def test_a_regimen_is_the_sorted_classes_without_repeats() -> None:
    assert regimen(["romiplostim", "rituximab", "eltrombopag"]) == "RITUXIMAB+TPO_RA"
    assert regimen(["melphalan"]) == OTHER
    assert regimen([]) == ""

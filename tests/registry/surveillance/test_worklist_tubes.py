"""Tubes that disagree, limits, and what is told of hospitalisation: one thing wherever the list is read."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from adjudication.surveillance.ladder import load
from registry import record
from registry.report.letter import letter
from registry.roles import Actor
from registry.store.database import Database
from registry.surveillance.finding import context, says
from registry.surveillance.watched import watched
from registry.surveillance.worklist import Worklist, worklist
from registry.tasks.counts import surveillance

TODAY = date(2026, 3, 31)
Log = Callable[..., None]


@pytest.fixture
def log(registry: Database, operator: Actor) -> Log:
    """Log a fact of the one patient P."""
    numbers = iter(range(1000))

    def log_fact(table: str, **values: Any) -> None:
        name = {} if table == "patient" else {f"{table}_id": f"{table}{next(numbers)}"}
        record.log(registry, operator, table, {"patient_id": "P", **name, **values}, today=TODAY)

    log_fact("patient", site="north", born_on="1950-04-01")
    log_fact("exposure", agent="alemtuzumab", setting="multiple_sclerosis", started_on="2025-06-01")
    return log_fact


def count(log: Log, ago: int, value: str, **more: str) -> None:
    day = (TODAY - timedelta(ago)).isoformat()
    log(
        "observation", **{"observed_at": day, "analyte": "platelets", "value": value, "unit": "10*9/L"} | more
    )


@pytest.fixture
def listed(registry: Database, operator: Actor) -> Callable[[], dict[str, Any]]:
    """The row of P, with the sentences of its page."""

    def row() -> dict[str, Any]:
        (found,) = worklist(registry, operator, TODAY).rows.to_pylist()
        return dict(found) | {"says": " ".join(says(load(), found, TODAY))}

    return row


def test_tubes_that_disagree_are_shown_as_the_laboratory_wrote_them(
    log: Log, listed: Callable[[], dict[str, Any]]
) -> None:
    count(log, 0, "55.0", specimen="citrate")
    count(log, 0, "17000", unit="/uL")
    count(log, 0, "180", specimen="heparin")
    row = listed()
    assert (row["last_count"], row["action"], row["rule"]) == ("180", "recheck_72h", "tubes-disagree")
    assert (row["unjudged_on"], row["asks"]) == (TODAY, "smear")
    assert row["unjudged"] == "EDTA 17000 /uL, citrate 55.0, heparin 180 on the same day"
    assert "EDTA 17000 /uL, citrate 55.0, heparin 180 on the same day" in row["says"]
    assert row["due_on"] == TODAY + timedelta(3)


def test_a_later_specimen_that_cannot_be_judged_is_shown_instead_and_the_smear_is_still_asked(
    log: Log, listed: Callable[[], dict[str, Any]]
) -> None:
    count(log, 2, "17")
    count(log, 2, "180", specimen="heparin")
    count(log, 1, "", quality="insufficient", missing_reason="not_done")
    row = listed()
    assert (row["unjudged"], row["asks"]) == ("insufficient", "repeat_specimen;smear")


@pytest.mark.parametrize(("ago", "action"), [(92, "continue_monthly"), (93, "recheck_72h")])
def test_a_second_day_within_92_days_asks_for_no_repeat_and_keeps_the_smear(
    log: Log, listed: Callable[[], dict[str, Any]], ago: int, action: str
) -> None:
    for day in (ago, 0):
        count(log, day, "17")
        count(log, day, "180", specimen="heparin")
    row = listed()
    assert (row["action"], row["asks"]) == (action, "smear")


@pytest.mark.parametrize(
    ("value", "action", "side"),
    [
        ("<50", "recheck_and_contact_now", "lower"),
        (">20", "recheck_and_contact_now", "higher"),
        ("50", "recheck_48_72h", ""),
    ],
)
def test_a_limit_is_printed_as_written_and_the_row_tells_on_which_side_it_may_lie(
    log: Log, listed: Callable[[], dict[str, Any]], value: str, action: str, side: str
) -> None:
    count(log, 0, value)
    row = listed()
    assert (row["last_count"], row["action"]) == (value, action)
    assert (f"the count may be {side} than printed" in row["says"]) is bool(side)


# Lines 184-190: "The decision to hospitalise a patient with ITP will be made by the haematologist primarily based on
# the haemorrhage situation (patients with signs of mucosal or deep bleeding are frequently admitted) and on factors
# influencing the bleeding risk (age, comorbidities, need for treatment with anticoagulant or antiplatelet agents,
# etc.)."


@pytest.mark.parametrize(
    ("site", "where"),
    [
        ("mucosal", "mucosal"),
        ("oral mucosa", "mucosal"),
        ("Deep", "deep"),
        ("muscle of the calf", "deep"),
        ("gastrointestinal", "deep"),
        ("intracranial", "deep"),
        ("left knee joint", "deep"),
        ("skin", None),
        ("demucosalized", None),
        (None, None),
    ],
)
def test_a_mucosal_or_deep_bleed_is_told_in_the_words_of_the_consensus(
    log: Log, listed: Callable[[], dict[str, Any]], site: str | None, where: str | None
) -> None:
    count(log, 0, "60")
    log("bleed", started_on=TODAY.isoformat(), scale="WHO", grade="3", site=site or "")
    row = listed()
    assert (row["action"], row["treatment_advice"]) == ("urgent_referral", "treat")
    assert row["asks"] == ("hospitalisation" if where else None)
    frequently = f"patients with signs of mucosal or deep bleeding are frequently admitted (here: {where})"
    assert (frequently in row["says"]) is (where is not None)
    assert "lines 184-190" in row["says"]


@pytest.mark.parametrize(
    ("drug", "is_told"),
    [
        ({"kind": "anticoagulant"}, True),
        ({"kind": "antiplatelet", "started_on": "2026-03-31"}, True),
        ({"kind": "anticoagulant", "ended_on": "2026-03-31"}, True),
        ({"kind": "anticoagulant", "ended_on": "2026-03-30"}, False),
        ({"kind": "other"}, False),
    ],
)
def test_drugs_of_the_day_and_age_stand_beside_the_advice_and_change_nothing(
    log: Log, listed: Callable[[], dict[str, Any]], drug: dict[str, str], is_told: bool
) -> None:
    count(log, 0, "60")
    before = listed()
    log("comedication", agent="apixaban", **drug)
    row = listed()
    assert "factors influencing the bleeding risk: age 75" in before["says"]
    assert (f"age 75, apixaban ({drug['kind']})" in row["says"]) is is_told
    same = ("action", "treatment_advice", "due_on", "asks", "rule")
    assert [row[name] for name in same] == [before[name] for name in same]


def test_what_demands_nothing_has_no_word_of_hospitalisation(
    log: Log, listed: Callable[[], dict[str, Any]]
) -> None:
    count(log, 0, "260")
    log("comedication", agent="aspirin", kind="antiplatelet")
    assert "hospital" not in listed()["says"]


def test_csv_json_text_letter_home_and_page_say_one_thing(
    registry: Database, operator: Actor, log: Log
) -> None:
    count(log, 30, "240")
    count(log, 0, "<50")
    log("bleed", started_on=TODAY.isoformat(), scale="WHO", grade="3", site="mucosal")
    log("comedication", agent="warfarin", kind="anticoagulant")
    found: Worklist = worklist(registry, operator, TODAY)
    (row,) = found.rows.to_pylist()
    (line,) = csv.DictReader(io.StringIO(found.as_csv()))
    (told,) = json.loads(found.as_json())["worklist"]
    sentences = told.pop("says")
    assert {name: "" if value is None else str(value) for name, value in told.items()} == line
    one = watched(registry, operator, "P", TODAY)
    assert {name: one.row[name] for name in line} == {name: row[name] for name in line}
    beside = context(load(), row, TODAY)
    assert any("mucosal or deep" in each for each in beside)
    assert any("lower than printed" in each for each in beside)
    paper = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", letter(registry, operator, one)))
    for each in beside:
        sentence = f"{each[:1].upper()}{each[1:]}."
        assert sentence in sentences
        assert each in found.text()
        _, heading, bled = each.rpartition("bleeding since Tue 31 Mar 2026: ")
        assert (bled if heading else sentence) in paper.replace("&lt;", "<")
    home = next(item for item in surveillance(registry, operator, TODAY) if item.what == "Act now")
    assert f"P, {line['last_count']}" in home.why
    assert sentences[0] in home.why

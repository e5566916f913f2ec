"""What is stored with a call is shown in words, each only where it is known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from adjudication.response.terms import Flag
from registry.patients.call_facts import FLAGS, call_facts, call_row, flag_sentence, kept_or_lost

CALL: dict[str, Any] = {
    "best_response": "CR",
    "reason": "",
    "phase": "newly_diagnosed",
    "in_response_days": 148,
    "observed_days": 365,
    "er_7d": True,
    "ir_1m": None,
    "dr_6m": False,
    "rem_12m": None,
    "held_until": None,
    "lost_on": None,
    "flags": "long_gap;thrombocytosis",
}


def test_every_flag_has_words() -> None:
    assert sorted(FLAGS) == sorted(str(flag.name).lower() for flag in Flag)
    assert flag_sentence("spontaneous") == "a response without treatment"
    assert flag_sentence(None) == flag_sentence("") == ""


def test_the_facts_of_a_call_are_sentences() -> None:
    assert call_facts(CALL) == [
        "Phase at the start: newly diagnosed.",
        "Time in response: 148 of 365 days.",
        "At fixed times (ASH 2019): early response at 1 week yes; durable response at 6 months no; not assessable: "
        "initial response at 1 month, remission at 12 months.",
        "Flags: a long gap between two counts; a platelet count above the normal range.",
    ]
    row = call_row(CALL)
    assert (row["er_7d"], row["ir_1m"], row["dr_6m"], row["in_response"]) == (
        "yes",
        None,
        "no",
        "148 of 365 days",
    )


def test_a_printed_sheet_has_the_facts_that_fit_on_it() -> None:
    kept = call_facts(CALL, short=True)
    assert [fact for fact in call_facts(CALL) if fact not in kept] == [
        fact for fact in call_facts(CALL) if fact.startswith(("Phase", "At fixed times"))
    ]
    assert kept != []


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"held_until": date(2020, 2, 3)}, "held until 3 Feb 2020"),
        ({"held_until": date(2020, 2, 3), "lost_on": date(2020, 3, 1)}, "lost on 1 Mar 2020"),
        ({}, "no count since its start"),
    ],
)
def test_a_course_that_started_in_response_held_or_lost_it(days: dict[str, date], words: str) -> None:
    followed = CALL | {"best_response": "NE", "reason": "started_in_response"} | days
    assert kept_or_lost(followed) == words
    assert f"The response that was there at the start: {words}." in call_facts(followed)
    assert not [fact for fact in call_facts(followed) if fact.startswith("Time in response")]
    assert kept_or_lost(CALL | days) == ""

"""An explanation says which counts decided, on which days, by which clause, and why it is not the next better level."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from adjudication.response.criteria import load
from adjudication.response.explain import Explanation, Finding, Told, explanation
from adjudication.response.terms import NO_DAY, CensoredBy, Predicate, Reason, Source, Step

ITP, AIHA = load("itp-iwg-2009"), load("aiha-hammersmith-2017")
START = date(2025, 1, 1)


def on(day: int) -> date:
    return START + timedelta(days=day)


TOLD = Told(
    course_id="C1",
    criteria_id=ITP.id,
    agents="prednisolone",
    started_on=START,
    best_response="R",
    reason=None,
    onset_on=on(7),
    relapsed_on=None,
    lost_cr_on=None,
    duration_of_response_days=93,
    duration_status="censored",
    censored_by="last_count",
    flags="",
    defaults_applied="DEF-ITP-02;DEF-ITP-11",
    pivot_on=None,
    pivot_value=None,
    pivot_best_response=None,
    attribution_days=28,
)
NOTHING: dict[str, Any] = {
    "onset_on": None,
    "duration_of_response_days": None,
    "duration_status": "none",
    "censored_by": None,
}


def count(step: str, day: int, value: str, predicate: str, threshold: str | None, held: bool) -> Finding:
    return Finding(
        step, "observation", f"L{day}", on(day), predicate, threshold, value, "10*9/L", "platelets", held
    )


def told(*evidence: Finding, criteria: Any = ITP, **facts: Any) -> Explanation:
    return explanation(replace(TOLD, **facts), evidence, criteria)


def test_the_headline_has_course_level_onset_agents_start_and_criteria() -> None:
    assert told().headline == (
        "C1: R, response (ITP) from 2025-01-08. prednisolone, started 2025-01-01; "
        "judged by Immune thrombocytopenia, International Working Group 2009 (itp-iwg-2009)."
    )
    assert (
        "from" not in told(best_response="NR", reason="failing_confirmed", **NOTHING).headline.split(".")[0]
    )


def test_each_deciding_count_is_a_sentence_with_value_unit_day_and_what_was_asked() -> None:
    evidence = [
        count("baseline", 0, "12", "baseline", None, True),
        count("onset", 7, "60", "at_least", "30", True),
        count("confirming", 14, "99.6", "fold_of_baseline", "40", True),
        count("refutes_better", 14, "99.6", "at_least", "100", False),
    ]
    assert told(*evidence).sentences[:4] == (
        "It started from platelets 12 ×10⁹/L on 2025-01-01.",
        "The response begins with platelets 60 ×10⁹/L on 2025-01-08: at least 30 is asked for, and it is met.",
        "It is confirmed by platelets 99.6 ×10⁹/L on 2025-01-15: at least 40, the multiple of the baseline, "
        "is asked for, and it is met.",
        "Against a better level stands platelets 99.6 ×10⁹/L on 2025-01-15: at least 100 is asked for, "
        "and it is not met.",
    )


def test_a_happening_is_told_by_its_kind_day_and_id() -> None:
    rows = [
        Finding("lost_confirming", source, "X9", on(30), predicate, None, None, None, None, False)
        for source, predicate in (
            ("rescue", "rescue"),
            ("bleed", "no_bleeding"),
            ("transfusion", "transfusion_free"),
        )
    ]
    assert told(*rows).sentences[:3] == (
        "The loss is confirmed by a rescue on 2025-01-31 (X9).",
        "The loss is confirmed by a bleed on 2025-01-31 (X9).",
        "The loss is confirmed by a transfusion on 2025-01-31 (X9).",
    )


def test_a_marker_is_told_by_the_limits_of_its_laboratory() -> None:
    rows = [
        Finding("hemolysis", "observation", "L1", on(7), "no_hemolysis", None, value, unit, analyte, held)
        for value, unit, analyte, held in (
            ("0.9", "g/L", "haptoglobin", True),
            ("600", "U/L", "ldh", False),
        )
    ]
    assert told(*rows, criteria=AIHA, best_response="PR").sentences[:2] == (
        "On hemolysis: haptoglobin 0.9 g/L on 2025-01-08, normal for its laboratory.",
        "On hemolysis: LDH 600 U/L on 2025-01-08, not normal for its laboratory.",
    )


@pytest.mark.parametrize("step", list(Step), ids=lambda step: step.word)
@pytest.mark.parametrize("source", list(Source), ids=lambda source: source.word)
def test_every_step_and_source_has_a_sentence(step: Step, source: Source) -> None:
    finding = Finding(
        step.word, source.word, "X1", on(7), "baseline", None, "60", "10*9/L", "platelets", True
    )
    sentence = told(finding).sentences[0]
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "2025-01-08" in sentence


@pytest.mark.parametrize("predicate", list(Predicate), ids=lambda predicate: predicate.word)
def test_every_predicate_can_be_told(predicate: Predicate) -> None:
    finding = count("onset", 7, "60", predicate.word, "30", True)
    assert "platelets 60 ×10⁹/L on 2025-01-08" in told(finding).sentences[0]


def test_a_response_cites_its_clause_and_says_why_it_is_not_better() -> None:
    said = told().sentences
    assert said[0].startswith("R asks for platelets at least 30")
    assert said[0].endswith("(Rodeghiero 2009, Table 2: response).")
    assert said[1].startswith("Not CR, which asks for platelets at least 100")
    assert said[1].endswith("(Rodeghiero 2009, Table 2: complete response).")


def test_the_best_level_has_nothing_better_to_refute() -> None:
    assert not any(sentence.startswith("Not ") for sentence in told(best_response="CR").sentences)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason], ids=lambda reason: reason.word)
def test_no_response_and_not_evaluable_give_their_reason_and_what_the_lowest_level_asks(
    reason: Reason,
) -> None:
    for level in ("NR", "NE"):
        said = told(best_response=level, reason=reason.word, **NOTHING).sentences
        assert said[0] == f"Why: {reason.definition}."
        assert said[1].startswith("Not R, which asks for platelets at least 30")


def test_a_late_response_gives_the_limit_and_its_source() -> None:
    said = told(best_response="NR", reason="late_response", **NOTHING).sentences
    assert "A response to prednisolone must begin within 28 days (Rodeghiero 2009, Table 3" in said[2]
    unlimited = told(best_response="NR", reason="late_response", attribution_days=NO_DAY, **NOTHING)
    assert not any("must begin within" in sentence for sentence in unlimited.sentences)


def test_a_relapse_gives_its_day_the_duration_and_the_clause() -> None:
    lost = {
        "relapsed_on": on(100),
        "duration_of_response_days": 93,
        "duration_status": "event",
        "censored_by": None,
    }
    assert (
        "Relapse on 2025-04-11, 93 days after onset (Rodeghiero 2009, Table 2: loss of response; "
        "DEF-ITP-07, DEF-ITP-08)." in told(**lost).sentences
    )


@pytest.mark.parametrize("by", [by for by in CensoredBy if by], ids=lambda by: by.word)
def test_a_response_that_was_not_lost_says_how_long_and_what_ended_follow_up(by: CensoredBy) -> None:
    status = "death" if by == CensoredBy.DEATH else "censored"
    said = told(duration_status=status, censored_by=by.word).sentences
    assert any(sentence.startswith("In response for 93 days, until ") for sentence in said)


def test_losing_complete_response_alone_is_told_apart_from_a_relapse() -> None:
    alone = told(best_response="CR", lost_cr_on=on(50)).sentences
    assert "Complete response was lost on 2025-02-20; the response was not." in alone
    lost = {"relapsed_on": on(100), "duration_status": "event", "censored_by": None}
    both = told(best_response="CR", lost_cr_on=on(50), **lost).sentences
    assert "Complete response was lost on 2025-02-20, before the response." in both
    at_once = told(best_response="CR", lost_cr_on=on(100), **lost).sentences
    assert not any("Complete response was lost" in sentence for sentence in at_once)


def test_flags_are_told_in_words() -> None:
    said = told(flags="bleeding_not_recorded;thrombocytosis").sentences
    assert "Flags: bleeding not recorded, thrombocytosis." in said
    assert not any(sentence.startswith("Flags") for sentence in told().sentences)


def test_the_pivot_says_which_value_on_which_day_would_have_made_what() -> None:
    said = told(pivot_on=on(14), pivot_value="100", pivot_best_response="CR").sentences
    assert said[-1] == "What would have changed it: 100 ×10⁹/L on 2025-01-15 would have made it CR."


def test_nothing_is_claimed_of_counts_that_were_not_tried() -> None:
    for level in ("R", "CR", "NR", "NE"):
        said = told(best_response=level).sentences
        assert not any("would have changed it" in sentence for sentence in said)


def test_the_headline_of_a_complete_response_has_the_day_on_which_it_became_complete() -> None:
    deepened = told(best_response="CR", cr_onset_on=on(21)).headline
    assert deepened.startswith("C1: CR, complete response from 2025-01-22, in response from 2025-01-08.")
    at_once = told(best_response="CR", cr_onset_on=on(7)).headline
    assert at_once.startswith("C1: CR, complete response from 2025-01-08. ")
    unknown = told(best_response="CR", cr_onset_on=None).headline
    assert unknown.startswith("C1: CR, complete response, in response from 2025-01-08.")


def test_the_readings_that_a_call_rests_on_are_quoted_from_its_criteria() -> None:
    assert told().readings == (
        ("DEF-ITP-02", ITP.reading("DEF-ITP-02").we),
        ("DEF-ITP-11", ITP.reading("DEF-ITP-11").we),
    )
    assert told(defaults_applied="").readings == ()
    shared = told(criteria=AIHA, best_response="PR", defaults_applied="DEF-EV-02").readings
    assert shared == (("DEF-EV-02", AIHA.reading("DEF-EV-02").we),)


def test_as_text_it_is_the_headline_the_sentences_and_the_readings() -> None:
    lines = told(count("onset", 7, "60", "at_least", "30", True)).text().splitlines()
    assert lines[0].startswith("C1: R")
    assert lines[1].startswith("  The response begins with platelets 60")
    assert lines[-3] == "  Readings it rests on:"
    assert lines[-2].startswith("    DEF-ITP-02: On the day of the first count")
    assert "Readings" not in told(defaults_applied="").text()


def test_as_json_it_has_the_same_and_every_row_of_evidence() -> None:
    one = told(count("onset", 7, "60", "at_least", "30", True))
    found = json.loads(json.dumps(one.as_json()))
    assert found["headline"] == one.headline
    assert found["sentences"] == list(one.sentences)
    assert [reading["id"] for reading in found["readings"]] == ["DEF-ITP-02", "DEF-ITP-11"]
    assert found["evidence"] == [
        {
            "step": "onset",
            "source": "observation",
            "id": "L7",
            "observed_on": "2025-01-08",
            "predicate": "at_least",
            "threshold": "30",
            "value": "60",
            "unit": "10*9/L",
            "analyte": "platelets",
            "held": True,
        }
    ]


def test_a_stored_call_with_empty_cells_is_told_without_them() -> None:
    empty = float("nan")
    row = dict.fromkeys(vars(TOLD)) | {
        "course_id": "C1",
        "criteria_id": ITP.id,
        "agents": None,
        "started_on": START,
        "best_response": "NE",
        "reason": "no_counts",
        "duration_status": "none",
        "duration_of_response_days": empty,
        "pivot_value_e6": empty,
    }
    found = Told.of(row, 28)
    assert (found.agents, found.duration_of_response_days, found.pivot_value) == (
        "no agent recorded",
        None,
        None,
    )
    assert "no agent recorded, started 2025-01-01" in explanation(found, [], ITP).headline


@pytest.mark.parametrize(
    ("micro", "said"),
    [
        (100_000_000, "100"),
        (99_600_000, "99.6"),
        (99_999_999, "a value below 100"),
        (120_000_001, "a value above 120"),
    ],
)
def test_a_pivot_beside_a_round_number_is_told_as_below_or_above_it(micro: int, said: str) -> None:
    row = vars(TOLD) | {"pivot_value_e6": micro, "agents": "rituximab+prednisolone"}
    found = Told.of(row, 180)
    assert (found.pivot_value, found.agents) == (said, "rituximab + prednisolone")

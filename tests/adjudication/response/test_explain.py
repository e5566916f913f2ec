"""An explanation is a table of steps, and sentences for what decided, ended, is missing and would have changed it."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from adjudication.response.call_facts import CallFacts, JudgedAgain
from adjudication.response.criteria import load
from adjudication.response.explain import Explanation, explanation
from adjudication.response.steps import Finding
from adjudication.response.terms import NO_DAY, CensoredBy, Flag, Kind, Level, Predicate, Reason, Source, Step
from adjudication.response.what_would_change import Change

ITP, AIHA = load("itp-iwg-2009"), load("aiha-hammersmith-2017")
START = date(2025, 1, 1)


def on(day: int) -> date:
    return START + timedelta(days=day)


FACTS = CallFacts(
    course_id="C1",
    criteria_id=ITP.id,
    agents="prednisolone",
    started_on=START,
    best_response="R",
    reason=None,
    onset_on=on(7),
    cr_onset_on=None,
    relapsed_on=None,
    lost_cr_on=None,
    duration_of_response_days=93,
    duration_status="censored",
    censored_by="last_count",
    flags="",
    defaults_applied="DEF-ITP-02;DEF-ITP-11",
    attribution_days=28,
    failing_from_days=14,
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


def happened(step: str, source: str, day: int, predicate: str, detail: str | None = None) -> Finding:
    return Finding(step, source, "X9", on(day), predicate, None, None, None, None, False, detail)


def told(
    *evidence: Finding, criteria: Any = ITP, again: JudgedAgain | None = None, **facts: Any
) -> Explanation:
    return explanation(replace(FACTS, **facts), evidence, criteria, again)


def change(
    day: int, was: int, becomes: int, level: Level, kind: Kind = Kind.PLATELETS, limit: int = 0
) -> Change:
    micro = 1_000_000 if kind < Kind.LDH else 1
    number = (on(day) - date(1970, 1, 1)).days
    return Change(day, number, int(kind), was * micro, limit, becomes * micro, int(level), day == 0)


def test_the_headline_has_course_level_onset_agents_start_and_criteria() -> None:
    assert told().headline == (
        "C1: R, response (ITP) from 2025-01-08. prednisolone, started 2025-01-01; "
        "judged by Immune thrombocytopenia, International Working Group 2009 (itp-iwg-2009)."
    )
    assert (
        "from" not in told(best_response="NR", reason="failing_confirmed", **NOTHING).headline.split(".")[0]
    )


def test_each_deciding_count_is_a_line_with_value_unit_day_and_what_was_needed() -> None:
    evidence = [
        count("baseline", 0, "12", "baseline", None, True),
        count("onset", 7, "60", "at_least", "30", True),
        count("confirming", 14, "99.6", "fold_of_baseline", "40", True),
        count("refutes_better", 14, "99.6", "at_least", "100", False),
    ]
    assert [(one.name, one.on, one.value, one.needs, one.met_words) for one in told(*evidence).steps] == [
        ("Baseline", on(0), "platelets 12 ×10⁹/L", "", ""),
        ("Response begins", on(7), "platelets 60 ×10⁹/L", "at least 30", "yes"),
        ("Response confirmed", on(14), "platelets 99.6 ×10⁹/L", "at least 40 (2 × the baseline)", "yes"),
        ("Against a better level", on(14), "platelets 99.6 ×10⁹/L", "at least 100", "no"),
    ]
    assert told(*evidence).sentences[0] == "Baseline: platelets 12 ×10⁹/L on 2025-01-01."


@pytest.mark.parametrize(
    ("value", "predicate", "threshold", "held", "met"),
    [
        ("30", "at_least", "30", False, "yes"),
        ("29.999999", "at_least", "30", True, "no"),
        ("120", "above", "120", True, "no"),
        ("120.000001", "above", "120", False, "yes"),
        ("80", "rise_above", "80", True, "no"),
        ("<30", "at_least", "30", True, "no"),
        ("<31", "at_least", "30", True, "not known"),
        (">30", "at_least", "30", False, "yes"),
        (">29", "at_least", "30", True, "not known"),
        (">120", "above", "120", False, "yes"),
        ("<121", "above", "120", False, "not known"),
        ("99", "fall_from_peak", "100", True, "no"),
    ],
)
def test_whether_a_line_is_met_is_compared_from_what_is_printed(
    value: str, predicate: str, threshold: str, held: bool, met: str
) -> None:
    assert told(count("onset", 7, value, predicate, threshold, held)).steps[0].met_words == met


def test_a_multiple_of_a_limit_is_printed_as_of_the_limit_and_not_met_only_where_that_is_known() -> None:
    start = count("baseline", 0, "<20", "baseline", None, True)
    for value, met in (("35", "not known"), ("40", "yes")):
        line = told(start, count("confirming", 14, value, "fold_of_baseline", "39.999998", True)).steps[1]
        assert (line.needs, line.met_words) == ("at least 40 (2 × the baseline)", met)


def test_a_happening_is_named_by_its_kind_day_and_id() -> None:
    rows = [
        happened("lost_confirming", source, 30, predicate)
        for source, predicate in (
            ("rescue", "rescue"),
            ("bleed", "no_bleeding"),
            ("transfusion", "transfusion_free"),
        )
    ]
    assert [(one.name, one.value, one.needs, one.met_words) for one in told(*rows).steps] == [
        ("Loss confirmed", "rescue X9", "no rescue or bridge shortly before", "no"),
        ("Loss confirmed", "bleed X9", "no bleeding", "no"),
        ("Loss confirmed", "transfusion X9", "no transfusion shortly before", "no"),
    ]


def test_a_marker_is_told_by_the_limits_of_its_laboratory() -> None:
    rows = [
        Finding("hemolysis", "observation", "L1", on(7), "no_hemolysis", None, value, unit, analyte, held)
        for value, unit, analyte, held in (
            ("0.9", "g/L", "haptoglobin", True),
            ("600", "U/L", "ldh", False),
        )
    ]
    lines = told(*rows, criteria=AIHA, best_response="PR").steps
    assert [(one.value, one.needs, one.met_words) for one in lines] == [
        ("haptoglobin 0.9 g/L", "normal by its laboratory's limits", "yes"),
        ("LDH 600 U/L", "normal by its laboratory's limits", "no"),
    ]


@pytest.mark.parametrize("step", list(Step), ids=lambda step: step.word)
@pytest.mark.parametrize("source", list(Source), ids=lambda source: source.word)
def test_every_step_and_source_has_a_line(step: Step, source: Source) -> None:
    finding = Finding(
        step.word, source.word, "X1", on(7), "baseline", None, "60", "10*9/L", "platelets", True
    )
    (line,) = told(finding).steps
    assert line.name[0].isupper()
    assert line.value
    assert "2025-01-08" in told(finding).text()
    assert "8 Jan 2025" in told(finding).with_days(lambda day: f"{day.day} Jan {day.year}").text()


@pytest.mark.parametrize("predicate", list(Predicate), ids=lambda predicate: predicate.word)
def test_every_predicate_can_be_told(predicate: Predicate) -> None:
    (line,) = told(count("onset", 7, "60", predicate.word, "30", True)).steps
    assert line.value == "platelets 60 ×10⁹/L"
    assert bool(line.needs) == (predicate not in (Predicate.BASELINE, Predicate.RECORDED))


def test_a_response_names_its_counts_and_clause_and_says_why_it_is_not_better() -> None:
    said = told(
        count("onset", 7, "60", "at_least", "30", True),
        count("confirming", 14, "80", "at_least", "30", True),
        count("refutes_better", 14, "80", "at_least", "100", False),
    ).sentences
    assert said[0] == (
        "R: platelets 60 ×10⁹/L on 2025-01-08 and platelets 80 ×10⁹/L on 2025-01-15. R needs platelets at least 30 "
        "×10⁹/L and at least twice the baseline, and no bleeding, on two occasions at least 7 days apart "
        "(Rodeghiero 2009, Table 2: response)."
    )
    assert said[1] == "Not CR: platelets 80 ×10⁹/L on 2025-01-15 (CR needs at least 100)."
    assert said[2].startswith("CR needs platelets at least 100")
    assert said[2].endswith("(Rodeghiero 2009, Table 2: complete response).")


@pytest.mark.parametrize(
    ("evidence", "facts", "said"),
    [
        (
            [count("refutes_better", 14, "20", "at_least", "30", False)],
            {"baseline": True},
            "Not R: platelets 20 ×10⁹/L on 2025-01-15 (R needs at least 30).",
        ),
        (
            [count("refutes_better", 14, "98", "at_least", "100", False)],
            {"baseline": True},
            "Not R: platelets 98 ×10⁹/L on 2025-01-15 (R needs at least 100 with this baseline).",
        ),
        (
            [count("refutes_better", 14, "80", "at_least", "100", False)],
            {},
            "Not R: platelets 80 ×10⁹/L on 2025-01-15 (without a baseline, R needs at least 100 to be known).",
        ),
        (
            [count("refutes_better", 14, "<50", "at_least", "30", False)],
            {"baseline": True},
            "Not R: platelets <50 ×10⁹/L on 2025-01-15 (known only as a limit: <50 does not tell whether at least 30 "
            "was reached).",
        ),
        (
            [count("refutes_better", 14, "60", "at_least", "30", True)],
            {"baseline": True},
            "Not R: platelets 60 ×10⁹/L on 2025-01-15 (no second count at least 7 days apart confirms it).",
        ),
        (
            [
                count("refutes_better", 14, "150", "at_least", "30", True),
                happened("refutes_better", "bleed", 13, "no_bleeding"),
            ],
            {"baseline": True},
            "Not R: platelets 150 ×10⁹/L on 2025-01-15 (R needs no bleeding: bleed X9 on 2025-01-14).",
        ),
    ],
)
def test_why_it_is_no_response_names_the_count_and_what_it_lacks(
    evidence: list[Finding], facts: dict[str, Any], said: str
) -> None:
    start = [count("baseline", 0, "60", "baseline", None, True)] if facts.get("baseline") else []
    assert said in told(*start, *evidence, best_response="NE", reason="unconfirmed", **NOTHING).sentences


def test_a_count_of_a_run_that_was_confirmed_is_not_called_unconfirmed() -> None:
    count_of_run = count("refutes_better", 200, "60", "at_least", "30", True)
    for reason in ("rescue_confounded", "stopped_for_inefficacy"):
        said = told(count_of_run, best_response="NE", reason=reason, **NOTHING).sentences
        assert not any("confirms it" in sentence for sentence in said)


def test_hemoglobin_without_proof_of_no_hemolysis_is_not_complete() -> None:
    def marker(held: bool) -> Finding:
        return Finding(
            "hemolysis", "observation", "M1", on(7), "no_hemolysis", None, "0.1", "g/L", "haptoglobin", held
        )

    high = Finding(
        "refutes_better", "observation", "L7", on(7), "above", "120", "130", "g/L", "hemoglobin", True
    )
    abnormal = told(high, marker(False), criteria=AIHA, best_response="PR").sentences
    assert (
        "Not CR: hemoglobin 130 g/L on 2025-01-08 (CR needs no sign of hemolysis: haptoglobin 0.1 g/L on 2025-01-08 "
        "is not normal for its laboratory)."
    ) in abnormal
    few = told(high, marker(True), criteria=AIHA, best_response="PR", flags="cr_unassessable").sentences
    assert (
        "Not CR: hemoglobin 130 g/L on 2025-01-08 (CR needs markers that show no hemolysis; there are too few near "
        "that day)."
    ) in few


def test_the_best_level_has_nothing_better_to_refute() -> None:
    assert not any(sentence.startswith("Not ") for sentence in told(best_response="CR").sentences)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason], ids=lambda reason: reason.word)
def test_no_response_and_not_evaluable_give_their_reason_and_what_the_lowest_level_needs(
    reason: Reason,
) -> None:
    for level in ("NR", "NE"):
        criteria = AIHA if reason in (Reason.HEMOLYSIS_UNKNOWN, Reason.TRANSFUSION_CONFOUNDED) else ITP
        said = told(criteria=criteria, best_response=level, reason=reason.word, **NOTHING).sentences
        assert said[0].startswith(f"{level}: ")
        assert "_" not in said[0]
        judged = reason.word not in (
            "started_in_response",
            "observation_after_treatment",
            "corticosteroid_dependent",
        )
        lowest = criteria.levels[-1]
        assert any(one.startswith(f"{lowest.name} needs {lowest.words}") for one in said) == judged


@pytest.mark.parametrize(
    ("reason", "evidence", "facts", "words"),
    [
        (
            "failing_confirmed",
            [
                count("failing", 7, "20", "at_least", "30", False),
                count("failing_confirming", 14, "25", "at_least", "30", False),
            ],
            {},
            "NR: two consecutive failing assessments, platelets 20 ×10⁹/L on 2025-01-08 and platelets 25 ×10⁹/L on "
            "2025-01-15, the second on day 14 or later, when prednisolone can have worked.",
        ),
        (
            "next_course_for_inefficacy",
            [
                count("failing", 7, "20", "at_least", "30", False),
                happened("next_course", "course", 8, "baseline", "rituximab, for inefficacy"),
            ],
            {},
            "NR: the next course began on 2025-01-09 (course X9 (rituximab, for inefficacy)), and the last assessment "
            "failed: platelets 20 ×10⁹/L on 2025-01-08.",
        ),
        (
            "stopped_for_inefficacy",
            [
                count("failing", 7, "20", "at_least", "30", False),
                happened("stopped", "course", 8, "baseline"),
            ],
            {},
            "NR: the course was stopped for inefficacy on 2025-01-09, and the last assessment failed: platelets 20 "
            "×10⁹/L on 2025-01-08.",
        ),
        (
            "stopped_for_inefficacy",
            [
                count("late_onset", 60, "60", "at_least", "30", True),
                happened("stopped", "course", 8, "baseline"),
            ],
            {},
            "NR: the course was stopped for inefficacy on 2025-01-09, and the response began more than 14 days later, "
            "with platelets 60 ×10⁹/L on 2025-03-02.",
        ),
        (
            "died_failing",
            [
                count("failing", 7, "20", "at_least", "30", False),
                happened("death", "bleed", 8, "no_bleeding"),
                happened("death", "patient", 9, "baseline"),
            ],
            {},
            "NR: the patient died on 2025-01-10 of a bleed (bleed X9 on 2025-01-09), and the last assessment failed: "
            "platelets 20 ×10⁹/L on 2025-01-08.",
        ),
        (
            "corticosteroid_dependent",
            [Finding("dose", "course_agent", "C1", on(60), "above", "5", "10", None, None, True)],
            {},
            "NR: the response was held only by corticosteroids: 10 mg prednisolone a day from 2025-03-02, above the "
            "limit of 5 mg (Rodeghiero 2009: ongoing or repeated corticosteroids for at least 2 months are a "
            "non-response; operational by DEF-ITP-12).",
        ),
        (
            "other_cause",
            [happened("other_cause", "other_cause", 3, "baseline", "sepsis")],
            {},
            "NE: another recorded cause explains every assessment (other cause X9 (sepsis) on 2025-01-04).",
        ),
        (
            "started_in_response",
            [count("held", 20, "60", "at_least", "30", True)],
            {"held_until": on(20), "lost_on": on(50)},
            "NE: the course started in response, so it is followed and not judged for response; held until "
            "2025-01-21; lost on 2025-02-20.",
        ),
        (
            "too_early",
            [],
            {},
            "NE: every assessment lies before day 14, the first on which prednisolone can have failed.",
        ),
        (
            "rescue_confounded",
            [happened("refutes_better", "rescue", 5, "rescue")],
            {},
            "NE: every count that could show a response came too soon after a rescue, platelets or a bridge "
            "(rescue X9 on 2025-01-06).",
        ),
        (
            "onset_not_observed",
            [count("late_onset", 60, "60", "at_least", "30", True)],
            {},
            "NE: the response was first seen with platelets 60 ×10⁹/L on 2025-03-02, after day 28, and no failing "
            "count from day 14 on shows that it began so late.",
        ),
    ],
)
def test_what_decided_is_named_with_its_days(
    reason: str, evidence: list[Finding], facts: dict[str, Any], words: str
) -> None:
    level = words[:2]
    assert words in told(*evidence, best_response=level, reason=reason, **NOTHING | facts).sentences


def test_a_late_response_gives_the_limit_and_its_source() -> None:
    said = told(best_response="NR", reason="late_response", **NOTHING).sentences
    assert "A response to prednisolone must begin by day 28 (Rodeghiero 2009, Table 3" in said[0]
    unlimited = told(best_response="NR", reason="late_response", attribution_days=NO_DAY, **NOTHING)
    assert not any("must begin by" in sentence for sentence in unlimited.sentences)


def test_a_relapse_gives_its_day_the_duration_and_the_clause() -> None:
    lost: dict[str, Any] = {
        "relapsed_on": on(100),
        "duration_of_response_days": 93,
        "duration_status": "event",
        "censored_by": None,
    }
    fell = [
        count("lost", 100, "20", "at_least", "30", False),
        count("lost_confirming", 107, "15", "at_least", "30", False),
    ]
    clause = "Rodeghiero 2009, Table 2: loss of response; DEF-ITP-07, DEF-ITP-08"
    assert f"Relapse on 2025-04-11, 93 days after onset ({clause})." in told(**lost).sentences
    assert (
        f"Relapse on 2025-04-11, 93 days after onset ({clause}): platelets 20 ×10⁹/L on 2025-04-11 and platelets 15 "
        "×10⁹/L on 2025-04-18."
    ) in told(*fell, **lost).sentences


@pytest.mark.parametrize("by", [by for by in CensoredBy if by], ids=lambda by: by.word)
def test_a_response_that_was_not_lost_says_how_long_and_what_ended_follow_up(by: CensoredBy) -> None:
    status = "death" if by == CensoredBy.DEATH else "censored"
    said = told(duration_status=status, censored_by=by.word).sentences
    assert any(sentence.startswith("In response for 93 days, until ") for sentence in said)
    last = count("censoring", 100, "60", "at_least", "30", True)
    step = {"rescue": "censoring", "death": "death"}.get(by.word, by.word)
    source = {"rescue": "rescue", "death": "patient", "last_count": "observation"}.get(by.word, "course")
    facts = [last] if by == CensoredBy.LAST_COUNT else [last, happened(step, source, 120, "baseline")]
    (sentence,) = [
        one for one in told(*facts, duration_status=status, censored_by=by.word).sentences if "93 days" in one
    ]
    if by == CensoredBy.DEATH:
        assert sentence == "In response for 93 days, until death on 2025-05-01."
    else:
        assert "until the last count that held it, platelets 60 ×10⁹/L on 2025-04-11." in sentence
        assert ("2025-05-01" in sentence) == (by != CensoredBy.LAST_COUNT)


def test_losing_complete_response_alone_is_told_apart_from_a_relapse() -> None:
    alone = told(best_response="CR", lost_cr_on=on(50)).sentences
    assert "Complete response was lost on 2025-02-20; the response was not." in alone
    lost: dict[str, Any] = {"relapsed_on": on(100), "duration_status": "event", "censored_by": None}
    both = told(best_response="CR", lost_cr_on=on(50), **lost).sentences
    assert "Complete response was lost on 2025-02-20, before the response." in both
    at_once = told(best_response="CR", lost_cr_on=on(100), **lost).sentences
    assert not any("Complete response was lost" in sentence for sentence in at_once)


@pytest.mark.parametrize("flag", list(Flag), ids=lambda flag: str(flag.name).lower())
def test_every_flag_has_a_plain_sentence(flag: Flag) -> None:
    word = str(flag.name).lower()
    reasons = {
        "late_response": ("NR", "late_response"),
        "unconfirmed": ("NE", "unconfirmed"),
        "corticosteroid_dependent": ("NR", "corticosteroid_dependent"),
    }
    level, reason = reasons.get(word, ("R", None))
    facts: dict[str, Any] = {"best_response": level, "reason": reason} | ({} if reason is None else NOTHING)
    criteria = AIHA if word in ("cr_unassessable", "transfusion_confounded") else ITP
    if criteria is AIHA:
        facts["best_response"] = "PR"
    without = told(criteria=criteria, **facts | {"reason": None}).sentences
    said = set(told(criteria=criteria, flags=word, **facts).sentences) - set(without)
    assert said, word
    assert all("_" not in sentence for sentence in said)


def test_what_is_missing_is_named() -> None:
    marker = Finding(
        "hemolysis", "observation", "M1", on(7), "no_hemolysis", None, "1.1", "g/L", "haptoglobin", False
    )
    said = told(
        criteria=AIHA,
        best_response="NE",
        reason="hemolysis_unknown",
        flags="baseline_missing",
        without_limits=(marker,),
        **NOTHING,
    ).sentences
    assert "Haptoglobin 1.1 g/L on 2025-01-08 came without limits." in said
    assert "No baseline: no count of the 14 days up to the start on 2025-01-01 can serve as one." in said
    doses = told(flags="steroid_dose_unknown", unreadable_doses=(("dexamethasone", on(70)),)).sentences
    assert "A corticosteroid dose from day 60 on cannot be read, dexamethasone from 2025-03-12." in doses
    limit = told(
        count("baseline", 0, "<20", "baseline", None, True),
        best_response="NE",
        reason="baseline_missing",
        **NOTHING,
    ).sentences
    assert "The baseline does not tell whether a count is high enough: it is known only as <20." in limit


def test_flags_name_their_days_agents_and_courses() -> None:
    again = JudgedAgain((), (on(14), on(500)))
    said = told(
        flags="attribution_default;long_gap;shared_start",
        unlimited_agents=("bortezomib",),
        shared_with=("C2",),
        again=again,
    ).sentences
    assert (
        "Bortezomib: no published limit for the time to a response, so 180 days are taken for it."
    ) in said
    assert "Two consecutive assessments lie 486 days apart: 2025-01-15 and 2026-05-16." in said
    assert "Another course of the episode started on 2025-01-01: C2. Log one course with two agents." in said
    pair = [
        count("failing", 14, "20", "at_least", "30", False),
        count("failing_confirming", 500, "20", "at_least", "30", False),
    ]
    failed = told(
        *pair, best_response="NR", reason="failing_confirmed", flags="long_gap", again=again, **NOTHING
    )
    assert "The two failing assessments lie 486 days apart: 2025-01-15 and 2026-05-16." in failed.sentences


def test_the_smallest_change_to_a_better_and_to_a_worse_level_is_told() -> None:
    changes = (
        change(14, 99, 100, Level.CR),
        change(7, 60, 100, Level.CR),
        change(0, 20, 31, Level.NR),
        change(7, 60, 29, Level.NE),
    )
    assert told(again=JudgedAgain(changes, None)).sentences[-1] == (
        "What would have changed it: platelets 100 ×10⁹/L instead of 99 on 2025-01-15 would have made it CR; a "
        "baseline of 31 ×10⁹/L instead of 20 on 2025-01-01 would have made it NR."
    )
    limit = JudgedAgain((change(7, 50, 29, Level.NE, limit=-1),), None)
    assert (
        "platelets 29 ×10⁹/L instead of <50 on 2025-01-08 would have made it NE."
        in told(again=limit).sentences[-1]
    )
    marker = JudgedAgain((change(7, 1, 0, Level.CR, Kind.HAPTOGLOBIN),), None)
    said = told(criteria=AIHA, best_response="PR", again=marker).sentences[-1]
    assert said == "What would have changed it: a normal haptoglobin on 2025-01-08 would have made it CR."


def test_that_none_would_have_changed_it_is_told_only_where_all_were_tried() -> None:
    none = "Changing any one count would not have changed the result."
    assert told(again=JudgedAgain((), None)).sentences[-1] == none
    assert none not in told().sentences
    stale = told(is_stale=True).sentences
    assert stale[-1].startswith("The record has changed since this assessment")
    empty = told(best_response="NE", reason="no_counts", again=JudgedAgain((), None), **NOTHING).sentences
    assert none not in empty


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


def test_the_readings_that_a_call_rests_on_are_quoted_with_their_questions() -> None:
    assert told().readings == (ITP.reading("DEF-ITP-02"), ITP.reading("DEF-ITP-11"))
    assert told(defaults_applied="").readings == ()
    shared = told(criteria=AIHA, best_response="PR", defaults_applied="DEF-EV-02").readings
    assert shared == (AIHA.reading("DEF-EV-02"),)


def test_as_text_it_is_the_headline_the_table_the_sentences_and_the_readings() -> None:
    lines = told(count("onset", 7, "60", "at_least", "30", True)).text().splitlines()
    assert lines[0].startswith("C1: R")
    assert lines[2] == "  Step             Day         Value                Needs        Met"
    assert lines[3] == "  Response begins  2025-01-08  platelets 60 ×10⁹/L  at least 30  yes"
    assert lines[5].startswith("  R: platelets 60 ×10⁹/L on 2025-01-08. R needs")
    assert lines[-3] == "  Readings it rests on:"
    assert lines[-2].startswith(
        "    DEF-ITP-02: On which day does a response begin? On the day of the first count"
    )
    assert "Readings" not in told(defaults_applied="").text()


def test_as_json_it_has_the_same_and_every_row_of_evidence() -> None:
    again = JudgedAgain((change(14, 99, 100, Level.CR),), None)
    one = told(count("onset", 7, "60", "at_least", "30", True), again=again)
    found = json.loads(json.dumps(one.with_days(str).as_json()))
    assert found["headline"] == one.headline
    assert found["sentences"] == list(one.sentences)
    assert [reading["id"] for reading in found["readings"]] == ["DEF-ITP-02", "DEF-ITP-11"]
    assert found["readings"][0]["asks"] == "On which day does a response begin?"
    assert found["readings"][0]["we"] == ITP.reading("DEF-ITP-02").we
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
    assert found["steps"] == [
        {
            "step": "onset",
            "day": "2025-01-08",
            "value": "platelets 60 ×10⁹/L",
            "needs": "at least 30",
            "met": "yes",
        }
    ]
    assert found["what_would_change"] == [
        {
            "analyte": "platelets",
            "observed_on": "2025-01-15",
            "from": "99",
            "to": "100",
            "best_response": "CR",
        }
    ]
    assert told().as_json()["what_would_change"] is None

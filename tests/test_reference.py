"""The reference, held against the sentences it was written from: one vignette a sentence."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.reference import (
    ATTRIBUTION_DAYS,
    Bleed,
    Course,
    DoseStep,
    Observation,
    OtherCause,
    Patient,
    Rescue,
    Transfusion,
    Verdict,
    acts_on,
    attribution_limit,
    earliest_failure,
    judge,
)

START = date(2020, 3, 2)
CLEAN = {"haptoglobin": "normal", "ldh": "normal"}


def on(day: int) -> date:
    return START + timedelta(days=day)


def counts(analyte: str, values: dict[int, str], first_row: int = 1) -> list[Observation]:
    return [
        Observation(first_row + i, on(day), analyte, Decimal(value.lstrip("<>")), value[: value[0] in "<>"])
        for i, (day, value) in enumerate(values.items())
    ]


def markers(day: int, states: dict[str, str], first_row: int = 500) -> list[Observation]:
    return [
        Observation(first_row + 10 * day + i, on(day), marker, state=state)
        for i, (marker, state) in enumerate(states.items())
    ]


def itp(*agents: str, intent: str = "induction", steps: tuple[DoseStep, ...] = ()) -> Course:
    return Course(0, "ITP", START, None, intent, "first_line", agents or ("prednisolone",), steps)


def aiha(*agents: str) -> Course:
    return Course(0, "AIHA", START, None, "induction", "first_line", agents or ("prednisolone",))


def later(day: int, disease: str, reason: str = "", agent: str = "rituximab", row: int = 1) -> Course:
    return Course(row, disease, on(day), None, "induction", reason, (agent,))


def platelets(values: dict[int, str], course: Course | None = None, **facts: Any) -> Verdict:
    course = course or itp()
    courses = [course, *facts.pop("courses", [])]
    return judge(Patient(courses=courses, observations=counts("platelets", values), **facts), course)


def hemoglobin(
    values: dict[int, str],
    clean_on: tuple[int, ...] = (),
    hemolysis_on: tuple[int, ...] = (),
    course: Course | None = None,
    **facts: Any,
) -> Verdict:
    course = course or aiha()
    observations = counts("hemoglobin", values)
    observations += [o for day in clean_on for o in markers(day, CLEAN)]
    observations += [
        o for day in hemolysis_on for o in markers(day, {**CLEAN, "haptoglobin": "abnormal"}, 900)
    ]
    courses = [course, *facts.pop("courses", [])]
    return judge(Patient(courses=courses, observations=observations, **facts), course)


def steps_of(verdict: Verdict) -> list[tuple[str, int]]:
    return [(e.step, (e.day - START).days) for e in verdict.evidence]


# ITP: response


def test_60_to_100_is_complete_response_because_cr_needs_no_doubling() -> None:
    assert platelets({0: "60", 7: "100", 14: "100"}).best_response == "CR"


def test_60_to_98_is_no_response_because_it_has_not_doubled() -> None:
    verdict = platelets({0: "60", 7: "98", 14: "98"})
    assert (verdict.best_response, verdict.reason) == ("NR", "failing_confirmed")


def test_99_6_is_not_complete_response() -> None:
    assert platelets({0: "10", 7: "99.6", 14: "99.6"}).best_response == "R"


def test_a_baseline_of_zero_is_doubled_by_thirty() -> None:
    assert platelets({0: "0", 7: "30", 14: "30"}).best_response == "R"


def test_29_999999_is_not_thirty() -> None:
    assert platelets({0: "10", 7: "29.999999", 14: "29.999999"}).best_response == "NR"


def test_doubling_exactly_is_response_and_one_millionth_less_is_not() -> None:
    assert platelets({0: "25", 7: "50", 14: "50"}).best_response == "R"
    assert platelets({0: "25", 7: "50", 14: "49.999999"}).best_response == "NE"


def test_seven_days_apart_confirms_and_six_do_not() -> None:
    assert platelets({0: "10", 3: "120", 10: "120"}).best_response == "CR"
    verdict = platelets({0: "10", 3: "120", 9: "120"})
    assert (verdict.best_response, verdict.reason) == ("NE", "unconfirmed")


def test_a_single_count_of_180_is_unconfirmed_not_complete_response() -> None:
    verdict = platelets({0: "10", 14: "180"})
    assert (verdict.best_response, verdict.flags >= {"unconfirmed"}) == ("NE", True)


def test_an_intervening_count_below_the_level_breaks_the_run() -> None:
    assert platelets({0: "10", 3: "120", 6: "20", 10: "120"}).best_response == "NE"


def test_no_response_needs_one_day_only() -> None:
    assert platelets({0: "10", 14: "20", 15: "20"}).best_response == "NR"
    assert platelets({0: "10", 14: "20"}).best_response == "NE"


def test_bleeding_makes_a_patient_with_150_a_non_responder() -> None:
    bleed = Bleed(90, on(3), on(20), 2)
    assert platelets({0: "10", 4: "150", 14: "150"}, bleeds=[bleed]).best_response == "NR"


def test_bleeding_of_grade_0_or_not_of_itp_is_no_bleeding() -> None:
    for bleed in (Bleed(90, on(3), on(20), 0), Bleed(90, on(3), on(20), 2, "no")):
        assert platelets({0: "10", 4: "150", 14: "150"}, bleeds=[bleed]).best_response == "CR"


def test_the_lowest_count_of_a_day_stands_for_it() -> None:
    observations = counts("platelets", {0: "10", 7: "120", 14: "120"}) + counts("platelets", {14: "20"}, 50)
    assert judge(Patient([itp()], observations), itp()).best_response == "NE"


def test_onset_on_the_last_day_of_the_limit_counts_and_the_day_after_is_late() -> None:
    assert platelets({0: "10", 20: "20", 28: "120", 40: "120"}).best_response == "CR"
    verdict = platelets({0: "10", 20: "20", 29: "120", 40: "120"})
    assert (verdict.best_response, verdict.reason) == ("NR", "late_response")


def test_a_combination_has_the_limit_of_its_slowest_agent() -> None:
    slow = itp("prednisolone", "rituximab")
    assert platelets({0: "10", 150: "120", 160: "120"}, slow).best_response == "CR"


def test_watching_has_no_limit_and_its_response_is_spontaneous() -> None:
    verdict = platelets({0: "10", 400: "120", 410: "120"}, itp("observation", intent="observation"))
    assert (verdict.best_response, "spontaneous" in verdict.flags) == ("CR", True)


def test_without_a_baseline_cr_and_below_thirty_are_decided_and_the_rest_is_not() -> None:
    assert platelets({7: "100", 14: "100"}).best_response == "CR"
    assert platelets({7: "29", 14: "29"}).best_response == "NR"
    assert platelets({7: "60", 14: "60"}).reason == "baseline_missing"


def test_less_than_5_is_below_5_and_more_than_120_above_it() -> None:
    verdict = platelets({0: "<5", 7: "30", 14: "30"})
    assert (verdict.baseline, verdict.baseline_comparator, verdict.best_response) == (Decimal(5), "<", "R")
    assert hemoglobin({0: "110", 7: ">120", 14: ">120"}, clean_on=(7, 14)).best_response == "CR"


def test_a_baseline_after_a_platelet_transfusion_is_passed_over() -> None:
    transfusion = Transfusion(90, on(-4), "platelets")
    verdict = platelets({-9: "8", 0: "40", 7: "30", 14: "30"}, transfusions=[transfusion])
    assert (verdict.baseline, verdict.best_response) == (Decimal(8), "R")
    assert "DEF-ITP-01" in verdict.defaults_applied


def test_the_baseline_of_a_splenectomy_is_the_count_before_the_first_treatment() -> None:
    first = Course(1, "ITP", on(-200), None, "induction", "first_line", ("prednisolone",))
    verdict = platelets({-205: "10", 0: "60", 7: "98", 14: "98"}, itp("splenectomy"), courses=[first])
    assert (verdict.baseline, verdict.best_response) == (Decimal(10), "R")


def test_a_count_15_days_before_the_start_is_no_baseline() -> None:
    assert platelets({-14: "8", 7: "30", 14: "30"}).baseline == Decimal(8)
    assert platelets({-15: "8", 7: "30", 14: "30"}).baseline is None


# ITP: rescue


def test_ivig_three_days_before_the_start_hides_good_counts_for_56_days() -> None:
    rescue = Rescue(90, on(-3), "ivig", "procedure")
    hidden = platelets({0: "10", 7: "120", 14: "120"}, rescues=[rescue])
    assert (hidden.best_response, hidden.reason) == ("NE", "rescue_confounded")
    assert (
        platelets({0: "10", 54: "120", 61: "120"}, itp("rituximab"), rescues=[rescue]).best_response == "CR"
    )
    assert (
        platelets({0: "10", 53: "120", 60: "120"}, itp("rituximab"), rescues=[rescue]).best_response == "NE"
    )


def test_a_wash_out_never_hides_a_failing_count() -> None:
    rescue = Rescue(90, on(1), "ivig", "procedure")
    assert platelets({0: "10", 7: "20", 14: "20"}, rescues=[rescue]).best_response == "NR"


def test_a_rescue_for_a_low_count_is_relapse_dated_at_the_failing_count_before_it() -> None:
    rescue = Rescue(90, on(21), "ivig", "low_count")
    verdict = platelets({0: "10", 7: "50", 14: "50", 20: "20"}, rescues=[rescue])
    assert (verdict.relapsed_on, verdict.duration_of_response_days) == (on(20), 13)
    assert steps_of(verdict)[-2:] == [("lost", 20), ("lost_confirming", 21)]


def test_a_rescue_for_no_stated_reason_censors_a_response_and_ends_a_failing_one() -> None:
    rescue = [Rescue(90, on(21), "ivig", "")]
    responding = platelets({0: "10", 7: "50", 14: "50"}, rescues=rescue)
    assert (responding.duration_status, responding.censored_by) == ("censored", "rescue")
    assert platelets({0: "10", 7: "50", 14: "50", 20: "20"}, rescues=rescue).relapsed_on == on(20)


def test_cover_for_a_procedure_is_not_loss() -> None:
    verdict = platelets({0: "10", 7: "50", 14: "50"}, rescues=[Rescue(90, on(21), "ivig", "procedure")])
    assert (verdict.best_response, verdict.relapsed_on, verdict.censored_by) == ("R", None, "last_count")


# ITP: loss, duration, next course


def test_one_failing_count_is_an_unconfirmed_loss_and_two_are_relapse_at_the_first() -> None:
    one = platelets({0: "10", 7: "50", 14: "50", 30: "20"})
    assert (one.relapsed_on, "unconfirmed_loss" in one.flags) == (None, True)
    assert platelets({0: "10", 7: "50", 14: "50", 30: "20", 31: "20"}).relapsed_on == on(30)


def test_a_bleed_without_a_count_is_relapse_on_its_first_day() -> None:
    assert platelets({0: "10", 7: "50", 14: "50"}, bleeds=[Bleed(90, on(30))]).relapsed_on == on(30)


def test_losing_cr_but_not_response_is_not_relapse() -> None:
    verdict = platelets({0: "10", 7: "120", 14: "120", 30: "60", 40: "60"})
    assert (verdict.best_response, verdict.lost_cr_on, verdict.relapsed_on) == ("CR", on(30), None)
    assert steps_of(verdict)[-3:] == [("cr_lost", 30), ("cr_lost_confirming", 40), ("censoring", 40)]


def test_response_may_deepen_to_cr_without_limit_of_time() -> None:
    verdict = platelets({0: "10", 7: "50", 14: "50", 200: "120", 210: "120"})
    assert (verdict.onset_on, verdict.cr_onset_on) == (on(7), on(200))
    assert "DEF-ITP-15" in verdict.defaults_applied


def test_a_next_course_for_relapse_is_relapse_and_one_for_toxicity_censors() -> None:
    values = {0: "10", 7: "50", 14: "50"}
    lost = platelets(values, courses=[later(40, "ITP", "relapse")])
    assert (lost.relapsed_on, lost.duration_of_response_days) == (on(40), 33)
    kept = platelets(values, courses=[later(40, "ITP", "toxicity")])
    assert (kept.censored_by, kept.duration_of_response_days) == ("next_course", 7)


def test_the_count_on_the_day_of_the_next_course_belongs_to_the_course_before_it() -> None:
    verdict = platelets({0: "10", 7: "50", 14: "50"}, courses=[later(14, "ITP", "toxicity")])
    assert (verdict.best_response, "DEF-ITP-16" in verdict.defaults_applied) == ("R", True)


def test_one_failing_count_before_a_next_course_for_inefficacy_is_no_response() -> None:
    verdict = platelets({0: "10", 7: "20"}, courses=[later(14, "ITP", "inefficacy")])
    assert (verdict.best_response, verdict.reason) == ("NR", "next_course_for_inefficacy")


def test_death_in_response_is_a_competing_end() -> None:
    patient = Patient([itp()], counts("platelets", {0: "10", 7: "50", 14: "50"}), died_on=on(60))
    verdict = judge(patient, itp())
    assert (verdict.duration_status, verdict.duration_of_response_days) == ("death", 53)


def test_a_response_that_needs_steroids_for_two_months_is_no_response() -> None:
    held = tuple(
        DoseStep("prednisolone", on(begin), None if end is None else on(end), Decimal(mg))
        for begin, end, mg in ((0, 27, "60"), (28, 41, "5"), (42, None, "20"))
    )
    until_day_59 = platelets({0: "10", 7: "50", 59: "50"}, itp("prednisolone", steps=held))
    assert until_day_59.best_response == "R"
    verdict = platelets({0: "10", 7: "50", 60: "50"}, itp("prednisolone", steps=held))
    assert (verdict.best_response, verdict.reason) == ("NR", "corticosteroid_dependent")
    assert (verdict.onset_on, verdict.duration_status) == (None, "none")


def test_landmarks_take_the_nearest_count_and_stay_empty_without_one() -> None:
    verdict = platelets({0: "10", 5: "20", 8: "40", 37: "25", 211: "50"})
    assert (verdict.er_7d, verdict.ir_1m, verdict.dr_6m) == (True, False, None)
    assert platelets({0: "10", 365: "100"}).rem_12m is False
    assert platelets({0: "10", 365: "100.000001"}).rem_12m is True


def test_a_count_above_450_is_flagged() -> None:
    assert "thrombocytosis" not in platelets({0: "10", 7: "450"}).flags
    assert "thrombocytosis" in platelets({0: "10", 7: "450.000001"}).flags


# AIHA


def test_105_to_125_with_low_haptoglobin_is_no_response() -> None:
    assert hemoglobin({0: "105", 7: "125", 21: "125"}, hemolysis_on=(7, 21)).best_response == "NR"


def test_105_to_125_without_hemolysis_is_complete_response() -> None:
    verdict = hemoglobin({0: "105", 7: "125", 14: "125"}, clean_on=(7,))
    assert verdict.best_response == "CR"
    assert [step for step in steps_of(verdict) if step[0] == "hemolysis"] == [("hemolysis", 7)] * 2


def test_a_rise_of_exactly_20_and_hemoglobin_of_exactly_120_are_not_enough() -> None:
    assert hemoglobin({0: "80", 7: "100", 21: "100"}).best_response == "NR"
    assert hemoglobin({0: "80", 7: "100.000001", 14: "100.000001"}).best_response == "PR"
    assert hemoglobin({0: "80", 7: "120", 14: "120"}, clean_on=(7, 14)).best_response == "PR"


def test_unknown_hemolysis_caps_the_response_at_partial() -> None:
    verdict = hemoglobin({0: "80", 7: "125", 14: "125"})
    assert (verdict.best_response, "cr_unassessable" in verdict.flags) == ("PR", True)


def test_a_marker_14_days_away_speaks_and_one_15_days_away_does_not() -> None:
    assert hemoglobin({0: "80", 20: "125", 27: "125"}, clean_on=(13, 34)).best_response == "CR"
    assert hemoglobin({0: "80", 20: "125", 27: "125"}, clean_on=(5, 42)).best_response == "PR"
    assert hemoglobin({0: "80", 20: "125", 48: "125"}, clean_on=(34,)).best_response == "CR"
    assert hemoglobin({0: "80", 20: "125", 48: "125"}, clean_on=(33,)).best_response == "PR"


def test_red_cells_hide_a_good_hemoglobin_for_seven_days() -> None:
    given = [Transfusion(90, on(1), "red_cells", "surgery")]
    assert hemoglobin({0: "80", 8: "110", 15: "110"}, transfusions=given).best_response == "NE"
    assert hemoglobin({0: "80", 9: "110", 16: "110"}, transfusions=given).best_response == "PR"


def test_red_cells_for_aiha_after_onset_are_relapse() -> None:
    given = [Transfusion(90, on(30), "red_cells", "cytopenia")]
    assert hemoglobin({0: "80", 7: "110", 14: "110"}, transfusions=given).relapsed_on == on(30)


def test_58_to_135_to_85_is_relapse_by_the_fall_though_the_rise_is_kept() -> None:
    verdict = hemoglobin({0: "58", 7: "135", 14: "130", 60: "85", 61: "86"})
    assert verdict.relapsed_on == on(60)
    assert steps_of(verdict)[-3:] == [("peak", 7), ("lost", 60), ("lost_confirming", 61)]


def test_101_to_99_is_no_relapse() -> None:
    assert hemoglobin({0: "70", 7: "101", 14: "101", 60: "99", 61: "99"}).relapsed_on is None


def test_a_fall_without_hemolysis_or_with_another_cause_is_no_relapse() -> None:
    values = {0: "58", 7: "135", 14: "135", 60: "70", 61: "70"}
    assert hemoglobin(values, clean_on=(60,)).relapsed_on is None
    assert hemoglobin(values, other_causes=[OtherCause(90, on(58), on(65))]).relapsed_on is None
    assert hemoglobin(values, hemolysis_on=(60,)).relapsed_on == on(60)


def test_a_course_for_the_other_lineage_that_acts_on_this_one_ends_follow_up() -> None:
    values = {0: "80", 7: "110", 14: "110", 60: "80", 61: "80"}
    verdict = hemoglobin(values, courses=[later(40, "ITP", "relapse")])
    assert (verdict.relapsed_on, verdict.censored_by) == (None, "other_lineage_course")
    spared = hemoglobin(values, courses=[later(40, "ITP", "relapse", "eltrombopag")])
    assert spared.relapsed_on == on(60)


def test_a_fall_of_20_to_below_100_is_a_relapse_and_less_or_100_itself_is_none() -> None:
    course = of(0, disease="AIHA")
    for peak, low, lost in (
        *(("119", "99", on(60)), ("118.999999", "99", None)),
        *(("125", "99.999999", on(60)), ("125", "100", None)),
    ):
        values = {0: "58", 7: peak, 14: peak, 60: low, 61: low}
        assert call(course, values).relapsed_on == lost, (peak, low)


# What is known


def test_what_comes_after_the_data_cut_is_not_known() -> None:
    course = itp()
    patient = Patient(
        [course, later(20, "ITP", "relapse")], counts("platelets", {0: "10", 7: "50", 14: "50"})
    )
    assert judge(patient, course, on(13)).best_response == "NE"
    assert judge(patient, course, on(19)).duration_status == "censored"
    assert judge(patient, course).relapsed_on == on(20)


# Second edition: no response needs time


def of(day: int, *agents: str, row: int | None = None, disease: str = "ITP", **fields: Any) -> Course:
    """A course that starts on a day; its row is its day unless another is given."""
    return Course(
        500 + day if row is None else row, disease, on(day), agents=agents or ("prednisolone",), **fields
    )


def step(agent: str, first: int, last: int | None = None, mg: str | None = None, **fields: Any) -> DoseStep:
    dose = None if mg is None else Decimal(mg)
    return DoseStep(agent, on(first), None if last is None else on(last), dose, **fields)


def call(course: Course, values: dict[int, str], *others: Course, **facts: Any) -> Verdict:
    """The call of a course of ITP or AIHA, by the counts and the patient's other courses."""
    analyte = "platelets" if course.disease == "ITP" else "hemoglobin"
    observations = [*counts(analyte, values), *facts.pop("more", [])]
    return judge(Patient([*others, course], observations, **facts), course)


def outcome(verdict: Verdict) -> tuple[str, str | None]:
    return verdict.best_response, verdict.reason


EARLIEST = {
    "ITP": {
        14: "prednisolone prednisone methylprednisolone hydrocortisone dexamethasone vincristine vinblastine "
        "avatrombopag romiplostim rhtpo",
        3: "ivig anti_d",
        56: "rituximab splenectomy fostamatinib",
        90: "azathioprine mycophenolate danazol dapsone ciclosporin cyclophosphamide observation bortezomib",
        28: "eltrombopag hetrombopag rilzabrutinib efgartigimod",
        42: "nipocalimab",
    },
    "AIHA": {
        21: "prednisolone prednisone methylprednisolone hydrocortisone dexamethasone vincristine",
        7: "ivig",
        56: "rituximab",
        90: "azathioprine mycophenolate ciclosporin observation bortezomib danazol",
        60: "cyclophosphamide",
        28: "splenectomy sutimlimab",
        42: "fostamatinib rilzabrutinib efgartigimod",
    },
}


@pytest.mark.parametrize("disease", ["ITP", "AIHA"])
def test_two_failing_counts_are_no_response_from_the_earliest_day_of_failure_of_each_agent(
    disease: str,
) -> None:
    values = ("10", "20") if disease == "ITP" else ("80", "90")
    for days, agents in EARLIEST[disease].items():
        for agent in agents.split():
            course = of(
                0, agent, disease=disease, intent="observation" if agent == "observation" else "induction"
            )
            assert earliest_failure(course) == days, agent
            low = {0: values[0], 1: values[1]}
            assert outcome(call(course, {**low, days - 1: values[1]})) == ("NE", "too_early"), agent
            assert outcome(call(course, {**low, days: values[1]})) == ("NR", "failing_confirmed"), agent


def test_a_combination_has_the_earliest_day_of_its_slowest_agent() -> None:
    slow = of(0, "ivig", "rituximab")
    assert outcome(call(slow, {0: "10", 3: "20", 55: "20"})) == ("NE", "too_early")
    assert outcome(call(slow, {0: "10", 3: "20", 56: "20"})) == ("NR", "failing_confirmed")


def test_the_pair_cited_is_the_last_that_begins_within_the_limit_else_the_last() -> None:
    within = call(of(0), {0: "10", 13: "20", 14: "21", 28: "22", 29: "23", 30: "24"})
    assert steps_of(within)[-2:] == [("failing", 28), ("failing_confirming", 29)]
    after = call(of(0), {0: "10", 29: "20", 30: "21", 31: "22"})
    assert steps_of(after)[-2:] == [("failing", 30), ("failing_confirming", 31)]


def test_a_failing_pair_more_than_90_days_apart_is_a_long_gap() -> None:
    for last, gap in ((100, False), (101, True)):
        verdict = call(of(0), {0: "10", 10: "20", last: "20"})
        assert (outcome(verdict), "long_gap" in verdict.flags) == (("NR", "failing_confirmed"), gap)


def test_a_passing_run_that_no_failure_follows_is_unconfirmed() -> None:
    assert outcome(call(of(0), {0: "10", 1: "20", 20: "20", 25: "50"})) == ("NE", "unconfirmed")
    followed = {0: "10", 15: "50", 20: "20"}
    assert outcome(call(of(0), followed)) == ("NE", "unconfirmed")  # one failing count is no pair
    assert outcome(call(of(0), {**followed, 21: "20"})) == ("NR", "failing_confirmed")


def test_a_passing_run_after_the_limit_does_not_keep_a_failing_pair_from_being_no_response() -> None:
    failing = {0: "10", 14: "20", 15: "20"}
    assert outcome(call(of(0), {**failing, 28: "50"})) == ("NE", "unconfirmed")
    assert outcome(call(of(0), {**failing, 29: "50"})) == ("NR", "failing_confirmed")


def test_what_is_washed_out_lies_between_a_pair_and_what_cannot_be_judged_parts_it() -> None:
    covered = [Rescue(90, on(15), "platelets", "procedure")]
    values = {0: "10", 14: "20", 15: "80", 24: "20"}
    assert call(of(0), values, rescues=covered).reason == "failing_confirmed"
    parted = [Rescue(90, on(15), "platelets", "unknown")]
    assert call(of(0), values, rescues=parted).reason == "unconfirmed"


def test_a_next_course_for_inefficacy_or_relapse_after_one_failing_count_is_no_response() -> None:
    for reason in ("inefficacy", "relapse"):
        verdict = call(of(0), {0: "10", 1: "20", 2: "20"}, of(5, "rituximab", start_reason=reason))
        assert outcome(verdict) == ("NR", "next_course_for_inefficacy")
        assert steps_of(verdict)[-2:] == [("failing", 2), ("next_course", 5)]
    verdict = call(of(0), {0: "10", 2: "20"}, of(5, "rituximab", start_reason="toxicity"))
    assert outcome(verdict) == ("NE", "too_early")
    passing = call(of(0), {0: "10", 2: "20", 4: "50"}, of(5, "rituximab", start_reason="inefficacy"))
    assert outcome(passing) == ("NE", "unconfirmed")


def test_a_stop_for_inefficacy_after_one_failing_count_is_no_response() -> None:
    stopped = of(0, stopped_on=on(5), stop_reason="inefficacy")
    assert outcome(call(stopped, {0: "10", 2: "20"})) == ("NR", "stopped_for_inefficacy")
    assert steps_of(call(stopped, {0: "10", 2: "20"}))[-1] == ("stopped", 5)
    completed = of(0, stopped_on=on(5), stop_reason="completed")
    assert outcome(call(completed, {0: "10", 2: "20"})) == ("NE", "too_early")
    both = call(stopped, {0: "10", 2: "20"}, of(5, "rituximab", start_reason="inefficacy"))
    assert both.reason == "next_course_for_inefficacy"


@pytest.mark.parametrize(
    ("scale", "grade", "fatal"),
    [
        *(("WHO", 4, True), ("WHO", 3, False), ("CTCAE", 5, True), ("CTCAE", 4, False)),
        *(("ITP_BAT", 5, True), ("ITP_BAT", 4, False)),
    ],
)
def test_a_death_within_7_days_of_a_fatal_bleed_is_no_response(scale: str, grade: int, fatal: bool) -> None:
    bleed = Bleed(90, on(3), on(4), grade, scale=scale)
    for died, near in ((3, True), (4, True), (11, True), (12, False)):
        verdict = call(of(0), {0: "5", 2: "5"}, bleeds=[bleed], died_on=on(died))
        expected = ("NR", "died_failing") if fatal and near else ("NE", "too_early")
        assert outcome(verdict) == expected, died
    assert outcome(call(of(0), {0: "5", 2: "5"}, bleeds=[bleed])) == ("NE", "too_early")


def test_a_bleed_without_an_end_is_of_one_day_and_a_survived_one_is_a_failing_assessment() -> None:
    bleed = [Bleed(90, on(3), None, 4)]
    assert call(of(0), {0: "5"}, bleeds=bleed, died_on=on(10)).reason == "died_failing"
    assert call(of(0), {0: "5"}, bleeds=bleed, died_on=on(11)).reason == "too_early"
    assert call(of(0), {0: "5", 14: "20"}, bleeds=bleed).reason == "failing_confirmed"


def test_a_death_after_a_last_assessment_that_passes_is_no_failure() -> None:
    verdict = call(of(0), {0: "5", 5: "50"}, bleeds=[Bleed(90, on(3), None, 4)], died_on=on(9))
    assert outcome(verdict) == ("NE", "unconfirmed")


def test_no_counts_and_counts_that_are_all_washed_out() -> None:
    assert outcome(call(of(0), {0: "10"})) == ("NE", "no_counts")
    rescue = [Rescue(90, on(0), "ivig", "procedure")]
    assert outcome(call(of(0), {0: "10", 5: "50"}, rescues=rescue)) == ("NE", "rescue_confounded")
    given = [Transfusion(90, on(0), "red_cells", "surgery")]
    anemia = of(0, disease="AIHA")
    assert outcome(call(anemia, {0: "80", 5: "110"}, transfusions=given)) == ("NE", "transfusion_confounded")


def test_every_count_washed_out_beside_a_late_rescue_is_confounded_and_not_unconfirmed() -> None:
    rescue = [Rescue(90, on(20), "ivig", "low_count")]
    assert call(of(0), {0: "10", 25: "50"}, rescues=rescue).reason == "rescue_confounded"
    assert call(of(0), {0: "10", 14: "20", 25: "50"}, rescues=rescue).reason == "failing_confirmed"
    assert call(of(0), {0: "10", 77: "20"}, rescues=rescue).reason == "failing_confirmed"


def test_red_cells_on_two_days_obey_the_clock() -> None:
    anemia = of(0, disease="AIHA")
    given = [Transfusion(90 + day, on(day), "red_cells", "cytopenia") for day in (1, 2)]
    assert outcome(call(anemia, {0: "60"}, transfusions=given)) == ("NE", "too_early")
    given.append(Transfusion(99, on(21), "red_cells", "unknown"))
    assert outcome(call(anemia, {0: "60"}, transfusions=given)) == ("NR", "failing_confirmed")


def test_a_value_without_a_baseline_and_one_without_markers_are_named() -> None:
    assert outcome(call(of(0), {7: "60"})) == ("NE", "baseline_missing")
    assert outcome(call(of(0), {0: "<40", 20: "60"})) == ("NE", "baseline_missing")
    assert outcome(call(of(0), {0: "<30", 20: "60"})) == ("NE", "unconfirmed")
    assert outcome(call(of(0), {7: "60", 20: "20"})) == ("NE", "baseline_missing")
    anemia = of(0, disease="AIHA")
    assert outcome(call(anemia, {0: "110", 7: "100", 25: "125"})) == ("NE", "hemolysis_unknown")
    assert outcome(call(anemia, {0: "110", 25: "125"})) == ("NE", "hemolysis_unknown")
    assert outcome(call(anemia, {25: "125"})) == ("NE", "baseline_missing")


# Late is only what was seen to be late


def test_a_late_response_needs_a_failing_count_between_the_earliest_day_and_the_onset() -> None:
    good = {40: "120", 50: "120"}
    assert outcome(call(of(0), {0: "10", 14: "20", **good})) == ("NR", "late_response")
    assert outcome(call(of(0), {0: "10", 13: "20", **good})) == ("NE", "onset_not_observed")
    assert outcome(call(of(0), {0: "10", **good})) == ("NE", "onset_not_observed")
    parted = call(of(0), {0: "10", 14: "20", 20: "50", 30: "20", **good})
    assert outcome(parted) == ("NR", "late_response")
    assert steps_of(parted)[1:] == [("late_onset", 40), ("late_confirming", 50), ("failing", 30)]


def test_counts_before_a_late_onset_that_are_all_washed_out_are_confounded() -> None:
    rescue = [Rescue(90, on(1), "ivig", "procedure")]
    good = {0: "10", 10: "90", 58: "120", 70: "120"}
    assert outcome(call(of(0), good, rescues=rescue)) == ("NE", "rescue_confounded")
    failing = {0: "10", 10: "90", 20: "20", 58: "120", 70: "120"}
    assert outcome(call(of(0), failing, rescues=rescue)) == ("NR", "late_response")
    early = {0: "10", 10: "20", 20: "90", 58: "120", 70: "120"}
    assert outcome(call(of(0), early, rescues=rescue)) == ("NE", "onset_not_observed")


def test_the_day_of_a_rescue_is_no_failing_count() -> None:
    rescue = [Rescue(90, on(20), "platelets", "low_count")]
    good = {0: "10", 40: "120", 50: "120"}
    assert outcome(call(of(0), good, rescues=rescue)) == ("NE", "onset_not_observed")
    assert outcome(call(of(0), {**good, 20: "20"}, rescues=rescue)) == ("NR", "late_response")


def test_after_a_stop_for_inefficacy_a_run_is_credited_until_the_earliest_day_of_failure_has_passed() -> None:
    stopped = of(0, "azathioprine", stopped_on=on(30), stop_reason="inefficacy")
    assert call(stopped, {0: "10", 20: "20", 120: "60", 130: "60"}).best_response == "R"
    late = call(stopped, {0: "10", 20: "20", 121: "60", 130: "60"})
    assert outcome(late) == ("NR", "stopped_for_inefficacy")
    assert outcome(call(stopped, {0: "10", 121: "60"})) == ("NR", "stopped_for_inefficacy")
    assert outcome(call(stopped, {0: "10", 120: "60"})) == ("NE", "unconfirmed")
    toxic = of(0, "azathioprine", stopped_on=on(30), stop_reason="toxicity")
    assert call(toxic, {0: "10", 20: "20", 121: "60", 130: "60"}).best_response == "R"


# A bridge moves the baseline and lends no response


def test_a_count_within_28_days_of_a_bridge_is_no_baseline() -> None:
    for agent in ("ivig", "anti_d", "steroid_pulse", "vinca"):
        for before, own in ((28, False), (29, True)):
            rescue = [Rescue(90, on(-before), agent, "procedure")]
            verdict = call(
                of(0, "rituximab"), {-before - 5: "8", 0: "60", 90: "120", 100: "120"}, rescues=rescue
            )
            assert verdict.baseline == Decimal(60 if own else 8), agent
    other = [Rescue(90, on(-5), "other", "procedure")]
    assert call(of(0), {-9: "8", 0: "60"}, rescues=other).baseline == Decimal(60)


def test_the_baseline_before_a_bridge_is_sought_in_the_14_days_up_to_its_first_day() -> None:
    rescue = [Rescue(90, on(-10), "ivig", "bleed")]
    assert call(of(0), {-10: "9", 0: "60"}, rescues=rescue).baseline == Decimal(9)
    assert call(of(0), {-24: "8", 0: "60"}, rescues=rescue).baseline == Decimal(8)
    verdict = call(of(0), {-25: "8", 0: "60"}, rescues=rescue)
    assert (verdict.baseline, "baseline_missing" in verdict.flags) == (None, True)
    clean = call(of(0), {-24: "8", -12: "9", 0: "60"}, rescues=rescue)
    assert (clean.baseline, "DEF-ITP-23" in clean.defaults_applied) == (Decimal(9), True)


def test_platelets_hide_a_baseline_for_7_days() -> None:
    for before, own in ((7, False), (8, True)):
        given = [Transfusion(90, on(-before), "platelets")]
        assert call(of(0), {-9: "8", 0: "60"}, transfusions=given).baseline == Decimal(60 if own else 8)


def test_bridges_of_another_course_wash_out_from_the_day_after_the_first_to_28_days_after_the_last_dose() -> (
    None
):
    bridges = {
        "ivig": of(-5, "ivig", dose_steps=(step("ivig", -5), step("ivig", 3, 4))),
        "anti_d": of(-5, "anti_d", dose_steps=(step("anti_d", 4),)),
        "vincristine": of(-5, "vincristine", dose_steps=(step("vincristine", -5, 4),)),
        "dexamethasone": of(-5, "dexamethasone", dose_steps=(step("dexamethasone", 0, 4, "260"),)),
        "for AIHA": of(-5, "ivig", disease="AIHA", dose_steps=(step("ivig", -5, 4),)),
    }
    for name, bridge in bridges.items():
        inside = call(of(0, "rituximab"), {-5: "8", 32: "120", 39: "120"}, bridge)
        assert outcome(inside) == ("NE", "unconfirmed"), name
        outside = call(of(0, "rituximab"), {-5: "8", 33: "120", 40: "120"}, bridge)
        assert (outside.best_response, outside.onset_on) == ("CR", on(33)), name
        failing = call(of(0, "rituximab"), {-5: "8", 20: "20", 56: "20"}, bridge)
        assert outcome(failing) == ("NR", "failing_confirmed"), name


def test_a_bridge_of_one_day_without_a_stop_ends_with_its_first_dose() -> None:
    bridge = of(-3, "ivig")
    assert call(of(0, "eltrombopag"), {-3: "8", 26: "120", 33: "120"}, bridge).best_response == "CR"
    assert outcome(call(of(0, "eltrombopag"), {-3: "8", 25: "120", 32: "120"}, bridge)) == (
        "NE",
        "unconfirmed",
    )


def test_dexamethasone_for_5_days_is_a_pulse_and_for_6_is_none() -> None:
    for last, pulse in ((-1, True), (0, False)):
        for agent in ("dexamethasone", "methylprednisolone"):
            other = of(-5, agent, dose_steps=(step(agent, -5, last),))
            verdict = call(of(0, "rituximab"), {-5: "8", 7: "60", 14: "60"}, other)
            assert ("rescue_confounded" in verdict.flags) == pulse
    prednisolone = of(-5, "prednisolone", dose_steps=(step("prednisolone", -5, -1),))
    verdict = call(of(0, "rituximab"), {-5: "8", 7: "60", 14: "60"}, prednisolone)
    assert verdict.best_response == "R"
    taper = of(-5, "dexamethasone", dose_steps=(step("dexamethasone", -5, -1), step("dexamethasone", 0, 3)))
    verdict = call(of(1, "rituximab"), {-5: "8", 8: "60", 15: "60"}, taper)
    assert "rescue_confounded" not in verdict.flags


def test_what_starts_on_the_same_day_or_belongs_to_the_course_is_no_bridge() -> None:
    values = {0: "8", 7: "60", 14: "60"}
    shared = call(of(0, "rituximab"), values, of(0, "ivig", row=1))
    assert (shared.best_response, "shared_start" in shared.flags) == ("R", True)
    assert call(of(0, "rituximab", "ivig"), values).best_response == "R"


# Started in response


PREDNISOLONE = {0: "10", 7: "120", 14: "120"}


def test_a_course_that_starts_in_response_is_followed_and_not_judged() -> None:
    switch = of(60, "romiplostim", start_reason="toxicity")
    values = {**PREDNISOLONE, 55: "50", 75: "60", 100: "20", 101: "20"}
    verdict = call(switch, values, of(0))
    assert outcome(verdict) == ("NE", "started_in_response")
    assert (verdict.held_until, verdict.lost_on) == (on(75), on(100))
    assert steps_of(verdict)[1:] == [("lost", 100), ("lost_confirming", 101), ("held", 75)]
    former = call(of(0), values, switch)
    assert (former.relapsed_on, former.censored_by) == (None, "next_course")
    assert "continued_under_maintenance" not in former.flags


def test_the_last_assessment_before_the_start_must_not_fail() -> None:
    for last, judged in (("29", True), ("30", False)):
        verdict = call(
            of(60, "romiplostim", start_reason="other"), {**PREDNISOLONE, 60: last, 70: "40"}, of(0)
        )
        assert (verdict.reason != "started_in_response") == judged


def test_the_last_assessment_is_at_most_180_days_old() -> None:
    for start, judged in ((194, False), (195, True)):
        values = {**PREDNISOLONE, start + 5: "60"}
        verdict = call(of(start, "romiplostim", start_reason="other"), values, of(0))
        assert (verdict.reason != "started_in_response") == judged


def test_a_lost_response_is_none_to_start_in() -> None:
    values = {0: "10", 7: "50", 14: "50", 30: "20", 31: "20", 55: "60"}
    assert call(of(60, "romiplostim"), {**values, 70: "60"}, of(0)).reason != "started_in_response"
    recorded = {0: "10", 7: "50", 14: "50", 60: "60", 70: "60"}
    for reason, judged in (("relapse", True), ("inefficacy", True), ("toxicity", False), ("", False)):
        verdict = call(of(60, "romiplostim", start_reason=reason), recorded, of(0))
        assert (verdict.reason != "started_in_response") == judged, reason


def test_a_baseline_at_complete_response_is_enough_whatever_came_before() -> None:
    for value, judged in (("99.999999", True), ("100", False), (">90", True), (">100", False)):
        verdict = call(of(60, "rituximab", start_reason="relapse"), {50: value, 70: "120", 80: "120"})
        assert (verdict.reason != "started_in_response") == judged, value
    bled = [Bleed(90, on(52))]
    assert call(of(60, "rituximab"), {50: "120", 70: "120"}, bleeds=bled).reason != "started_in_response"
    before = [Bleed(90, on(49))]
    assert call(of(60, "rituximab"), {50: "120", 70: "120"}, bleeds=before).reason == "started_in_response"


def test_without_a_course_that_brought_it_a_response_is_held_by_thirty_alone() -> None:
    verdict = call(of(0, "rituximab"), {0: "120", 10: "30", 20: "29", 21: "29"})
    assert (verdict.held_until, verdict.lost_on) == (on(10), on(20))


def test_with_one_it_is_measured_from_its_baseline() -> None:
    values = {0: "25", 7: "120", 14: "120", 60: "60", 70: "50", 80: "49", 81: "49"}
    verdict = call(of(60, "romiplostim", start_reason="other"), values, of(0))
    assert (verdict.held_until, verdict.lost_on) == (on(70), on(80))
    without = {k: v for k, v in values.items() if k} | {90: "29", 91: "29"}
    verdict = call(of(60, "romiplostim", start_reason="other"), without, of(0))
    assert (verdict.held_until, verdict.lost_on) == (on(81), on(90))


def test_a_next_course_for_relapse_loses_what_was_held_and_one_without_a_count_held_nothing() -> None:
    values = {**PREDNISOLONE, 60: "120"}
    switch, third = of(60, "romiplostim", start_reason="other"), of(90, "rituximab", start_reason="relapse")
    verdict = call(switch, values, of(0), third)
    assert (verdict.reason, verdict.held_until, verdict.lost_on) == ("started_in_response", None, on(90))


def test_complete_response_of_hemolysis_needs_every_condition_at_the_start() -> None:
    course = of(60, "rituximab", disease="AIHA")
    clean = markers(50, CLEAN)
    assert call(course, {50: "121"}, more=clean).reason == "started_in_response"
    assert call(course, {50: "120"}, more=clean).reason != "started_in_response"
    assert call(course, {50: "121"}).reason != "started_in_response"
    given = [Transfusion(90, on(50), "red_cells", "surgery")]
    assert call(course, {50: "121"}, more=clean, transfusions=given).reason != "started_in_response"


def test_hemoglobin_is_held_above_100_alone() -> None:
    course, clean = of(0, "rituximab", disease="AIHA"), markers(0, CLEAN)
    held = call(course, {0: "125", 30: "100.000001", 60: "100", 61: "99"}, more=clean)
    assert (held.held_until, held.lost_on) == (on(30), on(60))


def test_a_response_that_only_a_bridge_brought_does_not_count_for_28_days() -> None:
    ivig = of(0, "ivig", dose_steps=(step("ivig", 0, 1),))
    values = {0: "8", 3: "80", 10: "80", 28: "70", 60: "70", 67: "70"}
    for start, judged in ((29, True), (30, False)):
        verdict = call(of(start, "eltrombopag", start_reason="other"), values, ivig)
        assert (verdict.reason != "started_in_response") == judged
    both = of(0, "ivig", "prednisolone", dose_steps=(step("ivig", 0, 1),))
    assert call(of(29, "eltrombopag"), values, both).reason == "started_in_response"


def test_a_steroid_sparing_course_carries_the_follow_up_of_the_former_response_on() -> None:
    values = {**PREDNISOLONE, 60: "120", 100: "150", 200: "20", 201: "20"}
    meant = of(60, "eltrombopag", intent="maintenance")
    for sparing in (of(60, "eltrombopag", start_reason="steroid_sparing"), meant):
        former = call(of(0), values, sparing)
        assert (former.relapsed_on, former.duration_status) == (on(200), "event")
        assert "continued_under_maintenance" in former.flags
        kept = call(sparing, values, of(0))
        assert (kept.reason, kept.held_until, kept.lost_on) == ("started_in_response", on(100), on(200))


def test_counts_under_maintenance_do_not_deepen_the_former_response() -> None:
    values = {0: "10", 7: "50", 14: "50", 70: "120", 80: "120"}
    sparing = of(60, "eltrombopag", start_reason="steroid_sparing")
    former = call(of(0), values, sparing)
    assert (former.best_response, former.duration_of_response_days) == ("R", 73)
    assert (former.censored_by, former.duration_status) == ("last_count", "censored")


def test_what_follows_a_maintenance_course_ends_the_follow_up_by_its_own_reason() -> None:
    values = {**PREDNISOLONE, 60: "120", 100: "120"}
    sparing = of(60, "eltrombopag", start_reason="steroid_sparing")
    lost = call(of(0), values, sparing, of(150, "rituximab", start_reason="relapse"))
    assert (lost.relapsed_on, lost.duration_status) == (on(150), "event")
    switched = call(of(0), values, sparing, of(150, "romiplostim", start_reason="toxicity"))
    assert (switched.relapsed_on, switched.censored_by) == (None, "next_course")
    assert switched.duration_of_response_days == 93


def test_a_maintenance_course_that_starts_out_of_response_is_judged() -> None:
    verdict = call(of(0, "eltrombopag", intent="maintenance"), {0: "10", 14: "120", 21: "120"})
    assert verdict.best_response == "CR"


def test_a_course_that_started_in_response_carries_the_former_response_on() -> None:
    values = {0: "25", 7: "120", 14: "120", 60: "60", 70: "60", 100: "60", 110: "49", 111: "49"}
    second = of(60, "romiplostim", start_reason="other")
    third = call(of(100, "eltrombopag", start_reason="toxicity"), values, of(0), second)
    assert (third.reason, third.lost_on) == ("started_in_response", on(110))


def test_the_former_response_is_that_of_the_last_course_that_was_judged() -> None:
    values = {0: "25", 7: "60", 14: "60", 30: "20", 40: "55", 60: "60"}
    second = of(30, "romiplostim", start_reason="toxicity")
    assert call(second, values, of(0), of(45, "rituximab")).reason == "unconfirmed"
    assert call(of(45, "rituximab"), values, of(0), second).reason != "started_in_response"
    assert call(of(45, "rituximab"), values, of(0)).reason == "started_in_response"
    note = of(30, "observation", intent="observation")
    assert call(of(45, "rituximab"), values, of(0), note).reason == "started_in_response"


def test_treatment_of_the_other_lineage_closes_the_window_and_counts_after_it_decide_what_a_start_finds() -> (
    None
):
    other = of(40, "rituximab", disease="AIHA", start_reason="first_line")
    kept = {**PREDNISOLONE, 80: "60", 110: "60"}
    former = call(of(0), kept, other, of(100, "eltrombopag"))
    assert (former.censored_by, former.duration_of_response_days) == ("other_lineage_course", 7)
    assert call(of(100, "eltrombopag"), kept, of(0), other).reason == "started_in_response"
    lost = {**PREDNISOLONE, 60: "20", 61: "20", 80: "60", 110: "60"}
    assert call(of(0), lost, other, of(100, "eltrombopag")).relapsed_on is None
    assert call(of(100, "eltrombopag"), lost, of(0), other).reason != "started_in_response"


def test_what_a_wash_out_sets_aside_is_not_the_last_assessment_before_a_start() -> None:
    covered = [Rescue(90, on(54), "platelets", "procedure")]
    for value, judged in (("20", True), ("60", False)):
        values = {**PREDNISOLONE, 50: value, 55: "90", 80: "60"}
        verdict = call(of(60, "romiplostim", start_reason="other"), values, of(0), rescues=covered)
        assert (verdict.reason != "started_in_response") == judged


def test_the_complete_baseline_of_a_splenectomy_is_the_count_before_the_operation() -> None:
    first = of(-200, "ivig")
    operation = of(0, "splenectomy", start_reason="other")
    verdict = call(operation, {-200: "10", -5: "120", 20: "150"}, first)
    assert (verdict.reason, verdict.baseline) == ("started_in_response", Decimal(10))
    assert call(operation, {-200: "10", -5: "90", 20: "150"}, first).reason == "unconfirmed"


# Watch and wait


def test_watching_after_an_active_course_is_a_note_that_ends_nothing() -> None:
    note = of(60, "observation", intent="observation", start_reason="other")
    values = {**PREDNISOLONE, 100: "20", 101: "20"}
    assert outcome(call(note, values, of(0))) == ("NE", "observation_after_treatment")
    assert call(of(0), values, note).relapsed_on == on(100)
    first = of(0, "observation", intent="observation")
    assert call(first, {0: "10", 60: "120", 70: "120"}).best_response == "CR"
    other_lineage = of(-30, disease="AIHA")
    assert call(first, {0: "10", 60: "120", 70: "120"}, other_lineage).best_response == "CR"


# Another cause


def test_failing_counts_under_another_cause_are_passed_over() -> None:
    cause = [OtherCause(90, on(20), on(25), "ITP")]
    lost = {**PREDNISOLONE, 20: "20", 25: "20", 40: "120"}
    assert call(of(0), lost, other_causes=cause).relapsed_on is None
    assert call(of(0), {**PREDNISOLONE, 25: "20", 26: "20"}, other_causes=cause).relapsed_on is None
    assert call(of(0), {**PREDNISOLONE, 26: "20", 27: "20"}, other_causes=cause).relapsed_on == on(26)
    of_aiha = [OtherCause(90, on(20), on(25), "AIHA")]
    assert call(of(0), lost, other_causes=of_aiha).relapsed_on == on(20)


def test_where_every_assessment_was_passed_over_the_call_names_the_cause() -> None:
    cause = [OtherCause(90, on(10), on(30), "ITP")]
    verdict = call(of(0), {0: "10", 14: "20", 20: "20"}, other_causes=cause)
    assert (outcome(verdict), steps_of(verdict)[-1]) == (("NE", "other_cause"), ("other_cause", 10))
    one = call(of(0), {0: "10", 9: "20", 20: "20"}, other_causes=cause)
    assert one.reason == "unconfirmed"
    assert (
        call(of(0), {0: "10", 9: "20", 20: "20", 31: "20"}, other_causes=cause).reason == "failing_confirmed"
    )


def test_a_cause_without_an_end_lasts_28_days_after_its_first() -> None:
    cause = [OtherCause(90, on(20), None, "ITP")]
    for days, lost in (((47, 48), None), ((48, 49), None), ((49, 50), on(49))):
        values = {**PREDNISOLONE, days[0]: "20", days[1]: "20"}
        assert call(of(0), values, other_causes=cause).relapsed_on == lost


def test_a_rescue_for_a_low_count_under_another_cause_is_passed_over_and_a_bleed_is_not() -> None:
    cause = [OtherCause(80, on(20), on(25), "ITP")]
    for reason, lost in (("low_count", None), ("bleed", on(22))):
        rescue = [Rescue(90, on(22), "ivig", reason)]
        assert call(of(0), PREDNISOLONE, rescues=rescue, other_causes=cause).relapsed_on == lost
    assert call(of(0), PREDNISOLONE, bleeds=[Bleed(90, on(22))], other_causes=cause).relapsed_on == on(22)


def test_red_cells_under_another_cause_are_passed_over() -> None:
    given = [Transfusion(90, on(30), "red_cells", "cytopenia")]
    values = {0: "80", 7: "110", 14: "110"}
    course = of(0, disease="AIHA")
    cause = [OtherCause(80, on(29), on(31), "AIHA")]
    assert call(course, values, transfusions=given).relapsed_on == on(30)
    assert call(course, values, transfusions=given, other_causes=cause).relapsed_on is None


def test_passing_counts_under_another_cause_count() -> None:
    cause = [OtherCause(80, on(5), on(20), "ITP")]
    assert call(of(0), PREDNISOLONE, other_causes=cause).best_response == "CR"


# Corticosteroid dependence


TAPER = (step("prednisolone", 0, 27, "60"), step("prednisolone", 28, 41, "5"))


def test_dependence_ends_with_a_dose_of_5_and_with_day_60() -> None:
    values = {0: "10", 7: "50", 70: "50"}
    for mg, last, dependent in (("5", 60, False), ("5.000001", 60, True), ("20", 59, False)):
        steps = (*TAPER[:1], step("prednisolone", 28, 41, "2.5"), step("prednisolone", 42, last, mg))
        verdict = call(of(0, dose_steps=steps), values)
        assert (verdict.reason == "corticosteroid_dependent") == dependent, mg


def test_the_dose_its_day_and_the_limit_are_cited() -> None:
    steps = (*TAPER, step("prednisolone", 42, 80, "20", row=7))
    dose = call(of(0, dose_steps=steps), {0: "10", 7: "50", 70: "50"}).evidence[-1]
    assert (dose.step, dose.source, dose.row, dose.day) == ("dose", "dose_step", 7, on(42))
    assert (dose.predicate, dose.threshold, dose.value) == ("above", Decimal(5), Decimal(20))


def test_a_dose_per_kilogram_is_read_with_the_weight() -> None:
    per_kg: dict[str, Any] = {"mg_per_kg": Decimal("0.25")}
    for kilograms, dependent in (("20", False), ("21", True)):
        again = step("prednisolone", 42, 80, weight_kg=Decimal(kilograms), **per_kg)
        lower = step("prednisolone", 28, 41, "2.5")
        verdict = call(of(0, dose_steps=(TAPER[0], lower, again)), {0: "10", 7: "50", 70: "50"})
        assert (verdict.reason == "corticosteroid_dependent") == dependent
        assert "steroid_dose_unknown" not in verdict.flags
    unread = (*TAPER, step("prednisolone", 42, 80, **per_kg))
    assert "steroid_dose_unknown" in call(of(0, dose_steps=unread), {0: "10", 7: "50", 70: "50"}).flags


def test_a_day_of_corticosteroid_from_day_60_on_without_a_readable_dose_is_flagged() -> None:
    values = {0: "10", 7: "50", 14: "50"}
    for last, flagged in ((59, False), (60, True)):
        combined = of(0, "prednisolone", "eltrombopag", dose_steps=(step("prednisolone", 0, last),))
        assert ("steroid_dose_unknown" in call(combined, values).flags) == flagged
        without_steps = of(0, stopped_on=on(last))
        assert ("steroid_dose_unknown" in call(without_steps, values).flags) == flagged
        assert ("steroid_dose_unknown" in call(of(0), {**values, last: "50"}).flags) == flagged
    assert (
        "steroid_dose_unknown"
        not in call(of(0, dose_steps=(step("prednisolone", 0, 90, "5"),)), values).flags
    )


def test_further_corticosteroid_courses_count_for_365_days_and_until_another_class_begins() -> None:
    doses = (*TAPER, step("prednisolone", 42, 50, "20"))
    values = {0: "10", 7: "50", 14: "50", 80: "50"}

    def dependent(*others: Course) -> bool:
        return call(of(0, dose_steps=doses), values, *others).reason == "corticosteroid_dependent"

    assert dependent(of(90), of(365))
    assert not dependent(of(90), of(366))
    assert not dependent(of(90))
    assert not dependent(of(90), of(100, "rituximab"), of(200))
    assert dependent(of(90), of(100, "eltrombopag", intent="maintenance"), of(200))
    assert dependent(of(90), of(100, "observation", intent="observation"), of(200))


def test_an_unchanged_dose_above_5_for_180_days_in_response_is_prolonged() -> None:
    values = {0: "10", 7: "50", 14: "50", 300: "50"}

    def flagged(*steps: DoseStep, **facts: Any) -> bool:
        return "prolonged_corticosteroid" in call(of(0, dose_steps=steps), values, **facts).flags

    assert flagged(step("prednisolone", 7, 186, "7.5"))
    short = call(of(0, dose_steps=(step("prednisolone", 7, 300, "7.5"),)), {0: "10", 7: "50", 185: "50"})
    assert "prolonged_corticosteroid" not in short.flags  # the last responding count is of day 185
    assert not flagged(step("prednisolone", 7, 185, "7.5"))
    assert not flagged(step("prednisolone", 0, 185, "7.5"))  # before the onset it held no response
    assert not flagged(step("prednisolone", 7, 186, "5"))
    assert flagged(step("prednisolone", 7, 100, "7.5"), step("prednisolone", 101, 186, "7.5"))
    assert flagged(step("prednisolone", 7, None, "7.5"), step("prednisolone", 101, 186, "7.5"))
    assert not flagged(step("prednisolone", 7, 100, "7.5"), step("prednisolone", 102, 187, "7.5"))
    assert not flagged(step("prednisolone", 7, 100, "7.5"), step("prednisolone", 101, 186, "10"))
    assert not flagged(step("prednisolone", 7, 186, "7.5"), bleeds=[Bleed(90, on(150))])


# Agents


def test_an_agent_without_a_published_limit_has_180_days_and_the_flag() -> None:
    failing = {0: "10", 90: "20"}
    for onset, best in ((180, "CR"), (181, "NR")):
        verdict = call(of(0, "bortezomib"), {**failing, onset: "120", onset + 7: "120"})
        assert (verdict.best_response, "attribution_default" in verdict.flags) == (best, True)
    assert "attribution_default" not in call(of(0, "hetrombopag"), failing).flags


def test_the_limits_that_the_second_edition_gives() -> None:
    limits = {
        "ITP": {"hydrocortisone": 28, "methylprednisolone": 28, "hetrombopag": 90, "cyclophosphamide": 90}
        | {"dapsone": 180, "efgartigimod": 84, "nipocalimab": 84, "rozanolixizumab": 84, "batoclimab": 84},
        "AIHA": {"hydrocortisone": 42, "danazol": 180, "fostamatinib": 84, "rilzabrutinib": 84}
        | {"efgartigimod": 84, "nipocalimab": 84, "vincristine": 42, "vinblastine": 42},
    }
    for disease, days in limits.items():
        for agent, limit in days.items():
            assert attribution_limit(of(0, agent, disease=disease)) == limit, agent
            assert agent in ATTRIBUTION_DAYS[disease]


def test_fostamatinib_rilzabrutinib_sutimlimab_and_the_fcrn_class_act_on_both_lineages() -> None:
    for agent in ("fostamatinib", "rilzabrutinib", "sutimlimab", "efgartigimod", "nipocalimab"):
        assert acts_on(of(0, agent), "ITP"), agent
        assert acts_on(of(0, agent), "AIHA"), agent
    for agent in ("eltrombopag", "anti_d", "rhtpo", "lusutrombopag"):
        assert not acts_on(of(0, agent), "AIHA"), agent


# Two courses of one start day


def test_two_courses_of_one_day_are_one_next_course_with_the_reasons_of_both() -> None:
    values = {0: "10", 7: "50", 14: "50"}
    next_two = (of(40, "rituximab", start_reason="toxicity"), of(40, "ivig", row=2, start_reason="relapse"))
    verdict = call(of(0), values, *next_two)
    assert verdict.relapsed_on == on(40)
    assert (verdict.evidence[-1].step, verdict.evidence[-1].row) == ("next_course", 2)
    other_lineage = call(of(0), values, of(0, row=1, disease="AIHA"))
    assert "shared_start" not in other_lineage.flags


# One value a day


def tubes(*results: tuple[str, str] | tuple[str, str, int], day: int = 7) -> Verdict:
    """The call on a day with these results (value, tube, hour), before one of 120 a week later."""
    observations = [
        Observation(
            10 + i,
            on(day),
            "platelets",
            Decimal(r[0].lstrip("<>")),
            r[0][: r[0][0] in "<>"],
            specimen=r[1],
            time=time(r[2]) if len(r) > 2 else None,
        )
        for i, r in enumerate(results)
    ]
    return call(of(0), {0: "10", 14: "120"}, more=observations)


def count_of(verdict: Verdict, step_name: str = "onset") -> Decimal | None:
    return next((e.value for e in verdict.evidence if e.step == step_name), None)


def test_heparin_at_least_twice_an_edta_result_holds_and_is_flagged() -> None:
    for edta, discordant in (("60", True), ("60.000001", False)):
        verdict = tubes((edta, "edta"), ("120", "heparin"))
        assert ("edta_discordant" in verdict.flags) == discordant
        assert count_of(verdict) == Decimal("120" if discordant else edta)
    assert "edta_discordant" in tubes(("60", ""), ("120", "heparin")).flags


def test_citrate_is_compared_after_its_factor() -> None:
    held = tubes(("44", "edta"), ("80", "citrate"))
    assert (count_of(held), "edta_discordant" in held.flags) == (Decimal("88.0"), True)
    lower = tubes(("44.1", "edta"), ("80", "citrate"))
    assert (count_of(lower), "edta_discordant" in lower.flags) == (Decimal("44.1"), False)
    assert count_of(tubes(("80", "citrate"))) == Decimal("88.0")


def test_heparin_at_least_twice_a_citrate_result_holds_over_all_and_of_several_the_lowest() -> None:
    assert count_of(tubes(("25", "edta"), ("50", "citrate"), ("110", "heparin"))) == Decimal(110)
    assert count_of(tubes(("25", "edta"), ("50", "citrate"), ("109", "heparin"))) == Decimal("55.0")
    assert count_of(tubes(("25", "edta"), ("60", "heparin"), ("70", "heparin"))) == Decimal(60)


def test_a_result_that_differs_more_than_twofold_sets_aside_what_lies_before_it() -> None:
    assert count_of(tubes(("49", "", 8), ("99", "", 9), ("101", "", 10))) == Decimal(99)
    assert count_of(tubes(("49.5", "", 8), ("99", "", 9), ("101", "", 10))) == Decimal(101)
    assert count_of(tubes(("50", "", 8), ("100", "", 9))) == Decimal(50)
    assert count_of(tubes(("150", "", 8), ("22", "", 9), ("140", "", 10))) == Decimal(140)
    assert count_of(tubes(("22", "", 8), ("60", "", 9), ("20", "", 10)), "refutes_better") == Decimal(120)


def test_without_all_times_and_on_a_start_day_the_lowest_holds() -> None:
    assert count_of(tubes(("40", ""), ("120", "", 9))) == Decimal(40)
    on_start = [
        Observation(20 + hour, on(0), "platelets", Decimal(value), time=time(hour))
        for hour, value in ((8, "12"), (11, "60"))
    ]
    assert call(of(0), {7: "60", 14: "60"}, more=on_start).baseline == Decimal(12)
    same = [replace_day(o, 7) for o in on_start]
    assert call(of(0), {0: "10", 14: "60"}, more=same).best_response == "R"
    switched = of(7, "rituximab", start_reason="toxicity")
    assert call(of(0), {0: "10"}, switched, more=same).reason == "too_early"


def replace_day(observation: Observation, day: int) -> Observation:
    return Observation(
        observation.row, on(day), observation.analyte, observation.value, time=observation.time
    )


def test_a_limit_is_twice_another_value_or_a_recheck_only_where_both_ends_say_so() -> None:
    assert "edta_discordant" in tubes(("17", "edta"), (">34", "heparin")).flags
    assert "edta_discordant" not in tubes(("17.5", "edta"), (">34", "heparin")).flags
    assert "edta_discordant" in tubes(("<50", "edta"), ("100", "heparin")).flags
    assert "edta_discordant" not in tubes(("<50", "edta"), ("99", "heparin")).flags
    assert count_of(tubes(("<50", "", 8), ("100", "", 9))) == Decimal(100)
    assert tubes(("<50", "", 8), ("99", "", 9)).onset_on is None


def test_of_hemoglobin_the_lowest_holds_whatever_the_times() -> None:
    later_one = [
        Observation(20, on(7), "hemoglobin", Decimal(50), time=time(8)),
        Observation(21, on(7), "hemoglobin", Decimal(110), time=time(12)),
    ]
    verdict = call(of(0, disease="AIHA"), {0: "80", 14: "110"}, more=later_one)
    assert verdict.onset_on is None


# A limit is not a value


def test_a_limit_is_judged_only_where_both_its_ends_give_the_same_answer() -> None:
    assert call(of(0), {0: "10", 14: "<30", 15: "<30"}).reason == "failing_confirmed"
    assert call(of(0), {0: "10", 14: "<30.000001", 15: "<30.000001"}).reason == "unconfirmed"
    assert call(of(0), {0: "10", 7: ">100", 14: ">100"}).best_response == "CR"
    assert call(of(0), {0: "10", 7: ">99", 14: ">99"}).best_response == "R"
    assert call(of(0), {0: "10", 7: ">29.999999", 14: ">29.999999"}).reason == "unconfirmed"


def test_a_limit_between_two_passing_or_two_failing_counts_parts_them() -> None:
    assert call(of(0), {0: "10", 7: "50", 10: "<40", 14: "50"}).reason == "unconfirmed"
    assert call(of(0), {0: "10", 14: "20", 16: "<40", 18: "20"}).reason == "unconfirmed"


def test_a_doubling_is_met_where_it_holds_for_the_upper_limit_of_the_baseline() -> None:
    assert call(of(0), {0: "<25", 7: "50", 14: "50"}).best_response == "R"
    assert call(of(0), {0: "<25", 7: "49.999999", 14: "49.999999"}).reason == "baseline_missing"
    assert call(of(0), {0: ">25", 7: "50.000001", 14: "50.000001"}).reason == "baseline_missing"
    assert call(of(0), {0: ">25", 7: "50", 14: "50"}).reason == "failing_confirmed"


def test_a_rise_and_a_fall_of_hemoglobin_are_known_where_both_ends_say_so() -> None:
    course = of(0, disease="AIHA")
    assert call(course, {0: "<80", 7: "100", 14: "100"}).best_response == "PR"
    assert call(course, {0: "<80", 7: "99", 14: "99"}).reason == "baseline_missing"
    fallen = {0: "58", 7: "135", 14: "135", 60: "<99", 61: "<99"}
    assert call(course, fallen).relapsed_on == on(60)
    assert call(course, {**fallen, 60: "<101", 61: "<101"}).relapsed_on is None


# Markers by their own limits


def marker(
    day: int, name: str, value: str, lower: str | None = None, upper: str | None = None, **fields: Any
) -> Observation:
    return Observation(
        700 + day,
        on(day),
        name,
        Decimal(value.lstrip("<>")),
        value[: value[0] in "<>"],
        lower_limit=None if lower is None else Decimal(lower),
        upper_limit=None if upper is None else Decimal(upper),
        **fields,
    )


def with_markers(*results: Observation) -> str:
    """The class of two hemoglobins of 125 after 80 beside a normal LDH and these results."""
    ldh = marker(7, "ldh", "250", None, "250")
    return call(of(0, disease="AIHA"), {0: "80", 7: "125", 14: "125"}, more=[ldh, *results]).best_response


def test_a_marker_is_judged_by_the_limits_that_came_with_it() -> None:
    assert with_markers(marker(8, "haptoglobin", "0.3", "0.3")) == "CR"
    assert with_markers(marker(8, "haptoglobin", "0.299", "0.3")) == "PR"
    assert with_markers(marker(8, "reticulocytes", "2.0", None, "2.0")) == "CR"
    assert with_markers(marker(8, "reticulocytes", "2.1", None, "2.0")) == "PR"
    assert with_markers(marker(8, "bilirubin", "17", None, "17")) == "CR"
    assert with_markers(marker(8, "bilirubin", "17.1", None, "17")) == "PR"


def test_a_result_without_its_limit_is_passed_over_for_the_next_nearest() -> None:
    far = marker(12, "haptoglobin", "1.1", "0.3")
    assert with_markers(marker(8, "haptoglobin", "0.1")) == "PR"
    assert with_markers(marker(8, "haptoglobin", "0.1"), far) == "CR"
    assert with_markers(marker(8, "haptoglobin", "0.1", None, "2.0"), far) == "CR"
    assert with_markers(marker(8, "haptoglobin", "0.1", "0.3"), far) == "PR"


def test_a_marker_known_as_a_limit_speaks_only_where_it_lies_on_one_side() -> None:
    far = marker(12, "haptoglobin", "1.1", "0.3")
    assert with_markers(marker(8, "haptoglobin", "<0.3", "0.3"), far) == "PR"
    assert with_markers(marker(8, "haptoglobin", "<0.4", "0.3"), far) == "CR"
    assert with_markers(marker(8, "haptoglobin", ">0.3", "0.3")) == "CR"
    assert with_markers(marker(8, "bilirubin", ">17", None, "17")) == "PR"


def test_an_explained_marker_is_left_out_and_a_normal_one_stays_normal() -> None:
    assert with_markers(marker(8, "bilirubin", "30", None, "17", explained=True)) == "PR"  # LDH alone is one
    hapto = marker(6, "haptoglobin", "1.1", "0.3")
    assert with_markers(hapto, marker(8, "bilirubin", "30", None, "17", explained=True)) == "CR"
    assert with_markers(hapto, marker(8, "bilirubin", "30", None, "17")) == "PR"
    assert with_markers(marker(8, "haptoglobin", "1.1", "0.3", explained=True)) == "CR"


# Gaps and deaths


def test_two_assessments_more_than_365_days_apart_are_a_long_gap_up_to_the_loss() -> None:
    for last, gap in ((379, False), (380, True)):
        assert ("long_gap" in call(of(0), {**PREDNISOLONE, last: "120"}).flags) == gap
    lost = {**PREDNISOLONE, 30: "20", 31: "20"}
    assert "long_gap" not in call(of(0), {**lost, 500: "120"}).flags


def test_a_death_more_than_180_days_after_the_last_responding_count_ends_no_duration() -> None:
    for died, status, days in ((194, "death", 187), (195, "censored", 7)):
        verdict = call(of(0), PREDNISOLONE, died_on=on(died))
        assert (verdict.duration_status, verdict.duration_of_response_days) == (status, days)
    assert call(of(0), PREDNISOLONE, died_on=on(195)).censored_by == "last_count"


# Rescue, next course and what is not known of them


def test_a_rescue_of_unknown_reason_breaks_a_run_and_ends_the_follow_up() -> None:
    rescue = [Rescue(90, on(10), "platelets", "unknown")]
    assert call(of(0), {0: "10", 7: "50", 18: "50"}, rescues=rescue).reason == "unconfirmed"
    after = [Rescue(90, on(30), "platelets", "unknown")]
    values = {**PREDNISOLONE, 60: "20", 61: "20"}
    ended = call(of(0), values, rescues=after)
    assert (ended.relapsed_on, ended.censored_by, ended.duration_of_response_days) == (None, "rescue", 7)


def test_a_next_course_without_a_reason_lets_the_last_count_decide() -> None:
    for reason in ("", "retreatment", "intensification"):
        failing = call(of(0), {**PREDNISOLONE, 30: "20"}, of(40, "rituximab", start_reason=reason))
        assert (failing.relapsed_on, failing.duration_status) == (on(30), "event")
        responding = call(of(0), {**PREDNISOLONE, 30: "60"}, of(40, "rituximab", start_reason=reason))
        assert (responding.relapsed_on, responding.censored_by) == (None, "next_course")


def test_a_count_below_100_in_a_wash_out_breaks_a_run_at_complete_response_only() -> None:
    rescue = [Rescue(90, on(8), "platelets", "procedure")]
    broken = call(of(0), {0: "10", 7: "120", 10: "80", 20: "120"}, rescues=rescue)
    assert broken.best_response == "R"
    kept = call(of(0), {0: "10", 7: "120", 10: "110", 20: "120"}, rescues=rescue)
    assert kept.best_response == "CR"


def test_wash_outs_reach_56_and_7_days() -> None:
    for agent, days in (("ivig", 56), ("other", 56), ("platelets", 7)):
        rescue = [Rescue(90, on(1), agent, "procedure")]
        course = of(0, "rituximab")
        inside = call(course, {0: "10", 1 + days: "120", 8 + days: "120"}, rescues=rescue)
        assert outcome(inside) == ("NE", "unconfirmed"), agent
        outside = call(course, {0: "10", 2 + days: "120", 9 + days: "120"}, rescues=rescue)
        assert outside.best_response == "CR", agent


def test_the_count_on_the_start_day_of_a_course_for_relapse_confirms_complete_response() -> None:
    verdict = call(of(0), {7: "120", 14: "120"}, of(14, "rituximab", start_reason="relapse"))
    assert (verdict.best_response, verdict.cr_onset_on, verdict.relapsed_on) == ("CR", on(7), on(14))


# Hemolysis that is not known


def test_a_value_above_120_without_known_hemolysis_and_without_the_rise_neither_holds_nor_fails() -> None:
    course = of(0, disease="AIHA")
    values = {0: "105", 7: "126", 14: "126"}
    for parted in ("124", "121"):
        verdict = call(course, {**values, 30: "118", 40: parted, 50: "118"})
        assert (verdict.relapsed_on, "unconfirmed_loss" in verdict.flags) == (None, True)
    assert call(course, {**values, 30: "118", 40: "120", 50: "118"}).relapsed_on == on(30)


def test_a_lost_rise_with_hemolysis_unknown_is_a_relapse() -> None:
    course = of(0, disease="AIHA")
    values = {0: "80", 7: "110", 14: "110", 60: "100", 61: "100"}
    assert call(course, values).relapsed_on == on(60)
    assert call(course, values, more=markers(60, CLEAN)).relapsed_on is None


def test_red_cells_for_an_unrecorded_reason_are_a_relapse_and_for_surgery_none() -> None:
    course = of(0, disease="AIHA")
    for reason, lost in (("cytopenia", on(30)), ("unknown", on(30)), ("", on(30)), ("surgery", None)):
        given = [Transfusion(90, on(30), "red_cells", reason)]
        assert call(course, {0: "80", 7: "110", 14: "110"}, transfusions=given).relapsed_on == lost


# Remission off treatment


def test_half_a_year_of_counts_that_hold_after_the_last_dose_is_remission() -> None:
    def answer(values: dict[int, str], *others: Course, **facts: Any) -> tuple[bool | None, bool | None]:
        stopped = of(0, "romiplostim", stopped_on=on(100), off_treatment_from=on(100))
        verdict = call(stopped, {**PREDNISOLONE, **values}, *others, **facts)
        return verdict.srot30, verdict.srot50

    assert answer({279: "80"}) == (None, None)
    assert answer({280: "80"}) == (True, True)
    assert answer({280: "20", 290: "80"}) == (False, False)
    assert answer({280: "80"}, rescues=[Rescue(90, on(100), "ivig", "procedure")]) == (True, True)
    assert answer({150: "30", 280: "80"}) == (True, False)
    assert answer({150: "29.999999", 280: "80"}) == (False, False)
    assert answer({150: "<40", 280: "80"}) == (None, False)
    assert answer({100: "20", 280: "80", 300: "10"}) == (True, True)
    assert answer({280: "80"}, rescues=[Rescue(90, on(280), "ivig", "procedure")]) == (False, False)
    assert answer({280: "80"}, rescues=[Rescue(90, on(281), "ivig", "procedure")]) == (True, True)
    assert answer({150: "80"}, of(279, "rituximab")) == (False, False)
    assert answer({150: "80"}, of(280, "rituximab")) == (None, None)
    assert answer({150: "80"}, of(200, "rituximab", disease="AIHA")) == (None, None)
    note = of(101, "observation", intent="observation")
    assert answer({280: "80"}, note) == (True, True)


# Edges of what is known, of windows and of events


def test_the_evening_of_the_data_cut_knows_what_happened_that_day() -> None:
    course = of(0)
    counted = counts("platelets", PREDNISOLONE)
    bled = Patient([course], counted, bleeds=[Bleed(90, on(20))], died_on=on(30))
    assert judge(bled, course, on(19)).relapsed_on is None
    assert judge(bled, course, on(20)).relapsed_on == on(20)
    died = Patient([course], counted, died_on=on(30))
    assert [judge(died, course, on(day)).duration_status for day in (29, 30)] == ["censored", "death"]
    rescued = Patient([course], counted, rescues=[Rescue(90, on(20), "ivig", "low_count")])
    assert [judge(rescued, course, on(day)).relapsed_on for day in (19, 20)] == [None, on(20)]
    assert [judge(died, course, on(day)).best_response for day in (13, 14)] == ["NE", "CR"]
    closed = Patient([course, of(20, "rituximab", start_reason="relapse")], counted)
    assert [judge(closed, course, on(day)).relapsed_on for day in (19, 20)] == [None, on(20)]


def test_what_happens_on_the_start_day_is_no_assessment() -> None:
    assert call(of(0), {0: "10", 14: "20"}, bleeds=[Bleed(90, on(0))]).reason == "unconfirmed"
    assert call(of(0), {0: "10", 14: "20"}, bleeds=[Bleed(90, on(1))]).reason == "failing_confirmed"


def test_the_last_day_of_the_window_belongs_to_it() -> None:
    closed = of(30, "rituximab", start_reason="toxicity")
    assert call(of(0), {**PREDNISOLONE, 30: "20"}, closed).ir_1m is False
    assert call(of(0), {0: "10", 31: "20"}, closed).ir_1m is None
    assert call(of(0), PREDNISOLONE, closed, died_on=on(30)).duration_status == "death"
    assert call(of(0), PREDNISOLONE, closed, died_on=on(31)).duration_status == "censored"


def test_the_first_course_that_starts_closes_the_window_and_its_own_lineage_goes_first() -> None:
    first, second = of(40, "rituximab", start_reason="toxicity"), of(50, "ivig", start_reason="relapse")
    assert call(of(0), PREDNISOLONE, second, first).relapsed_on is None
    other = of(40, "rituximab", disease="AIHA", row=1)
    assert call(of(0), PREDNISOLONE, first, other).censored_by == "next_course"
    earlier = of(39, "rituximab", disease="AIHA", row=1)
    assert call(of(0), PREDNISOLONE, first, earlier).censored_by == "other_lineage_course"


def test_watching_that_starts_on_the_day_of_an_active_course_is_no_note() -> None:
    watching = of(0, "observation", intent="observation", row=1)
    verdict = call(watching, {0: "10", 90: "120", 97: "120"}, of(0))
    assert (verdict.best_response, "shared_start" in verdict.flags) == ("CR", True)


def test_a_bleed_reaches_its_last_day() -> None:
    for last, responds in ((13, True), (14, False)):
        bleed = [Bleed(90, on(10), on(last))]
        verdict = call(of(0, "rituximab"), {0: "10", 14: "120", 21: "120"}, bleeds=bleed)
        assert (verdict.onset_on == on(14)) == responds


def test_a_bleed_between_the_baseline_and_the_start_keeps_a_course_from_starting_in_response() -> None:
    for first, last, judged in ((40, 50, True), (40, 49, False), (60, 62, True), (61, 62, False)):
        bleed = [Bleed(90, on(first), on(last))]
        verdict = call(of(60, "rituximab"), {50: "120", 80: "120"}, bleeds=bleed)
        assert (verdict.reason != "started_in_response") == judged, first


def test_a_bridge_whose_28_days_touch_the_14_days_moves_the_baseline() -> None:
    for day, baseline in ((-42, "8"), (-43, "60")):
        rescue = [Rescue(90, on(day), "ivig", "procedure")]
        assert call(of(0), {-45: "8", -14: "60"}, rescues=rescue).baseline == Decimal(baseline)


def test_a_count_on_the_day_of_the_first_dose_of_another_course_is_not_washed_out() -> None:
    given = of(-30, "ivig", dose_steps=(step("ivig", 7),))
    verdict = call(of(0, "rituximab"), {0: "8", 7: "120", 40: "120"}, given)
    assert (verdict.best_response, verdict.onset_on) == ("CR", on(7))


def test_a_baseline_on_the_day_of_a_transfusion_was_drawn_before_it() -> None:
    given = [Transfusion(90, on(0), "platelets")]
    assert call(of(0), {0: "10"}, transfusions=given).baseline == Decimal(10)


def test_a_splenectomy_looks_back_to_the_first_treatment_of_platelets_only() -> None:
    watching = of(-300, "observation", intent="observation")
    verdict = call(of(0, "splenectomy"), {-300: "5", -200: "10", 0: "60"}, watching, of(-200))
    assert verdict.baseline == Decimal(10)
    anemia = of(0, "splenectomy", disease="AIHA")
    assert call(anemia, {-200: "60", 0: "80"}, of(-200, disease="AIHA")).baseline == Decimal(80)


def test_dexamethasone_for_longer_than_a_pulse_can_bring_a_response_to_start_in() -> None:
    for last, judged in ((4, True), (5, False)):
        former = of(0, "dexamethasone", dose_steps=(step("dexamethasone", 0, last),))
        verdict = call(of(20, "eltrombopag"), {**PREDNISOLONE, 20: "90", 60: "90"}, former)
        assert (verdict.reason != "started_in_response") == judged


def test_the_first_day_of_another_cause_is_covered() -> None:
    cause = [OtherCause(90, on(20), on(25), "ITP")]
    verdict = call(of(0), {**PREDNISOLONE, 20: "20"}, other_causes=cause)
    assert "unconfirmed_loss" not in verdict.flags
    before = call(of(0), {**PREDNISOLONE, 19: "20"}, other_causes=cause)
    assert "unconfirmed_loss" in before.flags


def test_the_last_assessment_decides_a_course_that_was_ended_for_inefficacy() -> None:
    ended = of(12, "rituximab", start_reason="inefficacy")
    assert call(of(0), {0: "10", 2: "50", 10: "20"}, ended).reason == "next_course_for_inefficacy"
    assert call(of(0), {0: "10", 2: "20", 10: "<40"}, ended).reason == "too_early"


def test_a_peak_that_red_cells_made_is_no_peak() -> None:
    course = of(0, disease="AIHA")
    values = {0: "58", 7: "110", 14: "110", 30: "125", 60: "99", 61: "99"}
    assert call(course, values).relapsed_on == on(60)
    given = [Transfusion(90, on(28), "red_cells", "surgery")]
    assert call(course, values, transfusions=given).relapsed_on is None


def test_a_complete_response_after_the_loss_or_after_an_unexplained_rescue_is_not_this_one() -> None:
    lost = {0: "10", 7: "50", 14: "50", 30: "20", 31: "20", 60: "120", 70: "120"}
    assert call(of(0), lost).best_response == "R"
    rescue = [Rescue(90, on(30), "platelets", "")]
    assert (
        call(of(0), {0: "10", 7: "50", 14: "50", 60: "120", 70: "120"}, rescues=rescue).best_response == "R"
    )


def test_what_decided_a_loss_is_listed() -> None:
    counted = call(of(0), {**PREDNISOLONE, 30: "20", 31: "20"})
    assert "DEF-ITP-08" not in counted.defaults_applied
    for reason in ("low_count", ""):
        rescue = [Rescue(90, on(31), "ivig", reason)]
        verdict = call(of(0), {**PREDNISOLONE, 30: "20"}, rescues=rescue)
        assert (verdict.relapsed_on, "DEF-ITP-08" in verdict.defaults_applied) == (on(30), True)


def test_a_relapse_on_the_last_day_of_a_dose_is_a_relapse_on_it() -> None:
    for lost, dependent in ((60, True), (61, False)):
        course = of(0, dose_steps=(step("prednisolone", 0, 60, "10"),))
        verdict = call(course, {0: "10", 7: "50", 14: "50", lost: "20", lost + 1: "20"})
        assert (verdict.reason == "corticosteroid_dependent") == dependent


def test_a_dose_that_was_never_lowered_is_not_raised_again() -> None:
    doses = (step("prednisolone", 0, 27, "10"), step("prednisolone", 28, 41, "10"))
    course = of(0, dose_steps=(*doses, step("prednisolone", 42, 80, "20")))
    assert call(course, {0: "10", 7: "50", 70: "50"}).best_response == "R"


def test_another_class_that_starts_on_the_day_of_a_further_course_ends_the_counting() -> None:
    course = of(0, dose_steps=(*TAPER, step("prednisolone", 42, 50, "20")))
    values = {0: "10", 7: "50", 14: "50", 80: "50"}
    both = (of(90), of(200), of(200, "rituximab", row=3))
    assert call(course, values, *both).best_response == "R"


def test_corticosteroids_of_hemolysis_are_not_asked_about() -> None:
    held = (*TAPER, step("prednisolone", 42, None, "20"))
    verdict = call(of(0, disease="AIHA", dose_steps=held), {0: "80", 7: "110", 70: "110"})
    assert (verdict.best_response, "steroid_dose_unknown" in verdict.flags) == ("PR", False)
    assert "steroid_dose_unknown" not in call(of(0, disease="AIHA"), {0: "80", 70: "110"}).flags


# Bleeding that nobody recorded


def test_bleeding_is_recorded_where_a_row_begins_up_to_the_last_day_of_the_window() -> None:
    closed = of(40, "rituximab", start_reason="toxicity")
    for day, missing in ((-30, False), (40, False), (41, True)):
        verdict = call(of(0), PREDNISOLONE, closed, bleeds=[Bleed(90, on(day), None, 0)])
        assert ("bleeding_not_recorded" in verdict.flags) == missing


def test_a_stop_for_inefficacy_after_the_data_cut_is_not_known() -> None:
    stopped = of(0, stopped_on=on(5), stop_reason="inefficacy")
    patient = Patient([stopped], counts("platelets", {0: "10", 2: "20"}))
    assert judge(patient, stopped, on(4)).reason == "too_early"
    assert judge(patient, stopped, on(5)).reason == "stopped_for_inefficacy"

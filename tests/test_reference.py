"""The reference, held against the sentences it was written from: one vignette a sentence."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.reference import (
    Bleed,
    Course,
    DoseStep,
    Observation,
    OtherCause,
    Patient,
    Rescue,
    Transfusion,
    Verdict,
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
    assert platelets({0: "10", 3: "20", 4: "20"}).best_response == "NR"


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
    assert platelets({0: "10", 28: "120", 40: "120"}).best_response == "CR"
    verdict = platelets({0: "10", 29: "120", 40: "120"})
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
    assert platelets({0: "<5", 7: "30", 14: "30"}).baseline == Decimal("4.999999")
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


def test_a_maintenance_course_is_not_judged() -> None:
    verdict = platelets({0: "120", 7: "120", 14: "120"}, itp("eltrombopag", intent="maintenance"))
    assert (verdict.best_response, verdict.reason) == ("NE", "maintenance_course")


def test_landmarks_take_the_nearest_count_and_stay_empty_without_one() -> None:
    verdict = platelets({0: "10", 5: "20", 8: "40", 37: "25", 211: "50"})
    assert (verdict.er_7d, verdict.ir_1m, verdict.dr_6m) == (True, False, None)


# AIHA


def test_105_to_125_with_low_haptoglobin_is_no_response() -> None:
    assert hemoglobin({0: "105", 7: "125", 14: "125"}, hemolysis_on=(7, 14)).best_response == "NR"


def test_105_to_125_without_hemolysis_is_complete_response() -> None:
    verdict = hemoglobin({0: "105", 7: "125", 14: "125"}, clean_on=(7,))
    assert verdict.best_response == "CR"
    assert [step for step in steps_of(verdict) if step[0] == "hemolysis"] == [("hemolysis", 7)] * 2


def test_a_rise_of_exactly_20_and_hemoglobin_of_exactly_120_are_not_enough() -> None:
    assert hemoglobin({0: "80", 7: "100", 14: "100"}).best_response == "NR"
    assert hemoglobin({0: "80", 7: "100.000001", 14: "100.000001"}).best_response == "PR"
    assert hemoglobin({0: "80", 7: "120", 14: "120"}, clean_on=(7, 14)).best_response == "PR"


def test_unknown_hemolysis_caps_the_response_at_partial() -> None:
    verdict = hemoglobin({0: "80", 7: "125", 14: "125"})
    assert (verdict.best_response, "cr_unassessable" in verdict.flags) == ("PR", True)


def test_a_marker_14_days_away_speaks_and_one_15_days_away_does_not() -> None:
    assert hemoglobin({0: "80", 20: "125", 27: "125"}, clean_on=(13, 34)).best_response == "CR"
    assert hemoglobin({0: "80", 20: "125", 27: "125"}, clean_on=(5, 42)).best_response == "PR"


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


# What is known


def test_what_comes_after_the_data_cut_is_not_known() -> None:
    course = itp()
    patient = Patient(
        [course, later(20, "ITP", "relapse")], counts("platelets", {0: "10", 7: "50", 14: "50"})
    )
    assert judge(patient, course, on(13)).best_response == "NE"
    assert judge(patient, course, on(19)).duration_status == "censored"
    assert judge(patient, course).relapsed_on == on(20)

"""What a count may show after rescue or transfusion: failure yes, response no (DEF-ITP-06, DEF-AIHA-03)."""

import pytest

from tests.spec.builder import CLEAN, Happened, aiha, bleed, itp, platelets_given, red_cells, rescue


def confirmed_by(day: int, *happened: Happened) -> str:
    """The level when a response that began on day 7 hangs on the count of `day`."""
    return itp("rituximab", baseline=10, counts={7: 60, day: 60}, happened=happened).best_response


@pytest.mark.parametrize(("days", "answer"), [(-1, "R"), (0, "NE"), (1, "NE"), (56, "NE"), (57, "R")])
def test_a_count_within_56_days_of_a_rescue_drug_cannot_support_a_response(days: int, answer: str) -> None:
    """The day of the rescue and the 56th day included; the day before it and the 57th are free."""
    assert confirmed_by(100, rescue(100 - days, "procedure")) == answer


@pytest.mark.parametrize(("days", "answer"), [(-1, "R"), (0, "NE"), (7, "NE"), (8, "R")])
def test_a_count_within_seven_days_of_platelets_cannot_support_a_response(days: int, answer: str) -> None:
    """Transfused, for whatever reason, or given as rescue."""
    for reason in ("cytopenia", "surgery", "other", "unknown"):
        assert confirmed_by(100, platelets_given(100 - days, reason)) == answer
    assert confirmed_by(100, rescue(100 - days, "procedure", "platelets")) == answer


@pytest.mark.parametrize(("days", "answer"), [(-1, "PR"), (0, "NE"), (7, "NE"), (8, "PR")])
def test_a_hemoglobin_within_seven_days_of_red_cells_cannot_support_a_response(
    days: int, answer: str
) -> None:
    """No transfusion requirement: none in the 7 days up to and including the day of the hemoglobin."""
    for reason in ("surgery", "other"):
        given = red_cells(60 - days, reason)
        call = aiha("rituximab", baseline=60, counts={14: 100, 60: 100}, happened=[given])
        assert call.best_response == answer


def test_every_rescue_drug_washes_out_whatever_it_was_given_for() -> None:
    """Cover for a procedure raises the count as well as any other dose."""
    counts = {12: 60, 19: 60}
    for reason in ("procedure", "low_count", "bleed", "unknown"):
        call = itp("rituximab", baseline=10, counts=counts, happened=[rescue(5, reason)])
        assert call.best_response == "NE"
        assert "rescue_confounded" in call.flags


def test_a_rescue_before_the_start_reaches_into_the_course() -> None:
    """IVIG three days before hides good counts until day 53; the baseline is the count before it (DEF-ITP-23)."""
    happened = [rescue(-3, "low_count")]
    assert itp("rituximab", counts={-3: 10, 53: 60, 60: 60}, happened=happened).best_response == "NE"
    assert itp("rituximab", counts={-3: 10, 54: 60, 61: 60}, happened=happened).best_response == "R"


def test_nothing_but_washed_out_counts_is_not_evaluable() -> None:
    """With the reason, the flag and the reading."""
    call = itp(baseline=10, counts={7: 150, 14: 150}, happened=[rescue(1, "procedure")])
    assert (call.best_response, call.reason) == ("NE", "rescue_confounded")
    assert ("rescue_confounded" in call.flags, "DEF-ITP-06" in call.readings) == (True, True)
    anemia = aiha(baseline=60, counts={14: 100, 21: 100}, happened=[red_cells(d, "surgery") for d in (9, 16)])
    assert (anemia.best_response, anemia.reason) == ("NE", "transfusion_confounded")
    assert ("transfusion_confounded" in anemia.flags, "DEF-AIHA-03" in anemia.readings) == (True, True)


def test_a_wash_out_never_hides_a_failure() -> None:
    """20 after IVIG is a failure all the more: two of them are no response."""
    call = itp(baseline=10, counts={14: 20, 15: 20}, happened=[rescue(1, "procedure")])
    assert (call.best_response, call.reason) == ("NR", "failing_confirmed")
    assert "rescue_confounded" not in call.flags
    anemia = aiha(baseline=60, counts={21: 70, 22: 70}, happened=[red_cells(20, "surgery")])
    assert anemia.best_response == "NR"


def test_a_wash_out_never_hides_a_loss() -> None:
    """Two failing counts after cover for a procedure are a relapse."""
    call = itp(baseline=10, counts={7: 60, 14: 60, 40: 20, 41: 20}, happened=[rescue(30, "procedure")])
    assert call.relapsed == 40


def test_a_washed_out_count_is_passed_over_and_breaks_no_run() -> None:
    """Good counts before and after the wash-out confirm each other."""
    counts = {7: 60, 20: 60, 65: 60}
    call = itp("rituximab", baseline=10, counts=counts, happened=[rescue(8, "procedure")])
    assert (call.best_response, call.onset) == ("R", 7)
    assert call.evidence[1:3] == (("onset", 7), ("confirming", 65))


def test_failures_on_both_sides_of_a_washed_out_count_are_consecutive() -> None:
    """20, a washed-out 150, 20: the good count is not there."""
    call = itp(baseline=10, counts={5: 20, 8: 150, 70: 20}, happened=[rescue(6, "procedure")])
    assert (call.best_response, call.reason) == ("NR", "failing_confirmed")


def test_a_washed_out_count_can_lose_complete_response_but_not_keep_response() -> None:
    """60 is under 100 with or without IVIG; that it is above 30 shows nothing."""
    counts = {7: 150, 14: 150, 40: 60, 41: 60}
    call = itp(baseline=10, counts=counts, happened=[rescue(30, "procedure")])
    assert (call.best_response, call.lost_cr, call.relapsed, call.duration) == ("CR", 40, None, 7)


def test_the_last_day_in_response_is_never_a_washed_out_one() -> None:
    """It would prolong the response by what the rescue did."""
    call = itp(baseline=10, counts={7: 60, 14: 60, 40: 90}, happened=[rescue(30, "procedure")])
    assert (call.duration, call.censored_by) == (7, "last_count")


def test_platelets_do_not_wash_out_a_hemoglobin_nor_red_cells_a_platelet_count() -> None:
    """Each product acts on its own lineage."""
    assert aiha(baseline=60, counts={14: 100, 21: 100}, happened=[platelets_given(14)]).best_response == "PR"
    assert itp(baseline=10, counts={7: 60, 14: 60}, happened=[red_cells(7)]).best_response == "R"


def test_a_rescue_drug_does_not_wash_out_a_hemoglobin() -> None:
    """No source gives a time (READ-AIHA-09)."""
    call = aiha(baseline=60, counts={14: 125, 21: 125}, markers={17: CLEAN}, happened=[rescue(10, "unknown")])
    assert (call.best_response, call.flags) == ("CR", frozenset())


def test_red_cells_for_the_anemia_are_a_failing_assessment_of_their_own() -> None:
    """Or for an unknown reason; for surgery they only wash out."""
    for reason, answer in (("cytopenia", "NE"), ("unknown", "NE"), ("surgery", "PR"), ("other", "PR")):
        given = red_cells(30, reason)
        call = aiha("rituximab", baseline=60, counts={14: 100, 45: 100}, happened=[given])
        assert call.best_response == answer
    twice = aiha(baseline=60, counts={}, happened=[red_cells(20), red_cells(21)])
    assert (twice.best_response, twice.reason) == ("NR", "failing_confirmed")


def test_a_platelet_transfusion_for_the_cytopenia_is_no_failing_assessment() -> None:
    """It washes out and no more; platelets recorded as rescue for a low count fail (READ-ITP-23)."""
    assert itp(baseline=10, happened=[platelets_given(5), platelets_given(6)]).reason == "no_counts"
    given = [rescue(13, "low_count", "platelets"), rescue(14, "low_count", "platelets")]
    assert itp(baseline=10, happened=given).reason == "failing_confirmed"


def test_a_bleed_on_a_washed_out_day_still_fails() -> None:
    """150 under IVIG and bleeding."""
    happened = [rescue(1, "procedure"), bleed(14), bleed(15)]
    assert itp(baseline=10, counts={14: 150, 15: 150}, happened=happened).best_response == "NR"

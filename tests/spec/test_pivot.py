"""What would have changed a call: the one count, or marker, whose other value would have made another one."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from adjudication.response.criteria import default
from adjudication.response.terms import KINDS, LEVELS, MICRO, STATES, Disease, Kind
from adjudication.response.what_would_change import what_would_change
from tests.spec.builder import CLEAN, HEMOLYSIS, START, Tube, aiha, another, bleed, dose, itp, judged

Told = tuple[int, str, str, str]


def changes(
    disease: str, agents: Sequence[str] = ("prednisolone",), course: int = 0, **facts: Any
) -> list[Told]:
    """(day, value as recorded, other value, other level) of every change, the smallest first."""
    series, _ = judged(disease, agents, **facts)
    found = what_would_change(series, default(Disease[disease]).rule, course)
    return [
        (
            one.day - START,
            _written(one.kind, one.was, one.limit),
            _written(one.kind, one.becomes, 0),
            LEVELS[one.level].word,
        )
        for one in found
    ]


def _written(kind: int, value: int, limit: int) -> str:
    if kind >= Kind.LDH:
        return f"{KINDS[kind].word} {STATES[value].word}"
    return f"{ {-1: '<', 0: '', 1: '>'}[limit] }{(Decimal(value) / MICRO).normalize():f}"


def of_itp(**facts: Any) -> list[Told]:
    return changes("ITP", **facts)


def of_aiha(**facts: Any) -> list[Told]:
    return changes("AIHA", **facts)


def test_a_single_count_below_100_that_kept_a_response_from_being_complete() -> None:
    """99.6 on day 14, had it been 100: the smallest change of all."""
    assert of_itp(baseline=12, counts={7: 150, 14: 99.6})[0] == (14, "99.6", "100", "CR")


def test_two_failing_counts_had_one_of_them_been_30() -> None:
    """One failure alone would have been unconfirmed."""
    found = of_itp(baseline=12, counts={7: 29, 14: 25})
    assert found[:2] == [(7, "29", "30", "NE"), (14, "25", "30", "NE")]
    assert (14, "45", "50", "NE") in of_itp(baseline=25, counts={7: 29, 14: 45})


def test_the_baseline_is_tried_like_any_count() -> None:
    """45 is more than the double of 22; at 31 a count of 60 is no doubling; at 100 the course starts in response."""
    assert of_itp(baseline=25, counts={7: 29, 14: 45})[0] == (0, "25", "22", "NE")
    found = of_itp(baseline=20, counts={7: 60, 14: 60})
    assert found[0] == (0, "20", "31", "NR")
    assert (0, "20", "100", "NE") in found


def test_every_count_of_the_window_is_tried() -> None:
    """Of 80 and 29 the lower one, had it been 30, would have confirmed the response; the higher one, lowered, none."""
    found = of_itp(baseline=12, counts={7: 80, 14: 29})
    assert found[0] == (14, "29", "30", "R")
    assert (7, "80", "29", "NR") in found


def test_a_complete_response_that_hung_on_either_of_its_counts() -> None:
    """Had one been below 100, it would have been response."""
    assert of_itp(baseline=12, counts={7: 150, 14: 150})[:2] == [
        (7, "150", "99", "R"),
        (14, "150", "99", "R"),
    ]


def test_a_response_that_hung_on_its_confirming_count() -> None:
    """Had the count of day 14 been below 30, or below the double of 20."""
    assert (14, "60", "29", "NE") in of_itp(baseline=10, counts={7: 60, 14: 60})
    assert (14, "60", "39", "NE") in of_itp(baseline=20, counts={7: 60, 14: 60})


def test_a_hemoglobin_that_is_not_above_120_had_it_been_121() -> None:
    """120 is not above 120."""
    assert of_aiha(baseline=60, counts={14: 135, 21: 120}, markers={17: CLEAN})[0] == (21, "120", "121", "CR")


def test_a_complete_response_of_hemoglobin_had_its_confirming_value_been_120() -> None:
    """It would have been partial."""
    found = of_aiha(baseline=60, counts={14: 135, 21: 135}, markers={17: CLEAN})
    assert found[:2] == [(14, "135", "120", "PR"), (21, "135", "120", "PR")]


def test_a_fall_from_the_peak_has_an_edge_of_its_own() -> None:
    """From 115 to 95 is a fall by 20, and what comes after the loss makes no complete response; from 114 it is none."""
    counts = {14: 90, 21: 90, 40: 115, 60: 95, 61: 95, 90: 130, 97: 130}
    facts: dict[str, Any] = {"baseline": 60, "counts": counts, "markers": {60: HEMOLYSIS, 94: CLEAN}}
    call = aiha(**facts)
    assert (call.best_response, call.relapsed) == ("PR", 60)
    assert of_aiha(**facts)[:3] == [(40, "115", "114", "CR"), (60, "95", "96", "CR"), (61, "95", "96", "CR")]


def test_a_marker_is_tried_with_the_other_answer() -> None:
    """With a normal haptoglobin nothing speaks of hemolysis."""
    found = of_aiha(baseline=60, counts={14: 135, 21: 135}, markers={17: HEMOLYSIS})
    assert (17, "haptoglobin abnormal", "haptoglobin normal", "CR") in found
    assert of_aiha(baseline=60, counts={14: 90, 21: 90}, markers={17: CLEAN})[0][1] != "haptoglobin normal"


def test_a_limit_is_tried_with_an_exact_value() -> None:
    """Below 50 may be 49 and may be 29."""
    found = of_itp(baseline=10, counts={7: "<50", 14: 60})
    assert (7, "<50", "49", "R") in found
    assert (0, "<20", "17", "R") in of_itp(baseline="<20", counts={7: 35, 14: 36})


def test_another_count_of_the_day_is_left_as_it_is() -> None:
    """The lower one holds: raising it to 60 is of no use while the other is 29, and raising the other neither."""
    counts = {7: [Tube(28), Tube(29)], 14: 60}
    assert itp(baseline=10, counts=counts).best_response == "NE"
    assert [one for one in of_itp(baseline=10, counts=counts) if one[0] == 7] == []
    assert (7, "29", "30", "R") in of_itp(baseline=10, counts={7: [Tube(40), Tube(29)], 14: 60})


def test_a_response_that_many_counts_hold_is_changed_by_none_of_them() -> None:
    """Only the baseline would."""
    counts = dict.fromkeys(range(7, 98, 7), 60.0)
    assert {day for day, _, _, _ in of_itp(baseline=10, counts=counts)} == {0}


def test_a_course_that_started_in_response_would_have_been_judged_after_a_loss() -> None:
    """Had the last count before it failed."""
    facts: dict[str, Any] = {"baseline": 10, "counts": {7: 60, 14: 60, 40: 60, 60: 70, 67: 70}}
    found = changes("ITP", course=1, others=[another(40, "toxicity")], **facts)
    assert (40, "60", "29", "R") in found


def test_without_counts_nothing_would_have_changed_it() -> None:
    """Nothing could have another value."""
    assert of_itp() == []
    assert of_itp(happened=[bleed(5), bleed(6)]) == []
    assert of_itp(baseline=10) == []


def test_another_patient_and_another_order_change_nothing() -> None:
    """The course is named by its row."""
    facts: dict[str, Any] = {"baseline": 12, "counts": {7: 150, 14: 99.6}, "doses": [dose(0, 20, 60)]}
    found = changes("ITP", others=[another(30, "other", disease="AIHA")], **facts)
    assert found[0] == (14, "99.6", "100", "CR")


@pytest.mark.parametrize("baseline", [0, 10, 60])
def test_a_change_is_what_it_says_from_both_sides(baseline: float) -> None:
    """Judged again with that one value the course gets that level; with the value that was recorded its own."""
    for counts in ({7: 150, 14: 99.6}, {7: 60, 14: 60}, {7: 150, 14: 150}, {7: 29, 8: 29}, {5: 130, 12: 29}):
        call = itp(baseline=baseline, counts=counts)
        for day, _, value, level in of_itp(baseline=baseline, counts=counts):
            again = itp(counts={0: baseline, **counts, day: value})
            assert (again.best_response, level != call.best_response) == (level, True)

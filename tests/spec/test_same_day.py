"""Several counts on one day, and what happens on the day of a count (DEF-ITP-14, DEF-ITP-26)."""

import pytest

from tests.spec.builder import CLEAN, Tube, aiha, bleed, itp, rescue


def test_the_lowest_count_of_a_day_stands_for_it() -> None:
    """In any order."""
    for day_14 in ([150, 20], [20, 150], [90, 20, 150]):
        assert itp(baseline=10, counts={7: 60, 14: day_14}).best_response == "NE"
    assert itp(baseline=10, counts={7: 60, 14: [150, 60]}).best_response == "R"


def test_a_higher_count_of_the_day_cannot_make_complete_response() -> None:
    """99 stands for the day."""
    call = itp(baseline=10, counts={7: [99, 150], 14: 150})
    assert (call.best_response, call.cr_onset) == ("R", None)


def test_the_lowest_hemoglobin_of_a_day_stands_for_it() -> None:
    """The same rule."""
    call = aiha(baseline=60, counts={14: [130, 119], 21: 130}, markers={17: CLEAN})
    assert call.best_response == "PR"


def test_less_than_five_is_lower_than_five() -> None:
    """The comparator counts among counts of one day too."""
    assert itp(counts={0: [5, "<5"]}).baseline == itp(counts={0: ["<5", 5]}).baseline
    assert itp(counts={0: [5, "<5"]}).baseline != 5


def test_of_two_equal_counts_the_one_stored_first_is_cited() -> None:
    """So that the order of an import changes nothing."""
    once = itp(baseline=10, counts={7: 60, 14: 60})
    twice = itp(baseline=10, counts={7: [60, 60], 14: [60, 60]})
    assert (twice.best_response, twice.evidence) == (once.best_response, once.evidence)


def test_a_count_and_a_bleed_of_one_day_are_one_assessment_that_fails() -> None:
    """And so are a count and a rescue for it."""
    for happened in (bleed(15), rescue(15, "low_count")):
        assert itp(baseline=10, counts={15: 150}, happened=[happened]).reason == "unconfirmed"


def test_two_bleeds_of_one_day_are_one_assessment() -> None:
    """They do not confirm each other."""
    assert itp(baseline=10, happened=[bleed(15), bleed(15)]).reason == "unconfirmed"


def test_a_failing_event_outweighs_an_unclear_one_of_the_same_day() -> None:
    """A rescue without a reason and one for a low count: a loss."""
    both = [rescue(30, "unknown"), rescue(30, "low_count")]
    for happened in (both, both[::-1]):
        call = itp(baseline=10, counts={7: 60, 14: 60}, happened=happened)
        assert (call.relapsed, call.censored_by) == (30, "")


@pytest.mark.parametrize(("heparin", "discordant"), [(180, True), (34, True), (33.9, False)])
def test_a_tube_without_edta_that_holds_at_least_twice_as_much_holds(
    heparin: float, discordant: bool
) -> None:
    """EDTA 17: the platelets clumped in it."""
    for specimen in ("heparin", "citrate"):
        counts = {7: [Tube(17), Tube(heparin, specimen)], 14: 180}
        call = itp(baseline=10, counts=counts)
        assert ("edta_discordant" in call.flags, "DEF-ITP-26" in call.readings) == (discordant, True)
        assert (call.best_response == "NE") == (not discordant)


def test_heparin_goes_before_citrate_where_it_holds_twice_as_much() -> None:
    """Clumping can happen in citrate too; of several values that hold the lowest."""
    clumped = [Tube(17), Tube(60.5, "citrate"), Tube(175, "heparin")]
    assert itp(baseline=10, counts={7: clumped, 14: 175}).best_response == "CR"
    near = [Tube(17), Tube(90, "citrate"), Tube(175, "heparin")]
    assert itp(baseline=10, counts={7: near, 14: 175}).best_response == "R"


def test_a_discordant_baseline_is_flagged_too() -> None:
    """The heparin tube is the baseline."""
    call = itp(counts={0: [Tube(17), Tube(60, "heparin")], 7: 90, 14: 90})
    assert (call.baseline, "edta_discordant" in call.flags) == (60, True)


def test_a_result_that_differs_more_than_twofold_from_one_before_it_is_a_recheck() -> None:
    """What lies before it is set aside; without times, or on a course's start day, the lowest holds."""
    recheck = [Tube(22, at="08:00"), Tube(150, at="11:00")]
    held = {7: 150, 14: 150, 100: recheck, 101: recheck, 200: 150}
    assert itp(baseline=10, counts=held).relapsed is None
    untimed = [Tube(22), Tube(150, at="11:00")]
    assert itp(baseline=10, counts={**held, 100: untimed, 101: untimed}).relapsed == 100
    assert itp(counts={0: [Tube(18, at="08:00"), Tube(210, at="12:00")]}).baseline == 18


@pytest.mark.parametrize(
    ("results", "holds"),
    [
        ((49, 99, 101), 99),
        ((150, 22, 140), 140),
        ((22, 60, 20), 20),
        ((40, 80), 40),
        ((40, 80.1), 80.1),
        ((200, 90, 150), 90),
    ],
)
def test_rechecks_are_read_one_after_the_other(results: tuple[float, ...], holds: float) -> None:
    """Exactly twice is no recheck; of what is left the lowest holds."""
    day = [Tube(value, at=f"{8 + n:02}:00") for n, value in enumerate(results)]
    baseline = itp("eltrombopag", counts={-1: day}).baseline
    assert baseline is not None
    assert float(baseline) == holds


def test_a_limit_is_a_recheck_or_twice_as_much_only_where_both_its_ends_say_so() -> None:
    """`<30` may be 29: 50 is no recheck of it; 60 is."""
    assert itp(counts={-1: [Tube("<30", at="08:00"), Tube(50, at="09:00")]}).baseline != 50
    assert itp(counts={-1: [Tube("<30", at="08:00"), Tube(60, at="09:00")]}).baseline == 60
    assert itp(counts={-1: [Tube("<30"), Tube(59, "heparin")]}).baseline != 59
    assert itp(counts={-1: [Tube("<30"), Tube(60, "heparin")]}).baseline == 60


def test_results_of_one_time_are_not_set_aside_by_each_others_recheck() -> None:
    """150 at half past nine rechecks the 10 of eight o'clock; the 12 of its own time stays."""
    tubes = [Tube(10, at="08:00"), Tube(12, at="09:30"), Tube(150, at="09:30")]
    assert itp("rituximab", baseline=10, counts={60: tubes, 67: 150}).best_response == "NE"
    assert itp("rituximab", baseline=10, counts={60: [tubes[0], tubes[2]], 67: 150}).best_response == "CR"

"""Several counts on one day, and what happens on the day of a count (DEF-ITP-14)."""

from tests.spec.builder import CLEAN, aiha, bleed, itp, rescue


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
    for happened in (bleed(7), rescue(7, "low_count")):
        assert itp(baseline=10, counts={7: 150}, happened=[happened]).reason == "unconfirmed"


def test_two_bleeds_of_one_day_are_one_assessment() -> None:
    """They do not confirm each other."""
    assert itp(baseline=10, happened=[bleed(7), bleed(7)]).reason == "unconfirmed"


def test_a_failing_event_outweighs_an_unclear_one_of_the_same_day() -> None:
    """A rescue without a reason and one for a low count: a loss."""
    both = [rescue(30, "unknown"), rescue(30, "low_count")]
    for happened in (both, both[::-1]):
        call = itp(baseline=10, counts={7: 60, 14: 60}, happened=happened)
        assert (call.relapsed, call.censored_by) == (30, "")

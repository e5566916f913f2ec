"""As of a day: what came after it is not known."""

from tests.spec.builder import another, bleed, dose, itp, rescue

COUNTS = {0: 10, 7: 60, 14: 60, 30: 20, 31: 20}


def test_counts_after_the_cut_are_not_known_and_that_of_the_day_is() -> None:
    """The same course judged on days 13, 14, 30 and 31."""
    calls = [itp(counts=COUNTS, known_until=day) for day in (13, 14, 30, 31)]
    assert [call.best_response for call in calls] == ["NE", "R", "R", "R"]
    assert [call.relapsed for call in calls] == [None, None, None, 30]
    assert "unconfirmed_loss" in calls[2].flags


def test_courses_happenings_and_death_after_the_cut_are_not_known() -> None:
    """Each on its day and the day before."""
    held = {0: 10, 7: 60, 14: 60}
    for facts, by in (
        ({"others": [another(40, "toxicity")]}, "next_course"),
        ({"happened": [rescue(40)]}, "rescue"),
        ({"died": 40}, "death"),
    ):
        assert itp(counts=held, known_until=39, **facts).censored_by == "last_count"
        assert itp(counts=held, known_until=40, **facts).censored_by == by
    assert itp(counts=held, happened=[bleed(40)], known_until=39).relapsed is None


def test_a_dose_begun_after_the_cut_is_not_known() -> None:
    """The escalation of day 70."""
    doses = [dose(0, 20, 60), dose(21, 65, 8), dose(66, 90, 20)]
    counts = {0: 10, 7: 60, 14: 60, 65: 60}
    assert itp(counts=counts, doses=doses, known_until=65).best_response == "R"
    assert itp(counts=counts, doses=doses, known_until=66).reason == "corticosteroid_dependent"

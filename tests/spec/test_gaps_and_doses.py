"""What a reader must know beside the level: gaps, deaths, doses, shared starts (DEF-ITP-25, -28, -29)."""

import pytest

from tests.spec.builder import aiha, another, dose, itp, itp_courses

HELD = {7: 60, 14: 60}


@pytest.mark.parametrize(("gap", "flagged"), [(365, False), (366, True)])
def test_more_than_a_year_between_two_assessments_is_flagged(gap: int, flagged: bool) -> None:
    """In a response and without one, of platelets and of hemoglobin."""
    assert ("long_gap" in itp(baseline=10, counts={**HELD, 14 + gap: 60}).flags) == flagged
    assert ("long_gap" in aiha(baseline=60, counts={14: 100, 21: 100, 21 + gap: 100}).flags) == flagged


def test_a_gap_after_the_loss_is_not() -> None:
    """What is followed ends there."""
    assert "long_gap" not in itp(baseline=10, counts={**HELD, 30: 20, 31: 20, 500: 60}).flags


@pytest.mark.parametrize(("died", "status"), [(194, "death"), (195, "censored")])
def test_a_death_ends_a_duration_only_if_the_last_responding_count_is_recent(died: int, status: str) -> None:
    """At most 180 days older; else the response is censored at that count."""
    call = itp(baseline=10, counts=HELD, died=died)
    assert (call.status, call.duration) == (status, died - 7 if status == "death" else 7)
    assert call.censored_by == ("death" if status == "death" else "last_count")
    assert ("DEF-ITP-29" in call.readings) == (status == "censored")


@pytest.mark.parametrize(("last", "flagged"), [(59, False), (60, True)])
def test_a_corticosteroid_of_unknown_dose_from_day_60_on_is_flagged(last: int, flagged: bool) -> None:
    """Its last day is inclusive."""
    call = itp(baseline=10, counts=HELD, doses=[dose(0, last, None)])
    assert ("steroid_dose_unknown" in call.flags, "DEF-ITP-25" in call.readings) == (flagged, flagged)


def test_an_unknown_dose_without_an_end_lasts_to_the_last_assessment() -> None:
    """Or to the next step of the agent."""
    assert (
        "steroid_dose_unknown" in itp(baseline=10, counts={**HELD, 60: 60}, doses=[dose(0, None, None)]).flags
    )
    steps = [dose(0, None, None), dose(30, None, 5)]
    assert "steroid_dose_unknown" not in itp(baseline=10, counts={**HELD, 60: 60}, doses=steps).flags


@pytest.mark.parametrize(
    ("mg", "last", "flagged"), [(5, 400, False), (5.1, 400, True), (10, 185, False), (10, 186, True)]
)
def test_more_than_5_mg_held_for_180_days_in_response_is_flagged(mg: float, last: int, flagged: bool) -> None:
    """From the onset on day 7; day 186 is the 180th day."""
    call = itp(baseline=10, counts={**HELD, 300: 60}, doses=[dose(0, last, mg)])
    assert ("prolonged_corticosteroid" in call.flags) == flagged


def test_equal_steps_that_follow_one_another_are_one() -> None:
    """A prescription renewed is a dose held."""
    renewed = [dose(0, 90, 10), dose(91, 200, 10)]
    assert "prolonged_corticosteroid" in itp(baseline=10, counts={**HELD, 300: 60}, doses=renewed).flags
    paused = [dose(0, 90, 10), dose(92, 200, 10)]
    assert "prolonged_corticosteroid" not in itp(baseline=10, counts={**HELD, 300: 60}, doses=paused).flags


@pytest.mark.parametrize(("second", "answer"), [(365, "NR"), (366, "R")])
def test_further_corticosteroid_courses_count_within_a_year(second: int, answer: str) -> None:
    """The second of them (DEF-ITP-12)."""
    others = [another(200, "relapse", "prednisolone"), another(second, "relapse", "dexamethasone")]
    counts = {0: 10, **HELD, 19: 20, 20: 20}
    call = itp(counts=counts, others=others, doses=[dose(0, 19, 40)])
    assert call.best_response == answer


def test_further_corticosteroid_courses_count_before_an_active_course_of_another_class() -> None:
    """What was given after rituximab says nothing of the first course; maintenance and notes are passed over."""
    counts = {0: 10, **HELD, 19: 20, 20: 20}

    def called(between: str, intent: str = "induction") -> str:
        others = [
            another(100, "relapse", "prednisolone"),
            another(150, "other", between, intent=intent),
            another(200, "relapse", "prednisolone"),
        ]
        return itp(counts=counts, others=others, doses=[dose(0, 19, 40)]).best_response

    assert called("rituximab") == "R"
    assert called("eltrombopag", "maintenance") == "NR"
    assert called("observation") == "NR"


def test_two_courses_of_one_episode_and_day_are_flagged_and_close_what_is_before_them_together() -> None:
    """With the reasons of both (DEF-ITP-28)."""
    others = [another(40, "toxicity", "dexamethasone"), another(40, "relapse", "rituximab")]
    calls = itp_courses(baseline=10, counts=HELD, others=others)
    assert [("shared_start" in call.flags) for call in calls] == [False, True, True]
    assert calls[0].relapsed == 40
    apart = [another(40, "toxicity", "dexamethasone"), another(40, "relapse", "rituximab", episode=2)]
    assert not any(
        "shared_start" in call.flags for call in itp_courses(baseline=10, counts=HELD, others=apart)
    )


@pytest.mark.parametrize(("mg", "flagged"), [(10, True), (9, False)])
def test_a_change_of_the_corticosteroid_leaves_the_same_dose_unchanged(mg: float, flagged: bool) -> None:
    """10 mg of prednisolone a day whichever it was (DEF-ITP-25)."""
    call = itp(
        "prednisolone",
        "methylprednisolone",
        baseline=10,
        counts=dict.fromkeys(range(10, 230, 20), 60),
        doses=[dose(0, 99, 10, "prednisolone"), dose(100, 230, mg, "methylprednisolone")],
    )
    assert ("prolonged_corticosteroid" in call.flags) == flagged

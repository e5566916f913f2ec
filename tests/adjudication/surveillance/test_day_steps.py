"""One value a day, and counts known only as a limit, as surveillance takes them (DEF-ITP-26, DEF-UNIT-03)."""

from datetime import date, datetime, time, timedelta

import pytest

from adjudication.day_values import CITRATE, EDTA, HEPARIN
from adjudication.surveillance.bleeds import Bled, bleeding_of, present
from adjudication.surveillance.counts import UNBOUNDED, Count
from adjudication.surveillance.follow_up import Done
from adjudication.surveillance.judge import Judged, judge
from adjudication.surveillance.ladder import load
from adjudication.surveillance.protocol import Bleeding, Outcome
from tests.adjudication.surveillance.one_patient import InTube, answer, facts_of, steps

E6 = 1_000_000
PROTOCOL = load()
TODAY = date(2026, 3, 31)
INFUSED = (date(2025, 6, 1), date(2025, 6, 5))


def ago(days: int) -> date:
    return TODAY - timedelta(days)


def tube(count: int, kind: int = EDTA, on: date = TODAY, hour: int | None = None) -> InTube:
    at = None if hour is None else datetime.combine(on, time(hour))
    return InTube(on, count * E6, at, tube=kind)


def below(limit: int, on: date = TODAY) -> Count:
    return Count(on, 0, more_e6=limit * E6 - 1)


def above(limit: int, on: date = TODAY) -> Count:
    return Count(on, limit * E6 + 1, more_e6=UNBOUNDED)


def judged(*counts: Count, done: tuple[Done, ...] = ()) -> Judged:
    facts = facts_of([INFUSED], counts, done=done)
    return judge(PROTOCOL, facts, TODAY, datetime.combine(TODAY, time(13)))


def rule(*counts: Count, done: tuple[Done, ...] = ()) -> str:
    return PROTOCOL.rules[judged(*counts, done=done).rule[0]].id


def advice(*counts: Count) -> str:
    return PROTOCOL.advice_rules[judged(*counts).advice[0]].advice


# Lines 152-155: "Pseudothrombocytopenia (platelet aggregates) has to be excluded by checking the platelets on EDTA,
# heparin, or citrate anticoagulated blood. A peripheral blood smear must exclude platelet clumping or aggregation."


@pytest.mark.parametrize(
    ("results", "holds", "asked"),
    [
        ([tube(17), tube(180, HEPARIN)], 180, "tubes-disagree"),
        ([tube(90), tube(180, HEPARIN)], 180, "tubes-disagree"),
        ([tube(91), tube(180, HEPARIN)], 91, "50-to-100"),
        ([tube(17), tube(170, CITRATE)], 170, "tubes-disagree"),
        ([tube(60, CITRATE), tube(175, HEPARIN)], 175, "tubes-disagree"),
        ([tube(17), tube(60, CITRATE), tube(175, HEPARIN)], 175, "tubes-disagree"),
        ([tube(17), tube(150, CITRATE), tube(175, HEPARIN)], 150, "tubes-disagree"),
        ([tube(17), tube(34, CITRATE), tube(40, HEPARIN)], 34, "30-to-50"),
        ([tube(20, HEPARIN), tube(180)], 20, "below-30"),
    ],
)
def test_a_tube_with_twice_as_much_holds_and_asks_for_a_smear(
    results: list[InTube], holds: int, asked: str
) -> None:
    """Both sides of twice; heparin over citrate; of several that hold the lowest; EDTA never holds over another."""
    (day,) = steps(results)
    assert day.e6 == holds * E6
    assert rule(*results) == asked
    assert judged(*results).discordant[0] == (holds not in (91, 20))


@pytest.mark.parametrize(("days", "asked"), [(92, "at-least-150"), (93, "tubes-disagree")])
def test_a_smear_is_asked_once_in_92_days_and_then_the_value_that_holds_decides_alone(
    days: int, asked: str
) -> None:
    twice = [tube(17), tube(180, HEPARIN), tube(17, on=ago(days)), tube(180, HEPARIN, ago(days))]
    assert rule(*twice) == asked
    assert judged(*twice).discordant[0]


def test_a_smear_is_due_within_72_hours_of_the_day_on_which_the_tubes_disagree() -> None:
    found = judged(tube(17, on=ago(3)), tube(180, HEPARIN, ago(3)))
    assert (found.due_on[0].item(), found.overdue_days[0], found.within_hours[0]) == (TODAY, 0, 72)


@pytest.mark.parametrize(
    ("outcome", "days", "asked"),
    [
        (Outcome.REFERRED, 0, "at-least-150"),
        (Outcome.SENT_TO_EMERGENCY, 0, "at-least-150"),
        (Outcome.REFERRED, 1, "tubes-disagree"),
        (Outcome.CONTACTED, 0, "tubes-disagree"),
    ],
)
def test_a_referral_of_that_day_answers_tubes_that_disagree_and_an_earlier_one_does_not(
    outcome: Outcome, days: int, asked: str
) -> None:
    counts = [tube(240, on=ago(30)), tube(17), tube(180, HEPARIN)]
    assert rule(*counts, done=(Done(outcome, ago(days)),)) == asked


@pytest.mark.parametrize(
    ("results", "starts", "holds"),
    [
        ([tube(200, hour=9), tube(90, hour=10), tube(150, hour=14)], [], 90),
        ([tube(18, hour=8), tube(210, hour=12)], [], 210),
        ([tube(18, hour=8), tube(210, hour=12)], [TODAY], 18),
        ([tube(18, hour=8), tube(210, hour=12)], [ago(1)], 210),
        ([tube(18, hour=8), tube(210)], [], 18),
        ([tube(30, hour=8), tube(60, hour=12)], [], 30),
        ([tube(30, hour=8), tube(61, hour=12)], [], 61),
        ([tube(60, hour=8), tube(180, hour=9), tube(120, hour=9)], [], 120),
        ([tube(60, hour=8), tube(120, hour=9), tube(180, hour=9)], [], 120),
        ([tube(17, hour=12), tube(180, HEPARIN, hour=8)], [TODAY], 180),
    ],
)
def test_a_recheck_sets_aside_what_lies_before_it_unless_a_course_starts_that_day(
    results: list[InTube], starts: list[date], holds: int
) -> None:
    assert [one.e6 for one in steps(results, starts)] == [holds * E6]
    assert [one.e6 for one in steps(results[::-1], starts)] == [holds * E6]


def test_the_count_before_is_that_of_an_earlier_day_whatever_was_rechecked() -> None:
    found = judged(tube(220, on=ago(30)), tube(200, hour=9), tube(90, hour=10))
    assert (found.last[0], found.before[0]) == (1, 0)
    assert rule(tube(220, on=ago(30)), tube(200, hour=9), tube(90, hour=10)) == "50-to-100"


# A limit takes the graver band for action and advice; a fall only where both ends say so.


@pytest.mark.parametrize(
    ("count", "asked", "advised"),
    [
        (below(50), "below-30", "treat"),
        (below(5), "below-30", "treat"),
        (above(5), "below-30", "treat"),
        (above(10), "below-30", "consider"),
        (above(29), "below-30", "consider"),
        (above(30), "30-to-50", "observe"),
        (above(100), "100-to-150", "observe"),
        (above(1500), "at-least-150", "observe"),
    ],
)
def test_a_limit_takes_the_graver_band_for_action_and_advice(count: Count, asked: str, advised: str) -> None:
    assert (rule(count), advice(count)) == (asked, advised)


@pytest.mark.parametrize(
    ("before", "last", "steep"),
    [
        (above(1500, ago(30)), tube(700), True),
        (above(400, ago(30)), tube(200), True),
        (above(400, ago(30)), tube(201), False),
        (above(399, ago(30)), tube(200), False),
        (tube(400, on=ago(30)), above(150), False),
        (tube(400, on=ago(30)), below(200), True),
        (tube(400, on=ago(30)), below(201), False),
        (below(1500, ago(30)), tube(110), False),
    ],
)
def test_a_fall_from_or_to_a_limit_is_steep_only_where_both_ends_say_so(
    before: Count, last: Count, steep: bool
) -> None:
    assert bool(judged(before, last).measured_from[0] == 0) is steep


@pytest.mark.parametrize(
    ("before", "asked"), [(above(100, ago(3)), "100-to-150"), (tube(101, on=ago(3)), "at-least-150")]
)
def test_a_limit_before_calms_a_count_from_100_to_150_only_where_both_ends_lie_there(
    before: Count, asked: str
) -> None:
    assert rule(before, tube(120)) == asked


def test_a_limit_is_answered_and_asks_anew_by_its_graver_end() -> None:
    contacted = [Done(Outcome.CONTACTED, ago(3))]
    low = [tube(75, on=ago(9)), tube(75, on=ago(6))]
    assert answer(PROTOCOL, [*low, below(50, ago(4))], contacted) is None
    for later, anew in ((above(50), None), (above(49), 2), (below(80), 2)):
        found = answer(PROTOCOL, [*low, later], contacted)
        assert found is not None
        assert found.anew == anew


# Line 121: "In case of such a sign, the CBC must be obtained immediately."


@pytest.mark.parametrize(
    ("days_ago", "ended", "counts", "there", "asked"),
    [
        (27, None, [], True, False),
        (28, None, [], False, True),
        (27, None, [(0, 250)], True, False),
        (27, 20, [], True, False),
        (28, 20, [], False, False),
        (5, 4, [(4, 250)], False, False),
        (5, 4, [(4, 100)], True, False),
        (5, 4, [(4, 101)], False, False),
        (5, 4, [(1, 100)], True, False),
        (5, 4, [(0, 100)], False, False),
        (5, 4, [(3, 90), (0, 90)], False, False),
        (60, 4, [(3, 90)], True, False),
    ],
)
def test_a_mild_bleed_is_present_until_its_day_28_or_the_count_after_its_end(
    days_ago: int, ended: int | None, counts: list[tuple[int, int]], there: bool, asked: bool
) -> None:
    bled = Bled(ago(days_ago), None if ended is None else ago(ended), Bleeding.MILD)
    taken = [Count(ago(day), count * E6) for day, count in counts]
    found = present(PROTOCOL, [bled], taken, [], INFUSED[0], TODAY)
    assert (found.bleeding is Bleeding.MILD, found.asked_since is not None) == (there, asked)


@pytest.mark.parametrize(
    ("scale", "grade", "urgent"),
    [("WHO", 2, False), ("WHO", 3, True), ("ITP_BAT", 1, False), ("ITP_BAT", 2, True), ("CTCAE", 2, True)],
)
def test_an_active_bleed_without_an_end_stays_urgent_until_somebody_answers(
    scale: str, grade: int, urgent: bool
) -> None:
    bled = Bled(ago(400), None, bleeding_of(PROTOCOL, scale, grade))
    found = present(PROTOCOL, [bled], [], [], date(2024, 1, 1), TODAY)
    assert (found.bleeding is Bleeding.ACTIVE, found.asked_since) == (urgent, ago(400))
    answered = present(PROTOCOL, [bled], [], [(TODAY, 0)], date(2024, 1, 1), TODAY)
    assert (answered.bleeding, answered.asked_since, answered.uncounted_on) == (Bleeding.NONE, None, TODAY)

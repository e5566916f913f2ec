"""What outcomes do to a finding, from both sides of every day (READ-SURV-15, READ-SURV-16)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from importlib.resources import files

import numpy as np
import pytest

from adjudication.response.terms import MICRO
from adjudication.surveillance.counts import Count
from adjudication.surveillance.follow_up import Done, follow_up
from adjudication.surveillance.follow_up import escalated as are_escalated
from adjudication.surveillance.ladder import load
from adjudication.surveillance.protocol import Outcome
from adjudication.surveillance.protocol_file import parse
from tests.adjudication.surveillance.one_patient import answer

FOUND = date(2026, 3, 10)
ACT_BY = datetime(2026, 3, 13, 8)
KEEP = [Outcome.CONTACTED, Outcome.NO_ANSWER, Outcome.RECHECK_ARRANGED]
SETTLE = [Outcome.REFERRED, Outcome.SENT_TO_EMERGENCY]
REMOVE = [Outcome.DECLINED, Outcome.MOVED, Outcome.DIED, Outcome.TRANSFERRED]


@dataclass(frozen=True)
class FollowUp:
    """How a patient stands: `last` is what was done last, None if nothing was."""

    last: Done | None
    removed: bool
    escalated: bool


def done(outcome: Outcome, days: int, said_in: int = 0, elsewhere: bool = False) -> Done:
    """An outcome so many days after the finding."""
    return Done(outcome, FOUND + timedelta(days), said_in, elsewhere)


def seen(
    *outcomes: Done,
    days: int = 5,
    hours: int = 0,
    found_on: date | None = FOUND,
    act_by: datetime | None = ACT_BY,
    found_in: int = 0,
    infused_on: date | None = None,
) -> FollowUp:
    """The standing so many days, and hours of the day, after the finding."""
    now = datetime.combine(FOUND + timedelta(days), time(hours))
    found = follow_up(
        load(),
        outcomes,
        as_of=now.date(),
        found_on=found_on,
        found_in=found_in,
        infused_on=infused_on,
    )
    missed = are_escalated(np.array([act_by], dtype="M8[us]"), np.array([found.removed]), now)
    last = None if found.last is None else outcomes[found.last]
    return FollowUp(last, found.removed, bool(missed[0]))


def test_every_outcome_has_one_meaning() -> None:
    words = load().outcomes
    assert sorted([*words.keep, *words.settle, *words.remove]) == sorted(Outcome)
    assert words.remove == set(REMOVE)
    assert words.settle == set(SETTLE)


@pytest.mark.parametrize(("hours", "escalated"), [(7, False), (8, True), (9, True)])
def test_a_deadline_is_missed_to_the_hour(hours: int, escalated: bool) -> None:
    assert seen(days=3, hours=hours) == FollowUp(None, removed=False, escalated=escalated)


def test_without_a_deadline_nothing_escalates() -> None:
    assert not seen(days=900, act_by=None).escalated


@pytest.mark.parametrize("outcome", KEEP)
def test_an_attempt_is_told_and_settles_nothing(outcome: Outcome) -> None:
    found = seen(done(outcome, 1))
    assert found == FollowUp(done(outcome, 1), removed=False, escalated=True)


def taken(*counts: int, stored_in: int = 0) -> list[Count]:
    """A count a day in 10*9/L, the last on the day of the finding."""
    return [
        Count(FOUND - timedelta(len(counts) - 1 - place), count * MICRO, stored_in=stored_in)
        for place, count in enumerate(counts)
    ]


def is_answered(counts: list[Count], *outcomes: Done) -> bool:
    answered = answer(load(), counts, outcomes)
    return answered is not None and answered.holds


@pytest.mark.parametrize("outcome", SETTLE)
@pytest.mark.parametrize(("days", "settled"), [(-1, False), (0, True), (2, True)])
def test_a_referral_answers_the_finding_from_its_day_on(outcome: Outcome, days: int, settled: bool) -> None:
    assert is_answered(taken(40), done(outcome, days)) is settled


@pytest.mark.parametrize(
    ("counts", "answered"),
    [
        ([75, 75], True),
        ([100, 100], True),
        ([101, 75], False),
        ([75], False),
        ([75, 30], True),
        ([28, 29], False),
        ([400, 200, 195], True),
        ([400, 200], False),
        ([400, 200, 201], False),
    ],
)
def test_contacted_answers_only_a_confirmed_finding_from_30_on(counts: list[int], answered: bool) -> None:
    assert is_answered(taken(*counts), done(Outcome.CONTACTED, 0)) is answered
    assert is_answered(taken(*counts), done(Outcome.REFERRED, 0))
    assert not is_answered(taken(*counts), done(Outcome.NO_ANSWER, 0), done(Outcome.RECHECK_ARRANGED, 0))


@pytest.mark.parametrize(
    ("later", "answered"),
    [
        ([75], True),
        ([51], True),
        ([50], False),
        ([29], False),
        ([99], True),
        ([101, 75], False),
        ([100, 75], True),
        ([140], True),
        ([45, 60], False),
        ([29, 75], False),
    ],
)
def test_a_later_count_asks_anew_if_it_is_graver_or_a_normal_one_lay_between(
    later: list[int], answered: bool
) -> None:
    counts = taken(75, 75, *later)
    act = Done(Outcome.CONTACTED, counts[1].on)
    assert is_answered(counts, act) is answered


@pytest.mark.parametrize(("later", "answered"), [(81, True), (80, False)])
def test_half_of_the_answered_count_or_less_asks_anew(later: int, answered: bool) -> None:
    wide = replace(load(), rules=tuple(rule for rule in load().rules if rule.id != "100-to-150"))
    counts = taken(160, later)
    only_high = replace(wide, rules=tuple(rule for rule in wide.rules if rule.id != "50-to-100"))
    found = answer(only_high, counts, [Done(Outcome.REFERRED, counts[0].on)])
    assert found is not None
    assert found.holds is answered


def test_the_bands_of_a_site_that_asks_them_only_without_bleeding_are_bands_too() -> None:
    text = (files("adjudication.published") / "alemtuzumab-belgian-2018.toml").read_text("utf-8")
    text = text.replace('contact_once_confirmed = ["30-to-50", "50-to-100"]', "contact_once_confirmed = []")
    for limit in (50, 100):
        text = text.replace(
            f"when = {{ at_most = {limit} }}", f'when = {{ at_most = {limit}, bleeding = "none" }}'
        )
    own = parse("own", text)
    assert own.bands_e6 == load().bands_e6
    taken = [Count(FOUND + timedelta(days), e6 * MICRO) for days, e6 in ((0, 80), (3, 75), (30, 45))]
    found = answer(own, taken, [done(Outcome.CONTACTED, 4)])
    assert found is not None
    assert found.anew == 2


def test_a_steep_fall_above_100_between_is_no_normal_count() -> None:
    counts = taken(75, 75, 300, 140, 75)
    assert not is_answered(counts, Done(Outcome.REFERRED, counts[1].on))
    fallen = taken(300, 140, 130)
    assert is_answered(fallen, Done(Outcome.REFERRED, fallen[1].on))


def test_a_later_answer_answers_what_asked_anew() -> None:
    counts = taken(75, 75, 45, 60)
    first, second = Done(Outcome.CONTACTED, counts[1].on), Done(Outcome.CONTACTED, counts[2].on)
    assert not is_answered(counts, first)
    assert is_answered(counts, first, second)


@pytest.mark.parametrize(("stored_in", "answered"), [(6, True), (7, True), (8, False)])
def test_a_referral_answers_only_what_was_stored_by_then(stored_in: int, answered: bool) -> None:
    assert is_answered(taken(40, stored_in=stored_in), done(Outcome.REFERRED, 0, said_in=7)) is answered


@pytest.mark.parametrize("outcome", REMOVE)
@pytest.mark.parametrize(("days", "removed"), [(-1, False), (0, True), (3, True)])
def test_a_removal_lasts_until_a_later_finding(outcome: Outcome, days: int, removed: bool) -> None:
    found = seen(done(outcome, days))
    assert (found.removed, found.escalated) == (removed, not removed)


def test_who_was_never_counted_can_be_taken_off_too() -> None:
    assert seen(done(Outcome.MOVED, -100), found_on=None, act_by=None).removed


@pytest.mark.parametrize("outcome", REMOVE)
@pytest.mark.parametrize("days", [0, 3])
@pytest.mark.parametrize(("found_in", "dealt_with"), [(6, True), (7, True), (8, False)])
def test_an_act_deals_only_with_what_was_stored_by_then(
    outcome: Outcome, days: int, found_in: int, dealt_with: bool
) -> None:
    found = seen(done(outcome, days, said_in=7), found_in=found_in)
    assert (found.removed, found.escalated) == (dealt_with, not dealt_with)


@pytest.mark.parametrize("outcome", REMOVE)
@pytest.mark.parametrize(("days", "removed"), [(-1, True), (0, True), (1, False)])
def test_a_new_course_ends_a_removal_before_it(outcome: Outcome, days: int, removed: bool) -> None:
    found = seen(done(outcome, 0), infused_on=FOUND + timedelta(days))
    assert found.removed is removed


def test_who_came_to_another_hospital_is_on_the_list_unless_he_declined_or_died() -> None:
    removed = {one for one in REMOVE if seen(done(one, 0, elsewhere=True)).removed}
    assert removed == {Outcome.DECLINED, Outcome.DIED}


def test_the_latest_removal_counts_and_later_attempts_do_not_undo_it() -> None:
    found = seen(done(Outcome.MOVED, -5), done(Outcome.DECLINED, 1), done(Outcome.CONTACTED, 2))
    assert found.removed
    assert found.last == done(Outcome.CONTACTED, 2)


def test_what_is_done_later_than_the_day_asked_is_as_if_unknown() -> None:
    assert seen(done(Outcome.REFERRED, 6), days=5) == FollowUp(None, removed=False, escalated=True)


def test_of_two_outcomes_of_one_day_the_one_recorded_later_is_the_last() -> None:
    assert seen(done(Outcome.NO_ANSWER, 1), done(Outcome.CONTACTED, 1)).last == done(Outcome.CONTACTED, 1)


def test_a_protocol_that_leaves_an_outcome_out_or_names_it_twice_is_refused() -> None:
    text = (files("adjudication.published") / "alemtuzumab-belgian-2018.toml").read_text("utf-8")
    for wrong in (text.replace('"no_answer", ', ""), text.replace("keep = [", 'keep = ["moved", ')):
        with pytest.raises(ValueError, match="must stand once"):
            parse("wrong", wrong)

"""What outcomes do to a finding, from both sides of every day (READ-SURV-15, READ-SURV-16)."""

from datetime import date, datetime, time, timedelta

import pytest

from adjudication.followup import Done, FollowUp, follow_up
from adjudication.programme import Outcome
from adjudication.programme_file import parse
from adjudication.surveillance import load

FOUND = date(2026, 3, 10)
ACT_BY = datetime(2026, 3, 13, 8)
KEEP = [Outcome.CONTACTED, Outcome.NO_ANSWER, Outcome.RECHECK_ARRANGED]
SETTLE = [Outcome.REFERRED, Outcome.SENT_TO_EMERGENCY]
REMOVE = [Outcome.DECLINED, Outcome.MOVED, Outcome.DIED, Outcome.TRANSFERRED]


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
    return follow_up(
        load(),
        outcomes,
        found_on=found_on,
        act_by=act_by,
        now=datetime.combine(FOUND + timedelta(days), time(hours)),
        found_in=found_in,
        infused_on=infused_on,
    )


def test_every_outcome_has_one_meaning() -> None:
    words = load().outcomes
    assert sorted([*words.keep, *words.settle, *words.remove]) == sorted(Outcome)
    assert words.remove == set(REMOVE)
    assert words.settle == set(SETTLE)


@pytest.mark.parametrize(("hours", "escalated"), [(7, False), (8, True), (9, True)])
def test_a_deadline_is_missed_to_the_hour(hours: int, escalated: bool) -> None:
    assert seen(days=3, hours=hours) == FollowUp(None, removed=False, settled=False, escalated=escalated)


def test_without_a_deadline_nothing_escalates() -> None:
    assert not seen(days=900, act_by=None).escalated


@pytest.mark.parametrize("outcome", KEEP)
def test_an_attempt_is_told_and_settles_nothing(outcome: Outcome) -> None:
    found = seen(done(outcome, 1))
    assert found == FollowUp(done(outcome, 1), removed=False, settled=False, escalated=True)


@pytest.mark.parametrize("outcome", SETTLE)
@pytest.mark.parametrize(("days", "settled"), [(-1, False), (0, True), (2, True)])
def test_a_referral_settles_the_finding_from_its_day_on(outcome: Outcome, days: int, settled: bool) -> None:
    found = seen(done(outcome, days))
    assert (found.settled, found.escalated) == (settled, not settled)


@pytest.mark.parametrize("outcome", REMOVE)
@pytest.mark.parametrize(("days", "removed"), [(-1, False), (0, True), (3, True)])
def test_a_removal_lasts_until_a_later_finding(outcome: Outcome, days: int, removed: bool) -> None:
    found = seen(done(outcome, days))
    assert (found.removed, found.escalated) == (removed, not removed)


def test_who_was_never_counted_can_be_taken_off_too() -> None:
    assert seen(done(Outcome.MOVED, -100), found_on=None, act_by=None).removed


@pytest.mark.parametrize("outcome", [*SETTLE, *REMOVE])
@pytest.mark.parametrize("days", [0, 3])
@pytest.mark.parametrize(("found_in", "dealt_with"), [(6, True), (7, True), (8, False)])
def test_an_act_deals_only_with_what_was_stored_by_then(
    outcome: Outcome, days: int, found_in: int, dealt_with: bool
) -> None:
    found = seen(done(outcome, days, said_in=7), found_in=found_in)
    assert (found.settled or found.removed, found.escalated) == (dealt_with, not dealt_with)


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
    assert seen(done(Outcome.REFERRED, 6), days=5) == FollowUp(
        None, removed=False, settled=False, escalated=True
    )


def test_of_two_outcomes_of_one_day_the_one_recorded_later_is_the_last() -> None:
    assert seen(done(Outcome.NO_ANSWER, 1), done(Outcome.CONTACTED, 1)).last == done(Outcome.CONTACTED, 1)


def test_a_programme_that_leaves_an_outcome_out_or_names_it_twice_is_refused() -> None:
    from importlib.resources import files

    text = (files("adjudication.published") / "alemtuzumab-belgian-2018.toml").read_text("utf-8")
    for wrong in (text.replace('"no_answer", ', ""), text.replace("keep = [", 'keep = ["moved", ')):
        with pytest.raises(ValueError, match="must stand once"):
            parse("wrong", wrong)

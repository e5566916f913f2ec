"""The human workflow: every transition, every refusal, every way of voting."""

import random
from collections import Counter
from datetime import date, timedelta
from itertools import combinations, pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudication import review
from adjudication.review import (
    BY_PROGRAM,
    CLOSED,
    INDEPENDENT,
    LEVELS,
    RESPONSES,
    TRANSITIONS,
    Act,
    Refusal,
    Standing,
    State,
    Verdict,
    after,
    agree,
    blind,
    decided,
    diagram,
    refusal,
    verdict_problems,
)
from adjudication.review_rules import published_rules
from adjudication.terms import Disease, Level
from tests.house.tree import read

RULES = published_rules()
DAY = date(2026, 1, 1)
FLAGS = [name for name in Standing.__dataclass_fields__ if name != "program"]
EVERYONE = [
    Standing(**dict(zip(FLAGS, given_flags, strict=True)))
    for given_flags in product((False, True), repeat=len(FLAGS))
]
READER = Standing(reviews=True, holds=True)

# What the workflow is, written out a second time.
ALLOWED = {
    State.PROPOSED: {Act.CLAIM, Act.SAVE, Act.RELEASE, Act.COMMIT},
    State.ONE_READ: {Act.CLAIM, Act.SAVE, Act.RELEASE, Act.COMMIT},
    State.TWO_READ: {Act.COMPARE},
    State.AGREED: {Act.REOPEN},
    State.DISPUTED: {Act.CLAIM, Act.SAVE, Act.RELEASE, Act.RESOLVE, Act.CONVENE, Act.VOTE, Act.COUNT},
    State.RESOLVED: {Act.REOPEN},
    State.STALE: set(),
}
LEADS = {
    (State.PROPOSED, State.ONE_READ),
    (State.ONE_READ, State.TWO_READ),
    (State.TWO_READ, State.AGREED),
    (State.TWO_READ, State.DISPUTED),
    (State.DISPUTED, State.RESOLVED),
    (State.AGREED, State.STALE),
    (State.RESOLVED, State.STALE),
}


def test_the_table_has_the_transitions_of_the_workflow_and_no_other() -> None:
    assert {state: {act for one, act in TRANSITIONS if one is state} for state in State} == ALLOWED
    leads = {(state, to) for (state, _), reached in TRANSITIONS.items() for to in reached if to is not state}
    assert leads == LEADS


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", Act)
def test_every_state_and_act_for_everyone_who_could_stand_before_it(state: State, act: Act) -> None:
    for by in EVERYONE:
        why = refusal(state, act, by)
        if why is not None:
            continue
        assert act in ALLOWED[state]
        assert act not in BY_PROGRAM
        assert by.reviews
        assert not by.author
        assert not by.has_read or (by.member and act in (Act.VOTE, Act.COUNT))
        if act in (Act.SAVE, Act.RELEASE, Act.COMMIT, Act.RESOLVE):
            assert by.holds
        if act in (Act.VOTE, Act.COUNT):
            assert by.sits
            assert by.member
    program = Standing(program=True)
    assert (refusal(state, act, program) is None) == (act in BY_PROGRAM and act in ALLOWED[state])


def test_what_a_person_without_the_right_is_told_does_not_depend_on_the_case() -> None:
    asked = [act for act in Act if act not in BY_PROGRAM]
    for without, why in (
        (Standing(), Refusal.NOT_PERMITTED),
        (Standing(reviews=True, author=True, holds=True), Refusal.AUTHOR),
        (Standing(reviews=True, has_read=True), Refusal.ALREADY_READ),
    ):
        assert {refusal(state, act, without) for state in State for act in asked} == {why}


def test_a_reader_may_claim_save_release_and_commit_while_the_phase_is_independent() -> None:
    for state in INDEPENDENT:
        assert refusal(state, Act.CLAIM, Standing(reviews=True)) is None
        assert refusal(state, Act.CLAIM, Standing(reviews=True, place_left=False)) is Refusal.HELD
        for act in (Act.SAVE, Act.RELEASE, Act.COMMIT):
            assert refusal(state, act, READER) is None
            assert refusal(state, act, Standing(reviews=True)) is Refusal.NOT_CLAIMED


def test_a_dispute_has_one_third_reader_and_a_committee_only_when_convened() -> None:
    disputed = State.DISPUTED
    assert refusal(disputed, Act.RESOLVE, READER) is None
    assert refusal(disputed, Act.CLAIM, Standing(reviews=True, place_left=False)) is Refusal.HELD
    assert refusal(disputed, Act.CONVENE, READER) is None
    assert refusal(disputed, Act.CONVENE, Standing(reviews=True)) is Refusal.NOT_CHAIR
    assert refusal(disputed, Act.CONVENE, Standing(reviews=True, third=True)) is None
    assert (
        refusal(disputed, Act.CONVENE, Standing(reviews=True, third=True, sits=True))
        is Refusal.COMMITTEE_SITS
    )
    assert refusal(disputed, Act.RESOLVE, Standing(reviews=True, third=True)) is Refusal.ALREADY_READ
    assert refusal(disputed, Act.CLAIM, Standing(reviews=True, third_by_other=True)) is Refusal.NOT_YOURS
    member = Standing(reviews=True, sits=True, member=True)
    assert refusal(disputed, Act.VOTE, member) is None
    assert refusal(disputed, Act.COUNT, member) is Refusal.NO_QUORUM
    assert refusal(disputed, Act.VOTE, Standing(reviews=True, sits=True)) is Refusal.NOT_A_MEMBER
    assert refusal(disputed, Act.VOTE, Standing(reviews=True, member=True)) is Refusal.NO_COMMITTEE
    voted = Standing(reviews=True, has_read=True, sits=True, member=True, voted=True, quorum=True)
    assert refusal(disputed, Act.VOTE, voted) is Refusal.VOTED
    assert refusal(disputed, Act.COUNT, voted) is None


def test_every_refusal_can_be_met() -> None:
    met = {refusal(state, act, by) for state in State for act in Act for by in EVERYONE}
    assert met == {None, *Refusal}


def test_what_follows_a_transition_hangs_on_whether_the_votes_settled_it() -> None:
    assert after(State.PROPOSED, Act.COMMIT) is State.ONE_READ
    assert after(State.ONE_READ, Act.COMMIT) is State.TWO_READ
    assert after(State.TWO_READ, Act.COMPARE, settled=True) is State.AGREED
    assert after(State.TWO_READ, Act.COMPARE) is State.DISPUTED
    assert after(State.DISPUTED, Act.COUNT) is State.DISPUTED
    assert after(State.DISPUTED, Act.RESOLVE, settled=True) is State.RESOLVED
    with pytest.raises(KeyError):
        after(State.STALE, Act.COMMIT)


def test_ten_thousand_walks_keep_what_the_workflow_promises() -> None:
    """People of all kinds try everything in random order; whatever is not refused happens."""
    rng = random.Random(4)
    reached: Counter[State] = Counter()
    for _ in range(10_000):
        state, readers, third, holder = State.PROPOSED, list[str](), "", set[str]()
        sits, voted, seen = False, set[str](), [State.PROPOSED]
        authors = {"a"}
        for _ in range(36):
            who = rng.choice(["a", "b", "c", "d", "e", "nurse", "program"])
            act = rng.choice(list(Act) if rng.random() < 0.3 else sorted(ALLOWED[state]))
            by = Standing(
                reviews=who not in ("nurse", "program"),
                author=who in authors,
                holds=who in holder,
                has_read=who in readers,
                place_left=len((holder | set(readers)) - {who}) < 2
                if state in INDEPENDENT
                else not holder - {who},
                third=third == who,
                third_by_other=third not in ("", who),
                sits=sits,
                member=who in ("b", "c", "d", "e"),
                voted=who in voted,
                quorum=len(voted) >= 3,
                program=who == "program",
            )
            if refusal(state, act, by) is not None:
                continue
            settled = rng.random() < 0.5
            before, state = state, after(state, act, settled=settled)
            if act is Act.CLAIM:
                holder.add(who)
            if act in (Act.RELEASE, Act.COMMIT, Act.RESOLVE):
                holder.discard(who)
            if act is Act.COMMIT:
                readers.append(who)
            if act is Act.RESOLVE:
                third = who
            if act is Act.CONVENE:
                sits = True
            if act is Act.VOTE:
                voted.add(who)
            if act is Act.COUNT:
                voted.clear()
            if before is State.ONE_READ and state is State.TWO_READ:
                holder.clear()
            seen.append(state)
            if state is State.STALE:
                assert before in CLOSED
                break
            assert len(readers) == len(set(readers)) <= 2
            assert not {*readers, third, *voted} & {*authors, "nurse", "program"}
            assert third not in readers
            if state not in INDEPENDENT:
                assert len(readers) == 2
        reached.update(set(seen))
        assert all(pair in LEADS for pair in pairwise(seen) if pair[0] is not pair[1])
    assert set(reached) == set(State)


# The blind rule


def test_whoever_may_review_is_blind_until_a_decision_holds() -> None:
    someone = {"reviews": True, "author": False, "engaged": False}
    assert blind(**someone, states=())
    for state in State:
        assert blind(**someone, states=(state,)) == (state not in CLOSED)
    assert not blind(**someone, states=(State.STALE, State.AGREED))
    assert blind(**someone, states=(State.AGREED, State.PROPOSED))
    assert blind(**someone, states=(State.STALE, State.ONE_READ))


def test_an_author_is_not_blind_unless_engaged_from_before_and_others_never_are() -> None:
    for states in ((), (State.ONE_READ,), (State.DISPUTED,)):
        assert not blind(reviews=True, author=True, engaged=False, states=states)
        assert blind(reviews=True, author=True, engaged=True, states=states)
        assert not blind(reviews=False, author=False, engaged=False, states=states)


# Verdicts


def verdict(
    level: Level, onset: int | None = None, lost: int | None = None, relapsed: int | None = None
) -> Verdict:
    days = [None if day is None else DAY + timedelta(days=day) for day in (onset, lost, relapsed)]
    return Verdict(level, *days)


def test_verdicts_agree_on_level_and_on_dates_within_the_tolerance() -> None:
    week = RULES.tolerance_days
    assert agree(verdict(Level.CR, 10), verdict(Level.CR, 10 + week), RULES)
    assert not agree(verdict(Level.CR, 10), verdict(Level.CR, 11 + week), RULES)
    assert not agree(verdict(Level.CR, 10), verdict(Level.R, 10), RULES)
    assert not agree(verdict(Level.CR, 10, relapsed=90), verdict(Level.CR, 10), RULES)
    assert agree(verdict(Level.NR), verdict(Level.NR), RULES)


def test_of_two_that_agree_the_earlier_dates_stand() -> None:
    found = decided([verdict(Level.CR, 12, relapsed=90), verdict(Level.CR, 10, relapsed=95)], 2, RULES)
    assert found == verdict(Level.CR, 10, relapsed=90)


def test_every_triple_of_votes_has_a_majority_or_no_decision() -> None:
    choices = [
        verdict(Level.CR, 10),
        verdict(Level.R, 10),
        verdict(Level.NR),
        verdict(Level.NE),
        verdict(Level.CR, 99),
    ]
    for triple in product(choices, repeat=3):
        most, times = Counter(triple).most_common(1)[0]
        assert decided(triple, 3, RULES) == (most if times >= 2 else None)


@given(st.lists(st.sampled_from(["CR", "R", "NR", "NE"]), max_size=9), st.integers(0, 4))
def test_a_decision_needs_more_than_half_of_all_members(levels: list[str], absent: int) -> None:
    votes = [verdict(Level[level], 10 if level in ("CR", "R") else None) for level in levels]
    of = len(votes) + absent
    found = decided(votes, of, RULES)
    most = Counter(votes).most_common(1)
    if most and most[0][1] * 2 > of:
        assert found == most[0][0]
    else:
        assert found is None


@given(st.lists(st.integers(0, 40), min_size=1, max_size=7))
def test_a_decided_date_is_one_that_was_given_and_near_to_more_than_half(days: list[int]) -> None:
    votes = [verdict(Level.CR, day) for day in days]
    found = decided(votes, len(votes), RULES)
    if found is not None:
        assert found in votes
        assert sum(agree(found, vote, RULES) for vote in votes) * 2 > len(votes)
    else:
        sizes = [
            len(group)
            for size in range(1, len(votes) + 1)
            for group in combinations(votes, size)
            if all(agree(a, b, RULES) for a, b in combinations(group, 2))
        ]
        largest = [size for size in sizes if size == max(sizes)]
        assert max(sizes) * 2 <= len(votes) or len(largest) > 1


def test_two_groups_of_one_size_that_differ_decide_nothing() -> None:
    week = RULES.tolerance_days
    votes = [verdict(Level.CR, 0), verdict(Level.CR, week), verdict(Level.CR, 2 * week)]
    assert decided(votes, 3, RULES) is None


@pytest.mark.parametrize("disease", Disease)
@pytest.mark.parametrize("level", Level)
def test_a_verdict_has_the_levels_of_its_disease_and_dates_that_fit(disease: Disease, level: Level) -> None:
    said = verdict(level, 10 if level in RESPONSES else None)
    assert bool(verdict_problems(said, disease, DAY, DAY + timedelta(days=30))) == (
        level not in LEVELS[disease]
    )


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (verdict(Level.CR), "onset_on"),
        (verdict(Level.NR, 10), "onset_on"),
        (verdict(Level.NE, relapsed=10), "relapsed_on"),
        (verdict(Level.R, 10, lost=20), "lost_cr_on"),
        (verdict(Level.CR, -1), "onset_on"),
        (verdict(Level.CR, 31), "onset_on"),
        (verdict(Level.CR, 10, relapsed=9), "relapsed_on"),
        (verdict(Level.CR, 10, lost=9), "lost_cr_on"),
        (verdict(Level.CR, 10, lost=20, relapsed=15), "relapsed_on"),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field(said: Verdict, field: str) -> None:
    assert [name for name, _ in verdict_problems(said, Disease.ITP, DAY, DAY + timedelta(days=30))] == [field]


def test_two_thirds_of_a_committee_must_have_voted() -> None:
    assert [RULES.votes_needed(members) for members in (3, 4, 5, 6, 9)] == [2, 3, 4, 4, 6]


def test_the_diagram_in_the_readme_is_printed_from_the_table() -> None:
    assert f"```mermaid\n{diagram()}\n```" in read("README.md")


def test_every_state_stands_in_the_diagram() -> None:
    assert all(state.name in diagram() for state in State)
    assert review.TRANSITIONS

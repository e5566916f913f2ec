"""The human workflow: every transition, every refusal, every way of voting."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import combinations, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudication.response.terms import Disease, Level
from adjudication.review import workflow
from adjudication.review.rules import published_rules
from adjudication.review.workflow import (
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
    State.PROPOSED: {Act.CLAIM, Act.SAVE, Act.RELEASE, Act.COMMIT, Act.VOID},
    State.ONE_READ: {Act.CLAIM, Act.SAVE, Act.RELEASE, Act.COMMIT, Act.VOID},
    State.TWO_READ: {Act.COMPARE},
    State.AGREED: {Act.REOPEN},
    State.DISPUTED: {
        Act.CLAIM,
        Act.SAVE,
        Act.RELEASE,
        Act.RESOLVE,
        Act.CONVENE,
        Act.VOTE,
        Act.COUNT,
        Act.VOID,
    },
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
    (State.PROPOSED, State.STALE),
    (State.ONE_READ, State.STALE),
    (State.DISPUTED, State.STALE),
}


def test_the_table_has_the_transitions_of_the_workflow_and_no_other() -> None:
    assert {state: {act for one, act in TRANSITIONS if one is state} for state in State} == ALLOWED
    leads = {(state, to) for (state, _), reached in TRANSITIONS.items() for to in reached if to is not state}
    assert leads == LEADS


# Who is told what, written out a second time: in each phase, for each act, the conditions in the order of the asking.
# A condition names flags that must be as said for the refusal; without one that holds the act is allowed.
CLAIMING = [({"holds": False, "place_left": False}, Refusal.HELD)]
HOLDING = [({"holds": False}, Refusal.NOT_CLAIMED)]
AS_THIRD = [
    ({"third": True}, Refusal.ALREADY_READ),
    ({"third_by_other": True}, Refusal.NOT_YOURS),
    ({"sits": True}, Refusal.COMMITTEE_SITS),
]
AS_MEMBER = [({"sits": False}, Refusal.NO_COMMITTEE), ({"member": False}, Refusal.NOT_A_MEMBER)]
TOLD = {
    **{(state, Act.CLAIM): CLAIMING for state in INDEPENDENT},
    **{(state, act): HOLDING for state in INDEPENDENT for act in (Act.SAVE, Act.RELEASE, Act.COMMIT)},
    (State.DISPUTED, Act.CLAIM): AS_THIRD + CLAIMING,
    **{(State.DISPUTED, act): AS_THIRD + HOLDING for act in (Act.SAVE, Act.RELEASE, Act.RESOLVE)},
    (State.DISPUTED, Act.CONVENE): [
        ({"sits": True}, Refusal.COMMITTEE_SITS),
        ({"third": False, "third_by_other": False, "holds": False}, Refusal.NOT_CHAIR),
    ],
    (State.DISPUTED, Act.VOTE): [*AS_MEMBER, ({"voted": True}, Refusal.VOTED)],
    (State.DISPUTED, Act.COUNT): [*AS_MEMBER, ({"quorum": False}, Refusal.NO_QUORUM)],
}


def told(state: State, act: Act, by: Standing) -> Refusal | None:
    """What somebody who is not the program is told."""
    if act in BY_PROGRAM:
        return Refusal.NOT_YOURS
    votes = state is State.DISPUTED and act in (Act.VOTE, Act.COUNT) and by.member
    first = [
        ({"reviews": False}, Refusal.NOT_PERMITTED),
        ({"author": True}, Refusal.AUTHOR),
        *([] if votes else [({"has_read": True}, Refusal.ALREADY_READ)]),
    ]
    for flags, why in [*first, *TOLD.get((state, act), [({}, Refusal.NOT_YOURS)])]:
        if all(getattr(by, name) is value for name, value in flags.items()):
            return why
    return None


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", Act)
def test_every_state_and_act_for_everyone_who_could_stand_before_it(state: State, act: Act) -> None:
    """All 2,048 ways to stand before a case, and the program whatever else is said of it."""
    for by in EVERYONE:
        assert refusal(state, act, by) is told(state, act, by), by
        program = replace(by, program=True)
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
    """People of all kinds try everything in random order; whatever is not refused happens, and votes decide."""
    rng = random.Random(4)
    reached: Counter[State] = Counter()
    decisions: Counter[tuple[str, int]] = Counter()
    voided = 0
    for _ in range(10_000):
        walk = Walk()
        for _ in range(40):
            act = rng.choice(TRIED if rng.random() < 0.1 else sorted(ALLOWED[walk.state] - SELDOM))
            if rng.random() < 0.002:
                act = Act.VOID
            likely = ["program"] if act in BY_PROGRAM else list(MEMBERS)
            if act in (Act.COMMIT, Act.RESOLVE, Act.CONVENE) and walk.holders:
                likely = sorted(walk.holders)
            who = rng.choice(likely if rng.random() < 0.9 else ["a", "b", "c", "nurse", "program"])
            before = (walk.state, walk.decision, tuple(walk.given))
            if not walk.tries(who, act, SAID[0] if rng.random() < 0.6 else rng.choice(SAID)):
                assert (walk.state, walk.decision, tuple(walk.given)) == before
                continue
            assert tuple(walk.given)[: len(before[2])] == before[2], (
                "nothing that was given is lost or changed"
            )
            assert walk.state is before[0] or (before[0], walk.state) in LEADS
            if before[0] in CLOSED:
                assert (walk.state, walk.decision, act) == (State.STALE, before[1], Act.REOPEN)
            walk.keeps_its_promises()
            reached[walk.state] += 1
            voided += act is Act.VOID
            if walk.decision is not None and before[1] is None:
                decisions[walk.decided_by, walk.round] += 1
            if walk.state is State.STALE:
                break
        if walk.state is State.STALE:
            refused = [walk.tries(who, act, SAID[0]) for who in "abcde" for act in Act]
            assert not any(refused)
    assert set(reached) == set(State)
    assert voided
    assert {by for by, _ in decisions} == {"agreement", "third", "committee"}
    assert any(number > 1 for by, number in decisions if by == "committee"), "a second round decided too"


SELDOM = {Act.RELEASE, Act.VOID}
TRIED = [act for act in Act if act is not Act.VOID]
SAID = [
    Verdict(Level.CR, DAY),
    Verdict(Level.CR, DAY + timedelta(days=RULES.tolerance_days)),
    Verdict(Level.CR, DAY + timedelta(days=99)),
    Verdict(Level.R, DAY),
    Verdict(Level.NR),
]
MEMBERS = ("b", "c", "d", "e")


@dataclass
class Walk:
    """One case as people walk through it. `given`: (part, round, who, verdict) in the order in which they committed."""

    state: State = State.PROPOSED
    given: list[tuple[str, int, str, Verdict]] = field(default_factory=list)
    holders: set[str] = field(default_factory=set)
    round: int = 0
    decision: Verdict | None = None
    decided_by: str = ""

    def of(self, part: str, number: int | None = None) -> dict[str, Verdict]:
        return {who: said for one, at, who, said in self.given if one == part and number in (None, at)}

    def standing(self, who: str) -> Standing:
        readers, third, voted = self.of("blind"), self.of("third"), self.of("committee", self.round)
        others = (self.holders | set(readers)) - {who}
        return Standing(
            reviews=who not in ("nurse", "program"),
            author=who == "a",
            holds=who in self.holders,
            has_read=who in readers,
            place_left=len(others) < 2 if self.state in INDEPENDENT else not self.holders - {who},
            third=who in third,
            third_by_other=bool(set(third) - {who}),
            sits=self.round > 0,
            member=self.round > 0 and who in MEMBERS,
            voted=who in voted,
            quorum=self.round > 0 and len(voted) >= RULES.votes_needed(len(MEMBERS)),
            program=who == "program",
        )

    def tries(self, who: str, act: Act, said: Verdict) -> bool:
        """Do it unless it is refused."""
        if refusal(self.state, act, self.standing(who)) is not None:
            return False
        votes: tuple[str, list[Verdict], int] | None = None
        if act is Act.CLAIM:
            self.holders.add(who)
        elif act is Act.RELEASE:
            self.holders.discard(who)
        elif act is Act.COMMIT:
            self.given.append(("blind", 1, who, said))
            self.holders.discard(who)
        elif act is Act.COMPARE:
            votes = ("agreement", list(self.of("blind").values()), 2)
            self.holders.clear()
        elif act is Act.RESOLVE:
            self.given.append(("third", 1, who, said))
            self.holders.discard(who)
            votes = ("third", [*self.of("blind").values(), said], 3)
        elif act is Act.CONVENE:
            self.round = 1
            self.holders.clear()
        elif act is Act.VOTE:
            self.given.append(("committee", self.round, who, said))
        elif act is Act.COUNT:
            votes = ("committee", list(self.of("committee", self.round).values()), len(MEMBERS))
        found = decided(votes[1], votes[2], RULES) if votes else None
        self.state = after(self.state, act, settled=found is not None)
        if votes and found is not None:
            self.decision, self.decided_by = found, votes[0]
        elif act is Act.COUNT:
            self.round += 1
        return True

    def keeps_its_promises(self) -> None:
        """No reader twice, no author, two readers after the blind phase, and a decision only by those who agree."""
        people = [(part, number, who) for part, number, who, _ in self.given]
        assert len(people) == len(set(people))
        blind_readers, third = self.of("blind"), self.of("third")
        assert not {who for _, _, who in people} & {"a", "nurse", "program"}
        assert len(third) <= 1
        assert not set(third) & set(blind_readers)
        if self.state is State.STALE and self.decision is None:
            assert len(blind_readers) <= 2
            return
        assert len(blind_readers) == {State.PROPOSED: 0, State.ONE_READ: 1}.get(self.state, 2)
        assert (self.decision is not None) == (self.state in CLOSED | {State.STALE})
        if self.decision is None:
            return
        votes, of = {
            "agreement": (list(blind_readers.values()), 2),
            "third": ([*blind_readers.values(), *third.values()], 3),
            "committee": (list(self.of("committee", self.round).values()), len(MEMBERS)),
        }[self.decided_by]
        assert sum(agree(vote, self.decision, RULES) for vote in votes) * 2 > of, "a tie is never filled"
        assert (self.decided_by == "agreement") == (
            not third and not self.round and agree(votes[0], votes[1], RULES)
        )


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
        groups = [
            group
            for size in range(1, len(votes) + 1)
            for group in combinations(votes, size)
            if all(agree(a, b, RULES) for a, b in combinations(group, 2))
        ]
        largest = [group for group in groups if len(group) == len(groups[-1])]
        assert len(groups[-1]) * 2 <= len(votes) or len(largest) > 1
        with_all = {vote for vote in votes if all(agree(vote, other, RULES) for other in votes)}
        assert len(groups[-1]) * 2 <= len(votes) or len(with_all) != 1, "nobody spoke against it"


def test_groups_of_one_size_without_a_common_member_decide_nothing() -> None:
    """Two against two, two of three pairs in a circle that is none, and groups that share two."""
    week = RULES.tolerance_days
    apart = [verdict(Level.CR, day) for day in (0, 0, 3 * week, 3 * week)]
    assert decided(apart, 4, RULES) is None
    assert decided(apart, 3, RULES) is None, "even where two were more than half"
    chain = [verdict(Level.CR, day) for day in (0, week, 2 * week, 3 * week)]
    assert decided(chain, 3, RULES) is None
    two_between = [verdict(Level.CR, day) for day in (0, week - 2, week + 2, 2 * week)]
    assert decided(two_between, 4, RULES) is None


def test_a_third_reading_settles_what_it_agrees_with_and_stands_itself_where_that_is_both() -> None:
    """Every third reading of every dispute about an onset and a relapse, in whatever order the three are given."""
    week = RULES.tolerance_days
    onsets, relapses = (0, week - 2, week, week + 1, 2 * week), (None, 100, 100 + week, 100 + 2 * week)
    said = [verdict(Level.CR, on, relapsed=end) for on, end in product(onsets, relapses)]
    said += [verdict(Level.R, week), verdict(Level.NR)]
    settled: Counter[int] = Counter()
    for one, other in combinations(said, 2):
        if agree(one, other, RULES):
            continue
        for third in said:
            with_ = [blind for blind in (one, other) if agree(blind, third, RULES)]
            expected = {
                0: None,
                1: None if not with_ else decided([third, with_[0]], 2, RULES),
                2: third,
            }[len(with_)]
            for order in permutations([one, other, third]):
                assert decided(order, 3, RULES) == expected
            settled[len(with_)] += 1
    assert all(settled[number] for number in (0, 1, 2))


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
        (verdict(Level.R, 10, relapsed=9), "relapsed_on"),
        (verdict(Level.R, 10, relapsed=10), "relapsed_on"),
        (verdict(Level.CR, 10, lost=9), "lost_cr_on"),
        (verdict(Level.CR, 10, lost=10), "lost_cr_on"),
        (verdict(Level.CR, 10, relapsed=20), "lost_cr_on"),
        (verdict(Level.CR, 10, lost=11, relapsed=31), "relapsed_on"),
        (verdict(Level.NE, lost=10), "lost_cr_on"),
        (verdict(Level.CR, 10, lost=20, relapsed=15), "relapsed_on"),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field(said: Verdict, field: str) -> None:
    assert [name for name, _ in verdict_problems(said, Disease.ITP, DAY, DAY + timedelta(days=30))] == [field]


def test_a_complete_response_is_lost_at_its_relapse_at_the_latest() -> None:
    """Every order of three days: what can be meant is onset < loss <= relapse, and a loss without relapse."""
    end = DAY + timedelta(days=5)
    for onset, lost, relapsed in product(range(6), (None, *range(6)), (None, *range(6))):
        in_order = all(later is None or onset < later for later in (lost, relapsed))
        lost_by_then = relapsed is None or (lost is not None and lost <= relapsed)
        problems = verdict_problems(
            verdict(Level.CR, onset, lost=lost, relapsed=relapsed), Disease.ITP, DAY, end
        )
        assert (not problems) == (in_order and lost_by_then), (onset, lost, relapsed)


def test_two_thirds_of_a_committee_must_have_voted() -> None:
    assert [RULES.votes_needed(members) for members in (3, 4, 5, 6, 9)] == [2, 3, 4, 4, 6]


def test_the_diagram_in_the_readme_is_printed_from_the_table() -> None:
    assert f"```mermaid\n{diagram()}\n```" in read("adjudication/README.md")


def test_every_state_stands_in_the_diagram() -> None:
    assert all(state.name in diagram() for state in State)
    assert workflow.TRANSITIONS

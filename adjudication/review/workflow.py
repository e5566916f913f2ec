"""The human workflow as one table of transitions and pure functions: who may do what, and votes to a decision.

Nothing here stores, asks the time or knows a person by name. The numbers come from `review_rules`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations

from adjudication.response.terms import Disease, Level
from adjudication.review.rules import Rules


class State(StrEnum):
    """The state of a case."""

    PROPOSED = "proposed"
    ONE_READ = "one_read"
    TWO_READ = "two_read"
    AGREED = "agreed"
    DISPUTED = "disputed"
    RESOLVED = "resolved"
    STALE = "stale"


class Act(StrEnum):
    """What is done to a case."""

    CLAIM = "claim"
    SAVE = "save"
    RELEASE = "release"
    COMMIT = "commit"
    COMPARE = "compare"  # by the program, at once after the second reading
    RESOLVE = "resolve"  # the third reader commits
    CONVENE = "convene"
    VOTE = "vote"
    COUNT = "count"
    REOPEN = "reopen"  # by the program, when what a decision rests on changes
    VOID = "void"  # by the program, when the call that is read is gone


INDEPENDENT = frozenset({State.PROPOSED, State.ONE_READ})
"""The phase in which nobody sees a reading but its own reader."""
CLOSED = frozenset({State.AGREED, State.RESOLVED})
"""States with a decision that holds."""
BY_PROGRAM = frozenset({Act.COMPARE, Act.REOPEN, Act.VOID})
_OF_MEMBERS = frozenset({(State.DISPUTED, Act.VOTE), (State.DISPUTED, Act.COUNT)})

_HOLDING = (Act.CLAIM, Act.SAVE, Act.RELEASE)
TRANSITIONS: dict[tuple[State, Act], tuple[State, ...]] = {
    **{(state, act): (state,) for state in (State.PROPOSED, State.ONE_READ, State.DISPUTED) for act in _HOLDING},
    (State.PROPOSED, Act.COMMIT): (State.ONE_READ,),
    (State.ONE_READ, Act.COMMIT): (State.TWO_READ,),
    (State.TWO_READ, Act.COMPARE): (State.AGREED, State.DISPUTED),
    (State.DISPUTED, Act.RESOLVE): (State.RESOLVED, State.DISPUTED),
    (State.DISPUTED, Act.CONVENE): (State.DISPUTED,),
    (State.DISPUTED, Act.VOTE): (State.DISPUTED,),
    (State.DISPUTED, Act.COUNT): (State.RESOLVED, State.DISPUTED),
    (State.AGREED, Act.REOPEN): (State.STALE,),
    (State.RESOLVED, Act.REOPEN): (State.STALE,),
    **{(state, Act.VOID): (State.STALE,) for state in (State.PROPOSED, State.ONE_READ, State.DISPUTED)},
}  # fmt: skip
"""Every transition there is. Where two states stand, the first is reached when the votes settle it."""


def after(state: State, act: Act, *, settled: bool = False) -> State:
    """The state that follows; KeyError for a transition that does not exist.

    `settled` says whether the votes gave a decision, where that is asked.
    """
    reached = TRANSITIONS[state, act]
    return reached[0] if settled or len(reached) == 1 else reached[1]


class Refusal(StrEnum):
    """Why somebody may not act; the text is the same in every state in which it can be met."""

    NOT_PERMITTED = "This account cannot review cases."
    AUTHOR = "You logged this course or its counts, so you cannot review this case."
    NOT_YOURS = "This case is not in your queue."
    ALREADY_READ = "You have already signed this case. A signed judgment cannot be changed or repeated."
    NOT_CLAIMED = "Claim this case first. An unused claim expires and the case returns to the queue."
    HELD = "Another reviewer has claimed this case. Choose another case from your queue."
    NOT_A_MEMBER = "Only committee members can vote."
    VOTED = "You have voted. Votes are hidden until they are counted."
    NO_COMMITTEE = "This case has no committee."
    COMMITTEE_SITS = "This case already has a committee."
    NOT_CHAIR = "Only the third reader can call a committee."
    NO_QUORUM = "Too few members have voted. The votes cannot be counted yet."


@dataclass(frozen=True)
class Standing:
    """Somebody's relation to one case.

    `reviews` = has the permission at the patient's site; `author` = logged the course or its counts; `holds` = has
    a claim that has not expired; `has_read` = committed a reading in the blind phase; `place_left` = fewer than two
    others hold or have read it (blind phase), or nobody else holds it as third reader (dispute); `third` = committed
    the third reading; `third_by_other` = somebody else did; `sits` = a committee sits; `member`, `voted` = in it;
    `quorum` = enough members have voted. `program` = the program itself.
    """

    reviews: bool = False
    author: bool = False
    holds: bool = False
    has_read: bool = False
    place_left: bool = True
    third: bool = False
    third_by_other: bool = False
    sits: bool = False
    member: bool = False
    voted: bool = False
    quorum: bool = False
    program: bool = False


def refusal(state: State, act: Act, by: Standing) -> Refusal | None:
    """Why `by` may not do `act` to a case in `state`; None = may."""
    if act in BY_PROGRAM or by.program:
        allowed = act in BY_PROGRAM and by.program and (state, act) in TRANSITIONS
        return None if allowed else Refusal.NOT_YOURS
    if not by.reviews:
        return Refusal.NOT_PERMITTED
    if by.author:
        return Refusal.AUTHOR
    if by.has_read and not (by.member and (state, act) in _OF_MEMBERS):
        return Refusal.ALREADY_READ
    if (state, act) not in TRANSITIONS:
        return Refusal.NOT_YOURS
    if state in INDEPENDENT:
        return _refused_reading(act, by)
    return _refused_dispute(act, by)


def _refused_reading(act: Act, by: Standing) -> Refusal | None:
    if act is Act.CLAIM:
        return None if by.holds or by.place_left else Refusal.HELD
    return None if by.holds else Refusal.NOT_CLAIMED


def _refused_dispute(act: Act, by: Standing) -> Refusal | None:
    if act is Act.CONVENE:
        if by.sits:
            return Refusal.COMMITTEE_SITS
        return None if by.third or by.third_by_other or by.holds else Refusal.NOT_CHAIR
    if act in (Act.VOTE, Act.COUNT):
        return _refused_committee(act, by)
    if by.third:
        return Refusal.ALREADY_READ
    if by.third_by_other:
        return Refusal.NOT_YOURS
    if by.sits:
        return Refusal.COMMITTEE_SITS
    return _refused_reading(act, by)


def _refused_committee(act: Act, by: Standing) -> Refusal | None:
    if not by.sits:
        return Refusal.NO_COMMITTEE
    if not by.member:
        return Refusal.NOT_A_MEMBER
    if act is Act.VOTE:
        return Refusal.VOTED if by.voted else None
    return None if by.quorum else Refusal.NO_QUORUM


# The blind rule


def blind(*, reviews: bool, author: bool, engaged: bool, states: Collection[State]) -> bool:
    """Whether somebody must not see the machine's call on a course whose cases are in `states`.

    An account that may review is blind to every course that has no decision that holds, whether or not a case is
    open: one
    may open tomorrow. An author can never read the course and is not blind, unless `engaged` in a case of it from
    before. A case that is stale has been followed by another, or its call is gone.
    """
    if not reviews or (author and not engaged):
        return False
    standing = [state for state in states if state is not State.STALE]
    return not standing or any(state not in CLOSED for state in standing)


# Verdicts and decisions


LEVELS: dict[Disease, tuple[Level, ...]] = {
    Disease.ITP: (Level.CR, Level.R, Level.NR, Level.NE),
    Disease.AIHA: (Level.CR, Level.PR, Level.NR, Level.NE),
}
"""What a reader may say of a course, best first; NE is outside the order."""
RESPONSES = frozenset({Level.CR, Level.R, Level.PR})
CONFIDENCES = ("high", "moderate", "low")


@dataclass(frozen=True)
class Verdict:
    """What a reader says of a course. Days of the record; None = did not happen."""

    level: Level
    onset_on: date | None = None
    lost_cr_on: date | None = None
    relapsed_on: date | None = None


DATES = ("onset_on", "lost_cr_on", "relapsed_on")


def verdict_problems(
    verdict: Verdict, disease: Disease, started_on: date, last_on: date
) -> list[tuple[str, str]]:
    """What cannot be meant, as (field, what to do); empty = can be meant.

    The one rule for every door: form, command line and files. Days run from `started_on` (the course) to `last_on`
    (the packet), loss and relapse lie after the onset, and a complete response is lost at its relapse at the latest.
    """
    problems = []
    if verdict.level not in LEVELS[disease]:
        levels = ", ".join(level.word for level in LEVELS[disease])
        problems.append(("level", f"{disease.word} has {levels}."))
    if verdict.level in RESPONSES and verdict.onset_on is None:
        problems.append(("onset_on", "Enter the date on which the response began."))
    if verdict.level not in RESPONSES:
        problems += [
            (name, f"{verdict.level.word} has no such date. Leave it empty, or choose a response.")
            for name in DATES
            if getattr(verdict, name) is not None
        ]
    if verdict.lost_cr_on is not None and verdict.level in RESPONSES - {Level.CR}:
        problems.append(("lost_cr_on", "Only a complete response can have a loss of complete response."))
    for name in DATES:
        on = getattr(verdict, name)
        if on is not None and not started_on <= on <= last_on:
            problems.append((name, "Enter a date between the start of the course and the end of the packet."))
    onset_on, lost_on, relapsed_on = verdict.onset_on, verdict.lost_cr_on, verdict.relapsed_on
    if onset_on is not None:
        problems += [
            (name, "Enter a date after the onset. A response lasts at least until the next count.")
            for name, on in (("lost_cr_on", lost_on), ("relapsed_on", relapsed_on))
            if on is not None and on <= onset_on
        ]
    if relapsed_on is not None and lost_on is not None and relapsed_on < lost_on:
        problems.append(("relapsed_on", "This date is before the loss of complete response."))
    if verdict.level is Level.CR and relapsed_on is not None and lost_on is None:
        problems.append(("lost_cr_on", CR_LOST_AT_RELAPSE))
    return problems


CR_LOST_AT_RELAPSE = (
    "A relapse also ends the complete response. Enter the date on which it was lost, at the latest the date "
    "of the relapse."
)


def agree(one: Verdict, other: Verdict, rules: Rules) -> bool:
    """Whether two verdicts say the same: one level, and each date missing in both or within the tolerance."""
    return not differing(one, other, rules)


def differing(one: Verdict, other: Verdict, rules: Rules) -> tuple[str, ...]:
    """In what two verdicts do not say the same: `level`, and names of DATES that lie beyond the tolerance."""
    level = () if one.level == other.level else ("level",)
    dates = tuple(
        name for name in DATES if not _near(getattr(one, name), getattr(other, name), rules.tolerance_days)
    )
    return level + dates


def _near(one: date | None, other: date | None, days: int) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= timedelta(days=days)


def decided(verdicts: Sequence[Verdict], of: int, rules: Rules) -> Verdict | None:
    """The decision that more than half of `of` people agree on, or None: a tie is never filled.

    The largest group decides whose verdicts agree pair by pair. Where groups of one size would decide differently, a
    verdict decides that is in each of them and agrees with every other; without one, or with two such, nothing is
    decided.
    """
    for size in range(len(verdicts), of // 2, -1):
        groups = [
            group
            for group in combinations(verdicts, size)
            if all(agree(a, b, rules) for a, b in combinations(group, 2))
        ]
        if groups:
            found = {_middle(group) for group in groups}
            if len(found) > 1:
                found = _between(groups, verdicts, rules)
            return found.pop() if len(found) == 1 else None
    return None


def _between(
    groups: Sequence[tuple[Verdict, ...]], verdicts: Sequence[Verdict], rules: Rules
) -> set[Verdict]:
    """What is in each of the groups and agrees with all that was said, as a third reading between two others."""
    return {
        one
        for one in verdicts
        if all(one in group for group in groups) and all(agree(one, other, rules) for other in verdicts)
    }


def _middle(verdicts: Iterable[Verdict]) -> Verdict:
    """Each date the lower middle one of verdicts that agree (DEF-REV-08)."""
    group = list(verdicts)

    def middle(name: str) -> date | None:
        days = sorted(on for verdict in group if (on := getattr(verdict, name)) is not None)
        return days[(len(days) - 1) // 2] if days else None

    return Verdict(group[0].level, *(middle(name) for name in DATES))


# The diagram


def diagram() -> str:
    """The workflow as a Mermaid state diagram, from the table."""
    edges: dict[tuple[State, State], list[str]] = {}
    for (state, act), reached in TRANSITIONS.items():
        for to in reached:
            if to is not state:
                edges.setdefault((state, to), []).append(act.value)
    lines = [f"    [*] --> {State.PROPOSED.name}"]
    lines += [f"    {state.name} --> {to.name}: {', '.join(acts)}" for (state, to), acts in edges.items()]
    return "\n".join(["stateDiagram-v2", *lines])

"""What the synthetic patients watched after alemtuzumab are found like on the day on which they are made.

A story says what the surveillance protocol shall find, in the protocol's own words: which counts, which days
and which limits make it so is asked of the protocol (`registry.demo.watched`), and stands nowhere here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from adjudication.surveillance.protocol import Action, Outcome
from adjudication.surveillance.schedule import Standing

_TODAY = 366
"""More days than lie between any last count and today, on which what is done is done at the latest."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """How one patient is found.

    `stands` is the place in the schedule where the last count demands nothing, `demands` what the last count
    demands else: within its deadline, or `late`; `confirmed` by the count before it. `done` is what was done about
    it, so many days after the last count; `answered` what is asked from then on, where that answers it. `unitless`: a
    later result came without its unit; `tubes_disagree`: of a later day the EDTA count is far below another tube's.
    `often` weighs the story among those of further patients.
    """

    says: str
    stands: Standing = Standing.NOT_DUE
    demands: Action = Action.CONTINUE_MONTHLY
    late: bool = False
    confirmed: bool = False
    clumped: bool = False
    unitless: bool = False
    tubes_disagree: bool = False
    sign: str = ""
    bleed_grade: int = 0
    hemoglobin_fell: bool = False
    just_infused: bool = False
    months_over: bool = False
    done: Outcome | None = None
    done_after_days: int = 0
    answered: Action | None = None
    reason: str = ""
    often: int = 1


ESSENTIAL = (
    Story(says="a count on the lowest rule", demands=Action.RECHECK_AND_CONTACT_NOW),
    Story(says="low, and confirmed: an episode is proposed", demands=Action.CONTACT_CONFIRMED, confirmed=True),
    Story(says="reports bleeding after a normal count", sign="gum_or_nose_bleeding"),
    Story(says="halved, and still normal", demands=Action.RECHECK_NOW_STEEP_FALL),
    Story(says="overdue", stands=Standing.OVERDUE, often=12),
    Story(says="the last specimen clumped", clumped=True, often=3),
    Story(
        says="low, and referred", demands=Action.RECHECK_72H, done=Outcome.REFERRED,
        answered=Action.CONTINUE_MONTHLY,
    ),
    Story(says="in the gap of the source", demands=Action.REPEAT_14D, often=6),
    Story(says="never counted", stands=Standing.NEVER_COUNTED),
    Story(says="due soon, and the hemoglobin fell", stands=Standing.DUE_SOON, hemoglobin_fell=True),
    Story(says="the months are over", months_over=True, often=12),
    Story(says="on time", often=120),
    Story(
        says="low, and a recheck is arranged", demands=Action.RECHECK_72H, done=Outcome.RECHECK_ARRANGED
    ),
    Story(
        says="low after a normal count, nobody answered", demands=Action.RECHECK_48_72H, done=Outcome.NO_ANSWER
    ),
    Story(
        says="on the lowest rule, and referred on that day", demands=Action.RECHECK_AND_CONTACT_NOW,
        done=Outcome.REFERRED, answered=Action.REPEAT_14D,
    ),
    Story(says="due a few days ago", stands=Standing.DUE, often=10),
    Story(says="a low number without its unit", unitless=True),
    Story(
        says="a bleed was referred, and nothing counted since", bleed_grade=1, done=Outcome.REFERRED,
        done_after_days=_TODAY,
    ),
    Story(says="the EDTA count is far below that of another tube of the day", tubes_disagree=True),
)  # fmt: skip
"""Every state that the worklist tells, in as few patients as that takes."""

MORE = (
    Story(says="the deadline was missed", demands=Action.RECHECK_AND_CONTACT_NOW, late=True),
    Story(says="a bleed was graded after a normal count", bleed_grade=2),
    Story(says="due soon", stands=Standing.DUE_SOON, often=30),
    Story(says="infused a few days ago", just_infused=True, often=5),
    Story(says="on time, and the hemoglobin fell", hemoglobin_fell=True),
    Story(
        says="taken off the list", done=Outcome.MOVED, done_after_days=2,
        reason="Moved abroad; the neurologist there goes on with the counts",
    ),
    Story(
        says="declined, and a later count brought the patient back", done=Outcome.DECLINED, done_after_days=-9,
        reason="Wanted no further blood samples",
    ),
)  # fmt: skip
"""Further states, and the same ones after something was done."""

STORIES = (*ESSENTIAL, *MORE)


def story_of(number: int, rng: np.random.Generator) -> Story:
    """The story of the patient of that number, from 1: each story once, then drawn, most of them on time."""
    if number <= len(STORIES):
        return STORIES[number - 1]
    weights = np.array([story.often for story in STORIES], np.float64)
    return STORIES[int(rng.choice(len(STORIES), p=weights / weights.sum()))]

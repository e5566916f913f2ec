"""What a correction does to the calls of its patient: judged again at once, and told as before, after and why."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from registry import calls
from registry.roles import Permission
from registry.screens import reads
from registry.screens.shell import Reading
from registry.screens.tables import plain
from registry.screens.wording import course_title
from registry.timeline import Timeline, timeline

_TOLD = ("best_response", "reason", "onset_on", "cr_onset_on", "relapsed_on", "lost_cr_on")


@dataclass(frozen=True)
class ChangedCall:
    """A call before and after a change of the record; None where there was, or is, none."""

    course_id: str
    title: str
    before: str | None
    after: str | None


def judge_again(reading: Reading, before: Timeline) -> list[ChangedCall]:
    """Judge one patient after a change of the record, and tell which calls came out different.

    `before` is the patient as read before the change. Whoever may not let the machine judge, or see calls, is
    told nothing, and the calls wait. Raises NadirError.
    """
    may = (Permission.ADJUDICATE, Permission.READ_CALLS)
    if not all(reading.actor.may(permission, before.site) for permission in may):
        return []
    calls.refresh(reading.db, reading.actor, patient=before.patient_id)
    after = timeline(reading.db, reading.actor, before.patient_id)
    old, new = _by_course(before), _by_course(after)
    return [
        ChangedCall(
            course_id,
            course_title(after if course_id in new else before, course_id),
            _level(old.get(course_id)),
            _level(new.get(course_id)),
        )
        for course_id in dict.fromkeys([*old, *new])
        if _told(old.get(course_id)) != _told(new.get(course_id))
    ]


def show_changed(reading: Reading, changed: list[ChangedCall]) -> None:
    """Show before, after, and the sentence that gives the reason of each new call."""
    for one in changed:
        with st.container(border=True, gap="xsmall"):
            st.markdown(
                f"**{plain(one.title)}**: call {plain(one.before or 'none')} → **{plain(one.after or 'none')}**"
            )
            if one.after is None:
                continue
            said = reads.read_explanation(reading, one.course_id)
            reasons = said.sentences[len(said.evidence) :] or said.sentences
            st.markdown(plain(reasons[0]) if reasons else plain(said.headline))
            with st.expander("All that decided it", type="compact"):
                st.markdown("\n".join(f"- {plain(sentence)}" for sentence in said.sentences))


def _by_course(one: Timeline) -> dict[str, dict[str, Any]]:
    return {call["course_id"]: call for call in one.calls}


def _told(call: dict[str, Any] | None) -> tuple[Any, ...] | None:
    return None if call is None else tuple(call[name] for name in _TOLD)


def _level(call: dict[str, Any] | None) -> str | None:
    """`CR from 03-Feb-2026, lost on 05-Jun-2026`."""
    if call is None:
        return None
    onset, relapse = call["onset_on"], call["relapsed_on"]
    since = f" from {onset:%d-%b-%Y}" if onset else ""
    lost = f", lost on {relapse:%d-%b-%Y}" if relapse else ""
    return f"{call['best_response']}{since}{lost}"

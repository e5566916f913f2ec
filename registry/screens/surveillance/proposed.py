"""Episodes that counts propose: the counts that made each, and the two answers to it."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from registry import entry
from registry.record.text.values import number_said
from registry.roles import Permission
from registry.screens import clock
from registry.screens.entering.form_state import desk
from registry.screens.entering.one_click import PendingAction, send, slip
from registry.screens.links import link
from registry.screens.search import day
from registry.screens.session import Session
from registry.screens.tables import plain
from registry.screens.texts import Marked
from registry.surveillance.proposals import Proposed, accept, reject


def show_proposed(session: Session, found: Sequence[Proposed]) -> None:
    """Each proposal with its counts, and the answers for whoever may give one."""
    for one in found:
        with st.container(border=True, gap="xsmall", key=f"proposed {_of(one)}"):
            _show(session, one)


def _show(session: Session, one: Proposed) -> None:
    name = one.patient_id
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        link(session, Marked(f"**{plain(name)}**"), "watched", {"patient": name})
        st.markdown(
            f"Proposed: an episode of **ITP**, onset {day(one.onset_on)}, secondary to alemtuzumab",
            width="content",
        )
    st.markdown(
        f"Platelets **{number_said(one.first.e6)}** ×10⁹/L on {day(one.first.day)}, confirmed by "
        f"**{number_said(one.confirming.e6)}** ×10⁹/L on {day(one.confirming.day)}."
    )
    if not session.actor.may(Permission.ANSWER_PROPOSALS, one.site):
        return
    on = slip(f"proposal {_of(one)}")
    on.show_refused()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.button(
            "Accept: open the episode",
            key=on.field_key("accept"),
            on_click=send,
            args=(on, on.key, partial(_answer, one, None)),
            icon=":material/check:",
            type="primary",
        )
        st.text_input(
            f"Why no episode of {plain(name)}",
            key=on.field_key("reason"),
            live=True,
            placeholder="Clumps on the smear",
            width=360,
        )
        st.button(
            "Reject, for this reason",
            key=on.field_key("reject"),
            on_click=send,
            args=(on, on.key, partial(_answer, one, on)),
            icon=":material/close:",
        )


def _of(one: Proposed) -> str:
    """What tells a proposal from every other, also where names hold spaces."""
    return repr((one.patient_id, one.first.name, one.confirming.name))


def show_answered(session: Session) -> None:
    """What one has just answered, with its Undo."""
    for seq, said in reversed(desk().answered.items()):
        on = slip(f"answer {seq}")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.success(said, icon=":material/check:")
            on.show_refused()
            if entry.may_undo(session.db, session.actor, seq) is not None:
                st.button(
                    "Undo",
                    key=f"answer {seq}",
                    on_click=send,
                    args=(on, on.key, partial(_undo, seq)),
                    icon=":material/undo:",
                    type="tertiary",
                )


def _answer(one: Proposed, rejected: PendingAction | None, session: Session, key: str) -> int:
    """Accept, or reject for the reason on the slip; gives the change that stored it."""
    name, today, answered = plain(one.patient_id), clock.today(session.db), desk().answered
    if rejected is None:
        saved = accept(session.db, session.actor, one, key=key, today=today)
        said = Marked(f"**{name}:** an episode of ITP was opened, onset {day(one.onset_on)}.")
    else:
        saved = reject(session.db, session.actor, one, rejected.text("reason"), key=key, today=today)
        said = Marked(f"**{name}:** no episode. These counts propose none again.")
    answered[saved.seq] = said
    return saved.seq


def _undo(seq: int, session: Session, key: str) -> None:
    answered = desk().answered
    entry.undo(session.db, session.actor, seq, key=key)
    answered.pop(seq, None)

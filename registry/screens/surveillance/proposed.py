"""Episodes that counts propose: the counts that made each, and the two answers to it."""

from collections.abc import Sequence

import streamlit as st

from registry.entry.typed import number_said
from registry.errors import AlreadyDone, NadirError
from registry.roles import Permission
from registry.screens import clock, shell
from registry.screens.entering.desk import at_desk, desk
from registry.screens.links import link
from registry.screens.search import day
from registry.screens.shell import Reading
from registry.screens.tables import plain
from registry.surveillance.proposals import Proposed, accept, reject


def show_proposed(reading: Reading, found: Sequence[Proposed]) -> None:
    """Each proposal with its counts, and the answers for whoever may give one."""
    for one in found:
        with st.container(border=True, gap="xsmall", key=f"proposed {one.patient_id}"):
            _show(reading, one)


def _show(reading: Reading, one: Proposed) -> None:
    name = one.patient_id
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        link(reading, f"**{plain(name)}**", "watched", {"patient": name})
        st.markdown(
            f"Proposed: an episode of **ITP**, onset {day(one.onset_on)}, secondary to alemtuzumab",
            width="content",
        )
    st.markdown(
        f"Platelets **{number_said(one.first.e6)}** ×10⁹/L on {day(one.first.day)}, confirmed by "
        f"**{number_said(one.confirming.e6)}** ×10⁹/L on {day(one.confirming.day)}."
    )
    if not reading.actor.may(Permission.ANSWER_PROPOSALS, one.site):
        return
    place = _place(one)
    token = desk().key(place)
    if place in desk().refusals:
        st.error(plain(desk().refusals[place]))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.button(
            "Accept: open the episode",
            key=f"{token} accept",
            on_click=_accept,
            args=(one, token),
            icon=":material/check:",
            type="primary",
        )
        st.text_input(
            f"Why no episode of {plain(name)}",
            key=f"{token} reason",
            live=True,
            placeholder="Clumps on the smear",
            width=360,
        )
        st.button(
            "Reject, for this reason",
            key=f"{token} reject",
            on_click=_reject,
            args=(one, token),
            icon=":material/close:",
        )


def show_answered(reading: Reading) -> None:
    """What one has just answered, with its Undo."""
    from registry import entry

    for seq, said in reversed(desk().answered.items()):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.success(said, icon=":material/check:")
            if entry.may_undo(reading.db, reading.actor, seq) is not None:
                st.button(
                    "Undo",
                    key=f"answer {seq}",
                    on_click=_undo,
                    args=(seq, desk().key(f"answer {seq}")),
                    icon=":material/undo:",
                    type="tertiary",
                )


def _place(one: Proposed) -> str:
    return f"proposal {one.patient_id} {one.first.name} {one.confirming.name}"


@at_desk
def _accept(one: Proposed, token: str) -> None:
    _answer(one, token, None)


@at_desk
def _reject(one: Proposed, token: str) -> None:
    _answer(one, token, st.session_state.get(f"{token} reason") or "")


def _answer(one: Proposed, token: str, reason: str | None) -> None:
    """One call of the service; a click that comes after it finds another token, and does nothing."""
    on, place = desk(), _place(one)
    if on.key(place) != token:
        return
    try:
        reading = shell.reader()
        given = (reading.db, reading.actor, one)
        day_now = clock.today(reading.db)
        if reason is None:
            saved = accept(*given, key=token, today=day_now)
        else:
            saved = reject(*given, reason, key=token, today=day_now)
    except AlreadyDone:
        on.done_at(place)
        return
    except NadirError as error:
        on.refusals[place] = str(error)
        return
    on.done_at(place)
    name = plain(one.patient_id)
    on.answered[saved.seq] = (
        f"**{name}:** an episode of ITP was opened, onset {day(one.onset_on)}."
        if reason is None
        else f"**{name}:** no episode. These counts propose none again."
    )


@at_desk
def _undo(seq: int, token: str) -> None:
    from registry import entry

    on, place = desk(), f"answer {seq}"
    if on.key(place) != token:
        return
    try:
        reading = shell.reader()
        entry.undo(reading.db, reading.actor, seq, key=token)
    except NadirError as error:
        on.answered[seq] = plain(str(error))
        return
    on.done_at(place)
    on.answered.pop(seq, None)

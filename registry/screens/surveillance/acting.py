"""What is done about a patient, logged at once: one click for most, a day or a reason where one is needed."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from adjudication.surveillance.protocol import SIGNS as REPORTABLE
from adjudication.surveillance.protocol import Outcome, Protocol
from registry.entry.coming import read_coming_day
from registry.errors import Usage
from registry.record.text.days import read_day
from registry.roles import Permission
from registry.screens import clock
from registry.screens.entering.form_state import Desk, at_desk, desk
from registry.screens.entering.one_click import PendingAction, send, slip
from registry.screens.focus import focus_on
from registry.screens.session import Session
from registry.screens.tables import plain
from registry.surveillance.finding import demands
from registry.surveillance.outcomes import MEANT, log_outcome, said
from registry.surveillance.signs import report

AT_ONCE = {
    Outcome.CONTACTED: ":material/call:",
    Outcome.NO_ANSWER: ":material/phone_missed:",
    Outcome.REFERRED: ":material/local_hospital:",
    Outcome.SENT_TO_EMERGENCY: ":material/emergency:",
}
RECHECK, SIGNS, OFF = "recheck", "signs", "off"
_PANELS = {
    RECHECK: ("Recheck arranged …", ":material/event:"),
    SIGNS: ("Bleeding signs …", ":material/water_drop:"),
    OFF: ("Take off the list …", ":material/person_remove:"),
}


def may_act(session: Session, site: str | None) -> bool:
    """Whether this person may log what was done at a hospital."""
    return session.actor.may(Permission.FOLLOW_UP, site)


def show_actions(session: Session, protocol: Protocol, row: Mapping[str, Any]) -> None:
    """Buttons that log what was done, and the panel that one of them unfolds."""
    name = str(row["patient_id"])
    on = slip(_place(name))
    on.show_refused()
    demanding = demands(protocol, row)
    with st.container(horizontal=True, gap="xsmall", key=f"acts {name}"):
        for outcome, icon in AT_ONCE.items():
            if demanding or outcome not in protocol.outcomes.settle:
                st.button(
                    said(outcome).capitalize(),
                    key=on.field_key(outcome),
                    on_click=send,
                    args=(on, on.key, partial(_log, name, outcome)),
                    icon=icon,
                    help=MEANT.get(outcome),
                )
        for panel, (label, icon) in _PANELS.items():
            st.button(
                label,
                key=on.field_key(f"open {panel}"),
                on_click=_open,
                args=(name, panel),
                icon=icon,
                type="tertiary",
            )
    unfolded = desk().opened.get(name)
    if unfolded is not None:
        with st.container(border=True, gap="xsmall", key=f"panel {name}"):
            {RECHECK: _recheck, SIGNS: _signs, OFF: _off}[unfolded](session, protocol, name, on)


def _place(name: str) -> str:
    return f"act {name}"


# --- what needs a word more


def _recheck(session: Session, protocol: Protocol, name: str, on: PendingAction) -> None:  # noqa: ARG001
    key = on.field_key("recheck day")
    text = st.text_input(
        "Recheck arranged for *", key=key, live=True, placeholder="tomorrow, thu, 2 apr or +2d"
    )
    read = read_coming_day(text or "", clock.today(session.db))
    st.caption(plain(read.echo or read.problem or "The day on which blood is taken again."))
    focus_on(key, on.key + RECHECK)
    _save(name, "Save the recheck", _log_recheck, on)


def _signs(session: Session, protocol: Protocol, name: str, on: PendingAction) -> None:
    st.markdown(f"Which of the signs does {plain(name)} report?")
    for sign, words in protocol.bleeding.signs.items():
        st.checkbox(f"{words[:1].upper()}{words[1:]}", key=on.field_key(f"sign {sign}"))
    text = st.text_input("First noticed on", value="today", key=on.field_key("noticed"), live=True)
    read = read_day(text or "", clock.today(session.db))
    st.caption(plain(read.echo or read.problem or ""))
    ended = st.text_input(
        "Last day", key=on.field_key("ended"), live=True, placeholder="Leave empty if still there"
    )
    if ended:
        read = read_day(ended, clock.today(session.db))
        st.caption(plain(read.echo or read.problem or ""))
    focus_on(on.field_key(f"sign {next(iter(protocol.bleeding.signs))}"), on.key + SIGNS)
    _save(name, "Save the signs", _log_signs, on)


def _off(session: Session, protocol: Protocol, name: str, on: PendingAction) -> None:  # noqa: ARG001
    removing = [one for one in Outcome if one in protocol.outcomes.remove]
    st.pills(
        "Why no longer watched here *",
        removing,
        format_func=lambda one: said(one).capitalize(),
        key=on.field_key("removing"),
    )
    st.text_input(
        "Reason *",
        key=on.field_key("reason"),
        live=True,
        placeholder="Declined further blood samples by phone",
    )
    st.caption(
        "New results, bleeds, signs or infusions return the patient automatically, also results that cannot be judged. "
        "You can also do it yourself under Removed, below the list."
    )
    focus_on(on.field_key("removing"), on.key + OFF)
    _save(name, "Take off the list", _log_removal, on)


def _save(
    name: str, label: str, act: Callable[[str, PendingAction, Session, str], int], on: PendingAction
) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            label,
            key=on.field_key("save"),
            on_click=send,
            args=(on, on.key, partial(act, name, on)),
            type="primary",
        )
        st.button("Close", key=on.field_key("close"), on_click=_close, args=(name,), type="tertiary")


# --- what a person does


@at_desk
def _open(name: str, panel: str) -> None:
    slip(_place(name)).refused = ""
    opened = desk().opened
    if opened.get(name) == panel:
        opened.pop(name)
    else:
        opened.clear()
        opened[name] = panel


@at_desk
def _close(name: str) -> None:
    desk().opened.pop(name, None)
    slip(_place(name)).refused = ""


def _log_recheck(name: str, on: PendingAction, session: Session, key: str) -> int:
    read = read_coming_day(on.text("recheck day"), clock.today(session.db))
    if read.value is None:
        raise Usage(read.problem or "Say for which day the recheck is arranged.")
    return _log(name, Outcome.RECHECK_ARRANGED, session, key, recheck_on=read.value)


def _log_removal(name: str, on: PendingAction, session: Session, key: str) -> int:
    outcome = on.text("removing")
    if not outcome:
        raise Usage("Choose why the patient is no longer watched here.")
    return _log(name, Outcome(outcome), session, key, reason=on.text("reason"))


def _log_signs(name: str, on: PendingAction, session: Session, key: str) -> int:
    today = clock.today(session.db)
    noticed, ended = read_day(on.text("noticed"), today), read_day(on.text("ended"), today)
    for read in (noticed, ended):
        if read.problem is not None:
            raise Usage(read.problem)
    chosen = [sign for sign in REPORTABLE if st.session_state.get(on.field_key(f"sign {sign}"))]
    on_desk = desk()
    saved = report(
        session.db,
        session.actor,
        name,
        chosen,
        key=key,
        today=today,
        noticed_on=noticed.value,
        ended_on=ended.value,
    )
    return _stored(on_desk, name, saved.seq)


def _log(
    name: str,
    outcome: Outcome,
    session: Session,
    key: str,
    *,
    recheck_on: date | None = None,
    reason: str | None = None,
) -> int:
    """Log what was done; gives the change that stored it."""
    on_desk = desk()
    saved = log_outcome(
        session.db,
        session.actor,
        name,
        outcome,
        key=key,
        today=clock.today(session.db),
        recheck_on=recheck_on,
        reason=reason,
    )
    return _stored(on_desk, name, saved.seq)


def _stored(on: Desk, name: str, seq: int) -> int:
    on.opened.pop(name, None)
    on.acted.pop(name, None)
    on.acted[name] = seq
    return seq

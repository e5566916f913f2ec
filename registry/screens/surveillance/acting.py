"""What is done about a patient, logged at once: one click for most, a day or a reason where one is needed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from adjudication.programme import Outcome, Programme
from registry.entry.coming import read_coming_day
from registry.entry.days import read_day
from registry.errors import NadirError
from registry.roles import Permission
from registry.screens import clock, shell
from registry.screens.entering.desk import at_desk, desk
from registry.screens.focus import focus_on
from registry.screens.shell import Reading
from registry.screens.tables import plain
from registry.surveillance.finding import demands
from registry.surveillance.outcomes import log_outcome, said
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


def may_act(reading: Reading, site: str | None) -> bool:
    """Whether this person may log what was done at a hospital."""
    return reading.actor.may(Permission.LOG, site)


def show_actions(reading: Reading, programme: Programme, row: Mapping[str, Any]) -> None:
    """Buttons that log what was done, and the panel that one of them unfolds."""
    name = str(row["patient_id"])
    token = desk().key(_place(name))
    refused = desk().refusals.get(_place(name))
    if refused:
        st.error(plain(refused))
    demanding = demands(programme, row)
    with st.container(horizontal=True, gap="xsmall", key=f"acts {name}"):
        for outcome, icon in AT_ONCE.items():
            if demanding or outcome not in programme.outcomes.settle:
                st.button(
                    said(outcome).capitalize(),
                    key=f"{token} {outcome}",
                    on_click=_log,
                    args=(name, token, outcome),
                    icon=icon,
                )
        for panel, (label, icon) in _PANELS.items():
            st.button(
                label,
                key=f"{token} open {panel}",
                on_click=_open,
                args=(name, panel),
                icon=icon,
                type="tertiary",
            )
    unfolded = desk().opened.get(name)
    if unfolded is not None:
        with st.container(border=True, gap="xsmall", key=f"panel {name}"):
            {RECHECK: _recheck, SIGNS: _signs, OFF: _off}[unfolded](reading, programme, name, token)


def _place(name: str) -> str:
    return f"act {name}"


# --- what needs a word more


def _recheck(reading: Reading, programme: Programme, name: str, token: str) -> None:  # noqa: ARG001
    key = f"{token} recheck day"
    text = st.text_input(
        "Recheck arranged for *", key=key, live=True, placeholder="tomorrow, thu, 2 apr or +2d"
    )
    read = read_coming_day(text or "", clock.today(reading.db))
    st.caption(plain(read.echo or read.problem or "The day on which blood is taken again."))
    focus_on(key, token + RECHECK)
    _save(name, "Save the recheck", _log_recheck, token)


def _signs(reading: Reading, programme: Programme, name: str, token: str) -> None:
    st.markdown(f"Which of the signs does {plain(name)} report?")
    for sign, words in programme.bleeding.signs.items():
        st.checkbox(f"{words[:1].upper()}{words[1:]}", key=f"{token} sign {sign}")
    text = st.text_input("First noticed on", value="today", key=f"{token} noticed", live=True)
    read = read_day(text or "", clock.today(reading.db))
    st.caption(plain(read.echo or read.problem or ""))
    focus_on(f"{token} sign {next(iter(programme.bleeding.signs))}", token + SIGNS)
    _save(name, "Save the signs", _log_signs, token)


def _off(reading: Reading, programme: Programme, name: str, token: str) -> None:  # noqa: ARG001
    removing = [one for one in Outcome if one in programme.outcomes.remove]
    st.pills(
        "Why no longer watched here *",
        removing,
        format_func=lambda one: said(one).capitalize(),
        key=f"{token} removing",
    )
    st.text_input(
        "Reason *", key=f"{token} reason", live=True, placeholder="Declined further blood samples by phone"
    )
    st.caption("A later result or sign brings the patient back by itself, and so do you, below the list.")
    focus_on(f"{token} removing", token + OFF)
    _save(name, "Take off the list", _log_removal, token)


def _save(name: str, label: str, callback: Any, token: str) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        st.button(label, key=f"{token} save", on_click=callback, args=(name, token), type="primary")
        st.button("Close", key=f"{token} close", on_click=_close, args=(name,), type="tertiary")


# --- what a person does


@at_desk
def _open(name: str, panel: str) -> None:
    on = desk()
    on.refusals.pop(_place(name), None)
    if on.opened.get(name) == panel:
        on.opened.pop(name)
    else:
        on.opened.clear()
        on.opened[name] = panel


@at_desk
def _close(name: str) -> None:
    desk().opened.pop(name, None)
    desk().refusals.pop(_place(name), None)


@at_desk
def _log(name: str, token: str, outcome: Outcome) -> None:
    _act(name, token, outcome)


@at_desk
def _log_recheck(name: str, token: str) -> None:
    read = read_coming_day(st.session_state.get(f"{token} recheck day") or "", clock.today(shell.registry()))
    if read.value is None:
        desk().refusals[_place(name)] = read.problem or "Say for which day the recheck is arranged."
        return
    _act(name, token, Outcome.RECHECK_ARRANGED, recheck_on=read.value)


@at_desk
def _log_removal(name: str, token: str) -> None:
    outcome = st.session_state.get(f"{token} removing")
    if outcome is None:
        desk().refusals[_place(name)] = "Choose why the patient is no longer watched here."
        return
    _act(name, token, Outcome(outcome), reason=st.session_state.get(f"{token} reason") or "")


@at_desk
def _log_signs(name: str, token: str) -> None:
    on, place = desk(), _place(name)
    if on.key(place) != token:
        return
    try:
        reading = shell.reader()
        day = clock.today(reading.db)
        read = read_day(st.session_state.get(f"{token} noticed") or "", day)
        if read.problem is not None:
            on.refusals[place] = read.problem
            return
        chosen = [
            str(key).removeprefix(f"{token} sign ")
            for key, value in st.session_state.items()
            if str(key).startswith(f"{token} sign ") and value
        ]
        saved = report(reading.db, reading.actor, name, chosen, key=token, today=day, noticed_on=read.value)
    except NadirError as error:
        on.refusals[place] = str(error)
        return
    _stored(name, saved.seq)


def _act(
    name: str,
    token: str,
    outcome: Outcome,
    *,
    recheck_on: date | None = None,
    reason: str | None = None,
) -> None:
    """One call of the service. A click that comes after it finds another token, and does nothing."""
    on, place = desk(), _place(name)
    if on.key(place) != token:
        return
    try:
        reading = shell.reader()
        saved = log_outcome(
            reading.db,
            reading.actor,
            name,
            outcome,
            key=token,
            today=clock.today(reading.db),
            recheck_on=recheck_on,
            reason=reason,
        )
    except NadirError as error:
        on.refusals[place] = str(error)
        return
    _stored(name, saved.seq)


def _stored(name: str, seq: int) -> None:
    on = desk()
    on.done_at(_place(name))
    on.opened.pop(name, None)
    on.acted.pop(name, None)
    on.acted[name] = seq

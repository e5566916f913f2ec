"""Opening cases: which calls people are to read and why, and putting them before readers."""

from collections.abc import Mapping
from datetime import date
from functools import partial

import streamlit as st

from registry import review
from registry.entry import read_day
from registry.review import Opening, Prospect
from registry.review.opening import SAID
from registry.screens import tables
from registry.screens.clock import here, today
from registry.screens.entering.one_click import PendingAction, send, slip
from registry.screens.review.reads import read_prospect
from registry.screens.session import Session, current_session
from registry.screens.texts import Marked
from registry.wording import clock, number_of

COLUMNS = {"why": "Why", "number": "Calls"}
AT_ONCE, MOST = 200, 2_000
"""So many cases are opened at once unless another number is given, and at most."""


def show() -> None:
    """Show what waits and what would be opened, and open it."""
    st.title("Open cases", anchor=False)
    st.caption("Reviewers read every uncertain call, mixed with a random sample of the accepted calls.")
    session = current_session()
    on = slip("opening")
    _show_opened(on)
    cut, understood = _cut(session)
    if not understood:
        return
    found = read_prospect(session, today(session.db), cut)
    with st.container(horizontal=True, gap="medium"):
        st.metric("Need review", f"{found.wanted:,}", border=True, width=180)
        st.metric("Accepted without review", f"{found.accepted:,}", border=True, width=180)
        st.metric("Without a decision", f"{found.waiting:,}", border=True, width=180)
    _show_waiting(found)
    st.header("What would be opened", anchor=False)
    if found.to_judge:
        st.warning(
            f"{found.to_judge:,} calls are out of date and must be re-assessed first.",
            icon=":material/hourglass_top:",
        )
    if found.after_cut:
        st.info(
            f"{found.after_cut:,} calls depend on data after the data cut, which readers would not see. "
            f"They need a later data cut.",
            icon=":material/event_upcoming:",
        )
    tables.table(
        session,
        "reasons for cases",
        _reasons(found.reasons),
        COLUMNS,
        of_patients=False,
        empty="No call needs review now.",
    )
    st.caption(_share(found))
    if found.wanted or not found.draws_known:
        _form(on, found, cut)
    on.show_refused()


def _reasons(counted: Mapping[str, int]) -> list[dict[str, object]]:
    return [{"why": SAID[reason], "number": number} for reason, number in counted.items()]


def _share(found: Prospect) -> str:
    """What of the random share is known, and what it is for."""
    drawn = (
        f"A random {found.random_share:.0%} of the accepted calls is drawn and added."
        if found.draws_known
        else f"With the first opening a random {found.random_share:.0%} of the {found.accepted:,} accepted calls is "
        "drawn and added."
    )
    why = (
        " The error rate of accepted calls is estimated from the random sample only. "
        "A call can have several reasons."
    )
    rule = "" if found.accepts else " At present no call is accepted without review: every call opens a case."
    return drawn + why + rule


def _show_waiting(found: Prospect) -> None:
    if not found.waiting:
        st.caption("No case is without a decision.")
        return
    days = {0: "today", 1: "yesterday"}.get(found.oldest_days or 0, f"{found.oldest_days} days ago")
    st.caption(
        f"Of {found.waiting:,} cases without a decision, {found.disputed:,} are in dispute. The oldest was "
        f"opened {days}."
    )


# --- opening


def _cut(session: Session) -> tuple[date | None, bool]:
    """The data cut as it was typed, and whether it was understood."""
    text = st.text_input(
        "Data cut: the last day that readers see",
        key="opening cut",
        placeholder="Today; or 31/3/26, -7d",
        help="Counts after this date are not in the packets. Courses that started later are not opened.",
        width=340,
    )
    typed = read_day(text or "", today(session.db))
    if typed.problem:
        st.error(tables.plain(typed.problem))
    elif typed.echo:
        st.caption(typed.echo)
    return typed.value, typed.understood


def _form(on: PendingAction, found: Prospect, cut: date | None) -> None:
    st.header("Open them", anchor=False)
    st.caption(
        "Each case goes to two readers who did not log the course. Each reader gets the cases in a "
        "different random order, sees neither the call nor the other reader, and cannot tell an uncertain "
        "call from a random one."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.number_input(
            "Largest number of cases to open",
            min_value=1,
            max_value=MOST,
            value=AT_ONCE,
            step=10,
            key=on.field_key("at most"),
            width=200,
        )
        st.checkbox(
            "Hide the names of agents from readers",
            key=on.field_key("mask"),
            help="Agents are shown as A, B, C in the packet, so that the drug does not influence the "
            "judgment.",
        )
    number = min(found.wanted, int(st.session_state.get(on.field_key("at most"), AT_ONCE)))
    drawn = "" if found.draws_known else " and the random sample"
    st.button(
        f"Open {number_of(number, 'case')}{drawn}",
        key=on.field_key("open"),
        type="primary",
        icon=":material/folder_open:",
        on_click=send,
        args=(on, on.key, partial(_open, cut, on)),
    )


def _open(cut: date | None, on: PendingAction, session: Session, key: str) -> Opening:
    return review.open_cases(
        session.db,
        session.actor,
        data_cut_on=cut,
        mask_agents=bool(st.session_state.get(on.field_key("mask"))),
        at_most=int(st.session_state.get(on.field_key("at most")) or AT_ONCE),
        key=key,
    )


def _show_opened(on: PendingAction) -> None:
    """What the last opening of this session did."""
    done = on.done
    if done is None or on.at is None:
        return
    parts = [f"**{number_of(done.opened, 'case')} opened** at {clock(here(on.at))}."]
    if done.accepted:
        parts.append(f"{number_of(done.accepted, 'call')} accepted without review.")
    if done.left:
        parts.append(f"{done.left:,} left for the next opening.")
    st.success(Marked(" ".join(parts)), icon=":material/check:")
    if done.reasons:
        st.markdown("\n".join(f"- {SAID[reason]}: {number:,}" for reason, number in done.reasons.items()))


if __name__ == "__main__":
    show()

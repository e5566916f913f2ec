"""Home: what waits for the account that is signed in, the way to a patient, and what was changed lately."""

import re
from datetime import date, datetime
from urllib.parse import parse_qsl

import streamlit as st

from registry import review
from registry.errors import NadirError
from registry.patients.search import Held
from registry.roles import Permission, blindness_in_words
from registry.screens import clock, tour
from registry.screens.links import link, offered
from registry.screens.reads import kept, read_counted, read_held
from registry.screens.search import search
from registry.screens.session import Session, current_session
from registry.screens.tables import plain
from registry.screens.texts import Marked
from registry.tasks import JUDGE, Waiting, waiting_for
from registry.tasks.recent import Changed, ago, recent
from registry.wording import number_of

RECENT = 8
_COMMAND = re.compile(r"`(nadir [a-z]+ [A-Z]+)`")


@kept(100)
def read_waiting_for(session: Session, today: date, minute: datetime) -> list[Waiting]:
    """What waits for the reader on a day; read anew each minute, because drafts and locks are no changes."""
    return waiting_for(session.db, session.actor, today, minute)


@kept(50)
def read_recent(session: Session) -> list[Changed]:
    """The last changes at the reader's sites."""
    return recent(session.db, session.actor, RECENT)


def show() -> None:
    """Show what waits, the search and the last changes; each only to whom it concerns."""
    session = current_session()
    invited = tour.invite(session)
    st.title("Your tasks")
    if not invited:
        tour.offer(session)
    reads = session.actor.may_somewhere(Permission.READ)
    held = read_held(session) if reads else None
    if session.actor.may_somewhere(Permission.FIGURES) and not read_counted(session).patients:
        _nobody_yet(session)
    cost = blindness_in_words(session.actor)
    if cost:
        st.info(plain(cost), icon=":material/visibility_off:")
    _waiting(session)
    if held is not None and held.patients:
        st.header("Patients")
        search()
        with st.container(horizontal=True, vertical_alignment="center"):
            if offered(session, "log"):
                link(session, "Add a patient", "log", {"form": "patient"}, icon=":material/person_add:")
            st.caption(_holds(held), width="content")
        st.header("Recent changes")
        _recent(session)
    _say()


# --- what waits


def _waiting(session: Session) -> None:
    minute = clock.now(session.db).replace(second=0, microsecond=0)
    items = read_waiting_for(session, clock.today(session.db), minute)
    todo = [one for one in items if one.number]
    done = [one for one in items if not one.number]
    if not items:
        st.info(
            "There are no tasks for your role. Use the menu.",
            icon=":material/done_all:",
        )
        return
    if not todo:
        st.success("You have no open tasks.", icon=":material/done_all:")
    with st.grid(min_column_width=270):
        for one in todo:
            _card(session, one)
    if done:
        with st.expander(f"Nothing to do ({len(done)})"):
            st.markdown("\n".join(f"- **{plain(one.what)}:** {plain(one.why)}" for one in done))


def _card(session: Session, one: Waiting) -> None:
    with st.container(border=True, height="stretch", gap="xsmall"):
        what = plain(one.what)
        st.metric(
            Marked(f":red-badge[:material/priority_high: {what}]" if one.urgent else what), f"{one.number:,}"
        )
        st.markdown(_said(one.why))
        if one.address == JUDGE:
            st.button("Assess them now", key="judge", on_click=_judge, type="primary")
            return
        address, query = _split(one.address)
        if address and offered(session, address):
            name = query.get("patient")
            label = f"Open {plain(name)}" if name else "Open the list"
            link(session, label, address, query, icon=":material/arrow_forward:")


def _said(why: str) -> str:
    """A sentence as it is; only a command in it is set apart, never what people typed."""
    parts = _COMMAND.split(why)
    return "".join(f"`{part}`" if place % 2 else plain(part) for place, part in enumerate(parts))


def _split(address: str) -> tuple[str, dict[str, str]]:
    path, _, query = address.partition("?")
    return path.strip("/"), dict(parse_qsl(query))


def _judge() -> None:
    """One call of the service, in a callback: a click elsewhere cannot cut it off."""
    try:
        session = current_session()
        st.session_state["judged"] = review.rejudge(session.db, session.actor).text()
    except NadirError as error:
        st.session_state["judged"] = str(error)


def _say() -> None:
    said = st.session_state.pop("judged", None)
    if said:
        st.toast(said)


# --- what was changed lately


def _recent(session: Session) -> None:
    rows = read_recent(session)
    if not rows:
        st.caption("No changes at your sites yet.")
    now = clock.here(session.db.now())
    with st.container(gap=None):
        _changes(session, rows, now)


def _changes(session: Session, rows: list[Changed], now: datetime) -> None:
    for one in rows:
        who = "You" if one.who == session.actor.name else plain(one.who)
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.markdown(f"{who} {plain(one.what)} :gray[{ago(clock.here(one.at), now)}]", width="content")
            for patient in one.patients:
                link(session, plain(patient), "patient", {"patient": patient})
            more = one.patient_count - len(one.patients)
            if more > 0:
                st.caption(f"and {more:,} more", width="content")


def _holds(held: Held) -> str:
    parts = [number_of(held.patients, "patient"), number_of(held.courses, "course")]
    return f"You can read {' with '.join(parts)} at {number_of(held.sites, 'site')}."


# --- an empty registry


def _nobody_yet(session: Session) -> None:
    st.header("This registry has no patients yet")
    may = {one for one in Permission if session.actor.may_somewhere(one)}
    if Permission.LOG in may and offered(session, "log"):
        link(session, "Add the first patient", "log", {"form": "patient"}, icon=":material/person_add:")
    if Permission.IMPORT in may:
        st.markdown(
            "Import a folder of CSV files with `nadir import FOLDER`; `--dry-run` first shows the result "
            "row by row. To try Nadir with synthetic patients, run `nadir demo`."
        )
    elif Permission.LOG not in may:
        st.markdown("A research nurse or a data manager adds the first patient. Then reload this page.")


if __name__ == "__main__":
    show()

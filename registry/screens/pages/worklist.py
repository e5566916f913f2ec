"""The surveillance worklist: who needs a count after alemtuzumab, the most urgent first, and what was done."""

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from registry.accounts import settings
from registry.exchange.download import download
from registry.roles import Permission, readable_sites
from registry.screens import clock, tables
from registry.screens.entering.form_state import desk
from registry.screens.links import link, offered
from registry.screens.search import day
from registry.screens.session import Session, current_session
from registry.screens.surveillance import filters
from registry.screens.surveillance.reads import read_beside, read_worklist
from registry.screens.surveillance.removed import show_one, show_removed
from registry.screens.surveillance.row import make_room, show_row
from registry.screens.tables import plain
from registry.surveillance.worklist import COLUMNS, Worklist, protocols_of

PER_PAGE = 20


def show() -> None:
    """Show the list with its filters, a page at a time."""
    make_room()
    st.title("Worklist")
    session = current_session()
    today = clock.today(session.db)
    whole = read_worklist(session, today, None)
    st.caption(
        f"Counts after alemtuzumab on {day(today)}, by {plain(whole.by)}. The list "
        "proposes; a person decides."
    )
    if not whole.rows.num_rows:
        _empty(session, whole)
        show_removed(session, whole)
        return
    chosen = filters.ask(session, whole, today)
    listed = whole if chosen.site is None else read_worklist(session, today, chosen.site)
    everyone = filters.grouped(listed, today)
    found = filters.choose(everyone, chosen)
    _done_just_now(session, listed, everyone, found)
    if not found.num_rows:
        st.info("No patient matches. Choose more groups, or Any in the other filters.")
    else:
        _pages(session, listed, found)
        _download(session, found, chosen.site)
    show_removed(session, listed)


def _pages(session: Session, listed: Worklist, found: pa.Table) -> None:
    pages = -(-found.num_rows // PER_PAGE)
    at = st.pagination(pages, key="worklist page") if pages > 1 else 1
    first = (at - 1) * PER_PAGE
    part = found.slice(first, PER_PAGE)
    st.caption(
        f"Patients {first + 1:,} to {first + part.num_rows:,} of {found.num_rows:,}, the most urgent first"
    )
    _rows(session, listed, part)


def _rows(session: Session, listed: Worklist, part: pa.Table) -> None:
    rows = part.to_pylist()
    besides = read_beside(session, protocols_of(rows), listed.as_of)
    now = clock.now(session.db)
    for row in rows:
        show_row(session, listed.protocol_of(row), row, besides[row["patient_id"]], now)


def _done_just_now(session: Session, listed: Worklist, everyone: pa.Table, found: pa.Table) -> None:
    """Whoever leaves the list by what one does stays in sight, with what was done, until it can no longer be undone."""
    shown = set(found["patient_id"].to_pylist())
    acted = [name for name in reversed(desk().acted) if name not in shown]
    if not acted:
        return
    names = pa.array(acted, pa.string())
    gone = listed.removed.filter(pc.is_in(listed.removed["patient_id"], names))
    moved = everyone.filter(pc.is_in(everyone["patient_id"], names))
    if not gone.num_rows and not moved.num_rows:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Done just now", anchor=False)
        st.button("Out of sight", key="acted seen", on_click=_seen, type="tertiary", icon=":material/close:")
    besides = read_beside(session, protocols_of(gone.to_pylist()), listed.as_of)
    for row in gone.to_pylist():
        show_one(session, row, besides[row["patient_id"]])
    _rows(session, listed, moved)


def _seen() -> None:
    desk().acted.clear()


# --- nobody, and everybody


def _empty(session: Session, whole: Worklist) -> None:
    whom = "; ".join(
        f"{one.agent} for {' or '.join(one.settings).replace('_', ' ')}" for one in whole.protocols
    )
    st.info(
        f"No patient at your sites is under surveillance. The protocols in force are for living patients "
        f"with {plain(whom)}: log the exposure with its setting, and the patient is listed from that day."
    )
    if settings.current().demo:
        st.markdown(
            "The patients of this demonstration had alemtuzumab for a kidney transplant. To see the worklist at work, "
            "end the app where it was started and start it with `nadir demo --watched 40`, which adds 40 synthetic "
            "patients with multiple sclerosis."
        )
    if offered(session, "log") and session.actor.may(Permission.LOG):
        link(session, "Log an exposure", "log", icon=":material/add:")


def _download(session: Session, found: pa.Table, site: str | None) -> None:
    """The list is worked through on paper too: an account that may read it may take it, which is audited."""
    sites = site or readable_sites(session.actor)
    columns = list(COLUMNS)
    tables.take(
        f"Download these {found.num_rows:,} patients as CSV",
        lambda: download(session.db, session.actor, "worklist", found.to_pylist(), columns, site=sites),
        file="worklist.csv",
        mime="text/csv",
    )


if __name__ == "__main__":
    show()

"""A site's own protocol: which are in force, who adopted them and why, and what was replaced or dropped."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import streamlit as st

from registry.roles import Permission
from registry.screens import tables
from registry.screens.clock import here
from registry.screens.entering.one_click import PendingAction, send, slip
from registry.screens.links import link, offered
from registry.screens.session import Session
from registry.screens.surveillance import site_protocol_file
from registry.screens.surveillance.reads import read_adopted, read_in_force
from registry.screens.tables import plain
from registry.surveillance.in_force import InForce
from registry.surveillance.protocols import Adopted, drop
from registry.wording import clock, page_weekday

_ENDED = {
    "protocol": "Protocol",
    "site": "Site",
    "adopted": "Adopted",
    "why": "Why",
    "ended": "Ended",
    "ended_why": "Why it ended",
    "file": "File",
}


def show(session: Session) -> None:
    """What is in force; for whoever may adopt a file the way there; and the history."""
    configures = session.actor.may_somewhere(Permission.CONFIGURE)
    st.caption(
        "A site's own protocol is the published file, copied and changed. It is checked like a published one and "
        "goes before it."
        + ("" if configures else " Who may configure a site takes a copy, adopts a file and drops it here.")
    )
    adoptions = read_adopted(session)
    _say_done(session, adoptions)
    st.header("In force")
    st.caption("A patient is watched by the first that covers an infusion.")
    for one in read_in_force(session):
        standing = [row for row in adoptions if row.protocol_id == one.protocol.id and row.ended_at is None]
        _show_one(session, one, [] if one.published else standing, configures)
    if configures:
        site_protocol_file.show(session)
    _show_history([row for row in reversed(adoptions) if row.ended_at is not None], configures)


def _say_done(session: Session, adoptions: Sequence[Adopted]) -> None:
    """What one has just done, until a protocol is adopted or dropped again; other changes leave it."""
    at, said = slip(site_protocol_file.SAID).done or (None, "")
    changes = [moment for row in adoptions for moment in (row.adopted_at, row.ended_at) if moment is not None]
    if at is None or any(moment > at for moment in changes):
        return
    st.success(plain(said), icon=":material/check:")
    if offered(session, "worklist"):
        link(session, "Worklist", "worklist", icon=":material/arrow_forward:")


# --- what is in force


def _show_one(session: Session, one: InForce, standing: Sequence[Adopted], configures: bool) -> None:
    protocol = one.protocol
    settings = " or ".join(protocol.settings).replace("_", " ")
    with st.container(border=True, gap="xsmall", key=f"in force {protocol.id}"):
        badge = "" if one.published else " :blue-badge[site's own]"
        st.markdown(
            f"**{plain(protocol.id)}**{badge} for {plain(protocol.agent)} given for {plain(settings)}"
        )
        st.caption(f"{plain(protocol.title)} ({plain(protocol.citation)})")
        if one.published:
            st.markdown("Published, at all sites where no other goes before it.")
        for row in standing:
            _show_adoption(session, row)
        if standing and configures:
            _take_file(standing[-1], f"Download {protocol.id}.toml as adopted")


def _show_adoption(session: Session, row: Adopted) -> None:
    """Who adopted a file for a site, when and why; with the way to drop it for whoever may."""
    st.markdown(f"At {plain(row.site or 'all sites')}: {_who(row)}")
    if not session.actor.may(Permission.CONFIGURE, row.site):
        return
    on = slip(f"drop {row.protocol_id} {row.site} {row.hash}")
    on.show_refused()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            f"Why {row.protocol_id} is dropped {plain(_at(row.site))}",
            key=on.field_key("reason"),
            live=True,
            placeholder="Back to the consensus",
            width=420,
        )
        st.button(
            f"Drop {row.protocol_id} {plain(_at(row.site))}",
            key=on.field_key("drop"),
            on_click=send,
            args=(on, on.key, partial(_drop, row, on)),
            icon=":material/delete:",
        )


def _drop(row: Adopted, on: PendingAction, session: Session, key: str) -> None:
    sites = [] if row.site is None else [row.site]
    reason, done = on.text("reason") or None, slip(site_protocol_file.SAID)
    drop(session.db, session.actor, row.protocol_id, sites, reason=reason, key=key, seen=row.hash)
    done.done = (
        session.db.now(),
        f"{row.protocol_id} is no longer in force {_at(row.site)}. Its patients return to what else is in force.",
    )


# --- what was


def _show_history(ended: Sequence[Adopted], configures: bool) -> None:
    """What was replaced or dropped, the last first."""
    st.header("Replaced or dropped")
    tables.shown(
        "protocols that were replaced or dropped",
        [
            {
                "protocol": row.protocol_id,
                "site": row.site or "all sites",
                "adopted": f"{_day(row.adopted_at)} by {row.adopted_by}",
                "why": row.adopted_because or "",
                "ended": f"{_ended_word(row)} {_day(row.ended_at)} by {row.ended_by}",
                "ended_why": row.ended_because or "",
                "file": row.hash[:12],
            }
            for row in ended
        ],
        _ENDED,
        empty="Nothing yet. What is replaced or dropped stays here, with who did it, when and why.",
    )
    if ended and configures:
        files = {row.hash: row for row in reversed(ended)}
        chosen = st.selectbox(
            "A file of before",
            [*reversed(files)],
            index=None,
            key="protocol of before",
            format_func=lambda one: f"{files[one].protocol_id}, file {one[:12]}",
            placeholder="Choose one to take it",
            width=420,
        )
        if chosen is not None:
            _take_file(files[chosen], f"Download {files[chosen].protocol_id}.toml, file {chosen[:12]}")


def _ended_word(row: Adopted) -> str:
    return "replaced" if row.replaced else "dropped"


# --- words


def _take_file(row: Adopted, label: str) -> None:
    tables.take(label, lambda: row.content.encode(), file=f"{row.protocol_id}.toml", mime="application/toml")


def _at(site: str | None) -> str:
    return "at all sites" if site is None else f"at {site}"


def _who(row: Adopted) -> str:
    why = f": {plain(row.adopted_because)}" if row.adopted_because else ""
    return f"adopted by {plain(row.adopted_by)} on {_day(row.adopted_at)}{why} :gray[(file {row.hash[:12]})]"


def _day(at: datetime | None) -> str:
    if at is None:
        return ""
    local = here(at)
    return f"{page_weekday(local)} {clock(local)}"

"""A site's own file is brought: copied from the published one, checked as it comes, compared, and adopted."""

from functools import partial

import streamlit as st

from adjudication.surveillance import ladder
from adjudication.surveillance.protocol import Protocol
from adjudication.surveillance.protocol_file import Unfit
from registry.errors import Usage
from registry.roles import Permission
from registry.screens import clock, tables
from registry.screens.entering.one_click import PendingAction, send, slip
from registry.screens.session import Session
from registry.screens.surveillance.reads import (
    read_compared,
    read_foreseen,
    read_sites_to_adopt,
    reads_patients,
)
from registry.screens.tables import plain
from registry.surveillance.protocols import MOST_BYTES, adopt, copy_of, read, text_of
from registry.wording import number_of

SAID = "protocol"
"""The slip that says what was done last, and when."""
_SOME, _ALL = "some", "all"
_WHERE = {_SOME: "Chosen sites", _ALL: "All sites"}
_LISTED = 200


def show(session: Session) -> None:
    """The way from the published file to a site's own: take a copy, change it, bring it."""
    st.header("Take a copy")
    _show_copy()
    st.header("Bring a changed file")
    on = slip("adopt a protocol")
    brought = st.file_uploader(
        "The file of a protocol (.toml)",
        type="toml",
        key=on.field_key("file"),
        max_upload_size=1,
        help=f"Up to {MOST_BYTES:,} bytes of text in UTF-8.",
    )
    if brought is None:
        st.caption("It is checked as it comes; nothing is adopted before you say so.")
    else:
        show_file(session, on, brought.name, brought.getvalue())


def _show_copy() -> None:
    published = ladder.published_ids()
    chosen = published[0]
    if len(published) > 1:
        chosen = st.selectbox("Copy of", published, key="protocol to copy", width=420)
    name = (
        st.text_input(
            "Name of the copy",
            key="protocol copy",
            live=True,
            placeholder="our-transplants",
            width=420,
        )
        or ""
    )
    if not name:
        st.caption(
            f"The copy of {plain(chosen)} gets this name as its id: small letters, digits and -. Then change "
            "settings, months and rules in it; its examples say what each rule is for."
        )
        return
    try:
        text = copy_of(chosen, name)
    except Usage as error:
        st.caption(plain(error))
        return
    tables.take(
        f"Download {name}.toml",
        lambda: text.encode(),
        file=f"{name}.toml",
        mime="application/toml",
        primary=True,
    )


def show_file(session: Session, on: PendingAction, name: str, content: bytes) -> None:
    """What is wrong in a file that was brought; if nothing, what it changes, whom it would watch, and its adoption."""
    try:
        text = text_of(name, content)
        protocol = read(name, text)
    except Usage as error:
        st.error(plain(error))
        return
    except Unfit as error:
        _show_problems(error)
        return
    settings = " or ".join(protocol.settings).replace("_", " ")
    st.markdown(
        f":material/check: **{plain(protocol.id)}** can be adopted: {len(protocol.rules)} rules, "
        f"{len(protocol.examples)} examples hold. For {plain(protocol.agent)} given for {plain(settings)}."
    )
    _show_differences(session, name, text)
    _show_adoption(session, on, name, text, protocol)


def _show_problems(error: Unfit) -> None:
    number = len(error.faults)
    st.error(
        f"{plain(error.file)} cannot be adopted: {number_of(number, 'problem')}. Mend the file and "
        "bring it again."
    )
    st.table(
        [
            {"Line": str(one.line or ""), "Table": plain(one.place), "What is wrong": plain(one.what)}
            for one in error.faults[:_LISTED]
        ],
        hide_index=True,
    )
    if number > _LISTED:
        st.caption(f"The first {_LISTED} of {number:,}.")


def _show_differences(session: Session, name: str, text: str) -> None:
    for one in read_compared(session, name, text):
        if not one.lines:
            st.caption(f"Nothing differs from {plain(one.what)}.")
            continue
        with st.expander(f"What differs from {plain(one.what)}", expanded=True):
            # without colours: those of the library are too pale to be read on its grey
            st.code("\n".join(one.lines), language=None, wrap_lines=True)


def _show_adoption(session: Session, on: PendingAction, name: str, text: str, protocol: Protocol) -> None:
    sites = read_sites_to_adopt(session)
    ways = [_SOME] if sites else []
    if session.actor.may(Permission.CONFIGURE):
        ways.append(_ALL)
    if not ways:
        st.caption("No patient has a site that you may configure, so there is no site to adopt it for.")
        return
    st.radio(
        "Where it is to be in force",
        ways,
        key=on.field_key("where"),
        format_func=lambda way: _WHERE[way],
        horizontal=True,
    )
    if _way(on) == _SOME:
        st.multiselect(
            "Sites *",
            sites,
            default=sites if len(sites) == 1 else [],
            key=on.field_key("sites"),
            placeholder="Choose the sites",
            width=420,
        )
    chosen = _chosen(on)
    if chosen is not None and reads_patients(session):
        _show_foreseen(session, name, text, chosen)
    on.show_refused()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            "Why it is adopted",
            key=on.field_key("reason"),
            live=True,
            placeholder="Protocol of the transplant unit",
            width=420,
        )
        st.button(
            f"Adopt {protocol.id}{f' {plain(_at(chosen))}' if chosen is not None else ''}",
            key=on.field_key("adopt"),
            on_click=send,
            args=(on, on.key, partial(_adopt, name, text, on)),
            type="primary",
            icon=":material/check:",
        )


def _show_foreseen(session: Session, name: str, text: str, sites: tuple[str, ...]) -> None:
    tables.shown(
        "whom the file would watch",
        [
            {
                "at": one.site or "no site",
                "patients": one.patients,
                "now": one.now or "nobody",
            }
            for one in read_foreseen(session, name, text, sites, clock.today(session.db))
        ],
        {"at": "Site", "patients": "Living patients it would watch", "now": "Watched now by"},
        empty="It would watch nobody yet: no living patient there had such an infusion, or another goes before it.",
    )


def _way(on: PendingAction) -> str:
    return on.text("where") or _SOME


def _chosen(on: PendingAction) -> tuple[str, ...] | None:
    """The sites that are chosen, () for all; None while none is."""
    if _way(on) == _ALL:
        return ()
    return tuple(st.session_state.get(on.field_key("sites")) or ()) or None


def _at(sites: tuple[str, ...]) -> str:
    return f"at {', '.join(sites)}" if sites else "at all sites"


def _adopt(name: str, text: str, on: PendingAction, session: Session, key: str) -> None:
    """Adopt the file that was shown, at the sites that are chosen as the click comes."""
    sites = _chosen(on)
    if sites is None:
        raise Usage("Choose the sites at which it is to be in force.")
    done = slip(SAID)
    found = adopt(session.db, session.actor, name, text, sites, reason=on.text("reason") or None, key=key)
    settings = " or ".join(found.settings).replace("_", " ")
    done.done = (session.db.now(), f"{found.id} is in force {_at(sites)} for {settings}.")

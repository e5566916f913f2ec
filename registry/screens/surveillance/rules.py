"""Every rule of a protocol with the lines and the words of its source, so that it can be found and disputed."""

import re
from collections.abc import Iterable

import streamlit as st

from adjudication.surveillance.protocol import Protocol
from registry.screens.session import Session
from registry.screens.tables import plain, take
from registry.surveillance import rules
from registry.surveillance.protocols import source


def show(session: Session, protocol: Protocol) -> None:
    """The ladder, the advice, the schedule, and what the source leaves open."""
    st.markdown(
        f"Counts are in {plain(protocol.unit)}. The lines are those of the text of {plain(protocol.short)}. "
        "A site copies the file, changes it and adopts it, under Site's own."
    )
    take(
        "Download the whole file",
        lambda: source(session.db, protocol.id).encode(),
        file=f"{protocol.id}.toml",
        mime="application/toml",
    )
    st.header("What a count demands")
    st.caption("The first that holds decides; of all that hold the shortest deadline counts.")
    _rules(rules.ladder(protocol), protocol.short)
    st.header("Whether to treat")
    st.caption("To be discussed with the hematologist. The first that holds decides.")
    _rules(rules.advice_rules(protocol), protocol.short)
    st.header("When counts are due, and other rules")
    _rules(rules.others(protocol), protocol.short)
    st.header("Where the source is silent")
    st.caption("What it leaves open, what is done here, and why. Each awaits the clinician who signs it off.")
    for one in protocol.readings:
        with st.container(border=True, gap="xsmall"):
            st.subheader(one.id, anchor=_anchor(one.id))
            st.markdown(f"**{plain(one.asks)}** {plain(one.we)}")
            st.caption(f"Because: {plain(one.because)}")


def _rules(found: Iterable[rules.RuleInWords], short: str) -> None:
    for one in found:
        with st.container(border=True, gap="xsmall"):
            more = f" :gray[({plain(one.more)})]" if one.more else ""
            st.markdown(f"**{plain(one.when)}** → {plain(one.says)}{more}")
            st.caption(f"{plain(short)}, lines {plain(one.cited.lines)}: “{plain(one.cited.says)}”")
            if one.cited.readings:
                links = (f"[{plain(name)}](#{_anchor(name)})" for name in one.cited.readings)
                st.markdown(f"Where the source is silent: {', '.join(links)}")


def _anchor(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())

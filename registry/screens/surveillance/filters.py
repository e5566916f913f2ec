"""Who is shown of the worklist: groups by urgency, site, mode and action."""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from registry.screens.reads import read_sites
from registry.screens.session import Session
from registry.surveillance.worklist import Worklist
from registry.tasks.counts import split

SHOWN = {"now": "Act now", "overdue": "Overdue", "due": "Due", "soon": "Due soon", "later": "Later"}
MODES = {"in_window": "Monthly counts", "symptom_driven": "By symptoms"}


@dataclass(frozen=True)
class Chosen:
    """What was chosen; None is any."""

    groups: tuple[str, ...]
    mode: str | None
    action: str | None
    site: str | None


def ask(session: Session, whole: Worklist, today: date) -> Chosen:
    """The filters above the list, and what they say."""
    numbers = {name: part.num_rows for name, part in split(whole, today).items()}
    asked = st.query_params.get("show")
    if asked in SHOWN and st.session_state.get("worklist asked") != asked:
        st.session_state["worklist groups"] = [asked]
    elif "worklist groups" not in st.session_state:
        first = [name for name in SHOWN if name != "later" and numbers[name]]
        st.session_state["worklist groups"] = first or list(SHOWN)
    st.session_state["worklist asked"] = asked
    groups = st.pills(
        "Show",
        list(SHOWN),
        selection_mode="multi",
        format_func=lambda name: f"{SHOWN[name]} ({numbers[name]:,})",
        key="worklist groups",
    )
    left, middle, right = st.columns(3)
    sites = read_sites(session)
    site = (
        left.selectbox("Site", sites, index=None, placeholder="Any", key="worklist site")
        if len(sites) > 1
        else None
    )
    modes = [one for one in MODES if one in whole.rows["mode"].unique().to_pylist()]
    mode = middle.selectbox(
        "Mode", modes, index=None, placeholder="Any", key="worklist mode", format_func=lambda one: MODES[one]
    )
    words = _demands(whole)
    actions = [one for one in whole.rows["action"].unique().to_pylist() if one]
    action = right.selectbox(
        "Action",
        actions,
        index=None,
        placeholder="Any",
        key="worklist action",
        format_func=lambda one: words[one],
    )
    return Chosen(tuple(groups), mode, action, site)


def grouped(listed: Worklist, today: date) -> pa.Table:
    """All rows with their group, group after group, each in the order of the list."""
    return pa.concat_tables(
        part.append_column("group", pa.array([name] * part.num_rows, pa.string()))
        for name, part in split(listed, today).items()
    )


def choose(table: pa.Table, chosen: Chosen) -> pa.Table:
    """The rows asked for."""
    if chosen.groups:
        table = table.filter(pc.is_in(table["group"], pa.array(list(chosen.groups), pa.string())))
    if chosen.mode is not None:
        table = table.filter(pc.equal(table["mode"], chosen.mode))
    if chosen.action is not None:
        table = table.filter(pc.equal(table["action"], chosen.action))
    return table


def _demands(whole: Worklist) -> dict[str, str]:
    """Each action in the words of the protocols in force, without its second half."""
    words: dict[str, str] = {}
    for rule in (rule for one in whole.protocols for rule in one.rules):
        words.setdefault(str(rule.action), rule.what.partition(";")[0].rstrip("."))
    return words

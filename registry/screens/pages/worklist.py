"""The surveillance worklist: who needs a count after alemtuzumab, the most urgent first, one row a patient."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from registry.download import download
from registry.overview import readable_sites
from registry.roles import Actor, Permission
from registry.screens import clock, shell, tables
from registry.screens.links import link, offered
from registry.screens.reads import kept, read_sites
from registry.screens.search import day
from registry.screens.shell import Reading
from registry.screens.tables import plain
from registry.waiting.counts import demanded, split
from registry.worklist import COLUMNS, Worklist, worklist

PER_PAGE = 25
SHOWN = {"now": "Act now", "overdue": "Overdue", "soon": "Due soon", "later": "Later"}
MODES = {"in_window": "Monthly counts", "symptom_driven": "By symptoms"}


@kept(20)
def read_worklist(reading: Reading, today: date, site: str | None) -> Worklist:
    """The whole list on a day, at one site or at all that the reader may read."""
    actor = reading.actor
    if site is not None:
        actor = Actor(actor.name, {site: actor.roles_at(site)})
    return worklist(reading.db, actor, today)


def show() -> None:
    """Show the list with its filters, a page at a time."""
    st.title("Worklist")
    reading = shell.reader()
    today = clock.today(reading.db)
    whole = read_worklist(reading, today, None)
    st.caption(
        f"Counts after alemtuzumab on {day(today)}, by {plain(whole.by)}. The list "
        "proposes; a person decides."
    )
    if not whole.rows.num_rows:
        _empty(reading, whole)
        return
    groups, mode, action, site = _filters(reading, whole, today)
    listed = whole if site is None else read_worklist(reading, today, site)
    found = _chosen(listed, today, groups, mode, action)
    if not found.num_rows:
        st.info("Nobody fits. Choose more groups, or Any in the other filters.")
        return
    pages = -(-found.num_rows // PER_PAGE)
    at = st.pagination(pages, key="worklist page") if pages > 1 else 1
    first = (at - 1) * PER_PAGE
    rows = found.slice(first, PER_PAGE).to_pylist()
    st.caption(
        f"Patients {first + 1:,} to {first + len(rows):,} of {found.num_rows:,}, the most urgent first"
    )
    for row in rows:
        _row(reading, listed, row)
    _download(reading, found, site)


# --- filters


def _filters(
    reading: Reading, whole: Worklist, today: date
) -> tuple[list[str], str | None, str | None, str | None]:
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
    sites = read_sites(reading)
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
    return list(groups), mode, action, site


def _chosen(
    listed: Worklist, today: date, groups: list[str], mode: str | None, action: str | None
) -> pa.Table:
    """The rows asked for, group after group, each in the order of the list."""
    parts = split(listed, today)
    table = pa.concat_tables(
        part.append_column("group", pa.array([name] * part.num_rows, pa.string()))
        for name, part in ((name, parts[name]) for name in SHOWN if name in groups or not groups)
    )
    if mode is not None:
        table = table.filter(pc.equal(table["mode"], mode))
    if action is not None:
        table = table.filter(pc.equal(table["action"], action))
    return table


def _demands(whole: Worklist) -> dict[str, str]:
    """Each action in the words of the programmes in force, without its second half."""
    words: dict[str, str] = {}
    for rung in (rung for one in whole.programmes for rung in one.rungs):
        words.setdefault(str(rung.action), rung.what.partition(";")[0].rstrip("."))
    return words


# --- one patient


def _row(reading: Reading, listed: Worklist, row: Mapping[str, Any]) -> None:
    name = str(row["patient_id"])
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            link(reading, f"**{plain(name)}**", "patient", {"patient": name})
            st.markdown(f"{_BADGES[row['group']]} {_when(row)}", width="content")
            st.markdown(plain(_counts(row)), width="content")
            if offered(reading, "log"):
                link(reading, "Log a count", "log", {"patient": name}, icon=":material/add:")
        said = plain(demanded(listed, dict(row)))
        advice = row["treatment_advice"]
        advised = f" To discuss with the hematologist: {plain(advice)}." if advice else ""
        st.caption(f"{said}{advised} Source: {plain(row['source'])}.{_done(row)}")


_BADGES = {
    "now": ":red-badge[:material/priority_high: Act now]",
    "overdue": ":orange-badge[:material/schedule: Overdue]",
    "soon": ":blue-badge[:material/event: Due soon]",
    "later": ":gray-badge[Later]",
}


def _done(row: Mapping[str, Any]) -> str:
    """What was done about the finding, if anything."""
    if not row["outcome"]:
        return ""
    by = f" by {plain(row['done_by'])}" if row["done_by"] else ""
    return f" **Done: {plain(str(row['outcome']).replace('_', ' '))} on {day(row['done_on'])}{by}.**"


def _when(row: Mapping[str, Any]) -> str:
    due = row["due_on"]
    if due is None:
        return "no date" if row["mode"] == "in_window" else "when there are symptoms"
    late = row["overdue_days"]
    return f"by {day(due)}" + (f", **{late:,} day{'' if late == 1 else 's'} late**" if late else "")


def _counts(row: Mapping[str, Any]) -> str:
    if not row["last_count"]:
        return f"never counted, infusion on {day(row['last_infusion_on'])}"
    before = f", before that {row['previous_count']}" if row["previous_count"] else ""
    return f"platelets {row['last_count']} ×10⁹/L on {day(row['last_count_on'])}{before}"


# --- nobody, and everybody


def _empty(reading: Reading, whole: Worklist) -> None:
    whom = "; ".join(
        f"{one.agent} for {' or '.join(one.settings).replace('_', ' ')}" for one in whole.programmes
    )
    st.info(
        f"Nobody at your sites is watched. The programmes in force are for living patients with {plain(whom)}: log the "
        "exposure with its setting, "
        "and the patient stands here from that day."
    )
    if offered(reading, "log") and reading.actor.may(Permission.LOG):
        link(reading, "Log an exposure", "log", icon=":material/add:")


def _download(reading: Reading, found: pa.Table, site: str | None) -> None:
    """The list is worked through on paper too: whoever may read it may take it, which is audited."""
    sites = site or readable_sites(reading.actor)
    columns = list(COLUMNS)
    tables.take(
        f"Download these {found.num_rows:,} patients as CSV",
        lambda: download(reading.db, reading.actor, "worklist", found.to_pylist(), columns, site=sites),
        file="worklist.csv",
        mime="text/csv",
    )


if __name__ == "__main__":
    show()

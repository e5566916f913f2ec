"""The filter of the cohort page: its fields, and the address that keeps it, so that a view can be sent."""

from collections.abc import Mapping
from datetime import date

import streamlit as st

from adjudication.agents import regimen_word
from adjudication.response import criteria
from registry.cohort import Choices, Filter
from registry.cohort.filter import (
    ADDRESS,
    DISEASES,
    SETTINGS,
    read_day,
    read_lines,
    written_day,
    written_lines,
)
from registry.entry import read_day as typed_day
from registry.errors import Usage
from registry.screens import clock
from registry.screens.session import current_session
from registry.screens.tables import plain

EVERY = "All"
_STOOD_FOR = "cohort address"
"""The address for which the fields were last filled in: another one (a link, back, forward) fills them anew."""


def chosen() -> tuple[Filter, list[str]]:
    """The filter in the address of the page, and what in it cannot be read."""
    return Filter.read_leniently(_address())


def show(now: Filter, there: Choices, *, whole: bool = False) -> None:
    """The fields, filled in with `now`; a change of one goes into the address.

    `whole`: the reader sees whole cohorts alone, so nothing is offered that singles out some courses.
    """
    if whole:
        st.caption(
            "You review cases blinded, so only figures of the whole cohort are shown. Figures of a few "
            "courses could identify a patient."
        )
        if not now.is_everything:
            st.button("Clear", key="filter clear", on_click=_clear, type="tertiary", icon=":material/close:")
        return
    _fill_in(now)
    lines = _lines_offered(there, now)
    with st.container(horizontal=True, vertical_alignment="bottom", key="cohort filter"):
        st.segmented_control(
            "Disease", [EVERY, *DISEASES], key="filter disease", required=True, on_change=_changed
        )
        st.selectbox(
            "Line",
            lines,
            key="filter line",
            format_func=_line_word,
            on_change=_changed,
            width=170,
        )
        st.multiselect(
            "Regimen",
            _with(there.regimens, now.regimens),
            key="filter regimens",
            format_func=regimen_word,
            on_change=_changed,
            placeholder=EVERY,
            width=300,
        )
        with st.popover("More filters", icon=":material/tune:"):
            _more(now, there)
        if not now.is_everything:
            st.button("Clear", key="filter clear", on_click=_clear, type="tertiary", icon=":material/close:")
    problem = st.session_state.get("filter problem")
    if problem:
        st.error(problem)


def _more(now: Filter, there: Choices) -> None:
    st.selectbox(
        "Setting",
        ["", *SETTINGS],
        key="filter setting",
        format_func=lambda setting: SETTINGS[setting].capitalize() if setting else EVERY,
        on_change=_changed,
    )
    st.multiselect(
        "Site", _with(there.sites, now.sites), key="filter sites", on_change=_changed, placeholder=EVERY
    )
    start, end = st.columns(2)
    day = "2019, 2019-07 or 14 jul 2019"
    start.text_input("Courses started from", key="filter from", placeholder=day, on_change=_changed)
    end.text_input("up to and including", key="filter to", placeholder=day, on_change=_changed)
    offered = criteria.published_ids()
    if len(offered) > len(DISEASES):
        st.multiselect(
            "Assessed by",
            offered,
            key="filter criteria",
            on_change=_changed,
            placeholder="The criteria in use",
        )


def keep(**more: str) -> None:
    """Put what is not part of the filter, such as the view, into the address."""
    for name, value in more.items():
        st.query_params[name] = value
    st.session_state[_STOOD_FOR] = _address()


def _address() -> dict[str, list[str]]:
    """The part of the page's address that is the filter."""
    return {name: st.query_params.get_all(name) for name in ADDRESS if name in st.query_params}


def _fill_in(now: Filter) -> None:
    """Fill the fields in when the page is opened, and when the address became another by a link, back or forward."""
    state = st.session_state
    if state.get(_STOOD_FOR) == _address() and "filter disease" in state:
        return
    state[_STOOD_FOR] = _address()
    state["filter problem"] = None
    for name, value in _fields(now).items():
        state[f"filter {name}"] = value


def _fields(now: Filter) -> Mapping[str, object]:
    def day(on: date | None, *, last: bool = False) -> str:
        return written_day(on, last=last) if on else ""

    return {
        "disease": now.disease or EVERY,
        "line": written_lines(now.line_from, now.line_to),
        "regimens": list(now.regimens),
        "setting": now.setting or "",
        "sites": list(now.sites),
        "from": day(now.started_from),
        "to": day(now.started_to, last=True),
        "criteria": list(now.criteria),
    }


def _changed() -> None:
    """A field was changed: the address says so, or, where it cannot be meant, the page."""
    state = st.session_state
    disease = state["filter disease"]
    try:
        low, high = read_lines(state["filter line"] or "")
        now = Filter(
            disease=None if disease == EVERY else disease,
            setting=state.get("filter setting") or None,
            sites=tuple(state.get("filter sites", ())),
            regimens=tuple(state["filter regimens"]),
            line_from=low,
            line_to=high,
            started_from=_day(state.get("filter from") or ""),
            started_to=_day(state.get("filter to") or "", last=True),
            criteria=tuple(state.get("filter criteria", ())),
        )
    except Usage as error:
        state["filter problem"] = plain(error)
        return
    state["filter problem"] = None
    _go_to(now)


def _day(text: str, *, last: bool = False) -> date | None:
    """A year, a month or a day as in the address, or a day as it is typed elsewhere. Raises Usage."""
    try:
        return read_day(text, last=last)
    except Usage:
        typed = typed_day(text, clock.today(current_session().db))
        if typed.value is None:
            raise
        return typed.value


def _clear() -> None:
    _go_to(Filter())
    st.session_state.pop(_STOOD_FOR, None)


def _go_to(now: Filter) -> None:
    kept = {name: st.query_params.get_all(name) for name in st.query_params if name not in ADDRESS}
    st.query_params.from_dict(kept | now.address())
    st.session_state[_STOOD_FOR] = now.address()


def _lines_offered(there: Choices, now: Filter) -> list[str]:
    """Every line alone, and from every line on; with what the address asks for."""
    numbers = [line for line in there.lines if line > 0]
    offered = ["", *map(str, numbers), *(f"{line}-" for line in numbers[1:])]
    asked = written_lines(now.line_from, now.line_to)
    return offered if asked in offered else [*offered, asked]


def _line_word(lines: str) -> str:
    return str(Filter.read({"line": lines})).capitalize() if lines else EVERY


def _with(offered: tuple[str, ...], chosen: tuple[str, ...]) -> list[str]:
    """What is offered, and what was chosen although it is not."""
    return [*offered, *(one for one in chosen if one not in offered)]

"""The search for a patient, the same on every page: type what you remember, and open one of those found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from adjudication.agents import regimen_word
from registry.errors import NadirError
from registry.patients.search import Choices, Page, choices, find_patients
from registry.record.units import NOT_EVALUABLE
from registry.screens.links import link
from registry.screens.reads import kept
from registry.screens.session import Session, current_session, errors_shown
from registry.screens.tables import plain
from registry.screens.texts import Marked
from registry.wording import number_of, page_month, page_weekday

LISTED = 8
DISEASES = {"ITP": "ITP", "AIHA": "AIHA", "evans": "ITP and AIHA (Evans)", "none": "No episode"}
_OF_DISEASE = {"ITP": "platelets", "AIHA": "hemoglobin"}
# Streamlit cuts a long link off; here it goes on in the next line, and each is high enough to be hit with a finger.
_WRAPPED = """<style>
[class*="st-key-found-for"] a { height: auto; min-height: 2rem; padding-block: 0.2rem; }
[class*="st-key-found-for"] a * { white-space: normal; overflow: visible; line-height: 1.4; }
</style>"""
_ANALYTES = {"platelets": ("platelets", "×10⁹/L"), "hemoglobin": ("Hb", "g/L")}


@dataclass(frozen=True)
class Asked:
    """What was typed and chosen; None is any."""

    text: str
    site: str | None
    disease: str | None
    regimen: str | None
    setting: str | None

    @property
    def nothing(self) -> bool:
        return self == Asked("", None, None, None, None)


@kept(300)
def read_search(session: Session, asked: Asked, take: int) -> Page:
    """The first patients that fit."""
    return find_patients(
        session.db,
        session.actor,
        asked.text,
        site=asked.site,
        disease=asked.disease,
        regimen=asked.regimen,
        setting=asked.setting,
        take=take,
    )


@kept(20)
def read_choices(session: Session) -> Choices:
    """What a search can be narrowed down to."""
    return choices(session.db, session.actor)


@st.fragment
def search(
    to: str = "patient", *, key: str = "search", listed: int = LISTED, label: str = "Find a patient"
) -> None:
    """Show the search; a patient found is a link to the page `to`, with the patient in its address.

    With nothing typed the patients changed last are listed. Only this part of the page is drawn anew while one types.
    """
    with errors_shown():
        session = current_session()
        asked = _asked(session, key, label)
        try:
            found = read_search(session, asked, listed)
        except NadirError as error:
            st.warning(str(error))
            return
        _results(session, found, asked, to)


def _asked(session: Session, key: str, label: str) -> Asked:
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key} row"):
        text = st.text_input(
            label,
            type="search",
            live=True,
            key=key,
            placeholder="Pseudonym, site, disease, drug: a part of each is enough",
            persist_state="session",
        )
        with st.popover("Narrow", icon=":material/tune:"):
            offered = read_choices(session)
            disease = _choice("Disease", list(DISEASES), f"{key} disease", DISEASES)
            site = _choice("Site", offered.sites, f"{key} site", {})
            words = {one: regimen_word(one) for one in offered.classes}
            classes = st.multiselect(
                "Given in one course",
                offered.classes,
                format_func=lambda one: words.get(one, one),
                key=f"{key} classes",
                placeholder="Any drug",
                persist_state="session",
            )
            spoken = {one: one.replace("_", " ") for one in offered.settings}
            setting = _choice("Alemtuzumab for", offered.settings, f"{key} setting", spoken)
    return Asked((text or "").strip(), site, disease, "+".join(sorted(classes)) or None, setting)


def _choice(label: str, options: list[str], key: str, words: Mapping[str, str]) -> str | None:
    chosen: str | None = st.selectbox(
        label,
        options,
        index=None,
        key=key,
        format_func=lambda one: words.get(one, one),
        placeholder="Any",
        persist_state="session",
    )
    return chosen


def _results(session: Session, found: Page, asked: Asked, to: str) -> None:
    if not found.rows:
        st.info(
            "No patient matches. Shorten what you typed, or choose Any under Narrow."
            if not asked.nothing
            else "There is no patient at your sites yet."
        )
        return
    st.caption(_heading(found, asked))
    with st.container(gap=None, key=f"found for {to}"):
        st.html(_WRAPPED)
        for row in found.rows:
            link(session, told(row), to, {"patient": str(row["patient_id"])}, stretched=True)


def _heading(found: Page, asked: Asked) -> str:
    if asked.nothing:
        return "Recently changed"
    one = "1 patient matches" if found.found == 1 else f"{found.found:,} patients match"
    return (
        one if found.found == len(found.rows) else f"{one}; the first {len(found.rows)}, type more to narrow"
    )


def told(row: Mapping[str, Any]) -> Marked:
    """A patient found, in a line, as markup: `**SYN-003** · ITP · north · 2 courses, last rituximab Jan-2024 · …`."""
    parts = [row["diseases"] or "no episode", row["site"] or "no site", _courses(row)]
    ill = [_OF_DISEASE[one] for one in _OF_DISEASE if one in (row["diseases"] or "")]
    parts += [count_told(one) for one in row["last_counts"] if one["analyte"] in ill or not ill]
    if row["died_on"] is not None:
        parts.append(f"died {day(row['died_on'])}")
    return Marked(" · ".join([f"**{plain(row['patient_id'])}**", *(plain(part) for part in parts)]))


def _courses(row: Mapping[str, Any]) -> str:
    number = row["courses"]
    if not number:
        return "no course"
    last = regimen_word(row["last_regimen"] or "") or "no drug named"
    said = f"{number_of(number, 'course')}"
    return f"{said}{', last' if number > 1 else ':'} {last} {page_month(row['last_course_on'])}"


def count_told(one: Mapping[str, Any]) -> str:
    """`platelets 31 ×10⁹/L on Tue 3 Feb 2026`; a count that cannot be judged says why."""
    name, unit = _ANALYTES[one["analyte"]]
    on = f"on {day(one['observed_on'])}"
    if one["canonical_e6"] is not None:
        value = f"{name} {one['comparator'] or ''}{one['canonical_e6'] / 1e6:.15g} {unit} {on}"
    elif one["value"] is not None:
        value = f"{name} {one['value']} {one['unit'] or 'without unit'} {on}"
    else:
        value = f"{name} not measured {on}"
    reason = one["not_evaluable"]
    return f"{value} ({NOT_EVALUABLE.get(reason, reason)})" if reason and one["value"] is not None else value


def day(on: date) -> str:
    """`Tue 3 Feb 2026`: the month is never a number."""
    return f"{page_weekday(on)}"

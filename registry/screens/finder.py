"""Finding the patient for whom something is to be entered: type, Enter, there."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from adjudication.agents import regimen_word
from registry.patients import search
from registry.patients.search import Page
from registry.record.text import words
from registry.record.text.days import said as said_day
from registry.record.text.values import number_said
from registry.screens.focus import focus_on
from registry.screens.reads import kept
from registry.screens.session import Session
from registry.screens.tables import plain
from registry.screens.texts import Marked

LISTED = 8
# Names are compared by their beginnings, which stand below each other.
_LEFT = """<style>
.st-key-found button, .st-key-found button > div { justify-content: flex-start; text-align: left; }
</style>"""


@kept(200)
def read_offered(session: Session, text: str) -> Page:
    """The first patients that a search finds; with nothing typed, those changed last."""
    return search.find_patients(session.db, session.actor, text, take=LISTED)


def show_finder(session: Session) -> None:
    """Let a patient be found by pseudonym, site, disease or drug; the first one found is opened with Enter."""
    text = st.text_input(
        "Find a patient",
        type="search",
        live=True,
        key="finder",
        placeholder="Pseudonym, site, disease or drug: a part of each is enough",
    )
    focus_on("finder", "finder")
    found = read_offered(session, text or "")
    if not found.rows:
        st.info("No patient matches. Shorten the text, or add the patient.")
        return
    what = "Recently changed patients" if not text else f"{found.found:,} found"
    more = f", the first {LISTED} listed; type more to narrow" if found.found > LISTED else ""
    st.caption(f"{what}{more}. Alt and a number opens a patient.")
    with st.container(gap="xsmall", key="found"):
        for number, row in enumerate(found.rows, 1):
            st.button(
                _told(row),
                key=f"found {row['patient_id']}",
                on_click=_open,
                args=(row["patient_id"],),
                shortcut=f"Alt+{number}",
                width="stretch",
                wrap=True,
            )
    st.html(_LEFT)


def _told(row: Mapping[str, Any]) -> Marked:
    regimen = regimen_word(row["last_regimen"]) if row.get("last_regimen") else None
    parts = [row["diseases"] or "no episode", row["site"] or "no site", regimen]
    counted = next((_count(one) for one in row.get("last_counts") or []), None)
    return Marked(
        " · ".join([f"**{plain(row['patient_id'])}**", *(plain(part) for part in [*parts, counted] if part)])
    )


def _count(one: Mapping[str, Any]) -> str:
    """`Platelets 31 ×10⁹/L on Tue 3 Feb 2026`, in the canonical unit; as reported where it cannot be."""
    measured = words.ANALYTES.get(one["analyte"], one["analyte"])
    value = f"{one['value']} {words.unit(one['unit'] or '')}".strip()
    if one["canonical_e6"] is not None:
        unit = words.unit(words.units(one["analyte"])[0])
        value = f"{one['comparator'] or ''}{number_said(one['canonical_e6'])} {unit}"
    return f"{measured} {value} on {said_day(one['observed_on'])}"


def _open(patient_id: str) -> None:
    st.query_params["patient"] = patient_id

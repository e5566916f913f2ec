"""Finding the patient for whom something is to be entered: type, Enter, there."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from adjudication.agents import regimen_word
from registry import overview
from registry.entry.days import said as said_day
from registry.overview import Page
from registry.screens.focus import focus_on
from registry.screens.reads import kept
from registry.screens.shell import Reading
from registry.screens.tables import plain

LISTED = 8


@kept(200)
def read_offered(reading: Reading, text: str) -> Page:
    """The first patients that a search finds; with nothing typed, those changed last."""
    return overview.find_patients(reading.db, reading.actor, text, take=LISTED)


def show_finder(reading: Reading) -> None:
    """Let a patient be found by pseudonym, site, disease or drug; the first one found is opened with Enter."""
    text = st.text_input(
        "Find a patient",
        type="search",
        live=True,
        key="finder",
        placeholder="Pseudonym, site, disease or drug: a part of each is enough",
    )
    focus_on("finder", "finder")
    found = read_offered(reading, text or "")
    if not found.rows:
        st.info("No patient fits. Shorten the text, or add the patient.")
        return
    what = "Patients changed last" if not text else f"{found.found:,} found"
    more = f", the first {LISTED} listed; type more to narrow" if found.found > LISTED else ""
    st.caption(f"{what}{more}. Alt and a number opens a patient.")
    for number, row in enumerate(found.rows, 1):
        st.button(
            _told(row),
            key=f"found {number}",
            on_click=_open,
            args=(row["patient_id"],),
            shortcut=f"Alt+{number}",
            width="stretch",
            wrap=True,
        )


def _told(row: Mapping[str, Any]) -> str:
    regimen = regimen_word(row["last_regimen"]) if row.get("last_regimen") else None
    parts = [row["diseases"] or "no episode", row["site"] or "no site", regimen]
    counted = next((_count(one) for one in row.get("last_counts") or []), None)
    return " · ".join(
        [f"**{plain(row['patient_id'])}**", *(plain(part) for part in [*parts, counted] if part)]
    )


def _count(one: Mapping[str, Any]) -> str:
    unit = f" {one['unit']}" if one["unit"] else ""
    return f"{one['analyte']} {one['value']}{unit} on {said_day(one['observed_on'])}"


def _open(patient_id: str) -> None:
    st.query_params["patient"] = patient_id

"""Whose page this is, at the top of every page on which something is entered: nobody logs on the wrong patient."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from registry.screens.shell import SCREENS, Reading
from registry.screens.tables import plain
from registry.timeline import Timeline

_PAGES = {"patient": "Patient page", "log": "Log", "facts": "Facts"}
_ANALYTES = {"platelets": ("Platelets", "×10⁹/L"), "hemoglobin": ("Hb", "g/L")}
# The banner stays in sight while a long form is scrolled; its colour hides what passes below it.
_STICKY = """<style>
div:has(> .st-key-banner), .st-key-banner { position: sticky; top: 3.75rem; z-index: 90; }
.st-key-banner { background: var(--st-secondary-background-color); }
</style>"""


def show_banner(reading: Reading, one: Timeline, here: str) -> None:
    """Show who the patient is: pseudonym, disease, site, last counts; and the way to the patient's other pages.

    `here` is the address of the page on which the banner stands.
    """
    st.html(_STICKY)
    with st.container(border=True, key="banner", gap="small", horizontal=True, vertical_alignment="center"):
        st.markdown(" · ".join(_parts(one)), width="stretch")
        for page in SCREENS:
            if page.address in _PAGES and page.address != here and page.seen_by(reading.actor):
                query = {"patient": one.patient_id}
                st.page_link(
                    f"registry/screens/{page.file.name}", label=_PAGES[page.address], query_params=query
                )
        st.button("Other patient", key="other patient", shortcut="Alt+P", on_click=_other, type="tertiary")


def _other() -> None:
    st.query_params.pop("patient", None)


def _parts(one: Timeline) -> list[str]:
    disease = " + ".join(one.diseases) or "no episode recorded"
    site = f"site {one.site}" if one.site else "no site"
    parts = [f"**{plain(one.patient_id)}**", plain(disease), plain(site)]
    parts += [said for analyte in _ANALYTES if (said := _last(one, analyte)) is not None]
    if len(parts) == 3:
        parts.append("no count yet")
    if one.died_on is not None:
        parts.append(f"**died {day(one.died_on)}**")
    return parts


def _last(one: Timeline, analyte: str) -> str | None:
    """`Platelets 31 ×10⁹/L on Tue 03-Feb-2026`, the last that could be read; None if there is none."""
    known = [
        row
        for row in one.observations
        if row["analyte"] == analyte and row["value_canonical"] is not None and row["observed_on"]
    ]
    if not known:
        return None
    last = max(known, key=lambda row: row["observed_on"])
    title, unit = _ANALYTES[analyte]
    return f"{title} **{plain(_value(last))}** {unit} on {day(last['observed_on'])}"


def _value(row: Mapping[str, Any]) -> str:
    return f"{row['comparator'] or ''}{row['value_canonical']:.15g}"


def day(on: date) -> str:
    """`Tue 03-Feb-2026`: the month is never a number."""
    return f"{on:%a %d-%b-%Y}"

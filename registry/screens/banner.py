"""Whose page this is, at the top of every page on which something is entered: nobody logs on the wrong patient."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from registry.patients.patient_record import PatientRecord
from registry.record.text.days import said as said_day
from registry.screens.catalogue import SCREENS
from registry.screens.session import Session
from registry.screens.tables import plain

_PAGES = {"patient": "Patient page", "log": "Log", "facts": "Facts"}
_ANALYTES = {"platelets": ("Platelets", "×10⁹/L"), "hemoglobin": ("Hb", "g/L")}
# The banner stays in sight while a long form is scrolled; its color hides what passes below it. The key on a button
# is as easy to read as the button, and the form that is open stands out among the others.
_STICKY = """<style>
div:has(> .st-key-banner), .st-key-banner { position: sticky; top: 3.75rem; z-index: 90; }
.st-key-banner { background: BACKGROUND; }
.st-key-banner > div:first-child strong:first-child { font-size: 1.2rem; }
[data-testid="stBaseButton-primary"] kbd { color: inherit; opacity: 1; }
.st-key-forms button:disabled, .st-key-forms button:disabled * { color: inherit; opacity: 1; font-weight: 600; }
.st-key-forms button:disabled { border: 2px solid currentColor; }
</style>"""


def show_banner(session: Session, record: PatientRecord, here: str) -> None:
    """Show who the patient is: pseudonym, disease, site, last counts; and the way to the patient's other pages.

    `here` is the address of the page on which the banner stands.
    """
    st.html(_STICKY.replace("BACKGROUND", _background()))
    with st.container(border=True, key="banner", gap="xsmall"):
        st.markdown(" · ".join(_who(record)))
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.markdown(" · ".join(_last_counts(record)), width="content")
            for page in SCREENS:
                if page.address in _PAGES and page.address != here and page.seen_by(session.actor):
                    query = {"patient": record.patient_id}
                    st.page_link(page.file, label=_PAGES[page.address], query_params=query)
            st.button(
                "Other patient", key="other patient", shortcut="Alt+P", on_click=_other, type="tertiary"
            )


def _background() -> str:
    """The color of the page, which CSS cannot name."""
    theme = "dark" if st.context.theme.type == "dark" else "light"
    return str(st.get_option(f"theme.{theme}.backgroundColor") or "Canvas")


def _other() -> None:
    st.query_params.pop("patient", None)


def _who(record: PatientRecord) -> list[str]:
    disease = " + ".join(record.diseases) or "no episode recorded"
    site = f"site {record.site}" if record.site else "no site"
    born = f"born {record.born_on.year}" if record.born_on else None
    parts = [
        f"**{plain(record.patient_id)}**",
        *(plain(part) for part in (disease, site, record.sex, born) if part),
    ]
    return [*parts, f"**died {said_day(record.died_on)}**"] if record.died_on else parts


def _last_counts(record: PatientRecord) -> list[str]:
    return [said for analyte in _ANALYTES if (said := _last(record, analyte)) is not None] or ["no count yet"]


def _last(record: PatientRecord, analyte: str) -> str | None:
    """`Platelets 31 ×10⁹/L on Tue 3 Feb 2026`, the last that could be read; None if there is none."""
    known = [
        row
        for row in record.observations
        if row["analyte"] == analyte and row["value_canonical"] is not None and row["observed_on"]
    ]
    if not known:
        return None
    last = max(known, key=lambda row: row["observed_on"])
    title, unit = _ANALYTES[analyte]
    return f"{title} **{plain(_value(last))}** {unit} on {said_day(last['observed_on'])}"


def _value(row: Mapping[str, Any]) -> str:
    return f"{row['comparator'] or ''}{row['value_canonical']:.15g}"

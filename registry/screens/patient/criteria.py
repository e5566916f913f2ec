"""Which published criteria the page shows: those in use by default, or others that somebody chose."""

import streamlit as st

from registry.patients.patient_record import PatientRecord
from registry.screens import reads


def ask(record: PatientRecord) -> None:
    """Where a disease of the patient has several published sets, let one be chosen."""
    for disease, sets in reads.read_criteria(record.diseases).items():
        if len(sets) > 1:
            st.selectbox(f"Criteria for {disease}", sets, key=f"criteria {disease}", width=240)


def chosen() -> tuple[str, ...]:
    """The set of each disease whose thresholds and calls are shown."""
    return tuple(
        str(st.session_state.get(f"criteria {disease}") or sets[0])
        for disease, sets in reads.read_criteria(("ITP", "AIHA")).items()
    )

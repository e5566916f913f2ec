"""What pages read, kept while the registry is at the same change: nobody sees what is no longer so."""

from typing import Any

import streamlit as st

from adjudication.response.criteria import DEFAULTS
from adjudication.response.explain import Explanation
from registry import review
from registry.patients import search
from registry.patients.levels import criteria_offered
from registry.patients.neighbours import neighbours
from registry.patients.patient_record import PatientRecord, patient_record
from registry.patients.search import Held
from registry.record.doubts import marks
from registry.review import Superseded
from registry.roles import Permission
from registry.screens.session import Session


def kept(entries: int, spinner: str | bool = False) -> Any:
    """Keep what a read gives for each reading (who, which registry, at which change) and each of its arguments."""
    return st.cache_data(
        max_entries=entries, show_spinner=spinner, hash_funcs={Session: lambda session: session.key}
    )


@kept(200)
def read_patient_record(
    session: Session, patient_id: str, criteria_ids: tuple[str, ...] = tuple(DEFAULTS.values())
) -> PatientRecord:
    """One patient with the calls under these criteria; raises Usage if there is none of that name."""
    return patient_record(session.db, session.actor, patient_id, criteria_ids)


@kept(200)
def read_explanation(session: Session, course_id: str, criteria_id: str | None = None) -> Explanation:
    """Why a course was called as it was, in sentences; under the criteria in use unless others are named."""
    return review.explain(session.db, session.actor, course_id, criteria_id)


@kept(200)
def read_superseded(
    session: Session, patient_id: str, criteria_ids: tuple[str, ...] = tuple(DEFAULTS.values())
) -> list[Superseded]:
    """The decisions of a patient that hold no more, with what changed under them."""
    return review.superseded(session.db, session.actor, patient_id, criteria_ids)


@kept(200)
def read_neighbours(session: Session, patient_id: str) -> tuple[str | None, str | None]:
    """The patients before and after one, of those whom the reader may see."""
    return neighbours(session.db, session.actor, patient_id)


@kept(200)
def read_doubts(session: Session, patient_id: str) -> dict[str, str]:
    """By observation, why a count of a patient is doubted; not for an account that may not read the patient's
    counts."""
    return marks(session.db, read_patient_record(session, patient_id).patient_id)


@st.cache_data(show_spinner=False)
def read_criteria(diseases: tuple[str, ...]) -> dict[str, list[str]]:
    """The published criteria sets of each disease by id, the one in use by default first."""
    return {disease: [one.id for one in sets] for disease, sets in criteria_offered(diseases).items()}


@kept(20)
def read_sites(session: Session) -> list[str]:
    """The sites that have patients whom the reader may see."""
    return search.sites_of(session.db, session.actor)


@kept(50)
def read_counted(session: Session) -> Held:
    """How much there is at the sites of which the reader sees figures."""
    return search.held(session.db, session.actor, Permission.FIGURES)


@kept(50)
def read_held(session: Session) -> Held:
    """How much the reader may read, in numbers."""
    return search.held(session.db, session.actor)

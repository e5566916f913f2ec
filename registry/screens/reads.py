"""What pages read, kept while the registry stands at the same change: nobody sees what is no longer so."""

from typing import Any

import streamlit as st

from adjudication.criteria import DEFAULTS
from adjudication.explain import Explanation
from registry import overview, reviews
from registry.facts.doubts import marks
from registry.overview import Held
from registry.reviews import Superseded
from registry.roles import Permission
from registry.screens.shell import Reading
from registry.timeline import Timeline, criteria_offered, neighbours, timeline


def kept(entries: int, spinner: str | bool = False) -> Any:
    """Keep what a read gives for each reading (who, which registry, at which change) and each of its arguments."""
    return st.cache_data(
        max_entries=entries, show_spinner=spinner, hash_funcs={Reading: lambda reading: reading.key}
    )


@kept(200)
def read_timeline(
    reading: Reading, patient_id: str, criteria_ids: tuple[str, ...] = tuple(DEFAULTS.values())
) -> Timeline:
    """One patient with the calls under these criteria; raises Usage if there is none of that name."""
    return timeline(reading.db, reading.actor, patient_id, criteria_ids)


@kept(200)
def read_explanation(reading: Reading, course_id: str, criteria_id: str | None = None) -> Explanation:
    """Why a course was called as it was, in sentences; under the criteria in use unless others are named."""
    return reviews.explain(reading.db, reading.actor, course_id, criteria_id)


@kept(200)
def read_superseded(
    reading: Reading, patient_id: str, criteria_ids: tuple[str, ...] = tuple(DEFAULTS.values())
) -> list[Superseded]:
    """The decisions of a patient that hold no more, with what changed under them."""
    return reviews.superseded(reading.db, reading.actor, patient_id, criteria_ids)


@kept(200)
def read_neighbours(reading: Reading, patient_id: str) -> tuple[str | None, str | None]:
    """The patients before and after one, of those whom the reader may see."""
    return neighbours(reading.db, reading.actor, patient_id)


@kept(200)
def read_doubts(reading: Reading, patient_id: str) -> dict[str, str]:
    """By observation, why a count of a patient is doubted; not for whoever may not read the patient's counts."""
    return marks(reading.db, read_timeline(reading, patient_id).patient_id)


@st.cache_data(show_spinner=False)
def read_criteria(diseases: tuple[str, ...]) -> dict[str, list[str]]:
    """The published criteria sets of each disease by id, the one in use by default first."""
    return {disease: [one.id for one in sets] for disease, sets in criteria_offered(diseases).items()}


@kept(20)
def read_sites(reading: Reading) -> list[str]:
    """The sites that have patients whom the reader may see."""
    return overview.sites_of(reading.db, reading.actor)


@kept(50)
def read_counted(reading: Reading) -> Held:
    """How much there is at the sites of which the reader sees figures."""
    return overview.held(reading.db, reading.actor, Permission.FIGURES)


@kept(50)
def read_held(reading: Reading) -> Held:
    """How much the reader may read, in numbers."""
    return overview.held(reading.db, reading.actor)

"""What the cohort page reads, kept while the registry is at the same change."""

from registry import cohort
from registry.charts import PATIENTS_PER_PAGE
from registry.cohort import Choices, Figures, Filter, Summary, Swimmers
from registry.screens.reads import kept
from registry.screens.session import Session


@kept(60, "Counting …")
def read_figures(session: Session, chosen: Filter) -> Figures:
    """The figures of the chosen courses."""
    return cohort.figures(session.db, session.actor, chosen)


@kept(60, "Loading courses …")
def read_swimmers(session: Session, chosen: Filter, page: int) -> Swimmers:
    """A page of the patients with a chosen course; the first is 1."""
    skip = (page - 1) * PATIENTS_PER_PAGE
    return cohort.swimmers(session.db, session.actor, chosen, skip=skip, take=PATIENTS_PER_PAGE)


@kept(20)
def read_choices(session: Session) -> Choices:
    """What there is to choose from."""
    return cohort.choices(session.db, session.actor)


@kept(10, "Counting the cohort …")
def read_summary(session: Session) -> Summary:
    """The summary of everything that the reader may see."""
    return cohort.summary(session.db, session.actor)

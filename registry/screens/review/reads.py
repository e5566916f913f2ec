"""What the pages of review read, kept while the registry is at the same change; ages are those of a day."""

from datetime import date

from registry import review
from registry.review import Ages, Prospect, Query
from registry.review.agreement import Agreement, agreement
from registry.screens.reads import kept
from registry.screens.session import Session


@kept(10, "Comparing calls and readers …")
def read_agreement(session: Session) -> Agreement:
    """How far machine and people agree."""
    return agreement(session.db, session.actor)


@kept(20, "Checking the calls …")
def read_prospect(session: Session, day: date, data_cut_on: date | None) -> Prospect:  # noqa: ARG001
    """What an opening of cases would do on that day."""
    return review.prospect(session.db, session.actor, data_cut_on=data_cut_on)


@kept(100)
def read_queries(
    session: Session,
    day: date,  # noqa: ARG001
    *,
    patient_id: str | None = None,
    site: str | None = None,
    mine: bool = False,
) -> list[Query]:
    """Queries on values, oldest first, as old as they are on that day."""
    return review.queries(session.db, session.actor, patient_id=patient_id, site=site, mine=mine)


@kept(20)
def read_ages(session: Session, day: date) -> list[Ages]:  # noqa: ARG001
    """How long queries wait at each hospital on that day."""
    return review.ages(session.db, session.actor)

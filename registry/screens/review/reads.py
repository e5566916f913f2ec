"""What the pages of review read, kept while the registry stands at the same change; ages are those of a day."""

from datetime import date

from registry import reviews
from registry.agreement import Agreement, agreement
from registry.reviews import Ages, Challenged, Prospect, Query
from registry.screens.reads import kept
from registry.screens.shell import Reading


@kept(10, "Comparing machine and readers …")
def read_agreement(reading: Reading) -> Agreement:
    """How far machine and people agree."""
    return agreement(reading.db, reading.actor)


@kept(20, "Looking through the calls …")
def read_prospect(reading: Reading, day: date, data_cut_on: date | None) -> Prospect:  # noqa: ARG001
    """What an opening of cases would do on that day."""
    return reviews.prospect(reading.db, reading.actor, data_cut_on=data_cut_on)


@kept(100)
def read_queries(
    reading: Reading,
    day: date,  # noqa: ARG001
    *,
    patient_id: str | None = None,
    site: str | None = None,
    mine: bool = False,
) -> list[Query]:
    """Queries on values, oldest first, as old as they are on that day."""
    return reviews.queries(reading.db, reading.actor, patient_id=patient_id, site=site, mine=mine)


@kept(20)
def read_ages(reading: Reading, day: date) -> list[Ages]:  # noqa: ARG001
    """How long queries wait at each hospital on that day."""
    return reviews.ages(reading.db, reading.actor)


@kept(200)
def read_challenged(reading: Reading, course_id: str) -> Challenged:
    """What is doubted of the call on a course."""
    return reviews.challenged(reading.db, reading.actor, course_id)

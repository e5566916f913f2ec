"""What the page of the programme reads, kept while the registry stands at the same change."""

from datetime import date

from registry.overview import readable_sites
from registry.screens.reads import kept
from registry.screens.shell import Reading
from registry.surveillance.in_force import concerning, in_force
from registry.surveillance.measures import Measures, measures


@kept(20, "Counting …")
def read_measures(reading: Reading, today: date, programme_id: str) -> Measures:
    """The measures of a programme in force, of the patients whom the reader may see."""
    return measures(reading.db, reading.actor, today, programme_id=programme_id)


@kept(20)
def read_programmes(reading: Reading) -> dict[str, str]:
    """The programmes in force at the reader's sites by id, as one names them; the first goes before the others."""
    there = concerning(in_force(reading.db), readable_sites(reading.actor))
    return {one.id: f"{one.id}: {', '.join(one.settings).replace('_', ' ')}" for one in there}

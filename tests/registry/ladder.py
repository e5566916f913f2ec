"""Since when each rung of the ladder asks for something, written the long way round: the query is held against it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from adjudication import surveillance
from adjudication.programme import Bleeding, Rung
from adjudication.surveillance import Count

PROGRAMME = surveillance.load()


def asked(
    counts: Sequence[Count],
    settled: Sequence[tuple[date, int]] = (),
    bleeding: Bleeding = Bleeding.NONE,
    bleeding_on: date | None = None,
    clumped: Sequence[tuple[date, datetime | None]] = (),
) -> list[tuple[date | None, datetime]]:
    """For each rung that holds the last day, and the first moment that is too late; `clumped` since the last count.

    Without a day where it holds only by what is confirmed, or by the count before a fall: worklist.csv tells no more
    than the last count, the one before it and the bleeding.
    """
    found = surveillance.compared(PROGRAMME, counts, settled)
    last = surveillance.steps(counts)[-1:]
    times: list[tuple[date | None, datetime]] = []
    for rung in PROGRAMME.rungs:
        if rung.within_hours is None or not holds(rung, found, bleeding, bool(clumped)):
            continue
        day, at = last[0].on if last else date.min, last[0].at if last else None
        if rung.when.confirmed:
            first = surveillance.confirmed_on(PROGRAMME, rung.when, counts, settled)
            assert first is not None
            day, at = first.on, first.at
        elif rung.when.clumped:
            day = min(on for on, _ in clumped)
            at = min((moment for on, moment in clumped if on == day and moment), default=None)
        elif rung.when.bleeding:
            assert bleeding_on is not None
            day, at = bleeding_on, None
        if rung.within_hours == 0 or at is None:
            at = datetime.combine(day + timedelta(1), time())
        hours = timedelta(hours=rung.within_hours)
        plain = not rung.when.confirmed and holds(
            rung, replace(found, measured_from_e6=found.previous_e6), bleeding, bool(clumped)
        )
        times.append((day + hours if plain else None, at + hours))
    return times


def holds(rung: Rung, found: surveillance.Compared, bleeding: Bleeding, clumped: bool) -> bool:
    """Whether one rung holds, asked of a ladder that has no other but the last."""
    alone = replace(PROGRAMME, rungs=(replace(rung, id="asked"), PROGRAMME.rungs[-1]))
    demand = surveillance.action(
        alone, found.measured_from_e6, found.current_e6, bleeding, clumped, found.confirms_e6
    )
    return demand.rung.id == "asked"

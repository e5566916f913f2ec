"""Figures 11 to 39: what was given for ITP, how it worked, for how long, and how patients are at the end."""

from __future__ import annotations

from collections.abc import Iterator

from registry.cohort.figure import About, Count, Figure, Middle, Share
from registry.cohort.responses import (
    courses_of,
    duration,
    every_regimen,
    follow_up,
    held,
    in_response,
    of_assessable,
    orr,
    relapse,
    state,
    still_on_treatment,
)
from registry.cohort.tally import Row, Tally, at_least, is_first_line, total, values, where
from registry.statistics import spread

TPO_RA, RITUXIMAB, COMBINATION = "TPO_RA", "RITUXIMAB", "RITUXIMAB+TPO_RA"


def first_line(tally: Tally) -> Iterator[Figure]:
    """Figures 11 to 17."""
    mine = _patients(tally)
    first = [row for row in courses_of(tally, "ITP") if row["line_number"] == 1]
    treated, second = (list(filter(at_least(lines), mine)) for lines in (1, 2))
    about = About("spontaneous_cr", "Spontaneous complete response", "patients")
    yield Share.of(about, mine, where(spontaneous_cr=True))
    yield Share.of(About("treated", "Treated", "patients"), mine, at_least(1))
    label = "Corticosteroid, immunoglobulin or both first"
    yield Share.of(
        About("first_line_usual", label, "patients"),
        treated,
        lambda row: is_first_line(row["first_regimen"]),
    )
    yield orr(
        About("first_line_orr_usual", "Response to corticosteroid, immunoglobulin or both", "courses"),
        [row for row in first if is_first_line(row["regimen"])],
    )
    yield orr(
        About("first_line_orr", "Response to any first line", "courses"),
        first,
    )
    label = "Response to the first line not lost in any count, no further line"
    yield Share.of(About("first_line_held", label, "patients"), treated, where(first_line_held=True, lines=1))
    yield Share.of(About("second_line", "Needed a second line", "patients"), treated, at_least(2))
    yield Share.of(
        About("third_line_of_second", "Needed a third line, of those with a second", "patients"),
        second,
        at_least(3),
    )
    yield Share.of(
        About("third_line", "Needed a third line, of those treated", "patients"),
        treated,
        at_least(3),
    )


def tpo_ra(tally: Tally) -> Iterator[Figure]:
    """Figures 18 to 24."""
    name, agents, mine = "tpo_ra", "TPO-RA", _of(tally, TPO_RA)
    given = filter(where(disease="ITP", regimen=TPO_RA), tally.regimens)
    yield Count(
        About("tpo_ra_uses", "Courses of TPO-RA alone", "courses"),
        total(mine),
    )
    yield Count(
        About("tpo_ra_patients", "Patients given TPO-RA alone", "patients"),
        sum(row["patients"] for row in given),
    )
    yield orr(About("tpo_ra_orr", "Response to TPO-RA", "courses"), mine)
    yield relapse(name, agents, mine)
    yield of_assessable(
        About("tpo_ra_relapse_of_courses", "Response to TPO-RA lost, of all courses", "courses"),
        mine,
        where(responded=True, relapsed=True),
    )
    yield from duration(name, agents, _responses(tally, TPO_RA))
    about = About("tpo_ra_stopped", "TPO-RA stopped in response", "responses")
    yield Share.of(about, list(filter(where(responded=True), mine)), where(stopped=True))
    days = values(mine, "agent_days", where(stopped=True))
    yield Middle(About("tpo_ra_days", "Time on TPO-RA at stopping", "days"), spread(days), "courses")
    yield from held(name, agents, mine, tally)


def rituximab(tally: Tally) -> Iterator[Figure]:
    """Figures 25 to 28."""
    name, agents, mine = "rituximab", "rituximab", _of(tally, RITUXIMAB)
    yield Count(About("rituximab_uses", "Courses of rituximab alone", "courses"), total(mine))
    yield orr(About("rituximab_orr", "Response to rituximab", "courses"), mine)
    yield relapse(name, agents, mine)
    yield from duration(name, agents, _responses(tally, RITUXIMAB))


def combination(tally: Tally) -> Iterator[Figure]:
    """Figures 29 to 34."""
    name, agents, mine = "combination", "rituximab + TPO-RA", _of(tally, COMBINATION)
    yield Count(About("combination_uses", f"Courses of {agents}", "courses"), total(mine))
    yield orr(About("combination_orr", f"Response to {agents}", "courses"), mine)
    yield relapse(name, agents, mine)
    yield from duration(name, agents, _responses(tally, COMBINATION))
    stopped = list(filter(where(stopped=True), mine))
    yield Middle(
        About("combination_agent_days", f"Time on the TPO-RA at stopping, {agents}", "days"),
        spread(values(stopped, "agent_days")),
        "courses",
    )
    yield Middle(
        About("combination_course_days", f"Time to the last dose of either, {agents}", "days"),
        spread(values(stopped, "course_days")),
        "courses",
    )
    yield from held(name, agents, mine, tally)


def others(tally: Tally) -> Iterator[Figure]:
    """The response to every other regimen, most used first: not published, so without number."""
    yield from every_regimen("itp", tally, "ITP", but=(TPO_RA, RITUXIMAB, COMBINATION))


def outcome(tally: Tally) -> Iterator[Figure]:
    """Figures 35 to 39."""
    mine = _patients(tally)
    alive = [row for row in mine if not row["died"]]
    treated = list(filter(at_least(1), mine))
    yield from follow_up("itp", "ITP", tally, where(disease="ITP"))
    yield state(
        About("itp_in_response", "In response at the last count", "patients"),
        mine,
        in_response,
    )
    yield state(
        About("itp_alive_in_response", "In response at the last count, of those alive", "patients"),
        alive,
        in_response,
    )
    for level, held_level in (("CR", "CR"), ("R", "lesser")):
        name, label = f"itp_last_{level.lower()}", f"{level} at the last count"
        yield state(About(name, label, "patients"), mine, where(state=held_level))
        about = About(f"{name}_treated", f"{label}, of those treated", "patients")
        yield state(about, treated, where(state=held_level))
    yield from still_on_treatment("itp", mine)


def _patients(tally: Tally) -> list[Row]:
    return list(filter(where(disease="ITP"), tally.diseases))


def _of(tally: Tally, regimen: str) -> list[Row]:
    return list(filter(where(regimen=regimen), courses_of(tally, "ITP")))


def _responses(tally: Tally, regimen: str) -> list[Row]:
    return list(filter(where(disease="ITP", regimen=regimen), tally.durations))

"""Figures 11 to 39: what was given for ITP, how it worked, for how long, and how patients are at the end."""

from __future__ import annotations

from collections.abc import Iterator

from registry.cohort.figure import About, Count, Figure, Middle, Share, defensible, printed
from registry.cohort.responses import (
    courses_of,
    duration,
    every_regimen,
    follow_up,
    held,
    in_response,
    orr,
    relapse,
    state,
    still_on_treatment,
)
from registry.cohort.tally import Row, Tally, at_least, is_first_line, total, values, where
from registry.statistics import spread

NEAR_THE_END = (
    "Who was last counted long before the end of follow-up is not known then, and stands apart (DEF-STAT-06)."
)
TPO_RA, RITUXIMAB, COMBINATION = "TPO_RA", "RITUXIMAB", "RITUXIMAB+TPO_RA"


def first_line(tally: Tally) -> Iterator[Figure]:
    """Figures 11 to 17."""
    mine = _patients(tally)
    first = [row for row in courses_of(tally, "ITP") if row["line_number"] == 1]
    treated, second = (list(filter(at_least(lines), mine)) for lines in (1, 2))
    about = About("spontaneous_cr", 11, "Spontaneous complete response", "patients")
    yield Share.of(about, mine, where(spontaneous_cr=True))
    yield Share.of(About("treated", 12, "Treated", "patients"), mine, at_least(1))
    label = "Corticosteroid, immunoglobulin or both first"
    yield Share.of(
        About("first_line_usual", 13, label, "patients"),
        treated,
        lambda row: is_first_line(row["first_regimen"]),
    )
    yield orr(
        About("first_line_orr_usual", 14, "Response to corticosteroid, immunoglobulin or both", "courses"),
        [row for row in first if is_first_line(row["regimen"])],
        printed("62 % as 18/29: the courses that the sentence of the abstract is about."),
    )
    yield orr(
        About("first_line_orr", 14, "Response to any first line", "courses"),
        first,
        defensible("62.5 % as 20/32: every first line; it prints as 62 % only if cut off."),
    )
    label = "Response to the first line not lost in any count, no further line"
    yield Share.of(
        About("first_line_held", 15, label, "patients"), treated, where(first_line_held=True, lines=1)
    )
    yield Share.of(About("second_line", 16, "Needed a second line", "patients"), treated, at_least(2))
    yield Share.of(
        About("third_line_of_second", 17, "Needed a third line, of those with a second", "patients"),
        second,
        at_least(3),
        reading=printed("The abstract names no denominator; here those with a second line."),
    )
    yield Share.of(
        About("third_line", 17, "Needed a third line, of those treated", "patients"),
        treated,
        at_least(3),
        reading=defensible("Of everyone treated, as in the lines above."),
    )


def tpo_ra(tally: Tally) -> Iterator[Figure]:
    """Figures 18 to 24."""
    name, agents, mine = "tpo_ra", "TPO-RA", _of(tally, TPO_RA)
    given = filter(where(disease="ITP", regimen=TPO_RA), tally.regimens)
    yield Count(
        About("tpo_ra_uses", 18, "Courses of TPO-RA alone", "courses"),
        total(mine),
        reading=printed("Uses, that is courses: a patient can have several."),
    )
    yield Count(
        About("tpo_ra_patients", 18, "Patients given TPO-RA alone", "patients"),
        sum(row["patients"] for row in given),
        reading=defensible("Patients, who can be compared between cohorts."),
    )
    yield orr(About("tpo_ra_orr", 19, "Response to TPO-RA", "courses"), mine)
    yield relapse(name, 20, agents, mine, printed("Of responding courses, as everywhere in the abstract."))
    yield Share.of(
        About("tpo_ra_relapse_of_courses", 20, "Response to TPO-RA lost, of all courses", "courses"),
        mine,
        where(responded=True, relapsed=True),
        reading=defensible("A competing reading, of all courses; 5/15 would also print as 33 %."),
    )
    yield from duration(name, 21, agents, _responses(tally, TPO_RA))
    about = About("tpo_ra_stopped", 22, "TPO-RA stopped in response", "responses")
    yield Share.of(about, list(filter(where(responded=True), mine)), where(stopped=True))
    days = values(mine, "agent_days", where(stopped=True))
    yield Middle(About("tpo_ra_days", 23, "Time on TPO-RA at stopping", "days"), spread(days), "courses")
    yield from held(name, 24, agents, mine, tally)


def rituximab(tally: Tally) -> Iterator[Figure]:
    """Figures 25 to 28."""
    name, agents, mine = "rituximab", "rituximab", _of(tally, RITUXIMAB)
    yield Count(About("rituximab_uses", 25, "Courses of rituximab alone", "courses"), total(mine))
    yield orr(About("rituximab_orr", 26, "Response to rituximab", "courses"), mine)
    yield relapse(name, 27, agents, mine, None)
    yield from duration(name, 28, agents, _responses(tally, RITUXIMAB))


def combination(tally: Tally) -> Iterator[Figure]:
    """Figures 29 to 34."""
    name, agents, mine = "combination", "rituximab + TPO-RA", _of(tally, COMBINATION)
    yield Count(About("combination_uses", 29, f"Courses of {agents}", "courses"), total(mine))
    yield orr(About("combination_orr", 30, f"Response to {agents}", "courses"), mine)
    yield relapse(name, 31, agents, mine, None)
    yield from duration(name, 32, agents, _responses(tally, COMBINATION))
    stopped = list(filter(where(stopped=True), mine))
    yield Middle(
        About("combination_agent_days", 33, f"Time on the TPO-RA at stopping, {agents}", "days"),
        spread(values(stopped, "agent_days")),
        "courses",
        reading=printed("The TPO-RA part: infusions of rituximab have no meaningful stop."),
    )
    yield Middle(
        About("combination_course_days", 33, f"Time to the last dose of either, {agents}", "days"),
        spread(values(stopped, "course_days")),
        "courses",
        reading=defensible("The whole course, until neither is given any more."),
    )
    yield from held(name, 34, agents, mine, tally)


def others(tally: Tally) -> Iterator[Figure]:
    """The response to every other regimen, most used first: not published, so without number."""
    yield from every_regimen("itp", tally, "ITP", but=(TPO_RA, RITUXIMAB, COMBINATION))


def outcome(tally: Tally) -> Iterator[Figure]:
    """Figures 35 to 39."""
    mine = _patients(tally)
    alive = [row for row in mine if not row["died"]]
    treated = list(filter(at_least(1), mine))
    yield from follow_up("itp", 35, "ITP", tally, where(disease="ITP"))
    yield state(
        About("itp_in_response", 36, "In response at the last count", "patients"),
        mine,
        in_response,
        printed(f"All of them: who died counts as at the last count. {NEAR_THE_END}"),
    )
    yield state(
        About("itp_alive_in_response", 36, "In response at the last count, of those alive", "patients"),
        alive,
        in_response,
        defensible("Who died is not in response at a last follow-up."),
    )
    for number, level, held_level in ((37, "CR", "CR"), (38, "R", "lesser")):
        label = f"{level} at the last count"
        for which, rows, reading in (
            ("", mine, printed("Of all with ITP, as at the last count, which is not the best.")),
            (", of those treated", treated, defensible("Without those who recovered untreated.")),
        ):
            name = f"itp_last_{level.lower()}{'_treated' if which else ''}"
            yield state(
                About(name, number, label + which, "patients"), rows, where(state=held_level), reading
            )
    yield from still_on_treatment("itp", 39, mine)


def _patients(tally: Tally) -> list[Row]:
    return list(filter(where(disease="ITP"), tally.diseases))


def _of(tally: Tally, regimen: str) -> list[Row]:
    return list(filter(where(regimen=regimen), courses_of(tally, "ITP")))


def _responses(tally: Tally, regimen: str) -> list[Row]:
    return list(filter(where(disease="ITP", regimen=regimen), tally.durations))

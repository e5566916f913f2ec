"""Figures 40 to 42: AIHA without ITP, as published; patients with Evans syndrome stand under ITP."""

from __future__ import annotations

from collections.abc import Iterator

from registry.cohort.figure import About, Figure, Share
from registry.cohort.responses import courses_of, every_regimen, follow_up, orr, state, still_on_treatment
from registry.cohort.tally import Tally, at_least, is_first_line, where

PATIENTS = "patients"
_ALONE = where(disease="AIHA", evans=False)


def figures(tally: Tally) -> Iterator[Figure]:
    """Lines, responses, follow-up and the state at its end."""
    mine = list(filter(_ALONE, tally.diseases))
    courses = list(filter(_ALONE, courses_of(tally, "AIHA")))
    treated = list(filter(at_least(1), mine))
    label = "Corticosteroid with or without immunoglobulin first"
    yield Share.of(
        About("aiha_first_line", label, PATIENTS), mine, lambda row: is_first_line(row["first_regimen"])
    )
    yield orr(
        About("aiha_first_line_orr", "Response to corticosteroid with or without immunoglobulin", "courses"),
        [row for row in courses if row["line_number"] == 1 and is_first_line(row["regimen"])],
    )
    yield Share.of(
        About("aiha_second_line", "Needed a second line", PATIENTS),
        mine,
        at_least(2),
    )
    yield Share.of(
        About("aiha_second_line_of_treated", "Needed a second line, of those treated", PATIENTS),
        treated,
        at_least(2),
    )
    yield orr(
        About("aiha_second_line_orr", "Response to rituximab as second line", "courses"),
        [row for row in courses if row["line_number"] == 2 and row["regimen"] == "RITUXIMAB"],
    )
    yield Share.of(About("aiha_third_line", "Needed a third line", PATIENTS), mine, at_least(3))
    yield from follow_up("aiha", "AIHA", tally, _ALONE)
    for level, held_level in (("CR", "CR"), ("PR", "lesser")):
        about = About(f"aiha_last_{level.lower()}", f"{level} at the last count", PATIENTS)
        yield state(about, mine, where(state=held_level))
    yield from still_on_treatment("aiha", mine)


def regimens(tally: Tally) -> Iterator[Figure]:
    """Response by regimen, Evans syndrome among them: not published, so without number."""
    yield from every_regimen("aiha", tally, "AIHA")

"""A closed registry with cases, some of them decided, for tests of the pages of human review."""

from pathlib import Path

from registry import review
from tests.conftest import NOW, Clock
from tests.registry.reviewing import House, judged

COURSES = ("C1", "C2", "C3", "C4")


def challenged(house: House) -> dict[str, str]:
    """Every call is challenged and put before readers; the cases by course."""
    for course in COURSES:
        review.challenge(house.db, house.who("clinician"), course, "Is that so?")
    house.open()
    return house.cases()


def make(path: Path, *, decided: bool = True) -> Path:
    """Three courses that two readers agree on, one of them against the machine, and one in dispute."""
    with judged(path, Clock(NOW)) as house:
        if decided:
            cases = challenged(house)
            house.agree(cases["C1"], "CR", "2025-01-14")
            house.agree(cases["C2"], "NR")
            house.agree(cases["C4"], "NR")
            house.read("reader-1", cases["C3"], "NR")
            house.read("reader-2", cases["C3"], "NE")
    return path

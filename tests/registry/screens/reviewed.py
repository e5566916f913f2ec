"""A closed registry with cases, some of them decided, for tests of the pages of human review."""

from pathlib import Path

from tests.conftest import NOW, Clock
from tests.registry.reviewing import House, challenged, judged, prepared


def make(path: Path, *, decided: bool = True) -> Path:
    """Three courses that two readers agree on, one of them against the machine, and one in dispute."""
    made = prepared(path, Clock(NOW), three_decided) if decided else judged(path, Clock(NOW))
    with made:
        return path


def three_decided(house: House) -> None:
    challenged(house)
    cases = house.cases()
    house.agree(cases["C1"], "CR", "2025-01-14")
    house.agree(cases["C2"], "NR")
    house.agree(cases["C4"], "NR")
    house.read("reader-1", cases["C3"], "NR")
    house.read("reader-2", cases["C3"], "NE")

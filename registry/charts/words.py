"""The small print below the title of a chart: what it shows, of whom, and whether they are invented."""

import textwrap

CHARACTERS = 80
"""Of a line: what fits the narrowest page."""


def subtitle(*parts: str, synthetic: bool) -> list[str]:
    """Each part on lines of its own, wrapped; what is empty is left out."""
    told = [*parts, "Synthetic data: every patient is invented" if synthetic else ""]
    return [line for part in told if part for line in textwrap.wrap(part, CHARACTERS)]

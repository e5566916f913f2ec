"""A color for each regimen, the same in every chart of one page as far as colors reach."""

from collections.abc import Mapping

from registry.charts.palette import Ink, Palette

REGIMENS = 9
"""Colors that can be distinguished; rarer regimens share the grey, and keep their name."""


def inks_of(counted: Mapping[str, int], palette: Palette) -> dict[str, Ink]:
    """The inks of the commonest regimens (codes), in the order of their number."""
    single = {regimen: palette.of_class(regimen) for regimen in counted if regimen and "+" not in regimen}
    inks: dict[str, Ink] = {}
    for regimen in sorted(counted, key=lambda regimen: -counted[regimen])[:REGIMENS]:
        own = single.get(regimen)
        free = [ink for ink in palette.spare if ink not in inks.values() and ink not in single.values()]
        inks[regimen] = own if own and own not in inks.values() else free[0] if free else palette.other_class
    return inks

"""One platelet count a day, for the judge and the worklist alike (DEF-ITP-14, DEF-ITP-26).

A tube without EDTA that holds at least twice as much shows clumping and holds; else a result that differs more than
twofold from one before it is a recheck, and what lies before it is set aside; of what is left the lowest holds.
"""

from collections.abc import Sequence
from typing import NamedTuple

EDTA, CITRATE, HEPARIN = 0, 1, 2
"""Tubes. One that is not recorded is read as EDTA; a citrate value comes corrected for its dilution."""


class Result(NamedTuple):
    """One evaluable result of a day: a value lies in [low, high], which are equal unless it is a limit.

    `minute` is the time of day, None where it is not known. Any one unit will do.
    """

    low: float
    high: float
    specimen: int = EDTA
    minute: int | None = None


class DayValue(NamedTuple):
    """The place of the result that holds, and whether it holds because EDTA (or citrate) and another tube disagree."""

    place: int
    discordant: bool


def value_of_day(results: Sequence[Result], times: float, timed: bool = True) -> DayValue:
    """The result that holds among the evaluable ones of a day, at least one.

    At least `times` as much is clumping, a difference of more than `times` a recheck.
    `timed` False where the time of day decides nothing: on the day on which a course starts, and for hemoglobin.
    A limit is twice another value, or a recheck, only where both its ends say so. Of equal lower ends
    the lower upper end holds: the lowest of the day is no higher. The order of `results` decides only between equals.
    """
    places = range(len(results))
    holding = _clump_free(results, times)
    discordant = bool(holding)
    if not holding and timed and all(one.minute is not None for one in results):
        holding = _last_recheck(results, times, sorted(places, key=lambda at: results[at].minute or 0))
    return DayValue(
        min(holding or places, key=lambda at: (results[at].low, results[at].high, at)), discordant
    )


def _clump_free(results: Sequence[Result], times: float) -> list[int]:
    """Places of the results whose tube shows that another one clumped; heparin over citrate over EDTA."""

    def doubled(tube: int, over: Sequence[int]) -> list[int]:
        below = [one.high for one in results if one.specimen in over]
        return [
            at
            for at, one in enumerate(results)
            if one.specimen == tube and any(one.low >= times * high for high in below)
        ]

    over_citrate = doubled(HEPARIN, (CITRATE,))
    if over_citrate:
        return doubled(HEPARIN, (EDTA, CITRATE))
    return doubled(HEPARIN, (EDTA,)) + doubled(CITRATE, (EDTA,))


def _last_recheck(results: Sequence[Result], times: float, order: list[int]) -> list[int]:
    """What is left of `order`, places by time, once every recheck has set aside what lies before it."""
    for at in order:
        now, minute = results[at], results[at].minute or 0
        # Results of one time cannot recheck each other.
        earlier = [one for one in order if (results[one].minute or 0) < minute]
        if any(now.low > times * results[one].high or results[one].low > times * now.high for one in earlier):
            return _last_recheck(results, times, [one for one in order if one not in earlier])
    return order

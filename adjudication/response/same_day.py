"""Which of several results of one day holds: the pure rule of `adjudication.day_values` on the judge's columns.

Only days with more than one result need it; all others are passed in bulk.
"""

import numpy as np

from adjudication.day_values import Result, value_of_day
from adjudication.response.series import Arranged, Int8, Series
from adjudication.response.window import Rule

SET_ASIDE, ALONE, CHOSEN, DISCORDANT = 0, 1, 2, 3
"""What a result is on its day: not the one that holds, the only one, the one that holds, or that by its tube."""

TOP = 2**50
"""The upper end of a value known only to lie above a limit."""


def standing(series: Series, order: Arranged, rule: Rule) -> Int8:
    """For every observation what it is on its day."""
    observations = series.observations
    found = np.full(observations.day.size, ALONE, np.int8)
    arranged = order.observation_order
    of_kind = arranged[observations.kind[arranged] == rule.kind]
    patient, day = observations.patient[of_kind], observations.day[of_kind]
    again = (patient[1:] == patient[:-1]) & (day[1:] == day[:-1])
    if not again.any():
        return found
    firsts = np.flatnonzero(np.append(True, ~again))
    sizes = np.diff(np.append(firsts, of_kind.size))
    starts = set(zip(series.courses.patient.tolist(), series.courses.started.tolist(), strict=True))
    for first, size in zip(firsts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        rows = of_kind[first : first + size]
        found[rows] = SET_ASIDE
        results = [_result(series, row, rule) for row in rows.tolist()]
        timed = rule.same_day_times > 0 and (int(patient[first]), int(day[first])) not in starts
        held = value_of_day(results, max(rule.same_day_times, 1), timed)
        found[rows[held.place]] = DISCORDANT if held.discordant else CHOSEN
    return found


def _result(series: Series, row: int, rule: Rule) -> Result:
    observations = series.observations
    value, limit = int(observations.value[row]), int(observations.limit[row])
    minute = int(observations.minute[row])
    tube = int(observations.specimen[row]) if rule.same_day_times > 0 else 0
    low = 0 if limit < 0 else value + (limit > 0)
    high = value - 1 if limit < 0 else (TOP if limit > 0 else value)
    return Result(low, high, tube, None if minute < 0 else minute)

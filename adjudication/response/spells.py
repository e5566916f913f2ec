"""The one primitive: a spell is a maximal run of a course's evaluable assessments on one side of a level.

Response is the first confirmed spell held, loss the first confirmed spell not held after it. Complete response
and response, platelets and hemoglobin are the same functions with other arguments.
"""

from adjudication.compiled import compiled
from adjudication.response.grade import FAIL, IGNORED, PASS


@compiled
def first_confirmed(days, labels, n, wanted, gap, begin_at, begin_from, begin_by, confirm_by):
    """(first, confirming) indices of the first confirmed spell of `wanted` labels, or (-1, -1).

    A spell is confirmed by its first assessment at least `gap` days after its first. Only a spell whose first day
    lies in [begin_from, begin_by] and whose confirming day is at most `confirm_by` counts. Days are sorted;
    what is set aside by a wash-out (IGNORED) is skipped, any other label ends the spell, also what another cause
    passes over: that it does for no response and for loss. The walk starts at index `begin_at`.
    """
    first = -1
    for i in range(begin_at, n):
        label = labels[i]
        if label == IGNORED:
            continue
        if label != wanted:
            first = -1
            continue
        if first < 0:
            first = i
        if days[i] - days[first] >= gap and begin_from <= days[first] <= begin_by:
            if days[i] <= confirm_by:
                return first, i
    return -1, -1


@compiled
def first_lost(days, labels, failed_by_event, n, gap, begin_at, end_by):
    """(opening, confirming) indices of the first loss among assessments from `begin_at` on, up to day `end_by`.

    A failing assessment opens; a second one `gap` days later, or one that is an event (a bleed, a rescue for the
    cytopenia, a transfusion for it), confirms; any assessment that does not fail closes. (-1, -1) if none.
    """
    opening = -1
    for i in range(begin_at, n):
        if days[i] > end_by:
            break
        label = labels[i]
        if label >= IGNORED:
            continue
        if label != FAIL:
            opening = -1
            continue
        if opening < 0:
            opening = i
        if failed_by_event[i] or days[i] - days[opening] >= gap:
            return opening, i
    return -1, -1


@compiled
def held_days(days, labels, n):
    """(days from the first to the last assessment outside wash-outs spent after a PASS, index of the last), or (0, -1).

    Cumulative time in response, second definition of duration in Rodeghiero 2009: each assessment speaks for the
    days until the next one.
    """
    held, last = 0, -1
    for i in range(n):
        if labels[i] == IGNORED:
            continue
        if last >= 0 and labels[last] == PASS:
            held += days[i] - days[last]
        last = i
    return held, last

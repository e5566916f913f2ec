"""Flags and readings: what a reader of a call must know beside its level, and which choices it rests on.

They are derived from what the walk found and from the assessments it walked over; they change no call.
"""

import numpy as np

from adjudication.compiled import compiled
from adjudication.response.call import LATE_RUN, NOT_LATE
from adjudication.response.grade import IGNORED, PASS, PASSED_OVER, UNSURE
from adjudication.response.same_day import CHOSEN, DISCORDANT
from adjudication.response.terms import (
    MISSING,
    NO_DAY,
    CensoredBy,
    Disease,
    DurationStatus,
    Flag,
    Happening,
    Intent,
    Level,
    Reading,
    Reason,
)
from adjudication.response.window import FAIL_EVENT, PASSED_EVENT, is_rescue, washed_by

_ITP = int(Disease.ITP)
_OBSERVATION, _BRIDGE = int(Intent.OBSERVATION), int(Happening.BRIDGE)
_NE, _NR, _CR = int(Level.NE), int(Level.NR), int(Level.CR)
_EVENT, _NO_DURATION = int(DurationStatus.EVENT), int(DurationStatus.NONE)
_CENSORED = int(DurationStatus.CENSORED)
_BY_DEATH, _BY_RESCUE, _BY_NEXT, _BY_OTHER = (
    int(CensoredBy.DEATH),
    int(CensoredBy.RESCUE),
    int(CensoredBy.NEXT_COURSE),
    int(CensoredBy.OTHER_LINEAGE_COURSE),
)
_R_STEROID, _R_LATE, _R_UNCONFIRMED = (
    int(Reason.CORTICOSTEROID_DEPENDENT),
    int(Reason.LATE_RESPONSE),
    int(Reason.UNCONFIRMED),
)
_R_STARTED, _R_NOTE = int(Reason.STARTED_IN_RESPONSE), int(Reason.OBSERVATION_AFTER_TREATMENT)
_BY_TIME = (
    int(Reason.TOO_EARLY),
    int(Reason.UNCONFIRMED),
    int(Reason.FAILING_CONFIRMED),
    int(Reason.NEXT_COURSE_FOR_INEFFICACY),
    int(Reason.STOPPED_FOR_INEFFICACY),
    int(Reason.DIED_FAILING),
)
_F_BASELINE, _F_BLEEDING = int(Flag.BASELINE_MISSING), int(Flag.BLEEDING_NOT_RECORDED)
_F_STEROID, _F_CR = int(Flag.CORTICOSTEROID_DEPENDENT), int(Flag.CR_UNASSESSABLE)
_F_LATE, _F_RESCUE = int(Flag.LATE_RESPONSE), int(Flag.RESCUE_CONFOUNDED)
_F_SPONTANEOUS, _F_THROMBOCYTOSIS = int(Flag.SPONTANEOUS), int(Flag.THROMBOCYTOSIS)
_F_TRANSFUSION, _F_UNCONFIRMED = int(Flag.TRANSFUSION_CONFOUNDED), int(Flag.UNCONFIRMED)
_F_UNCONFIRMED_LOSS, _F_ATTRIBUTION = int(Flag.UNCONFIRMED_LOSS), int(Flag.ATTRIBUTION_DEFAULT)
_F_CONTINUED, _F_EDTA = int(Flag.CONTINUED_UNDER_MAINTENANCE), int(Flag.EDTA_DISCORDANT)
_F_GAP, _F_PROLONGED = int(Flag.LONG_GAP), int(Flag.PROLONGED_CORTICOSTEROID)
_F_SHARED, _F_DOSE = int(Flag.SHARED_START), int(Flag.STEROID_DOSE_UNKNOWN)

_ITP_01, _ITP_02, _ITP_04 = int(Reading.DEF_ITP_01), int(Reading.DEF_ITP_02), int(Reading.DEF_ITP_04)
_ITP_05, _ITP_06, _ITP_07 = int(Reading.DEF_ITP_05), int(Reading.DEF_ITP_06), int(Reading.DEF_ITP_07)
_ITP_08, _ITP_09, _ITP_11 = int(Reading.DEF_ITP_08), int(Reading.DEF_ITP_09), int(Reading.DEF_ITP_11)
_ITP_12, _ITP_15, _ITP_16 = int(Reading.DEF_ITP_12), int(Reading.DEF_ITP_15), int(Reading.DEF_ITP_16)
_ITP_17 = int(Reading.DEF_ITP_17)
_AIHA_01, _AIHA_02, _AIHA_03 = int(Reading.DEF_AIHA_01), int(Reading.DEF_AIHA_02), int(Reading.DEF_AIHA_03)
_AIHA_04, _AIHA_05, _AIHA_06 = int(Reading.DEF_AIHA_04), int(Reading.DEF_AIHA_05), int(Reading.DEF_AIHA_06)
_AIHA_07, _EV_02 = int(Reading.DEF_AIHA_07), int(Reading.DEF_EV_02)
_LINE_02, _LINE_03 = int(Reading.DEF_LINE_02), int(Reading.DEF_LINE_03)
_ITP_21, _ITP_22, _ITP_23 = int(Reading.DEF_ITP_21), int(Reading.DEF_ITP_22), int(Reading.DEF_ITP_23)
_ITP_24, _ITP_25, _ITP_26 = int(Reading.DEF_ITP_24), int(Reading.DEF_ITP_25), int(Reading.DEF_ITP_26)
_ITP_27, _ITP_28, _ITP_29 = int(Reading.DEF_ITP_27), int(Reading.DEF_ITP_28), int(Reading.DEF_ITP_29)
_AIHA_08, _AIHA_09, _AIHA_10 = int(Reading.DEF_AIHA_08), int(Reading.DEF_AIHA_09), int(Reading.DEF_AIHA_10)
_LINE_07, _LINE_08, _UNIT_03 = int(Reading.DEF_LINE_07), int(Reading.DEF_LINE_08), int(Reading.DEF_UNIT_03)


@compiled
def rescued_on(day, rule, happened, low, high):
    """Whether a rescue for the cytopenia was given on `day`."""
    for h in range(low, high):
        if happened.day[h] == day and is_rescue(happened.kind[h]):
            if rule.failing_rescues & (1 << happened.reason[h]):
                return True
    return False


@compiled
def _of_count(itp, held, value, high):
    """(flags, readings) that one count carries by how its day was read and by being a limit."""
    flags, readings = 0, np.int64(0)
    if itp and held >= CHOSEN:
        readings |= _ITP_26
    if held == DISCORDANT:
        flags |= _F_EDTA
    if value != high:
        readings |= _UNIT_03
    return flags, readings


@compiled
def _of_window(rule, frame, counts, n, seen, happened, low, high):
    """(flags, readings) that the `n` assessments of the course's own window carry, whatever the call."""
    itp = rule.disease == _ITP
    flags, readings = 0, np.int64(0)
    if frame.intent == _OBSERVATION:
        readings |= _LINE_03
    if frame.closed_by == _BY_OTHER or frame.own_closed_by == _BY_OTHER:
        readings |= _EV_02
    for i in range(n):
        if seen.any_label[i] == IGNORED:
            flags |= _F_RESCUE if itp else _F_TRANSFUSION
            readings |= _ITP_06 if itp else _AIHA_03
            by = washed_by(rule, seen.day[i], frame.begun, happened, low, high)
            if by >= 0 and happened.kind[by] == _BRIDGE:
                readings |= _ITP_23
        if seen.any_label[i] == PASSED_OVER:
            readings |= _ITP_24 if itp else _AIHA_06
        if seen.bleed_at[i] >= 0 and itp:
            readings |= _ITP_05
        if not itp and (seen.event[i] == FAIL_EVENT or seen.event[i] == PASSED_EVENT):
            readings |= _AIHA_03
        if itp and frame.own_closed_by == _BY_NEXT and seen.day[i] == frame.own_end:
            readings |= _ITP_16
        if seen.count_at[i] >= 0:
            if itp and seen.value[i] > rule.thrombocytosis:
                flags |= _F_THROMBOCYTOSIS
            if not itp and seen.value[i] > rule.best.above:
                readings |= _AIHA_02 | _AIHA_10
            of_count = _of_count(itp, counts.held[seen.count_at[i]], seen.value[i], seen.high[i])
            flags |= of_count[0]
            readings |= of_count[1]
    return flags, readings


@compiled
def long_gap(rule, found, n, seen):
    """The days of two consecutive assessments up to the loss that lie too far apart (DEF-ITP-29); NO_DAY twice if
    none do.
    """
    last = found.lost if found.lost >= 0 else n - 1
    for i in range(1, last + 1):
        if seen.day[i] - seen.day[i - 1] > rule.gap_days:
            return np.int64(seen.day[i - 1]), np.int64(seen.day[i])
    return np.int64(NO_DAY), np.int64(NO_DAY)


@compiled
def _far_pair(rule, found, seen):
    """Whether the pair that showed failure lies far apart (DEF-ITP-21)."""
    if found.failing_confirming < 0:
        return False
    return seen.day[found.failing_confirming] - seen.day[found.failing] > rule.pair_gap_days


@compiled
def _dose_unknown(rule, frame, n, seen, steps, low, high):
    """Whether the dose of a corticosteroid is not known on some day from the late days on (DEF-ITP-25)."""
    last_day = seen.day[n - 1] if n > 0 else frame.start
    for s in range(low, high):
        last = last_day if steps.stopped[s] == NO_DAY else steps.stopped[s]
        if steps.mg_e6[s] == MISSING and last >= frame.start + rule.steroid_days:
            return True
    return False


@compiled
def prolonged_step(rule, frame, found, n, seen, steps, low, high):
    """The first dose step above the limit that was held unchanged for too long in response (DEF-ITP-25); or -1.

    In response: from the onset to the day before the loss, else to the last responding count, in the course's own
    window of `n` assessments.
    """
    if rule.steroid_days == 0 or found.onset_on == NO_DAY:
        return -1
    until = min(found.relapsed_on, frame.own_end) - 1
    if found.relapsed_on == NO_DAY:
        until = found.onset_on
        for i in range(found.onset, min(n, found.last_held + 1)):
            if seen.any_label[i] == PASS:
                until = np.int64(seen.day[i])
    for s in range(low, high):
        dose, last = steps.mg_e6[s], np.int64(steps.stopped[s])
        if dose <= rule.steroid_mg_e6:
            continue
        for t in range(s + 1, high):
            if steps.mg_e6[t] == dose and steps.started[t] <= last + 1:
                last = max(last, np.int64(steps.stopped[t]))
        last = min(last, np.int64(seen.day[n - 1])) if last == NO_DAY else last
        if min(last, until) - max(np.int64(steps.started[s]), found.onset_on) + 1 >= rule.prolonged_days:
            return s
    return -1


@compiled
def _treated_as_loss(rule, frame, found, seen, happened, low, high):
    """Whether a rescue or the next course decided how the response ended (DEF-ITP-08)."""
    if found.duration_status == _NO_DURATION or found.censored_by == _BY_DEATH:
        return False
    if found.decided_by >= 0:
        return True
    if found.lost_confirming >= 0:
        return rescued_on(seen.day[found.lost_confirming], rule, happened, low, high)
    return frame.closed_by == _BY_NEXT


@compiled
def _cr_unassessable(rule, found, n, seen):
    """Whether a count of the response would have been at the better level, had hemolysis been known (DEF-AIHA-07)."""
    until = found.relapsed_on - 1 if found.relapsed_on != NO_DAY else found.follow_until
    for i in range(found.onset, n):
        if seen.day[i] > until:
            return False
        judged = seen.count_at[i] >= 0 and seen.washed[i] == 0 and seen.event[i] != FAIL_EVENT
        if judged and seen.value[i] > rule.best.above and seen.hemolysis[i] == UNSURE:
            return True
    return False


@compiled
def _of_response(rule, frame, found, n, seen, happened, low, high, bled_from):
    """(flags, readings) of a course whose response was found, also where corticosteroids held it."""
    itp = rule.disease == _ITP
    flags, readings = 0, np.int64(_ITP_02 if itp else _AIHA_01)
    if frame.continued == 1:
        flags |= _F_CONTINUED
        readings |= _LINE_07
    if found.open_at_end >= 0:
        flags |= _F_UNCONFIRMED_LOSS
        readings |= _ITP_09 if itp else 0
    if itp and _treated_as_loss(rule, frame, found, seen, happened, low, high):
        readings |= _ITP_08
    if found.reason == _R_STEROID:
        return flags | _F_STEROID, readings | _ITP_12 | _ITP_25
    if frame.intent == _OBSERVATION:
        flags |= _F_SPONTANEOUS
    if itp:
        if bled_from == NO_DAY or bled_from > frame.own_end:
            flags |= _F_BLEEDING
        if found.duration_status != _EVENT:
            readings |= _ITP_11
        if found.level == _CR and found.cr_onset_on > found.onset_on:
            readings |= _ITP_15
        if found.level == _CR and found.lost_cr_on != found.relapsed_on:
            readings |= _ITP_07
    else:
        if found.level == _CR:
            readings |= _AIHA_02 | _AIHA_10
        elif _cr_unassessable(rule, found, n, seen):
            flags |= _F_CR
            readings |= _AIHA_07
        if found.relapsed_on != NO_DAY:
            readings |= _AIHA_06
    return flags, readings


@compiled
def _of_start(rule, frame, baseline, baseline_high, looked_back, moved, counts, baseline_at):
    """(flags, readings) of the start of a course: its baseline, and whether another course began with it."""
    itp = rule.disease == _ITP
    flags, readings = 0, np.int64(0)
    if frame.shared == 1:
        flags |= _F_SHARED
        readings |= _ITP_28
    if baseline == MISSING:
        flags |= _F_BASELINE
        readings |= _ITP_17 if itp else 0
    else:
        of_count = _of_count(itp, counts.held[baseline_at], baseline, baseline_high)
        flags |= of_count[0]
        readings |= of_count[1]
    if looked_back:
        readings |= _ITP_01 if itp else _AIHA_04
    if moved:
        readings |= _ITP_23
    return flags, readings


@compiled
def _of_followed(rule, found, seen, happened, low, high):
    """Readings of how a response went on that was there at the start."""
    readings = np.int64(_LINE_02 | _LINE_07)
    lost = found.lost_on != NO_DAY
    if rule.disease != _ITP:
        return readings | _AIHA_06 if lost else readings
    if found.decided_by >= 0 or (lost and found.lost_confirming < 0):
        readings |= _ITP_08
    elif lost and rescued_on(seen.day[found.lost_confirming], rule, happened, low, high):
        readings |= _ITP_08
    return readings


@compiled
def _of_no_response(rule, found):
    """(flags, readings) of a course without an attributed response."""
    itp = rule.disease == _ITP
    flags, readings = 0, np.int64(0)
    if found.reason == _R_LATE:
        flags |= _F_LATE
    if found.reason == _R_UNCONFIRMED:
        flags |= _F_UNCONFIRMED
        readings |= _ITP_09 if itp else 0
    if found.late != NOT_LATE:
        readings |= _ITP_22 if itp else _AIHA_09
        if found.late == LATE_RUN:
            readings |= _ITP_04 if itp else _AIHA_05
        return flags, readings
    for reason in _BY_TIME:
        if found.reason == reason:
            readings |= _ITP_21 if itp else _AIHA_08
    return flags, readings


@compiled
def notes(
    rule, frame, found, unlimited, baseline, baseline_high, looked_back, moved, counts, baseline_at,
    n, n_own, seen, happened, low, high, bled_from, steps, step_low, step_high,
):  # fmt: skip
    """(flags, readings) of a call as bit masks of `Flag` and `Reading`.

    `looked_back` says that the baseline is older than the start, or that a later count was passed over; `moved` that
    a bridge decided it; `bled_from` is the first day of any row on bleeding. Of the `n` assessments `n_own` are of the
    course's own window.
    """
    flags, readings = _of_start(rule, frame, baseline, baseline_high, looked_back, moved, counts, baseline_at)
    if found.reason == _R_NOTE:
        return flags, readings | _LINE_08 | _LINE_03
    of_window = _of_window(rule, frame, counts, n_own, seen, happened, low, high)
    flags |= of_window[0]
    readings |= of_window[1]
    if long_gap(rule, found, n, seen)[0] != NO_DAY:
        flags |= _F_GAP
        readings |= _ITP_29
    if found.reason == _R_STARTED:
        return flags, readings | _of_followed(rule, found, seen, happened, low, high)
    if _far_pair(rule, found, seen):
        flags |= _F_GAP
    if unlimited == 1:
        flags |= _F_ATTRIBUTION
        readings |= _ITP_27
    if rule.steroid_days > 0 and _dose_unknown(rule, frame, n_own, seen, steps, step_low, step_high):
        flags |= _F_DOSE
        readings |= _ITP_25
    if found.onset_on == NO_DAY and found.reason != _R_STEROID:
        of_none = _of_no_response(rule, found)
        return flags | of_none[0], readings | of_none[1]
    of_response = _of_response(rule, frame, found, n_own, seen, happened, low, high, bled_from)
    flags |= of_response[0]
    readings |= of_response[1]
    if prolonged_step(rule, frame, found, n_own, seen, steps, step_low, step_high) >= 0:
        flags |= _F_PROLONGED
        readings |= _ITP_25
    if found.duration_status == _CENSORED and found.censored_by != _BY_RESCUE:
        if found.onset_on <= frame.died_on <= frame.end and frame.died_on != NO_DAY:
            readings |= _ITP_29
    return flags, readings

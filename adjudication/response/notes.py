"""Flags and readings: what a reader of a call must know beside its level, and which choices it rests on.

They are derived from what the walk found and from the assessments it walked over; they change no call.
"""

from adjudication.compiled import compiled
from adjudication.response.grade import IGNORED, UNSURE
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
from adjudication.response.window import FAIL_EVENT

_ITP = int(Disease.ITP)
_MAINTENANCE, _OBSERVATION = int(Intent.MAINTENANCE), int(Intent.OBSERVATION)
_NE, _NR, _CR = int(Level.NE), int(Level.NR), int(Level.CR)
_EVENT, _NO_DURATION = int(DurationStatus.EVENT), int(DurationStatus.NONE)
_BY_DEATH, _BY_NEXT, _BY_OTHER = (
    int(CensoredBy.DEATH),
    int(CensoredBy.NEXT_COURSE),
    int(CensoredBy.OTHER_LINEAGE_COURSE),
)
_RESCUE_DRUG, _RESCUE_PLATELETS = int(Happening.RESCUE_DRUG), int(Happening.RESCUE_PLATELETS)
_R_STEROID, _R_LATE, _R_UNCONFIRMED = (
    int(Reason.CORTICOSTEROID_DEPENDENT),
    int(Reason.LATE_RESPONSE),
    int(Reason.UNCONFIRMED),
)
_F_BASELINE, _F_BLEEDING = int(Flag.BASELINE_MISSING), int(Flag.BLEEDING_NOT_RECORDED)
_F_STEROID, _F_CR = int(Flag.CORTICOSTEROID_DEPENDENT), int(Flag.CR_UNASSESSABLE)
_F_LATE, _F_RESCUE = int(Flag.LATE_RESPONSE), int(Flag.RESCUE_CONFOUNDED)
_F_SPONTANEOUS, _F_THROMBOCYTOSIS = int(Flag.SPONTANEOUS), int(Flag.THROMBOCYTOSIS)
_F_TRANSFUSION, _F_UNCONFIRMED = int(Flag.TRANSFUSION_CONFOUNDED), int(Flag.UNCONFIRMED)
_F_UNCONFIRMED_LOSS = int(Flag.UNCONFIRMED_LOSS)

_ITP_01, _ITP_02, _ITP_04 = int(Reading.DEF_ITP_01), int(Reading.DEF_ITP_02), int(Reading.DEF_ITP_04)
_ITP_05, _ITP_06, _ITP_07 = int(Reading.DEF_ITP_05), int(Reading.DEF_ITP_06), int(Reading.DEF_ITP_07)
_ITP_08, _ITP_09, _ITP_11 = int(Reading.DEF_ITP_08), int(Reading.DEF_ITP_09), int(Reading.DEF_ITP_11)
_ITP_12, _ITP_15, _ITP_16 = int(Reading.DEF_ITP_12), int(Reading.DEF_ITP_15), int(Reading.DEF_ITP_16)
_ITP_17 = int(Reading.DEF_ITP_17)
_AIHA_01, _AIHA_02, _AIHA_03 = int(Reading.DEF_AIHA_01), int(Reading.DEF_AIHA_02), int(Reading.DEF_AIHA_03)
_AIHA_04, _AIHA_05, _AIHA_06 = int(Reading.DEF_AIHA_04), int(Reading.DEF_AIHA_05), int(Reading.DEF_AIHA_06)
_AIHA_07, _EV_02 = int(Reading.DEF_AIHA_07), int(Reading.DEF_EV_02)
_LINE_02, _LINE_03 = int(Reading.DEF_LINE_02), int(Reading.DEF_LINE_03)


@compiled
def rescued_on(day, rule, happened, low, high):
    """Whether a rescue for the cytopenia was given on `day`."""
    for h in range(low, high):
        kind = happened.kind[h]
        if happened.day[h] == day and (kind == _RESCUE_DRUG or kind == _RESCUE_PLATELETS):
            if rule.failing_rescues & (1 << happened.reason[h]):
                return True
    return False


@compiled
def _of_window(rule, frame, n, seen):
    """(flags, readings) that the assessments of the window carry, whatever the call."""
    itp = rule.disease == _ITP
    flags = 0
    readings = _LINE_03 if frame.intent == _OBSERVATION else 0
    if frame.closed_by == _BY_OTHER:
        readings |= _EV_02
    for i in range(n):
        if seen.any_label[i] == IGNORED:
            flags |= _F_RESCUE if itp else _F_TRANSFUSION
            readings |= _ITP_06 if itp else _AIHA_03
        if seen.bleed_at[i] >= 0:
            readings |= _ITP_05
        if not itp and seen.event[i] == FAIL_EVENT:
            readings |= _AIHA_03
        if itp and seen.count_at[i] >= 0 and seen.value[i] > rule.thrombocytosis:
            flags |= _F_THROMBOCYTOSIS
        if not itp and seen.count_at[i] >= 0 and seen.value[i] > rule.best.above:
            readings |= _AIHA_02
        if itp and frame.closed_by == _BY_NEXT and seen.day[i] == frame.end:
            readings |= _ITP_16
    return flags, readings


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
def _of_response(rule, frame, found, n, seen, happened, low, high, any_bleed_row):
    """(flags, readings) of a course whose response was found, also where corticosteroids held it."""
    itp = rule.disease == _ITP
    flags = 0
    readings = _ITP_02 if itp else _AIHA_01
    if found.open_at_end >= 0:
        flags |= _F_UNCONFIRMED_LOSS
        readings |= _ITP_09 if itp else 0
    if itp and _treated_as_loss(rule, frame, found, seen, happened, low, high):
        readings |= _ITP_08
    if found.reason == _R_STEROID:
        return flags | _F_STEROID, readings | _ITP_12
    if frame.intent == _OBSERVATION:
        flags |= _F_SPONTANEOUS
    if itp:
        if not any_bleed_row:
            flags |= _F_BLEEDING
        if found.duration_status != _EVENT:
            readings |= _ITP_11
        if found.level == _CR and found.cr_onset_on > found.onset_on:
            readings |= _ITP_15
        if found.level == _CR and found.lost_cr_on != found.relapsed_on:
            readings |= _ITP_07
    else:
        if found.level == _CR:
            readings |= _AIHA_02
        elif _cr_unassessable(rule, found, n, seen):
            flags |= _F_CR
            readings |= _AIHA_07
        if found.relapsed_on != NO_DAY:
            readings |= _AIHA_06
    return flags, readings


@compiled
def notes(rule, frame, found, baseline, looked_back, n, seen, happened, low, high, any_bleed_row):
    """(flags, readings) of a call as bit masks of `Flag` and `Reading`.

    `looked_back` says that the baseline is older than the start, or that a later count was passed over.
    """
    itp = rule.disease == _ITP
    flags = _F_BASELINE if baseline == MISSING else 0
    readings = _ITP_17 if baseline == MISSING and itp else 0
    if looked_back:
        readings |= _ITP_01 if itp else _AIHA_04
    if frame.intent == _MAINTENANCE:
        return flags, readings | _LINE_02
    of_window = _of_window(rule, frame, n, seen)
    flags |= of_window[0]
    readings |= of_window[1]
    if found.reason == _R_LATE:
        return flags | _F_LATE, readings | (_ITP_04 if itp else _AIHA_05)
    if found.reason == _R_UNCONFIRMED:
        return flags | _F_UNCONFIRMED, readings | (_ITP_09 if itp else 0)
    if found.onset >= 0:
        of_response = _of_response(rule, frame, found, n, seen, happened, low, high, any_bleed_row)
        flags |= of_response[0]
        readings |= of_response[1]
    return flags, readings

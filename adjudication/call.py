"""A course becomes a call: best response, onset, confirmation, loss, duration and censoring.

`walk` judges one course from its assessments and leaves in `Found` which assessments decided; it reads top to
bottom as Rodeghiero 2009 and the declared readings do. Plain small functions, compiled with numba; with
NUMBA_DISABLE_JIT=1 a debugger can step through a course.
"""

from typing import NamedTuple

import numpy as np

from adjudication.compiled import compiled
from adjudication.grade import (
    ABSENT,
    FAIL,
    IGNORED,
    PASS,
    UNKNOWN,
    UNSURE,
    above,
    at_least,
    fold_of_baseline,
)
from adjudication.spells import first_confirmed, first_lost
from adjudication.terms import (
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
from adjudication.window import FAIL_EVENT, UNKNOWN_EVENT

_ITP = int(Disease.ITP)
_MAINTENANCE, _OBSERVATION = int(Intent.MAINTENANCE), int(Intent.OBSERVATION)
_NE, _NR, _CR = int(Level.NE), int(Level.NR), int(Level.CR)
_EVENT, _CENSORED, _DEATH = int(DurationStatus.EVENT), int(DurationStatus.CENSORED), int(DurationStatus.DEATH)
_BY_RESCUE, _BY_LAST, _BY_DEATH = int(CensoredBy.RESCUE), int(CensoredBy.LAST_COUNT), int(CensoredBy.DEATH)
_BY_NEXT, _BY_OTHER, _NOT_CENSORED = (
    int(CensoredBy.NEXT_COURSE),
    int(CensoredBy.OTHER_LINEAGE_COURSE),
    int(CensoredBy.NONE),
)
_RESCUE_DRUG, _RESCUE_PLATELETS = int(Happening.RESCUE_DRUG), int(Happening.RESCUE_PLATELETS)
_OTHER_CAUSE_AIHA = int(Happening.OTHER_CAUSE_AIHA)

_R_MAINTENANCE, _R_NO_COUNTS = int(Reason.MAINTENANCE_COURSE), int(Reason.NO_COUNTS)
_R_RESCUE, _R_TRANSFUSION = int(Reason.RESCUE_CONFOUNDED), int(Reason.TRANSFUSION_CONFOUNDED)
_R_BASELINE, _R_HEMOLYSIS = int(Reason.BASELINE_MISSING), int(Reason.HEMOLYSIS_UNKNOWN)
_R_UNCONFIRMED, _R_LATE = int(Reason.UNCONFIRMED), int(Reason.LATE_RESPONSE)
_R_FAILING, _R_INEFFICACY = int(Reason.FAILING_CONFIRMED), int(Reason.NEXT_COURSE_FOR_INEFFICACY)
_R_STEROID, _R_NONE = int(Reason.CORTICOSTEROID_DEPENDENT), int(Reason.NONE)

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


class Found(NamedTuple):
    """The verdict on one course and the assessments (indices, -1 = none) that decided it. Days; NO_DAY = none."""

    level: int
    reason: int
    onset_on: int
    cr_onset_on: int
    relapsed_on: int
    lost_cr_on: int
    duration_days: int
    duration_status: int
    censored_by: int
    flags: int
    readings: int
    onset: int
    confirming: int
    cr_onset: int
    cr_confirming: int
    failing: int
    failing_confirming: int
    lost: int
    lost_confirming: int
    cr_lost: int
    cr_lost_confirming: int
    last_held: int
    decided_by: int


STEP = np.dtype([("started", "i4"), ("stopped", "i4"), ("mg_e6", "i8")])
"""A corticosteroid dose step; those of a course stand in [low, high) of all, days ascending."""


@compiled
def other_cause_on(day, kind, happened, low, high):
    for h in range(low, high):
        if happened.kind[h] == kind and happened.day[h] <= day <= happened.end_day[h]:
            return True
    return False


@compiled
def label_losses(rule, onset, n, happened, low, high, seen):
    """Write `loss_label` after the onset: the response's own label, but for AIHA a fall from the peak fails too,
    and a failing value is passed over where hemolysis is absent or another cause is recorded (DEF-AIHA-06)."""
    peak = seen.value[onset]
    for i in range(onset + 1, n):
        seen.loss_label[i] = seen.any_label[i]
        if rule.loss_needs_hemolysis == 0 or seen.count_at[i] < 0:
            continue
        value = seen.value[i]
        if seen.washed[i] == 0:
            peak = max(peak, value)
        if seen.event[i] == FAIL_EVENT:
            continue
        falls = value < rule.fall_below and peak - value >= rule.fall_by
        if falls or seen.any_label[i] == FAIL:
            explained = seen.hemolysis[i] == ABSENT or other_cause_on(
                seen.day[i], _OTHER_CAUSE_AIHA, happened, low, high
            )
            seen.loss_label[i] = IGNORED if explained else FAIL


@compiled
def trailing(seen, begin_at, stop_at):
    """Over assessments [begin_at, stop_at): (opening of a failing spell still open or -1, last PASS or -1)."""
    opening, last_held = -1, -1
    for i in range(begin_at, stop_at):
        label = seen.loss_label[i]
        if label == IGNORED:
            continue
        if label == FAIL:
            opening = i if opening < 0 else opening
        else:
            opening = -1
            if label == PASS:
                last_held = i
    return opening, last_held


@compiled
def label_better_losses(rule, begin_at, n, happened, low, high, seen):
    """Write `cr_loss_label`: the better level's own label, passed over where another cause explains a failing count."""
    for i in range(begin_at, n):
        seen.cr_loss_label[i] = seen.best_label[i]
        if rule.loss_needs_hemolysis == 1 and seen.best_label[i] == FAIL and seen.event[i] != FAIL_EVENT:
            if other_cause_on(seen.day[i], _OTHER_CAUSE_AIHA, happened, low, high):
                seen.cr_loss_label[i] = IGNORED


@compiled
def steroid_dependent(rule, frame, relapsed_on, last_day, steps, low, high):
    """DEF-ITP-12: relapse or re-escalation on taper, and still above the dose (or a second further course) at 60 days.

    A step without an end counts as held until `last_day`, the last assessment of the window.
    """
    above_until, exposed_until, re_escalated = -NO_DAY, -NO_DAY, False
    highest, lowest_tapered = MISSING, -MISSING
    s = low
    while s < high:
        same = s
        while same < high and steps.started[same] == steps.started[s]:
            dose, stopped = steps.mg_e6[same], steps.stopped[same]
            exposed_until = max(exposed_until, stopped)
            if dose > rule.steroid_mg_e6:
                above_until = max(above_until, last_day if stopped == NO_DAY else stopped)
            re_escalated = re_escalated or dose > lowest_tapered
            same += 1
        for t in range(s, same):
            if highest != MISSING and steps.mg_e6[t] < highest:
                lowest_tapered = min(lowest_tapered, steps.mg_e6[t])
        for t in range(s, same):
            highest = max(highest, steps.mg_e6[t])
        s = same
    on_taper = relapsed_on != NO_DAY and relapsed_on <= exposed_until
    day = frame.start + rule.steroid_days
    still = above_until >= day or (frame.further_steroid_on != NO_DAY and frame.further_steroid_on >= day)
    return high > low and (on_taper or re_escalated) and still


@compiled
def no_response(rule, frame, n, seen, found_late):
    """(level, reason, failing, failing_confirming) of a course without an attributed response."""
    if found_late:
        return _NR, _R_LATE, -1, -1
    first, confirming = first_confirmed(
        seen.day, seen.any_label, n, FAIL, rule.failing_days, 0, -NO_DAY, NO_DAY, NO_DAY
    )
    if first >= 0:
        return _NR, _R_FAILING, first, confirming
    last, unknown_values, ignored = -1, False, 0
    for i in range(n):
        if seen.any_label[i] == IGNORED:
            ignored += 1
            continue
        last = i
        unknown_values = unknown_values or (seen.any_label[i] == UNKNOWN and seen.count_at[i] >= 0)
    if frame.next_reasons & rule.inefficacy_reasons and last >= 0 and seen.any_label[last] == FAIL:
        return _NR, _R_INEFFICACY, last, -1
    itp = rule.disease == _ITP
    if n == 0:
        return _NE, _R_NO_COUNTS, -1, -1
    if ignored == n:
        return _NE, _R_RESCUE if itp else _R_TRANSFUSION, -1, -1
    if unknown_values:
        return _NE, -1, -1, -1
    return _NE, _R_UNCONFIRMED, -1, -1


@compiled
def walk(
    rule,
    frame,
    baseline,
    passed_over,
    baseline_old,
    n,
    seen,
    happened,
    low,
    high,
    any_bleed_row,
    steps,
    step_low,
    step_high,
):
    """Judge one course from its `n` assessments `seen`; happenings in [low, high), dose steps in [step_low, step_high).

    `baseline` is micro units or MISSING; `passed_over` and `baseline_old` say how it was found.
    """
    itp = rule.disease == _ITP
    flags = _F_BASELINE if baseline == MISSING else 0
    readings = 0
    if baseline_old or passed_over:
        readings |= _ITP_01 if itp else _AIHA_04
    if baseline == MISSING and itp:
        readings |= _ITP_17
    nothing = -1
    if frame.intent == _MAINTENANCE:
        return Found(
            _NE, _R_MAINTENANCE, NO_DAY, NO_DAY, NO_DAY, NO_DAY, NO_DAY, 0, 0, flags, readings | _LINE_02,
            nothing, nothing, nothing, nothing, nothing, nothing,
            nothing, nothing, nothing, nothing, nothing, nothing,
        )  # fmt: skip
    if frame.intent == _OBSERVATION:
        readings |= _LINE_03
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
        if seen.count_at[i] >= 0:
            if itp and seen.value[i] > rule.thrombocytosis:
                flags |= _F_THROMBOCYTOSIS
            if not itp and seen.value[i] > rule.best.above:
                readings |= _AIHA_02
        if itp and frame.closed_by == _BY_NEXT and seen.day[i] == frame.end:
            readings |= _ITP_16

    onset, confirming = first_confirmed(
        seen.day, seen.any_label, n, PASS, rule.response_days, 0, -NO_DAY, frame.limit_day, NO_DAY
    )
    if onset < 0:
        late, late_confirming = first_confirmed(
            seen.day, seen.any_label, n, PASS, rule.response_days, 0, -NO_DAY, NO_DAY, NO_DAY
        )
        level, reason, failing, failing_confirming = no_response(rule, frame, n, seen, late >= 0)
        if reason == -1:
            reason = _R_BASELINE if baseline == MISSING else (_R_RESCUE if itp else _R_HEMOLYSIS)
        if reason == _R_LATE:
            flags |= _F_LATE
            readings |= _ITP_04 if itp else _AIHA_05
        if reason == _R_UNCONFIRMED:
            flags |= _F_UNCONFIRMED
            readings |= _ITP_09 if itp else 0
        return Found(
            level, reason, NO_DAY, NO_DAY, NO_DAY, NO_DAY, NO_DAY, 0, 0, flags, readings,
            late, late_confirming, nothing, nothing, failing, failing_confirming,
            nothing, nothing, nothing, nothing, nothing, nothing,
        )  # fmt: skip

    onset_on = np.int64(seen.day[onset])
    readings |= _ITP_02 if itp else _AIHA_01

    # Loss of response, and where follow-up of this response ends when it was not lost.
    label_losses(rule, onset, n, happened, low, high, seen)
    stopper = -1
    for i in range(onset + 1, n):
        if seen.event[i] == UNKNOWN_EVENT:
            stopper = i
            break
    end_by = seen.day[stopper] if stopper >= 0 else NO_DAY
    lost, lost_confirming = first_lost(
        seen.day, seen.loss_label, seen.failed_by_event, n, rule.failing_days, onset + 1, end_by
    )
    relapsed_on = np.int64(seen.day[lost]) if lost >= 0 else NO_DAY
    follow_until, censored_by, decided_by = NO_DAY, _BY_LAST, -1
    stop_at = lost if lost >= 0 else (stopper if stopper >= 0 else n)
    open_at_end, last_held = trailing(seen, onset + 1, stop_at)
    if lost < 0 and stopper >= 0:
        readings |= _ITP_08
        if open_at_end < 0 and seen.loss_label[stopper] == FAIL:
            open_at_end = stopper
        decided_by = stopper
        if open_at_end >= 0:
            lost, lost_confirming = open_at_end, -1
            relapsed_on = np.int64(seen.day[lost])
        else:
            follow_until, censored_by = np.int64(seen.day[stopper]), _BY_RESCUE
    elif lost < 0 and frame.closed_by == _BY_NEXT:
        if frame.next_reasons & rule.losing_reasons:
            lost, lost_confirming = open_at_end, -1
            relapsed_on = np.int64(seen.day[lost]) if lost >= 0 else frame.end
        elif frame.next_reasons & rule.unknown_reasons and open_at_end >= 0:
            lost, lost_confirming = open_at_end, -1
            relapsed_on = np.int64(seen.day[lost])
        else:
            censored_by = _BY_NEXT
        readings |= _ITP_08 if itp else 0
    elif lost < 0 and frame.closed_by == _BY_OTHER:
        censored_by = _BY_OTHER
    elif lost >= 0 and itp and rescued_on(seen.day[lost_confirming], rule, happened, low, high):
        readings |= _ITP_08
    if lost < 0 and relapsed_on == NO_DAY and open_at_end >= 0:
        flags |= _F_UNCONFIRMED_LOSS
        readings |= _ITP_09 if itp else 0
    if last_held < 0:
        last_held = onset

    last_day = seen.day[n - 1]
    if itp and steroid_dependent(rule, frame, relapsed_on, last_day, steps, step_low, step_high):
        return Found(
            _NR, _R_STEROID, NO_DAY, NO_DAY, NO_DAY, NO_DAY, NO_DAY, 0, 0,
            flags | _F_STEROID, (readings & ~_ITP_08) | _ITP_12,
            onset, confirming, nothing, nothing, nothing, nothing,
            lost, lost_confirming, nothing, nothing, last_held, decided_by,
        )  # fmt: skip

    # The better level inside this response.
    confirm_by = NO_DAY
    if relapsed_on != NO_DAY:
        confirm_by = relapsed_on - 1
    elif follow_until != NO_DAY:
        confirm_by = follow_until
    cr_onset, cr_confirming = first_confirmed(
        seen.day, seen.best_label, n, PASS, rule.response_days, onset, onset_on, NO_DAY, confirm_by
    )
    level = rule.best_level if cr_onset >= 0 else rule.next_level
    cr_onset_on, lost_cr_on, cr_lost, cr_lost_confirming = NO_DAY, NO_DAY, -1, -1
    if cr_onset >= 0:
        cr_onset_on = np.int64(seen.day[cr_onset])
        label_better_losses(rule, cr_onset + 1, n, happened, low, high, seen)
        cr_lost, cr_lost_confirming = first_lost(
            seen.day, seen.cr_loss_label, seen.failed_by_event, n, rule.failing_days, cr_onset + 1,
            follow_until if relapsed_on == NO_DAY else NO_DAY,
        )  # fmt: skip
        lost_cr_on = min(np.int64(seen.day[cr_lost]) if cr_lost >= 0 else NO_DAY, relapsed_on)
        if lost_cr_on == relapsed_on:
            cr_lost, cr_lost_confirming = -1, -1
        if itp and cr_onset_on > onset_on:
            readings |= _ITP_15
        if itp and lost_cr_on != relapsed_on:
            readings |= _ITP_07
        if not itp:
            readings |= _AIHA_02
    if relapsed_on != NO_DAY and not itp:
        readings |= _AIHA_06

    # Flags that only a response can carry.
    if frame.intent == _OBSERVATION:
        flags |= _F_SPONTANEOUS
    if itp and not any_bleed_row:
        flags |= _F_BLEEDING
    if not itp and cr_onset < 0:
        for i in range(onset, n):
            if seen.day[i] > confirm_by:
                break
            if (
                seen.count_at[i] >= 0
                and seen.value[i] > rule.best.above
                and seen.washed[i] == 0
                and seen.event[i] != FAIL_EVENT
                and seen.hemolysis[i] == UNSURE
            ):
                flags |= _F_CR
                readings |= _AIHA_07

    if relapsed_on != NO_DAY:
        status, duration, by = _EVENT, relapsed_on - onset_on, _NOT_CENSORED
    elif frame.died_on != NO_DAY and onset_on <= frame.died_on <= min(frame.end, follow_until):
        status, duration, by = _DEATH, np.int64(frame.died_on) - onset_on, _BY_DEATH
    else:
        status, duration, by = _CENSORED, np.int64(seen.day[last_held]) - onset_on, censored_by
    if itp and status != _EVENT:
        readings |= _ITP_11
    if by == _BY_DEATH:
        readings &= ~_ITP_08
    return Found(
        level, _R_NONE, onset_on, cr_onset_on, relapsed_on, lost_cr_on, duration, status, by, flags, readings,
        onset, confirming, cr_onset, cr_confirming, nothing, nothing,
        lost, lost_confirming, cr_lost, cr_lost_confirming, last_held, decided_by,
    )  # fmt: skip


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
def landmark(rule, day, tolerance, remission, start, baseline, n, seen):
    """A fixed-time outcome of ASH 2019 (DEF-ITP-20): 1 yes, 0 no, -1 not known. Nearest count, no confirmation."""
    nearest, gap = -1, tolerance + 1
    for i in range(n):
        if seen.count_at[i] >= 0 and abs(seen.day[i] - start - day) < gap:
            nearest, gap = i, abs(seen.day[i] - start - day)
    if nearest < 0:
        return -1
    value = seen.value[nearest]
    if remission:
        answer = above(value, rule.remission_above)
    else:
        answer = min(
            at_least(value, rule.next.at_least), fold_of_baseline(value, baseline, rule.next.fold_e3)
        )
    return -1 if answer == UNKNOWN else (1 if answer == PASS else 0)


@compiled
def off_remission(rule, level, off_from, frame, n, seen, happened, low, high):
    """Remission off treatment at one level (DEF-TFR-01): 1 yes, 0 no, -1 not yet known.

    Every count after the last dose holds the level up to the first one that is late enough; a count below, a
    rescue, or a next course before that day is no remission.
    """
    due = off_from + rule.off_days
    for i in range(n):
        if seen.day[i] <= off_from or seen.count_at[i] < 0:
            continue
        if seen.value[i] < rule.off_at_least[level] or rescued_between(
            off_from, seen.day[i], happened, low, high
        ):
            return 0
        if seen.day[i] >= due:
            return 1
    if rescued_between(off_from, due, happened, low, high):
        return 0
    return 0 if frame.closed_by == _BY_NEXT and frame.end < due else -1


@compiled
def rescued_between(after, until, happened, low, high):
    """Whether any rescue was given on a day in (after, until]."""
    for h in range(low, high):
        kind = happened.kind[h]
        if (kind == _RESCUE_DRUG or kind == _RESCUE_PLATELETS) and after < happened.day[h] <= until:
            return True
    return False


@compiled
def days_off(off_from, n, seen):
    """Days from the last dose to the last count of the window, 0 if there is none."""
    for i in range(n - 1, -1, -1):
        if seen.count_at[i] >= 0:
            return max(0, seen.day[i] - off_from)
    return 0

"""A course becomes a call: best response, onset, confirmation, loss, duration and censoring.

`walk` judges one course from its assessments and leaves in `Found` which assessments decided; it reads top to
bottom as Rodeghiero 2009 and the declared readings do. Plain small functions, compiled with numba; with
NUMBA_DISABLE_JIT=1 a debugger can step through a course.
"""

from typing import NamedTuple

import numpy as np

from adjudication.compiled import compiled
from adjudication.response.grade import (
    ABSENT,
    FAIL,
    IGNORED,
    PASS,
    UNKNOWN,
    above,
    at_least,
    fold_of_baseline,
)
from adjudication.response.spells import first_confirmed, first_lost
from adjudication.response.terms import (
    MISSING,
    NO_DAY,
    CensoredBy,
    Disease,
    DurationStatus,
    Happening,
    Intent,
    Level,
    Reason,
)
from adjudication.response.window import FAIL_EVENT, UNKNOWN_EVENT

_ITP = int(Disease.ITP)
_MAINTENANCE, _OBSERVATION = int(Intent.MAINTENANCE), int(Intent.OBSERVATION)
_NE, _NR, _CR = int(Level.NE), int(Level.NR), int(Level.CR)
_EVENT, _CENSORED = int(DurationStatus.EVENT), int(DurationStatus.CENSORED)
_DEATH, _NO_DURATION = int(DurationStatus.DEATH), int(DurationStatus.NONE)
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


class Follow(NamedTuple):
    """How a response went on: indices of assessments (-1 = none) and days (NO_DAY = none)."""

    lost: int
    lost_confirming: int
    relapsed_on: int
    until: int
    censored_by: int
    decided_by: int
    open_at_end: int
    last_held: int


class Found(NamedTuple):
    """The verdict on one course and the assessments (indices, -1 = none) that decided it. Days; NO_DAY = none.

    `decided_by` is a rescue for an unclear reason that ended the follow-up, `open_at_end` a failure that nothing
    confirmed, `follow_until` the last day on which the response was followed.
    """

    level: int
    reason: int
    onset_on: int
    cr_onset_on: int
    relapsed_on: int
    lost_cr_on: int
    duration_days: int
    duration_status: int
    censored_by: int
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
    open_at_end: int
    follow_until: int


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
    """DEF-ITP-12: relapse or re-escalation on taper, and still above the dose late (or a second further course).

    Never without steps of a known dose, and never where the criteria do not ask. A step without an end counts as held
    until `last_day`, the last assessment of the window.
    """
    above_until, exposed_until, re_escalated = -NO_DAY, -NO_DAY, False
    highest, lowest_tapered = MISSING, -MISSING
    s = low
    while s < high:
        same = s
        while same < high and steps.started[same] == steps.started[s]:
            dose, stopped = steps.mg_e6[same], steps.stopped[same]
            same += 1
            if dose == MISSING:
                continue
            exposed_until = max(exposed_until, stopped)
            if dose > rule.steroid_mg_e6:
                above_until = max(above_until, last_day if stopped == NO_DAY else stopped)
            re_escalated = re_escalated or dose > lowest_tapered
        for t in range(s, same):
            if steps.mg_e6[t] != MISSING and highest != MISSING and steps.mg_e6[t] < highest:
                lowest_tapered = min(lowest_tapered, steps.mg_e6[t])
        for t in range(s, same):
            highest = max(highest, steps.mg_e6[t])
        s = same
    on_taper = relapsed_on != NO_DAY and relapsed_on <= exposed_until
    day = frame.start + rule.steroid_days
    still = above_until >= day or (frame.further_steroid_on != NO_DAY and frame.further_steroid_on >= day)
    return rule.steroid_days > 0 and highest != MISSING and (on_taper or re_escalated) and still


@compiled
def no_response(rule, frame, baseline, n, seen, found_late):
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
    reason = _R_UNCONFIRMED
    if n == 0:
        reason = _R_NO_COUNTS
    elif ignored == n:
        reason = _R_RESCUE if itp else _R_TRANSFUSION
    elif unknown_values and baseline == MISSING:
        reason = _R_BASELINE
    elif unknown_values:
        reason = _R_RESCUE if itp else _R_HEMOLYSIS
    return _NE, reason, -1, -1


@compiled
def _without_response(level, reason, onset, confirming, failing, failing_confirming):
    return Found(
        level, reason, NO_DAY, NO_DAY, NO_DAY, NO_DAY, NO_DAY, _NO_DURATION, _NOT_CENSORED,
        onset, confirming, -1, -1, failing, failing_confirming, -1, -1, -1, -1, -1, -1, -1, NO_DAY,
    )  # fmt: skip


@compiled
def follow_response(rule, frame, onset, n, seen):
    """Walk on from the onset: to the loss of response, or to where its follow-up ends without one.

    A rescue for an unclear reason and the next course let the last count decide (DEF-ITP-08).
    """
    stopper = -1
    for i in range(onset + 1, n):
        if seen.event[i] == UNKNOWN_EVENT:
            stopper = i
            break
    end_by = seen.day[stopper] if stopper >= 0 else NO_DAY
    lost, confirming = first_lost(
        seen.day, seen.loss_label, seen.failed_by_event, n, rule.failing_days, onset + 1, end_by
    )
    if lost >= 0:
        _, last_held = trailing(seen, onset + 1, lost)
        relapsed_on = np.int64(seen.day[lost])
        return Follow(lost, confirming, relapsed_on, NO_DAY, _NOT_CENSORED, -1, -1, max(last_held, onset))
    open_at_end, last_held = trailing(seen, onset + 1, stopper if stopper >= 0 else n)
    last_held = max(last_held, onset)
    decided_by, until, censored_by = stopper, NO_DAY, frame.closed_by
    losing, relapsed_on = False, NO_DAY
    if stopper >= 0:
        if open_at_end < 0 and seen.loss_label[stopper] == FAIL:
            open_at_end = stopper
        losing, until, censored_by = open_at_end >= 0, np.int64(seen.day[stopper]), _BY_RESCUE
    elif frame.closed_by == _BY_NEXT:
        unclear = frame.next_reasons & rule.unknown_reasons and open_at_end >= 0
        losing = frame.next_reasons & rule.losing_reasons > 0 or unclear > 0
    elif frame.closed_by != _BY_OTHER:
        censored_by = _BY_LAST
    if losing:
        relapsed_on = np.int64(seen.day[open_at_end]) if open_at_end >= 0 else frame.end
        return Follow(open_at_end, -1, relapsed_on, NO_DAY, _NOT_CENSORED, decided_by, -1, last_held)
    return Follow(-1, -1, NO_DAY, until, censored_by, decided_by, open_at_end, last_held)


@compiled
def duration(frame, onset_on, follow, seen):
    """(days, status, censored_by) of a response: to its loss, to death, or to the last count that held it."""
    if follow.relapsed_on != NO_DAY:
        return follow.relapsed_on - onset_on, _EVENT, _NOT_CENSORED
    if frame.died_on != NO_DAY and onset_on <= frame.died_on <= min(frame.end, follow.until):
        return frame.died_on - onset_on, _DEATH, _BY_DEATH
    return np.int64(seen.day[follow.last_held]) - onset_on, _CENSORED, follow.censored_by


@compiled
def walk(rule, frame, baseline, n, seen, happened, low, high, steps, step_low, step_high):
    """Judge one course from its `n` assessments `seen`; happenings in [low, high), dose steps in [step_low, step_high).

    `baseline` is micro units or MISSING.
    """
    if frame.intent == _MAINTENANCE:
        return _without_response(_NE, _R_MAINTENANCE, -1, -1, -1, -1)
    onset, confirming = first_confirmed(
        seen.day, seen.any_label, n, PASS, rule.response_days, 0, -NO_DAY, frame.limit_day, NO_DAY
    )
    if onset < 0:
        late, late_confirming = first_confirmed(
            seen.day, seen.any_label, n, PASS, rule.response_days, 0, -NO_DAY, NO_DAY, NO_DAY
        )
        level, reason, failing, failing_confirming = no_response(rule, frame, baseline, n, seen, late >= 0)
        return _without_response(level, reason, late, late_confirming, failing, failing_confirming)

    onset_on = np.int64(seen.day[onset])
    label_losses(rule, onset, n, happened, low, high, seen)
    follow = follow_response(rule, frame, onset, n, seen)
    last_day = seen.day[n - 1]
    if steroid_dependent(rule, frame, follow.relapsed_on, last_day, steps, step_low, step_high):
        return Found(
            _NR, _R_STEROID, NO_DAY, NO_DAY, NO_DAY, NO_DAY, NO_DAY, _NO_DURATION, _NOT_CENSORED,
            onset, confirming, -1, -1, -1, -1, follow.lost, follow.lost_confirming, -1, -1,
            follow.last_held, follow.decided_by, follow.open_at_end, follow.until,
        )  # fmt: skip

    # The better level inside this response, and its own loss.
    confirm_by = follow.relapsed_on - 1 if follow.relapsed_on != NO_DAY else follow.until
    cr_onset, cr_confirming = first_confirmed(
        seen.day, seen.best_label, n, PASS, rule.response_days, onset, onset_on, NO_DAY, confirm_by
    )
    cr_onset_on, lost_cr_on, cr_lost, cr_lost_confirming = NO_DAY, NO_DAY, -1, -1
    if cr_onset >= 0:
        cr_onset_on = np.int64(seen.day[cr_onset])
        label_better_losses(rule, cr_onset + 1, n, happened, low, high, seen)
        cr_lost, cr_lost_confirming = first_lost(
            seen.day,
            seen.cr_loss_label,
            seen.failed_by_event,
            n,
            rule.failing_days,
            cr_onset + 1,
            follow.until,
        )
        lost_cr_on = min(np.int64(seen.day[cr_lost]) if cr_lost >= 0 else NO_DAY, follow.relapsed_on)
        if lost_cr_on == follow.relapsed_on:
            cr_lost, cr_lost_confirming = -1, -1
    days, status, censored_by = duration(frame, onset_on, follow, seen)
    return Found(
        rule.best_level if cr_onset >= 0 else rule.next_level, _R_NONE,
        onset_on, cr_onset_on, follow.relapsed_on, lost_cr_on, days, status, censored_by,
        onset, confirming, cr_onset, cr_confirming, -1, -1, follow.lost, follow.lost_confirming,
        cr_lost, cr_lost_confirming, follow.last_held, follow.decided_by, follow.open_at_end, follow.until,
    )  # fmt: skip


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

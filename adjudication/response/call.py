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
    PASSED_OVER,
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
    Level,
    Reason,
)
from adjudication.response.window import (
    FAIL_EVENT,
    UNKNOWN_EVENT,
    WANTS_BASELINE,
    WANTS_MARKERS,
    is_bleed,
    is_rescue,
)

_ITP = int(Disease.ITP)
_NE, _NR, _CR = int(Level.NE), int(Level.NR), int(Level.CR)
_EVENT, _CENSORED = int(DurationStatus.EVENT), int(DurationStatus.CENSORED)
_DEATH, _NO_DURATION = int(DurationStatus.DEATH), int(DurationStatus.NONE)
_BY_RESCUE, _BY_LAST, _BY_DEATH = int(CensoredBy.RESCUE), int(CensoredBy.LAST_COUNT), int(CensoredBy.DEATH)
_BY_NEXT, _BY_OTHER, _NOT_CENSORED = (
    int(CensoredBy.NEXT_COURSE),
    int(CensoredBy.OTHER_LINEAGE_COURSE),
    int(CensoredBy.NONE),
)

_R_STARTED, _R_NO_COUNTS = int(Reason.STARTED_IN_RESPONSE), int(Reason.NO_COUNTS)
_R_RESCUE, _R_TRANSFUSION = int(Reason.RESCUE_CONFOUNDED), int(Reason.TRANSFUSION_CONFOUNDED)
_R_BASELINE, _R_HEMOLYSIS = int(Reason.BASELINE_MISSING), int(Reason.HEMOLYSIS_UNKNOWN)
_R_UNCONFIRMED, _R_LATE = int(Reason.UNCONFIRMED), int(Reason.LATE_RESPONSE)
_R_FAILING, _R_INEFFICACY = int(Reason.FAILING_CONFIRMED), int(Reason.NEXT_COURSE_FOR_INEFFICACY)
_R_STEROID, _R_NONE = int(Reason.CORTICOSTEROID_DEPENDENT), int(Reason.NONE)
_R_STOPPED, _R_DIED = int(Reason.STOPPED_FOR_INEFFICACY), int(Reason.DIED_FAILING)
_R_EARLY, _R_ONSET = int(Reason.TOO_EARLY), int(Reason.ONSET_NOT_OBSERVED)
_R_CAUSE, _R_NOTE = int(Reason.OTHER_CAUSE), int(Reason.OBSERVATION_AFTER_TREATMENT)


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
    confirmed, `follow_until` the last day on which the response was followed. Of a course that started in response
    `held_until` and `lost_on` say how the response that was there went on.
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
    held_until: int
    lost_on: int
    late: int


NOT_LATE, LATE_RUN, IN_VAIN = 0, 1, 2
"""Of a course without an attributed response: a run was confirmed after the limit, or began too long after a stop for
inefficacy; `onset` (and `confirming`) are of that run."""

STEP = np.dtype([("started", "i4"), ("stopped", "i4"), ("mg_e6", "i8"), ("agent", "i4"), ("row", "i8")])
"""A corticosteroid dose step; those of a course stand in [low, high) of all, days ascending."""


@compiled
def label_losses(rule, onset, peak, peak_high, n, seen):
    """Write `loss_label` after the onset: the response's own label, but for AIHA a fall from the peak fails too,
    and a failing value is passed over where hemolysis is absent or another cause is recorded (DEF-AIHA-06).

    Gives the peak of the response: the highest value from `peak` on that no wash-out touched, with its upper end. Where
    a limit leaves open whether the value fell, its label is unknown.
    """
    for i in range(onset + 1, n):
        seen.loss_label[i] = seen.any_label[i]
        if rule.loss_needs_hemolysis == 0 or seen.count_at[i] < 0:
            continue
        value, high = np.int64(seen.value[i]), np.int64(seen.high[i])
        if seen.washed[i] == 0 and value > peak:
            peak, peak_high = value, high
        if seen.event[i] == FAIL_EVENT or seen.any_label[i] == PASSED_OVER:
            continue
        falls = high < rule.fall_below and peak - high >= rule.fall_by
        if falls or seen.any_label[i] == FAIL:
            explained = seen.hemolysis[i] == ABSENT or seen.explained[i] == 1
            seen.loss_label[i] = PASSED_OVER if explained else FAIL
        elif value < rule.fall_below and peak_high - value >= rule.fall_by and seen.any_label[i] == PASS:
            seen.loss_label[i] = UNKNOWN
    return peak, peak_high


@compiled
def trailing(seen, begin_at, stop_at):
    """Over assessments [begin_at, stop_at): (opening of a failing spell still open or -1, last PASS or -1)."""
    opening, last_held = -1, -1
    for i in range(begin_at, stop_at):
        label = seen.loss_label[i]
        if label >= IGNORED:
            continue
        if label == FAIL:
            opening = i if opening < 0 else opening
        else:
            opening = -1
            if label == PASS:
                last_held = i
    return opening, last_held


@compiled
def needed_step(rule, frame, last_day, steps, low, high):
    """The last dose step above the limit that was held late enough to show need (DEF-ITP-12), -1 if none was."""
    found = -1
    for s in range(low, high):
        last = last_day if steps.stopped[s] == NO_DAY else steps.stopped[s]
        if steps.mg_e6[s] > rule.steroid_mg_e6 and last >= frame.start + rule.steroid_days:
            found = s
    return found


@compiled
def needed_course(rule, frame):
    """Whether a second further corticosteroid course began late enough to show need (DEF-ITP-12)."""
    return frame.further_steroid_at >= 0 and frame.further_steroid_on >= frame.start + rule.steroid_days


@compiled
def steroid_dependent(rule, frame, relapsed_on, last_day, steps, low, high):
    """DEF-ITP-12: relapse or re-escalation on taper, and still above the dose late (or a second further course).

    Never without steps of a known dose, and never where the criteria do not ask. A step without an end counts as held
    until `last_day`, the last assessment of the window.
    """
    exposed_until, re_escalated = -NO_DAY, False
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
            re_escalated = re_escalated or dose > lowest_tapered
        for t in range(s, same):
            if steps.mg_e6[t] != MISSING and highest != MISSING and steps.mg_e6[t] < highest:
                lowest_tapered = min(lowest_tapered, steps.mg_e6[t])
        for t in range(s, same):
            highest = max(highest, steps.mg_e6[t])
        s = same
    on_taper = relapsed_on != NO_DAY and relapsed_on <= exposed_until
    still = needed_step(rule, frame, last_day, steps, low, high) >= 0 or needed_course(rule, frame)
    return rule.steroid_days > 0 and highest != MISSING and (on_taper or re_escalated) and still


@compiled
def last_failing_pair(rule, frame, n, seen):
    """The pair that shows failure (DEF-ITP-21): (failing, confirming) indices, or (-1, -1).

    Two consecutive failing assessments, the second on or after the earliest day of failure; the last pair that
    begins within the attribution limit, else the last one.
    """
    within, within_second, last, last_second = -1, -1, -1, -1
    for i in range(n):
        if seen.any_label[i] != FAIL or seen.day[i] < frame.failing_from:
            continue
        for j in range(i - 1, -1, -1):
            if seen.any_label[j] >= IGNORED:
                continue
            if seen.any_label[j] != FAIL:
                break
            if seen.day[i] - seen.day[j] >= rule.failing_days:
                last, last_second = j, i
                if seen.day[j] <= frame.attributed_until:
                    within, within_second = j, i
                break
    return (within, within_second) if within >= 0 else (last, last_second)


@compiled
def all_washed(n, seen, counts_only):
    """Whether every assessment (or every count) of the window was set aside by a wash-out; False if there is none."""
    some = False
    for i in range(n):
        if counts_only and seen.count_at[i] < 0:
            continue
        some = True
        if seen.any_label[i] != IGNORED:
            return False
    return some


@compiled
def late(frame, onset, seen, confounded):
    """(reason, the last failing count that shows it or -1) of a response that began after the limit (DEF-ITP-22)."""
    counted, washed, failed = 0, 0, -1
    for i in range(onset):
        if seen.count_at[i] < 0:
            continue
        counted += 1
        washed += seen.any_label[i] == IGNORED
        shows = seen.own_label[i] == FAIL and seen.any_label[i] == FAIL
        if shows and seen.day[i] >= frame.failing_from:
            failed = i
    if failed >= 0:
        return _R_LATE, failed
    return (confounded if counted > 0 and washed == counted else _R_ONSET), -1


@compiled
def began_in_vain(frame, n, seen):
    """The first assessment of a passing run that begins too late after a stop for inefficacy; -1 if none does."""
    for i in range(n):
        if seen.day[i] > frame.vain_after and begins_run(i, seen):
            return i
    return -1


@compiled
def begins_run(i, seen):
    """Whether assessment `i` is the first of a passing run."""
    if seen.any_label[i] != PASS:
        return False
    previous = i - 1
    while previous >= 0 and seen.any_label[previous] == IGNORED:
        previous -= 1
    return previous < 0 or seen.any_label[previous] != PASS


@compiled
def passing_to_the_end(frame, n, seen):
    """Whether a passing run began within the attribution limit, and nothing after it fails."""
    first = -1
    for i in range(n):
        label = seen.any_label[i]
        if label == FAIL:
            first = -1
        elif first < 0 and seen.day[i] <= frame.attributed_until and begins_run(i, seen):
            first = i
    return first >= 0


@compiled
def died_bleeding(rule, frame, happened, low, high):
    """The bleed of which the patient died in this window, during it or within days after its last recorded day; or -1.

    Of several the first that began, then the lowest row.
    """
    by = -1
    if frame.died_on == NO_DAY or not frame.start < frame.died_on <= frame.end:
        return by
    for h in range(low, high):
        if is_bleed(rule, happened, h) and happened.grade[h] >= rule.fatal_grades[happened.scale[h]]:
            if happened.day[h] <= frame.died_on <= happened.end_day[h] + rule.fatal_days:
                first = by < 0 or happened.day[h] < happened.day[by]
                if first or (happened.day[h] == happened.day[by] and happened.row[h] < happened.row[by]):
                    by = h
    return by


@compiled
def no_response(rule, frame, n, seen, late_onset, late_confirming, happened, low, high):
    """The verdict on a course without an attributed response (DEF-ITP-21).

    `late_onset` is the first assessment of a confirmed run that began after the attribution limit, -1 if there is none.
    """
    confounded = _R_RESCUE if rule.disease == _ITP else _R_TRANSFUSION
    if n == 0:
        return _without_response(_NE, _R_NO_COUNTS, NOT_LATE, -1, -1, -1, -1)
    if frame.stopped_in_vain == 1:
        in_vain = began_in_vain(frame, n, seen)
        if in_vain >= 0:
            return _without_response(_NR, _R_STOPPED, IN_VAIN, in_vain, -1, -1, -1)
    if late_onset >= 0:
        reason, failed = late(frame, late_onset, seen, confounded)
        level = _NR if reason == _R_LATE else _NE
        return _without_response(level, reason, LATE_RUN, late_onset, late_confirming, failed, -1)
    level, reason, failing, confirming = _in_time(rule, frame, n, seen, confounded, happened, low, high)
    return _without_response(level, reason, NOT_LATE, -1, -1, failing, confirming)


@compiled
def _in_time(rule, frame, n, seen, confounded, happened, low, high):
    """(level, reason, failing, failing_confirming) where no run was seen too late."""
    if all_washed(n, seen, False):
        return _NE, confounded, -1, -1
    if passing_to_the_end(frame, n, seen):
        return _NE, _R_UNCONFIRMED, -1, -1
    first, confirming = last_failing_pair(rule, frame, n, seen)
    if first >= 0:
        return _NR, _R_FAILING, first, confirming
    last, wants, passed, early = -1, 0, 0, True
    for i in range(n):
        early = early and seen.day[i] < frame.failing_from
        passed += seen.any_label[i] == PASSED_OVER
        if seen.any_label[i] < IGNORED:
            last = i
            if seen.count_at[i] >= 0 and seen.any_label[i] == UNKNOWN and seen.event[i] != UNKNOWN_EVENT:
                wants |= seen.wants[i]
    if last >= 0 and seen.any_label[last] == FAIL:
        if frame.next_reasons & rule.inefficacy_reasons:
            return _NR, _R_INEFFICACY, last, -1
        if frame.stopped_in_vain == 1:
            return _NR, _R_STOPPED, last, -1
        if died_bleeding(rule, frame, happened, low, high) >= 0:
            return _NR, _R_DIED, last, -1
    if passed == n:
        return _NE, _R_CAUSE, -1, -1
    if wants & WANTS_BASELINE:
        return _NE, _R_BASELINE, -1, -1
    if wants & WANTS_MARKERS and rule.disease != _ITP:
        return _NE, _R_HEMOLYSIS, -1, -1
    if early:
        return _NE, _R_EARLY, -1, -1
    return _NE, confounded if all_washed(n, seen, True) else _R_UNCONFIRMED, -1, -1


@compiled
def _without_response(level, reason, late, onset, confirming, failing, failing_confirming):
    return Found(
        level, reason, NO_DAY, NO_DAY, NO_DAY, NO_DAY, NO_DAY, _NO_DURATION, _NOT_CENSORED,
        onset, confirming, -1, -1, failing, failing_confirming, -1, -1, -1, -1, -1, -1, -1, NO_DAY, NO_DAY, NO_DAY,
        late,
    )  # fmt: skip


@compiled
def noted():
    """The verdict on watch and wait after an active course: a note (DEF-LINE-08)."""
    return _without_response(_NE, _R_NOTE, NOT_LATE, -1, -1, -1, -1)


@compiled
def followed(rule, frame, peak, peak_high, n, seen):
    """The verdict on a course that started in response: how that response went on (DEF-LINE-07)."""
    label_losses(rule, -1, peak, peak_high, n, seen)
    follow = follow_response(rule, frame, -1, n, seen)
    held_until = np.int64(seen.day[follow.last_held]) if follow.last_held >= 0 else np.int64(NO_DAY)
    return Found(
        _NE, _R_STARTED, NO_DAY, NO_DAY, NO_DAY, NO_DAY, NO_DAY, _NO_DURATION, _NOT_CENSORED,
        -1, -1, -1, -1, -1, -1, follow.lost, follow.lost_confirming, -1, -1,
        follow.last_held, follow.decided_by, follow.open_at_end, follow.until, held_until, follow.relapsed_on,
        NOT_LATE,
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
def duration(rule, frame, onset_on, follow, seen):
    """(days, status, censored_by) of a response: to its loss, to death, or to the last count that held it."""
    if follow.relapsed_on != NO_DAY:
        return follow.relapsed_on - onset_on, _EVENT, _NOT_CENSORED
    last_on = np.int64(seen.day[follow.last_held])
    if frame.died_on != NO_DAY and onset_on <= frame.died_on <= min(frame.end, follow.until):
        if frame.died_on - last_on <= rule.death_days:
            return frame.died_on - onset_on, _DEATH, _BY_DEATH
    return last_on - onset_on, _CENSORED, follow.censored_by


@compiled
def walk(rule, frame, n, seen, happened, low, high, steps, step_low, step_high):
    """Judge one course from its `n` assessments `seen`.

    Happenings lie in [low, high), dose steps in [step_low, step_high).
    """
    onset, confirming = first_confirmed(
        seen.day, seen.any_label, n, PASS, rule.response_days, 0, -NO_DAY, frame.limit_day, frame.own_end
    )
    if onset < 0:
        late_onset, late_confirming = first_confirmed(
            seen.day, seen.any_label, n, PASS, rule.response_days, 0, -NO_DAY, NO_DAY, NO_DAY
        )
        return no_response(rule, frame, n, seen, late_onset, late_confirming, happened, low, high)

    onset_on = np.int64(seen.day[onset])
    label_losses(rule, onset, np.int64(seen.value[onset]), np.int64(seen.high[onset]), n, seen)
    follow = follow_response(rule, frame, onset, n, seen)
    last_day = seen.day[n - 1]
    # Dependence is a matter of the course's own window: what maintenance brings later is no relapse on its taper.
    if frame.continued == 0 and steroid_dependent(
        rule, frame, follow.relapsed_on, last_day, steps, step_low, step_high
    ):
        return Found(
            _NR, _R_STEROID, NO_DAY, NO_DAY, NO_DAY, NO_DAY, NO_DAY, _NO_DURATION, _NOT_CENSORED,
            onset, confirming, -1, -1, -1, -1, follow.lost, follow.lost_confirming, -1, -1,
            follow.last_held, follow.decided_by, follow.open_at_end, follow.until, NO_DAY, NO_DAY, NOT_LATE,
        )  # fmt: skip

    # The better level inside this response, and its own loss.
    # The count of the day on which the next course starts is this course's, and confirms (DEF-ITP-16).
    confirm_by = min(follow.relapsed_on - 1 if follow.lost >= 0 else follow.until, frame.own_end)
    cr_onset, cr_confirming = first_confirmed(
        seen.day, seen.best_label, n, PASS, rule.response_days, onset, onset_on, NO_DAY, confirm_by
    )
    cr_onset_on, lost_cr_on, cr_lost, cr_lost_confirming = NO_DAY, NO_DAY, -1, -1
    if cr_onset >= 0:
        cr_onset_on = np.int64(seen.day[cr_onset])
        cr_lost, cr_lost_confirming = first_lost(
            seen.day,
            seen.best_label,
            seen.failed_by_event,
            n,
            rule.failing_days,
            cr_onset + 1,
            follow.until,
        )
        lost_cr_on = min(np.int64(seen.day[cr_lost]) if cr_lost >= 0 else NO_DAY, follow.relapsed_on)
        if lost_cr_on == follow.relapsed_on:
            cr_lost, cr_lost_confirming = -1, -1
    days, status, censored_by = duration(rule, frame, onset_on, follow, seen)
    return Found(
        rule.best_level if cr_onset >= 0 else rule.next_level, _R_NONE,
        onset_on, cr_onset_on, follow.relapsed_on, lost_cr_on, days, status, censored_by,
        onset, confirming, cr_onset, cr_confirming, -1, -1, follow.lost, follow.lost_confirming,
        cr_lost, cr_lost_confirming, follow.last_held, follow.decided_by, follow.open_at_end, follow.until,
        NO_DAY, NO_DAY, NOT_LATE,
    )  # fmt: skip


@compiled
def _holds_at(rule, remission, value, baseline):
    if remission:
        return above(value, rule.remission_above)
    return min(at_least(value, rule.next.at_least), fold_of_baseline(value, baseline, rule.next.fold_e3))


@compiled
def landmark(rule, day, tolerance, remission, start, baseline, baseline_high, n, seen):
    """A fixed-time outcome of ASH 2019 (DEF-ITP-20): 1 yes, 0 no, -1 not known. Nearest count, no confirmation."""
    nearest, gap = -1, tolerance + 1
    for i in range(n):
        if seen.count_at[i] >= 0 and abs(seen.day[i] - start - day) < gap:
            nearest, gap = i, abs(seen.day[i] - start - day)
    if nearest < 0:
        return -1
    answer = _holds_at(rule, remission, seen.value[nearest], baseline_high)
    if answer != _holds_at(rule, remission, seen.high[nearest], baseline):
        answer = UNKNOWN
    return -1 if answer == UNKNOWN else (1 if answer == PASS else 0)


@compiled
def off_remission(rule, level, off_from, frame, n, seen, happened, low, high):
    """Remission off treatment at one level (DEF-TFR-01): 1 yes, 0 no, -1 not yet known.

    Every count after the last dose holds the level up to the first one that is late enough; a count below, a
    rescue, or a next course before that day is no remission.
    """
    due, unknown = off_from + rule.off_days, False
    for i in range(n):
        if seen.day[i] <= off_from or seen.count_at[i] < 0:
            continue
        if seen.high[i] < rule.off_at_least[level] or rescued_between(
            off_from, seen.day[i], happened, low, high
        ):
            return 0
        unknown = unknown or seen.value[i] < rule.off_at_least[level]
        if seen.day[i] >= due:
            return -1 if unknown else 1
    if rescued_between(off_from, min(due, frame.end), happened, low, high):
        return 0
    return 0 if frame.closed_by == _BY_NEXT and frame.end < due else -1


@compiled
def rescued_between(after, until, happened, low, high):
    """Whether any rescue was given on a day in (after, until]."""
    for h in range(low, high):
        if is_rescue(happened.kind[h]) and after < happened.day[h] <= until:
            return True
    return False


@compiled
def days_off(off_from, n, seen):
    """Days from the last dose to the last count of the window, 0 if there is none."""
    for i in range(n - 1, -1, -1):
        if seen.count_at[i] >= 0:
            return max(0, seen.day[i] - off_from)
    return 0

"""The rows of the worklist, in words and columns, from what the judge of surveillance asks of each patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from adjudication.day_values import CITRATE, EDTA
from adjudication.response.terms import MICRO
from adjudication.surveillance.counts import NEVER, NOWHERE, Column, Counts, pick
from adjudication.surveillance.judge import NO_HOURS, Judged
from adjudication.surveillance.protocol import Action, Protocol
from adjudication.surveillance.schedule import Mode
from registry.record.units import citrate_factor
from registry.surveillance.facts import Watch

_BY_URGENCY = tuple(reversed(Action))
"""The actions in the order of the list."""
_SIGNS = {-1: "<", 0: "", 1: ">"}


def rows_of(protocol: Protocol, found: Watch, judged: Judged, tubes: Mapping[int, str]) -> pa.Table:
    """One row for each patient, in the order of the patients; its columns are those of `worklist.Worklist.rows`.

    `tubes` words the tubes of those for whom `asked_about_tubes` asks. Besides there is `urgency`, the place of the
    action in the order of the list.
    """
    taken, patients = found.facts.taken, found.facts.patients
    in_window, scheduled = judged.dues.in_window, judged.scheduled
    counted_on = pick(taken.on, judged.last, NEVER)
    acts = in_window | ~scheduled
    rules = protocol.rules
    urgency = np.array([_BY_URGENCY.index(rule.action) for rule in rules])[judged.rule]
    rule = _rule(protocol, judged, np.isnat(counted_on))
    deciding = [*rules, protocol.schedule.cited, protocol.afterwards]
    newest = judged.newest
    sparse = _sparse(found, judged)
    unjudged = {
        patient: found.specimens[one].words for patient, one in enumerate(newest.tolist()) if one != NOWHERE
    }
    sparse["unjudged"] = {**tubes, **unjudged}
    unjudged_on = np.where(_are_of_tubes(judged), counted_on, pick(found.facts.unjudged.on, newest, NEVER))

    def of_some(name: str, kind: pa.DataType) -> pa.Array:
        values: list[Any] = [None] * patients
        for patient, value in sparse[name].items():
            values[patient] = value
        return pa.array(values, kind)

    day, text = pa.date32(), pa.string()
    bleeding_on, asked_on, bled_at = (
        of_some("bleeding_on", day),
        of_some("asked_on", day),
        of_some("bled_at", text),
    )
    admitted = pc.is_valid(bled_at).to_numpy(False)
    return pa.table(
        {
            "patient_id": found.patients["patient_id"],
            "mode": _words([Mode.SYMPTOM_DRIVEN, Mode.IN_WINDOW], in_window.astype(np.int64)),
            "last_infusion_on": judged.cycle.last_on,
            "window_ends_on": judged.dues.window_ends_on,
            "last_count_on": counted_on,
            "last_count": counts_in_words(taken, judged.last),
            "previous_count": counts_in_words(taken, judged.before),
            "due_on": judged.due_on,
            "overdue_days": judged.overdue_days.astype(np.int32),
            "action": _words([one.action for one in rules], np.where(acts, judged.rule, NOWHERE)),
            "treatment_advice": _words([one.advice for one in protocol.advice_rules], judged.advice),
            "rule": _words([one.id for one in deciding], rule),
            "source": _words([protocol.source(one) for one in deciding], rule),
            "bleeding_since": pc.coalesce(bleeding_on, asked_on),
            "unjudged_on": unjudged_on,
            "unjudged": of_some("unjudged", text),
            "measured_from": counts_in_words(taken, judged.measured_from),
            "measured_from_on": pick(taken.on, judged.measured_from, NEVER),
            "asks": _asks(asked_on, newest != NOWHERE, judged.clumped | judged.discordant, admitted),
            "outcome": of_some("outcome", text),
            "done_on": of_some("done_on", day),
            "done_by": of_some("done_by", text),
            "recheck_on": of_some("recheck_on", day),
            "done_why": of_some("done_why", text),
            "removed": judged.removed,
            "settled": judged.settled,
            "escalated": judged.escalated,
            "itp_onset_on": of_some("itp_onset_on", day),
            "itp_ended_on": of_some("itp_ended_on", day),
            "act_by": judged.act_by,
            "within_hours": pa.array(judged.within_hours, mask=judged.within_hours == NO_HOURS),
            "found_on": judged.found_on,
            "removed_on": of_some("removed_on", day),
            "advice_place": pa.array(judged.advice.astype(np.int32), mask=judged.advice < 0),
            "counted_before": judged.counted_before,
            "site": found.patients["site"],
            "bleeding_on": bleeding_on,
            "citrate_count": _in_citrate(taken, judged.last),
            "previous_on": pick(taken.on, judged.before, NEVER),
            "asked_on": asked_on,
            "bled_as": of_some("bled_as", text),
            "bled_at": bled_at,
            "age": found.patients["age"],
            "comedication": of_some("comedication", text),
            "month_from_on": judged.dues.month_from_on,
            "answered_by": of_some("answered_by", text),
            "answered_on": of_some("answered_on", day),
            "demand": _words([one.id for one in rules], np.where(scheduled, NOWHERE, judged.rule)),
            "protocol": pa.array([protocol.id] * patients, text),
            "urgency": np.where(acts, urgency, len(_BY_URGENCY)),
        }
    )


def asked_about_tubes(found: Watch, judged: Judged) -> list[tuple[int, date]]:
    """Whose tubes are shown, by number, and on which day: the last count's, where no later specimen stands for it."""
    patients = np.flatnonzero(_are_of_tubes(judged))
    days = found.facts.taken.on[judged.last[patients]]
    return list(zip(patients.tolist(), days.tolist(), strict=True))


def _are_of_tubes(judged: Judged) -> Column:
    found: Column = judged.discordant & (judged.newest == NOWHERE)
    return found


def _rule(protocol: Protocol, judged: Judged, never_counted: Column) -> Column:
    """The place of the rule that decides among the rules, the schedule, and what follows its end."""
    schedule, afterwards = len(protocol.rules), len(protocol.rules) + 1
    calm = np.where(never_counted, schedule, judged.rule)
    return np.where(judged.scheduled, np.where(judged.dues.in_window, calm, afterwards), judged.rule)


def _sparse(found: Watch, judged: Judged) -> dict[str, dict[int, Any]]:
    """The values that few patients have, by column and patient."""
    done = {patient: one for patient, one in judged.followed.items() if one.last is not None}
    acts = {patient: found.facts.done[patient][one.last or 0] for patient, one in done.items()}
    notes = {patient: found.notes[patient][one.last or 0] for patient, one in done.items()}
    answers = {patient: one.by for patient, one in judged.answers.items() if one.holds}
    return {
        "bleeding_on": {patient: one.since for patient, one in judged.bled.items()},
        "asked_on": {patient: one.asked_since for patient, one in judged.bled.items()},
        "bled_as": {
            patient: ";".join(each.name for each in one.named)
            for patient, one in judged.bled.items()
            if one.named
        },
        "comedication": found.comedication,
        "bled_at": {patient: ";".join(one.sites) for patient, one in judged.bled.items() if one.sites},
        "outcome": {patient: str(act.outcome) for patient, act in acts.items()},
        "done_on": {patient: act.on for patient, act in acts.items()},
        "done_by": {patient: one.by for patient, one in notes.items()},
        "recheck_on": {patient: one.recheck_on for patient, one in notes.items()},
        "done_why": {patient: one.reason for patient, one in notes.items()},
        "removed_on": {patient: one.removed_on for patient, one in judged.followed.items()},
        "answered_by": {patient: str(act.outcome) for patient, act in answers.items()},
        "answered_on": {patient: act.on for patient, act in answers.items()},
        "itp_onset_on": {patient: onset for patient, (onset, _) in found.illness.items()},
        "itp_ended_on": {patient: ended for patient, (_, ended) in found.illness.items()},
    }


def _words(words: Sequence[str], places: Column) -> pa.Array:
    """The word at each place; nothing where the place is NOWHERE."""
    return pa.array([str(word) for word in words], pa.string()).take(
        pa.array(places.astype(np.int64), mask=places == NOWHERE)
    )


def counts_in_words(taken: Counts, places: Column) -> pa.Array:
    """The counts at some steps as the laboratory reported them: `28`, `<5`, corrected for citrate."""
    return _numbers(_reported_e6(taken, places), pick(taken.over, places, 0), places != NOWHERE)


def _reported_e6(taken: Counts, places: Column) -> Column:
    """The number that stands in each report: the limit itself where a count is known only as one."""
    over, least = pick(taken.over, places, 0), pick(taken.e6, places, 0)
    below: Column = np.where(over < 0, pick(taken.more_e6, places, 0) + 1, least - over)
    return below


def _in_citrate(taken: Counts, places: Column) -> pa.Array:
    """What was reported where a step was counted in citrate; exact, for the factor was rounded down."""
    times, by = citrate_factor().as_integer_ratio()
    reported_e6 = (_reported_e6(taken, places) * by + times - 1) // times
    in_citrate = pick(taken.tube, places, EDTA) == CITRATE
    return _numbers(reported_e6, pick(taken.over, places, 0), in_citrate)


def _numbers(e6: Column, over: Column, known: Column) -> pa.Array:
    """Micro units as exact text with the comparator; each number is written once."""
    different, where = np.unique(4 * e6 + (over + 1), return_inverse=True)
    words = [_SIGNS[one % 4 - 1] + _number(one // 4) for one in different.tolist()]
    return _words(words, np.where(known, where, NOWHERE))


def plain_count(words: str) -> int | float | str:
    """A count in words as JSON has it: a number, or text with its comparator."""
    if words[0] in "<>":
        return words
    return float(words) if "." in words else int(words)


def _number(e6: int) -> str:
    return f"{e6 // MICRO}.{e6 % MICRO:06d}".rstrip("0").rstrip(".")


def _asks(asked_on: pa.Array, unjudged: Column, smear: Column, hospitalisation: Column) -> pa.Array:
    """What is asked of people besides: `bleed_over;smear`; nothing where nothing is."""
    parts = {
        "bleed_over": pc.is_valid(asked_on).to_numpy(False),
        "repeat_specimen": unjudged,
        "smear": smear,
        "hospitalisation": hospitalisation,
    }
    words = [
        ";".join(name for place, name in enumerate(parts) if number >> place & 1)
        for number in range(2 ** len(parts))
    ]
    number = sum(part.astype(np.int64) << place for place, part in enumerate(parts.values()))
    return _words(words, np.where(number == 0, NOWHERE, number))

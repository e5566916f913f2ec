"""What is stored with a call beside its level, in words: phase, time in response, fixed-time outcomes, flags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from registry.wording import number_of, page_day

FIXED_TIMES = {
    "er_7d": "early response at 1 week",
    "ir_1m": "initial response at 1 month",
    "dr_6m": "durable response at 6 months",
    "rem_12m": "remission at 12 months",
}
"""Outcomes of ITP at fixed times (ASH 2019, DEF-ITP-20), by the column of the call."""

FLAGS = {
    "attribution_default": "the agent has no published attribution limit: the default limit was used",
    "baseline_missing": "no usable baseline count",
    "bleeding_not_recorded": "bleeding was never recorded, so it was taken to be absent",
    "continued_under_maintenance": "the response was followed on through a maintenance course",
    "corticosteroid_dependent": "dependent on corticosteroids",
    "cr_unassessable": "complete response could not be assessed: markers of hemolysis are missing",
    "edta_discordant": "the EDTA count was far below that of another tube of the same day",
    "late_response": "the response began after the attribution limit of the agents",
    "long_gap": "a long gap between two counts",
    "prolonged_corticosteroid": "an unchanged corticosteroid dose for a long time while in response",
    "rescue_confounded": "counts after a rescue or bridge could not support a response",
    "shared_start": "another course of the episode began on the same day",
    "spontaneous": "a response without treatment",
    "steroid_dose_unknown": "a corticosteroid dose could not be read, so dependence could not be assessed",
    "thrombocytosis": "a platelet count above the normal range",
    "transfusion_confounded": "counts after a transfusion could not support a response",
    "unconfirmed": "a response or failure was not confirmed by a second count",
    "unconfirmed_loss": "a loss of response was not confirmed by a second count",
}
"""Every flag of a call in words."""

_RESPONSES = ("CR", "R", "PR")


def flag_sentence(flags: str | None) -> str:
    """The flags of a call (words joined by `;`) as people say them, joined by `; `; empty without flags."""
    return "; ".join(FLAGS.get(name, name.replace("_", " ")) for name in (flags or "").split(";") if name)


def time_in_response(call: Mapping[str, Any]) -> str | None:
    """`148 of 365 days` from the start to the last assessment (IWG 2009); None without a response."""
    if call["best_response"] not in _RESPONSES:
        return None
    return f"{call['in_response_days']:,} of {number_of(call['observed_days'], 'day')}"


def kept_or_lost(call: Mapping[str, Any], day: Callable[[date], str] = page_day) -> str:
    """Of a course that started in response, `held until 3 Feb 2020` or `lost on 3 Feb 2020`; empty for others."""
    if call["reason"] != "started_in_response":
        return ""
    if call.get("lost_on"):
        return f"lost on {day(call['lost_on'])}"
    return f"held until {day(call['held_until'])}" if call.get("held_until") else "no count since its start"


def call_facts(call: Mapping[str, Any], *, short: bool = False) -> list[str]:
    """The facts of a call beside its level, each a sentence for a page; what is not known is left out or named so.

    `short` is for the printed sheet: without the phase and the outcomes at fixed times, which the app has.
    """
    told = []
    if call["phase"] and not short:
        told.append(f"Phase at the start: {call['phase'].replace('_', ' ')}.")
    kept = kept_or_lost(call)
    if kept:
        told.append(f"The response that was there at the start: {kept}.")
    lasted = time_in_response(call)
    if lasted:
        told.append(f"Time in response: {lasted}.")
    known = {name: call[name] for name in FIXED_TIMES if call[name] is not None}
    if known and not short:
        parts = [f"{FIXED_TIMES[name]} {'yes' if met else 'no'}" for name, met in known.items()]
        unknown = [words for name, words in FIXED_TIMES.items() if name not in known]
        parts += [f"not assessable: {', '.join(unknown)}"] if unknown else []
        told.append(f"At fixed times (ASH 2019): {'; '.join(parts)}.")
    flags = flag_sentence(call["flags"])
    if flags:
        told.append(f"Flags: {flags}.")
    return told


def call_row(call: Mapping[str, Any]) -> dict[str, Any]:
    """The same facts as columns of a table."""
    return {
        "phase": call["phase"] and call["phase"].replace("_", " "),
        "in_response": time_in_response(call),
        **{name: {True: "yes", False: "no"}.get(call[name]) for name in FIXED_TIMES},
        "held_until": call["held_until"],
        "lost_on": call["lost_on"],
        "flags": call["flags"],
        "flags_in_words": flag_sentence(call["flags"]) or None,
    }

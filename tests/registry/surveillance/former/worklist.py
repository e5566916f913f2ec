"""The worklist as SQL alone once made it, kept to be compared with the judge until the rules change.

Its queries lie beside this file.
"""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from adjudication.response.terms import Disease
from adjudication.surveillance.protocol import OF_A_SITE, Action, Condition, Programme
from registry.record.units import citrate_factor
from registry.roles import Actor, readable_sites
from registry.surveillance.in_force import infused, standing
from registry.surveillance.unjudged import NOT_TAKEN, Specimen

if TYPE_CHECKING:
    from registry.store.database import Database
    from registry.store.snapshot import Snapshot

_BY_URGENCY = tuple(reversed(Action))


def former_rows(
    db: "Database", actor: Actor, as_of: date, programme: Programme, now: datetime
) -> list[dict[str, Any]]:
    """The rows of a programme, those of who was taken off the list too, in the order of the list."""
    rows: list[dict[str, Any]] = former_table(db, actor, as_of, programme, now).to_pylist()
    return rows


def former_table(db: "Database", actor: Actor, as_of: date, programme: Programme, now: datetime) -> pa.Table:
    """The same as columns."""
    with infused(db, as_of, standing(db, programme), readable_sites(actor)) as snapshot:
        return _listed(snapshot, programme, 0, as_of, now)


def _text(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def _read_unjudged(programme: Programme, rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    found = [(row[:3], Specimen(*row[3:])) for row in rows]
    return [
        {
            "number": number,
            "patient_key": key,
            "observed_on": on,
            "taken_at": at,
            "means_e6": one.means_e6(programme),
            "clumped": one.clumped,
            "words": one.words,
        }
        for number, ((key, on, at), one) in enumerate(found)
    ]


def _listed(snapshot: "Snapshot", programme: Programme, place: int, as_of: date, now: datetime) -> pa.Table:
    """The rows of one programme, the one at `place` among those in force: each query keeps what the next ones read."""
    plan = _plan(programme, place, as_of, now)
    mild = [{"scale": scale, "up_to_grade": grade} for scale, grade in programme.bleeding.mild_up_to.items()]
    confirmations = [
        {"up_to_e6": rung.when.up_to_e6, "fall_percent": rung.when.fall_percent}
        for rung in programme.rungs
        if rung.when.confirmed
    ]
    kept: tuple[tuple[str, str, list[Any]], ...] = (
        ("specimen", "specimens", [plan]),
        ("day", "days", [plan]),
        ("done", "done", [plan]),
        ("bled", "bleeds", [plan, mild]),
        ("placed", "steps", [plan]),
        ("measured", "measured", [plan]),
        ("answer", "answers", [plan, confirmations]),
    )
    for name, query, parameters in kept:
        snapshot.keep(name, _text(f"worklist_{query}"), parameters)
    specimens = snapshot.rows(_text("worklist_unjudged"))
    snapshot.keep("unjudged", _text("worklist_unjudged_read"), [_read_unjudged(programme, specimens)])
    return snapshot.arrow(_text("worklist"), [plan, _rungs(programme), _counsels(programme)])


def _plan(programme: Programme, place: int, as_of: date, now: datetime) -> dict[str, Any]:
    """What the queries of the worklist ask with, for the programme at `place` among those in force."""
    times, by = citrate_factor().as_integer_ratio()
    outcomes, scales = programme.outcomes, programme.bleeding
    confirmed = [rung.when.up_to_e6 for rung in programme.rungs if rung.when.confirmed]
    return {
        "as_of": as_of,
        "now": now,
        "place": place,
        "programme": programme.id,
        "agent": programme.agent,
        "settings": list(programme.settings),
        "analyte": programme.analyte,
        "every_months": programme.schedule.every_months,
        "months_after_last_infusion": programme.schedule.months_after_last_infusion,
        "overdue_after_days": programme.schedule.overdue_after_days,
        "previous_within_days": programme.previous_within_days,
        "fall_percent": programme.fall_percent,
        "confirmed_up_to_e6": max((edge for edge in confirmed if edge is not None), default=-1),
        "bands_e6": list(programme.bands_e6),
        "citrate_times": times,
        "citrate_by": by,
        "not_taken": list(NOT_TAKEN),
        "bleeding_from_grade": scales.from_grade,
        "present_days": scales.present_days,
        "ended_count_at_most_e6": scales.ended_count_at_most_e6,
        "ended_count_within_days": scales.ended_count_within_days,
        "remove": [str(one) for one in outcomes.remove],
        "settle": [str(one) for one in outcomes.settle],
        "settle_confirmed": [str(one) for one in outcomes.settle_confirmed],
        "anew_below_e6": outcomes.anew_below_e6,
        "anew_fall_percent": outcomes.anew_fall_percent,
        "anew_after_above_e6": outcomes.anew_after_above_e6,
        "of_a_site": [str(one) for one in OF_A_SITE],
        "disease": Disease.ITP.word,
        "no_action": len(_BY_URGENCY),
        "schedule_rule": programme.schedule.cited.id,
        "schedule_source": programme.source(programme.schedule.cited),
        "afterwards_rule": programme.afterwards.id,
        "afterwards_source": programme.source(programme.afterwards),
    }


def _rungs(programme: Programme) -> list[dict[str, Any]]:
    return [
        {
            "place": number,
            **_asked(rung.when),
            "fall_percent": rung.when.fall_percent,
            "confirmed": rung.when.confirmed,
            "once_above_e6": rung.when.once_above_e6,
            "unjudged": rung.when.of_unjudged,
            "unjudged_up_to_e6": rung.when.unjudged_up_to_e6,
            "uncounted": rung.when.uncounted,
            "answered": rung.when.answered,
            "only_in_window": rung.when.in_window,
            "within_hours": rung.within_hours,
            "scheduled": rung.within_hours is None,
            "action": str(rung.action),
            "urgency": _BY_URGENCY.index(rung.action),
            "rule": rung.id,
            "source": programme.source(rung),
        }
        for number, rung in enumerate(programme.rungs)
    ]


def _counsels(programme: Programme) -> list[dict[str, Any]]:
    return [
        {"place": number, **_asked(counsel.when), "advice": str(counsel.advice)}
        for number, counsel in enumerate(programme.counsels)
    ]


def _asked(when: Condition) -> dict[str, int | None]:
    return {
        "up_to_e6": when.up_to_e6,
        "bleeding_mask": sum(1 << bleeding for bleeding in when.bleeding),
    }

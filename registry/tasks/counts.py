"""Counts that wait: owed by the surveillance schedule, demanded by the last finding, or not readable as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from adjudication.surveillance.protocol import Protocol
from registry import sql
from registry.roles import Actor, Permission, readable_sites
from registry.store.database import Database
from registry.surveillance import finding
from registry.surveillance.in_force import in_force
from registry.surveillance.outside import outside
from registry.surveillance.worklist import BY, Worklist, worklist
from registry.tasks.item import Waiting, address_of
from registry.wording import number_of, page_weekday

TO_MEND = ("unit_missing", "unit_unknown", "unreadable", "implausible")
"""Why a count is not evaluable although a person may know better: its unit or its number can be amended."""


def surveillance(db: Database, actor: Actor, today: date) -> Iterator[Waiting]:
    """After alemtuzumab: findings that demand something now, counts overdue, due, and due soon."""
    listed = worklist(db, actor, today)
    if not listed.rows.num_rows:
        return
    groups = split(listed, today)
    urgent, overdue, due, soon = (groups[name] for name in ("now", "overdue", "due", "soon"))
    yield Waiting("Act now", urgent.num_rows, _most_urgent(listed, urgent), "/worklist?show=now", urgent=True)
    yield Waiting("Counts overdue", overdue.num_rows, _latest(overdue), "/worklist?show=overdue")
    why = f"Since {page_weekday(_first(due))} at the longest." if due.num_rows else "No count is overdue."
    yield Waiting("Counts due", due.num_rows, why, "/worklist?show=due")
    until = page_weekday(today + max(_soon(one) for one in listed.protocols))
    why = f"From today until {until}." if soon.num_rows else f"None until {until}."
    yield Waiting("Counts due soon", soon.num_rows, why, "/worklist?show=soon")


def escalated(db: Database, actor: Actor, today: date, now: datetime | None = None) -> Iterator[Waiting]:
    """After alemtuzumab: findings past their deadline that nobody has settled, for those to whom they are escalated."""
    listed = worklist(db, actor, today, now=now)
    if not listed.rows.num_rows:
        return
    missed = listed.rows.filter(listed.rows["escalated"])
    why = (
        f"Escalated to you. {_most_urgent(listed, missed)}" if missed.num_rows else "No deadline was missed."
    )
    yield Waiting("Deadlines missed", missed.num_rows, why, "/worklist?show=now", urgent=True)


def outside_lists(db: Database, actor: Actor, today: date) -> Iterator[Waiting]:
    """After alemtuzumab: low counts of patients whom no protocol watches, or who were taken off the list."""
    removing = sorted({str(word) for one in in_force(db) for word in one.protocol.outcomes.remove})
    [(gone,)] = db.rows(
        "SELECT count(*) FROM outcome_view WHERE list_contains($1::TEXT[], outcome)", [removing]
    )
    removed = worklist(db, actor, today).removed["patient_id"].to_pylist() if gone else []
    low = outside(db, actor, today, removed)
    what = "Low counts on no list"
    if not low:
        yield Waiting(what, 0, "Nobody outside every protocol has a low last count.", "", patients=())
        return
    told = "; ".join(
        f"{one.patient_id}: {one.last_count} ×10⁹/L on {page_weekday(one.last_count_on)}, alemtuzumab for "
        f"{one.setting.replace('_', ' ')}"
        for one in low[:_NAMED]
    )
    more = f"; and {len(low) - _NAMED} more" if len(low) > _NAMED else ""
    why = f"After alemtuzumab, watched by no protocol or taken off the list. {told}{more}."
    address = address_of("patient", patient=low[0].patient_id)
    yield Waiting(what, len(low), why, address, urgent=True, patients=low)


_NAMED = 5
"""So many patients on no list are named in the sentence."""


def split(listed: Worklist, today: date) -> dict[str, pa.Table]:
    """The rows of the worklist in groups that share no patient, each in the order of the list.

    `now`: the last finding demands something by today, and nothing was done that answers it. `overdue`: the count of
    the schedule is late. `due`: its day has passed, but not for long enough to be called overdue. `soon`: something is
    due today or within the days that the protocol calls soon. `later`: all others.
    """
    rows = listed.rows
    open_demand = pc.and_(
        _any(
            pc.and_(mine, pc.is_in(rows["demand"], pa.array(_demanding(one), pa.string())))
            for one, mine in _each(listed)
        ),
        pc.invert(rows["settled"]),
    )
    now = pc.and_(open_demand, _by(rows["due_on"], today))
    overdue = pc.and_(pc.invert(now), pc.greater(rows["overdue_days"], 0))
    due = pc.and_(pc.invert(pc.or_(now, overdue)), _by(rows["due_on"], today - timedelta(days=1)))
    rest = pc.invert(pc.or_(pc.or_(now, overdue), due))
    soon = _any(pc.and_(mine, _by(rows["due_on"], today + _soon(one))) for one, mine in _each(listed))
    masks = {
        "now": now,
        "overdue": overdue,
        "due": due,
        "soon": pc.and_(rest, soon),
        "later": pc.and_(rest, pc.invert(soon)),
    }
    return {name: rows.filter(mask) for name, mask in masks.items()}


def _by(days: pa.ChunkedArray, day: date) -> pa.ChunkedArray:
    return pc.fill_null(pc.less_equal(days, pa.scalar(day)), False)


def _each(listed: Worklist) -> Iterator[tuple[Protocol, pa.ChunkedArray]]:
    """Each protocol, and which rows stand by it."""
    for one in listed.protocols:
        yield one, pc.equal(listed.rows[BY], one.id)


def _any(masks: Iterable[pa.ChunkedArray]) -> pa.ChunkedArray:
    return reduce(pc.or_, masks)


def _demanding(protocol: Protocol) -> list[str]:
    return [rule.id for rule in protocol.rules if rule.within_hours is not None]


def _soon(protocol: Protocol) -> timedelta:
    return timedelta(protocol.schedule.due_soon_within_days)


def _most_urgent(listed: Worklist, urgent: pa.Table) -> str:
    if not urgent.num_rows:
        return "No finding requires action by today."
    row = urgent.slice(0, 1).to_pylist()[0]
    found = (
        f"{finding.counted(row)} ×10⁹/L on {page_weekday(row['last_count_on'])}"
        if row["last_count"]
        else "no count"
    )
    return f"Most urgent: {row['patient_id']}, {found}. {finding.demanded(listed.protocol_of(row), row)}"


def _first(due: pa.Table) -> date:
    first: date = pc.min(due["due_on"]).as_py()
    return first


def _latest(overdue: pa.Table) -> str:
    if not overdue.num_rows:
        return "No monthly count is late."
    late = (
        overdue.sort_by([("overdue_days", "descending"), ("patient_id", "ascending")])
        .slice(0, 1)
        .to_pylist()[0]
    )
    return f"Longest: {late['patient_id']}, {number_of(late['overdue_days'], 'day')} late."


def unreadable(db: Database, actor: Actor, _: date) -> Iterator[Waiting]:
    """Counts that are kept but never judged, because their unit or their number is not understood."""
    plan = {"sites": readable_sites(actor, Permission.AMEND), "reasons": list(TO_MEND)}
    [(number, patients, last)] = db.rows(sql.text("queries/waiting_unreadable"), [plan])
    if not number:
        yield Waiting(
            "Counts that cannot be assessed", 0, "Every count has a known unit and a readable value.", ""
        )
        return
    why = (
        f"Their unit is missing or not known, or the number cannot be right: {number_of(patients, 'patient')}, "
        f"last {last}. Correct the unit, or mark it as unknown."
    )
    yield Waiting(
        "Counts that cannot be assessed", number, why, address_of("facts", patient=last, kind="observation")
    )

"""What the judge of surveillance asks with: the facts of all whom one protocol watches, read in bulk as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from adjudication.response.terms import Disease
from adjudication.surveillance.bleeds import Bled, bleeding_of, site_of
from adjudication.surveillance.counts import NONE, Column, Counts, day_key, steps
from adjudication.surveillance.follow_up import Done
from adjudication.surveillance.judge import Facts, Specimens, looked_at, since_last
from adjudication.surveillance.protocol import Bleeding, Outcome, Protocol
from adjudication.surveillance.schedule import Infusions
from registry import sql
from registry.surveillance.unjudged import NOT_TAKEN, Specimen

if TYPE_CHECKING:
    from registry.store.snapshot import Snapshot


@dataclass(frozen=True)
class Note:
    """What the list shows of an outcome besides what the judge asks for."""

    by: str
    recheck_on: date | None
    reason: str | None


@dataclass(frozen=True)
class Watch:
    """The patients whom a protocol watches, with the facts that it judges by.

    `patients` has their columns by their numbers: patient_key, patient_id, site, died_on and age in years. `specimens`
    are those of `facts.unjudged` after the last clean count, by their places there; `notes` belong to the outcomes of
    `facts.done`. `illness` has the first day and the end of the last episode of the protocol's disease, `comedication`
    names the anticoagulant and antiplatelet drugs of that day: `apixaban (anticoagulant)`.
    """

    patients: pa.Table
    facts: Facts
    specimens: dict[int, Specimen]
    notes: dict[int, list[Note]]
    illness: dict[int, tuple[date, date | None]]
    comedication: dict[int, str]


def watch(snapshot: Snapshot, protocol: Protocol, place: int, as_of: date, *, dead: bool = False) -> Watch:
    """Read them from a snapshot with the table `infused`; `place` is that of the protocol among those in force.

    With `dead` those who have died are there too.
    """
    plan = {
        "as_of": as_of,
        "place": place,
        "dead": dead,
        "agent": protocol.agent,
        "settings": list(protocol.settings),
        "analyte": protocol.analyte,
        "not_taken": list(NOT_TAKEN),
        "disease": Disease.ITP.word,
    }

    def columns(name: str) -> pa.Table:
        return snapshot.arrow(sql.text(f"queries/worklist_{name}"), [plan])

    snapshot.keep("watched", sql.text("queries/worklist_watched"), [plan])
    patients = snapshot.arrow("SELECT * FROM watched ORDER BY number")
    number, first_infusion_on = patients.num_rows, _numpy(patients, "first_infusion_on")
    begun, rest = columns("infusions"), columns("unjudged")
    taken = clean_counts(snapshot, protocol, plan, patients)
    looked = looked_at(protocol, first_infusion_on[_numpy(rest, "number")], _numpy(rest, "observed_on"))
    unjudged, specimens = _specimens(protocol, rest.filter(pa.array(looked)), number, taken)
    done: dict[int, list[Done]] = {}
    notes: dict[int, list[Note]] = {}
    for patient, rows in _each(snapshot.rows(sql.text("queries/worklist_done"), [plan])):
        done[patient] = [Done(Outcome(row[0]), *row[1:4]) for row in rows]
        notes[patient] = [Note(*row[4:]) for row in rows]
    bled = _each(snapshot.rows(sql.text("queries/worklist_bleeds"), [plan]))
    facts = Facts(
        number,
        Infusions(*(_numpy(begun, name) for name in ("number", "started_on", "last_on"))),
        taken,
        unjudged,
        {patient: [_bled(protocol, *row) for row in rows] for patient, rows in bled},
        done,
    )
    illness = {row[0]: row[1:] for row in snapshot.rows(sql.text("queries/worklist_illness"), [plan])}
    drugs = _each(snapshot.rows(sql.text("queries/worklist_comedication"), [plan]))
    comedication = {
        patient: "; ".join(f"{agent} ({kind})" for agent, kind in rows) for patient, rows in drugs
    }
    return Watch(patients, facts, specimens, notes, illness, comedication)


def clean_counts(
    snapshot: Snapshot, protocol: Protocol, plan: Mapping[str, Any], patients: pa.Table
) -> Counts:
    """The values of days of the `patients` of a kept table `watched`, as they are looked at; `plan` as in `watch`."""
    counted = snapshot.arrow(sql.text("queries/worklist_counts"), [plan])
    begins = snapshot.arrow(sql.text("queries/worklist_course_starts"), [plan])
    starts = day_key(_numpy(begins, "number"), _numpy(begins, "started_on"))
    return steps(protocol, _counts(protocol, counted, _numpy(patients, "first_infusion_on")), starts)


def _numpy(table: pa.Table, name: str) -> Column:
    found: Column = table[name].to_numpy()
    return found


def _each(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    """The rows of each patient, without the number."""
    for patient, several in groupby(rows, key=lambda row: row[0]):
        yield patient, [row[1:] for row in several]


def _counts(protocol: Protocol, rows: pa.Table, first_infusion_on: Column) -> Counts:
    """The clean counts that are looked at, those of a patient together and in the order of their days."""
    names = ("number", "observed_on", "taken_at", "canonical_e6", "change_seq", "over", "tube")
    found = Counts.reported(*(_numpy(rows, name) for name in names))
    patient, on = found.patient, found.on
    looked = looked_at(protocol, first_infusion_on[patient], on)
    if not looked.all():
        found = found.take(looked)
    key = day_key(found.patient, found.on)
    return found if (key[1:] >= key[:-1]).all() else found.take(np.argsort(key, kind="stable"))


def _specimens(
    protocol: Protocol, rows: pa.Table, number: int, taken: Counts
) -> tuple[Specimens, dict[int, Specimen]]:
    """The specimens that cannot be judged; what the laboratory wrote is read of those after the last clean count."""
    names = ("number", "observed_on", "taken_at", "change_seq")
    patient, on, at, stored_in = (_numpy(rows, name) for name in names)
    means, clumped = np.full(patient.shape, NONE), np.zeros(patient.shape, dtype=bool)
    since = np.flatnonzero(since_last(number, taken, patient, on))
    written = rows.take(pa.array(since)).select(["value", "unit", "why", "canonical_e6", "comparator"])
    read = [Specimen(**row) for row in written.to_pylist()]
    means[since] = np.array([NONE if one is None else one for one in _least(protocol, read)], dtype=np.int64)
    clumped[since] = [one.clumped for one in read]
    return Specimens(patient, on, at, stored_in, means, clumped), dict(zip(since.tolist(), read, strict=True))


def _least(protocol: Protocol, specimens: Sequence[Specimen]) -> Iterator[int | None]:
    return (one.means_e6(protocol) for one in specimens)


def _bled(
    protocol: Protocol,
    on: date,
    ended_on: date | None,
    stored_in: int,
    scale: str | None,
    grade: int | None,
    itp_related: str | None,
    sign: str | None,
    logged_on: date | None,
    site: str | None,
) -> Bled:
    """A bleed as the judge asks for it; what is not of ITP is none, and a sign is mild (READ-SURV-14)."""
    if scale is None or grade is None:
        return Bled(on, ended_on, Bleeding.MILD, stored_in, sign or "", logged_on)
    meaning = Bleeding.NONE if itp_related == "no" else bleeding_of(protocol, scale, grade)
    where = site_of(protocol, site)
    name = f"{scale} grade {grade}" + (f" ({where})" if where else "")
    return Bled(on, ended_on, meaning, stored_in, name, site=where)

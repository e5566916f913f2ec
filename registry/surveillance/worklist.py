"""The surveillance worklist: one row a patient, what to do, by when, and the line of the source."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from adjudication.surveillance.judge import judge
from adjudication.surveillance.protocol import Protocol
from registry.record.doubts import doubts_on
from registry.roles import readable_sites
from registry.surveillance import outcomes
from registry.surveillance.deadline import deadline
from registry.surveillance.facts import watch
from registry.surveillance.finding import advised, compared, context, counted, demanded, due, rule_of, says
from registry.surveillance.in_force import concerning, infused, standing
from registry.surveillance.rows import asked_about_tubes, plain_count, rows_of
from registry.surveillance.unjudged import tubes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry.roles import Actor
    from registry.store.database import Database
    from registry.store.snapshot import Snapshot
    from registry.surveillance.outside import Outside

COLUMNS = (
    "patient_id",
    "mode",
    "last_infusion_on",
    "window_ends_on",
    "last_count_on",
    "last_count",
    "previous_count",
    "due_on",
    "overdue_days",
    "action",
    "treatment_advice",
    "rule",
    "source",
    "bleeding_since",
    "unjudged_on",
    "unjudged",
    "measured_from",
    "measured_from_on",
    "asks",
)
"""The columns of worklist.csv."""
FOLLOWED_UP = (
    "outcome",
    "done_on",
    "done_by",
    "recheck_on",
    "done_why",
    "removed",
    "settled",
    "escalated",
    "itp_onset_on",
    "itp_ended_on",
    "act_by",
    "within_hours",
    "found_on",
    "removed_on",
    "advice_place",
    "counted_before",
    "site",
    "bleeding_on",
    "citrate_count",
    "previous_on",
    "asked_on",
    "bled_as",
    "bled_at",
    "age",
    "comedication",
    "month_from_on",
    "answered_by",
    "answered_on",
    "demand",
)
"""What was done about each finding, the last episode of ITP since the first infusion, and the hour of the deadline.

`act_by` is the first moment at which what is demanded comes too late (READ-SURV-18), by the clock on the wall; empty
where only the schedule says when. `found_on` is the day of the last finding, `removed_on` that of the last outcome that
takes a patient off the list. `advice_place` is the place of the advice among the protocol's. `counted_before` tells
whether there is a clean count from before the first infusion (READ-SURV-23). `site` looks after the patient;
`bleeding_on` is the first day of the bleeding that is present, `asked_on` that of one of which nobody knows whether it
is over (READ-SURV-07); `bled_as` names them, joined by `;`: a sign of the protocol, or scale and grade. `bled_at` are
the sites of those present at which patients are frequently admitted, `age` is in years, `comedication` names
anticoagulant and antiplatelet drugs (DEF-SURV-09).
`citrate_count` is the last count as reported, before it was corrected for the dilution in citrate (READ-SURV-26).
`previous_on` is the day of the count before the last; `month_from_on` that from which the month to the next count runs
(READ-SURV-33). `answered_by` is the outcome that answered what the last count showed, on `answered_on`
(READ-SURV-16); `settled` says besides that nothing else demands anything. `demand` is the rule that decides, empty
where only the schedule asks; `act_by` is its deadline.
"""
BY = "protocol"
"""The column that names the protocol by which a patient is watched."""
_COUNTS = ("last_count", "previous_count", "measured_from")
_ORDER = (("urgency", "ascending"), ("due_on", "ascending"), ("patient_id", "ascending"))
"""The most urgent first, and of those the one that is due first."""


@dataclass(frozen=True)
class Worklist:
    """The list as it stood on the day `as_of`, most urgent first; at the moment `now`, where hours matter.

    `rows` has COLUMNS, FOLLOWED_UP and BY, `removed` the same of those whom an outcome has taken off the list. Counts
    are exact text in 10*9/L, with the laboratory's comparator (`28`, `<5`); `overdue_days` are days. `due_on` is empty
    where nothing is owed, `action` where the schedule has ended and nothing is demanded. `protocols` are those that
    can watch a patient at the sites that were read, the first goes before the others; never none. `doubts` says by
    patient which count lies far out of the line (DEF-UNIT-08); it changes nothing of the row.
    """

    as_of: date
    protocols: tuple[Protocol, ...]
    rows: pa.Table
    removed: pa.Table
    now: datetime
    doubts: Mapping[str, str] = field(default_factory=dict)

    @property
    def by(self) -> str:
        """The protocols with their citations, as a sentence names them."""
        return "; ".join(f"{one.title} ({one.citation})" for one in self.protocols)

    def protocol_of(self, row: Mapping[str, Any]) -> Protocol:
        """The protocol by which the patient of a row is watched."""
        return next(one for one in self.protocols if one.id == row[BY])

    @property
    def table(self) -> pa.Table:
        """The columns of worklist.csv."""
        return self.rows.select(COLUMNS)

    def as_csv(self) -> str:
        """One line a patient under a header; an empty cell is nothing."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.table.column_names)
        writer.writerows(zip(*(column.to_pylist() for column in self.table.columns), strict=True))
        return text.getvalue()

    def as_json(self, outside: Sequence[Outside] = ()) -> str:
        """The day, the protocols and one object a patient; a count is a number unless it has a comparator.

        `outside` are the patients of `outside.outside` on that day.

        `worklist` has the columns of worklist.csv and in `says` the sentences of the page, `follow_up` what was done
        about each finding, `removed` both, of those who were taken off the list.
        """
        return json.dumps(
            {
                "as_of": self.as_of.isoformat(),
                "protocols": [{"id": one.id, "citation": one.citation} for one in self.protocols],
                "worklist": [
                    _plain({key: row[key] for key in COLUMNS})
                    | {"says": says(self.protocol_of(row), row, self.as_of)}
                    for row in self.rows.to_pylist()
                ],
                "follow_up": [
                    _plain(row) for row in self.rows.select(["patient_id", BY, *FOLLOWED_UP]).to_pylist()
                ],
                "outside": [one.as_json() for one in outside],
                "removed": [_plain(row) for row in self.removed.to_pylist()],
                "doubts": dict(self.doubts),
            },
            indent=2,
            ensure_ascii=False,
        )

    def text(self, outside: Sequence[Outside] = ()) -> str:
        """The list for the terminal: who, what by when with what is left, what was done, and why; last who is on no
        list with a low count (`outside.outside`)."""
        rows = self.rows.to_pylist()
        head = f"Surveillance on {self.as_of}: {len(rows)} patients. {self.by}."
        if self.removed.num_rows:
            head += f" Taken off the list: {self.removed.num_rows}."
        lines = [head, *(self._line(row) for row in rows)]
        lines += [f"Taken off: {row['patient_id']}.{_did(row)}" for row in self.removed.to_pylist()]
        lines += [
            f"On no list: {one.patient_id}  {one.last_count} on {one.last_count_on}, alemtuzumab for "
            f"{one.setting.replace('_', ' ')} until {one.last_infusion_on}."
            for one in outside
        ]
        return "\n".join(lines)

    def _line(self, row: dict[str, Any]) -> str:
        protocol = self.protocol_of(row)
        limit = deadline(row, self.now)
        when = due(row, self.as_of)
        if limit is not None:
            when = limit.text
        elif row["overdue_days"]:
            when += f", {row['overdue_days']} days late"
        count = f"{counted(row)} on {row['last_count_on']}" if row["last_count"] else "never counted"
        before = compared(row)
        count += f", {before}" if before else ""
        beside = context(protocol, row, self.as_of)
        what = demanded(protocol, row)
        advice_rule = advised(protocol, row)
        treatment = f"  Treatment, to discuss with the hematologist: {advice_rule}." if advice_rule else ""
        late = ""
        if limit is not None and limit.missed:
            late = f"  DEADLINE MISSED: tell the {protocol.outcomes.escalate_to.replace('_', ' ')}."
        cited = protocol.source(rule_of(protocol, row))
        found = f"{row['patient_id']}  {when}  [{'; '.join([count, *beside])}]  {what} ({cited})"
        doubt = self.doubts.get(row["patient_id"], "")
        return f"{found}{treatment}{_did(row)}{late}{f'  DOUBTED: {doubt}' if doubt else ''}"


def protocols_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The protocol that watches each patient of some rows of the list."""
    return {row["patient_id"]: row[BY] for row in rows}


def _did(row: dict[str, Any]) -> str:
    if not row["outcome"]:
        return ""
    recheck = f", recheck on {row['recheck_on']}" if row["recheck_on"] else ""
    why = f": {row['done_why']}" if row["done_why"] else ""
    return f"  Done: {outcomes.said(row['outcome'])} {row['done_on']} by {row['done_by']}{recheck}{why}."


def worklist(
    db: Database,
    actor: Actor,
    as_of: date,
    protocol: Protocol | None = None,
    *,
    patient_id: str | None = None,
    now: datetime | None = None,
) -> Worklist:
    """Everyone under surveillance at the sites where `actor` may read, as it stood on the day `as_of`.

    Later facts are as if unknown; who had died by then is left out, and who was taken off the list stands apart,
    until a later result or sign. Each patient stands once, by the protocol in force for site and setting
    (`surveillance.in_force`), or by `protocol` alone where one is given; `patient_id` asks for one patient only.
    `now` is the time of that day, by the clock on the wall, at which a deadline is looked at; without it the day has
    just begun. Raises NotPermitted for an actor who may read nowhere.
    """
    sites = readable_sites(actor)
    found = standing(db, protocol)
    moment = now or datetime.combine(as_of, time())
    with infused(db, as_of, found, sites, patient_id) as snapshot:
        parts = [_listed(snapshot, one.protocol, place, as_of, moment) for place, one in enumerate(found)]
    rows = pa.concat_tables(parts)
    rows = rows.sort_by(list(_ORDER)).select([*COLUMNS, *FOLLOWED_UP, BY])
    return Worklist(
        as_of,
        concerning(found, sites),
        rows.filter(pc.invert(rows["removed"])),
        rows.filter(rows["removed"]),
        moment,
        doubts_on(db, rows["patient_id"].to_pylist(), found[0].protocol.analyte, as_of)
        if rows.num_rows
        else {},
    )


def _listed(snapshot: Snapshot, protocol: Protocol, place: int, as_of: date, now: datetime) -> pa.Table:
    """The rows of one protocol, the one at `place` among those in force."""
    found = watch(snapshot, protocol, place, as_of)
    judged = judge(protocol, found.facts, as_of, now)
    return rows_of(protocol, found, judged, tubes(snapshot, protocol, asked_about_tubes(found, judged)))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    found = {key: value.isoformat() if isinstance(value, date) else value for key, value in row.items()}
    for name in _COUNTS:
        count = found.get(name)
        if count:
            found[name] = plain_count(count)
    return found

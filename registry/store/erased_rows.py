"""What goes with an erased patient: how the rows of each table lead to a patient, and the copy without them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow as pa

from registry.roles import Action
from registry.store import audit
from registry.store.pseudonym import ERASED, Names
from registry.store.rewriting import Rewriting

ROUTES = {
    "patient_key": "patient_key = $1",
    "episode_key": "episode_key IN (SELECT episode_key FROM episode WHERE patient_key = $1)",
    "course_key": (
        "course_key IN (SELECT course_key FROM course JOIN episode USING (episode_key) WHERE patient_key = $1)"
    ),
    "adverse_event_key": (
        "adverse_event_key IN (SELECT adverse_event_key FROM adverse_event WHERE patient_key = $1)"
    ),
    "case_key": "case_key IN (SELECT case_key FROM review_case WHERE patient_key = $1)",
    "query_id": "query_id IN (SELECT query_id FROM value_query WHERE patient_key = $1)",
}
"""How to come from a row to its patient ($1), by the column that leads there."""
BY_TEXT = {
    "draft": "rows that name the patient go",
    "audit_event": "events stay, texts that name the patient or were written about nobody else go",
}
"""Tables whose rows are told by what they say."""
OF_NOBODY = {
    "registry": "about the file",
    "migration": "about the file",
    "account": "about accounts",
    "account_role": "about accounts",
    "credential": "about accounts",
    "denominator": "numbers that a service supplied",
    "judging": "about criteria sets",
    "evidence_word": "words of the program",
    "review_secret": "a random number",
    "programme": "the file of a protocol, unchanged",
}
"""Tables without a row of any patient, each with what it is about."""
_OF_THE_FILE = frozenset({Action.ERASE, Action.BACKUP, Action.RESTORE})
"""Events about the whole file: a name in them goes, the rest stays."""
FREE_TEXTS = {
    "patient_fact": ("death_cause",),
    "episode_fact": ("cause", "dat_result"),
    "course_agent": ("dose", "route", "frequency"),
    "observation": ("missing_reason", "source"),
    "bleed": ("site",),
    "other_cause": ("cause",),
    "adverse_event_fact": ("term", "seriousness_criteria", "outcome", "note"),
    "outcome": ("reason", "note"),
    "sign": ("note",),
    "comedication": ("agent",),
    "consent": ("note",),
    "proposal_answer": ("reason",),
    "review_claim": ("draft",),
    "review_read": ("reason", "note"),
    "review_challenge": ("reason",),
    "value_query_step": ("said",),
    "erasure_request": ("reason",),
}
"""Columns with what people wrote, where another patient's row may name an erased one; the rest are words and names."""
_WRITTEN_BY = ("change_seq", "superseded_by", "added_by_change", "judged_seq")
"""Columns with the audit event that wrote a row."""


def belongs(columns: Sequence[tuple[str, str]], patient_key: int) -> str | None:
    """The SQL condition that a row is of the patient; None for a table that leads to no patient."""
    routes = [ROUTES[name] for name, _ in columns if name in ROUTES]
    return " OR ".join(f"({one})" for one in routes).replace("$1", str(int(patient_key))) if routes else None


class Taken:
    """What is taken away while a registry is copied: `rows` by table, and the number of `texts`."""

    def __init__(self, new: Rewriting, names: Names, patient_key: int) -> None:
        self.rows: dict[str, int] = {}
        self.texts = 0
        self._new, self._names, self._key = new, names, patient_key

    def copy_rows(self) -> None:
        """Copy every table but the audit trail without the patient's rows and name."""
        for table in self._new.tables():
            if table == "audit_event":
                continue
            mine = belongs(self._new.columns(table), self._key)
            if mine is not None:
                [(self.rows[table],)] = self._new.rows(f'SELECT count(*) FROM "{table}" WHERE {mine}')
            change = self._without_drafts if table == "draft" else self._without_names(table)
            self._new.copy(table, "true" if mine is None else f"NOT coalesce({mine}, false)", change)

    def copy_events(self) -> dict[int, str]:
        """Copy the audit trail without the patient's texts; the digests of the events that changed, by number."""
        mine, others = self._events_of(mine=True), self._events_of(mine=False)
        digests: dict[int, str] = {}
        columns = ", ".join(audit.COLUMNS)
        rows = self._new.rows(f"SELECT {columns} FROM audit_event ORDER BY seq")
        kept = []
        for row in rows:
            event = audit.Event(*row[:-1])
            told = self._redacted(event, mine=event.seq in mine, others=event.seq in others)
            if told != event:
                digests[event.seq] = told.digest()
            kept.append([*(getattr(told, name) for name in audit.COLUMNS[:-1]), row[-1]])
        schema = self._new.old.arrow(f"SELECT {columns} FROM audit_event LIMIT 0").schema
        values = zip(*kept, strict=True)
        self._new.put(
            "audit_event",
            pa.table(
                [pa.array(column, kind) for column, kind in zip(values, schema.types, strict=True)],
                schema=schema,
            ),
        )
        return digests

    def _redacted(self, event: audit.Event, *, mine: bool, others: bool) -> audit.Event:
        """An event without what it tells of the patient: all of it where it is about nobody else."""
        about = mine or self._names.about(event.subject)
        if about and not others and event.action not in _OF_THE_FILE:
            return replace(
                event,
                subject=ERASED,
                reason=None if event.reason is None else ERASED,
                before=None,
                after=None,
                idempotency_key=None,
            )
        if not self._names.searched:
            return event
        texts = (event.subject, event.reason, event.before, event.after, event.idempotency_key)
        if not any(map(self._names.named_in, texts)):
            return event
        return replace(
            event,
            subject=self._names.without(event.subject),
            reason=self._without(event.reason),
            before=self._without(event.before),
            after=self._without(event.after),
            idempotency_key=None if self._names.named_in(event.idempotency_key) else event.idempotency_key,
        )

    def _without(self, text: str | None) -> str | None:
        return None if text is None else self._names.without(text)

    def _events_of(self, *, mine: bool) -> set[int]:
        """The numbers of the events that wrote rows of the patient, or rows of other patients."""
        found: set[int] = set()
        for table in self._new.tables():
            columns = self._new.columns(table)
            condition = belongs(columns, self._key)
            if condition is None:
                continue
            where = condition if mine else f"NOT coalesce({condition}, false)"
            for column in (name for name, _ in columns if name in _WRITTEN_BY):
                rows = self._new.rows(f'SELECT DISTINCT "{column}" FROM "{table}" WHERE {where}')
                found |= {int(seq) for (seq,) in rows if seq is not None}
        return found

    def _without_names(self, table: str) -> Callable[[pa.RecordBatch], pa.RecordBatch] | None:
        """What takes the patient's name out of the texts of other patients' rows; None where there is no text."""
        texts = FREE_TEXTS.get(table, ())
        if not texts or not self._names.searched:
            return None

        def change(batch: pa.RecordBatch) -> pa.RecordBatch:
            columns, touched = list(batch.columns), set[int]()
            for place, name in enumerate(batch.schema.names):
                if name not in texts:
                    continue
                changed = self._changed(columns[place])
                if changed:
                    values = columns[place].to_pylist()
                    columns[place] = pa.array(
                        [changed.get(value, value) for value in values], columns[place].type
                    )
                    touched |= {number for number, value in enumerate(values) if value in changed}
            self.texts += len(touched)
            return pa.RecordBatch.from_arrays(columns, schema=batch.schema)

        return change

    def _changed(self, column: pa.Array) -> dict[str, str]:
        """The texts of a column that name the patient, each with what is to stand instead."""
        named = {}
        for value in column.unique().to_pylist():
            if value is not None and self._names.patient_id.casefold() in value.casefold():
                without = self._names.without(value)
                if without != value:
                    named[value] = without
        return named

    def _without_drafts(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Drafts that name the patient go as a whole: what is in them is about him or her."""
        keep = [
            not (self._names.about(row["subject"]) or self._names.named_in(row["content"]))
            for row in batch.to_pylist()
        ]
        self.rows["draft"] = self.rows.get("draft", 0) + keep.count(False)
        return batch.filter(pa.array(keep, pa.bool_()))

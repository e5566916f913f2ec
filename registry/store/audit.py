"""The audit trail: a chain of events, and digests of the rows that each event wrote.

An event's digest is SHA-256 over its own columns, among them the digest of the event before it: an event
that is edited, left out or added changes every digest after it. An event also holds, for each table, the
number and the digest of the rows it wrote, superseded or sealed: a row edited by hand no longer agrees with
the event that wrote it. An erasure takes rows and texts away for good; its event says by digest alone what is
missing since, so that everything else still agrees and nothing else may be missing. The head of the chain is
written to a file beside the database (`registry.store.anchor`).

Limits. A row digest adds up the two halves of the MD5 of every row's text, each modulo 2^64: it does not
depend on the order of the rows, costs one scan, and finds any accident and any edit by hand. It is evidence,
not a signature: someone who can write the database and the anchor and who recomputes both leaves no trace,
unless a copy of the anchor is kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Any

from registry import sql

Digest = tuple[int, str]  # number of rows, 32 hexadecimal digits
Sums = tuple[int, int, int]  # number of rows, sums of the lower and of the upper halves

GENESIS = ""  # what the first event names as the event before it
_TEXT_TYPES = ("VARCHAR", "STRUCT", "MAP", "JSON")
_HALF = 2**64


@dataclass(frozen=True)
class Event:
    """One row of `audit_event` without its own digest; times are UTC without zone."""

    seq: int
    recorded_at: datetime
    actor: str
    role: str
    action: str
    subject: str
    site: str | None
    reason: str | None
    before: str | None
    after: str | None
    rows_digest: str
    idempotency_key: str | None
    previous: str

    def digest(self) -> str:
        """SHA-256, in hexadecimal, over the canonical JSON of all columns."""
        values = [one.isoformat() if isinstance(one, datetime) else one for one in astuple(self)]
        return hashlib.sha256(canonical_json(values).encode()).hexdigest()


COLUMNS: tuple[str, ...] = (*(field.name for field in fields(Event)), "digest")


def canonical_json(value: object) -> str:
    """The one way a value is written as JSON here: sorted keys, no spaces, dates as ISO text, no NaN."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=str
    )


@dataclass(frozen=True)
class Break:
    """A place where the chain does not hold: the number of the event, and what is wrong with it."""

    seq: int
    what: str


def breaks(rows: Iterable[Sequence[object]], redacted: Mapping[int, str] | None = None) -> Iterator[Break]:
    """Every place where the chain of `audit_event` rows (columns COLUMNS, in order of seq) does not hold.

    `redacted` has the digest of each event as an erasure left it, by its number: its own digest, which the next event
    names, is that of the text that was erased.
    """
    redacted = redacted or {}
    expected_seq, previous = 1, GENESIS
    for row in rows:
        event = Event(*row[:-1])  # type: ignore[arg-type]
        if event.seq != expected_seq:
            yield Break(event.seq, f"events {expected_seq} to {event.seq - 1} are missing")
        elif event.previous != previous:
            yield Break(event.seq, "it does not follow the event before it")
        if event.digest() != redacted.get(event.seq, row[-1]):
            yield Break(event.seq, "it was edited after it was written")
        expected_seq, previous = event.seq + 1, str(row[-1])


def row_text_sql(columns: Sequence[tuple[str, str]]) -> str:
    """The SQL expression of a row's canonical text, from (name, type) of its columns.

    Every value that is not NULL is behind its column's name, text also behind its length, so two
    different rows never have the same text, and a column added later, empty in old rows, changes nothing.
    `superseded_by` is left out: it is set after the row was written, and has a digest of its own.
    """
    parts = []
    for name, kind in sorted(columns):
        if name == "superseded_by":
            continue
        column = f'"{name}"'
        if kind.startswith(_TEXT_TYPES) or kind.endswith("]"):
            column = f"length({column}::VARCHAR), ':', {column}::VARCHAR"
        # Empty columns are passed over before any text is made: most of an observation is empty.
        parts.append(f"CASE WHEN \"{name}\" IS NOT NULL THEN concat('{name}=', {column}, ';') END")
    return f"concat({', '.join(parts)})"


def digest_sql(table: str, text: str, where: str = "true", by: str = "0") -> str:
    """SQL for digests of the rows of `table`: columns (value of `by`, count, sum of lower, of upper halves).

    `text` is the SQL expression of a row's text, `where` a condition, `by` what to group by.
    """
    return digest_of(f'"{table}"', text, where, by)


def digest_of(source: str, text: str, where: str = "true", by: str = "0") -> str:
    """Like `digest_sql`, of whatever stands after FROM."""
    return sql.text("queries/row_digests").format(group=by, table=source, row_text=text, condition=where)


def as_digest(count: int, lower: int | None, upper: int | None) -> Digest:
    """The digest from what `digest_sql` returns."""
    return int(count), f"{int(upper or 0) % _HALF:016x}{int(lower or 0) % _HALF:016x}"


def sums(digest: Digest) -> Sums:
    """What `as_digest` was made from, each half modulo 2^64."""
    count, text = digest
    return count, int(text[16:], 16), int(text[:16], 16)


def added(to: Sums, more: Sums, sign: int) -> Sums:
    """The sums with those of other rows added, or taken away where `sign` is -1."""
    count, lower, upper = (a + sign * b for a, b in zip(to, more, strict=True))
    return count, lower, upper


NO_ROWS: Digest = as_digest(0, 0, 0)


@dataclass(frozen=True)
class Erased:
    """What erasures took away: the digest of each event whose text went, and the sums of rows that went.

    `rows` are by kind (`wrote`, `superseded`), table and the event that had written or superseded them.
    """

    events: Mapping[int, str]
    rows: Mapping[tuple[str, str, int], Sums]


def erased(texts: Iterable[str]) -> Erased:
    """What the `rows_digest` of all events of erasure, in their order, say together."""
    events: dict[int, str] = {}
    rows: dict[tuple[str, str, int], Sums] = {}
    for text in texts:
        found = json.loads(text).get("erased", {})
        events |= {int(seq): str(digest) for seq, digest in found.get("events", {}).items()}
        for kind in ("wrote", "superseded"):
            for table, by_seq in found.get(kind, {}).items():
                for seq, (count, digest) in by_seq.items():
                    key = (kind, table, int(seq))
                    rows[key] = added(rows.get(key, (0, 0, 0)), sums((int(count), str(digest))), +1)
    return Erased(events, rows)


def erased_json(gone: Erased, sealed: Mapping[str, Digest]) -> str:
    """What an event of erasure says, as JSON: {"erased": {"events": {seq: digest}, "wrote": …}, "sealed": …}.

    A digest of rows is [count, digest] of those that went.
    """
    found: dict[str, Any] = {"events": {str(seq): digest for seq, digest in gone.events.items()}}
    for (kind, table, seq), taken in gone.rows.items():
        found.setdefault(kind, {}).setdefault(table, {})[str(seq)] = as_digest(*taken)
    return canonical_json({"erased": found, "sealed": dict(sealed)})


def rows_digest_json(
    wrote: Mapping[str, Digest], superseded: Mapping[str, Digest], sealed: Mapping[str, Digest]
) -> str:
    """What an event says about rows: {"wrote": {table: [count, digest]}, "superseded": …, "sealed": …}."""
    kinds = {"wrote": wrote, "superseded": superseded, "sealed": sealed}
    return canonical_json({kind: dict(digests) for kind, digests in kinds.items() if digests})


def sealed_digests(rows: Callable[[str], list[tuple[Any, ...]]]) -> dict[str, Digest]:
    """The digest of each sealed table as the program last wrote it; `rows` runs a query."""
    found = rows(sql.text("queries/sealed_digests"))
    return {table: (int(pair[0]), str(pair[1])) for table, text in found for pair in [json.loads(text)]}


def is_rows_digest(text: str) -> bool:
    """Whether a text is what `rows_digest_json` writes."""
    try:
        for kind in ("wrote", "superseded", "sealed"):
            read_rows_digest(text, kind)
        erased([text])
    except (ValueError, TypeError, AttributeError):
        return False
    return True


def read_rows_digest(text: str, kind: str) -> dict[str, Digest]:
    """The digests of one kind (`wrote`, `superseded`, `sealed`) in an event's `rows_digest`."""
    return {
        table: (int(count), str(digest)) for table, (count, digest) in json.loads(text).get(kind, {}).items()
    }

"""Values far out of a patient's line (DEF-UNIT-08): doubted wherever they are shown, stored and judged as they are.

The rule is one query (`sql/queries/doubted_counts`) over what is recorded and what is about to be; its numbers are
those of `adjudication/published/units.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from registry import sql
from registry.record.units import MICRO, jump_factor, measures

if TYPE_CHECKING:
    import pyarrow as pa

    from registry.store.database import Database
    from registry.store.transaction import Transaction

Reader = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_OFFERED = (
    "(SELECT unnest($2::STRUCT(patient_id TEXT, observation_id TEXT, observed_on DATE, analyte TEXT, "
    "canonical_e6 BIGINT, comparator TEXT)[], recursive := true))"
)
_COLUMNS = ("patient_id", "observation_id", "observed_on", "analyte", "canonical_e6", "comparator")
_STAGED = "offered_counts"
NOTED = 100
"""So many doubted values of an import are noted one by one."""


@dataclass(frozen=True)
class Count:
    """One value of a jump: its id (None: not stored yet), day, exact value times one million, doubted or not."""

    observation_id: str | None
    day: date
    canonical_e6: int
    comparator: str | None
    doubted: bool

    @property
    def text(self) -> str:
        """`245`, `<5`: exact, in the canonical unit."""
        return f"{self.comparator or ''}{(Decimal(self.canonical_e6) / MICRO).normalize():f}"


@dataclass(frozen=True)
class Jump:
    """Two neighboring values of one patient and analyte that lie at least a hundredfold apart."""

    patient_id: str
    analyte: str
    earlier: Count
    later: Count

    def concerns(self, observation_id: str | None) -> bool:
        """Whether it is one of the two values."""
        return observation_id in (self.earlier.observation_id, self.later.observation_id)

    @property
    def doubted(self) -> list[Count]:
        """The value that lies out of the line, or both."""
        return [one for one in (self.earlier, self.later) if one.doubted]

    @property
    def text(self) -> str:
        """Both values with their days, and what to do."""
        unit = measures()[self.analyte].unit.replace("10*9/L", "×10⁹/L")
        label = "LDH" if self.analyte == "ldh" else self.analyte
        first, last = self.earlier, self.later
        which = " and ".join(one.text for one in self.doubted)
        which += " is doubted" if len(self.doubted) == 1 else " are doubted"
        return (
            f"{label} {last.text} {unit} on {last.day}, before that {first.text} on {first.day}: a jump of "
            f"{jump_factor()} times or more. {which}, stored and used as recorded. Check the number and the "
            f"unit."
        )


def jumps(
    rows: Reader,
    *,
    patients: Iterable[str] | None = None,
    sites: Sequence[str] | None = None,
    offered: Sequence[Mapping[str, Any]] = (),
) -> list[Jump]:
    """The open jumps of some patients, the newest first; nobody has settled them by closing a query.

    `offered` are values that are not stored yet (patient_id, observation_id or None, observed_on as a date, analyte,
    canonical_e6, comparator); one with the id of a stored value is in its place.
    """
    values = [{name: one[name] for name in _COLUMNS} for one in offered]
    return _read(rows, _OFFERED, [_plan(patients, sites), values])


def jumps_of_import(change: Transaction, observations: pa.Table) -> list[Jump]:
    """The open jumps that values about to be stored take part in.

    `observations` are checked rows, those that are written alone, stored or not yet.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    evaluable = observations.filter(pc.is_null(observations["not_evaluable"])).select(_COLUMNS)
    if not evaluable.num_rows:
        return []
    change.stage(_STAGED, evaluable)
    patients = pc.unique(evaluable["patient_id"]).to_pylist()
    found = _read(change.rows, _STAGED, [_plan(patients, None)])
    if not found:
        return []
    touched = evaluable.filter(pc.is_in(evaluable["patient_id"], pa.array([one.patient_id for one in found])))
    brought = set(zip(touched["patient_id"].to_pylist(), touched["observation_id"].to_pylist(), strict=True))
    return [
        one
        for one in found
        if {(one.patient_id, one.earlier.observation_id), (one.patient_id, one.later.observation_id)}
        & brought
    ]


def notes_of_import(change: Transaction, observations: pa.Table) -> list[str]:
    """What an import says of values far out of their patients' lines, each with patient, days and both values."""
    found = jumps_of_import(change, observations)
    notes = [f"{one.patient_id}: {one.text}" for one in found[:NOTED]]
    if len(found) > NOTED:
        notes.append(f"{len(found) - NOTED:,} more jumps: `nadir waiting` lists the doubted counts.")
    return notes


def hints_of(rows: Reader, identities: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is said of observations that were just written, named by patient_id and observation_id."""
    named = {(str(one["patient_id"]), str(one["observation_id"])) for one in identities}
    if not named:
        return []
    return [
        one.text
        for one in jumps(rows, patients={patient for patient, _ in named})
        if any(patient == one.patient_id and one.concerns(name) for patient, name in named)
    ]


def marks(db: Database, patient_id: str) -> dict[str, str]:
    """By observation_id, what is said beside each doubted value of one patient."""
    return {
        str(count.observation_id): one.text
        for one in jumps(db.rows, patients=[patient_id])
        for count in one.doubted
    }


def doubts_on(db: Database, patients: Iterable[str], analyte: str, as_of: date) -> dict[str, str]:
    """By patient, the newest open jump in one analyte among values up to the day `as_of`, in words."""
    found: dict[str, str] = {}
    for one in jumps(db.rows, patients=patients):
        if one.analyte == analyte and one.later.day <= as_of:
            found.setdefault(one.patient_id, one.text)
    return found


def _plan(patients: Iterable[str] | None, sites: Sequence[str] | None) -> dict[str, Any]:
    return {
        "patients": None if patients is None else sorted(patients),
        "sites": None if sites is None else list(sites),
        "factor": jump_factor(),
        "zeros": [
            {"analyte": name, "below_e6": int(one.zero_below * MICRO)} for name, one in measures().items()
        ],
    }


def _read(rows: Reader, offered: str, params: Sequence[Any]) -> list[Jump]:
    found = rows(sql.text("queries/doubted_counts").format(offered=offered), params)
    return [
        Jump(patient, analyte, Count(*earlier), Count(*later))
        for patient, analyte, *counts, settled in found
        for earlier, later in [(counts[:5], counts[5:])]
        if not settled
    ]

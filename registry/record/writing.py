"""Several facts in one transaction: named, compared with the record, checked together, stored or not at all.

A single fact is a batch of one. Everything happens where nobody else can write, so that ids, versions and
checks hold when the rows are stored. All that is wrong is listed, with the fact that it belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from adjudication.agents import agent_or_other
from registry import sql
from registry.errors import Clash, Conflict, Problem, Refused, Usage
from registry.record import missing, tables
from registry.record.checking import Checked, check_rows
from registry.record.fields import TABLES
from registry.record.naming import Names, own_id
from registry.record.relations import ANCHOR_OF, relate
from registry.record.row_verdict import INSERT, NEW_VERSION, REFUSED
from registry.record.shared_starts import tell_shared_starts
from registry.record.steps import tell_overlaps
from registry.record.storing import Taken, keys_of, latest, store
from registry.record.versions import Version, author_of, is_current, known_keys, text, values_of, versions
from registry.roles import Action
from registry.store.transaction import ANCHORS, Transaction

Texts = Mapping[str, str | None]

_NAMED = {"opened_episode_id": "episode"}
"""Columns that, given empty, name the only fact of that kind which the same request brings."""
_ORDER = {name: number for number, name in enumerate(TABLES)}


@dataclass(frozen=True)
class Fact:
    """One fact to be written.

    Without `expected_version` it is logged, and `values` are all of it; with one the fact that `values` name is
    amended in the columns that `values` change, or `withdrawn`. `values` are in the words of the bundle, as text
    or as dates and numbers. `missing` says of columns that are left empty why: not_done, unknown or
    not_applicable. `name` is what a form calls the fact (`agents.1`): problems then name their field.
    """

    table: str
    values: Mapping[str, Any]
    expected_version: int | None = None
    withdrawn: bool = False
    name: str = ""
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def action(self) -> Action:
        """What is done to it, and so which permission it needs."""
        if self.withdrawn:
            return Action.WITHDRAW
        return Action.LOG if self.expected_version is None else Action.AMEND


@dataclass(frozen=True)
class Stored:
    """A fact as it is after a change: its name, its version, and its values as text (None: withdrawn)."""

    table: str
    identity: Texts
    version: int
    values: Texts | None


@dataclass(frozen=True)
class FactProblem(Problem):
    """A problem of one of several facts that were to be written together.

    `fact` is its number, from 0; `field` the name of the fact and the column, `agents.1.dose`.
    """

    fact: int = 0
    field: str = ""

    @property
    def place(self) -> str:
        """The field: who typed a fact knows of no file."""
        return self.field or self.file.removesuffix(".csv")


@dataclass
class _Doing:
    """A fact on its way: what the fact is to say, what is stored of it, and which version it becomes."""

    number: int
    fact: Fact
    values: dict[str, str | None]
    before: dict[str, str | None] | None = None
    row_key: int = -1
    version: int = 1

    @property
    def table(self) -> str:
        return self.fact.table

    @property
    def identity(self) -> dict[str, Any]:
        return identity_of(self.table, self.values)

    @property
    def subject(self) -> str:
        return subject(self.table, self.identity)

    @property
    def unchanged(self) -> bool:
        return self.before is not None and not self.fact.withdrawn and self.values == self.before


def identity_of(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of `values` that name the fact."""
    return {name: values.get(name) for name in tables.described(table).identity}


def subject(table: str, identity: Mapping[str, Any]) -> str:
    """A fact as the audit trail names it."""
    return f"{table} {' '.join(str(value) for value in identity.values())}"


def prepared(given: Sequence[Fact]) -> list[Fact]:
    """The facts with their values as text. Raises Usage for what cannot be meant."""
    if not given:
        raise Usage("There is nothing to store.")
    return [_prepared(fact) for fact in given]


def _prepared(fact: Fact) -> Fact:
    table = tables.described(fact.table)
    unknown = [name for name in fact.values if name not in table.names]
    if unknown:
        raise Usage(f"{table.name} has no column {', '.join(unknown)}. There are: {', '.join(table.names)}.")
    values = {name: text(value) for name, value in fact.values.items()}
    if fact.expected_version is None:
        if fact.withdrawn:
            raise Usage("Give the version of the fact to withdraw.")
    elif any(values.get(name) is None for name in table.identity):
        raise Usage(f"A {table.name} is identified by {', '.join(table.identity)}.")
    return replace(fact, values=values)


def write(change: Transaction, given: Sequence[Fact], today: date | None) -> tuple[list[Stored], list[str]]:
    """Write `prepared` facts. Gives them as they are now, in the order given, and hints for people.

    An amendment that changes nothing is left out, unless there is nothing else to do. Raises Refused with every
    problem as FactProblem, Conflict with every clash, Usage for what cannot be meant; then nothing may be stored.
    """
    return _Batch(change, given, today).written()


@dataclass
class _Table:
    """The facts that are rows of one table, as checked rows, in the same order."""

    doing: list[_Doing]
    checked: Checked


class _Batch:
    """The facts of one transaction."""

    def __init__(self, change: Transaction, given: Sequence[Fact], today: date | None) -> None:
        self.change = change
        self.today = today
        self.names = Names(change.rows)
        self.doing = [_Doing(number, fact, dict(fact.values)) for number, fact in enumerate(given)]
        self.given = len(self.doing)
        self.problems: list[FactProblem] = []
        self.clashes: list[tuple[str, Clash]] = []

    def written(self) -> tuple[list[Stored], list[str]]:
        for one in sorted(self.doing, key=lambda one: _ORDER[one.table]):
            self._name(one)
        self._refuse_twice()
        for one in self.doing:
            if one.fact.expected_version is not None:
                self._look(one)
        self._withdraw()
        for one in self.doing[:]:
            self._say_why(one)
        tables = self._checked()
        related = relate(self.change, {name: one.checked for name, one in tables.items()})
        self._refuse_withdrawn_parents()
        self._refuse_courses_of_others()
        keys = keys_of(self.change, {name: one.checked for name, one in tables.items()}, related)
        for table in tables.values():
            self._find_known(table, keys)
            self._list_problems(table)
        self._stop()
        self._refuse_standstill()
        if "course_agent" in tables:
            steps = tables["course_agent"].checked
            steps.hints += tell_overlaps(self.change, steps)
        if "course" in tables:
            courses = tables["course"].checked
            courses.hints += tell_shared_starts(self.change, courses)
        for table in tables.values():
            store(self.change, _taken(table), keys, related)
        missing.settle(self.change)
        differences = [_difference(one) for one in self.doing]
        for table in tables.values():
            _take_names(table)
        self._note(differences)
        hints = [hint for one in tables.values() for hint in one.checked.hints]
        return [
            Stored(one.table, one.identity, one.version, None if one.fact.withdrawn else self._row(one))
            for one in self.doing[: self.given]
        ], hints

    # Names

    def _name(self, one: _Doing) -> None:
        """Fill in the ids that were left out: of the only parent in this batch, and made ones."""
        for column, anchor in _NAMED.items():
            brought = [other for other in self.doing if self._brings(other, anchor)]
            if column in one.values and one.values[column] is None and len(brought) == 1:
                one.values[column] = brought[0].values[f"{anchor}_id"]
        if one.fact.action is not Action.LOG:
            return
        for column in tables.described(one.table).parents:
            brought = [other for other in self.doing if self._brings(other, ANCHOR_OF[column])]
            if one.values.get(column) is None and len(brought) == 1:
                one.values[column] = brought[0].values[column]
        own = own_id(one.table)
        if own is None:
            return
        if one.values.get(own) is not None:
            self.names.take(one.table, str(one.values[own]))
        else:
            one.values[own] = self._made(one)

    def _brings(self, other: _Doing, anchor: str) -> bool:
        return other.table == anchor and other.fact.action is Action.LOG

    def _made(self, one: _Doing) -> str:
        """An id that nothing has yet; one that is never stored where the patient is not said."""
        if one.table == "patient":
            return self.names.patient(one.values.get("site"))
        patient = self._owner(one)
        if patient is None:
            return f"unnamed-{one.number}"
        if one.table == "observation":
            day, analyte = one.values.get("observed_at"), one.values.get("analyte")
            return self.names.observation(patient, day or "undated", analyte or "unknown")
        return self.names.numbered(one.table, patient)

    # Reasons

    def _say_why(self, one: _Doing) -> None:
        """Add the reasons why columns of a fact are empty; one that stands already is amended or left."""
        if one.table == "observation" and one.fact.missing.get("value"):
            one.values["missing_reason"] = one.fact.missing["value"]
        for column, reason in one.fact.missing.items():
            if (one.table, column) == ("observation", "value"):
                continue
            values = {
                "patient_id": self._owner(one),
                "table_name": one.table,
                "fact_id": tables.fact_id(one.table, _as_stored(one)),
                "column_name": column,
                "reason": reason,
            }
            said = _Doing(one.number, Fact(missing.TABLE, values, name=one.fact.name), dict(values))
            found = versions(self.change.rows, missing.TABLE, said.identity)
            if found and found[-1].superseded_by is None:
                said.before = self._values(said, found[-1])
                said.row_key, said.version = found[-1].row_key, found[-1].number + 1
            self.doing.append(said)

    def _owner(self, one: _Doing) -> str | None:
        """The patient of a fact."""
        values = one.values
        if "patient_id" in values:
            return values["patient_id"]
        for anchor in ("episode", "course", "adverse_event"):
            name = values.get(f"{anchor}_id")
            if anchor != one.table and (found := self._owner_of(anchor, name)) is not None:
                return found
        return None

    def _owner_of(self, anchor: str, name: str | None) -> str | None:
        """The patient of an episode, course or adverse event, brought or stored."""
        if name is None:
            return None
        for other in self.doing:
            if other.table == anchor and other.values.get(f"{anchor}_id") == name:
                return self._owner(other)
        found = self.change.rows(sql.text("queries/patient_of_anchor").format(anchor=anchor), [name])
        return str(found[0][0]) if found else None

    # What is stored

    def _refuse_twice(self) -> None:
        """The same fact twice, of which one amends or withdraws it cannot be meant."""
        seen: dict[str, _Doing] = {}
        for one in self.doing:
            other = seen.setdefault(one.subject, one)
            if other is not one and {one.fact.action, other.fact.action} != {Action.LOG}:
                raise Usage(f"{one.subject} appears twice in one request. Give it only once.")

    def _look(self, one: _Doing) -> None:
        """Read the current version of a fact that is to be amended or withdrawn; it must be the one seen."""
        found = versions(self.change.rows, one.table, one.identity)
        current = found[-1] if found and found[-1].superseded_by is None else None
        if not found:
            self._problem(one, None, f"a {one.table} that is known", f"There is no {one.subject} now.")
            return
        seen = next((row for row in found if row.number == one.fact.expected_version), None)
        base = self._values(one, seen or current or found[-1])
        changes = {**one.fact.values, **{name: one.values[name] for name in _NAMED if name in one.values}}
        self._refuse_moving(one, base, changes)
        wanted = {} if one.fact.withdrawn else {**base, **changes}
        if one.table == "observation" and changes.get("value") and "missing_reason" not in changes:
            wanted["missing_reason"] = None  # the value has come
        if one.table == "observation" and "value" in changes and "value_read" not in changes:
            wanted["value_read"] = None  # it was the reading of the former value
        if current is None or current.number != one.fact.expected_version:
            said = (
                f"There is no {one.subject} now."
                if current is None
                else f"{one.subject} was changed by someone else: you saw version "
                f"{one.fact.expected_version}, it is now version {current.number}. Check it, then "
                f"repeat your change if it is still needed."
            )
            self._clash(one, said, seen, found[-1], wanted)
        one.before, one.values = base, wanted or base
        if current is not None:
            one.row_key, one.version = current.row_key, current.number + (not one.fact.withdrawn)

    def _values(self, one: _Doing, version: Version) -> dict[str, str | None]:
        return values_of(self.change.rows, one.table, version.row_key)

    def _refuse_moving(self, one: _Doing, before: Texts, changes: Texts) -> None:
        moved = [
            name
            for name in tables.described(one.table).parents
            if name in changes and changes[name] != before[name]
        ]
        if moved:
            raise Usage(
                f"{', '.join(moved)} identifies the {one.table} and cannot be amended. Withdraw the fact "
                f"and log the correct one."
            )

    def _find_known(self, table: _Table, keys: Mapping[str, Any]) -> None:
        """A fact to be logged must not stand; one that was withdrawn comes back as its next version."""
        for position, row_key, number, current in latest(self.change, table.checked, keys):
            one = table.doing[position]
            if one.fact.action is not Action.LOG or one.before is not None:
                continue
            if current:
                said = f"{one.subject} is already recorded, as version {number}. Amend it instead."
                stands = next(
                    row
                    for row in versions(self.change.rows, one.table, _identity_as_read(table, position))
                    if row.row_key == row_key
                )
                self._clash(one, said, None, stands, one.values)
            one.version = number + 1

    # Withdrawing

    def _withdraw(self) -> None:
        """End facts, those that hang on others first. Nothing may be left that hangs on them."""
        leaving = [one for one in self.doing if one.fact.withdrawn and one.row_key >= 0]
        for one in sorted(leaving, key=lambda one: -_ORDER[one.table]):
            self.change.supersede(tables.stored_in(one.table), [one.row_key])
        for one in leaving:
            hanging = self._hanging_on(one)
            if hanging:
                self._problem(
                    one,
                    None,
                    "a fact that no other fact depends on",
                    f"{one.subject} still has {hanging}. Withdraw these first.",
                )

    def _hanging_on(self, one: _Doing) -> str:
        if one.table not in ANCHORS:
            return ""
        keys = known_keys(self.change.rows, one.identity)
        asked = [keys.get(f"{anchor}_key") for anchor in ANCHORS]
        found = self.change.rows(sql.text("queries/dependants"), asked)
        return ", ".join(f"{count} {name}" for name, count in found)

    def _refuse_withdrawn_parents(self) -> None:
        """A fact cannot hang on one that was withdrawn, be it a moment ago."""
        stands: dict[tuple[str, str], bool] = {}
        for one in self.doing:
            if one.fact.action is not Action.LOG:
                continue
            for column in tables.described(one.table).parents:
                anchor, name = ANCHOR_OF[column], one.values.get(column)
                if name is None or any(
                    self._brings(other, anchor) and other.values[column] == name for other in self.doing
                ):
                    continue
                if (anchor, name) not in stands:
                    key = known_keys(self.change.rows, {column: name})[f"{anchor}_key"]
                    stands[anchor, name] = key is None or is_current(self.change.rows, anchor, key)
                if not stands[anchor, name]:
                    self._problem(
                        one,
                        column,
                        f"a {anchor.replace('_', ' ')} that was not withdrawn".replace("a a", "an a"),
                        f"{name} was withdrawn. Log it again first, or choose another.",
                        value=name,
                    )

    def _refuse_courses_of_others(self) -> None:
        """An adverse event is attributed to courses of the same patient."""
        for one in self.doing:
            if one.table != "attribution" or one.fact.action is not Action.LOG:
                continue
            event, course = one.values.get("adverse_event_id"), one.values.get("course_id")
            owners = [self._owner_of("adverse_event", event), self._owner_of("course", course)]
            if None not in owners and owners[0] != owners[1]:
                remedy = f"{course} is a course of {owners[1]}: choose one of {owners[0]}."
                self._problem(one, "course_id", "a course of the same patient", remedy, value=course)

    # Checking

    def _checked(self) -> dict[str, _Table]:
        found: dict[str, list[_Doing]] = {}
        for one in self.doing:
            if not one.fact.withdrawn:
                found.setdefault(one.table, []).append(one)
        return {
            name: _Table(
                found[name], check_rows(name, [self._row(one) for one in found[name]], today=self.today)
            )
            for name in TABLES
            if name in found
        }

    def _row(self, one: _Doing) -> dict[str, str | None]:
        return {name: one.values.get(name) for name in tables.described(one.table).names}

    def _list_problems(self, table: _Table) -> None:
        for problem in table.checked.findings.problems:
            one = table.doing[(problem.row or 1) - 1]
            self.problems.append(
                FactProblem(**{**vars(problem), "fact": one.number, "field": _field(one, problem.column)})
            )

    def _problem(
        self, one: _Doing, column: str | None, expected: str, remedy: str, value: str | None = None
    ) -> None:
        file = tables.described(one.table).file
        self.problems.append(
            FactProblem(
                file,
                None,
                column,
                value,
                expected,
                remedy,
                fact=one.number,
                field=_field(one, column),
            )
        )

    def _clash(self, one: _Doing, said: str, seen: Version | None, stands: Version, wanted: Texts) -> None:
        gone = stands.superseded_by is not None
        author = author_of(self.change.rows, stands.superseded_by or stands.change_seq)
        clash = Clash(
            one.number,
            one.table,
            one.identity,
            one.fact.expected_version or 0,
            None if gone else stands.number,
            None if seen is None else self._values(one, seen),
            None if gone else self._values(one, stands),
            dict(wanted),
            author and author.name,
            author and author.at,
            author and author.reason,
        )
        self.clashes.append((said, clash))

    def _stop(self) -> None:
        """Raise what was found."""
        self.problems.sort(key=lambda problem: problem.fact)
        if self.clashes:
            said, first = self.clashes[0]
            more = len(self.clashes) - 1
            raise Conflict(
                said + (f" The same applies to {more} more." if more else ""),
                expected_version=first.expected_version,
                current_version=first.current_version,
                clashes=[clash for _, clash in self.clashes],
                problems=self.problems,
            )
        if self.problems:
            count = len(self.problems)
            several = "One problem" if count == 1 else f"{count} problems"
            raise Refused(f"{several}, so nothing was stored: {self.problems[0]}", self.problems)

    def _refuse_standstill(self) -> None:
        if all(one.unchanged for one in self.doing):
            raise Usage(f"{self.doing[0].subject} has these values already: nothing is amended.")

    # The audit event

    def _note(self, differences: Sequence[tuple[Texts | None, Texts | None]]) -> None:
        """Single facts are noted as they are, several under the names of the facts."""
        done = [(one, *difference) for one, difference in zip(self.doing, differences, strict=True)]
        done = [(one, was, becomes) for one, was, becomes in done if not one.unchanged]
        first, was, becomes = done[0]
        if len(self.doing) == 1:
            self.change.subject = first.subject
            self.change.note(was, becomes)
            return
        more = len(done) - 1
        self.change.subject = first.subject + (f" and {more} more" if more else "")
        self.change.note(
            {one.subject: was for one, was, _ in done if was is not None} or None,
            {one.subject: becomes for one, _, becomes in done if becomes is not None} or None,
        )


def _difference(one: _Doing) -> tuple[dict[str, str | None] | None, dict[str, str | None] | None]:
    """What the audit event shows of a fact: all values that come or go, or the columns that change."""
    if one.before is None:
        return None, {name: value for name, value in one.values.items() if value is not None}
    if one.fact.withdrawn:
        return one.before, None
    changed = [name for name in one.values if one.values[name] != one.before.get(name)]
    return {name: one.before.get(name) for name in changed}, {name: one.values[name] for name in changed}


def _as_stored(one: _Doing) -> dict[str, str | None]:
    """The values with the agent under the name by which it is stored."""
    if one.table != "course_agent":
        return one.values
    return {**one.values, "agent": agent_or_other(one.values.get("agent") or "").name}


def _field(one: _Doing, column: str | None) -> str:
    if one.table == missing.TABLE and one.fact.name:
        column = one.values["column_name"]
    return ".".join(part for part in (one.fact.name, column) if part)


def _taken(table: _Table) -> Taken:
    """Checked rows with what is to become of them."""
    verdict = [
        REFUSED if one.unchanged else INSERT if one.before is None else NEW_VERSION for one in table.doing
    ]
    return Taken(
        table.checked,
        np.array(verdict, np.int8),
        np.array([one.version for one in table.doing], np.int16),
        np.array([one.row_key for one in table.doing], np.int64),
    )


def _identity_as_read(table: _Table, position: int) -> dict[str, Any]:
    """The identity of a row as it is stored: agents go by their generic names."""
    rows = table.checked.rows
    return {name: text(rows[name][position].as_py()) for name in table.checked.table.identity}


def _take_names(table: _Table) -> None:
    """Let the facts say what was stored, in whatever words they were written."""
    for column in table.checked.table.names:
        if column in table.checked.rows.column_names and column != "observed_at":
            for one, value in zip(table.doing, table.checked.rows[column].to_pylist(), strict=True):
                one.values[column] = text(value)

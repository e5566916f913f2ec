"""A form as it is filled in: what each field says, what is still wrong, and the facts that come of it. Pure.

Texts are kept by the place of their field: `agents.2.dose` is the dose in row 2 of the part `agents`. A fact is named
`agents.2`, so that a problem of the record leads back to its field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from adjudication.agents import agent, class_word
from adjudication.toml_table import nearest
from registry.entry.coming import read_coming_day
from registry.entry.forms import Field, Form, Part, fields_of
from registry.entry.steps import tell_steps
from registry.record.cell_reader import Complaint, reader
from registry.record.cells import missing_said
from registry.record.columns import Kind
from registry.record.fields import TABLES
from registry.record.text import words
from registry.record.text.days import Typed, read_day, said
from registry.record.text.values import read_value
from registry.record.units import measures
from registry.record.writing import Fact

Texts = Mapping[str, str]
_LONG_ENOUGH = 3
SHARED = "cbc"
"""The part of a blood count whose answers belong to every analyte."""


@dataclass(frozen=True)
class Filled:
    """A form understood. `typed` says by place what was understood, `problems` by place what to do about it.

    `missing` gives by place the reason why there is no value, where the person says one.
    """

    facts: tuple[Fact, ...]
    typed: Mapping[str, Typed[str]]
    problems: Mapping[str, str]

    @property
    def missing(self) -> dict[str, str]:
        """By place why a value is missing."""
        return {place: one.missing for place, one in self.typed.items() if one.missing is not None}


def place_of(part: Part, row: int, name: str) -> str:
    """The place of a field: `agents.2.dose`."""
    return f"{part.name}.{row}.{name}"


def fill(
    form: Form,
    texts: Texts,
    *,
    today: date,
    rows: Mapping[str, Sequence[int]] | None = None,
    of: Mapping[str, str] | None = None,
    expected_version: int | None = None,
    offered: Mapping[str, Mapping[str, str]] | None = None,
) -> Filled:
    """Read a form. `rows` are the rows of each part that repeats (else one, 1); `of` names what the facts hang on.

    `offered` are the words that the record offers for a field, by part and name (`attributions.course_id`), with
    how they are said: one of them is to be written. A row in which nothing was typed is left out where the part
    needs none. With `expected_version` the only fact of the form is an amendment of that version.
    """
    reading = _Reading(form, texts, today, offered or {})
    facts: list[Fact] = []
    for part in form.parts:
        if part.name == SHARED and len(form.parts) > 1:
            continue
        numbers = (rows or {}).get(part.name, [1])
        for place, row in enumerate(numbers):
            if place >= part.least and not reading.touched(part, row):
                continue
            values = reading.values(part, row)
            named = of if of and set(of) <= set(TABLES[part.table].names) else {}
            said_missing = reading.missing(part, row) if part.table != "observation" else {}
            facts.append(
                Fact(
                    part.table,
                    {**named, **values},
                    expected_version,
                    name=f"{part.name}.{row}",
                    missing=said_missing,
                )
            )
    tell_steps(facts, reading.typed)
    if not facts:
        reading.problems.setdefault(_first_place(form), "Nothing is filled in yet.")
    elif not reading.problems and not reading.anything(rows or {}):
        reading.problems[_first_place(form)] = "Nothing was typed."
    return Filled(tuple(facts), reading.typed, reading.problems)


def _first_place(form: Form) -> str:
    part = form.parts[1] if form.parts[0].name == SHARED else form.parts[0]
    return place_of(part, 1, part.fields[0].name)


def read_field(
    field: Field, table: str, text: str, today: date, offered: Mapping[str, str] | None = None
) -> Typed[str]:
    """What one field says, as it is to be stored. Measured values are read with their unit, by `fill`.

    `offered` are words of the record of which one is to be written, with how they are said.
    """
    if not text.strip():
        return Typed(None)
    if offered is not None:
        return chosen(text, offered)
    if field.choices:
        return chosen(text, {one.word: one.label for one in field.choices}, missing=field.may_be_missing)
    reason = missing_said(text)
    if reason is not None and field.may_be_missing:
        return Typed(None, words.MISSING[reason], missing=reason)
    if field.kind in (Kind.DATE, Kind.MOMENT):
        if TABLES[table].column(field.name).ahead:
            day = read_coming_day(text, today)
        else:
            day = read_day(text, today, birth=field.name == "born_on")
        return Typed(day.value.isoformat() if day.value else None, day.echo, day.problem, day.doubt)
    if field.name == "agent" and field.kind is Kind.TEXT:
        return _read_agent(field, table, text, today)
    if field.suggestions:
        cell = _read_cell(field, table, completed(text, field.suggestions), today)
        return cell if cell.problem else Typed(cell.value, cell.value or "")
    return _read_cell(field, table, text, today)


def _read_agent(field: Field, table: str, text: str, today: date) -> Typed[str]:
    """A generic name, brand, abbreviation or ATC code, or the beginning of one generic name."""
    known = agent(text) or agent(completed(text, field.suggestions))
    if known is None:
        cell = _read_cell(field, table, text, today)
        meant = nearest(text, field.suggestions)
        doubt = (
            f"This agent is not in the list. Did you mean {meant}?"
            if meant
            else "This agent is not in the list."
        )
        return cell if cell.problem else Typed(cell.value, f"{cell.value}, no class", doubt=doubt)
    said_class = class_word(known.agent_class)
    return Typed(known.name, known.name if said_class == known.name else f"{known.name}, {said_class}")


def chosen(text: str, offered: Mapping[str, str], *, missing: bool = False) -> Typed[str]:
    """The one of the `offered` words that `text` means: itself, or its beginning, as stored or as said.

    A word within may be written too where no beginning is meant. Several or none: a problem that says the choices.
    With `missing` it may also be said that there is none; the choices themselves go before that.
    """
    typed = " ".join(text.split()).casefold()
    spelled = {word: (word.casefold(), said_so.casefold()) for word, said_so in offered.items()}
    exact = [word for word, names in spelled.items() if typed in names]
    reason = missing_said(text) if missing else None
    if reason is not None and not exact:
        return Typed(None, words.MISSING[reason], missing=reason)
    begun = [word for word, names in spelled.items() if any(name.startswith(typed) for name in names)]
    within = [word for word, names in spelled.items() if any(f" {typed}" in name for name in names)]
    found = exact or begun or within
    if len(found) == 1:
        return Typed(found[0], offered[found[0]])
    if not found and missing:
        reasons = [reason for reason, told in words.MISSING.items() if told.startswith(typed)]
        if len(reasons) == 1:
            return Typed(None, words.MISSING[reasons[0]], missing=reasons[0])
    if not offered:
        return Typed(None, problem="There is nothing to choose from yet.")
    told = ", ".join(offered[word] for word in found or offered)
    return Typed(
        None, problem=f"Several entries match: {told}. Choose one." if found else f"Choose one of: {told}."
    )


def completed(text: str, known: Sequence[str]) -> str:
    """The only known word that begins with `text`, from three letters on; else `text` as it is."""
    typed = " ".join(text.split())
    begun = [word for word in known if word.casefold().startswith(typed.casefold())]
    exact = any(word.casefold() == typed.casefold() for word in known)
    return begun[0] if len(begun) == 1 and len(typed) >= _LONG_ENOUGH and not exact else typed


def _read_cell(field: Field, table: str, text: str, today: date) -> Typed[str]:
    written = text if field.kind is Kind.NOTE else " ".join(text.split())
    if field.kind is Kind.NUMBER and written.count(",") == 1 and "." not in written:
        written = written.replace(",", ".")
    cell = reader(TABLES[table].column(field.name), today)(written)
    if isinstance(cell, Complaint):
        return Typed(None, problem=f"This is not {cell.expected}. {cell.remedy}")
    echo = f"{cell} {field.unit}".strip() if field.kind in (Kind.NUMBER, Kind.WHOLE) and field.unit else ""
    return Typed(str(cell), echo)


def amendable(table: str) -> tuple[Field, ...]:
    """The fields of a fact that can be amended: all but those that name it or what it hangs on."""
    fixed = {*TABLES[table].identity, *TABLES[table].parents}
    return tuple(one for one in fields_of(table) if one.name not in fixed)


def amended(
    table: str, seen: Mapping[str, str | None], texts: Texts, *, today: date, expected_version: int
) -> Filled:
    """Read the form in which a fact is amended. `seen` is the fact as the person saw it, in that version.

    Texts are at `<table>.1.<column>`. The fact holds what names it and what was changed; a field that was emptied
    is None. Nothing changed: no fact.
    """
    typed: dict[str, Typed[str]] = {}
    changes: dict[str, str | None] = {}
    written = {
        one.name: texts.get(f"{table}.1.{one.name}", seen.get(one.name) or "") for one in amendable(table)
    }
    for one in amendable(table):
        text, before = written[one.name], seen.get(one.name) or ""
        reread = one.name == "value" and text.strip() and written["unit"] != (seen.get("unit") or "")
        if text.strip() == before and not reread:
            continue
        place = f"{table}.1.{one.name}"
        if (table, one.name) == ("observation", "value"):
            typed[place], found = _amended_value(text, {**seen, **written})
            changes |= found
        else:
            typed[place] = read_field(one, table, text, today)
            if one.choices and typed[place].value == before and before:
                continue  # the same word, as it is said
            changes[one.name] = typed[place].value
        if one.required and changes.get(one.name) is None and typed[place].problem is None:
            typed[place] = Typed(None, problem=f"{one.label} is needed.")
    problems = {place: one.problem for place, one in typed.items() if one.problem is not None}
    named = {name: seen[name] for name in TABLES[table].identity}
    why = {place.split(".")[2]: one.missing for place, one in typed.items() if one.missing is not None}
    if table == "observation":
        why = {}  # an observation says so itself, in missing_reason
    fact = Fact(table, {**named, **changes}, expected_version, name=f"{table}.1", missing=why)
    facts = (fact,) if changes else ()
    return Filled(facts, typed, problems)


def _amended_value(text: str, row: Mapping[str, str | None]) -> tuple[Typed[str], dict[str, str | None]]:
    """A corrected value, and the columns that change with it: a unit or a quality in the text, a reason for none."""
    read = read_value(
        text,
        row["analyte"] or "",
        row["unit"] or None,
        specimen=row["specimen"] or None,
        quality=row["quality"] or None,
    )
    found: dict[str, str | None] = {"value": None}
    if read.missing is not None:
        found |= {"unit": None, "missing_reason": read.missing}
        if read.value is not None:
            found["quality"] = read.value.quality
    elif read.value is not None:
        measured = read.value
        found |= {"value": measured.value, "unit": measured.unit, "quality": measured.quality}
        found["value_read"] = measured.value_read
    return Typed(found["value"], read.echo, read.problem, read.doubt, read.missing), found


class _Reading:
    """Reads the fields of one form, and remembers what each of them said."""

    def __init__(
        self, form: Form, texts: Texts, today: date, offered: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.form = form
        self.texts = texts
        self.today = today
        self.offered = offered
        self.typed: dict[str, Typed[str]] = {}
        self.problems: dict[str, str] = {}

        self.shared = {one.name: self._value(one, form.part(SHARED), 1) for one in self._shared_fields()}

    def _shared_fields(self) -> tuple[Field, ...]:
        first = self.form.parts[0]
        return first.fields if first.name == SHARED and len(self.form.parts) > 1 else ()

    def text(self, part: Part, row: int, name: str) -> str:
        return self.texts.get(place_of(part, row, name), "")

    def touched(self, part: Part, row: int) -> bool:
        """Whether something was typed in a row beyond what was there from the start."""
        asked = [one for one in part.fields if one.kind is not Kind.UNIT]
        return any(
            self.text(part, row, one.name).strip() not in ("", one.default, one.said(one.default))
            for one in asked
        )

    def anything(self, rows: Mapping[str, Sequence[int]]) -> bool:
        """Whether anything was typed in the whole form."""
        return any(self.touched(part, row) for part in self.form.parts for row in rows.get(part.name, [1]))

    def missing(self, part: Part, row: int) -> dict[str, str]:
        """By column why a value of a row is missing, where that is said."""
        asked = {one.name: self.typed.get(place_of(part, row, one.name)) for one in part.fields}
        return {
            name: one.missing for name, one in asked.items() if one is not None and one.missing is not None
        }

    def values(self, part: Part, row: int) -> dict[str, Any]:
        """The values of one fact; what cannot be stored is put among the problems."""
        if "analyte" in part.fixed:
            return self._counted(part, row)
        found = {one.name: self._value(one, part, row) for one in part.fields}
        self._begin_with_course(part, row, found)
        for one in part.fields:
            self._require(one, part, row, found)
        return {**part.fixed, **{name: value for name, value in found.items() if value is not None}}

    def _value(self, one: Field, part: Part, row: int) -> str | None:
        offered = self.offered.get(f"{part.name}.{one.name}")
        typed = read_field(one, part.table, self.text(part, row, one.name), self.today, offered)
        return self._remember(place_of(part, row, one.name), typed)

    def _remember(self, place: str, typed: Typed[str]) -> str | None:
        self.typed[place] = typed
        if typed.problem is not None:
            self.problems[place] = typed.problem
        return typed.value

    def _require(self, one: Field, part: Part, row: int, found: Mapping[str, Any]) -> None:
        place = place_of(part, row, one.name)
        if one.required and found.get(one.name) is None and place not in self.problems:
            self.problems[place] = f"{one.label} is needed."

    def _begin_with_course(self, part: Part, row: int, found: dict[str, Any]) -> None:
        """The first step of an agent begins with its course unless it says another day."""
        if part.table != "course_agent" or found.get("started_on") or not found.get("agent"):
            return
        place = place_of(part, row, "started_on")
        begun = self.typed.get(place_of(self.form.parts[0], 1, "started_on"))
        if (
            self.form.parts[0].table != "course"
            or begun is None
            or begun.value is None
            or self.text(part, row, "started_on")
        ):
            return
        if found["agent"] in self._agents_before(part, row):
            self.problems[place] = "Enter the start date of this dose."
            return
        found["started_on"] = begun.value
        self.typed[place] = Typed(begun.value, f"{said(date.fromisoformat(begun.value))}, with the course")

    def _agents_before(self, part: Part, row: int) -> set[str | None]:
        rows = [int(place.split(".")[1]) for place in self.typed if place.startswith(f"{part.name}.")]
        return {
            self.typed[place_of(part, other, "agent")].value
            for other in set(rows)
            if other != row and place_of(part, other, "agent") in self.typed
        }

    def _counted(self, part: Part, row: int) -> dict[str, Any]:
        """One analyte of a blood count, with the day, the tube and the quality of the whole count."""
        common = self.shared
        for one in self._shared_fields():
            self._require(one, self.form.part(SHARED), 1, common)
        analyte, place = part.fixed["analyte"], place_of(part, row, "value")
        unit = self._unit(part, row)
        read = read_value(
            self.text(part, row, "value"),
            analyte,
            unit,
            specimen=common.get("specimen"),
            quality=common.get("quality"),
        )
        measured = read.value
        self._remember(
            place,
            Typed(measured.value if measured else None, read.echo, read.problem, read.doubt, read.missing),
        )
        values: dict[str, Any] = {**common, **part.fixed}
        if read.missing is not None:
            values = {name: values[name] for name in ("observed_at", "analyte") if name in values}
            values["missing_reason"] = read.missing
            if measured is not None:
                values["quality"] = measured.quality
        elif measured is not None:
            values |= {"value": measured.value, "unit": measured.unit, "value_read": measured.value_read}
            if measured.quality is not None:
                values["quality"] = measured.quality
        else:
            self.problems.setdefault(place, f"{part.title} is needed, or: not done, unknown, n/a.")
        for one in part.fields:
            if one.name not in ("value", "unit"):
                values[one.name] = self._of_analyte(
                    one, part, row, analyte, measured.unit if measured else unit
                )
        return {name: value for name, value in values.items() if value is not None}

    def _unit(self, part: Part, row: int) -> str | None:
        """The unit beside a value, however it is spelled; what is not understood is said at the unit."""
        text, field = self.text(part, row, "unit"), part.field_named("unit")
        known = measures()[part.fixed["analyte"]].named(text) if text.strip() else None
        if known is not None:
            text = known.name
        typed = (
            chosen(text, {one: words.unit(one) for one in field.units}) if text.strip() else Typed[str](None)
        )
        return self._remember(place_of(part, row, "unit"), typed) or part.field_named("value").unit

    def _of_analyte(self, one: Field, part: Part, row: int, analyte: str, unit: str | None) -> str | None:
        """A limit of normal is in the unit of its value."""
        if one.kind is not Kind.REPORTED:
            return self._value(one, part, row)
        read = read_value(self.text(part, row, one.name), analyte, unit)
        if read.value is not None and read.value.value is None:
            read = Typed(None, problem="A limit of normal is a number.")
        elif read.value is not None and read.value.unit != unit:
            read = Typed(None, problem=f"Write the limit in the unit of the value, {words.unit(unit or '')}.")
        return self._remember(
            place_of(part, row, one.name),
            Typed(read.value.value if read.value else None, read.echo, read.problem, read.doubt),
        )

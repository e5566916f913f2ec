"""What each form asks: its parts, and the words of its choices, suggestions and defaults.

Columns, their order, labels and hints are those of `registry.record.fields`. Screens draw a form, they decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from adjudication.agents import listed_agents
from adjudication.surveillance import ladder
from registry.record.columns import Kind
from registry.record.fields import MAY_LACK, TABLES
from registry.record.naming import own_id
from registry.record.text import words
from registry.record.units import measures


@dataclass(frozen=True)
class Choice:
    """A word of the record and how it is said: `steroid_sparing`, "steroid sparing"."""

    word: str
    label: str


@dataclass(frozen=True)
class Field:
    """One thing that a form asks. `name` is the column of the bundle in which the answer is stored.

    `kind` says how the answer is typed: Kind.DATE and Kind.MOMENT as a day (read_day), Kind.REPORTED as a measured
    value (read_value), Kind.WORD as one of `choices`, Kind.UNIT as one of `units`, the rest as text. `suggestions`
    may be typed, and anything else too. The `default` is in the field from the start. Where it
    `may_be_missing`, an empty field can be said to be not done, unknown or not applicable.
    """

    name: str
    label: str
    kind: Kind
    required: bool = False
    choices: tuple[Choice, ...] = ()
    units: tuple[str, ...] = ()
    unit: str = ""
    suggestions: tuple[str, ...] = ()
    hint: str = ""
    default: str | None = None
    may_be_missing: bool = False

    @property
    def full_label(self) -> str:
        """The label with its unit: `Platelets (×10⁹/L)`."""
        return f"{self.label} ({words.unit(self.unit)})" if self.unit else self.label

    def said(self, word: str | None) -> str:
        """A stored word as it is said."""
        return next((one.label for one in self.choices if one.word == word), word or "")


@dataclass(frozen=True)
class Part:
    """Rows of one table in a form. `least` and `most` say how many (most None: any); `fixed` columns are not asked."""

    name: str
    table: str
    title: str
    fields: tuple[Field, ...]
    least: int = 1
    most: int | None = 1
    fixed: Mapping[str, str] = field(default_factory=dict)

    def field_named(self, name: str) -> Field:
        """The field of a column. Raises KeyError if the form does not ask for it."""
        found = next((one for one in self.fields if one.name == name), None)
        if found is None:
            raise KeyError(name)
        return found


@dataclass(frozen=True)
class Form:
    """One form. `subject` is the table of the thing it is opened for: a patient, or an episode for a course.

    `amends`: it changes a fact that stands (the last contact of a patient) instead of logging one. `reason` is
    what the audit trail then says where nobody writes more.
    """

    name: str
    title: str
    subject: str | None
    parts: tuple[Part, ...]
    amends: bool = False
    reason: str | None = None

    def part(self, name: str) -> Part:
        """The part of that name. Raises KeyError if there is none."""
        found = next((one for one in self.parts if one.name == name), None)
        if found is None:
            raise KeyError(name)
        return found


@cache
def forms() -> dict[str, Form]:
    """Every form by name, in the order of a menu."""
    return {
        form.name: form
        for form in (
            Form("cbc", "Blood count", "patient", _cbc()),
            Form("course", "Course", "episode", (_part("course", "Course"), _agents())),
            Form("bleed", "Bleed", "patient", (_part("bleed", "Bleed"),)),
            Form("sign", "Bleeding sign", "patient", (_part("sign", "Signs", name="signs", most=None),)),
            Form("comedication", "Anticoagulant or other drug", "patient", (_part("comedication", "Drug"),)),
            Form("consent", "Consent", "patient", (_part("consent", "Consent"),)),
            Form("transfusion", "Transfusion", "patient", (_part("transfusion", "Transfusion"),)),
            Form("rescue", "Rescue", "patient", (_part("rescue", "Rescue"),)),
            Form(
                "adverse_event",
                "Adverse event",
                "patient",
                (
                    _part("adverse_event", "Adverse event"),
                    _part("attribution", "Attribution to courses", name="attributions", least=0, most=None),
                ),
            ),
            Form(
                "other_cause", "Other cause of a low count", "patient", (_part("other_cause", "Other cause"),)
            ),
            Form("outcome", "Surveillance: what was done", "patient", (_part("outcome", "What was done"),)),
            Form("exposure", "Alemtuzumab infusion", "patient", (_part("exposure", "Infusion"),)),
            Form("episode", "Diagnosis", "patient", (_part("episode", "Diagnosis"),)),
            Form("patient", "New patient", None, (_part("patient", "Patient"),)),
            Form(
                "last_contact",
                "Last contact",
                "patient",
                (_part("patient", "Last contact", only=("last_contact_on",), required=("last_contact_on",)),),
                amends=True,
                reason="last contact",
            ),
            Form(
                "death",
                "Death",
                "patient",
                (_part("patient", "Death", only=("died_on", "death_cause"), required=("died_on",)),),
                amends=True,
                reason="death recorded",
            ),
        )
    }


def form(name: str) -> Form:
    """The form of that name. Raises KeyError if there is none."""
    return forms()[name]


@cache
def fields_of(table: str) -> tuple[Field, ...]:
    """Every column of a table that a person may fill in or amend, in the order of its form."""
    return tuple(_field(table, name) for name in TABLES[table].asked)


def _part(
    table: str,
    title: str,
    *,
    name: str | None = None,
    only: tuple[str, ...] | None = None,
    required: tuple[str, ...] = (),
    least: int = 1,
    most: int | None = 1,
) -> Part:
    asked = tuple(
        _field(table, one.name, required=one.name in required or one.required)
        for one in fields_of(table)
        if (only is None and one.name not in _LATER.get(table, ())) or (only is not None and one.name in only)
    )
    return Part(name or table, table, title, asked, least, most)


def _agents() -> Part:
    return _part("course_agent", "Agents and dose steps", name="agents", least=1, most=None)


def _cbc() -> tuple[Part, ...]:
    """The day, specimen and quality are asked once, then each analyte."""
    shared = tuple(_field("observation", name) for name in ("observed_at", "specimen", "quality"))
    common = Part("cbc", "observation", "Blood count", shared)
    return (common, *(_analyte(name) for name in words.ANALYTES))


def _analyte(name: str) -> Part:
    label, canonical = words.ANALYTES[name], measures()[name].unit
    asked = (
        Field(
            "value", label, Kind.REPORTED, hint="31, <5, 5.4 or 45 K/uL", unit=canonical, may_be_missing=True
        ),
        Field("unit", "Unit", Kind.UNIT, units=tuple(words.units(name)), default=canonical),
        *(_field("observation", one) for one in _MORE_OF_ANALYTE.get(name, ())),
    )
    return Part(name, "observation", label, asked, least=0, fixed={"analyte": name})


def _field(table: str, name: str, required: bool | None = None) -> Field:
    column = TABLES[table].column(name)
    needed = (column.required if required is None else required) and name != own_id(table)
    chosen = tuple(Choice(word, _said(table, name, word)) for word in column.words)
    return Field(
        name,
        column.label,
        column.kind,
        needed,
        chosen,
        suggestions=_suggestions(table, name),
        hint=column.hint,
        unit="mg" if name == "dose_mg" else "",
        default=_DEFAULTS.get(f"{table}.{name}"),
        may_be_missing=table in MAY_LACK and not needed and name not in _NEVER_MISSING,
    )


def _said(table: str, name: str, word: str) -> str:
    """A word of the record in plain words; a sign in those of the protocol that asks for it."""
    if (table, name) == ("sign", "sign"):
        return ladder.load().bleeding.signs.get(word, word.replace("_", " "))
    return _CHOICES.get(f"{table}.{name}.{word}") or _CHOICES.get(word) or word.replace("_", " ")


def _suggestions(table: str, name: str) -> tuple[str, ...]:
    if (table, name) == ("course_agent", "agent"):
        return tuple(one.name for one in listed_agents())
    return () if TABLES[table].column(name).words else _SUGGESTIONS.get(name, ())


_LATER = {"patient": ("last_contact_on", "died_on", "death_cause")}
"""Columns that have a form of their own."""
_NEVER_MISSING = ("patient_id", "note", "specimen_id", "source", "missing_reason", "line_number", "lower_limit",
                  "upper_limit", "explained", "specimen", "quality")  # fmt: skip
_MORE_OF_ANALYTE = {
    "ldh": ("upper_limit", "explained"),
    "haptoglobin": ("lower_limit", "explained"),
    "bilirubin": ("upper_limit", "explained"),
    "reticulocytes": ("upper_limit", "explained"),
}
_CHOICES = {
    "renal_transplant": "kidney transplant",
    "multiple_sclerosis": "multiple sclerosis",
    "other_cause.disease.ITP": "platelets (ITP)",
    "other_cause.disease.AIHA": "hemoglobin (AIHA)",
    "first_line": "first line",
    "inefficacy": "lack of efficacy",
    "steroid_sparing": "steroid sparing",
    "course.start_reason.inefficacy": "failure of the last course",
    "course.start_reason.toxicity": "toxicity of the last course",
    "intensification": "intensification",
    "retreatment": "retreatment after a response",
    "patient_choice": "patient's choice",
    "observation": "observation only",
    "edta": "EDTA",
    "ITP_BAT": "ITP-BAT",
    "red_cells": "red cells",
    "anti_d": "anti-D",
    "ivig": "IVIG",
    "steroid_pulse": "steroid pulse",
    "vinca": "vinca alkaloid",
    "low_count": "low count",
    "steroid_diabetes": "diabetes from steroids",
    "graft_failure": "graft failure",
    "solid_tumor": "solid tumor",
    "ptld": "PTLD",
    "hematologic_malignancy": "hematologic malignancy",
    "skin_cancer": "skin cancer",
}
_DEFAULTS = {"exposure.agent": "alemtuzumab"}
"""Only what the form itself says: what nobody chose is stored as not recorded, never as a fact."""
_SUGGESTIONS = {
    "dose_unit": ("mg", "mg/kg", "g/kg", "mg/m2", "ug/kg", "g", "mg/day"),
    "frequency": ("daily", "twice daily", "alternate days", "weekly", "once"),
    "route": ("oral", "intravenous", "subcutaneous"),
    "primary_or_secondary": ("primary", "secondary", "unknown"),
    "outcome": ("recovered", "recovering", "not recovered", "recovered with sequelae", "fatal", "unknown"),
}

"""Everything beneath the forms of a nurse: what is typed, pasted, drafted, previewed, saved and undone."""

from registry.entry.drafts import Draft, drafts, drop, keep, kept
from registry.entry.forms import Choice, Field, Form, Part, fields_of, form, forms
from registry.entry.judging import ChangedCall, calls_of, changed_calls, judge
from registry.entry.pasted import Block, Row, UnitAsked, read_block
from registry.entry.preview import preview
from registry.entry.saving import Saved, next_id, save
from registry.entry.undo import may_undo, undo
from registry.errors import Clash, Conflict
from registry.record.missing import Missing, missing
from registry.record.text.days import Typed, read_day
from registry.record.text.values import Measured, read_value
from registry.record.writing import Fact, FactProblem, Stored

__all__ = [
    "Block",
    "ChangedCall",
    "Choice",
    "Clash",
    "Conflict",
    "Draft",
    "Fact",
    "FactProblem",
    "Field",
    "Form",
    "Measured",
    "Missing",
    "Part",
    "Row",
    "Saved",
    "Stored",
    "Typed",
    "UnitAsked",
    "calls_of",
    "changed_calls",
    "drafts",
    "drop",
    "fields_of",
    "form",
    "forms",
    "judge",
    "keep",
    "kept",
    "may_undo",
    "missing",
    "next_id",
    "preview",
    "read_block",
    "read_day",
    "read_value",
    "save",
    "undo",
]

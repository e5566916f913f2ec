"""Everything beneath the forms of a nurse: what is typed, pasted, drafted, previewed, saved and undone."""

from registry.entry.saving import Saved, next_id, save
from registry.errors import Clash, Conflict
from registry.writing import Fact, FactProblem, Stored

__all__ = [
    "Clash",
    "Conflict",
    "Fact",
    "FactProblem",
    "Saved",
    "Stored",
    "next_id",
    "save",
]

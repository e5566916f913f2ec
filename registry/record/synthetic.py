"""Whether the patients of a registry are invented, and whether they are those of the reference cohort."""

from registry.store.database import Database


def is_synthetic(db: Database) -> bool:
    """Whether the registry says that its patients are invented."""
    return db.rows("SELECT value FROM registry WHERE key = 'synthetic'") == [("yes",)]


REFERENCE = "reference cohort"
"""How a registry declares that it has the invented patients of the reference cohort."""


def is_reference(db: Database) -> bool:
    """Whether the registry says that its patients are those of the reference cohort, made after a published one."""
    found = db.rows("SELECT value FROM registry WHERE key = 'demo'")
    return bool(found) and str(found[0][0]).startswith(f"{REFERENCE}, ")

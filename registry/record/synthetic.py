"""Whether the patients of a registry are invented."""

from registry.store.database import Database


def is_synthetic(db: Database) -> bool:
    """Whether the registry says that its patients are invented."""
    return db.rows("SELECT value FROM registry WHERE key = 'synthetic'") == [("yes",)]

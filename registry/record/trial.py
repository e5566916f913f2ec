"""A test registry: for learning and for trying an upgrade. It says so wherever it is shown, for good."""

from registry.errors import Usage
from registry.roles import Action, Actor
from registry.store.database import Database

TEST = "test"
"""The property of a registry that is one for tests."""
NOTICE = "This is a test registry: record no real patients here."


def is_test(db: Database) -> bool:
    """Whether the registry was made for tests."""
    return db.rows("SELECT value FROM registry WHERE key = $1", [TEST]) == [("yes",)]


def declare_test(db: Database, actor: Actor) -> None:
    """Make a registry without patients one for tests. It stays one: nothing takes that back.

    Raises Usage for a registry that has patients, NotPermitted.
    """
    if db.rows("SELECT 1 FROM patient LIMIT 1"):
        raise Usage(
            f"{db.path} has patients, so it does not become a test registry. Name another file with --db."
        )
    with db.change(actor, Action.CONFIGURE, "test registry") as change:
        change.replace("registry", [{"key": TEST, "value": "yes"}], "key = $1", [TEST])

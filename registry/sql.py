"""The SQL of the registry is text in the folder sql/, read here by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "sql"


@cache
def text(name: str) -> str:
    """The text of `sql/<name>.sql`, for example `text("queries/summary_response")`.

    Raises FileNotFoundError for a name that is not there.
    """
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


@cache
def names(folder: str) -> tuple[str, ...]:
    """The names in `sql/<folder>/`, sorted, each ready for `text`: `names("checks")` gives `checks/...`."""
    return tuple(f"{folder}/{path.stem}" for path in sorted((FOLDER / folder).glob("*.sql")))

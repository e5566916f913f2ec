"""What of a chart goes to a browser: the drawing, and of its rows no more than the drawing uses.

A spec carries its data. These rows leave with the chart, so they hold the columns that are drawn, pointed at
or chosen by, and no others.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from registry.charts.frame import Spec

_NAMED = re.compile(r"""datum\s*(?:\.\s*(\w+)|\[\s*['"]([^'"]+)['"]\s*\])""")
_FIELDS = (
    "field",
    "groupby",
    "fields",
    "key",
    "shape",
    "sort",
    "lookup",
    "from",
    "fold",
    "flatten",
    "impute",
)


def as_sent(spec: Mapping[str, Any]) -> Spec:
    """The spec with rows of the columns that it uses, and without a menu of its own."""
    used = frozenset(used_columns(spec))
    sent: Spec = _pruned(spec, used)
    sent["usermeta"] = {"embedOptions": {"actions": False}}
    return sent


def used_columns(spec: Any) -> Iterator[str]:
    """Every column that some part of a spec names: in an encoding, a transform, an expression or a selection."""
    if isinstance(spec, Mapping):
        for name, value in spec.items():
            if name in ("values", "datasets", "config", "usermeta"):
                continue
            if name in _FIELDS:
                yield from _names(value)
            yield from used_columns(value)
    elif isinstance(spec, (list, tuple)):
        for value in spec:
            yield from used_columns(value)
    elif isinstance(spec, str):
        for bare, quoted in _NAMED.findall(spec):
            yield bare or quoted


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _names(one)


def rows_of(spec: Any) -> Iterator[Mapping[str, Any]]:
    """Every row that a spec carries, in `values` or in `datasets`."""
    if isinstance(spec, Mapping):
        for name, value in spec.items():
            if name == "values" and isinstance(value, (list, tuple)):
                yield from (row for row in value if isinstance(row, Mapping))
            elif name == "datasets":
                yield from (row for rows in value.values() for row in rows if isinstance(row, Mapping))
            else:
                yield from rows_of(value)
    elif isinstance(spec, (list, tuple)):
        for value in spec:
            yield from rows_of(value)


def _pruned(spec: Any, used: frozenset[str]) -> Any:
    if isinstance(spec, Mapping):
        made: dict[str, Any] = {}
        for name, value in spec.items():
            if name == "values" and isinstance(value, (list, tuple)):
                made[name] = [_row(row, used) for row in value]
            elif name == "datasets":
                made[name] = {key: [_row(row, used) for row in rows] for key, rows in value.items()}
            else:
                made[name] = _pruned(value, used)
        return made
    return [_pruned(value, used) for value in spec] if isinstance(spec, (list, tuple)) else spec


def _row(row: Any, used: frozenset[str]) -> Any:
    return {name: value for name, value in row.items() if name in used} if isinstance(row, Mapping) else row

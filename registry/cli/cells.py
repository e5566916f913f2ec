"""The words of the command line as facts: what names them, and their cells.

A fact is named by its table and what identifies it there, in order: `observation SYN-003 O-12`. What follows are
cells, `column=value`, in the words of the bundle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from registry.errors import Usage

Values = dict[str, str]

_AND = "+"


def several(words: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The facts that were typed, divided by `+`: each a table and its cells."""
    facts: list[list[str]] = [[]]
    for word in words:
        if word == _AND:
            facts.append([])
        else:
            facts[-1].append(word)
    if any(len(fact) < 2 for fact in facts):
        raise Usage("Write each fact as a table and at least one column=value. Separate facts with +.")
    return [(table, cells) for table, *cells in facts]


def cells_of(words: Sequence[str]) -> Values:
    """`column=value` words as cells; a column that is given twice is a slip, not a choice."""
    cells: Values = {}
    for word in words:
        column, sign, value = word.partition("=")
        if not sign or not column:
            raise Usage(f"{word!r} is not column=value.")
        if column in cells:
            raise Usage(f"{column} is given twice.")
        cells[column] = value
    return cells


def split_identity(table: str, words: Sequence[str]) -> tuple[Values, Sequence[str]]:
    """What identifies the fact, from the first words, and the words after them."""
    from registry.record import tables

    identity = tables.described(table).identity
    if len(words) < len(identity):
        raise Usage(f"{_a(table)} is identified by {', '.join(identity)}, in this order.")
    return dict(zip(identity, words, strict=False)), words[len(identity) :]


def only_identity(table: str, words: Sequence[str]) -> Values:
    """What identifies the fact, where nothing may follow."""
    named, rest = split_identity(table, words)
    if rest:
        raise Usage(f"{_a(table)} is identified by {', '.join(named)} only. Remove {' '.join(rest)}.")
    return named


def subject(table: str, named: Mapping[str, object]) -> str:
    """A fact as people name it."""
    return f"{table} {' '.join(str(value) for value in named.values())}"


def _a(table: str) -> str:
    return f"{'An' if table[0] in 'aeo' else 'A'} {table}"

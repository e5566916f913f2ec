"""What one SQL statement would write, as DuckDB itself reads it: its kind, its one table, the columns it sets.

DuckDB parses the text and says how many statements it holds and of which kind; DuckDB's tokens say which table stands
in the one place where such a statement names what it writes. Nothing is searched for: a statement that does not begin
as these three forms do is not understood, and then it is not run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import duckdb

from registry.errors import Usage

_BEGINNINGS = {
    duckdb.StatementType.INSERT: ("insert", "into"),
    duckdb.StatementType.UPDATE: ("update",),
    duckdb.StatementType.DELETE: ("delete", "from"),
}
_END_OF_SET = frozenset({"from", "where", "returning"})


@dataclass(frozen=True)
class Statement:
    """A statement that writes one table. `kind` is insert, update or delete; `sets` are the columns of an update."""

    kind: str
    table: str
    sets: frozenset[str]


@lru_cache(maxsize=1024)
def read_statement(sql: str) -> Statement:
    """What the one statement in `sql` writes.

    Raises Usage for text that holds none or several, and for one whose table cannot be told.
    """
    kinds = _kinds(sql)
    if len(kinds) != 1 or kinds[0] not in _BEGINNINGS:
        raise Usage("Give one INSERT INTO, UPDATE or DELETE FROM: nothing else can be written this way.")
    words = _words(sql)
    beginning = _BEGINNINGS[kinds[0]]
    at = len(beginning)
    if tuple(words[:at]) != beginning or len(words) <= at or words[at + 1 : at + 2] == ["."]:
        raise Usage(f"The table of this statement is not clear: {' '.join(words[:6])} …")
    table = _name(words[at])
    sets = _columns_set(words[at + 1 :]) if beginning[0] == "update" else frozenset()
    return Statement(beginning[0], table, sets)


@lru_cache(maxsize=4096)
def reads_only(sql: str) -> bool:
    """Whether the text is one query that writes nothing."""
    try:
        return _kinds(sql) == [duckdb.StatementType.SELECT]
    except Usage:
        return True  # whoever runs it is told what is wrong with it


def _kinds(sql: str) -> list[duckdb.StatementType]:
    try:
        return [statement.type for statement in duckdb.extract_statements(sql)]
    except duckdb.Error as error:
        raise Usage(f"This is no SQL that can be read: {str(error).partition(chr(10))[0]}.") from error


def _words(sql: str) -> list[str]:
    """The tokens of a statement, unquoted ones in small letters; comments are none."""
    text = sql.encode()  # offsets count bytes
    starts = [start for start, _ in duckdb.tokenize(sql)]
    words = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        token = text[start:end].decode()
        if token.startswith('"'):
            words.append(token[: token.index('"', 1) + 1])
        elif token.startswith("'"):
            words.append("'")
        else:
            words.append(token.split()[0].lower() if token.split() else "")
    return words


def _name(word: str) -> str:
    return word.strip('"').lower()


def _columns_set(words: list[str]) -> frozenset[str]:
    """The columns in `SET a = …, b = …`."""
    if not words or "set" not in words:
        raise Usage("The columns of this statement are not clear.")
    depth, expecting, columns = 0, True, set()
    for word in words[words.index("set") + 1 :]:
        if depth == 0 and word in _END_OF_SET:
            break
        if expecting and word == "(":
            raise Usage("Set columns one by one.")
        if expecting:
            columns.add(_name(word))
            expecting = False
        depth += sum(map(word.count, "([{")) - sum(map(word.count, ")]}"))
        expecting = expecting or (depth == 0 and word == ",")
    return frozenset(columns)

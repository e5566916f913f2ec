"""Who may import whom. Judging needs no database, clock or user; keeping has no opinion about platelets."""

import ast
import re
import sys

import pytest

from tests.house import tree

ADJUDICATION = tree.under("adjudication/", ends=".py")
REGISTRY = tree.under("registry/", ends=".py")
SCREENS = tree.under("registry/screens/", ends=".py")
COMMANDS = tree.under("registry/cli/", ends=".py")
SERVICES = [name for name in REGISTRY if name not in SCREENS and name not in COMMANDS]
SHIPPED = tree.shipped()
STATEMENT = re.compile(
    r"\s*(select|insert|update|delete|create|with|alter|drop)\s.*\b(from|into|table|view|set)\b", re.I | re.S
)
SET_WORK = re.compile(r"\b(join|group by|over\s*\(|union|qualify)\b", re.I)


def test_judging_imports_only_the_standard_library_numpy_and_numba() -> None:
    allowed = sys.stdlib_module_names | {"numpy", "numba", "adjudication"}
    assert ADJUDICATION
    assert {name: more for name in ADJUDICATION if (more := tree.packages(name) - allowed)} == {}


def test_judging_never_asks_what_time_it_is() -> None:
    clocks = {"now", "utcnow", "today", "time", "monotonic"}
    asked = [
        (name, node.lineno, node.attr)
        for name in ADJUDICATION
        for node in tree.nodes(name)
        if isinstance(node, ast.Attribute) and node.attr in clocks
    ]
    assert asked == []
    assert [name for name in ADJUDICATION if tree.imports(name, "time")] == []


@pytest.mark.parametrize(
    ("library", "room"),
    [
        ("duckdb", ("registry/store/database.py", "registry/store/")),
        ("altair", ("registry/charts",)),
        ("streamlit", ("app.py", "registry/screens/")),
    ],
)
def test_one_room_only_imports_a_library(library: str, room: tuple[str, ...]) -> None:
    assert [name for name in SHIPPED if tree.imports(name, library) and not name.startswith(room)] == []


def test_a_service_knows_neither_screens_nor_command_line() -> None:
    foreign = ("registry.screens", "registry.cli", "click")
    assert SERVICES
    assert [(name, module) for name in SERVICES for module in foreign if tree.imports(name, module)] == []


def test_screens_and_command_line_are_brothers_who_never_import_each_other() -> None:
    """The front door alone knows both: it serves the pages, and carries out commands while it has the registry open."""
    assert not any(
        tree.imports(name, "registry.cli") for name in SCREENS if name in SHIPPED and name != "app.py"
    )
    assert COMMANDS
    assert not any(tree.imports(name, "registry.screens") for name in COMMANDS)


def test_shipped_code_never_imports_tests() -> None:
    ours = {"tests", "pytest", "hypothesis", "playwright"}
    assert SHIPPED
    assert {name: theirs for name in SHIPPED if (theirs := ours & tree.packages(name))} == {}


def test_no_sql_stands_in_a_screen_or_the_command_line() -> None:
    doors = [*SCREENS, *tree.under("app.py"), *COMMANDS]
    assert SCREENS
    assert [name for name in doors if tree.imports(name, "registry.sql")] == []
    assert [place for name in doors for place in statements(name)] == []


def test_set_work_stands_in_the_sql_folder_not_in_python() -> None:
    assert [place for name in SERVICES for place in statements(name) if SET_WORK.search(place[2])] == []


def statements(name: str) -> list[tuple[str, int, str]]:
    """The SQL statements of a file, with their lines."""
    return [(name, line, text) for line, text in tree.strings(name) if STATEMENT.match(text)]

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


@pytest.mark.parametrize("name", ADJUDICATION)
def test_judging_imports_only_the_standard_library_numpy_and_numba(name: str) -> None:
    allowed = sys.stdlib_module_names | {"numpy", "numba", "adjudication"}
    assert tree.packages(name) <= allowed


@pytest.mark.parametrize("name", ADJUDICATION)
def test_judging_never_asks_what_time_it_is(name: str) -> None:
    asked = {
        node.attr
        for node in ast.walk(tree.tree(name))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today", "time", "monotonic"}
    }
    assert not asked
    assert not tree.imports(name, "time")


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


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_knows_neither_screens_nor_command_line(name: str) -> None:
    assert not tree.imports(name, "registry.screens")
    assert not tree.imports(name, "registry.cli")
    assert not tree.imports(name, "click")


def test_screens_and_command_line_are_brothers_who_never_import_each_other() -> None:
    assert not any(tree.imports(name, "registry.cli") for name in [*SCREENS, "app.py"] if name in SHIPPED)
    assert COMMANDS
    assert not any(tree.imports(name, "registry.screens") for name in COMMANDS)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_code_never_imports_tests(name: str) -> None:
    assert not {"tests", "pytest", "hypothesis", "playwright"} & tree.packages(name)


@pytest.mark.parametrize("name", [*SCREENS, *tree.under("app.py"), *COMMANDS])
def test_no_sql_stands_in_a_screen_or_the_command_line(name: str) -> None:
    assert not tree.imports(name, "registry.sql")
    assert [(line, text) for line, text in tree.strings(name) if STATEMENT.match(text)] == []


@pytest.mark.parametrize("name", SERVICES)
def test_set_work_stands_in_the_sql_folder_not_in_python(name: str) -> None:
    found = [
        (line, text) for line, text in tree.strings(name) if STATEMENT.match(text) and SET_WORK.search(text)
    ]
    assert found == []

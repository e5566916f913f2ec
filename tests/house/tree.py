"""The checkout as the house rules see it: its files, and what each Python file imports and spells out."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


@cache
def files() -> tuple[str, ...]:
    """Every file that belongs to the project, by its path from the top: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(sorted(name for name in listed.stdout.splitlines() if (CHECKOUT / name).is_file()))


def under(*starts: str, ends: str = "") -> list[str]:
    return [name for name in files() if name.startswith(starts) and name.endswith(ends)]


def shipped() -> list[str]:
    """The Python files that a user gets."""
    return under("registry/", "adjudication/", "app.py", ends=".py")


def read(name: str) -> str:
    return (CHECKOUT / name).read_text("utf-8")


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(read(name), name)


@cache
def nodes(name: str) -> tuple[ast.AST, ...]:
    """Every node of a file, walked once."""
    return tuple(ast.walk(tree(name)))


@cache
def imported(name: str) -> frozenset[str]:
    """Dotted names of all that a file imports, wherever in it; `from a import b` gives a and a.b."""
    found: set[str] = set()
    for node in nodes(name):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def imports(name: str, module: str) -> bool:
    """Whether the file imports `module` or anything inside it."""
    return any(found == module or found.startswith(f"{module}.") for found in imported(name))


def packages(name: str) -> set[str]:
    """The top-level packages that a file imports."""
    return {found.partition(".")[0] for found in imported(name)}


@cache
def strings(name: str) -> tuple[tuple[int, str], ...]:
    """Line and text of every string that is not a docstring; the fixed parts of an f-string joined."""
    return tuple(_strings(name))


def _strings(name: str) -> Iterator[tuple[int, str]]:
    docstrings = {
        id(node.body[0].value)
        for node in nodes(name)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in nodes(name) if isinstance(node, ast.JoinedStr) for part in node.values}
    passed_over = docstrings | inside
    for node in nodes(name):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
            yield node.lineno, text
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed_over:
            yield node.lineno, node.value

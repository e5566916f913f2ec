"""The map of the rooms in registry/README.md, drawn from the imports by `python -m tests.house.room_map`."""

import ast
import tomllib
from collections import Counter

import grimp

from tests.house.tree import CHECKOUT, read

README = CHECKOUT / "registry" / "README.md"
BEGIN, END = "<!-- map -->\n", "<!-- end of map -->\n"


def rooms() -> list[str]:
    """The rooms from the top down, in the order of the contract in pyproject.toml."""
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    [layers] = [one["layers"] for one in contracts if one["id"] == "rooms"]
    return [room for layer in layers for room in layer.split(" | ")]


def drawn() -> str:
    """A table with a line for each room: what it is for, how many files it has, and which rooms it imports."""
    graph = grimp.build_graph("registry", "adjudication", cache_dir=None)
    order = rooms()
    lines = ["| room | what it is for | files | imports |", "| --- | --- | ---: | --- |"]
    for room in order:
        files = [name for name in graph.modules if f"{name}.".startswith(f"registry.{room}.")]
        used = Counter(
            _room(imported)
            for name in files
            for imported in graph.find_modules_directly_imported_by(name)
            if _room(imported) != room
        )
        named = ", ".join(one for one in [*order, "adjudication"] if one in used)
        lines.append(f"| `{room}` | {_purpose(room)} | {len(files)} | {named} |")
    return "\n".join(lines) + "\n"


def _room(module: str) -> str:
    package, _, inside = module.partition(".")
    return package if package == "adjudication" else inside.partition(".")[0]


def _purpose(room: str) -> str:
    """The first sentence of the room's own docstring."""
    folder = CHECKOUT / "registry" / room
    name = f"registry/{room}/__init__.py" if folder.is_dir() else f"registry/{room}.py"
    docstring = ast.get_docstring(ast.parse(read(name))) or ""
    return docstring.split("\n")[0].rstrip(".")


def in_readme() -> str:
    """The map as it is in the README now."""
    return read("registry/README.md").partition(BEGIN)[2].partition(END)[0]


if __name__ == "__main__":
    before, _, rest = read("registry/README.md").partition(BEGIN)
    README.write_text(before + BEGIN + drawn() + END + rest.partition(END)[2], "utf-8")

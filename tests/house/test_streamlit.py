"""Streamlit keeps no promise about names that it does not publish: all that are used stand in one file."""

import ast
import re
import tomllib
import types

import pytest
import streamlit

from tests.house import tree

ROOM = "registry/screens/streamlit_private.py"
PUBLISHED = {"streamlit.testing.v1", "streamlit.components.v1", "streamlit.column_config"}
"""The modules below `streamlit` that its documentation tells people to import."""
_NAMED = re.compile(r"streamlit\.\w|_streamlit|_stcore\.")


def private_names(source: str) -> list[tuple[int, str]]:
    """Line and text of whatever is used of Streamlit, or of an object that may be Streamlit's, without being public."""
    found = []
    whole = ast.parse(source)
    aliases = {
        alias.asname or alias.name
        for node in ast.walk(whole)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "streamlit"
    }
    own = {node.name for node in ast.walk(whole) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(whole):
        if isinstance(node, ast.Import):
            found += [(node.lineno, one.name) for one in node.names if not _public(one.name)]
        elif isinstance(node, ast.ImportFrom) and not _public(str(node.module)):
            found.append((node.lineno, str(node.module)))
        elif isinstance(node, ast.ImportFrom) and node.module == "streamlit":
            found += [(node.lineno, one.name) for one in node.names if not _published(one.name)]
        elif (
            isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases
        ):
            found += [] if _published(node.attr) else [(node.lineno, node.attr)]
        elif isinstance(node, ast.Attribute) and re.match(r"_(?!_)", node.attr):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            found += [] if owner in ("self", "cls") or node.attr in own else [(node.lineno, node.attr)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAMED.match(node.value):
            found.append((node.lineno, node.value))
    return found


def _public(module: str) -> bool:
    return not module.startswith("streamlit.") or module in PUBLISHED


def _published(name: str) -> bool:
    held = getattr(streamlit, name, None)
    inner = isinstance(held, types.ModuleType) and f"streamlit.{name}" not in PUBLISHED
    return not name.startswith("_") and not inner


def test_every_private_name_of_streamlit_stands_in_one_file() -> None:
    sources = [name for name in tree.under("registry/screens/", "app.py", ends=".py") if name != ROOM]
    assert len(sources) > 50
    assert {name: names for name in sources if (names := private_names(tree.read(name)))} == {}
    assert private_names(tree.read(ROOM)), "nothing private is left: the file and the pin can go"


@pytest.mark.parametrize(
    "line",
    [
        "from streamlit.runtime import get_instance",
        "import streamlit.runtime.scriptrunner",
        "import streamlit as st\nst._main",
        "import streamlit\nstreamlit.runtime.exists()",
        "from streamlit import runtime",
        "from streamlit import _main",
        "def f(found):\n    return found.session._user_info",
        'name = "streamlit.error_util"',
        'name = "_streamlit_user"',
    ],
)
def test_a_private_name_is_recognised(line: str) -> None:
    assert len(private_names(line)) == 1


def test_what_streamlit_publishes_is_no_private_name() -> None:
    assert private_names("import streamlit as st\nst.context.theme.type\nst.column_config.TextColumn()") == []
    assert private_names("from streamlit.testing.v1 import AppTest") == []


def test_streamlit_is_held_at_the_locked_minor_version() -> None:
    locked = re.search(r"^streamlit==(\d+)\.(\d+)\.", tree.read("requirements.lock"), re.M)
    assert locked
    major, minor = int(locked[1]), int(locked[2])
    wanted = tomllib.loads(tree.read("pyproject.toml"))["project"]["dependencies"]
    assert f"streamlit[auth]>={major}.{minor},<{major}.{minor + 1}" in wanted

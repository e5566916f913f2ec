"""Every page draws through the guard: a new element of Streamlit is looked at before a page uses it."""

import ast

from streamlit.delta_generator import DeltaGenerator

from registry.screens import texts
from tests.house import tree

LAID_OUT = {
    "columns",
    "container",
    "grid",
    "form",
    "empty",
    "fragment",
    "sidebar",
    "divider",
    "space",
    "rerun",
}
"""They lay out and hold no text."""
SEEN_TO = {"vega_lite_chart", "pagination", "html", "toast"}
"""A chart is drawn from a spec (`charts.sent`); HTML is escaped where it is made; `guard` wraps the toast by itself."""
SCREENS = tree.under("registry/screens/", ends=".py")


def elements(name: str) -> set[str]:
    return {
        node.func.attr
        for node in tree.nodes(name)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "st"
        and hasattr(DeltaGenerator, node.func.attr)
    }


def test_every_element_that_a_page_draws_is_guarded() -> None:
    used = {name: elements(name) - LAID_OUT - SEEN_TO for name in SCREENS}
    assert {name: left for name, found in used.items() if (left := found - set(texts._ELEMENTS))} == {}


def test_charts_are_drawn_only_with_what_may_be_sent() -> None:
    drawn = [
        ast.unparse(keyword.value)
        for name in SCREENS
        for node in tree.nodes(name)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("vega_lite_chart")
        for keyword in node.keywords
        if keyword.arg == "spec"
    ]
    assert drawn
    assert all(spec.startswith("as_sent(") for spec in drawn), drawn


def test_no_choice_is_offered_by_its_place() -> None:
    """A list of numbers in place of options chooses whatever stands there when the click comes."""
    lists = ("selectbox", "radio", "pills", "segmented_control", "multiselect", "menu_button")
    by_place = [
        f"{name}:{node.lineno}"
        for name in SCREENS
        for node in tree.nodes(name)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in lists
        for argument in node.args[1:2]
        if "range(" in ast.unparse(argument) or "enumerate(" in ast.unparse(argument)
    ]
    assert by_place == []

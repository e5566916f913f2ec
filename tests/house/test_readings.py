"""Where a publication is silent the choice has a name, once, and whatever cites the name finds it."""

import re
import tomllib
from collections import Counter

import pytest

from tests.house import tree

PUBLISHED = tree.under("adjudication/published/", ends=".toml")
NAME = re.compile(r"\b(?:DEF|READ)[-_][A-Z]+[-_]\d\d\b")


def readings(name: str) -> list[dict[str, str]]:
    found = tomllib.loads(tree.read(name)).get("reading", [])
    assert isinstance(found, list)
    return found


def cited(name: str) -> set[str]:
    return {found.replace("_", "-") for found in NAME.findall(tree.read(name))}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_reading_stands_once_in_a_file_and_says_what_it_asks_what_we_do_and_why(name: str) -> None:
    ids = Counter(reading["id"] for reading in readings(name))
    assert [reading for reading, times in ids.items() if times > 1] == []
    for reading in readings(name):
        assert NAME.fullmatch(reading["id"])
        assert {"asks", "we", "because"} <= reading.keys()


def test_a_reading_that_two_files_share_says_the_same_in_both() -> None:
    said: dict[str, set[str]] = {}
    for name in PUBLISHED:
        for reading in readings(name):
            said.setdefault(reading["id"], set()).add(reading["we"])
    assert [reading for reading, answers in said.items() if len(answers) > 1] == []


def test_every_reading_that_the_code_cites_is_declared() -> None:
    declared = {reading["id"] for name in PUBLISHED for reading in readings(name)}
    places = [*tree.shipped(), *PUBLISHED, *tree.under("sql/", ends=".sql")]
    dangling = {name: sorted(cited(name) - declared) for name in places if cited(name) - declared}
    assert dangling == {}

"""Every set operation is a file that a database person reads: its header says what one row is, and whence."""

import re

import pytest

from tests.house import tree


@pytest.mark.parametrize("name", tree.under("sql/views/", "sql/queries/", "sql/checks/", ends=".sql"))
def test_a_header_says_grain_source_and_caveat(name: str) -> None:
    header = re.match(r"(?:--.*\n)+", tree.read(name))
    assert header, "begin with a comment"
    assert [word for word in ("grain", "source", "caveat") if word not in header[0].lower()] == []


@pytest.mark.parametrize("name", tree.under("sql/", ends=".sql"))
def test_a_file_name_is_a_noun_in_lower_case(name: str) -> None:
    assert re.fullmatch(r"sql/(migrations/\d{4}_[a-z_]+|(views|queries|checks)/[a-z0-9_]+)\.sql", name)

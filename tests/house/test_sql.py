"""Every set operation is a file that a database person reads: its header says what one row is, and whence."""

import re

from tests.house import tree


def test_a_header_says_grain_source_and_caveat() -> None:
    missing = {}
    for name in tree.under("sql/views/", "sql/queries/", "sql/checks/", ends=".sql"):
        header = re.match(r"(?:--.*\n)+", tree.read(name))
        words = header[0].lower() if header else ""
        missing[name] = [word for word in ("grain", "source", "caveat") if word not in words]
    assert missing
    assert {name: words for name, words in missing.items() if words} == {}


def test_a_file_name_is_a_noun_in_lower_case() -> None:
    place = re.compile(r"sql/(migrations/\d{4}_[a-z_]+|(views|queries|checks)/[a-z0-9_]+)\.sql")
    names = tree.under("sql/", ends=".sql")
    assert names
    assert [name for name in names if not place.fullmatch(name)] == []

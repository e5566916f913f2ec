"""TOML that somebody brings is read in bounded time, and everything that is wrong in it is one kind of error."""

import time
from contextlib import suppress
from decimal import Decimal

import pytest

from adjudication.toml_text import MOST_CHARACTERS, MOST_PARTS, NotToml, read_toml

SECONDS = 8
"""Far more than any of these takes on a machine with nothing else to do; the library alone takes minutes."""


def test_what_is_written_is_read() -> None:
    assert read_toml('a = 1\n[b."c.d"]\ne = 2.50', parse_float=Decimal) == {
        "a": 1,
        "b": {"c.d": {"e": Decimal("2.50")}},
    }


@pytest.mark.parametrize("part", ["a", '"a"', "'a'", r'"\""', '"a.b"', '"😀"'])
@pytest.mark.parametrize("dot", [".", " . ", "\t."])
@pytest.mark.parametrize("key", ["{} = 1", "[{}]", "[[{}]]", "t = {{ {} = 1 }}"])
def test_a_key_has_few_parts(part: str, dot: str, key: str) -> None:
    read_toml(key.format(dot.join([part] * MOST_PARTS)))
    with pytest.raises(NotToml, match=f"at most {MOST_PARTS} parts"):
        read_toml(key.format(dot.join([part] * (MOST_PARTS + 1))))


def test_the_line_of_a_fault_is_given() -> None:
    for text in (f"a = 1\n\n{'b.' * 20}c = 1", "a = 1\n\nb = ]"):
        with pytest.raises(NotToml) as error:
            read_toml(text)
        assert error.value.line == 3
        assert "(line 3)" in str(error.value)


HOSTILE = {
    "a dotted key": ".".join(["a"] * (MOST_CHARACTERS // 2)) + "=1",
    "a dotted table": "[" + ".".join(["a"] * (MOST_CHARACTERS // 2 - 1)) + "]",
    "many long keys": "".join(f"{n}{'.a' * (MOST_PARTS - 1)}=1\n" for n in range(9_000)),
    "many long tables": "".join(f"[{n}{'.a' * (MOST_PARTS - 1)}]\n" for n in range(9_000)),
    "a long word": "a" * MOST_CHARACTERS,
    "quotes": '"' * MOST_CHARACTERS,
    "other quotes": "'" * MOST_CHARACTERS,
    "quotes that do not close": '"a' * (MOST_CHARACTERS // 2),
    "backslashes": '"' + "\\" * (MOST_CHARACTERS - 1),
    "dots": "a" + " ." * (MOST_CHARACTERS // 2 - 1),
    "spaces": "a" + " " * (MOST_CHARACTERS - 1),
    "arrays in arrays": "a = " + "[" * 50_000,
    "tables in tables": "a = " + "{b=" * 5_000 + "1" + "}" * 5_000,
    "a number of many digits": "a = " + "9" * 6_000,
    "a power that is none": "a = 1e99999999999999999999",
    "no date": "a = 2026-02-31",
    "keys twice": "a = 1\na = 2",
    "too much": " " * (MOST_CHARACTERS + 1),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_ends_soon_and_in_words(text: str) -> None:
    began = time.process_time()
    with suppress(NotToml):
        read_toml(text, parse_float=Decimal)
    assert time.process_time() - began < SECONDS

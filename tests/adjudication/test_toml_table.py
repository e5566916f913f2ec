"""A settings file is read strictly: every fault is reported at once, with its line, its table and what is expected."""

from decimal import Decimal
from enum import StrEnum

import pytest

from adjudication.toml_table import MOST_SET_ASIDE, Table, Unfit, nearest, published, tables_of


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


GOOD = """\
title = "ours"

[limits]
days = 7
factor = "1.5"
colors = ["red", "blue"]

[[box]]
id = "small"
color = "red"
inner = { deep = 1 }

[[box.lid]]
wide = true

[[box.lid]]
wide = false

[[box]]
id = "large"
color = "blue"
inner = { deep = 2 }

[[box.lid]]
wide = true
"""


def read(text: str) -> dict[str, object]:
    """Everything that such a file holds. Raises Unfit with all its faults."""
    top = tables_of("ours.toml", text)
    limits = top.table("limits")
    found: dict[str, object] = {
        "title": top.take("title", str),
        "days": limits.number("days", 1, 31),
        "factor": limits.decimal("factor"),
        "colors": limits.words("colors", Color),
        "boxes": [_box(box) for box in top.tables("box")],
    }
    top.finish()
    return found


def _box(box: Table) -> tuple[object, ...]:
    inner = box.table("inner")
    return (
        box.take("id", str),
        box.word("color", Color),
        inner.take("deep", int),
        [lid.take("wide", bool) for lid in box.tables("lid")],
    )


def faults(text: str) -> list[str]:
    with pytest.raises(Unfit) as unfit:
        read(text)
    assert str(unfit.value) == "\n".join(f"ours.toml, {fault}" for fault in unfit.value.faults)
    return [str(fault) for fault in unfit.value.faults]


def changed(*changes: tuple[str, str]) -> str:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_what_is_written_is_read_with_its_kind() -> None:
    assert read(GOOD) == {
        "title": "ours",
        "days": 7,
        "factor": Decimal("1.5"),
        "colors": {Color.RED, Color.BLUE},
        "boxes": [("small", Color.RED, 1, [True, False]), ("large", Color.BLUE, 2, [True])],
    }


def test_five_faults_are_reported_at_once_each_with_its_line_and_table() -> None:
    text = changed(
        ('title = "ours"', "title = 3"),
        ("days = 7", "days = 77"),
        ('"blue"]', '"blu"]'),
        ("deep = 1", "deeep = 1, deep = 1"),
        ('color = "blue"', 'color = "bleu"'),
    )
    assert faults(text) == [
        "line 1: title must be text, not 3",
        "line 4, limits: days must be 31 or less, not 77",
        "line 6, limits: colors knows red, blue, not blu",
        "line 11, box small: inner: unknown deeep; did you mean deep?",
        "line 21, box large: color must be one of red, blue, not 'bleu'",
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('title = "ours"\n', "", "title is missing"),
        ('factor = "1.5"\n', "", "line 3, limits: factor is missing"),
        ('factor = "1.5"', 'factor = "1,5"', "line 5, limits: factor: '1,5' is not a number"),
        ('factor = "1.5"', 'factor = "nan"', "line 5, limits: factor: 'nan' is not a number"),
        ('factor = "1.5"', "factor = 1.5", "line 5, limits: factor must be text, not 1.5"),
        ("days = 7", "days = true", "line 4, limits: days must be a whole number, not True"),
        ("days = 7", "days = 0", "line 4, limits: days must be 1 or more, not 0"),
        ('["red", "blue"]', '["red", 3]', "line 6, limits: colors must be texts, not ['red', 3]"),
        ("inner = { deep = 1 }", "inner = 1", "line 11, box small: inner must be a table, not 1"),
        ("wide = false", "wide = 0", "line 17, box small: lid 2: wide must be true or false, not 0"),
        ("wide = true\n\n[[box.lid]]\nwide = false", "", "line 13, box small: lid 1: wide is missing"),
        ('title = "ours"', 'title = "ours"\nbox_lid = 1', "line 2: unknown box_lid; did you mean box?"),
        ("days = 7", "days = 7\nzzz = 1", "line 5, limits: unknown zzz; there are colors, days, factor"),
        ("days = 7", 'days = 7\n"days!" = 1', "line 5, limits: unknown days!; did you mean days?"),
        ("days = 7", "days = 7\ndays = 8", "line 5, limits: days is given twice"),
        ("days = 7", "days = seven", "line 4, limits: not TOML: Invalid value"),
    ],
)
def test_a_fault_has_its_line_its_table_and_what_is_expected(old: str, new: str, fault: str) -> None:
    assert faults(changed((old, new))) == [fault]


def test_the_same_header_further_down_is_found_on_its_own_line() -> None:
    last = GOOD.rindex("wide = true")
    assert faults(GOOD[:last] + "wide = 1\n") == [
        "line 25, box large: lid 1: wide must be true or false, not 1"
    ]


def test_lines_that_are_no_toml_or_give_a_key_again_hide_no_other_fault() -> None:
    text = changed(
        ('title = "ours"', "title = ours"),
        ("days = 7", "days = 7\ndays = 8"),
        ('factor = "1.5"', "factor = 1O5"),
        ("deep = 2", "deep = true"),
    )
    assert faults(text) == [
        "line 1: not TOML: Invalid value",
        "line 5, limits: days is given twice",
        "line 6, limits: not TOML: Expected newline or end of document after a statement",
        "line 23, box large: inner: deep must be a whole number, not True",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[limits\n", "line 1: not TOML"),
        ("[limits]\n[limits]\n", "line 2: limits is given twice"),
        ("title = [\n", "not TOML"),
        ('title = """\n', "not TOML"),
        ("title = 1\n= 2\n", "line 2: not TOML"),
        ("x = " + "[" * 50_000, "not TOML: Values are nested too deeply"),
    ],
)
def test_where_nothing_more_can_be_read_that_is_the_last_fault(text: str, fault: str) -> None:
    (only,) = faults(text)
    assert only.startswith(fault)


def test_a_text_that_is_no_settings_file_ends_after_few_lines() -> None:
    assert len(faults("\n".join(f"key{n} = word" for n in range(500)))) == MOST_SET_ASIDE


def test_the_nearest_word_is_the_one_that_was_meant() -> None:
    assert nearest("Tranfusion", ["transfusion", "exposure"]) == "transfusion"
    assert nearest("xyz", ["transfusion"]) is None


def test_a_published_file_is_named_in_its_faults() -> None:
    top = published("units")
    top.take("source", dict)
    with pytest.raises(Unfit, match=r"(?m)^units\.toml, line \d+: unknown jump; there are source$"):
        top.finish()

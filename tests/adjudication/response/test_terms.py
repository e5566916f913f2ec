"""One word, one thing: codes, the words in files, and the words in the database are the same list."""

import re
from enum import IntFlag
from pathlib import Path

import pytest

from adjudication.response import terms
from adjudication.response.terms import (
    Flag,
    Predicate,
    Reading,
    Source,
    Step,
    Word,
    flag_words,
    reading_words,
)

MIGRATIONS = Path(__file__).parents[3] / "sql/migrations"
MIGRATION = "".join(
    (MIGRATIONS / name).read_text("utf-8") for name in ("0002_calls.sql", "0010_second_edition.sql")
)
WORDS = [kind for kind in vars(terms).values() if isinstance(kind, type) and issubclass(kind, Word)]


def stored(kind: str) -> dict[int, str]:
    """The words of a kind that the database knows, by code."""
    return {int(code): word for code, word in re.findall(rf"\('{kind}', (\d+), '(\w+)'\)", MIGRATION)}


@pytest.mark.parametrize(("kind", "words"), [("step", Step), ("source", Source), ("predicate", Predicate)])
def test_evidence_has_the_same_words_here_and_in_the_database(kind: str, words: type[Word]) -> None:
    assert stored(kind) == {int(one): one.word for one in words}


def test_the_table_of_calls_names_every_level_and_status_and_no_other() -> None:
    def checked(column: str) -> set[str]:
        found = re.search(rf"{column} IN \(([^)]*)\)", MIGRATION)
        assert found is not None, column
        return set(re.findall(r"'(\w+)'", found[1]))

    assert checked("best_response") == {level.word for level in terms.Level}
    assert checked("duration_status") == {status.word for status in terms.DurationStatus}


@pytest.mark.parametrize("kind", [kind for kind in WORDS if kind is not Word], ids=lambda kind: kind.__name__)
def test_codes_run_from_zero_and_every_word_has_a_definition(kind: type[Word]) -> None:
    assert [int(one) for one in kind] == list(range(len(kind)))
    assert [one.name for one in kind if not one.definition and one.name != "NONE"] == []


@pytest.mark.parametrize("mask", [Flag, Reading])
def test_flags_are_single_bits_in_the_order_in_which_files_list_them(mask: type[IntFlag]) -> None:
    assert [int(one) for one in mask] == [1 << place for place in range(len(mask))]
    assert [one.name for one in Flag] == sorted(str(one.name) for one in Flag)


def test_masks_are_written_as_joined_words() -> None:
    assert flag_words(0) == ""
    assert flag_words(Flag.UNCONFIRMED | Flag.LATE_RESPONSE) == "late_response;unconfirmed"
    assert reading_words(Reading.DEF_LINE_03 | Reading.DEF_ITP_01) == "DEF-ITP-01;DEF-LINE-03"

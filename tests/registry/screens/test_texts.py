"""What people type is drawn letter by letter; what a page writes itself never leads away from it."""

import re

import pytest

from registry.screens.texts import Marked, as_markdown, labels_of, letters, plain

HOSTILE = (
    "[Sign in again](https://evil.invalid/a)",
    "![seen](https://evil.invalid/pixel.png)",
    "<https://evil.invalid/b>",
    "https://evil.invalid/c and www.evil.invalid and me@evil.invalid",
    "**bold** _aslant_ ~~struck~~ `code`",
    "$x^2$ and $$y$$",
    ":material/home: :smile: :red[x] :red-badge[y] :red",
    "<b onclick='x'>html</b> &lt;b&gt;",
    "# heading\n- item\n1. first\n> quoted\n===\n---\n    code",
    "a|b\n---|---\nc|d",
    "[^1]\n\n[^1]: note",
    "\ue001[x](https://evil.invalid/d)\ue000",
)
# Streamlit reads these in the text that is left after backslashes were taken away, so they are searched there.
AFTER_BACKSLASHES = re.compile(r"https?:/|www\.|\w@\w|:[a-z]+[:/\[]|:(red|green)\b")
# And these before it.
UNESCAPED = re.compile(r"(?<!\\)[\[\]`$]|(?<!\\)\*\*|(?<!\\)~|<|(?m:^(#|- |\d+\. |>|=|--))")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "given", [str, plain, lambda text: Marked(plain(text)), lambda text: f"{plain(text)}"]
)
def test_nothing_typed_is_left_to_be_read_as_markdown(text: str, given: object) -> None:
    drawn = as_markdown(given(text))  # type: ignore[operator]
    assert not UNESCAPED.search(drawn), drawn
    assert not AFTER_BACKSLASHES.search(drawn.replace("\\", "")), drawn
    assert not re.search("[\ue000\ue001\ue002]", drawn)


@pytest.mark.parametrize("text", HOSTILE[:4])
def test_even_a_pages_own_markdown_leads_nowhere_else(text: str) -> None:
    drawn = as_markdown(f"**ours** {text}", own=True)
    assert "**ours**" in drawn
    assert not re.search(r"(?<!\\)\]\((?!#)|(?<!\\)!\[|https?:/|www\.|\w@\w|<http", drawn), drawn


def test_a_page_keeps_its_emphasis_badges_icons_and_ways_within_the_page() -> None:
    ours = ":red-badge[:material/help: open] **bold** :gray[quiet] [rule](#rule-1) at 10:30"
    assert as_markdown(Marked(ours)) == ours


def test_ordinary_words_stay_as_they_are() -> None:
    for words in (
        "Undo (until 10:05)",
        "Reason for the withdrawal *",
        "0.5 ×10⁹/L",
        "site north-2, 31 - 40",
        "a_b_c",
    ):
        assert as_markdown(words) == words


def test_labels_that_are_alike_are_told_apart_by_their_own_names() -> None:
    options = ["O1", "O2", "O3"]
    labels = labels_of(options, lambda name: "31 on 3 Feb" if name != "O3" else "40")
    assert [letters(label) for label in labels] == ["31 on 3 Feb (O1)", "31 on 3 Feb (O2)", "40"]
    assert (
        len(
            {
                letters(label)
                for label in labels_of(["a", "a (b)", "b"], {"a": "a", "a (b)": "a (b)", "b": "a"}.get)
            }
        )
        == 3
    )


def test_a_quoted_text_keeps_the_space_before_it_and_begins_no_piece_of_code() -> None:
    assert as_markdown(f"`nadir`{plain(' does')} it", own=True) == "`nadir` does it"
    for text in ("    code", "\t\tcode", "\n      code"):
        for own in ("", "- ", "so\n", "- a\n"):
            assert not re.search(r"(?m)(^|- )(\s{4}|\t)", as_markdown(f"{own}{plain(text)}", own=True))


@pytest.mark.parametrize(
    "ours",
    [
        "type `<5` or `45 K/uL`",
        "open `https://nadir.hospital.example`, a@b.example",
        "```\nnadir serve --sign-in a@b.toml <FILE>\n```\nthen",
    ],
)
def test_code_that_people_copy_stays_as_it_is(ours: str) -> None:
    code = re.findall(r"```\n.*?\n```|`[^`]+`", ours, re.S)
    assert code
    assert all(one in as_markdown(Marked(ours)) for one in code)


@pytest.mark.parametrize(
    "other", ["\\`<b>`", "`<b>``", "``<b>`", "`<b>\n`", "a ```<b>````", "```x\n\n<b>```", "```\n<b>"]
)
def test_what_only_looks_like_code_is_escaped(other: str) -> None:
    assert "<b>" not in as_markdown(other, own=True)

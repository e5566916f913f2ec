"""The guides say what is true: every command, page and file that they name is there."""

import re
from pathlib import Path

import pytest

from registry.cli import main
from registry.errors import Usage
from registry.help import FOLDER, TOPICS, guide, guides
from registry.screens.catalogue import SCREENS
from tests.registry.conftest import Run

CHECKOUT = Path(__file__).parents[2]


def test_every_guide_is_listed_and_has_a_title_and_a_text() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.md")) == sorted(TOPICS)
    assert all(one.title and len(one.text) > 500 for one in guides())


@pytest.mark.parametrize("topic", TOPICS)
def test_every_command_that_a_guide_names_exists(topic: str) -> None:
    named = set(re.findall(r"\bnadir ([a-z][a-z-]+)", guide(topic).text))
    assert named
    assert named <= main.commands.keys()


@pytest.mark.parametrize("topic", TOPICS)
def test_every_file_that_a_guide_names_exists(topic: str) -> None:
    named = re.findall(r"`((?:adjudication|registry|sql)/[^` ]*)`", guide(topic).text)
    assert [name for name in named if not (CHECKOUT / name).exists()] == []


@pytest.mark.parametrize("topic", TOPICS)
def test_every_page_that_a_guide_names_exists(topic: str) -> None:
    named = re.findall(r"[Pp]age (?:is )?\*+([A-Z][^*]*)\*+|[Pp]age ([A-Z][a-z]+)", guide(topic).text)
    titles = {screen.title.lower() for screen in SCREENS}
    assert {(one or other).replace("\n", " ").lower() for one, other in named} <= titles


def test_the_command_lists_the_guides_and_prints_one(run: Run) -> None:
    listed = run("help")
    assert listed.exit_code == 0
    assert [line.split()[2] for line in listed.stdout.splitlines()] == list(TOPICS)
    assert run("help", "work-the-list").stdout.startswith("# Work the list\n")


def test_an_unknown_topic_names_those_there_are(run: Run) -> None:
    refused = run("help", "nothing")
    assert refused.exit_code == 2
    assert "log-a-course" in refused.stderr
    with pytest.raises(Usage, match="run-the-server"):
        guide("../../README")

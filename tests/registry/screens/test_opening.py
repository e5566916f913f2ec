"""The page Open cases: what would be opened and why, opening it once, and who has it not."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from registry import review
from registry.screens.session import open_registry
from tests.conftest import NOW, Clock
from tests.registry.reviewing import judged
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_pages import said, sound


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Judged courses of which one call is challenged; no case yet."""
    path = tmp_path / "opening.duckdb"
    with judged(path, Clock(NOW)) as house:
        review.challenge(house.db, house.who("nurse"), "C4", "Is that so?")
    return path


def button(at: AppTest) -> Any:
    (found,) = (one for one in at.button if one.label.startswith("Open "))
    return found


def reasons(at: AppTest) -> dict[str, int]:
    return dict(at.dataframe[0].value.itertuples(index=False))


def test_it_says_what_would_be_opened_and_why_and_opens_nothing(opened: Open, path: Path) -> None:
    at = sound(opened(path, "opening", as_="manager"))
    assert reasons(at)["A nurse or clinician challenged the call"] == 1
    told = said(at)
    assert "With the first opening a random 10% of the" in told
    assert "No case is without a decision" in told
    assert "cannot tell an uncertain call from a random one" in told
    assert "and the random sample" in button(at).label
    assert open_registry().rows("SELECT count(*) FROM review_case") == [(0,)]


def test_cases_are_opened_once_and_it_is_told_what_was_opened(opened: Open, path: Path) -> None:
    at = sound(opened(path, "opening", as_="manager"))
    wanted = int(at.metric[0].value)
    at = sound(button(at).click().run())
    told = said(at)
    assert "opened** at " in told
    assert "- A nurse or clinician challenged the call: 1" in told
    assert int(at.metric[2].value) >= wanted
    assert at.metric[0].value == "0"
    assert not [one for one in at.button if one.label.startswith("Open ")], "nothing is left to be opened"


def test_a_data_cut_is_typed_as_everywhere_and_what_began_later_waits(opened: Open, path: Path) -> None:
    at = sound(opened(path, "opening", as_="manager"))
    at = sound(at.text_input(key="opening cut").input("1/1/25").run())
    assert at.metric[0].value == "0"
    at = at.text_input(key="opening cut").input("32/1/25").run()
    assert len(at.error) == 1
    assert not [one for one in at.button if one.label.startswith("Open ")]


@pytest.mark.parametrize("name", ["nurse", "clinician", "reader-1", "reading-manager"])
def test_nobody_else_has_the_page(opened: Open, path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="opening"):
        opened(path, "opening", as_=name)


def test_an_empty_registry_has_nothing_to_open(opened: Open, empty_path: Path) -> None:
    assert "No call needs review now" in said(sound(opened(empty_path, "opening")))


# A call that is challenged on the page of its patient


def challenge(at: AppTest, reason: str) -> AppTest:
    (field,) = (one for one in at.text_area if one.label.startswith("Reason for the challenge"))
    at = field.input(reason).run()
    (send,) = (one for one in at.button if one.label == "Challenge")
    return send.click().run()


def test_a_clinician_challenges_a_call_and_it_stands_there_with_what_follows(
    opened: Open, path: Path
) -> None:
    at = sound(opened(path, "patient", as_="clinician", patient="P1", course="C1"))
    at = challenge(at, " ")
    assert "Give the reason for the challenge" in at.error[0].value.replace("\\", "")
    at = sound(challenge(at, "The second count was clumped"))
    told = said(at)
    assert "Your challenge was saved. The next opening of cases sends it to two readers" in told
    assert "clinician challenged this call on" in told
    assert "The second count was clumped" in told
    at = sound(opened(path, "opening", as_="manager"))
    assert reasons(at)["A nurse or clinician challenged the call"] == 2


def test_where_people_read_already_it_says_so_instead(opened: Open, path: Path) -> None:
    at = sound(opened(path, "opening", as_="manager"))
    sound(button(at).click().run())
    at = sound(opened(path, "patient", as_="nurse", patient="P3", course="C4"))
    assert "This course is already under review" in said(at)
    assert not [one for one in at.button if one.label == "Challenge"]


def test_who_may_not_challenge_is_not_offered_it(opened: Open, path: Path) -> None:
    at = sound(opened(path, "patient", as_="manager", patient="P1"))
    assert not [one for one in at.button if one.label == "Challenge"]

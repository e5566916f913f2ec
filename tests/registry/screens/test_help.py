"""The page Help opens at the guide of one's own work, and shows any other."""

from pathlib import Path

import pytest

from registry.help import TOPICS, guide
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_pages import said, sound


@pytest.mark.parametrize("topic", TOPICS)
def test_each_guide_has_an_address(opened: Open, cohort_path: Path, topic: str) -> None:
    at = sound(opened(cohort_path, "help", topic=topic))
    assert [one.value for one in at.header] == [guide(topic).title]
    assert f"nadir help {topic}" in said(at)


@pytest.mark.parametrize(
    ("account", "first"),
    [
        ("demo-nurse", "Log a course"),
        ("demo-adjudicator-1", "Read a case"),
        ("demo-clinician", "Read a cohort"),
    ],
)
def test_the_first_guide_is_that_of_the_role(
    opened: Open, cohort_path: Path, account: str, first: str
) -> None:
    at = sound(opened(cohort_path, "help", as_=account))
    assert [one.value for one in at.header] == [first]

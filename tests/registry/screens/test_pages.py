"""Every page on an empty registry and on the reference cohort, as a reader meets it."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from registry.record.trial import declare_test
from registry.store.database import Database
from tests.registry.screens.conftest import Open
from tests.templates import new_registry

PAGES = (None, "patient", "cohort")


def said(at: AppTest) -> str:
    """All words of a page."""
    parts = [*at.title, *at.header, *at.markdown, *at.caption, *at.info, *at.warning, *at.success, *at.error]
    return "\n".join(str(part.value) for part in parts)


def sound(at: AppTest) -> AppTest:
    """No page may break, and none may show an error."""
    assert [str(one.value) for one in at.exception] == []
    assert [str(one.value) for one in at.error] == []
    return at


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_an_empty_registry_says_what_to_do_next(
    opened: Open, empty_path: Path, page: str | None
) -> None:
    at = sound(opened(empty_path, page))
    assert "nadir import" in said(at)
    assert "Synthetic" not in said(at)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_demonstration_says_that_its_patients_are_invented(
    opened: Open, cohort_path: Path, page: str | None
) -> None:
    assert "Synthetic data" in said(sound(opened(cohort_path, page)))


@pytest.mark.parametrize("page", [None, "patient", "help"])
def test_every_page_of_a_test_registry_says_so_in_its_menu_and_of_no_other(
    opened: Open, empty_path: Path, tmp_path: Path, page: str | None
) -> None:
    path = tmp_path / "test" / "registry.duckdb"
    with new_registry(path) as db:
        declare_test(db, db.actor(None))
    at = sound(opened(path, page))
    assert "no real patients" in said(at)
    assert [str(part.value) for part in at.sidebar.warning] == ["**Test registry**"]
    assert "Test registry" not in said(sound(opened(empty_path, page)))


def test_a_registry_that_is_not_there_is_explained(opened: Open, tmp_path: Path) -> None:
    at = opened(tmp_path / "missing.duckdb")
    assert [str(one.value) for one in at.exception] == []
    assert "There is no registry at" in at.error[0].value
    assert "nadir init" in at.error[0].value


def test_a_registry_that_another_program_has_open_is_explained(opened: Open, empty_path: Path) -> None:
    with Database.open(empty_path):
        at = opened(empty_path)
    assert [str(one.value) for one in at.exception] == []
    assert len(at.error) == 1

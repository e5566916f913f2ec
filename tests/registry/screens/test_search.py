"""The search on the home page: one box, words in any order, each patient found a link."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.registry.screens import watched
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_home import links
from tests.registry.screens.test_pages import said, sound


def found(at: AppTest) -> dict[str, str]:
    """The patients listed, by pseudonym, with what the link leads to."""
    return {
        label.split("**")[1].replace("\\", ""): address
        for label, address in links(at).items()
        if label.startswith("**")
    }


def test_with_nothing_typed_the_patients_changed_last_are_listed(opened: Open, tmp_path: Path) -> None:
    at = sound(opened(watched.make(tmp_path / "watched.duckdb"), as_=watched.NURSE))
    assert list(found(at)) == ["SOON-1", "LATE-1", "NOW-1"]
    assert "Recently changed" in said(at)


def test_words_narrow_and_each_patient_is_a_link(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, as_="demo-nurse"))
    sound(at.text_input(key="search").input("evans steroid").run())
    names = found(at)
    assert names
    assert all(address == f"/patient?patient={name}" for name, address in names.items())
    label = next(label for label in links(at) if label.startswith("**"))
    assert "ITP \\+ AIHA" in label
    assert "course" in label
    assert "g/L" in label


def test_filters_narrow_what_was_typed(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, as_="demo-nurse"))
    sound(at.selectbox(key="search disease").set_value("evans").run())
    assert "6 patients match" in said(at)
    sound(at.multiselect(key="search classes").set_value(["RITUXIMAB", "TPO_RA"]).run())
    assert "6 patients match" not in said(at)


def test_a_search_without_a_match_says_how_to_widen_it(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, as_="demo-nurse"))
    sound(at.text_input(key="search").input("nobody at all").run())
    assert "No patient matches" in said(at)


def test_a_pasted_letter_is_answered_in_plain_words(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, as_="demo-nurse"))
    sound(
        at.text_input(key="search").input("dear colleague thank you for referring this patient to us").run()
    )
    assert "Search for at most 8 at a time" in said(at)


def test_signs_of_markup_are_searched_as_they_are(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, as_="demo-nurse"))
    sound(at.text_input(key="search").input("<b>*x*</b>").run())
    assert "No patient matches" in said(at)


def test_nobody_of_another_site_is_found(opened: Open, tmp_path: Path) -> None:
    at = sound(opened(watched.make(tmp_path / "watched.duckdb"), as_=watched.NURSE))
    sound(at.text_input(key="search").input("FINE").run())
    assert found(at) == {}

"""The front door in a real browser: a shared link, the form by keyboard, F5, signing out in every tab."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from registry import accounts
from tests.browser.conftest import SETTLED, Served, Visit, faults, serving, with_password
from tests.templates import new_registry

PASSWORD = "three quiet words"


@contextmanager
def fresh(chromium: Browser, width: int = 1200, scheme: str = "light") -> Iterator[Page]:
    """A page of a browser that nobody has used."""
    context = chromium.new_context(
        color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 900}
    )
    yield context.new_page()
    context.close()


def drawn(page: Page) -> Page:
    page.wait_for_function(SETTLED, timeout=60_000)
    return page


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """An empty registry as `nadir serve` serves it: its address, and the operator's one-time code."""
    path: Path = tmp_path_factory.mktemp("clinic") / "registry.duckdb"
    with new_registry(path) as database:
        code = accounts.first_code(database)
    with serving(path) as base:
        yield base, str(code)


def test_a_shared_link_asks_for_a_sign_in_and_then_shows_the_patient(
    chromium: Browser, served: Served
) -> None:
    with fresh(chromium) as page:
        page.goto(f"{served.base}/patient?patient=SYN-003")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert "SYN-003" not in page.content()
        page.get_by_role("button", name="Clinician").click()
        expect(page.get_by_role("heading", name=re.compile("SYN-003"))).to_be_visible(timeout=30_000)
        assert page.url == f"{served.base}/patient?patient=SYN-003"
        page.reload()
        expect(page.get_by_role("heading", name=re.compile("SYN-003"))).to_be_visible(timeout=30_000)


def test_signing_out_empties_every_tab(chromium: Browser, served: Served) -> None:
    with fresh(chromium) as page:
        page.goto(f"{served.base}/cohort")
        page.get_by_role("button", name="Data manager").click()
        expect(page.get_by_role("heading", name="Cohort")).to_be_visible(timeout=30_000)
        other = page.context.new_page()
        other.goto(f"{served.base}/patient?patient=SYN-003")
        expect(other.get_by_role("heading", name=re.compile("SYN-003"))).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("You are signed out in every tab.")).to_be_visible(timeout=15_000)
        expect(other.get_by_role("heading", name="Signed out")).to_be_visible(timeout=15_000)
        expect(other.get_by_text("SYN-003")).to_have_count(0)
        other.get_by_role("link", name="Sign in again").click()
        expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
        other.get_by_role("button", name="Clinician").click()
        expect(other.get_by_role("heading", name=re.compile("SYN-003"))).to_be_visible(timeout=30_000)


def test_the_first_sign_in_by_keyboard_alone(chromium: Browser, clinic: tuple[str, str]) -> None:
    base, code = clinic
    with fresh(chromium) as page:
        page.goto(base)
        assert page.get_by_role("button", name=re.compile("Research nurse")).count() == 0
        for key in ("admin", "Tab", code, "Enter"):
            page.keyboard.press(key) if key in ("Tab", "Enter") else page.keyboard.type(key)
        expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
        for key in ("short", "Tab", "short", "Enter"):
            page.keyboard.press(key) if key in ("Tab", "Enter") else page.keyboard.type(key)
        expect(page.get_by_role("alert")).to_contain_text("at least 12 characters")
        for key in (PASSWORD, "Tab", PASSWORD, "Enter"):
            page.keyboard.press(key) if key in ("Tab", "Enter") else page.keyboard.type(key)
        drawn(page)
        expect(page.get_by_text("Signed in as admin")).to_be_visible(timeout=30_000)
        page.get_by_role("link", name="Change password").click()
        page.get_by_label("Old password").fill(PASSWORD)
        page.get_by_label("New password", exact=True).fill("four other quiet words")
        page.get_by_label("New password again").fill("four other quiet words")
        page.get_by_role("button", name="Change password").click()
        expect(page.get_by_role("heading", name="Password changed")).to_be_visible()
        page.get_by_role("link", name="Back to the registry").click()
        drawn(page)
        expect(page.get_by_text("Signed in as admin")).to_be_visible(timeout=30_000)
    with fresh(chromium) as page:
        page.goto(base)
        with_password(page, "admin", PASSWORD)
        expect(page.get_by_role("alert")).to_contain_text("name or password is wrong")
        with_password(page, "admin", "four other quiet words")
        drawn(page)
        expect(page.get_by_text("Signed in as admin")).to_be_visible(timeout=30_000)


def test_the_form_has_no_fault_of_accessibility_and_fits(
    chromium: Browser, served: Served, clinic: tuple[str, str]
) -> None:
    looks = [(width, scheme) for width in (360, 1200) for scheme in ("dark", "light")]
    for base in (served.base, clinic[0]):
        with fresh(chromium, *looks[0]) as page:
            visit = Visit(page, base)
            page.on("console", visit.on_console)
            page.on("request", visit.on_request)
            page.goto(base)
            _faultless(page, looks)
            with_password(page, "nobody", "wrong words here")
            expect(page.get_by_role("alert")).to_be_visible()
            _faultless(page, looks)
            assert visit.elsewhere == []
            assert [one for one in visit.complaints if "403" not in one] == []


def _faultless(page: Page, looks: list[tuple[int, str]]) -> None:
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert (width, scheme, faults(page)) == (width, scheme, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, scheme)


def test_the_form_works_without_any_script(chromium: Browser, served: Served) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.base}/cohort")
    page.get_by_role("button", name="Research nurse").click()
    assert page.url == f"{served.base}/cohort"
    context.close()


def test_an_address_that_a_role_may_not_see_is_not_found(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as("demo-admin")
    page = visit.go("/cohort")
    expect(page.get_by_text("Page not found")).to_be_visible()
    expect(page.get_by_role("heading", name="Cohort")).to_have_count(0)
    assert page.get_by_test_id("stSidebarNav").get_by_text("Cohort").count() == 0
    assert visit_as("demo-clinician").go("/cohort").get_by_role("heading", name="Cohort").count() == 1

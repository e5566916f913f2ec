"""Everyone's pages in a real browser: no complaint, nothing from elsewhere, no serious fault of accessibility.

Which pages a role has is read from its own menu, so that a new page is tried from the day it stands there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from registry import accounts, demo, review
from tests.browser.conftest import COLOURS, PASSWORD, Served, Visit, serious, serving, with_password
from tests.templates import new_registry

WIDE, NARROW, WIDE_DARK, NARROW_DARK = (1400, "light"), (560, "light"), (1400, "dark"), (560, "dark")
ROLES = {
    "demo-nurse": (NARROW_DARK, WIDE),
    "demo-clinician": (WIDE, NARROW_DARK),
    "demo-adjudicator-1": (NARROW_DARK, WIDE_DARK, NARROW, WIDE),
    "demo-data-manager": (WIDE_DARK, NARROW),
    "demo-admin": (WIDE_DARK, NARROW_DARK, NARROW, WIDE),
}
"""The looks in which each role's pages are tried; the first is that in which they are loaded.

Nurse, clinician and data manager have most pages in common, and try them in all four looks together.
"""
OF_ONE_ROLE = {"/opening": (WIDE_DARK, NARROW, NARROW_DARK, WIDE)}
"""A page that one of these three has alone."""
PATIENT_MS = 60_000
"""A busy machine is waited for; nothing here measures time."""
MENU = '[data-testid="stSidebarNavLink"]'
SUBJECT = {"patient": "?patient=SYN-021", "log": "?patient=SYN-021", "facts": "?patient=SYN-021"}
"""What stands in the address of a page that is about one patient: one with both diseases."""

CONTROLS = """() => {
    const main = document.querySelector('[data-testid="stMain"]');
    const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: false })
        && one.getClientRects().length > 0;
    const inert = (one) => one.disabled || one.closest('[inert], [aria-hidden="true"], [aria-disabled="true"]');
    return [...main.querySelectorAll('a[href], button, input, textarea, select, summary, [tabindex="0"]')]
        .filter((one) => one.tabIndex >= 0 && seen(one) && !inert(one))
        .filter((one) => one.type !== 'radio' || one.checked)
        .filter((one) => one.type !== 'file')
        .map((one) => { one.dataset.control = 'yes'; return one.outerHTML.slice(0, 160); });
}"""
LISTEN = """() => document.addEventListener('focusin', (event) => {
    event.target.dataset.reached = 'yes';
}, true)"""
NOT_REACHED = """() => [...document.querySelectorAll('[data-control="yes"]')]
    .filter((one) => one.isConnected && one.dataset.reached !== 'yes')
    .filter((one) => {  // the arrow keys lead on within a group
        const group = one.closest('[role="radiogroup"], [role="tablist"], [role="toolbar"]');
        return !(group && group.querySelector('[data-reached="yes"]'));
    })
    .map((one) => one.outerHTML.slice(0, 200))"""
IN_MAIN = """() => document.activeElement.closest('[data-testid="stMain"]') !== null"""
HEADINGS = """() => [...document.querySelectorAll('[data-testid="stMain"] :is(h1,h2,h3,h4,h5,h6)')]
    .filter((one) => one.checkVisibility())
    .map((one) => [Number(one.tagName[1]), one.textContent])"""


def menu(visit: Visit) -> list[str]:
    """The addresses that the menu of this person offers, each with a patient where the page is about one."""
    page = visit.go("/")
    links = page.locator(MENU)
    found = [str(links.nth(place).get_attribute("href")) for place in range(links.count())]
    names = [urlsplit(one).path.strip("/") for one in found]
    assert names, "the menu is empty"
    return [f"/{name}{SUBJECT.get(name, '')}" for name in names]


@dataclass
class Faults:
    """What is wrong with the pages of one person, page by page."""

    visit: Visit
    listed: list[tuple[str, str, object]] = field(default_factory=list)

    def add(self, path: str, what: str, fault: object) -> None:
        """Note a fault, if there is one."""
        if fault:
            self.listed.append((path, what, fault))

    def look(self, path: str) -> None:
        """What may be wrong in any window and any colours."""
        width = self.visit.page.viewport_size
        look = f"{width and width['width']}, {self.visit.page.evaluate(COLOURS)}"
        self.add(path, f"keeps somebody out: {look}", serious(self.visit.page))
        self.add(path, f"wider than the window: {look}", self.visit.too_wide)

    def loaded(self, path: str) -> None:
        """What may be wrong with a page as it comes."""
        self.add(path, "an exception", self.visit.page.get_by_test_id("stException").count())
        headings = self.visit.page.evaluate(HEADINGS)
        levels = [level for level, _ in headings]
        skipped = [after for before, after in pairwise(headings) if after[0] > before[0] + 1]
        if levels[:1] != [1] or levels.count(1) != 1 or skipped:
            self.add(path, "headings are not in order below one title", headings)

    def left(self, path: str) -> None:
        """What the browser complained about, and where it went, up to now."""
        self.add(path, "complaints", self.visit.complaints[:])
        self.add(path, "asked elsewhere", self.visit.elsewhere[:])
        self.visit.complaints.clear()
        self.visit.elsewhere.clear()


@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_any_role_has_a_fault(visit_as: Callable[..., Visit], served: Served, role: str) -> None:
    """Each page is opened once for a role, and then seen in other widths and colours and walked with the keyboard."""
    visit = visit_as(role)
    faults = Faults(visit)
    paths = [*menu(visit), *served.begun.get(role, [])]
    for turn, path in enumerate(paths):
        # Each second page is seen the other way round, so that it opens in the colours in which the last was left.
        looks = OF_ONE_ROLE.get(path, ROLES[role])[:: -1 if turn % 2 else 1]
        visit.window(*looks[0])
        visit.open(path)
        faults.loaded(path)
        faults.look(path)
        for width, scheme in looks[1:]:
            visit.look(width, scheme)
            faults.look(path)
        faults.add(path, "not reached with the tab key", not_reached(visit.page))
        faults.left(path)
    assert faults.listed == []


def not_reached(page: Page) -> list[str]:
    """The controls of a page that the tab key does not reach from the link that skips the menu."""
    page.evaluate(LISTEN)
    if not page.evaluate(IN_MAIN):  # a form takes the focus by itself
        page.keyboard.press("Tab")
        if "Skip to main content" not in page.evaluate("document.activeElement.textContent"):
            return ["the link that skips the menu"]
        page.keyboard.press("Enter")
        if not page.evaluate(IN_MAIN):
            return ["the page, from the link that skips the menu"]
    controls = page.evaluate(CONTROLS)
    for pressed in range(3 * len(controls) + 20):
        if pressed >= len(controls) - 1 and not page.evaluate(NOT_REACHED):
            break
        page.keyboard.press("Tab")
    return list(page.evaluate(NOT_REACHED))


def test_a_patient_is_found_from_home_with_the_keyboard_alone(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as("demo-nurse")
    page = visit.go("/")
    page.get_by_label("Find a patient").focus()
    page.keyboard.type("evans north")
    visit.settle()
    expect(page.get_by_text("patients match")).to_be_visible(timeout=PATIENT_MS)
    for _ in range(6):
        page.keyboard.press("Tab")
        if "SYN-" in page.evaluate("document.activeElement.textContent"):
            break
    name = page.evaluate("document.activeElement.querySelector('strong').textContent")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/patient?patient={name}", timeout=PATIENT_MS)
    visit.settle()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name, timeout=PATIENT_MS)
    assert visit.complaints == []


def test_the_tour_is_walked_with_the_keyboard_and_survives_a_reload(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as("demo-clinician")
    page = visit.go("/?tour=1")
    for step in (2, 3):
        link = page.get_by_role("link", name="Next step:")
        link.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"Tour, step {step} of")).to_be_visible(timeout=PATIENT_MS)
        visit.settle()
    page.reload()
    visit.settle()
    expect(page.get_by_text("Tour, step 3 of")).to_be_visible(timeout=PATIENT_MS)
    page.get_by_role("button", name="End the tour").focus()
    page.keyboard.press("Enter")
    visit.settle()
    expect(page.get_by_text("Tour, step")).to_have_count(0)
    assert "tour=" not in page.url
    assert visit.complaints == []


@pytest.fixture
def stranger(chromium: Browser) -> Iterator[Callable[[str], Visit]]:
    """A visitor of another server, who has yet to sign in."""
    contexts = []

    def visitor(base: str) -> Visit:
        context = chromium.new_context(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce")
        contexts.append(context)
        one = Visit(context.new_page(), base)
        one.page.on("console", one.on_console)
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        one.page.on("request", one.on_request)
        return one

    yield visitor
    for context in contexts:
        context.close()


def test_an_empty_registry_is_walked_through_and_says_what_to_do(
    stranger: Callable[[str], Visit], tmp_path: Path
) -> None:
    path = tmp_path / "empty.duckdb"
    with new_registry(path) as database:
        code = accounts.first_code(database)
    with serving(path) as base:
        visit = stranger(base)
        visit.page.goto(base)
        with_password(visit.page, "admin", str(code), PASSWORD)
        visit.page.wait_for_url(f"{base}/")
        for address in menu(visit):
            page = visit.open(address.partition("?")[0])
            assert page.get_by_test_id("stException").count() == 0, address
            assert (address, serious(page)) == (address, [])
        expect(visit.go("/").get_by_text("This registry has no patients yet")).to_be_visible()
        assert visit.complaints == []
        assert visit.elsewhere == []


def test_a_thousand_patients_are_looked_at_like_forty(
    stranger: Callable[[str], Visit], tmp_path: Path
) -> None:
    path = tmp_path / "large.duckdb"
    with new_registry(path) as database:
        operator = database.actor(None)
        demo.load(database, operator, patients=1_200)
        review.rejudge(database, operator)
        accounts.demo_users(database, operator, today=date(2026, 3, 31))
    with serving(path, demo=True) as base:
        visit = stranger(base)
        visit.page.goto(base)
        visit.page.locator("button[name='demo'][value='demo-data-manager']").click()
        visit.page.wait_for_url(f"{base}/")
        for address in menu(visit):
            page = visit.open(address.replace("SYN-021", "SYN-0000021"))
            assert page.get_by_test_id("stException").count() == 0, address
        expect(visit.go("/").get_by_text("You can read 1,200 patients")).to_be_visible()
        assert visit.complaints == []
        assert visit.elsewhere == []

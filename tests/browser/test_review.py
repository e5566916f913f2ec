"""Human review in real browsers: two readers who know nothing of each other, a dispute, a third, and the signature."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from registry import accounts, demo, review
from tests.browser.conftest import Visit, serious, serving
from tests.templates import new_registry

READERS = ("demo-adjudicator-1", "demo-adjudicator-2", "demo-adjudicator-3")
MACHINE = re.compile(
    r"\b(near threshold|flagged|drawn|accepted|machine said|call of the machine is|automated call (?:is|was)|"
    r"close to its threshold|random sample)\b",
    re.I,
)
PATIENT_MS = 60_000
SEED = 7


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on a reference cohort with its cases opened, which these tests may read to the end."""
    path: Path = tmp_path_factory.mktemp("review") / "registry.duckdb"
    with new_registry(path) as database:
        operator = database.actor(None)
        demo.load(database, operator, seed=SEED)
        review.rejudge(database, operator)
        accounts.demo_users(database, operator, today=date(2026, 3, 31))
        assert demo.open_cases(database, operator, SEED) > 0
    with serving(path, demo=True) as base:
        yield base
    assert "Traceback" not in path.with_suffix(".log").read_text()


@pytest.fixture
def reader(chromium: Browser, reviewed: str) -> Iterator[Callable[..., Visit]]:
    """Somebody in a browser of their own: `reader("demo-adjudicator-1")`."""
    contexts = []

    def visitor(account: str, width: int = 1400) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 1000},
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/London",
        )
        contexts.append(context)
        one = Visit(context.new_page(), reviewed)
        one.page.on("console", one.on_console)
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        one.page.on("request", one.on_request)
        one.page.goto(f"{reviewed}/cases")
        one.page.locator(f"button[name='demo'][value='{account}']").click()
        one.page.wait_for_url(f"{reviewed}/cases")
        one.settle()
        return one

    yield visitor
    for context in contexts:
        context.close()


def judge(visit: Visit, level: str, sure: str, *, onset: str = "", reason: str = "") -> None:
    """Fill in the judgement with the mouse and the keys, and wait until it is kept."""
    page = visit.page
    page.get_by_text(level, exact=True).click()
    visit.settle()
    if onset:
        page.get_by_label("Response began on").fill(onset)
        visit.settle()
    page.get_by_text(sure, exact=True).click()
    visit.settle()
    if reason:
        page.get_by_label("Reason").fill(reason)
        page.get_by_label("Note").click()
        visit.settle()


def words(page: Page) -> str:
    """All that a person can read on the page, and what is told of it to those who hear it."""
    found = page.evaluate(
        "() => document.body.innerText + ' ' + "
        "[...document.querySelectorAll('[aria-label]')].map((one) => one.getAttribute('aria-label')).join(' ')"
    )
    return str(found)


def told(page: Page) -> list[str]:
    """The lines of a page whose chart is drawn, without the clock and the counter of all changes."""
    expect(page.get_by_test_id("stVegaLiteChart").locator("svg text").first).to_be_visible(timeout=PATIENT_MS)
    lines = str(page.evaluate("() => document.body.innerText")).splitlines()
    passing = ("held until", "registry at change")
    return [line for line in lines if line.strip() and not any(one in line for one in passing)]


def untraced(visit: Visit, account: str) -> None:
    """Nothing that a reader sees tells of another reader, of the machine, of the patient or the site."""
    text = words(visit.page)
    others = [name for name in (*READERS, "SYN-", "north", "south") if name != account]
    assert [name for name in others if name in text] == []
    assert MACHINE.search(text) is None


def test_two_readers_differ_a_third_settles_and_the_decision_stands(reader: Callable[..., Visit]) -> None:
    first = reader(READERS[0])
    first.page.keyboard.press("Alt+n")
    first.page.wait_for_url("**/case?case=*", timeout=PATIENT_MS)
    first.settle()
    case = first.page.url.partition("case=")[2]
    untraced(first, READERS[0])
    expect(first.page.get_by_text("I read this case alone, and this is my judgement")).to_be_visible()
    judge(first, "NR · no response", "High", reason="No count held.")

    second = reader(READERS[1])
    page = second.go(f"/case?case={case}")
    untraced(second, READERS[1])
    page.get_by_role("button", name="Claim it").click()
    second.settle()
    expect(page.get_by_label("Note")).to_be_visible(timeout=PATIENT_MS)
    before = told(page)

    # What the first wrote survives F5, and is signed with a key; the second's screen does not change by it.
    first.page.reload()
    first.settle()
    expect(first.page.get_by_label("Reason")).to_have_value("No count held.", timeout=PATIENT_MS)
    first.page.keyboard.press("Alt+s")
    expect(first.page.get_by_text(f"Your judgment of {case} is final")).to_be_visible(timeout=PATIENT_MS)
    second.go(f"/case?case={case}")
    expect(page.get_by_label("Note")).to_be_visible(timeout=PATIENT_MS)
    assert told(page) == before
    untraced(second, READERS[1])

    judge(second, "NE · not evaluable", "Low", reason="Too few counts.")
    page.keyboard.press("Alt+s")
    expect(page.get_by_text(f"Your judgment of {case} is final")).to_be_visible(timeout=PATIENT_MS)
    for visit, account in ((first, READERS[0]), (second, READERS[1])):
        visit.go("/signed")
        expect(visit.page.get_by_text("not decided yet")).to_be_visible(timeout=PATIENT_MS)
        untraced(visit, account)

    third = reader(READERS[2])
    page = third.page
    page.get_by_role("button", name=f"Claim {case}").click()
    page.wait_for_url(f"**/dispute?case={case}", timeout=PATIENT_MS)
    third.settle()
    for said in ("Judgment 1", "Judgment 2", "No count held.", "Too few counts."):
        expect(page.get_by_text(said).first).to_be_visible(timeout=PATIENT_MS)
    untraced(third, READERS[2])
    assert serious(page) == []
    judge(third, "NR · no response", "Moderate")
    page.keyboard.press("Alt+s")
    expect(page.get_by_text("Give the reason. It is required to settle a dispute.")).to_be_visible(
        timeout=PATIENT_MS
    )
    page.get_by_label("Reason").fill("There were enough counts.")
    page.get_by_label("Note").click()
    third.settle()
    page.keyboard.press("Alt+s")
    expect(page.get_by_text("two of three agree")).to_be_visible(timeout=PATIENT_MS)

    first.go("/signed")
    expect(first.page.get_by_text("decided after a dispute")).to_be_visible(timeout=PATIENT_MS)
    first.page.get_by_role("link", name="Outcome").click()
    first.page.wait_for_url(f"**/outcome?case={case}", timeout=PATIENT_MS)
    first.settle()
    expect(first.page.get_by_text("by a third reader who agrees with one of two")).to_be_visible()
    expect(first.page.get_by_test_id("stMetricValue")).to_have_text("NR")
    for visit in (first, second, third):
        assert visit.complaints == []
        assert visit.elsewhere == []


def test_a_case_is_read_with_the_keyboard_alone(reader: Callable[..., Visit]) -> None:
    visit = reader(READERS[0])
    page = visit.page
    page.keyboard.press("Alt+n")
    page.wait_for_url("**/case?case=*", timeout=PATIENT_MS)
    visit.settle()
    page.locator('[class*="-level"] button').first.focus()
    page.keyboard.press("Enter")
    visit.settle()
    field = page.get_by_label("Response began on")
    field.focus()
    page.keyboard.type("d45")
    visit.settle()
    expect(page.get_by_text("day 45").first).to_be_visible(timeout=PATIENT_MS)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/cases", timeout=PATIENT_MS)
    visit.settle()
    expect(page.get_by_text("something is filled in")).to_be_visible(timeout=PATIENT_MS)
    assert visit.complaints == []

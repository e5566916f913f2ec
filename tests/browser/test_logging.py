"""A research nurse at her desk: courses, counts, a pasted block, corrections, on a registry that may be written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from registry import accounts
from registry.store.database import Database
from tests.browser.conftest import Visit, serious, serving
from tests.templates import cohort_at

NURSE = "demo-nurse"
MOST_BEYOND_VALUES = 12


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on a reference cohort that these tests may change."""
    path: Path = tmp_path_factory.mktemp("logging") / "registry.duckdb"
    with Database.open(cohort_at(path)) as database:
        operator = database.actor(None)
        accounts.demo_users(database, operator, today=date(2026, 3, 31))
    with serving(path, demo=True) as base:
        yield base
    assert "Traceback" not in path.with_suffix(".log").read_text()


@pytest.fixture(scope="module")
def nurse_signed_in(chromium: Browser, own_server: str) -> StorageState:
    """The cookies of the nurse, who chose the button of the demonstration."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{own_server}/log")
    page.locator(f"button[name='demo'][value='{NURSE}']").click()
    page.wait_for_url(f"{own_server}/log")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def nurse(
    chromium: Browser, own_server: str, nurse_signed_in: StorageState, request: pytest.FixtureRequest
) -> Iterator[Visit]:
    """The nurse at her page; parametrize indirectly with (width, colour scheme)."""
    width, scheme = getattr(request, "param", (1400, "light"))
    context = chromium.new_context(
        viewport={"width": width, "height": 1000},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/London",
        storage_state=nurse_signed_in,
        permissions=["clipboard-read", "clipboard-write"],
    )
    one = Visit(context.new_page(), own_server)
    one.page.on("console", one.on_console)
    one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
    one.page.on("request", one.on_request)
    yield one
    context.close()


@dataclass
class Hand:
    """Types and presses like a person, and counts every key and click that is not part of a value."""

    visit: Visit
    beyond: int = 0

    def value(self, text: str) -> None:
        self.visit.page.keyboard.type(text, delay=25)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.visit.page.wait_for_timeout(150)
            self.visit.page.keyboard.press(key)
            self.beyond += 1

    def click(self, place: Locator) -> None:
        place.click()
        self.beyond += 1

    def field(self) -> str:
        """The label of the field on which the keyboard stands."""
        return str(self.visit.page.evaluate("document.activeElement.getAttribute('aria-label')") or "")


def on_field(page: Page, label: str) -> None:
    """Wait until the keyboard stands on a field."""
    page.wait_for_function(
        "label => (document.activeElement.getAttribute('aria-label') || '').startsWith(label)", arg=label
    )


def facts(visit: Visit, patient: str, kind: str) -> int:
    """How many facts of a kind a patient has, as the page Facts says."""
    page = visit.go(f"/facts?patient={patient}")
    pill = page.get_by_text(re.compile(rf"^{kind} \(\d+\)$")).first.inner_text()
    return int(pill.split("(")[1].rstrip(")"))


def test_a_blood_count_is_logged_with_the_keyboard_alone(nurse: Visit) -> None:
    page = nurse.go("/log")
    hand = Hand(nurse)
    on_field(page, "Find a patient")
    hand.value("SYN-007")
    nurse.settle()
    hand.press("Alt+1")
    nurse.settle()
    on_field(page, "Collection date")
    hand.value("3/2/26")
    hand.press("Tab")
    hand.value("<5")
    hand.press("Tab")
    hand.value("8,7 g/dL")
    expect(page.get_by_text("Tue 3 Feb 2026")).to_be_visible()
    expect(page.get_by_text("87 g/L (reported 8,7 g/dL)")).to_be_visible()
    hand.press("Control+Enter")
    nurse.settle()
    expect(page.get_by_text("Blood count saved")).to_be_visible()
    expect(page.get_by_text("Platelets <5 ×10⁹/L on Tue 3 Feb 2026")).to_be_visible()
    on_field(page, "Collection date")
    assert page.get_by_label("Collection date").input_value() == ""
    print(f"\nblood count by keyboard, patient found first: {hand.beyond} keys beyond the values")
    assert nurse.complaints == []
    assert nurse.elsewhere == []


def test_a_course_with_one_agent_takes_few_keys_beyond_its_values(nurse: Visit) -> None:
    page = nurse.go("/log?patient=SYN-008&form=course")
    before = "Course started on"
    hand = Hand(nurse)
    on_field(page, before)
    hand.value("3/2/26")
    hand.press("Tab")
    hand.value("relap")
    hand.press("Tab", "Tab", "Tab", "Tab", "Tab")
    assert hand.field().startswith("Agent")
    hand.value("eltrom")
    hand.press("Tab")
    hand.value("50")
    hand.press("Tab")
    hand.value("mg")
    hand.press("Control+Enter")
    nurse.settle()
    expect(page.get_by_text("Course saved")).to_be_visible()
    expect(page.get_by_text(re.compile("eltrombopag · 3 Feb 2026 · 50 mg"))).to_be_visible()
    print(
        f"\ncourse with one agent: {hand.beyond} keys and clicks beyond the values (at most {MOST_BEYOND_VALUES})"
    )
    assert hand.beyond <= MOST_BEYOND_VALUES


def test_a_list_keeps_what_was_typed_when_it_is_left_with_tab(nurse: Visit) -> None:
    page = nurse.go("/log?form=patient")
    on_field(page, "Pseudonym")
    page.get_by_label("Sex").focus()
    page.keyboard.type("fem", delay=25)
    page.keyboard.press("Tab")
    nurse.settle()
    expect(page.get_by_label("Sex")).to_have_value("fem")
    expect(page.get_by_text(re.compile("female$"))).to_be_visible()
    page.get_by_role("button", name="Clear the form").click()
    nurse.settle()
    page = nurse.go("/log?patient=SYN-013&form=course")
    on_field(page, "Course started on")
    page.keyboard.press("Tab")
    page.keyboard.type("relap", delay=25)
    page.keyboard.press("Tab")
    nurse.settle()
    expect(page.get_by_text(re.compile("relapse$"))).to_be_visible()
    page.keyboard.press("Enter")  # the menu beside the field, by keyboard and by mouse
    page.get_by_role("menuitem", name="steroid sparing").or_(
        page.get_by_role("option", name="steroid sparing")
    ).first.click()
    nurse.settle()
    expect(page.get_by_label("Why it was started")).to_have_value("steroid sparing")
    page.get_by_role("button", name="Clear the form").click()
    nurse.settle()
    assert nurse.complaints == []


def test_a_course_with_three_agents_is_judged_while_it_is_typed(nurse: Visit) -> None:
    page = nurse.go("/log?patient=SYN-003&form=course")
    on_field(page, "Course started on")
    page.keyboard.type("14/2/16", delay=25)
    # It would start in the response that another course brought: it is followed, and what it rests on is shown.
    expect(page.get_by_test_id("stVerticalBlock").filter(has_text="This course: NE").first).to_be_visible()
    expect(page.get_by_text("Baseline: platelets 348")).to_be_visible()
    for number, (agent, dose, unit) in enumerate(
        [("prednisol", "60", "mg"), ("Nplate", "1", "ug/kg"), ("MMF", "1", "g")]
    ):
        if number:
            page.keyboard.press("Alt+a")
            nurse.settle()
        page.get_by_label("Agent *").nth(number).fill(agent)
        page.get_by_label("Dose", exact=True).nth(number).fill(dose)
        page.get_by_label("Unit of the dose").nth(number).fill(unit)
        page.keyboard.press("Enter")
        nurse.settle()
    expect(page.get_by_text(re.compile("mycophenolate \\+ prednisolone \\+ romiplostim"))).to_be_visible()
    page.keyboard.press("Control+Enter")
    nurse.settle()
    expect(page.get_by_text("Course saved")).to_be_visible()
    assert facts(nurse, "SYN-003", "Doses") == 5
    assert nurse.complaints == []


def test_sixty_counts_are_pasted_in_three_actions(nurse: Visit) -> None:
    before = facts(nurse, "SYN-009", "Counts")
    page = nurse.go("/log?patient=SYN-009&form=paste")
    days = [date(2024, 1, 16) + timedelta(days=9 * number) for number in range(30)]
    lines = ["Date\tPLT (10^9/L)\tHb (g/dL)"]
    lines += [f"{day:%d/%m/%Y}\t{20 + number}\t{9 + number / 10:.1f}" for number, day in enumerate(days)]
    page.evaluate("text => navigator.clipboard.writeText(text)", "\n".join(lines))
    on_field(page, "A block of counts")
    actions = 0
    page.keyboard.press("Control+v")
    actions += 1
    page.keyboard.press("Control+Enter")
    actions += 1
    nurse.settle()
    expect(page.get_by_text("60 ✓ new")).to_be_visible()
    page.keyboard.press("Control+Enter")
    actions += 1
    nurse.settle()
    expect(page.get_by_text("60 pasted counts saved")).to_be_visible()
    print(f"\n60 counts pasted in {actions} actions: paste, look, save")
    assert facts(nurse, "SYN-009", "Counts") == before + 60
    assert nurse.complaints == []


def test_a_count_is_corrected_and_the_call_changes_with_its_reason(nurse: Visit) -> None:
    page = nurse.go("/facts?patient=SYN-025&kind=observation&id=SYN-025-L011")
    value = page.get_by_role("textbox", name="Value", exact=True)
    expect(value).to_have_value("260")
    value.fill("8")
    page.get_by_label("Reason for the amendment").fill("the laboratory corrected it")
    page.keyboard.press("Control+Enter")
    nurse.settle()
    expect(page.get_by_text("SYN-025-ITP-1: CR → NR")).to_be_visible()
    expect(page.get_by_text(re.compile("^NR: ")).first).to_be_visible()
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_text("Value: 260 → 8")).to_be_visible()
    expect(page.get_by_text("Amended by demo-nurse: the laboratory corrected it")).to_be_visible()
    page.get_by_role("button", name=re.compile("Undo")).click()
    nurse.settle()
    expect(page.get_by_text("SYN-025-ITP-1: NR → CR")).to_be_visible()
    assert nurse.complaints == []


def test_three_impatient_clicks_write_one_row(nurse: Visit) -> None:
    before = facts(nurse, "SYN-010", "Transfusions")
    page = nurse.go("/log?patient=SYN-010&form=transfusion")
    on_field(page, "Day")
    page.keyboard.type("3/2/26", delay=25)
    page.get_by_role("radio", name="platelets").click()
    nurse.settle()
    save = page.get_by_role("button", name=re.compile("^Save")).first
    for _ in range(3):
        save.click(no_wait_after=True)
        page.wait_for_timeout(150)
    nurse.settle()
    expect(page.get_by_text("Transfusion saved")).to_be_visible()
    assert facts(nurse, "SYN-010", "Transfusions") == before + 1


def test_what_was_typed_survives_f5(nurse: Visit) -> None:
    page = nurse.go("/log?patient=SYN-011&form=bleed")
    on_field(page, "First day")
    page.keyboard.type("3/2/26", delay=25)
    page.keyboard.press("Tab")
    nurse.settle()
    expect(page.get_by_text(re.compile(r"^Draft saved at \d\d:\d\d"))).to_be_visible()
    page.reload()
    nurse.settle()
    expect(page.get_by_label("First day")).to_have_value("3/2/26")
    expect(page.get_by_text(re.compile(r"^Draft from .* restored"))).to_be_visible()
    page.get_by_role("button", name="Clear the form").click()
    nurse.settle()
    expect(page.get_by_label("First day")).to_have_value("")
    page.reload()
    nurse.settle()
    expect(page.get_by_label("First day")).to_have_value("")


def test_a_query_of_impatient_clicks_is_one_query_and_leads_from_home_to_its_answer(nurse: Visit) -> None:
    page = nurse.go("/facts?patient=SYN-013&kind=observation&id=SYN-013-L003")
    tab = page.get_by_role("tab", name="Queries")
    tab.click()
    page.get_by_label("Question").fill("Clumped?")
    page.get_by_role("button", name="Ask").dblclick()
    nurse.settle()
    expect(page.get_by_text("Your query was saved.")).to_be_visible()
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("A query is not closed: Value.")).to_be_visible()
    page = nurse.go("/")
    page.locator('[data-testid="stMain"] a[href*="queries"]').first.click()
    page.wait_for_url("**/queries**")
    nurse.settle()
    page.get_by_label("Message").fill("In citrate it was the same.")
    page.get_by_role("button", name="Answer").dblclick()
    nurse.settle()
    expect(page.get_by_text("No query is open here", exact=False)).to_be_visible()
    assert nurse.complaints == []


@pytest.mark.parametrize("nurse", [(560, "dark")], indirect=True)
@pytest.mark.parametrize(
    "path",
    [
        "/log",
        "/log?patient=SYN-012",
        "/log?patient=SYN-012&form=course",
        "/log?patient=SYN-012&form=paste",
        "/facts?patient=SYN-012&kind=observation&id=SYN-012-L003",
    ],
)
def test_no_serious_fault_of_accessibility(nurse: Visit, path: str) -> None:
    page = nurse.go(path)
    for width, scheme in ((560, "dark"), (1400, "light")):
        nurse.look(width, scheme)
        assert serious(page) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (width, scheme)

"""Surveillance at the nurse's desk: from a pasted count of 28 to the logged call to the hematologist, and to paper."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from adjudication.surveillance.protocol import SIGNS
from registry import accounts, record
from registry.entry import Fact, save
from registry.report.leaflet import leaflet
from registry.report.letter import letter
from registry.roles import Action, Actor
from registry.store.database import Database
from registry.surveillance.protocols import copy_of
from registry.surveillance.watched import watched
from tests.browser.conftest import Visit, serious, serving
from tests.templates import new_registry

NURSE = "demo-nurse"
PATIENT_MS = 60_000
"""A busy machine is waited for; nothing here measures time."""


def invented(database: Database, operator: Actor) -> None:
    """Declare the registry synthetic."""
    with database.change(operator, Action.CONFIGURE, "synthetic registry") as change:
        change.replace("registry", [{"key": "synthetic", "value": "yes"}], "key = 'synthetic'")


def ward(database: Database, operator: Actor) -> None:
    """Thirty watched patients with monthly counts, seen on the day on which the test runs."""
    today = database.now().date()
    facts: list[Fact] = []

    def add(table: str, **values: Any) -> None:
        facts.append(Fact(table, values))

    for number in range(1, 31):
        name = f"MS-{number:03}"
        add("patient", patient_id=name, site="north")
        add(
            "exposure",
            patient_id=name,
            exposure_id=f"{name}-X",
            agent="alemtuzumab",
            setting="multiple_sclerosis",
            started_on=today - timedelta(200 + number),
        )
        for ago in (40 + number, 10 + number):
            add(
                "observation",
                patient_id=name,
                observation_id=f"{name}-{ago}",
                observed_at=today - timedelta(ago),
                analyte="platelets",
                value=str(170 + 3 * number),
                unit="10*9/L",
            )
    save(database, operator, facts, key="a ward", today=today)


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("surveillance") / "registry.duckdb"
    with new_registry(path) as database:
        operator = database.actor(None)
        invented(database, operator)
        ward(database, operator)
        accounts.demo_users(database, operator, today=date(2026, 3, 31))
    with serving(path, demo=True) as base:
        yield base
    assert "Traceback" not in path.with_suffix(".log").read_text()


@pytest.fixture
def nurse(chromium: Browser, own_server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """The nurse at her desk; parametrize indirectly with (width, colour scheme)."""
    width, scheme = getattr(request, "param", (1400, "light"))
    context = chromium.new_context(
        viewport={"width": width, "height": 1000},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/London",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.goto(f"{own_server}/worklist")
    page.locator(f"button[name='demo'][value='{NURSE}']").click()
    page.wait_for_url(f"{own_server}/worklist")
    one = Visit(page, own_server)
    one.page.on("console", one.on_console)
    one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
    one.page.on("request", one.on_request)
    yield one
    context.close()


def test_from_a_pasted_count_of_28_to_the_logged_call_to_the_hematologist(nurse: Visit) -> None:
    page = nurse.go("/log?patient=MS-017&form=paste")
    today = datetime.now().astimezone().date()
    page.evaluate("text => navigator.clipboard.writeText(text)", f"Date\tPLT (10^9/L)\n{today:%d %b %Y}\t28")
    page.wait_for_function(
        "() => (document.activeElement.getAttribute('aria-label') || '').startsWith('A block of counts')"
    )
    page.keyboard.press("Control+v")
    page.keyboard.press("Control+Enter")
    nurse.settle()
    expect(page.get_by_text("1 ✓ new")).to_be_visible(timeout=PATIENT_MS)
    page.keyboard.press("Control+Enter")
    nurse.settle()
    expect(page.get_by_text("Recheck the count and contact the hematologist now.")).to_be_visible(
        timeout=PATIENT_MS
    )
    page.get_by_role("link", name="Worklist").first.click()
    page.wait_for_url("**/worklist", timeout=PATIENT_MS)
    nurse.settle()
    top = page.locator("[class*='st-key-watched-MS']").first
    expect(top).to_contain_text("MS-017", timeout=PATIENT_MS)
    expect(top).to_contain_text("Act now")
    expect(top).to_contain_text("Recheck the count and contact the hematologist now.")
    called = top.get_by_role("button", name="Contacted")
    called.click()
    for _ in range(2):  # impatient
        page.wait_for_timeout(150)
        page.mouse.down()
        page.mouse.up()
    nurse.settle()
    row = page.locator("[class*='st-key-watched-MS-017']")
    expect(row).to_contain_text(re.compile(r"Contacted on .* at \d\d:\d\d by demo-nurse"), timeout=PATIENT_MS)
    assert row.get_by_text(re.compile("Contacted on")).count() == 1
    expect(row.get_by_role("button", name=re.compile("Undo"))).to_be_visible()
    row.get_by_role("button", name="Referred").click()
    nurse.settle()
    expect(page.get_by_role("heading", name="Done just now")).to_be_visible(timeout=PATIENT_MS)
    expect(row).to_contain_text("Repeat the count within 14 days: what was found was referred.")
    expect(row).to_contain_text(re.compile(r"Referred on .* by demo-nurse"))
    assert serious(page) == []
    assert nurse.complaints == []
    assert nurse.elsewhere == []


@pytest.mark.parametrize("nurse", [(560, "dark")], indirect=True)
def test_signs_are_reported_with_the_keyboard_and_put_the_patient_on_top(nurse: Visit) -> None:
    page = nurse.go("/watched?patient=MS-005")
    page.get_by_role("button", name="Bleeding signs …").focus()
    page.keyboard.press("Enter")
    nurse.settle()
    first = page.get_by_role("checkbox").first
    expect(first).to_be_focused(timeout=PATIENT_MS)
    page.keyboard.press("Space")
    nurse.settle()
    page.get_by_role("button", name="Save the signs").focus()
    page.keyboard.press("Enter")
    nurse.settle()
    expect(page.get_by_text("send the patient to the emergency unit").first).to_be_visible(timeout=PATIENT_MS)
    assert serious(page) == []
    across = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert across == 0, "the page is wider than the window"
    nurse.go("/worklist")
    names = page.locator("[class*='st-key-watched-MS'] strong").all_inner_texts()
    assert "MS-005" in names[:4]
    assert nurse.complaints == []


def test_a_sites_own_file_is_brought_adopted_by_impatient_clicks_once_and_dropped(
    chromium: Browser, own_server: str, tmp_path: Path
) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(
        copy_of("alemtuzumab-belgian-2018", "ours").replace("every_months = 1", "every_month = 1")
    )
    context = chromium.new_context(viewport={"width": 560, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{own_server}/protocol")
    page.locator("button[name='demo'][value='demo-admin']").click()
    page.wait_for_url(f"{own_server}/protocol")
    one = Visit(page, own_server)
    page.on("console", one.on_console)
    one.go("/protocol?view=own")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("ours.toml cannot be adopted")).to_be_visible(timeout=PATIENT_MS)
    expect(page.get_by_role("cell", name="unknown every_month")).to_be_visible(timeout=PATIENT_MS)
    assert serious(page) == []
    file.write_text(copy_of("alemtuzumab-belgian-2018", "ours"))  # mended, and brought again from its place
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add files").click()
    chooser.value.set_files(file)
    expect(page.get_by_text("ours can be adopted")).to_be_visible(timeout=PATIENT_MS)
    one.settle()
    assert serious(page) == []
    page.get_by_label("Why it is adopted").fill("protocol 4")
    page.get_by_role("button", name="Adopt ours at north").click()
    for _ in range(2):  # impatient
        page.wait_for_timeout(150)
        page.mouse.down()
        page.mouse.up()
    expect(page.get_by_text("ours is in force at north for multiple sclerosis.")).to_be_visible(
        timeout=PATIENT_MS
    )
    one.settle()
    expect(page.get_by_text(re.compile(r"adopted by demo-admin on .*: protocol 4"))).to_have_count(1)
    assert serious(page) == []
    page.get_by_role("button", name="Drop ours at north").click()
    expect(page.get_by_text("ours is no longer in force at north.")).to_be_visible(timeout=PATIENT_MS)
    one.settle()
    assert serious(page) == []
    assert one.complaints == []
    context.close()


@pytest.mark.parametrize("months", [6, 49])
def test_each_paper_fills_one_sheet_however_much_there_is_to_say(
    chromium: Browser, tmp_path: Path, months: int
) -> None:
    today = date(2026, 3, 31)
    path = tmp_path / "papers.duckdb"
    with new_registry(path, now=lambda: datetime(2026, 3, 31, 9)) as database:
        operator = database.actor(None)

        def log(table: str, **values: Any) -> None:
            record.log(database, operator, table, {"patient_id": "MS-000000001", **values}, today=today)

        invented(database, operator)
        log("patient", site="north")
        for course in range(3):
            infused = today - timedelta(months * 31 + 365 * course)
            log(
                "exposure",
                exposure_id=f"X{course}",
                agent="alemtuzumab",
                setting="multiple_sclerosis",
                started_on=infused,
            )
        for number in range(20):
            seen = {
                "observed_at": today - timedelta(30 + number),
                "quality": "ok" if number % 3 else "clumped",
            }
            log("observation", observation_id=f"P{number}", analyte="platelets", value="88", unit="10*9/L",
                specimen="citrate", **seen)  # fmt: skip
            log("observation", observation_id=f"H{number}", analyte="hemoglobin", value=str(70 + number),
                unit="g/L", observed_at=seen["observed_at"])  # fmt: skip
        for number, sign in enumerate(SIGNS):
            log("sign", sign_id=f"S{number}", sign=sign, noticed_on=today - timedelta(1))
            log(
                "bleed",
                bleed_id=f"B{number}",
                scale="WHO",
                grade="2",
                started_on=today - timedelta(2),
                site="skin",
            )
        one = watched(database, operator, "MS-000000001", today)
        papers = {"leaflet": leaflet(database, operator, one), "letter": letter(database, operator, one)}
    context = chromium.new_context()
    for name, html in papers.items():
        page = context.new_page()
        page.set_content(html)
        printed = page.pdf(prefer_css_page_size=True)
        assert (name, len(re.findall(rb"/Type\s*/Page\b", printed))) == (name, 1)
    context.close()

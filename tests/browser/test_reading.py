"""A reader in front of the app: finds a patient, reads the timeline and the cohort, by mouse or keyboard."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visit, headers

WIDE, WIDE_DARK, NARROW, NARROW_DARK = (
    pytest.param((width, scheme), id=f"{width}-{scheme}")
    for width in (1400, 560)
    for scheme in ("light", "dark")
)
PATIENTS = {"SYN-003": "ITP", "SYN-035": "AIHA", "SYN-021": "ITP + AIHA (Evans syndrome)"}


def chart_text(visit: Visit, number: int = 0) -> str:
    return visit.page.get_by_test_id("stVegaLiteChart").nth(number).locator("svg").first.text_content() or ""


def serious(visit: Visit) -> list[tuple[str, Any]]:
    """Faults of accessibility that keep somebody out, with where they are."""
    found = Axe().run(visit.page).response["violations"]
    return [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("visit", [WIDE, WIDE_DARK, NARROW, NARROW_DARK], indirect=True)
@pytest.mark.parametrize("patient", PATIENTS)
def test_a_patient_is_read_at_every_width_in_light_and_dark(visit: Visit, patient: str) -> None:
    page = visit.go(f"/?patient={patient}")
    expect(page.get_by_role("heading", name=f"{patient} · {PATIENTS[patient]}")).to_be_visible()
    text = chart_text(visit)
    assert "Platelets, ×10⁹/L" in text
    assert "synthetic data" in text
    chart = page.get_by_test_id("stVegaLiteChart")
    box, drawn = chart.bounding_box(), chart.locator("svg").first.bounding_box()
    assert box is not None
    assert drawn is not None
    assert drawn["width"] <= box["width"] + 1
    assert drawn["width"] >= 0.9 * box["width"]
    assert visit.complaints == []
    assert visit.elsewhere == []


def test_every_mark_of_the_timeline_can_be_heard(visit: Visit) -> None:
    page = visit.go("/?patient=SYN-003")
    chart = page.get_by_test_id("stVegaLiteChart")
    expect(chart.locator("[aria-label^='Platelets 6 ×10⁹/L']").first).to_be_attached()
    expect(chart.locator("[aria-label^='ITP call: CR from']").first).to_be_attached()
    expect(chart.locator("[aria-label^='Mycophenolate 1 g from']").first).to_be_attached()


def test_all_lanes_move_together_when_the_reader_zooms(visit: Visit) -> None:
    page = visit.go("/?patient=SYN-003")
    chart = page.get_by_test_id("stVegaLiteChart").locator("svg").first

    def place(label: str) -> dict[str, float]:
        box = chart.locator(f"[aria-label^='{label}']").first.bounding_box()
        assert box is not None
        return {side: float(box[side]) for side in ("x", "y", "width", "height")}

    before = place("Mycophenolate 1 g from")
    middle = before["x"] + before["width"] / 2
    page.mouse.move(middle, before["y"] - 200)
    page.keyboard.down("Shift")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Shift")
    page.wait_for_timeout(600)
    after, call = place("Mycophenolate 1 g from"), place("ITP call: NR from")
    assert after["width"] > 1.2 * before["width"]
    assert call["x"] == pytest.approx(after["x"], abs=2)
    assert call["width"] == pytest.approx(after["width"], rel=0.05)
    assert visit.complaints == []


def test_a_patient_is_found_and_opened_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit.go("/patient")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Find by pseudonym":
            break
    page.keyboard.type("021")
    page.keyboard.press("Enter")
    visit.settle()
    expect(page.get_by_text("Patient (1 found)")).to_be_visible()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "combobox" and "Patient" in (
            page.evaluate("document.activeElement.getAttribute('aria-label')") or ""
        ):
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    visit.settle()
    expect(page.get_by_role("heading", name="SYN-021 · ITP + AIHA (Evans syndrome)")).to_be_visible()
    assert "patient=SYN-021" in page.url


def test_a_call_is_explained_where_it_is_read(visit: Visit) -> None:
    page = visit.go("/?patient=SYN-003")
    page.get_by_text("ITP line 2, rituximab: CR, why").click()
    expect(page.get_by_text(re.compile("^CR asks for .*Rodeghiero 2009, Table 2"))).to_be_visible()


@pytest.mark.parametrize("visit", [WIDE, NARROW_DARK], indirect=True)
def test_the_cohort_is_read(visit: Visit) -> None:
    page = visit.go("/cohort")
    assert "87 courses of 41 patients" in chart_text(visit)
    page.get_by_role("tab", name="Figures").click()
    visit.settle()
    assert "20/32" in chart_text(visit, 1)
    assert visit.complaints == []
    assert visit.elsewhere == []


@pytest.mark.parametrize("visit", [WIDE, WIDE_DARK], indirect=True)
@pytest.mark.parametrize("path", ["/", "/?patient=SYN-021", "/cohort"])
def test_no_serious_fault_of_accessibility(visit: Visit, path: str) -> None:
    visit.go(path)
    assert serious(visit) == []


def test_a_page_may_neither_load_from_elsewhere_nor_be_framed(visit: Visit) -> None:
    held = headers(visit.page.goto(visit.base))
    assert "default-src 'self'" in held["content-security-policy"]
    assert "frame-ancestors 'none'" in held["content-security-policy"]
    assert held["x-content-type-options"] == "nosniff"


def test_a_download_is_audited(visit: Visit) -> None:
    page = visit.go("/?patient=SYN-003")
    before = page.get_by_text(re.compile("registry at change")).inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download SYN-003 courses as CSV").click()
    text = download.value.path().read_text("utf-8")
    assert text.splitlines()[0].startswith("disease,line_number,regimen")
    assert len(text.splitlines()) == 3
    visit.go("/?patient=SYN-003")
    assert page.get_by_text(re.compile("registry at change")).inner_text() != before

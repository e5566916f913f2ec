"""A reader in front of the app: finds a patient, reads the timeline and the cohort, by mouse or keyboard."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, headers, serious

LOOKS = [(width, scheme) for width in (1400, 560) for scheme in ("light", "dark")]
PATIENTS = {"SYN-003": "ITP", "SYN-035": "AIHA", "SYN-021": "ITP + AIHA (Evans syndrome)"}


def chart_text(visit: Visit, number: int = 0) -> str:
    return visit.page.get_by_test_id("stVegaLiteChart").nth(number).locator("svg").first.text_content() or ""


@pytest.mark.parametrize("visit", [(560, "dark")], indirect=True)
def test_a_patient_is_read_at_every_width_in_light_and_dark(visit: Visit) -> None:
    for patient, disease in PATIENTS.items():
        page = visit.go(f"/?patient={patient}")
        for width, scheme in reversed(LOOKS):
            visit.look(width, scheme)
            look = (patient, width, scheme)
            expect(page.get_by_role("heading", name=f"{patient} · {disease}")).to_be_visible()
            text = chart_text(visit)
            assert "Platelets, ×10⁹/L" in text, look
            assert "synthetic data" in text, look
            chart = page.get_by_test_id("stVegaLiteChart")
            box, drawn = chart.bounding_box(), chart.locator("svg").first.bounding_box()
            assert box is not None, look
            assert drawn is not None, look
            assert 0.9 * box["width"] <= drawn["width"] <= box["width"] + 1, look
            assert visit.complaints == [], look
            assert visit.elsewhere == [], look


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
    visit.settle()
    after, call = place("Mycophenolate 1 g from"), place("ITP call: NR from")
    assert after["width"] > 1.2 * before["width"]
    assert call["x"] == pytest.approx(after["x"], abs=2)
    assert call["width"] == pytest.approx(after["width"], rel=0.05)
    assert visit.complaints == []


def test_a_patient_is_found_and_opened_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit.go("/patient")
    _tab_to(page, "document.activeElement.getAttribute('aria-label') === 'Find a patient'")
    page.keyboard.type("021")
    visit.settle()
    expect(page.get_by_text("1 patient matches")).to_be_visible()
    _tab_to(page, "(document.activeElement.innerText || '').includes('SYN-021')")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="SYN-021 · ITP + AIHA (Evans syndrome)")).to_be_visible()
    expect(page).to_have_url(re.compile("patient=SYN-021"))


def _tab_to(page: Page, there: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(there):
            return
    raise AssertionError(f"the keyboard does not reach {there}")


def _click_span(visit: Visit, label: str) -> None:
    """Click on a stretch of the ribbon, a little inside its left end."""
    span = visit.page.get_by_test_id("stVegaLiteChart").locator(f"[aria-label^='{label}']").first
    span.scroll_into_view_if_needed()
    box, before = span.bounding_box(), None
    while box != before:  # a chart that is still being laid out would be missed
        visit.page.wait_for_timeout(200)
        box, before = span.bounding_box(), box
    assert box is not None
    visit.page.mouse.click(box["x"] + min(8, box["width"] / 3), box["y"] + box["height"] / 2)
    visit.settle()


def test_a_click_on_a_response_says_beside_the_chart_what_decided_it(visit: Visit) -> None:
    page = visit.go("/patient?patient=SYN-003")
    why = page.locator(".st-key-why")
    expect(why).to_contain_text("SYN-003-ITP-2: CR")
    _click_span(visit, "ITP call: NR from")
    expect(why).to_contain_text("SYN-003-ITP-1: NR, no response.")
    expect(why).to_contain_text("NR: two consecutive failing assessments")
    assert "course=SYN-003-ITP-1" in page.url
    page.get_by_text("ITP line 2, rituximab").click()
    visit.settle()
    expect(why).to_contain_text("SYN-003-ITP-2: CR")
    _click_span(visit, "ITP call: NR from")
    expect(why).to_contain_text("SYN-003-ITP-1: NR")
    page.reload()
    visit.settle()
    expect(page.locator(".st-key-why")).to_contain_text("SYN-003-ITP-1: NR")
    assert visit.complaints == []
    assert visit.elsewhere == []


def test_the_zoom_stays_when_a_course_is_chosen_and_is_taken_back_by_a_button(visit: Visit) -> None:
    page = visit.go("/patient?patient=SYN-003")
    chart = page.get_by_test_id("stVegaLiteChart")
    bar = chart.locator("[aria-label^='Mycophenolate 1 g from']").first
    bar.scroll_into_view_if_needed()

    def wide() -> float:
        box = bar.bounding_box()
        assert box is not None
        return float(box["width"])

    before, box = wide(), bar.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] - 200)
    page.keyboard.down("Shift")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Shift")
    visit.settle()
    zoomed = wide()
    assert zoomed > 1.2 * before
    _click_span(visit, "ITP call: NR from")
    assert wide() == pytest.approx(zoomed, rel=0.02)
    page.get_by_role("button", name="Reset zoom").click()
    visit.settle()
    assert wide() == pytest.approx(before, rel=0.02)


def test_day_zero_is_switched_where_the_chart_is_read(visit: Visit) -> None:
    page = visit.go("/patient?patient=SYN-003")
    assert "Months from diagnosis of ITP" in chart_text(visit)
    page.get_by_text("Last alemtuzumab", exact=True).click()
    visit.settle()
    assert "Months from last alemtuzumab" in chart_text(visit)


def test_the_printed_page_opens_by_itself_and_is_one_sheet(visit: Visit, tmp_path: Path) -> None:
    page = visit.go("/patient?patient=SYN-021")
    with page.expect_download() as given:
        page.get_by_role("button", name="Print from the browser").click()
    sheet = tmp_path / "sheet.html"
    given.value.save_as(sheet)
    with page.expect_download() as given:
        page.get_by_role("button", name="Print as PDF").click()
    paper = given.value.path().read_bytes()
    assert paper.startswith(b"%PDF")
    assert b"/Count 1" in paper
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(sheet.as_uri())
    expect(page.get_by_role("heading", name="SYN-021 · ITP + AIHA (Evans syndrome)")).to_be_visible()
    expect(page.get_by_role("cell", name="ITP line 3: splenectomy")).to_be_visible()
    expect(page.get_by_text(re.compile("registry change .* criteria .* engine"))).to_be_visible()
    assert [address for address in asked if not address.startswith("file:")] == []
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1


@pytest.mark.parametrize("kind", ["SVG", "PNG", "CSV"])
def test_the_chart_is_taken_as_picture_and_as_rows(visit: Visit, kind: str) -> None:
    page = visit.go("/patient?patient=SYN-003")
    page.get_by_role("button", name="Download SYN-003 timeline").click()
    with page.expect_download() as given:
        page.get_by_role("button", name=f"SYN-003 timeline as {kind}").click()
    made = given.value.path().read_bytes()
    if kind == "PNG":
        assert made.startswith(b"\x89PNG")
    elif kind == "SVG":
        assert b"Synthetic data: every patient is invented." in made
        assert b"itp-iwg-2009 (" in made
    else:
        assert made.startswith(b"on,until,what,value,unit,detail,id\r\n")
    assert visit.complaints == []
    assert visit.elsewhere == []


@pytest.mark.parametrize("path", ["/", "/?patient=SYN-021", "/cohort"])
def test_no_serious_fault_of_accessibility(visit: Visit, path: str) -> None:
    visit.go(path)
    assert serious(visit.page) == []
    visit.look(1400, "dark")
    assert serious(visit.page) == []


def test_a_page_may_neither_load_from_elsewhere_nor_be_framed(visit: Visit) -> None:
    held = headers(visit.page.goto(visit.base))
    assert "default-src 'self'" in held["content-security-policy"]
    assert "frame-ancestors 'none'" in held["content-security-policy"]
    assert held["x-content-type-options"] == "nosniff"


def test_a_table_is_taken_as_it_is_shown(visit: Visit) -> None:
    page = visit.go("/?patient=SYN-003")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download SYN-003 courses as CSV").click()
    text = download.value.path().read_text("utf-8")
    assert text.splitlines()[0].startswith("disease,line_number,regimen")
    assert len(text.splitlines()) == 3
